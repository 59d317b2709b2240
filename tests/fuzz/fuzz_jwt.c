/* fuzz_jwt.c: any bytes as token, PEM, JWK, base64, DER, cookies and webhook,
 * by the first byte. What is read must have the shape that the headers
 * promise; no signature is ever valid, since nobody here can sign. */
#include "base64url.h"
#include "cookie.h"
#include "crypto.h"
#include "der.h"
#include "jwk.h"
#include "jwt.h"
#include "svix.h"

#include "../core/jwk_fixture.h"
#include "target.h"

#include <pthread.h>

/* The private half was never kept. */
static const char key_pem[] =
    "-----BEGIN PUBLIC KEY-----"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr8KKj9iE5HOdtz4lzZo7"
    "CYomGLO/8zvFtRembmX6TpK19u01l6ZRDH8qHWdKdeLTgqrENIxgtRIH4QtZC23Z"
    "ZaqkfyTdvB6y7eHkYycaMtDMo9rrB1VxtXMpm56qdQQra2cAs+np4+4XBL1oL3sA"
    "ykRY5MjOwbjPf7ah3BQWfuSAgJzcmUIWXDpxUDdDcp1+GyglSaWf9O8SQpaigwxz"
    "tqfWA0fMTh2zT6tlMeUY/pdJDXvZ9Ctrex0e/e0PFGR8bQgupSu5UML919acW104"
    "85aB03z7qLYZD/B+FKCjb5Umkj2JLjPVV6r2en8uls99UXit5q60QGO3l/58noVE"
    "nwIDAQAB"
    "-----END PUBLIC KEY-----";

static struct ck_crypto *crypto;
static struct ck_crypto_key *key;

static void
prepare(void)
{
    ck_json_setup();
    check(ck_crypto_api.open(&crypto, NULL) == CK_OK, "libcrypto");
    check(ck_pem_make(&ck_crypto_api, crypto, key_pem, sizeof key_pem - 1,
                      &key, NULL) == CK_OK,
          "a good key");
}

static void
check_claims(const struct ck_jwt *jwt)
{
    const struct ck_text texts[] = {{"a", 1}, {"", 0}};
    const struct ck_choice choice = {texts, 2};
    struct ck_claims_rules rules = {.now_ms = 1.8e12, .skew_ms = 5000};
    enum ck_jwt_reason reason = CK_JWT_FINE;
    struct ck_claims *claims = NULL;

    check(ck_claims_read(jwt, &ck_crypto_api, key, &claims, &reason, NULL) ==
              CK_OK,
          "memory");
    check((claims == NULL) == (reason == CK_JWT_INVALID), "claims or not");
    if (claims == NULL)
        return;
    check(ck_json_kind(claims->doc.root) == CK_JSON_OBJECT, "no object");
    for (int i = 0; i < 16; i++) {
        rules.audience = (i & 1) != 0 ? &choice : NULL;
        rules.parties = (i & 2) != 0 ? &choice : NULL;
        rules.require_exp = i & 4;
        rules.session_only = i & 8;
        reason = ck_claims_check(claims, &rules);
        check(reason == CK_JWT_FINE || ck_jwt_reason_text(reason) != NULL,
              "reason");
    }
    ck_claims_release(claims);
}

static void
try_token(const char *text, size_t len)
{
    enum ck_jwt_reason reason = CK_JWT_FINE;
    struct ck_jwt jwt;

    check(ck_jwt_open(&jwt, text, len, &reason, NULL) == CK_OK, "memory");
    if (reason == CK_JWT_FINE) {
        size_t kid_len = 0;

        check(jwt.kid == NULL || ck_json_string(jwt.kid, &kid_len) != NULL,
              "kid");
        check(jwt.signed_text == text && jwt.signed_len < len, "signed");
        check(ck_jwt_verify(&jwt, &ck_crypto_api, key, &reason, NULL) == CK_OK,
              "memory");
        check(reason == CK_JWT_INVALID || reason == CK_JWT_INVALID_SIGNATURE,
              "a forged signature is valid");
        check_claims(&jwt);
    }
    ck_jwt_free(&jwt);
}

/* A token whose payload is the text: nobody has to know base64 for it. */
static void
try_claims(const char *text, size_t len)
{
    struct ck_jwt jwt = {0};
    unsigned char *copy = malloc(len + 1);

    check(copy != NULL, "memory");
    memcpy(copy, text, len);
    jwt.payload = copy;
    jwt.payload_len = len;
    check_claims(&jwt);
    free(copy);
}

