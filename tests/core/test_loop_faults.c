/* test_loop_faults.c: jobs on the I/O thread that do not go smoothly:
 * redirects, dead connections, time limits, retries, no memory. */
#include "alloc.h"
#include "loop_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct step echo[] = {
    {.kind = STEP_READ}, {.kind = STEP_ROUTE}, {.kind = STEP_AGAIN}};
static const struct step silent[] = {{.kind = STEP_READ},
                                     {.kind = STEP_PAUSE, .number = 60000},
                                     {.kind = STEP_END}};
static const struct step busy_once[] = {
    {.kind = STEP_READ},
    {.kind = STEP_SEND,
     .text = "HTTP/1.1 503 Busy\r\nRetry-After: 0\r\n"
             "Content-Length: 4\r\n\r\nbusy"},
    {.kind = STEP_READ},
    {.kind = STEP_ROUTE},
    {.kind = STEP_READ},
    {.kind = STEP_ROUTE},
    {.kind = STEP_END}};

static const struct ck_retry soon = {.enabled = 1,
                                     .connection_errors = 1,
                                     .initial = 1,
                                     .max = 5,
                                     .exponent = 1.5,
                                     .max_elapsed = 60e3,
                                     .max_attempts = 4,
                                     .code_count = 1,
                                     .codes = {5}};

/* One job to `path`, to its end. */
static enum ck_status
run_one(struct crew *crew, const char *path)
{
    const int done = crew->done;

    crew_set_path(crew, 0, path);
    assert_int_equal(crew_submit(crew, 0), CK_OK);
    crew_wait(crew, done + 1);
    return crew->tasks[0].job.status;
}

static int
body_begins(const struct crew *crew, const char *text)
{
    const struct ck_buf *body = &crew->tasks[0].response.body;

    return body->len >= strlen(text) &&
           memcmp(body->data, text, strlen(text)) == 0;
}

/* --- redirects and dead connections -------------------------------------- */

static void
test_redirects(void **state)
{
    struct fixture f;
    struct crew crew;
    struct task *task = NULL;

    (void)state;
    fixture_open(&f, echo);
    crew_open(&crew, &f, 1);
    task = &crew.tasks[0];
    task->request.method = "POST";
    task->request.has_body = 1;
    assert_int_equal(ck_buf_append_str(&task->request.body, "{}"), CK_OK);
    assert_int_equal(run_one(&crew, "/to/307//to/302//end"), CK_OK);
    assert_int_equal(task->response.redirects, 2);
    assert_int_equal(task->response.attempts, 1);
    assert_non_null(strstr(task->response.url.data, "/end"));
    assert_true(body_begins(&crew, "GET /end "));
    assert_int_equal(server_connections(&f.server), 1);
    crew_close(&crew);
    fixture_close(&f);
}

static void
test_too_many_redirects(void **state)
{
    static const struct step round[] = {
        {.kind = STEP_READ},
        {.kind = STEP_SEND,
         .text = "HTTP/1.1 302 Go\r\nLocation: /again\r\n"
                 "Content-Length: 0\r\n\r\n"},
        {.kind = STEP_AGAIN}};
    struct fixture f;
    struct crew crew;

    (void)state;
    fixture_open(&f, round);
    crew_open(&crew, &f, 1);
    assert_int_equal(run_one(&crew, "/"), CK_TOO_MANY_REDIRECTS);
    assert_int_equal(crew.tasks[0].response.redirects, 20);
    assert_int_equal(server_requests(&f.server), 21);
    crew_close(&crew);
    fixture_close(&f);
}

/* A server may close a kept connection at any time between two calls. */
static void
test_closed_between_calls(void **state)
{
    static const struct step script[] = {
        {.kind = STEP_READ}, {.kind = STEP_ROUTE}, {.kind = STEP_END}};
    struct fixture f;
    struct crew crew;

    (void)state;
    fixture_open(&f, script);
    crew_open(&crew, &f, 1);
    for (int i = 0; i < 60; i++)
        assert_int_equal(run_one(&crew, "/"), CK_OK);
    assert_int_equal(server_connections(&f.server), 60);
    crew_close(&crew);
    fixture_close(&f);
}

