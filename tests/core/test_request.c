/* test_request.c: header lines and multipart bodies. The expected bodies are
 * what httpx 0.28 writes for the same parts and boundary. */
#include "alloc.h"
#include "request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

static enum ck_status
set(struct ck_request *request, const char *name, const char *value)
{
    struct ck_error error;

    return ck_request_set_header(request, name, strlen(name), value,
                                 strlen(value), &error);
}

/* The lines, in order, must be these. */
static void
check_lines(const struct ck_request *request, const char *const *lines)
{
    const char *line = NULL;

    while ((line = ck_request_next_header(request, line)) != NULL) {
        assert_non_null(*lines);
        assert_string_equal(line, *lines);
        lines++;
    }
    assert_null(*lines);
}

static void
test_headers(void **state)
{
    static const char *const none[] = {NULL};
    static const char *const three[] = {"Accept: a/b", "X-Y: 1",
                                        "Empty: ", NULL};
    static const char *const replaced[] = {
        "Accept: a/b", "Empty: ", "x-y: \tb\xC3\xBC ", NULL};
    static const char *const last[] = {"Empty: ", "x-y: \tb\xC3\xBC ",
                                       "ACCEPT: c", NULL};
    static const char *const more[] = {"Empty: ", "x-y: \tb\xC3\xBC ",
                                       "ACCEPT: c", "x: 3", NULL};
    struct ck_request request;

    (void)state;
    ck_request_init(&request);
    check_lines(&request, none);
    assert_int_equal(set(&request, "Accept", "a/b"), CK_OK);
    assert_int_equal(set(&request, "X-Y", "1"), CK_OK);
    assert_int_equal(set(&request, "Empty", ""), CK_OK);
    check_lines(&request, three);
    assert_int_equal(set(&request, "x-y", "\tb\xC3\xBC "), CK_OK);
    check_lines(&request, replaced);
    assert_int_equal(set(&request, "ACCEPT", "c"), CK_OK);
    check_lines(&request, last);
    assert_int_equal(set(&request, "X", "2"), CK_OK); /* no prefix of x-y */
    assert_int_equal(set(&request, "x", "3"), CK_OK);
    check_lines(&request, more);
    ck_request_free(&request);
}

