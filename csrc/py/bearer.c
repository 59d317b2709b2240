/* bearer.c: the Authorization header of a call. The client owns the key or the
 * function that is asked for it; a call owns the answer until it is awaited.
 */
#include "bearer.h"

#include "errors.h"

static int
is_awaitable(PyObject *object)
{
    const PyAsyncMethods *methods = Py_TYPE(object)->tp_as_async;

    return methods != NULL && methods->am_await != NULL;
}

/* The token, with "Bearer " before it unless it brings that itself. */
static int
set_header(struct ckpy_state *state, struct ck_request *request,
           PyObject *bearer)
{
    static const char name[] = "Authorization";
    Py_ssize_t len = 0;
    const char *token = PyUnicode_AsUTF8AndSize(bearer, &len);
    struct ck_error error;
    struct ck_buf line;
    int result = -1;

    if (token == NULL)
        return -1;
    ck_buf_init(&line, CK_BUF_NO_MAX);
    if ((PyOS_strnicmp(token, "bearer ", 7) != 0 &&
         ck_buf_append_str(&line, "Bearer ") != CK_OK) ||
        ck_buf_append(&line, token, (size_t)len) != CK_OK)
        PyErr_NoMemory();
    else
        result = ckpy_errors_check(
            state,
            ck_request_set_header(request, name, sizeof name - 1, line.data,
                                  line.len, &error),
            &error);
    ck_buf_free(&line);
    return result;
}

static int
set(struct ckpy_state *state, struct ck_request *request, PyObject *bearer)
{
    if (bearer == Py_None)
        return 0;
    if (PyUnicode_Check(bearer))
        return set_header(state, request, bearer);
    PyErr_Format(PyExc_TypeError,
                 "bearer_auth: the callable must return str or None, not "
                 "'%s'",
                 Py_TYPE(bearer)->tp_name);
    return -1;
}

int
ckpy_bearer_apply(struct ckpy_call *call)
{
    PyObject *bearer = Py_NewRef(call->client->bearer);
    int result;

    if (bearer != Py_None && !PyUnicode_Check(bearer))
        Py_SETREF(bearer, PyObject_CallNoArgs(bearer));
    if (bearer == NULL)
        return -1;
    if (is_awaitable(bearer)) {
        call->bearer = bearer;
        if (call->may_await)
            return 0;
        PyErr_SetString(PyExc_TypeError,
                        "bearer_auth: the callable is asynchronous, which "
                        "only the *_async methods can await");
        return -1;
    }
    result = set(call->state, &call->request, bearer);
    Py_DECREF(bearer);
    return result;
}

int
ckpy_bearer_set_late(struct ckpy_state *state, struct ck_request *request,
                     PyObject *bearer)
{
    const char *line = NULL;

    while ((line = ck_request_next_header(request, line)) != NULL)
        if (PyOS_strnicmp(line, "authorization:", 14) == 0)
            return 0;
    return set(state, request, bearer);
}

/* A coroutine that is not closed would warn of never having been awaited. */
void
ckpy_bearer_forget(PyObject *awaitable)
{
    PyObject *type = NULL;
    PyObject *error = NULL;
    PyObject *trace = NULL;
    PyObject *closed = NULL;

    if (awaitable == NULL)
        return;
    PyErr_Fetch(&type, &error, &trace);
    if (PyCoro_CheckExact(awaitable)) {
        closed = PyObject_CallMethod(awaitable, "close", NULL);
        Py_XDECREF(closed);
        PyErr_Clear();
    }
    Py_DECREF(awaitable);
    PyErr_Restore(type, error, trace);
}