static void
check_key(enum ck_status status, struct ck_crypto_key *made)
{
    check(status == CK_OK || status == CK_BAD_ARGUMENT, "key's status");
    check((made != NULL) == (status == CK_OK), "key or not");
    if (made == NULL)
        return;
    check(ck_crypto_api.key_bits(made) >= CK_RSA_BITS_MIN &&
              ck_crypto_api.key_bits(made) <= CK_RSA_BITS_MAX,
          "bits");
    ck_crypto_api.key_destroy(made);
}

static void
try_jwk(char *text, size_t len)
{
    struct ck_crypto_key *made = NULL;
    struct ck_error error;
    struct ck_json doc;
    struct ck_jwk jwk;

    ck_json_init(&doc);
    if (ck_json_read(&doc, text, len, NULL, &error) == CK_OK &&
        jwk_of_json(doc.root, &jwk) == 0) {
        enum ck_status status =
            ck_jwk_make(&ck_crypto_api, crypto, &jwk, &made, &error);

        check_key(status, made);
    }
    ck_json_free(&doc);
}

static void
try_der(const char *text, size_t len)
{
    struct ck_crypto_key *made = NULL;
    struct ck_der_rsa rsa;
    enum ck_status status = CK_OK;
    struct ck_buf again;

    if (ck_der_read_rsa((const unsigned char *)text, len, &rsa) == 0) {
        ck_buf_init(&again, CK_DER_MAX);
        status = ck_der_put_rsa(&again, &rsa);
        check(status == CK_OK || status == CK_TOO_LARGE, "put");
        check(status != CK_OK ||
                  (again.len == len && memcmp(again.data, text, len) == 0),
              "a number written in two ways");
        ck_buf_free(&again);
    }
    for (int kind = 0; kind < 3; kind++) {
        status = ck_crypto_api.key_new(crypto, (enum ck_der)kind,
                                       (const unsigned char *)text, len, &made,
                                       NULL);
        check_key(status, made);
    }
}

static void
try_base64(const char *text, size_t len)
{
    unsigned char *out = malloc(CK_BASE64_ROOM(len));

    check(out != NULL, "memory");
    for (int kind = 0; kind < 2; kind++)
        check(ck_base64_decode((enum ck_base64)kind, text, len, out) <=
                  (ptrdiff_t)CK_BASE64_ROOM(len),
              "more bytes than room");
    free(out);
}

static void
try_svix(const char *text, size_t len)
{
    const struct ck_text secret = {"whsec_plJ3nmyCDGBKInavdOK15jsl", 30};
    const struct ck_text given = {text, len};
    const struct ck_choice secrets[] = {{&secret, 1}, {&given, 1}};
    struct ck_svix hook = {
        {"msg_1", 5}, {"1731705121", 10}, {text, len}, {"{}", 2}};
    enum ck_svix_reason reason = CK_SVIX_FINE;
    enum ck_status status = CK_OK;

    for (int i = 0; i < 3; i++) {
        if (i == 1) {
            hook.timestamp = given;
            hook.signatures = secret;
        }
        status = ck_svix_verify(&ck_crypto_api, crypto, &hook, &secrets[i / 2],
                                1731705121000, 300000, &reason, NULL);
        check(status == CK_OK || (i == 2 && status == CK_BAD_ARGUMENT),
              "status");
        check(status != CK_OK || reason != CK_SVIX_FINE,
              "a forged webhook is valid");
    }
}

static void
try_cookie(const char *text, size_t len)
{
    const struct ck_text own[] = {{NULL, 0}, {"__session_a", 11}};
    const struct ck_text header = {text, len};

    for (int i = 0; i < 2; i++) {
        struct ck_text value;
        int is_own = ck_cookie_session(header, own[i], &value);

        check(!is_own || (own[i].data != NULL && value.data != NULL), "own");
        check(value.data == NULL ||
                  (value.len > 0 && value.data > text &&
                   value.data + value.len <= text + len &&
                   memchr(value.data, ';', value.len) == NULL),
              "a value that is not of the header");
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct ck_crypto_key *made = NULL;
    enum ck_status status = CK_OK;
    char *text = NULL;

    if (size < 1)
        return 0;
    (void)pthread_once(&once, prepare);
    text = malloc(size);
    check(text != NULL, "memory");
    memcpy(text, data + 1, size - 1);
    size--;
    switch (data[0]) {
    case 't': try_token(text, size); break;
    case 'c': try_claims(text, size); break;
    case 'p':
        status = ck_pem_make(&ck_crypto_api, crypto, text, size, &made, NULL);
        check_key(status, made);
        break;
    case 'j': try_jwk(text, size); break;
    case 'd': try_der(text, size); break;
    case 'b': try_base64(text, size); break;
    case 'k': try_cookie(text, size); break;
    case 's': try_svix(text, size); break;
    default: break;
    }
    free(text);
    return 0;
}
