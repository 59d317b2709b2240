/* finding.h: the function of _core that finds the token of a request. */
#ifndef CKPY_FINDING_H
#define CKPY_FINDING_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

extern const char ckpy_finding_token_doc[];

/* _core.find_token(request, own=None, /): METH_FASTCALL. */
PyObject *
ckpy_finding_token(PyObject *module, PyObject *const *args, Py_ssize_t count);

#endif
