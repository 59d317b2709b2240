/* resource.c: the classes of resource groups, made on first use, with one
 * operation object per method. A resource owns a reference to its client. */
#include "resource.h"

#include "operation.h"
#include "schema.h"

static int
resource_traverse(PyObject *op, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(op));
    Py_VISIT(((struct ckpy_resource *)op)->client);
    return 0;
}

static int
resource_clear(PyObject *op)
{
    Py_CLEAR(((struct ckpy_resource *)op)->client);
    return 0;
}

static void
resource_dealloc(PyObject *op)
{
    PyTypeObject *type = Py_TYPE(op);

    PyObject_GC_UnTrack(op);
    (void)resource_clear(op);
    type->tp_free(op);
    Py_DECREF(type);
}

static PyObject *
resource_repr(PyObject *op)
{
    PyObject *name =
        PyObject_GetAttrString((PyObject *)Py_TYPE(op), "__name__");
    PyObject *text = name == NULL ? NULL : PyUnicode_FromFormat("<%U>", name);

    Py_XDECREF(name);
    return text;
}

static PyObject *
get_sdk_configuration(PyObject *op, void *closure)
{
    (void)closure;
    return PyObject_GetAttrString(((struct ckpy_resource *)op)->client,
                                  "sdk_configuration");
}

static PyObject *
get_client(PyObject *op, void *closure)
{
    (void)closure;
    return Py_NewRef(((struct ckpy_resource *)op)->client);
}

static PyGetSetDef resource_getset[] = {
    {"_client", get_client, NULL, "The client (Clerk).", NULL},
    {"sdk_configuration", get_sdk_configuration, NULL,
     "The settings of the client (SDKConfiguration).", NULL},
    {NULL, NULL, NULL, NULL, NULL}};

static PyType_Slot resource_slots[] = {
    {Py_tp_traverse, resource_traverse}, {Py_tp_clear, resource_clear},
    {Py_tp_dealloc, resource_dealloc},   {Py_tp_repr, resource_repr},
    {Py_tp_getset, resource_getset},     {0, NULL}};

static PyType_Spec resource_spec = {
    .name = "clerk_c._core.Resource",
    .basicsize = sizeof(struct ckpy_resource),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC |
             Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = resource_slots,
};

PyTypeObject *
ckpy_resource_type(PyObject *module)
{
    return (PyTypeObject *)PyType_FromModuleAndSpec(module, &resource_spec,
                                                    NULL);
}

/* Gives the class an operation and its asynchronous twin. 0 or -1. */
static int
add_operation(struct ckpy_state *state, PyObject *type, uint16_t index)
{
    PyObject *blocking = ckpy_operation_new(state, index, NULL);
    PyObject *twin =
        blocking == NULL
            ? NULL
            : ckpy_operation_new(state, index,
                                 (struct ckpy_operation *)blocking);
    const char *name = ck_text_of(ck_operations[index].name);
    char twin_name[128];
    int result = -1;

    PyOS_snprintf(twin_name, sizeof twin_name, "%s_async", name);
    if (twin != NULL && PyObject_SetAttrString(type, name, blocking) == 0)
        result = PyObject_SetAttrString(type, twin_name, twin);
    Py_XDECREF(twin);
    Py_XDECREF(blocking);
    return result;
}

/* Makes the group's class. New. */
static PyObject *
make_type(struct ckpy_state *state, uint16_t group)
{
    const struct ck_group *row = &ck_groups[group];
    char name[128];
    PyType_Slot slots[] = {{0, NULL}};
    PyType_Spec spec = {
        .name = name,
        .basicsize = sizeof(struct ckpy_resource),
        /* garbage collection comes from the base */
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
        .slots = slots,
    };
    PyObject *module = PyType_GetModule(state->resource_type);
    PyObject *type = NULL;

    if (module == NULL)
        return NULL;
    PyOS_snprintf(name, sizeof name, "clerk_c.%s.%s", ck_text_of(row->module),
                  ck_text_of(row->class_name));
    type = PyType_FromModuleAndSpec(module, &spec,
                                    (PyObject *)state->resource_type);
    if (type != NULL) /* Python 3.10 keeps the pointer to our buffer */
        ((PyTypeObject *)type)->tp_name = ck_text_of(row->class_name);
    for (unsigned i = 0; type != NULL && i < row->operation_count; i++)
        if (add_operation(state, type, (uint16_t)(row->first_operation + i)) <
            0)
            Py_CLEAR(type);
    return type;
}

/* The group's class, made on first use. New. */
static PyObject *
group_class(struct ckpy_state *state, uint16_t group)
{
    PyObject *key = PyLong_FromLong(group);
    PyObject *type = NULL;

    if (key == NULL)
        return NULL;
    type = Py_XNewRef(PyDict_GetItemWithError(state->group_types, key));
    if (type == NULL && !PyErr_Occurred()) {
        type = make_type(state, group);
        if (type != NULL && PyDict_SetItem(state->group_types, key, type) < 0)
            Py_CLEAR(type);
    }
    Py_DECREF(key);
    return type;
}

PyObject *
ckpy_resource_group_class(PyObject *module, PyObject *name)
{
    if (!PyUnicode_Check(name)) {
        PyErr_SetString(PyExc_TypeError, "the name of a module is a str");
        return NULL;
    }
    for (uint16_t i = 0; i < ck_counts.groups; i++)
        if (PyUnicode_CompareWithASCIIString(
                name, ck_text_of(ck_groups[i].module)) == 0)
            return group_class(ckpy_state_of(module), i);
    Py_RETURN_NONE;
}

PyObject *
ckpy_resource_new(struct ckpy_state *state, uint16_t group, PyObject *client)
{
    PyObject *type = group_class(state, group);
    struct ckpy_resource *self = NULL;

    if (type == NULL)
        return NULL;
    self =
        (struct ckpy_resource *)PyType_GenericAlloc((PyTypeObject *)type, 0);
    Py_DECREF(type); /* the instance holds its own */
    if (self != NULL)
        self->client = Py_NewRef(client);
    return (PyObject *)self;
}
