/* sent.c: a request that was sent, in parts. Copies; owns nothing. */
#include "sent.h"

#include "errors.h"
#include "response.h"

PyObject *
ckpy_sent_parts(const struct ck_request *request)
{
    int has_body = request->has_body && request->upload.fd < 0;

    /* of a NULL for bytes Py_BuildValue makes None */
    return Py_BuildValue(
        "sNy#y#", request->method,
        PyUnicode_DecodeUTF8(request->url.data, (Py_ssize_t)request->url.len,
                             "replace"),
        request->headers.data == NULL ? "" : request->headers.data,
        (Py_ssize_t)request->headers.len,
        !has_body                    ? NULL
        : request->body.data == NULL ? ""
                                     : request->body.data,
        has_body ? (Py_ssize_t)request->body.len : (Py_ssize_t)0);
}

PyObject *
ckpy_sent_response(struct ckpy_state *state,
                   const struct ck_response *response,
                   const struct ck_request *request)
{
    PyObject *parts = ckpy_sent_parts(request);
    PyObject *made =
        parts == NULL ? NULL : ckpy_response_from(state, response, parts);

    Py_XDECREF(parts);
    return made;
}

PyObject *
ckpy_sent_raise(struct ckpy_state *state, const struct ck_error *error,
                const struct ck_request *request)
{
    PyObject *type = NULL;
    PyObject *value = NULL;
    PyObject *trace = NULL;
    PyObject *parts = NULL;
    PyObject *module = NULL;
    PyObject *done = NULL;

    (void)ckpy_errors_raise_core(state, error);
    if (state->exceptions == NULL || PyErr_ExceptionMatches(PyExc_MemoryError))
        return NULL;
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    parts = ckpy_sent_parts(request);
    module = parts == NULL ? NULL : PyImport_ImportModule("clerk_c._request");
    if (module != NULL)
        done = PyObject_CallMethod(module, "show_in", "OO", value, parts);
    PyErr_Clear(); /* what was sent is not worth losing what went wrong */
    Py_XDECREF(done);
    Py_XDECREF(module);
    Py_XDECREF(parts);
    PyErr_Restore(type, value, trace);
    return NULL;
}
