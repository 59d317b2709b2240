/* check_scalar.c: values that hold no other values, with the lax rules of the
 * reference. What fits is rewritten in place to the shape that check.h
 * promises; numbers beyond 2^53 get their digits from the arena. */
#include "checker.h"
#include "decimal.h"
#include "moment.h"

#include <math.h>
#include <string.h>

enum {
    /* All that says what a node is; the rest says what its name is. */
    NODE_KIND = 0xFF | CK_JSON_IS_FLOAT | CK_JSON_IS_BIG | CK_JSON_IS_WIDE |
                CK_JSON_IS_COUNTED
};

static void
turn_into(cJSON *node, int kind)
{
    node->type = (node->type & ~NODE_KIND) | kind;
}

static enum ck_verdict
become_bool(struct ck_checker *checker, cJSON *node, int value)
{
    if (checker->mends)
        turn_into(node, value ? cJSON_True : cJSON_False);
    return CK_FITS;
}

static enum ck_verdict
become_float(struct ck_checker *checker, cJSON *node, double value)
{
    if (checker->mends) {
        turn_into(node, cJSON_Number | CK_JSON_IS_FLOAT);
        node->valuedouble = value;
    }
    return CK_FITS;
}

static enum ck_verdict
become_int(struct ck_checker *checker, cJSON *node, int64_t value)
{
    const int64_t exact = INT64_C(1) << 53;
    int mark = 0;

    if (!checker->mends)
        return CK_FITS;
    if (value < -exact || value > exact) {
        char *copy = ck_checker_alloc(checker, sizeof value);

        if (copy == NULL)
            return CK_REFUSED;
        memcpy(copy, &value, sizeof value);
        node->valuestring = copy;
        mark = CK_JSON_IS_WIDE;
    }
    turn_into(node, cJSON_Number | mark);
    node->valuedouble = (double)value;
    return CK_FITS;
}

/* Whether a float lies where the reference takes it for an int64. */
static bool
is_near(double value)
{
    const double limit = 9223372036854775808.0;

    return value > -limit && value < limit;
}

/* digits: as ck_lax_int writes them. */
static enum ck_verdict
become_digits(struct ck_checker *checker, cJSON *node, char *digits)
{
    bool negative = digits[0] == '-';
    uint64_t limit = (uint64_t)INT64_MAX + negative;
    uint64_t value = 0;

    for (const char *p = digits + negative; *p != '\0'; p++) {
        uint64_t digit = (uint64_t)(*p - '0');

        if (value > (limit - digit) / 10) {
            if (checker->mends) {
                turn_into(node, cJSON_Number | CK_JSON_IS_BIG);
                node->valuestring = digits;
                node->valuedouble = ck_decimal_read(digits, strlen(digits));
            }
            return CK_FITS;
        }
        value = value * 10 + digit;
    }
    /* The least integer has no positive twin. */
    if (negative && value > 0)
        return become_int(checker, node, -(int64_t)(value - 1) - 1);
    return become_int(checker, node, (int64_t)value);
}

static enum ck_verdict
check_int_text(struct ck_checker *checker, struct ck_path *path, cJSON *node)
{
    size_t len;
    const char *text = ck_json_string(node, &len);
    char *digits = ck_checker_alloc(checker, len + 1);

    if (digits == NULL)
        return CK_REFUSED;
    if (ck_lax_int(text, len, digits))
        return become_digits(checker, node, digits);
    return ck_checker_refuse(
        checker, path, node,
        digits[0] == '\0' ? CK_ISSUE_INT_PARSING : CK_ISSUE_INT_TOO_LONG, 0);
}

static enum ck_verdict
check_int(struct ck_checker *checker, struct ck_path *path, cJSON *node)
{
    enum ck_issue_code code = CK_ISSUE_INT_TYPE;
    double value;

    switch (ck_json_kind(node)) {
    case CK_JSON_INT:
    case CK_JSON_BIG: return CK_FITS;
    case CK_JSON_FALSE: return become_int(checker, node, 0);
    case CK_JSON_TRUE: return become_int(checker, node, 1);
    case CK_JSON_STRING: return check_int_text(checker, path, node);
    case CK_JSON_FLOAT:
        value = ck_json_float(node);
        if (!isfinite(value))
            code = CK_ISSUE_INT_FINITE;
        else if (trunc(value) != value)
            code = CK_ISSUE_INT_FROM_FLOAT;
        else if (!is_near(value))
            code = CK_ISSUE_INT_TOO_LONG;
        else
            return become_int(checker, node, (int64_t)value);
        break;
    default: break;
    }
    return ck_checker_refuse(checker, path, node, code, 0);
}

