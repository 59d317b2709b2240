/* transport.c: a pool: libcurl handles that many threads share for blocking
 * calls, and the I/O thread for the others. A handle belongs to one thread
 * while it performs and to the pool in between; its connections stay open
 * meanwhile. */
#include "transport.h"

#include "alloc.h"
#include "gate.h"
#include "transport_impl.h"

#include <curl/curl.h>
#include <pthread.h>
#include <unistd.h>

struct handle {
    struct ck_easy easy;
    struct ck_poll poll;
    struct handle *next; /* on the shelf */
};

/* What belongs to one process. A child made by fork cannot use its parent's
 * connections, nor trust its mutex (another thread may have held it), nor
 * even close them (TLS would say goodbye in the parent's name), and the I/O
 * thread is not there: it leaves the parent's shelf alone and starts its
 * own. */
struct shelf {
    pid_t pid;
    pthread_mutex_t mutex;
    pthread_cond_t quiet; /* running has become 0 */
    struct handle *idle;  /* last in, first out: the warm one first */
    long idle_count;
    long running;
    struct ck_loop *loop; /* NULL until the first job */
    struct shelf *parent; /* left alone, but not lost to leak checkers */
};

struct ck_pool {
    struct ck_config config;
    _Atomic(struct shelf *) shelf;
    atomic_int closed;       /* for blocking calls */
    atomic_int async_closed; /* for jobs */
};

/* libcurl wants to be set up once per process, before its first use. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_int is_ready;

static void
set_up(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK && ck_gate_set_up())
        atomic_store(&is_ready, 1);
}

/* curl_version() writes the same static buffer at each call, so it is called
 * once; and not before somebody asks, because it can be slow: where libcurl
 * speaks LDAP it looks up the machine's own name. */
static pthread_once_t versions_once = PTHREAD_ONCE_INIT;
static _Atomic(const char *) version_text;

static void
read_versions(void)
{
    atomic_store(&version_text, curl_version());
}

/* --- handles ----------------------------------------------------------- */

static void
handles_destroy(struct handle *handle)
{
    while (handle != NULL) {
        struct handle *next = handle->next;
        ck_easy_free(&handle->easy);
        ck_poll_free(&handle->poll);
        ck_free(handle);
        handle = next;
    }
}

static enum ck_status
handle_new(struct handle **out, const struct ck_config *config,
           struct ck_error *error)
{
    struct handle *handle = ck_calloc(1, sizeof *handle);
    enum ck_status status;

    if (handle == NULL)
        return ck_fail(error, CK_NOMEM, "no room for a connection");
    status = ck_easy_init(&handle->easy, config, &handle->poll.now, error);
    if (status != CK_OK) {
        ck_free(handle);
        return status;
    }
    status = ck_poll_init(&handle->poll, -1, error);
    if (status == CK_OK)
        status = ck_poll_open(&handle->poll, error);
    if (status != CK_OK) {
        handles_destroy(handle);
        return status;
    }
    *out = handle;
    return CK_OK;
}

/* --- shelves ----------------------------------------------------------- */

static struct shelf *
shelf_new(pid_t pid, struct shelf *parent)
{
    struct shelf *shelf = ck_calloc(1, sizeof *shelf);

    if (shelf == NULL)
        return NULL;
    shelf->pid = pid;
    shelf->parent = parent;
    if (pthread_mutex_init(&shelf->mutex, NULL) != 0) {
        ck_free(shelf);
        return NULL;
    }
    if (pthread_cond_init(&shelf->quiet, NULL) != 0) {
        (void)pthread_mutex_destroy(&shelf->mutex);
        ck_free(shelf);
        return NULL;
    }
    return shelf;
}

static void
shelf_destroy(struct shelf *shelf)
{
    if (shelf->loop != NULL)
        ck_loop_destroy(shelf->loop);
    if (shelf->idle != NULL) { /* a new one is given up inside the gate */
        ck_gate_enter();
        handles_destroy(shelf->idle);
        ck_gate_leave();
    }
    (void)pthread_cond_destroy(&shelf->quiet);
    (void)pthread_mutex_destroy(&shelf->mutex);
    ck_free(shelf);
}

/* The shelf of this process, made when it is the first to need one. */
static struct shelf *
shelf_of(struct ck_pool *pool)
{
    struct shelf *shelf = atomic_load(&pool->shelf);
    const pid_t pid = getpid();
    struct shelf *fresh;

    if (shelf != NULL && shelf->pid == pid)
        return shelf;
    fresh = shelf_new(pid, shelf);
    if (fresh == NULL)
        return NULL;
    if (atomic_compare_exchange_strong(&pool->shelf, &shelf, fresh))
        return fresh;
    shelf_destroy(fresh); /* another thread was faster */
    return shelf;
}

