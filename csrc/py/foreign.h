/* foreign.h: sending through a client of the caller's own. */
#ifndef CKPY_FOREIGN_H
#define CKPY_FOREIGN_H

#include "call.h"

/* Sends the call's request by client->foreign and fills the call's response
 * and raw response. With the interpreter lock. Not CK_OK: the call's failure
 * is the exception; CK_CONNECT where that is worth another try. */
enum ck_status ckpy_foreign_perform(struct ckpy_call *call);

#endif
