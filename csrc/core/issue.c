/* issue.c: the names and sentences of what can be wrong with a value, as the
 * reference reports them: programs compare them. Owns nothing. */
#include "check.h"
#include "moment.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Name and sentence. Sentences with a '%' are finished by a function below. */
static const struct {
    const char *name;
    const char *sentence;
} issues[] = {
    [CK_ISSUE_MISSING] = {"missing", "Field required"},
    [CK_ISSUE_STRING_TYPE] = {"string_type", "Input should be a valid string"},
    [CK_ISSUE_INT_TYPE] = {"int_type", "Input should be a valid integer"},
    [CK_ISSUE_INT_PARSING] = {"int_parsing",
                              "Input should be a valid integer, unable to "
                              "parse string as an integer"},
    [CK_ISSUE_INT_FROM_FLOAT] = {"int_from_float",
                                 "Input should be a valid integer, got a "
                                 "number with a fractional part"},
    [CK_ISSUE_INT_TOO_LONG] = {"int_parsing_size",
                               "Unable to parse input string as an integer, "
                               "exceeded maximum size"},
    [CK_ISSUE_INT_FINITE] = {"finite_number",
                             "Input should be a finite number"},
    [CK_ISSUE_FLOAT_TYPE] = {"float_type", "Input should be a valid number"},
    [CK_ISSUE_FLOAT_PARSING] = {"float_parsing",
                                "Input should be a valid number, unable to "
                                "parse string as a number"},
    [CK_ISSUE_BOOL_TYPE] = {"bool_type", "Input should be a valid boolean"},
    [CK_ISSUE_BOOL_PARSING] = {"bool_parsing",
                               "Input should be a valid boolean, unable to "
                               "interpret input"},
    [CK_ISSUE_DATETIME] = {"datetime_type",
                           "Input should be a valid datetime"},
    [CK_ISSUE_DATETIME_PARSING] = {"datetime_parsing",
                                   "Input should be a valid datetime, "},
    [CK_ISSUE_DATETIME_FROM_DATE] = {"datetime_from_date_parsing",
                                     "Input should be a valid datetime or "
                                     "date, "},
    [CK_ISSUE_DATE] = {"date_type", "Input should be a valid date"},
    [CK_ISSUE_DATE_PARSING] = {"date_parsing",
                               "Input should be a valid date in the format "
                               "YYYY-MM-DD, "},
    [CK_ISSUE_DATE_FROM_DATETIME] = {"date_from_datetime_parsing",
                                     "Input should be a valid date or "
                                     "datetime, "},
    [CK_ISSUE_DATE_INEXACT] = {"date_from_datetime_inexact",
                               "Datetimes provided to dates should have zero "
                               "time - e.g. be exact dates"},
    [CK_ISSUE_CONST] = {"literal_error", "Input should be "},
    [CK_ISSUE_ENUM] = {"enum", "Input should be "},
    [CK_ISSUE_MODEL_TYPE] = {"model_type", "Input should be a valid "
                                           "dictionary or instance of "},
    [CK_ISSUE_UNION_TAG] = {"union_tag_invalid", "Input tag '"},
    [CK_ISSUE_UNION_NO_TAG] = {"union_tag_not_found",
                               "Unable to extract tag using discriminator "},
    [CK_ISSUE_LIST_TYPE] = {"list_type", "Input should be a valid list"},
    [CK_ISSUE_DICT_TYPE] = {"dict_type", "Input should be a valid dictionary"},
    [CK_ISSUE_CONTENT_TYPE] = {"bytes_type", "Input should be a valid bytes"},
    [CK_ISSUE_CONTENT_INSTANCE] = {"is_instance_of",
                                   "Input should be an instance of "},
};

/* What is being written; at counts on when out is full. */
struct writer {
    char *out;
    size_t size;
    size_t at;
};

static void
put(struct writer *writer, const char *text)
{
    size_t len = strlen(text);

    if (writer->at + 1 < writer->size) {
        size_t room = writer->size - writer->at - 1;
        size_t part = len < room ? len : room;

        memcpy(writer->out + writer->at, text, part);
        writer->out[writer->at + part] = '\0';
    }
    writer->at += len;
}

static void
put_number(struct writer *writer, long number)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%ld", number);
    put(writer, text);
}

static void
put_quoted(struct writer *writer, const char *text)
{
    put(writer, "'");
    put(writer, text);
    put(writer, "'");
}

static void
put_value(struct writer *writer, uint16_t ref)
{
    const struct ck_value *value = &ck_values[ref];

    switch (value->kind) {
    case CK_VALUE_FALSE: put(writer, "False"); break;
    case CK_VALUE_TRUE: put(writer, "True"); break;
    case CK_VALUE_INT: put_number(writer, value->number); break;
    case CK_VALUE_FLOAT: put(writer, ck_text_of(value->text)); break;
    case CK_VALUE_STR: put_quoted(writer, ck_text_of(value->text)); break;
    default: put(writer, "None"); break;
    }
}

/* "'a', 'b' or 'c'" */
static void
put_members(struct writer *writer, uint16_t ref)
{
    const struct ck_enum *row = &ck_enums[ref];

    for (int i = 0; i < row->member_count; i++) {
        const struct ck_member *member = &ck_members[row->first_member + i];

        if (i > 0)
            put(writer, i + 1 < row->member_count ? ", " : " or ");
        if ((row->flags & CK_ENUM_INT) != 0)
            put_number(writer, member->number);
        else
            put_quoted(writer, ck_text_of(member->text));
    }
}

static void
put_tags(struct writer *writer, uint16_t ref, const char *found)
{
    const struct ck_union *row = &ck_unions[ref];

    put(writer, found == NULL ? "" : found);
    put(writer, "' found using <lambda>() does not match any of the "
                "expected tags: ");
    for (int i = 0; i < row->variant_count; i++) {
        put(writer, i > 0 ? ", " : "");
        put_quoted(writer,
                   ck_text_of(ck_variants[row->first_variant + i].tag));
    }
}

size_t
ck_issue_describe(const struct ck_issue *issue, char *out, size_t size)
{
    struct writer writer = {out, size, 0};

    if (size > 0)
        out[0] = '\0';
    put(&writer, issues[issue->code].sentence);
    switch (issue->code) {
    case CK_ISSUE_DATETIME_PARSING:
    case CK_ISSUE_DATETIME_FROM_DATE:
    case CK_ISSUE_DATE_PARSING:
    case CK_ISSUE_DATE_FROM_DATETIME:
        put(&writer, ck_moment_reason((enum ck_moment_fault)issue->ref));
        break;
    case CK_ISSUE_CONST: put_value(&writer, issue->ref); break;
    case CK_ISSUE_ENUM: put_members(&writer, issue->ref); break;
    case CK_ISSUE_MODEL_TYPE:
        put(&writer, issue->ref == CK_NO_ROW
                         ? "Unset"
                         : ck_text_of(ck_models[issue->ref].name));
        break;
    case CK_ISSUE_UNION_TAG: put_tags(&writer, issue->ref, issue->text); break;
    case CK_ISSUE_UNION_NO_TAG:
        put_quoted(&writer, ck_text_of(ck_unions[issue->ref].discriminator));
        break;
    case CK_ISSUE_CONTENT_INSTANCE:
        put(&writer, issue->ref == 0 ? "IO" : "IOBase");
        break;
    default: break;
    }
    return writer.at;
}

const char *
ck_issue_name(enum ck_issue_code code)
{
    return issues[code].name;
}
