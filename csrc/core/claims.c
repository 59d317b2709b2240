/* claims.c: the payload of a token, read once, and the checks that are made
 * each time it is presented. Claims own their document and are counted. */
#include "jwt.h"

#include "alloc.h"

#include <math.h>
#include <strings.h>

static void
find_claims(struct ck_claims *claims)
{
    cJSON *item = ck_json_first(claims->doc.root);

    for (; item != NULL; item = ck_json_next(item)) {
        struct ck_text name;

        name.data = ck_json_key(item, &name.len);
        if (name.len != 3)
            continue;
        if (ck_text_is(&name, "aud"))
            claims->aud = item;
        else if (ck_text_is(&name, "azp"))
            claims->azp = item;
        else if (ck_text_is(&name, "exp"))
            claims->exp = item;
        else if (ck_text_is(&name, "iat"))
            claims->iat = item;
        else if (ck_text_is(&name, "jti"))
            claims->jti = item;
        else if (ck_text_is(&name, "nbf"))
            claims->nbf = item;
        else if (ck_text_is(&name, "sub"))
            claims->sub = item;
    }
}

/* RFC 9068: "at+jwt", in any case, with or without "application/". */
static int
says_access_token(const cJSON *typ)
{
    static const char prefix[] = "application/";
    size_t prefix_len = sizeof prefix - 1;
    struct ck_text text;

    if (typ == NULL || ck_json_kind(typ) != CK_JSON_STRING)
        return 0;
    text.data = ck_json_string(typ, &text.len);
    if (text.len > prefix_len &&
        strncasecmp(text.data, prefix, prefix_len) == 0) {
        text.data += prefix_len;
        text.len -= prefix_len;
    }
    return text.len == 6 && strncasecmp(text.data, "at+jwt", 6) == 0;
}

static struct ck_claims *
claims_new(const struct ck_jwt *jwt, const struct ck_crypto_api *api,
           const struct ck_crypto_key *key)
{
    size_t kid_len = 0;
    const char *kid =
        jwt->kid == NULL ? "" : ck_json_string(jwt->kid, &kid_len);
    struct ck_claims *claims = ck_calloc(1, sizeof *claims + kid_len);

    if (claims == NULL)
        return NULL;
    atomic_init(&claims->references, 1);
    ck_json_init(&claims->doc);
    claims->has_kid = jwt->kid != NULL;
    claims->kid_len = kid_len;
    memcpy(claims->kid, kid, kid_len);
    claims->is_access_token = says_access_token(jwt->typ);
    if (key != NULL)
        memcpy(claims->key_digest, api->key_digest(key), CK_SHA256_SIZE);
    return claims;
}

enum ck_status
ck_claims_read(const struct ck_jwt *jwt, const struct ck_crypto_api *api,
               const struct ck_crypto_key *key, struct ck_claims **made,
               enum ck_jwt_reason *reason, struct ck_error *error)
{
    struct ck_claims *claims = claims_new(jwt, api, key);
    enum ck_status status = CK_OK;

    *made = NULL;
    *reason = CK_JWT_INVALID;
    if (claims == NULL)
        return ck_fail(error, CK_NOMEM, "out of memory");
    status = ck_json_read(&claims->doc, (const char *)jwt->payload,
                          jwt->payload_len, NULL, error);
    if (status == CK_OK && ck_json_kind(claims->doc.root) == CK_JSON_OBJECT) {
        find_claims(claims);
        *reason = CK_JWT_FINE;
        *made = claims;
        return CK_OK;
    }
    ck_claims_release(claims);
    return status == CK_BAD_JSON || status == CK_TOO_LARGE ? CK_OK : status;
}

struct ck_claims *
ck_claims_retain(struct ck_claims *claims)
{
    atomic_fetch_add(&claims->references, 1);
    return claims;
}

void
ck_claims_release(struct ck_claims *claims)
{
    if (claims == NULL || atomic_fetch_sub(&claims->references, 1) != 1)
        return;
    for (size_t i = 0; i < CK_CLAIMS_COMPANIONS; i++) {
        void *companion = atomic_load(&claims->companions[i]);

        if (companion != NULL)
            claims->drop(companion);
    }
    ck_json_free(&claims->doc);
    ck_free(claims);
}

/* Seconds since 1970. -1 for what is no number; fractions are cut off, as
 * the reference does. */
static int
read_time(const cJSON *node, double *seconds)
{
    switch (ck_json_kind(node)) {
    case CK_JSON_INT: *seconds = (double)ck_json_int(node); return 0;
    case CK_JSON_BIG:
        *seconds = *ck_json_big(node) == '-' ? -HUGE_VAL : HUGE_VAL;
        return 0;
    case CK_JSON_FLOAT:
        *seconds = trunc(ck_json_float(node));
        return isfinite(*seconds) ? 0 : -1;
    default: return -1;
    }
}