static void
test_reset(void **state)
{
    static const struct step script[] = {{.kind = STEP_READ},
                                         {.kind = STEP_RESET}};
    struct fixture f;
    struct crew crew;

    (void)state;
    fixture_open(&f, script);
    crew_open(&crew, &f, 1);
    assert_int_equal(run_one(&crew, "/"), CK_READ);
    assert_string_not_equal(crew.tasks[0].job.error.message, "");
    crew_close(&crew);
    fixture_close(&f);
}

/* --- time limits ------------------------------------------------------- */

static void
test_read_timeout(void **state)
{
    struct fixture f;
    struct crew crew;

    (void)state;
    fixture_open(&f, silent);
    crew_open(&crew, &f, 3);
    for (int i = 0; i < 3; i++)
        crew.tasks[i].request.timeout_ms = 50 + i * 50;
    crew_submit_all(&crew);
    crew_wait(&crew, 3);
    assert_int_equal(crew_count(&crew, CK_READ_TIMEOUT), 3);
    assert_string_equal(crew.tasks[1].job.error.message,
                        "the server sent no bytes for 100 ms");
    assert_int_equal(crew.tasks[0].order, 1);
    server_set_script(&f.server, echo);
    crew.tasks[0].request.timeout_ms = 60000;
    assert_int_equal(run_one(&crew, "/"), CK_OK);
    crew_close(&crew);
    fixture_close(&f);
}

/* Slow, but steady: each byte is life, in the head as in the body. */
static void
test_slow_answer(void **state)
{
    static const struct step script[] = {
        {.kind = STEP_READ},
        {.kind = STEP_SLOWLY,
         .text = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n"
                 "12345678901234567890",
         .number = 25},
        {.kind = STEP_END}};
    struct fixture f;
    struct crew crew;

    (void)state;
    fixture_open(&f, script);
    crew_open(&crew, &f, 1);
    crew.tasks[0].request.timeout_ms = 800; /* of 1,400 in all */
    assert_int_equal(run_one(&crew, "/"), CK_OK);
    assert_true(body_begins(&crew, "12345678901234567890"));
    assert_true(crew.tasks[0].response.elapsed_us > 1000 * 1000);
    crew_close(&crew);
    fixture_close(&f);
}

static void
test_no_limit(void **state)
{
    static const struct step script[] = {{.kind = STEP_READ},
                                         {.kind = STEP_PAUSE, .number = 300},
                                         {.kind = STEP_ROUTE},
                                         {.kind = STEP_END}};
    struct fixture f;
    struct crew crew;

    (void)state;
    fixture_open(&f, script);
    crew_open(&crew, &f, 1);
    crew.tasks[0].request.timeout_ms = 0;
    assert_int_equal(run_one(&crew, "/"), CK_OK);
    crew_close(&crew);
    fixture_close(&f);
}

static void
test_write_timeout(void **state)
{
    static const struct step script[] = {{.kind = STEP_PAUSE, .number = 60000},
                                         {.kind = STEP_END}};
    const size_t size = 32 << 20;
    struct fixture f;
    struct crew crew;
    struct task *task = NULL;
    char *body = calloc(1, size);

    (void)state;
    assert_non_null(body);
    fixture_open(&f, script);
    crew_open(&crew, &f, 1);
    task = &crew.tasks[0];
    task->request.method = "POST";
    task->request.has_body = 1;
    task->request.timeout_ms = 300;
    assert_int_equal(ck_buf_append(&task->request.body, body, size), CK_OK);
    assert_int_equal(run_one(&crew, "/"), CK_WRITE_TIMEOUT);
    assert_in_range(atomic_load(&task->job.sent), 1, size - 1);
    free(body);
    crew_close(&crew);
    fixture_close(&f);
}

