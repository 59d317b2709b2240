/* value.c: turns nodes of a JSON tree into plain Python objects. Trees are
 * borrowed; each object made is a new reference owned by who asked. */
#include "value.h"

#include <string.h>

enum {
    /* Of a big integer taken at once: the most that surely fits into int64. */
    CHUNK_DIGITS = 18,
    KEY_SLOTS = 128,
    KEY_MAX = 64 /* bytes of a name that is remembered */
};

/* Names that came lately. The objects of a list have the same ones, and a str
 * that is already there is found sooner than made; it has its hash, too. */
struct value_keys {
    PyObject *slots[KEY_SLOTS]; /* owned, ASCII; or NULL */
};

static PyObject *
value_from_text(const char *text, size_t len)
{
    return PyUnicode_DecodeUTF8(text, (Py_ssize_t)len, NULL);
}

static void
value_keys_clear(struct value_keys *keys)
{
    for (size_t i = 0; i < KEY_SLOTS; i++)
        Py_CLEAR(keys->slots[i]);
}

static PyObject *
value_from_key(struct value_keys *keys, const char *text, size_t len)
{
    PyObject **slot = NULL;
    PyObject *key = NULL;

    if (len == 0 || len > KEY_MAX)
        return value_from_text(text, len);
    slot = &keys->slots[(len * 31 + (unsigned char)text[0] * 7U +
                         (unsigned char)text[len / 2] * 3U +
                         (unsigned char)text[len - 1]) %
                        KEY_SLOTS];
    if (*slot != NULL && PyUnicode_GET_LENGTH(*slot) == (Py_ssize_t)len &&
        memcmp(PyUnicode_1BYTE_DATA(*slot), text, len) == 0)
        return Py_NewRef(*slot);
    key = value_from_text(text, len);
    if (key != NULL && PyUnicode_IS_ASCII(key))
        Py_XSETREF(*slot, Py_NewRef(key));
    return key;
}

static PyObject *value_from_node(struct value_keys *keys, const cJSON *node);

/* value = value * scale + part; steals value. */
static PyObject *
value_append_digits(PyObject *value, long long scale, long long part)
{
    PyObject *factor = PyLong_FromLongLong(scale);
    PyObject *addend = PyLong_FromLongLong(part);
    PyObject *product = NULL;
    PyObject *sum = NULL;

    if (factor != NULL && addend != NULL)
        product = PyNumber_Multiply(value, factor);
    if (product != NULL)
        sum = PyNumber_Add(product, addend);
    Py_XDECREF(product);
    Py_XDECREF(addend);
    Py_XDECREF(factor);
    Py_DECREF(value);
    return sum;
}

/* Not PyLong_FromString: a program may have lowered its limit of digits
 * (sys.set_int_max_str_digits), which the reference's reader ignores. */
static PyObject *
value_from_digits(const char *digits)
{
    int negative = *digits == '-';
    PyObject *value = PyLong_FromLong(0);

    digits += negative;
    while (value != NULL && *digits != 0) {
        long long scale = 1;
        long long part = 0;
        for (int i = 0; i < CHUNK_DIGITS && *digits != 0; i++, digits++) {
            scale *= 10;
            part = part * 10 + (*digits - '0');
        }
        value = value_append_digits(value, scale, negative ? -part : part);
    }
    return value;
}

static PyObject *
value_from_array(struct value_keys *keys, const cJSON *node)
{
    Py_ssize_t count = 0;
    PyObject *list = NULL;

    for (cJSON *item = ck_json_first(node); item; item = ck_json_next(item))
        count++;
    list = PyList_New(count);
    if (list == NULL)
        return NULL;
    count = 0;
    for (cJSON *item = ck_json_first(node); item; item = ck_json_next(item)) {
        PyObject *value = value_from_node(keys, item);
        if (value == NULL) {
            Py_DECREF(list);
            return NULL;
        }
        PyList_SET_ITEM(list, count++, value);
    }
    return list;
}

static int
value_add_member(struct value_keys *keys, PyObject *dict, const cJSON *node)
{
    size_t len = 0;
    const char *text = ck_json_key(node, &len);
    PyObject *key = value_from_key(keys, text, len);
    PyObject *value = NULL;
    int result = -1;

    if (key != NULL)
        value = value_from_node(keys, node);
    if (value != NULL)
        result = PyDict_SetItem(dict, key, value);
    Py_XDECREF(value);
    Py_XDECREF(key);
    return result;
}

