/* test_guard.c: what the guard refuses, with which status and where; how it
 * counts. What accepted texts mean: test_json.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "guard.h"
#include "support.h"

/* Literals that hold NUL or that are cut short bring their length. */
#define TEXT(s) s, sizeof(s) - 1

struct refusal {
    const char *text;
    size_t len;
    size_t offset;
    const char *message; /* in front of " at line" */
};

#define END "unexpected end of the text"
#define VALUE "expected a value"
#define DIGIT "expected a digit"
#define KEY "expected a key in double quotes"
#define TRAIL "expected the end of the text"
#define ZERO "number with a leading zero"
#define HEX "expected a hexadecimal digit"
#define HALF "surrogate without its other half"
#define UTF8 "invalid UTF-8"
#define CONTROL "control character in a string"

static const struct refusal structure[] = {
    {TEXT(""), 0, END},
    {TEXT(" \t\r\n"), 4, END},
    {TEXT("1 2"), 2, TRAIL},
    {TEXT("{} x"), 3, TRAIL},
    {TEXT("1\0"), 1, TRAIL},
    {TEXT("\0"), 0, VALUE},
    {TEXT("\xEF\xBB\xBF{}"), 0, VALUE},
    {TEXT("\v1"), 0, VALUE},
    {TEXT("\f1"), 0, VALUE},
    {TEXT("\xC2\xA0"
          "1"),
     0, VALUE},
    {TEXT("'a'"), 0, VALUE},
    {TEXT("]"), 0, VALUE},
    {TEXT("}"), 0, VALUE},
    {TEXT(","), 0, VALUE},
    {TEXT("["), 1, END},
    {TEXT("[1"), 2, END},
    {TEXT("[1,"), 3, END},
    {TEXT("[1,]"), 3, VALUE},
    {TEXT("[,1]"), 1, VALUE},
    {TEXT("[1 2]"), 3, "expected ',' or ']'"},
    {TEXT("[1}"), 2, "expected ',' or ']'"},
    {TEXT("[[1]}"), 4, "expected ',' or ']'"},
    {TEXT("[{}}"), 3, "expected ',' or ']'"},
    {TEXT("{"), 1, END},
    {TEXT("{\"a\""), 4, END},
    {TEXT("{\"a\":"), 5, END},
    {TEXT("{\"a\":1"), 6, END},
    {TEXT("{\"a\":1,"), 7, END},
    {TEXT("{\"a\"}"), 4, "expected ':'"},
    {TEXT("{\"a\" 1}"), 5, "expected ':'"},
    {TEXT("{\"a\":}"), 5, VALUE},
    {TEXT("{\"a\":1,}"), 7, KEY},
    {TEXT("{,}"), 1, KEY},
    {TEXT("{a:1}"), 1, KEY},
    {TEXT("{1:1}"), 1, KEY},
    {TEXT("{\"a\":1]"), 6, "expected ',' or '}'"},
    {TEXT("{\"a\":[]]"), 7, "expected ',' or '}'"},
    {TEXT("{\"a\":1 \"b\":2}"), 7, "expected ',' or '}'"},
    {TEXT("nul"), 3, END},
    {TEXT("nulL"), 3, VALUE},
    {TEXT("True"), 0, VALUE},
    {TEXT("truE"), 3, VALUE},
    {TEXT("truex"), 4, TRAIL},
    {TEXT("fals3"), 4, VALUE},
    {TEXT("Na"), 2, END},
    {TEXT("nan"), 1, VALUE},
    {TEXT("Inf"), 3, END},
    {TEXT("Infinite"), 7, VALUE},
    {TEXT("// c\n1"), 0, VALUE},
};

