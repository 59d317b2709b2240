/* decimal.c: decimal text to double. Short numbers take one exact operation;
 * others are rewritten as digits and exponent, without a decimal point, so
 * that strtod reads them the same in every locale. */
#include "decimal.h"

#include "scan.h"

#include <float.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    /* 767 digits tell any double from its neighbours and from the points
     * half-way between; the rest only matters for being zero or not. */
    DIGITS_KEPT = 768,
    EXPONENT_ROOM = 32,
    /* Far outside of what a double can hold, whatever the digits. */
    EXPONENT_CLAMP = 100000
};

/* value = 0.d1 d2 d3 ... times 10^point, digits without leading zeros. */
struct decimal {
    char digits[DIGITS_KEPT + EXPONENT_ROOM];
    size_t count;
    int64_t point;
    int negative;
    int sticky; /* a digit other than 0 was left out */
};

static void
add_digit(struct decimal *number, char digit)
{
    if (number->count < DIGITS_KEPT)
        number->digits[number->count++] = digit;
    else if (digit != '0')
        number->sticky = 1;
}

/* The whole part and the fraction; returns where they end. */
static const char *
read_digits(struct decimal *number, const char *p, const char *end)
{
    int seen_point = 0;

    for (; p < end; p++) {
        if (*p == '.') {
            seen_point = 1;
            continue;
        }
        if (!ck_scan_is_digit((unsigned char)*p))
            break;
        if (number->count == 0 && *p == '0') {
            number->point -= seen_point;
            continue;
        }
        add_digit(number, *p);
        number->point += !seen_point;
    }
    return p;
}

/* Stops counting far above any length of a text, so that a long fraction and
 * a large exponent still cancel out. */
static int64_t
read_exponent(const char *p, const char *end)
{
    const int64_t enough = INT64_C(1000000000000000);
    int64_t value = 0;
    int negative = 0;

    if (p < end && (*p == '+' || *p == '-'))
        negative = *p++ == '-';
    for (; p < end && value < enough; p++)
        value = value * 10 + (*p - '0');
    return negative ? -value : value;
}

static void
read_decimal(struct decimal *number, const char *text, size_t len)
{
    const char *p = text;
    const char *end = text + len;

    number->count = 0;
    number->point = 0;
    number->sticky = 0;
    number->negative = p < end && *p == '-';
    p = read_digits(number, p + number->negative, end);
    if (p < end)
        number->point += read_exponent(p + 1, end);
}

/* Up to 15 digits and a power of ten up to 10^22 are both exact doubles, so
 * one multiplication or division rounds once. */
static int
read_short(const struct decimal *number, double *value)
{
#if FLT_EVAL_METHOD == 0
    static const double tens[] = {
        1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    int64_t exponent = number->point - (int64_t)number->count;
    int64_t whole = 0;

    if (number->count > 15 || exponent < -22 || exponent > 22)
        return 0;
    for (size_t i = 0; i < number->count; i++)
        whole = whole * 10 + (number->digits[i] - '0');
    *value = (double)whole;
    *value = exponent < 0 ? *value / tens[-exponent] : *value * tens[exponent];
    return 1;
#else
    (void)number;
    (void)value;
    return 0;
#endif
}

double
ck_decimal_read(const char *text, size_t len)
{
    struct decimal number;
    int64_t exponent = 0;
    double value = 0;

    read_decimal(&number, text, len);
    if (number.count > 0 && !read_short(&number, &value)) {
        if (number.sticky)
            number.digits[number.count++] = '1';
        exponent = number.point - (int64_t)number.count;
        if (exponent > EXPONENT_CLAMP)
            exponent = EXPONENT_CLAMP;
        if (exponent < -EXPONENT_CLAMP)
            exponent = -EXPONENT_CLAMP;
        (void)snprintf(number.digits + number.count,
                       sizeof number.digits - number.count, "e%" PRId64,
                       exponent);
        value = strtod(number.digits, NULL);
    }
    return number.negative ? -value : value;
}
