/* test_loop.c: jobs on the I/O thread: many at once, from many threads and
 * from done; what cancels and what closes them; fork. */
#include "loop_fixture.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct step echo[] = {
    {.kind = STEP_READ}, {.kind = STEP_ROUTE}, {.kind = STEP_AGAIN}};
static const struct step silent[] = {{.kind = STEP_READ},
                                     {.kind = STEP_PAUSE, .number = 60000},
                                     {.kind = STEP_END}};
static const struct step busy[] = {
    {.kind = STEP_READ},
    {.kind = STEP_SEND,
     .text = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"},
    {.kind = STEP_AGAIN}};

/* --- proper answers ---------------------------------------------------- */

static void
test_one(void **state)
{
    struct fixture f;
    struct crew crew;
    const struct ck_response *response;

    (void)state;
    fixture_open(&f, echo);
    crew_open(&crew, &f, 1);
    crew_submit_all(&crew);
    crew_wait(&crew, 1);
    assert_true(crew_is_answered(&crew, 0));
    response = &crew.tasks[0].response;
    assert_int_equal(response->status, 200);
    assert_int_equal(response->http_version, 11);
    assert_string_equal(response->reason.data, "Fine");
    assert_non_null(strstr(response->url.data, "/job/0"));
    assert_true(response->elapsed_us > 0);
    crew_close(&crew);
    fixture_close(&f);
}

/* More of them than may run at once. */
static void
test_many(void **state)
{
    enum { COUNT = 500 };
    struct fixture f;
    struct crew crew;

    (void)state;
    fixture_open(&f, echo);
    crew_open(&crew, &f, COUNT);
    crew_submit_all(&crew);
    crew_wait(&crew, COUNT);
    for (int i = 0; i < COUNT; i++)
        assert_true(crew_is_answered(&crew, i));
    assert_int_equal(server_requests(&f.server), COUNT);
    assert_in_range(server_connections(&f.server), 1, 100);
    crew_close(&crew);
    fixture_close(&f);
}

/* First in, first out; the one connection serves them all. */
static void
test_line(void **state)
{
    enum { COUNT = 50 };
    struct fixture f;
    struct crew crew;

    (void)state;
    fixture_open(&f, echo);
    crew_open(&crew, &f, COUNT);
    crew_set_seats(&crew, 1);
    crew_submit_all(&crew);
    crew_wait(&crew, COUNT);
    for (int i = 0; i < COUNT; i++) {
        assert_true(crew_is_answered(&crew, i));
        assert_int_equal(crew.tasks[i].order, i + 1);
    }
    assert_int_equal(server_connections(&f.server), 1);
    crew_close(&crew);
    fixture_close(&f);
}

struct submitter {
    struct crew crew;
    pthread_t thread;
};

static void *
run_submitter(void *arg)
{
    struct submitter *self = arg;

    for (int i = 0; i < self->crew.count; i++)
        if (crew_submit(&self->crew, i) != CK_OK)
            return self;
    crew_wait(&self->crew, self->crew.count);
    return NULL;
}

static void
test_threads(void **state)
{
    enum { THREADS = 8, COUNT = 60 };
    struct submitter all[THREADS];
    struct fixture f;
    void *result = NULL;

    (void)state;
    fixture_open(&f, echo);
    for (int i = 0; i < THREADS; i++) {
        crew_open(&all[i].crew, &f, COUNT);
        assert_int_equal(
            pthread_create(&all[i].thread, NULL, run_submitter, &all[i]), 0);
    }
    for (int i = 0; i < 20; i++) /* and blocking calls beside them */
        assert_int_equal(fixture_call(&f, "/"), CK_OK);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(all[i].thread, &result), 0);
        assert_null(result);
        for (int k = 0; k < COUNT; k++)
            assert_true(crew_is_answered(&all[i].crew, k));
        crew_close(&all[i].crew);
    }
    assert_int_equal(server_requests(&f.server), THREADS * COUNT + 20);
    fixture_close(&f);
}

