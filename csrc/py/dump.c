/* dump.c: models back into plain dicts. The reference gives more than half
 * of its models a serializer of its own: required fields survive every
 * exclusion (as None), optional ones vanish when they are None unless they
 * may be null and were set, UNSET never shows. Owns nothing. */
#include "dump.h"

#include "dumpvalue.h"
#include "modelcopy.h"
#include "view.h"

enum { LEFT_OUT, AS_VALUE, AS_NONE };

/* Left out by one of the exclude_* options? -1: exception. */
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

/* value is NULL for a field that has none, as model_construct() allows. */
static int
decide(const struct ckpy_dump *dump, struct ckpy_model *model, unsigned index,
       PyObject *value, int excluded)
{
    unsigned flags = model->cls->fields[index].flags;

    if ((model->cls->row->flags & CK_MODEL_SERIALIZER) == 0)
        return excluded || value == NULL || value == dump->state->unset
                   ? LEFT_OUT
                   : AS_VALUE;
    if (!excluded && value == dump->state->unset)
        return LEFT_OUT;
    if (!excluded && value != NULL && value != Py_None)
        return AS_VALUE;
    if ((flags & CK_FIELD_OPTIONAL) == 0 ||
        ((flags & CK_FIELD_KEEP_NULL) != 0 && ckpy_model_is_set(model, index)))
        return AS_NONE;
    return LEFT_OUT;
}

int
ckpy_dump_decide(const struct ckpy_dump *dump, struct ckpy_model *model,
                 unsigned index, PyObject *value)
{
    int excluded = is_excluded(dump, model, index, value);

    return excluded < 0 ? -1 : decide(dump, model, index, value, excluded);
}

static PyObject *
dump_key(const struct ckpy_dump *dump, const struct ckpy_model *model,
         unsigned index)
{
    const struct ck_field *field = &model->cls->fields[index];

    const char *alias = ck_text_of(field->alias);

    /* the content of a file has an empty wire name */
    if (field->alias != field->name && alias[0] != '\0' &&
        ((model->cls->row->flags & CK_MODEL_SERIALIZER) != 0 ||
         dump->by_alias))
        return PyUnicode_InternFromString(alias);
    return Py_NewRef(model->cls->names[index]);
}

/* In the reference a plain text that was assigned to a field of an open enum
 * is dumped as the member. New, or NULL without exception: it is none. */
static PyObject *
member_of(const struct ckpy_dump *dump, const struct ck_field *field,
          PyObject *value)
{
    const struct ck_type *type = &ck_types[field->type];
    const struct ckpy_enum *made = NULL;
    const char *text = NULL;
    Py_ssize_t len = 0;
    int index = -1;

    if (type->kind != CK_ENUM || !PyUnicode_CheckExact(value) ||
        (ck_enums[type->ref].flags & CK_ENUM_OPEN) == 0)
        return NULL;
    made = ckpy_enum_of(dump->state, type->ref);
    text = made == NULL ? NULL : PyUnicode_AsUTF8AndSize(value, &len);
    if (text != NULL)
        index = ck_schema_member(type->ref, text, (size_t)len);
    PyErr_Clear();
    return index < 0 ? NULL
                     : Py_NewRef(PyTuple_GET_ITEM(made->members, index));
}

/* The field's value as it appears: JSON shows an integer in a field of
 * floats, such as many a default, as a float. New. */
static PyObject *
dump_item(const struct ckpy_dump *dump, const struct ck_field *field,
          const struct ckpy_filter *below, PyObject *value)
{
    PyObject *member = NULL;
    PyObject *item = NULL;

    if (dump->json && ck_types[field->type].kind == CK_FLOAT &&
        PyLong_CheckExact(value))
        return PyNumber_Float(value);
    member = member_of(dump, field, value);
    item = ckpy_dumpvalue_below(dump, below, member == NULL ? value : member);
    Py_XDECREF(member);
    return item;
}

static int
dump_field(const struct ckpy_dump *dump, struct ckpy_model *model,
           unsigned index, PyObject *dict)
{
    struct ckpy_filter below = {NULL, NULL};
    PyObject *value = NULL;
    PyObject *key = NULL;
    PyObject *item = NULL;
    int found = ckpy_modelcopy_find(model, index, &value);
    int kept = found < 0
                   ? -1
                   : ckpy_filter_member(&dump->filter,
                                        model->cls->names[index], &below);
    int excluded = kept < 0 ? -1
                   : kept == 0 || value == NULL
                       ? !kept
                       : is_excluded(dump, model, index, value);
    int decision =
        excluded < 0 ? -1 : decide(dump, model, index, value, excluded);
    int result = decision <= 0 ? decision : -1;

    if (decision > 0) {
        key = dump_key(dump, model, index);
        item =
            key == NULL ? NULL
            : decision == AS_NONE
                ? Py_NewRef(Py_None)
                : dump_item(dump, &model->cls->fields[index], &below, value);
        if (item != NULL)
            result = PyDict_SetItem(dict, key, item);
    }
    ckpy_filter_clear(&below);
    Py_XDECREF(item);
    Py_XDECREF(key);
    Py_XDECREF(value);
    return result;
}

static int
dump_member(const struct ckpy_dump *dump, PyObject *key, PyObject *value,
            PyObject *dict)
{
    struct ckpy_filter below;
    PyObject *item = NULL;
    int kept = ckpy_filter_member(&dump->filter, key, &below);
    int result = kept < 0 ? -1 : 0;

    if (kept > 0 && !(dump->exclude_none && value == Py_None)) {
        item = ckpy_dumpvalue_below(dump, &below, value);
        result = item == NULL ? -1 : PyDict_SetItem(dict, key, item);
    }
    ckpy_filter_clear(&below);
    Py_XDECREF(item);
    return result;
}

/* Unknown members follow the fields. */
static int
dump_extra(const struct ckpy_dump *dump, struct ckpy_model *model,
           PyObject *dict)
{
    PyObject *extra = ckpy_model_extra(model);
    /* a list of our own: the dict may change while values are dumped */
    PyObject *items = extra == NULL ? NULL : PyDict_Items(extra);
    int failed = items == NULL && PyErr_Occurred();

    for (Py_ssize_t i = 0;
         items != NULL && !failed && i < PyList_GET_SIZE(items); i++) {
        PyObject *pair = PyList_GET_ITEM(items, i);

        failed = dump_member(dump, PyTuple_GET_ITEM(pair, 0),
                             PyTuple_GET_ITEM(pair, 1), dict) < 0;
    }
    Py_XDECREF(items);
    Py_XDECREF(extra);
    return failed ? -1 : 0;
}

PyObject *
ckpy_dump_model(const struct ckpy_dump *dump, struct ckpy_model *model)
{
    PyObject *dict = PyDict_New();

    for (unsigned i = 0; dict != NULL && i < model->count; i++)
        if (dump_field(dump, model, i, dict) < 0)
            Py_CLEAR(dict);
    if (dict != NULL && dump_extra(dump, model, dict) < 0)
        Py_CLEAR(dict);
    return dict;
}
