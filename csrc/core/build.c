/* build.c: texts and numbers of the tree that the guard grows: exact integers
 * of any size, floats, names that are shared, texts with escapes. Everything
 * lives in the document's arena. */
#include "build.h"

#include "decimal.h"

#include <math.h>
#include <string.h>

/* Integers up to 2^53 are exact in cJSON's double. */
#define EXACT_MAX INT64_C(9007199254740992)

/* As long a number fits into int64, whatever its digits. */
enum { SAFE_LEN = 18 };

void
ck_build_init(struct ck_build *build, struct ck_arena *arena)
{
    memset(build, 0, sizeof *build);
    build->arena = arena;
}

char *
ck_build_name(struct ck_build *build, const unsigned char *text, size_t len)
{
    struct ck_build_name *name = NULL;

    if (len == 0)
        return ck_build_copy(build, text, len);
    name = &build->names[(len * 31 + text[0] * 7U + text[len / 2] * 3U +
                          text[len - 1]) %
                         CK_BUILD_NAMES];
    if (name->len == len && memcmp(name->text, text, len) == 0)
        return name->text;
    name->text = ck_build_copy(build, text, len);
    name->len = name->text == NULL ? 0 : len;
    return name->text;
}

/* cJSON decodes \u0000 into the text but does not keep the length. */
static char *
count_text(struct ck_build *build, const char *text, size_t len)
{
    struct ck_json_text *counted =
        ck_arena_alloc(build->arena, sizeof *counted + len + 1);

    if (counted == NULL)
        return NULL;
    counted->len = len;
    memcpy(counted->data, text, len);
    counted->data[len] = '\0';
    return (char *)counted;
}

enum ck_status
ck_build_decode(struct ck_build *build, struct ck_build_text *text,
                const unsigned char *start, size_t size, size_t len,
                struct ck_error *error)
{
    enum ck_status status = ck_json_decode(
        build->arena, (const char *)start - 1, size + 2, &text->data, error);

    if (status != CK_OK)
        return status;
    text->is_counted = memchr(text->data, 0, len) != NULL;
    if (text->is_counted)
        text->data = count_text(build, text->data, len);
    return text->data != NULL ? CK_OK
                              : ck_fail(error, CK_NOMEM, "out of memory");
}

/* Sign and digits to int64; 0 when it does not fit. */
static int
read_int64(const char *text, size_t len, int64_t *value)
{
    int negative = text[0] == '-';

    *value = 0;
    if (len <= SAFE_LEN) {
        for (size_t i = (size_t)negative; i < len; i++)
            *value = *value * 10 + (text[i] - '0');
        if (negative)
            *value = -*value;
        return 1;
    }
    /* Counting downwards reaches the smallest number as well. */
    for (size_t i = (size_t)negative; i < len; i++) {
        if (__builtin_mul_overflow(*value, 10, value) ||
            __builtin_sub_overflow(*value, text[i] - '0', value))
            return 0;
    }
    if (negative)
        return 1;
    return !__builtin_sub_overflow((int64_t)0, *value, value);
}

enum ck_status
ck_build_integer(struct ck_build *build, cJSON *node, const char *text,
                 size_t len)
{
    int64_t whole;

    if (!read_int64(text, len, &whole)) {
        node->type |= CK_JSON_IS_BIG;
        node->valuedouble = ck_decimal_read(text, len);
        node->valuestring =
            ck_build_copy(build, (const unsigned char *)text, len);
        return node->valuestring != NULL ? CK_OK : CK_NOMEM;
    }
    node->valuedouble = (double)whole; /* -0 becomes 0 here */
    if (whole >= -EXACT_MAX && whole <= EXACT_MAX)
        return CK_OK;
    node->type |= CK_JSON_IS_WIDE;
    node->valuestring = ck_arena_alloc(build->arena, sizeof whole);
    if (node->valuestring == NULL)
        return CK_NOMEM;
    memcpy(node->valuestring, &whole, sizeof whole);
    return CK_OK;
}

void
ck_build_float(cJSON *node, const char *text, size_t len)
{
    node->type |= CK_JSON_IS_FLOAT;
    if (text[0] == 'N')
        node->valuedouble = NAN;
    else if (text[len - 1] == 'y')
        node->valuedouble = text[0] == '-' ? -INFINITY : INFINITY;
    else
        node->valuedouble = ck_decimal_read(text, len);
}