static void
submit_next(struct task *task)
{
    const int next = (int)(task - task->crew->tasks) + 1;

    if (next < task->crew->count)
        (void)crew_submit(task->crew, next);
}

static void
test_submit_from_done(void **state)
{
    enum { COUNT = 30 };
    struct fixture f;
    struct crew crew;

    (void)state;
    fixture_open(&f, echo);
    crew_open(&crew, &f, COUNT);
    for (int i = 0; i < COUNT; i++)
        crew.tasks[i].then = submit_next;
    assert_int_equal(crew_submit(&crew, 0), CK_OK);
    crew_wait(&crew, COUNT);
    for (int i = 0; i < COUNT; i++)
        assert_true(crew_is_answered(&crew, i));
    assert_int_equal(server_connections(&f.server), 1);
    crew_close(&crew);
    fixture_close(&f);
}

/* Signals are for the program's threads. */
static void
look_at_signals(struct task *task)
{
    sigset_t set;

    if (pthread_sigmask(SIG_BLOCK, NULL, &set) == 0 &&
        sigismember(&set, SIGINT) == 1 && sigismember(&set, SIGPIPE) == 1)
        task->note = 1;
}

static void
test_signals_blocked(void **state)
{
    struct fixture f;
    struct crew crew;
    sigset_t set;

    (void)state;
    fixture_open(&f, echo);
    crew_open(&crew, &f, 1);
    crew.tasks[0].then = look_at_signals;
    crew_submit_all(&crew);
    crew_wait(&crew, 1);
    assert_int_equal(crew.tasks[0].note, 1);
    assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &set), 0);
    assert_int_equal(sigismember(&set, SIGINT), 0);
    crew_close(&crew);
    fixture_close(&f);
}

static void
test_bad_request(void **state)
{
    struct fixture f;
    struct crew crew;

    (void)state;
    fixture_open(&f, echo);
    crew_open(&crew, &f, 2);
    ck_buf_free(&crew.tasks[0].request.url);
    assert_int_equal(crew_submit(&crew, 0), CK_BAD_ARGUMENT);
    crew_set_url(&crew, 1, "http://127.0.0.1:1:2/");
    assert_int_equal(crew_submit(&crew, 1), CK_OK);
    crew_wait(&crew, 1);
    assert_int_equal(crew.tasks[1].job.status, CK_BAD_URL);
    assert_int_equal(crew.tasks[0].done, 0);
    crew_close(&crew);
    fixture_close(&f);
}

/* --- ends from outside ------------------------------------------------- */

/* Some wait for an answer, the others in line. */
static void
open_silent(struct fixture *f, struct crew *crew, int count)
{
    fixture_open(f, silent);
    crew_open(crew, f, count);
    crew_set_seats(crew, 10);
    crew_submit_all(crew);
    fixture_wait(f, 10);
}

/* The pool goes on as if nothing had been. */
static void
check_goes_on(struct crew *crew, int number)
{
    const int done = crew->done;

    server_set_script(&crew->fixture->server, echo);
    crew->tasks[number].done = 0;
    assert_int_equal(crew_submit(crew, number), CK_OK);
    crew_wait(crew, done + 1);
    assert_true(crew_is_answered(crew, number));
}

static void
test_cancel(void **state)
{
    enum { COUNT = 25 };
    struct fixture f;
    struct crew crew;

    (void)state;
    open_silent(&f, &crew, COUNT);
    for (int i = COUNT - 1; i >= 0; i--) { /* those in line first */
        ck_transport_api.job_cancel(f.pool, &crew.tasks[i].job);
        ck_transport_api.job_cancel(f.pool, &crew.tasks[i].job);
    }
    crew_wait(&crew, COUNT);
    assert_int_equal(crew_count(&crew, CK_INTERRUPTED), COUNT);
    assert_int_equal(server_requests(&f.server), 10);
    check_goes_on(&crew, 3);
    ck_transport_api.job_cancel(f.pool, &crew.tasks[3].job); /* too late */
    assert_int_equal(crew.tasks[3].job.status, CK_OK);
    crew_close(&crew);
    fixture_close(&f);
}

