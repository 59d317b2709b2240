/* crypto_table.c: the functions of crypto.c and crypto_key.c as a table, each
 * inside the gate: a daemon thread may be verifying while the process ends,
 * and OpenSSL takes itself apart then. Owns nothing. */
#include "crypto_impl.h"

#include "gate.h"

#include <openssl/crypto.h>

/* Fails in the thread that ended the process: OpenSSL may be gone. */
static enum ck_status
enter(struct ck_error *error)
{
    if (ck_gate_is_closed_by_caller())
        return ck_fail(error, CK_INTERNAL, "the process is ending");
    ck_gate_enter();
    return CK_OK;
}

static enum ck_status
leave(enum ck_status status)
{
    ck_gate_leave();
    return status;
}

/* The gate's handler has to run before OpenSSL's, and so is set up after: the
 * first use of an algorithm has OpenSSL register its own. */
static enum ck_status
table_open(struct ck_crypto **made, struct ck_error *error)
{
    enum ck_status status = CK_OK;

    *made = NULL;
    if (enter(error) != CK_OK)
        return CK_INTERNAL;
    status = ck_crypto_open(made, error);
    if (status == CK_OK && !ck_gate_set_up()) {
        ck_crypto_close(*made);
        *made = NULL;
        status = ck_fail(error, CK_INTERNAL, "no handler can be set up");
    }
    return leave(status);
}

/* While the process ends memory does not matter any more. */
static void
table_close(struct ck_crypto *crypto)
{
    if (ck_gate_is_closed())
        return;
    ck_gate_enter();
    ck_crypto_close(crypto);
    ck_gate_leave();
}

static enum ck_status
table_key_new(struct ck_crypto *crypto, enum ck_der kind,
              const unsigned char *der, size_t len,
              struct ck_crypto_key **made, struct ck_error *error)
{
    *made = NULL;
    if (enter(error) != CK_OK)
        return CK_INTERNAL;
    return leave(ck_crypto_key_new(crypto, kind, der, len, made, error));
}

static void
table_key_destroy(struct ck_crypto_key *key)
{
    if (ck_gate_is_closed())
        return;
    ck_gate_enter();
    ck_crypto_key_destroy(key);
    ck_gate_leave();
}

static enum ck_status
table_verify(struct ck_crypto_key *key, const void *data, size_t len,
             const unsigned char *signature, size_t signature_len, int *valid,
             struct ck_error *error)
{
    *valid = 0;
    if (enter(error) != CK_OK)
        return CK_INTERNAL;
    return leave(ck_crypto_verify(key, data, len, signature, signature_len,
                                  valid, error));
}

static enum ck_status
table_sha256(struct ck_crypto *crypto, const void *data, size_t len,
             unsigned char digest[CK_SHA256_SIZE], struct ck_error *error)
{
    if (enter(error) != CK_OK)
        return CK_INTERNAL;
    return leave(ck_crypto_sha256(crypto, data, len, digest, error));
}

static enum ck_status
table_hmac_sha256(struct ck_crypto *crypto, const struct ck_piece *key,
                  const struct ck_piece *pieces, size_t count,
                  unsigned char digest[CK_SHA256_SIZE], struct ck_error *error)
{
    if (enter(error) != CK_OK)
        return CK_INTERNAL;
    return leave(
        ck_crypto_hmac_sha256(crypto, key, pieces, count, digest, error));
}

static int
table_equal(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}

static const char *
table_version_text(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}

const char ck_crypto_built_with[] = OPENSSL_FULL_VERSION_STR;

const struct ck_crypto_api ck_crypto_api = {
    .version = CK_CRYPTO_API_VERSION,
    .open = table_open,
    .close = table_close,
    .key_new = table_key_new,
    .key_destroy = table_key_destroy,
    .key_bits = ck_crypto_key_bits,
    .key_digest = ck_crypto_key_digest,
    .verify = table_verify,
    .sha256 = table_sha256,
    .hmac_sha256 = table_hmac_sha256,
    .equal = table_equal,
    .wipe = OPENSSL_cleanse,
    .version_text = table_version_text,
};
