/* svix.h: the signatures of webhooks, as Svix writes them. */
#ifndef CK_SVIX_H
#define CK_SVIX_H

#include "crypto.h"
#include "jwk.h"
#include "jwt.h"
#include "status.h"

#include <stddef.h>
#include <stdint.h>

enum ck_svix_reason {
    CK_SVIX_FINE,
    CK_SVIX_TIMESTAMP_INVALID,
    CK_SVIX_TIMESTAMP_TOO_OLD,
    CK_SVIX_TIMESTAMP_TOO_NEW,
    CK_SVIX_SIGNATURE_INVALID
};

const char *ck_svix_reason_text(enum ck_svix_reason reason);

/* What was received; all of it borrowed. */
struct ck_svix {
    struct ck_text id;
    struct ck_text timestamp;  /* seconds since 1970, in digits */
    struct ck_text signatures; /* "v1,<base64> v1,<base64>" */
    struct ck_piece body;
};

/* *reason is FINE when one of the signatures was made with one of the
 * secrets ("whsec_" and base64, or base64 alone) and the time is within the
 * tolerance. CK_BAD_ARGUMENT when a secret is none; error->offset is which. */
enum ck_status
ck_svix_verify(const struct ck_crypto_api *api, struct ck_crypto *crypto,
               const struct ck_svix *hook, const struct ck_choice *secrets,
               double now_ms, double tolerance_ms, enum ck_svix_reason *reason,
               struct ck_error *error) CK_MUST_USE;

#endif
