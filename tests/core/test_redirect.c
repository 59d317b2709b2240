/* test_redirect.c: which redirects are followed, what is sent again, and to
 * whom. The expectations are what httpx 0.28 does. */
#include "alloc.h"
#include "transport_fixture.h"
#include "transport_impl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

static const struct step echo[] = {
    {.kind = STEP_READ}, {.kind = STEP_ROUTE}, {.kind = STEP_AGAIN}};

static void
test_methods(void **state)
{
    static const struct {
        const char *method;
        int status;
        const char *then; /* the method after it */
    } rows[] = {
        {"GET", 301, "GET"},       {"GET", 302, "GET"},
        {"GET", 303, "GET"},       {"GET", 307, "GET"},
        {"GET", 308, "GET"},       {"POST", 301, "GET"},
        {"POST", 302, "GET"},      {"POST", 303, "GET"},
        {"POST", 307, "POST"},     {"POST", 308, "POST"},
        {"PATCH", 301, "PATCH"},   {"PATCH", 302, "GET"},
        {"PATCH", 303, "GET"},     {"PATCH", 307, "PATCH"},
        {"PATCH", 308, "PATCH"},   {"DELETE", 301, "DELETE"},
        {"DELETE", 302, "GET"},    {"DELETE", 303, "GET"},
        {"DELETE", 307, "DELETE"}, {"DELETE", 308, "DELETE"},
    };
    struct fixture f;
    size_t i;

    (void)state;
    fixture_open(&f, echo);
    fixture_set_header(&f, "Content-Type", "application/json");
    fixture_set_header(&f, "Authorization", "Bearer sk_1");
    fixture_set_header(&f, "X-Mine", "1");
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        const int keeps = strcmp(rows[i].method, rows[i].then) == 0 &&
                          strcmp(rows[i].method, "GET") != 0;
        char text[64];

        fixture_set_body(&f, rows[i].method,
                         strcmp(rows[i].method, "GET") ? "{\"a\":1}" : NULL,
                         7);
        (void)snprintf(text, sizeof text, "/to/%d//there?x=y", rows[i].status);
        assert_int_equal(fixture_call(&f, text), CK_OK);
        (void)snprintf(text, sizeof text, "%s /there?x=y HTTP/1.1\r\n",
                       rows[i].then);
        assert_int_equal(f.response.status, 200);
        assert_int_equal(f.response.redirects, 1);
        assert_int_equal(strncmp(f.response.body.data, text, strlen(text)), 0);
        assert_int_equal(fixture_sent(&f, "\r\n\r\n{\"a\":1}"), keeps);
        assert_int_equal(fixture_sent(&f, "Content-Length: 7"), keeps);
        if (strcmp(rows[i].method, "GET") != 0)
            assert_int_equal(fixture_sent(&f, "Content-Type"), keeps);
        assert_true(fixture_sent(&f, "\r\nAuthorization: Bearer sk_1\r\n"));
        assert_true(fixture_sent(&f, "\r\nX-Mine: 1\r\n"));
    }
    assert_int_equal(server_connections(&f.server), 1);
    fixture_close(&f);
}

/* Where a redirect from /a/b/c?d leads. */
static void
check_location(const char *location, const char *target)
{
    char answer[200];
    const struct step script[] = {{.kind = STEP_READ},
                                  {.kind = STEP_SEND, .text = answer},
                                  {.kind = STEP_READ},
                                  {.kind = STEP_ROUTE},
                                  {.kind = STEP_AGAIN}};
    char expected[100];
    struct fixture f;

    (void)snprintf(answer, sizeof answer,
                   "HTTP/1.1 302 Found\r\nLocation: %s\r\n"
                   "Content-Length: 0\r\n\r\n",
                   location);
    (void)snprintf(expected, sizeof expected, "GET %s HTTP/1.1", target);
    fixture_open(&f, script);
    assert_int_equal(fixture_call(&f, "/a/b/c?d"), CK_OK);
    assert_int_equal(f.response.redirects, 1);
    /* the case of escapes is left to libcurl */
    assert_int_equal(
        strncasecmp(f.response.body.data, expected, strlen(expected)), 0);
    fixture_close(&f);
}

