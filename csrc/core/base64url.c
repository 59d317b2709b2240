/* base64url.c: decodes base64, four characters at a time through a table.
 * Owns nothing but the two const tables. */
#include "base64url.h"

#include <stdint.h>

enum { FOREIGN = 0x80 };

/* What both alphabets share; b and c stand for their last two characters,
 * so that a table costs no more lines than this. */
#define X FOREIGN
#define TABLE(plus, minus, slash, underscore)                                 \
    {                                                                         \
        X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,  \
            X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, plus, \
            X, minus, X, slash, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, X, X, \
            X, X, X, X, X, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,  \
            15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, X, X, X, X,           \
            underscore, X, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37,    \
            38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, X, X, X,  \
            X, X                                                              \
    }

static const uint8_t tables[2][128] = {TABLE(X, 62, X, 63),
                                       TABLE(62, X, 63, X)};
#undef X
#undef TABLE

static inline uint32_t
value_of(const uint8_t *table, char c)
{
    unsigned char byte = (unsigned char)c;

    return byte < 128 ? table[byte] : FOREIGN;
}

/* Without the '=' at the end; *len becomes 1 modulo 4, which is never right,
 * when there are more of them than there may be. */
static size_t
strip_padding(const char *text, size_t len)
{
    size_t bare = len;

    while (bare > 0 && len - bare < 3 && text[bare - 1] == '=')
        bare--;
    if (bare == len || (len % 4 == 0 && len - bare <= 2))
        return bare;
    return len; /* the '=' will be found to be foreign */
}

/* The two or three characters that are left: one or two bytes. */
static ptrdiff_t
decode_tail(const uint8_t *table, const char *text, size_t left,
            unsigned char *out)
{
    uint32_t a = 0;
    uint32_t b = 0;
    uint32_t c = 0;

    if (left == 0)
        return 0;
    if (left == 1)
        return -1;
    a = value_of(table, text[0]);
    b = value_of(table, text[1]);
    c = left == 3 ? value_of(table, text[2]) : 0;
    if (((a | b | c) & FOREIGN) != 0)
        return -1;
    out[0] = (unsigned char)(a << 2 | b >> 4);
    if (left == 2)
        return (b & 0xF) == 0 ? 1 : -1;
    out[1] = (unsigned char)(b << 4 | c >> 2);
    return (c & 0x3) == 0 ? 2 : -1;
}

ptrdiff_t
ck_base64_decode(enum ck_base64 alphabet, const char *text, size_t len,
                 unsigned char *out)
{
    const uint8_t *table = tables[alphabet];
    size_t bare = strip_padding(text, len);
    unsigned char *to = out;
    uint32_t foreign = 0;
    ptrdiff_t tail = 0;

    for (; bare >= 4; bare -= 4, text += 4, to += 3) {
        uint32_t a = value_of(table, text[0]);
        uint32_t b = value_of(table, text[1]);
        uint32_t c = value_of(table, text[2]);
        uint32_t d = value_of(table, text[3]);

        foreign |= a | b | c | d;
        to[0] = (unsigned char)(a << 2 | b >> 4);
        to[1] = (unsigned char)(b << 4 | c >> 2);
        to[2] = (unsigned char)(c << 6 | d);
    }
    tail = decode_tail(table, text, bare, to);
    if ((foreign & FOREIGN) != 0 || tail < 0)
        return -1;
    return to - out + tail;
}
