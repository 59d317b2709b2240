/* finding.c: the token of a request, in headers of the usual shapes. What is
 * odd about them is passed over. A search owns what it found and borrows the
 * rest from its arguments. */
#include "finding.h"

#include "cookie.h"
#include "state.h"

#include <string.h>

const char ckpy_finding_token_doc[] =
    "find_token($module, request, own=None, /)\n--\n\n"
    "The bearer token, else the session cookie, of a request (str), or None.\n"
    "request: an ASGI scope, a WSGI environ, headers as a dict or a list of\n"
    "pairs (names in any case; names and values str or bytes), or an object\n"
    "that has such headers or whose headers have such a list as `raw`. For\n"
    "anything else, NotImplemented.\n"
    "own: the name of the instance's own cookie, which then goes before\n"
    "'__session'; else the first that begins with '__session_' will do.";

/* A text as it lies in memory: that of a str, or bytes taken for Latin-1. */
struct view {
    const void *data;
    Py_ssize_t len;
    int kind; /* bytes per character */
};

/* Places in search.names. */
enum name { HEADERS, RAW, HTTP_AUTHORIZATION, HTTP_COOKIE, REQUEST_METHOD };

struct search {
    PyObject *names;    /* borrowed: what is looked up, a tuple of str */
    struct ck_text own; /* data NULL: none */
    PyObject *token;    /* owned: what counts, as far as is known */
};

/* What the steps of a search return: 1 when it is over, 0 when it is not, -1
 * with an exception set; or that this is no shape known here. */
enum { UNKNOWN = 2 };

/* A step: looks at one value of the header in question. */
typedef int take_fn(struct search *search, PyObject *value);

/* 0 for what is no text. */
static int
read_text(PyObject *object, struct view *view)
{
    view->kind = PyUnicode_1BYTE_KIND;
    if (PyUnicode_Check(object)) {
        view->kind = (int)PyUnicode_KIND(object);
        view->data = PyUnicode_DATA(object);
        view->len = PyUnicode_GET_LENGTH(object);
    } else if (PyBytes_Check(object)) {
        view->data = PyBytes_AS_STRING(object);
        view->len = PyBytes_GET_SIZE(object);
    } else if (PyByteArray_Check(object)) {
        view->data = PyByteArray_AS_STRING(object);
        view->len = PyByteArray_GET_SIZE(object);
    } else {
        return 0;
    }
    return 1;
}

static Py_UCS4
character(const struct view *view, Py_ssize_t at)
{
    return PyUnicode_READ(view->kind, view->data, at);
}

/* Is it the word (small letters only), in any case? */
static int
is_word(const struct view *view, Py_ssize_t len, const char *word)
{
    if (len != (Py_ssize_t)strlen(word))
        return 0;
    for (Py_ssize_t i = 0; i < len; i++)
        if ((character(view, i) | 0x20) != (unsigned char)word[i])
            return 0;
    return 1;
}

static void
trim(struct view *view)
{
    while (view->len > 0 && Py_UNICODE_ISSPACE(character(view, 0))) {
        view->data = (const char *)view->data + view->kind;
        view->len--;
    }
    while (view->len > 0 && Py_UNICODE_ISSPACE(character(view, view->len - 1)))
        view->len--;
}

/* The token is what follows the scheme Bearer, or all where there is none. */
static int
take_authorization(struct search *search, PyObject *value)
{
    struct view view;
    Py_ssize_t word = 0;

    if (!read_text(value, &view))
        return 0;
    trim(&view);
    while (word < view.len && !Py_UNICODE_ISSPACE(character(&view, word)))
        word++;
    if (is_word(&view, word, "bearer")) {
        view.data = (const char *)view.data + word * view.kind;
        view.len -= word;
        trim(&view);
    } else if (word < view.len) { /* another scheme */
        return 0;
    }
    if (view.len == 0)
        return 0;
    search->token = PyUnicode_FromKindAndData(view.kind, view.data, view.len);
    return search->token == NULL ? -1 : 1;
}

/* The header's bytes: those of the object itself, or of *owned. */
static int
encode(PyObject *value, struct ck_text *header, PyObject **owned)
{
    Py_ssize_t len = 0;

    header->data = PyUnicode_AsUTF8AndSize(value, &len);
    if (header->data == NULL) { /* lone surrogates, in a cookie of others */
        PyErr_Clear();
        *owned = PyUnicode_AsEncodedString(value, "utf-8", "surrogatepass");
        if (*owned == NULL)
            return -1;
        header->data = PyBytes_AS_STRING(*owned);
        len = PyBytes_GET_SIZE(*owned);
    }
    header->len = (size_t)len;
    return 0;
}

