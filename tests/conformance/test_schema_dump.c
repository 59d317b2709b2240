/* test_schema_dump.c: writes the generated tables back as JSON, one row a
 * line, in the words of schema/clerk.json. Built by test_schema_tables.py. */
#include "schema.h"

#include <stdio.h>
#include <string.h>

static void
put_text(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            putchar('\\');
        if (c < 0x20)
            printf("\\u%04x", c);
        else
            putchar(c);
    }
    putchar('"');
}

/* Writes `, "key": "text"` (or without the comma, for the first). */
static void
put_pair(const char *before, const char *key, ck_text text)
{
    printf("%s\"%s\": ", before, key);
    put_text(ck_text_of(text));
}

static void
put_value(uint16_t row)
{
    const struct ck_value *value = &ck_values[row];
    const struct ck_enum *group;

    switch ((enum ck_value_kind)value->kind) {
    case CK_VALUE_NONE: fputs("null", stdout); break;
    case CK_VALUE_UNSET: fputs("{\"unset\": true}", stdout); break;
    case CK_VALUE_FALSE: fputs("false", stdout); break;
    case CK_VALUE_TRUE: fputs("true", stdout); break;
    case CK_VALUE_INT: printf("%d", value->number); break;
    case CK_VALUE_FLOAT: fputs(ck_text_of(value->text), stdout); break;
    case CK_VALUE_STR: put_text(ck_text_of(value->text)); break;
    case CK_VALUE_MEMBER:
        group = &ck_enums[value->ref];
        printf(
            "{\"member\": \"%s.%s\"}", ck_text_of(group->name),
            ck_text_of(ck_members[group->first_member + value->number].name));
        break;
    case CK_VALUE_MODEL:
        printf("{\"model\": \"%s\"}", ck_text_of(ck_models[value->ref].name));
        break;
    }
}

/* A type in the schema's notation. Constants are written without quotes. */
static void
put_type(uint16_t row)
{
    static const char *const plain[] = {
        [CK_ANY] = "any",      [CK_STR] = "str",
        [CK_INT] = "int",      [CK_FLOAT] = "float",
        [CK_BOOL] = "bool",    [CK_DATETIME] = "datetime",
        [CK_DATE] = "date",    [CK_CONST] = "const:",
        [CK_ENUM] = "enum:",   [CK_MODEL] = "model:",
        [CK_UNION] = "union:", [CK_LIST] = "list[",
        [CK_DICT] = "dict[",   [CK_CONTENT] = "content",
    };
    const struct ck_type *type = &ck_types[row];

    fputs(plain[type->kind], stdout);
    if (type->kind == CK_CONST)
        put_value(type->ref);
    else if (type->kind == CK_ENUM)
        fputs(ck_text_of(ck_enums[type->ref].name), stdout);
    else if (type->kind == CK_MODEL)
        fputs(ck_text_of(ck_models[type->ref].name), stdout);
    else if (type->kind == CK_UNION)
        fputs(ck_text_of(ck_unions[type->ref].name), stdout);
    else if (type->kind == CK_LIST || type->kind == CK_DICT) {
        put_type(type->ref);
        putchar(']');
    }
    if (type->flags & CK_TYPE_NULLABLE)
        fputs("|null", stdout);
    if (type->flags & CK_TYPE_UNSETTABLE)
        fputs("|unset", stdout);
}

static void
put_type_pair(const char *key, uint16_t row)
{
    printf(", \"%s\": ", key);
    if (row == CK_NO_ROW) {
        fputs("null", stdout);
        return;
    }
    putchar('"');
    put_type(row);
    putchar('"');
}

static void
put_flag(const char *key, int flag)
{
    printf(", \"%s\": %s", key, flag ? "true" : "false");
}

static const char *
place_name(uint8_t place)
{
    static const char *const names[] = {
        [CK_PLACE_NONE] = "",
        [CK_PLACE_PATH] = "path",
        [CK_PLACE_QUERY] = "query",
        [CK_PLACE_HEADER] = "header",
        [CK_PLACE_BODY] = "body",
        [CK_PLACE_BODY_FIELD] = "body_field",
        [CK_PLACE_REQUEST] = "request",
        [CK_PLACE_PART] = "part",
        [CK_PLACE_PART_FILE] = "part_file",
        [CK_PLACE_FILE_NAME] = "file_name",
        [CK_PLACE_FILE_CONTENT] = "file_content",
        [CK_PLACE_FILE_TYPE] = "file_type",
        [CK_PLACE_SECURITY] = "security",
    };
    return names[place];
}

