/* test_jwk.c: keys out of PEM and JWK, the numbers of a key in DER; each
 * allocation failing once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "der.h"
#include "jwk.h"
#include "jwk_fixture.h"
#include "support.h"
#include "token_fixture.h"

static enum ck_status
pem_make(const struct tokens *tokens, const char *text, size_t len,
         struct ck_crypto_key **made, struct ck_error *error)
{
    char *copy = support_copy(text, len);
    enum ck_status status =
        ck_pem_make(&ck_crypto_api, tokens->crypto, copy, len, made, error);

    free(copy);
    return status;
}

static void
assert_same_key(const struct tokens *tokens, struct ck_crypto_key *made)
{
    assert_non_null(made);
    assert_int_equal(ck_crypto_api.key_bits(made), 2048);
    assert_memory_equal(ck_crypto_api.key_digest(made),
                        ck_crypto_api.key_digest(tokens->key), CK_SHA256_SIZE);
    ck_crypto_api.key_destroy(made);
}

/* text with each line break replaced. New. */
static char *
with_breaks(const char *text, const char *instead)
{
    char *out = calloc(strlen(text) * (strlen(instead) + 1) + 1, 1);
    size_t at = 0;

    for (; *text != 0; text++) {
        if (*text != '\n') {
            out[at++] = *text;
            continue;
        }
        memcpy(out + at, instead, strlen(instead));
        at += strlen(instead);
    }
    return out;
}

static void
test_pem(void **state)
{
    static const char *const breaks[] = {"\n",  "",       "\r\n", "\r",
                                         "\\n", "\\r\\n", " ",    "\t\n"};
    struct tokens *tokens = *state;

    for (size_t i = 0; i < sizeof breaks / sizeof breaks[0]; i++) {
        char *text = with_breaks(tokens_pem(), breaks[i]);
        struct ck_crypto_key *key = NULL;

        assert_int_equal(pem_make(tokens, text, strlen(text), &key, NULL),
                         CK_OK);
        assert_same_key(tokens, key);
        free(text);
    }
}

static void
test_pem_cut_and_changed(void **state)
{
    struct tokens *tokens = *state;
    const char *text = tokens_pem();
    size_t len = strlen(text);
    struct ck_crypto_key *key = NULL;
    struct ck_error error;

    for (size_t cut = 0; cut < len - 1; cut++) {
        assert_int_equal(pem_make(tokens, text, cut, &key, &error),
                         CK_BAD_ARGUMENT);
        assert_null(key);
    }
    for (size_t i = 0; i < len; i++) {
        char *copy = support_copy(text, len);
        enum ck_status status = CK_OK;

        copy[i] = (char)(copy[i] ^ 0x15);
        status = pem_make(tokens, copy, len, &key, &error);
        assert_true(status == CK_OK || status == CK_BAD_ARGUMENT);
        if (status == CK_OK)
            ck_crypto_api.key_destroy(key);
        free(copy);
    }
}

static void
test_pem_refused(void **state)
{
    static const struct {
        const char *text;
        const char *words;
    } cases[] = {
        {"", "not a PEM"},
        {"-----BEGIN PUBLIC KEY-----", "not a PEM"},
        {"-----BEGIN PUBLIC KEY-----AAAA", "not a PEM"},
        {"-----BEGIN PUBLIC KEY-----AAAA-----END PUBLIC KEY", "not a PEM"},
        {"-----BEGIN A-----AAAA-----END B-----", "not a PEM"},
        {"-----BEGIN -----AAAA-----END -----", "neither"},
        {"-----BEGIN EC PARAMETERS-----AAAA-----END EC PARAMETERS-----",
         "neither"},
        {"-----BEGIN PRIVATE KEY-----AAAA-----END PRIVATE KEY-----",
         "private"},
        {"-----BEGIN RSA PRIVATE KEY-----A-----END RSA PRIVATE KEY-----",
         "private"},
        {"-----BEGIN PUBLIC KEY-----A-----END PUBLIC KEY-----", "no base64"},
        {"-----BEGIN PUBLIC KEY-----!!!!-----END PUBLIC KEY-----",
         "no base64"},
        {"-----BEGIN PUBLIC KEY----------END PUBLIC KEY-----", "cannot"},
        {"-----BEGIN PUBLIC KEY-----AAAA-----END PUBLIC KEY-----", "cannot"},
        {"-----BEGIN CERTIFICATE-----AAAA-----END CERTIFICATE-----", "cannot"},
        {"-----BEGIN RSA PUBLIC KEY-----MAYCAQMCAQM=-----END RSA PUBLIC "
         "KEY-----",
         "2 bits"},
    };
    struct tokens *tokens = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ck_crypto_key *key = NULL;
        struct ck_error error;

        assert_int_equal(pem_make(tokens, cases[i].text, strlen(cases[i].text),
                                  &key, &error),
                         CK_BAD_ARGUMENT);
        assert_non_null(strstr(error.message, cases[i].words));
    }
}

