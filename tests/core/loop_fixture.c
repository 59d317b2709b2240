/* loop_fixture.c: see the header. */
#include "loop_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void
on_done(struct ck_job *job)
{
    struct task *task = job->owner;
    struct crew *crew = task->crew;

    if (task->then != NULL)
        task->then(task);
    (void)pthread_mutex_lock(&crew->mutex);
    task->done++;
    crew->done++;
    task->order = crew->done;
    (void)pthread_cond_broadcast(&crew->changed);
    (void)pthread_mutex_unlock(&crew->mutex);
}

void
crew_set_url(struct crew *crew, int number, const char *url)
{
    struct ck_buf *buf = &crew->tasks[number].request.url;

    ck_buf_clear(buf);
    assert_int_equal(ck_buf_append_str(buf, url), CK_OK);
}

void
crew_set_path(struct crew *crew, int number, const char *path)
{
    char url[300];

    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d%s",
                   crew->fixture->server.port, path);
    crew_set_url(crew, number, url);
}

void
crew_set_seats(struct crew *crew, long seats)
{
    const struct ck_pool_options options = {
        .max_redirects = 20, .proxy = "", .max_connections = seats};
    struct fixture *f = crew->fixture;

    ck_transport_api.pool_destroy(f->pool);
    assert_int_equal(ck_transport_api.pool_new(&f->pool, &options, &f->error),
                     CK_OK);
}

int
crew_count(struct crew *crew, enum ck_status status)
{
    int count = 0;

    for (int i = 0; i < crew->count; i++)
        count +=
            crew->tasks[i].done == 1 && crew->tasks[i].job.status == status;
    return count;
}

void
fixture_wait(struct fixture *fixture, int requests)
{
    const struct timespec gap = {.tv_nsec = 1000000};

    while (server_requests(&fixture->server) < requests)
        (void)nanosleep(&gap, NULL);
}

void
crew_open(struct crew *crew, struct fixture *fixture, int count)
{
    char path[40];
    int i;

    memset(crew, 0, sizeof *crew);
    crew->fixture = fixture;
    crew->count = count;
    crew->tasks = calloc((size_t)count, sizeof *crew->tasks);
    assert_non_null(crew->tasks);
    assert_int_equal(pthread_mutex_init(&crew->mutex, NULL), 0);
    assert_int_equal(pthread_cond_init(&crew->changed, NULL), 0);
    for (i = 0; i < count; i++) {
        struct task *task = &crew->tasks[i];

        task->crew = crew;
        ck_request_init(&task->request);
        task->request.method = "GET";
        task->request.timeout_ms = fixture->request.timeout_ms;
        ck_response_init(&task->response, FIXTURE_MAX_BODY);
        (void)snprintf(path, sizeof path, "/job/%d", i);
        crew_set_path(crew, i, path);
        task->job.request = &task->request;
        task->job.response = &task->response;
        task->job.done = on_done;
        task->job.owner = task;
    }
}

enum ck_status
crew_submit(struct crew *crew, int number)
{
    return ck_transport_api.job_submit(
        crew->fixture->pool, &crew->tasks[number].job, &crew->fixture->error);
}

void
crew_submit_all(struct crew *crew)
{
    int i;

    for (i = 0; i < crew->count; i++)
        assert_int_equal(crew_submit(crew, i), CK_OK);
}

void
crew_wait(struct crew *crew, int count)
{
    assert_int_equal(pthread_mutex_lock(&crew->mutex), 0);
    while (crew->done < count)
        assert_int_equal(pthread_cond_wait(&crew->changed, &crew->mutex), 0);
    assert_int_equal(pthread_mutex_unlock(&crew->mutex), 0);
}

void
crew_close(struct crew *crew)
{
    int i;

    for (i = 0; i < crew->count; i++) {
        ck_request_free(&crew->tasks[i].request);
        ck_response_free(&crew->tasks[i].response);
    }
    (void)pthread_mutex_destroy(&crew->mutex);
    (void)pthread_cond_destroy(&crew->changed);
    free(crew->tasks);
}

int
crew_is_answered(struct crew *crew, int number)
{
    const struct task *task = &crew->tasks[number];
    char text[40];
    const int size = snprintf(text, sizeof text, "GET /job/%d ", number);

    return task->done == 1 && task->job.status == CK_OK &&
           task->job.run == NULL && task->response.attempts == 1 &&
           task->response.body.len > (size_t)size &&
           memcmp(task->response.body.data, text, (size_t)size) == 0;
}
