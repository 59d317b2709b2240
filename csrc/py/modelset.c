/* modelset.c: model_fields_set and model_extra. The names are made from the
 * instance's bits each time; unknown members belong to the instance. */
#include "modelset.h"

#include "modelcopy.h"
#include "view.h"

PyObject *
ckpy_modelset_extra(struct ckpy_model *self)
{
    PyObject *extra = NULL;

    if (ckpy_model_load(self) < 0)
        return NULL;
    extra = ckpy_model_extra(self);
    if (extra != NULL || PyErr_Occurred())
        return extra;
    if (self->extra != NULL) /* of a copy, whose document stayed behind */
        return Py_NewRef(self->extra);
    if (!self->tolerant)
        Py_RETURN_NONE;
    return self->record == NULL ? PyDict_New() /* all of it has been read */
                                : ckpy_view_extra(self->cls, self->record);
}

int
ckpy_modelset_take_extra(struct ckpy_model *self, PyObject *extra)
{
    if (extra == NULL)
        return -1;
    if (extra == Py_None)
        Py_CLEAR(extra);
    if (extra != NULL && !PyDict_Check(extra)) { /* a __deepcopy__ may lie */
        PyErr_SetString(PyExc_TypeError, "unknown members come in a dict");
        Py_DECREF(extra);
        return -1;
    }
    Py_XSETREF(self->extra, extra);
    if (extra != NULL && !PyObject_GC_IsTracked((PyObject *)self))
        PyObject_GC_Track((PyObject *)self);
    return 0;
}

PyObject *
ckpy_modelset_names(struct ckpy_model *self)
{
    PyObject *extra = NULL;
    PyObject *names = NULL;

    if (ckpy_model_load(self) < 0)
        return NULL;
    extra = ckpy_model_extra(self);
    if (extra == NULL && PyErr_Occurred())
        return NULL;
    names = PySet_New(extra); /* an unknown member was always given */
    Py_XDECREF(extra);
    for (unsigned i = 0; names != NULL && i < self->count; i++)
        if (ckpy_model_is_set(self, i) &&
            PySet_Add(names, self->cls->names[i]) < 0)
            Py_CLEAR(names);
    return names;
}

int
ckpy_modelset_put_names(struct ckpy_model *self, PyObject *names)
{
    PyObject *set = PyFrozenSet_New(names);
    uint64_t bits = 0;
    int found = 0;

    if (set == NULL || ckpy_model_load(self) < 0)
        found = -1;
    for (unsigned i = 0; found >= 0 && i < self->count; i++) {
        found = PySet_Contains(set, self->cls->names[i]);
        if (found > 0)
            bits |= (uint64_t)1 << i;
    }
    Py_XDECREF(set);
    if (found < 0)
        return -1;
    self->set = bits;
    return 0;
}

enum ckpy_modelset_name
ckpy_modelset_name_of(PyObject *op, PyObject *name)
{
    struct ckpy_model *self = (struct ckpy_model *)op;
    PyObject *found = NULL;
    int decides = 0;

    if (!PyUnicode_Check(name))
        return CKPY_NAME_KNOWN; /* the attempt raises TypeError */
    for (unsigned i = 0; i < self->count; i++)
        if (PyUnicode_Compare(self->cls->names[i], name) == 0)
            return CKPY_NAME_KNOWN;
    found = PyObject_GetAttr((PyObject *)Py_TYPE(op), name);
    if (found == NULL)
        PyErr_Clear();
    else
        decides = Py_TYPE(found)->tp_descr_set != NULL;
    Py_XDECREF(found);
    if (decides)
        return CKPY_NAME_KNOWN;
    return PyUnicode_GET_LENGTH(name) > 0 &&
                   PyUnicode_READ_CHAR(name, 0) == '_'
               ? CKPY_NAME_PRIVATE
               : CKPY_NAME_UNKNOWN;
}

static PyObject *
get_names(PyObject *op, void *closure)
{
    (void)closure;
    return ckpy_modelset_names((struct ckpy_model *)op);
}

static int
set_names(PyObject *op, PyObject *names, void *closure)
{
    (void)closure;
    if (names == NULL) {
        PyErr_SetString(PyExc_AttributeError,
                        "__pydantic_fields_set__ cannot be deleted");
        return -1;
    }
    return ckpy_modelset_put_names((struct ckpy_model *)op, names);
}

static PyObject *
get_names_as_before(PyObject *op, void *closure)
{
    if (PyErr_WarnEx(PyExc_DeprecationWarning,
                     "__fields_set__ is deprecated: use model_fields_set",
                     1) < 0)
        return NULL;
    return get_names(op, closure);
}

static PyObject *
get_extra(PyObject *op, void *closure)
{
    (void)closure;
    return ckpy_modelset_extra((struct ckpy_model *)op);
}

/* A dict of its own, for vars() and programs that look into __dict__. */
static PyObject *
get_dict(PyObject *op, void *closure)
{
    struct ckpy_model *self = (struct ckpy_model *)op;
    PyObject *dict = PyDict_New();

    (void)closure;
    for (unsigned i = 0; dict != NULL && i < self->count; i++) {
        PyObject *value = NULL;
        int found = ckpy_modelcopy_find(self, i, &value);

        if (found < 0 ||
            (found > 0 &&
             PyDict_SetItem(dict, self->cls->names[i], value) < 0))
            Py_CLEAR(dict);
        Py_XDECREF(value);
    }
    return dict;
}

PyGetSetDef ckpy_modelset_getset[] = {
    {"model_fields_set", get_names, NULL,
     "Names of the fields that were given or assigned (a new set of str).",
     NULL},
    {"model_extra", get_extra, NULL,
     "Members that the model does not know (dict): where it keeps them, or "
     "where an\nanswer was read tolerantly. Else None.",
     NULL},
    {"__pydantic_fields_set__", get_names, set_names,
     "As model_fields_set; may be assigned.", NULL},
    {"__pydantic_extra__", get_extra, NULL, "As model_extra.", NULL},
    {"__fields_set__", get_names_as_before, NULL, "Deprecated.", NULL},
    {"__dict__", get_dict, NULL, "The fields as a new dict.", NULL},
    {NULL, NULL, NULL, NULL, NULL}};
