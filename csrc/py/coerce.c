/* coerce.c: checks Python values against type rows: containers, models and
 * unions; single values are in scalars.c. What it returns is new; what it is
 * given stays the caller's and is never changed. */
#include "coerce.h"

#include "model.h"
#include "schema.h"

PyObject *
ckpy_coerce_refuse(struct ckpy_coercion *c, const struct ckpy_step *where,
                   enum ck_issue_code code, uint16_t ref, PyObject *input)
{
    (void)ckpy_issues_add(&c->issues, where, code, ref, input);
    return NULL;
}

static int
is_mapping(PyObject *value)
{
    return PyDict_Check(value) ||
           (PyMapping_Check(value) && !PySequence_Check(value)) ||
           (PyMapping_Check(value) && PyObject_HasAttrString(value, "keys"));
}

/* A dict with the mapping's items. New. */
static PyObject *
dict_of(PyObject *mapping)
{
    PyObject *dict = NULL;

    if (PyDict_CheckExact(mapping))
        return Py_NewRef(mapping);
    dict = PyDict_New();
    if (dict != NULL && PyDict_Update(dict, mapping) < 0)
        Py_CLEAR(dict);
    return dict;
}

/* Which values make a list: see REFERENCE.md, "Coercion". */
static int
is_listable(const struct ckpy_coercion *c, PyObject *value)
{
    if (PyList_Check(value) || PyTuple_Check(value) || PyAnySet_Check(value) ||
        PyDictKeys_Check(value) || PyDictValues_Check(value) ||
        PyDictItems_Check(value) || PyIter_Check(value))
        return 1;
    if (PyUnicode_Check(value) || PyBytes_Check(value) ||
        PyByteArray_Check(value) || is_mapping(value))
        return 0;
    if (c->any_iterable)
        return Py_TYPE(value)->tp_iter != NULL || PySequence_Check(value);
    return strcmp(Py_TYPE(value)->tp_name, "collections.deque") == 0;
}

static PyObject *
coerce_list(struct ckpy_coercion *c, uint16_t element, PyObject *value,
            const struct ckpy_step *where)
{
    PyObject *items = NULL;
    PyObject *list = NULL;
    int failed = 0;

    if (!is_listable(c, value))
        return ckpy_coerce_refuse(c, where, CK_ISSUE_LIST_TYPE, 0, value);
    items = PySequence_List(value);
    if (items == NULL)
        return NULL;
    if (!PyList_CheckExact(value))
        c->inexact = 1;
    list = PyList_New(PyList_GET_SIZE(items));
    for (Py_ssize_t i = 0; list != NULL && i < PyList_GET_SIZE(items); i++) {
        struct ckpy_step step = {.up = where, .index = i};
        PyObject *item =
            ckpy_coerce_value(c, element, PyList_GET_ITEM(items, i), &step);

        if (item != NULL)
            PyList_SET_ITEM(list, i, item);
        else
            failed = 1;
        if (item == NULL && PyErr_Occurred())
            break;
    }
    Py_DECREF(items);
    if (failed)
        Py_CLEAR(list);
    return list;
}

static PyObject *
coerce_dict(struct ckpy_coercion *c, uint16_t element, PyObject *value,
            const struct ckpy_step *where)
{
    static const struct ck_type key_row = {.kind = CK_STR};
    PyObject *items = NULL;
    PyObject *dict = NULL;
    PyObject *key = NULL;
    PyObject *item = NULL;
    Py_ssize_t position = 0;
    Py_ssize_t left = 0; /* a dict may grow while it is looked at */
    int failed = 0;

    if (!is_mapping(value))
        return ckpy_coerce_refuse(c, where, CK_ISSUE_DICT_TYPE, 0, value);
    items = dict_of(value);
    dict = items == NULL ? NULL : PyDict_New();
    if (dict == NULL) {
        Py_XDECREF(items);
        return NULL;
    }
    left = PyDict_GET_SIZE(items);
    while (left-- > 0 && PyDict_Next(items, &position, &key, &item)) {
        struct ckpy_step step = {.up = where, .key = key};
        PyObject *new_key = NULL;
        PyObject *new_item = NULL;

        Py_INCREF(key); /* a conversion may run code of the program */
        Py_INCREF(item);
        new_key = ckpy_coerce_scalar(c, &key_row, key, &step);
        if (new_key != NULL)
            new_item = ckpy_coerce_value(c, element, item, &step);
        if (new_item == NULL || PyDict_SetItem(dict, new_key, new_item) < 0)
            failed = 1;
        Py_DECREF(key);
        Py_DECREF(item);
        Py_XDECREF(new_key);
        Py_XDECREF(new_item);
        if (failed && PyErr_Occurred())
            break;
    }
    Py_DECREF(items);
    if (failed)
        Py_CLEAR(dict);
    return dict;
}

