/* test_alloc.c: the fault switch and the arena. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support.h"

static void
test_size_zero_is_a_block(void **state)
{
    void *block = ck_malloc(0);

    (void)state;
    assert_non_null(block);
    block = ck_realloc(block, 0);
    assert_non_null(block);
    ck_free(block);
    block = ck_calloc(0, 8);
    assert_non_null(block);
    ck_free(block);
    ck_free(NULL);
}

static void
test_calloc_clears_and_does_not_wrap(void **state)
{
    unsigned char *block = ck_calloc(5, 7);
    /* Not a constant, or the compiler says what the test wants to see. */
    volatile size_t many = SIZE_MAX / 2;

    (void)state;
    assert_non_null(block);
    for (int i = 0; i < 35; i++)
        assert_int_equal(block[i], 0);
    ck_free(block);
    assert_null(ck_calloc(many, 4));
}

static void
test_faults_begin_at_the_nth_and_stay(void **state)
{
    char *kept = NULL;
    void *block = NULL;

    (void)state;
    ck_alloc_fail_after(2);
    kept = ck_malloc(1);
    assert_non_null(kept);
    *kept = 'k';
    block = ck_calloc(1, 1);
    assert_non_null(block);
    ck_free(block);
    for (int i = 0; i < 3; i++) {
        assert_null(ck_malloc(1));
        assert_null(ck_calloc(1, 1));
        assert_null(ck_realloc(kept, 2));
    }
    ck_alloc_fail_after(-1);
    assert_int_equal(*kept, 'k'); /* a failed realloc leaves the block */
    kept = ck_realloc(kept, 100);
    assert_non_null(kept);
    assert_int_equal(*kept, 'k');
    ck_free(kept);
}

static void
test_arena_blocks_are_aligned_and_apart(void **state)
{
    enum { COUNT = 3000 };
    static unsigned char *blocks[COUNT];
    static size_t sizes[COUNT];
    uint64_t seed = 7;
    struct ck_arena arena;

    (void)state;
    ck_arena_init(&arena);
    for (size_t i = 0; i < COUNT; i++) {
        sizes[i] = (size_t)(support_random(&seed) % 700);
        blocks[i] = ck_arena_alloc(&arena, sizes[i]);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % 8, 0);
        if (sizes[i] > 0)
            memset(blocks[i], (int)(i % 251), sizes[i]);
    }
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t j = 0; j < sizes[i]; j++)
            assert_int_equal(blocks[i][j], i % 251);
    }
    ck_arena_free(&arena);
    assert_null(arena.chunks);
    assert_int_equal(arena.total, 0);
}

static void
test_arena_reserve_makes_one_chunk(void **state)
{
    struct ck_arena arena;
    size_t total = 0;

    (void)state;
    ck_arena_init(&arena);
    assert_int_equal(ck_arena_reserve(&arena, 100000), CK_OK);
    total = arena.total;
    assert_true(total >= 100000 && total < 100100);
    for (int i = 0; i < 100; i++)
        assert_non_null(ck_arena_alloc(&arena, 1000));
    assert_int_equal(arena.total, total);
    assert_int_equal(ck_arena_reserve(&arena, 0), CK_OK);
    assert_int_equal(arena.total, total);
    assert_non_null(ck_arena_alloc(&arena, 1));
    assert_true(arena.total > total);
    ck_arena_free(&arena);
}

static void
test_arena_chunks_grow(void **state)
{
    struct ck_arena arena;
    const struct ck_chunk *chunk = NULL;
    int chunks = 0;

    (void)state;
    ck_arena_init(&arena);
    for (int i = 0; i < 64 * 1024; i++) {
        assert_non_null(ck_arena_alloc(&arena, 64));
        if (arena.chunks != chunk) {
            chunk = arena.chunks;
            chunks++;
        }
    }
    assert_in_range(chunks, 2, 16); /* 4 MiB */
    /* A block above the size of a chunk gets one of its own. */
    assert_non_null(ck_arena_alloc(&arena, 5 * 1024 * 1024));
    ck_arena_free(&arena);
}

static void
test_arena_refuses_absurd_sizes(void **state)
{
    struct ck_arena arena;

    (void)state;
    ck_arena_init(&arena);
    for (size_t less = 0; less < 20; less++) {
        assert_null(ck_arena_alloc(&arena, SIZE_MAX - less));
        assert_int_equal(ck_arena_reserve(&arena, SIZE_MAX - less), CK_NOMEM);
    }
    assert_null(ck_arena_alloc(&arena, SIZE_MAX / 2 + 1));
    assert_int_equal(arena.total, 0);
    assert_non_null(ck_arena_alloc(&arena, 0));
    ck_arena_free(&arena);
}

static void
test_arena_survives_a_failure(void **state)
{
    struct ck_arena arena;
    char *block = NULL;

    (void)state;
    ck_arena_init(&arena);
    ck_alloc_fail_after(0);
    assert_null(ck_arena_alloc(&arena, 8));
    assert_int_equal(ck_arena_reserve(&arena, 8), CK_NOMEM);
    ck_alloc_fail_after(1);
    block = ck_arena_alloc(&arena, 8);
    assert_non_null(block);
    memset(block, 'x', 8);
    assert_null(ck_arena_alloc(&arena, 1024 * 1024));
    assert_non_null(ck_arena_alloc(&arena, 8)); /* the old chunk has room */
    ck_alloc_fail_after(-1);
    assert_non_null(ck_arena_alloc(&arena, 1024 * 1024));
    assert_memory_equal(block, "xxxxxxxx", 8);
    ck_arena_free(&arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_size_zero_is_a_block),
        cmocka_unit_test(test_calloc_clears_and_does_not_wrap),
        cmocka_unit_test(test_faults_begin_at_the_nth_and_stay),
        cmocka_unit_test(test_arena_blocks_are_aligned_and_apart),
        cmocka_unit_test(test_arena_reserve_makes_one_chunk),
        cmocka_unit_test(test_arena_chunks_grow),
        cmocka_unit_test(test_arena_refuses_absurd_sizes),
        cmocka_unit_test(test_arena_survives_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
