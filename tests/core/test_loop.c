/* test_loop.c: jobs on the I/O thread: many at once, from many threads; what
 * cancels and what closes them; fork. */
#include "loop_fixture.h"

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
wait_for_requests(struct fixture *f, int count)
{
    const struct timespec gap = {.tv_nsec = 1000000};

    while (server_requests(&f->server) < count)
        (void)nanosleep(&gap, NULL);
}

static void
test_one(void **state)
{
    struct fixture f;
    struct crew crew;

    (void)state;
    fixture_open(&f, echo);
    crew_open(&crew, &f, 1);
    crew_submit_all(&crew);
    crew_wait(&crew, 1);
    assert_true(crew_is_answered(&crew, 0));
    assert_int_equal(crew.tasks[0].response.status, 200);
    assert_true(crew.tasks[0].response.elapsed_us > 0);
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
    int i;

    (void)state;
    fixture_open(&f, echo);
    crew_open(&crew, &f, COUNT);
    crew_submit_all(&crew);
    crew_wait(&crew, COUNT);
    for (i = 0; i < COUNT; i++)
        assert_true(crew_is_answered(&crew, i));
    assert_int_equal(server_requests(&f.server), COUNT);
    assert_in_range(server_connections(&f.server), 1, 100);
    crew_close(&crew);
    fixture_close(&f);
}

static void
test_close(void **state)
{
    enum { COUNT = 150 };
    struct fixture f;
    struct crew crew;
    int i;

    (void)state;
    fixture_open(&f, silent);
    crew_open(&crew, &f, COUNT);
    crew_submit_all(&crew);
    wait_for_requests(&f, 100);
    ck_transport_api.pool_close(f.pool, CK_CLOSE_ASYNC);
    crew_wait(&crew, COUNT);
    for (i = 0; i < COUNT; i++) {
        assert_int_equal(crew.tasks[i].job.status, CK_CLOSED);
        assert_int_equal(crew.tasks[i].done, 1);
    }
    assert_int_equal(crew_submit(&crew, 0), CK_CLOSED);
    ck_transport_api.pool_close(f.pool, CK_CLOSE_ASYNC);
    server_set_script(&f.server, echo);
    assert_int_equal(fixture_call(&f, "/"), CK_OK); /* the other side */
    crew_close(&crew);
    fixture_close(&f);
}

static void
test_cancel(void **state)
{
    enum { COUNT = 150 };
    struct fixture f;
    struct crew crew;
    int i;

    (void)state;
    fixture_open(&f, silent);
    crew_open(&crew, &f, COUNT);
    crew_submit_all(&crew);
    wait_for_requests(&f, 100);
    for (i = COUNT - 1; i >= 0; i--) /* those in line first */
        ck_transport_api.job_cancel(f.pool, &crew.tasks[i].job);
    crew_wait(&crew, COUNT);
    for (i = 0; i < COUNT; i++) {
        assert_int_equal(crew.tasks[i].job.status, CK_INTERRUPTED);
        assert_int_equal(crew.tasks[i].done, 1);
    }
    server_set_script(&f.server, echo);
    crew.done = 0;
    assert_int_equal(crew_submit(&crew, 3), CK_OK);
    crew_wait(&crew, 1);
    assert_int_equal(crew.tasks[3].job.status, CK_OK);
    ck_transport_api.job_cancel(f.pool, &crew.tasks[3].job); /* too late */
    assert_int_equal(crew.tasks[3].job.status, CK_OK);
    crew_close(&crew);
    fixture_close(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_close),
        cmocka_unit_test(test_cancel),
    };

    return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
