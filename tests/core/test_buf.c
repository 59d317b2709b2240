/* test_buf.c: the growable buffer, its maximum, and growing without memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "buf.h"
#include "support.h"

static void
test_append_keeps_the_closing_zero(void **state)
{
    struct ck_buf buf;

    (void)state;
    ck_buf_init(&buf, CK_BUF_NO_MAX);
    assert_null(buf.data);
    assert_int_equal(ck_buf_append(&buf, "ab", 2), CK_OK);
    assert_string_equal(buf.data, "ab");
    assert_int_equal(ck_buf_append_str(&buf, "cd"), CK_OK);
    assert_int_equal(ck_buf_append_char(&buf, 'e'), CK_OK);
    assert_int_equal(ck_buf_append_str(&buf, ""), CK_OK);
    assert_int_equal(ck_buf_append(&buf, "\0f", 2), CK_OK);
    assert_int_equal(buf.len, 7);
    assert_memory_equal(buf.data, "abcde\0f", 8);
    ck_buf_free(&buf);
    assert_null(buf.data);
}

static void
test_append_nothing_makes_an_empty_text(void **state)
{
    struct ck_buf buf;

    (void)state;
    ck_buf_init(&buf, 0);
    assert_int_equal(ck_buf_append(&buf, NULL, 0), CK_OK);
    assert_string_equal(buf.data, "");
    assert_int_equal(ck_buf_append_char(&buf, 'x'), CK_TOO_LARGE);
    ck_buf_free(&buf);
}

static void
test_growth_keeps_what_was_there(void **state)
{
    struct ck_buf buf;

    (void)state;
    ck_buf_init(&buf, CK_BUF_NO_MAX);
    for (int i = 0; i < 100000; i++) {
        assert_int_equal(ck_buf_append_char(&buf, (char)('a' + i % 26)),
                         CK_OK);
        assert_true(buf.cap > buf.len);
        assert_int_equal(buf.data[buf.len], 0);
    }
    for (int i = 0; i < 100000; i++)
        assert_int_equal(buf.data[i], 'a' + i % 26);
    ck_buf_free(&buf);
}

static void
test_maximum_is_exact(void **state)
{
    (void)state;
    for (size_t max = 0; max < 300; max++) {
        struct ck_buf buf;
        (void)state;
        ck_buf_init(&buf, max);
        for (size_t i = 0; i < max; i++)
            assert_int_equal(ck_buf_append_char(&buf, 'x'), CK_OK);
        assert_int_equal(ck_buf_append_char(&buf, 'y'), CK_TOO_LARGE);
        assert_int_equal(ck_buf_append(&buf, "yy", 2), CK_TOO_LARGE);
        assert_int_equal(ck_buf_reserve(&buf, 1), CK_TOO_LARGE);
        assert_int_equal(ck_buf_reserve(&buf, 0), CK_OK);
        assert_int_equal(buf.len, max);
        assert_true(buf.cap <= max + 1);
        ck_buf_free(&buf);
    }
}

static void
test_sizes_do_not_wrap(void **state)
{
    struct ck_buf buf;

    (void)state;
    ck_buf_init(&buf, SIZE_MAX); /* brought down to CK_BUF_NO_MAX */
    assert_int_equal(ck_buf_append_str(&buf, "abc"), CK_OK);
    assert_int_equal(ck_buf_reserve(&buf, SIZE_MAX), CK_TOO_LARGE);
    assert_int_equal(ck_buf_reserve(&buf, SIZE_MAX - 3), CK_TOO_LARGE);
    assert_int_equal(ck_buf_reserve(&buf, CK_BUF_NO_MAX - 2), CK_TOO_LARGE);
    assert_string_equal(buf.data, "abc");
    ck_buf_free(&buf);
}

static void
test_reserve_then_append_needs_no_memory(void **state)
{
    struct ck_buf buf;

    (void)state;
    ck_buf_init(&buf, CK_BUF_NO_MAX);
    assert_int_equal(ck_buf_reserve(&buf, 1000), CK_OK);
    assert_string_equal(buf.data, "");
    ck_alloc_fail_after(0);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(ck_buf_append_char(&buf, 'x'), CK_OK);
    ck_alloc_fail_after(-1);
    ck_buf_free(&buf);
}

static void
test_clear_keeps_the_memory(void **state)
{
    struct ck_buf buf;
    const char *data = NULL;

    (void)state;
    ck_buf_init(&buf, CK_BUF_NO_MAX);
    ck_buf_clear(&buf);
    assert_null(buf.data);
    assert_int_equal(ck_buf_append_str(&buf, "something"), CK_OK);
    data = buf.data;
    ck_buf_clear(&buf);
    assert_int_equal(buf.len, 0);
    assert_string_equal(buf.data, "");
    assert_int_equal(ck_buf_append_str(&buf, "other"), CK_OK);
    assert_ptr_equal(buf.data, data);
    assert_string_equal(buf.data, "other");
    ck_buf_free(&buf);
}

static void
test_take_hands_over(void **state)
{
    struct ck_buf buf;
    char *taken = NULL;
    size_t len = 99;

    (void)state;
    ck_buf_init(&buf, 10);
    assert_null(ck_buf_take(&buf, &len));
    assert_int_equal(len, 0);
    assert_int_equal(ck_buf_append_str(&buf, "mine"), CK_OK);
    taken = ck_buf_take(&buf, &len);
    assert_string_equal(taken, "mine");
    assert_int_equal(len, 4);
    assert_null(buf.data);
    assert_int_equal(buf.max, 10); /* usable as before */
    assert_int_equal(ck_buf_append_str(&buf, "next"), CK_OK);
    assert_string_equal(buf.data, "next");
    ck_free(taken);
    taken = ck_buf_take(&buf, NULL);
    ck_free(taken);
}

static void
test_no_memory_leaves_the_content(void **state)
{
    struct ck_buf buf;

    (void)state;
    ck_buf_init(&buf, CK_BUF_NO_MAX);
    ck_alloc_fail_after(0);
    assert_int_equal(ck_buf_append_char(&buf, 'x'), CK_NOMEM);
    assert_null(buf.data);
    ck_alloc_fail_after(-1);
    assert_int_equal(ck_buf_append_str(&buf, "abc"), CK_OK);
    ck_alloc_fail_after(0);
    assert_int_equal(ck_buf_reserve(&buf, 100000), CK_NOMEM);
    ck_alloc_fail_after(-1);
    assert_string_equal(buf.data, "abc");
    assert_int_equal(buf.len, 3);
    ck_buf_free(&buf);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append_keeps_the_closing_zero),
        cmocka_unit_test(test_append_nothing_makes_an_empty_text),
        cmocka_unit_test(test_growth_keeps_what_was_there),
        cmocka_unit_test(test_maximum_is_exact),
        cmocka_unit_test(test_sizes_do_not_wrap),
        cmocka_unit_test(test_reserve_then_append_needs_no_memory),
        cmocka_unit_test(test_clear_keeps_the_memory),
        cmocka_unit_test(test_take_hands_over),
        cmocka_unit_test(test_no_memory_leaves_the_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
