/* svix.c: verifies the signature of a webhook: HMAC-SHA256 over id, time and
 * body. Secrets are decoded for the call and wiped after it. */
#include "svix.h"

#include "alloc.h"
#include "base64url.h"

#include <string.h>

/* Longer secrets are refused; Svix's own have 24 to 64 bytes. */
enum { SECRET_MAX = 1024, DIGITS_MAX = 12 };

const char *
ck_svix_reason_text(enum ck_svix_reason reason)
{
    switch (reason) {
    case CK_SVIX_FINE: return NULL;
    case CK_SVIX_TIMESTAMP_INVALID: return "timestamp-invalid";
    case CK_SVIX_TIMESTAMP_TOO_OLD: return "timestamp-too-old";
    case CK_SVIX_TIMESTAMP_TOO_NEW: return "timestamp-too-new";
    case CK_SVIX_SIGNATURE_INVALID: return "signature-invalid";
    }
    return NULL;
}

static enum ck_svix_reason
check_time(const struct ck_text *text, double now_ms, double tolerance_ms)
{
    double sent_ms = 0;

    if (text->len == 0 || text->len > DIGITS_MAX)
        return CK_SVIX_TIMESTAMP_INVALID;
    for (size_t i = 0; i < text->len; i++) {
        if (text->data[i] < '0' || text->data[i] > '9')
            return CK_SVIX_TIMESTAMP_INVALID;
        sent_ms = sent_ms * 10 + (text->data[i] - '0');
    }
    sent_ms *= 1000;
    if (!(sent_ms >= now_ms - tolerance_ms))
        return CK_SVIX_TIMESTAMP_TOO_OLD;
    if (!(sent_ms <= now_ms + tolerance_ms))
        return CK_SVIX_TIMESTAMP_TOO_NEW;
    return CK_SVIX_FINE;
}

/* Whether one of the signatures is the digest. All of them are looked at. */
static int
is_among(const struct ck_crypto_api *api, const struct ck_text *signatures,
         const unsigned char *digest)
{
    const char *at = signatures->data;
    const char *end = at + signatures->len;
    int found = 0;

    while (at < end) {
        unsigned char bytes[CK_BASE64_ROOM(44)];
        const char *space = memchr(at, ' ', (size_t)(end - at));
        const char *stop = space == NULL ? end : space;
        size_t len = (size_t)(stop - at);

        if (len > 3 && len <= 3 + 44 && memcmp(at, "v1,", 3) == 0 &&
            ck_base64_decode(CK_BASE64_STANDARD, at + 3, len - 3, bytes) ==
                CK_SHA256_SIZE)
            found |= api->equal(bytes, digest, CK_SHA256_SIZE);
        at = space == NULL ? end : space + 1;
    }
    return found;
}

/* The bytes of a secret; -1 when it is none. */
static ptrdiff_t
decode_secret(const struct ck_text *secret, unsigned char *bytes)
{
    static const char prefix[] = "whsec_";
    size_t skip = sizeof prefix - 1;
    ptrdiff_t len = 0;

    if (secret->len < skip || memcmp(secret->data, prefix, skip) != 0)
        skip = 0;
    if (secret->len - skip > SECRET_MAX)
        return -1;
    len = ck_base64_decode(CK_BASE64_STANDARD, secret->data + skip,
                           secret->len - skip, bytes);
    return len == 0 ? -1 : len;
}

static enum ck_status
try_secret(const struct ck_crypto_api *api, struct ck_crypto *crypto,
           const struct ck_svix *hook, const struct ck_text *secret,
           int *found, struct ck_error *error)
{
    const struct ck_piece pieces[] = {
        {hook->id.data, hook->id.len},
        {".", 1},
        {hook->timestamp.data, hook->timestamp.len},
        {".", 1},
        hook->body};
    unsigned char bytes[CK_BASE64_ROOM(SECRET_MAX)];
    unsigned char digest[CK_SHA256_SIZE];
    ptrdiff_t len = decode_secret(secret, bytes);
    struct ck_piece key = {bytes, (size_t)len};
    enum ck_status status = CK_OK;

    if (len < 0)
        return ck_fail(error, CK_BAD_ARGUMENT,
                       "not a webhook secret: whsec_ and base64 expected");
    status = api->hmac_sha256(crypto, &key, pieces, 5, digest, error);
    if (status == CK_OK)
        *found |= is_among(api, &hook->signatures, digest);
    api->wipe(bytes, sizeof bytes);
    return status;
}

enum ck_status
ck_svix_verify(const struct ck_crypto_api *api, struct ck_crypto *crypto,
               const struct ck_svix *hook, const struct ck_choice *secrets,
               double now_ms, double tolerance_ms, enum ck_svix_reason *reason,
               struct ck_error *error)
{
    int found = 0;

    for (size_t i = 0; i < secrets->count; i++) {
        enum ck_status status =
            try_secret(api, crypto, hook, &secrets->items[i], &found, error);

        if (status != CK_OK) {
            if (error != NULL)
                error->offset = i;
            return status;
        }
    }
    *reason = check_time(&hook->timestamp, now_ms, tolerance_ms);
    if (*reason == CK_SVIX_FINE && !found)
        *reason = CK_SVIX_SIGNATURE_INVALID;
    return CK_OK;
}
