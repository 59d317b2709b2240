/* cookie.h: the session cookie in a Cookie header. Owns nothing. */
#ifndef CK_COOKIE_H
#define CK_COOKIE_H

#include "jwk.h"

/* Finds the value of the session cookie, borrowed from header; data NULL when
 * there is none that is not empty. With own (the name of the instance's
 * cookie, "__session_<suffix>") that cookie, and then returns 1; else
 * "__session"; with own.data NULL the first that is called "__session" or
 * begins with "__session_". Pairs stand between semicolons (RFC 6265, section
 * 4.2); white space around names and values, and quotes around values, are
 * not part of them. */
int ck_cookie_session(struct ck_text header, struct ck_text own,
                      struct ck_text *found);

#endif
