/* headeritems.c: builds, searches and derives tuples of header items. All is
 * handed out as new references; nothing is kept here. */
#include "headeritems.h"

#include <string.h>

/* --- building ---------------------------------------------------------- */

int
ckpy_headeritems_check_str(PyObject *object, const char *what)
{
    if (PyUnicode_Check(object))
        return 0;
    PyErr_Format(PyExc_TypeError, "header %s must be str, not %.100s", what,
                 Py_TYPE(object)->tp_name);
    return -1;
}

/* Exact bytes, also of a subclass, so that no cycle can hang on an item. */
static PyObject *
to_bytes(PyObject *object, const char *encoding, const char *what)
{
    if (PyUnicode_Check(object))
        return PyUnicode_AsEncodedString(object, encoding, NULL);
    if (PyBytes_CheckExact(object))
        return Py_NewRef(object);
    if (PyBytes_Check(object))
        return PyBytes_FromStringAndSize(PyBytes_AS_STRING(object),
                                         PyBytes_GET_SIZE(object));
    PyErr_Format(PyExc_TypeError, "header %s must be str or bytes, not %.100s",
                 what, Py_TYPE(object)->tp_name);
    return NULL;
}

PyObject *
ckpy_headeritems_lower(PyObject *bytes)
{
    Py_ssize_t size = PyBytes_GET_SIZE(bytes);
    const char *from = PyBytes_AS_STRING(bytes);
    PyObject *lower = PyBytes_FromStringAndSize(NULL, size);
    char *to = NULL;

    if (lower == NULL)
        return NULL;
    to = PyBytes_AS_STRING(lower);
    for (Py_ssize_t i = 0; i < size; i++)
        to[i] =
            from[i] >= 'A' && from[i] <= 'Z' ? (char)(from[i] + 32) : from[i];
    return lower;
}

/* Steals name and value; either may be NULL with an exception set. */
static PyObject *
pack_item(PyObject *name, PyObject *value)
{
    PyObject *lower = NULL;
    PyObject *item = NULL;

    if (name == NULL || value == NULL)
        goto done;
    lower = ckpy_headeritems_lower(name);
    if (lower != NULL)
        item = PyTuple_Pack(3, name, lower, value);
done:
    Py_XDECREF(name);
    Py_XDECREF(lower);
    Py_XDECREF(value);
    return item;
}

PyObject *
ckpy_headeritems_new_item(PyObject *name, PyObject *value,
                          const char *encoding)
{
    PyObject *name_bytes = NULL;
    PyObject *item = NULL;

    Py_INCREF(value); /* a codec may be the program's, and so may the pair */
    name_bytes = to_bytes(name, encoding, "name");
    if (name_bytes != NULL)
        item = pack_item(name_bytes, to_bytes(value, encoding, "value"));
    Py_DECREF(value);
    return item;
}

int
ckpy_headeritems_append(PyObject *list, PyObject *value)
{
    int failed = value == NULL || PyList_Append(list, value) < 0;

    Py_XDECREF(value);
    return failed ? -1 : 0;
}

/* Steals list; NULL with an exception set stays that. */
static PyObject *
list_to_tuple(PyObject *list)
{
    PyObject *tuple = list == NULL ? NULL : PyList_AsTuple(list);

    Py_XDECREF(list);
    return tuple;
}

static int
append_pair(PyObject *list, PyObject *pair, const char *encoding)
{
    PyObject *two = PySequence_Fast(pair, "headers must come in pairs");
    int result = -1;

    if (two == NULL)
        return -1;
    if (PySequence_Fast_GET_SIZE(two) != 2)
        PyErr_SetString(PyExc_ValueError, "headers must come in pairs");
    else
        result = ckpy_headeritems_append(
            list, ckpy_headeritems_new_item(PySequence_Fast_GET_ITEM(two, 0),
                                            PySequence_Fast_GET_ITEM(two, 1),
                                            encoding));
    Py_DECREF(two);
    return result;
}

PyObject *
ckpy_headeritems_from_pairs(PyObject *pairs, const char *encoding)
{
    PyObject *iterator = PyObject_GetIter(pairs);
    PyObject *list = NULL;
    PyObject *pair = NULL;

    if (iterator == NULL)
        return NULL;
    list = PyList_New(0);
    while (list != NULL && (pair = PyIter_Next(iterator)) != NULL) {
        if (append_pair(list, pair, encoding) < 0)
            Py_CLEAR(list);
        Py_DECREF(pair);
    }
    Py_DECREF(iterator);
    if (PyErr_Occurred())
        Py_CLEAR(list);
    return list_to_tuple(list);
}

PyObject *
ckpy_headeritems_from_mapping(PyObject *mapping, const char *encoding)
{
    PyObject *pairs = PyMapping_Items(mapping);
    PyObject *items = NULL;

    if (pairs == NULL)
        return NULL;
    items = ckpy_headeritems_from_pairs(pairs, encoding);
    Py_DECREF(pairs);
    return items;
}

static int
append_line(PyObject *list, const char *line, size_t len)
{
    const char *colon = memchr(line, ':', len);
    const char *start = NULL;
    const char *end = line + len;

    if (colon == NULL)
        return 0;
    start = colon + 1;
    while (start < end && (*start == ' ' || *start == '\t'))
        start++;
    while (end > start && (end[-1] == ' ' || end[-1] == '\t' ||
                           end[-1] == '\r' || end[-1] == '\n'))
        end--;
    return ckpy_headeritems_append(
        list, pack_item(PyBytes_FromStringAndSize(line, colon - line),
                        PyBytes_FromStringAndSize(start, end - start)));
}

