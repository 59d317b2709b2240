/* headers.c: clerk_c.Headers, a case-insensitive mapping that may hold a name
 * more than once. An instance owns a tuple that is never changed, only
 * replaced: who reads holds on to it, so a change under way cannot hurt. */
#include "headers.h"

#include "headertext.h"

#include <string.h>

static void
replace_items(PyObject *self, PyObject *items) /* steals items */
{
    PyObject *old = ckpy_headers_of(self)->items;

    ckpy_headers_of(self)->items = items;
    ckpy_headers_of(self)->found = NULL;
    Py_DECREF(old);
}

/* --- making ------------------------------------------------------------ */

/* The items of anything that the constructor takes. New. */
static PyObject *
items_from(PyTypeObject *type, PyObject *source, const char *encoding)
{
    if (source == NULL || source == Py_None)
        return PyTuple_New(0);
    if (Py_IS_TYPE(source, type))
        return Py_NewRef(ckpy_headers_of(source)->items);
    /* The flag that collections.abc.Mapping sets on its members. */
    if (PyType_HasFeature(Py_TYPE(source), Py_TPFLAGS_MAPPING))
        return ckpy_headeritems_from_mapping(source, encoding);
    return ckpy_headeritems_from_pairs(source, encoding);
}

/* Steals items, which may be NULL with an exception set. */
static PyObject *
new_headers(PyTypeObject *type, PyObject *items, PyObject *encoding)
{
    PyObject *self = items == NULL ? NULL : type->tp_alloc(type, 0);

    if (self == NULL) {
        Py_XDECREF(items);
        return NULL;
    }
    ckpy_headers_of(self)->items = items;
    ckpy_headers_of(self)->encoding = Py_XNewRef(encoding);
    return self;
}

/* None becomes NULL; anything else must name an encoding. */
static int
check_encoding(PyObject **encoding)
{
    const char *name = NULL;

    if (*encoding == Py_None)
        *encoding = NULL;
    if (*encoding == NULL)
        return 0;
    if (!PyUnicode_Check(*encoding)) {
        PyErr_Format(PyExc_TypeError,
                     "encoding must be str or None, not %.100s",
                     Py_TYPE(*encoding)->tp_name);
        return -1;
    }
    name = PyUnicode_AsUTF8(*encoding);
    if (name == NULL)
        return -1;
    if (PyCodec_KnownEncoding(name))
        return 0;
    PyErr_Format(PyExc_LookupError, "unknown encoding: %R", *encoding);
    return -1;
}

static PyObject *
headers_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"headers", "encoding", NULL};
    PyObject *source = NULL;
    PyObject *encoding = NULL;
    const char *name = "ascii";

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|OO:Headers", names,
                                     &source, &encoding))
        return NULL;
    if (check_encoding(&encoding) < 0)
        return NULL;
    if (encoding != NULL)
        name = PyUnicode_AsUTF8(encoding);
    return new_headers(type, items_from(type, source, name), encoding);
}

static void
headers_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    Py_CLEAR(ckpy_headers_of(self)->items);
    Py_CLEAR(ckpy_headers_of(self)->encoding);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *
headers_copy(PyObject *self, PyObject *ignored)
{
    (void)ignored; /* the memo of __deepcopy__ */
    return new_headers(Py_TYPE(self), Py_NewRef(ckpy_headers_of(self)->items),
                       ckpy_headers_of(self)->encoding);
}

/* --- special methods --------------------------------------------------- */

static PyObject *
headers_richcompare(PyObject *self, PyObject *other, int op)
{
    PyObject *items = NULL;
    PyObject *own = NULL;
    PyObject *left = NULL;
    PyObject *right = NULL;
    PyObject *result = NULL;

    if (op != Py_EQ && op != Py_NE)
        Py_RETURN_NOTIMPLEMENTED;
    items = items_from(Py_TYPE(self), other, "ascii");
    if (items == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_TypeError) &&
            !PyErr_ExceptionMatches(PyExc_ValueError))
            return NULL;
        PyErr_Clear();
        Py_RETURN_NOTIMPLEMENTED;
    }
    own = Py_NewRef(ckpy_headers_of(self)->items);
    left = ckpy_headeritems_sorted(own);
    right = ckpy_headeritems_sorted(items);
    if (left != NULL && right != NULL)
        result = PyObject_RichCompare(left, right, op);
    Py_DECREF(own);
    Py_DECREF(items);
    Py_XDECREF(left);
    Py_XDECREF(right);
    return result;
}

static PyObject *
headers_iter(PyObject *self)
{
    PyObject *dict = ckpy_headertext_merged(self);
    PyObject *iterator = dict == NULL ? NULL : PyObject_GetIter(dict);

    Py_XDECREF(dict);
    return iterator;
}

