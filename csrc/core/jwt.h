/* jwt.h: a signed token: its three parts, its header, its signature. The
 * algorithm is RS256 and nothing else; whatever the header proposes. */
#ifndef CK_JWT_H
#define CK_JWT_H

#include "crypto.h"
#include "json.h"
#include "jwk.h"
#include "status.h"

#include <stdatomic.h>
#include <stddef.h>

/* Longer tokens are refused unread: servers stop at headers far shorter. */
enum { CK_JWT_MAX = 131072 };

/* Why a token is refused, or that it is not. */
enum ck_jwt_reason {
    CK_JWT_FINE,
    CK_JWT_INVALID,
    CK_JWT_INVALID_SIGNATURE,
    CK_JWT_EXPIRED,
    CK_JWT_NOT_ACTIVE_YET,
    CK_JWT_IAT_IN_THE_FUTURE,
    CK_JWT_INVALID_AUDIENCE,
    CK_JWT_INVALID_PARTIES,
    CK_JWT_INVALID_TYPE,
    CK_JWT_KID_MISMATCH,
    CK_JWT_KEY_UNRESOLVED
};

/* The reference's code for it: "token-expired". NULL for FINE. */
const char *ck_jwt_reason_text(enum ck_jwt_reason reason);

/* A token taken apart, nothing of it trusted yet. Owns memory and header; the
 * token's text is borrowed. */
struct ck_jwt {
    unsigned char *memory; /* holds the decoded parts */
    struct ck_json header;
    const cJSON *alg; /* the members of the header by these names; or NULL */
    const cJSON *kid; /* a string where there is one */
    const cJSON *typ;
    const char *signed_text;
    size_t signed_len;
    unsigned char *payload; /* of memory */
    size_t payload_len;
    const unsigned char *signature; /* of memory */
    size_t signature_len;
};

/* Takes text[0..len) apart. *reason is FINE, or INVALID when it is no token,
 * or its header is none that may be used: kid no text, crit, b64. The status
 * is CK_OK in both cases. jwt is to be freed in any case. */
enum ck_status
ck_jwt_open(struct ck_jwt *jwt, const char *text, size_t len,
            enum ck_jwt_reason *reason, struct ck_error *error) CK_MUST_USE;
void ck_jwt_free(struct ck_jwt *jwt);

/* INVALID for another algorithm, KEY_UNRESOLVED without a key,
 * INVALID_SIGNATURE, or FINE. */
enum ck_status
ck_jwt_verify(const struct ck_jwt *jwt, const struct ck_crypto_api *api,
              struct ck_crypto_key *key, enum ck_jwt_reason *reason,
              struct ck_error *error) CK_MUST_USE;

enum { CK_CLAIMS_COMPANIONS = 2 };

/* The claims of a token, counted and immutable; used by any thread. */
struct ck_claims {
    atomic_uint references;
    struct ck_json doc; /* root is an object */
    /* Its members by these names, the last of each; or NULL. */
    const cJSON *aud;
    const cJSON *azp;
    const cJSON *exp;
    const cJSON *iat;
    const cJSON *jti;
    const cJSON *nbf;
    const cJSON *sub;
    int is_access_token; /* the header's typ says OAuth */
    /* For the binding: things made of these claims that go with them; NULL,
     * or released by `drop`. */
    _Atomic(void *) companions[CK_CLAIMS_COMPANIONS];
    void (*drop)(void *companion);
    /* Of the key that the signature was verified with. */
    unsigned char key_digest[CK_SHA256_SIZE];
    int has_kid;
    size_t kid_len;
    char kid[];
};

/* Reads the payload. FINE, or INVALID when it is no JSON object; *made is
 * NULL then. key is the one that ck_jwt_verify was given, or NULL. */
enum ck_status
ck_claims_read(const struct ck_jwt *jwt, const struct ck_crypto_api *api,
               const struct ck_crypto_key *key,
               struct ck_claims **made /* new */, enum ck_jwt_reason *reason,
               struct ck_error *error) CK_MUST_USE;
struct ck_claims *ck_claims_retain(struct ck_claims *claims);
void ck_claims_release(struct ck_claims *claims);

/* Values of which a claim has to be one. */
struct ck_choice {
    const struct ck_text *items;
    size_t count;
};

struct ck_claims_rules {
    double now_ms; /* since 1970; finite, as is the skew */
    double skew_ms;
    const struct ck_choice *audience; /* NULL: there may be none in aud */
    const struct ck_choice *parties;  /* NULL: azp may be anything */
    int require_exp;
    int session_only; /* refuse tokens of OAuth applications and machines */
};

/* The checks that depend on time and on the caller, in the reference's
 * order. */
enum ck_jwt_reason ck_claims_check(const struct ck_claims *claims,
                                   const struct ck_claims_rules *rules);

#endif
