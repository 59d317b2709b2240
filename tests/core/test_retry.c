/* test_retry.c: which outcomes are tried again, and after what wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "retry.h"

#include <string.h>

static const struct ck_retry usual = {.enabled = 1,
                                      .connection_errors = 1,
                                      .initial = 500,
                                      .max = 60000,
                                      .exponent = 1.5,
                                      .max_elapsed = 3600000,
                                      .jitter = 1000,
                                      .code_count = 1,
                                      .codes = {5}};

static int
wants(const struct ck_retry *retry, enum ck_status status, int http_status)
{
    const struct ck_attempt attempt = {.status = status,
                                       .http_status = http_status,
                                       .method = "GET",
                                       .number = 1};

    return ck_retry_wants(retry, &attempt);
}

static void
test_statuses(void **state)
{
    struct ck_retry retry = usual;

    (void)state;
    assert_true(wants(&retry, CK_OK, 500));
    assert_true(wants(&retry, CK_OK, 599));
    assert_false(wants(&retry, CK_OK, 429));
    assert_false(wants(&retry, CK_OK, 600));
    retry.codes[0] = 429;
    retry.codes[1] = 4;
    assert_true(wants(&retry, CK_OK, 429));
    assert_false(wants(&retry, CK_OK, 404));
    retry.code_count = 2;
    assert_true(wants(&retry, CK_OK, 404));
    assert_false(wants(&retry, CK_OK, 503));
    retry.enabled = 0;
    assert_false(wants(&retry, CK_OK, 404));
}

static void
test_failures(void **state)
{
    static const enum ck_status again[] = {CK_CONNECT, CK_CONNECT_TIMEOUT,
                                           CK_READ,    CK_READ_TIMEOUT,
                                           CK_WRITE,   CK_WRITE_TIMEOUT};
    static const enum ck_status never[] = {
        CK_NOMEM,  CK_REMOTE_PROTOCOL, CK_TOO_LARGE, CK_INTERRUPTED,
        CK_CLOSED, CK_BAD_URL,         CK_DECODING};
    struct ck_retry retry = usual;

    (void)state;
    for (size_t i = 0; i < sizeof again / sizeof again[0]; i++)
        assert_true(wants(&retry, again[i], 0));
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        assert_false(wants(&retry, never[i], 503));
    retry.connection_errors = 0;
    for (size_t i = 0; i < sizeof again / sizeof again[0]; i++)
        assert_false(wants(&retry, again[i], 503));
}

/* What only our own option asks for. */
static void
test_bounds(void **state)
{
    struct ck_retry retry = usual;
    struct ck_attempt attempt = {.http_status = 503, .method = "GET"};
    double wait = 0;

    (void)state;
    retry.max_attempts = 3;
    retry.deadline = 2000;
    attempt.number = 2;
    attempt.elapsed = 1249;
    assert_true(ck_retry_plan(&retry, &attempt, NULL, &wait));
    assert_true(wait > 749.9 && wait < 750.1);
    attempt.elapsed = 1251; /* the wait would end after the deadline */
    assert_false(ck_retry_plan(&retry, &attempt, NULL, &wait));
    attempt.elapsed = 0;
    attempt.number = 3;
    assert_false(ck_retry_plan(&retry, &attempt, NULL, &wait));
    retry.max_attempts = 0;
    assert_true(ck_retry_plan(&retry, &attempt, NULL, &wait));
    retry.max_elapsed = -1;
    assert_false(ck_retry_plan(&retry, &attempt, NULL, &wait));
    retry.max_elapsed = 0; /* whole milliseconds count */
    attempt.elapsed = 0.4;
    assert_true(ck_retry_plan(&retry, &attempt, NULL, &wait));
    attempt.elapsed = 0.6;
    assert_false(ck_retry_plan(&retry, &attempt, NULL, &wait));
}

static void
test_only_safe(void **state)
{
    struct ck_retry retry = usual;
    struct ck_attempt attempt = {
        .http_status = 503, .method = "POST", .number = 1};

    (void)state;
    assert_true(ck_retry_wants(&retry, &attempt));
    retry.only_safe = 1;
    retry.codes[retry.code_count++] = 429;
    assert_false(ck_retry_wants(&retry, &attempt));
    attempt.http_status = 429;
    assert_true(ck_retry_wants(&retry, &attempt));
    attempt.status = CK_CONNECT;
    assert_true(ck_retry_wants(&retry, &attempt));
    attempt.status = CK_READ;
    assert_false(ck_retry_wants(&retry, &attempt));
    attempt.method = "PATCH";
    assert_false(ck_retry_wants(&retry, &attempt));
    attempt.method = "DELETE";
    assert_true(ck_retry_wants(&retry, &attempt));
}

static void
expect_wait(double got, double wanted)
{
    assert_true(got > wanted - 0.001 && got < wanted + 0.001);
}

