/* key.c: VerifyKey: made once of a PEM text or a JWK, used for any number of
 * signatures. An object owns its key of the library. */
#include "key.h"

#include "json.h"
#include "jwk.h"

#include <string.h>

int
ckpy_key_load(struct ckpy_state *state)
{
    const struct ck_crypto_api *api = NULL;
    struct ck_crypto *algorithms = NULL;
    PyObject *capsule = NULL;
    struct ck_error error;

    if (state->crypto_api != NULL)
        return 0;
    if (ckpy_state_import(&state->crypto, "clerk_c._crypto", NULL) == NULL)
        return -1;
    capsule = PyObject_GetAttrString(state->crypto, "api");
    if (capsule == NULL)
        return -1;
    api = PyCapsule_GetPointer(capsule, "clerk_c._crypto.api");
    Py_DECREF(capsule);
    if (api == NULL)
        return -1;
    if (api->version != CK_CRYPTO_API_VERSION) {
        PyErr_SetString(PyExc_ImportError,
                        "clerk_c._crypto was built for another "
                        "clerk_c._core; install clerk_c again");
        return -1;
    }
    if (api->open(&algorithms, &error) != CK_OK) {
        (void)ckpy_key_raise(&error);
        return -1;
    }
    if (state->crypto_api != NULL) { /* another thread was faster */
        api->close(algorithms);
        return 0;
    }
    state->crypto_algorithms = algorithms;
    state->crypto_api = api;
    return 0;
}

PyObject *
ckpy_key_raise(const struct ck_error *error)
{
    if (error->status == CK_NOMEM)
        return PyErr_NoMemory();
    PyErr_SetString(error->status == CK_BAD_ARGUMENT ? PyExc_ValueError
                                                     : PyExc_RuntimeError,
                    error->message);
    return NULL;
}

int
ckpy_key_text(PyObject *object, const char *argument, const char **text,
              Py_ssize_t *len)
{
    if (PyUnicode_Check(object)) {
        *text = PyUnicode_AsUTF8AndSize(object, len);
        return *text == NULL ? -1 : 0;
    }
    if (PyBytes_Check(object)) {
        *text = PyBytes_AS_STRING(object);
        *len = PyBytes_GET_SIZE(object);
        return 0;
    }
    PyErr_Format(PyExc_TypeError, "%s must be str or bytes, not %.100s",
                 argument, Py_TYPE(object)->tp_name);
    return -1;
}

/* Steals key. */
static PyObject *
wrap(struct ckpy_state *state, PyTypeObject *type, struct ck_crypto_key *key)
{
    struct ckpy_key *self = (struct ckpy_key *)type->tp_alloc(type, 0);

    if (self == NULL) {
        state->crypto_api->key_destroy(key);
        return NULL;
    }
    self->api = state->crypto_api;
    self->key = key;
    return (PyObject *)self;
}

PyDoc_STRVAR(from_pem_doc,
             "from_pem($type, pem, /)\n--\n\n"
             "A key from PEM text (str or bytes): PUBLIC KEY, RSA PUBLIC KEY\n"
             "or CERTIFICATE. Line breaks may be missing, CRLF, or written\n"
             "as \\n. Raises ValueError.");

static PyObject *
key_from_pem(PyObject *type, PyObject *pem)
{
    struct ckpy_state *state = ckpy_state_by_type((PyTypeObject *)type);
    struct ck_crypto_key *key = NULL;
    struct ck_error error;
    const char *text = NULL;
    Py_ssize_t len = 0;

    if (state == NULL || ckpy_key_text(pem, "pem", &text, &len) < 0 ||
        ckpy_key_load(state) < 0)
        return NULL;
    if (ck_pem_make(state->crypto_api, state->crypto_algorithms, text,
                    (size_t)len, &key, &error) != CK_OK)
        return ckpy_key_raise(&error);
    return wrap(state, (PyTypeObject *)type, key);
}

/* Of no text, or one with a lone surrogate, data is NULL. */
static struct ck_text
text_of(PyObject *object)
{
    struct ck_text text = {NULL, 0};
    Py_ssize_t len = 0;

    if (PyUnicode_Check(object)) {
        text.data = PyUnicode_AsUTF8AndSize(object, &len);
        text.len = (size_t)len;
        if (text.data == NULL)
            PyErr_Clear();
    }
    return text;
}

static PyObject *
make_of_jwk(struct ckpy_state *state, PyTypeObject *type,
            const struct ck_jwk *jwk)
{
    struct ck_crypto_key *key = NULL;
    struct ck_error error;

    if (ck_jwk_make(state->crypto_api, state->crypto_algorithms, jwk, &key,
                    &error) != CK_OK)
        return ckpy_key_raise(&error);
    return wrap(state, type, key);
}

PyDoc_STRVAR(from_jwk_doc,
             "from_jwk($type, jwk, /)\n--\n\n"
             "A key from a JWK (dict): kty RSA, n and e in base64url; use,\n"
             "if given, sig; alg, if given, RS256. Raises ValueError.");

