/* response.c: clerk_c.Response, an answer that has been read to its end. It
 * owns copies of everything; headers and text are made when first asked for.
 */
#include "response.h"

#include "charset.h"
#include "headers.h"
#include "reason.h"
#include "responsemake.h"

static int
response_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
#define X(member) Py_VISIT(ckpy_response_of(self)->member);
    CKPY_RESPONSE_OBJECTS(X)
#undef X
    return 0;
}

/* Only a request can be part of a cycle; all else stays for those who may
 * still look. */
static int
response_clear(PyObject *self)
{
    Py_CLEAR(ckpy_response_of(self)->request);
    return 0;
}

static void
response_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
#define X(member) Py_CLEAR(ckpy_response_of(self)->member);
    CKPY_RESPONSE_OBJECTS(X)
#undef X
    type->tp_free(self);
    Py_DECREF(type);
}

/* --- what came ----------------------------------------------------------*/

static PyObject *
get_status_code(PyObject *self, void *ignored)
{
    (void)ignored;
    return PyLong_FromLong(ckpy_response_of(self)->status);
}

static PyObject *
get_reason_phrase(PyObject *object, void *ignored)
{
    struct ckpy_response *self = ckpy_response_of(object);

    (void)ignored;
    return self->reason != NULL
               ? Py_NewRef(self->reason)
               : PyUnicode_FromString(ckpy_reason_of(self->status));
}

static PyObject *
get_http_version(PyObject *self, void *ignored)
{
    (void)ignored;
    switch (ckpy_response_of(self)->http_version) {
    case 10: return PyUnicode_FromString("HTTP/1.0");
    case 20: return PyUnicode_FromString("HTTP/2");
    case 30: return PyUnicode_FromString("HTTP/3");
    default: return PyUnicode_FromString("HTTP/1.1");
    }
}

static PyObject *
get_headers(PyObject *object, void *ignored)
{
    struct ckpy_response *self = ckpy_response_of(object);
    struct ckpy_state *state = NULL;
    PyObject *head = NULL;
    PyObject *made = NULL;

    (void)ignored;
    if (self->headers != NULL)
        return Py_NewRef(self->headers);
    state = ckpy_state_by_type(Py_TYPE(object));
    if (state == NULL)
        return NULL;
    head = Py_NewRef(self->head);
    made = ckpy_headers_from_block(state, PyBytes_AS_STRING(head),
                                   (size_t)PyBytes_GET_SIZE(head));
    Py_DECREF(head);
    if (made == NULL)
        return NULL;
    if (self->headers == NULL)
        self->headers = made;
    else /* another thread was faster */
        Py_DECREF(made);
    Py_CLEAR(self->head);
    return Py_NewRef(self->headers);
}

static PyObject *
get_content(PyObject *self, void *ignored)
{
    (void)ignored;
    return Py_NewRef(ckpy_response_of(self)->content);
}

static PyObject *
get_url(PyObject *object, void *ignored)
{
    struct ckpy_response *self = ckpy_response_of(object);
    PyObject *url = NULL;
    PyObject *text = NULL;

    (void)ignored;
    if (self->url != NULL)
        return Py_NewRef(self->url);
    if (self->request == NULL)
        return PyUnicode_FromString("");
    url = PyObject_GetAttrString(self->request, "url");
    if (url == NULL)
        return NULL;
    text = PyObject_Str(url);
    Py_DECREF(url);
    return text;
}

static PyObject *
get_elapsed(PyObject *self, void *ignored)
{
    long elapsed = ckpy_response_of(self)->elapsed_us;
    PyObject *module = NULL;
    PyObject *delta = NULL;

    (void)ignored;
    if (elapsed < 0) {
        PyErr_SetString(PyExc_RuntimeError,
                        "this response was not received, so that there is "
                        "no elapsed time");
        return NULL;
    }
    module = PyImport_ImportModule("datetime");
    if (module != NULL)
        delta = PyObject_CallMethod(module, "timedelta", "iil", 0, 0, elapsed);
    Py_XDECREF(module);
    return delta;
}

/* --- its text ---------------------------------------------------------- */

static PyObject *
get_charset_encoding(PyObject *self, void *ignored)
{
    PyObject *headers = get_headers(self, NULL);
    PyObject *content_type = NULL;
    PyObject *charset = NULL;

    (void)ignored;
    if (headers == NULL)
        return NULL;
    content_type = ckpy_headers_get(headers, "content-type");
    Py_DECREF(headers);
    if (content_type == NULL || content_type == Py_None)
        return content_type;
    charset = ckpy_charset_of(content_type);
    Py_DECREF(content_type);
    return charset;
}

