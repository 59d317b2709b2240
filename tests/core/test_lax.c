/* test_lax.c: texts that count as numbers, truth values and moments. What is
 * expected was seen in the reference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check.h"
#include "moment.h"
#include "support.h"

#include <math.h>
#include <stdio.h>

static void
expect_int(const char *text, const char *expected)
{
    size_t len = strlen(text);
    char *copy = support_copy(text, len);
    char *digits = malloc(len + 1);

    assert_non_null(digits);
    if (expected != NULL) {
        assert_true(ck_lax_int(copy, len, digits));
        assert_string_equal(digits, expected);
    } else {
        assert_false(ck_lax_int(copy, len, digits));
        assert_string_equal(digits, "");
    }
    free(digits);
    free(copy);
}

static void
test_int(void **state)
{
    static const char *const taken[][2] = {
        {"1", "1"},
        {" 1 ", "1"},
        {"1_000", "1000"},
        {"01", "1"},
        {"1.0", "1"},
        {"+1", "1"},
        {"-1", "-1"},
        {"-0", "0"},
        {"00", "0"},
        {"-00.0", "0"},
        {"0_1", "1"},
        {"1_000.00", "1000"},
        {"\v1\r\n", "1"},
        {"0-17", "-17"},
        {"+00-5.0", "-5"},
        {"0-0", "0"},
        {"\xC2\xA0"
         "1\u2003",
         "1"},
        {"\u30001\xC2\x85", "1"},
        {"-9223372036854775809", "-9223372036854775809"},
    };
    static const char *const refused[] = {
        "",     " ",      "+",    "-",    "+-1",  "--1",     "1e3",
        "0x10", "1.5",    "1.",   ".0",   "1__0", "_1",      "1_",
        "-_1",  "1 0",    "1.0_", "\x1c", "1-",   "0-05",    "-0-5",
        "0--5", "\u0660", "a",    "1,0",  "0-",   "\u200B1", "1.0.0",
    };

    (void)state;
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
        expect_int(taken[i][0], taken[i][1]);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        expect_int(refused[i], NULL);
}

/* Digits beyond the bound are counted without the leading zeros. */
static void
test_int_bound(void **state)
{
    enum { LEN = CK_LAX_INT_DIGITS };
    char *text = support_copy("", 0);
    char *digits = malloc(2 * LEN + 1);

    (void)state;
    text = realloc(text, 2 * LEN);
    assert_non_null(text);
    assert_non_null(digits);
    memset(text, '0', LEN);
    memset(text + LEN, '9', LEN);
    assert_true(ck_lax_int(text, 2 * LEN, digits));
    assert_int_equal(strlen(digits), LEN);
    assert_true(ck_lax_int(text + LEN - 1, LEN + 1, digits));
    text[LEN - 1] = '9';
    assert_false(ck_lax_int(text + LEN - 1, LEN + 1, digits));
    assert_int_equal(strlen(digits), LEN + 1);
    text[LEN - 1] = '-';
    assert_true(ck_lax_int(text + LEN - 1, LEN + 1, digits));
    free(digits);
    free(text);
}

static void
expect_float(const char *text, double expected)
{
    size_t len = strlen(text);
    char *copy = support_copy(text, len);
    double value = -1;

    assert_true(ck_lax_float(copy, len, &value));
    if (isnan(expected))
        assert_true(isnan(value));
    else
        assert_true(value == expected && signbit(value) == signbit(expected));
    free(copy);
}

static void
test_float(void **state)
{
    static const char *const refused[] = {
        "",       "+",     "infinit", "1e",     "1_", "_1",   "1__0",
        "1_000 ", "0x10",  "True",    "1 0",    ".",  "e5",   "1e5.0",
        "n_an_",  "1.5.5", "--1",     "\u0660", "-",  " 1_0", "1e+",
    };
    double value;

    (void)state;
    expect_float("1", 1);
    expect_float(" 1.5 ", 1.5);
    expect_float("\u2009+1.5", 1.5);
    expect_float("1_0.5", 10.5);
    expect_float("1._5", 1.5);
    expect_float("1_.5", 1.5);
    expect_float("1_e1", 10);
    expect_float(".5", .5);
    expect_float("5.", 5);
    expect_float("-0", -0.0);
    expect_float("-.5e-3", -0.0005);
    expect_float("1e400", INFINITY);
    expect_float("-Infinity", -INFINITY);
    expect_float("in_f", INFINITY);
    expect_float("+nAn", NAN);
    expect_float("0.1", 0.1);
    expect_float("179769313486231570000000000000000000000e270",
                 1.7976931348623157e308);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_false(ck_lax_float(refused[i], strlen(refused[i]), &value));
}

/* A long one with underscores needs memory, and says no without it. */
static void
test_float_long(void **state)
{
    enum { LEN = 2 * CK_LAX_FLOAT_SHORT + 1 };
    char text[LEN];
    char *scratch = malloc(LEN);
    double value = 0;

    (void)state;
    assert_non_null(scratch);
    for (size_t i = 0; i < LEN; i++)
        text[i] = i % 2 == 0 ? '1' : '_';
    assert_true(ck_lax_float(text, LEN, &value));
    assert_true(value > 1.1e256 && value < 1.2e256);
    ck_alloc_fail_after(0);
    assert_false(ck_lax_float(text, LEN, &value));
    assert_true(ck_lax_float(text, CK_LAX_FLOAT_SHORT - 1, &value));
    ck_alloc_fail_after(-1);
    assert_true(ck_lax_float_with(text, LEN, scratch, &value));
    free(scratch);
}

static void
test_bool(void **state)
{
    static const char *const words[][2] = {
        {"false", "true"}, {"FALSE", "tRuE"}, {"f", "T"}, {"n", "Y"},
        {"no", "yes"},     {"off", "ON"},     {"0", "1"},
    };
    static const char *const refused[] = {"",      "2",   "tru", "truee",
                                          " true", "1.0", "01",  "\u212A"};
    int value;

    (void)state;
    for (int i = 0; i < 7; i++) {
        for (int truth = 0; truth < 2; truth++) {
            const char *word = words[i][truth];

            assert_true(ck_lax_bool(word, strlen(word), &value));
            assert_int_equal(value, truth);
        }
    }
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_false(ck_lax_bool(refused[i], strlen(refused[i]), &value));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_int),   cmocka_unit_test(test_int_bound),
        cmocka_unit_test(test_float), cmocka_unit_test(test_float_long),
        cmocka_unit_test(test_bool),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
