/* test_decimal.c: decimal text to double, against known bits and against
 * strtod. (Other locales: tests/conformance/test_json.py.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>

#include "decimal.h"
#include "support.h"

static double
read_exactly(const char *text, size_t len)
{
    char *copy = support_copy(text, len);
    double value = ck_decimal_read(copy, len);

    free(copy);
    return value;
}

static void
check_bits(const char *text, double expected)
{
    double value = read_exactly(text, strlen(text));

    if (memcmp(&value, &expected, sizeof value) != 0)
        fail_msg("%s gave %a, not %a", text, value, expected);
}

struct pair {
    const char *text;
    double value;
};

static const struct pair pairs[] = {
    {"0", 0.0},
    {"-0", -0.0},
    {"0.0", 0.0},
    {"-0.000e99999999999999999999", -0.0},
    {"1", 1.0},
    {"-1.5", -1.5},
    {"0.1", 0x1.999999999999ap-4},
    {"1e22", 1e22},
    {"1e23", 0x1.52d02c7e14af6p+76},
    {"9007199254740993", 9007199254740992.0},
    {"9007199254740993.0000000000000000000000001", 9007199254740994.0},
    {"123456789012345678901234567890", 0x1.8ee90ff6c373ep+96},
    {"1.7976931348623157e308", 0x1.fffffffffffffp+1023},
    /* Half-way to 2^1024, and just below. */
    {"1.7976931348623159e308", INFINITY},
    {"1.7976931348623158e308", 0x1.fffffffffffffp+1023},
    {"-1e400", -INFINITY},
    {"1e99999999999999999999", INFINITY},
    {"1e-400", 0.0},
    {"-1e-99999999999999999999", -0.0},
    {"5e-324", 0x1p-1074},
    {"2.4703282292062327e-324", 0.0},
    {"2.4703282292062328e-324", 0x1p-1074},
    {"2.2250738585072011e-308", 0x0.fffffffffffffp-1022},
    {"2.2250738585072014e-308", 0x1p-1022},
    {"1E+2", 100.0},
    {"000012.50", 12.5},
};

static void
test_known_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        check_bits(pairs[i].text, pairs[i].value);
}

/* 1 + 2^-53 lies half-way between two doubles; digits far behind the point
 * where others stop looking decide. */
static void
test_a_late_digit_decides(void **state)
{
    static const char half[] =
        "1.00000000000000011102230246251565404236316680908203125";
    char text[3000];
    size_t len = sizeof half - 1;

    (void)state;
    memset(text, '0', sizeof text);
    memcpy(text, half, len);
    assert_true(read_exactly(text, sizeof text) == 1.0);
    for (size_t at = len; at < sizeof text; at += 7) {
        text[at] = '1';
        assert_true(read_exactly(text, sizeof text) == 1.0 + 0x1p-52);
        text[at] = '0';
    }
    text[len - 1] = '4'; /* just below, whatever follows */
    memset(text + len, '9', sizeof text - len);
    assert_true(read_exactly(text, sizeof text) == 1.0);
}

static void
test_long_runs_of_zeros_cancel(void **state)
{
    enum { ZEROS = 200000 };
    char *text = malloc(ZEROS + 40);
    int tail = 0;

    (void)state;
    assert_non_null(text);
    memset(text, '0', ZEROS + 2);
    text[1] = '.';
    tail = snprintf(text + ZEROS + 2, 30, "25e%d", ZEROS + 1);
    assert_true(ck_decimal_read(text, ZEROS + 2 + (size_t)tail) == 2.5);
    memset(text, '0', ZEROS + 2);
    text[0] = '5';
    tail = snprintf(text + ZEROS + 2, 30, "e-%d", ZEROS + 1);
    assert_true(ck_decimal_read(text, ZEROS + 2 + (size_t)tail) == 5.0);
    free(text);
}

static size_t
random_number(uint64_t *seed, char *text, size_t size)
{
    int digits = 1 + (int)(support_random(seed) % 40);
    int point = (int)(support_random(seed) % 40);
    int spread = support_random(seed) % 4 == 0 ? 330 : 30;
    int exponent = (int)(support_random(seed) % (2 * 330)) % (2 * spread);
    size_t len = 0;

    if (support_random(seed) % 2 != 0)
        text[len++] = '-';
    for (int i = 0; i < digits; i++) {
        text[len++] = (char)('0' + support_random(seed) % 10);
        if (i == point && i + 1 < digits)
            text[len++] = '.';
    }
    return len +
           (size_t)snprintf(text + len, size - len, "e%d", exponent - spread);
}

/* The program's locale is "C" unless it says otherwise, so strtod reads the
 * same grammar here. */
static void
test_random_against_strtod(void **state)
{
    uint64_t seed = 20240229;

    (void)state;
    for (int i = 0; i < 50000; i++) {
        char text[100];
        (void)random_number(&seed, text, sizeof text);
        check_bits(text, strtod(text, NULL));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_values),
        cmocka_unit_test(test_a_late_digit_decides),
        cmocka_unit_test(test_long_runs_of_zeros_cancel),
        cmocka_unit_test(test_random_against_strtod),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
