/* foreign.c: sending through a client of the caller's own (client=), whose
 * errors pass through. The call owns what comes back. */
#include "foreign.h"

/* The request's header lines as a list of pairs. New. */
static PyObject *
header_pairs(const struct ck_request *request)
{
    PyObject *pairs = PyList_New(0);
    const char *line = ck_request_next_header(request, NULL);

    for (; pairs != NULL && line != NULL;
         line = ck_request_next_header(request, line)) {
        const char *colon = strstr(line, ": ");
        PyObject *pair =
            colon == NULL
                ? NULL
                : Py_BuildValue("s#s", line, (Py_ssize_t)(colon - line),
                                colon + 2);

        if (pair == NULL || PyList_Append(pairs, pair) < 0)
            Py_CLEAR(pairs);
        Py_XDECREF(pair);
    }
    return pairs;
}

/* Copies what _foreign.send returned. 0 or -1. */
static int
take_answer(struct ckpy_call *call, PyObject *answer)
{
    struct ck_response *response = &call->answer.response;
    PyObject *raw = NULL;
    const char *head = NULL;
    const char *body = NULL;
    Py_ssize_t head_len = 0;
    Py_ssize_t body_len = 0;

    if (!PyArg_ParseTuple(answer, "Oiy#y#", &raw, &response->status, &head,
                          &head_len, &body, &body_len))
        return -1;
    if (ck_buf_append(&response->head, head, (size_t)head_len) != CK_OK ||
        ck_buf_append(&response->body, body, (size_t)body_len) != CK_OK) {
        PyErr_NoMemory();
        return -1;
    }
    Py_XSETREF(call->raw, Py_NewRef(raw));
    return 0;
}

/* Keeps the exception that is set, to be raised when no try is left. */
static enum ck_status
keep_failure(struct ckpy_call *call, PyObject *module)
{
    PyObject *type = NULL;
    PyObject *error = NULL;
    PyObject *trace = NULL;
    PyObject *again = NULL;
    int wanted = 0;

    PyErr_Fetch(&type, &error, &trace);
    PyErr_NormalizeException(&type, &error, &trace);
    if (trace != NULL && error != NULL)
        (void)PyException_SetTraceback(error, trace);
    if (module != NULL && error != NULL)
        again = PyObject_CallMethod(module, "is_connection_error", "O", error);
    wanted = again != NULL && PyObject_IsTrue(again) == 1;
    PyErr_Clear();
    Py_XDECREF(again);
    Py_XDECREF(type);
    Py_XDECREF(trace);
    Py_XSETREF(call->failure, error);
    return wanted ? CK_CONNECT : CK_INTERNAL;
}

enum ck_status
ckpy_foreign_perform(struct ckpy_call *call)
{
    const struct ck_request *request = &call->request;
    PyObject *module = PyImport_ImportModule("clerk_c._foreign");
    PyObject *headers = module == NULL ? NULL : header_pairs(request);
    PyObject *body = NULL;
    PyObject *answer = NULL;
    enum ck_status status = CK_OK;

    Py_CLEAR(call->failure);
    if (request->has_body)
        body = PyBytes_FromStringAndSize(request->body.data,
                                         (Py_ssize_t)request->body.len);
    else
        body = Py_NewRef(Py_None);
    if (headers != NULL && body != NULL)
        answer = PyObject_CallMethod(
            module, "send", "OssOOl", call->client->foreign, request->method,
            request->url.data, headers, body, call->timeout_ms);
    if (answer == NULL || take_answer(call, answer) < 0)
        status = keep_failure(call, module);
    Py_XDECREF(answer);
    Py_XDECREF(body);
    Py_XDECREF(headers);
    Py_XDECREF(module);
    return status;
}
