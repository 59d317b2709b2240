/* token_fixture.h: keys, signatures and tokens for the tests. A fixture owns
 * the algorithms and two keys, made once per program. */
#ifndef CK_TOKEN_FIXTURE_H
#define CK_TOKEN_FIXTURE_H

#include "crypto.h"
#include "jwt.h"

#include <stddef.h>

enum { TOKEN_NOW = 1800000000 }; /* seconds */

struct tokens {
    struct ck_crypto *crypto;
    struct ck_crypto_key *key;
    struct ck_crypto_key *other;
};

/* For cmocka's group setup and teardown; *state becomes a struct tokens. */
int tokens_open(void **state);
int tokens_open_without_keys(void **state);
int tokens_close(void **state);

/* The public key as PEM. Borrowed, terminated. */
const char *tokens_pem(void);
/* n and e in base64url. Borrowed. */
const char *tokens_modulus(void);
const char *tokens_exponent(void);

/* New, terminated, for free(): text in base64url. */
char *token_encode(const char *text, size_t len);
/* New, terminated, for free(): a token with a good signature. */
char *token_mint(const char *header, const char *payload);

#endif
