/* test_jsonput.c: text to a JSON string in ASCII, for every code point, for
 * what is no text, and without memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "json.h"
#include "support.h"

static void
check_put(const char *text, size_t len, const char *expected)
{
    char *copy = support_copy(text, len);
    struct ck_buf buf;

    ck_buf_init(&buf, CK_BUF_NO_MAX);
    assert_int_equal(ck_json_put_string(&buf, copy, len), CK_OK);
    assert_string_equal(buf.data, expected);
    ck_buf_free(&buf);
    free(copy);
}

static void
check_refused(const char *text, size_t len)
{
    char *copy = support_copy(text, len);
    struct ck_buf buf;

    ck_buf_init(&buf, CK_BUF_NO_MAX);
    assert_int_equal(ck_json_put_string(&buf, copy, len), CK_BAD_ARGUMENT);
    ck_buf_free(&buf);
    free(copy);
}

/* UTF-8, surrogates included. */
static size_t
encode(unsigned code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

/* What json.dumps writes for a character. */
static void
expect(unsigned code, char *out, size_t size)
{
    static const char short_ones[] = "\"\"\\\\\bb\ff\nn\rr\tt";

    for (const char *pair = short_ones; *pair != 0; pair += 2) {
        if (code == (unsigned char)pair[0]) {
            (void)snprintf(out, size, "\\%c", pair[1]);
            return;
        }
    }
    if (code >= 0x20 && code <= 0x7E)
        (void)snprintf(out, size, "%c", (char)code);
    else if (code < 0x10000)
        (void)snprintf(out, size, "\\u%04x", code);
    else
        (void)snprintf(out, size, "\\u%04x\\u%04x", 0xD7C0 + (code >> 10),
                       0xDC00 + (code & 0x3FF));
}

static void
test_every_code_point(void **state)
{
    struct ck_buf buf;

    (void)state;
    ck_buf_init(&buf, CK_BUF_NO_MAX);
    for (unsigned code = 0; code <= 0x10FFFF; code++) {
        char text[8] = "x";
        char inner[16];
        char expected[24];
        size_t len = 1 + encode(code, text + 1);
        text[len++] = 'y';
        expect(code, inner, sizeof inner);
        (void)snprintf(expected, sizeof expected, "\"x%sy\"", inner);
        ck_buf_clear(&buf);
        if (ck_json_put_string(&buf, text, len) != CK_OK ||
            strcmp(buf.data, expected) != 0)
            fail_msg("U+%04X: %s", code, buf.data);
    }
    ck_buf_free(&buf);
}

static void
test_texts(void **state)
{
    (void)state;
    check_put("", 0, "\"\"");
    check_put("plain text of more than sixteen bytes", 37,
              "\"plain text of more than sixteen bytes\"");
    check_put("a\0b", 3, "\"a\\u0000b\"");
    check_put("</script>", 9, "\"</script>\"");
    /* Two halves as two characters stay two. */
    check_put("\xED\xA0\xBD\xED\xB8\x80", 6, "\"\\ud83d\\ude00\"");
    check_put("\xED\xB8\x80\xED\xA0\xBD", 6, "\"\\ude00\\ud83d\"");
}

/* The stop at each place of a run, so at each place of 16 bytes. */
static void
test_stop_at_each_place(void **state)
{
    (void)state;
    for (size_t len = 1; len < 50; len++) {
        for (size_t at = 0; at < len; at++) {
            char text[50];
            char expected[60];
            memset(text, 'a', sizeof text);
            text[at] = '"';
            (void)snprintf(expected, sizeof expected, "\"%.*s\\\"%.*s\"",
                           (int)at, text, (int)(len - at - 1), text + at + 1);
            check_put(text, len, expected);
        }
    }
}

static void
test_what_is_no_text(void **state)
{
    static const char *const texts[] = {"\x80",
                                        "\xBF",
                                        "\xC0\x80",
                                        "\xC1\xBF",
                                        "\xC2",
                                        "\xC2x",
                                        "\xE0\x9F\xBF",
                                        "\xE2\x82",
                                        "\xE2\x82x",
                                        "\xE2x\x82",
                                        "\xF0\x8F\xBF\xBF",
                                        "\xF0\x9F\x98",
                                        "\xF0\x9Fx\x80",
                                        "\xF4\x90\x80\x80",
                                        "\xF5\x80\x80\x80",
                                        "\xFF",
                                        "ok\xFE"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_refused(texts[i], strlen(texts[i]));
}

static void
test_maximum(void **state)
{
    struct ck_buf buf;

    (void)state;
    ck_buf_init(&buf, 5);
    assert_int_equal(ck_json_put_string(&buf, "abc", 3), CK_OK);
    assert_string_equal(buf.data, "\"abc\"");
    ck_buf_clear(&buf);
    assert_int_equal(ck_json_put_string(&buf, "abcd", 4), CK_TOO_LARGE);
    ck_buf_clear(&buf);
    assert_int_equal(ck_json_put_string(&buf, "\xC3\xA9", 2), CK_TOO_LARGE);
    ck_buf_free(&buf);
}

static enum ck_status
put_all(void *arg)
{
    struct ck_buf buf;
    enum ck_status status = CK_OK;

    (void)arg;
    ck_buf_init(&buf, CK_BUF_NO_MAX);
    for (int i = 0; i < 40 && status == CK_OK; i++)
        status = ck_json_put_string(&buf, "a\n\xC3\xA9\xF0\x9F\x98\x80", 8);
    if (status == CK_OK)
        assert_int_equal(buf.len, 40 * 23);
    ck_buf_free(&buf);
    return status;
}

static void
test_no_memory(void **state)
{
    (void)state;
    assert_true(support_torture(put_all, NULL) > 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_code_point),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_stop_at_each_place),
        cmocka_unit_test(test_what_is_no_text),
        cmocka_unit_test(test_maximum),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
