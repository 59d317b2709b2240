/* modelcopy.c: copies and pickles of models. What is made owns all of its
 * values and no part of a document. */
#include "modelcopy.h"

#include "modelset.h"

int
ckpy_modelcopy_find(struct ckpy_model *self, unsigned index, PyObject **value)
{
    *value = ckpy_model_get(self, index);
    if (*value != NULL)
        return 1;
    if (!PyErr_ExceptionMatches(PyExc_AttributeError))
        return -1;
    PyErr_Clear();
    return 0;
}

/* copy.deepcopy(value, memo), or with memo NULL the value itself. New. */
static PyObject *
copied(PyObject *deepcopy, PyObject *value, PyObject *memo)
{
    return memo == NULL
               ? Py_NewRef(value)
               : PyObject_CallFunctionObjArgs(deepcopy, value, memo, NULL);
}

static int
copy_fields(struct ckpy_model *self, struct ckpy_model *made,
            PyObject *deepcopy, PyObject *memo)
{
    PyObject *extra = NULL;

    for (unsigned i = 0; i < self->count; i++) {
        PyObject *value = NULL;
        PyObject *copy = NULL;
        int found = ckpy_modelcopy_find(self, i, &value);

        if (found == 0)
            continue;
        copy = found < 0 ? NULL : copied(deepcopy, value, memo);
        Py_XDECREF(value);
        if (copy == NULL)
            return -1;
        ckpy_model_put(made, i, copy);
    }
    made->set = self->set;
    extra = ckpy_modelset_extra(self);
    if (extra != NULL && extra != Py_None) {
        PyObject *dict =
            memo == NULL ? PyDict_Copy(extra) : copied(deepcopy, extra, memo);

        Py_SETREF(extra, dict);
    }
    return extra == NULL ? -1 : ckpy_modelset_take_extra(made, extra);
}

/* What instances of a program's subclass hold besides the fields: their
 * __dict__. New; NULL without exception where there is none. */
static PyObject *
instance_dict(struct ckpy_model *self)
{
    PyObject *dict = NULL;

    if (Py_TYPE(self) == self->cls->type)
        return NULL;
    dict = PyObject_GenericGetDict((PyObject *)self, NULL);
    if (dict == NULL && PyErr_ExceptionMatches(PyExc_AttributeError))
        PyErr_Clear(); /* __slots__ = () */
    return dict;
}

static int
copy_instance_dict(struct ckpy_model *self, struct ckpy_model *made,
                   PyObject *deepcopy, PyObject *memo)
{
    PyObject *dict = instance_dict(self);
    PyObject *own = NULL;
    PyObject *copy = NULL;
    int result = -1;

    if (dict == NULL)
        return PyErr_Occurred() ? -1 : 0;
    own = instance_dict(made);
    copy = own == NULL ? NULL : copied(deepcopy, dict, memo);
    if (copy != NULL)
        result = PyDict_Update(own, copy);
    Py_XDECREF(copy);
    Py_XDECREF(own);
    Py_DECREF(dict);
    return result;
}

static int
remember(PyObject *memo, struct ckpy_model *self, struct ckpy_model *made)
{
    PyObject *key = PyLong_FromVoidPtr(self);
    int result =
        key == NULL ? -1 : PyObject_SetItem(memo, key, (PyObject *)made);

    Py_XDECREF(key);
    return result;
}

/* memo NULL: the copy shares the values. New. */
static PyObject *
copy_model(struct ckpy_model *self, PyObject *memo)
{
    struct ckpy_model *made = ckpy_model_new(self->cls, Py_TYPE(self));
    PyObject *module = NULL;
    PyObject *deepcopy = NULL;
    int failed = 1;

    if (made == NULL || ckpy_model_load(self) < 0)
        goto done;
    made->tolerant = self->tolerant;
    if (memo != NULL) {
        module = PyImport_ImportModule("copy");
        if (module != NULL)
            deepcopy = PyObject_GetAttrString(module, "deepcopy");
        if (deepcopy == NULL || remember(memo, self, made) < 0)
            goto done;
    }
    failed = copy_fields(self, made, deepcopy, memo) < 0 ||
             copy_instance_dict(self, made, deepcopy, memo) < 0;

done:
    Py_XDECREF(deepcopy);
    Py_XDECREF(module);
    if (failed)
        Py_CLEAR(made);
    return (PyObject *)made;
}

