/* token_fixture.c: makes keys and signs tokens with libcrypto. The signing
 * key lives from tokens_open() to tokens_close(). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "token_fixture.h"

static EVP_PKEY *signer;
static char pem[2048];
static char modulus[1024];
static char exponent[64];

/* Making keys would take long under valgrind: this one signs. */
static const char signer_pem[] =
    "-----BEGIN RSA PRIVATE KEY-----\n"
    "MIIEowIBAAKCAQEAizvT1kdgAR97Rtk9pXyR+HHL6VcH6I4M/C0q2HZhjuI1MfDz\n"
    "bOxq3cqehmifyD/gqUnu5Ovm/EXs+yfG7gHhXAfm5PahUoCyWbv9uM7bTOQSgAIn\n"
    "Y6xXhG3kN0ZbspvRvA9p7yvWkQUUQXkg3TQbLzqVu/P8nUefu95pXYT9eg1Fhnlv\n"
    "Q3SCySInDrAfJHGcR7mQV+h4dmfhdZ5F8tP5RHjEMs3pPQo/VAbgPPoiTSpwep6Z\n"
    "95IATAQvou0SVAqJmPFHlkAEpA3stkL0m/2oX7Eg5B3EWOStqG9gKl1aTBnMNK9w\n"
    "DIGGIE6FED+QfDzbSAcJVe6axX8HLzheAbRdZwIDAQABAoIBADU71Z2KwpELWVXY\n"
    "P3KjMyg7UgxQAy0OCrbsCgKjGF/J6y7CAkA2EBHmoz+ehuDIU3xGUTljXHg9wAKy\n"
    "zaM4QtKuDsCh70IdBJO8haCALmaymMQqjqbUQM3YOjZMB0k9vC3b8tPH/gyKVZlG\n"
    "16Lbhj1Dd/ZZrc7wkIkC22QvMb7U/c6YixWfrD3rkpo2FyV04s0S8Xy63yO2D28c\n"
    "nImcT1Cfim73YAnKF7Vzmi74/AIrjFlz811NDii+clvYVQ5RT1Az2Kpnl4cTN5jj\n"
    "O3zyyrvPC0ezmE+vzjKBk6pxg8NX2qmi3zKSpz7Jilz6agU40xDlyKoitj3QP9K4\n"
    "QFlL3CkCgYEAvXenVdiWXK9LFqXprtPcFiHECmgkRvPRm6Lugr9O2hK8FUHsYQac\n"
    "OZLAzFZSU30CxlL8oKzW8c8FjQE44SwgwzZB5XAsxTwvrFFymwLMAqevamZChJ34\n"
    "bDkOZjzwmGuQA0PRGcFMon9IcpdJUEBN+OQuEYlD2rzPcfZh/HstU9sCgYEAvCBe\n"
    "knFeOhGLyDXEKr5fWjeDlKwjahgwLPwDPy2/xtdFA7bH0Qu7mmHOP+3bR6Jg33cv\n"
    "5/jW6bCSl7JhdUjT4mJd4tX2nwReypA/L+wxDDy+kVimAnKOh1ri67nb+WqkL1FH\n"
    "MV216Fg4vtftsHflhdwzrSWW3/IPokTh1UutWGUCgYAbopM2s0OjOzIxmHuQM3ib\n"
    "hctJVU1NSAzfrZEqYusGZcsnMplewY8R2rTiWQjjAo3gDYSpjuw/EtoVagM43K3e\n"
    "q1BLPeRZ1GCDutGDiJHnJTwxwb6cB0qPxnayNNtG8BFuWHrsTcR2wyf3Btf7q5Vz\n"
    "4xxRFHtgMT/0uGIsaG8BFwKBgQCZt6FO649gx2F+MGCfxHpJTz8WxikR0b3bo/hL\n"
    "MWiYYuGjjUBsUbfzB6PtnL8mI0ogjlT4qN2CiaLejQURPnbTbijk5ovjl0CVJ5RZ\n"
    "5haVtzTHsrXDHjPT6bGth2p0vGx3tWQEtFulBCEp32n6XZ2P6UPYYPSM/E9F+h7F\n"
    "mFaF+QKBgCnb0o/oyVB9lSJYnC/309TLaQZSBqADqXWQuYLx4Qln/LKXQ9M+P6HU\n"
    "rGTJKobCPIv4vgYNifHNeBmCsQ7PzRbqt304yML1VHlOC2aeVb8g/YG6PxnKfDAt\n"
    "I9jfGgiQVvmpgNx/dIPP8Wb8ryeMOnAX3UkWCVaaEQq5FOImLB9+\n"
    "-----END RSA PRIVATE KEY-----\n";