/* Reads a JWK out of JSON and makes a key of it. */
static enum ck_status
jwk_make(const struct tokens *tokens, const char *text,
         struct ck_crypto_key **made, struct ck_error *error)
{
    char *copy = support_copy(text, strlen(text));
    struct ck_jwk jwk;
    struct ck_json doc;
    enum ck_status status = CK_OK;

    *made = NULL;
    ck_json_init(&doc);
    status = ck_json_read(&doc, copy, strlen(text), NULL, error);
    if (status == CK_OK)
        status = jwk_of_json(doc.root, &jwk) < 0
                     ? CK_BAD_ARGUMENT
                     : ck_jwk_make(&ck_crypto_api, tokens->crypto, &jwk, made,
                                   error);
    ck_json_free(&doc);
    free(copy);
    return status;
}

static void
test_jwk(void **state)
{
    static const char *const forms[] = {
        "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"}",
        "{\"n\":\"AA%s\",\"e\":\"%s\",\"kty\":\"RSA\"}",
        "{\"d\":1,\"kty\":\"EC\",\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"}",
        "{\"kty\":\"RSA\",\"use\":\"sig\",\"alg\":\"RS256\",\"kid\":7,"
        "\"n\":\"%s\",\"e\":\"%s\"}",
    };
    struct tokens *tokens = *state;

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct ck_crypto_key *key = NULL;
        struct ck_error error;
        char text[2048];
        enum ck_status status;

        /* Only formats of our own come here. */
        (void)snprintf(text, sizeof text, forms[i], tokens_modulus(),
                       tokens_exponent());
        status = jwk_make(tokens, text, &key, &error);
        if (i == 1 || i == 2) /* shifted by a byte and a half; private */
            assert_int_equal(status, CK_BAD_ARGUMENT);
        else
            assert_same_key(tokens, key);
    }
}

static void
test_jwk_refused(void **state)
{
    static const char *const bad[] = {
        "[]",
        "null",
        "\"RSA\"",
        "{}",
        "{\"kty\":\"RSA\"}",
        "{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"n\":\"AAAA\",\"e\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"n\":null,\"e\":\"AQAB\"}",
        "{\"kty\":\"RSA\\u0000\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
        "{\"kty\\u0000\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"use\":\"enc\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"alg\":\"PS256\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
    };
    struct tokens *tokens = *state;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ck_crypto_key *key = NULL;
        struct ck_error error;

        assert_int_equal(jwk_make(tokens, bad[i], &key, &error),
                         CK_BAD_ARGUMENT);
        assert_null(key);
    }
}

static void
test_der(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        int good;
    } cases[] = {
#define DER(bytes, good) {bytes, sizeof(bytes) - 1, good}
        DER("\x30\x06\x02\x01\x05\x02\x01\x03", 1),
        DER("\x30\x07\x02\x02\x00\x85\x02\x01\x03", 1),
        DER("", 0),
        DER("\x30", 0),
        DER("\x30\x80", 0),
        DER("\x30\x00", 0),
        DER("\x31\x06\x02\x01\x05\x02\x01\x03", 0),
        DER("\x30\x06\x02\x01\x05\x02\x01", 0),
        DER("\x30\x06\x02\x01\x05\x02\x01\x03\x00", 0),
        DER("\x30\x07\x02\x01\x05\x02\x01\x03\x00", 0),
        DER("\x30\x03\x02\x01\x05", 0),
        DER("\x30\x06\x02\x01\x85\x02\x01\x03", 0),
        DER("\x30\x06\x02\x01\x00\x02\x01\x03", 0),
        DER("\x30\x07\x02\x02\x00\x05\x02\x01\x03", 0),
        DER("\x30\x05\x02\x00\x02\x01\x03", 0),
        DER("\x30\x81\x06\x02\x01\x05\x02\x01\x03", 0),
        DER("\x30\x82\x00\x06\x02\x01\x05\x02\x01\x03", 0),
        DER("\x30\x84\xff\xff\xff\xff", 0),
        DER("\x30\x83\xff\xff\xff\x02", 0),
        DER("\x30\x06\x02\x7f\x05\x02\x01\x03", 0),
        DER("\x30\x06\x03\x01\x05\x02\x01\x03", 0),
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *copy = support_copy(cases[i].bytes, cases[i].len);
        struct ck_der_rsa rsa;
        struct ck_buf again;

        assert_int_equal(
            ck_der_read_rsa((const unsigned char *)copy, cases[i].len, &rsa),
            cases[i].good ? 0 : -1);
        if (cases[i].good) {
            ck_buf_init(&again, CK_DER_MAX);
            assert_int_equal(ck_der_put_rsa(&again, &rsa), CK_OK);
            assert_int_equal(again.len, cases[i].len);
            assert_memory_equal(again.data, copy, again.len);
            ck_buf_free(&again);
        }
        free(copy);
    }
}

