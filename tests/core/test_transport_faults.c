/* test_transport_faults.c: servers that are not there, stall, break off, lie
 * or never end. Each fault has its status, and the pool goes on after it. */
#include "transport_fixture.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static const struct step echo[] = {
    {.kind = STEP_READ}, {.kind = STEP_ROUTE}, {.kind = STEP_AGAIN}};

/* The script's fault has this status; a good answer on the same pool is
 * still possible afterwards. */
static void
check_fault(const struct step *script, long timeout_ms,
            enum ck_status expected)
{
    struct fixture f;
    char place[40];
    const long patience_ms = 60000;

    fixture_open(&f, script);
    f.request.timeout_ms = timeout_ms > 0 ? timeout_ms : patience_ms;
    fixture_set_header(&f, "Authorization", "Bearer sk_secret");
    assert_int_equal(fixture_call(&f, "/users/user_secret"), expected);
    assert_int_equal(f.error.status, expected);
    assert_true(strlen(f.error.message) > 0);
    assert_null(strstr(f.error.message, "secret"));
    (void)snprintf(place, sizeof place, "127.0.0.1:%d", f.server.port);
    if (expected == CK_CONNECT || expected == CK_READ)
        assert_non_null(strstr(f.error.message, place));
    server_set_script(&f.server, echo);
    f.request.timeout_ms = patience_ms;
    assert_int_equal(fixture_call(&f, "/"), CK_OK);
    fixture_close(&f);
}

static void
check_answer(const char *answer, enum ck_status expected)
{
    const struct step script[] = {{.kind = STEP_READ},
                                  {.kind = STEP_SEND, .text = answer},
                                  {.kind = STEP_END}};

    check_fault(script, 0, expected);
}

/* --- no connection ----------------------------------------------------- */

static void
test_refused(void **state)
{
    int port = 0;
    const int fd = socket_open(-1, &port); /* bound, not listening */
    struct fixture f;
    char url[100];

    (void)state;
    fixture_open(&f, echo);
    (void)snprintf(url, sizeof url, "http://u:secret@127.0.0.1:%d/users/x",
                   port);
    assert_int_equal(fixture_call_url(&f, url), CK_CONNECT);
    (void)snprintf(url, sizeof url,
                   "cannot connect to 127.0.0.1:%d: connection refused", port);
    assert_string_equal(f.error.message, url);
    assert_true(f.error.detail != 0);
    assert_int_equal(fixture_call(&f, "/"), CK_OK);
    (void)close(fd);
    fixture_close(&f);
}

static void
test_unknown_name(void **state)
{
    struct fixture f;

    (void)state;
    fixture_open(&f, echo);
    assert_int_equal(fixture_call_url(&f, "http://nowhere.invalid/x"),
                     CK_CONNECT);
    assert_string_equal(f.error.message,
                        "the name in nowhere.invalid:80 cannot be resolved");
    assert_int_equal(fixture_call(&f, "/"), CK_OK);
    fixture_close(&f);
}

static void
test_connect_timeout(void **state)
{
    struct deaf deaf;
    struct fixture f;
    char url[100];

    (void)state;
    deaf_open(&deaf);
    fixture_open(&f, echo);
    f.request.timeout_ms = 200;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/", deaf.port);
    assert_int_equal(fixture_call_url(&f, url), CK_CONNECT_TIMEOUT);
    f.request.timeout_ms = 60000;
    assert_int_equal(fixture_call(&f, "/"), CK_OK);
    fixture_close(&f);
    deaf_close(&deaf);
}

/* A server that does not speak TLS, and one that says nothing to it. */
static void
test_no_tls(void **state)
{
    static const struct step deaf[] = {{.kind = STEP_PAUSE, .number = 60000},
                                       {.kind = STEP_END}};
    static const struct step plain[] = {
        {.kind = STEP_SEND, .text = "HTTP/1.1 400 Bad\r\n\r\n"},
        {.kind = STEP_READ},
        {.kind = STEP_END}};
    struct fixture f;
    char url[100];

    (void)state;
    fixture_open(&f, plain);
    (void)snprintf(url, sizeof url, "https://127.0.0.1:%d/", f.server.port);
    assert_int_equal(fixture_call_url(&f, url), CK_CONNECT);
    assert_non_null(strstr(f.error.message, "TLS with 127.0.0.1:"));
    server_set_script(&f.server, deaf);
    f.request.timeout_ms = 200;
    assert_int_equal(fixture_call_url(&f, url), CK_CONNECT_TIMEOUT);
    fixture_close(&f);
}

