/* callobject.c: clerk_c._core.Call: the Python end of a flight. It owns its
 * reference to the flight and gives the transfer up when it dies. Everything
 * here runs under the interpreter lock. */
#include "callobject.h"

#include "bearer.h"
#include "errors.h"
#include "queueobject.h"
#include "sent.h"

static struct ckpy_callobject *
call_of(PyObject *op)
{
    return (struct ckpy_callobject *)op;
}

/* --- life ----------------------------------------------------------------*/

static struct ckpy_callobject *
new_object(struct ckpy_call *call)
{
    PyTypeObject *type = call->state->call_type;
    struct ckpy_callobject *self =
        (struct ckpy_callobject *)type->tp_alloc(type, 0);

    if (self == NULL)
        return NULL;
    self->client = Py_NewRef((PyObject *)call->client);
    self->operation = Py_XNewRef((PyObject *)call->operation);
    self->timeout_ms = call->timeout_ms;
    return self;
}

PyObject *
ckpy_callobject_new(struct ckpy_call *call)
{
    struct ckpy_callobject *self = new_object(call);

    if (self == NULL)
        return NULL;
    self->server_url =
        Py_NewRef(call->server_url != NULL ? call->server_url
                                           : call->client->server_url);
    self->flight =
        ckpy_flight_new(&call->request, &call->retry,
                        call->client->max_response, call->client->is_tolerant);
    if (self->flight == NULL) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    if (call->operation != NULL)
        self->flight->row = call->operation->row;
    self->bearer = call->bearer;
    call->bearer = NULL;
    self->upload = call->upload;
    memset(&call->upload, 0, sizeof call->upload);
    if (self->upload.progress != NULL)
        self->flight->request.upload.sent = &self->flight->job.sent;
    return (PyObject *)self;
}

PyObject *
ckpy_callobject_failed(struct ckpy_call *call)
{
    PyObject *type = NULL;
    PyObject *error = NULL;
    PyObject *trace = NULL;
    struct ckpy_callobject *self = NULL;

    PyErr_Fetch(&type, &error, &trace);
    PyErr_NormalizeException(&type, &error, &trace);
    if (trace != NULL && error != NULL)
        (void)PyException_SetTraceback(error, trace);
    Py_XDECREF(type);
    Py_XDECREF(trace);
    self = new_object(call);
    if (self == NULL)
        Py_XDECREF(error);
    else
        self->failure = error;
    return (PyObject *)self;
}

/* Nobody waits any more; the transfer, if it is still on, ends soon. */
static void
give_up(struct ckpy_callobject *self)
{
    struct ckpy_client *client = (struct ckpy_client *)self->client;

    if (self->phase == CKPY_FLYING) {
        self->flight->waiter = NULL;
        client->transport->job_cancel(client->pool, &self->flight->job);
    }
    self->phase = CKPY_OVER;
    Py_CLEAR(self->waiter);
}

static int
call_traverse(PyObject *op, visitproc visit, void *arg)
{
    struct ckpy_callobject *self = call_of(op);

    Py_VISIT(Py_TYPE(op));
    Py_VISIT(self->client);
    Py_VISIT(self->operation);
    Py_VISIT(self->failure);
    Py_VISIT(self->raw);
    Py_VISIT(self->bearer);
    Py_VISIT(self->waiter);
    Py_VISIT(self->upload.progress);
    Py_VISIT(self->upload.source);
    return 0;
}

static int
call_clear(PyObject *op)
{
    struct ckpy_callobject *self = call_of(op);

    give_up(self);
    Py_CLEAR(self->client);
    Py_CLEAR(self->operation);
    Py_CLEAR(self->server_url);
    Py_CLEAR(self->failure);
    Py_CLEAR(self->raw);
    Py_CLEAR(self->bearer);
    ckpy_upload_clear(&self->upload);
    return 0;
}

static void
call_dealloc(PyObject *op)
{
    struct ckpy_callobject *self = call_of(op);
    PyTypeObject *type = Py_TYPE(op);

    PyObject_GC_UnTrack(op);
    (void)call_clear(op);
    ckpy_flight_release(self->flight);
    type->tp_free(op);
    Py_DECREF(type);
}

/* --- the way of a call --------------------------------------------------- */

/* 0, or -1 with an exception. */
static int
take_off(struct ckpy_callobject *self, struct ckpy_state *state,
         struct ckpy_queue *queue)
{
    struct ckpy_client *client = (struct ckpy_client *)self->client;
    struct ck_pool *pool = NULL;
    struct ck_error error;

    pool = ckpy_client_pool(state, client, CK_CLOSE_ASYNC);
    if (pool == NULL)
        return -1;
    self->flight->waiter = self;
    self->phase = CKPY_FLYING;
    if (ckpy_flight_start(self->flight, queue, client->transport, pool,
                          &error) == CK_OK)
        return 0;
    self->flight->waiter = NULL;
    self->phase = CKPY_OVER;
    (void)ckpy_errors_raise_core(state, &error);
    return -1;
}

