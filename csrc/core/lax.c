/* lax.c: texts that the reference accepts where a number or a truth value is
 * due. Owns nothing. */
#include "alloc.h"
#include "check.h"
#include "decimal.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static int
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char
to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Whether text is the lower-case word, in any case. */
static int
is_word(const char *text, size_t len, const char *word)
{
    if (strlen(word) != len)
        return 0;
    for (size_t i = 0; i < len; i++) {
        if (to_lower(text[i]) != word[i])
            return 0;
    }
    return 1;
}

int
ck_lax_bool(const char *text, size_t len, int *value)
{
    static const char words[][2][6] = {
        {"0", "1"},    {"f", "t"},    {"n", "y"},
        {"no", "yes"}, {"off", "on"}, {"false", "true"},
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        for (int truth = 0; truth < 2; truth++) {
            if (is_word(text, len, words[i][truth])) {
                *value = truth;
                return 1;
            }
        }
    }
    return 0;
}

/* The bytes of the white space character (Unicode's White_Space) at text, or
 * 0. */
static size_t
space_at(const char *text, size_t len)
{
    /* Those of two and three bytes; U+2000 to U+200A are tested apart. */
    static const char wide[][4] = {
        "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\xA8",
        "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80",
    };
    unsigned char c = (unsigned char)text[0];

    if (c == ' ' || (c >= '\t' && c <= '\r'))
        return 1;
    if (c < 0x80)
        return 0;
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++) {
        size_t size = strlen(wide[i]);

        if (size <= len && memcmp(text, wide[i], size) == 0)
            return size;
    }
    if (len >= 3 && memcmp(text, "\xE2\x80", 2) == 0 &&
        (unsigned char)text[2] >= 0x80 && (unsigned char)text[2] <= 0x8A)
        return 3;
    return 0;
}

static void
trim(const char **text, size_t *len)
{
    size_t size;

    while (*len > 0 && (size = space_at(*text, *len)) != 0) {
        *text += size;
        *len -= size;
    }
    while (*len > 0) {
        size_t back = 1;

        /* To the first byte of the last character. */
        while (back < *len && back < 4 &&
               ((unsigned char)(*text)[*len - back] & 0xC0) == 0x80)
            back++;
        if (space_at(*text + *len - back, back) != back)
            return;
        *len -= back;
    }
}

/* Whether text is '.' and one or more zeros, or nothing. */
static int
is_zero_fraction(const char *text, size_t len)
{
    if (len == 0)
        return 1;
    if (len == 1 || text[0] != '.')
        return 0;
    for (size_t i = 1; i < len; i++) {
        if (text[i] != '0')
            return 0;
    }
    return 1;
}

/* Where the sign stands that counts: at the start, or, as the reference has
 * it, a minus behind zeros ("0-17" is -17). */
static size_t
find_sign(const char *text, size_t len)
{
    size_t at = len > 0 && text[0] == '+';
    size_t zeros = at;

    while (zeros < len &&
           (text[zeros] == '0' ||
            (text[zeros] == '_' && zeros > at && text[zeros - 1] != '_')))
        zeros++;
    /* What follows such a minus has no leading zeros. */
    if (zeros > at && zeros + 1 < len && text[zeros] == '-' &&
        (text[zeros + 1] != '0' || zeros + 2 == len || text[zeros + 2] == '.'))
        return zeros;
    return 0;
}

/* Sign, digits and underscores up to the end or a point. Returns where that
 * is, or 0 when something else stands there. */
static size_t
take_int(const char *text, size_t len, char *digits)
{
    size_t at = find_sign(text, len);
    bool negative = at < len && text[at] == '-';
    size_t count = 0;

    if (negative || (at < len && text[at] == '+'))
        at++;
    if (at >= len || !is_digit(text[at]))
        return 0;
    digits[0] = '-';
    digits += negative;
    for (; at < len && text[at] != '.'; at++) {
        if (is_digit(text[at])) {
            /* Leading zeros are dropped. */
            if (count == 1 && digits[0] == '0')
                count = 0;
            digits[count++] = text[at];
        } else if (text[at] != '_' || !is_digit(text[at - 1]) ||
                   at + 1 >= len || !is_digit(text[at + 1])) {
            return 0;
        }
    }
    digits[count] = '\0';
    return at;
}

int
ck_lax_int(const char *text, size_t len, char *digits)
{
    size_t end;

    trim(&text, &len);
    end = take_int(text, len, digits);
    if (end == 0 || !is_zero_fraction(text + end, len - end)) {
        digits[0] = '\0';
        return 0;
    }
    if (strcmp(digits, "-0") == 0)
        memcpy(digits, "0", 2);
    return strlen(digits) - (digits[0] == '-') <= CK_LAX_INT_DIGITS;
}

/* Length of the digits at text. */
static size_t
skip_digits(const char *text, size_t len)
{
    size_t at = 0;

    while (at < len && is_digit(text[at]))
        at++;
    return at;
}

/* Whether text is a decimal number with optional sign, fraction and
 * exponent; one digit at least beside the point. */
static int
is_decimal(const char *text, size_t len)
{
    size_t at = len > 0 && (text[0] == '+' || text[0] == '-');
    size_t count = skip_digits(text + at, len - at);
    size_t more;

    at += count;
    if (at < len && text[at] == '.') {
        at++;
        more = skip_digits(text + at, len - at);
        at += more;
        count += more;
    }
    if (count == 0)
        return 0;
    if (at < len && (text[at] == 'e' || text[at] == 'E')) {
        at++;
        if (at < len && (text[at] == '+' || text[at] == '-'))
            at++;
        more = skip_digits(text + at, len - at);
        if (more == 0)
            return 0;
        at += more;
    }
    return at == len;
}

/* A number, "inf", "infinity" or "nan", each with an optional sign. */
static int
read_float(const char *text, size_t len, double *value)
{
    int negative = len > 0 && text[0] == '-';

    if (is_decimal(text, len)) {
        size_t plus = text[0] == '+';

        *value = ck_decimal_read(text + plus, len - plus);
        return 1;
    }
    if (negative || (len > 0 && text[0] == '+')) {
        text++;
        len--;
    }
    if (is_word(text, len, "nan"))
        *value = NAN;
    else if (is_word(text, len, "inf") || is_word(text, len, "infinity"))
        *value = INFINITY;
    else
        return 0;
    if (negative)
        *value = -*value;
    return 1;
}

/* Copies text without its underscores. 0, and nothing written when there is
 * none: they stand where they must not. */
static int
strip_underscores(const char *text, size_t len, char *copy, size_t *copy_len)
{
    size_t count = 0;

    if (memchr(text, '_', len) == NULL || text[0] == '_' ||
        text[len - 1] == '_')
        return 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] != '_')
            copy[count++] = text[i];
        else if (text[i + 1] == '_')
            return 0;
    }
    *copy_len = count;
    return 1;
}

int
ck_lax_float_with(const char *text, size_t len, char *scratch, double *value)
{
    const char *trimmed = text;
    size_t count = len;

    trim(&trimmed, &count);
    if (read_float(trimmed, count, value))
        return 1;
    /* With underscores, white space around the number is not allowed. */
    return strip_underscores(text, len, scratch, &count) &&
           read_float(scratch, count, value);
}

int
ck_lax_float(const char *text, size_t len, double *value)
{
    char space[CK_LAX_FLOAT_SHORT];
    char *scratch = len > sizeof space ? ck_malloc(len) : space;
    int found = 0;

    if (scratch != NULL)
        found = ck_lax_float_with(text, len, scratch, value);

    if (scratch != space)
        ck_free(scratch);
    return found;
}
