/* test_base64url.c: strict base64: what each byte means, padding, loose bits,
 * every short text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base64url.h"
#include "support.h"
#include "token_fixture.h"

/* What text decodes to, as a C string in a static place; "-" when refused. */
static const char *
decoded(enum ck_base64 alphabet, const char *text, size_t len)
{
    static char out[256];
    char *copy = support_copy(text, len);
    unsigned char *room = malloc(CK_BASE64_ROOM(len));
    ptrdiff_t size = 0;

    assert_non_null(room);
    size = ck_base64_decode(alphabet, copy, len, room);
    if (size < 0) {
        out[0] = '-';
        out[1] = 0;
    } else {
        assert_true((size_t)size < sizeof out);
        memcpy(out, room, (size_t)size);
        out[size] = 0;
    }
    free(room);
    free(copy);
    return out;
}

#define URL(text) decoded(CK_BASE64_URL, text, sizeof(text) - 1)

static void
test_texts(void **state)
{
    (void)state;
    assert_string_equal(URL(""), "");
    assert_string_equal(URL("Zg"), "f");
    assert_string_equal(URL("Zg=="), "f");
    assert_string_equal(URL("Zm8"), "fo");
    assert_string_equal(URL("Zm8="), "fo");
    assert_string_equal(URL("Zm9v"), "foo");
    assert_string_equal(URL("Zm9vYmFy"), "foobar");
    assert_string_equal(URL("Zm9vYg=="), "foob");
}

static void
test_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "Z",      "Zg=",      "Zg===",   "Zm9v=",    "Zm9v==", "Zm9v====",
        "=",      "==",       "====",    "Zm=v",     "Zm8=Zg", "Zm9 v",
        "Zm9\nv", " Zm9v",    "Zh",      "Zm9",      "Zm8==",  "Zm+v",
        "Zm/v",   "Zm9vY",    "\x80m9v", "Zm9v\xff", "Zm9v.",  "Z===",
        "Zm9vY=", "Zm9vY===",
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_string_equal(decoded(CK_BASE64_URL, bad[i], strlen(bad[i])),
                            "-");
}

static void
test_alphabets(void **state)
{
    static const char shared[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        const char *at = c == 0 ? NULL : strchr(shared, (int)c);
        int common = at == NULL ? -1 : (int)(at - shared);
        int url = c == '-' ? 62 : c == '_' ? 63 : common;
        int standard = c == '+' ? 62 : c == '/' ? 63 : common;

        for (int place = 0; place < 4; place++) {
            char text[4] = {'A', 'A', 'A', 'A'};
            unsigned char out[6];
            unsigned shift = 18 - 6 * (unsigned)place;
            ptrdiff_t len;

            text[place] = (char)c;
            for (int kind = 0; kind < 2; kind++) {
                int value = kind == 0 ? url : standard;

                if (c == '=' && place == 3)
                    continue;
                len = ck_base64_decode((enum ck_base64)kind, text, 4, out);
                assert_int_equal(len, value < 0 ? -1 : 3);
                if (value >= 0)
                    assert_int_equal(out[0] << 16 | out[1] << 8 | out[2],
                                     value << shift);
            }
        }
    }
}

/* Each text of two and three characters: it is decoded exactly when encoding
 * the result gives it back. */
static void
test_short_texts(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 1u << 18; n++) {
        static const char some[] =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
            "-_";
        char text[3] = {some[n & 63], some[n >> 6 & 63], some[n >> 12]};
        size_t len = n >> 12 == 0 ? 2 : 3;
        unsigned char out[6];
        ptrdiff_t size = ck_base64_decode(CK_BASE64_URL, text, len, out);
        char *again = NULL;

        if (size < 0)
            continue;
        again = token_encode((char *)out, (size_t)size);
        assert_int_equal(strlen(again), len);
        assert_memory_equal(again, text, len);
        free(again);
    }
}

static void
test_random_bytes(void **state)
{
    uint64_t random = 7;

    (void)state;
    for (size_t len = 0; len < 600; len++) {
        char *bytes = malloc(len + 1);
        unsigned char *out = NULL;
        char *text = NULL;

        for (size_t i = 0; i < len; i++)
            bytes[i] = (char)support_random(&random);
        text = token_encode(bytes, len);
        out = malloc(CK_BASE64_ROOM(strlen(text)));
        assert_int_equal(
            ck_base64_decode(CK_BASE64_URL, text, strlen(text), out), len);
        assert_memory_equal(out, bytes, len);
        free(out);
        free(text);
        free(bytes);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_alphabets),
        cmocka_unit_test(test_short_texts),
        cmocka_unit_test(test_random_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