static void
test_proxy_faults(void **state)
{
    static const struct step refusing[] = {
        {.kind = STEP_READ},
        {.kind = STEP_SEND,
         .text = "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"},
        {.kind = STEP_END}};
    struct ck_pool_options options = {.max_redirects = 20};
    struct fixture f;
    char proxy[100];

    (void)state;
    fixture_open(&f, refusing);
    ck_transport_api.pool_destroy(f.pool);
    (void)snprintf(proxy, sizeof proxy, "http://u:secret@127.0.0.1:%d",
                   f.server.port);
    options.proxy = proxy;
    assert_int_equal(ck_transport_api.pool_new(&f.pool, &options, &f.error),
                     CK_OK);
    assert_int_equal(fixture_call_url(&f, "https://nowhere.invalid/"),
                     CK_PROXY);
    assert_string_equal(f.error.message, "the proxy answered 403 when asked "
                                         "for nowhere.invalid:443");
    ck_transport_api.pool_destroy(f.pool);
    options.proxy = "nonsense://u:secret@127.0.0.1";
    assert_int_equal(ck_transport_api.pool_new(&f.pool, &options, &f.error),
                     CK_OK);
    assert_int_equal(fixture_call_url(&f, "http://nowhere.invalid/"),
                     CK_PROXY);
    assert_null(strstr(f.error.message, "secret"));
    fixture_close(&f);
}

/* --- time limits ------------------------------------------------------- */

enum { SHORT_MS = 300 };