/* Each comparison is written so that what is no number would fail. */
static enum ck_jwt_reason
check_times(const struct ck_claims *claims,
            const struct ck_claims_rules *rules)
{
    double latest = rules->now_ms + rules->skew_ms;
    double seconds = 0;

    if (claims->iat != NULL) {
        if (read_time(claims->iat, &seconds) < 0)
            return CK_JWT_IAT_IN_THE_FUTURE;
        if (!(seconds * 1000 <= latest))
            return CK_JWT_NOT_ACTIVE_YET;
    }
    if (claims->nbf != NULL) {
        if (read_time(claims->nbf, &seconds) < 0)
            return CK_JWT_INVALID;
        if (!(seconds * 1000 <= latest))
            return CK_JWT_NOT_ACTIVE_YET;
    }
    if (claims->exp == NULL)
        return rules->require_exp ? CK_JWT_INVALID : CK_JWT_FINE;
    if (read_time(claims->exp, &seconds) < 0)
        return CK_JWT_INVALID;
    if (!(seconds * 1000 > rules->now_ms - rules->skew_ms))
        return CK_JWT_EXPIRED;
    return CK_JWT_FINE;
}

/* As Python's bool() sees it. */
static int
is_empty(const cJSON *node)
{
    size_t len = 0;

    if (node == NULL)
        return 1;
    switch (ck_json_kind(node)) {
    case CK_JSON_NULL:
    case CK_JSON_FALSE: return 1;
    case CK_JSON_INT: return ck_json_int(node) == 0;
    case CK_JSON_FLOAT: return fpclassify(ck_json_float(node)) == FP_ZERO;
    case CK_JSON_STRING: (void)ck_json_string(node, &len); return len == 0;
    case CK_JSON_ARRAY:
    case CK_JSON_OBJECT: return ck_json_first(node) == NULL;
    default: return 0;
    }
}

static int
is_one_of(const cJSON *node, const struct ck_choice *choice)
{
    size_t len = 0;
    const char *text = ck_json_string(node, &len);

    for (size_t i = 0; i < choice->count; i++)
        if (choice->items[i].len == len &&
            memcmp(choice->items[i].data, text, len) == 0)
            return 1;
    return 0;
}

/* A text, or a list of texts of which one has to match. */
static enum ck_jwt_reason
check_audience(const cJSON *aud, const struct ck_choice *audience)
{
    int found = 0;

    if (audience == NULL)
        return is_empty(aud) ? CK_JWT_FINE : CK_JWT_INVALID_AUDIENCE;
    if (is_empty(aud))
        return CK_JWT_INVALID;
    if (ck_json_kind(aud) == CK_JSON_STRING)
        return is_one_of(aud, audience) ? CK_JWT_FINE
                                        : CK_JWT_INVALID_AUDIENCE;
    if (ck_json_kind(aud) != CK_JSON_ARRAY)
        return CK_JWT_INVALID_AUDIENCE;
    for (cJSON *item = ck_json_first(aud); item; item = ck_json_next(item)) {
        if (ck_json_kind(item) != CK_JSON_STRING)
            return CK_JWT_INVALID_AUDIENCE;
        found |= is_one_of(item, audience);
    }
    return found ? CK_JWT_FINE : CK_JWT_INVALID_AUDIENCE;
}

static int
is_text_or_absent(const cJSON *node)
{
    return node == NULL || ck_json_kind(node) == CK_JSON_STRING;
}

/* A machine is the subject of its own token. */
static int
is_machine(const cJSON *sub)
{
    size_t len = 0;
    const char *text = NULL;

    if (sub == NULL || ck_json_kind(sub) != CK_JSON_STRING)
        return 0;
    text = ck_json_string(sub, &len);
    return len >= 4 && memcmp(text, "mch_", 4) == 0;
}

enum ck_jwt_reason
ck_claims_check(const struct ck_claims *claims,
                const struct ck_claims_rules *rules)
{
    enum ck_jwt_reason reason = CK_JWT_FINE;

    if (rules->session_only &&
        (claims->is_access_token || is_machine(claims->sub)))
        return CK_JWT_INVALID_TYPE;
    reason = check_times(claims, rules);
    if (reason == CK_JWT_FINE)
        reason = check_audience(claims->aud, rules->audience);
    if (reason != CK_JWT_FINE)
        return reason;
    if (!is_text_or_absent(claims->sub) || !is_text_or_absent(claims->jti))
        return CK_JWT_INVALID;
    if (rules->parties == NULL)
        return CK_JWT_FINE;
    if (claims->azp == NULL || ck_json_kind(claims->azp) != CK_JSON_STRING ||
        !is_one_of(claims->azp, rules->parties))
        return CK_JWT_INVALID_PARTIES;
    return CK_JWT_FINE;
}
