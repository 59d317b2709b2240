/* finding.c: the two headers that matter among many, and the session cookie
 * in one of them. Everything is borrowed from the arguments. */
#include "finding.h"

#include "cookie.h"

#include <strings.h>

const char ckpy_finding_headers_doc[] =
    "auth_headers($module, headers, /)\n--\n\n"
    "Authorization and Cookie (each str or None) out of a dict or a list of\n"
    "pairs, names in any case, str or bytes; None when one of them comes\n"
    "twice or is neither, or headers are of another type.";

const char ckpy_finding_cookie_doc[] =
    "session_cookie($module, header, own=None, /)\n--\n\n"
    "The value of the session cookie (str) in a Cookie header, or None.\n"
    "own: the name of the instance's own cookie, which then goes before\n"
    "'__session'; else the first that begins with '__session_' will do.";

enum { COOKIE_LEN = 6, AUTHORIZATION_LEN = 13 };

struct found {
    PyObject *authorization; /* borrowed, or NULL */
    PyObject *cookie;
    int odd; /* more than this function decides */
};

/* The bytes of a name; NULL when it cannot be one of the two. */
static const char *
name_text(PyObject *name, Py_ssize_t *len)
{
    if (PyUnicode_Check(name) && PyUnicode_IS_ASCII(name)) {
        *len = PyUnicode_GET_LENGTH(name);
        return (const char *)PyUnicode_1BYTE_DATA(name);
    }
    if (PyBytes_Check(name)) {
        *len = PyBytes_GET_SIZE(name);
        return PyBytes_AS_STRING(name);
    }
    return NULL;
}

static void
look(struct found *found, PyObject *name, PyObject *value)
{
    Py_ssize_t len = 0;
    const char *text = name_text(name, &len);
    PyObject **slot = NULL;

    if (text == NULL)
        return;
    if (len == COOKIE_LEN && strncasecmp(text, "cookie", COOKIE_LEN) == 0)
        slot = &found->cookie;
    else if (len == AUTHORIZATION_LEN &&
             strncasecmp(text, "authorization", AUTHORIZATION_LEN) == 0)
        slot = &found->authorization;
    if (slot == NULL)
        return;
    if (*slot != NULL || !(PyUnicode_Check(value) || PyBytes_Check(value)))
        found->odd = 1;
    *slot = value;
}

static void
look_at_pair(struct found *found, PyObject *pair)
{
    if (PyTuple_Check(pair) && PyTuple_GET_SIZE(pair) == 2)
        look(found, PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1));
    else if (PyList_Check(pair) && PyList_GET_SIZE(pair) == 2)
        look(found, PyList_GET_ITEM(pair, 0), PyList_GET_ITEM(pair, 1));
}

/* New: a str, or None. */
static PyObject *
as_text(PyObject *value)
{
    if (value == NULL)
        Py_RETURN_NONE;
    if (PyUnicode_Check(value))
        return Py_NewRef(value);
    return PyUnicode_DecodeLatin1(PyBytes_AS_STRING(value),
                                  PyBytes_GET_SIZE(value), NULL);
}

PyObject *
ckpy_finding_headers(PyObject *module, PyObject *headers)
{
    struct found found = {NULL, NULL, 0};
    PyObject *name = NULL;
    PyObject *value = NULL;
    PyObject *authorization = NULL;
    PyObject *cookie = NULL;
    Py_ssize_t at = 0;

    (void)module;
    if (PyDict_CheckExact(headers)) {
        while (PyDict_Next(headers, &at, &name, &value))
            look(&found, name, value);
    } else if (PyList_CheckExact(headers)) {
        for (; at < PyList_GET_SIZE(headers); at++)
            look_at_pair(&found, PyList_GET_ITEM(headers, at));
    } else {
        found.odd = 1;
    }
    if (found.odd)
        Py_RETURN_NONE;
    Py_XINCREF(found.authorization);
    cookie = as_text(found.cookie);
    authorization = as_text(found.authorization);
    Py_XDECREF(found.authorization);
    if (authorization == NULL || cookie == NULL) {
        Py_XDECREF(authorization);
        Py_XDECREF(cookie);
        return NULL;
    }
    return Py_BuildValue("(NN)", authorization, cookie);
}

PyObject *
ckpy_finding_cookie(PyObject *module, PyObject *args)
{
    struct ck_text header = {NULL, 0};
    struct ck_text own = {NULL, 0};
    struct ck_text value;
    Py_ssize_t len = 0;
    Py_ssize_t own_len = 0;
    PyObject *text = NULL;
    PyObject *bytes = NULL;
    PyObject *result = NULL;

    (void)module;
    if (!PyArg_ParseTuple(args, "U|z#:session_cookie", &text, &own.data,
                          &own_len))
        return NULL;
    header.data = PyUnicode_AsUTF8AndSize(text, &len);
    if (header.data == NULL) { /* lone surrogates, in a cookie of others */
        PyErr_Clear();
        bytes = PyUnicode_AsEncodedString(text, "utf-8", "surrogatepass");
        if (bytes == NULL)
            return NULL;
        header.data = PyBytes_AS_STRING(bytes);
        len = PyBytes_GET_SIZE(bytes);
    }
    header.len = (size_t)len;
    own.len = (size_t)own_len;
    value = ck_cookie_session(header, own);
    result = value.data == NULL
                 ? Py_NewRef(Py_None)
                 : PyUnicode_DecodeUTF8(value.data, (Py_ssize_t)value.len,
                                        "surrogatepass");
    Py_XDECREF(bytes);
    return result;
}
