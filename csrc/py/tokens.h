/* tokens.h: TokenCache, which remembers verified tokens. */
#ifndef CKPY_TOKENS_H
#define CKPY_TOKENS_H

#include "state.h"

#include "tokencache.h"

/* TokenCache. The core's cache has a lock of its own. */
struct ckpy_tokens {
    PyObject_HEAD struct ck_tokencache *cache; /* owned */
};

PyTypeObject *ckpy_tokens_type(PyObject *module);

#endif