static void
test_locations(void **state)
{
    static const char *const rows[][2] = {
        {"/x/y", "/x/y"},
        {"", "/a/b/c?d"},
        {"x", "/a/b/x"},
        {"../x", "/a/x"},
        {"./../../../x/./y/../z?q=r", "/x/z?q=r"},
        {"?q", "/a/b/c?q"},
        {"/x?q=%20z", "/x?q=%20z"},
        {"/x y", "/x%20y"},
        {"/\xC3\xBC", "/%C3%BC"},
        {"/x#frag", "/x"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++)
        check_location(rows[i][0], rows[i][1]);
}

/* Another port is another origin: the secret stays behind, and so do a
 * cookie and the first host's name. */
static void
test_other_origin(void **state)
{
    struct server other;
    struct fixture f;
    char path[100];
    char text[100];

    (void)state;
    fixture_open(&f, echo);
    server_start(&other, echo);
    fixture_set_header(&f, "Authorization", "Bearer sk_1");
    fixture_set_header(&f, "Cookie", "a=b");
    fixture_set_header(&f, "Host", "api.example");
    fixture_set_header(&f, "X-Mine", "1");
    (void)snprintf(path, sizeof path, "/to/307/http://127.0.0.1:%d/x",
                   other.port);
    assert_int_equal(fixture_call(&f, path), CK_OK);
    assert_true(fixture_sent(&f, "\r\nHost: api.example\r\n"));
    assert_true(fixture_sent(&f, "\r\nCookie: a=b\r\n"));
    assert_true(fixture_sent(&f, "sk_1"));
    (void)snprintf(text, sizeof text, "\r\nHost: 127.0.0.1:%d\r\n",
                   other.port);
    assert_non_null(strstr(other.last, text));
    assert_null(strstr(other.last, "sk_1"));
    assert_null(strstr(other.last, "Cookie"));
    assert_non_null(strstr(other.last, "\r\nX-Mine: 1\r\n"));
    (void)snprintf(text, sizeof text, "http://127.0.0.1:%d/x", other.port);
    assert_string_equal(f.response.url.data, text);
    /* and what was dropped stays dropped on the way back */
    (void)snprintf(path, sizeof path,
                   "/to/307/http://127.0.0.1:%d/to/307/http://127.0.0.1:%d/y",
                   other.port, f.server.port);
    assert_int_equal(fixture_call(&f, path), CK_OK);
    assert_int_equal(f.response.redirects, 2);
    assert_true(fixture_sent(&f, "GET /y "));
    assert_false(fixture_sent(&f, "sk_1"));
    server_stop(&other);
    fixture_close(&f);
}

/* Which moves keep authorization and the host's name, without a network. */
static void
test_origins(void **state)
{
    enum { AUTH = CK_DROP_AUTHORIZATION, HOST = CK_DROP_HOST };
    static const struct {
        const char *from;
        const char *to;
        unsigned dropped;
    } rows[] = {
        {"http://h/", "http://h/x", 0},
        {"http://h/", "http://H:80/x", 0},
        {"https://h/", "https://h:443/x", 0},
        {"http://h/", "https://h/x", HOST},
        {"http://h:80/", "https://h:443/x", HOST},
        {"https://h/", "http://h/x", AUTH | HOST},
        {"http://h:81/", "https://h/x", AUTH | HOST},
        {"http://h/", "https://h:444/x", AUTH | HOST},
        {"http://h/", "https://i/x", AUTH | HOST},
        {"http://h/", "http://h:81/x", AUTH | HOST},
        {"http://h/", "http://h.i/x", AUTH | HOST},
        {"http://h/", "//i/x", AUTH | HOST},
        {"http://h/", "//h/x", 0},
        {"http://h/", "http://h@i/x", AUTH | HOST},
    };
    struct ck_response response;
    struct ck_error error;
    struct ck_buf url;
    size_t i;

    (void)state;
    ck_response_init(&response, 100);
    ck_buf_init(&url, CK_BUF_NO_MAX);
    response.status = 307;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ck_hop hop = {.method = "GET", .url = rows[i].from};

        ck_buf_clear(&response.head);
        assert_int_equal(ck_buf_append_str(&response.head, "location: "),
                         CK_OK);
        assert_int_equal(
            ck_buf_append(&response.head, rows[i].to, strlen(rows[i].to) + 1),
            CK_OK);
        assert_int_equal(ck_redirect_follow(&hop, &response, &url, &error),
                         CK_OK);
        assert_int_equal(hop.dropped, rows[i].dropped | CK_DROP_COOKIE);
    }
    ck_buf_free(&url);
    ck_response_free(&response);
}

