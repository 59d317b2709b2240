/* modelmethods.c: construction, repr, iteration and the model_* methods.
 * Owns nothing. */
#include "modelmethods.h"

#include "coerce.h"
#include "dump.h"
#include "model.h"
#include "read.h"
#include "secrets.h"
#include "view.h"

int
ckpy_modelmethods_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    struct ckpy_model *self = (struct ckpy_model *)op;
    struct ckpy_coercion c = {.state = self->cls->state};
    PyObject *none_given = NULL;
    int result = -1;

    if (PyTuple_GET_SIZE(args) != 0) {
        PyErr_Format(PyExc_TypeError,
                     "%s() takes keyword arguments only (%zd positional "
                     "given)",
                     Py_TYPE(op)->tp_name, PyTuple_GET_SIZE(args));
        return -1;
    }
    if (kwargs == NULL)
        kwargs = none_given = PyDict_New();
    if (kwargs == NULL)
        return -1;
    result = ckpy_coerce_fields(&c, self, kwargs, NULL);
    if (result < 0 && !PyErr_Occurred())
        (void)ckpy_issues_raise(c.state, &c.issues,
                                ck_text_of(self->cls->row->name));
    ckpy_issues_free(&c.issues);
    Py_XDECREF(none_given);
    return result;
}

/* Appends "name=repr" to parts. */
static int
add_part(PyObject *parts, PyObject *name, PyObject *value, int secret)
{
    PyObject *part = NULL;
    int result = -1;

    if (secret && value != Py_None && !PyObject_IsTrue(value))
        secret = 0; /* nothing to hide in an empty value */
    part = secret && value != Py_None
               ? PyUnicode_FromFormat("%U='**********'", name)
               : PyUnicode_FromFormat("%U=%R", name, value);
    if (part != NULL)
        result = PyList_Append(parts, part);
    Py_XDECREF(part);
    return result;
}

/* "name=value" of each field, joined. New. */
static PyObject *
describe(struct ckpy_model *self, const char *separator)
{
    PyObject *parts = PyList_New(0);
    PyObject *between = PyUnicode_FromString(separator);
    PyObject *text = NULL;
    PyObject *extra = NULL;
    PyObject *key = NULL;
    PyObject *value = NULL;
    Py_ssize_t position = 0;

    if (parts == NULL || between == NULL)
        goto done;
    for (unsigned i = 0; i < self->count; i++) {
        int failed = 0;

        value = ckpy_model_get(self, i);
        failed = value == NULL ||
                 add_part(parts, self->cls->names[i], value,
                          ckpy_secrets_is_secret(
                              ck_text_of(self->cls->fields[i].name))) < 0;
        Py_XDECREF(value);
        if (failed)
            goto done;
    }
    extra = ckpy_model_extra(self);
    while (extra != NULL && PyDict_Next(extra, &position, &key, &value))
        if (add_part(parts, key, value, 0) < 0)
            goto done;
    if (!PyErr_Occurred())
        text = PyUnicode_Join(between, parts);

done:
    Py_XDECREF(between);
    Py_XDECREF(parts);
    return text;
}

PyObject *
ckpy_modelmethods_str(PyObject *self)
{
    PyObject *text = NULL;

    if (Py_EnterRecursiveCall(" while describing a model"))
        return NULL;
    text = describe((struct ckpy_model *)self, " ");
    Py_LeaveRecursiveCall();
    return text;
}

PyObject *
ckpy_modelmethods_repr(PyObject *self)
{
    PyObject *name = NULL;
    PyObject *fields = NULL;
    PyObject *text = NULL;
    int cycle = Py_ReprEnter(self);

    if (cycle != 0)
        return cycle > 0 ? PyUnicode_FromString("...") : NULL;
    name = PyObject_GetAttrString((PyObject *)Py_TYPE(self), "__name__");
    fields = name == NULL ? NULL : describe((struct ckpy_model *)self, ", ");
    if (fields != NULL)
        text = PyUnicode_FromFormat("%U(%U)", name, fields);
    Py_XDECREF(fields);
    Py_XDECREF(name);
    Py_ReprLeave(self);
    return text;
}

static int
add_pair(PyObject *pairs, PyObject *name, PyObject *value)
{
    PyObject *pair = value == NULL ? NULL : PyTuple_Pack(2, name, value);
    int result = pair == NULL ? -1 : PyList_Append(pairs, pair);

    Py_XDECREF(pair);
    return result;
}

/* Over (name, value): the fields, then the members that the row does not
 * know. */
PyObject *
ckpy_modelmethods_iter(PyObject *op)
{
    struct ckpy_model *self = (struct ckpy_model *)op;
    PyObject *pairs = PyList_New(0);
    PyObject *extra = ckpy_model_extra(self);
    PyObject *key = NULL;
    PyObject *item = NULL;
    Py_ssize_t position = 0;
    PyObject *iterator = NULL;

    if (pairs == NULL || (extra == NULL && PyErr_Occurred()))
        goto done;
    for (unsigned i = 0; i < self->count; i++) {
        PyObject *value = ckpy_model_get(self, i);
        int failed = add_pair(pairs, self->cls->names[i], value) < 0;

        Py_XDECREF(value);
        if (failed)
            goto done;
    }
    while (extra != NULL && PyDict_Next(extra, &position, &key, &item))
        if (add_pair(pairs, key, item) < 0)
            goto done;
    iterator = PyObject_GetIter(pairs);

done:
    Py_XDECREF(pairs);
    return iterator;
}

