/* exchange.c: single requests through a client's own transport, for
 * clerk_c._observed: no retries, no reading of models. */
#include "exchange.h"

#include "callobject.h"
#include "client.h"
#include "errors.h"
#include "response.h"
#include "send.h"

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

/* Fills call->request from (method, url, headers, body, timeout_ms). 0; -1
 * with an exception, and then the request may be filled in part. */
static int
read_arguments(struct ckpy_call *call, PyObject *client, PyObject *args)
{
    const char *method = NULL;
    const char *url = NULL;
    PyObject *headers = NULL;
    PyObject *timeout = NULL;
    Py_buffer body = {.buf = NULL};
    enum ck_status status = CK_OK;
    int result = -1;

    memset(call, 0, sizeof *call);
    ck_request_init(&call->request);
    call->client = (struct ckpy_client *)client;
    call->state = ckpy_state_by_type(Py_TYPE(client));
    if (call->state == NULL || !PyArg_ParseTuple(args, "ssOz*O", &method, &url,
                                                 &headers, &body, &timeout))
        return -1;
    call->request.timeout_ms = DEFAULT_TIMEOUT_MS;
    if (timeout != Py_None)
        call->request.timeout_ms = PyLong_AsLong(timeout);
    if (call->request.timeout_ms == -1 && PyErr_Occurred())
        goto done;
    call->request.method = known_method(method);
    if (call->request.method == NULL)
        goto done;
    call->request.has_body = body.buf != NULL;
    status = ck_buf_append_str(&call->request.url, url);
    if (status == CK_OK && body.buf != NULL)
        status =
            ck_buf_append(&call->request.body, body.buf, (size_t)body.len);
    if (status != CK_OK)
        PyErr_NoMemory();
    else
        result = put_headers(call, headers);

done:
    PyBuffer_Release(&body);
    return result;
}

PyObject *
ckpy_exchange(PyObject *client, PyObject *args)
{
    struct ckpy_call call;
    PyObject *response = NULL;

    if (read_arguments(&call, client, args) == 0)
        response = ckpy_send_once(call.state, call.client, &call.request);
    ck_request_free(&call.request);
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
    if (function != NULL)
        coroutine = PyObject_CallOneArg(function, object);
    ck_request_free(&call.request);
    Py_XDECREF(object);
    return coroutine;
}