/* Model and name of a row of ck_fields, as "Model.name". */
static void
put_field_name(uint16_t row)
{
    const struct ck_model *model = ck_models;

    while (row < model->first_field ||
           row >= model->first_field + model->field_count)
        model++;
    printf("\"%s.%s\"", ck_text_of(model->name),
           ck_text_of(ck_fields[row].name));
}

static void
put_fields(const struct ck_field *fields, int count)
{
    for (int i = 0; i < count; i++) {
        const struct ck_field *field = &fields[i];
        put_pair(i == 0 ? "{" : ", {", "name", field->name);
        put_pair(", ", "wire_name", field->alias);
        put_type_pair("type", field->type);
        printf(", \"place\": \"%s\"", place_name(field->place));
        put_flag("required", field->flags & CK_FIELD_REQUIRED);
        put_flag("deprecated", field->flags & CK_FIELD_DEPRECATED);
        put_flag("optional", field->flags & CK_FIELD_OPTIONAL);
        put_flag("keep_null", field->flags & CK_FIELD_KEEP_NULL);
        put_flag("explode", field->flags & CK_FIELD_EXPLODE);
        if (field->value != CK_NO_ROW) {
            fputs(", \"default\": ", stdout);
            put_value(field->value);
        }
        if (field->ref != CK_NO_ROW) {
            fputs(", \"field\": ", stdout);
            put_field_name(field->ref);
        }
        putchar('}');
    }
}

static void
put_models(void)
{
    for (int i = 0; i < ck_counts.models; i++) {
        const struct ck_model *model = &ck_models[i];
        put_pair("{\"kind\": \"models\", ", "name", model->name);
        put_pair(", ", "module", model->module);
        put_flag("serializer", model->flags & CK_MODEL_SERIALIZER);
        put_flag("extra", model->flags & CK_MODEL_EXTRA);
        put_flag("deprecated", model->flags & CK_MODEL_DEPRECATED);
        fputs(", \"fields\": [", stdout);
        put_fields(ck_fields + model->first_field, model->field_count);
        puts("]}");
    }
}

static void
put_enums(void)
{
    for (int i = 0; i < ck_counts.enums; i++) {
        const struct ck_enum *row = &ck_enums[i];
        put_pair("{\"kind\": \"enums\", ", "name", row->name);
        put_pair(", ", "module", row->module);
        put_flag("open", row->flags & CK_ENUM_OPEN);
        put_flag("int", row->flags & CK_ENUM_INT);
        fputs(", \"members\": [", stdout);
        for (int k = 0; k < row->member_count; k++) {
            const struct ck_member *member =
                &ck_members[row->first_member + k];
            put_pair(k == 0 ? "{" : ", {", "name", member->name);
            put_pair(", ", "text", member->text);
            printf(", \"number\": %d}", member->number);
        }
        puts("]}");
    }
}

static void
put_unions(void)
{
    for (int i = 0; i < ck_counts.unions; i++) {
        const struct ck_union *row = &ck_unions[i];
        put_pair("{\"kind\": \"unions\", ", "name", row->name);
        put_pair(", ", "module", row->module);
        put_pair(", ", "discriminator", row->discriminator);
        put_flag("open", row->open);
        fputs(", \"variants\": [", stdout);
        for (int k = 0; k < row->variant_count; k++) {
            const struct ck_variant *variant =
                &ck_variants[row->first_variant + k];
            put_pair(k == 0 ? "{" : ", {", "tag", variant->tag);
            put_type_pair("type", variant->type);
            putchar('}');
        }
        puts("]}");
    }
}

static void
put_errors(void)
{
    for (int i = 0; i < ck_counts.error_classes; i++) {
        const struct ck_error_class *row = &ck_error_classes[i];
        put_pair("{\"kind\": \"errors\", ", "name", row->name);
        put_pair(", ", "module", row->module);
        if (row->data_model != CK_NO_ROW)
            printf(", \"data\": \"model:%s\"",
                   ck_text_of(ck_models[row->data_model].name));
        puts("}");
    }
}

