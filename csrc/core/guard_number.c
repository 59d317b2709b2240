/* guard_number.c: the form of numbers. Their values: build.c. Owns nothing. */
#include "guard.h"
#include "scan.h"

static inline const unsigned char *
skip_digits(const struct ck_guard *guard, const unsigned char *p)
{
    while (p < guard->end && ck_scan_is_digit(*p))
        p++;
    return p;
}

/* One digit at least. */
static const unsigned char *
scan_digits(struct ck_guard *guard, const unsigned char *p)
{
    if (p == guard->end)
        return ck_guard_fail_at_end(guard);
    if (!ck_scan_is_digit(*p))
        return ck_guard_fail(guard, p, CK_BAD_JSON, "expected a digit");
    return skip_digits(guard, p);
}

/* A float ends at end, which may be NULL already. */
static const unsigned char *
keep_float(const unsigned char *start, const unsigned char *end, cJSON *node)
{
    if (end != NULL && node != NULL)
        ck_build_float(node, (const char *)start, (size_t)(end - start));
    return end;
}

/* Fraction and exponent; p is at the '.' or the 'e'. */
static const unsigned char *
scan_rest_of_float(struct ck_guard *guard, const unsigned char *p)
{
    if (*p == '.')
        p = scan_digits(guard, p + 1);
    if (p != NULL && p < guard->end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < guard->end && (*p == '+' || *p == '-'))
            p++;
        p = scan_digits(guard, p);
    }
    return p;
}

/* NaN and the infinities; p is at the word. */
static const unsigned char *
scan_word(struct ck_guard *guard, const unsigned char *start,
          const unsigned char *p)
{
    if (*p == 'N' && p == start)
        return ck_guard_literal(guard, p, "NaN", 3);
    return ck_guard_literal(guard, p, "Infinity", 8);
}

static const unsigned char *
refuse_first(struct ck_guard *guard, const unsigned char *start,
             const unsigned char *first)
{
    if (first == guard->end)
        return ck_guard_fail_at_end(guard);
    return ck_guard_fail(guard, first, CK_BAD_JSON,
                         first == start ? "expected a value"
                                        : "expected a digit");
}

const unsigned char *
ck_guard_number(struct ck_guard *guard, const unsigned char *p, cJSON *node)
{
    const unsigned char *start = p;
    const unsigned char *first = *p == '-' ? p + 1 : p;
    size_t digits = 0;

    p = skip_digits(guard, first);
    digits = (size_t)(p - first);
    if (digits == 0) {
        if (first < guard->end && (*first == 'I' || *first == 'N'))
            return keep_float(start, scan_word(guard, start, first), node);
        return refuse_first(guard, start, first);
    }
    if (*first == '0' && digits > 1)
        return ck_guard_fail(guard, first + 1, CK_BAD_JSON,
                             "number with a leading zero");
    if (digits > CK_GUARD_DIGITS_MAX)
        return ck_guard_fail(guard, first + CK_GUARD_DIGITS_MAX, CK_TOO_LARGE,
                             "integer with too many digits");
    if (p < guard->end && (*p == '.' || *p == 'e' || *p == 'E'))
        return keep_float(start, scan_rest_of_float(guard, p), node);
    if (node != NULL &&
        ck_build_integer(guard->build, node, (const char *)start,
                         (size_t)(p - start)) != CK_OK)
        return ck_guard_starve(guard);
    return p;
}
