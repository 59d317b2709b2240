/* crypto_key.c: RSA public keys and signatures over libcrypto. A key owns its
 * EVP_PKEY and a few contexts that are ready for the next verification. */
#include "crypto_impl.h"

#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "alloc.h"
#include "der.h"

#include <string.h>

/* *der is moved past what was read. */
static EVP_PKEY *
read_key(enum ck_der kind, const unsigned char **der, long len)
{
    X509 *certificate = NULL;
    EVP_PKEY *key = NULL;

    switch (kind) {
    case CK_DER_PUBLIC_KEY: return d2i_PUBKEY(NULL, der, len);
    case CK_DER_RSA: return d2i_PublicKey(EVP_PKEY_RSA, NULL, der, len);
    case CK_DER_CERTIFICATE:
        certificate = d2i_X509(NULL, der, len);
        if (certificate != NULL)
            key = X509_get_pubkey(certificate);
        X509_free(certificate);
        break;
    }
    return key;
}

/* Whether the numbers make a key with which nothing can be forged. */
static enum ck_status
check_numbers(const struct ck_der_rsa *rsa, struct ck_error *error)
{
    size_t bits = ck_der_bits(&rsa->modulus);
    size_t exponent_bits = ck_der_bits(&rsa->exponent);

    if (bits < CK_RSA_BITS_MIN || bits > CK_RSA_BITS_MAX)
        return ck_fail(error, CK_BAD_ARGUMENT,
                       "an RSA key of %zu bits; %d to %d can be used", bits,
                       CK_RSA_BITS_MIN, CK_RSA_BITS_MAX);
    if ((ck_der_last(&rsa->modulus) & 1) == 0)
        return ck_fail(error, CK_BAD_ARGUMENT,
                       "an RSA key whose modulus is even");
    if (exponent_bits < 2 || exponent_bits > CK_RSA_EXPONENT_BITS_MAX ||
        (ck_der_last(&rsa->exponent) & 1) == 0)
        return ck_fail(error, CK_BAD_ARGUMENT,
                       "an RSA key whose exponent is even, below 3 or of more "
                       "than %d bits",
                       CK_RSA_EXPONENT_BITS_MAX);
    return CK_OK;
}

/* The numbers of made->key: checked, counted and hashed. */
static enum ck_status
examine(struct ck_crypto *crypto, struct ck_crypto_key *made,
        struct ck_error *error)
{
    unsigned char *der = NULL;
    int len = i2d_PublicKey(made->key, &der);
    struct ck_der_rsa rsa;
    enum ck_status status = CK_OK;

    if (len < 0)
        return ck_crypto_fail(error);
    if (ck_der_read_rsa(der, (size_t)len, &rsa) < 0)
        status = ck_fail(error, CK_BAD_ARGUMENT,
                         "an RSA key whose numbers are not positive");
    else
        status = check_numbers(&rsa, error);
    if (status == CK_OK) {
        made->bits = (int)ck_der_bits(&rsa.modulus);
        made->size = (size_t)(made->bits + 7) / 8;
        status =
            ck_crypto_sha256(crypto, der, (size_t)len, made->digest, error);
    }
    OPENSSL_free(der);
    return status;
}

static enum ck_status
fill(struct ck_crypto *crypto, struct ck_crypto_key *made, enum ck_der kind,
     const unsigned char *der, size_t len, struct ck_error *error)
{
    const unsigned char *end = der;

    if (len > CK_DER_MAX)
        return ck_fail(error, CK_BAD_ARGUMENT, "too long for an RSA key");
    made->key = read_key(kind, &end, (long)len);
    if (made->key == NULL || end != der + len)
        return ck_fail(error, CK_BAD_ARGUMENT, "cannot be read as a key");
    if (EVP_PKEY_get_base_id(made->key) != EVP_PKEY_RSA)
        return ck_fail(error, CK_BAD_ARGUMENT, "not an RSA key");
    if (EVP_MD_up_ref(crypto->sha256) != 1)
        return ck_crypto_fail(error);
    made->sha256 = crypto->sha256;
    return examine(crypto, made, error);
}

enum ck_status
ck_crypto_key_new(struct ck_crypto *crypto, enum ck_der kind,
                  const unsigned char *der, size_t len,
                  struct ck_crypto_key **made, struct ck_error *error)
{
    struct ck_crypto_key *key = ck_calloc(1, sizeof *key);
    enum ck_status status = CK_OK;

    *made = NULL;
    if (key == NULL)
        return ck_fail(error, CK_NOMEM, "out of memory");
    ERR_set_mark();
    status = fill(crypto, key, kind, der, len, error);
    ERR_pop_to_mark();
    if (status == CK_OK)
        *made = key;
    else
        ck_crypto_key_destroy(key);
    return status;
}

void
ck_crypto_key_destroy(struct ck_crypto_key *key)
{
    if (key == NULL)
        return;
    for (size_t i = 0; i < CK_CRYPTO_SPARE; i++)
        EVP_PKEY_CTX_free(atomic_load(&key->spare[i]));
    EVP_PKEY_free(key->key);
    EVP_MD_free(key->sha256);
    ck_free(key);
}

int
ck_crypto_key_bits(const struct ck_crypto_key *key)
{
    return key->bits;
}

const unsigned char *
ck_crypto_key_digest(const struct ck_crypto_key *key)
{
    return key->digest;
}

static EVP_PKEY_CTX *
take_context(struct ck_crypto_key *key)
{
    EVP_PKEY_CTX *context = NULL;

    for (size_t i = 0; i < CK_CRYPTO_SPARE && context == NULL; i++)
        context = atomic_exchange(&key->spare[i], NULL);
    if (context != NULL)
        return context;
    context = EVP_PKEY_CTX_new_from_pkey(NULL, key->key, NULL);
    if (context != NULL && EVP_PKEY_verify_init(context) == 1 &&
        EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
        EVP_PKEY_CTX_set_signature_md(context, key->sha256) == 1)
        return context;
    EVP_PKEY_CTX_free(context);
    return NULL;
}

static void
give_context(struct ck_crypto_key *key, EVP_PKEY_CTX *context)
{
    for (size_t i = 0; i < CK_CRYPTO_SPARE; i++) {
        EVP_PKEY_CTX *none = NULL;

        if (atomic_compare_exchange_strong(&key->spare[i], &none, context))
            return;
    }
    EVP_PKEY_CTX_free(context);
}

enum ck_status
ck_crypto_verify(struct ck_crypto_key *key, const void *data, size_t len,
                 const unsigned char *signature, size_t signature_len,
                 int *valid, struct ck_error *error)
{
    unsigned char digest[CK_SHA256_SIZE];
    EVP_PKEY_CTX *context = NULL;
    enum ck_status status = CK_OK;

    *valid = 0;
    if (signature_len != key->size)
        return CK_OK;
    ERR_set_mark();
    context = take_context(key);
    if (context == NULL ||
        EVP_Digest(data, len, digest, NULL, key->sha256, NULL) != 1)
        status = ck_crypto_fail(error);
    else
        *valid = EVP_PKEY_verify(context, signature, signature_len, digest,
                                 sizeof digest) == 1;
    if (context != NULL)
        give_context(key, context);
    ERR_pop_to_mark();
    return status;
}
