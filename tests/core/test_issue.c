/* test_issue.c: what is said about a value, as the reference says it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check_fixture.h"
#include "moment.h"
#include "support.h"

static void
expect(enum ck_issue_code code, uint16_t ref, const char *name,
       const char *sentence)
{
    struct ck_issue issue = {.code = code, .ref = ref};
    char out[1024];
    size_t len = ck_issue_describe(&issue, out, sizeof out);

    assert_string_equal(ck_issue_name(code), name);
    assert_string_equal(out, sentence);
    assert_int_equal(len, strlen(sentence));
}

static void
test_plain(void **state)
{
    (void)state;
    expect(CK_ISSUE_MISSING, 0, "missing", "Field required");
    expect(CK_ISSUE_STRING_TYPE, 0, "string_type",
           "Input should be a valid string");
    expect(CK_ISSUE_INT_TOO_LONG, 0, "int_parsing_size",
           "Unable to parse input string as an integer, exceeded maximum "
           "size");
    expect(CK_ISSUE_DATETIME, 0, "datetime_type",
           "Input should be a valid datetime");
    expect(CK_ISSUE_DATE, 0, "date_type", "Input should be a valid date");
    for (int code = CK_ISSUE_MISSING; code <= CK_ISSUE_CONTENT_INSTANCE;
         code++)
        assert_true(strlen(ck_issue_name((enum ck_issue_code)code)) >= 4);
}

static void
test_with_reason(void **state)
{
    (void)state;
    expect(CK_ISSUE_DATETIME_PARSING, CK_MOMENT_YEAR_ZERO, "datetime_parsing",
           "Input should be a valid datetime, year 0 is out of range");
    expect(CK_ISSUE_DATETIME_FROM_DATE, CK_MOMENT_SHORT,
           "datetime_from_date_parsing",
           "Input should be a valid datetime or date, input is too short");
    expect(CK_ISSUE_DATE_FROM_DATETIME, CK_MOMENT_HOUR,
           "date_from_datetime_parsing",
           "Input should be a valid date or datetime, invalid character in "
           "hour");
    expect(CK_ISSUE_DATE_PARSING, CK_MOMENT_YEAR_ZERO, "date_parsing",
           "Input should be a valid date in the format YYYY-MM-DD, year 0 is "
           "out of range");
}

static uint16_t
value_row(unsigned kind)
{
    for (uint16_t i = 0; i < ck_counts.values; i++) {
        if (ck_values[i].kind == kind)
            return i;
    }
    fail_msg("no constant of kind %u", kind);
    return 0;
}

static void
test_with_rows(void **state)
{
    (void)state;
    expect(CK_ISSUE_CONST, value_row(CK_VALUE_TRUE), "literal_error",
           "Input should be True");
    expect(CK_ISSUE_CONST, value_row(CK_VALUE_FALSE), "literal_error",
           "Input should be False");
    expect(CK_ISSUE_CONST, value_row(CK_VALUE_NONE), "literal_error",
           "Input should be None");
    expect(CK_ISSUE_ENUM, checked_enum("UserObject"), "enum",
           "Input should be 'user'");
    expect(CK_ISSUE_ENUM, checked_enum("ActorTokenStatus"), "enum",
           "Input should be 'pending', 'accepted' or 'revoked'");
    expect(CK_ISSUE_MODEL_TYPE, checked_model("User"), "model_type",
           "Input should be a valid dictionary or instance of User");
    expect(CK_ISSUE_MODEL_TYPE, CK_NO_ROW, "model_type",
           "Input should be a valid dictionary or instance of Unset");
    expect(CK_ISSUE_UNION_NO_TAG, checked_union("SessionRefresh"),
           "union_tag_not_found",
           "Unable to extract tag using discriminator 'object'");
    expect(CK_ISSUE_CONTENT_INSTANCE, 0, "is_instance_of",
           "Input should be an instance of IO");
    expect(CK_ISSUE_CONTENT_INSTANCE, 1, "is_instance_of",
           "Input should be an instance of IOBase");
}

static void
test_tag(void **state)
{
    struct ck_issue issue = {.text = "zzz", .code = CK_ISSUE_UNION_TAG};
    char out[256];

    (void)state;
    issue.ref = checked_union("SessionRefresh");
    (void)ck_issue_describe(&issue, out, sizeof out);
    assert_string_equal(out, "Input tag 'zzz' found using <lambda>() does "
                             "not match any of the expected tags: 'token', "
                             "'cookies'");
}

/* Cut, terminated, and the whole length told, whatever the room. */
static void
test_room(void **state)
{
    struct ck_issue issue = {.code = CK_ISSUE_ENUM,
                             .ref = checked_enum("UserObject")};
    const char *whole = "Input should be 'user'";

    (void)state;
    assert_int_equal(ck_issue_describe(&issue, NULL, 0), 22);
    for (size_t size = 1; size <= 30; size++) {
        char *out = malloc(size);
        size_t kept = size - 1 < 22 ? size - 1 : 22;

        assert_non_null(out);
        assert_int_equal(ck_issue_describe(&issue, out, size), 22);
        assert_int_equal(strlen(out), kept);
        assert_memory_equal(out, whole, kept);
        free(out);
    }
}

static void
expect_label(uint16_t type, const char *expected)
{
    size_t len = strlen(expected);
    char out[256];

    assert_int_equal(ck_check_label(type, NULL, 0), len);
    assert_int_equal(ck_check_label(type, out, sizeof out), len);
    assert_string_equal(out, expected);
    assert_int_equal(ck_check_label(type, out, 4), len);
    assert_int_equal(strlen(out), len < 3 ? len : 3);
}

static uint16_t
type_of(const char *model, const char *name)
{
    uint16_t row = checked_model(model);
    int field = ck_schema_field_named(row, name, strlen(name));

    assert_true(field >= 0);
    return ck_fields[ck_models[row].first_field + field].type;
}

static void
test_labels(void **state)
{
    (void)state;
    expect_label(type_of("User", "id"), "str");
    expect_label(type_of("User", "has_image"), "bool");
    expect_label(type_of("User", "created_at"), "int");
    expect_label(type_of("User", "username"), "nullable[str]");
    expect_label(type_of("User", "object"), "str-enum[UserObject]");
    expect_label(type_of("User", "email_addresses"), "list[EmailAddress]");
    expect_label(type_of("User", "public_metadata"), "dict[str,any]");
    expect_label(type_of("EnterpriseAccount", "enterprise_connection"),
                 "nullable[union[EnterpriseAccountConnection1,"
                 "EnterpriseAccountConnection2]]");
    expect_label(type_of("CommerceCreditLedgerResponse", "created_at"),
                 "datetime");
    expect_label(checked_type(CK_UNION, checked_union("SessionRefresh")),
                 "tagged-union[Token,Cookies]");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),     cmocka_unit_test(test_with_reason),
        cmocka_unit_test(test_with_rows), cmocka_unit_test(test_tag),
        cmocka_unit_test(test_room),      cmocka_unit_test(test_labels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