static void
test_cancel_connecting(void **state)
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
    assert_int_equal(crew_submit(&crew, 0), CK_OK);
    assert_int_equal(crew_submit(&crew, 1), CK_OK);
    crew_wait(&crew, 1);
    assert_true(crew_is_answered(&crew, 1));
    ck_transport_api.job_cancel(f.pool, &crew.tasks[0].job);
    crew_wait(&crew, 2);
    assert_int_equal(crew.tasks[0].job.status, CK_INTERRUPTED);
    crew_close(&crew);
    fixture_close(&f);
    deaf_close(&deaf);
}

/* While it waits for its second try another one has its seat. */
static void
test_cancel_pause(void **state)
{
    struct fixture f;
    struct crew crew;

    (void)state;
    fixture_open(&f, busy);
    crew_open(&crew, &f, 2);
    crew_set_seats(&crew, 1);
    crew.tasks[0].retry = (struct ck_retry){.enabled = 1,
                                            .initial = 3600e3,
                                            .max = 3600e3,
                                            .exponent = 1,
                                            .max_elapsed = 7200e3,
                                            .code_count = 1,
                                            .codes = {5}};
    crew.tasks[0].job.retry = &crew.tasks[0].retry;
    crew_submit_all(&crew);
    crew_wait(&crew, 1);
    assert_int_equal(crew.tasks[1].response.status, 503);
    assert_int_equal(crew.tasks[0].done, 0);
    ck_transport_api.job_cancel(f.pool, &crew.tasks[0].job);
    crew_wait(&crew, 2);
    assert_int_equal(crew.tasks[0].job.status, CK_INTERRUPTED);
    crew_close(&crew);
    fixture_close(&f);
}

static void
cancel_next(struct task *task)
{
    const int next = (int)(task - task->crew->tasks) + 1;

    if (next < task->crew->count)
        ck_transport_api.job_cancel(task->crew->fixture->pool,
                                    &task->crew->tasks[next].job);
}

static void
test_cancel_from_done(void **state)
{
    enum { COUNT = 25 };
    struct fixture f;
    struct crew crew;

    (void)state;
    open_silent(&f, &crew, COUNT);
    for (int i = 0; i < COUNT; i++)
        crew.tasks[i].then = cancel_next;
    ck_transport_api.job_cancel(f.pool, &crew.tasks[0].job);
    crew_wait(&crew, COUNT);
    assert_int_equal(crew_count(&crew, CK_INTERRUPTED), COUNT);
    crew_close(&crew);
    fixture_close(&f);
}

static void
test_close(void **state)
{
    enum { COUNT = 25 };
    struct fixture f;
    struct crew crew;

    (void)state;
    open_silent(&f, &crew, COUNT);
    ck_transport_api.job_cancel(f.pool, &crew.tasks[1].job);
    ck_transport_api.pool_close(f.pool, CK_CLOSE_ASYNC);
    crew_wait(&crew, COUNT);
    assert_in_range(crew_count(&crew, CK_CLOSED), COUNT - 1, COUNT);
    assert_int_equal(crew_submit(&crew, 0), CK_CLOSED);
    ck_transport_api.pool_close(f.pool, CK_CLOSE_ASYNC);
    server_set_script(&f.server, echo);
    assert_int_equal(fixture_call(&f, "/"), CK_OK); /* the other side */
    crew_close(&crew);
    fixture_close(&f);
}

/* Closing the blocking side ends no job. */
static void
test_close_other_side(void **state)
{
    struct fixture f;
    struct crew crew;

    (void)state;
    fixture_open(&f, echo);
    crew_open(&crew, &f, 1);
    ck_transport_api.pool_close(f.pool, CK_CLOSE_BLOCKING);
    assert_int_equal(fixture_call(&f, "/"), CK_CLOSED);
    crew_submit_all(&crew);
    crew_wait(&crew, 1);
    assert_true(crew_is_answered(&crew, 0));
    crew_close(&crew);
    fixture_close(&f);
}

