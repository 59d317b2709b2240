/* test_lookup.c: rows by name, over every row of the tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check_fixture.h"
#include "support.h"

static void
test_fields(void **state)
{
    (void)state;
    for (uint16_t model = 0; model < ck_counts.models; model++) {
        const struct ck_model *row = &ck_models[model];

        for (int i = 0; i < row->field_count; i++) {
            const struct ck_field *field = &ck_fields[row->first_field + i];
            const char *alias = ck_text_of(field->alias);
            const char *name = ck_text_of(field->name);
            size_t len = strlen(alias);

            for (int guess = -1; guess <= row->field_count; guess++)
                assert_int_equal(ck_schema_field(model, alias, len, guess), i);
            assert_int_equal(ck_schema_field_named(model, name, strlen(name)),
                             i);
        }
    }
}

/* Neither the start of a name, nor more than it, nor with a U+0000. */
static void
test_fields_unknown(void **state)
{
    uint16_t model = checked_model("User");
    char *text = support_copy("id\0x", 4);

    (void)state;
    assert_true(ck_schema_field(model, "id", 2, 0) >= 0);
    assert_int_equal(ck_schema_field(model, "i", 1, 0), -1);
    assert_int_equal(ck_schema_field(model, "", 0, 0), -1);
    assert_int_equal(ck_schema_field(model, text, 3, 0), -1);
    assert_int_equal(ck_schema_field(model, text, 4, 0), -1);
    assert_int_equal(ck_schema_field_named(model, text, 4), -1);
    assert_int_equal(ck_schema_field(model, "id_", 3, 0), -1);
    free(text);
}

static void
test_members(void **state)
{
    (void)state;
    for (uint16_t i = 0; i < ck_counts.enums; i++) {
        const struct ck_enum *row = &ck_enums[i];

        if ((row->flags & CK_ENUM_INT) != 0)
            continue;
        for (int k = 0; k < row->member_count; k++) {
            const char *text =
                ck_text_of(ck_members[row->first_member + k].text);
            size_t len = strlen(text);

            assert_int_equal(ck_schema_member(i, text, len), k);
            assert_int_not_equal(ck_schema_member(i, text, len - 1), k);
        }
        assert_int_equal(ck_schema_member(i, "no such", 7), -1);
    }
}

/* No enum of the interface has numbers so far; every row holds a 0 then. */
static void
test_members_of_int(void **state)
{
    (void)state;
    assert_int_equal(ck_schema_member_of_int(0, ck_members[0].number), 0);
    assert_int_equal(ck_schema_member_of_int(0, INT64_MAX), -1);
}

static void
test_names(void **state)
{
    (void)state;
    assert_true(ck_counts.names > 1000);
    for (unsigned i = 0; i < ck_counts.names; i++)
        assert_ptr_equal(ck_schema_name(ck_text_of(ck_names[i].name)),
                         &ck_names[i]);
    assert_null(ck_schema_name(""));
    assert_null(ck_schema_name("Use"));
    assert_null(ck_schema_name("Userx"));
    assert_null(ck_schema_name("~"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),  cmocka_unit_test(test_fields_unknown),
        cmocka_unit_test(test_members), cmocka_unit_test(test_members_of_int),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