static Py_ssize_t
headers_length(PyObject *self)
{
    return PyTuple_GET_SIZE(ckpy_headers_of(self)->items);
}

static int
headers_contains(PyObject *self, PyObject *key)
{
    PyObject *values = ckpy_headertext_values(self, key);
    int found = values != NULL && PyList_GET_SIZE(values) > 0;

    if (values == NULL)
        return -1;
    Py_DECREF(values);
    return found;
}

static PyObject *
headers_subscript(PyObject *self, PyObject *key)
{
    PyObject *value = NULL;

    if (ckpy_headertext_look_up(self, key, &value) == 0)
        PyErr_SetObject(PyExc_KeyError, key);
    return value;
}

static int
delete_item(PyObject *self, PyObject *key)
{
    struct ckpy_headertext text;
    PyObject *lower = NULL;
    PyObject *items = NULL;

    if (ckpy_headertext_open(&text, self) < 0)
        return -1;
    if (ckpy_headertext_key(&text, key, &lower) < 0)
        goto done;
    if (lower != NULL && ckpy_headeritems_find(text.items, lower, 0) >= 0)
        items = ckpy_headeritems_replace(text.items, lower, NULL);
    else
        PyErr_SetObject(PyExc_KeyError, key);
done:
    Py_XDECREF(lower);
    ckpy_headertext_close(&text);
    if (items == NULL)
        return -1;
    replace_items(self, items);
    return 0;
}

static int
set_item(PyObject *self, PyObject *key, PyObject *value)
{
    struct ckpy_headertext text;
    const char *encoding = NULL;
    PyObject *item = NULL;
    PyObject *items = NULL;

    if (ckpy_headeritems_check_str(key, "name") < 0 ||
        ckpy_headeritems_check_str(value, "value") < 0 ||
        ckpy_headertext_open(&text, self) < 0)
        return -1;
    encoding = text.encoding;
    /* What is ASCII so far is UTF-8 too, which can say more. */
    if (text.chosen == NULL && strcmp(encoding, "ascii") == 0)
        encoding = "utf-8";
    item = ckpy_headeritems_new_item(key, value, encoding);
    if (item != NULL)
        items = ckpy_headeritems_replace(
            text.items, PyTuple_GET_ITEM(item, CKPY_HEADER_LOWER), item);
    Py_XDECREF(item);
    ckpy_headertext_close(&text);
    if (items == NULL)
        return -1;
    replace_items(self, items);
    return 0;
}

static int
headers_ass_subscript(PyObject *self, PyObject *key, PyObject *value)
{
    return value == NULL ? delete_item(self, key) : set_item(self, key, value);
}

/* --- methods ----------------------------------------------------------- */

static PyObject *
merged_view(PyObject *self, const char *method)
{
    PyObject *dict = ckpy_headertext_merged(self);
    PyObject *view = NULL;

    if (dict != NULL)
        view = PyObject_CallMethod(dict, method, NULL);
    Py_XDECREF(dict);
    return view;
}

static PyObject *
headers_keys(PyObject *self, PyObject *ignored)
{
    (void)ignored;
    return merged_view(self, "keys");
}

static PyObject *
headers_values(PyObject *self, PyObject *ignored)
{
    (void)ignored;
    return merged_view(self, "values");
}

static PyObject *
headers_items(PyObject *self, PyObject *ignored)
{
    (void)ignored;
    return merged_view(self, "items");
}

static PyObject *
headers_multi_items(PyObject *self, PyObject *ignored)
{
    (void)ignored;
    return ckpy_headertext_pairs(self);
}

static PyObject *
headers_get(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"key", "default", NULL};
    PyObject *key = NULL;
    PyObject *fallback = Py_None;
    PyObject *value = NULL;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O:get", names, &key,
                                     &fallback))
        return NULL;
    return ckpy_headertext_look_up(self, key, &value) == 0
               ? Py_NewRef(fallback)
               : value;
}

/* The comma-separated pieces of text, stripped, are appended to list. */
static int
append_pieces(PyObject *list, PyObject *text)
{
    PyObject *comma = PyUnicode_FromString(",");
    PyObject *pieces = comma == NULL ? NULL : PyUnicode_Split(text, comma, -1);
    int failed = pieces == NULL;

    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(pieces); i++)
        failed = ckpy_headeritems_append(
                     list, PyObject_CallMethod(PyList_GET_ITEM(pieces, i),
                                               "strip", NULL)) < 0;
    Py_XDECREF(comma);
    Py_XDECREF(pieces);
    return failed ? -1 : 0;
}

