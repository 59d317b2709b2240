/* modelmethods.c: repr, iteration, dumps, and the table of all methods of
 * models. Owns nothing. */
#include "modelmethods.h"

#include "dump.h"
#include "dumptext.h"
#include "model.h"
#include "modelcopy.h"
#include "modelmake.h"
#include "secrets.h"

enum { MAX_INDENT = 1000 };

/* Appends "name=repr" to parts. */
static int
add_part(PyObject *parts, PyObject *name, PyObject *value, int secret)
{
    PyObject *part = NULL;
    int result = -1;

    if (secret) /* nothing to hide in an empty value */
        secret = PyObject_IsTrue(value);
    if (secret < 0)
        return -1;
    /* %S: names of unknown members may be anything */
    part = secret ? PyUnicode_FromFormat("%S='**********'", name)
                  : PyUnicode_FromFormat("%S=%R", name, value);
    if (part != NULL)
        result = PyList_Append(parts, part);
    Py_XDECREF(part);
    return result;
}

/* The same for the members that the row does not know; extra may be NULL. */
static int
add_extra_parts(PyObject *parts, PyObject *extra)
{
    /* a list of our own: the dict may change while reprs are made */
    PyObject *items = extra == NULL ? NULL : PyDict_Items(extra);
    int failed = items == NULL && PyErr_Occurred();

    for (Py_ssize_t i = 0;
         items != NULL && !failed && i < PyList_GET_SIZE(items); i++) {
        PyObject *pair = PyList_GET_ITEM(items, i);

        failed = add_part(parts, PyTuple_GET_ITEM(pair, 0),
                          PyTuple_GET_ITEM(pair, 1), 0) < 0;
    }
    Py_XDECREF(items);
    return failed ? -1 : 0;
}

/* "name=value" of each field, joined. New. */
static PyObject *
describe(struct ckpy_model *self, const char *separator)
{
    PyObject *parts = PyList_New(0);
    PyObject *between = PyUnicode_FromString(separator);
    PyObject *text = NULL;
    PyObject *extra = NULL;
    PyObject *value = NULL;

    if (parts == NULL || between == NULL)
        goto done;
    for (unsigned i = 0; i < self->count; i++) {
        int failed = ckpy_modelcopy_find(self, i, &value);

        if (failed == 0)
            continue;
        failed = failed < 0 || add_part(parts, self->cls->names[i], value,
                                        ckpy_secrets_is_secret(ck_text_of(
                                            self->cls->fields[i].name))) < 0;
        Py_XDECREF(value);
        if (failed)
            goto done;
    }
    extra = ckpy_model_extra(self);
    if (add_extra_parts(parts, extra) == 0 && !PyErr_Occurred())
        text = PyUnicode_Join(between, parts);

done:
    Py_XDECREF(extra);
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
    PyObject *pair = PyTuple_Pack(2, name, value);
    int result = pair == NULL ? -1 : PyList_Append(pairs, pair);

    Py_XDECREF(pair);
    return result;
}

/* A field's value; with hide, stars for one that a repr does not show. New. */
static int
find_shown(struct ckpy_model *self, unsigned index, int hide, PyObject **value)
{
    int found = ckpy_modelcopy_find(self, index, value);
    int filled = 0;

    if (found <= 0 || !hide ||
        !ckpy_secrets_is_secret(ck_text_of(self->cls->fields[index].name)))
        return found;
    filled = PyObject_IsTrue(*value);
    if (filled > 0)
        Py_SETREF(*value, PyUnicode_FromString("**********"));
    return filled < 0 || *value == NULL ? -1 : 1;
}

/* Appends the members that the row does not know; extra may be NULL. */
static int
add_members(PyObject *pairs, PyObject *extra)
{
    PyObject *items = extra == NULL ? NULL : PyDict_Items(extra);
    Py_ssize_t end = PyList_GET_SIZE(pairs);
    int result = extra == NULL ? 0 : -1;

    if (items != NULL)
        result = PyList_SetSlice(pairs, end, end, items);
    Py_XDECREF(items);
    return result;
}

/* (name, value) of the fields, then of the members that the row does not
 * know. New iterator. */
