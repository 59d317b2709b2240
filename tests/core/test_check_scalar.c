/* test_check_scalar.c: single values: which are refused and why, and what the
 * others become. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check_fixture.h"
#include "support.h"

#include <math.h>
#include <stdio.h>

/* What is said of one field; the others are missing. */
static void
expect_field(const char *model, const char *field, const char *value,
             const char *expected)
{
    struct checked checked;
    char json[8192];
    char found[64];
    const char *at;

    (void)snprintf(json, sizeof json, "{\"%s\":%s}", field, value);
    (void)snprintf(found, sizeof found, "%s ", field);
    checked_init(&checked, model, json);
    at = strstr(checked.found, found);
    if (expected[0] == '\0') {
        assert_null(at);
    } else {
        assert_non_null(at);
        at += strlen(found);
        assert_memory_equal(at, expected, strlen(expected));
        assert_true(at[strlen(expected)] == ';' ||
                    at[strlen(expected)] == '\0');
    }
    checked_free(&checked);
}

static void
test_refused(void **state)
{
    static const char *const cases[][4] = {
        {"EmailAddress", "created_at", "1.5", "int_from_float"},
        {"EmailAddress", "created_at", "1e19", "int_parsing_size"},
        {"EmailAddress", "created_at", "-9223372036854775808.0",
         "int_parsing_size"},
        {"EmailAddress", "created_at", "NaN", "finite_number"},
        {"EmailAddress", "created_at", "1e999", "finite_number"},
        {"EmailAddress", "created_at", "[]", "int_type"},
        {"EmailAddress", "created_at", "null", "int_type"},
        {"EmailAddress", "created_at", "\"1e3\"", "int_parsing"},
        {"EmailAddress", "created_at", "\"1\\u0000\"", "int_parsing"},
        {"EmailAddress", "reserved", "2", "bool_parsing"},
        {"EmailAddress", "reserved", "3.0", "bool_parsing"},
        {"EmailAddress", "reserved", "1.5", "bool_type"},
        {"EmailAddress", "reserved", "1e300", "bool_type"},
        {"EmailAddress", "reserved", "99999999999999999999", "bool_type"},
        {"EmailAddress", "reserved", "\" true\"", "bool_parsing"},
        {"EmailAddress", "reserved", "{}", "bool_type"},
        {"EmailAddress", "email_address", "1", "string_type"},
        {"EmailAddress", "linked_to", "{}", "list_type"},
        {"EmailAddress", "object", "1", "string_type"},
        {"ResponseBody1", "created_at", "\"x\"", "float_parsing"},
        {"ResponseBody1", "created_at", "[]", "float_type"},
        {"User", "object", "\"x\"", "enum"},
        {"User", "object", "5", "enum"},
        {"User", "public_metadata", "5", "dict_type"},
        {"CommerceCreditLedgerResponse", "created_at", "true",
         "datetime_type"},
        {"CommerceCreditLedgerResponse", "created_at", "1e300",
         "datetime_parsing"},
        {"CommerceCreditLedgerResponse", "created_at", "\"x\"",
         "datetime_from_date_parsing"},
        {"CommerceCreditLedgerResponse", "created_at", "\"0000-01-01\"",
         "datetime_parsing"},
        {"CommerceCreditLedgerResponse", "created_at", "-99999999999999999999",
         "datetime_parsing"},
        {"CommerceSubscriptionItem", "proration_date", "true", "date_type"},
        {"CommerceSubscriptionItem", "proration_date", "1",
         "date_from_datetime_inexact"},
        {"CommerceSubscriptionItem", "proration_date", "\"\"",
         "date_from_datetime_parsing"},
        {"CommerceSubscriptionItem", "proration_date", "\"0000-01-01\"",
         "date_parsing"},
        {"CommerceSubscriptionItem", "proration_date", "99999999999999999999",
         "date_from_datetime_parsing"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_field(cases[i][0], cases[i][1], cases[i][2], cases[i][3]);
}

/* Numbers past what a double or Python's reader of digits takes. */
static void
test_refused_long(void **state)
{
    char digits[4400];

    (void)state;
    memset(digits, '9', sizeof digits);
    digits[0] = '"';
    digits[4302] = '"';
    digits[4303] = '\0';
    expect_field("EmailAddress", "created_at", digits, "int_parsing_size");
    digits[4301] = '"';
    digits[4302] = '\0';
    expect_field("EmailAddress", "created_at", digits, "");
    digits[0] = '9';
    digits[400] = '\0';
    expect_field("ResponseBody1", "created_at", digits, "float_type");
    expect_field("CommerceCreditLedgerResponse", "created_at", digits,
                 "datetime_type");
    expect_field("CommerceSubscriptionItem", "proration_date", digits,
                 "date_type");
    expect_field("EmailAddress", "created_at", digits, "");
}

/* Checks {field: value}, whose other fields are missing, and hands the node
 * over as it was mended. */
static const cJSON *
mended(struct checked *checked, const char *model, const char *field,
       const char *value)
{
    char json[256];
    const cJSON *node;

    (void)snprintf(json, sizeof json, "{\"%s\":%s}", field, value);
    checked_init(checked, model, json);
    (void)snprintf(json, sizeof json, "%s ", field);
    assert_null(strstr(checked->found, json));
    node = checked_slot(checked->doc.root, field);
    assert_non_null(node);
    assert_string_equal(node->string, field);
    return node;
}

static void
expect_int(const char *value, int64_t expected)
{
    struct checked checked;
    const cJSON *node = mended(&checked, "EmailAddress", "created_at", value);

    assert_int_equal(ck_json_kind(node), CK_JSON_INT);
    assert_true(ck_json_int(node) == expected);
    assert_true(node->valuedouble == (double)expected);
    checked_free(&checked);
}

static void
test_mended_ints(void **state)
{
    struct checked checked;
    const cJSON *node;

    (void)state;
    expect_int("5", 5);
    expect_int("true", 1);
    expect_int("false", 0);
    expect_int("-3.0", -3);
    expect_int("-0.0", 0);
    expect_int("1e18", 1000000000000000000);
    expect_int("9223372036854774784.0", 9223372036854774784);
    expect_int("\" 1_7 \"", 17);
    expect_int("\"9007199254740993\"", 9007199254740993);
    expect_int("\"9223372036854775807\"", INT64_MAX);
    expect_int("\"-9223372036854775808\"", INT64_MIN);
    expect_int("9223372036854775807", INT64_MAX);
    node = mended(&checked, "EmailAddress", "created_at",
                  "\"-09223372036854775809\"");
    assert_int_equal(ck_json_kind(node), CK_JSON_BIG);
    assert_string_equal(ck_json_big(node), "-9223372036854775809");
    checked_free(&checked);
}

static void
expect_float(const char *value, double expected)
{
    struct checked checked;
    const cJSON *node = mended(&checked, "ResponseBody1", "created_at", value);
    double number = ck_json_float(node);

    assert_int_equal(ck_json_kind(node), CK_JSON_FLOAT);
    assert_true(number == expected || (isnan(number) && isnan(expected)));
    checked_free(&checked);
}

static void
test_mended_floats(void **state)
{
    (void)state;
    expect_float("1.5", 1.5);
    expect_float("5", 5);
    expect_float("true", 1);
    expect_float("9007199254740993", 9007199254740992.0);
    expect_float("1180591620717411303424", 1180591620717411303424.0);
    expect_float("\"1_0.5\"", 10.5);
    expect_float("\"nan\"", NAN);
    expect_float("\"-inf\"", -INFINITY);
}

static void
test_mended_others(void **state)
{
    static const char *const truths[] = {"true", "1", "1.0", "\"Yes\""};
    static const char *const lies[] = {"false", "0", "-0.0", "\"off\""};
    struct checked checked;
    const cJSON *node;

    (void)state;
    for (int i = 0; i < 4; i++) {
        node = mended(&checked, "EmailAddress", "reserved", truths[i]);
        assert_int_equal(ck_json_kind(node), CK_JSON_TRUE);
        checked_free(&checked);
        node = mended(&checked, "EmailAddress", "reserved", lies[i]);
        assert_int_equal(ck_json_kind(node), CK_JSON_FALSE);
        checked_free(&checked);
    }
    node = mended(&checked, "EmailAddress", "object", "\"new\"");
    assert_int_equal(ck_check_member(node), -1);
    checked_free(&checked);
    node =
        mended(&checked, "EmailAddress", "object", "\"email_address\\u0000\"");
    assert_int_equal(ck_check_member(node), -1);
    checked_free(&checked);
    node = mended(&checked, "CommerceCreditLedgerResponse", "created_at",
                  "1700000000");
    assert_int_equal(ck_json_kind(node), CK_JSON_INT);
    checked_free(&checked);
    node = mended(&checked, "CommerceSubscriptionItem", "proration_date",
                  "\"2024-01-02\"");
    assert_int_equal(ck_json_kind(node), CK_JSON_STRING);
    checked_free(&checked);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_refused_long),
        cmocka_unit_test(test_mended_ints),
        cmocka_unit_test(test_mended_floats),
        cmocka_unit_test(test_mended_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
