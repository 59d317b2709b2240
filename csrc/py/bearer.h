/* bearer.h: the key of a call: text, or what a function of the program's
 * returns, at once or to be awaited. */
#ifndef CKPY_BEARER_H
#define CKPY_BEARER_H

#include "call.h"

/* Asks for the key and sets the header; what has to be awaited first is left
 * in call->bearer. 0 or -1. */
int ckpy_bearer_apply(struct ckpy_call *call);
/* Sets the header to what was awaited, unless the call brought its own. 0 or
 * -1. */
int ckpy_bearer_set_late(struct ckpy_state *state, struct ck_request *request,
                         PyObject *bearer);
/* For an awaitable that nobody will await; an exception that is set stays. May
 * be NULL; steals. */
void ckpy_bearer_forget(PyObject *awaitable);

#endif
