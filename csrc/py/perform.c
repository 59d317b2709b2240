/* perform.c: one call, start to finish: arguments, request, and then the way
 * that suits the client. The struct ckpy_call on the stack owns all that is
 * made on the way. */
#include "perform.h"

#include "bearer.h"
#include "callobject.h"
#include "errors.h"
#include "send.h"

/* 0, or -1 with an exception. */
static int
call_init(struct ckpy_call *call, const struct ckpy_operation *operation,
          PyObject *client)
{
    memset(call, 0, sizeof *call);
    ck_request_init(&call->request);
    call->state = operation->state;
    call->client = (struct ckpy_client *)client;
    call->operation = operation;
    return ckpy_client_check_made(call->client);
}

static void
call_free(struct ckpy_call *call)
{
    ck_request_free(&call->request);
    ckpy_upload_clear(&call->upload);
    ckpy_bearer_forget(call->bearer);
    for (unsigned i = 0; i < call->operation->row->param_count; i++)
        Py_XDECREF(call->values[i]);
}

/* Do hooks, a logger or a client of the program's own take part? 1 or 0; -1
 * with an exception. */
static int
is_observed(struct ckpy_call *call, int is_async)
{
    struct ckpy_state *state = call->state;
    PyObject *function = NULL;
    PyObject *answer = NULL;
    int result = -1;

    if (!call->client->observed)
        return 0;
    function =
        ckpy_state_import(&state->wanted, "clerk_c._observed", "wanted");
    if (function != NULL)
        answer = PyObject_CallFunctionObjArgs(
            function, call->client, is_async ? Py_True : Py_False, NULL);
    if (answer != NULL)
        result = PyObject_IsTrue(answer);
    Py_XDECREF(answer);
    return result;
}

static PyObject *
send_observed(struct ckpy_call *call)
{
    struct ckpy_state *state = call->state;
    PyObject *function = NULL;
    PyObject *object = NULL;
    PyObject *sent = NULL;
    PyObject *result = NULL;

    if (ckpy_client_refuse_closed(state, call->client, CK_CLOSE_BLOCKING) < 0)
        return NULL;
    function = ckpy_state_import(&state->send, "clerk_c._observed", "send");
    object = function == NULL ? NULL : ckpy_callobject_new(call);
    sent = object == NULL ? NULL : PyObject_CallOneArg(function, object);
    if (sent != NULL)
        result = ckpy_callobject_finish(object);
    Py_XDECREF(sent);
    Py_XDECREF(object);
    return result;
}

static PyObject *
send_call(struct ckpy_call *call)
{
    switch (is_observed(call, 0)) {
    case 0: return ckpy_send(call);
    case 1: return send_observed(call);
    default: return NULL;
    }
}

PyObject *
ckpy_perform(const struct ckpy_operation *operation, PyObject *client,
             PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    struct ckpy_call call;
    PyObject *result = NULL;

    if (call_init(&call, operation, client) == 0 &&
        ckpy_args_bind(&call, args, nargs, kwnames) == 0 &&
        ckpy_encode_request(&call) == 0)
        result = send_call(&call);
    call_free(&call);
    return result;
}

/* Awaits the key first. */
static PyObject *
perform_authorized(struct ckpy_state *state, PyObject *object,
                   PyObject *perform)
{
    PyObject *function = ckpy_state_import(
        &state->perform_authorized, "clerk_c._async", "perform_authorized");

    return function == NULL
               ? NULL
               : PyObject_CallFunctionObjArgs(function, object, perform, NULL);
}

/* The coroutine of an encoded call, or of one that failed. Steals object. */
static PyObject *
make_coroutine(struct ckpy_call *call, PyObject *object)
{
    struct ckpy_state *state = call->state;
    int failed = ((struct ckpy_callobject *)object)->failure != NULL;
    int observed = failed ? 0 : is_observed(call, 1);
    struct ckpy_upload *upload = &((struct ckpy_callobject *)object)->upload;
    PyObject *function = NULL;
    PyObject *coroutine = NULL;

    if (observed == 0)
        function = ckpy_state_import(&state->perform_async, "clerk_c._async",
                                     "perform");
    else if (observed == 1)
        function = ckpy_state_import(&state->observe_async, "clerk_c._async",
                                     "perform_observed");
    if (function != NULL &&
        (upload->source != NULL || upload->progress != NULL))
        coroutine = ckpy_upload_coroutine(state, object, function);
    else if (function != NULL &&
             ((struct ckpy_callobject *)object)->bearer != NULL)
        coroutine = perform_authorized(state, object, function);
    else if (function != NULL)
        coroutine = PyObject_CallOneArg(function, object);
    /* what warnings and tracebacks call it */
    if (coroutine != NULL &&
        PyObject_SetAttrString(coroutine, "__qualname__",
                               call->operation->qualname) < 0)
        Py_CLEAR(coroutine);
    Py_DECREF(object);
    return coroutine;
}

PyObject *
ckpy_perform_async(const struct ckpy_operation *operation, PyObject *client,
                   PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    struct ckpy_call call;
    PyObject *object = NULL;
    PyObject *coroutine = NULL;

    if (call_init(&call, operation, client) == 0) {
        call.may_await = 1;
        if (ckpy_args_bind(&call, args, nargs, kwnames) == 0 &&
            ckpy_encode_request(&call) == 0)
            object = ckpy_callobject_new(&call);
        else if (call.is_matched && PyErr_ExceptionMatches(PyExc_Exception))
            object = ckpy_callobject_failed(&call);
    }
    if (object != NULL)
        coroutine = make_coroutine(&call, object);
    call_free(&call);
    return coroutine;
}
