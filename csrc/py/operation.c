/* operation.c: the callable behind clerk.<group>.<method>: the object, its
 * binding to a resource, and the order of the steps of a call. The call's
 * own state is in perform.c's struct on the C stack. */
#include "operation.h"

#include "perform.h"
#include "resource.h"

#include <stddef.h>
#include <structmember.h>

static const char *const common_names[] = {"retries", "server_url",
                                           "timeout_ms", "http_headers"};

static const char *
suffix(const struct ckpy_operation *self)
{
    return self->is_async ? "_async" : "";
}

static PyObject *
operation_call(PyObject *op, PyObject *const *args, size_t nargsf,
               PyObject *kwnames)
{
    struct ckpy_operation *self = (struct ckpy_operation *)op;
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);

    if (nargs < 1 ||
        !PyObject_TypeCheck(args[0], self->state->resource_type)) {
        PyErr_Format(PyExc_TypeError,
                     "%U() is a method: call it on a client, as in "
                     "clerk.%s.%s%s(...)",
                     self->qualname,
                     ck_text_of(ck_groups[self->row->group].attribute),
                     ck_text_of(self->row->name), suffix(self));
        return NULL;
    }
    if ((self->row->flags & CK_OP_DEPRECATED) != 0 &&
        PyErr_WarnFormat(PyExc_DeprecationWarning, 1, "%U() is deprecated",
                         self->qualname) < 0)
        return NULL;
    return (self->is_async ? ckpy_perform_async : ckpy_perform)(
        self, ((struct ckpy_resource *)args[0])->client, args, nargs, kwnames);
}

/* Names of the row's parameters and of the common ones. New tuple. */
static PyObject *
parameter_names(const struct ck_operation *row)
{
    Py_ssize_t count = row->param_count;
    PyObject *names = PyTuple_New(count + CKPY_COMMON_PARAMS);

    for (Py_ssize_t i = 0; names != NULL && i < count + CKPY_COMMON_PARAMS;
         i++) {
        const char *text =
            i < count ? ck_text_of(ck_params[row->first_param + i].name)
                      : common_names[i - count];
        PyObject *name = PyUnicode_InternFromString(text);

        if (name == NULL)
            Py_CLEAR(names);
        else
            PyTuple_SET_ITEM(names, i, name);
    }
    return names;
}

PyObject *
ckpy_operation_new(struct ckpy_state *state, uint16_t index,
                   const struct ckpy_operation *twin)
{
    const struct ck_operation *row = &ck_operations[index];
    struct ckpy_operation *self =
        PyObject_GC_New(struct ckpy_operation, state->operation_type);

    if (self == NULL)
        return NULL;
    self->vectorcall = operation_call;
    self->state = state;
    self->row = row;
    self->params = &ck_params[row->first_param];
    self->index = index;
    self->is_async = twin != NULL;
    self->names = twin == NULL ? parameter_names(row) : Py_NewRef(twin->names);
    self->qualname = PyUnicode_FromFormat(
        "%s.%s%s", ck_text_of(ck_groups[row->group].class_name),
        ck_text_of(row->name), suffix(self));
    if (self->names == NULL || self->qualname == NULL ||
        row->param_count > CKPY_MAX_PARAMS) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_SystemError, "too many parameters");
        Py_DECREF(self);
        return NULL;
    }
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

/* Its class's dict holds it, and its type holds the module, which holds the
 * class: garbage collection has to see that. */
static int
operation_traverse(PyObject *op, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(op));
    return 0;
}

static void
operation_dealloc(PyObject *op)
{
    struct ckpy_operation *self = (struct ckpy_operation *)op;
    PyTypeObject *type = Py_TYPE(op);

    PyObject_GC_UnTrack(op);
    Py_XDECREF(self->names);
    Py_XDECREF(self->qualname);
    type->tp_free(op);
    Py_DECREF(type);
}

static PyObject *
operation_bind(PyObject *op, PyObject *object, PyObject *type)
{
    (void)type;
    return object == NULL ? Py_NewRef(op) : PyMethod_New(op, object);
}

static PyObject *
operation_repr(PyObject *op)
{
    struct ckpy_operation *self = (struct ckpy_operation *)op;

    return PyUnicode_FromFormat("<operation %U: %s %s>", self->qualname,
                                ck_text_of(self->row->method),
                                ck_text_of(self->row->path));
}