/* *where is set when this run was counted and has to be checked in, whether
 * it got a handle or not. */
static enum ck_status
check_out(struct ck_pool *pool, struct shelf **where, struct handle **handle,
          struct ck_error *error)
{
    struct shelf *shelf = shelf_of(pool);
    enum ck_status status = CK_OK;

    if (shelf == NULL)
        return ck_fail(error, CK_NOMEM, "no room for connections");
    (void)pthread_mutex_lock(&shelf->mutex);
    if (atomic_load(&pool->closed)) {
        (void)pthread_mutex_unlock(&shelf->mutex);
        return ck_fail(error, CK_CLOSED, "the client is closed");
    }
    *where = shelf;
    shelf->running++;
    *handle = shelf->idle;
    if (*handle != NULL) {
        shelf->idle = (*handle)->next;
        shelf->idle_count--;
        (*handle)->next = NULL;
    }
    (void)pthread_mutex_unlock(&shelf->mutex);
    if (*handle == NULL)
        status = handle_new(handle, &pool->config, error);
    return status;
}

/* handle may be NULL, when none could be made. */
static void
check_in(struct ck_pool *pool, struct shelf *shelf, struct handle *handle)
{
    const int is_sound = handle != NULL && !handle->poll.broken;
    int kept = 0;

    (void)pthread_mutex_lock(&shelf->mutex);
    if (is_sound && !atomic_load(&pool->closed) &&
        shelf->idle_count < pool->config.max_idle) {
        handle->next = shelf->idle;
        shelf->idle = handle;
        shelf->idle_count++;
        kept = 1;
    }
    (void)pthread_mutex_unlock(&shelf->mutex);
    if (!kept)
        handles_destroy(handle);
    (void)pthread_mutex_lock(&shelf->mutex);
    shelf->running--;
    if (shelf->running == 0)
        (void)pthread_cond_broadcast(&shelf->quiet);
    (void)pthread_mutex_unlock(&shelf->mutex);
}

/* --- a blocking call ---------------------------------------------------- */

static enum ck_status
run_course(struct handle *handle, struct ck_course *course,
           const struct ck_watch *watch, struct ck_response *response,
           struct ck_error *error)
{
    struct ck_easy *easy = &handle->easy;
    enum ck_status status;
    long elapsed_us;

    do {
        elapsed_us = 0;
        status = ck_easy_prepare(easy, &course->hop, response, course->fresh,
                                 error);
        if (status == CK_OK)
            status = ck_wait_run(&handle->poll, easy, course->hop.url, watch,
                                 &elapsed_us, error);
        response->elapsed_us = elapsed_us;
    } while (ck_course_goes_on(course, easy, response, &status, error));
    return status;
}

static enum ck_status
perform(struct ck_pool *pool, const struct ck_request *request,
        struct ck_response *response, const struct ck_tick *tick,
        struct ck_error *error)
{
    const struct ck_watch watch = {.closed = &pool->closed,
                                   .tick = tick,
                                   .timeout_ms = request->timeout_ms};
    struct handle *handle = NULL;
    struct shelf *shelf = NULL;
    struct ck_course course;
    enum ck_status status;

    status =
        ck_course_init(&course, request, pool->config.max_redirects, error);
    ck_gate_enter();
    if (status == CK_OK)
        status = check_out(pool, &shelf, &handle, error);
    if (status == CK_OK)
        status = run_course(handle, &course, &watch, response, error);
    if (shelf != NULL)
        check_in(pool, shelf, handle);
    ck_gate_leave();
    ck_course_free(&course);
    return status;
}

/* --- jobs for the I/O thread --------------------------------------------- */

static enum ck_status
job_submit(struct ck_pool *pool, struct ck_job *job, struct ck_error *error)
{
    struct shelf *shelf = shelf_of(pool);
    enum ck_status status = CK_OK;
    struct ck_loop *loop = NULL;

    if (shelf == NULL)
        return ck_fail(error, CK_NOMEM, "no room for connections");
    (void)pthread_mutex_lock(&shelf->mutex);
    if (atomic_load(&pool->async_closed))
        status = ck_fail(error, CK_CLOSED, "the client is closed");
    else if (shelf->loop == NULL)
        status = ck_loop_new(&shelf->loop, &pool->config, error);
    loop = shelf->loop;
    (void)pthread_mutex_unlock(&shelf->mutex);
    return status == CK_OK ? ck_loop_submit(loop, job, error) : status;
}