static const struct refusal numbers[] = {
    {TEXT("-"), 1, END},           {TEXT("+1"), 0, VALUE},
    {TEXT("--1"), 1, DIGIT},       {TEXT("- 1"), 1, DIGIT},
    {TEXT("01"), 1, ZERO},         {TEXT("-01"), 2, ZERO},
    {TEXT("00"), 1, ZERO},         {TEXT("1."), 2, END},
    {TEXT("1.x"), 2, DIGIT},       {TEXT("1.e5"), 2, DIGIT},
    {TEXT(".5"), 0, VALUE},        {TEXT("-.5"), 1, DIGIT},
    {TEXT("1e"), 2, END},          {TEXT("1e+"), 3, END},
    {TEXT("1e+x"), 3, DIGIT},      {TEXT("1E-"), 3, END},
    {TEXT("1e--5"), 3, DIGIT},     {TEXT("1.5.5"), 3, TRAIL},
    {TEXT("1e5.5"), 3, TRAIL},     {TEXT("0x10"), 1, TRAIL},
    {TEXT("1_000"), 1, TRAIL},     {TEXT("-NaN"), 1, VALUE},
    {TEXT("-In"), 3, END},         {TEXT("-Infinite"), 8, VALUE},
    {TEXT("+Infinity"), 0, VALUE},
};

