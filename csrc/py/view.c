/* view.c: from checked nodes to Python values. Nodes and records are
 * borrowed from the document, which each view retains. */
#include "view.h"

#include "check.h"
#include "convert.h"
#include "model.h"
#include "value.h"

static PyObject *
view_list(struct ckpy_state *state, struct ckpy_doc *doc, uint16_t element,
          const cJSON *array)
{
    Py_ssize_t count = 0;
    Py_ssize_t i = 0;
    PyObject *list = NULL;

    for (const cJSON *n = ck_json_first(array); n != NULL; n = n->next)
        count++;
    list = PyList_New(count);
    for (const cJSON *n = ck_json_first(array); list != NULL && n != NULL;
         n = ck_json_next(n)) {
        PyObject *item = ckpy_view_value(state, doc, element, n);

        if (item == NULL)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, i++, item);
    }
    return list;
}

static PyObject *
view_dict(struct ckpy_state *state, struct ckpy_doc *doc, uint16_t element,
          const cJSON *object)
{
    PyObject *dict = PyDict_New();

    for (const cJSON *n = ck_json_first(object); dict != NULL && n != NULL;
         n = ck_json_next(n)) {
        size_t len = 0;
        const char *text = ck_json_key(n, &len);
        PyObject *key = PyUnicode_DecodeUTF8(text, (Py_ssize_t)len, NULL);
        PyObject *item =
            key == NULL ? NULL : ckpy_view_value(state, doc, element, n);

        if (item == NULL || PyDict_SetItem(dict, key, item) < 0)
            Py_CLEAR(dict);
        Py_XDECREF(key);
        Py_XDECREF(item);
    }
    return dict;
}

/* A value that did not fit, as it came; what an enum does not know keeps a
 * class that says so. */
static PyObject *
view_misfit(struct ckpy_state *state, const struct ck_type *row,
            const cJSON *node)
{
    enum ck_json_kind kind = ck_json_kind(node);
    PyObject *raw = ckpy_value_from_json(node);
    PyObject *types = NULL;
    PyObject *value = NULL;

    if (raw == NULL || row->kind != CK_ENUM ||
        (kind != CK_JSON_STRING && kind != CK_JSON_INT))
        return raw;
    types = ckpy_state_import(&state->types, "clerk_c.types", NULL);
    if (types != NULL)
        value = PyObject_CallMethod(
            types, kind == CK_JSON_INT ? "UnrecognizedInt" : "UnrecognizedStr",
            "O", raw);
    Py_DECREF(raw);
    return value;
}

static PyObject *
view_model(struct ckpy_state *state, struct ckpy_doc *doc, const cJSON *node)
{
    const struct ck_record *record = ck_check_record(node);
    struct ckpy_class *cls = NULL;

    if (record == NULL) /* fits no variant of its union */
        return ckpy_value_from_json(node);
    cls = ckpy_class_of(state, record->model);
    return cls == NULL ? NULL : ckpy_model_view(cls, doc, record);
}

/* Text in JSON, bytes to the program. */
static PyObject *
view_content(const cJSON *node)
{
    size_t len = 0;
    const char *text = NULL;

    if (ck_json_kind(node) != CK_JSON_STRING)
        return ckpy_value_from_json(node);
    text = ck_json_string(node, &len);
    return PyBytes_FromStringAndSize(text, (Py_ssize_t)len);
}

static PyObject *
view_time(struct ckpy_state *state, const char *function, const cJSON *node)
{
    PyObject *raw = ckpy_value_from_json(node);
    PyObject *value = raw == NULL ? NULL : ckpy_convert(state, function, raw);

    Py_XDECREF(raw);
    return value;
}

PyObject *
ckpy_view_value(struct ckpy_state *state, struct ckpy_doc *doc, uint16_t type,
                const cJSON *node)
{
    const struct ck_type *row = &ck_types[type];

    if (ck_json_kind(node) == CK_JSON_NULL)
        Py_RETURN_NONE;
    if (ck_check_is_misfit(node))
        return view_misfit(state, row, node);
    switch ((enum ck_kind)row->kind) {
    case CK_ENUM: {
        int index = ck_check_member(node);

        if (index >= 0)
            return ckpy_enum_member(state, row->ref, (unsigned)index);
        break;
    }
    case CK_MODEL:
    case CK_UNION: return view_model(state, doc, node);
    case CK_LIST: return view_list(state, doc, row->ref, node);
    case CK_DICT:
        if (ck_types[row->ref].kind != CK_ANY)
            return view_dict(state, doc, row->ref, node);
        break;
    case CK_DATETIME: return view_time(state, "parse_datetime", node);
    case CK_DATE: return view_time(state, "parse_date", node);
    case CK_ANY:
    case CK_STR:
    case CK_INT:
    case CK_FLOAT:
    case CK_BOOL:
    case CK_CONST: break;
    case CK_CONTENT: return view_content(node);
    }
    return ckpy_value_from_json(node);
}

PyObject *
ckpy_view_default(struct ckpy_state *state, uint16_t value)
{
    const struct ck_value *row = &ck_values[value];

    switch ((enum ck_value_kind)row->kind) {
    case CK_VALUE_NONE: Py_RETURN_NONE;
    case CK_VALUE_UNSET: return Py_NewRef(state->unset);
    case CK_VALUE_FALSE: Py_RETURN_FALSE;
    case CK_VALUE_TRUE: Py_RETURN_TRUE;
    case CK_VALUE_INT: return PyLong_FromLong(row->number);
    case CK_VALUE_FLOAT: {
        double number =
            PyOS_string_to_double(ck_text_of(row->text), NULL, NULL);

        return number == -1.0 && PyErr_Occurred() ? NULL
                                                  : PyFloat_FromDouble(number);
    }
    case CK_VALUE_STR: return PyUnicode_FromString(ck_text_of(row->text));
    case CK_VALUE_MEMBER:
        return ckpy_enum_member(state, row->ref, (unsigned)row->number);
    case CK_VALUE_MODEL: {
        struct ckpy_class *cls = ckpy_class_of(state, row->ref);

        return cls == NULL ? NULL : (PyObject *)ckpy_model_new(cls, cls->type);
    }
    }
    PyErr_SetString(PyExc_SystemError, "unknown kind of value row");
    return NULL;
}

/* 1 when the member is one of the row's fields, by wire name or name. */
static int
is_field(const struct ckpy_class *cls, const char *key, size_t len)
{
    for (unsigned i = 0; i < cls->row->field_count; i++) {
        const char *name = ck_text_of(cls->fields[i].name);
        const char *alias = ck_text_of(cls->fields[i].alias);

        if ((strlen(alias) == len && memcmp(alias, key, len) == 0) ||
            (strlen(name) == len && memcmp(name, key, len) == 0))
            return 1;
    }
    return 0;
}

PyObject *
ckpy_view_extra(const struct ckpy_class *cls, const struct ck_record *record)
{
    PyObject *extra = PyDict_New();

    for (const cJSON *n = ck_json_first(record->object);
         extra != NULL && n != NULL; n = ck_json_next(n)) {
        size_t len = 0;
        const char *text = ck_json_key(n, &len);
        PyObject *key = NULL;
        PyObject *item = NULL;

        if (is_field(cls, text, len))
            continue;
        key = PyUnicode_DecodeUTF8(text, (Py_ssize_t)len, NULL);
        item = key == NULL ? NULL : ckpy_value_from_json(n);
        if (item == NULL || PyDict_SetItem(extra, key, item) < 0)
            Py_CLEAR(extra);
        Py_XDECREF(key);
        Py_XDECREF(item);
    }
    return extra;
}