static PyObject *
headers_get_list(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"key", "split_commas", NULL};
    PyObject *key = NULL;
    PyObject *values = NULL;
    PyObject *list = NULL;
    int split = 0;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|p:get_list", names, &key,
                                     &split))
        return NULL;
    values = ckpy_headertext_values(self, key);
    if (values == NULL || !split)
        return values;
    list = PyList_New(0);
    for (Py_ssize_t i = 0; list != NULL && i < PyList_GET_SIZE(values); i++) {
        if (append_pieces(list, PyList_GET_ITEM(values, i)) < 0)
            Py_CLEAR(list);
    }
    Py_DECREF(values);
    return list;
}

static PyObject *
headers_update(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"headers", NULL};
    PyObject *source = NULL;
    PyObject *others = NULL;
    PyObject *own = NULL;
    PyObject *items = NULL;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O:update", names,
                                     &source))
        return NULL;
    others = items_from(Py_TYPE(self), source, "ascii");
    if (others == NULL)
        return NULL;
    own = Py_NewRef(ckpy_headers_of(self)->items);
    items = ckpy_headeritems_update(own, others);
    Py_DECREF(own);
    Py_DECREF(others);
    if (items == NULL)
        return NULL;
    replace_items(self, items);
    Py_RETURN_NONE;
}

static PyObject *
headers_pop(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"key", "default", NULL};
    PyObject *key = NULL;
    PyObject *fallback = NULL;
    PyObject *value = NULL;
    int found = 0;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O:pop", names, &key,
                                     &fallback))
        return NULL;
    found = ckpy_headertext_look_up(self, key, &value);
    if (found == 0 && fallback != NULL)
        return Py_NewRef(fallback);
    if (found == 0)
        PyErr_SetObject(PyExc_KeyError, key);
    else if (found > 0 && delete_item(self, key) < 0)
        Py_CLEAR(value);
    return value;
}

static PyObject *
headers_clear(PyObject *self, PyObject *ignored)
{
    PyObject *items = PyTuple_New(0);

    (void)ignored;
    if (items == NULL)
        return NULL;
    replace_items(self, items);
    Py_RETURN_NONE;
}

static PyObject *
headers_get_raw(PyObject *self, void *ignored)
{
    PyObject *items = Py_NewRef(ckpy_headers_of(self)->items);
    PyObject *list = PyList_New(0);

    (void)ignored;
    for (Py_ssize_t i = 0; list != NULL && i < PyTuple_GET_SIZE(items); i++) {
        PyObject *item = PyTuple_GET_ITEM(items, i);

        if (ckpy_headeritems_append(
                list, PyTuple_Pack(2, PyTuple_GET_ITEM(item, 0),
                                   PyTuple_GET_ITEM(item, 2))) < 0)
            Py_CLEAR(list);
    }
    Py_DECREF(items);
    return list;
}

static PyObject *
headers_get_encoding(PyObject *self, void *ignored)
{
    (void)ignored;
    return ckpy_headertext_encoding(self);
}

static int
headers_set_encoding(PyObject *self, PyObject *value, void *ignored)
{
    (void)ignored;
    if (check_encoding(&value) < 0)
        return -1;
    Py_XSETREF(ckpy_headers_of(self)->encoding, Py_XNewRef(value));
    return 0;
}

static PyObject *
headers_reduce(PyObject *self, PyObject *ignored)
{
    PyObject *raw = headers_get_raw(self, NULL);
    PyObject *encoding = ckpy_headers_of(self)->encoding;

    (void)ignored;
    if (raw == NULL)
        return NULL;
    return Py_BuildValue("O(NO)", (PyObject *)Py_TYPE(self), raw,
                         encoding == NULL ? Py_None : encoding);
}

/* --- the type ---------------------------------------------------------- */

#define WITH_KEYWORDS (METH_VARARGS | METH_KEYWORDS)
#define KEYWORDS(function) ((PyCFunction)(void (*)(void))(function))

