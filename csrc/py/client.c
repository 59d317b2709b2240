/* client.c: the base of Clerk: settings, the pool of connections, closing,
 * and the resource groups as attributes. A client owns its pool; resources
 * hold the client, so that a running call keeps both alive. */
#include "client.h"

#include "errors.h"
#include "exchange.h"
#include "options.h"
#include "resource.h"
#include "retries.h"
#include "schema.h"
#include "settings.h"

#include <stddef.h>
#include <structmember.h>

/* An answer larger than this is an error rather than a full memory. */
static const size_t DEFAULT_MAX_RESPONSE = (size_t)256 << 20;

static int
load_transport(struct ckpy_state *state)
{
    PyObject *capsule = NULL;

    if (state->transport != NULL)
        return 0;
    if (ckpy_state_import(&state->net, "clerk_c._net", NULL) == NULL)
        return -1;
    capsule = PyObject_GetAttrString(state->net, "api");
    if (capsule == NULL)
        return -1;
    state->transport = PyCapsule_GetPointer(capsule, "clerk_c._net.api");
    Py_DECREF(capsule);
    if (state->transport != NULL &&
        state->transport->version != CK_TRANSPORT_API_VERSION) {
        state->transport = NULL;
        PyErr_SetString(PyExc_ImportError,
                        "clerk_c._net was built for another clerk_c._core; "
                        "install clerk_c again");
    }
    return state->transport == NULL ? -1 : 0;
}

int
ckpy_client_refuse_closed(struct ckpy_state *state,
                          const struct ckpy_client *self, int side)
{
    struct ck_error error;

    if ((self->closed & side) == 0)
        return 0;
    (void)ck_fail(&error, CK_CLOSED,
                  side == CK_CLOSE_ASYNC
                      ? "this client is closed: make a new Clerk(), or await "
                        "the call before aclose() or the end of its 'async "
                        "with'"
                      : "this client is closed: make a new Clerk(), or make "
                        "the call before close() or the end of its 'with'");
    (void)ckpy_errors_raise_core(state, &error);
    return -1;
}

int
ckpy_client_check_made(const struct ckpy_client *self)
{
    if (self->server_url != NULL)
        return 0;
    PyErr_SetString(PyExc_RuntimeError,
                    "Clerk.__init__() was not called: a subclass with an "
                    "__init__ of its own must call it");
    return -1;
}

static int
make_pool(struct ckpy_state *state, struct ckpy_client *self)
{
    struct ck_pool_options options = {.max_redirects = 20};
    struct ck_pool *pool = NULL;
    PyObject *keep = NULL;
    enum ck_status status;
    struct ck_error error;

    if (load_transport(state) < 0)
        return -1;
    if (ckpy_options_read(state, self->options, &options, &keep) < 0)
        return -1;
    status = state->transport->pool_new(&pool, &options, &error);
    Py_DECREF(keep);
    if (ckpy_errors_check(state, status, &error) < 0)
        return -1;
    if (self->pool == NULL) {
        self->pool = pool;
        self->transport = state->transport;
        if (self->closed != 0) /* maybe while the transport was loaded */
            self->transport->pool_close(pool, self->closed);
    } else /* another thread was faster */
        state->transport->pool_destroy(pool);
    return 0;
}

struct ck_pool *
ckpy_client_pool(struct ckpy_state *state, struct ckpy_client *self, int side)
{
    if (ckpy_client_refuse_closed(state, self, side) < 0)
        return NULL;
    if (self->pool == NULL && make_pool(state, self) < 0)
        return NULL;
    return self->pool;
}

static int
client_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"bearer_auth",  "server_url", "timeout_ms",
                               "user_agent",   "fixed",      "tolerant",
                               "retry_config", "options",    NULL};
    struct ckpy_client *self = (struct ckpy_client *)op;
    struct ckpy_state *state = ckpy_state_by_type(Py_TYPE(op));
    PyObject *bearer = Py_None;
    PyObject *server_url = NULL;
    PyObject *user_agent = NULL;
    PyObject *fixed = NULL;
    int tolerant = 1;
    PyObject *retry_config = Py_None;
    PyObject *options = Py_None;
    size_t max_response = DEFAULT_MAX_RESPONSE;
    long timeout_ms = 0;

    if (state == NULL ||
        !PyArg_ParseTupleAndKeywords(
            args, kwargs, "OUlUO!pO|O:Client", keywords, &bearer, &server_url,
            &timeout_ms, &user_agent, &PyTuple_Type, &fixed, &tolerant,
            &retry_config, &options))
        return -1;
    if (options != Py_None)
        max_response = ckpy_options_max_response(options, max_response);
    if (max_response == 0)
        return -1;
    if (ckpy_settings_check_bearer(bearer) < 0)
        return -1;
    if (retry_config == state->unset)
        ckpy_retries_default(&self->retry);
    else if (ckpy_retries_read(retry_config, &self->retry) < 0)
        return -1;
    Py_XSETREF(self->bearer, Py_NewRef(bearer));
    Py_XSETREF(self->server_url, Py_NewRef(server_url));
    Py_XSETREF(self->user_agent, Py_NewRef(user_agent));
    Py_XSETREF(self->fixed, Py_NewRef(fixed));
    Py_XSETREF(self->options, options == Py_None ? NULL : Py_NewRef(options));
    self->observed = 0;
    self->is_tolerant = tolerant;
    self->timeout_ms = timeout_ms;
    self->max_response = max_response;
    return 0;
}