PyObject *
ckpy_modelcopy_copy(PyObject *self, PyObject *ignored)
{
    (void)ignored;
    return copy_model((struct ckpy_model *)self, NULL);
}

PyObject *
ckpy_modelcopy_deepcopy(PyObject *self, PyObject *memo)
{
    PyObject *own = memo == Py_None ? PyDict_New() : Py_NewRef(memo);
    PyObject *made =
        own == NULL ? NULL : copy_model((struct ckpy_model *)self, own);

    Py_XDECREF(own);
    return made;
}

/* Unchecked, like assignments: names of fields, and others where the model
 * keeps unknown members. */
static int
update_fields(PyObject *model, PyObject *changes)
{
    PyObject *items = PyMapping_Items(changes);
    int failed = items == NULL;

    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(items); i++) {
        PyObject *pair = PyList_GET_ITEM(items, i);

        if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2) {
            PyErr_SetString(PyExc_TypeError,
                            "update: items() must give pairs");
            failed = 1;
            break;
        }
        failed = PyObject_SetAttr(model, PyTuple_GET_ITEM(pair, 0),
                                  PyTuple_GET_ITEM(pair, 1)) < 0;
    }
    Py_XDECREF(items);
    return PyErr_Occurred() ? -1 : 0;
}

static PyObject *
copy_and_update(PyObject *self, PyObject *changes, int deep)
{
    PyObject *made = deep ? ckpy_modelcopy_deepcopy(self, Py_None)
                          : ckpy_modelcopy_copy(self, NULL);

    if (made != NULL && changes != NULL && changes != Py_None &&
        update_fields(made, changes) < 0)
        Py_CLEAR(made);
    return made;
}

PyObject *
ckpy_modelcopy_model_copy(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"update", "deep", NULL};
    PyObject *changes = NULL;
    int deep = 0;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|$Op:model_copy", keywords,
                                     &changes, &deep))
        return NULL;
    return copy_and_update(self, changes, deep);
}

PyObject *
ckpy_modelcopy_replace(PyObject *self, PyObject *args, PyObject *kwargs)
{
    if (PyTuple_GET_SIZE(args) != 0) {
        PyErr_SetString(PyExc_TypeError,
                        "__replace__() takes keyword arguments only");
        return NULL;
    }
    return copy_and_update(self, kwargs, 0);
}

/* The values by the names of their fields. New dict. */
static PyObject *
values_of(struct ckpy_model *self)
{
    PyObject *dict = instance_dict(self);
    PyObject *values = NULL;

    if (dict == NULL && PyErr_Occurred())
        return NULL;
    values = dict == NULL ? PyDict_New() : PyDict_Copy(dict);
    Py_XDECREF(dict);
    for (unsigned i = 0; values != NULL && i < self->count; i++) {
        PyObject *value = NULL;
        int found = ckpy_modelcopy_find(self, i, &value);

        if (found < 0 ||
            (found > 0 &&
             PyDict_SetItem(values, self->cls->names[i], value) < 0))
            Py_CLEAR(values);
        Py_XDECREF(value);
    }
    return values;
}

