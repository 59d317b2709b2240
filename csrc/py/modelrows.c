/* modelrows.c: rows of models as nested tuples. Everything returned is new.
 */
#include "modelrows.h"

#include "view.h"

static PyObject *
row_union(struct ckpy_state *state, const struct ck_union *row)
{
    PyObject *variants = PyList_New(row->variant_count);

    for (unsigned i = 0; variants != NULL && i < row->variant_count; i++) {
        const struct ck_variant *variant =
            &ck_variants[row->first_variant + i];
        PyObject *type = ckpy_modelrows_type(state, variant->type);
        PyObject *pair =
            type == NULL
                ? NULL
                : Py_BuildValue("(sN)", ck_text_of(variant->tag), type);

        if (pair == NULL)
            Py_CLEAR(variants);
        else
            PyList_SET_ITEM(variants, i, pair);
    }
    return variants == NULL
               ? NULL
               : Py_BuildValue("(ssN)", ck_text_of(row->name),
                               ck_text_of(row->discriminator), variants);
}

static PyObject *
row_detail(struct ckpy_state *state, const struct ck_type *row)
{
    switch ((enum ck_kind)row->kind) {
    case CK_CONST: return ckpy_view_default(state, row->ref);
    case CK_ENUM: {
        const struct ckpy_enum *made = ckpy_enum_of(state, row->ref);

        return made == NULL ? NULL : Py_NewRef(made->type);
    }
    case CK_MODEL: {
        struct ckpy_class *cls = ckpy_class_of(state, row->ref);

        return cls == NULL ? NULL : Py_NewRef((PyObject *)cls->type);
    }
    case CK_UNION: return row_union(state, &ck_unions[row->ref]);
    case CK_LIST:
    case CK_DICT: return ckpy_modelrows_type(state, row->ref);
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

PyObject *
ckpy_modelrows_type(struct ckpy_state *state, uint16_t type)
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
    PyObject *detail = row_detail(state, row);

    if (detail == NULL)
        return NULL;
    return Py_BuildValue(
        "(sNOO)", kinds[row->kind], detail,
        (row->flags & CK_TYPE_NULLABLE) != 0 ? Py_True : Py_False,
        (row->flags & CK_TYPE_UNSETTABLE) != 0 ? Py_True : Py_False);
}

static PyObject *
row_field(struct ckpy_state *state, const struct ck_field *field)
{
    int required = (field->flags & CK_FIELD_REQUIRED) != 0;
    PyObject *type = ckpy_modelrows_type(state, field->type);
    PyObject *usual = NULL;

    if (type == NULL)
        return NULL;
    usual = field->value == CK_NO_ROW ? Py_NewRef(Py_None)
                                      : ckpy_view_default(state, field->value);
    if (usual == NULL) {
        Py_DECREF(type);
        return NULL;
    }
    return Py_BuildValue(
        "(ssNONO)", ck_text_of(field->name), ck_text_of(field->alias), type,
        required ? Py_True : Py_False, usual,
        (field->flags & CK_FIELD_DEPRECATED) != 0 ? Py_True : Py_False);
}

PyObject *
ckpy_modelrows_fields(const struct ckpy_class *cls)
{
    PyObject *rows = PyList_New(cls->row->field_count);

    for (unsigned i = 0; rows != NULL && i < cls->row->field_count; i++) {
        PyObject *row = row_field(cls->state, &cls->fields[i]);

        if (row == NULL)
            Py_CLEAR(rows);
        else
            PyList_SET_ITEM(rows, i, row);
    }
    return rows;
}