static void
test_refused_headers(void **state)
{
    static const char *const none[] = {NULL};
    static const char *const names[] = {"",    "a b", "a:",   " a",  "a\r",
                                        "\"a", "a/b", "a\n:", "(a)", "\xC3"};
    static const char *const values[] = {"a\r\nB: c", "\n", "\r", "\x01",
                                         "\x7F"};
    struct ck_request request;
    struct ck_error error;
    size_t i;

    (void)state;
    ck_request_init(&request);
    for (i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(set(&request, names[i], "v"), CK_BAD_ARGUMENT);
    for (i = 0; i < sizeof values / sizeof *values; i++)
        assert_int_equal(set(&request, "n", values[i]), CK_BAD_ARGUMENT);
    assert_int_equal(
        ck_request_set_header(&request, "X-Key", 5, "secret\0", 7, &error),
        CK_BAD_ARGUMENT);
    assert_non_null(strstr(error.message, "X-Key"));
    assert_null(strstr(error.message, "secret"));
    assert_int_equal(ck_request_set_header(&request, "a\0", 2, "", 0, &error),
                     CK_BAD_ARGUMENT);
    check_lines(&request, none);
    ck_request_free(&request);
}

static enum ck_status
add(struct ck_request *request, const char *name, const char *file_name,
    const char *type, const char *data)
{
    const struct ck_part part = {.name = name,
                                 .name_len = strlen(name),
                                 .file_name = file_name,
                                 .file_name_len =
                                     file_name ? strlen(file_name) : 0,
                                 .content_type = type,
                                 .data = data,
                                 .size = strlen(data)};
    struct ck_error error;

    return ck_multipart_add(request, "0f1e", &part, &error);
}

static void
test_multipart(void **state)
{
    static const char *const lines[] = {
        "Content-Type: multipart/form-data; boundary=0f1e", NULL};
    struct ck_request request;
    struct ck_error error;

    (void)state;
    ck_request_init(&request);
    assert_int_equal(add(&request, "n\"\\\r\n\x1B\x01\xC3\xBC", NULL, NULL,
                         "v\r\n\xC3\xBC"),
                     CK_OK);
    assert_int_equal(
        add(&request, "file", "a \"b\".png", "image/png", "\x89PNG"), CK_OK);
    assert_int_equal(add(&request, "file", "", NULL, ""), CK_OK);
    assert_int_equal(ck_multipart_close(&request, "0f1e", &error), CK_OK);
    assert_string_equal(
        request.body.data,
        "--0f1e\r\nContent-Disposition: form-data; "
        "name=\"n%22\\\\%0D%0A\x1B%01\xC3\xBC\"\r\n\r\nv\r\n\xC3\xBC\r\n"
        "--0f1e\r\nContent-Disposition: form-data; name=\"file\"; "
        "filename=\"a %22b%22.png\"\r\nContent-Type: image/png\r\n\r\n"
        "\x89PNG\r\n"
        "--0f1e\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n\r\n"
        "--0f1e--\r\n");
    assert_int_equal(request.body.len, strlen(request.body.data));
    assert_int_equal(request.has_body, 1);
    check_lines(&request, lines);
    ck_request_free(&request);
}

static void
test_multipart_binary(void **state)
{
    const struct ck_part part = {
        .name = "a\0b", .name_len = 3, .data = "\0\1\2", .size = 3};
    static const char expected[] = "--b\r\nContent-Disposition: form-data; "
                                   "name=\"a%00b\"\r\n\r\n\0\1\2\r\n";
    struct ck_request request;
    struct ck_error error;

    (void)state;
    ck_request_init(&request);
    assert_int_equal(ck_multipart_add(&request, "b", &part, &error), CK_OK);
    assert_int_equal(request.body.len, sizeof expected - 1);
    assert_memory_equal(request.body.data, expected, sizeof expected - 1);
    ck_request_free(&request);
}

static void
test_multipart_refused(void **state)
{
    struct ck_request request;

    (void)state;
    ck_request_init(&request);
    assert_int_equal(add(&request, "file", "a", "image/png\r\nX: y", ""),
                     CK_BAD_ARGUMENT);
    assert_int_equal(request.body.len, 0);
    assert_int_equal(request.has_body, 0);
    ck_request_free(&request);
}

static enum ck_status
build(struct ck_request *request)
{
    struct ck_error error;
    char data[300];
    enum ck_status status;

    memset(data, 'x', sizeof data - 1);
    data[sizeof data - 1] = '\0';
    status = set(request, "Accept", "a/b");
    if (status == CK_OK)
        status = set(request, "accept", data);
    if (status == CK_OK)
        status = add(request, "a", NULL, NULL, data);
    if (status == CK_OK)
        status = add(request, "b", "c", "d/e", data);
    if (status == CK_OK)
        status = ck_multipart_close(request, "0f1e", &error);
    return status;
}

static void
test_no_memory(void **state)
{
    enum ck_status status = CK_NOMEM;
    struct ck_request request;
    long n;

    (void)state;
    for (n = 0; status != CK_OK; n++) {
        ck_request_init(&request);
        ck_alloc_fail_after(n);
        status = build(&request);
        ck_alloc_fail_after(-1);
        if (status != CK_OK)
            assert_int_equal(status, CK_NOMEM);
        /* A header is there as it was or as it is to be, never half. */
        if (request.headers.len > 0)
            assert_int_equal(strncasecmp(request.headers.data, "Accept: ", 8),
                             0);
        ck_request_free(&request);
    }
    assert_true(n > 4);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_refused_headers),
        cmocka_unit_test(test_multipart),
        cmocka_unit_test(test_multipart_binary),
        cmocka_unit_test(test_multipart_refused),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