static void
test_computed_waits(void **state)
{
    struct ck_retry retry = usual;

    (void)state;
    expect_wait(ck_retry_wait(&retry, 0, NULL, 0, 0), 500);
    expect_wait(ck_retry_wait(&retry, 1, NULL, 0, 0), 750);
    expect_wait(ck_retry_wait(&retry, 2, NULL, 0.5, 0), 1625);
    expect_wait(ck_retry_wait(&retry, 100, NULL, 1, 0), 60000);
    expect_wait(ck_retry_wait(&retry, 4000000, NULL, 1, 0), 60000);
    retry.initial = -5;
    expect_wait(ck_retry_wait(&retry, 0, NULL, 0, 0), 0);
    retry.exponent = -1e300;
    retry.initial = 1e300;
    expect_wait(ck_retry_wait(&retry, 2, NULL, 0, 0), 60000);
}

/* The wait after an answer with these header lines (a 0 byte after each). */
static double
wait_after(const char *lines, size_t len)
{
    struct ck_response response;
    double wait;

    ck_response_init(&response, CK_BUF_NO_MAX);
    assert_int_equal(ck_buf_append(&response.head, lines, len), CK_OK);
    wait = ck_retry_wait(&usual, 0, &response, 0, 784111777);
    ck_response_free(&response);
    return wait;
}

#define WAIT_AFTER(lines) wait_after(lines, sizeof(lines))

static void
test_asked_waits(void **state)
{
    (void)state;
    expect_wait(WAIT_AFTER("Retry-After: 2"), 2000);
    expect_wait(WAIT_AFTER("retry-after: 0.0304"), 30);
    expect_wait(WAIT_AFTER("retry-after: 3600"), 3600000); /* beyond max */
    expect_wait(WAIT_AFTER("retry-after-ms: 7\0retry-after: 9"), 7);
    expect_wait(WAIT_AFTER("Retry-After: Sun, 06 Nov 1994 08:49:47 GMT"),
                10000);
    /* nothing that can be waited for: the computed wait */
    expect_wait(WAIT_AFTER("retry-after: 0"), 500);
    expect_wait(WAIT_AFTER("retry-after: -3"), 500);
    expect_wait(WAIT_AFTER("retry-after: soon"), 500);
    expect_wait(WAIT_AFTER("retry-after: inf"), 500);
    expect_wait(WAIT_AFTER("retry-after: nan"), 500);
    expect_wait(WAIT_AFTER("retry-after-ms: -1"), 500);
    expect_wait(WAIT_AFTER("Retry-After: Sun, 06 Nov 1994 08:49:27 GMT"), 500);
    expect_wait(WAIT_AFTER("retry-after-ms: 0\0retry-after: 0"), 500);
}

static void
test_forbidding(void **state)
{
    const struct ck_retry off = {.enabled = 0};
    const struct ck_retry all = {.enabled = 1};
    const struct ck_retry safe = {.enabled = 1, .only_safe = 1};

    (void)state;
    assert_true(ck_retry_forbids(&off, "POST"));
    assert_true(ck_retry_forbids(&off, "PATCH"));
    assert_true(ck_retry_forbids(&off, "DELETE"));
    assert_false(ck_retry_forbids(&off, "GET"));
    assert_false(ck_retry_forbids(&off, "PUT"));
    assert_false(ck_retry_forbids(&all, "POST"));
    assert_false(ck_retry_forbids(&all, "DELETE"));
    assert_true(ck_retry_forbids(&safe, "PATCH"));
    assert_false(ck_retry_forbids(&safe, "DELETE"));
}

static void
test_dates(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } good[] = {{"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
                {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
                {"6 Nov 1994 08:49:37", 784111777},
                {"Sun, 06 Nov 1994 09:49:37 +0100", 784111777},
                {"Thu, 01 Jan 1970 00:00:00 UTC", 0},
                {"Thu, 29 Feb 2024 23:59:60 GMT", 1709251200},
                {"Fri, 01 Mar 2024 00:00:00 GMT", 1709251200},
                {"Tue, 31 Dec 2199 12:00:00 GMT", 7258075200}};
    static const char *const bad[] = {"",
                                      ",",
                                      "Sun, 06 Nov 1994",
                                      "Sun, 06 Nov 1994 08:49",
                                      "Sun, 06 Nov 1994 25:00:00 GMT",
                                      "Sun, 06 Nov 1994 08:49:37 PST8PDT",
                                      "Sun, 06 Nov 1994 08:49:37 +01",
                                      "Sun, 06 Nov 1994 08:49:37 GMT trailing",
                                      "Sun, 00 Nov 1994 08:49:37 GMT",
                                      "Sun, 06 Nix 1994 08:49:37 GMT",
                                      "1994-11-06T08:49:37Z"};
    int64_t seconds = 0;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(ck_retry_date(good[i].text, &seconds));
        assert_int_equal(seconds, good[i].seconds);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(ck_retry_date(bad[i], &seconds));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_only_safe),
        cmocka_unit_test(test_computed_waits),
        cmocka_unit_test(test_asked_waits),
        cmocka_unit_test(test_forbidding),
        cmocka_unit_test(test_dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