/* What the dict holds for a field: by wire name first, then by name. New;
 * NULL with or without an exception. */
static PyObject *
given_for(const struct ckpy_class *cls, unsigned index, PyObject *dict)
{
    const struct ck_field *field = &cls->fields[index];
    PyObject *value = NULL;

    if (field->alias != field->name) {
        PyObject *alias = PyUnicode_FromString(ck_text_of(field->alias));

        if (alias == NULL)
            return NULL;
        value = Py_XNewRef(PyDict_GetItemWithError(dict, alias));
        Py_DECREF(alias);
        if (value != NULL || PyErr_Occurred())
            return value;
    }
    return Py_XNewRef(PyDict_GetItemWithError(dict, cls->names[index]));
}

/* Unknown members of a dict, for rows that keep them. */
static int
keep_extra(struct ckpy_model *model, PyObject *dict)
{
    const struct ckpy_class *cls = model->cls;
    PyObject *extra = ckpy_model_extra(model);
    PyObject *key = NULL;
    PyObject *item = NULL;
    Py_ssize_t position = 0;
    Py_ssize_t left = PyDict_GET_SIZE(dict);

    while (extra != NULL && left-- > 0 &&
           PyDict_Next(dict, &position, &key, &item)) {
        int known = 0;
        int failed = 0;

        for (unsigned i = 0; !known && i < model->count; i++)
            known = PyUnicode_Check(key) &&
                    (PyUnicode_Compare(key, cls->names[i]) == 0 ||
                     PyUnicode_CompareWithASCIIString(
                         key, ck_text_of(cls->fields[i].alias)) == 0);
        if (known)
            continue;
        Py_INCREF(key); /* hashing and comparing it may run code */
        Py_INCREF(item);
        failed = PyDict_SetItem(extra, key, item) < 0;
        Py_DECREF(item);
        Py_DECREF(key);
        if (failed)
            break;
    }
    Py_XDECREF(extra);
    return PyErr_Occurred() ? -1 : 0;
}

int
ckpy_coerce_fields(struct ckpy_coercion *c, struct ckpy_model *model,
                   PyObject *dict, const struct ckpy_step *where)
{
    const struct ckpy_class *cls = model->cls;
    int failed = 0;

    for (unsigned i = 0; i < model->count; i++) {
        const struct ck_field *field = &cls->fields[i];
        struct ckpy_step step = {.up = where,
                                 .name = ck_text_of(field->alias)};
        PyObject *given = given_for(cls, i, dict);
        PyObject *value = NULL;

        if (given == NULL && PyErr_Occurred())
            return -1;
        if (given == NULL) {
            if ((field->flags & CK_FIELD_REQUIRED) == 0)
                continue;
            (void)ckpy_coerce_refuse(c, &step, CK_ISSUE_MISSING, 0, dict);
        } else {
            value = ckpy_coerce_value(c, field->type, given, &step);
            Py_DECREF(given);
        }
        if (value != NULL)
            ckpy_model_put(model, i, value);
        else
            failed = -1;
        if (value == NULL && PyErr_Occurred())
            return -1;
    }
    return keep_extra(model, dict) < 0 ? -1 : failed;
}

static PyObject *
coerce_model(struct ckpy_coercion *c, uint16_t row, PyObject *value,
             const struct ckpy_step *where)
{
    struct ckpy_class *cls = ckpy_class_of(c->state, row);
    struct ckpy_model *model = NULL;
    PyObject *dict = NULL;

    if (cls == NULL)
        return NULL;
    if (PyObject_TypeCheck(value, cls->type))
        return Py_NewRef(value);
    if (!is_mapping(value))
        return ckpy_coerce_refuse(c, where, CK_ISSUE_MODEL_TYPE, row, value);
    dict = dict_of(value);
    model = dict == NULL ? NULL : ckpy_model_new(cls, cls->type);
    if (model != NULL && ckpy_coerce_fields(c, model, dict, where) < 0)
        Py_CLEAR(model);
    Py_XDECREF(dict);
    return (PyObject *)model;
}

/* The variant that the tag of a dict names. -1: none; -2: exception. */
static int
tagged_variant(const struct ck_union *row, PyObject *value)
{
    PyObject *tag =
        PyMapping_GetItemString(value, ck_text_of(row->discriminator));
    PyObject *text = NULL;
    int found = -1;

    if (tag == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_LookupError))
            return -2;
        PyErr_Clear();
        return -1;
    }
    text = PyUnicode_Check(tag) ? PyUnicode_FromObject(tag) : NULL;
    for (unsigned i = 0; text != NULL && found < 0 && i < row->variant_count;
         i++)
        if (PyUnicode_CompareWithASCIIString(
                text, ck_text_of(ck_variants[row->first_variant + i].tag)) ==
            0)
            found = (int)i;
    Py_XDECREF(text);
    Py_DECREF(tag);
    return PyErr_Occurred() ? -2 : found;
}

