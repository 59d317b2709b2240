/* test_upload.c: bodies of which a part is in a file: reading them piece by
 * piece, and sending them over libcurl, again and again. */
#include "alloc.h"
#include "transport_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support.h"

enum { LARGE = 300 * 1000 };

static const struct step echo[] = {
    {.kind = STEP_READ}, {.kind = STEP_ROUTE}, {.kind = STEP_AGAIN}};

/* A descriptor of an unnamed file, its content size bytes that differ. */
static int
make_file(size_t size)
{
    FILE *file = tmpfile();
    int fd;
    size_t i;

    assert_non_null(file);
    for (i = 0; i < size; i++)
        assert_int_not_equal(fputc((int)('a' + i % 23), file), EOF);
    assert_int_equal(fflush(file), 0);
    fd = dup(fileno(file));
    assert_true(fd >= 0);
    (void)fclose(file);
    return fd;
}

/* The body "<(", the file from offset on, ")>". */
static void
set_upload(struct fixture *f, int fd, int64_t offset, int64_t size)
{
    fixture_set_body(f, "POST", "<()>", 4);
    if (f->request.upload.fd >= 0)
        (void)close(f->request.upload.fd);
    f->request.upload =
        (struct ck_upload){.fd = fd, .offset = offset, .size = size, .at = 2};
}

/* Whether the server echoed that body. */
static void
check_echo(const struct fixture *f, size_t offset, size_t size)
{
    const char *body = strstr(f->response.body.data, "\r\n\r\n");
    char line[60];
    size_t i;

    assert_int_equal(f->response.status, 200);
    assert_non_null(body);
    (void)snprintf(line, sizeof line, "\r\nContent-Length: %zu\r\n", size + 4);
    assert_non_null(strstr(f->response.body.data, line));
    assert_null(strstr(f->response.body.data, "Expect"));
    body += 4;
    assert_int_equal(strlen(body), size + 4);
    assert_memory_equal(body, "<(", 2);
    for (i = 0; i < size; i++)
        assert_int_equal(body[2 + i], 'a' + (offset + i) % 23);
    assert_string_equal(body + 2 + size, ")>");
}

/* --- without a network ------------------------------------------------- */

static void
test_read(void **state)
{
    static const char whole[] = "<(cdefghi)>";
    static const size_t steps[] = {1, 2, 3, 4, 11, 100};
    struct ck_request request;
    struct ck_error error;
    size_t i;

    (void)state;
    ck_request_init(&request);
    assert_int_equal(ck_request_size(&request), 0);
    assert_int_equal(ck_buf_append_str(&request.body, "<()>"), CK_OK);
    assert_int_equal(ck_request_size(&request), 4);
    request.upload = (struct ck_upload){
        .fd = make_file(100), .offset = 2, .size = 7, .at = 2};
    assert_int_equal(ck_request_size(&request), 11);
    for (i = 0; i < sizeof steps / sizeof *steps; i++) {
        char text[128] = "";
        size_t len = 0;
        size_t got = 1;

        while (got > 0) {
            assert_int_equal(ck_request_read(&request, (int64_t)len,
                                             text + len, steps[i], &got,
                                             &error),
                             CK_OK);
            assert_true(got <= steps[i]);
            len += got;
        }
        assert_int_equal(len, 11);
        assert_string_equal(text, whole);
    }
    ck_request_free(&request);
    assert_int_equal(request.upload.fd, -1);
}