/* Numbers of every length around those where the length is written anew. */
static void
test_der_lengths(void **state)
{
    unsigned char bytes[70000];

    (void)state;
    memset(bytes, 0xC5, sizeof bytes);
    for (size_t len = 1; len < 300; len++) {
        struct ck_der_rsa rsa = {{bytes, len}, {bytes, 1}};
        struct ck_der_rsa again;
        struct ck_buf der;

        bytes[0] = len % 2 == 0 ? 0xC5 : 0x45;
        ck_buf_init(&der, CK_DER_MAX);
        assert_int_equal(ck_der_put_rsa(&der, &rsa), CK_OK);
        assert_int_equal(
            ck_der_read_rsa((const unsigned char *)der.data, der.len, &again),
            0);
        assert_int_equal(again.modulus.len, len);
        assert_int_equal(ck_der_bits(&again.modulus), len * 8 - len % 2);
        assert_int_equal(ck_der_last(&again.modulus), bytes[len - 1]);
        ck_buf_free(&der);
    }
    struct ck_der_rsa large = {{bytes, sizeof bytes}, {bytes, 1}};
    struct ck_buf der;

    ck_buf_init(&der, CK_DER_MAX);
    assert_int_equal(ck_der_put_rsa(&der, &large), CK_TOO_LARGE);
    ck_buf_free(&der);
}

static enum ck_status
torture_pem(void *arg)
{
    struct ck_crypto_key *key = NULL;
    struct ck_crypto *crypto = NULL;
    enum ck_status status = ck_crypto_api.open(&crypto, NULL);

    (void)arg;
    if (status != CK_OK)
        return status;
    status = ck_pem_make(&ck_crypto_api, crypto, tokens_pem(),
                         strlen(tokens_pem()), &key, NULL);
    ck_crypto_api.key_destroy(key);
    ck_crypto_api.close(crypto);
    return status;
}

static enum ck_status
torture_jwk(void *arg)
{
    struct ck_crypto_key *key = NULL;
    struct ck_error error;
    char text[2048];
    enum ck_status status;

    (void)snprintf(text, sizeof text,
                   "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"}",
                   tokens_modulus(), tokens_exponent());
    status = jwk_make(arg, text, &key, &error);
    ck_crypto_api.key_destroy(key);
    return status;
}

static void
test_memory(void **state)
{
    assert_true(support_torture(torture_pem, *state) >= 3);
    assert_true(support_torture(torture_jwk, *state) >= 4);
}

/* A key outlives the algorithms it was made with. */
static void
test_key_outlives(void **state)
{
    struct ck_crypto_key *key = NULL;
    struct ck_crypto *crypto = NULL;
    unsigned char signature[256] = {0};
    int valid = 1;

    (void)state;
    assert_int_equal(ck_crypto_api.open(&crypto, NULL), CK_OK);
    assert_int_equal(ck_pem_make(&ck_crypto_api, crypto, tokens_pem(),
                                 strlen(tokens_pem()), &key, NULL),
                     CK_OK);
    ck_crypto_api.close(crypto);
    assert_int_equal(
        ck_crypto_api.verify(key, "x", 1, signature, 256, &valid, NULL),
        CK_OK);
    assert_int_equal(valid, 0);
    ck_crypto_api.key_destroy(key);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pem),
        cmocka_unit_test(test_pem_cut_and_changed),
        cmocka_unit_test(test_pem_refused),
        cmocka_unit_test(test_jwk),
        cmocka_unit_test(test_jwk_refused),
        cmocka_unit_test(test_der),
        cmocka_unit_test(test_der_lengths),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_key_outlives),
    };

    return cmocka_run_group_tests(tests, tokens_open, tokens_close);
}