static PyObject *
get_encoding(PyObject *self, void *ignored)
{
    PyObject *charset = NULL;

    (void)ignored;
    if (ckpy_response_of(self)->encoding != NULL)
        return Py_NewRef(ckpy_response_of(self)->encoding);
    charset = get_charset_encoding(self, NULL);
    if (charset == NULL || ckpy_charset_is_known(charset))
        return charset;
    Py_DECREF(charset);
    return PyUnicode_FromString("utf-8");
}

static int
set_encoding(PyObject *self, PyObject *value, void *ignored)
{
    (void)ignored;
    if (ckpy_response_of(self)->text != NULL) {
        PyErr_SetString(PyExc_ValueError,
                        "the encoding cannot be set once text was read");
        return -1;
    }
    if (value == Py_None)
        value = NULL;
    else if (value == NULL || !PyUnicode_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "encoding must be str or None");
        return -1;
    }
    Py_XSETREF(ckpy_response_of(self)->encoding, Py_XNewRef(value));
    return 0;
}

static PyObject *
get_text(PyObject *object, void *ignored)
{
    struct ckpy_response *self = ckpy_response_of(object);
    PyObject *encoding = NULL;
    PyObject *content = NULL;
    PyObject *text = NULL;

    (void)ignored;
    if (self->text != NULL)
        return Py_NewRef(self->text);
    if (PyBytes_GET_SIZE(self->content) == 0)
        return PyUnicode_FromString("");
    encoding = get_encoding(object, NULL);
    if (encoding == NULL)
        return NULL;
    content = Py_NewRef(self->content); /* a codec may run any code */
    text = ckpy_charset_decode(content, encoding, self->encoding != NULL);
    Py_DECREF(content);
    Py_DECREF(encoding);
    if (text != NULL)
        Py_XSETREF(self->text, Py_NewRef(text));
    return text;
}

/* --- what the status says ---------------------------------------------- */

/* closure: first and last status code of a class, as first * 1000 + last. */
#define STATUS_RANGE(first, last) ((void *)(intptr_t)((first)*1000 + (last)))

static PyObject *
get_in_range(PyObject *self, void *closure)
{
    long range = (long)(intptr_t)closure;
    long status = ckpy_response_of(self)->status;

    return PyBool_FromLong(status >= range / 1000 && status <= range % 1000);
}

/* 1, 0, or -1 with an exception set. *location is new when 1. */
static int
redirect_location(PyObject *self, PyObject **location)
{
    PyObject *headers = NULL;

    *location = NULL;
    switch (ckpy_response_of(self)->status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308: break;
    default: return 0;
    }
    headers = get_headers(self, NULL);
    if (headers == NULL)
        return -1;
    *location = ckpy_headers_get(headers, "location");
    Py_DECREF(headers);
    if (*location == Py_None) {
        Py_CLEAR(*location);
        return 0;
    }
    return *location == NULL ? -1 : 1;
}

static PyObject *
get_has_redirect_location(PyObject *self, void *ignored)
{
    PyObject *location = NULL;
    int found = redirect_location(self, &location);

    (void)ignored;
    Py_XDECREF(location);
    return found < 0 ? NULL : PyBool_FromLong(found);
}

/* "404 Not Found for https://..." with a word before and maybe the place that
 * a redirect points to. New. */
static PyObject *
status_message(PyObject *self)
{
    static const char *const kinds[] = {"unexpected status", "informational",
                                        "success",           "redirect",
                                        "client error",      "server error"};
    int status = ckpy_response_of(self)->status;
    int kind = status >= 100 && status <= 599 ? status / 100 : 0;
    PyObject *reason = get_reason_phrase(self, NULL);
    PyObject *url = reason == NULL ? NULL : get_url(self, NULL);
    PyObject *location = NULL;
    PyObject *message = NULL;

    if (url == NULL || redirect_location(self, &location) < 0)
        goto done;
    if (location != NULL)
        message = PyUnicode_FromFormat("%s: %d %U for %R, to %R", kinds[kind],
                                       status, reason, url, location);
    else
        message = PyUnicode_FromFormat("%s: %d %U for %R", kinds[kind], status,
                                       reason, url);
done:
    Py_XDECREF(reason);
    Py_XDECREF(url);
    Py_XDECREF(location);
    return message;
}

