/* headertext.c: the reading half of Headers: decodes items, merges those of
 * one name, hides secrets from the repr. Results are new references. */
#include "headertext.h"

#include <string.h>

int
ckpy_headertext_open(struct ckpy_headertext *text, PyObject *object)
{
    struct ckpy_headers *self = ckpy_headers_of(object);

    if (self->encoding != NULL)
        text->encoding = PyUnicode_AsUTF8(self->encoding);
    else {
        if (self->found == NULL)
            self->found = ckpy_headeritems_encoding(self->items);
        text->encoding = self->found;
    }
    if (text->encoding == NULL)
        return -1;
    text->chosen = Py_XNewRef(self->encoding);
    text->items = Py_NewRef(self->items);
    return 0;
}

void
ckpy_headertext_close(struct ckpy_headertext *text)
{
    Py_CLEAR(text->items);
    Py_CLEAR(text->chosen);
}

static PyObject *
decoded(const struct ckpy_headertext *text, Py_ssize_t index,
        enum ckpy_header_part which)
{
    PyObject *bytes = ckpy_headeritems_part(text->items, index, which);

    return PyUnicode_Decode(PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes),
                            text->encoding, NULL);
}

int
ckpy_headertext_key(const struct ckpy_headertext *text, PyObject *key,
                    PyObject **lower)
{
    PyObject *name = NULL;

    *lower = NULL;
    if (ckpy_headeritems_check_str(key, "name") < 0)
        return -1;
    name = PyUnicode_AsEncodedString(key, text->encoding, NULL);
    if (name != NULL) {
        *lower = ckpy_headeritems_lower(name);
        Py_DECREF(name);
        return *lower == NULL ? -1 : 0;
    }
    if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError))
        return -1;
    PyErr_Clear();
    return 0;
}

/* --- one name ---------------------------------------------------------- */

PyObject *
ckpy_headertext_values(PyObject *self, PyObject *key)
{
    struct ckpy_headertext text;
    PyObject *lower = NULL;
    PyObject *list = NULL;
    Py_ssize_t i = -1;

    if (ckpy_headertext_open(&text, self) < 0)
        return NULL;
    if (ckpy_headertext_key(&text, key, &lower) < 0)
        goto done;
    list = PyList_New(0);
    if (lower != NULL)
        i = ckpy_headeritems_find(text.items, lower, 0);
    while (list != NULL && i >= 0) {
        if (ckpy_headeritems_append(list,
                                    decoded(&text, i, CKPY_HEADER_VALUE)) < 0)
            Py_CLEAR(list);
        i = ckpy_headeritems_find(text.items, lower, i + 1);
    }
done:
    Py_XDECREF(lower);
    ckpy_headertext_close(&text);
    return list;
}

static PyObject *
join(PyObject *values)
{
    PyObject *comma = PyUnicode_FromString(", ");
    PyObject *joined = comma == NULL ? NULL : PyUnicode_Join(comma, values);

    Py_XDECREF(comma);
    return joined;
}

int
ckpy_headertext_look_up(PyObject *self, PyObject *key, PyObject **value)
{
    PyObject *values = ckpy_headertext_values(self, key);
    int result = -1;

    *value = NULL;
    if (values == NULL)
        return -1;
    if (PyList_GET_SIZE(values) == 0)
        result = 0;
    else if ((*value = join(values)) != NULL)
        result = 1;
    Py_DECREF(values);
    return result;
}

/* --- all names --------------------------------------------------------- */

/* Adds value to the list that dict has under name. Steals both, which may be
 * NULL with an exception set. */
static int
gather(PyObject *dict, PyObject *name, PyObject *value)
{
    PyObject *list = NULL;
    int result = -1;

    if (name == NULL || value == NULL)
        goto done;
    list = Py_XNewRef(PyDict_GetItemWithError(dict, name));
    if (list == NULL) {
        list = PyErr_Occurred() ? NULL : PyList_New(0);
        if (list == NULL || PyDict_SetItem(dict, name, list) < 0)
            goto done;
    }
    result = PyList_Append(list, value);
done:
    Py_XDECREF(list);
    Py_XDECREF(name);
    Py_XDECREF(value);
    return result;
}

