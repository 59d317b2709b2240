/* exchange.c: single requests through a client's own transport, for
 * clerk_c._observed: no retries, no reading of models. */
#include "exchange.h"

#include "callobject.h"
#include "client.h"
#include "errors.h"
#include "response.h"
#include "send.h"

#include <fcntl.h>
#include <limits.h>

enum { DEFAULT_TIMEOUT_MS = 5000 };

/* Names of methods live for ever: a transfer may outlive who asked for it. */
static const char *
known_method(const char *given)
{
    static const char *const methods[] = {"GET",    "POST", "PATCH",  "PUT",
                                          "DELETE", "HEAD", "OPTIONS"};

    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (PyOS_stricmp(methods[i], given) == 0)
            return methods[i];
    PyErr_Format(PyExc_ValueError, "method: '%s' cannot be sent", given);
    return NULL;
}

static int
put_headers(struct ckpy_call *call, PyObject *headers)
{
    PyObject *list =
        PySequence_Fast(headers, "headers must be a list of pairs of str");
    int result = list == NULL ? -1 : 0;

    for (Py_ssize_t i = 0; result == 0 && i < PySequence_Fast_GET_SIZE(list);
         i++) {
        PyObject *pair = PySequence_Fast_GET_ITEM(list, i);
        const char *name = NULL;
        const char *value = NULL;
        Py_ssize_t name_len = 0;
        Py_ssize_t value_len = 0;
        struct ck_error error;

        if (!PyTuple_Check(pair)) {
            PyErr_SetString(PyExc_TypeError,
                            "headers must be a list of pairs of str");
            result = -1;
        } else if (!PyArg_ParseTuple(pair, "s#s#", &name, &name_len, &value,
                                     &value_len)) {
            result = -1;
        } else {
            result = ckpy_errors_check(
                call->state,
                ck_request_set_header(&call->request, name, (size_t)name_len,
                                      value, (size_t)value_len, &error),
                &error);
        }
    }
    Py_XDECREF(list);
    return result;
}

static int
append(struct ckpy_call *call, const void *data, Py_ssize_t len)
{
    if (ck_buf_append(&call->request.body, data, (size_t)len) == CK_OK)
        return 0;
    PyErr_NoMemory();
    return -1;
}

/* The parts of a body with a file: what is before it, the file or its
 * content, its size, what is behind it, who is told the progress. 0 or -1. */
static int
put_file(struct ckpy_call *call, PyObject *parts)
{
    struct ck_request *request = &call->request;
    const char *head = NULL;
    const char *tail = NULL;
    Py_ssize_t head_len = 0;
    Py_ssize_t tail_len = 0;
    Py_ssize_t size = 0;
    PyObject *file = NULL;
    PyObject *progress = NULL;

    if (!PyArg_ParseTuple(parts, "y#Ony#O;a body has five parts", &head,
                          &head_len, &file, &size, &tail, &tail_len,
                          &progress) ||
        append(call, head, head_len) < 0)
        return -1;
    if (PyBytes_Check(file)) {
        size = PyBytes_GET_SIZE(file);
        if (append(call, PyBytes_AS_STRING(file), size) < 0)
            return -1;
    } else {
        long fd = PyLong_AsLong(file);

        if (fd < 0 && PyErr_Occurred())
            return -1;
        request->upload.fd =
            fcntl(fd > INT_MAX ? -1 : (int)fd, F_DUPFD_CLOEXEC, 0);
        if (request->upload.fd < 0) {
            PyErr_SetFromErrno(PyExc_OSError);
            return -1;
        }
        request->upload.size = size;
        request->upload.at = (size_t)head_len;
    }
    call->upload.at = (size_t)head_len;
    call->upload.size = (size_t)size;
    call->upload.progress = progress == Py_None ? NULL : Py_NewRef(progress);
    return append(call, tail, tail_len);
}

static int
put_body(struct ckpy_call *call, PyObject *body)
{
    Py_buffer view;
    int result = -1;

    call->request.has_body = body != Py_None;
    if (body == Py_None)
        return 0;
    if (PyTuple_Check(body))
        return put_file(call, body);
    if (PyObject_GetBuffer(body, &view, PyBUF_SIMPLE) < 0)
        return -1;
    result = append(call, view.buf, view.len);
    PyBuffer_Release(&view);
    return result;
}

/* Fills call->request from (method, url, headers, body, timeout_ms). 0; -1
 * with an exception, and then the request may be filled in part. */
static int
read_arguments(struct ckpy_call *call, PyObject *client, PyObject *args)
{
    const char *method = NULL;
    const char *url = NULL;
    PyObject *headers = NULL;
    PyObject *body = NULL;
    PyObject *timeout = NULL;

    memset(call, 0, sizeof *call);
    ck_request_init(&call->request);
    call->client = (struct ckpy_client *)client;
    call->state = ckpy_state_by_type(Py_TYPE(client));
    if (call->state == NULL || ckpy_client_check_made(call->client) < 0 ||
        !PyArg_ParseTuple(args, "ssOOO", &method, &url, &headers, &body,
                          &timeout))
        return -1;
    call->request.timeout_ms = DEFAULT_TIMEOUT_MS;
    if (timeout != Py_None)
        call->request.timeout_ms = PyLong_AsLong(timeout);
    if (call->request.timeout_ms == -1 && PyErr_Occurred())
        return -1;
    call->request.method = known_method(method);
    if (call->request.method == NULL)
        return -1;
    call->request.once =
        ck_retry_forbids(&call->client->retry, call->request.method);
    if (ck_buf_append_str(&call->request.url, url) != CK_OK) {
        PyErr_NoMemory();
        return -1;
    }
    return put_body(call, body) < 0 ? -1 : put_headers(call, headers);
}

PyObject *
ckpy_exchange(PyObject *client, PyObject *args)
{
    struct ckpy_call call;
    PyObject *response = NULL;

    if (read_arguments(&call, client, args) == 0)
        response = ckpy_send_once(&call);
    ck_request_free(&call.request);
    ckpy_upload_clear(&call.upload);
    return response;
}

PyObject *
ckpy_exchange_async(PyObject *client, PyObject *args)
{
    struct ckpy_call call;
    PyObject *object = NULL;
    PyObject *function = NULL;
    PyObject *coroutine = NULL;

    if (read_arguments(&call, client, args) == 0) {
        object = ckpy_callobject_new(&call);
        function = object == NULL
                       ? NULL
                       : ckpy_state_import(&call.state->perform_async,
                                           "clerk_c._async", "perform");
    }
    if (function != NULL &&
        ((struct ckpy_callobject *)object)->upload.progress != NULL)
        coroutine = ckpy_upload_coroutine(call.state, object, function);
    else if (function != NULL)
        coroutine = PyObject_CallOneArg(function, object);
    ck_request_free(&call.request);
    ckpy_upload_clear(&call.upload);
    Py_XDECREF(object);
    return coroutine;
}
