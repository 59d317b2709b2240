/* scan.h: finds the end of runs of bytes that need no thought. 16 bytes at a
 * time with SSE2, one at a time elsewhere or with CK_NO_SIMD; a test holds
 * the two against each other. Owns nothing, reads only [p, end). */
#ifndef CK_SCAN_H
#define CK_SCAN_H

#include <stddef.h>

#if defined(__SSE2__) && !defined(CK_NO_SIMD)
#define CK_SCAN_SSE2 1
#include <emmintrin.h>
#else
#define CK_SCAN_SSE2 0
#endif

/* Each scanner returns the first byte that is not of its kind, or end.
 *   quoted: what a JSON string may hold as it is and is ASCII: no '"', no
 *           '\', no control character
 *   plain:  the same without DEL, which Python's json.dumps escapes
 *   space:  the four kinds of white space that JSON knows */

static inline const unsigned char *
ck_scan_quoted_scalar(const unsigned char *p, const unsigned char *end)
{
    while (p < end && *p >= 0x20 && *p < 0x80 && *p != '"' && *p != '\\')
        p++;
    return p;
}

static inline const unsigned char *
ck_scan_plain_scalar(const unsigned char *p, const unsigned char *end)
{
    while (p < end && *p >= 0x20 && *p < 0x7F && *p != '"' && *p != '\\')
        p++;
    return p;
}

static inline const unsigned char *
ck_scan_space_scalar(const unsigned char *p, const unsigned char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p;
}

/* At most so many values does a JSON text have: each but the first follows a
 * comma or an opening bracket. Those in strings count, too. */
static inline size_t
ck_scan_count_values_scalar(const unsigned char *p, size_t len)
{
    size_t count = 1;

    for (size_t i = 0; i < len; i++)
        count += p[i] == ',' || (p[i] | 0x20) == '{';
    return count;
}

#if CK_SCAN_SSE2

static inline __m128i
ck_scan_load(const unsigned char *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline __m128i
ck_scan_is(__m128i bytes, char c)
{
    return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c));
}

/* The comparison is signed: bytes from 0x80 on count as less, too. */
static inline __m128i
ck_scan_stops_quoted(__m128i bytes)
{
    __m128i marks =
        _mm_or_si128(ck_scan_is(bytes, '"'), ck_scan_is(bytes, '\\'));

    return _mm_or_si128(marks, _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)));
}

static inline const unsigned char *
ck_scan_first(const unsigned char *p, int mask)
{
    return p + __builtin_ctz((unsigned)mask);
}

static inline const unsigned char *
ck_scan_quoted(const unsigned char *p, const unsigned char *end)
{
    for (; end - p >= 16; p += 16) {
        int mask = _mm_movemask_epi8(ck_scan_stops_quoted(ck_scan_load(p)));
        if (mask != 0)
            return ck_scan_first(p, mask);
    }
    return ck_scan_quoted_scalar(p, end);
}

static inline const unsigned char *
ck_scan_plain(const unsigned char *p, const unsigned char *end)
{
    for (; end - p >= 16; p += 16) {
        __m128i bytes = ck_scan_load(p);
        int mask = _mm_movemask_epi8(_mm_or_si128(ck_scan_stops_quoted(bytes),
                                                  ck_scan_is(bytes, 0x7F)));
        if (mask != 0)
            return ck_scan_first(p, mask);
    }
    return ck_scan_plain_scalar(p, end);
}

static inline const unsigned char *
ck_scan_space(const unsigned char *p, const unsigned char *end)
{
    for (; end - p >= 16; p += 16) {
        __m128i bytes = ck_scan_load(p);
        __m128i space = _mm_or_si128(
            _mm_or_si128(ck_scan_is(bytes, ' '), ck_scan_is(bytes, '\n')),
            _mm_or_si128(ck_scan_is(bytes, '\r'), ck_scan_is(bytes, '\t')));
        int mask = _mm_movemask_epi8(space) ^ 0xFFFF;
        if (mask != 0)
            return ck_scan_first(p, mask);
    }
    return ck_scan_space_scalar(p, end);
}

/* Each byte of a sum holds 255 hits at most, so it is taken that often. */
static inline size_t
ck_scan_count_values(const unsigned char *p, size_t len)
{
    const __m128i zero = _mm_setzero_si128();
    size_t count = 0;

    while (len >= 16) {
        __m128i sum = zero;
        __m128i both;

        for (int i = 0; i < 255 && len >= 16; i++, p += 16, len -= 16) {
            __m128i bytes = ck_scan_load(p);
            __m128i folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));

            sum = _mm_sub_epi8(sum, _mm_or_si128(ck_scan_is(bytes, ','),
                                                 ck_scan_is(folded, '{')));
        }
        both = _mm_sad_epu8(sum, zero);
        count += (size_t)_mm_cvtsi128_si32(both) +
                 (size_t)_mm_extract_epi16(both, 4);
    }
    return count + ck_scan_count_values_scalar(p, len);
}

#else

static inline size_t
ck_scan_count_values(const unsigned char *p, size_t len)
{
    return ck_scan_count_values_scalar(p, len);
}

static inline const unsigned char *
ck_scan_quoted(const unsigned char *p, const unsigned char *end)
{
    return ck_scan_quoted_scalar(p, end);
}

static inline const unsigned char *
ck_scan_plain(const unsigned char *p, const unsigned char *end)
{
    return ck_scan_plain_scalar(p, end);
}

static inline const unsigned char *
ck_scan_space(const unsigned char *p, const unsigned char *end)
{
    return ck_scan_space_scalar(p, end);
}

#endif

static inline int
ck_scan_is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

#endif
