/* callview.c: what clerk_c._observed sees of a call: its request, whether to
 * send it again, and what its answer means. Owns nothing: the call object
 * does. */
#include "bearer.h"
#include "callobject.h"
#include "response.h"
#include "retries.h"

#include <time.h>

static struct ckpy_callobject *
call_of(PyObject *op)
{
    return (struct ckpy_callobject *)op;
}

/* The flight of a call that could be encoded. NULL with an exception. */
static struct ckpy_flight *
flight_of(PyObject *op)
{
    struct ckpy_flight *flight = call_of(op)->flight;

    if (flight == NULL)
        PyErr_SetString(PyExc_RuntimeError, "this call could not be encoded");
    return flight;
}

static PyObject *
get_client(PyObject *op, void *closure)
{
    (void)closure;
    if (call_of(op)->client == NULL)
        Py_RETURN_NONE;
    return Py_NewRef(call_of(op)->client);
}

static PyObject *
get_base_url(PyObject *op, void *closure)
{
    (void)closure;
    if (call_of(op)->server_url == NULL)
        Py_RETURN_NONE;
    return Py_NewRef(call_of(op)->server_url);
}

static PyObject *
get_operation_id(PyObject *op, void *closure)
{
    struct ckpy_operation *operation =
        (struct ckpy_operation *)call_of(op)->operation;

    (void)closure;
    if (operation == NULL)
        Py_RETURN_NONE;
    return PyUnicode_FromString(ck_text_of(operation->row->operation_id));
}

static PyObject *
get_tags(PyObject *op, void *closure)
{
    struct ckpy_operation *operation =
        (struct ckpy_operation *)call_of(op)->operation;
    PyObject *tags = PyList_New(0);

    (void)closure;
    for (unsigned i = 0;
         tags != NULL && operation != NULL && i < operation->row->tag_count;
         i++) {
        PyObject *tag = PyUnicode_FromString(
            ck_text_of(ck_tags[operation->row->first_tag + i]));

        if (tag == NULL || PyList_Append(tags, tag) < 0)
            Py_CLEAR(tags);
        Py_XDECREF(tag);
    }
    return tags;
}

static PyObject *
get_method(PyObject *op, void *closure)
{
    struct ckpy_flight *flight = flight_of(op);

    (void)closure;
    return flight == NULL ? NULL
                          : PyUnicode_FromString(flight->request.method);
}

static PyObject *
get_url(PyObject *op, void *closure)
{
    struct ckpy_flight *flight = flight_of(op);

    (void)closure;
    return flight == NULL ? NULL
                          : PyUnicode_FromString(flight->request.url.data);
}

static PyObject *
get_headers(PyObject *op, void *closure)
{
    struct ckpy_flight *flight = flight_of(op);
    PyObject *pairs = flight == NULL ? NULL : PyList_New(0);
    const char *line =
        pairs == NULL ? NULL : ck_request_next_header(&flight->request, NULL);

    (void)closure;
    for (; pairs != NULL && line != NULL;
         line = ck_request_next_header(&flight->request, line)) {
        const char *colon = strstr(line, ": ");
        PyObject *pair = Py_BuildValue("s#s", line,
                                       colon == NULL ? (Py_ssize_t)strlen(line)
                                                     : colon - line,
                                       colon == NULL ? "" : colon + 2);

        if (pair == NULL || PyList_Append(pairs, pair) < 0)
            Py_CLEAR(pairs);
        Py_XDECREF(pair);
    }
    return pairs;
}

static PyObject *
get_stream(PyObject *op, void *closure)
{
    struct ckpy_flight *flight = flight_of(op);
    struct ckpy_state *state = ckpy_state_by_type(Py_TYPE(op));

    (void)closure;
    return flight == NULL || state == NULL
               ? NULL
               : ckpy_upload_body(state, &flight->request,
                                  &call_of(op)->upload);
}

static PyObject *
get_body(PyObject *op, void *closure)
{
    PyObject *body = get_stream(op, closure);

    if (body != NULL && body != Py_None && !PyBytes_Check(body))
        Py_SETREF(body, PyObject_Bytes(body));
    return body;
}

static PyObject *
get_source(PyObject *op, void *closure)
{
    PyObject *source = call_of(op)->upload.source;

    (void)closure;
    return Py_NewRef(source == NULL ? Py_None : source);
}

static PyObject *
get_bearer(PyObject *op, void *closure)
{
    PyObject *bearer = call_of(op)->bearer;

    (void)closure;
    return Py_NewRef(bearer == NULL ? Py_None : bearer);
}

