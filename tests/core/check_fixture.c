/* check_fixture.c: see the header. The caller owns the struct. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check_fixture.h"
#include "support.h"

#include <stdio.h>

static uint16_t
row_of(const char *name, unsigned kind)
{
    const struct ck_name *found = ck_schema_name(name);

    if (found == NULL || found->kind != kind)
        fail_msg("the tables have no such row: %s", name);
    return found->row;
}

uint16_t
checked_model(const char *name)
{
    return row_of(name, CK_NAME_MODEL);
}

uint16_t
checked_enum(const char *name)
{
    return row_of(name, CK_NAME_ENUM);
}

uint16_t
checked_union(const char *name)
{
    return row_of(name, CK_NAME_UNION);
}

uint16_t
checked_type(unsigned kind, uint16_t ref)
{
    for (unsigned i = 0; i < ck_counts.types; i++) {
        if (ck_types[i].kind == kind && ck_types[i].ref == ref &&
            ck_types[i].flags == 0)
            return (uint16_t)i;
    }
    fail_msg("no type row of kind %u for row %u", kind, ref);
    return 0;
}

static size_t
write_step(char *out, size_t size, const struct ck_step *step)
{
    size_t at = 0;

    if (step->up != NULL) {
        at = write_step(out, size, step->up);
        at += (size_t)snprintf(out + at, size - at, ".");
    }
    if (step->key == NULL)
        return at + (size_t)snprintf(out + at, size - at, "%zu", step->index);
    assert_int_equal(strnlen(step->key, step->index + 1), step->index);
    return at + (size_t)snprintf(out + at, size - at, "%s", step->key);
}

static void
write_found(struct checked *checked)
{
    size_t at = 0;
    size_t count = 0;
    char *out = checked->found;

    out[0] = '\0';
    for (const struct ck_issue *i = checked->issues.first; i; i = i->next) {
        assert_non_null(i->input);
        count++;
        if (at >= CHECKED_ROOM / 2)
            continue;
        if (i != checked->issues.first)
            at += (size_t)snprintf(out + at, CHECKED_ROOM - at, "; ");
        if (i->where != NULL) {
            at += write_step(out + at, CHECKED_ROOM - at, i->where);
            at += (size_t)snprintf(out + at, CHECKED_ROOM - at, " ");
        }
        at += (size_t)snprintf(out + at, CHECKED_ROOM - at, "%s",
                               ck_issue_name((enum ck_issue_code)i->code));
    }
    assert_int_equal(count, checked->issues.count);
}

enum ck_status
checked_try(struct checked *checked, uint16_t type, const char *json)
{
    size_t len = strlen(json);
    char *text = support_copy(json, len);
    struct ck_error error;
    enum ck_status status;

    ck_json_setup();
    ck_json_init(&checked->doc);
    status = ck_json_read(&checked->doc, text, len, NULL, &error);
    free(text);
    if (status == CK_OK)
        status = ck_check(&checked->doc, type, &checked->issues, &error);
    if (status == CK_OK)
        write_found(checked);
    else
        ck_json_free(&checked->doc);
    return status;
}

void
checked_init(struct checked *checked, const char *model, const char *json)
{
    uint16_t type = checked_type(CK_MODEL, checked_model(model));

    assert_int_equal(checked_try(checked, type, json), CK_OK);
}

void
checked_free(struct checked *checked)
{
    ck_json_free(&checked->doc);
}

const cJSON *
checked_slot(const cJSON *node, const char *name)
{
    const struct ck_record *record = ck_check_record(node);
    int field = ck_schema_field_named(record->model, name, strlen(name));

    assert_true(field >= 0 && field < record->field_count);
    assert_ptr_equal(record->object, node);
    return record->slots[field];
}

void
expect_found(const char *model, const char *json, const char *expected)
{
    struct checked checked;

    checked_init(&checked, model, json);
    assert_string_equal(checked.found, expected);
    checked_free(&checked);
}
