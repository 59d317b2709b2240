/* webhook.h: the function of _core that verifies webhooks. */
#ifndef CKPY_WEBHOOK_H
#define CKPY_WEBHOOK_H

#include "state.h"

extern const char ckpy_webhook_doc[];

/* _core.verify_svix(...): METH_FASTCALL | METH_KEYWORDS. */
PyObject *ckpy_webhook_verify(PyObject *module, PyObject *const *args,
                              Py_ssize_t count, PyObject *names);

#endif
