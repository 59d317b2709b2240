/* test_url.c: server URLs, path segments, queries; and each of them with no
 * memory left. */
#include "alloc.h"
#include "url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct pair {
    const char *in;
    const char *out; /* NULL: refused */
};

static void
check_server(const char *in, size_t len, const char *out)
{
    struct ck_error error = {.status = CK_OK};
    enum ck_status status;
    struct ck_buf url;

    ck_buf_init(&url, CK_BUF_NO_MAX);
    assert_int_equal(ck_buf_append_str(&url, "<"), CK_OK);
    status = ck_url_put_server(&url, in, len, &error);
    if (out == NULL) {
        assert_int_equal(status, CK_BAD_URL);
        assert_int_equal(error.status, CK_BAD_URL);
        assert_string_equal(url.data, "<");
    } else {
        assert_int_equal(status, CK_OK);
        assert_string_equal(url.data + 1, out);
    }
    ck_buf_free(&url);
}

static void
test_server(void **state)
{
    static const struct pair pairs[] = {
        {"https://api.clerk.com/v1", "https://api.clerk.com/v1"},
        {"https://api.clerk.com/v1/", "https://api.clerk.com/v1"},
        {"https://api.clerk.com/v1//", "https://api.clerk.com/v1/"},
        {"https://api.clerk.com/", "https://api.clerk.com"},
        {"HTTP://h", "http://h"},
        {"hTTpS://h:443/x", "https://h:443/x"},
        {"http://127.0.0.1:65535", "http://127.0.0.1:65535"},
        {"http://h:", "http://h:"},
        {"http://[::1]:80/", "http://[::1]:80"},
        {"http://[fe80::1%25lo]", "http://[fe80::1%25lo]"},
        {"http://user:p%40w@h:8/x", "http://user:p%40w@h:8/x"},
        {"http://user:p@ss@h", "http://user:p@ss@h"},
        {"http://b\xC3\xBC.de/\xC3\xBC{}\"",
         "http://b\xC3\xBC.de/%C3%BC%7B%7D%22"},
        {"http://h/a%20b", "http://h/a%20b"},
        {"http://my_host/", "http://my_host"},
        {"", NULL},
        {"h", NULL},
        {"/v1", NULL},
        {"//h", NULL},
        {"ftp://h", NULL},
        {"httpx://h", NULL},
        {"http:/h", NULL},
        {"http:h", NULL},
        {"http://", NULL},
        {"http:///v1", NULL},
        {"http://:80", NULL},
        {"http://user@", NULL},
        {"http://user@:80", NULL},
        {"http://h:65536", NULL},
        {"http://h:99999999999999999999", NULL},
        {"http://h:8a", NULL},
        {"http://h:-1", NULL},
        {"http://[]", NULL},
        {"http://[::1", NULL},
        {"http://::1]", NULL},
        {"http://[::1]x", NULL},
        {"http://a:b:c", NULL},
        {"http://h\\x", NULL},
        {"http://a,b", NULL},
        {"http://h?", NULL},
        {"http://h/v1?a=b", NULL},
        {"http://h/v1#f", NULL},
        {"http://h/a b", NULL},
        {" http://h", NULL},
        {"http://h/\n", NULL},
        {"http://h/\x7F", NULL},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof pairs / sizeof *pairs; i++)
        check_server(pairs[i].in, strlen(pairs[i].in), pairs[i].out);
    check_server("http://h/\0x", 11, NULL);
}

/* A refusal says what is wrong and never repeats the URL: it may hold
 * credentials. */
static void
test_server_message(void **state)
{
    struct ck_error error;
    struct ck_buf url;

    (void)state;
    ck_buf_init(&url, CK_BUF_NO_MAX);
    assert_int_equal(
        ck_url_put_server(&url, "http://u:secret@h:x", 19, &error),
        CK_BAD_URL);
    assert_non_null(strstr(error.message, "port"));
    assert_null(strstr(error.message, "secret"));
    ck_buf_free(&url);
}

static void
test_segment(void **state)
{
    static const struct pair pairs[] = {
        {"user_2ab", "user_2ab"},
        {"a-._~z", "a-._~z"},
        {"!$&'()*+,;=:@", "!$&'()*+,;=:@"},
        {"a/b", "a%2Fb"},
        {"a?b#c", "a%3Fb%23c"},
        {"%2e", "%252e"},
        {"..%2f", "..%252f"},
        {"...", "..."},
        {".a", ".a"},
        {"a b", "a%20b"},
        {"\\\"<>^`{|}[]", "%5C%22%3C%3E%5E%60%7B%7C%7D%5B%5D"},
        {"\xC3\xBC\x01\x7F", "%C3%BC%01%7F"},
        {"", NULL},
        {".", NULL},
        {"..", NULL},
    };
    struct ck_error error;
    struct ck_buf url;
    size_t i;

    (void)state;
    ck_buf_init(&url, CK_BUF_NO_MAX);
    for (i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const char *in = pairs[i].in;
        ck_buf_clear(&url);
        if (pairs[i].out != NULL) {
            assert_int_equal(
                ck_url_put_segment(&url, "id", in, strlen(in), &error), CK_OK);
            assert_string_equal(url.data, pairs[i].out);
        } else {
            assert_int_equal(
                ck_url_put_segment(&url, "id", in, strlen(in), &error),
                CK_BAD_ARGUMENT);
            assert_non_null(strstr(error.message, "id must not be"));
            assert_int_equal(url.len, 0);
        }
    }
    ck_buf_clear(&url);
    assert_int_equal(ck_url_put_segment(&url, "id", ".\0.", 3, &error), CK_OK);
    assert_string_equal(url.data, ".%00.");
    ck_buf_free(&url);
}