static PyObject *
model_dump(PyObject *op, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"mode",          "by_alias",
                               "exclude_unset", "exclude_defaults",
                               "exclude_none",  NULL};
    struct ckpy_model *self = (struct ckpy_model *)op;
    struct ckpy_dump dump = {.state = self->cls->state};
    const char *mode = "python";
    PyObject *by_alias = Py_None;

    if (!PyArg_ParseTupleAndKeywords(
            args, kwargs, "|$sOppp:model_dump", keywords, &mode, &by_alias,
            &dump.exclude_unset, &dump.exclude_defaults, &dump.exclude_none))
        return NULL;
    dump.json = strcmp(mode, "json") == 0;
    if (!dump.json && strcmp(mode, "python") != 0) {
        PyErr_Format(PyExc_ValueError,
                     "mode must be 'python' or 'json', not '%s'", mode);
        return NULL;
    }
    dump.by_alias = PyObject_IsTrue(by_alias);
    if (dump.by_alias < 0)
        return NULL;
    return ckpy_dump_model(&dump, self);
}

/* The class behind a class method's first argument. */
static struct ckpy_class *
class_of(PyObject *type)
{
    struct ckpy_state *state = ckpy_state_by_type((PyTypeObject *)type);

    return state == NULL ? NULL
                         : ckpy_class_by_type(state, (PyTypeObject *)type);
}

static PyObject *
model_validate(PyObject *type, PyObject *value)
{
    struct ckpy_class *cls = class_of(type);
    PyObject *nothing = NULL;
    PyObject *made = NULL;

    if (cls == NULL)
        return NULL;
    if (PyObject_TypeCheck(value, (PyTypeObject *)type))
        return Py_NewRef(value);
    if (!PyDict_Check(value)) {
        struct ckpy_coercion c = {.state = cls->state};

        (void)ckpy_coerce_refuse(&c, NULL, CK_ISSUE_MODEL_TYPE, cls->model,
                                 value);
        if (!PyErr_Occurred())
            (void)ckpy_issues_raise(c.state, &c.issues,
                                    ck_text_of(cls->row->name));
        ckpy_issues_free(&c.issues);
        return NULL;
    }
    nothing = PyTuple_New(0);
    made = nothing == NULL ? NULL : PyObject_Call(type, nothing, value);
    Py_XDECREF(nothing);
    return made;
}

static PyObject *
model_validate_json(PyObject *type, PyObject *data)
{
    struct ckpy_class *cls = class_of(type);

    return cls == NULL ? NULL : ckpy_read_model(cls, data);
}

static PyObject *
get_fields_set(PyObject *op, void *closure)
{
    struct ckpy_model *self = (struct ckpy_model *)op;
    PyObject *extra = ckpy_model_extra(self);
    PyObject *names = NULL;

    (void)closure;
    if (extra == NULL && PyErr_Occurred())
        return NULL;
    names = PySet_New(extra); /* an unknown member was always given */
    for (unsigned i = 0; names != NULL && i < self->count; i++)
        if (ckpy_model_is_set(self, i) &&
            PySet_Add(names, self->cls->names[i]) < 0)
            Py_CLEAR(names);
    return names;
}

static PyObject *
get_extra(PyObject *op, void *closure)
{
    struct ckpy_model *self = (struct ckpy_model *)op;
    PyObject *extra = NULL;

    (void)closure;
    if (ckpy_model_load(self) < 0)
        return NULL;
    extra = ckpy_model_extra(self);
    if (extra == NULL && PyErr_Occurred())
        return NULL;
    if (extra == NULL && self->tolerant)
        return self->record == NULL
                   ? PyDict_New() /* all of it has been read */
                   : ckpy_view_extra(self->cls, self->record);
    return Py_NewRef(extra == NULL ? Py_None : extra);
}

PyDoc_STRVAR(dump_doc,
             "model_dump($self, /, *, mode='python', by_alias=None,\n"
             "           exclude_unset=False, exclude_defaults=False,\n"
             "           exclude_none=False)\n--\n\n"
             "The model as a dict, nested models included. mode 'json' gives\n"
             "only what JSON can hold.");
PyDoc_STRVAR(validate_doc,
             "model_validate($type, obj, /)\n--\n\n"
             "An instance from a dict of field or wire names; an instance\n"
             "comes back as it is. Raises ValidationError.");
PyDoc_STRVAR(validate_json_doc,
             "model_validate_json($type, json_data, /)\n--\n\n"
             "An instance from a JSON text (str, bytes or bytearray). Raises\n"
             "ValidationError.");

PyMethodDef ckpy_modelmethods_table[] = {
    {"model_dump", (PyCFunction)(void (*)(void))model_dump,
     METH_VARARGS | METH_KEYWORDS, dump_doc},
    {"model_validate", model_validate, METH_O | METH_CLASS, validate_doc},
    {"model_validate_json", model_validate_json, METH_O | METH_CLASS,
     validate_json_doc},
    {NULL, NULL, 0, NULL}};

PyGetSetDef ckpy_modelmethods_getset[] = {
    {"model_fields_set", get_fields_set, NULL,
     "Names of the fields that were given or assigned (set of str).", NULL},
    {"model_extra", get_extra, NULL,
     "Members that the model does not know (dict): where it keeps them, or "
     "where an\nanswer was read tolerantly. Else None.",
     NULL},
    {NULL, NULL, NULL, NULL, NULL}};
