/* jwk.h: public keys as people and servers write them, PEM and JWK, turned
 * into keys of the cryptographic library. */
#ifndef CK_JWK_H
#define CK_JWK_H

#include "crypto.h"
#include "status.h"

#include <stddef.h>
#include <string.h>

/* Longer texts are refused unread. */
enum { CK_JWK_TEXT_MAX = 65536 };

/* A text that may be absent (data NULL); borrowed, not terminated. */
struct ck_text {
    const char *data;
    size_t len;
};

/* The members of a JWK that matter. `odd` is the name of one of them that is
 * no text, or of one that only a private key has; NULL when all is well. */
struct ck_jwk {
    struct ck_text kty;
    struct ck_text use;
    struct ck_text alg;
    struct ck_text n;
    struct ck_text e;
    const char *odd;
};

/* Takes a member by its name, terminated, and its text, data NULL when it is
 * none; both stay borrowed. What means nothing here is passed over. */
void ck_jwk_put(struct ck_jwk *jwk, const struct ck_text *name,
                const struct ck_text *value);

/* Makes a key of the two numbers. CK_BAD_ARGUMENT with a message when this is
 * no public RSA key for signatures by RS256. */
enum ck_status
ck_jwk_make(const struct ck_crypto_api *api, struct ck_crypto *crypto,
            const struct ck_jwk *jwk, struct ck_crypto_key **made /* new */,
            struct ck_error *error) CK_MUST_USE;

/* Makes a key of the first PEM block in a text: PUBLIC KEY, RSA PUBLIC KEY or
 * CERTIFICATE. Line breaks may be missing, CRLF, or written as the two
 * characters \n, as in environment files. CK_BAD_ARGUMENT with a message. */
enum ck_status ck_pem_make(const struct ck_crypto_api *api,
                           struct ck_crypto *crypto, const char *text,
                           size_t len, struct ck_crypto_key **made /* new */,
                           struct ck_error *error) CK_MUST_USE;

static inline int
ck_text_is(const struct ck_text *text, const char *word)
{
    size_t len = strlen(word);

    return text->data != NULL && text->len == len &&
           memcmp(text->data, word, len) == 0;
}

#endif
