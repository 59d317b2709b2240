/* jsonout.h: checked Python values to JSON text, the body of a request. */
#ifndef CKPY_JSONOUT_H
#define CKPY_JSONOUT_H

#include "buf.h"
#include "state.h"

/* Appends value as JSON the way the reference writes it: compact, ASCII,
 * None left out of models unless it was set where null has a meaning. 0 or
 * -1 with an exception. */
int ckpy_jsonout_put(struct ckpy_state *state, struct ck_buf *out,
                     PyObject *value);

#endif