static void
test_close_before_use(void **state)
{
    struct fixture f;
    struct crew crew;

    (void)state;
    fixture_open(&f, echo);
    crew_open(&crew, &f, 1);
    ck_transport_api.job_cancel(f.pool, &crew.tasks[0].job);
    ck_transport_api.pool_close(f.pool, CK_CLOSE_ASYNC);
    assert_int_equal(crew_submit(&crew, 0), CK_CLOSED);
    crew_close(&crew);
    fixture_close(&f);
}

/* Destroying a pool ends its jobs, wherever they are. */
static void
test_destroy(void **state)
{
    enum { COUNT = 25 };
    struct fixture f;
    struct crew crew;

    (void)state;
    open_silent(&f, &crew, COUNT);
    ck_transport_api.pool_destroy(f.pool);
    f.pool = NULL;
    assert_int_equal(crew.done, COUNT);
    assert_int_equal(crew_count(&crew, CK_CLOSED), COUNT);
    crew_close(&crew);
    fixture_close(&f);
}

/* --- fork -------------------------------------------------------------- */

/* In the child: the parent's jobs never end here, the child's own do. */
static int
child_works(struct fixture *f, struct crew *parents)
{
    struct crew crew;

    crew_open(&crew, f, 5);
    for (int i = 0; i < 5; i++)
        if (crew_submit(&crew, i) != CK_OK)
            return 1;
    crew_wait(&crew, 5);
    for (int i = 0; i < 5; i++)
        if (!crew_is_answered(&crew, i))
            return 2;
    ck_transport_api.job_cancel(f->pool, &parents->tasks[0].job);
    ck_transport_api.pool_close(f->pool, CK_CLOSE_BLOCKING | CK_CLOSE_ASYNC);
    return parents->done == 0 ? 0 : 3;
}

static void
test_fork(void **state)
{
    struct fixture f;
    struct crew crew;
    int status = -1;
    pid_t child;

    (void)state;
    open_silent(&f, &crew, 10);
    server_set_script(&f.server, echo);
    child = fork();
    if (child == 0)
        _exit(child_works(&f, &crew));
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(server_requests(&f.server), 15);
    assert_int_equal(crew.done, 0);
    ck_transport_api.pool_close(f.pool, CK_CLOSE_ASYNC);
    crew_wait(&crew, 10);
    crew_close(&crew);
    fixture_close(&f);
}

/* Destroying does not wait for a thread that is not there. */
static void
test_fork_destroy(void **state)
{
    struct fixture f;
    struct crew crew;
    int status = -1;
    pid_t child;

    (void)state;
    open_silent(&f, &crew, 10);
    child = fork();
    if (child == 0) {
        ck_transport_api.pool_destroy(f.pool);
        /* Not _exit: what is the parent's was given up for lost, on purpose,
         * and valgrind would say so. */
        (void)execlp("true", "true", (char *)NULL);
        _exit(1);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    ck_transport_api.pool_destroy(f.pool);
    f.pool = NULL;
    assert_int_equal(crew_count(&crew, CK_CLOSED), 10);
    crew_close(&crew);
    fixture_close(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_line),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_submit_from_done),
        cmocka_unit_test(test_signals_blocked),
        cmocka_unit_test(test_bad_request),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_cancel_connecting),
        cmocka_unit_test(test_cancel_pause),
        cmocka_unit_test(test_cancel_from_done),
        cmocka_unit_test(test_close),
        cmocka_unit_test(test_close_other_side),
        cmocka_unit_test(test_close_before_use),
        cmocka_unit_test(test_destroy),
        cmocka_unit_test(test_fork),
        cmocka_unit_test(test_fork_destroy),
    };

    return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