static PyObject *
get_is_followed(PyObject *op, void *closure)
{
    (void)closure;
    return PyBool_FromLong(call_of(op)->upload.progress != NULL);
}

static PyObject *
get_timeout_ms(PyObject *op, void *closure)
{
    (void)closure;
    if (call_of(op)->timeout_ms == 0)
        Py_RETURN_NONE;
    return PyLong_FromLong(call_of(op)->timeout_ms);
}

static PyObject *
get_is_secured(PyObject *op, void *closure)
{
    struct ckpy_operation *operation =
        (struct ckpy_operation *)call_of(op)->operation;

    (void)closure;
    return PyBool_FromLong(operation != NULL &&
                           (operation->row->flags & CK_OP_NO_AUTH) == 0);
}

static PyObject *
get_sent(PyObject *op, void *closure)
{
    struct ckpy_flight *flight = flight_of(op);

    (void)closure;
    return flight == NULL ? NULL
                          : PyLong_FromSize_t(atomic_load_explicit(
                                &flight->job.sent, memory_order_relaxed));
}

PyGetSetDef ckpy_callview_getset[] = {
    {"client", get_client, NULL, "The client (Client).", NULL},
    {"base_url", get_base_url, NULL, "The server (str).", NULL},
    {"operation_id", get_operation_id, NULL,
     "The operation's name in the API's description (str).", NULL},
    {"tags", get_tags, NULL, "Its tags there (list of str).", NULL},
    {"method", get_method, NULL, "Such as 'GET' (str).", NULL},
    {"url", get_url, NULL, "With the query (str).", NULL},
    {"headers", get_headers, NULL, "Names and values (list of pairs of str).",
     NULL},
    {"body", get_body, NULL, "bytes, or None.", NULL},
    {"stream", get_stream, NULL,
     "The body as what does not hold it in memory: bytes, "
     "clerk_c._upload.Body, or None.",
     NULL},
    {"source", get_source, NULL,
     "What is still to be read and given to fill(), or None.", NULL},
    {"bearer", get_bearer, NULL,
     "What is still to be awaited for the key and given to authorize(), or "
     "None.",
     NULL},
    {"is_followed", get_is_followed, NULL,
     "Does somebody want to know the progress? (bool)", NULL},
    {"timeout_ms", get_timeout_ms, NULL,
     "Milliseconds (int); None: neither call nor client said.", NULL},
    {"is_secured", get_is_secured, NULL,
     "Does the operation take the key? (bool)", NULL},
    {"sent", get_sent, NULL, "Bytes of the body that are on their way (int).",
     NULL},
    {NULL, NULL, NULL, NULL, NULL}};

/* --- decisions ----------------------------------------------------------- */

/* How a try ended, in the words of clerk_c._observed. 0 or -1. */
static int
read_outcome(const char *text, enum ck_status *outcome)
{
    static const struct {
        const char *text;
        enum ck_status status;
    } known[] = {{"answered", CK_OK},
                 {"unsent", CK_CONNECT},
                 {"broken", CK_READ_TIMEOUT},
                 {"failed", CK_INTERNAL}};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].text, text) == 0) {
            *outcome = known[i].status;
            return 0;
        }
    PyErr_Format(PyExc_ValueError, "plan: no outcome is called '%s'", text);
    return -1;
}

PyObject *
ckpy_callview_plan(PyObject *op, PyObject *args)
{
    struct ckpy_flight *flight = flight_of(op);
    struct ck_attempt attempt = {.status = CK_INTERNAL};
    struct ck_response response;
    const char *outcome = NULL;
    Py_buffer head;
    enum ck_status kept = CK_OK;
    int again = 0;
    double wait = 0;

    if (flight == NULL ||
        !PyArg_ParseTuple(args, "Idsiy*:plan", &attempt.number,
                          &attempt.elapsed, &outcome, &attempt.http_status,
                          &head))
        return NULL;
    ck_response_init(&response, 0);
    if (head.len > 0)
        kept = ck_buf_append(&response.head, head.buf, (size_t)head.len);
    PyBuffer_Release(&head);
    if (kept != CK_OK)
        return PyErr_NoMemory();
    attempt.method = flight->request.method;
    attempt.luck = ckpy_retries_luck();
    attempt.now = (int64_t)time(NULL);
    if (read_outcome(outcome, &attempt.status) == 0 && flight->retry.enabled)
        again =
            ck_retry_plan(&flight->retry, &attempt,
                          attempt.status == CK_OK ? &response : NULL, &wait);
    ck_response_free(&response);
    if (PyErr_Occurred())
        return NULL;
    if (!again)
        Py_RETURN_NONE;
    return PyFloat_FromDouble(wait);
}