static void
put_responses(const struct ck_operation *operation)
{
    static const char *const outcomes[] = {
        [CK_RETURN_JSON] = "json",
        [CK_RETURN_NONE] = "none",
        [CK_RAISE_CLASS] = "error",
        [CK_RAISE_SDK] = "sdk_error",
    };

    fputs(", \"responses\": [", stdout);
    for (int i = 0; i < operation->response_count; i++) {
        const struct ck_response_row *row =
            &ck_responses[operation->first_response + i];
        printf("%s{\"status\": %d, \"outcome\": \"%s\"", i == 0 ? "" : ", ",
               row->status, outcomes[row->outcome]);
        put_flag("any_content", row->any_content);
        if (row->outcome == CK_RETURN_JSON)
            put_type_pair("type", row->ref);
        if (row->outcome == CK_RAISE_CLASS)
            put_pair(", ", "error", ck_error_classes[row->ref].name);
        putchar('}');
    }
    putchar(']');
}

static void
put_body(const struct ck_operation *operation)
{
    static const char *const kinds[] = {
        [CK_BODY_NONE] = "none",
        [CK_BODY_JSON] = "json",
        [CK_BODY_MULTIPART] = "multipart",
    };
    uint16_t model = operation->request_model;

    printf(", \"body\": \"%s\"", kinds[operation->body_kind]);
    put_type_pair("body_type", operation->body_type);
    printf(", \"request_model\": \"%s\"",
           model == CK_NO_ROW ? "" : ck_text_of(ck_models[model].name));
    put_flag("body_required", operation->flags & CK_OP_BODY_REQUIRED);
    put_flag("null_omitted", operation->flags & CK_OP_BODY_NULL_OMITTED);
}

static void
put_operation(const struct ck_operation *row)
{
    put_pair("{\"kind\": \"operations\", ", "name", row->name);
    put_pair(", ", "group", ck_groups[row->group].attribute);
    put_pair(", ", "method", row->method);
    put_pair(", ", "path", row->path);
    put_pair(", ", "operation_id", row->operation_id);
    put_pair(", ", "accept", row->accept);
    put_flag("deprecated", row->flags & CK_OP_DEPRECATED);
    put_flag("security", !(row->flags & CK_OP_NO_AUTH));
    put_body(row);
    put_type_pair("result", row->result_type);
    fputs(", \"tags\": [", stdout);
    for (int i = 0; i < row->tag_count; i++) {
        fputs(i == 0 ? "" : ", ", stdout);
        put_text(ck_text_of(ck_tags[row->first_tag + i]));
    }
    fputs("], \"parameters\": [", stdout);
    put_fields(ck_params + row->first_param, row->param_count);
    putchar(']');
    put_responses(row);
    puts("}");
}

static void
put_groups(void)
{
    for (int i = 0; i < ck_counts.groups; i++) {
        const struct ck_group *group = &ck_groups[i];
        put_pair("{\"kind\": \"groups\", ", "attribute", group->attribute);
        put_pair(", ", "class", group->class_name);
        put_pair(", ", "module", group->module);
        puts("}");
        for (int k = 0; k < group->operation_count; k++)
            put_operation(&ck_operations[group->first_operation + k]);
    }
}

static void
put_names(void)
{
    for (int i = 0; i < ck_counts.names; i++) {
        const struct ck_name *name = &ck_names[i];
        ck_text row = 0;
        switch ((enum ck_name_kind)name->kind) {
        case CK_NAME_MODEL:
        case CK_NAME_TYPED_DICT: row = ck_models[name->row].name; break;
        case CK_NAME_ENUM: row = ck_enums[name->row].name; break;
        case CK_NAME_UNION:
        case CK_NAME_TYPED_DICT_UNION: row = ck_unions[name->row].name; break;
        case CK_NAME_ERROR: row = ck_error_classes[name->row].name; break;
        }
        put_pair("{\"kind\": \"names\", ", "name", name->name);
        printf(", \"as\": %d", name->kind);
        put_pair(", ", "row", row);
        printf(", \"rises\": %s}\n",
               i == 0 || strcmp(ck_text_of(ck_names[i - 1].name),
                                ck_text_of(name->name)) < 0
                   ? "true"
                   : "false");
    }
}

int
main(void)
{
    put_groups();
    put_models();
    put_enums();
    put_unions();
    put_errors();
    put_names();
    return 0;
}