static int
take_cookie(struct search *search, PyObject *value)
{
    struct ck_text header = {NULL, 0};
    struct ck_text found;
    PyObject *owned = NULL;
    struct view view;
    int is_own = 0;

    if (!read_text(value, &view))
        return 0;
    if (PyUnicode_Check(value)) {
        if (encode(value, &header, &owned) < 0)
            return -1;
    } else {
        header.data = view.data;
        header.len = (size_t)view.len;
    }
    is_own = ck_cookie_session(header, search->own, &found);
    if (found.data != NULL && (is_own || search->token == NULL))
        Py_XSETREF(search->token,
                   PyUnicode_Check(value)
                       ? PyUnicode_DecodeUTF8(found.data,
                                              (Py_ssize_t)found.len,
                                              "surrogatepass")
                       : PyUnicode_DecodeLatin1(found.data,
                                                (Py_ssize_t)found.len, NULL));
    Py_XDECREF(owned);
    if (found.data != NULL && search->token == NULL)
        return -1;
    return is_own;
}

/* A value, or the values in a list or tuple. NULL counts as none. */
static int
take_value(struct search *search, PyObject *value, take_fn *take)
{
    int over = 0;

    if (value == NULL)
        return 0;
    if (PyList_Check(value)) {
        for (Py_ssize_t i = 0; over == 0 && i < PyList_GET_SIZE(value); i++)
            over = take(search, PyList_GET_ITEM(value, i));
        return over;
    }
    if (PyTuple_Check(value)) {
        for (Py_ssize_t i = 0; over == 0 && i < PyTuple_GET_SIZE(value); i++)
            over = take(search, PyTuple_GET_ITEM(value, i));
        return over;
    }
    return take(search, value);
}

static int
is_named(PyObject *object, const char *name)
{
    struct view view;

    return read_text(object, &view) && is_word(&view, view.len, name);
}

static int
search_dict(struct search *search, PyObject *headers, const char *name,
            take_fn *take)
{
    PyObject *key = NULL;
    PyObject *value = NULL;
    Py_ssize_t at = 0;
    int over = 0;

    while (over == 0 && PyDict_Next(headers, &at, &key, &value))
        if (is_named(key, name))
            over = take_value(search, value, take);
    return over;
}

/* Whatever is no pair is no header. */
static int
search_list(struct search *search, PyObject *headers, const char *name,
            take_fn *take)
{
    int over = 0;

    for (Py_ssize_t i = 0; over == 0 && i < PyList_GET_SIZE(headers); i++) {
        PyObject *pair = PyList_GET_ITEM(headers, i);
        PyObject **parts = NULL;

        if (PyTuple_Check(pair) && PyTuple_GET_SIZE(pair) == 2)
            parts = ((PyTupleObject *)pair)->ob_item;
        else if (PyList_Check(pair) && PyList_GET_SIZE(pair) == 2)
            parts = ((PyListObject *)pair)->ob_item;
        if (parts != NULL && is_named(parts[0], name))
            over = take_value(search, parts[1], take);
    }
    return over;
}

static int
search_one(struct search *search, PyObject *headers, const char *name,
           take_fn *take)
{
    return PyDict_CheckExact(headers)
               ? search_dict(search, headers, name, take)
               : search_list(search, headers, name, take);
}

static int
is_searchable(PyObject *headers)
{
    return PyDict_CheckExact(headers) || PyList_CheckExact(headers);
}

/* Of a dict, or of a list of pairs. */
static int
search_headers(struct search *search, PyObject *headers)
{
    int over =
        search_one(search, headers, "authorization", take_authorization);

    return over != 0 ? over
                     : search_one(search, headers, "cookie", take_cookie);
}

/* The item of that name, new; NULL when there is none. */
static PyObject *
item_of(const struct search *search, PyObject *dict, enum name name)
{
    return Py_XNewRef(
        PyDict_GetItem(dict, PyTuple_GET_ITEM(search->names, name)));
}

static int
is_given(PyObject *object)
{
    return object != NULL && object != Py_None;
}

/* Of a dict: a scope or an event, which have headers; a WSGI environ; or the
 * headers themselves. */
