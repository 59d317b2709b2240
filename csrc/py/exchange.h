/* exchange.h: single requests through a client's own transport, for
 * clerk_c._observed. */
#ifndef CKPY_EXCHANGE_H
#define CKPY_EXCHANGE_H

#include "state.h"

/* Both take (method, url, headers, body, timeout_ms). body: None, bytes, or
 * the parts of one with a file: (bytes, file, size, bytes, progress), where
 * file is a descriptor or bytes, and progress may be None. timeout_ms: None
 * for 5000, 0 for no limit.
 * A clerk_c.Response, new. */
PyObject *ckpy_exchange(PyObject *client, PyObject *args);
/* The same as a coroutine, new. */
PyObject *ckpy_exchange_async(PyObject *client, PyObject *args);

#endif
