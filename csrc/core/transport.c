/* transport.c: a pool of libcurl handles that many threads share, and the
 * loop over redirects. A handle belongs to one thread while it performs and
 * to the pool in between; its connections stay open meanwhile. */
#include "transport.h"

#include "alloc.h"
#include "transport_impl.h"

#include <curl/curl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

struct handle {
    struct ck_easy easy;
    struct ck_wait wait;
    struct handle *next; /* on the shelf */
};

/* What belongs to one process. A child made by fork cannot use its parent's
 * connections, nor trust its mutex (another thread may have held it), nor
 * even close them (TLS would say goodbye in the parent's name): it leaves
 * the parent's shelf alone and starts its own. */
struct shelf {
    pid_t pid;
    pthread_mutex_t mutex;
    pthread_cond_t quiet; /* running has become 0 */
    struct handle *idle;  /* last in, first out: the warm one first */
    long idle_count;
    long running;
    struct shelf *parent; /* left alone, but not lost to leak checkers */
};

struct ck_pool {
    struct ck_config config;
    _Atomic(struct shelf *) shelf;
    atomic_int closed;
};

/* libcurl wants to be set up once per process, before its first use. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_int is_ready;

static void
set_up(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
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

static enum ck_status
handle_new(struct handle **out, const struct ck_config *config,
           struct ck_error *error)
{
    struct handle *handle = ck_calloc(1, sizeof *handle);
    enum ck_status status;

    if (handle == NULL)
        return ck_fail(error, CK_NOMEM, "no room for a connection");
    status = ck_easy_init(&handle->easy, config, error);
    if (status != CK_OK) {
        ck_free(handle);
        return status;
    }
    status = ck_wait_init(&handle->wait, error);
    if (status != CK_OK) {
        ck_easy_free(&handle->easy);
        ck_free(handle);
        return status;
    }
    *out = handle;
    return CK_OK;
}

static void
handles_destroy(struct handle *handle)
{
    while (handle != NULL) {
        struct handle *next = handle->next;
        ck_easy_free(&handle->easy);
        ck_wait_free(&handle->wait);
        ck_free(handle);
        handle = next;
    }
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
    handles_destroy(shelf->idle);
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
check_in(struct ck_pool *pool, struct shelf *shelf, struct handle *handle,
         enum ck_status status)
{
    const int is_sound = handle != NULL && status != CK_INTERNAL;
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

/* --- the loop over redirects ------------------------------------------- */

/* Where "user:password@" begins and ends in a URL; 0 when there is none. */
static size_t
credentials_in(const char *url, size_t *start)
{
    const char *text = strstr(url, "://");
    size_t len;

    if (text == NULL)
        return 0;
    text += 3;
    *start = (size_t)(text - url);
    for (len = strcspn(text, "/?#"); len > 0; len--)
        if (text[len - 1] == '@')
            return len;
    return 0;
}

static enum ck_status
put_url(struct ck_response *response, const char *url, struct ck_error *error)
{
    size_t start = 0;
    const size_t len = credentials_in(url, &start);
    enum ck_status status = ck_buf_append(&response->url, url, start);

    if (status == CK_OK)
        status = ck_buf_append_str(&response->url, url + start + len);
    if (status != CK_OK)
        return ck_fail(error, status, "no room for the answer's URL");
    return CK_OK;
}

/* One request and its answer. */
static enum ck_status
run_hop(struct handle *handle, const struct ck_hop *hop,
        const struct ck_watch *watch, struct ck_response *response,
        struct ck_error *error)
{
    long elapsed_us = 0;
    enum ck_status status;
    int fresh = 0;

    do {
        status = ck_easy_prepare(&handle->easy, hop, response, fresh, error);
        if (status != CK_OK)
            return status;
        status = ck_wait_run(&handle->wait, &handle->easy, hop->url, watch,
                             &elapsed_us, error);
    } while (status != CK_OK && handle->easy.stale && !fresh++);
    response->elapsed_us = elapsed_us;
    return status;
}

static enum ck_status
run_hops(struct handle *handle, struct ck_hop *hop,
         const struct ck_watch *watch, int max_redirects,
         struct ck_response *response, struct ck_error *error)
{
    struct ck_buf urls[2]; /* of this hop and of the next */
    enum ck_status status;
    int redirects = 0;

    ck_buf_init(&urls[0], CK_BUF_NO_MAX);
    ck_buf_init(&urls[1], CK_BUF_NO_MAX);
    for (;;) {
        status = run_hop(handle, hop, watch, response, error);
        response->redirects = redirects;
        if (status != CK_OK || max_redirects <= 0 ||
            !ck_redirect_is_due(response))
            break;
        if (redirects == max_redirects) {
            status = ck_fail(error, CK_TOO_MANY_REDIRECTS,
                             "the server redirects more than %d times",
                             max_redirects);
            break;
        }
        status =
            ck_redirect_follow(hop, response, &urls[redirects % 2], error);
        if (status != CK_OK)
            break;
        redirects++;
    }
    if (status == CK_OK)
        status = put_url(response, hop->url, error);
    ck_buf_free(&urls[0]);
    ck_buf_free(&urls[1]);
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
    struct ck_hop hop = {.request = request,
                         .method = request->method,
                         .url = request->url.data};
    struct handle *handle = NULL;
    struct shelf *shelf = NULL;
    enum ck_status status;
    size_t start = 0;

    if (hop.url == NULL || hop.method == NULL)
        return ck_fail(error, CK_BAD_ARGUMENT, "a request needs a URL");
    /* As with httpx, credentials in the URL beat the header. */
    if (credentials_in(hop.url, &start) > 0)
        hop.dropped = CK_DROP_AUTHORIZATION;
    status = check_out(pool, &shelf, &handle, error);
    if (status == CK_OK)
        status = run_hops(handle, &hop, &watch, pool->config.max_redirects,
                          response, error);
    if (shelf != NULL)
        check_in(pool, shelf, handle, status);
    return status;
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
    atomic_init(&pool->shelf, NULL);
    status = ck_config_init(&pool->config, options, error);
    if (status != CK_OK) {
        ck_free(pool);
        return status;
    }
    *out = pool;
    return CK_OK;
}

static void
pool_close(struct ck_pool *pool, int sides)
{
    struct handle *idle = NULL;
    struct shelf *shelf;

    if ((sides & CK_CLOSE_BLOCKING) == 0)
        return;

    atomic_store(&pool->closed, 1);
    shelf = atomic_load(&pool->shelf);
    if (shelf == NULL || shelf->pid != getpid())
        return;
    (void)pthread_mutex_lock(&shelf->mutex);
    idle = shelf->idle;
    shelf->idle = NULL;
    shelf->idle_count = 0;
    (void)pthread_mutex_unlock(&shelf->mutex);
    handles_destroy(idle);
}

static void
pool_destroy(struct ck_pool *pool)
{
    struct shelf *shelf;

    if (pool == NULL)
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

const struct ck_transport_api ck_transport_api = {
    .version = CK_TRANSPORT_API_VERSION,
    .pool_new = pool_new,
    .perform = perform,
    .pool_close = pool_close,
    .pool_destroy = pool_destroy,
    .versions = versions,
    .ca_find = ck_ca_find,
};
