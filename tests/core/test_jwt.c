/* test_jwt.c: tokens taken apart and verified, claims checked; each byte
 * changed, each allocation failing once, several threads with one key.
 * Against PyJWT: tests/binding/test_verify_reference.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>

#include "jwt.h"
#include "support.h"
#include "token_fixture.h"

#define HEADER "{\"alg\":\"RS256\",\"kid\":\"ins_1\",\"typ\":\"JWT\"}"
#define PAYLOAD "{\"sub\":\"user_1\",\"exp\":1800000060}"

static const struct ck_claims_rules rules_now = {
    .now_ms = 1000.0 * TOKEN_NOW, .skew_ms = 5000, .require_exp = 1};

/* The whole way of a token; claims, if wanted, are the caller's. */
static enum ck_status
go(const struct tokens *tokens, const char *token, size_t len,
   const struct ck_claims_rules *rules, enum ck_jwt_reason *reason,
   struct ck_claims **kept)
{
    char *copy = support_copy(token, len);
    struct ck_claims *claims = NULL;
    struct ck_error error;
    struct ck_jwt jwt;
    enum ck_status status = ck_jwt_open(&jwt, copy, len, reason, &error);

    if (status == CK_OK && *reason == CK_JWT_FINE)
        status =
            ck_jwt_verify(&jwt, &ck_crypto_api, tokens->key, reason, &error);
    if (status == CK_OK && *reason == CK_JWT_FINE)
        status = ck_claims_read(&jwt, &ck_crypto_api, tokens->key, &claims,
                                reason, &error);
    if (status == CK_OK && *reason == CK_JWT_FINE)
        *reason = ck_claims_check(claims, rules);
    ck_jwt_free(&jwt);
    free(copy);
    if (kept != NULL)
        *kept = claims;
    else
        ck_claims_release(claims);
    return status;
}

static enum ck_jwt_reason
outcome(const struct tokens *tokens, const char *token)
{
    enum ck_jwt_reason reason = CK_JWT_FINE;

    assert_int_equal(
        go(tokens, token, strlen(token), &rules_now, &reason, NULL), CK_OK);
    return reason;
}

static enum ck_jwt_reason
minted(const struct tokens *tokens, const char *header, const char *payload)
{
    char *token = token_mint(header, payload);
    enum ck_jwt_reason reason = outcome(tokens, token);

    free(token);
    return reason;
}

static void
test_claims_of_a_good_token(void **state)
{
    struct tokens *tokens = *state;
    char *token = token_mint(HEADER, PAYLOAD);
    enum ck_jwt_reason reason = CK_JWT_INVALID;
    struct ck_claims *claims = NULL;
    size_t len = 0;

    assert_int_equal(
        go(tokens, token, strlen(token), &rules_now, &reason, &claims), CK_OK);
    assert_int_equal(reason, CK_JWT_FINE);
    assert_string_equal(ck_json_string(claims->sub, &len), "user_1");
    assert_int_equal(ck_json_int(claims->exp), TOKEN_NOW + 60);
    assert_null(claims->aud);
    assert_int_equal(claims->has_kid, 1);
    assert_int_equal(claims->kid_len, 5);
    assert_memory_equal(claims->kid, "ins_1", 5);
    assert_memory_equal(claims->key_digest,
                        ck_crypto_api.key_digest(tokens->key), CK_SHA256_SIZE);
    assert_ptr_equal(ck_claims_retain(claims), claims);
    ck_claims_release(claims);
    ck_claims_release(claims);
    free(token);
}