static PyObject *
response_raise_for_status(PyObject *self, PyObject *ignored)
{
    int status = ckpy_response_of(self)->status;
    PyObject *request = NULL;
    PyObject *module = NULL;
    PyObject *message = NULL;
    PyObject *error = NULL;

    (void)ignored;
    if (status >= 200 && status <= 299)
        return Py_NewRef(self);
    request = ckpy_responsemake_request(self, NULL);
    if (request != NULL)
        module = PyImport_ImportModule("clerk_c.exceptions");
    if (module != NULL)
        message = status_message(self);
    if (message != NULL)
        error = PyObject_CallMethod(module, "make_status_error", "OOO",
                                    message, request, self);
    if (error != NULL)
        PyErr_SetObject((PyObject *)Py_TYPE(error), error);
    Py_XDECREF(request);
    Py_XDECREF(module);
    Py_XDECREF(message);
    Py_XDECREF(error);
    return NULL;
}

/* --- its content in other forms ---------------------------------------- */

static PyObject *
response_json(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *module = NULL;
    PyObject *loads = NULL;
    PyObject *one = NULL;
    PyObject *value = NULL;

    if (!PyArg_ParseTuple(args, ":json"))
        return NULL;
    module = PyImport_ImportModule("json");
    if (module == NULL ||
        (loads = PyObject_GetAttrString(module, "loads")) == NULL ||
        (one = PyTuple_Pack(1, ckpy_response_of(self)->content)) == NULL)
        goto done;
    value = PyObject_Call(loads, one, kwargs);
done:
    Py_XDECREF(module);
    Py_XDECREF(loads);
    Py_XDECREF(one);
    return value;
}

static PyObject *
response_read(PyObject *self, PyObject *ignored)
{
    (void)ignored;
    return get_content(self, NULL);
}

static PyObject *
response_close(PyObject *self, PyObject *ignored)
{
    (void)self;
    (void)ignored;
    Py_RETURN_NONE;
}

/* An iterator over whole, a str or bytes, in pieces of chunk_size (None: in
 * one piece). Steals whole, which may be NULL with an exception set. */
static PyObject *
pieces_of(PyObject *whole, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"chunk_size", NULL};
    PyObject *chunk = Py_None;
    PyObject *list = NULL;
    PyObject *iterator = NULL;
    Py_ssize_t size = whole == NULL ? -1 : PySequence_Size(whole);
    Py_ssize_t step = size;

    if (size < 0 ||
        !PyArg_ParseTupleAndKeywords(args, kwargs, "|O", names, &chunk))
        goto done;
    if (chunk != Py_None) {
        step = PyNumber_AsSsize_t(chunk, PyExc_OverflowError);
        if (step < 1) {
            if (!PyErr_Occurred())
                PyErr_SetString(PyExc_ValueError,
                                "chunk_size must be at least 1");
            goto done;
        }
    }
    list = PyList_New(0);
    for (Py_ssize_t at = 0; list != NULL && at < size;) {
        Py_ssize_t end = step < size - at ? at + step : size;
        PyObject *piece = PySequence_GetSlice(whole, at, end);

        if (piece == NULL || PyList_Append(list, piece) < 0)
            Py_CLEAR(list);
        Py_XDECREF(piece);
        at = end;
    }
    if (list != NULL)
        iterator = PyObject_GetIter(list);
done:
    Py_XDECREF(whole);
    Py_XDECREF(list);
    return iterator;
}

static PyObject *
response_iter_bytes(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return pieces_of(get_content(self, NULL), args, kwargs);
}

static PyObject *
response_iter_text(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return pieces_of(get_text(self, NULL), args, kwargs);
}

static PyObject *
response_iter_lines(PyObject *self, PyObject *ignored)
{
    PyObject *text = get_text(self, NULL);
    PyObject *lines = text == NULL ? NULL : PyUnicode_Splitlines(text, 0);
    PyObject *iterator = lines == NULL ? NULL : PyObject_GetIter(lines);

    (void)ignored;
    Py_XDECREF(text);
    Py_XDECREF(lines);
    return iterator;
}

static PyObject *
get_num_bytes_downloaded(PyObject *self, void *ignored)
{
    (void)ignored;
    return PyLong_FromSsize_t(
        PyBytes_GET_SIZE(ckpy_response_of(self)->content));
}

static PyObject *
get_true(PyObject *self, void *ignored)
{
    (void)self;
    (void)ignored;
    Py_RETURN_TRUE;
}

static PyObject *
response_repr(PyObject *self)
{
    PyObject *reason = get_reason_phrase(self, NULL);
    PyObject *repr = NULL;

    if (reason == NULL)
        return NULL;
    repr = PyUnicode_FromFormat("<Response [%d %U]>",
                                ckpy_response_of(self)->status, reason);
    Py_DECREF(reason);
    return repr;
}

/* --- the type ---------------------------------------------------------- */

