/* callview.c: what clerk_c._observed sees of a call: its request, whether to
 * send it again, and what its answer means. Owns nothing: the call object
 * does. */
#include "callobject.h"
#include "retries.h"

#include <errno.h>
#include <math.h>
#include <time.h>
#include <unistd.h>

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

/* Reads the part of a body that is still in a file. 0 or -1. */
static int
read_file(const struct ck_upload *upload, char *into)
{
    int64_t done = 0;

    while (done < upload->size) {
        ssize_t got =
            pread(upload->fd, into + done, (size_t)(upload->size - done),
                  (off_t)(upload->offset + done));

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            if (got < 0)
                PyErr_SetFromErrno(PyExc_OSError);
            else
                PyErr_SetString(PyExc_OSError,
                                "the file to upload has become shorter");
            return -1;
        }
        done += got;
    }
    return 0;
}

static PyObject *
get_body(PyObject *op, void *closure)
{
    struct ckpy_flight *flight = flight_of(op);
    const struct ck_request *request = NULL;
    const struct ck_upload *upload = NULL;
    size_t file_size = 0;
    PyObject *body = NULL;
    char *into = NULL;

    (void)closure;
    if (flight == NULL)
        return NULL;
    request = &flight->request;
    upload = &request->upload;
    if (!request->has_body)
        Py_RETURN_NONE;
    if (upload->fd < 0)
        return PyBytes_FromStringAndSize(request->body.data,
                                         (Py_ssize_t)request->body.len);
    file_size = (size_t)upload->size;
    body = PyBytes_FromStringAndSize(
        NULL, (Py_ssize_t)(request->body.len + file_size));
    if (body == NULL)
        return NULL;
    into = PyBytes_AS_STRING(body);
    memcpy(into, request->body.data, upload->at);
    memcpy(into + upload->at + file_size, request->body.data + upload->at,
           request->body.len - upload->at);
    if (read_file(upload, into + upload->at) < 0)
        Py_CLEAR(body);
    return body;
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
    {"timeout_ms", get_timeout_ms, NULL,
     "Milliseconds (int); None: neither call nor client said.", NULL},
    {"is_secured", get_is_secured, NULL,
     "Does the operation take the key? (bool)", NULL},
    {"sent", get_sent, NULL, "Bytes of the body that are on their way (int).",
     NULL},
    {NULL, NULL, NULL, NULL, NULL}};

/* --- decisions ----------------------------------------------------------- */

/* A number from 0 to 1 that nobody needs to be unable to guess. */
static double
luck(void)
{
    double now = ckpy_retries_clock() * 997;

    return now - floor(now);
}

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
    attempt.luck = luck();
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

PyObject *
ckpy_callview_take(PyObject *op, PyObject *args)
{
    struct ckpy_callobject *self = call_of(op);
    struct ckpy_flight *flight = flight_of(op);
    struct ck_response *response = NULL;
    PyObject *raw = NULL;
    Py_buffer head;
    Py_buffer body;
    enum ck_status kept = CK_OK;
    unsigned attempts = 1;
    int status = 0;

    if (flight == NULL || !PyArg_ParseTuple(args, "Oiy*y*|I:take", &raw,
                                            &status, &head, &body, &attempts))
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
    Py_BEGIN_ALLOW_THREADS
    ckpy_answer_read(&flight->answer, flight->row);
    Py_END_ALLOW_THREADS
    self->phase = CKPY_LANDED;
    self->raw = Py_NewRef(raw);
    Py_RETURN_NONE;
}