/* The I/O thread of this process, or NULL when there is none. */
static struct ck_loop *
loop_of(struct ck_pool *pool)
{
    struct shelf *shelf = atomic_load(&pool->shelf);
    struct ck_loop *loop = NULL;

    if (shelf == NULL || shelf->pid != getpid())
        return NULL;
    (void)pthread_mutex_lock(&shelf->mutex);
    loop = shelf->loop;
    (void)pthread_mutex_unlock(&shelf->mutex);
    return loop;
}

static void
job_cancel(struct ck_pool *pool, struct ck_job *job)
{
    struct ck_loop *loop = loop_of(pool);

    if (loop != NULL)
        ck_loop_cancel(loop, job);
}

/* --- the pool ---------------------------------------------------------- */

static enum ck_status
pool_new(struct ck_pool **out, const struct ck_pool_options *options,
         struct ck_error *error)
{
    struct ck_pool *pool = NULL;
    enum ck_status status;

    (void)pthread_once(&once, set_up);
    if (!atomic_load(&is_ready))
        return ck_fail(error, CK_INTERNAL, "libcurl cannot be set up");
    pool = ck_calloc(1, sizeof *pool);
    if (pool == NULL)
        return ck_fail(error, CK_NOMEM, "no room for a client");
    atomic_init(&pool->closed, 0);
    atomic_init(&pool->async_closed, 0);
    atomic_init(&pool->shelf, NULL);
    status = ck_config_init(&pool->config, options, error);
    if (status != CK_OK) {
        ck_free(pool);
        return status;
    }
    *out = pool;
    return CK_OK;
}

/* The handles that nobody uses. */
static void
clear_shelf(struct shelf *shelf)
{
    struct handle *idle = NULL;

    (void)pthread_mutex_lock(&shelf->mutex);
    idle = shelf->idle;
    shelf->idle = NULL;
    shelf->idle_count = 0;
    (void)pthread_mutex_unlock(&shelf->mutex);
    ck_gate_enter();
    handles_destroy(idle);
    ck_gate_leave();
}

static void
pool_close(struct ck_pool *pool, int sides)
{
    struct shelf *shelf = atomic_load(&pool->shelf);
    struct ck_loop *loop = NULL;

    if ((sides & CK_CLOSE_BLOCKING) != 0)
        atomic_store(&pool->closed, 1);
    if ((sides & CK_CLOSE_ASYNC) != 0)
        atomic_store(&pool->async_closed, 1);
    if (shelf == NULL || shelf->pid != getpid())
        return;
    if ((sides & CK_CLOSE_BLOCKING) != 0)
        clear_shelf(shelf);
    if ((sides & CK_CLOSE_ASYNC) != 0 && (loop = loop_of(pool)) != NULL)
        ck_loop_close(loop);
}

static void
pool_destroy(struct ck_pool *pool)
{
    struct shelf *shelf;

    /* While the process ends, threads that would be waited for may have
     * stopped for good; nor does memory matter any more. */
    if (pool == NULL || ck_gate_is_closed())
        return;
    pool_close(pool, CK_CLOSE_BLOCKING | CK_CLOSE_ASYNC);
    shelf = atomic_load(&pool->shelf);
    if (shelf != NULL && shelf->pid == getpid()) {
        (void)pthread_mutex_lock(&shelf->mutex);
        while (shelf->running > 0)
            (void)pthread_cond_wait(&shelf->quiet, &shelf->mutex);
        (void)pthread_mutex_unlock(&shelf->mutex);
        shelf_destroy(shelf);
    }
    ck_config_free(&pool->config);
    ck_free(pool);
}

static const char *
versions(void)
{
    (void)pthread_once(&versions_once, read_versions);
    return atomic_load(&version_text);
}

const char ck_transport_built_with[] = LIBCURL_VERSION;

const struct ck_transport_api ck_transport_api = {
    .version = CK_TRANSPORT_API_VERSION,
    .pool_new = pool_new,
    .perform = perform,
    .job_submit = job_submit,
    .job_cancel = job_cancel,
    .pool_close = pool_close,
    .pool_destroy = pool_destroy,
    .versions = versions,
    .ca_find = ck_ca_find,
};