static void
test_query(void **state)
{
    struct ck_buf url;

    (void)state;
    ck_buf_init(&url, CK_BUF_NO_MAX);
    assert_int_equal(ck_url_put_query(&url, 1, "limit", "10", 2), CK_OK);
    assert_int_equal(ck_url_put_query(&url, 0, "q[]", "a b", 3), CK_OK);
    assert_int_equal(ck_url_put_query(&url, 0, "e", "", 0), CK_OK);
    assert_int_equal(ck_url_put_query(&url, 0, "k", "*'()!~-._+&=%/:@", 16),
                     CK_OK);
    assert_int_equal(ck_url_put_query(&url, 0, "u", "\xC3\xA9\0", 3), CK_OK);
    assert_string_equal(url.data,
                        "?limit=10&q%5B%5D=a+b&e=&k=%2A%27%28%29%21~-._%2B"
                        "%26%3D%25%2F%3A%40&u=%C3%A9%00");
    ck_buf_free(&url);
}

/* Each byte alone, by the rule as the standards write it. */
static void
test_every_byte(void **state)
{
    static const char digits[] = "0123456789ABCDEF";
    struct ck_error error;
    struct ck_buf url;
    int c;

    (void)state;
    ck_buf_init(&url, CK_BUF_NO_MAX);
    for (c = 0; c < 256; c++) {
        const char byte[2] = {(char)c, 'x'};
        const char escape[5] = {'%', digits[c >> 4], digits[c & 15], 'x', 0};
        const char plain[3] = {(char)c, 'x', 0};
        const int stays =
            c != 0 && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst"
                             "uvwxyz0123456789-._~",
                             c) != NULL;
        const int delimits = c != 0 && strchr("!$&'()*+,;=:@", c) != NULL;

        ck_buf_clear(&url);
        assert_int_equal(ck_url_put_segment(&url, "id", byte, 2, &error),
                         CK_OK);
        assert_string_equal(url.data, stays || delimits ? plain : escape);
        ck_buf_clear(&url);
        assert_int_equal(ck_url_put_query(&url, 1, "", byte, 2), CK_OK);
        assert_string_equal(url.data + 2, c == ' ' ? "+x"
                                          : stays  ? plain
                                                   : escape);
    }
    ck_buf_free(&url);
}

static enum ck_status
build(struct ck_buf *url, struct ck_error *error)
{
    char value[200];
    enum ck_status status;

    memset(value, '/', sizeof value);
    status = ck_url_put_server(url, "https://h/\xC3\xBC/", 13, error);
    if (status == CK_OK)
        status = ck_url_put_segment(url, "id", value, sizeof value, error);
    if (status == CK_OK)
        status = ck_url_put_query(url, 1, "a", value, sizeof value);
    return status;
}

static void
test_no_memory(void **state)
{
    struct ck_error error;
    enum ck_status status = CK_NOMEM;
    struct ck_buf url;
    long n;

    (void)state;
    for (n = 0; status != CK_OK; n++) {
        ck_buf_init(&url, CK_BUF_NO_MAX);
        ck_alloc_fail_after(n);
        status = build(&url, &error);
        ck_alloc_fail_after(-1);
        if (status != CK_OK)
            assert_int_equal(status, CK_NOMEM);
        ck_buf_free(&url);
    }
    assert_true(n > 2);
}

/* What does not fit leaves the buffer as it was. */
static void
test_too_large(void **state)
{
    struct ck_error error;
    struct ck_buf url;

    (void)state;
    ck_buf_init(&url, 12);
    assert_int_equal(ck_url_put_server(&url, "http://host", 11, &error),
                     CK_OK);
    assert_int_equal(ck_url_put_segment(&url, "id", "a/", 2, &error),
                     CK_TOO_LARGE);
    assert_string_equal(url.data, "http://host");
    assert_int_equal(ck_url_put_query(&url, 1, "a", "b", 1), CK_TOO_LARGE);
    assert_string_equal(url.data, "http://host");
    assert_int_equal(ck_url_put_server(&url, "http://host", 11, &error),
                     CK_TOO_LARGE);
    assert_string_equal(url.data, "http://host");
    ck_buf_free(&url);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server),
        cmocka_unit_test(test_server_message),
        cmocka_unit_test(test_segment),
        cmocka_unit_test(test_query),
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_too_large),
    };

    return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