/* Credentials in the first URL travel like the header; those in a Location
 * are not used. */
static void
test_credentials(void **state)
{
    static const char basic[] = "\r\nAuthorization: Basic dTpwdw==\r\n";
    struct server other;
    struct fixture f;
    char url[200];

    (void)state;
    fixture_open(&f, echo);
    server_start(&other, echo);
    (void)snprintf(url, sizeof url, "http://u:pw@127.0.0.1:%d/to/302//x",
                   f.server.port);
    assert_int_equal(fixture_call_url(&f, url), CK_OK);
    assert_true(fixture_sent(&f, "GET /x "));
    assert_true(fixture_sent(&f, basic));
    (void)snprintf(url, sizeof url,
                   "http://u:pw@127.0.0.1:%d/to/302/http://127.0.0.1:%d/x",
                   f.server.port, other.port);
    assert_int_equal(fixture_call_url(&f, url), CK_OK);
    assert_null(strstr(other.last, "Authorization"));
    (void)snprintf(url, sizeof url, "/to/302/http://u:pw@127.0.0.1:%d/z",
                   other.port);
    assert_int_equal(fixture_call(&f, url), CK_OK);
    assert_non_null(strstr(other.last, "GET /z "));
    assert_null(strstr(other.last, "Authorization"));
    assert_null(strstr(f.response.url.data, "pw"));
    server_stop(&other);
    fixture_close(&f);
}

/* --- how many, and which not ------------------------------------------- */

static const struct step found = {.kind = STEP_SEND,
                                  .text = "HTTP/1.1 302 Found\r\n"
                                          "Location: /again\r\n"
                                          "Content-Length: 4\r\n\r\ngone"};

/* count redirects, then an answer; calls the server once. */
static enum ck_status
follow(int count)
{
    struct step script[64] = {{.kind = STEP_END}};
    struct fixture f;
    enum ck_status status;
    int i;

    for (i = 0; i < count; i++) {
        script[2 * i].kind = STEP_READ;
        script[2 * i + 1] = found;
    }
    script[2 * i].kind = STEP_READ;
    script[2 * i + 1].kind = STEP_ROUTE;
    fixture_open(&f, script);
    status = fixture_call(&f, "/");
    if (status == CK_OK) {
        assert_int_equal(f.response.redirects, count);
        assert_int_equal(f.response.status, 200);
        assert_null(strstr(f.response.body.data, "gone"));
    }
    assert_in_range(server_requests(&f.server), 1, 21);
    fixture_close(&f);
    return status;
}

static void
test_how_many(void **state)
{
    (void)state;
    assert_int_equal(follow(0), CK_OK);
    assert_int_equal(follow(1), CK_OK);
    assert_int_equal(follow(20), CK_OK);
    assert_int_equal(follow(21), CK_TOO_MANY_REDIRECTS);
}

