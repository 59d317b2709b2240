/* guard_string.c: what stands between quotes: escapes, surrogates, UTF-8 and
 * control characters. Owns nothing. */
#include "guard.h"
#include "scan.h"

static inline int
is_tail(unsigned char c)
{
    return (c & 0xC0) == 0x80;
}

/* Length of the well-formed sequence at p (first byte above 0x7F), or 0. */
static size_t
utf8_length(const unsigned char *p, const unsigned char *end)
{
    size_t left = (size_t)(end - p);
    unsigned char low = 0x80;
    unsigned char high = 0xBF;

    if (p[0] >= 0xC2 && p[0] <= 0xDF)
        return left >= 2 && is_tail(p[1]) ? 2 : 0;
    if ((p[0] & 0xF0) == 0xE0) {
        if (p[0] == 0xE0)
            low = 0xA0; /* less would be overlong */
        if (p[0] == 0xED)
            high = 0x9F; /* more would be a surrogate */
        return left >= 3 && p[1] >= low && p[1] <= high && is_tail(p[2]) ? 3
                                                                         : 0;
    }
    if (p[0] >= 0xF0 && p[0] <= 0xF4) {
        if (p[0] == 0xF0)
            low = 0x90;
        if (p[0] == 0xF4)
            high = 0x8F; /* more would be beyond U+10FFFF */
        return left >= 4 && p[1] >= low && p[1] <= high && is_tail(p[2]) &&
                       is_tail(p[3])
                   ? 4
                   : 0;
    }
    return 0;
}

static int
hex_digit(unsigned char c)
{
    if (ck_scan_is_digit(c))
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits at p. */
static const unsigned char *
scan_hex(struct ck_guard *guard, const unsigned char *p, unsigned *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++, p++) {
        int digit = 0;
        if (p == guard->end)
            return ck_guard_fail_at_end(guard);
        digit = hex_digit(*p);
        if (digit < 0)
            return ck_guard_fail(guard, p, CK_BAD_JSON,
                                 "expected a hexadecimal digit");
        *unit = *unit << 4 | (unsigned)digit;
    }
    return p;
}

/* The second half of a pair; start is the first half's backslash. */
static const unsigned char *
scan_low_half(struct ck_guard *guard, const unsigned char *start,
              const unsigned char *p)
{
    unsigned unit = 0;

    if (guard->end - p < 2) {
        if (p == guard->end || *p == '\\')
            return ck_guard_fail_at_end(guard);
    } else if (p[0] == '\\' && p[1] == 'u') {
        p = scan_hex(guard, p + 2, &unit);
        if (p == NULL)
            return NULL;
        if (unit >= 0xDC00 && unit <= 0xDFFF)
            return p;
    }
    return ck_guard_fail(guard, start, CK_BAD_JSON,
                         "surrogate without its other half");
}

/* \uXXXX or a pair of them; start is the backslash. */
static const unsigned char *
scan_unicode(struct ck_guard *guard, const unsigned char *start, size_t *saved)
{
    unsigned unit = 0;
    const unsigned char *p = scan_hex(guard, start + 2, &unit);

    if (p == NULL)
        return NULL;
    if (unit >= 0xDC00 && unit <= 0xDFFF)
        return ck_guard_fail(guard, start, CK_BAD_JSON,
                             "surrogate without its other half");
    if (unit >= 0xD800 && unit <= 0xDBFF) {
        *saved += 12 - 4;
        return scan_low_half(guard, start, p);
    }
    if (unit < 0x80)
        *saved += 6 - 1;
    else
        *saved += unit < 0x800 ? 6 - 2 : 6 - 3;
    return p;
}

static const unsigned char *
scan_escape(struct ck_guard *guard, const unsigned char *p, size_t *saved)
{
    if (guard->end - p < 2)
        return ck_guard_fail_at_end(guard);
    switch (p[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't': ++*saved; return p + 2;
    case 'u': return scan_unicode(guard, p, saved);
    default: return ck_guard_fail(guard, p + 1, CK_BAD_JSON, "unknown escape");
    }
}

/* The byte at p ended a run without being the closing quote. */
static const unsigned char *
scan_special(struct ck_guard *guard, const unsigned char *p, size_t *saved)
{
    size_t len = 0;

    if (p == guard->end)
        return ck_guard_fail_at_end(guard);
    if (*p == '\\')
        return scan_escape(guard, p, saved);
    if (*p < 0x20)
        return ck_guard_fail(guard, p, CK_BAD_JSON,
                             "control character in a string");
    do {
        len = utf8_length(p, guard->end);
        if (len == 0)
            return ck_guard_fail(guard, p, CK_BAD_JSON, "invalid UTF-8");
        p += len;
    } while (p < guard->end && *p >= 0x80);
    return p;
}

static const unsigned char *
keep_text(struct ck_guard *guard, const unsigned char *start,
          const unsigned char *quote, size_t saved, struct ck_build_text *text)
{
    size_t size = (size_t)(quote - start);

    text->is_counted = 0;
    if (saved > 0) {
        guard->status = ck_build_decode(guard->build, text, start, size,
                                        size - saved, guard->error);
        return guard->status == CK_OK ? quote + 1 : NULL;
    }
    text->data = ck_build_copy(guard->build, start, size);
    return text->data == NULL ? ck_guard_starve(guard) : quote + 1;
}

const unsigned char *
ck_guard_string(struct ck_guard *guard, const unsigned char *start,
                const unsigned char *p, struct ck_build_text *text)
{
    size_t saved = 0; /* bytes that escapes take more than their characters */

    while (p == guard->end || *p != '"') {
        p = scan_special(guard, p, &saved);
        if (p == NULL)
            return NULL;
        p = ck_scan_quoted(p, guard->end);
    }
    return guard->build == NULL ? p + 1
                                : keep_text(guard, start, p, saved, text);
}
