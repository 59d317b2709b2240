/* test_svix.c: signatures of webhooks and the table's hashes, with values
 * from RFC 4231, FIPS 180-4 and Svix's manual. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "support.h"
#include "svix.h"
#include "token_fixture.h"

#define TEXT(s)                                                               \
    {                                                                         \
        s, sizeof(s) - 1                                                      \
    }

static const struct ck_svix documented = {
    TEXT("msg_loFOjxBNrRLzqYUf"), TEXT("1731705121"),
    TEXT("v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="),
    TEXT("{\"event_type\":\"ping\",\"data\":{\"success\":true}}")};
static const struct ck_text secret = TEXT("whsec_plJ3nmyCDGBKInavdOK15jsl");
static const double sent_ms = 1731705121000;

static enum ck_svix_reason
verify(const struct tokens *tokens, const struct ck_svix *hook, double now_ms)
{
    const struct ck_choice secrets = {&secret, 1};
    enum ck_svix_reason reason = CK_SVIX_SIGNATURE_INVALID;

    assert_int_equal(ck_svix_verify(&ck_crypto_api, tokens->crypto, hook,
                                    &secrets, now_ms, 300000, &reason, NULL),
                     CK_OK);
    return reason;
}

static void
test_times(void **state)
{
    assert_int_equal(verify(*state, &documented, sent_ms), CK_SVIX_FINE);
    assert_int_equal(verify(*state, &documented, sent_ms + 300000),
                     CK_SVIX_FINE);
    assert_int_equal(verify(*state, &documented, sent_ms + 300001),
                     CK_SVIX_TIMESTAMP_TOO_OLD);
    assert_int_equal(verify(*state, &documented, sent_ms - 300001),
                     CK_SVIX_TIMESTAMP_TOO_NEW);
}

static void
test_each_byte(void **state)
{
    struct ck_text const *parts[] = {&documented.id, &documented.timestamp,
                                     &documented.signatures};

    for (size_t part = 0; part < 3; part++) {
        for (size_t i = 0; i < parts[part]->len; i++) {
            char *copy = support_copy(parts[part]->data, parts[part]->len);
            struct ck_svix hook = documented;
            struct ck_text *changed[] = {&hook.id, &hook.timestamp,
                                         &hook.signatures};

            copy[i] = (char)(copy[i] ^ 1);
            changed[part]->data = copy;
            assert_int_not_equal(verify(*state, &hook, sent_ms), CK_SVIX_FINE);
            if (copy[i] == '<') /* the '=' may be missing */
                changed[part]->len = i - 1;
            else
                changed[part]->len = i;
            assert_int_not_equal(verify(*state, &hook, sent_ms), CK_SVIX_FINE);
            free(copy);
        }
    }
}

static void
test_secrets(void **state)
{
    static const struct ck_text bad[] = {TEXT("whsec_"), TEXT(""),
                                         TEXT("whsec_A"), TEXT("w\xff"),
                                         TEXT("whsec_AAAAA")};
    static const struct ck_text two[] = {TEXT("whsec_AAAA"),
                                         TEXT("plJ3nmyCDGBKInavdOK15jsl")};
    const struct ck_choice both = {two, 2};
    const struct tokens *tokens = *state;
    enum ck_svix_reason reason = CK_SVIX_SIGNATURE_INVALID;

    assert_int_equal(ck_svix_verify(&ck_crypto_api, tokens->crypto,
                                    &documented, &both, sent_ms, 0, &reason,
                                    NULL),
                     CK_OK);
    assert_int_equal(reason, CK_SVIX_FINE);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct ck_text given[] = {secret, bad[i]};
        const struct ck_choice secrets = {given, 2};
        struct ck_error error;

        assert_int_equal(ck_svix_verify(&ck_crypto_api, tokens->crypto,
                                        &documented, &secrets, sent_ms, 0,
                                        &reason, &error),
                         CK_BAD_ARGUMENT);
        assert_int_equal(error.offset, 1);
    }
}

static void
assert_digest(const unsigned char *digest, const char *expected)
{
    char text[2 * CK_SHA256_SIZE + 1];

    for (int i = 0; i < CK_SHA256_SIZE; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
    assert_string_equal(text, expected);
}

static void
test_hashes(void **state)
{
    const struct tokens *tokens = *state;
    unsigned char key_bytes[131];
    unsigned char digest[CK_SHA256_SIZE];
    struct ck_piece key = TEXT("Jefe");
    const struct ck_piece pieces[] = {
        TEXT("what do ya want"), {"", 0}, TEXT(" for nothing?")};
    const struct ck_piece large =
        TEXT("Test Using Larger Than Block-Size Key - Hash Key First");

    assert_int_equal(
        ck_crypto_api.sha256(tokens->crypto, "abc", 3, digest, NULL), CK_OK);
    assert_digest(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb4"
                          "10ff61f20015ad");
    assert_int_equal(ck_crypto_api.sha256(tokens->crypto, "", 0, digest, NULL),
                     CK_OK);
    assert_digest(digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca4"
                          "95991b7852b855");
    assert_int_equal(ck_crypto_api.hmac_sha256(tokens->crypto, &key, pieces, 3,
                                               digest, NULL),
                     CK_OK);
    assert_digest(digest, "5bdcc146bf60754e6a042426089575c75a003f089d2739839d"
                          "ec58b964ec3843");
    memset(key_bytes, 0xaa, sizeof key_bytes);
    key.data = key_bytes;
    key.len = sizeof key_bytes;
    assert_int_equal(ck_crypto_api.hmac_sha256(tokens->crypto, &key, &large, 1,
                                               digest, NULL),
                     CK_OK);
    assert_digest(digest, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c51405"
                          "46040f0ee37f54");
    assert_true(ck_crypto_api.equal("abc", "abcd", 3));
    assert_false(ck_crypto_api.equal("abc", "abd", 3));
    assert_non_null(ck_crypto_api.version_text());
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_each_byte),
        cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_hashes),
    };

    return cmocka_run_group_tests(tests, tokens_open_without_keys,
                                  tokens_close);
}
