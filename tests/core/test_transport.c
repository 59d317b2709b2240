/* test_transport.c: what the transport sends and what it makes of proper
 * answers; kept connections, threads, fork, interruption and closing. */
#include "alloc.h"
#include "transport_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static const struct step echo[] = {
    {.kind = STEP_READ}, {.kind = STEP_ROUTE}, {.kind = STEP_AGAIN}};
static const struct step silent[] = {{.kind = STEP_READ},
                                     {.kind = STEP_PAUSE, .number = 60000},
                                     {.kind = STEP_END}};

static void
test_answer(void **state)
{
    static const char expected[] =
        "Content-Type: application/json\0X-Empty: \0Content-Length: 2\0";
    static const struct step script[] = {
        {.kind = STEP_READ},
        {.kind = STEP_SEND,
         .text = "HTTP/1.1 103 Early\r\nLink: x\r\n\r\n"
                 "HTTP/1.1 422 Not Good\r\nContent-Type: application/json\r\n"
                 "X-Empty:\r\nContent-Length: 2\r\n\r\n[]"},
        {.kind = STEP_AGAIN}};
    struct fixture f;
    char url[100];

    (void)state;
    fixture_open(&f, script);
    assert_int_equal(fixture_call(&f, "/a?b=c"), CK_OK);
    assert_int_equal(f.response.status, 422);
    assert_int_equal(f.response.http_version, 11);
    assert_string_equal(f.response.reason.data, "Not Good");
    assert_int_equal(f.response.head.len, sizeof expected - 1);
    assert_memory_equal(f.response.head.data, expected, sizeof expected - 1);
    assert_string_equal(f.response.body.data, "[]");
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/a?b=c",
                   f.server.port);
    assert_string_equal(f.response.url.data, url);
    assert_int_equal(f.response.redirects, 0);
    assert_true(f.response.elapsed_us > 0);
    fixture_close(&f);
}

static void
test_headers_sent(void **state)
{
    struct fixture f;
    char host[40];

    (void)state;
    fixture_open(&f, echo);
    fixture_set_header(&f, "Accept", "application/json");
    fixture_set_header(&f, "User-Agent", "clerk/1");
    fixture_set_header(&f, "Authorization", "Bearer sk_1");
    fixture_set_header(&f, "X-Empty", "");
    fixture_set_header(&f, "X-Blank", "  ");
    fixture_set_header(&f, "Content-Length", "77"); /* framing is ours */
    fixture_set_header(&f, "Transfer-Encoding", "chunked");
    assert_int_equal(fixture_call(&f, "/v1/users/a%2Fb"), CK_OK);
    assert_true(fixture_sent(&f, "GET /v1/users/a%2Fb HTTP/1.1\r\n"));
    (void)snprintf(host, sizeof host, "\r\nHost: 127.0.0.1:%d\r\n",
                   f.server.port);
    assert_true(fixture_sent(&f, host));
    assert_true(fixture_sent(&f, "\r\nAccept: application/json\r\n"));
    assert_true(fixture_sent(&f, "\r\nUser-Agent: clerk/1\r\n"));
    assert_true(fixture_sent(&f, "\r\nAuthorization: Bearer sk_1\r\n"));
    assert_true(fixture_sent(&f, "\r\nX-Empty:\r\n"));
    assert_true(fixture_sent(&f, "\r\nX-Blank:\r\n"));
    assert_true(fixture_sent(&f, "\r\nAccept-Encoding: "));
    assert_true(fixture_sent(&f, "gzip"));
    assert_false(fixture_sent(&f, "Content-Length"));
    assert_false(fixture_sent(&f, "Transfer-Encoding"));
    assert_false(fixture_sent(&f, "Content-Type"));
    assert_false(fixture_sent(&f, "Cookie"));
    assert_false(fixture_sent(&f, "Upgrade"));
    fixture_close(&f);
}

/* As with httpx, credentials in the URL beat the header; neither shows in
 * the answer's URL. */
static void
test_credentials_in_url(void **state)
{
    struct fixture f;
    char url[100];

    (void)state;
    fixture_open(&f, echo);
    fixture_set_header(&f, "Authorization", "Bearer sk_1");
    (void)snprintf(url, sizeof url, "http://us%%40er:pw@127.0.0.1:%d/x",
                   f.server.port);
    assert_int_equal(fixture_call_url(&f, url), CK_OK);
    assert_true(fixture_sent(&f, "\r\nAuthorization: Basic dXNAZXI6cHc=\r\n"));
    assert_false(fixture_sent(&f, "sk_1"));
    assert_null(strstr(f.response.url.data, "pw"));
    assert_int_equal(fixture_call(&f, "/y@z"), CK_OK);
    assert_true(fixture_sent(&f, "\r\nAuthorization: Bearer sk_1\r\n"));
    fixture_close(&f);
}