static int
client_traverse(PyObject *op, visitproc visit, void *arg)
{
    struct ckpy_client *self = (struct ckpy_client *)op;

    Py_VISIT(Py_TYPE(op));
    Py_VISIT(self->bearer);
    Py_VISIT(self->server_url);
    Py_VISIT(self->user_agent);
    Py_VISIT(self->fixed);
    Py_VISIT(self->drift);
    Py_VISIT(self->options);
    return 0;
}

static int
client_clear(PyObject *op)
{
    struct ckpy_client *self = (struct ckpy_client *)op;

    Py_CLEAR(self->bearer);
    Py_CLEAR(self->server_url);
    Py_CLEAR(self->user_agent);
    Py_CLEAR(self->fixed);
    Py_CLEAR(self->drift);
    Py_CLEAR(self->options);
    return 0;
}

static void
client_dealloc(PyObject *op)
{
    struct ckpy_client *self = (struct ckpy_client *)op;
    PyTypeObject *type = Py_TYPE(op);

    /* The type may have been cleared already: no look at the state here. */
    PyObject_GC_UnTrack(op);
    if (self->weakrefs != NULL)
        PyObject_ClearWeakRefs(op);
    if (self->pool != NULL) {
        Py_BEGIN_ALLOW_THREADS /* a look-up of names may have to end first */
        self->transport->pool_destroy(self->pool);
        Py_END_ALLOW_THREADS
    }
    (void)client_clear(op);
    type->tp_free(op);
    Py_DECREF(type);
}

/* Resource groups are attributes that come into being when first named. */
static PyObject *
client_getattro(PyObject *op, PyObject *name)
{
    PyObject *value = PyObject_GenericGetAttr(op, name);
    struct ckpy_state *state = NULL;

    if (value != NULL || !PyErr_ExceptionMatches(PyExc_AttributeError))
        return value;
    state = ckpy_state_by_type(Py_TYPE(op));
    for (uint16_t i = 0; state != NULL && i < ck_counts.groups; i++) {
        if (PyUnicode_CompareWithASCIIString(
                name, ck_text_of(ck_groups[i].attribute)) != 0)
            continue;
        PyErr_Clear();
        value = ckpy_resource_new(state, i, op);
        if (value != NULL && PyObject_GenericSetAttr(op, name, value) < 0)
            Py_CLEAR(value);
        return value;
    }
    return NULL;
}

/* Running calls end with ClientClosed, and so do later ones. */
static void
close_sides(struct ckpy_client *self, int sides)
{
    struct ck_pool *pool = self->pool;
    const struct ck_transport_api *transport = self->transport;

    self->closed |= sides;
    if (pool == NULL)
        return;
    Py_BEGIN_ALLOW_THREADS /* it may wait for the I/O thread's end */
    transport->pool_close(pool, sides);
    Py_END_ALLOW_THREADS
}

static PyObject *
client_close(PyObject *op, PyObject *ignored)
{
    (void)ignored;
    close_sides((struct ckpy_client *)op, CK_CLOSE_BLOCKING | CK_CLOSE_ASYNC);
    Py_RETURN_NONE;
}

static PyObject *
client_close_blocking(PyObject *op, PyObject *ignored)
{
    (void)ignored;
    close_sides((struct ckpy_client *)op, CK_CLOSE_BLOCKING);
    Py_RETURN_NONE;
}

static PyObject *
client_close_async(PyObject *op, PyObject *ignored)
{
    (void)ignored;
    close_sides((struct ckpy_client *)op, CK_CLOSE_ASYNC);
    Py_RETURN_NONE;
}

static PyObject *
client_observe(PyObject *op, PyObject *ignored)
{
    (void)ignored;
    ((struct ckpy_client *)op)->observed = 1;
    Py_RETURN_NONE;
}

static PyObject *
client_groups(PyObject *op, PyObject *ignored)
{
    PyObject *names = PyList_New(ck_counts.groups);

    (void)op;
    (void)ignored;
    for (unsigned i = 0; names != NULL && i < ck_counts.groups; i++) {
        PyObject *name =
            PyUnicode_FromString(ck_text_of(ck_groups[i].attribute));

        if (name == NULL)
            Py_CLEAR(names);
        else
            PyList_SET_ITEM(names, i, name);
    }
    return names;
}

