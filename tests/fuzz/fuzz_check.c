/* fuzz_check.c: a JSON text against the type row that the first two bytes
 * choose. What fits must have the shapes that check.h promises, and fit once
 * more; what does not must say where and why. */
#include "check.h"
#include "json.h"
#include "moment.h"

#include "target.h"

static void check_shape(const cJSON *node, uint16_t type);

static void
check_record(const cJSON *node, const struct ck_type *type)
{
    const struct ck_record *record = ck_check_record(node);
    const struct ck_model *model;

    check(cJSON_IsObject(node) && record != NULL, "object with a record");
    check(record->object == node, "record of another object");
    check(record->model < ck_counts.models, "model row");
    check(type->kind == CK_UNION || type->ref == record->model, "model");
    model = &ck_models[record->model];
    check(record->field_count == model->field_count, "count of fields");
    for (int i = 0; i < record->field_count; i++) {
        const struct ck_field *field = &ck_fields[model->first_field + i];

        if (record->slots[i] != NULL)
            check_shape(record->slots[i], field->type);
        else
            check((field->flags & CK_FIELD_REQUIRED) == 0, "a field missing");
    }
}

static void
check_moment(const cJSON *node, int is_date)
{
    struct ck_moment moment;
    size_t len;
    const char *text;

    if (ck_json_kind(node) != CK_JSON_STRING) {
        check(cJSON_IsNumber(node), "a moment that is no number");
        return;
    }
    text = ck_json_string(node, &len);
    check((is_date ? ck_moment_date_of_text(text, len, &moment)
                   : ck_moment_of_text(text, len, &moment)) == CK_MOMENT_OK,
          "a moment that is none");
    check(moment.year >= 1 && moment.year <= 9999 && moment.month >= 1 &&
              moment.month <= 12 && moment.day >= 1 && moment.day <= 31 &&
              moment.hour >= 0 && moment.hour < 24 && moment.minute >= 0 &&
              moment.minute < 60 && moment.second >= 0 && moment.second < 60 &&
              moment.micro >= 0 && moment.micro < 1000000,
          "a part of a moment out of range");
}

static void
check_enum(const cJSON *node, uint16_t row)
{
    int member = ck_check_member(node);

    check(member < ck_enums[row].member_count, "member");
    check(member >= 0 || (ck_enums[row].flags & CK_ENUM_OPEN) != 0,
          "no member of a closed enum");
}

static void
check_shape(const cJSON *node, uint16_t type)
{
    const struct ck_type *row = &ck_types[type];
    enum ck_json_kind kind = ck_json_kind(node);

    if (kind == CK_JSON_NULL && (row->flags & CK_TYPE_NULLABLE) != 0)
        return;
    switch (row->kind) {
    case CK_STR:
    case CK_CONTENT: check(kind == CK_JSON_STRING, "string"); break;
    case CK_INT:
        check(kind == CK_JSON_INT || kind == CK_JSON_BIG, "integer");
        break;
    case CK_FLOAT: check(kind == CK_JSON_FLOAT, "float"); break;
    case CK_BOOL:
        check(kind == CK_JSON_TRUE || kind == CK_JSON_FALSE, "bool");
        break;
    case CK_DATETIME: check_moment(node, 0); break;
    case CK_DATE: check_moment(node, 1); break;
    case CK_ENUM: check_enum(node, row->ref); break;
    case CK_MODEL:
    case CK_UNION: check_record(node, row); break;
    case CK_LIST:
    case CK_DICT:
        check(kind == (row->kind == CK_LIST ? CK_JSON_ARRAY : CK_JSON_OBJECT),
              "container");
        for (cJSON *at = ck_json_first(node); at; at = ck_json_next(at))
            check_shape(at, row->ref);
        break;
    default: break;
    }
}

static void
check_issues(const struct ck_issues *issues)
{
    char sentence[512];
    size_t count = 0;

    for (const struct ck_issue *i = issues->first; i != NULL; i = i->next) {
        size_t depth = 0;

        check(i->input != NULL, "an issue about nothing");
        check(ck_issue_name((enum ck_issue_code)i->code) != NULL, "name");
        check(ck_issue_describe(i, sentence, sizeof sentence) > 0, "words");
        for (const struct ck_step *step = i->where; step; step = step->up) {
            check(step->key == NULL || step->key[step->index] == '\0',
                  "a key that does not end");
            depth++;
        }
        check(depth < 1000, "a way without end");
        count++;
    }
    check(count == issues->count, "count of issues");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ck_issues issues;
    struct ck_error error;
    struct ck_json doc;
    uint16_t type;
    char *text;

    if (size < 3)
        return 0;
    type = (uint16_t)((data[0] << 8 | data[1]) % ck_counts.types);
    text = malloc(size - 2);
    check(text != NULL, "memory");
    memcpy(text, data + 2, size - 2);
    ck_json_setup();
    ck_json_init(&doc);
    if (ck_json_read(&doc, text, size - 2, NULL, &error) == CK_OK) {
        check(ck_check(&doc, type, &issues, &error) == CK_OK, "memory");
        check_issues(&issues);
        if (issues.count == 0) {
            check_shape(doc.root, type);
            check(ck_check(&doc, type, &issues, &error) == CK_OK &&
                      issues.count == 0,
                  "what fits does not fit again");
            check_shape(doc.root, type);
        }
    }
    ck_json_free(&doc);
    free(text);
    return 0;
}
