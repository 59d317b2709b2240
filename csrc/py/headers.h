/* headers.h: the type clerk_c.Headers. */
#ifndef CKPY_HEADERS_H
#define CKPY_HEADERS_H

#include "state.h"

PyTypeObject *ckpy_headers_type(PyObject *module); /* new */

/* From "Name: value" lines, each ended by one 0 byte (the head of a struct
 * ck_response). Lines without a colon are left out. New. */
PyObject *ckpy_headers_from_block(struct ckpy_state *state, const char *block,
                                  size_t len);

/* From whatever the constructor takes. New. */
PyObject *ckpy_headers_from_object(struct ckpy_state *state, PyObject *source);

/* What headers.get(name) returns: a str, or None. New. */
PyObject *ckpy_headers_get(PyObject *headers, const char *name);

#endif