static enum ck_verdict
check_float_text(struct ck_checker *checker, struct ck_path *path, cJSON *node)
{
    size_t len;
    const char *text = ck_json_string(node, &len);
    char space[CK_LAX_FLOAT_SHORT];
    char *scratch = space;
    double value;

    if (len > sizeof space)
        scratch = ck_checker_alloc(checker, len);
    if (scratch == NULL)
        return CK_REFUSED;
    if (ck_lax_float_with(text, len, scratch, &value))
        return become_float(checker, node, value);
    return ck_checker_refuse(checker, path, node, CK_ISSUE_FLOAT_PARSING, 0);
}

static enum ck_verdict
check_float(struct ck_checker *checker, struct ck_path *path, cJSON *node)
{
    double value;

    switch (ck_json_kind(node)) {
    case CK_JSON_FLOAT: return CK_FITS;
    case CK_JSON_FALSE: return become_float(checker, node, 0);
    case CK_JSON_TRUE: return become_float(checker, node, 1);
    case CK_JSON_INT:
        return become_float(checker, node, (double)ck_json_int(node));
    case CK_JSON_BIG:
        value = ck_decimal_read(ck_json_big(node), strlen(ck_json_big(node)));
        if (isfinite(value))
            return become_float(checker, node, value);
        break;
    case CK_JSON_STRING: return check_float_text(checker, path, node);
    default: break;
    }
    return ck_checker_refuse(checker, path, node, CK_ISSUE_FLOAT_TYPE, 0);
}

static enum ck_verdict
check_bool(struct ck_checker *checker, struct ck_path *path, cJSON *node)
{
    enum ck_issue_code code = CK_ISSUE_BOOL_TYPE;
    const char *text;
    double number;
    size_t len;
    int value;

    switch (ck_json_kind(node)) {
    case CK_JSON_FALSE:
    case CK_JSON_TRUE: return CK_FITS;
    case CK_JSON_STRING:
        text = ck_json_string(node, &len);
        if (ck_lax_bool(text, len, &value))
            return become_bool(checker, node, value);
        code = CK_ISSUE_BOOL_PARSING;
        break;
    case CK_JSON_INT:
    case CK_JSON_FLOAT:
        number = node->valuedouble;
        if (number == 0 || number == 1)
            return become_bool(checker, node, number == 1);
        /* Whole numbers, also when written as a float. */
        if (ck_json_kind(node) == CK_JSON_INT ||
            (is_near(number) && trunc(number) == number))
            code = CK_ISSUE_BOOL_PARSING;
        break;
    default: break;
    }
    return ck_checker_refuse(checker, path, node, code, 0);
}

/* False: no date has such a number, which is then no number to the
 * reference. */
static bool
read_moment_number(const cJSON *node, struct ck_moment *moment,
                   enum ck_moment_fault *fault)
{
    double number;

    if (ck_json_kind(node) == CK_JSON_INT) {
        *fault = ck_moment_of_int(ck_json_int(node), moment);
        return true;
    }
    if (ck_json_kind(node) == CK_JSON_FLOAT) {
        *fault = ck_moment_of_float(ck_json_float(node), moment);
        return true;
    }
    number = ck_decimal_read(ck_json_big(node), strlen(ck_json_big(node)));
    *fault = ck_moment_of_float(number, moment);
    return isfinite(number);
}

static enum ck_verdict
check_datetime(struct ck_checker *checker, struct ck_path *path, cJSON *node)
{
    enum ck_issue_code code = CK_ISSUE_DATETIME_PARSING;
    enum ck_moment_fault fault;
    struct ck_moment moment;
    const char *text;
    size_t len;

    switch (ck_json_kind(node)) {
    case CK_JSON_INT:
    case CK_JSON_BIG:
    case CK_JSON_FLOAT:
        if (read_moment_number(node, &moment, &fault))
            break;
        return ck_checker_refuse(checker, path, node, CK_ISSUE_DATETIME, 0);
    case CK_JSON_STRING:
        text = ck_json_string(node, &len);
        fault = ck_moment_of_text(text, len, &moment);
        if (fault != CK_MOMENT_YEAR_ZERO)
            code = CK_ISSUE_DATETIME_FROM_DATE;
        break;
    default:
        return ck_checker_refuse(checker, path, node, CK_ISSUE_DATETIME, 0);
    }
    if (fault == CK_MOMENT_OK)
        return CK_FITS;
    return ck_checker_refuse(checker, path, node, code, (uint16_t)fault);
}

static enum ck_verdict
check_date(struct ck_checker *checker, struct ck_path *path, cJSON *node)
{
    enum ck_issue_code code = CK_ISSUE_DATE_FROM_DATETIME;
    enum ck_moment_fault fault;
    struct ck_moment moment;
    const char *text;
    size_t len;

    switch (ck_json_kind(node)) {
    case CK_JSON_INT:
    case CK_JSON_BIG:
    case CK_JSON_FLOAT:
        if (!read_moment_number(node, &moment, &fault))
            return ck_checker_refuse(checker, path, node, CK_ISSUE_DATE, 0);
        fault = ck_moment_need_midnight(fault, &moment);
        break;
    case CK_JSON_STRING:
        text = ck_json_string(node, &len);
        fault = ck_moment_date_of_text(text, len, &moment);
        break;
    default: return ck_checker_refuse(checker, path, node, CK_ISSUE_DATE, 0);
    }
    if (fault == CK_MOMENT_OK)
        return CK_FITS;
    if (fault == CK_MOMENT_YEAR_ZERO)
        code = CK_ISSUE_DATE_PARSING;
    else if (fault == CK_MOMENT_INEXACT)
        code = CK_ISSUE_DATE_INEXACT;
    return ck_checker_refuse(checker, path, node, code, (uint16_t)fault);
}

