/* key.h: VerifyKey, an RSA public key, and the way to the cryptographic
 * library. */
#ifndef CKPY_KEY_H
#define CKPY_KEY_H

#include "state.h"

#include "crypto.h"

/* VerifyKey. Immutable, so any thread may use it at any time. */
struct ckpy_key {
    PyObject_HEAD const struct ck_crypto_api *api;
    struct ck_crypto_key *key; /* owned */
};

PyTypeObject *ckpy_key_type(PyObject *module);

/* Imports clerk_c._crypto, once. 0, or -1 with an exception set. After that
 * state->crypto and state->crypto_algorithms are there. */
int ckpy_key_load(struct ckpy_state *state);

/* The exception for a failure of the core: MemoryError, ValueError or
 * RuntimeError. Returns NULL. */
PyObject *ckpy_key_raise(const struct ck_error *error);

/* The bytes of a str, or of bytes or bytearray; borrowed from the object. -1
 * with an exception set that names the argument. A str with lone surrogates
 * is a ValueError. */
int ckpy_key_text(PyObject *object, const char *argument, const char **text,
                  Py_ssize_t *len);

#endif
