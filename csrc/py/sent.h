/* sent.h: a request that was sent, in parts of which clerk_c._request makes a
 * Request when somebody asks for it. */
#ifndef CKPY_SENT_H
#define CKPY_SENT_H

#include "state.h"

#include "core/request.h"
#include "core/response.h"
#include "core/status.h"

/* (method, url, header lines, body or None), new. A body of which a part
 * stays in a file is left out. */
PyObject *ckpy_sent_parts(const struct ck_request *request);

/* The Response to a request, new. */
PyObject *ckpy_sent_response(struct ckpy_state *state,
                             const struct ck_response *response,
                             const struct ck_request *request);

/* Raises what a transfer ended with, and has it show the request. NULL. */
PyObject *
ckpy_sent_raise(struct ckpy_state *state, const struct ck_error *error,
                const struct ck_request *request);

#endif