/* Each shape of request after each other, on one handle. */
static void
test_methods(void **state)
{
    static const struct {
        const char *method;
        const char *body;
        const char *length; /* NULL: no such header */
    } calls[] = {
        {"GET", NULL, NULL},    {"POST", "{}", "2"},   {"GET", NULL, NULL},
        {"DELETE", NULL, NULL}, {"PATCH", "[1]", "3"}, {"PUT", "", "0"},
        {"POST", NULL, "0"},    {"PATCH", NULL, "0"},  {"DELETE", "x", "1"},
        {"GET", "body", "4"},   {"GET", NULL, NULL},
    };
    struct fixture f;
    char text[64];
    size_t i;

    (void)state;
    fixture_open(&f, echo);
    for (i = 0; i < sizeof calls / sizeof *calls; i++) {
        const char *body = calls[i].body;
        fixture_set_body(&f, calls[i].method, body, body ? strlen(body) : 0);
        assert_int_equal(fixture_call(&f, "/x"), CK_OK);
        (void)snprintf(text, sizeof text, "%s /x HTTP/1.1\r\n",
                       calls[i].method);
        assert_true(fixture_sent(&f, text));
        (void)snprintf(text, sizeof text, "\r\nContent-Length: %s\r\n",
                       calls[i].length ? calls[i].length : "");
        assert_int_equal(fixture_sent(&f, text), calls[i].length != NULL);
        (void)snprintf(text, sizeof text, "\r\n\r\n%s", body ? body : "");
        assert_true(fixture_sent(&f, text));
        assert_false(fixture_sent(&f, "Content-Type"));
        assert_false(fixture_sent(&f, "Expect"));
    }
    assert_int_equal(server_connections(&f.server), 1);
    fixture_close(&f);
}

static void
test_big_body(void **state)
{
    const size_t size = FIXTURE_MAX_BODY - 1000;
    struct fixture f;
    char *body = malloc(size);

    (void)state;
    assert_non_null(body);
    memset(body, 'b', size);
    fixture_open(&f, echo);
    fixture_set_body(&f, "POST", body, size);
    fixture_set_header(&f, "Content-Type", "text/x");
    assert_int_equal(fixture_call(&f, "/"), CK_OK);
    assert_false(fixture_sent(&f, "Expect"));
    assert_true(f.response.body.len > size);
    assert_memory_equal(f.response.body.data + f.response.body.len - size,
                        body, size);
    assert_non_null(strstr(f.response.body.data, "Content-Type: text/x"));
    free(body);
    fixture_close(&f);
}

static void
test_encoded_answer(void **state)
{
    /* "hello hello hello" */
    static const char zipped[] =
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
        "Content-Length: 28\r\n\r\n"
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x57"
        "\xc8\x40\x90\x00\x80\x88\xf9\xe5\x11\x00\x00\x00";
    static const struct step script[] = {
        {.kind = STEP_READ},
        {.kind = STEP_SEND, .text = zipped, .size = sizeof zipped - 1},
        {.kind = STEP_AGAIN}};
    struct fixture f;

    (void)state;
    fixture_open(&f, script);
    assert_int_equal(fixture_call(&f, "/"), CK_OK);
    assert_string_equal(f.response.body.data, "hello hello hello");
    fixture_close(&f);
}

/* --- connections ------------------------------------------------------- */

static void
test_kept_alive(void **state)
{
    struct fixture f;
    int i;

    (void)state;
    fixture_open(&f, echo);
    for (i = 0; i < 20; i++)
        assert_int_equal(fixture_call(&f, "/"), CK_OK);
    assert_int_equal(server_connections(&f.server), 1);
    assert_int_equal(server_requests(&f.server), 20);
    fixture_close(&f);
}

/* A server may close a kept connection at any time between two calls. So
 * often, that libcurl alone would have given up: it counts to five. */
static void
test_closed_between_calls(void **state)
{
    static const struct step script[] = {
        {.kind = STEP_READ}, {.kind = STEP_ROUTE}, {.kind = STEP_END}};
    struct fixture f;
    int i;

    (void)state;
    fixture_open(&f, script);
    for (i = 0; i < 60; i++)
        assert_int_equal(fixture_call(&f, "/"), CK_OK);
    assert_int_equal(server_connections(&f.server), 60);
    fixture_close(&f);
}

/* The proxy named in the environment when the pool was made is used, the
 * upper-case HTTP_PROXY too, unless no_proxy excepts the host. */