#define WITH_KEYWORDS (METH_VARARGS | METH_KEYWORDS)
#define KEYWORDS(function) ((PyCFunction)(void (*)(void))(function))

static PyMethodDef response_methods[] = {
    {"json", KEYWORDS(response_json), WITH_KEYWORDS,
     PyDoc_STR("json($self, **kwargs)\n--\n\n"
               "The content read by json.loads(content, **kwargs).")},
    {"raise_for_status", response_raise_for_status, METH_NOARGS,
     PyDoc_STR("raise_for_status($self)\n--\n\n"
               "Raises HTTPStatusError unless the status is a success;\n"
               "returns the response.")},
    {"read", response_read, METH_NOARGS,
     PyDoc_STR("read($self)\n--\n\nThe content.")},
    {"iter_bytes", KEYWORDS(response_iter_bytes), WITH_KEYWORDS,
     PyDoc_STR("iter_bytes($self, chunk_size=None)\n--\n\n"
               "The content in pieces.")},
    {"iter_text", KEYWORDS(response_iter_text), WITH_KEYWORDS,
     PyDoc_STR("iter_text($self, chunk_size=None)\n--\n\n"
               "The text in pieces.")},
    {"iter_lines", response_iter_lines, METH_NOARGS,
     PyDoc_STR("iter_lines($self)\n--\n\n"
               "The lines of the text, without their ends.")},
    {"close", response_close, METH_NOARGS,
     PyDoc_STR("close($self)\n--\n\nDoes nothing: all was read.")},
    {"__reduce__", ckpy_responsemake_reduce, METH_NOARGS, NULL},
    {"__setstate__", ckpy_responsemake_setstate, METH_O, NULL},
    {NULL, NULL, 0, NULL}};

#define GET(name, doc)                                                        \
    {                                                                         \
#name, get_##name, NULL, PyDoc_STR(doc), NULL                         \
    }
#define IS(name, first, last)                                                 \
    {                                                                         \
        "is_" #name, get_in_range, NULL,                                      \
            PyDoc_STR("Is the status one of " #first " to " #last "?"),       \
            STATUS_RANGE(first, last)                                         \
    }

static PyGetSetDef response_getset[] = {
    GET(status_code, "The status, such as 404."),
    GET(reason_phrase, "The words that came with the status."),
    GET(http_version, "Such as HTTP/1.1."),
    GET(headers, "The headers, a clerk_c.Headers."),
    GET(content, "The body, as bytes."),
    GET(text, "The body, as text."),
    {"encoding", get_encoding, set_encoding,
     PyDoc_STR("How content becomes text. May be set before text is read."),
     NULL},
    GET(charset_encoding, "The encoding that the headers name, or None."),
    GET(url, "Where the response came from."),
    {"request", ckpy_responsemake_request, ckpy_responsemake_set_request,
     PyDoc_STR("The request as it was first sent, a clerk_c.Request, or None. "
               "May be set."),
     NULL},
    GET(elapsed, "Time from sending to the last byte, a timedelta."),
    GET(num_bytes_downloaded, "The size of the content."),
    GET(has_redirect_location, "Is it a redirect that says where to?"),
    {"is_closed", get_true, NULL, PyDoc_STR("Always true."), NULL},
    {"is_stream_consumed", get_true, NULL, PyDoc_STR("Always true."), NULL},
    IS(informational, 100, 199),
    IS(success, 200, 299),
    IS(redirect, 300, 399),
    IS(client_error, 400, 499),
    IS(server_error, 500, 599),
    IS(error, 400, 599),
    {NULL, NULL, NULL, NULL, NULL}};

PyDoc_STRVAR(response_doc,
             "Response(status_code, *, headers=None, content=None, "
             "text=None, html=None, json=None, request=None)\n--\n\n"
             "An answer of the API, read to its end.");

static PyType_Slot response_slots[] = {{Py_tp_doc, (void *)response_doc},
                                       {Py_tp_new, ckpy_responsemake_new},
                                       {Py_tp_dealloc, response_dealloc},
                                       {Py_tp_traverse, response_traverse},
                                       {Py_tp_clear, response_clear},
                                       {Py_tp_repr, response_repr},
                                       {Py_tp_methods, response_methods},
                                       {Py_tp_getset, response_getset},
                                       {0, NULL}};

static PyType_Spec response_spec = {
    .name = "clerk_c.Response",
    .basicsize = sizeof(struct ckpy_response),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = response_slots,
};

PyTypeObject *
ckpy_response_type(PyObject *module)
{
    return (PyTypeObject *)PyType_FromModuleAndSpec(module, &response_spec,
                                                    NULL);
}
