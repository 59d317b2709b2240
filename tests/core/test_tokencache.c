/* test_tokencache.c: what is remembered and what goes, resizing, threads,
 * memory; held against a plain model of the same rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include "support.h"
#include "tokencache.h"

static struct ck_claims *
claims_new(void)
{
    struct ck_claims *claims = calloc(1, sizeof *claims);

    assert_non_null(claims);
    atomic_init(&claims->references, 1);
    ck_json_init(&claims->doc);
    return claims;
}

/* The digest of a number; those of n and n + 8 * k share a bucket. */
static const unsigned char *
digest(unsigned n)
{
    static _Thread_local unsigned char bytes[CK_SHA256_SIZE];

    memset(bytes, 0x5A, sizeof bytes);
    bytes[0] = (unsigned char)(n % 8);
    bytes[1] = bytes[2] = bytes[3] = 0;
    bytes[31] = (unsigned char)n;
    return bytes;
}

static int
holds(struct ck_tokencache *cache, unsigned n, const struct ck_claims *claims)
{
    struct ck_claims *found = ck_tokencache_find(cache, digest(n));

    if (found != NULL && claims != NULL)
        assert_ptr_equal(found, claims);
    ck_claims_release(found);
    return found != NULL;
}

static struct ck_tokencache *
cache_new(size_t size)
{
    struct ck_tokencache *cache = NULL;

    assert_int_equal(ck_tokencache_new(&cache, size, NULL), CK_OK);
    return cache;
}

static void
test_order(void **state)
{
    struct ck_tokencache *cache = cache_new(3);
    struct ck_claims *claims = claims_new();

    (void)state;
    for (unsigned n = 0; n < 3; n++)
        ck_tokencache_add(cache, digest(n), claims);
    assert_true(holds(cache, 0, claims));
    ck_tokencache_add(cache, digest(3), claims);
    assert_false(holds(cache, 1, NULL));
    assert_true(holds(cache, 0, claims) && holds(cache, 2, claims) &&
                holds(cache, 3, claims));
    assert_int_equal(ck_tokencache_counts(cache).evictions, 1);
    assert_int_equal(atomic_load(&claims->references), 4);
    ck_tokencache_destroy(cache);
    assert_int_equal(atomic_load(&claims->references), 1);
    ck_claims_release(claims);
}

static void
test_replacing(void **state)
{
    struct ck_tokencache *cache = cache_new(2);
    struct ck_claims *first = claims_new();
    struct ck_claims *second = claims_new();

    (void)state;
    ck_tokencache_add(cache, digest(1), first);
    ck_tokencache_add(cache, digest(1), second);
    ck_tokencache_add(cache, digest(1), second);
    assert_int_equal(ck_tokencache_counts(cache).held, 1);
    assert_int_equal(atomic_load(&first->references), 1);
    assert_int_equal(atomic_load(&second->references), 2);
    assert_true(holds(cache, 1, second));
    ck_tokencache_clear(cache);
    assert_false(holds(cache, 1, NULL));
    ck_tokencache_destroy(cache);
    ck_claims_release(first);
    ck_claims_release(second);
}

/* What goes with claims may come back to the cache that lets go of them. */
static void
come_back(void *companion)
{
    struct ck_tokencache *cache = companion;

    (void)holds(cache, 1, NULL);
    (void)ck_tokencache_counts(cache);
    ck_tokencache_clear(cache);
}

static struct ck_claims *
accompanied_new(struct ck_tokencache *cache)
{
    struct ck_claims *claims = claims_new();

    atomic_init(&claims->companions[0], cache);
    claims->drop = come_back;
    return claims;
}

static void
test_companions(void **state)
{
    struct ck_tokencache *cache = cache_new(1);
    struct ck_claims *plain = claims_new();

    (void)state;
    for (unsigned way = 0; way < 4; way++) {
        struct ck_claims *claims = accompanied_new(cache);

        ck_tokencache_add(cache, digest(0), claims);
        ck_claims_release(claims); /* only the cache's is left */
        if (way == 0)
            ck_tokencache_add(cache, digest(0), plain);
        else if (way == 1)
            ck_tokencache_add(cache, digest(1), plain);
        else if (way == 2)
            ck_tokencache_clear(cache);
        else
            assert_int_equal(ck_tokencache_resize(cache, 0, NULL), CK_OK);
        assert_int_equal(ck_tokencache_counts(cache).held, 0);
    }
    assert_int_equal(atomic_load(&plain->references), 1);
    ck_tokencache_destroy(cache);
    ck_claims_release(plain);
}