static int
bits(uint64_t set)
{
    int count = 0;

    for (; set != 0; set &= set - 1)
        count++;
    return count;
}

/* Without a tag the variant with most fields given wins, then one that needed
 * no conversion, then the first. */
static PyObject *
best_variant(struct ckpy_coercion *c, const struct ck_union *row,
             PyObject *value, const struct ckpy_step *where)
{
    PyObject *best = NULL;
    int best_count = -1;
    int best_inexact = 0;

    for (unsigned i = 0; i < row->variant_count; i++) {
        struct ckpy_coercion trial = {.state = c->state,
                                      .any_iterable = c->any_iterable};
        uint16_t type = ck_variants[row->first_variant + i].type;
        PyObject *made = ckpy_coerce_value(&trial, type, value, where);
        int count = made != NULL && ckpy_model_check(c->state, made)
                        ? bits(((struct ckpy_model *)made)->set)
                        : 0;

        ckpy_issues_free(&trial.issues);
        if (made == NULL && PyErr_Occurred()) {
            Py_CLEAR(best);
            return NULL;
        }
        if (made != NULL &&
            (count > best_count ||
             (count == best_count && best_inexact && !trial.inexact))) {
            Py_XSETREF(best, made);
            best_count = count;
            best_inexact = trial.inexact;
        } else {
            Py_XDECREF(made);
        }
    }
    c->inexact |= best_inexact;
    return best;
}

static PyObject *
coerce_union(struct ckpy_coercion *c, uint16_t ref, PyObject *value,
             const struct ckpy_step *where)
{
    const struct ck_union *row = &ck_unions[ref];
    PyObject *made = NULL;
    int index = -1;

    for (unsigned i = 0; i < row->variant_count; i++) {
        const struct ck_type *type =
            &ck_types[ck_variants[row->first_variant + i].type];
        struct ckpy_class *cls =
            type->kind == CK_MODEL ? ckpy_class_of(c->state, type->ref) : NULL;

        if (cls == NULL && PyErr_Occurred())
            return NULL;
        if (cls != NULL && PyObject_TypeCheck(value, cls->type))
            return Py_NewRef(value);
    }
    if (is_mapping(value) && row->discriminator != 0) {
        index = tagged_variant(row, value);
        if (index == -2)
            return NULL;
        if (index >= 0)
            return ckpy_coerce_value(
                c, ck_variants[row->first_variant + index].type, value, where);
    } else if (row->discriminator == 0) {
        made = best_variant(c, row, value, where);
        if (made != NULL || PyErr_Occurred())
            return made;
    }
    return ckpy_coerce_refuse(c, where, CK_ISSUE_UNION_TAG, ref, value);
}

static PyObject *
coerce_container(struct ckpy_coercion *c, const struct ck_type *row,
                 PyObject *value, const struct ckpy_step *where)
{
    PyObject *result = NULL;

    if (Py_EnterRecursiveCall(" while checking a value"))
        return NULL;
    if (row->kind == CK_MODEL)
        result = coerce_model(c, row->ref, value, where);
    else if (row->kind == CK_UNION)
        result = coerce_union(c, row->ref, value, where);
    else if (row->kind == CK_LIST)
        result = coerce_list(c, row->ref, value, where);
    else
        result = coerce_dict(c, row->ref, value, where);
    Py_LeaveRecursiveCall();
    return result;
}

PyObject *
ckpy_coerce_value(struct ckpy_coercion *c, uint16_t type, PyObject *value,
                  const struct ckpy_step *where)
{
    const struct ck_type *row = &ck_types[type];
    PyObject *result = NULL;

    if (value == Py_None && (row->flags & CK_TYPE_NULLABLE) != 0)
        return Py_NewRef(value);
    if (value == c->state->unset && (row->flags & CK_TYPE_UNSETTABLE) != 0)
        return Py_NewRef(value);
    switch ((enum ck_kind)row->kind) {
    case CK_MODEL:
    case CK_UNION:
    case CK_LIST:
    case CK_DICT: return coerce_container(c, row, value, where);
    case CK_ANY:
    case CK_STR:
    case CK_INT:
    case CK_FLOAT:
    case CK_BOOL:
    case CK_DATETIME:
    case CK_DATE:
    case CK_CONST:
    case CK_ENUM:
    case CK_CONTENT: break;
    }
    result = ckpy_coerce_scalar(c, row, value, where);
    if (result != value && row->kind != CK_ENUM) /* which says so itself */
        c->inexact = 1;
    return result;
}
