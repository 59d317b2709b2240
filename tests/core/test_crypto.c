/* test_crypto.c: what libcrypto must not notice or forget: its queue of
 * errors stays as it was, and memory that it does not get ends a call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdatomic.h>

#include "support.h"
#include "token_fixture.h"

/* libcrypto's allocations left before they begin to fail; negative: never. */
static atomic_long left = -1;

static int
fails(void)
{
    long now = atomic_load(&left);

    if (now > 0)
        atomic_store(&left, now - 1);
    return now == 0;
}

static void *
own_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return fails() ? NULL : malloc(size);
}

static void *
own_realloc(void *block, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return fails() ? NULL : realloc(block, size);
}

static void
own_free(void *block, const char *file, int line)
{
    (void)file;
    (void)line;
    free(block);
}

struct sample {
    struct tokens *tokens;
    char *token;
    struct ck_jwt jwt;
};

static enum ck_status
make_key(const struct sample *sample)
{
    struct ck_crypto_key *key = NULL;
    enum ck_status status =
        ck_pem_make(&ck_crypto_api, sample->tokens->crypto, tokens_pem(),
                    strlen(tokens_pem()), &key, NULL);

    ck_crypto_api.key_destroy(key);
    return status;
}

static enum ck_status
hash(const struct sample *sample)
{
    unsigned char digest[CK_SHA256_SIZE];
    const struct ck_piece piece = {"abc", 3};
    enum ck_status status =
        ck_crypto_api.sha256(sample->tokens->crypto, "abc", 3, digest, NULL);

    if (status != CK_OK)
        return status;
    assert_int_equal(digest[0], 0xba);
    return ck_crypto_api.hmac_sha256(sample->tokens->crypto, &piece, &piece, 1,
                                     digest, NULL);
}

/* A good signature may be called bad when memory is short, but no call may
 * end well that did not do its work. */
static enum ck_status
verify(const struct sample *sample)
{
    enum ck_jwt_reason reason = CK_JWT_INVALID;
    enum ck_status status = ck_jwt_verify(&sample->jwt, &ck_crypto_api,
                                          sample->tokens->key, &reason, NULL);

    if (status == CK_OK && reason != CK_JWT_FINE)
        return CK_NOMEM;
    return status;
}

/* Never for another key, whatever fails. */
static enum ck_status
verify_other(const struct sample *sample)
{
    enum ck_jwt_reason reason = CK_JWT_FINE;
    enum ck_status status = ck_jwt_verify(
        &sample->jwt, &ck_crypto_api, sample->tokens->other, &reason, NULL);

    assert_int_not_equal(reason, CK_JWT_FINE);
    return status;
}

static void
starve(enum ck_status (*call)(const struct sample *),
       const struct sample *sample)
{
    for (long n = 0; n < 20000; n++) {
        enum ck_status status = CK_OK;
        long rest = 0;

        atomic_store(&left, n);
        status = call(sample);
        rest = atomic_load(&left);
        atomic_store(&left, -1);
        if (status != CK_OK)
            continue;
        if (rest > 0) /* it needed no more than that */
            return;
    }
    fail_msg("the call still fails");
}

static void
test_memory(void **state)
{
    struct sample sample = {*state, NULL, {0}};
    enum ck_jwt_reason reason = CK_JWT_INVALID;

    sample.token = token_mint("{\"alg\":\"RS256\"}", "{}");
    assert_int_equal(ck_jwt_open(&sample.jwt, sample.token,
                                 strlen(sample.token), &reason, NULL),
                     CK_OK);
    assert_int_equal(reason, CK_JWT_FINE);
    /* Once with memory: what the library keeps for good is there then. */
    assert_int_equal(make_key(&sample), CK_OK);
    assert_int_equal(hash(&sample), CK_OK);
    assert_int_equal(verify(&sample), CK_OK);
    assert_int_equal(verify_other(&sample), CK_OK);
    starve(make_key, &sample);
    starve(hash, &sample);
    starve(verify, &sample);
    starve(verify_other, &sample);
    assert_int_equal(verify(&sample), CK_OK);
    ck_jwt_free(&sample.jwt);
    free(sample.token);
}

/* Other users of libcrypto in the same thread look into this queue. */
static void
test_queue_of_errors(void **state)
{
    struct tokens *tokens = *state;
    struct ck_crypto_key *key = NULL;
    unsigned char signature[256];
    int valid = 1;

    memset(signature, 0xFF, sizeof signature);
    for (int before = 0; before < 2; before++) {
        unsigned long theirs = 0;

        ERR_clear_error();
        if (before)
            ERR_raise(ERR_LIB_USER, 7);
        theirs = ERR_peek_last_error();
        assert_int_equal(theirs != 0, before);
        assert_int_equal(ck_crypto_api.verify(tokens->key, "x", 1, signature,
                                              sizeof signature, &valid, NULL),
                         CK_OK);
        assert_int_equal(valid, 0);
        for (int kind = 0; kind < 3; kind++)
            assert_int_equal(
                ck_crypto_api.key_new(tokens->crypto, (enum ck_der)kind,
                                      signature, sizeof signature, &key, NULL),
                CK_BAD_ARGUMENT);
        assert_true(ERR_peek_last_error() == theirs);
        ERR_clear_error();
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queue_of_errors),
        cmocka_unit_test(test_memory),
    };

    /* Only possible before libcrypto's first allocation. */
    if (CRYPTO_set_mem_functions(own_malloc, own_realloc, own_free) != 1)
        return 1;
    return cmocka_run_group_tests(tests, tokens_open, tokens_close);
}
