/* payload.h: the claims of a token as a dict of the caller's own. */
#ifndef CKPY_PAYLOAD_H
#define CKPY_PAYLOAD_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "jwt.h"

/* To be called for claims that will be kept, before another thread can have
 * them: they release their patterns with it. */
void ckpy_payload_prepare(struct ck_claims *claims);

/* New. `complete` is NULL, or a function that is called with a new dict to add
 * to it; always the same one. With `keep`, prepared claims remember a pattern
 * from which the next dict is copied, which is several times faster and calls
 * no function. NULL with an exception set. */
PyObject *
ckpy_payload_dict(struct ck_claims *claims, PyObject *complete, int keep);

#endif
