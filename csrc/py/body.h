/* body.h: the body of a request out of the checked arguments. */
#ifndef CKPY_BODY_H
#define CKPY_BODY_H

#include "call.h"

/* Fills request.body and its content-type. 0 or -1. */
int ckpy_body_encode(struct ckpy_call *call);

/* What multipart and URLs write for a single value. New str. */
PyObject *ckpy_encode_text(struct ckpy_call *call, PyObject *value);

#endif
