/* crypto.c: hashes over libcrypto. A ck_crypto owns the algorithms that it
 * looked up; contexts in use belong to the call. */
#include "crypto_impl.h"

#include <openssl/params.h>

#include "alloc.h"

enum ck_status
ck_crypto_fail(struct ck_error *error)
{
    return ck_fail(error, CK_INTERNAL, "libcrypto failed");
}

void
ck_crypto_close(struct ck_crypto *crypto)
{
    if (crypto == NULL)
        return;
    for (size_t i = 0; i < CK_CRYPTO_SPARE; i++)
        EVP_MD_CTX_free(atomic_load(&crypto->spare[i]));
    EVP_MAC_free(crypto->hmac);
    EVP_MD_free(crypto->sha256);
    ck_free(crypto);
}

enum ck_status
ck_crypto_open(struct ck_crypto **made, struct ck_error *error)
{
    struct ck_crypto *crypto = ck_calloc(1, sizeof *crypto);

    *made = NULL;
    if (crypto == NULL)
        return ck_fail(error, CK_NOMEM, "out of memory");
    ERR_set_mark();
    crypto->sha256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
    crypto->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    ERR_pop_to_mark();
    if (crypto->sha256 == NULL || crypto->hmac == NULL) {
        ck_crypto_close(crypto);
        return ck_fail(error, CK_INTERNAL,
                       "this libcrypto offers no SHA-256 or no HMAC");
    }
    *made = crypto;
    return CK_OK;
}

/* A context is worth keeping: making one costs as much as hashing a token. */
static EVP_MD_CTX *
take_context(struct ck_crypto *crypto)
{
    for (size_t i = 0; i < CK_CRYPTO_SPARE; i++) {
        EVP_MD_CTX *spare = atomic_exchange(&crypto->spare[i], NULL);

        if (spare != NULL)
            return spare;
    }
    return EVP_MD_CTX_new();
}

static void
give_context(struct ck_crypto *crypto, EVP_MD_CTX *context)
{
    for (size_t i = 0; i < CK_CRYPTO_SPARE; i++) {
        EVP_MD_CTX *none = NULL;

        if (atomic_compare_exchange_strong(&crypto->spare[i], &none, context))
            return;
    }
    EVP_MD_CTX_free(context);
}

enum ck_status
ck_crypto_sha256(struct ck_crypto *crypto, const void *data, size_t len,
                 unsigned char digest[CK_SHA256_SIZE], struct ck_error *error)
{
    EVP_MD_CTX *context = NULL;
    int done = 0;

    ERR_set_mark();
    context = take_context(crypto);
    done = context != NULL &&
           EVP_DigestInit_ex(context, crypto->sha256, NULL) == 1 &&
           EVP_DigestUpdate(context, data, len) == 1 &&
           EVP_DigestFinal_ex(context, digest, NULL) == 1;
    ERR_pop_to_mark();
    if (done)
        give_context(crypto, context);
    else
        EVP_MD_CTX_free(context);
    return done ? CK_OK : ck_crypto_fail(error);
}

static int
hmac_pieces(EVP_MAC_CTX *context, const struct ck_piece *key,
            const struct ck_piece *pieces, size_t count,
            unsigned char digest[CK_SHA256_SIZE])
{
    static const char name[] = "SHA2-256";
    OSSL_PARAM params[2] = {
        OSSL_PARAM_construct_utf8_string("digest", (char *)(size_t)name, 0),
        OSSL_PARAM_construct_end()};
    size_t len = 0;

    if (EVP_MAC_init(context, key->data, key->len, params) != 1)
        return 0;
    for (size_t i = 0; i < count; i++)
        if (EVP_MAC_update(context, pieces[i].data, pieces[i].len) != 1)
            return 0;
    return EVP_MAC_final(context, digest, &len, CK_SHA256_SIZE) == 1 &&
           len == CK_SHA256_SIZE;
}

enum ck_status
ck_crypto_hmac_sha256(struct ck_crypto *crypto, const struct ck_piece *key,
                      const struct ck_piece *pieces, size_t count,
                      unsigned char digest[CK_SHA256_SIZE],
                      struct ck_error *error)
{
    EVP_MAC_CTX *context = NULL;
    int done = 0;

    ERR_set_mark();
    context = EVP_MAC_CTX_new(crypto->hmac);
    done = context != NULL && hmac_pieces(context, key, pieces, count, digest);
    EVP_MAC_CTX_free(context);
    ERR_pop_to_mark();
    return done ? CK_OK : ck_crypto_fail(error);
}
