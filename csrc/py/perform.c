/* perform.c: one call, start to finish: arguments, request, transfer, answer.
 * The struct ckpy_call on the stack owns all that is made on the way. */
#include "perform.h"

#include "doc.h"
#include "errors.h"
#include "foreign.h"
#include "lazy.h"
#include "read.h"
#include "response.h"
#include "retries.h"
#include "view.h"

#include "alloc.h"

#include <math.h>
#include <time.h>

/* What the part without the interpreter lock leaves for the part with it. */
struct outcome {
    enum ck_status status;             /* of the transfer */
    struct ck_error error;             /* of either */
    const struct ck_response_row *row; /* NULL: not documented */
    struct ckpy_doc *doc;              /* owned; made before the transfer */
    enum ck_status read;               /* of guard, parse and check */
    struct ck_issues issues;
    int is_read;                /* was doc filled at all? */
    enum ckpy_lazy_kind lazy;   /* or is it to be parsed later? */
    size_t start;               /* of the value in the body */
    struct ck_json_spans spans; /* owned: the elements */
};

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

/* May the body be read as it came? Texts in another charset are decoded
 * first, as the reference does. */
static int
is_utf8(const struct ck_response *response)
{
    const char *type = ck_response_header(response, "content-type");
    const char *charset = type == NULL ? NULL : strchr(type, ';');

    for (; charset != NULL && *charset != '\0'; charset++)
        if (PyOS_strnicmp(charset, "charset=", 8) == 0) {
            charset += 8;
            charset += *charset == '"';
            return PyOS_strnicmp(charset, "utf-8", 5) == 0 ||
                   PyOS_strnicmp(charset, "utf8", 4) == 0;
        }
    return 1;
}

/* Strictly, all of the body is parsed and checked; tolerantly, a model or a
 * list of them is only proved to be JSON and waits until somebody looks. Needs
 * no interpreter. */