static PyObject *
key_from_jwk(PyObject *type, PyObject *arg)
{
    struct ckpy_state *state = ckpy_state_by_type((PyTypeObject *)type);
    struct ck_jwk jwk;
    PyObject *copy = NULL;
    PyObject *name = NULL;
    PyObject *value = NULL;
    PyObject *made = NULL;
    Py_ssize_t at = 0;

    if (state == NULL)
        return NULL;
    if (!PyDict_Check(arg))
        return PyErr_Format(PyExc_TypeError, "jwk must be a dict, not %.100s",
                            Py_TYPE(arg)->tp_name);
    if (ckpy_key_load(state) < 0)
        return NULL;
    copy = PyDict_Copy(arg); /* nobody else changes it meanwhile */
    if (copy == NULL)
        return NULL;
    memset(&jwk, 0, sizeof jwk);
    while (PyDict_Next(copy, &at, &name, &value)) {
        struct ck_text key = text_of(name);
        struct ck_text text = text_of(value);

        ck_jwk_put(&jwk, &key, &text);
    }
    made = make_of_jwk(state, (PyTypeObject *)type, &jwk);
    Py_DECREF(copy);
    return made;
}

static int
key_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    return 0;
}

static void
key_dealloc(PyObject *object)
{
    struct ckpy_key *self = (struct ckpy_key *)object;
    PyTypeObject *type = Py_TYPE(object);

    PyObject_GC_UnTrack(object);
    if (self->key != NULL)
        self->api->key_destroy(self->key);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyObject *
key_bits(PyObject *self, void *closure)
{
    const struct ckpy_key *key = (const struct ckpy_key *)self;

    (void)closure;
    return PyLong_FromLong(key->api->key_bits(key->key));
}

static PyObject *
key_fingerprint(PyObject *self, void *closure)
{
    const struct ckpy_key *key = (const struct ckpy_key *)self;
    const unsigned char *digest = key->api->key_digest(key->key);
    char text[2 * CK_SHA256_SIZE];

    (void)closure;
    for (size_t i = 0; i < CK_SHA256_SIZE; i++) {
        text[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[digest[i] & 0xF];
    }
    return PyUnicode_FromStringAndSize(text, sizeof text);
}

static PyObject *
key_repr(PyObject *self)
{
    const struct ckpy_key *key = (const struct ckpy_key *)self;

    return PyUnicode_FromFormat("<VerifyKey: RSA, %d bits>",
                                key->api->key_bits(key->key));
}

static PyObject *
key_richcompare(PyObject *self, PyObject *other, int op)
{
    const struct ckpy_key *a = (const struct ckpy_key *)self;
    const struct ckpy_key *b = (const struct ckpy_key *)other;
    int same = 0;

    if ((op != Py_EQ && op != Py_NE) || Py_TYPE(other) != Py_TYPE(self))
        Py_RETURN_NOTIMPLEMENTED;
    same = memcmp(a->api->key_digest(a->key), b->api->key_digest(b->key),
                  CK_SHA256_SIZE) == 0;
    return PyBool_FromLong(op == Py_EQ ? same : !same);
}

static Py_hash_t
key_hash(PyObject *self)
{
    const struct ckpy_key *key = (const struct ckpy_key *)self;
    Py_hash_t hash = 0;

    memcpy(&hash, key->api->key_digest(key->key), sizeof hash);
    return hash == -1 ? -2 : hash;
}

static PyMethodDef key_methods[] = {
    {"from_pem", key_from_pem, METH_O | METH_CLASS, from_pem_doc},
    {"from_jwk", key_from_jwk, METH_O | METH_CLASS, from_jwk_doc},
    {NULL, NULL, 0, NULL}};

static PyGetSetDef key_getset[] = {
    {"bits", key_bits, NULL, "Size of the modulus in bits (int).", NULL},
    {"fingerprint", key_fingerprint, NULL,
     "SHA-256 of the key's PKCS#1 form in hexadecimal (str); equal for\n"
     "equal keys.",
     NULL},
    {NULL, NULL, NULL, NULL, NULL}};

PyDoc_STRVAR(key_doc, "An RSA public key that verifies RS256 signatures.\n\n"
                      "Made by from_pem() or from_jwk(); immutable; any\n"
                      "thread may use it. Equal to another of the same key.");

static PyType_Slot key_slots[] = {{Py_tp_dealloc, key_dealloc},
                                  {Py_tp_traverse, key_traverse},
                                  {Py_tp_repr, key_repr},
                                  {Py_tp_richcompare, key_richcompare},
                                  {Py_tp_hash, key_hash},
                                  {Py_tp_methods, key_methods},
                                  {Py_tp_getset, key_getset},
                                  {Py_tp_doc, (void *)key_doc},
                                  {0, NULL}};

static PyType_Spec key_spec = {
    .name = "clerk_c._core.VerifyKey",
    .basicsize = sizeof(struct ckpy_key),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE |
             Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = key_slots,
};

PyTypeObject *
ckpy_key_type(PyObject *module)
{
    return (PyTypeObject *)PyType_FromModuleAndSpec(module, &key_spec, NULL);
}