static void
test_none_wanted(void **state)
{
    const struct ck_pool_options options = {.max_redirects = 0, .proxy = ""};
    struct fixture f;

    (void)state;
    fixture_open(&f, echo);
    ck_transport_api.pool_destroy(f.pool);
    assert_int_equal(ck_transport_api.pool_new(&f.pool, &options, &f.error),
                     CK_OK);
    assert_int_equal(fixture_call(&f, "/to/302//x"), CK_OK);
    assert_int_equal(f.response.status, 302);
    assert_int_equal(f.response.redirects, 0);
    assert_string_equal(f.response.body.data, "gone");
    fixture_close(&f);
}

/* Answers of the class 3XX that lead nowhere are answers. */
static void
test_not_a_redirect(void **state)
{
    static const struct step script[] = {
        {.kind = STEP_READ},
        {.kind = STEP_SEND,
         .text = "HTTP/1.1 302 Found\r\nContent-Length: 1\r\n\r\nx"},
        {.kind = STEP_READ},
        {.kind = STEP_SEND,
         .text = "HTTP/1.1 300 Many\r\nLocation: /x\r\n"
                 "Content-Length: 1\r\n\r\nx"},
        {.kind = STEP_READ},
        {.kind = STEP_SEND,
         .text = "HTTP/1.1 304 Same\r\nLocation: /x\r\n\r\n"},
        {.kind = STEP_READ},
        {.kind = STEP_SEND,
         .text = "HTTP/1.1 200 OK\r\nLocation: /x\r\n"
                 "Content-Length: 1\r\n\r\nx"},
        {.kind = STEP_AGAIN}};
    static const int expected[] = {302, 300, 304, 200};
    struct fixture f;
    size_t i;

    (void)state;
    fixture_open(&f, script);
    for (i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_int_equal(fixture_call(&f, "/"), CK_OK);
        assert_int_equal(f.response.status, expected[i]);
        assert_int_equal(f.response.redirects, 0);
    }
    fixture_close(&f);
}

static void
test_bad_locations(void **state)
{
    static const struct {
        const char *location;
        enum ck_status status;
    } rows[] = {
        {"ftp://127.0.0.1/x", CK_BAD_PROTOCOL},
        {"file:///etc/passwd", CK_BAD_PROTOCOL},
        {"gopher://127.0.0.1:70/1", CK_BAD_PROTOCOL},
        {"nonsense://x", CK_BAD_PROTOCOL},
        {"http://[::1", CK_REMOTE_PROTOCOL},
        {"http://h:99999/", CK_REMOTE_PROTOCOL},
    };
    struct fixture f;
    size_t i;

    (void)state;
    fixture_open(&f, echo);
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        char path[100];
        (void)snprintf(path, sizeof path, "/to/302/%s", rows[i].location);
        assert_int_equal(fixture_call(&f, path), rows[i].status);
        assert_int_equal(f.error.status, rows[i].status);
    }
    assert_int_equal(fixture_call(&f, "/"), CK_OK);
    fixture_close(&f);
}

static void
test_no_memory(void **state)
{
    enum ck_status status = CK_NOMEM;
    struct fixture f;
    long n;

    (void)state;
    fixture_open(&f, echo);
    assert_int_equal(fixture_call(&f, "/to/302//x"), CK_OK);
    for (n = 0; status != CK_OK; n++) {
        ck_response_free(&f.response);
        ck_response_init(&f.response, FIXTURE_MAX_BODY);
        ck_alloc_fail_after(n);
        status = ck_transport_api.perform(f.pool, &f.request, &f.response,
                                          NULL, &f.error);
        ck_alloc_fail_after(-1);
        if (status != CK_OK)
            assert_int_equal(status, CK_NOMEM);
    }
    assert_true(n > 3);
    fixture_close(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_locations),
        cmocka_unit_test(test_other_origin),
        cmocka_unit_test(test_origins),
        cmocka_unit_test(test_credentials),
        cmocka_unit_test(test_how_many),
        cmocka_unit_test(test_none_wanted),
        cmocka_unit_test(test_not_a_redirect),
        cmocka_unit_test(test_bad_locations),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests_name("redirect", tests, NULL, NULL);
}