static void
read_body(struct ckpy_call *call, struct outcome *out)
{
    struct ck_buf *body = &call->response.body;
    enum ckpy_lazy_kind kind = ckpy_lazy_kind(out->row->ref);
    int is_list = 0;

    if (call->is_tolerant && kind != CKPY_LAZY_NONE && body->len > 0 &&
        ck_json_split(body->data, body->len, &out->spans, &is_list,
                      &out->error) == CK_OK) {
        out->start = strspn(body->data, " \t\r\n");
        if (kind == CKPY_LAZY_LIST ? is_list : body->data[out->start] == '{') {
            out->lazy = kind;
            return;
        }
    }
    out->is_read = 1;
    out->read = ckpy_read_checked(out->doc, out->row->ref, body->data,
                                  body->len, &out->issues, &out->error);
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
static void
send_tries(struct ckpy_call *call, struct ck_pool *pool, struct waiter *waiter,
           struct outcome *out)
{
    const struct ck_tick tick = {.check = check_signals, .arg = waiter};
    const struct ck_tick pause = {.check = check_wait, .arg = waiter};
    const struct ck_retry *retry = &call->retry;
    double start = retry->enabled ? ckpy_retries_clock() : 0;

    for (unsigned number = 1;; number++) {
        struct ck_attempt attempt = {.method = call->request.method,
                                     .number = number};
        double wait = 0;

        out->status = pool == NULL ? perform_foreign(call, waiter)
                                   : call->state->transport->perform(
                                         pool, &call->request, &call->response,
                                         &tick, &out->error);
        call->response.attempts = number;
        if (!retry->enabled)
            return;
        attempt.status = out->status;
        attempt.http_status = call->response.status;
        attempt.elapsed = ckpy_retries_clock() - start;
        attempt.luck = luck();
        attempt.now = (int64_t)time(NULL);
        if (!ck_retry_plan(retry, &attempt,
                           out->status == CK_OK ? &call->response : NULL,
                           &wait))
            return;
        if (ckpy_retries_wait(wait, &pause) != CK_OK) {
            out->status =
                call->client->closed
                    ? ck_fail(&out->error, CK_CLOSED, "the client was closed")
                    : ck_fail(&out->error, CK_INTERRUPTED, "interrupted");
            return;
        }
        ck_response_clear(&call->response);
    }
}

static void
transfer(struct ckpy_call *call, struct ck_pool *pool, struct outcome *out)
{
    struct waiter waiter = {.client = call->client};

    waiter.thread = PyEval_SaveThread();
    send_tries(call, pool, &waiter, out);
    if (out->status == CK_OK) {
        out->row = ck_response_choose(&call->response, call->operation->row);
        if (out->row != NULL && out->row->outcome == CK_RETURN_JSON &&
            is_utf8(&call->response))
            read_body(call, out);
    }
    PyEval_RestoreThread(waiter.thread);
}

/* 0, or -1 with an exception. */
static int
begin_reading(struct ckpy_reading *reading, const struct ckpy_call *call,
              uint16_t type)
{
    memset(reading, 0, sizeof *reading);
    reading->state = call->state;
    reading->type = type;
    reading->title = PyUnicode_AsUTF8(call->operation->qualname);
    if (reading->title == NULL)
        return -1;
    if (!call->is_tolerant)
        return 0;
    reading->drift = ckpy_client_drift(call->client);
    return reading->drift == NULL ? -1 : 0;
}

/* The answer's text, decoded as its charset says, read as type row `type`.
 * New. */
static PyObject *
read_decoded(struct ckpy_call *call, uint16_t type, PyObject *response)
{
    struct ckpy_reading reading;
    PyObject *text = begin_reading(&reading, call, type) < 0
                         ? NULL
                         : PyObject_GetAttrString(response, "text");
    PyObject *value = NULL;
    char *copy = NULL;
    Py_ssize_t len = 0;
    const char *utf8 =
        text == NULL ? NULL : PyUnicode_AsUTF8AndSize(text, &len);

    /* the reader may patch the text, so it gets its own */
    if (utf8 != NULL)
        copy = ck_malloc((size_t)len);
    if (copy != NULL) {
        memcpy(copy, utf8, (size_t)len);
        value = ckpy_read_text(&reading, copy, (size_t)len);
    } else if (utf8 != NULL) {
        PyErr_NoMemory();
    }
    ck_free(copy);
    Py_XDECREF(text);
    return value;
}

/* The value of a success, or ResponseValidationError. New. */
static PyObject *
finish_value(struct ckpy_call *call, struct outcome *out, PyObject *response)
{
    struct ckpy_reading reading;
    PyObject *value = NULL;

    if (begin_reading(&reading, call, out->row->ref) < 0)
        return NULL;
    if (out->is_read && out->read == CK_OK)
        value = ckpy_read_finish(&reading, out->doc, out->read, &out->issues,
                                 &out->error);
    else /* bytes that are no UTF-8 become U+FFFD, a charset is heeded */
        value = read_decoded(call, out->row->ref, response);
    if (value == NULL)
        (void)ckpy_errors_raise_validation(call->state, response);
    return value;
}

/* Everything but the usual, fast way. New; NULL with an exception. */
static PyObject *
finish_slowly(struct ckpy_call *call, struct outcome *out)
{
    struct ckpy_state *state = call->state;
    PyObject *response =
        call->raw != NULL
            ? Py_NewRef(call->raw)
            : ckpy_response_from(state, &call->response, Py_None);
    PyObject *value = NULL;

    if (response == NULL)
        return NULL;
    if (out->row == NULL) {
        (void)ckpy_errors_raise_sdk(state, "Unexpected response received",
                                    response);
    } else if (out->row->outcome == CK_RAISE_SDK) {
        (void)ckpy_errors_raise_sdk(state, "API error occurred", response);
    } else if (out->row->outcome == CK_RAISE_CLASS) {
        /* a model row's number is its type row's too */
        uint16_t model = ck_error_classes[out->row->ref].data_model;
        PyObject *data = read_decoded(call, model, response);

        if (data == NULL)
            (void)ckpy_errors_raise_validation(state, response);
        else
            (void)ckpy_errors_raise_row(state, out->row->ref, data, response);
        Py_XDECREF(data);
    } else {
        value = finish_value(call, out, response);
    }
    Py_DECREF(response);
    return value;
}

static PyObject *
finish_lazily(struct ckpy_call *call, struct outcome *out)
{
    struct ckpy_reading reading;
    size_t len = 0;
    char *body = NULL;
    char *fitting = NULL;

    if (begin_reading(&reading, call, out->row->ref) < 0)
        return NULL;
    body = ck_buf_take(&call->response.body, &len);
    fitting = ck_realloc(body, len + 1); /* it may live for long */
    if (fitting != NULL)
        body = fitting;
    return out->lazy == CKPY_LAZY_LIST
               ? ckpy_lazy_list(&reading, body, &out->spans)
               : ckpy_lazy_model(&reading, body, out->start, len);
}

static PyObject *
finish(struct ckpy_call *call, struct outcome *out)
{
    if (out->status != CK_OK && call->failure != NULL && !PyErr_Occurred()) {
        PyErr_SetObject((PyObject *)Py_TYPE(call->failure), call->failure);
        return NULL;
    }
    if (out->status != CK_OK)
        return ckpy_errors_raise_core(call->state, &out->error);
    if (out->row != NULL && out->row->outcome == CK_RETURN_NONE)
        Py_RETURN_NONE;
    if (out->lazy != CKPY_LAZY_NONE)
        return finish_lazily(call, out);
    if (out->is_read && out->read == CK_NOMEM)
        return PyErr_NoMemory();
    if (out->is_read && out->read == CK_OK && out->issues.count == 0) {
        out->doc->is_tolerant = call->is_tolerant;
        return ckpy_view_value(call->state, out->doc, out->row->ref,
                               out->doc->json.root);
    }
    return finish_slowly(call, out);
}

static PyObject *
send(struct ckpy_call *call)
{
    struct outcome out = {.status = CK_INTERNAL};
    struct ck_pool *pool = NULL;
    PyObject *result = NULL;

    if (ckpy_client_refuse_closed(call->state, call->client) < 0)
        return NULL;
    if (call->client->foreign == NULL) {
        pool = ckpy_client_pool(call->state, call->client);
        if (pool == NULL)
            return NULL;
    }
    out.doc = ckpy_doc_new();
    if (out.doc == NULL)
        return PyErr_NoMemory();
    transfer(call, pool, &out);
    result = finish(call, &out);
    ck_json_spans_free(&out.spans);
    ckpy_doc_release(out.doc);
    return result;
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
    call.is_tolerant = call.client->is_tolerant;
    call.operation = operation;
    ck_request_init(&call.request);
    ck_response_init(&call.response, call.client->max_response);
    if (ckpy_args_bind(&call, args, nargs, kwnames) == 0 &&
        ckpy_encode_request(&call) == 0)
        result = send(&call);
    ck_request_free(&call.request);
    ck_response_free(&call.response);
    Py_XDECREF(call.raw);
    Py_XDECREF(call.failure);
    for (unsigned i = 0; i < operation->row->param_count; i++)
        Py_XDECREF(call.values[i]);
    return result;
}
