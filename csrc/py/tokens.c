/* tokens.c: TokenCache: the core's cache of verified tokens as an object. The
 * object owns the cache. */
#include "tokens.h"

#include "key.h"

static int
read_size(PyObject *value, size_t *size)
{
    Py_ssize_t number = PyNumber_AsSsize_t(value, PyExc_OverflowError);

    if (number == -1 && PyErr_Occurred()) {
        if (!PyErr_ExceptionMatches(PyExc_OverflowError))
            return -1;
        PyErr_Clear();
    }
    if (number < 0 || number > CK_TOKENCACHE_MAX) {
        PyErr_Format(PyExc_ValueError, "size must be between 0 and %d",
                     CK_TOKENCACHE_MAX);
        return -1;
    }
    *size = (size_t)number;
    return 0;
}

static PyObject *
tokens_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    char *names[] = {"size", NULL};
    PyObject *given = NULL;
    struct ckpy_tokens *self = NULL;
    struct ck_error error;
    size_t size = 1024;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O:TokenCache", names,
                                     &given))
        return NULL;
    if (given != NULL && read_size(given, &size) < 0)
        return NULL;
    self = (struct ckpy_tokens *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    if (ck_tokencache_new(&self->cache, size, &error) != CK_OK) {
        Py_DECREF(self);
        return ckpy_key_raise(&error);
    }
    return (PyObject *)self;
}

static int
tokens_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    return 0;
}

static void
tokens_dealloc(PyObject *object)
{
    struct ckpy_tokens *self = (struct ckpy_tokens *)object;
    PyTypeObject *type = Py_TYPE(object);

    PyObject_GC_UnTrack(object);
    ck_tokencache_destroy(self->cache);
    type->tp_free(object);
    Py_DECREF(type);
}

static struct ck_tokencache_counts
counts_of(PyObject *self)
{
    return ck_tokencache_counts(((struct ckpy_tokens *)self)->cache);
}

static PyObject *
tokens_size(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromSize_t(counts_of(self).size);
}

static int
tokens_set_size(PyObject *self, PyObject *value, void *closure)
{
    struct ck_error error;
    size_t size = 0;

    (void)closure;
    if (value == NULL) {
        PyErr_SetString(PyExc_AttributeError, "size cannot be deleted");
        return -1;
    }
    if (read_size(value, &size) < 0)
        return -1;
    if (ck_tokencache_resize(((struct ckpy_tokens *)self)->cache, size,
                             &error) != CK_OK) {
        (void)ckpy_key_raise(&error);
        return -1;
    }
    return 0;
}

static PyObject *
tokens_hits(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromUnsignedLongLong(counts_of(self).hits);
}

static PyObject *
tokens_misses(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromUnsignedLongLong(counts_of(self).misses);
}

static PyObject *
tokens_evictions(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromUnsignedLongLong(counts_of(self).evictions);
}

static Py_ssize_t
tokens_length(PyObject *self)
{
    return (Py_ssize_t)counts_of(self).held;
}

static PyObject *
tokens_clear_all(PyObject *self, PyObject *ignored)
{
    (void)ignored;
    ck_tokencache_clear(((struct ckpy_tokens *)self)->cache);
    Py_RETURN_NONE;
}

static PyObject *
tokens_repr(PyObject *self)
{
    struct ck_tokencache_counts counts = counts_of(self);

    return PyUnicode_FromFormat("<TokenCache: %zu of %zu tokens>", counts.held,
                                counts.size);
}

static PyMethodDef tokens_methods[] = {
    {"clear", tokens_clear_all, METH_NOARGS,
     "clear($self, /)\n--\n\nForgets all tokens; the counters stay."},
    {NULL, NULL, 0, NULL}};

static PyGetSetDef tokens_getset[] = {
    {"size", tokens_size, tokens_set_size,
     "How many tokens are kept at most (int, 0 to 1048576); 0: none.", NULL},
    {"hits", tokens_hits, NULL, "Tokens that were known (int).", NULL},
    {"misses", tokens_misses, NULL, "Tokens that were not (int).", NULL},
    {"evictions", tokens_evictions, NULL,
     "Tokens that had to go to make room (int).", NULL},
    {NULL, NULL, NULL, NULL, NULL}};

PyDoc_STRVAR(tokens_doc,
             "TokenCache(size=1024)\n--\n\n"
             "Remembers tokens whose signature was found valid, by the\n"
             "SHA-256 of the token; the one unused the longest goes first.\n"
             "For verify_jwt(); any thread may use it. Raises ValueError.");

static PyType_Slot tokens_slots[] = {{Py_tp_new, tokens_new},
                                     {Py_tp_dealloc, tokens_dealloc},
                                     {Py_tp_traverse, tokens_traverse},
                                     {Py_tp_repr, tokens_repr},
                                     {Py_tp_methods, tokens_methods},
                                     {Py_tp_getset, tokens_getset},
                                     {Py_sq_length, tokens_length},
                                     {Py_tp_doc, (void *)tokens_doc},
                                     {0, NULL}};

static PyType_Spec tokens_spec = {
    .name = "clerk_c._core.TokenCache",
    .basicsize = sizeof(struct ckpy_tokens),
    .flags =
        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = tokens_slots,
};

PyTypeObject *
ckpy_tokens_type(PyObject *module)
{
    return (PyTypeObject *)PyType_FromModuleAndSpec(module, &tokens_spec,
                                                    NULL);
}