PyObject *
ckpy_headeritems_from_block(const char *block, size_t len)
{
    PyObject *list = PyList_New(0);

    while (list != NULL && len > 0) {
        const char *zero = memchr(block, 0, len);
        size_t size = zero == NULL ? len : (size_t)(zero - block);

        if (append_line(list, block, size) < 0)
            Py_CLEAR(list);
        size += zero != NULL;
        block += size;
        len -= size;
    }
    return list_to_tuple(list);
}

/* --- searching and deriving -------------------------------------------- */

static int
same_bytes(PyObject *a, PyObject *b)
{
    Py_ssize_t size = PyBytes_GET_SIZE(a);

    if (size != PyBytes_GET_SIZE(b))
        return 0;
    return memcmp(PyBytes_AS_STRING(a), PyBytes_AS_STRING(b), (size_t)size) ==
           0;
}

Py_ssize_t
ckpy_headeritems_find(PyObject *items, PyObject *lower, Py_ssize_t start)
{
    for (Py_ssize_t i = start; i < PyTuple_GET_SIZE(items); i++) {
        if (same_bytes(ckpy_headeritems_part(items, i, CKPY_HEADER_LOWER),
                       lower))
            return i;
    }
    return -1;
}

PyObject *
ckpy_headeritems_replace(PyObject *items, PyObject *lower, PyObject *item)
{
    PyObject *list = PyList_New(0);
    int failed = list == NULL;

    for (Py_ssize_t i = 0; !failed && i < PyTuple_GET_SIZE(items); i++) {
        PyObject *old = PyTuple_GET_ITEM(items, i);

        if (same_bytes(PyTuple_GET_ITEM(old, CKPY_HEADER_LOWER), lower)) {
            old = item;
            item = NULL;
        }
        failed = old != NULL && PyList_Append(list, old) < 0;
    }
    if (!failed && item != NULL)
        failed = PyList_Append(list, item) < 0;
    if (failed)
        Py_CLEAR(list);
    return list_to_tuple(list);
}

PyObject *
ckpy_headeritems_update(PyObject *items, PyObject *others)
{
    PyObject *list = PyList_New(0);
    PyObject *kept = NULL;
    PyObject *result = NULL;

    for (Py_ssize_t i = 0; list != NULL && i < PyTuple_GET_SIZE(items); i++) {
        PyObject *item = PyTuple_GET_ITEM(items, i);
        PyObject *lower = PyTuple_GET_ITEM(item, CKPY_HEADER_LOWER);

        if (ckpy_headeritems_find(others, lower, 0) < 0 &&
            PyList_Append(list, item) < 0)
            Py_CLEAR(list);
    }
    kept = list_to_tuple(list);
    if (kept == NULL)
        return NULL;
    result = PySequence_Concat(kept, others);
    Py_DECREF(kept);
    return result;
}

PyObject *
ckpy_headeritems_sorted(PyObject *items)
{
    PyObject *list = PyList_New(0);

    for (Py_ssize_t i = 0; list != NULL && i < PyTuple_GET_SIZE(items); i++) {
        PyObject *item = PyTuple_GET_ITEM(items, i);

        if (ckpy_headeritems_append(
                list, PyTuple_GetSlice(item, CKPY_HEADER_LOWER,
                                       CKPY_HEADER_VALUE + 1)) < 0)
            Py_CLEAR(list);
    }
    if (list != NULL && PyList_Sort(list) < 0)
        Py_CLEAR(list);
    return list;
}

/* --- encoding ---------------------------------------------------------- */

static int
is_ascii(PyObject *bytes)
{
    const char *text = PyBytes_AS_STRING(bytes);

    for (Py_ssize_t i = 0; i < PyBytes_GET_SIZE(bytes); i++) {
        if ((text[i] & 0x80) != 0)
            return 0;
    }
    return 1;
}

/* 1, 0, or -1 with an exception set. */
static int
is_utf8(PyObject *bytes)
{
    PyObject *text = PyUnicode_DecodeUTF8(PyBytes_AS_STRING(bytes),
                                          PyBytes_GET_SIZE(bytes), NULL);

    if (text != NULL) {
        Py_DECREF(text);
        return 1;
    }
    if (!PyErr_ExceptionMatches(PyExc_UnicodeDecodeError))
        return -1;
    PyErr_Clear();
    return 0;
}

const char *
ckpy_headeritems_encoding(PyObject *items)
{
    static const enum ckpy_header_part parts[] = {CKPY_HEADER_NAME,
                                                  CKPY_HEADER_VALUE};
    const char *encoding = "ascii";

    for (Py_ssize_t i = 0; i < 2 * PyTuple_GET_SIZE(items); i++) {
        PyObject *bytes = ckpy_headeritems_part(items, i / 2, parts[i % 2]);
        int valid = 1;

        if (is_ascii(bytes))
            continue;
        valid = is_utf8(bytes);
        if (valid <= 0)
            return valid < 0 ? NULL : "iso-8859-1";
        encoding = "utf-8";
    }
    return encoding;
}
