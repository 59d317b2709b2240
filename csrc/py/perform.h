/* perform.h: one call, start to finish. */
#ifndef CKPY_PERFORM_H
#define CKPY_PERFORM_H

#include "call.h"

/* Binds, encodes, sends, reads. client is borrowed. New reference, or NULL
 * with an exception of the documented family. */
PyObject *
ckpy_perform(const struct ckpy_operation *operation, PyObject *client,
             PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames);

/* Binds and encodes now; the rest is left to the coroutine that it returns.
 * Arguments that do not fit the signature are a TypeError here, as for an
 * `async def`; all else that is wrong is raised where the coroutine is
 * awaited. New. */
PyObject *
ckpy_perform_async(const struct ckpy_operation *operation, PyObject *client,
                   PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames);

#endif
