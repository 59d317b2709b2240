/* crypto_impl.h: between crypto.c, crypto_key.c and crypto_table.c, which
 * alone know libcrypto. Whoever calls these is inside the gate. */
#ifndef CK_CRYPTO_IMPL_H
#define CK_CRYPTO_IMPL_H

#include "crypto.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <stdatomic.h>

#if OPENSSL_VERSION_NUMBER < 0x30000000L
#error "clerk_c needs OpenSSL 3.0 or newer"
#endif

/* Contexts that are kept for the next call: as many threads as that verify
 * at once without making one. */
enum { CK_CRYPTO_SPARE = 8 };

struct ck_crypto {
    EVP_MD *sha256; /* owned */
    EVP_MAC *hmac;  /* owned */
    _Atomic(EVP_MD_CTX *) spare[CK_CRYPTO_SPARE];
};

struct ck_crypto_key {
    EVP_PKEY *key;  /* owned */
    EVP_MD *sha256; /* owned */
    size_t size;    /* bytes of a signature */
    int bits;
    unsigned char digest[CK_SHA256_SIZE];
    _Atomic(EVP_PKEY_CTX *) spare[CK_CRYPTO_SPARE]; /* ready to verify */
};

/* CK_INTERNAL: something of libcrypto failed that never should. */
enum ck_status ck_crypto_fail(struct ck_error *error);

/* The functions of the table by these names, see crypto.h. */
enum ck_status
ck_crypto_open(struct ck_crypto **made, struct ck_error *error) CK_MUST_USE;
void ck_crypto_close(struct ck_crypto *crypto);
enum ck_status
ck_crypto_hmac_sha256(struct ck_crypto *crypto, const struct ck_piece *key,
                      const struct ck_piece *pieces, size_t count,
                      unsigned char digest[CK_SHA256_SIZE],
                      struct ck_error *error) CK_MUST_USE;
enum ck_status
ck_crypto_sha256(struct ck_crypto *crypto, const void *data, size_t len,
                 unsigned char digest[CK_SHA256_SIZE],
                 struct ck_error *error) CK_MUST_USE;
enum ck_status ck_crypto_key_new(struct ck_crypto *crypto, enum ck_der kind,
                                 const unsigned char *der, size_t len,
                                 struct ck_crypto_key **made,
                                 struct ck_error *error) CK_MUST_USE;
void ck_crypto_key_destroy(struct ck_crypto_key *key);
int ck_crypto_key_bits(const struct ck_crypto_key *key);
const unsigned char *ck_crypto_key_digest(const struct ck_crypto_key *key);
enum ck_status
ck_crypto_verify(struct ck_crypto_key *key, const void *data, size_t len,
                 const unsigned char *signature, size_t signature_len,
                 int *valid, struct ck_error *error) CK_MUST_USE;

#endif
