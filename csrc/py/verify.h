/* verify.h: the functions of _core that read and verify tokens. */
#ifndef CKPY_VERIFY_H
#define CKPY_VERIFY_H

#include "state.h"

extern const char ckpy_verify_decode_doc[];
extern const char ckpy_verify_jwt_doc[];

/* _core.decode_token(token, /): METH_O. */
PyObject *ckpy_verify_decode(PyObject *module, PyObject *token);

/* _core.verify_jwt(...): METH_FASTCALL | METH_KEYWORDS. */
PyObject *ckpy_verify_jwt(PyObject *module, PyObject *const *args,
                          Py_ssize_t count, PyObject *names);

/* Assigns the arguments of a call to values[0..], by place or by name: names
 * ends with NULL, of which the first `required` must be given. Borrowed;
 * absent ones stay NULL. -1 with a TypeError. */
int
ckpy_verify_arguments(const char *function, const char *const *names,
                      Py_ssize_t required, PyObject *const *args,
                      Py_ssize_t count, PyObject *keywords, PyObject **values);
/* A finite number. -1 with an exception set that names the argument. */
int ckpy_verify_number(PyObject *object, const char *name, double *number);
/* Milliseconds since 1970, by the system's clock where object is None. */
int ckpy_verify_now(PyObject *object, double *now_ms);

#endif