static int
join_each(PyObject *dict)
{
    PyObject *name = NULL;
    PyObject *values = NULL;
    Py_ssize_t position = 0;

    while (PyDict_Next(dict, &position, &name, &values)) {
        PyObject *joined = join(values);
        int failed = joined == NULL || PyDict_SetItem(dict, name, joined) < 0;

        Py_XDECREF(joined);
        if (failed)
            return -1;
    }
    return 0;
}

PyObject *
ckpy_headertext_merged(PyObject *self)
{
    struct ckpy_headertext text;
    PyObject *dict = NULL;
    int failed = 0;

    if (ckpy_headertext_open(&text, self) < 0)
        return NULL;
    dict = PyDict_New();
    failed = dict == NULL;
    for (Py_ssize_t i = 0; !failed && i < PyTuple_GET_SIZE(text.items); i++) {
        PyObject *name = decoded(&text, i, CKPY_HEADER_LOWER);

        failed =
            gather(dict, name,
                   name == NULL ? NULL : decoded(&text, i, CKPY_HEADER_VALUE));
    }
    if (failed || join_each(dict) < 0)
        Py_CLEAR(dict);
    ckpy_headertext_close(&text);
    return dict;
}

/* Must its value stay out of a repr? */
static int
is_secret(PyObject *lower)
{
    static const char *const names[] = {"authorization", "proxy-authorization",
                                        "cookie", "set-cookie"};

    for (size_t i = 0; i < Py_ARRAY_LENGTH(names); i++) {
        if (strcmp(PyBytes_AS_STRING(lower), names[i]) == 0)
            return 1;
    }
    return 0;
}

/* (name, value) of one item. New. */
static PyObject *
pair_of(const struct ckpy_headertext *text, Py_ssize_t index, int masked)
{
    PyObject *lower =
        ckpy_headeritems_part(text->items, index, CKPY_HEADER_LOWER);
    PyObject *name = decoded(text, index, CKPY_HEADER_LOWER);
    PyObject *value = NULL;
    PyObject *pair = NULL;

    if (name == NULL)
        return NULL;
    if (masked && is_secret(lower))
        value = PyUnicode_FromString("[secure]");
    else
        value = decoded(text, index, CKPY_HEADER_VALUE);
    if (value != NULL)
        pair = PyTuple_Pack(2, name, value);
    Py_DECREF(name);
    Py_XDECREF(value);
    return pair;
}

static PyObject *
pairs_of(PyObject *self, int masked)
{
    struct ckpy_headertext text;
    PyObject *list = NULL;

    if (ckpy_headertext_open(&text, self) < 0)
        return NULL;
    list = PyList_New(0);
    for (Py_ssize_t i = 0; list != NULL && i < PyTuple_GET_SIZE(text.items);
         i++) {
        if (ckpy_headeritems_append(list, pair_of(&text, i, masked)) < 0)
            Py_CLEAR(list);
    }
    ckpy_headertext_close(&text);
    return list;
}

PyObject *
ckpy_headertext_pairs(PyObject *self)
{
    return pairs_of(self, 0);
}

PyObject *
ckpy_headertext_encoding(PyObject *self)
{
    struct ckpy_headertext text;
    PyObject *name = NULL;

    if (ckpy_headertext_open(&text, self) < 0)
        return NULL;
    name = text.chosen != NULL ? Py_NewRef(text.chosen)
                               : PyUnicode_FromString(text.encoding);
    ckpy_headertext_close(&text);
    return name;
}

PyObject *
ckpy_headertext_repr(PyObject *self)
{
    PyObject *encoding = ckpy_headertext_encoding(self);
    PyObject *list = encoding == NULL ? NULL : pairs_of(self, 1);
    PyObject *dict = list == NULL ? NULL : PyDict_New();
    PyObject *shown = dict;
    PyObject *repr = NULL;

    if (dict == NULL || PyDict_MergeFromSeq2(dict, list, 1) < 0)
        goto done;
    /* A dict reads better, but it cannot show a name twice. */
    if (PyDict_GET_SIZE(dict) != PyList_GET_SIZE(list))
        shown = list;
    if (PyUnicode_CompareWithASCIIString(encoding, "ascii") == 0)
        repr = PyUnicode_FromFormat("Headers(%R)", shown);
    else
        repr =
            PyUnicode_FromFormat("Headers(%R, encoding=%R)", shown, encoding);
done:
    Py_XDECREF(encoding);
    Py_XDECREF(list);
    Py_XDECREF(dict);
    return repr;
}
