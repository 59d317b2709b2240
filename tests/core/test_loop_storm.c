/* test_loop_storm.c: a great many jobs with random faults and cancellations:
 * each ends once, as its fault has it, with its own answer. STORM_JOBS in the
 * environment says how many (2,000), STORM_SEED which. */
#include "storm_server.h"
#include "transport.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support.h"

enum { THREADS = 4, WIDTH = 64, BODY_MAX = 100 * 1000 };

struct rider;

/* On the heap, and released as soon as it is done: ASan sees who comes too
 * late. */
struct call {
    struct ck_job job;
    struct ck_request request;
    struct ck_response response;
    struct ck_retry retry;
    struct rider *rider;
    char path[30];
    enum storm_fault fault;
    int is_hasty; /* its time limit is shorter than slow answers are */
    int is_cancelled;
    int done;
};

/* One thread with its calls. */
struct rider {
    struct ck_pool *pool; /* borrowed */
    int port;
    long total;
    uint64_t random;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct ck_job *done; /* finished jobs, under the mutex */
    struct call *calls[WIDTH];
    long ended;
    long cancelled;
    long wrong;
};

static void
on_done(struct ck_job *job)
{
    struct call *call = job->owner;
    struct rider *rider = call->rider;

    (void)pthread_mutex_lock(&rider->mutex);
    call->done++;
    job->next = rider->done;
    rider->done = job;
    (void)pthread_cond_signal(&rider->changed);
    (void)pthread_mutex_unlock(&rider->mutex);
}

/* --- what must come ------------------------------------------------------ */

static int
is_echo(const struct call *call, enum storm_fault fault)
{
    const struct ck_buf *body = &call->response.body;
    char text[30];
    size_t size;

    (void)snprintf(text, sizeof text, "/%d%s", fault,
                   strchr(call->path + 1, '/'));
    size = strlen(text);
    if (body->len == 0 || body->len % size != 0)
        return 0;
    for (size_t at = 0; at < body->len; at += size)
        if (memcmp(body->data + at, text, size) != 0)
            return 0;
    return 1;
}

static int
is_right(const struct call *call)
{
    const enum ck_status status = call->job.status;
    const int http = call->response.status;

    if (call->done != 1 || call->job.run != NULL)
        return 0;
    if (status == CK_INTERRUPTED)
        return call->is_cancelled;
    if (status == CK_READ_TIMEOUT || status == CK_CONNECT_TIMEOUT)
        return call->is_hasty;
    switch (call->fault) {
    case STORM_FINE:
    case STORM_CLOSE:
    case STORM_SLOW:
        return status == CK_OK && http == 200 && is_echo(call, call->fault);
    case STORM_BUSY:
        return status == CK_OK && http == 503 && is_echo(call, call->fault) &&
               call->response.attempts == (call->job.retry ? 3 : 1);
    case STORM_GO:
        return status == CK_OK && http == 200 && is_echo(call, STORM_FINE) &&
               call->response.redirects == 1;
    default: return status == CK_REMOTE_PROTOCOL || status == CK_READ;
    }
}

/* --- riding ------------------------------------------------------------ */

static struct call *
call_new(struct rider *rider, long number)
{
    struct call *call = calloc(1, sizeof *call);
    char url[100];

    if (call == NULL)
        return NULL;
    call->rider = rider;
    /* half of them go well */
    call->fault = support_random(&rider->random) % 2
                      ? STORM_FINE
                      : support_random(&rider->random) % STORM_FAULTS;
    call->is_hasty = support_random(&rider->random) % 8 == 0;
    (void)snprintf(call->path, sizeof call->path, "/%d/%lu-%ld", call->fault,
                   (unsigned long)(rider->random % 1000), number);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d%s", rider->port,
                   call->path);
    call->retry = (struct ck_retry){.enabled = 1,
                                    .initial = 1,
                                    .max = 10,
                                    .exponent = 2,
                                    .jitter = 5,
                                    .max_elapsed = 1e6,
                                    .max_attempts = 3,
                                    .code_count = 1,
                                    .codes = {5}};
    ck_request_init(&call->request);
    ck_response_init(&call->response, BODY_MAX);
    call->request.method = "GET";
    call->request.timeout_ms = call->is_hasty ? 10 : 60000;
    call->job.request = &call->request;
    call->job.response = &call->response;
    call->job.retry = support_random(&rider->random) % 2 ? &call->retry : NULL;
    call->job.done = on_done;
    call->job.owner = call;
    if (ck_buf_append_str(&call->request.url, url) != CK_OK)
        abort();
    return call;
}