static void
test_proxy(void **state)
{
    const struct ck_pool_options options = {.max_redirects = 20};
    struct fixture f;
    char proxy[100];

    (void)state;
    fixture_open(&f, echo);
    ck_transport_api.pool_destroy(f.pool);
    (void)snprintf(proxy, sizeof proxy, "http://u:pw@127.0.0.1:%d",
                   f.server.port);
    assert_int_equal(setenv("HTTP_PROXY", proxy, 1), 0);
    assert_int_equal(setenv("NO_PROXY", "127.0.0.1", 1), 0);
    assert_int_equal(ck_transport_api.pool_new(&f.pool, &options, &f.error),
                     CK_OK);
    assert_int_equal(unsetenv("HTTP_PROXY"), 0);
    assert_int_equal(unsetenv("NO_PROXY"), 0);
    assert_int_equal(fixture_call_url(&f, "http://nowhere.invalid/x"), CK_OK);
    assert_true(fixture_sent(&f, "GET http://nowhere.invalid/x HTTP/1.1"));
    assert_true(fixture_sent(&f, "Proxy-Authorization: Basic dTpwdw=="));
    assert_int_equal(fixture_call(&f, "/direct"), CK_OK);
    assert_true(fixture_sent(&f, "GET /direct HTTP/1.1"));
    assert_false(fixture_sent(&f, "Proxy-Authorization"));
    fixture_close(&f);
}

struct worker {
    struct fixture *fixture;
    pthread_t thread;
    int number;
    int good;
};

static void *
run_worker(void *arg)
{
    struct worker *worker = arg;
    struct ck_request request;
    struct ck_response response;
    struct ck_error error;
    char text[100];
    int i;

    ck_request_init(&request);
    ck_response_init(&response, FIXTURE_MAX_BODY);
    request.method = "GET";
    request.timeout_ms = 60000;
    for (i = 0; i < 200; i++) {
        const int port = worker->fixture->server.port;
        const int skip =
            snprintf(text, sizeof text, "http://127.0.0.1:%d", port);
        (void)snprintf(text + skip, sizeof text - (size_t)skip, "/%d/%d ",
                       worker->number, i);
        ck_buf_clear(&request.url);
        if (ck_buf_append(&request.url, text, strlen(text) - 1) != CK_OK ||
            ck_transport_api.perform(worker->fixture->pool, &request,
                                     &response, NULL, &error) != CK_OK)
            break;
        if (strncmp(response.body.data, "GET ", 4) == 0 &&
            strncmp(response.body.data + 4, text + skip,
                    strlen(text + skip)) == 0)
            worker->good++;
    }
    ck_request_free(&request);
    ck_response_free(&response);
    return NULL;
}

static void
test_threads(void **state)
{
    struct worker workers[8];
    struct fixture f;
    int i;

    (void)state;
    fixture_open(&f, echo);
    for (i = 0; i < 8; i++) {
        workers[i] = (struct worker){.fixture = &f, .number = i};
        assert_int_equal(
            pthread_create(&workers[i].thread, NULL, run_worker, &workers[i]),
            0);
    }
    for (i = 0; i < 8; i++) {
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
        assert_int_equal(workers[i].good, 200);
    }
    assert_int_equal(server_requests(&f.server), 8 * 200);
    assert_in_range(server_connections(&f.server), 1, 8);
    fixture_close(&f);
}

/* --- fork -------------------------------------------------------------- */

static int
child_calls(struct fixture *f)
{
    int i;

    for (i = 0; i < 3; i++)
        if (fixture_call(f, "/child") != CK_OK ||
            strncmp(f->response.body.data, "GET /child ", 11) != 0)
            return 1;
    /* Not destroyed: that gives the parent's handles up for lost, on purpose,
     * and valgrind would say so. */
    ck_transport_api.pool_close(f->pool, CK_CLOSE_BLOCKING);
    return 0;
}

/* The child makes a connection of its own; the parent's stays usable. */
static void
test_fork(void **state)
{
    struct fixture f;
    int status = -1;
    pid_t child;

    (void)state;
    fixture_open(&f, echo);
    assert_int_equal(fixture_call(&f, "/parent"), CK_OK);
    child = fork();
    if (child == 0)
        _exit(child_calls(&f));
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(fixture_call(&f, "/parent"), CK_OK);
    assert_non_null(strstr(f.response.body.data, "GET /parent "));
    assert_int_equal(server_connections(&f.server), 2);
    fixture_close(&f);
}

/* --- ending a request from outside ------------------------------------- */

static long
seconds_since(const struct timespec *start)
{
    struct timespec now;

    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return now.tv_sec - start->tv_sec;
}

static int
count_down(void *arg)
{
    int *left = arg;

    return --*left <= 0;
}