static const struct refusal strings[] = {
    {TEXT("\""), 1, END},
    {TEXT("\"a"), 2, END},
    {TEXT("\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), 33, END},
    {TEXT("\"\\"), 2, END},
    {TEXT("\"\\\""), 3, END},
    {TEXT("\"\\x\""), 2, "unknown escape"},
    {TEXT("\"\\N\""), 2, "unknown escape"},
    {TEXT("\"\\\n\""), 2, "unknown escape"},
    {TEXT("\"\\u"), 3, END},
    {TEXT("\"\\u12\""), 5, HEX},
    {TEXT("\"\\u12g4\""), 5, HEX},
    {TEXT("\"\\u+123\""), 3, HEX},
    {TEXT("\"\\U0041\""), 2, "unknown escape"},
    {TEXT("\"\\ud800\""), 1, HALF},
    {TEXT("\"\\udbffx\""), 1, HALF},
    {TEXT("\"\\udc00\""), 1, HALF},
    {TEXT("\"\\ud800\\ud800\""), 1, HALF},
    {TEXT("\"\\ud83d\\u0041\""), 1, HALF},
    {TEXT("\"\\ud83d\\n\""), 1, HALF},
    {TEXT("\"\\ud83d\\"), 8, END},
    {TEXT("\"\\ud83d\\u"), 9, END},
    {TEXT("\"\\ud83d"), 7, END},
    {TEXT("\"\\ud83d\\udg00\""), 10, HEX},
    {TEXT("\"\n\""), 1, CONTROL},
    {TEXT("\"a\tb\""), 2, CONTROL},
    {TEXT("\"\0\""), 1, CONTROL},
    {TEXT("\"\x1F\""), 1, CONTROL},
    {TEXT("\"\x80\""), 1, UTF8},
    {TEXT("\"\xBF\""), 1, UTF8},
    {TEXT("\"\xC0\x80\""), 1, UTF8},
    {TEXT("\"\xC1\xBF\""), 1, UTF8},
    {TEXT("\"\xC2\""), 1, UTF8},
    {TEXT("\"\xC2"), 1, UTF8},
    {TEXT("\"\xDFx\""), 1, UTF8},
    {TEXT("\"\xE0\x9F\xBF\""), 1, UTF8},
    {TEXT("\"\xE1\x80\""), 1, UTF8},
    {TEXT("\"\xE1\x80"), 1, UTF8},
    {TEXT("\"\xED\xA0\x80\""), 1, UTF8},
    {TEXT("\"\xED\xBF\xBF\""), 1, UTF8},
    {TEXT("\"\xF0\x8F\xBF\xBF\""), 1, UTF8},
    {TEXT("\"\xF0\x90\x80\""), 1, UTF8},
    {TEXT("\"\xF4\x90\x80\x80\""), 1, UTF8},
    {TEXT("\"\xF5\x80\x80\x80\""), 1, UTF8},
    {TEXT("\"\xFF\""), 1, UTF8},
    {TEXT("\"\xC3\xA9\xFF\""), 3, UTF8},
    {TEXT("{\"\xFF\":1}"), 2, UTF8},
};

static enum ck_status
scan(const char *text, size_t len, unsigned max_depth,
     struct ck_guard_report *report, struct ck_error *error)
{
    char *copy = support_copy(text, len);
    enum ck_status status = ck_guard_scan(copy, len, max_depth, report, error);

    free(copy);
    return status;
}

static void
check_refusals(const struct refusal *refusals, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct refusal *refusal = &refusals[i];
        size_t message_len = strlen(refusal->message);
        struct ck_guard_report report;
        struct ck_error error = {.status = CK_OK};
        enum ck_status status =
            scan(refusal->text, refusal->len, 0, &report, &error);
        ck_guard_report_free(&report);
        if (status != CK_BAD_JSON || error.status != CK_BAD_JSON ||
            error.offset != refusal->offset ||
            strncmp(error.message, refusal->message, message_len) != 0 ||
            strncmp(error.message + message_len, " at line ", 9) != 0)
            fail_msg("%s: %d, %zu, %s", refusal->text, (int)status,
                     error.offset, error.message);
    }
}

static void
test_structure(void **state)
{
    (void)state;
    check_refusals(structure, sizeof structure / sizeof *structure);
}

static void
test_numbers(void **state)
{
    (void)state;
    check_refusals(numbers, sizeof numbers / sizeof *numbers);
}

static void
test_strings(void **state)
{
    (void)state;
    check_refusals(strings, sizeof strings / sizeof *strings);
}

static void
check_position(const char *text, const char *message)
{
    struct ck_guard_report report;
    struct ck_error error;

    assert_int_equal(scan(text, strlen(text), 0, &report, &error),
                     CK_BAD_JSON);
    assert_string_equal(error.message, message);
    ck_guard_report_free(&report);
}

static void
test_lines_and_columns(void **state)
{
    struct ck_guard_report report;

    (void)state;
    check_position("{\"a\": \"b\" \"c\": 1}",
                   "expected ',' or '}' at line 1 column 11");
    check_position("[\n  1,\n  x\n]", "expected a value at line 3 column 3");
    check_position("[\r\n1", "unexpected end of the text at line 2 column 1");
    check_position("[\n", "unexpected end of the text at line 2 column 0");
    /* Nothing at all is refused like an empty text. */
    assert_int_equal(ck_guard_scan(NULL, 0, 0, &report, NULL), CK_BAD_JSON);
    ck_guard_report_free(&report);
    /* An error need not be asked for. */
    assert_int_equal(scan("[", 1, 0, &report, NULL), CK_BAD_JSON);
    ck_guard_report_free(&report);
}

/* depth containers, then middle, then their ends. */
static enum ck_status
scan_nested(unsigned depth, int objects, const char *middle,
            unsigned max_depth)
{
    const char *opening = objects ? "{\"k\":" : "[";
    size_t step = strlen(opening);
    size_t len = depth * (step + 1) + strlen(middle);
    char *text = malloc(len + 1);
    char *p = text;
    struct ck_guard_report report;
    struct ck_error error;
    enum ck_status status = CK_OK;

    assert_non_null(text);
    for (unsigned i = 0; i < depth; i++, p += step)
        memcpy(p, opening, step);
    memcpy(p, middle, strlen(middle));
    memset(p + strlen(middle), objects ? '}' : ']', depth);
    status = scan(text, len, max_depth, &report, &error);
    if (status == CK_OK)
        assert_true(report.values >= depth);
    ck_guard_report_free(&report);
    free(text);
    return status;
}

static void
test_depth(void **state)
{
    static const unsigned limits[] = {1, 2, 63, 64, 65, 200, 998, 999};

    (void)state;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        unsigned limit = limits[i];
        for (int objects = 0; objects < 2; objects++) {
            assert_int_equal(scan_nested(limit, objects, "1", limit), CK_OK);
            /* One more if it is empty, as the reference has it. */
            assert_int_equal(scan_nested(limit, objects, "[ ]", limit), CK_OK);
            assert_int_equal(scan_nested(limit, objects, "{}", limit), CK_OK);
            assert_int_equal(scan_nested(limit, objects, "[1]", limit),
                             CK_TOO_LARGE);
            assert_int_equal(scan_nested(limit, objects, "[[]]", limit),
                             CK_TOO_LARGE);
            assert_int_equal(scan_nested(limit + 1, objects, "1", limit),
                             CK_TOO_LARGE);
        }
    }
    assert_int_equal(scan_nested(200, 0, "1", 0), CK_OK);
    assert_int_equal(scan_nested(201, 0, "1", 0), CK_TOO_LARGE);
    assert_int_equal(scan_nested(999, 0, "1", 5000), CK_OK);
    assert_int_equal(scan_nested(1000, 0, "1", 5000), CK_TOO_LARGE);
    assert_int_equal(scan_nested(100000, 0, "1", 5000), CK_TOO_LARGE);
    /* Depth is left again. */
    assert_int_equal(scan_nested(1, 0, "[1],[1],{\"a\":{}},[1]", 2), CK_OK);
}