static void
test_read_at_the_ends(void **state)
{
    char text[8] = "";
    struct ck_request request;
    struct ck_error error;
    size_t got = 0;

    (void)state;
    ck_request_init(&request);
    request.upload = (struct ck_upload){.fd = make_file(3), .size = 3};
    assert_int_equal(ck_request_read(&request, 0, text, 8, &got, &error),
                     CK_OK);
    assert_int_equal(got, 3);
    assert_int_equal(ck_request_read(&request, 3, text, 8, &got, &error),
                     CK_OK);
    assert_int_equal(got, 0);
    request.upload.size = 0; /* an empty file between two bytes */
    request.upload.at = 1;
    assert_int_equal(ck_buf_append_str(&request.body, "xy"), CK_OK);
    assert_int_equal(ck_request_read(&request, 0, text, 8, &got, &error),
                     CK_OK);
    assert_int_equal(got, 2);
    assert_memory_equal(text, "xy", 2);
    ck_request_free(&request);
}

static void
test_read_fails(void **state)
{
    char text[8];
    struct ck_request request;
    struct ck_error error;
    size_t got = 0;
    int ends[2];

    (void)state;
    ck_request_init(&request);
    request.upload = (struct ck_upload){.fd = make_file(3), .size = 5};
    assert_int_equal(ck_request_read(&request, 3, text, 8, &got, &error),
                     CK_UPLOAD);
    assert_string_equal(error.message, "the file to upload has become "
                                       "shorter: 3 bytes are left of 5");
    ck_request_free(&request);
    assert_int_equal(pipe(ends), 0);
    request.upload = (struct ck_upload){.fd = ends[0], .size = 5};
    assert_int_equal(ck_request_read(&request, 0, text, 8, &got, &error),
                     CK_UPLOAD);
    assert_non_null(strstr(error.message, "cannot be read"));
    (void)close(ends[1]);
    ck_request_free(&request);
}

static enum ck_status
add_file(struct ck_request *request, const struct ck_upload *file,
         struct ck_error *error)
{
    const struct ck_part part = {
        .name = "f", .name_len = 1, .data = "not used", .file = file};

    return ck_multipart_add(request, "b", &part, error);
}

static char *
whole_body(struct ck_request *request)
{
    char *text = calloc(1, (size_t)ck_request_size(request) + 1);
    struct ck_error error;
    size_t len = 0;
    size_t got = 1;

    assert_non_null(text);
    while (got > 0) {
        assert_int_equal(ck_request_read(request, (int64_t)len, text + len,
                                         1000, &got, &error),
                         CK_OK);
        len += got;
    }
    return text;
}

static const char four_letters[] =
    "--b\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\nabcd\r\n"
    "--b--\r\n";

static void
test_multipart(void **state)
{
    const struct ck_upload file = {.fd = make_file(4), .size = 4};
    const struct ck_upload other = {.fd = 0, .size = 4};
    struct ck_request request;
    struct ck_error error;
    char *text = NULL;

    (void)state;
    ck_request_init(&request);
    assert_int_equal(add_file(&request, &file, &error), CK_OK);
    assert_int_equal(add_file(&request, &other, &error), CK_BAD_ARGUMENT);
    assert_int_equal(ck_multipart_close(&request, "b", &error), CK_OK);
    text = whole_body(&request);
    assert_string_equal(text, four_letters);
    free(text);
    ck_request_free(&request);
}

/* The content may come after the rest of the body. */
static void
test_fill(void **state)
{
    static const struct {
        int is_file;
        size_t size;
    } rows[] = {{0, 4}, {1, 4}, {0, 0}};
    const struct ck_upload later = {.fd = -1};
    struct ck_request request;
    struct ck_error error;
    size_t i;

    (void)state;
    for (i = 0; i < 3; i++) {
        char *text = NULL;

        ck_request_init(&request);
        assert_int_equal(add_file(&request, &later, &error), CK_OK);
        assert_int_equal(ck_multipart_close(&request, "b", &error), CK_OK);
        assert_int_equal(ck_request_fill(&request,
                                         rows[i].is_file ? make_file(4) : -1,
                                         "abcd", rows[i].size, &error),
                         CK_OK);
        text = whole_body(&request);
        if (rows[i].size > 0)
            assert_string_equal(text, four_letters);
        else
            assert_non_null(strstr(text, "name=\"f\"\r\n\r\n\r\n--b--"));
        free(text);
        ck_request_free(&request);
    }
}