static void
test_tick(void **state)
{
    struct timespec start;
    struct fixture f;
    int left = 2;
    const struct ck_tick tick = {.check = count_down, .arg = &left};

    (void)state;
    fixture_open(&f, silent);
    f.request.timeout_ms = 0; /* no limit */
    assert_int_equal(ck_buf_append_str(&f.request.url, "http://127.0.0.1:"),
                     CK_OK);
    {
        char port[20];
        (void)snprintf(port, sizeof port, "%d", f.server.port);
        assert_int_equal(ck_buf_append_str(&f.request.url, port), CK_OK);
    }
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &start), 0);
    assert_int_equal(ck_transport_api.perform(f.pool, &f.request, &f.response,
                                              &tick, &f.error),
                     CK_INTERRUPTED);
    assert_int_equal(left, 0);
    assert_true(seconds_since(&start) <= 2);
    server_set_script(&f.server, echo);
    assert_int_equal(fixture_call(&f, "/"), CK_OK); /* still usable */
    fixture_close(&f);
}

static void *
run_closer(void *arg)
{
    struct fixture *f = arg;
    const struct timespec gap = {.tv_nsec = 1000000};

    while (server_requests(&f->server) == 0)
        (void)nanosleep(&gap, NULL);
    ck_transport_api.pool_close(f->pool, CK_CLOSE_BLOCKING);
    return NULL;
}

static void
test_close(void **state)
{
    struct fixture f;
    pthread_t thread;

    (void)state;
    fixture_open(&f, silent);
    assert_int_equal(pthread_create(&thread, NULL, run_closer, &f), 0);
    assert_int_equal(fixture_call(&f, "/"), CK_CLOSED);
    assert_int_equal(pthread_join(thread, NULL), 0);
    ck_transport_api.pool_close(f.pool, CK_CLOSE_BLOCKING);
    assert_int_equal(fixture_call(&f, "/"), CK_CLOSED);
    assert_int_equal(server_requests(&f.server), 1);
    fixture_close(&f);
}

static void *
run_destroyer(void *arg)
{
    struct fixture *f = arg;

    (void)run_closer(f);
    ck_transport_api.pool_destroy(f->pool);
    f->pool = NULL;
    return NULL;
}

/* The sanitizers say if destroy did not wait for the running request. */
static void
test_destroy_waits(void **state)
{
    struct fixture f;
    pthread_t thread;

    (void)state;
    fixture_open(&f, silent);
    assert_int_equal(pthread_create(&thread, NULL, run_destroyer, &f), 0);
    assert_int_equal(fixture_call(&f, "/"), CK_CLOSED);
    assert_int_equal(pthread_join(thread, NULL), 0);
    fixture_close(&f);
}

/* --- the rest ---------------------------------------------------------- */

/* A new pool each time, so that every allocation comes up for failure. */
static void
test_no_memory(void **state)
{
    const struct ck_pool_options options = {
        .max_redirects = 20, .proxy = "", .ca_file = "/a", .ca_path = "/b"};
    enum ck_status status = CK_NOMEM;
    struct fixture f;
    long n;

    (void)state;
    fixture_open(&f, echo);
    fixture_set_header(&f, "X-Empty", "");
    assert_int_equal(fixture_call(&f, "/"), CK_OK);
    for (n = 0; status != CK_OK; n++) {
        ck_transport_api.pool_destroy(f.pool);
        ck_response_free(&f.response);
        ck_response_init(&f.response, FIXTURE_MAX_BODY);
        f.pool = NULL;
        ck_alloc_fail_after(n);
        status = ck_transport_api.pool_new(&f.pool, &options, &f.error);
        if (status == CK_OK)
            status = ck_transport_api.perform(f.pool, &f.request, &f.response,
                                              NULL, &f.error);
        ck_alloc_fail_after(-1);
        if (status != CK_OK)
            assert_int_equal(status, CK_NOMEM);
    }
    assert_true(n > 12);
    fixture_close(&f);
}

static void
test_versions(void **state)
{
    (void)state;
    assert_int_equal(strncmp(ck_transport_api.versions(), "libcurl/", 8), 0);
    assert_int_equal(ck_transport_api.version, CK_TRANSPORT_API_VERSION);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_headers_sent),
        cmocka_unit_test(test_credentials_in_url),
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_big_body),
        cmocka_unit_test(test_encoded_answer),
        cmocka_unit_test(test_kept_alive),
        cmocka_unit_test(test_closed_between_calls),
        cmocka_unit_test(test_proxy),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_fork),
        cmocka_unit_test(test_tick),
        cmocka_unit_test(test_close),
        cmocka_unit_test(test_destroy_waits),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_versions),
    };

    return cmocka_run_group_tests_name("transport", tests, NULL, NULL);
}