PyObject *
ckpy_modelcopy_getstate(PyObject *op, PyObject *ignored)
{
    struct ckpy_model *self = (struct ckpy_model *)op;
    PyObject *values = NULL;
    PyObject *extra = NULL;
    PyObject *names = NULL;
    PyObject *state = NULL;

    (void)ignored;
    if (ckpy_model_load(self) < 0)
        return NULL;
    extra = ckpy_modelset_extra(self);
    values = extra == NULL ? NULL : values_of(self);
    names = values == NULL ? NULL : ckpy_modelset_names(self);
    if (names != NULL)
        state =
            Py_BuildValue("{sOsOsO}", "__dict__", values, "__pydantic_extra__",
                          extra, "__pydantic_fields_set__", names);
    Py_XDECREF(names);
    Py_XDECREF(values);
    Py_XDECREF(extra);
    return state;
}

/* Names that this release does not know are left aside, so that pickles of
 * another one can be read. */
static int
put_values(struct ckpy_model *self, PyObject *values)
{
    PyObject *dict = instance_dict(self);
    int failed = 0;

    if (dict == NULL && PyErr_Occurred())
        return -1;
    if (dict != NULL)
        failed = PyDict_Update(dict, values) < 0;
    for (unsigned i = 0; !failed && i < self->count; i++) {
        PyObject *name = self->cls->names[i];
        PyObject *value = PyDict_GetItemWithError(values, name);

        if (value == NULL) {
            failed = PyErr_Occurred() != NULL;
            continue;
        }
        ckpy_model_put(self, i, Py_NewRef(value));
        if (dict != NULL && PyDict_DelItem(dict, name) < 0)
            failed = 1;
    }
    Py_XDECREF(dict);
    return failed ? -1 : 0;
}

/* Borrowed; NULL with or without an exception. */
static PyObject *
part_of(PyObject *state, const char *name)
{
    PyObject *key = PyUnicode_FromString(name);
    PyObject *part = key == NULL ? NULL : PyDict_GetItemWithError(state, key);

    Py_XDECREF(key);
    return part;
}

PyObject *
ckpy_modelcopy_setstate(PyObject *op, PyObject *state)
{
    struct ckpy_model *self = (struct ckpy_model *)op;
    PyObject *values = NULL;
    PyObject *extra = NULL;
    PyObject *names = NULL;
    int failed = 0;

    if (PyDict_Check(state)) {
        values = part_of(state, "__dict__");
        extra = part_of(state, "__pydantic_extra__");
        names = part_of(state, "__pydantic_fields_set__");
    }
    if (PyErr_Occurred())
        return NULL;
    if (values == NULL || !PyDict_Check(values) || names == NULL ||
        (extra != NULL && extra != Py_None && !PyDict_Check(extra))) {
        PyErr_Format(PyExc_TypeError, "this is no state of a '%s'",
                     Py_TYPE(op)->tp_name);
        return NULL;
    }
    Py_INCREF(values); /* what is replaced may run code as it goes */
    Py_INCREF(names);
    Py_XINCREF(extra);
    failed = put_values(self, values) < 0 ||
             (extra != NULL && extra != Py_None &&
              ckpy_modelset_take_extra(self, PyDict_Copy(extra)) < 0) ||
             ckpy_modelset_put_names(self, names) < 0;
    Py_XDECREF(extra);
    Py_DECREF(names);
    Py_DECREF(values);
    return failed ? NULL : Py_NewRef(Py_None);
}

PyObject *
ckpy_modelcopy_reduce(PyObject *self, PyObject *ignored)
{
    PyObject *module = PyImport_ImportModule("copyreg");
    PyObject *maker =
        module == NULL ? NULL : PyObject_GetAttrString(module, "__newobj__");
    PyObject *state =
        maker == NULL ? NULL : PyObject_CallMethod(self, "__getstate__", NULL);
    PyObject *result = NULL;

    (void)ignored;
    if (state != NULL)
        result =
            Py_BuildValue("O(O)O", maker, (PyObject *)Py_TYPE(self), state);
    Py_XDECREF(state);
    Py_XDECREF(maker);
    Py_XDECREF(module);
    return result;
}