PyObject *
ckpy_client_drift(struct ckpy_client *self)
{
    PyObject *module = NULL;
    PyObject *made = NULL;

    if (self->drift != NULL)
        return self->drift;
    module = PyImport_ImportModule("clerk_c._drift");
    if (module == NULL)
        return NULL;
    made = PyObject_CallMethod(module, "Drift", NULL);
    Py_DECREF(module);
    if (made == NULL)
        return NULL;
    if (self->drift == NULL)
        self->drift = made;
    else /* another thread was faster; its record may be in use */
        Py_DECREF(made);
    return self->drift;
}

static PyObject *
get_drift(PyObject *op, void *closure)
{
    (void)closure;
    return Py_XNewRef(ckpy_client_drift((struct ckpy_client *)op));
}

static PyObject *
get_options(PyObject *op, void *closure)
{
    PyObject *options = ((struct ckpy_client *)op)->options;

    (void)closure;
    return Py_NewRef(options == NULL ? Py_None : options);
}

static PyObject *
get_closed(PyObject *op, void *closure)
{
    (void)closure;
    return PyBool_FromLong(((struct ckpy_client *)op)->closed);
}

static PyObject *
get_closed_sides(PyObject *op, void *closure)
{
    (void)closure;
    return PyLong_FromLong(((struct ckpy_client *)op)->closed);
}

static PyMethodDef client_methods[] = {
    {"close", client_close, METH_NOARGS,
     "close($self, /)\n--\n\nCloses the connections. Calls that are running "
     "elsewhere, asynchronous\nones too, end with ClientClosed; so does each "
     "later call."},
    {"_close_blocking", client_close_blocking, METH_NOARGS,
     "_close_blocking($self, /)\n--\n\nThe same for blocking calls alone."},
    {"_close_async", client_close_async, METH_NOARGS,
     "_close_async($self, /)\n--\n\nThe same for asynchronous calls alone."},
    {"_observe", client_observe, METH_NOARGS,
     "_observe($self, /)\n--\n\nFrom now on clerk_c._observed.wanted decides "
     "which way a call goes."},
    {"_exchange", ckpy_exchange, METH_VARARGS,
     "_exchange($self, method, url, headers, body, timeout_ms, /)\n--\n\n"
     "One request, sent once (Response). timeout_ms: None means 5000, 0 no "
     "limit."},
    {"_exchange_async", ckpy_exchange_async, METH_VARARGS,
     "_exchange_async($self, method, url, headers, body, timeout_ms, /)\n"
     "--\n\nThe same as a coroutine."},
    {"_groups", client_groups, METH_NOARGS,
     "_groups($self, /)\n--\n\nNames of the resource groups (list of str)."},
    {"_change", (PyCFunction)(void (*)(void))ckpy_settings_change,
     METH_VARARGS | METH_KEYWORDS,
     "_change($self, *, server_url=..., timeout_ms=..., retry_config=...,\n"
     "        user_agent=..., bearer_auth=...)\n--\n\n"
     "Changes settings for calls to come."},
    {NULL, NULL, 0, NULL}};

static PyGetSetDef client_getset[] = {
    {"drift", get_drift, NULL,
     "Where answers differed from what is documented (Drift).", NULL},
    {"_transport_options", get_options, NULL,
     "Settings of the connections (TransportOptions); None: no special ones.",
     NULL},
    {"closed", get_closed, NULL,
     "Was the client closed, or one side of it: the blocking one by 'with',\n"
     "the asynchronous one by 'async with'? (bool)",
     NULL},
    {"_closed_sides", get_closed_sides, NULL,
     "1: the blocking side, 2: the asynchronous one (int).", NULL},
    {NULL, NULL, NULL, NULL, NULL}};

static PyMemberDef client_members[] = {{"__weaklistoffset__", T_PYSSIZET,
                                        offsetof(struct ckpy_client, weakrefs),
                                        READONLY, NULL},
                                       {NULL, 0, 0, 0, NULL}};

static PyType_Slot client_slots[] = {{Py_tp_init, client_init},
                                     {Py_tp_dealloc, client_dealloc},
                                     {Py_tp_traverse, client_traverse},
                                     {Py_tp_clear, client_clear},
                                     {Py_tp_getattro, client_getattro},
                                     {Py_tp_methods, client_methods},
                                     {Py_tp_getset, client_getset},
                                     {Py_tp_members, client_members},
                                     {0, NULL}};

static PyType_Spec client_spec = {
    .name = "clerk_c._core.Client",
    .basicsize = sizeof(struct ckpy_client),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = client_slots,
};

PyTypeObject *
ckpy_client_type(PyObject *module)
{
    return (PyTypeObject *)PyType_FromModuleAndSpec(module, &client_spec,
                                                    NULL);
}