static PyObject *
pairs_of(struct ckpy_model *self, int hide)
{
    PyObject *pairs = PyList_New(0);
    PyObject *extra = ckpy_model_extra(self);
    PyObject *iterator = NULL;

    if (pairs == NULL || (extra == NULL && PyErr_Occurred()))
        goto done;
    for (unsigned i = 0; i < self->count; i++) {
        PyObject *value = NULL;
        int found = find_shown(self, i, hide, &value);
        int failed =
            found < 0 ||
            (found > 0 && add_pair(pairs, self->cls->names[i], value) < 0);

        Py_XDECREF(value);
        if (failed)
            goto done;
    }
    if (add_members(pairs, extra) == 0)
        iterator = PyObject_GetIter(pairs);

done:
    Py_XDECREF(extra);
    Py_XDECREF(pairs);
    return iterator;
}

PyObject *
ckpy_modelmethods_iter(PyObject *self)
{
    return pairs_of((struct ckpy_model *)self, 0);
}

static PyObject *
repr_args(PyObject *self, PyObject *ignored)
{
    (void)ignored;
    return pairs_of((struct ckpy_model *)self, 1);
}

/* What the dumping methods are given. Borrowed. */
struct dump_args {
    const char *mode;
    PyObject *indent;
    int ascii;
    PyObject *by_alias;
    PyObject *fallback;
    PyObject *ignored; /* what changes nothing here */
    int unused;
};

/* The keywords that both methods take: names, formats, and where they go. */
#define SHARED_NAMES                                                          \
    "include", "exclude", "context", "by_alias", "exclude_unset",             \
        "exclude_defaults", "exclude_none", "exclude_computed_fields",        \
        "round_trip", "warnings", "fallback", "serialize_as_any",             \
        "polymorphic_serialization"
#define SHARED_FORMAT "OOOOppppOOOOO"
#define SHARED_PLACES(dump, given)                                            \
    &(dump).filter.include, &(dump).filter.exclude, &(given).ignored,         \
        &(given).by_alias, &(dump).exclude_unset, &(dump).exclude_defaults,   \
        &(dump).exclude_none, &(given).unused, &(given).ignored,              \
        &(given).ignored, &(given).fallback, &(given).ignored,                \
        &(given).ignored

static PyObject *
unless_none(PyObject *value)
{
    return value == Py_None ? NULL : value;
}

static int
take_args(struct ckpy_dump *dump, const struct dump_args *args)
{
    dump->filter.include = unless_none(dump->filter.include);
    dump->filter.exclude = unless_none(dump->filter.exclude);
    dump->fallback = unless_none(args->fallback);
    dump->by_alias =
        args->by_alias == NULL ? 0 : PyObject_IsTrue(args->by_alias);
    return dump->by_alias < 0 ? -1 : 0;
}

static PyObject *
model_dump(PyObject *op, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"mode", SHARED_NAMES, NULL};
    struct ckpy_model *self = (struct ckpy_model *)op;
    struct ckpy_dump dump = {.state = self->cls->state};
    struct dump_args given = {.mode = "python"};

    if (!PyArg_ParseTupleAndKeywords(
            args, kwargs, "|$s" SHARED_FORMAT ":model_dump", keywords,
            &given.mode, SHARED_PLACES(dump, given)) ||
        take_args(&dump, &given) < 0)
        return NULL;
    dump.json = strcmp(given.mode, "json") == 0;
    return ckpy_dump_model(&dump, self);
}

static PyObject *
model_dump_json(PyObject *op, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"indent", "ensure_ascii", SHARED_NAMES, NULL};
    struct ckpy_model *self = (struct ckpy_model *)op;
    struct ckpy_dump dump = {.state = self->cls->state, .json = 1};
    struct dump_args given = {.indent = Py_None};
    long indent = -1;
    PyObject *plain = NULL;
    PyObject *text = NULL;

    if (!PyArg_ParseTupleAndKeywords(
            args, kwargs, "|$Op" SHARED_FORMAT ":model_dump_json", keywords,
            &given.indent, &given.ascii, SHARED_PLACES(dump, given)) ||
        take_args(&dump, &given) < 0)
        return NULL;
    if (given.indent != Py_None)
        indent = PyLong_AsLong(given.indent);
    if (PyErr_Occurred())
        return NULL;
    if (given.indent != Py_None && (indent < 0 || indent > MAX_INDENT)) {
        PyErr_Format(PyExc_ValueError, "indent must be 0 to %d", MAX_INDENT);
        return NULL;
    }
    plain = ckpy_dump_model(&dump, self);
    text = plain == NULL ? NULL : ckpy_dumptext(plain, indent, given.ascii);
    Py_XDECREF(plain);
    return text;
}

