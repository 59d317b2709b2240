/* retries.h: utils.RetryConfig as the core's numbers, and the wait between
 * two tries. */
#ifndef CKPY_RETRIES_H
#define CKPY_RETRIES_H

#include "state.h"

#include "retry.h"
#include "transport.h"

/* What holds where neither the client nor the call says anything: answers of
 * 500 and more and broken connections, for up to an hour. */
void ckpy_retries_default(struct ck_retry *retry);

/* Reads a RetryConfig, or None for no retries. 0; -1 with TypeError or
 * ValueError that names `retries`. */
int ckpy_retries_read(PyObject *config, struct ck_retry *retry);

/* Waits that many milliseconds without the interpreter lock, asking tick in
 * between. CK_OK or CK_INTERRUPTED. */
enum ck_status
ckpy_retries_wait(double milliseconds, const struct ck_tick *tick);

/* A number from 0 to 1 that nobody needs to be unable to guess. */
double ckpy_retries_luck(void);

/* Milliseconds of a clock that never goes back. */
double ckpy_retries_clock(void);

#endif