/* Somebody else's. */
static const char other_pem[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA5hSFcNckLTf1jc0+Lv3Y\n"
    "VMVWG2jhmIKCOe+c7LgSVuiFZ0+kFaji62R4cb2QZbJITqJGiaNhV1g7GkLW2FTM\n"
    "3ixWG+MFDLt41Y3zO8MMZqbGyLzwOvaBqywITdOs5UDtrdj4+ECwLr8rS6aCl/ol\n"
    "yFQ8muuvx2CweHqxKRImIvhc6Ff9t0xwp+1PtGHTESqsbLvMRB+phIdfuf6RpnOF\n"
    "vY7H8JiefNm1j+Z4lj45Ddd6HnqEAcZ/F+Pbz37Np++w99TZlnqLZof2D65Nkc5X\n"
    "lfs61stQ4UNMtlAFOf9nOyuux71cPHWrU9iV67r9csID3o7T59WladKVURKEsrjS\n"
    "2QIDAQAB\n"
    "-----END PUBLIC KEY-----\n";

char *
token_encode(const char *text, size_t len)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char *out = malloc(len / 3 * 4 + 8);
    size_t at = 0;

    assert_non_null(out);
    for (size_t i = 0; i < len; i += 3) {
        uint32_t three = (uint32_t)(unsigned char)text[i] << 16;
        size_t left = len - i;

        if (left > 1)
            three |= (uint32_t)(unsigned char)text[i + 1] << 8;
        if (left > 2)
            three |= (unsigned char)text[i + 2];
        for (size_t j = 0; j < (left > 2 ? 4 : left + 1); j++)
            out[at++] = digits[three >> (18 - 6 * j) & 63];
    }
    out[at] = 0;
    return out;
}

static void
note_number(const char *name, char *out, size_t room)
{
    unsigned char bytes[512];
    BIGNUM *number = NULL;
    char *text = NULL;

    assert_int_equal(EVP_PKEY_get_bn_param(signer, name, &number), 1);
    text = token_encode((char *)bytes, (size_t)BN_bn2bin(number, bytes));
    assert_true(strlen(text) < room);
    memcpy(out, text, strlen(text) + 1);
    free(text);
    BN_free(number);
}

static struct ck_crypto_key *
load(struct ck_crypto *crypto, EVP_PKEY *key)
{
    struct ck_crypto_key *made = NULL;
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(key, &der);

    assert_true(len > 0);
    assert_int_equal(ck_crypto_api.key_new(crypto, CK_DER_PUBLIC_KEY, der,
                                           (size_t)len, &made, NULL),
                     CK_OK);
    OPENSSL_free(der);
    return made;
}

int
tokens_open_without_keys(void **state)
{
    struct tokens *tokens = calloc(1, sizeof *tokens);

    assert_non_null(tokens);
    assert_int_equal(ck_crypto_api.open(&tokens->crypto, NULL), CK_OK);
    *state = tokens;
    return 0;
}

typedef EVP_PKEY *key_reader(BIO *, EVP_PKEY **, pem_password_cb *, void *);

static EVP_PKEY *
read_key(key_reader *read, const char *text)
{
    BIO *bio = BIO_new_mem_buf(text, -1);
    EVP_PKEY *key = read(bio, NULL, NULL, NULL);

    BIO_free(bio);
    assert_non_null(key);
    return key;
}

int
tokens_open(void **state)
{
    struct tokens *tokens = NULL;
    EVP_PKEY *other = read_key(PEM_read_bio_PUBKEY, other_pem);
    BIO *bio = BIO_new(BIO_s_mem());
    int len = 0;

    ck_json_setup();
    signer = read_key(PEM_read_bio_PrivateKey, signer_pem);
    (void)tokens_open_without_keys(state);
    tokens = *state;
    assert_int_equal(PEM_write_bio_PUBKEY(bio, signer), 1);
    len = BIO_read(bio, pem, sizeof pem - 1);
    assert_true(len > 0);
    pem[len] = 0;
    BIO_free(bio);
    note_number(OSSL_PKEY_PARAM_RSA_N, modulus, sizeof modulus);
    note_number(OSSL_PKEY_PARAM_RSA_E, exponent, sizeof exponent);
    tokens->key = load(tokens->crypto, signer);
    tokens->other = load(tokens->crypto, other);
    EVP_PKEY_free(other);
    return 0;
}

int
tokens_close(void **state)
{
    struct tokens *tokens = *state;

    ck_crypto_api.key_destroy(tokens->key);
    ck_crypto_api.key_destroy(tokens->other);
    ck_crypto_api.close(tokens->crypto);
    EVP_PKEY_free(signer);
    signer = NULL;
    free(tokens);
    return 0;
}

const char *
tokens_pem(void)
{
    return pem;
}

const char *
tokens_modulus(void)
{
    return modulus;
}

const char *
tokens_exponent(void)
{
    return exponent;
}

char *
token_mint(const char *header, const char *payload)
{
    char *head = token_encode(header, strlen(header));
    char *body = token_encode(payload, strlen(payload));
    size_t room = strlen(head) + strlen(body) + 512;
    char *token = malloc(room);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char signature[512];
    size_t len = sizeof signature;
    size_t at = 0;
    char *tail = NULL;

    assert_non_null(token);
    at = (size_t)snprintf(token, room, "%s.%s", head, body);
    assert_int_equal(
        EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, signer), 1);
    assert_int_equal(EVP_DigestSign(context, signature, &len,
                                    (const unsigned char *)token, at),
                     1);
    tail = token_encode((char *)signature, len);
    (void)snprintf(token + at, room - at, ".%s", tail);
    EVP_MD_CTX_free(context);
    free(tail);
    free(body);
    free(head);
    return token;
}
