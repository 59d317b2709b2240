/* typed.c: hands the rows behind a TypedDict or a union to Python, where
 * `clerk_c.models._typed` makes the object of them on first use. The state
 * keeps what was made, under its first name. */
#include "typed.h"

#include "view.h"

static PyObject *type_tree(struct ckpy_state *state, uint16_t type);

/* What a type refers to: the name of an export, the tree of the elements, the
 * value of a constant, or None. New. */
static PyObject *
type_detail(struct ckpy_state *state, const struct ck_type *row)
{
    switch ((enum ck_kind)row->kind) {
    case CK_CONST: return ckpy_view_default(state, row->ref);
    case CK_ENUM:
        return PyUnicode_FromString(ck_text_of(ck_enums[row->ref].name));
    case CK_MODEL:
        return PyUnicode_FromString(ck_text_of(ck_models[row->ref].name));
    case CK_UNION:
        return PyUnicode_FromString(ck_text_of(ck_unions[row->ref].name));
    case CK_LIST:
    case CK_DICT: return type_tree(state, row->ref);
    case CK_ANY:
    case CK_STR:
    case CK_INT:
    case CK_FLOAT:
    case CK_BOOL:
    case CK_DATETIME:
    case CK_DATE:
    case CK_CONTENT: break;
    }
    Py_RETURN_NONE;
}

/* (kind, detail, takes None, takes UNSET). New. */
static PyObject *
type_tree(struct ckpy_state *state, uint16_t type)
{
    static const char *const kinds[] = {
        [CK_ANY] = "any",     [CK_STR] = "str",
        [CK_INT] = "int",     [CK_FLOAT] = "float",
        [CK_BOOL] = "bool",   [CK_DATETIME] = "datetime",
        [CK_DATE] = "date",   [CK_CONST] = "const",
        [CK_ENUM] = "enum",   [CK_MODEL] = "model",
        [CK_UNION] = "union", [CK_LIST] = "list",
        [CK_DICT] = "dict",   [CK_CONTENT] = "content"};
    const struct ck_type *row = &ck_types[type];
    PyObject *detail = type_detail(state, row);

    if (detail == NULL)
        return NULL;
    return Py_BuildValue(
        "(sNOO)", kinds[row->kind], detail,
        (row->flags & CK_TYPE_NULLABLE) != 0 ? Py_True : Py_False,
        (row->flags & CK_TYPE_UNSETTABLE) != 0 ? Py_True : Py_False);
}

/* (name, name on the wire, tree, required) of a field. New. */
static PyObject *
field_entry(struct ckpy_state *state, const struct ck_field *field)
{
    PyObject *tree = type_tree(state, field->type);

    if (tree == NULL)
        return NULL;
    return Py_BuildValue(
        "(ssNO)", ck_text_of(field->name), ck_text_of(field->alias), tree,
        (field->flags & CK_FIELD_REQUIRED) != 0 ? Py_True : Py_False);
}

static PyObject *
field_entries(struct ckpy_state *state, const struct ck_model *row)
{
    PyObject *list = PyList_New(row->field_count);

    for (unsigned i = 0; list != NULL && i < row->field_count; i++) {
        PyObject *entry = field_entry(state, &ck_fields[row->first_field + i]);

        if (entry == NULL)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, i, entry);
    }
    return list;
}

static PyObject *
variant_trees(struct ckpy_state *state, const struct ck_union *row)
{
    PyObject *list = PyList_New(row->variant_count);

    for (unsigned i = 0; list != NULL && i < row->variant_count; i++) {
        PyObject *tree =
            type_tree(state, ck_variants[row->first_variant + i].type);

        if (tree == NULL)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, i, tree);
    }
    return list;
}

/* Calls the maker for the rows of an export. New. */
static PyObject *
make(struct ckpy_state *state, const struct ck_name *export, PyObject *name)
{
    int is_dict = export->kind == CK_NAME_TYPED_DICT;
    PyObject *rows = is_dict ? field_entries(state, &ck_models[export->row])
                             : variant_trees(state, &ck_unions[export->row]);
    PyObject *made = NULL;

    if (rows != NULL &&
        ckpy_state_import(&state->typed, "clerk_c.models._typed", NULL) !=
            NULL)
        made = PyObject_CallMethod(
            state->typed, is_dict ? "make_typed_dict" : "make_union", "OsO",
            name,
            ck_text_of(is_dict ? ck_models[export->row].module
                               : ck_unions[export->row].module),
            rows);
    Py_XDECREF(rows);
    return made;
}

PyObject *
ckpy_typed_export(struct ckpy_state *state, const struct ck_name *export)
{
    int is_dict = export->kind == CK_NAME_TYPED_DICT;
    ck_text base =
        is_dict ? ck_models[export->row].name : ck_unions[export->row].name;
    PyObject *name =
        PyUnicode_FromFormat("%s%s", ck_text_of(base),
                             export->kind == CK_NAME_UNION ? "" : "TypedDict");
    PyObject *made = NULL;

    if (name == NULL)
        return NULL;
    made = Py_XNewRef(PyDict_GetItemWithError(state->typed_objects, name));
    if (made == NULL && !PyErr_Occurred()) {
        made = make(state, export, name);
        if (made != NULL &&
            PyDict_SetItem(state->typed_objects, name, made) < 0)
            Py_CLEAR(made);
    }
    Py_DECREF(name);
    return made;
}