PyDoc_STRVAR(dump_doc,
             "model_dump($self, /, *, mode='python', include=None,\n"
             "           exclude=None, context=None, by_alias=None,\n"
             "           exclude_unset=False, exclude_defaults=False,\n"
             "           exclude_none=False, exclude_computed_fields=False,\n"
             "           round_trip=False, warnings=True, fallback=None,\n"
             "           serialize_as_any=False,\n"
             "           polymorphic_serialization=None)\n--\n\n"
             "The model as a dict, nested models included. mode 'json' gives\n"
             "only what JSON can hold; fallback is called with a value that\n"
             "has no such form. include and exclude are sets of names, or\n"
             "dicts that go on inside the named values.");
PyDoc_STRVAR(dump_json_doc,
             "model_dump_json($self, /, *, indent=None, ensure_ascii=False,\n"
             "                include=None, exclude=None, context=None,\n"
             "                by_alias=None, exclude_unset=False,\n"
             "                exclude_defaults=False, exclude_none=False,\n"
             "                exclude_computed_fields=False,\n"
             "                round_trip=False, warnings=True,\n"
             "                fallback=None, serialize_as_any=False,\n"
             "                polymorphic_serialization=None)\n--\n\n"
             "The model as JSON text: compact, or indented by so many\n"
             "spaces. The rest is as for model_dump.");
PyDoc_STRVAR(validate_doc,
             "model_validate($type, /, obj, *, strict=None, extra=None,\n"
             "               from_attributes=None, context=None,\n"
             "               by_alias=None, by_name=None)\n--\n\n"
             "An instance from a dict of field or wire names, or with\n"
             "from_attributes of any object's attributes; an instance comes\n"
             "back as it is. Raises ValidationError.");
PyDoc_STRVAR(validate_json_doc,
             "model_validate_json($type, /, json_data, *, strict=None,\n"
             "                    extra=None, context=None, by_alias=None,\n"
             "                    by_name=None)\n--\n\n"
             "An instance from a JSON text (str, bytes or bytearray). Raises\n"
             "ValidationError.");
PyDoc_STRVAR(construct_doc,
             "model_construct($type, _fields_set=None, /, **values)\n--\n\n"
             "An instance of these values, unchecked. Fields that are not\n"
             "given have their defaults or, when required, no value.");
PyDoc_STRVAR(copy_doc,
             "model_copy($self, /, *, update=None, deep=False)\n--\n\n"
             "A copy, with some fields changed. Values are shared unless\n"
             "deep is true; those of update are not checked.");
PyDoc_STRVAR(post_init_doc, "model_post_init($self, context, /)\n--\n\n"
                            "Called with None after an instance was made, "
                            "for subclasses to override.");

#define WITH_KEYWORDS(function)                                               \
    (PyCFunction)(void (*)(void))(function), METH_VARARGS | METH_KEYWORDS

PyMethodDef ckpy_modelmethods_table[] = {
    {"model_dump", WITH_KEYWORDS(model_dump), dump_doc},
    {"model_dump_json", WITH_KEYWORDS(model_dump_json), dump_json_doc},
    {"model_validate", WITH_KEYWORDS(ckpy_modelmake_validate) | METH_CLASS,
     validate_doc},
    {"model_validate_json",
     WITH_KEYWORDS(ckpy_modelmake_validate_json) | METH_CLASS,
     validate_json_doc},
    {"model_construct", WITH_KEYWORDS(ckpy_modelmake_construct) | METH_CLASS,
     construct_doc},
    {"model_copy", WITH_KEYWORDS(ckpy_modelcopy_model_copy), copy_doc},
    {"model_post_init", ckpy_modelmake_post_init, METH_O, post_init_doc},
    {"__repr_args__", repr_args, METH_NOARGS, NULL},
    {"__rich_repr__", repr_args, METH_NOARGS, NULL},
    {"__copy__", ckpy_modelcopy_copy, METH_NOARGS, NULL},
    {"__deepcopy__", ckpy_modelcopy_deepcopy, METH_O, NULL},
    {"__replace__", WITH_KEYWORDS(ckpy_modelcopy_replace), NULL},
    {"__getstate__", ckpy_modelcopy_getstate, METH_NOARGS, NULL},
    {"__setstate__", ckpy_modelcopy_setstate, METH_O, NULL},
    {"__reduce__", ckpy_modelcopy_reduce, METH_NOARGS, NULL},
    {"__clerk_fields__", ckpy_modelmake_rows, METH_NOARGS | METH_CLASS,
     "The rows of the fields, for clerk_c itself."},
    {"__clerk_keeps_extra__", ckpy_modelmake_keeps_extra,
     METH_NOARGS | METH_CLASS,
     "Whether it keeps unknown members, for clerk_c itself."},
    {NULL, NULL, 0, NULL}};
