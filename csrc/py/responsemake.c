/* responsemake.c: makes Response objects, from what the transport received,
 * from a program's arguments and from pickles. Copies everything; owns nothing
 * itself. */
#include "responsemake.h"

#include "headers.h"

/* Without headers and content yet. Steals content, which may be NULL with an
 * exception set. */
static struct ckpy_response *
new_response(PyTypeObject *type, int status, PyObject *content)
{
    struct ckpy_response *self = NULL;

    if (content != NULL)
        self = ckpy_response_of(type->tp_alloc(type, 0));
    if (self == NULL) {
        Py_XDECREF(content);
        return NULL;
    }
    self->content = content;
    self->status = status;
    self->http_version = 11;
    self->elapsed_us = -1;
    return self;
}

static int
fill(struct ckpy_response *self, const struct ck_response *response)
{
    const struct ck_buf *head = &response->head;
    const struct ck_buf *reason = &response->reason;
    const struct ck_buf *url = &response->url;

    self->http_version = response->http_version;
    self->elapsed_us = response->elapsed_us;
    self->redirects = response->redirects;
    self->timing = response->timing;
    self->head = PyBytes_FromStringAndSize(head->data, (Py_ssize_t)head->len);
    if (self->head == NULL)
        return -1;
    self->url =
        PyUnicode_DecodeUTF8(url->data, (Py_ssize_t)url->len, "replace");
    if (self->url == NULL)
        return -1;
    /* HTTP/2 and later have no phrase; HTTP/1 may send an empty one. */
    if (response->http_version >= 20)
        return 0;
    self->reason =
        PyUnicode_DecodeASCII(reason->data, (Py_ssize_t)reason->len, "ignore");
    return self->reason == NULL ? -1 : 0;
}

PyObject *
ckpy_response_from(struct ckpy_state *state,
                   const struct ck_response *response, PyObject *request)
{
    const struct ck_buf *body = &response->body;
    struct ckpy_response *self = new_response(
        state->response_type, response->status,
        PyBytes_FromStringAndSize(body->data, (Py_ssize_t)body->len));

    if (self == NULL)
        return NULL;
    self->request = Py_XNewRef(request);
    if (fill(self, response) < 0)
        Py_CLEAR(self);
    return (PyObject *)self;
}

int
ckpy_response_tell(PyObject *object, struct ck_response *response)
{
    const struct ckpy_response *self = ckpy_response_of(object);
    const char *url = NULL;

    if (self->elapsed_us < 0)
        return 0;
    response->http_version = self->http_version;
    response->redirects = self->redirects;
    response->timing = self->timing;
    if (self->url == NULL)
        return 0;
    url = PyUnicode_AsUTF8(self->url);
    if (url == NULL)
        return -1;
    if (ck_buf_append_str(&response->url, url) == CK_OK)
        return 0;
    PyErr_NoMemory();
    return -1;
}

/* What the constructor makes its content from: at most one of these. */
struct source {
    PyObject *content;
    PyObject *text;
    PyObject *html;
    PyObject *json;
};

/* Compact JSON, as UTF-8. New bytes. */
static PyObject *
dumped(PyObject *value)
{
    PyObject *module = PyImport_ImportModule("json");
    PyObject *dumps = NULL;
    PyObject *args = NULL;
    PyObject *kwargs = NULL;
    PyObject *text = NULL;
    PyObject *bytes = NULL;

    if (module == NULL ||
        (dumps = PyObject_GetAttrString(module, "dumps")) == NULL ||
        (args = PyTuple_Pack(1, value)) == NULL ||
        (kwargs = Py_BuildValue("{s:O,s:(ss),s:O}", "ensure_ascii", Py_False,
                                "separators", ",", ":", "allow_nan",
                                Py_False)) == NULL)
        goto done;
    text = PyObject_Call(dumps, args, kwargs);
    if (text != NULL)
        bytes = PyUnicode_AsUTF8String(text);
done:
    Py_XDECREF(module);
    Py_XDECREF(dumps);
    Py_XDECREF(args);
    Py_XDECREF(kwargs);
    Py_XDECREF(text);
    return bytes;
}

static PyObject *
encoded(PyObject *text, const char *what)
{
    if (PyUnicode_Check(text))
        return PyUnicode_AsUTF8String(text);
    PyErr_Format(PyExc_TypeError, "%s must be str, not %.100s", what,
                 Py_TYPE(text)->tp_name);
    return NULL;
}

/* The body, and the content type that goes with it (NULL: none). New. */
static PyObject *
body_of(const struct source *source, const char **content_type)
{
    PyObject *content = source->content;

    *content_type = NULL;
    if (content != Py_None) {
        if (PyBytes_Check(content))
            return PyBytes_FromStringAndSize(PyBytes_AS_STRING(content),
                                             PyBytes_GET_SIZE(content));
        return encoded(content, "content that is not bytes");
    }
    if (source->text != Py_None) {
        *content_type = "text/plain; charset=utf-8";
        return encoded(source->text, "text");
    }
    if (source->html != Py_None) {
        *content_type = "text/html; charset=utf-8";
        return encoded(source->html, "html");
    }
    if (source->json != Py_None) {
        *content_type = "application/json";
        return dumped(source->json);
    }
    return PyBytes_FromStringAndSize(NULL, 0);
}