static void
test_headers(void **state)
{
    static const struct {
        const char *header;
        enum ck_jwt_reason reason;
    } cases[] = {
        {"{\"alg\":\"RS256\"}", CK_JWT_FINE},
        {"{\"alg\":\"none\",\"alg\":\"RS256\"}", CK_JWT_FINE},
        {"{\"alg\":\"RS256\",\"b64\":true}", CK_JWT_FINE},
        {"{\"alg\":\"RS256\",\"alg\":\"none\"}", CK_JWT_INVALID},
        {"{}", CK_JWT_INVALID},
        {"[]", CK_JWT_INVALID},
        {"", CK_JWT_INVALID},
        {"{\"alg\":\"none\"}", CK_JWT_INVALID},
        {"{\"alg\":\"HS256\"}", CK_JWT_INVALID},
        {"{\"alg\":\"RS256\\u0000\"}", CK_JWT_INVALID},
        {"{\"alg\\u0000\":\"RS256\"}", CK_JWT_INVALID},
        {"{\"alg\":null}", CK_JWT_INVALID},
        {"{\"alg\":[\"RS256\"]}", CK_JWT_INVALID},
        {"{\"alg\":\"RS256\",\"kid\":1}", CK_JWT_INVALID},
        {"{\"alg\":\"RS256\",\"kid\":null}", CK_JWT_INVALID},
        {"{\"alg\":\"RS256\",\"crit\":[]}", CK_JWT_INVALID},
        {"{\"alg\":\"RS256\",\"crit\":null}", CK_JWT_INVALID},
        {"{\"alg\":\"RS256\",\"crit\":[\"exp\"]}", CK_JWT_INVALID},
        {"{\"alg\":\"RS256\",\"b64\":false}", CK_JWT_INVALID},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(minted(*state, cases[i].header, PAYLOAD),
                         cases[i].reason);
}

static void
test_payloads(void **state)
{
    static const struct {
        const char *payload;
        enum ck_jwt_reason reason;
    } cases[] = {
        {"{\"exp\":1800000060}", CK_JWT_FINE},
        {"{\"exp\":1799999996}", CK_JWT_FINE},
        {"{\"exp\":1799999995}", CK_JWT_EXPIRED},
        {"{\"exp\":1799999995.9}", CK_JWT_EXPIRED},
        {"{\"exp\":99999999999999999999999}", CK_JWT_FINE},
        {"{\"exp\":-99999999999999999999999}", CK_JWT_EXPIRED},
        {"{\"exp\":1e300}", CK_JWT_FINE},
        {"{\"exp\":Infinity}", CK_JWT_INVALID},
        {"{\"exp\":NaN}", CK_JWT_INVALID},
        {"{\"exp\":\"1800000060\"}", CK_JWT_INVALID},
        {"{\"exp\":true}", CK_JWT_INVALID},
        {"{}", CK_JWT_INVALID},
        {"[]", CK_JWT_INVALID},
        {"", CK_JWT_INVALID},
        {"{\"exp\":1800000060,\"nbf\":1800000005}", CK_JWT_FINE},
        {"{\"exp\":1800000060,\"nbf\":1800000006}", CK_JWT_NOT_ACTIVE_YET},
        {"{\"exp\":1,\"nbf\":1800000006}", CK_JWT_NOT_ACTIVE_YET},
        {"{\"exp\":1800000060,\"nbf\":null}", CK_JWT_INVALID},
        {"{\"exp\":1800000060,\"iat\":1800000006}", CK_JWT_NOT_ACTIVE_YET},
        {"{\"exp\":1800000060,\"iat\":{}}", CK_JWT_IAT_IN_THE_FUTURE},
        {"{\"exp\":1800000060,\"aud\":\"a\"}", CK_JWT_INVALID_AUDIENCE},
        {"{\"exp\":1800000060,\"aud\":[null]}", CK_JWT_INVALID_AUDIENCE},
        {"{\"exp\":1800000060,\"aud\":[]}", CK_JWT_FINE},
        {"{\"exp\":1800000060,\"aud\":0.0}", CK_JWT_FINE},
        {"{\"exp\":1800000060,\"sub\":null}", CK_JWT_INVALID},
        {"{\"exp\":1800000060,\"jti\":7}", CK_JWT_INVALID},
        {"{\"sub\":7,\"exp\":1800000060,\"sub\":\"\"}", CK_JWT_FINE},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(
            minted(*state, "{\"alg\":\"RS256\"}", cases[i].payload),
            cases[i].reason);
}

static enum ck_jwt_reason
chosen(const struct tokens *tokens, const char *payload,
       const struct ck_choice *audience, const struct ck_choice *parties)
{
    struct ck_claims_rules rules = rules_now;
    enum ck_jwt_reason reason = CK_JWT_FINE;
    char *token = token_mint(HEADER, payload);

    rules.audience = audience;
    rules.parties = parties;
    rules.require_exp = 0;
    assert_int_equal(go(tokens, token, strlen(token), &rules, &reason, NULL),
                     CK_OK);
    free(token);
    return reason;
}

static void
test_audience_and_parties(void **state)
{
    const struct ck_text texts[] = {{"a", 1}, {"bc", 2}};
    const struct ck_choice two = {texts, 2};
    const struct ck_choice none = {NULL, 0};
    struct tokens *tokens = *state;

    assert_int_equal(chosen(tokens, "{\"aud\":\"bc\"}", &two, NULL),
                     CK_JWT_FINE);
    assert_int_equal(chosen(tokens, "{\"aud\":[\"x\",\"a\"]}", &two, NULL),
                     CK_JWT_FINE);
    assert_int_equal(chosen(tokens, "{\"aud\":[\"a\",1]}", &two, NULL),
                     CK_JWT_INVALID_AUDIENCE);
    assert_int_equal(chosen(tokens, "{\"aud\":\"b\"}", &two, NULL),
                     CK_JWT_INVALID_AUDIENCE);
    assert_int_equal(chosen(tokens, "{\"aud\":\"a\"}", &none, NULL),
                     CK_JWT_INVALID_AUDIENCE);
    assert_int_equal(chosen(tokens, "{}", &two, NULL), CK_JWT_INVALID);
    assert_int_equal(chosen(tokens, "{\"aud\":\"\"}", &two, NULL),
                     CK_JWT_INVALID);
    assert_int_equal(chosen(tokens, "{\"aud\":{\"a\":1}}", &two, NULL),
                     CK_JWT_INVALID_AUDIENCE);
    assert_int_equal(chosen(tokens, "{\"azp\":\"a\"}", NULL, &two),
                     CK_JWT_FINE);
    assert_int_equal(chosen(tokens, "{\"azp\":\"a\\u0000\"}", NULL, &two),
                     CK_JWT_INVALID_PARTIES);
    assert_int_equal(chosen(tokens, "{\"azp\":[\"a\"]}", NULL, &two),
                     CK_JWT_INVALID_PARTIES);
    assert_int_equal(chosen(tokens, "{}", NULL, &two), CK_JWT_INVALID_PARTIES);
    assert_int_equal(chosen(tokens, "{\"azp\":\"a\"}", NULL, &none),
                     CK_JWT_INVALID_PARTIES);
}

static void
test_session_only(void **state)
{
    static const char *const headers[] = {
        "{\"alg\":\"RS256\",\"typ\":\"at+jwt\"}",
        "{\"alg\":\"RS256\",\"typ\":\"Application/AT+JWT\"}",
        "{\"alg\":\"RS256\",\"typ\":\"JWT\"}",
        "{\"alg\":\"RS256\",\"typ\":\"at+jwt2\"}"};
    struct ck_claims_rules rules = rules_now;
    struct tokens *tokens = *state;

    rules.session_only = 1;
    for (int i = 0; i < 8; i++) {
        char *token = token_mint(
            headers[i / 2],
            i % 2 == 0 ? PAYLOAD : "{\"sub\":\"mch_1\",\"exp\":1800000060}");
        enum ck_jwt_reason reason = CK_JWT_FINE;

        assert_int_equal(
            go(tokens, token, strlen(token), &rules, &reason, NULL), CK_OK);
        assert_int_equal(reason,
                         i == 4 || i == 6 ? CK_JWT_FINE : CK_JWT_INVALID_TYPE);
        free(token);
    }
}

/* No change of one byte leaves a token valid, and none reads past its end. */
static void
test_each_byte(void **state)
{
    struct tokens *tokens = *state;
    char *token = token_mint(HEADER, PAYLOAD);
    size_t len = strlen(token);
    enum ck_jwt_reason reason = CK_JWT_FINE;

    for (size_t i = 0; i < len; i++) {
        char was = token[i];

        for (int bit = 0; bit < 8; bit++) {
            token[i] = (char)(was ^ 1 << bit);
            assert_int_equal(go(tokens, token, len, &rules_now, &reason, NULL),
                             CK_OK);
            assert_true(reason == CK_JWT_INVALID ||
                        reason == CK_JWT_INVALID_SIGNATURE);
        }
        token[i] = was;
        assert_int_equal(go(tokens, token, i, &rules_now, &reason, NULL),
                         CK_OK);
        assert_int_not_equal(reason, CK_JWT_FINE);
    }
    assert_int_equal(outcome(tokens, token), CK_JWT_FINE);
    free(token);
}

static void
test_shapes(void **state)
{
    static const char *const bad[] = {"",
                                      ".",
                                      "..",
                                      "...",
                                      "....",
                                      "a",
                                      "a.b",
                                      "a.b.c",
                                      "a.b.c.d",
                                      "e30.e30.",
                                      "e30..e30",
                                      ".e30.e30",
                                      "e30.e30.e30.e30",
                                      "eyJhbGciOiJub25lIn0.e30.",
                                      "bnVsbA.e30.AAAA",
                                      "e30.e30.A",
                                      "eyJhbGciOiJSUzI1NiJ9.e30.====",
                                      "eyJhbGciOiJSUzI1NiJ9=.e30."};
    char *large = calloc(CK_JWT_MAX + 2, 1);
    enum ck_jwt_reason reason = CK_JWT_FINE;
    struct tokens *tokens = *state;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(outcome(tokens, bad[i]), CK_JWT_INVALID);
    assert_int_equal(outcome(tokens, "eyJhbGciOiJSUzI1NiJ9.e30."),
                     CK_JWT_INVALID_SIGNATURE);
    memset(large, '.', CK_JWT_MAX + 1);
    assert_int_equal(
        go(tokens, large, CK_JWT_MAX + 1, &rules_now, &reason, NULL), CK_OK);
    assert_int_equal(reason, CK_JWT_INVALID);
    free(large);
}

static void
test_keys(void **state)
{
    struct tokens *tokens = *state;
    struct tokens swapped = *tokens;
    char *token = token_mint(HEADER, PAYLOAD);

    swapped.key = tokens->other;
    assert_int_equal(outcome(&swapped, token), CK_JWT_INVALID_SIGNATURE);
    swapped.key = NULL;
    assert_int_equal(outcome(&swapped, token), CK_JWT_KEY_UNRESOLVED);
    assert_int_equal(outcome(&swapped, "eyJhbGciOiJub25lIn0.e30."),
                     CK_JWT_INVALID);
    free(token);
}

static void
test_reasons_have_texts(void **state)
{
    (void)state;
    assert_null(ck_jwt_reason_text(CK_JWT_FINE));
    for (int i = 1; i <= CK_JWT_KEY_UNRESOLVED; i++)
        assert_non_null(ck_jwt_reason_text((enum ck_jwt_reason)i));
}

struct torture {
    const struct tokens *tokens;
    const char *token;
};

static enum ck_status
torture_go(void *arg)
{
    const struct torture *torture = arg;
    enum ck_jwt_reason reason = CK_JWT_INVALID;
    enum ck_status status =
        go(torture->tokens, torture->token, strlen(torture->token), &rules_now,
           &reason, NULL);

    if (status == CK_OK)
        assert_int_equal(reason, CK_JWT_FINE);
    return status;
}

static void
test_memory(void **state)
{
    char *token =
        token_mint(HEADER, "{\"exp\":1800000060,\"a\":\"\\u0000\",\"b\":1e5}");
    struct torture torture = {*state, token};

    assert_true(support_torture(torture_go, &torture) >= 3);
    free(token);
}

static void *
verify_often(void *arg)
{
    for (int i = 0; i < 200; i++)
        if (torture_go(arg) != CK_OK)
            return NULL;
    return arg;
}

/* More threads than a key keeps contexts. */
static void
test_threads(void **state)
{
    char *token = token_mint(HEADER, PAYLOAD);
    struct torture torture = {*state, token};
    pthread_t threads[12];
    void *result = NULL;

    for (int i = 0; i < 12; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, verify_often, &torture), 0);
    for (int i = 0; i < 12; i++) {
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_ptr_equal(result, &torture);
    }
    free(token);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_claims_of_a_good_token),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_payloads),
        cmocka_unit_test(test_audience_and_parties),
        cmocka_unit_test(test_session_only),
        cmocka_unit_test(test_each_byte),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_reasons_have_texts),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_threads),
    };

    return cmocka_run_group_tests(tests, tokens_open, tokens_close);
}
