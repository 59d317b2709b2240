/* test_scan.c: the scanners with SSE2 against those without, at every
 * length, every position of the byte that stops them, every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scan.h"
#include "support.h"

typedef const unsigned char *
scanner(const unsigned char *p, const unsigned char *end);

static void
check(scanner *fast, scanner *slow, unsigned char filler)
{
    for (size_t len = 0; len < 70; len++) {
        unsigned char *text = malloc(len + 1);
        assert_non_null(text);
        /* Unaligned, and ends with the block: ASan sees a load too far. */
        unsigned char *start = text + 1;
        for (unsigned byte = 0; byte < 256; byte++) {
            for (size_t at = 0; at <= len; at++) {
                memset(start, filler, len);
                if (at < len)
                    start[at] = (unsigned char)byte;
                assert_ptr_equal(fast(start, start + len),
                                 slow(start, start + len));
            }
        }
        free(text);
    }
}

static void
test_quoted(void **state)
{
    (void)state;
    check(ck_scan_quoted, ck_scan_quoted_scalar, 'a');
    check(ck_scan_quoted, ck_scan_quoted_scalar, 0x7F);
}

static void
test_plain(void **state)
{
    (void)state;
    check(ck_scan_plain, ck_scan_plain_scalar, ' ');
    check(ck_scan_plain, ck_scan_plain_scalar, '~');
}

static void
test_space(void **state)
{
    (void)state;
    check(ck_scan_space, ck_scan_space_scalar, ' ');
    check(ck_scan_space, ck_scan_space_scalar, '\n');
}

/* What stops each, said in another way than the code says it. */
static void
test_stops(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        unsigned char text[20];
        const unsigned char *end = text + sizeof text;
        int is_space = byte != 0 && strchr(" \t\r\n", (int)byte) != NULL;
        int is_odd = byte == 34 || byte == 92 || byte < 32 || byte > 127;
        memset(text, (int)byte, sizeof text);
        assert_ptr_equal(ck_scan_space(text, end), is_space ? end : text);
        assert_ptr_equal(ck_scan_quoted(text, end), is_odd ? text : end);
        assert_ptr_equal(ck_scan_plain(text, end),
                         is_odd || byte == 127 ? text : end);
    }
}

/* At every length, and past 255 steps, which is what a byte counts. */
static void
test_count_values(void **state)
{
    static const char mixed[] = "[{\"a\":1,\"b\":[2,{}]},\"\xff\x0b;}]\",3]";
    unsigned char text[16 * 600];

    (void)state;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (unsigned char)mixed[i % (sizeof mixed - 1)];
    for (size_t len = 0; len < 80; len++)
        for (size_t at = 0; at < 20; at++)
            assert_int_equal(ck_scan_count_values(text + at, len),
                             ck_scan_count_values_scalar(text + at, len));
    assert_int_equal(ck_scan_count_values(text, sizeof text),
                     ck_scan_count_values_scalar(text, sizeof text));
    memset(text, ',', sizeof text);
    assert_int_equal(ck_scan_count_values(text, sizeof text), sizeof text + 1);
    assert_int_equal(ck_scan_count_values_scalar((const void *)"x[{,]}", 6),
                     4);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quoted),       cmocka_unit_test(test_plain),
        cmocka_unit_test(test_space),        cmocka_unit_test(test_stops),
        cmocka_unit_test(test_count_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