/* A name that comes twice keeps its first place and its last value, in the
 * reference as in any dict. */
static PyObject *
value_from_object(struct value_keys *keys, const cJSON *node)
{
    PyObject *dict = PyDict_New();

    if (dict == NULL)
        return NULL;
    for (cJSON *item = ck_json_first(node); item; item = ck_json_next(item)) {
        if (value_add_member(keys, dict, item) < 0) {
            Py_DECREF(dict);
            return NULL;
        }
    }
    return dict;
}

static PyObject *
value_from_container(struct value_keys *keys, const cJSON *node,
                     enum ck_json_kind kind)
{
    PyObject *value = NULL;

    if (Py_EnterRecursiveCall(" while converting JSON") != 0)
        return NULL;
    value = kind == CK_JSON_ARRAY ? value_from_array(keys, node)
                                  : value_from_object(keys, node);
    Py_LeaveRecursiveCall();
    return value;
}

static PyObject *
value_from_node(struct value_keys *keys, const cJSON *node)
{
    enum ck_json_kind kind = ck_json_kind(node);
    const char *text = NULL;
    size_t len = 0;

    switch (kind) {
    case CK_JSON_FALSE: Py_RETURN_FALSE;
    case CK_JSON_TRUE: Py_RETURN_TRUE;
    case CK_JSON_INT: return PyLong_FromLongLong(ck_json_int(node));
    case CK_JSON_BIG: return value_from_digits(ck_json_big(node));
    case CK_JSON_FLOAT: return PyFloat_FromDouble(ck_json_float(node));
    case CK_JSON_STRING:
        text = ck_json_string(node, &len);
        return value_from_text(text, len);
    case CK_JSON_ARRAY:
    case CK_JSON_OBJECT: return value_from_container(keys, node, kind);
    case CK_JSON_NULL: break;
    }
    Py_RETURN_NONE;
}

PyObject *
ckpy_value_from_json(const cJSON *node)
{
    struct value_keys keys;
    PyObject *value = NULL;

    if (ck_json_first(node) == NULL)
        return value_from_node(NULL, node);
    memset(&keys, 0, sizeof keys);
    value = value_from_node(&keys, node);
    value_keys_clear(&keys);
    return value;
}

static PyObject *
value_raise(const struct ck_error *error)
{
    if (error->status == CK_NOMEM)
        return PyErr_NoMemory();
    PyErr_SetString(error->status == CK_INTERNAL ? PyExc_RuntimeError
                                                 : PyExc_ValueError,
                    error->message);
    return NULL;
}

/* A copy of the bytes of data, to be released with ck_free: a
 * bytearray may be changed while it is read. NULL with an exception set. */
static char *
value_copy(PyObject *data, size_t *len)
{
    Py_buffer view = {0};
    const char *text = NULL;
    Py_ssize_t size = 0;
    char *copy = NULL;

    if (PyUnicode_Check(data)) {
        text = PyUnicode_AsUTF8AndSize(data, &size);
    } else if (PyBytes_Check(data) || PyByteArray_Check(data)) {
        if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) == 0) {
            text = view.buf;
            size = view.len;
        }
    } else {
        PyErr_Format(PyExc_TypeError,
                     "data must be bytes, bytearray or str, not %.100s",
                     Py_TYPE(data)->tp_name);
    }
    if (text == NULL)
        return NULL;
    *len = (size_t)size;
    copy = ck_malloc(*len);
    if (copy == NULL)
        PyErr_NoMemory();
    else
        memcpy(copy, text, *len);
    PyBuffer_Release(&view); /* does nothing where none was taken */
    return copy;
}

PyObject *
ckpy_value_parse(PyObject *self, PyObject *arg)
{
    struct ck_json doc;
    struct ck_error error;
    enum ck_status status = CK_OK;
    size_t len = 0;
    char *text = value_copy(arg, &len);
    PyObject *value = NULL;

    (void)self;
    if (text == NULL)
        return NULL;
    ck_json_setup();
    ck_json_init(&doc);
    Py_BEGIN_ALLOW_THREADS
    status = ck_json_read(&doc, text, len, NULL, &error);
    ck_free(text);
    Py_END_ALLOW_THREADS
    value =
        status == CK_OK ? ckpy_value_from_json(doc.root) : value_raise(&error);
    ck_json_free(&doc);
    return value;
}