/* Prefix, n times '1', suffix. */
static enum ck_status
scan_digits(const char *prefix, size_t n, const char *suffix)
{
    size_t prefix_len = strlen(prefix);
    size_t len = prefix_len + n + strlen(suffix);
    char *text = malloc(len);
    struct ck_guard_report report;
    struct ck_error error;
    enum ck_status status = CK_OK;

    assert_non_null(text);
    memcpy(text, prefix, prefix_len);
    memset(text + prefix_len, '1', n);
    memcpy(text + prefix_len + n, suffix, strlen(suffix));
    status = scan(text, len, 0, &report, &error);
    ck_guard_report_free(&report);
    free(text);
    return status;
}

static void
test_digits(void **state)
{
    static const char *const suffixes[] = {"", ".5", "e1", "E-4400", " "};

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(scan_digits("", 4300, suffixes[i]), CK_OK);
        assert_int_equal(scan_digits("-", 4300, suffixes[i]), CK_OK);
        assert_int_equal(scan_digits("", 4301, suffixes[i]), CK_TOO_LARGE);
        assert_int_equal(scan_digits("-", 4301, suffixes[i]), CK_TOO_LARGE);
    }
    assert_int_equal(scan_digits("0.", 100000, ""), CK_OK);
    assert_int_equal(scan_digits("1e", 100000, ""), CK_OK);
}

static void
test_count(void **state)
{
    static const char text[] = "[0,-1,999,\"\\u0001,[\",{\"\":null},true]";
    struct ck_guard_report report;

    (void)state;
    assert_int_equal(scan(text, sizeof text - 1, 0, &report, NULL), CK_OK);
    assert_int_equal(report.values, 8);
    assert_null(report.spans);
    ck_guard_report_free(&report);
}

/* Whether a tree is grown or not, the same is refused, at the same place. */
static void
check_read_refuses(const struct refusal *refusals, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *copy = support_copy(refusals[i].text, refusals[i].len);
        struct ck_arena arena;
        struct ck_build build;
        struct ck_error error = {.status = CK_OK};

        ck_arena_init(&arena);
        ck_build_init(&build, &arena);
        assert_int_equal(
            ck_guard_read(copy, refusals[i].len, 0, &build, &error),
            CK_BAD_JSON);
        assert_int_equal(error.offset, refusals[i].offset);
        ck_arena_free(&arena);
        free(copy);
    }
}

static void
test_reading_refuses_the_same(void **state)
{
    (void)state;
    check_read_refuses(structure, sizeof structure / sizeof *structure);
    check_read_refuses(numbers, sizeof numbers / sizeof *numbers);
    check_read_refuses(strings, sizeof strings / sizeof *strings);
}

static enum ck_status
scan_many_elements(void *arg)
{
    struct ck_guard_report report;
    enum ck_status status =
        ck_guard_scan_list(arg, strlen(arg), 0, &report, NULL);

    ck_guard_report_free(&report);
    return status;
}

static void
test_no_memory(void **state)
{
    char text[2000] = "[0.5";

    (void)state;
    for (size_t i = 4; i + 5 < sizeof text; i += 4)
        memcpy(text + i, ",0.5", 5);
    text[strlen(text)] = ']';
    assert_in_range(support_torture(scan_many_elements, text), 3, 10);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_structure),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_lines_and_columns),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_digits),
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_reading_refuses_the_same),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
