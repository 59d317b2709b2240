/* label.c: how the reference names a type inside the path of an error.
 * Writes into the caller's memory. */
#include "check.h"

#include <string.h>

struct writer {
    char *out;
    size_t size;
    size_t at; /* counts on when out is full */
};

static void
put(struct writer *writer, const char *text)
{
    for (; *text != '\0'; text++) {
        if (writer->at + 1 < writer->size)
            writer->out[writer->at] = *text;
        writer->at++;
    }
}

static void put_type(struct writer *writer, uint16_t type);

static void
put_union(struct writer *writer, uint16_t row)
{
    const struct ck_union *one = &ck_unions[row];

    put(writer, one->discriminator != 0 ? "tagged-union[" : "union[");
    for (int i = 0; i < one->variant_count; i++) {
        put(writer, i > 0 ? "," : "");
        put_type(writer, ck_variants[one->first_variant + i].type);
    }
    put(writer, "]");
}

static void
put_enum(struct writer *writer, uint16_t row)
{
    const struct ck_enum *one = &ck_enums[row];
    const char *base = (one->flags & CK_ENUM_INT) != 0 ? "int" : "str";

    if ((one->flags & CK_ENUM_OPEN) != 0) {
        put(writer, "lax-or-strict[lax=chain[");
        put(writer, base);
        put(writer, ",function-plain[validate_lax()]],strict=chain[");
        put(writer, base);
        put(writer, ",function-plain[validate_strict()]]]");
        return;
    }
    put(writer, base);
    put(writer, "-enum[");
    put(writer, ck_text_of(one->name));
    put(writer, "]");
}

static void
put_kind(struct writer *writer, const struct ck_type *type)
{
    static const char *const names[] = {
        [CK_ANY] = "any",
        [CK_STR] = "str",
        [CK_INT] = "int",
        [CK_FLOAT] = "float",
        [CK_BOOL] = "bool",
        [CK_DATETIME] = "datetime",
        [CK_DATE] = "date",
        [CK_CONST] = "literal",
        [CK_CONTENT] = "union[bytes,is-instance[IO],is-instance[IOBase]]",
    };

    switch (type->kind) {
    case CK_MODEL: put(writer, ck_text_of(ck_models[type->ref].name)); break;
    case CK_ENUM: put_enum(writer, type->ref); break;
    case CK_UNION: put_union(writer, type->ref); break;
    case CK_LIST:
        put(writer, "list[");
        put_type(writer, type->ref);
        put(writer, "]");
        break;
    case CK_DICT:
        put(writer, "dict[str,");
        put_type(writer, type->ref);
        put(writer, "]");
        break;
    default: put(writer, names[type->kind]); break;
    }
}

static void
put_type(struct writer *writer, uint16_t type)
{
    const struct ck_type *row = &ck_types[type];
    int nullable = (row->flags & CK_TYPE_NULLABLE) != 0;

    put(writer, nullable ? "nullable[" : "");
    put_kind(writer, row);
    put(writer, nullable ? "]" : "");
}

size_t
ck_check_label(uint16_t type, char *out, size_t size)
{
    struct writer writer = {out, size, 0};

    put_type(&writer, type);
    if (size > 0)
        out[writer.at < size ? writer.at : size - 1] = '\0';
    return writer.at;
}
