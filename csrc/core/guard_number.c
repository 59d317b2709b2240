/* guard_number.c: the form of numbers, and which of them cJSON would lose: it
 * keeps a double, copies 63 bytes at most, and asks the C locale. Or would
 * read at length: through strtod, in a thousand instructions. */
#include "guard.h"
#include "scan.h"

/* Integers of fewer digits are left to cJSON. */
enum { NOTE_DIGITS = 4 };

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

/* A number belongs to the value counted last. */
static int
note_number(struct ck_guard *guard, enum ck_note_kind kind,
            const unsigned char *start, const unsigned char *end)
{
    return ck_guard_note(guard, kind, guard->report->values - 1, start,
                         (size_t)(end - start));
}

/* Fraction and exponent; p is at the '.' or the 'e'. */
static const unsigned char *
scan_rest_of_float(struct ck_guard *guard, const unsigned char *start,
                   const unsigned char *p)
{
    if (*p == '.')
        p = scan_digits(guard, p + 1);
    if (p != NULL && p < guard->end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < guard->end && (*p == '+' || *p == '-'))
            p++;
        p = scan_digits(guard, p);
    }
    if (p == NULL || note_number(guard, CK_NOTE_FLOAT, start, p) < 0)
        return NULL;
    return p;
}

/* NaN and the infinities, which cJSON does not know; p is at the word. */
static const unsigned char *
scan_word(struct ck_guard *guard, const unsigned char *start,
          const unsigned char *p)
{
    if (*p == 'N' && p == start)
        p = ck_guard_literal(guard, p, "NaN", 3);
    else
        p = ck_guard_literal(guard, p, "Infinity", 8);
    if (p == NULL || note_number(guard, CK_NOTE_FLOAT, start, p) < 0)
        return NULL;
    return p;
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
ck_guard_number(struct ck_guard *guard, const unsigned char *p)
{
    const unsigned char *start = p;
    const unsigned char *first = *p == '-' ? p + 1 : p;
    size_t digits = 0;

    p = skip_digits(guard, first);
    digits = (size_t)(p - first);
    if (digits == 0) {
        if (first < guard->end && (*first == 'I' || *first == 'N'))
            return scan_word(guard, start, first);
        return refuse_first(guard, start, first);
    }
    if (*first == '0' && digits > 1)
        return ck_guard_fail(guard, first + 1, CK_BAD_JSON,
                             "number with a leading zero");
    if (digits > CK_GUARD_DIGITS_MAX)
        return ck_guard_fail(guard, first + CK_GUARD_DIGITS_MAX, CK_TOO_LARGE,
                             "integer with too many digits");
    if (p < guard->end && (*p == '.' || *p == 'e' || *p == 'E'))
        return scan_rest_of_float(guard, start, p);
    if ((digits >= NOTE_DIGITS || (*first == '0' && first > start)) &&
        note_number(guard, CK_NOTE_INTEGER, start, p) < 0)
        return NULL;
    return p;
}
