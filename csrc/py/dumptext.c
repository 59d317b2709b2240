/* dumptext.c: writes JSON text the way pydantic does: compact or indented,
 * text as it is, numbers in their shortest form. Unlike jsonout.c, which
 * writes request bodies, it meets plain values only. The buffer belongs to
 * the writer. */
#include "dumptext.h"

#include "buf.h"
#include "json.h"

#include <math.h>
#include <stdlib.h>

struct writer {
    struct ck_buf out;
    long indent; /* below 0: compact */
    int ascii;
    long depth;
};

static int put_value(struct writer *writer, PyObject *value);

static int
done(enum ck_status status)
{
    if (status == CK_OK)
        return 0;
    PyErr_NoMemory();
    return -1;
}

static int
put(struct writer *writer, const char *text)
{
    return done(ck_buf_append_str(&writer->out, text));
}

static int
put_escape(struct writer *writer, unsigned char c)
{
    static const char *const shorts[] = {
        ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\f'] = "\\f",
        ['\r'] = "\\r", ['"'] = "\\\"", ['\\'] = "\\\\"};
    char text[8];

    if (c < sizeof shorts / sizeof shorts[0] && shorts[c] != NULL)
        return put(writer, shorts[c]);
    PyOS_snprintf(text, sizeof text, "\\u%04x", c);
    return put(writer, text);
}

static int
put_str(struct writer *writer, PyObject *value)
{
    Py_ssize_t len = 0;
    const char *text = PyUnicode_AsUTF8AndSize(value, &len);
    size_t from = 0;

    if (text == NULL)
        return -1;
    if (writer->ascii)
        return done(ck_json_put_string(&writer->out, text, (size_t)len));
    if (put(writer, "\"") < 0)
        return -1;
    for (size_t i = 0; i < (size_t)len; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        if (done(ck_buf_append(&writer->out, text + from, i - from)) < 0 ||
            put_escape(writer, c) < 0)
            return -1;
        from = i + 1;
    }
    if (done(ck_buf_append(&writer->out, text + from, (size_t)len - from)) < 0)
        return -1;
    return put(writer, "\"");
}

static int
put_int(struct writer *writer, PyObject *value)
{
    PyObject *text = PyLong_Type.tp_repr(value);
    int result = text == NULL ? -1 : put(writer, PyUnicode_AsUTF8(text));

    Py_XDECREF(text);
    return result;
}

/* Python's digits, but exponents without padding, and 1e-05 in full. */
static int
put_digits(struct writer *writer, char *text)
{
    char *exponent = strchr(text, 'e');
    const char *digit = text;
    long power = 0;

    if (exponent == NULL)
        return put(writer, text);
    power = strtol(exponent + 1, NULL, 10);
    *exponent = '\0';
    if (power == -5) {
        if (*digit == '-' && put(writer, "-") < 0)
            return -1;
        if (put(writer, "0.0000") < 0)
            return -1;
        for (; *digit != '\0'; digit++)
            if (*digit != '-' && *digit != '.' &&
                done(ck_buf_append_char(&writer->out, *digit)) < 0)
                return -1;
        return 0;
    }
    PyOS_snprintf(exponent, 8, "e%+ld", power);
    return put(writer, text);
}

static int
put_float(struct writer *writer, double number)
{
    char text[40]; /* the longest has 24 characters */
    char *digits = NULL;

    if (!isfinite(number))
        return put(writer, "null");
    digits = PyOS_double_to_string(number, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
    if (digits == NULL)
        return -1;
    PyOS_snprintf(text, sizeof text, "%s", digits);
    PyMem_Free(digits);
    return put_digits(writer, text);
}

/* Before an element and before the end of a container. */
static int
put_break(struct writer *writer)
{
    if (writer->indent < 0)
        return 0;
    if (put(writer, "\n") < 0)
        return -1;
    for (long i = 0; i < writer->indent * writer->depth; i++)
        if (done(ck_buf_append_char(&writer->out, ' ')) < 0)
            return -1;
    return 0;
}

static int
put_list(struct writer *writer, PyObject *list)
{
    if (PyList_GET_SIZE(list) == 0)
        return put(writer, "[]");
    writer->depth++;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++)
        if (put(writer, i == 0 ? "[" : ",") < 0 || put_break(writer) < 0 ||
            put_value(writer, PyList_GET_ITEM(list, i)) < 0)
            return -1;
    writer->depth--;
    return put_break(writer) < 0 ? -1 : put(writer, "]");
}

static int
put_dict(struct writer *writer, PyObject *dict)
{
    PyObject *key = NULL;
    PyObject *value = NULL;
    Py_ssize_t position = 0;
    int first = 1;

    if (PyDict_GET_SIZE(dict) == 0)
        return put(writer, "{}");
    writer->depth++;
    while (PyDict_Next(dict, &position, &key, &value)) {
        if (put(writer, first ? "{" : ",") < 0 || put_break(writer) < 0 ||
            put_str(writer, key) < 0 ||
            put(writer, writer->indent < 0 ? ":" : ": ") < 0 ||
            put_value(writer, value) < 0)
            return -1;
        first = 0;
    }
    writer->depth--;
    return put_break(writer) < 0 ? -1 : put(writer, "}");
}

static int
put_value(struct writer *writer, PyObject *value)
{
    int result = -1;

    if (value == Py_None)
        return put(writer, "null");
    if (PyUnicode_CheckExact(value))
        return put_str(writer, value);
    if (PyBool_Check(value))
        return put(writer, value == Py_True ? "true" : "false");
    if (PyLong_CheckExact(value))
        return put_int(writer, value);
    if (PyFloat_CheckExact(value))
        return put_float(writer, PyFloat_AS_DOUBLE(value));
    if (!PyList_CheckExact(value) && !PyDict_CheckExact(value)) {
        PyErr_Format(PyExc_ValueError, "a value of type '%s' has no JSON form",
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    if (Py_EnterRecursiveCall(" while writing JSON"))
        return -1;
    result = PyList_CheckExact(value) ? put_list(writer, value)
                                      : put_dict(writer, value);
    Py_LeaveRecursiveCall();
    return result;
}

PyObject *
ckpy_dumptext(PyObject *value, long indent, int ascii)
{
    struct writer writer = {.indent = indent, .ascii = ascii};
    PyObject *text = NULL;

    ck_buf_init(&writer.out, CK_BUF_NO_MAX);
    if (put_value(&writer, value) == 0)
        text = PyUnicode_DecodeUTF8(writer.out.data,
                                    (Py_ssize_t)writer.out.len, NULL);
    ck_buf_free(&writer.out);
    return text;
}