/* Random adding, finding and resizing, against an array in order of use. */
static void
test_against_a_model(void **state)
{
    struct ck_tokencache *cache = cache_new(16);
    struct ck_claims *claims = claims_new();
    unsigned model[256] = {0};
    size_t held = 0;
    size_t size = 16;
    uint64_t random = 3;

    (void)state;
    for (int step = 0; step < 20000; step++) {
        unsigned n = (unsigned)(support_random(&random) % 64);
        unsigned what = (unsigned)(support_random(&random) % 100);
        size_t at = 0;

        while (at < held && model[at] != n)
            at++;
        if (what < 2) {
            size = support_random(&random) % 40;
            assert_int_equal(ck_tokencache_resize(cache, size, NULL), CK_OK);
        } else if (what < 50) {
            assert_int_equal(holds(cache, n, claims), at < held);
            if (at < held) {
                memmove(model + at, model + at + 1,
                        (held - at - 1) * sizeof model[0]);
                model[held - 1] = n;
            }
        } else {
            ck_tokencache_add(cache, digest(n), claims);
            if (at == held && size > 0)
                model[held++] = n;
        }
        if (held > size) {
            memmove(model, model + (held - size), size * sizeof model[0]);
            held = size;
        }
        assert_int_equal(ck_tokencache_counts(cache).held, held);
    }
    ck_tokencache_destroy(cache);
    assert_int_equal(atomic_load(&claims->references), 1);
    ck_claims_release(claims);
}

static void
test_bounds(void **state)
{
    struct ck_tokencache *cache = NULL;
    struct ck_error error;

    (void)state;
    assert_int_equal(ck_tokencache_new(&cache, CK_TOKENCACHE_MAX + 1, &error),
                     CK_BAD_ARGUMENT);
    assert_null(cache);
    cache = cache_new(0);
    assert_int_equal(
        ck_tokencache_resize(cache, CK_TOKENCACHE_MAX + 1, &error),
        CK_BAD_ARGUMENT);
    ck_tokencache_destroy(cache);
    ck_tokencache_destroy(NULL);
}

static enum ck_status
torture(void *arg)
{
    struct ck_tokencache *cache = NULL;
    enum ck_status status = ck_tokencache_new(&cache, 4, NULL);

    if (status == CK_OK) {
        ck_tokencache_add(cache, digest(1), arg);
        status = ck_tokencache_resize(cache, 100, NULL);
        if (status == CK_OK && !holds(cache, 1, arg))
            status = CK_NOMEM; /* forgotten, as it may */
    }
    ck_tokencache_destroy(cache);
    return status;
}

static void
test_memory(void **state)
{
    struct ck_claims *claims = claims_new();

    (void)state;
    assert_true(support_torture(torture, claims) >= 4);
    assert_int_equal(atomic_load(&claims->references), 1);
    ck_claims_release(claims);
}

static void *
use(void *arg)
{
    struct ck_tokencache *cache = arg;
    struct ck_claims *claims = claims_new();

    for (unsigned i = 0; i < 5000; i++) {
        ck_tokencache_add(cache, digest(i * 7 % 32), claims);
        (void)holds(cache, i % 32, NULL);
        ck_tokencache_count(cache, i % 2 == 0);
        if (i % 1000 == 999)
            ck_tokencache_clear(cache);
        if (i % 700 == 0 &&
            ck_tokencache_resize(cache, 4 + i % 9, NULL) != CK_OK)
            break;
    }
    ck_claims_release(claims);
    return arg;
}

static void
test_threads(void **state)
{
    struct ck_tokencache *cache = cache_new(8);
    pthread_t threads[4];

    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use, cache), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(ck_tokencache_counts(cache).hits, 10000);
    assert_int_equal(ck_tokencache_counts(cache).misses, 10000);
    ck_tokencache_destroy(cache);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_replacing),
        cmocka_unit_test(test_companions),
        cmocka_unit_test(test_against_a_model),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