static void
test_sent(void **state)
{
    const size_t size = FIXTURE_MAX_BODY - 1000;
    struct fixture f;
    struct crew crew;
    struct task *task = NULL;
    char *body = calloc(1, size);

    (void)state;
    assert_non_null(body);
    fixture_open(&f, echo);
    crew_open(&crew, &f, 1);
    task = &crew.tasks[0];
    task->request.method = "POST";
    task->request.has_body = 1;
    assert_int_equal(ck_buf_append(&task->request.body, body, size), CK_OK);
    assert_int_equal(run_one(&crew, "/"), CK_OK);
    assert_int_equal(atomic_load(&task->job.sent), size);
    assert_true(task->response.body.len > size);
    free(body);
    crew_close(&crew);
    fixture_close(&f);
}

static void
test_connect_timeout(void **state)
{
    struct fixture f;
    struct crew crew;
    struct deaf deaf;
    char url[100];

    (void)state;
    deaf_open(&deaf);
    fixture_open(&f, echo);
    crew_open(&crew, &f, 2);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/", deaf.port);
    crew_set_url(&crew, 0, url);
    crew.tasks[0].request.timeout_ms = 150;
    crew_submit_all(&crew);
    crew_wait(&crew, 2);
    assert_int_equal(crew.tasks[0].job.status, CK_CONNECT_TIMEOUT);
    assert_true(crew_is_answered(&crew, 1));
    crew_close(&crew);
    fixture_close(&f);
    deaf_close(&deaf);
}

/* --- retries ----------------------------------------------------------- */

static void
test_retry(void **state)
{
    struct fixture f;
    struct crew crew;

    (void)state;
    fixture_open(&f, busy_once);
    crew_open(&crew, &f, 1);
    crew.tasks[0].job.retry = &soon;
    assert_int_equal(run_one(&crew, "/x"), CK_OK);
    assert_int_equal(crew.tasks[0].response.status, 200);
    assert_int_equal(crew.tasks[0].response.attempts, 2);
    assert_true(body_begins(&crew, "GET /x "));
    assert_int_equal(run_one(&crew, "/y"), CK_OK); /* counts anew */
    assert_int_equal(crew.tasks[0].response.attempts, 1);
    crew_close(&crew);
    fixture_close(&f);
}

/* The last try's answer is the outcome. */
static void
test_retry_in_vain(void **state)
{
    static const struct step script[] = {
        {.kind = STEP_READ},
        {.kind = STEP_SEND,
         .text = "HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno"},
        {.kind = STEP_AGAIN}};
    struct fixture f;
    struct crew crew;

    (void)state;
    fixture_open(&f, script);
    crew_open(&crew, &f, 1);
    crew.tasks[0].job.retry = &soon;
    assert_int_equal(run_one(&crew, "/"), CK_OK);
    assert_int_equal(crew.tasks[0].response.status, 500);
    assert_int_equal(crew.tasks[0].response.attempts, 4);
    assert_int_equal(server_requests(&f.server), 4);
    assert_true(body_begins(&crew, "no"));
    crew_close(&crew);
    fixture_close(&f);
}

static void
test_retry_refused(void **state)
{
    struct fixture f;
    struct crew crew;
    char url[100];
    int port = 0;
    const int fd = socket_open(-1, &port); /* bound, not listening */

    (void)state;
    fixture_open(&f, echo);
    crew_open(&crew, &f, 1);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/", port);
    crew_set_url(&crew, 0, url);
    crew.tasks[0].job.retry = &soon;
    assert_int_equal(crew_submit(&crew, 0), CK_OK);
    crew_wait(&crew, 1);
    assert_int_equal(crew.tasks[0].job.status, CK_CONNECT);
    assert_int_equal(crew.tasks[0].response.attempts, 4);
    crew_close(&crew);
    fixture_close(&f);
    (void)close(fd);
}

