/* der.c: reads and writes the two numbers of an RSA key. What is read is
 * borrowed from the caller's bytes. */
#include "der.h"

enum { TAG_INTEGER = 0x02, TAG_SEQUENCE = 0x30, LENGTH_LONG = 0x80 };

struct cursor {
    const unsigned char *at;
    const unsigned char *end;
};

/* The length of a thing whose tag is next. DER knows one way to write it. */
static int
read_length(struct cursor *cursor, size_t *len)
{
    size_t count = 0;

    if (cursor->at == cursor->end)
        return -1;
    *len = *cursor->at++;
    if (*len < LENGTH_LONG)
        return 0;
    count = *len - LENGTH_LONG;
    if (count < 1 || count > 3 || (size_t)(cursor->end - cursor->at) < count)
        return -1;
    *len = 0;
    for (size_t i = 0; i < count; i++)
        *len = *len << 8 | *cursor->at++;
    return *len < LENGTH_LONG || *len >> (8 * (count - 1)) == 0 ? -1 : 0;
}

static int
enter(struct cursor *cursor, unsigned char tag, struct cursor *inside)
{
    size_t len = 0;

    if (cursor->at == cursor->end || *cursor->at++ != tag ||
        read_length(cursor, &len) < 0 ||
        (size_t)(cursor->end - cursor->at) < len)
        return -1;
    inside->at = cursor->at;
    inside->end = cursor->at + len;
    cursor->at = inside->end;
    return 0;
}

static int
read_number(struct cursor *cursor, struct ck_der_number *number)
{
    struct cursor inside;

    if (enter(cursor, TAG_INTEGER, &inside) < 0 || inside.at == inside.end ||
        *inside.at >= 0x80)
        return -1;
    if (*inside.at == 0 && ++inside.at < inside.end && *inside.at < 0x80)
        return -1;
    number->bytes = inside.at;
    number->len = (size_t)(inside.end - inside.at);
    return number->len == 0 ? -1 : 0;
}

int
ck_der_read_rsa(const unsigned char *der, size_t len, struct ck_der_rsa *rsa)
{
    struct cursor all = {der, der + len};
    struct cursor inside;

    if (enter(&all, TAG_SEQUENCE, &inside) < 0 || all.at != all.end ||
        read_number(&inside, &rsa->modulus) < 0 ||
        read_number(&inside, &rsa->exponent) < 0 || inside.at != inside.end)
        return -1;
    return 0;
}

/* Tag and length of a thing of `len` bytes. Returns how many bytes. */
static size_t
write_head(unsigned char tag, size_t len, unsigned char head[4])
{
    head[0] = tag;
    if (len < LENGTH_LONG) {
        head[1] = (unsigned char)len;
        return 2;
    }
    if (len < 256) {
        head[1] = LENGTH_LONG + 1;
        head[2] = (unsigned char)len;
        return 3;
    }
    head[1] = LENGTH_LONG + 2;
    head[2] = (unsigned char)(len >> 8);
    head[3] = (unsigned char)len;
    return 4;
}

static enum ck_status
put_number(struct ck_buf *der, const struct ck_der_number *number)
{
    size_t zero = number->bytes[0] >= 0x80 ? 1 : 0;
    unsigned char head[5];
    size_t len = write_head(TAG_INTEGER, number->len + zero, head);
    enum ck_status status = CK_OK;

    head[len] = 0; /* lest the number look negative */
    status = ck_buf_append(der, head, len + zero);
    if (status != CK_OK)
        return status;
    return ck_buf_append(der, number->bytes, number->len);
}

enum ck_status
ck_der_put_rsa(struct ck_buf *der, const struct ck_der_rsa *rsa)
{
    struct ck_buf numbers;
    unsigned char head[4];
    size_t len = 0;
    enum ck_status status = CK_OK;

    if (rsa->modulus.len > CK_DER_MAX / 4 ||
        rsa->exponent.len > CK_DER_MAX / 4)
        return CK_TOO_LARGE;
    ck_buf_init(&numbers, CK_DER_MAX);
    status = put_number(&numbers, &rsa->modulus);
    if (status == CK_OK)
        status = put_number(&numbers, &rsa->exponent);
    if (status == CK_OK) {
        len = write_head(TAG_SEQUENCE, numbers.len, head);
        status = ck_buf_append(der, head, len);
    }
    if (status == CK_OK)
        status = ck_buf_append(der, numbers.data, numbers.len);
    ck_buf_free(&numbers);
    return status;
}

size_t
ck_der_bits(const struct ck_der_number *number)
{
    size_t bits = number->len * 8;

    for (unsigned char top = 0x80; (number->bytes[0] & top) == 0; top >>= 1)
        bits--;
    return bits;
}

unsigned
ck_der_last(const struct ck_der_number *number)
{
    return number->bytes[number->len - 1];
}
