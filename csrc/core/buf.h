/* buf.h: a growable byte buffer with a maximum. data[len] is always 0 once
 * something was appended, so that text can be used as a C string. */
#ifndef CK_BUF_H
#define CK_BUF_H

#include "status.h"

#include <stddef.h>

struct ck_buf {
    char *data; /* owned; NULL while nothing was appended */
    size_t len;
    size_t cap;
    size_t max; /* len never passes this; CK_TOO_LARGE instead */
};

#define CK_BUF_NO_MAX ((size_t)-1 / 2)

void ck_buf_init(struct ck_buf *buf, size_t max);
void ck_buf_free(struct ck_buf *buf);
void ck_buf_clear(struct ck_buf *buf); /* keeps the memory */
enum ck_status ck_buf_reserve(struct ck_buf *buf, size_t more) CK_MUST_USE;
enum ck_status
ck_buf_append(struct ck_buf *buf, const void *data, size_t size) CK_MUST_USE;
enum ck_status
ck_buf_append_str(struct ck_buf *buf, const char *text) CK_MUST_USE;
enum ck_status ck_buf_append_char(struct ck_buf *buf, char c) CK_MUST_USE;
/* Hands the memory over (new, to be released with ck_free) and leaves the
 * buffer empty. */
char *ck_buf_take(struct ck_buf *buf, size_t *len);

#endif
