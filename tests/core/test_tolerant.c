/* test_tolerant.c: what tolerant reading rests on: a list cut into its
 * elements, and marks on the values that did not fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check_fixture.h"
#include "support.h"

/* Splits an exact copy of the text; *is_list as it says. */
static enum ck_status
split(const char *text, struct ck_json_spans *spans, int *is_list)
{
    struct ck_error error;
    size_t len = strlen(text);
    char *copy = support_copy(text, len);
    enum ck_status status = ck_json_split(copy, len, spans, is_list, &error);

    free(copy);
    return status;
}

static void
expect_elements(const char *text, const char *const *elements)
{
    struct ck_json_spans spans;
    int is_list = 0;
    size_t count = 0;

    assert_int_equal(split(text, &spans, &is_list), CK_OK);
    assert_true(is_list);
    for (; elements[count] != NULL; count++) {
        const struct ck_span *span = &spans.items[count];

        assert_true(count < spans.count);
        assert_int_equal(span->len, strlen(elements[count]));
        assert_memory_equal(text + span->offset, elements[count], span->len);
    }
    assert_int_equal(spans.count, count);
    ck_json_spans_free(&spans);
}

static void
test_elements(void **state)
{
    (void)state;
    expect_elements("[]", (const char *const[]){NULL});
    expect_elements(" [ ] ", (const char *const[]){NULL});
    expect_elements("[1]", (const char *const[]){"1", NULL});
    expect_elements(
        " [ {\"a\":[1,2]} ,\n[[],[3]], \"]\", {} , [],null,-0.5e3 ] ",
        (const char *const[]){"{\"a\":[1,2]}", "[[],[3]]", "\"]\"", "{}", "[]",
                              "null", "-0.5e3", NULL});
}

static void
test_many_elements(void **state)
{
    enum { COUNT = 1000 };
    char text[2 * COUNT + 2] = "[";
    struct ck_json_spans spans;
    int is_list = 0;

    (void)state;
    for (size_t i = 0; i < COUNT; i++)
        memcpy(text + 1 + 2 * i, "7,", 3);
    text[2 * COUNT] = ']';
    assert_int_equal(split(text, &spans, &is_list), CK_OK);
    assert_int_equal(spans.count, COUNT);
    assert_int_equal(spans.items[COUNT - 1].offset, 2 * COUNT - 1);
    ck_json_spans_free(&spans);
}

static void
test_no_list(void **state)
{
    static const char *const texts[] = {"{\"data\":[1,2]}", "1", "\"[\"",
                                        "null"};
    struct ck_json_spans spans;
    int is_list = 1;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(split(texts[i], &spans, &is_list), CK_OK);
        assert_false(is_list);
        assert_int_equal(spans.count, 0);
        ck_json_spans_free(&spans);
    }
}

/* Refused as a whole, wherever the fault is. */
static void
test_no_json(void **state)
{
    static const char *const texts[] = {
        "", "[", "[1", "[1,", "[1,]", "[{}{}]", "[1]2", "[01]", "[{\"a\":1]"};
    struct ck_json_spans spans;
    int is_list = 0;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(split(texts[i], &spans, &is_list), CK_BAD_JSON);
}

static enum ck_status
split_many(void *text)
{
    struct ck_json_spans spans;
    int is_list = 0;
    enum ck_status status =
        ck_json_split(text, strlen(text), &spans, &is_list, NULL);

    if (status == CK_OK)
        ck_json_spans_free(&spans);
    return status;
}

static void
test_no_memory(void **state)
{
    char text[1002] = "[";

    (void)state;
    for (size_t i = 1; i + 1 < sizeof text - 1; i += 2)
        memcpy(text + i, "5,", 3);
    text[strlen(text) - 1] = ']';
    assert_in_range(support_torture(split_many, text), 2, 20);
}

static void
test_forgiven_values_are_marked(void **state)
{
    struct checked checked;
    const cJSON *root = NULL;

    (void)state;
    checked_init(&checked, "DeletedObject",
                 "{\"object\":5,\"deleted\":\"maybe\",\"id\":\"x\"}");
    root = checked.doc.root;
    assert_true(checked.issues.count > 0);
    assert_true(ck_check_forgive(&checked.issues, 0));
    assert_true(ck_check_is_misfit(checked_slot(root, "object")));
    assert_true(ck_check_is_misfit(checked_slot(root, "deleted")));
    assert_false(ck_check_is_misfit(checked_slot(root, "id")));
    assert_false(ck_check_is_misfit(root));
    checked_free(&checked);
}

static void
test_missing_members_mark_nothing(void **state)
{
    struct checked checked;

    (void)state;
    checked_init(&checked, "DeletedObject", "{}");
    assert_string_not_equal(checked.found, "");
    assert_true(ck_check_forgive(&checked.issues, 0));
    assert_false(ck_check_is_misfit(checked.doc.root));
    assert_null(checked_slot(checked.doc.root, "object"));
    checked_free(&checked);
}

static void
test_another_kind_is_not_forgiven(void **state)
{
    struct checked checked;

    (void)state;
    assert_int_equal(
        checked_try(&checked, checked_model("DeletedObject"), "[1]"), CK_OK);
    assert_false(ck_check_forgive(&checked.issues, 0));
    assert_false(ck_check_is_misfit(checked.doc.root));
    assert_true(ck_check_forgive(&checked.issues, 1));
    assert_true(ck_check_is_misfit(checked.doc.root));
    checked_free(&checked);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elements),
        cmocka_unit_test(test_many_elements),
        cmocka_unit_test(test_no_list),
        cmocka_unit_test(test_no_json),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_forgiven_values_are_marked),
        cmocka_unit_test(test_missing_members_mark_nothing),
        cmocka_unit_test(test_another_kind_is_not_forgiven),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
