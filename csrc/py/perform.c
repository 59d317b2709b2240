/* perform.c: one call, start to finish: arguments, request, transfer, answer.
 * The struct ckpy_call on the stack owns all that is made on the way. */
#include "perform.h"

#include "errors.h"
#include "foreign.h"
#include "retries.h"

#include <math.h>
#include <time.h>

struct waiter {
    PyThreadState *thread;
    const struct ckpy_client *client; /* borrowed */
};

/* Called while the transfer waits: lets Ctrl-C through. */
static int
check_signals(void *arg)
{
    struct waiter *waiter = arg;
    int interrupted = 0;

    PyEval_RestoreThread(waiter->thread);
    interrupted = PyErr_CheckSignals() < 0;
    waiter->thread = PyEval_SaveThread();
    return interrupted;
}

/* The same while waiting between two tries, when closing the client has to be
 * noticed here. */
static int
check_wait(void *arg)
{
    struct waiter *waiter = arg;
    int closed = 0;

    if (check_signals(arg))
        return 1;
    PyEval_RestoreThread(waiter->thread);
    closed = waiter->client->closed;
    waiter->thread = PyEval_SaveThread();
    return closed;
}

/* A number from 0 to 1 that nobody needs to be unable to guess. */
static double
luck(void)
{
    double now = ckpy_retries_clock() * 997;

    return now - floor(now);
}

static enum ck_status
perform_foreign(struct ckpy_call *call, struct waiter *waiter)
{
    enum ck_status status = CK_OK;

    PyEval_RestoreThread(waiter->thread);
    status = ckpy_foreign_perform(call);
    waiter->thread = PyEval_SaveThread();
    return status;
}

/* Sends, again and again while that is asked for and worth it. Needs no
 * interpreter. */
static enum ck_status
send_tries(struct ckpy_call *call, struct ck_pool *pool, struct waiter *waiter)
{
    const struct ck_tick tick = {.check = check_signals, .arg = waiter};
    const struct ck_tick pause = {.check = check_wait, .arg = waiter};
    const struct ck_retry *retry = &call->retry;
    struct ck_response *response = &call->answer.response;
    struct ck_error *error = &call->answer.error;
    double start = retry->enabled ? ckpy_retries_clock() : 0;

    for (unsigned number = 1;; number++) {
        struct ck_attempt attempt = {.method = call->request.method,
                                     .number = number};
        double wait = 0;

        attempt.status =
            pool == NULL ? perform_foreign(call, waiter)
                         : call->state->transport->perform(
                               pool, &call->request, response, &tick, error);
        response->attempts = number;
        if (!retry->enabled)
            return attempt.status;
        attempt.http_status = response->status;
        attempt.elapsed = ckpy_retries_clock() - start;
        attempt.luck = luck();
        attempt.now = (int64_t)time(NULL);
        if (!ck_retry_plan(retry, &attempt,
                           attempt.status == CK_OK ? response : NULL, &wait))
            return attempt.status;
        if (ckpy_retries_wait(wait, &pause) != CK_OK)
            return call->client->closed
                       ? ck_fail(error, CK_CLOSED, "the client was closed")
                       : ck_fail(error, CK_INTERRUPTED, "interrupted");
        ck_response_clear(response);
    }
}

static PyObject *
finish(struct ckpy_call *call, enum ck_status status)
{
    const struct ckpy_asked asked = {.state = call->state,
                                     .client = call->client,
                                     .operation = call->operation,
                                     .raw = call->raw};

    if (status == CK_OK)
        return ckpy_answer_finish(&call->answer, &asked);
    if (call->failure != NULL && !PyErr_Occurred()) {
        PyErr_SetObject((PyObject *)Py_TYPE(call->failure), call->failure);
        return NULL;
    }
    return ckpy_errors_raise_core(call->state, &call->answer.error);
}

static PyObject *
send(struct ckpy_call *call)
{
    struct waiter waiter = {.client = call->client};
    struct ck_pool *pool = NULL;
    enum ck_status status = CK_INTERNAL;

    if (ckpy_client_refuse_closed(call->state, call->client) < 0)
        return NULL;
    if (call->client->foreign == NULL) {
        pool = ckpy_client_pool(call->state, call->client);
        if (pool == NULL)
            return NULL;
    }
    waiter.thread = PyEval_SaveThread();
    status = send_tries(call, pool, &waiter);
    if (status == CK_OK)
        ckpy_answer_read(&call->answer, call->operation->row);
    PyEval_RestoreThread(waiter.thread);
    return finish(call, status);
}

PyObject *
ckpy_perform(const struct ckpy_operation *operation, PyObject *client,
             PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    struct ckpy_call call;
    PyObject *result = NULL;

    if (((struct ckpy_client *)client)->server_url == NULL) {
        PyErr_SetString(PyExc_RuntimeError,
                        "Clerk.__init__() was not called: a subclass with an "
                        "__init__ of its own must call it");
        return NULL;
    }
    memset(&call, 0, sizeof call);
    call.state = operation->state;
    call.client = (struct ckpy_client *)client;
    call.operation = operation;
    ck_request_init(&call.request);
    ckpy_answer_init(&call.answer, call.client->max_response,
                     call.client->is_tolerant);
    if (ckpy_args_bind(&call, args, nargs, kwnames) == 0 &&
        ckpy_encode_request(&call) == 0)
        result = send(&call);
    ck_request_free(&call.request);
    ckpy_answer_free(&call.answer);
    Py_XDECREF(call.raw);
    Py_XDECREF(call.failure);
    for (unsigned i = 0; i < operation->row->param_count; i++)
        Py_XDECREF(call.values[i]);
    return result;
}