/* Adds the headers of a body, unless the program gave its own. */
static int
add_headers(struct ckpy_response *self, const char *content_type)
{
    Py_ssize_t size = PyBytes_GET_SIZE(self->content);
    PyObject *length = NULL;
    PyObject *kept = NULL;

    if (size > 0 || content_type != NULL) {
        length = PyUnicode_FromFormat("%zd", size);
        if (length != NULL)
            kept = PyObject_CallMethod(self->headers, "setdefault", "sO",
                                       "Content-Length", length);
        Py_XDECREF(length);
        if (kept == NULL)
            return -1;
        Py_DECREF(kept);
    }
    if (content_type != NULL) {
        kept = PyObject_CallMethod(self->headers, "setdefault", "ss",
                                   "Content-Type", content_type);
        if (kept == NULL)
            return -1;
        Py_DECREF(kept);
    }
    return 0;
}

PyObject *
ckpy_responsemake_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"status_code", "headers", "content", "text",
                            "html",        "json",    "request", NULL};
    struct source source = {Py_None, Py_None, Py_None, Py_None};
    struct ckpy_state *state = ckpy_state_by_type(type);
    struct ckpy_response *self = NULL;
    const char *content_type = NULL;
    PyObject *headers = Py_None;
    PyObject *request = Py_None;
    int status = 0;

    if (state == NULL || !PyArg_ParseTupleAndKeywords(
                             args, kwargs, "i|$OOOOOO:Response", names,
                             &status, &headers, &source.content, &source.text,
                             &source.html, &source.json, &request))
        return NULL;
    self = new_response(type, status, body_of(&source, &content_type));
    if (self == NULL)
        return NULL;
    if (request != Py_None)
        self->request = Py_NewRef(request);
    self->headers = ckpy_headers_from_object(state, headers);
    if (self->headers == NULL || add_headers(self, content_type) < 0)
        Py_CLEAR(self);
    return (PyObject *)self;
}

/* --- pickling ---------------------------------------------------------- */

static PyObject *
or_none(PyObject *object)
{
    return object == NULL ? Py_None : object;
}

PyObject *
ckpy_responsemake_reduce(PyObject *object, PyObject *ignored)
{
    struct ckpy_response *self = ckpy_response_of(object);
    PyObject *headers = PyObject_GetAttrString(object, "headers");
    PyObject *request =
        headers == NULL ? NULL : PyObject_GetAttrString(object, "request");

    (void)ignored;
    if (request == NULL) {
        Py_XDECREF(headers);
        return NULL;
    }
    return Py_BuildValue("O(i)(ilNOOOON)", (PyObject *)Py_TYPE(object),
                         self->status, self->http_version, self->elapsed_us,
                         headers, or_none(self->reason), or_none(self->url),
                         self->content, or_none(self->encoding), request);
}

/* A converter for PyArg_ParseTuple: str, or None for NULL. Borrows. */
static int
optional_str(PyObject *object, void *slot)
{
    if (object != Py_None && !PyUnicode_Check(object)) {
        PyErr_Format(PyExc_TypeError, "expected str or None, not %.100s",
                     Py_TYPE(object)->tp_name);
        return 0;
    }
    *(PyObject **)slot = object == Py_None ? NULL : object;
    return 1;
}

PyObject *
ckpy_responsemake_setstate(PyObject *object, PyObject *state)
{
    struct ckpy_response *self = ckpy_response_of(object);
    struct ckpy_state *module = ckpy_state_by_type(Py_TYPE(object));
    struct ckpy_response came = {.status = 0};

    if (module == NULL)
        return NULL;
    if (!PyTuple_Check(state)) {
        PyErr_SetString(PyExc_TypeError, "state must be a tuple");
        return NULL;
    }
    if (!PyArg_ParseTuple(state, "ilO!O&O&SO&O:__setstate__",
                          &came.http_version, &came.elapsed_us,
                          module->headers_type, &came.headers, optional_str,
                          &came.reason, optional_str, &came.url, &came.content,
                          optional_str, &came.encoding, &came.request))
        return NULL;
    if (came.request == Py_None)
        came.request = NULL;
    self->http_version = came.http_version;
    self->elapsed_us = came.elapsed_us;
#define X(member) Py_XSETREF(self->member, Py_XNewRef(came.member));
    CKPY_RESPONSE_OBJECTS(X)
#undef X
    Py_RETURN_NONE;
}

/* --- the request ------------------------------------------------------ */

/* What was sent is kept in parts until somebody asks for it. */
PyObject *
ckpy_responsemake_request(PyObject *self, void *ignored)
{
    PyObject *request = ckpy_response_of(self)->request;
    PyObject *module = NULL;
    PyObject *function = NULL;
    PyObject *made = NULL;

    (void)ignored;
    if (request == NULL || !PyTuple_CheckExact(request))
        return Py_NewRef(request == NULL ? Py_None : request);
    request = Py_NewRef(request);
    module = PyImport_ImportModule("clerk_c._request");
    if (module != NULL)
        function = PyObject_GetAttrString(module, "from_parts");
    if (function != NULL)
        made = PyObject_CallObject(function, request);
    if (made != NULL && ckpy_response_of(self)->request == request)
        Py_XSETREF(ckpy_response_of(self)->request, Py_NewRef(made));
    Py_XDECREF(function);
    Py_XDECREF(module);
    Py_DECREF(request);
    return made;
}

int
ckpy_responsemake_set_request(PyObject *self, PyObject *value, void *ignored)
{
    (void)ignored;
    if (value == Py_None)
        value = NULL;
    Py_XSETREF(ckpy_response_of(self)->request, Py_XNewRef(value));
    return 0;
}
