/* der.h: the little of DER that the two numbers of an RSA key need. Owns
 * nothing. */
#ifndef CK_DER_H
#define CK_DER_H

#include "buf.h"
#include "status.h"

#include <stddef.h>

/* No key or certificate that anybody uses comes near this. */
enum { CK_DER_MAX = 65536 };

/* A positive number, the most significant byte first and not 0; borrowed. */
struct ck_der_number {
    const unsigned char *bytes;
    size_t len;
};

struct ck_der_rsa {
    struct ck_der_number modulus;
    struct ck_der_number exponent;
};

/* Reads SEQUENCE { INTEGER, INTEGER }. 0, or -1 when der is anything else or
 * a number is not positive. */
int ck_der_read_rsa(const unsigned char *der, size_t len,
                    struct ck_der_rsa *rsa) CK_MUST_USE;
/* Appends what ck_der_read_rsa reads. CK_TOO_LARGE or CK_NOMEM. */
enum ck_status
ck_der_put_rsa(struct ck_buf *der, const struct ck_der_rsa *rsa) CK_MUST_USE;

size_t ck_der_bits(const struct ck_der_number *number);
/* The least significant byte. */
unsigned ck_der_last(const struct ck_der_number *number);

#endif