/* Python's ==, where True is 1 and 1.0. Fitting values become the constant
 * itself, as in the reference. */
static enum ck_verdict
check_const(struct ck_checker *checker, struct ck_path *path, uint16_t ref,
            cJSON *node)
{
    const struct ck_value *value = &ck_values[ref];
    enum ck_json_kind kind = ck_json_kind(node);
    bool is_text = kind == CK_JSON_STRING;
    bool is_number = kind == CK_JSON_INT || kind == CK_JSON_FLOAT;
    double number = is_number ? node->valuedouble : kind == CK_JSON_TRUE;
    size_t len;

    if (kind == CK_JSON_TRUE || kind == CK_JSON_FALSE)
        is_number = true;
    if (value->kind == CK_VALUE_STR && is_text) {
        const char *text = ck_json_string(node, &len);

        if (strlen(ck_text_of(value->text)) == len &&
            memcmp(ck_text_of(value->text), text, len) == 0)
            return CK_FITS;
    }
    if (value->kind == CK_VALUE_INT && is_number && number == value->number)
        return become_int(checker, node, value->number);
    if ((value->kind == CK_VALUE_TRUE || value->kind == CK_VALUE_FALSE) &&
        is_number && number == (value->kind == CK_VALUE_TRUE))
        return become_bool(checker, node, value->kind == CK_VALUE_TRUE);
    return ck_checker_refuse(checker, path, node, CK_ISSUE_CONST, ref);
}

static enum ck_verdict
check_enum(struct ck_checker *checker, struct ck_path *path, uint16_t ref,
           cJSON *node)
{
    bool open = (ck_enums[ref].flags & CK_ENUM_OPEN) != 0;
    bool of_ints = (ck_enums[ref].flags & CK_ENUM_INT) != 0;
    enum ck_json_kind kind = ck_json_kind(node);
    int member = -1;
    size_t len;

    if (kind != (of_ints ? CK_JSON_INT : CK_JSON_STRING)) {
        if (!open)
            return ck_checker_refuse(checker, path, node, CK_ISSUE_ENUM, ref);
        return ck_checker_refuse(
            checker, path, node,
            of_ints ? CK_ISSUE_INT_TYPE : CK_ISSUE_STRING_TYPE, 0);
    }
    if (of_ints) {
        member = ck_schema_member_of_int(ref, ck_json_int(node));
    } else {
        const char *text = ck_json_string(node, &len);

        member = ck_schema_member(ref, text, len);
    }
    if (member < 0 && !open)
        return ck_checker_refuse(checker, path, node, CK_ISSUE_ENUM, ref);
    if (checker->mends)
        node->valueint = member;
    return CK_FITS;
}

static enum ck_verdict
check_content(struct ck_checker *checker, struct ck_path *path,
              const cJSON *node)
{
    if ((node->type & 0xFF) == cJSON_String)
        return CK_FITS;
    (void)ck_checker_refuse_at(checker, path, "bytes", node,
                               CK_ISSUE_CONTENT_TYPE, 0);
    (void)ck_checker_refuse_at(checker, path, "is-instance[IO]", node,
                               CK_ISSUE_CONTENT_INSTANCE, 0);
    return ck_checker_refuse_at(checker, path, "is-instance[IOBase]", node,
                                CK_ISSUE_CONTENT_INSTANCE, 1);
}

enum ck_verdict
ck_checker_scalar(struct ck_checker *checker, struct ck_path *path,
                  const struct ck_type *type, cJSON *node)
{
    if (ck_checker_fits_already(type, node))
        return CK_FITS;
    switch (type->kind) {
    case CK_STR:
        return ck_checker_refuse(checker, path, node, CK_ISSUE_STRING_TYPE, 0);
    case CK_INT: return check_int(checker, path, node);
    case CK_FLOAT: return check_float(checker, path, node);
    case CK_BOOL: return check_bool(checker, path, node);
    case CK_DATETIME: return check_datetime(checker, path, node);
    case CK_DATE: return check_date(checker, path, node);
    case CK_CONST: return check_const(checker, path, type->ref, node);
    case CK_ENUM: return check_enum(checker, path, type->ref, node);
    case CK_CONTENT: return check_content(checker, path, node);
    default: return CK_FITS;
    }
}