static PyObject *
get_name(PyObject *op, void *closure)
{
    const struct ckpy_operation *self = (struct ckpy_operation *)op;

    (void)closure;
    return PyUnicode_FromFormat("%s%s", ck_text_of(self->row->name),
                                suffix(self));
}

/* How inspect.iscoroutinefunction (from Python 3.12 on) and
 * asyncio.iscoroutinefunction (before 3.12) know an `async def` that is not a
 * function: by an object that the attribute holds. New; NULL with
 * AttributeError for other operations and Pythons. */
static PyObject *
get_marker(PyObject *op, void *closure)
{
    const char *const *where = closure; /* attribute, module, objects, NULL */
    PyObject *module = NULL;
    PyObject *marker = NULL;

    if (!((struct ckpy_operation *)op)->is_async) {
        PyErr_SetString(PyExc_AttributeError, where[0]);
        return NULL;
    }
    module = PyImport_ImportModule(where[1]);
    if (module == NULL)
        return NULL;
    for (size_t i = 2; marker == NULL && where[i] != NULL; i++) {
        PyErr_Clear(); /* the name before this is not there */
        marker = PyObject_GetAttrString(module, where[i]);
        if (marker == NULL && !PyErr_ExceptionMatches(PyExc_AttributeError))
            break;
    }
    Py_DECREF(module);
    return marker;
}

static PyObject *
get_module(PyObject *op, void *closure)
{
    const struct ck_operation *row = ((struct ckpy_operation *)op)->row;

    (void)closure;
    return PyUnicode_FromFormat("clerk_c.%s",
                                ck_text_of(ck_groups[row->group].module));
}

/* Text and signature are made on demand: they cost nothing until then. */
static PyObject *
describe(PyObject *op, const char *function)
{
    PyObject *module = PyImport_ImportModule("clerk_c._describe");
    PyObject *result =
        module == NULL ? NULL
                       : PyObject_CallMethod(
                             module, function, "Ii",
                             (unsigned)((struct ckpy_operation *)op)->index,
                             ((struct ckpy_operation *)op)->is_async);

    Py_XDECREF(module);
    return result;
}

static PyObject *
get_doc(PyObject *op, void *closure)
{
    (void)closure;
    return describe(op, "docstring");
}

static PyObject *
get_signature(PyObject *op, void *closure)
{
    (void)closure;
    return describe(op, "signature");
}

static PyMemberDef operation_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET,
     offsetof(struct ckpy_operation, vectorcall), READONLY, NULL},
    {"__qualname__", T_OBJECT, offsetof(struct ckpy_operation, qualname),
     READONLY, NULL},
    {NULL, 0, 0, 0, NULL}};

/* The first patches of 3.12 had another name for the object. */
static const char *const inspect_marker[] = {"_is_coroutine_marker", "inspect",
                                             "_is_coroutine_mark",
                                             "_is_coroutine_marker", NULL};
static const char *const asyncio_marker[] = {
    "_is_coroutine", "asyncio.coroutines", "_is_coroutine", NULL};

static PyGetSetDef operation_getset[] = {
    {"_is_coroutine_marker", get_marker, NULL, NULL,
     (void *)(uintptr_t)inspect_marker},
    {"_is_coroutine", get_marker, NULL, NULL,
     (void *)(uintptr_t)asyncio_marker},
    {"__name__", get_name, NULL, NULL, NULL},
    {"__module__", get_module, NULL, NULL, NULL},
    {"__doc__", get_doc, NULL, NULL, NULL},
    {"__signature__", get_signature, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL}};

static PyType_Slot operation_slots[] = {
    {Py_tp_call, PyVectorcall_Call},      {Py_tp_dealloc, operation_dealloc},
    {Py_tp_traverse, operation_traverse}, {Py_tp_descr_get, operation_bind},
    {Py_tp_repr, operation_repr},         {Py_tp_members, operation_members},
    {Py_tp_getset, operation_getset},     {0, NULL}};

static PyType_Spec operation_spec = {
    .name = "clerk_c._core.Operation",
    .basicsize = sizeof(struct ckpy_operation),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL |
             Py_TPFLAGS_METHOD_DESCRIPTOR | Py_TPFLAGS_DISALLOW_INSTANTIATION |
             Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = operation_slots,
};

PyTypeObject *
ckpy_operation_type(PyObject *module)
{
    return (PyTypeObject *)PyType_FromModuleAndSpec(module, &operation_spec,
                                                    NULL);
}
