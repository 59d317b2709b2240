/* finding.h: the functions of _core that find a token in headers. */
#ifndef CKPY_FINDING_H
#define CKPY_FINDING_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

extern const char ckpy_finding_headers_doc[];
extern const char ckpy_finding_cookie_doc[];

/* _core.auth_headers(headers, /): METH_O. */
PyObject *ckpy_finding_headers(PyObject *module, PyObject *headers);
/* _core.session_cookie(header, own=None, /): METH_VARARGS. */
PyObject *ckpy_finding_cookie(PyObject *module, PyObject *args);

#endif