static PyMethodDef headers_methods[] = {
    {"get", KEYWORDS(headers_get), WITH_KEYWORDS,
     PyDoc_STR("get($self, key, default=None)\n--\n\n"
               "The values of that name, joined by commas.")},
    {"get_list", KEYWORDS(headers_get_list), WITH_KEYWORDS,
     PyDoc_STR("get_list($self, key, split_commas=False)\n--\n\n"
               "The values of that name, one by one.")},
    {"keys", headers_keys, METH_NOARGS,
     PyDoc_STR("keys($self)\n--\n\nThe names in lower case, each once.")},
    {"values", headers_values, METH_NOARGS,
     PyDoc_STR("values($self)\n--\n\nOne text for each of keys().")},
    {"items", headers_items, METH_NOARGS,
     PyDoc_STR("items($self)\n--\n\nEach of keys() with its text.")},
    {"multi_items", headers_multi_items, METH_NOARGS,
     PyDoc_STR("multi_items($self)\n--\n\n"
               "A list of all (name, value) pairs, in order.")},
    {"update", KEYWORDS(headers_update), WITH_KEYWORDS,
     PyDoc_STR("update($self, headers=None)\n--\n\n"
               "Takes over headers; their names lose earlier values.")},
    {"pop", KEYWORDS(headers_pop), WITH_KEYWORDS,
     PyDoc_STR("pop(key[, default])\n\nRemoves a name; its values.")},
    {"clear", headers_clear, METH_NOARGS,
     PyDoc_STR("clear($self)\n--\n\nRemoves everything.")},
    {"copy", headers_copy, METH_NOARGS,
     PyDoc_STR("copy($self)\n--\n\nAn independent copy.")},
    {"__copy__", headers_copy, METH_NOARGS, NULL},
    {"__deepcopy__", headers_copy, METH_O, NULL},
    {"__reduce__", headers_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL}};

static PyGetSetDef headers_getset[] = {
    {"raw", headers_get_raw, NULL,
     PyDoc_STR("A list of all (name, value) pairs, as the bytes they are."),
     NULL},
    {"encoding", headers_get_encoding, headers_set_encoding,
     PyDoc_STR("How bytes become text: ascii, else utf-8, else iso-8859-1,\n"
               "unless another was chosen."),
     NULL},
    {NULL, NULL, NULL, NULL, NULL}};

PyDoc_STRVAR(headers_doc,
             "Headers(headers=None, encoding=None)\n--\n\n"
             "HTTP headers: a mapping whose names have no case and may have\n"
             "several values. Made from a mapping or from pairs.");

static PyType_Slot headers_slots[] = {
    {Py_tp_doc, (void *)headers_doc},
    {Py_tp_new, headers_new},
    {Py_tp_dealloc, headers_dealloc},
    {Py_tp_repr, ckpy_headertext_repr},
    {Py_tp_hash, PyObject_HashNotImplemented},
    {Py_tp_richcompare, headers_richcompare},
    {Py_tp_iter, headers_iter},
    {Py_tp_methods, headers_methods},
    {Py_tp_getset, headers_getset},
    {Py_mp_length, headers_length},
    {Py_mp_subscript, headers_subscript},
    {Py_mp_ass_subscript, headers_ass_subscript},
    {Py_sq_contains, headers_contains},
    {0, NULL}};

/* No cycle can pass through bytes and str: no part in garbage collection. */
static PyType_Spec headers_spec = {
    .name = "clerk_c.Headers",
    .basicsize = sizeof(struct ckpy_headers),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = headers_slots,
};

/* Makes isinstance(headers, MutableMapping) true, and takes over the methods
 * that this class can do for us. Its module is loaded before any
 * program starts, so that this costs next to nothing. */
static int
join_mapping(PyObject *type)
{
    static const char *const names[] = {"popitem", "setdefault"};
    PyObject *module = PyImport_ImportModule("_collections_abc");
    PyObject *mapping = NULL;
    PyObject *result = NULL;

    if (module == NULL)
        return -1;
    mapping = PyObject_GetAttrString(module, "MutableMapping");
    if (mapping != NULL)
        result = PyObject_CallMethod(mapping, "register", "O", type);
    for (size_t i = 0; result != NULL && i < Py_ARRAY_LENGTH(names); i++) {
        PyObject *method = PyObject_GetAttrString(mapping, names[i]);

        if (method == NULL ||
            PyObject_SetAttrString(type, names[i], method) < 0)
            Py_CLEAR(result);
        Py_XDECREF(method);
    }
    Py_DECREF(module);
    Py_XDECREF(mapping);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

PyTypeObject *
ckpy_headers_type(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &headers_spec, NULL);

    if (type != NULL && join_mapping(type) < 0)
        Py_CLEAR(type);
    return (PyTypeObject *)type;
}

PyObject *
ckpy_headers_from_block(struct ckpy_state *state, const char *block,
                        size_t len)
{
    return new_headers(state->headers_type,
                       ckpy_headeritems_from_block(block, len), NULL);
}

PyObject *
ckpy_headers_from_object(struct ckpy_state *state, PyObject *source)
{
    PyTypeObject *type = state->headers_type;

    return new_headers(type, items_from(type, source, "ascii"), NULL);
}

PyObject *
ckpy_headers_get(PyObject *headers, const char *name)
{
    PyObject *key = PyUnicode_FromString(name);
    PyObject *value = NULL;
    int found = -1;

    if (key != NULL)
        found = ckpy_headertext_look_up(headers, key, &value);
    Py_XDECREF(key);
    return found == 0 ? Py_NewRef(Py_None) : value;
}
