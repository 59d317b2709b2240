/* perform.h: one call, start to finish. */
#ifndef CKPY_PERFORM_H
#define CKPY_PERFORM_H

#include "call.h"

/* Binds, encodes, sends, reads. client is borrowed. New reference, or NULL
 * with an exception of the documented family. */
PyObject *
ckpy_perform(const struct ckpy_operation *operation, PyObject *client,
             PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames);

#endif
