/* base64url.h: strict base64, in the alphabet of tokens and keys and in the
 * ordinary one. Owns nothing. */
#ifndef CK_BASE64URL_H
#define CK_BASE64URL_H

#include <stddef.h>

enum ck_base64 {
    CK_BASE64_URL,     /* '-' and '_' */
    CK_BASE64_STANDARD /* '+' and '/' */
};

/* Room that surely suffices for the bytes of `len` characters. */
#define CK_BASE64_ROOM(len) ((len) / 4 * 3 + 3)

/* Decodes text[0..len) into out and returns the number of bytes, or -1. The
 * '=' at the end may be left out, but then all of them; bits that make no
 * whole byte must be 0; white space and foreign characters are refused. So
 * each run of bytes has one spelling, not counting the '='. */
ptrdiff_t ck_base64_decode(enum ck_base64 alphabet, const char *text,
                           size_t len, unsigned char *out);

#endif