static enum ck_status
build(void *arg)
{
    const struct ck_upload later = {.fd = -1};
    static char data[1000];
    struct ck_request request;
    struct ck_error error;
    enum ck_status status;

    (void)arg;
    ck_request_init(&request);
    status = add_file(&request, &later, &error);
    if (status == CK_OK)
        status = ck_multipart_close(&request, "b", &error);
    if (status == CK_OK)
        status = ck_request_fill(&request, -1, data, sizeof data, &error);
    ck_request_free(&request);
    return status;
}

static void
test_no_memory(void **state)
{
    (void)state;
    assert_true(support_torture(build, NULL) > 2);
}

/* --- over libcurl ------------------------------------------------------ */

static void
test_send(void **state)
{
    static const size_t sizes[] = {0, 1, 65536, LARGE};
    struct fixture f;
    size_t i;

    (void)state;
    fixture_open(&f, echo);
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        set_upload(&f, make_file(sizes[i] + 5), 5, (int64_t)sizes[i]);
        assert_int_equal(fixture_call(&f, "/a"), CK_OK);
        check_echo(&f, 5, sizes[i]);
        assert_int_equal(fixture_call(&f, "/again"), CK_OK);
        check_echo(&f, 5, sizes[i]);
    }
    assert_int_equal(server_connections(&f.server), 1);
    fixture_close(&f);
}

/* On one handle, kinds of bodies must not shine through to each other. */
static void
test_turns(void **state)
{
    struct fixture f;
    int turn;

    (void)state;
    fixture_open(&f, echo);
    for (turn = 0; turn < 3; turn++) {
        set_upload(&f, make_file(1000), 0, 1000);
        assert_int_equal(fixture_call(&f, "/a"), CK_OK);
        check_echo(&f, 0, 1000);
        set_upload(&f, -1, 0, 0);
        assert_int_equal(fixture_call(&f, "/b"), CK_OK);
        assert_non_null(strstr(f.response.body.data, "\r\n\r\n<()>"));
        fixture_set_body(&f, "POST", NULL, 0);
        assert_int_equal(fixture_call(&f, "/c"), CK_OK);
        assert_non_null(strstr(f.response.body.data, "Content-Length: 0\r\n"));
        fixture_set_body(&f, "GET", NULL, 0);
        assert_int_equal(fixture_call(&f, "/d"), CK_OK);
        assert_memory_equal(f.response.body.data, "GET /d", 6);
    }
    fixture_close(&f);
}

static void
test_redirects(void **state)
{
    struct fixture f;

    (void)state;
    fixture_open(&f, echo);
    set_upload(&f, make_file(LARGE), 0, LARGE);
    assert_int_equal(fixture_call(&f, "/to/307//to/308//b"), CK_OK);
    check_echo(&f, 0, LARGE);
    assert_memory_equal(f.response.body.data, "POST ", 5);
    assert_int_equal(fixture_call(&f, "/to/303//b"), CK_OK);
    assert_memory_equal(f.response.body.data, "GET ", 4);
    assert_null(strstr(f.response.body.data, "<("));
    fixture_close(&f);
}

/* The server closes a kept connection when the second request comes: it is
 * sent again, whole, on a new one. */
static void
test_stale_connection(void **state)
{
    static const struct step once[] = {
        {.kind = STEP_READ}, {.kind = STEP_ROUTE}, {.kind = STEP_END}};
    struct fixture f;
    int turn;

    (void)state;
    fixture_open(&f, once);
    set_upload(&f, make_file(LARGE), 0, LARGE);
    for (turn = 0; turn < 8; turn++) {
        assert_int_equal(fixture_call(&f, "/a"), CK_OK);
        check_echo(&f, 0, LARGE);
    }
    fixture_close(&f);
}