static void
test_stalls(void **state)
{
    static const struct step nothing[] = {
        {.kind = STEP_READ},
        {.kind = STEP_PAUSE, .number = 60000},
        {.kind = STEP_END}};
    static const struct step head[] = {
        {.kind = STEP_READ},
        {.kind = STEP_SEND, .text = "HTTP/1.1 200 OK\r\nA: b"},
        {.kind = STEP_PAUSE, .number = 60000},
        {.kind = STEP_END}};
    static const struct step body[] = {
        {.kind = STEP_READ},
        {.kind = STEP_SEND,
         .text = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"},
        {.kind = STEP_PAUSE, .number = 60000},
        {.kind = STEP_END}};

    (void)state;
    check_fault(nothing, SHORT_MS, CK_READ_TIMEOUT);
    check_fault(head, SHORT_MS, CK_READ_TIMEOUT);
    check_fault(body, SHORT_MS, CK_READ_TIMEOUT);
}

/* Slow but steady is fine, however long it takes in all: each byte begins
 * the wait anew, in the head as in the body. */
static void
test_slow_but_steady(void **state)
{
    static const struct step script[] = {
        {.kind = STEP_READ},
        {.kind = STEP_SLOWLY,
         .text = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n12345678",
         .number = 40},
        {.kind = STEP_AGAIN}};
    struct fixture f;

    (void)state;
    fixture_open(&f, script);
    f.request.timeout_ms = 1500; /* the answer takes two seconds and more */
    assert_int_equal(fixture_call(&f, "/"), CK_OK);
    assert_true(f.response.elapsed_us > 1500 * 1000);
    assert_string_equal(f.response.body.data, "12345678");
    fixture_close(&f);
}

/* A server that does not read: the body fills the buffers of the kernel,
 * and then nothing moves. */
static void
test_write_stalls(void **state)
{
    static const struct step script[] = {{.kind = STEP_PAUSE, .number = 60000},
                                         {.kind = STEP_END}};
    const size_t size = 64 << 20;
    struct fixture f;
    char *body = malloc(size);

    (void)state;
    assert_non_null(body);
    memset(body, 'b', size);
    fixture_open(&f, script);
    f.request.timeout_ms = SHORT_MS;
    fixture_set_body(&f, "POST", body, size);
    assert_int_equal(fixture_call(&f, "/"), CK_WRITE_TIMEOUT);
    free(body);
    fixture_close(&f);
}

static void
test_no_limit(void **state)
{
    static const struct step script[] = {{.kind = STEP_READ},
                                         {.kind = STEP_PAUSE, .number = 400},
                                         {.kind = STEP_ROUTE},
                                         {.kind = STEP_AGAIN}};
    struct fixture f;

    (void)state;
    fixture_open(&f, script);
    f.request.timeout_ms = 0;
    assert_int_equal(fixture_call(&f, "/"), CK_OK);
    f.request.timeout_ms = -1;
    assert_int_equal(fixture_call(&f, "/"), CK_OK);
    fixture_close(&f);
}

/* --- broken off -------------------------------------------------------- */

static const char small[] = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody";

/* Ends the answer after each number of bytes, with an end or a reset. */
static void
check_cuts(enum step_kind end)
{
    size_t n;

    for (n = 0; n < sizeof small - 1; n++) {
        const struct step script[] = {
            {.kind = STEP_READ},
            {.kind = n == 0 ? STEP_PAUSE : STEP_SEND,
             .text = small,
             .size = n},
            {.kind = STEP_PAUSE, .number = 2}, /* let the bytes arrive */
            {.kind = end}};
        struct fixture f;
        enum ck_status status;

        fixture_open(&f, script);
        status = fixture_call(&f, "/");
        if (status != CK_REMOTE_PROTOCOL)
            assert_int_equal(status, CK_READ);
        if (end == STEP_END)
            assert_int_equal(status, CK_REMOTE_PROTOCOL);
        if (n == 0 && end == STEP_RESET)
            assert_int_equal(status, CK_READ);
        server_set_script(&f.server, echo);
        assert_int_equal(fixture_call(&f, "/"), CK_OK);
        fixture_close(&f);
    }
}

static void
test_cut(void **state)
{
    (void)state;
    check_cuts(STEP_END);
}

static void
test_reset(void **state)
{
    (void)state;
    check_cuts(STEP_RESET);
}

static void
test_empty_reply(void **state)
{
    static const struct step script[] = {{.kind = STEP_READ},
                                         {.kind = STEP_END}};
    struct fixture f;

    (void)state;
    fixture_open(&f, script);
    assert_int_equal(fixture_call(&f, "/"), CK_REMOTE_PROTOCOL);
    assert_string_equal(f.error.message,
                        "Server disconnected without sending a response.");
    fixture_close(&f);
}

/* --- lies and nonsense ------------------------------------------------- */

static void
test_bad_answers(void **state)
{
    static const char *const answers[] = {
        "garbage\r\n\r\n",
        "SSH-2.0-OpenSSH\r\n",
        "\x15\x03\x01\x00\x02\x02\x16",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 20\r\n\r\n",
        "HTTP/9.9 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabcdef\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        "ffffffffffffffffff\r\nabc\r\n",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof answers / sizeof *answers; i++)
        check_answer(answers[i], CK_REMOTE_PROTOCOL);
}

static void
test_bad_encoding(void **state)
{
    (void)state;
    check_answer("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
                 "Content-Length: 8\r\n\r\nnot zip!",
                 CK_DECODING);
}

static void
test_too_large(void **state)
{
    static const struct step endless[] = {
        {.kind = STEP_READ},
        {.kind = STEP_SEND, .text = "HTTP/1.1 200 OK\r\n\r\n"},
        {.kind = STEP_FILL, .text = "0123456789abcdef", .number = -1},
        {.kind = STEP_END}};
    static const struct step announced[] = {
        {.kind = STEP_READ},
        {.kind = STEP_SEND,
         .text = "HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\nx"},
        {.kind = STEP_PAUSE, .number = 60000},
        {.kind = STEP_END}};

    (void)state;
    check_fault(endless, 0, CK_TOO_LARGE);
    check_fault(announced, 0, CK_TOO_LARGE);
}

static void
test_endless_heads(void **state)
{
    static const struct step lines[] = {
        {.kind = STEP_READ},
        {.kind = STEP_SEND, .text = "HTTP/1.1 200 OK\r\n"},
        {.kind = STEP_FILL, .text = "Name: value\r\n", .number = -1},
        {.kind = STEP_END}};
    static const struct step line[] = {
        {.kind = STEP_READ},
        {.kind = STEP_SEND, .text = "HTTP/1.1 200 OK\r\nName: "},
        {.kind = STEP_FILL, .text = "value", .number = -1},
        {.kind = STEP_END}};
    static const struct step early[] = {{.kind = STEP_READ},
                                        {.kind = STEP_FILL,
                                         .text = "HTTP/1.1 103 Early\r\n\r\n",
                                         .number = -1},
                                        {.kind = STEP_END}};

    (void)state;
    check_fault(lines, 0, CK_TOO_LARGE);
    check_fault(line, 0, CK_TOO_LARGE);
    check_fault(early, 0, CK_TOO_LARGE);
}

/* A body without a length ends with the connection, and is whole. */
static void
test_until_close(void **state)
{
    static const struct step script[] = {
        {.kind = STEP_READ},
        {.kind = STEP_SEND, .text = "HTTP/1.0 200 OK\r\n\r\nall of it"},
        {.kind = STEP_END}};
    struct fixture f;

    (void)state;
    fixture_open(&f, script);
    assert_int_equal(fixture_call(&f, "/"), CK_OK);
    assert_int_equal(f.response.http_version, 10);
    assert_string_equal(f.response.body.data, "all of it");
    fixture_close(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_unknown_name),
        cmocka_unit_test(test_connect_timeout),
        cmocka_unit_test(test_no_tls),
        cmocka_unit_test(test_proxy_faults),
        cmocka_unit_test(test_stalls),
        cmocka_unit_test(test_slow_but_steady),
        cmocka_unit_test(test_write_stalls),
        cmocka_unit_test(test_no_limit),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_reset),
        cmocka_unit_test(test_empty_reply),
        cmocka_unit_test(test_bad_answers),
        cmocka_unit_test(test_bad_encoding),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_endless_heads),
        cmocka_unit_test(test_until_close),
    };

    return cmocka_run_group_tests_name("transport faults", tests, NULL, NULL);
}