/* Where the answer came from: a Response, or (version, URL, redirects,
 * microseconds in all) of another kind's. 0 or -1. */
static int
read_origin(struct ckpy_state *state, PyObject *origin,
            struct ck_response *response)
{
    const char *url = NULL;

    if (Py_IS_TYPE(origin, state->response_type))
        return ckpy_response_tell(origin, response);
    if (!PyArg_ParseTuple(origin, "isil;an origin has four parts",
                          &response->http_version, &url, &response->redirects,
                          &response->timing.total_us))
        return -1;
    if (ck_buf_append_str(&response->url, url) == CK_OK)
        return 0;
    PyErr_NoMemory();
    return -1;
}

PyObject *
ckpy_callview_take(PyObject *op, PyObject *args)
{
    struct ckpy_callobject *self = call_of(op);
    struct ckpy_flight *flight = flight_of(op);
    struct ckpy_state *state = ckpy_state_by_type(Py_TYPE(op));
    struct ck_response *response = NULL;
    PyObject *raw = NULL;
    PyObject *origin = NULL;
    Py_buffer head;
    Py_buffer body;
    enum ck_status kept = CK_OK;
    unsigned attempts = 1;
    int status = 0;

    if (state == NULL || flight == NULL ||
        !PyArg_ParseTuple(args, "Oiy*y*|IO:take", &raw, &status, &head, &body,
                          &attempts, &origin))
        return NULL;
    response = &flight->answer.response;
    if (self->phase == CKPY_READY && flight->row != NULL) {
        response->status = status;
        response->attempts = attempts;
        kept = ck_buf_append(&response->head, head.buf, (size_t)head.len);
        if (kept == CK_OK)
            kept = ck_buf_append(&response->body, body.buf, (size_t)body.len);
    }
    PyBuffer_Release(&head);
    PyBuffer_Release(&body);
    if (self->phase != CKPY_READY || flight->row == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "this call has its answer");
        return NULL;
    }
    if (kept != CK_OK)
        return PyErr_NoMemory();
    if (origin != NULL && read_origin(state, origin, response) < 0)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    ckpy_answer_read(&flight->answer, flight->row);
    Py_END_ALLOW_THREADS
    self->phase = CKPY_LANDED;
    self->raw = Py_NewRef(raw);
    Py_RETURN_NONE;
}

/* --- what had to be awaited -----------------------------------------------
 */

PyObject *
ckpy_callview_authorize(PyObject *op, PyObject *key)
{
    struct ckpy_callobject *self = call_of(op);
    struct ckpy_state *state = ckpy_state_by_type(Py_TYPE(op));
    struct ckpy_flight *flight = flight_of(op);

    if (state == NULL || flight == NULL)
        return NULL;
    if (self->bearer == NULL || self->phase != CKPY_READY) {
        PyErr_SetString(PyExc_RuntimeError, "this call has its key");
        return NULL;
    }
    Py_CLEAR(self->bearer);
    if (ckpy_bearer_set_late(state, &flight->request, key) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* --- uploads --------------------------------------------------------------
 */

PyObject *
ckpy_callview_fill(PyObject *op, PyObject *content)
{
    struct ckpy_callobject *self = call_of(op);
    struct ckpy_state *state = ckpy_state_by_type(Py_TYPE(op));
    struct ckpy_flight *flight = flight_of(op);

    if (state == NULL || flight == NULL)
        return NULL;
    if (self->phase != CKPY_READY || self->upload.source == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "this call waits for no content");
        return NULL;
    }
    if (ckpy_upload_fill(&self->upload, state, &flight->request, content) < 0)
        return NULL;
    Py_RETURN_NONE;
}

PyObject *
ckpy_callview_tell(PyObject *op, PyObject *ignored)
{
    struct ckpy_callobject *self = call_of(op);
    struct ckpy_flight *flight = flight_of(op);
    size_t sent = 0;

    (void)ignored;
    if (flight == NULL)
        return NULL;
    sent = atomic_load_explicit(&flight->job.sent, memory_order_relaxed);
    if (ckpy_upload_tell(&self->upload, sent) < 0)
        return NULL;
    Py_RETURN_NONE;
}
