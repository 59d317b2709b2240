/* gate.h: keeps threads out of libcurl and OpenSSL while the process forks or
 * ends. Each extension module that uses them has a gate of its own. */
#ifndef CK_GATE_H
#define CK_GATE_H

/* Around all work of libcurl's and OpenSSL's, but not around waiting, nor
 * around calls into the caller. Enter waits while the process forks, and for
 * ever when it is ending. */
void ck_gate_enter(void);
void ck_gate_leave(void);
int ck_gate_is_closed(void);
/* Whether it was this thread that ended the process: it must not wait. */
int ck_gate_is_closed_by_caller(void);
int ck_gate_set_up(void); /* once, after the libraries' own; 0: failed */

#endif
