/* charset.c: finds the charset in a Content-Type and decodes bodies by it.
 * Owns nothing. The usual forms are read here, because importing the email
 * package would cost more than the whole request; odd ones are left to it. */
#include "charset.h"

#include <string.h>

/* Longer names are taken for unknown: each look-up of a codec is remembered
 * by Python for ever, and the server chooses the name. */
enum { MAX_NAME = 64 };

struct span {
    const char *start;
    const char *end;
};

static struct span
stripped(struct span span)
{
    while (span.start < span.end &&
           (*span.start == ' ' || *span.start == '\t'))
        span.start++;
    while (span.end > span.start &&
           (span.end[-1] == ' ' || span.end[-1] == '\t'))
        span.end--;
    return span;
}

/* Printable ASCII without escapes, comments or continuations, and either no
 * quotes or one pair that holds no ';': then every ';' is a separator. */
static int
is_usual(struct span text)
{
    int quotes = 0;

    for (const char *at = text.start; at < text.end; at++) {
        if ((*at < ' ' && *at != '\t') || *at > '~' ||
            memchr("*\\<>", *at, 4) != NULL || (*at == ';' && quotes == 1))
            return 0;
        quotes += *at == '"';
    }
    return quotes == 0 || quotes == 2;
}

static int
is_charset(struct span name)
{
    return name.end - name.start == 7 &&
           PyOS_mystrnicmp(name.start, "charset", 7) == 0;
}

static PyObject *
lower_text(struct span text)
{
    PyObject *exact =
        PyUnicode_DecodeASCII(text.start, text.end - text.start, NULL);
    PyObject *lower = NULL;

    if (exact == NULL)
        return NULL;
    lower = PyObject_CallMethod(exact, "lower", NULL);
    Py_DECREF(exact);
    return lower;
}

/* The value after equals, unquoted; empty where nothing follows the name. */
static struct span
value_of(const char *equals, const char *end)
{
    struct span value = {end, end};

    if (equals < end)
        value = stripped((struct span){equals + 1, end});
    if (value.end - value.start > 1 && value.start[0] == '"' &&
        value.end[-1] == '"') {
        value.start++;
        value.end--;
    }
    return value;
}

static const char *
find_char(const char *start, const char *end, char c)
{
    const char *found = memchr(start, c, (size_t)(end - start));

    return found == NULL ? end : found;
}

static PyObject *
usual_charset(struct span text)
{
    while (text.start < text.end) {
        const char *end = find_char(text.start, text.end, ';');
        const char *equals = find_char(text.start, end, '=');

        if (is_charset(stripped((struct span){text.start, equals})))
            return lower_text(value_of(equals, end));
        text.start = end < text.end ? end + 1 : end;
    }
    Py_RETURN_NONE;
}

static PyObject *
odd_charset(PyObject *content_type)
{
    PyObject *module = PyImport_ImportModule("email.message");
    PyObject *message = NULL;
    PyObject *name = NULL;
    PyObject *charset = NULL;

    if (module == NULL)
        return NULL;
    message = PyObject_CallMethod(module, "Message", NULL);
    if (message != NULL)
        name = PyUnicode_FromString("content-type");
    if (name != NULL && PyObject_SetItem(message, name, content_type) == 0)
        charset = PyObject_CallMethod(message, "get_content_charset", NULL);
    Py_DECREF(module);
    Py_XDECREF(message);
    Py_XDECREF(name);
    return charset;
}

PyObject *
ckpy_charset_of(PyObject *content_type)
{
    Py_ssize_t len = 0;
    const char *utf8 = NULL;
    PyObject *charset = NULL;

    if (PyUnicode_IS_ASCII(content_type)) {
        utf8 = PyUnicode_AsUTF8AndSize(content_type, &len);
        if (utf8 == NULL)
            return NULL;
        if (is_usual((struct span){utf8, utf8 + len}))
            return usual_charset((struct span){utf8, utf8 + len});
    }
    charset = odd_charset(content_type);
    if (charset != NULL || !PyErr_ExceptionMatches(PyExc_Exception) ||
        PyErr_ExceptionMatches(PyExc_MemoryError))
        return charset;
    /* The email package fails on some nonsense, which names no charset. */
    PyErr_Clear();
    Py_RETURN_NONE;
}

int
ckpy_charset_is_known(PyObject *charset)
{
    Py_ssize_t len = 0;
    const char *name = NULL;

    if (!PyUnicode_Check(charset) || !PyUnicode_IS_ASCII(charset))
        return 0;
    name = PyUnicode_AsUTF8AndSize(charset, &len);
    if (name == NULL) {
        PyErr_Clear();
        return 0;
    }
    return len > 0 && len <= MAX_NAME && strlen(name) == (size_t)len &&
           PyCodec_KnownEncoding(name);
}

PyObject *
ckpy_charset_decode(PyObject *content, PyObject *encoding, int chosen)
{
    const char *bytes = PyBytes_AS_STRING(content);
    Py_ssize_t size = PyBytes_GET_SIZE(content);
    const char *name = PyUnicode_AsUTF8(encoding);
    PyObject *text = NULL;

    if (name == NULL)
        return NULL;
    text = PyUnicode_Decode(bytes, size, name, "replace");
    if (text != NULL || chosen || !PyErr_ExceptionMatches(PyExc_Exception) ||
        PyErr_ExceptionMatches(PyExc_MemoryError))
        return text;
    PyErr_Clear();
    return PyUnicode_DecodeUTF8(bytes, size, "replace");
}