/* Many retries at once, each with a wait of its own. */
static void
test_retries(void **state)
{
    enum { COUNT = 100 };
    static const struct step script[] = {
        {.kind = STEP_READ},
        {.kind = STEP_SEND,
         .text = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"},
        {.kind = STEP_READ},
        {.kind = STEP_ROUTE},
        {.kind = STEP_END}};
    struct ck_retry retry = soon;
    struct fixture f;
    struct crew crew;

    (void)state;
    retry.jitter = 20;
    retry.max = 100;
    retry.max_attempts = 0;
    fixture_open(&f, script);
    crew_open(&crew, &f, COUNT);
    for (int i = 0; i < COUNT; i++)
        crew.tasks[i].job.retry = &retry;
    crew_submit_all(&crew);
    crew_wait(&crew, COUNT);
    assert_int_equal(crew_count(&crew, CK_OK), COUNT);
    for (int i = 0; i < COUNT; i++) {
        crew.tasks[i].response.attempts = 1;
        assert_true(crew_is_answered(&crew, i));
    }
    crew_close(&crew);
    fixture_close(&f);
}

/* --- no memory --------------------------------------------------------- */

/* All jobs of a crew with the n-th allocation failing and all after it;
 * returns how many failed. */
static int
run_starving(struct crew *crew, long n)
{
    struct fixture *f = crew->fixture;
    int submitted = 0;
    int failed = 0;

    crew->done = 0;
    ck_alloc_fail_after(n);
    for (int i = 0; i < crew->count; i++) {
        enum ck_status status;

        crew->tasks[i].done = 0;
        status = crew_submit(crew, i);
        if (status == CK_OK)
            submitted++;
        else
            assert_int_equal(status, CK_NOMEM);
        failed += status != CK_OK;
    }
    crew_wait(crew, submitted);
    ck_alloc_fail_after(-1);
    for (int i = 0; i < crew->count; i++) {
        if (crew->tasks[i].done == 0)
            continue;
        if (crew->tasks[i].job.status == CK_OK)
            assert_true(crew_is_answered(crew, i));
        else
            assert_int_equal(crew->tasks[i].job.status, CK_NOMEM);
        failed += crew->tasks[i].job.status != CK_OK;
        ck_response_free(&crew->tasks[i].response);
        ck_response_init(&crew->tasks[i].response, FIXTURE_MAX_BODY);
    }
    assert_int_equal(fixture_call(f, "/"), CK_OK);
    return failed;
}

/* So many at once that every array has to grow. A new pool each time, so
 * that every allocation comes up for failure. */
static void
test_no_memory(void **state)
{
    enum { COUNT = 20 };
    struct fixture f;
    struct crew crew;
    int failed = 1;
    long n;

    (void)state;
    fixture_open(&f, echo);
    crew_open(&crew, &f, COUNT);
    for (n = 0; failed > 0; n += n < 40 ? 1 : 7) {
        crew_set_seats(&crew, COUNT);
        failed = run_starving(&crew, n);
    }
    assert_true(n > 100);
    crew_close(&crew);
    fixture_close(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_redirects),
        cmocka_unit_test(test_too_many_redirects),
        cmocka_unit_test(test_closed_between_calls),
        cmocka_unit_test(test_reset),
        cmocka_unit_test(test_read_timeout),
        cmocka_unit_test(test_slow_answer),
        cmocka_unit_test(test_no_limit),
        cmocka_unit_test(test_write_timeout),
        cmocka_unit_test(test_sent),
        cmocka_unit_test(test_connect_timeout),
        cmocka_unit_test(test_retry),
        cmocka_unit_test(test_retry_in_vain),
        cmocka_unit_test(test_retry_refused),
        cmocka_unit_test(test_retries),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests_name("loop faults", tests, NULL, NULL);
}
