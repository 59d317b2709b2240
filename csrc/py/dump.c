/* dump.c: models back into plain dicts. The reference gives more than half
 * of its models a serializer of its own: required fields survive every
 * exclusion (as None), optional ones vanish when they are None unless they
 * may be null and were set, UNSET never shows. Owns nothing. */
#include "dump.h"

#include "convert.h"
#include "view.h"

/* Left out by one of the exclude options? -1: exception. */
static int
is_excluded(const struct ckpy_dump *dump, struct ckpy_model *model,
            unsigned index, PyObject *value)
{
    const struct ck_field *field = &model->cls->fields[index];
    PyObject *usual = NULL;
    int same = 0;

    if (dump->exclude_none && value == Py_None)
        return 1;
    if (dump->exclude_unset && !ckpy_model_is_set(model, index))
        return 1;
    if (!dump->exclude_defaults || field->value == CK_NO_ROW)
        return 0;
    usual = ckpy_view_default(dump->state, field->value);
    if (usual == NULL)
        return -1;
    same = PyObject_RichCompareBool(value, usual, Py_EQ);
    Py_DECREF(usual);
    return same;
}

int
ckpy_dump_decide(const struct ckpy_dump *dump, struct ckpy_model *model,
                 unsigned index, PyObject *value)
{
    const struct ck_field *field = &model->cls->fields[index];
    int excluded = is_excluded(dump, model, index, value);

    if (excluded < 0)
        return -1;
    if ((model->cls->row->flags & CK_MODEL_SERIALIZER) == 0)
        return excluded || value == dump->state->unset ? 0 : 1;
    if (value == dump->state->unset)
        return excluded && (field->flags & CK_FIELD_OPTIONAL) == 0 ? 2 : 0;
    if (!excluded && value != Py_None)
        return 1;
    if ((field->flags & CK_FIELD_OPTIONAL) == 0 ||
        ((field->flags & CK_FIELD_KEEP_NULL) != 0 &&
         ckpy_model_is_set(model, index)))
        return 2;
    return 0;
}

static PyObject *
dump_key(const struct ckpy_dump *dump, const struct ckpy_model *model,
         unsigned index)
{
    const char *alias = ck_text_of(model->cls->fields[index].alias);

    /* the content of a file has an empty wire name */
    if (alias[0] != '\0' &&
        ((model->cls->row->flags & CK_MODEL_SERIALIZER) != 0 ||
         dump->by_alias))
        return PyUnicode_InternFromString(alias);
    return Py_NewRef(model->cls->names[index]);
}

static int
dump_field(const struct ckpy_dump *dump, struct ckpy_model *model,
           unsigned index, PyObject *dict)
{
    PyObject *value = ckpy_model_get(model, index);
    PyObject *key = NULL;
    PyObject *item = NULL;
    int decision =
        value == NULL ? -1 : ckpy_dump_decide(dump, model, index, value);
    int result = decision <= 0 ? decision : -1;

    if (decision > 0) {
        key = dump_key(dump, model, index);
        item = key == NULL     ? NULL
               : decision == 2 ? Py_NewRef(Py_None)
                               : ckpy_dump_value(dump, value);
        if (item != NULL)
            result = PyDict_SetItem(dict, key, item);
    }
    Py_XDECREF(item);
    Py_XDECREF(key);
    Py_XDECREF(value);
    return result;
}

PyObject *
ckpy_dump_model(const struct ckpy_dump *dump, struct ckpy_model *model)
{
    PyObject *dict = PyDict_New();
    PyObject *extra = NULL;

    for (unsigned i = 0; dict != NULL && i < model->count; i++)
        if (dump_field(dump, model, i, dict) < 0)
            Py_CLEAR(dict);
    if (dict == NULL)
        return NULL;
    extra = ckpy_model_extra(model);
    if (extra != NULL) {
        PyObject *dumped = ckpy_dump_value(dump, extra);

        if (dumped == NULL || PyDict_Merge(dict, dumped, 0) < 0)
            Py_CLEAR(dict);
        Py_XDECREF(dumped);
    } else if (PyErr_Occurred()) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *
dump_list(const struct ckpy_dump *dump, PyObject *list)
{
    PyObject *copy = PyList_New(PyList_GET_SIZE(list));

    for (Py_ssize_t i = 0; copy != NULL && i < PyList_GET_SIZE(copy); i++) {
        PyObject *item = i < PyList_GET_SIZE(list)
                             ? ckpy_dump_value(dump, PyList_GET_ITEM(list, i))
                             : Py_NewRef(Py_None);

        if (item == NULL)
            Py_CLEAR(copy);
        else
            PyList_SET_ITEM(copy, i, item);
    }
    return copy;
}

static PyObject *
dump_dict(const struct ckpy_dump *dump, PyObject *dict)
{
    PyObject *copy = PyDict_New();
    PyObject *key = NULL;
    PyObject *value = NULL;
    Py_ssize_t position = 0;

    while (copy != NULL && PyDict_Next(dict, &position, &key, &value)) {
        PyObject *item = ckpy_dump_value(dump, value);

        if (item == NULL || PyDict_SetItem(copy, key, item) < 0)
            Py_CLEAR(copy);
        Py_XDECREF(item);
    }
    return copy;
}

PyObject *
ckpy_dump_value(const struct ckpy_dump *dump, PyObject *value)
{
    PyObject *result = NULL;

    if (value == Py_None || PyUnicode_CheckExact(value) ||
        PyBool_Check(value) || PyLong_CheckExact(value))
        return Py_NewRef(value);
    if (PyFloat_CheckExact(value) && !dump->json)
        return Py_NewRef(value);
    if (Py_EnterRecursiveCall(" while dumping a model"))
        return NULL;
    if (ckpy_model_check(dump->state, value))
        result = ckpy_dump_model(dump, (struct ckpy_model *)value);
    else if (PyList_CheckExact(value))
        result = dump_list(dump, value);
    else if (PyDict_CheckExact(value))
        result = dump_dict(dump, value);
    else if (dump->json) {
        PyObject *plain = ckpy_convert(dump->state, "jsonable", value);

        /* containers of models need another turn, scalars are ready */
        if (plain != NULL &&
            (PyList_CheckExact(plain) || PyDict_CheckExact(plain)))
            result = ckpy_dump_value(dump, plain);
        else
            result = Py_XNewRef(plain);
        Py_XDECREF(plain);
    } else
        result = Py_NewRef(value);
    Py_LeaveRecursiveCall();
    return result;
}
