/* response.h: the type clerk_c.Response. */
#ifndef CKPY_RESPONSE_H
#define CKPY_RESPONSE_H

#include "core/response.h"
#include "state.h"

PyTypeObject *ckpy_response_type(PyObject *module); /* new */

/* Copies what it needs of response. request may be NULL; it is what the
 * attribute `request` shows, or a tuple (method, url, header lines, body) of
 * which that is made. New. */
PyObject *
ckpy_response_from(struct ckpy_state *state,
                   const struct ck_response *response, PyObject *request);

/* Tells response what a Response of the transport's knows of its way; of one
 * that a program has made: nothing. 0, or -1 with an exception. */
int ckpy_response_tell(PyObject *object, struct ck_response *response);

#endif
