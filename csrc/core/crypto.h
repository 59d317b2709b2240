/* crypto.h: what clerk_c needs of a cryptographic library, as a table of
 * functions. It is implemented over libcrypto in crypto*.c, which make up
 * clerk_c._crypto, so that libcrypto is loaded with the first verification
 * and not with the package. */
#ifndef CK_CRYPTO_H
#define CK_CRYPTO_H

#include "status.h"

#include <stddef.h>

enum {
    CK_CRYPTO_API_VERSION = 1,
    CK_SHA256_SIZE = 32,
    /* Keys outside of this are refused. */
    CK_RSA_BITS_MIN = 1024,
    CK_RSA_BITS_MAX = 16384,
    CK_RSA_EXPONENT_BITS_MAX = 64
};

/* How a key is written in DER. */
enum ck_der {
    CK_DER_PUBLIC_KEY, /* SubjectPublicKeyInfo */
    CK_DER_RSA,        /* PKCS#1: the two numbers */
    CK_DER_CERTIFICATE /* X.509; only its key counts, not its dates */
};

/* A piece of what is hashed; borrowed. */
struct ck_piece {
    const void *data;
    size_t len;
};

/* The library's algorithms, looked up once. Used by any thread. */
struct ck_crypto;
/* An RSA public key: immutable, used by any thread. */
struct ck_crypto_key;

/* Those that return a status need no interpreter lock and leave the library's
 * queue of errors as they found it. */
struct ck_crypto_api {
    int version; /* CK_CRYPTO_API_VERSION */
    enum ck_status (*open)(struct ck_crypto **made /* new */,
                           struct ck_error *error) CK_MUST_USE;
    /* Its keys may outlive it. */
    void (*close)(struct ck_crypto *crypto);
    /* CK_BAD_ARGUMENT with a message when der is no RSA key that can be used:
     * another algorithm, a size out of bounds, an exponent that is even,
     * below 3 or too long, bytes after the end. */
    enum ck_status (*key_new)(struct ck_crypto *crypto, enum ck_der kind,
                              const unsigned char *der, size_t len,
                              struct ck_crypto_key **made /* new */,
                              struct ck_error *error) CK_MUST_USE;
    void (*key_destroy)(struct ck_crypto_key *key);
    int (*key_bits)(const struct ck_crypto_key *key);
    /* SHA-256 of the PKCS#1 form: equal for equal keys. Borrowed, 32 bytes. */
    const unsigned char *(*key_digest)(const struct ck_crypto_key *key);
    /* RSASSA-PKCS1-v1_5 with SHA-256. *valid is 1 or 0; whatever is wrong
     * with the signature is a 0, never a failure. */
    enum ck_status (*verify)(struct ck_crypto_key *key, const void *data,
                             size_t len, const unsigned char *signature,
                             size_t signature_len, int *valid,
                             struct ck_error *error) CK_MUST_USE;
    enum ck_status (*sha256)(struct ck_crypto *crypto, const void *data,
                             size_t len, unsigned char digest[CK_SHA256_SIZE],
                             struct ck_error *error) CK_MUST_USE;
    enum ck_status (*hmac_sha256)(struct ck_crypto *crypto,
                                  const struct ck_piece *key,
                                  const struct ck_piece *pieces, size_t count,
                                  unsigned char digest[CK_SHA256_SIZE],
                                  struct ck_error *error) CK_MUST_USE;
    /* Takes the same time wherever they differ. */
    int (*equal)(const void *a, const void *b, size_t len);
    /* Overwrites what must not stay in memory. */
    void (*wipe)(void *data, size_t len);
    const char *(*version_text)(void);
};

/* In clerk_c._crypto only. */
extern const struct ck_crypto_api ck_crypto_api;
/* The version of OpenSSL whose headers this was compiled with. */
extern const char ck_crypto_built_with[];

#endif
