/* reason.h: the usual reason phrase of a status code. */
#ifndef CKPY_REASON_H
#define CKPY_REASON_H

const char *ckpy_reason_of(int status); /* constant; "" when there is none */

#endif
