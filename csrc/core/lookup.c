/* lookup.c: finds rows of the generated tables by name. Owns nothing; what
 * it returns are indexes and borrowed rows. */
#include "check.h"

#include <string.h>

/* Whether the row's text is exactly text[0..len). strncmp stops at the end of
 * either, so the second test reads inside the row's text only. */
static int
equals(ck_text row_text, const char *text, size_t len)
{
    const char *known = ck_text_of(row_text);

    return strncmp(known, text, len) == 0 && strlen(known) == len;
}

int
ck_schema_field(uint16_t model, const char *wire_name, size_t len, int guess)
{
    const struct ck_model *row = &ck_models[model];
    const struct ck_field *fields = &ck_fields[row->first_field];
    int count = row->field_count;

    if (guess >= 0 && guess < count &&
        equals(fields[guess].alias, wire_name, len))
        return guess;
    for (int i = 0; i < count; i++) {
        if (equals(fields[i].alias, wire_name, len))
            return i;
    }
    return -1;
}

int
ck_schema_field_named(uint16_t model, const char *name, size_t len)
{
    const struct ck_model *row = &ck_models[model];
    const struct ck_field *fields = &ck_fields[row->first_field];

    for (int i = 0; i < row->field_count; i++) {
        if (equals(fields[i].name, name, len))
            return i;
    }
    return -1;
}

int
ck_schema_member(uint16_t enum_row, const char *text, size_t len)
{
    const struct ck_enum *row = &ck_enums[enum_row];
    const struct ck_member *members = &ck_members[row->first_member];

    for (int i = 0; i < row->member_count; i++) {
        if (equals(members[i].text, text, len))
            return i;
    }
    return -1;
}

int
ck_schema_member_of_int(uint16_t enum_row, int64_t number)
{
    const struct ck_enum *row = &ck_enums[enum_row];
    const struct ck_member *members = &ck_members[row->first_member];

    for (int i = 0; i < row->member_count; i++) {
        if (members[i].number == number)
            return i;
    }
    return -1;
}

const struct ck_name *
ck_schema_name(const char *name)
{
    size_t low = 0;
    size_t high = ck_counts.names;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(name, ck_text_of(ck_names[middle].name));

        if (order == 0)
            return &ck_names[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}