static void
test_shorter_file(void **state)
{
    struct fixture f;
    int fd = make_file(LARGE);

    (void)state;
    fixture_open(&f, echo);
    set_upload(&f, fd, 0, LARGE);
    assert_int_equal(fixture_call(&f, "/a"), CK_OK);
    assert_int_equal(ftruncate(fd, 100000), 0);
    assert_int_equal(fixture_call(&f, "/a"), CK_UPLOAD);
    assert_non_null(strstr(f.error.message, "100000 bytes are left"));
    set_upload(&f, make_file(10), 0, 10); /* the next call works */
    assert_int_equal(fixture_call(&f, "/a"), CK_OK);
    check_echo(&f, 0, 10);
    fixture_close(&f);
}

/* What was announced is sent, not more. */
static void
test_longer_file(void **state)
{
    struct fixture f;
    int fd = make_file(1000);

    (void)state;
    fixture_open(&f, echo);
    set_upload(&f, fd, 0, 500);
    assert_int_equal(fixture_call(&f, "/a"), CK_OK);
    check_echo(&f, 0, 500);
    fixture_close(&f);
}

static void
test_progress(void **state)
{
    struct fixture f;
    atomic_size_t sent = 0;

    (void)state;
    fixture_open(&f, echo);
    set_upload(&f, make_file(LARGE), 0, LARGE);
    f.request.upload.sent = &sent;
    assert_int_equal(fixture_call(&f, "/a"), CK_OK);
    check_echo(&f, 0, LARGE);
    assert_int_equal(atomic_load(&sent), LARGE + 4);
    set_upload(&f, -1, 0, 0); /* a body in memory is followed, too */
    f.request.upload.sent = &sent;
    assert_int_equal(fixture_call(&f, "/a"), CK_OK);
    assert_non_null(strstr(f.response.body.data, "\r\n\r\n<()>"));
    assert_int_equal(atomic_load(&sent), 4);
    fixture_close(&f);
}

/* A server that has heard enough answers in the middle of the body. */
static void
test_early_answer(void **state)
{
    static const struct step script[] = {
        {.kind = STEP_SEND,
         .text = "HTTP/1.1 413 Much\r\nContent-Length: 2\r\n\r\n{}"},
        {.kind = STEP_PAUSE, .number = 60000},
        {.kind = STEP_END}};
    struct fixture f;
    int fd = make_file(1);

    (void)state;
    fixture_open(&f, script);
    assert_int_equal(ftruncate(fd, 50 * 1000 * 1000), 0);
    set_upload(&f, fd, 0, 50 * 1000 * 1000);
    assert_int_equal(fixture_call(&f, "/a"), CK_OK);
    assert_int_equal(f.response.status, 413);
    fixture_close(&f);
}

static void
test_server_that_reads_nothing(void **state)
{
    static const struct step script[] = {{.kind = STEP_PAUSE, .number = 60000},
                                         {.kind = STEP_END}};
    struct fixture f;
    int fd = make_file(1);

    (void)state;
    fixture_open(&f, script);
    assert_int_equal(ftruncate(fd, 50 * 1000 * 1000), 0);
    set_upload(&f, fd, 0, 50 * 1000 * 1000);
    f.request.timeout_ms = 300;
    assert_int_equal(fixture_call(&f, "/a"), CK_WRITE_TIMEOUT);
    fixture_close(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_read_at_the_ends),
        cmocka_unit_test(test_read_fails),
        cmocka_unit_test(test_multipart),
        cmocka_unit_test(test_fill),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_send),
        cmocka_unit_test(test_turns),
        cmocka_unit_test(test_redirects),
        cmocka_unit_test(test_stale_connection),
        cmocka_unit_test(test_shorter_file),
        cmocka_unit_test(test_longer_file),
        cmocka_unit_test(test_progress),
        cmocka_unit_test(test_early_answer),
        cmocka_unit_test(test_server_that_reads_nothing),
    };

    return cmocka_run_group_tests_name("upload", tests, NULL, NULL);
}