static void
call_free(struct call *call)
{
    ck_request_free(&call->request);
    ck_response_free(&call->response);
    free(call);
}

static int
submit(struct rider *rider, int place, long number)
{
    struct ck_error error;
    struct call *call = call_new(rider, number);

    if (call == NULL)
        return 0;
    rider->calls[place] = call;
    return ck_transport_api.job_submit(rider->pool, &call->job, &error) ==
           CK_OK;
}

/* One call of the rider's that is not known to be done. */
static void
cancel_one(struct rider *rider)
{
    struct call *call = rider->calls[support_random(&rider->random) % WIDTH];

    if (call == NULL)
        return;
    call->is_cancelled = 1;
    ck_transport_api.job_cancel(rider->pool, &call->job);
}

static struct ck_job *
take_done(struct rider *rider)
{
    struct ck_job *job = NULL;

    (void)pthread_mutex_lock(&rider->mutex);
    while (rider->done == NULL)
        (void)pthread_cond_wait(&rider->changed, &rider->mutex);
    job = rider->done;
    rider->done = NULL;
    (void)pthread_mutex_unlock(&rider->mutex);
    return job;
}

static void
end(struct rider *rider, struct call *call)
{
    rider->ended++;
    rider->cancelled += call->job.status == CK_INTERRUPTED;
    if (!is_right(call)) {
        rider->wrong++;
        print_error("%s: status %d (%s), HTTP %d, attempts %u\n", call->path,
                    (int)call->job.status, call->job.error.message,
                    call->response.status, call->response.attempts);
    }
    call_free(call);
}

static void *
ride(void *arg)
{
    struct rider *rider = arg;
    long begun = 0;

    for (; begun < WIDTH && begun < rider->total; begun++)
        if (!submit(rider, (int)begun, begun))
            return NULL;
    while (rider->ended < begun) {
        struct ck_job *job = take_done(rider);

        while (job != NULL) {
            struct call *call = job->owner;
            int place = 0;

            job = job->next;
            while (rider->calls[place] != call)
                place++;
            rider->calls[place] = NULL;
            end(rider, call);
            if (begun < rider->total && !submit(rider, place, begun++))
                return NULL;
            if (support_random(&rider->random) % 8 == 0)
                cancel_one(rider);
        }
    }
    return NULL;
}

static long
from_environment(const char *name, long otherwise)
{
    const char *text = getenv(name);

    return text == NULL ? otherwise : atol(text);
}

static void
test_storm(void **state)
{
    const struct ck_pool_options options = {.max_redirects = 20, .proxy = ""};
    const long total = from_environment("STORM_JOBS", 2000) / THREADS;
    const long seed = from_environment("STORM_SEED", 1);
    struct rider riders[THREADS];
    struct storm_server server;
    struct ck_pool *pool = NULL;
    long cancelled = 0;

    (void)state;
    storm_start(&server);
    assert_int_equal(ck_transport_api.pool_new(&pool, &options, NULL), CK_OK);
    for (int i = 0; i < THREADS; i++) {
        struct rider *rider = &riders[i];

        *rider = (struct rider){.pool = pool,
                                .port = server.port,
                                .total = total,
                                .random = (uint64_t)(seed * THREADS + i + 1)};
        assert_int_equal(pthread_mutex_init(&rider->mutex, NULL), 0);
        assert_int_equal(pthread_cond_init(&rider->changed, NULL), 0);
        assert_int_equal(pthread_create(&rider->thread, NULL, ride, rider), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(riders[i].thread, NULL), 0);
        assert_int_equal(riders[i].ended, total);
        assert_int_equal(riders[i].wrong, 0);
        cancelled += riders[i].cancelled;
        (void)pthread_mutex_destroy(&riders[i].mutex);
        (void)pthread_cond_destroy(&riders[i].changed);
    }
    print_message("%ld jobs, %ld of them cancelled\n", total * THREADS,
                  cancelled);
    ck_transport_api.pool_destroy(pool);
    storm_stop(&server);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_storm)};

    return cmocka_run_group_tests_name("loop storm", tests, NULL, NULL);
}
