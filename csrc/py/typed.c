/* typed.c: hands the rows behind a TypedDict or a union to Python, where
 * `clerk_c.models._typed` makes the object of them on first use. The state
 * keeps what was made, under its first name. */
#include "typed.h"

#include "modelrows.h"

/* The types of a union's variants. New list. */
static PyObject *
variant_types(struct ckpy_state *state, const struct ck_union *row)
{
    PyObject *list = PyList_New(row->variant_count);

    for (unsigned i = 0; list != NULL && i < row->variant_count; i++) {
        PyObject *type = ckpy_modelrows_type(
            state, ck_variants[row->first_variant + i].type);

        if (type == NULL)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, i, type);
    }
    return list;
}

static PyObject *
model_fields(struct ckpy_state *state, uint16_t model)
{
    const struct ckpy_class *cls = ckpy_class_of(state, model);

    return cls == NULL ? NULL : ckpy_modelrows_fields(cls);
}

/* Calls the maker for the rows of an export. New. */
static PyObject *
make(struct ckpy_state *state, const struct ck_name *export, PyObject *name)
{
    int is_dict = export->kind == CK_NAME_TYPED_DICT;
    PyObject *rows = is_dict ? model_fields(state, export->row)
                             : variant_types(state, &ck_unions[export->row]);
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
