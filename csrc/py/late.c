/* late.c: descriptors that stand for functions of Python modules, which are
 * imported when an attribute is first asked for: what is too rare for C. The
 * descriptors belong to the dict of the class; the rows are const. */
#include "late.h"

enum late_kind {
    LATE_METHOD,      /* f(self, ...) */
    LATE_CLASSMETHOD, /* f(cls, ...) */
    LATE_VALUE        /* the attribute is f(cls) */
};

struct late_row {
    const char *name;
    const char *module; /* of clerk_c */
    const char *function;
    enum late_kind kind;
};

struct late {
    PyObject_HEAD const struct late_row *row;
};

static const struct late_row rows[] = {
    {"model_fields", "_modelfields", "fields", LATE_VALUE},
    {"model_computed_fields", "_modelfields", "nothing", LATE_VALUE},
    {"model_config", "_modelfields", "config", LATE_VALUE},
    {"__signature__", "_modelfields", "signature", LATE_VALUE},
    {"model_json_schema", "_modelschema", "model_json_schema",
     LATE_CLASSMETHOD},
    {"model_rebuild", "_modelapi", "model_rebuild", LATE_CLASSMETHOD},
    {"model_parametrized_name", "_modelapi", "model_parametrized_name",
     LATE_CLASSMETHOD},
    {"model_validate_strings", "_modelapi", "model_validate_strings",
     LATE_CLASSMETHOD},
    {"__init_subclass__", "_modelapi", "init_subclass", LATE_CLASSMETHOD},
    {"__pretty__", "_modelapi", "pretty", LATE_METHOD},
    {"_repr_html_", "tables._card", "card", LATE_METHOD},
    {"__get_pydantic_core_schema__", "_pydantic", "core_schema",
     LATE_CLASSMETHOD},
    {"__get_pydantic_json_schema__", "_pydantic", "json_schema",
     LATE_CLASSMETHOD},
    {"__pydantic_serializer__", "_pydantic", "serializer", LATE_VALUE},
    {"__fields__", "_legacy", "fields", LATE_VALUE},
    {"dict", "_legacy", "to_dict", LATE_METHOD},
    {"json", "_legacy", "to_json", LATE_METHOD},
    {"copy", "_legacy", "copy", LATE_METHOD},
    {"construct", "_legacy", "construct", LATE_CLASSMETHOD},
    {"validate", "_legacy", "validate", LATE_CLASSMETHOD},
    {"parse_obj", "_legacy", "parse_obj", LATE_CLASSMETHOD},
    {"parse_raw", "_legacy", "parse_raw", LATE_CLASSMETHOD},
    {"parse_file", "_legacy", "parse_file", LATE_CLASSMETHOD},
    {"from_orm", "_legacy", "from_orm", LATE_CLASSMETHOD},
    {"schema", "_legacy", "schema", LATE_CLASSMETHOD},
    {"schema_json", "_legacy", "schema_json", LATE_CLASSMETHOD},
    {"update_forward_refs", "_legacy", "update_forward_refs",
     LATE_CLASSMETHOD},
};

enum { ROWS = sizeof rows / sizeof rows[0] };

static PyObject *
late_function(const char *module, const char *function)
{
    char name[64];
    PyObject *imported = NULL;
    PyObject *found = NULL;

    PyOS_snprintf(name, sizeof name, "clerk_c.%s", module);
    imported = PyImport_ImportModule(name);
    if (imported != NULL)
        found = PyObject_GetAttrString(imported, function);
    Py_XDECREF(imported);
    return found;
}

PyObject *
ckpy_late_call(const char *module, const char *function, PyObject *argument)
{
    PyObject *found = late_function(module, function);
    PyObject *result =
        found == NULL ? NULL : PyObject_CallOneArg(found, argument);

    Py_XDECREF(found);
    return result;
}

static PyObject *
late_get(PyObject *op, PyObject *object, PyObject *type)
{
    const struct late_row *row = ((struct late *)op)->row;
    PyObject *found = late_function(row->module, row->function);
    PyObject *result = NULL;

    if (found == NULL)
        return NULL;
    if (type == NULL)
        type = (PyObject *)Py_TYPE(object);
    if (row->kind == LATE_VALUE)
        result = PyObject_CallOneArg(found, type);
    else if (row->kind == LATE_CLASSMETHOD)
        result = PyMethod_New(found, type);
    else if (object != NULL)
        result = PyMethod_New(found, object);
    else
        result = Py_NewRef(found);
    Py_DECREF(found);
    return result;
}

static void
late_dealloc(PyObject *op)
{
    PyTypeObject *type = Py_TYPE(op);

    PyObject_GC_UnTrack(op);
    type->tp_free(op);
    Py_DECREF(type);
}

/* As for fields: its class's dict, its type and the module form a cycle. */
static int
late_traverse(PyObject *op, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(op));
    return 0;
}

static PyObject *
late_repr(PyObject *op)
{
    const struct late_row *row = ((struct late *)op)->row;

    return PyUnicode_FromFormat("<attribute '%s', from clerk_c.%s>", row->name,
                                row->module);
}

static PyType_Slot late_slots[] = {{Py_tp_dealloc, late_dealloc},
                                   {Py_tp_traverse, late_traverse},
                                   {Py_tp_descr_get, late_get},
                                   {Py_tp_repr, late_repr},
                                   {0, NULL}};

static PyType_Spec late_spec = {
    .name = "clerk_c._core.LateAttribute",
    .basicsize = sizeof(struct late),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION |
             Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = late_slots,
};

int
ckpy_late_fill(PyObject *module, PyTypeObject *type)
{
    PyTypeObject *kind =
        (PyTypeObject *)PyType_FromModuleAndSpec(module, &late_spec, NULL);
    int result = kind == NULL ? -1 : 0;

    for (size_t i = 0; result == 0 && i < ROWS; i++) {
        struct late *late = PyObject_GC_New(struct late, kind);

        if (late != NULL) {
            late->row = &rows[i];
            PyObject_GC_Track(late);
        }
        result = late == NULL
                     ? -1
                     : PyObject_SetAttrString((PyObject *)type, rows[i].name,
                                              (PyObject *)late);
        Py_XDECREF(late);
    }
    Py_XDECREF(kind);
    return result;
}
