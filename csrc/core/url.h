/* url.h: builds and checks URLs. Owns nothing; writes into the caller's
 * buffer. */
#ifndef CK_URL_H
#define CK_URL_H

#include "buf.h"
#include "status.h"

#include <stddef.h>

/* Checks a server URL: http or https, a host, no query, no fragment, no
 * control characters, no spaces. Appends it without one trailing '/'. */
enum ck_status
ck_url_put_server(struct ck_buf *url, const char *server, size_t len,
                  struct ck_error *error) CK_MUST_USE;

/* One value of a path, percent-encoded as one segment. Refuses the empty
 * text, "." and ".." (CK_BAD_ARGUMENT). name is used in the message. */
enum ck_status
ck_url_put_segment(struct ck_buf *url, const char *name, const char *value,
                   size_t len, struct ck_error *error) CK_MUST_USE;

/* Appends '?' or '&', then name=value in the way of an HTML form ("a b" is
 * a+b; letters, digits and -._~ stay). first says which separator. */
enum ck_status
ck_url_put_query(struct ck_buf *url, int first, const char *name,
                 const char *value, size_t len) CK_MUST_USE;

#endif