static PyObject *
call_start(PyObject *op, PyObject *const *args, Py_ssize_t nargs)
{
    struct ckpy_callobject *self = call_of(op);
    struct ckpy_state *state = ckpy_state_by_type(Py_TYPE(op));

    if (state == NULL)
        return NULL;
    if (nargs != 2 || !Py_IS_TYPE(args[0], state->queue_type)) {
        PyErr_SetString(PyExc_TypeError, "start() takes a Queue and a waiter");
        return NULL;
    }
    if (self->failure != NULL) {
        PyObject *failure = self->failure;

        self->failure = NULL;
        self->phase = CKPY_OVER;
        PyErr_SetObject((PyObject *)Py_TYPE(failure), failure);
        Py_DECREF(failure);
        return NULL;
    }
    if (self->phase != CKPY_READY || self->flight == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "a call can be sent only once");
        return NULL;
    }
    self->waiter = Py_NewRef(args[1]);
    if (take_off(self, state, ((struct ckpy_queueobject *)args[0])->queue) <
        0) {
        Py_CLEAR(self->waiter);
        return NULL;
    }
    Py_RETURN_NONE;
}

PyObject *
ckpy_callobject_land(struct ckpy_flight *flight)
{
    struct ckpy_callobject *self = flight->waiter;
    PyObject *waiter = NULL;

    if (self != NULL) {
        flight->waiter = NULL;
        waiter = self->waiter;
        self->waiter = NULL;
        self->phase = CKPY_LANDED;
    }
    ckpy_flight_release(flight);
    return waiter;
}

static PyObject *
call_cancel(PyObject *op, PyObject *ignored)
{
    (void)ignored;
    give_up(call_of(op));
    Py_RETURN_NONE;
}

PyObject *
ckpy_callobject_finish(PyObject *op)
{
    struct ckpy_callobject *self = call_of(op);
    struct ckpy_state *state = ckpy_state_by_type(Py_TYPE(op));
    struct ckpy_flight *flight = self->flight;
    struct ckpy_asked asked = {.state = state};

    if (state == NULL)
        return NULL;
    if (self->phase != CKPY_LANDED) {
        PyErr_SetString(PyExc_RuntimeError, "no answer is waiting");
        return NULL;
    }
    self->phase = CKPY_OVER;
    if (flight->job.status != CK_OK)
        return ckpy_sent_raise(state, &flight->job.error, &flight->request);
    if (self->operation == NULL)
        return ckpy_sent_response(state, &flight->answer.response,
                                  &flight->request);
    asked.client = (struct ckpy_client *)self->client;
    asked.operation = (struct ckpy_operation *)self->operation;
    asked.request = &flight->request;
    asked.raw = self->raw;
    return ckpy_answer_finish(&flight->answer, &asked);
}

static PyObject *
call_finish(PyObject *op, PyObject *ignored)
{
    (void)ignored;
    return ckpy_callobject_finish(op);
}

static PyMethodDef call_methods[] = {
    {"start", (PyCFunction)(void (*)(void))call_start, METH_FASTCALL,
     "start($self, queue, waiter, /)\n--\n\nSends it; queue tells waiter when "
     "it is over."},
    {"cancel", call_cancel, METH_NOARGS,
     "cancel($self, /)\n--\n\nGives the call up."},
    {"finish", call_finish, METH_NOARGS,
     "finish($self, /)\n--\n\nThe result, when waiter was told. Raises what "
     "the call raises."},
    {"authorize", ckpy_callview_authorize, METH_O,
     "authorize($self, key, /)\n--\n\nWhat `bearer` was awaited for."},
    {"fill", ckpy_callview_fill, METH_O,
     "fill($self, content, /)\n--\n\nWhat clerk_c._upload.read_async made of "
     "the source."},
    {"tell", ckpy_callview_tell, METH_NOARGS,
     "tell($self, /)\n--\n\nCalls who asked for the progress of an upload, if "
     "there is some."},
    {"plan", ckpy_callview_plan, METH_VARARGS,
     "plan($self, number, elapsed_ms, outcome, status, head, /)\n--\n\n"
     "Milliseconds to wait before another try (float), or None: that was the "
     "last."},
    {"take", ckpy_callview_take, METH_VARARGS,
     "take($self, response, status, head, content, attempts=1, origin=..., "
     "/)\n--\n\nGives the call its answer."},
    {NULL, NULL, 0, NULL}};

static PyType_Slot call_slots[] = {{Py_tp_dealloc, call_dealloc},
                                   {Py_tp_traverse, call_traverse},
                                   {Py_tp_clear, call_clear},
                                   {Py_tp_methods, call_methods},
                                   {Py_tp_getset, ckpy_callview_getset},
                                   {0, NULL}};

static PyType_Spec call_spec = {
    .name = "clerk_c._core.Call",
    .basicsize = sizeof(struct ckpy_callobject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC |
             Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = call_slots,
};

PyTypeObject *
ckpy_callobject_type(PyObject *module)
{
    return (PyTypeObject *)PyType_FromModuleAndSpec(module, &call_spec, NULL);
}
