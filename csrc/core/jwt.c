/* jwt.c: takes a token apart and verifies its signature. A ck_jwt owns the
 * decoded parts. */
#include "jwt.h"

#include "alloc.h"
#include "base64url.h"

const char *
ck_jwt_reason_text(enum ck_jwt_reason reason)
{
    switch (reason) {
    case CK_JWT_FINE: return NULL;
    case CK_JWT_INVALID: return "token-invalid";
    case CK_JWT_INVALID_SIGNATURE: return "token-invalid-signature";
    case CK_JWT_EXPIRED: return "token-expired";
    case CK_JWT_NOT_ACTIVE_YET: return "token-not-active-yet";
    case CK_JWT_IAT_IN_THE_FUTURE: return "token-iat-in-the-future";
    case CK_JWT_INVALID_AUDIENCE: return "token-invalid-audience";
    case CK_JWT_INVALID_PARTIES: return "token-invalid-authorized-parties";
    case CK_JWT_INVALID_TYPE: return "invalid-token-type";
    case CK_JWT_KID_MISMATCH: return "jwk-kid-mismatch";
    case CK_JWT_KEY_UNRESOLVED: return "jwk-failed-to-resolve";
    }
    return NULL;
}

void
ck_jwt_free(struct ck_jwt *jwt)
{
    ck_json_free(&jwt->header);
    ck_free(jwt->memory);
    memset(jwt, 0, sizeof *jwt);
}

/* Decodes the part up to a dot or the end; *at is moved past the dot. */
static int
decode_part(const char **at, const char *end, unsigned char **room,
            unsigned char **part, size_t *part_len)
{
    const char *dot = memchr(*at, '.', (size_t)(end - *at));
    const char *stop = dot == NULL ? end : dot;
    ptrdiff_t len =
        ck_base64_decode(CK_BASE64_URL, *at, (size_t)(stop - *at), *room);

    if (len < 0)
        return -1;
    *part = *room;
    *part_len = (size_t)len;
    *room += len;
    *at = dot == NULL ? end : dot + 1;
    return 0;
}

/* The members of the header that decide anything. A name that comes twice
 * has its last value. */
static void
find_members(struct ck_jwt *jwt, const cJSON **crit, const cJSON **b64)
{
    cJSON *item = ck_json_first(jwt->header.root);

    for (; item != NULL; item = ck_json_next(item)) {
        struct ck_text name;

        name.data = ck_json_key(item, &name.len);
        if (ck_text_is(&name, "alg"))
            jwt->alg = item;
        else if (ck_text_is(&name, "kid"))
            jwt->kid = item;
        else if (ck_text_is(&name, "typ"))
            jwt->typ = item;
        else if (ck_text_is(&name, "crit"))
            *crit = item;
        else if (ck_text_is(&name, "b64"))
            *b64 = item;
    }
}

/* crit names extensions that must be understood: none is. b64 is one. */
static int
check_header(struct ck_jwt *jwt)
{
    const cJSON *crit = NULL;
    const cJSON *b64 = NULL;

    if (ck_json_kind(jwt->header.root) != CK_JSON_OBJECT)
        return -1;
    find_members(jwt, &crit, &b64);
    if (crit != NULL)
        return -1;
    if (b64 != NULL && ck_json_kind(b64) != CK_JSON_TRUE)
        return -1;
    if (jwt->kid != NULL && ck_json_kind(jwt->kid) != CK_JSON_STRING)
        return -1;
    return 0;
}

/* Whether two dots, not more and not less, make three parts. */
static int
count_parts(const char *text, size_t len)
{
    int parts = 1;

    for (const char *p = text; (p = memchr(p, '.', len - (size_t)(p - text)));
         p++)
        parts += parts < 4;
    return parts;
}

/* A status that speaks of the text means that the token is none. */
static enum ck_status
settle(enum ck_status status, enum ck_jwt_reason *reason)
{
    if (status == CK_BAD_JSON || status == CK_TOO_LARGE) {
        *reason = CK_JWT_INVALID;
        return CK_OK;
    }
    return status;
}

enum ck_status
ck_jwt_open(struct ck_jwt *jwt, const char *text, size_t len,
            enum ck_jwt_reason *reason, struct ck_error *error)
{
    const char *at = text;
    const char *end = text + len;
    unsigned char *room = NULL;
    unsigned char *header = NULL;
    unsigned char *signature = NULL;
    size_t header_len = 0;
    enum ck_status status = CK_OK;

    memset(jwt, 0, sizeof *jwt);
    ck_json_init(&jwt->header);
    *reason = CK_JWT_INVALID;
    if (len > CK_JWT_MAX || count_parts(text, len) != 3)
        return CK_OK;
    room = jwt->memory = ck_malloc(CK_BASE64_ROOM(len) + 9);
    if (room == NULL)
        return ck_fail(error, CK_NOMEM, "out of memory");
    if (decode_part(&at, end, &room, &header, &header_len) < 0 ||
        decode_part(&at, end, &room, &jwt->payload, &jwt->payload_len) < 0)
        return CK_OK;
    jwt->signed_text = text;
    jwt->signed_len = (size_t)(at - text) - 1;
    if (decode_part(&at, end, &room, &signature, &jwt->signature_len) < 0)
        return CK_OK;
    jwt->signature = signature;
    status = ck_json_read(&jwt->header, (const char *)header, header_len, NULL,
                          error);
    if (status != CK_OK)
        return settle(status, reason);
    if (check_header(jwt) == 0)
        *reason = CK_JWT_FINE;
    return CK_OK;
}

static int
is_rs256(const cJSON *alg)
{
    struct ck_text name;

    if (alg == NULL || ck_json_kind(alg) != CK_JSON_STRING)
        return 0;
    name.data = ck_json_string(alg, &name.len);
    return ck_text_is(&name, "RS256");
}

enum ck_status
ck_jwt_verify(const struct ck_jwt *jwt, const struct ck_crypto_api *api,
              struct ck_crypto_key *key, enum ck_jwt_reason *reason,
              struct ck_error *error)
{
    enum ck_status status = CK_OK;
    int valid = 0;

    *reason = CK_JWT_INVALID;
    if (!is_rs256(jwt->alg))
        return CK_OK;
    if (key == NULL) {
        *reason = CK_JWT_KEY_UNRESOLVED;
        return CK_OK;
    }
    status = api->verify(key, jwt->signed_text, jwt->signed_len,
                         jwt->signature, jwt->signature_len, &valid, error);
    if (status == CK_OK)
        *reason = valid ? CK_JWT_FINE : CK_JWT_INVALID_SIGNATURE;
    return status;
}
