/* send.h: a blocking call through our own transport. */
#ifndef CKPY_SEND_H
#define CKPY_SEND_H

#include "call.h"

/* Sends an encoded call, again where that is asked for, and reads the answer.
 * New; NULL with an exception. */
PyObject *ckpy_send(struct ckpy_call *call);

/* Sends the call's request once and waits for the answer, with no reading of
 * models: a clerk_c.Response. New; NULL with an exception. */
PyObject *ckpy_send_once(struct ckpy_call *call);

#endif
