/* buf.c: the growable byte buffer. The buffer owns its memory until it is
 * freed or taken; one byte past len is kept for the closing 0. */
#include "buf.h"

#include "alloc.h"

#include <string.h>

enum { BUF_CAP_MIN = 64 };

void
ck_buf_init(struct ck_buf *buf, size_t max)
{
    buf->data = NULL;
    buf->len = 0;
    buf->cap = 0;
    /* Sums below stay far from overflow with a bound on the bound. */
    buf->max = max < CK_BUF_NO_MAX ? max : CK_BUF_NO_MAX;
}

void
ck_buf_free(struct ck_buf *buf)
{
    ck_free(buf->data);
    ck_buf_init(buf, buf->max);
}

void
ck_buf_clear(struct ck_buf *buf)
{
    buf->len = 0;
    if (buf->data != NULL)
        buf->data[0] = 0;
}

enum ck_status
ck_buf_reserve(struct ck_buf *buf, size_t more)
{
    size_t needed = 0;
    size_t cap = buf->cap < BUF_CAP_MIN ? BUF_CAP_MIN : buf->cap;
    char *data = NULL;

    if (more > buf->max - buf->len)
        return CK_TOO_LARGE;
    needed = buf->len + more + 1;
    if (needed <= buf->cap)
        return CK_OK;
    while (cap < needed)
        cap += cap / 2;
    if (cap > buf->max + 1)
        cap = buf->max + 1;
    data = ck_realloc(buf->data, cap);
    if (data == NULL)
        return CK_NOMEM;
    data[buf->len] = 0;
    buf->data = data;
    buf->cap = cap;
    return CK_OK;
}

enum ck_status
ck_buf_append(struct ck_buf *buf, const void *data, size_t size)
{
    enum ck_status status = ck_buf_reserve(buf, size);

    if (status != CK_OK)
        return status;
    if (size > 0)
        memcpy(buf->data + buf->len, data, size);
    buf->len += size;
    buf->data[buf->len] = 0;
    return CK_OK;
}

enum ck_status
ck_buf_append_str(struct ck_buf *buf, const char *text)
{
    return ck_buf_append(buf, text, strlen(text));
}

enum ck_status
ck_buf_append_char(struct ck_buf *buf, char c)
{
    return ck_buf_append(buf, &c, 1);
}

char *
ck_buf_take(struct ck_buf *buf, size_t *len)
{
    char *data = buf->data;

    if (len != NULL)
        *len = buf->len;
    ck_buf_init(buf, buf->max);
    return data;
}