static int
search_dict_request(struct search *search, PyObject *request)
{
    PyObject *headers = item_of(search, request, HEADERS);
    PyObject *authorization = item_of(search, request, HTTP_AUTHORIZATION);
    PyObject *cookie = item_of(search, request, HTTP_COOKIE);
    PyObject *method = item_of(search, request, REQUEST_METHOD);
    int over = UNKNOWN;

    if (headers != NULL && PyList_CheckExact(headers)) {
        over = search_headers(search, headers);
    } else if (is_given(authorization) || is_given(cookie) || method != NULL) {
        over = take_value(search, authorization, take_authorization);
        if (over == 0)
            over = take_value(search, cookie, take_cookie);
    } else if (!is_given(headers) || PyUnicode_Check(headers) ||
               PyBytes_Check(headers)) {
        over = search_headers(search, request);
    } else if (PyDict_CheckExact(headers)) {
        over = search_headers(search, headers);
    }
    Py_XDECREF(headers);
    Py_XDECREF(authorization);
    Py_XDECREF(cookie);
    Py_XDECREF(method);
    return over;
}

/* 1: *value is new; 0: there is no such attribute; -1 with an exception. */
static int
attribute_of(const struct search *search, PyObject *object, enum name name,
             PyObject **value)
{
    PyObject *text = PyTuple_GET_ITEM(search->names, name);

#if PY_VERSION_HEX >= 0x030D0000
    return PyObject_GetOptionalAttr(object, text, value);
#else
    *value = PyObject_GetAttr(object, text);
    if (*value != NULL)
        return 1;
    if (!PyErr_ExceptionMatches(PyExc_AttributeError))
        return -1;
    PyErr_Clear();
    return 0;
#endif
}

/* Of an object with the attribute `headers`. */
static int
search_object(struct search *search, PyObject *request)
{
    PyObject *headers = NULL;
    PyObject *raw = NULL;
    int over = attribute_of(search, request, HEADERS, &headers);

    if (over == 1 && !is_searchable(headers) && headers != Py_None) {
        over = attribute_of(search, headers, RAW, &raw);
        Py_XSETREF(headers, raw);
    }
    if (over >= 0)
        over = headers != NULL && is_searchable(headers)
                   ? search_headers(search, headers)
                   : UNKNOWN;
    Py_XDECREF(headers);
    return over;
}

static int
search_request(struct search *search, PyObject *request)
{
    if (PyDict_CheckExact(request))
        return search_dict_request(search, request);
    if (PyList_CheckExact(request))
        return search_headers(search, request);
    return search_object(search, request);
}

/* Borrowed; NULL with an exception set. */
static PyObject *
names_of(struct ckpy_state *state)
{
    if (state->finding_names == NULL)
        state->finding_names =
            Py_BuildValue("(NNNNN)", PyUnicode_InternFromString("headers"),
                          PyUnicode_InternFromString("raw"),
                          PyUnicode_InternFromString("HTTP_AUTHORIZATION"),
                          PyUnicode_InternFromString("HTTP_COOKIE"),
                          PyUnicode_InternFromString("REQUEST_METHOD"));
    return state->finding_names;
}

static int
read_own(struct search *search, PyObject *own)
{
    Py_ssize_t len = 0;

    if (own == Py_None)
        return 0;
    if (!PyUnicode_Check(own)) {
        PyErr_Format(PyExc_TypeError, "own must be str or None, not %.100s",
                     Py_TYPE(own)->tp_name);
        return -1;
    }
    search->own.data = PyUnicode_AsUTF8AndSize(own, &len);
    search->own.len = (size_t)len;
    return search->own.data == NULL ? -1 : 0;
}

PyObject *
ckpy_finding_token(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    struct search search = {names_of(ckpy_state_of(module)), {NULL, 0}, NULL};
    int over = 0;

    if (search.names == NULL)
        return NULL;
    if (count != 1 && count != 2) {
        PyErr_Format(PyExc_TypeError,
                     "find_token() takes 1 or 2 arguments (%zd given)", count);
        return NULL;
    }
    if (count == 2 && read_own(&search, args[1]) < 0)
        return NULL;
    over = search_request(&search, args[0]);
    if (over == UNKNOWN)
        Py_RETURN_NOTIMPLEMENTED;
    if (over >= 0)
        return search.token == NULL ? Py_NewRef(Py_None) : search.token;
    Py_XDECREF(search.token);
    return NULL;
}
