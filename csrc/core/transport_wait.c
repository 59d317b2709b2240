/* transport_wait.c: drives one transfer over a multi handle of libcurl, with
 * our own poll: so time limits are those of httpx, signals break the wait at
 * once, and a kept-alive request costs one poll. Owns the multi handle, which
 * owns the connections. */
#include "transport_impl.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <time.h>

enum { TICK_US = 100 * 1000 };

/* The state of one run. Times are microseconds of the monotonic clock. */
struct run {
    struct ck_wait *wait;
    struct ck_easy *easy;
    const struct ck_watch *watch;
    int64_t now;
    int64_t active; /* when bytes last moved; 0: not connected yet */
    int64_t tick_at;
    int interrupted; /* a signal broke the wait */
    int running;     /* transfers that libcurl still works on */
    size_t sent;
};

static int64_t
clock_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* --- called by libcurl ------------------------------------------------- */

static short
poll_events(int what)
{
    if (what == CURL_POLL_IN)
        return POLLIN;
    return what == CURL_POLL_OUT ? POLLOUT : POLLIN | POLLOUT;
}

static int
on_socket(CURL *curl, curl_socket_t socket, int what, void *arg, void *mark)
{
    struct ck_wait *wait = arg;
    nfds_t i = 0;

    (void)curl;
    (void)mark;
    while (i < wait->socket_count && wait->sockets[i].fd != socket)
        i++;
    if (what == CURL_POLL_REMOVE || what == CURL_POLL_NONE) {
        if (i < wait->socket_count)
            wait->sockets[i] = wait->sockets[--wait->socket_count];
        return 0;
    }
    if (i == CK_WAIT_SOCKETS) {
        wait->overflow = 1;
        return -1;
    }
    if (i == wait->socket_count)
        wait->socket_count++;
    wait->sockets[i].fd = socket;
    wait->sockets[i].events = poll_events(what);
    return 0;
}

static int
on_timer(CURLM *multi, long timeout_ms, void *arg)
{
    struct ck_wait *wait = arg;

    (void)multi;
    wait->timer_at =
        timeout_ms < 0 ? -1 : clock_us() + (int64_t)timeout_ms * 1000;
    return 0;
}

/* --- the multi handle -------------------------------------------------- */

enum ck_status
ck_wait_init(struct ck_wait *wait, struct ck_error *error)
{
    CURLM *multi = curl_multi_init();

    memset(wait, 0, sizeof *wait);
    wait->timer_at = -1;
    wait->multi = multi;
    if (multi == NULL)
        return ck_fail(error, CK_NOMEM, "libcurl gave no handle");
    if (curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket) !=
            CURLM_OK ||
        curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, wait) != CURLM_OK ||
        curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer) !=
            CURLM_OK ||
        curl_multi_setopt(multi, CURLMOPT_TIMERDATA, wait) != CURLM_OK) {
        ck_wait_free(wait);
        return ck_fail(error, CK_INTERNAL,
                       "this libcurl lacks an option that is needed");
    }
    return CK_OK;
}

void
ck_wait_free(struct ck_wait *wait)
{
    (void)curl_multi_cleanup(wait->multi);
    wait->multi = NULL;
}

/* --- one transfer ------------------------------------------------------ */

/* Lets libcurl work on a socket, or on its timers. */
static enum ck_status
act(struct run *run, curl_socket_t socket, int events, struct ck_error *error)
{
    struct ck_wait *wait = run->wait;
    const CURLMcode code =
        curl_multi_socket_action(wait->multi, socket, events, &run->running);

    if (code == CURLM_OUT_OF_MEMORY)
        return ck_fail(error, CK_NOMEM, "libcurl ran out of memory");
    if (code != CURLM_OK || wait->overflow)
        return ck_fail(error, CK_INTERNAL, "libcurl cannot go on: %s",
                       curl_multi_strerror(code));
    if (run->active == 0 && ck_easy_is_connected(run->easy))
        run->active = run->now;
    return CK_OK;
}

static enum ck_status
check_limits(struct run *run, struct ck_error *error)
{
    const struct ck_watch *watch = run->watch;
    const struct ck_tick *tick = watch->tick;
    const int64_t limit = (int64_t)watch->timeout_ms * 1000;

    if (atomic_load_explicit(watch->closed, memory_order_relaxed))
        return ck_fail(error, CK_CLOSED,
                       "the client was closed during the request");
    if (run->interrupted || run->now >= run->tick_at) {
        run->interrupted = 0;
        run->tick_at = run->now + TICK_US;
        if (tick != NULL && tick->check(tick->arg) != 0)
            return ck_fail(error, CK_INTERRUPTED,
                           "the request was interrupted");
    }
    if (limit <= 0 || run->active == 0 || run->now - run->active < limit)
        return CK_OK;
    if (run->sent < run->easy->upload_size)
        return ck_fail(error, CK_WRITE_TIMEOUT,
                       "the server took no bytes for %ld ms",
                       watch->timeout_ms);
    return ck_fail(error, CK_READ_TIMEOUT,
                   "the server sent no bytes for %ld ms", watch->timeout_ms);
}

/* How long to wait at most, rounded up to what poll takes. */
static int
wait_ms(const struct run *run)
{
    const int64_t limit = (int64_t)run->watch->timeout_ms * 1000;
    int64_t until = run->tick_at;

    if (run->wait->timer_at >= 0 && run->wait->timer_at < until)
        until = run->wait->timer_at;
    if (limit > 0 && run->active != 0 && run->active + limit < until)
        until = run->active + limit;
    return until <= run->now ? 0 : (int)((until - run->now + 999) / 1000);
}

/* Bytes that arrive are life; room to write only while there is a body
 * left and it gets shorter. */
static void
note_activity(struct run *run, short events)
{
    size_t sent;

    if (run->active == 0)
        return;
    if ((events & (POLLIN | POLLHUP | POLLERR)) != 0)
        run->active = run->now;
    if (run->sent == run->easy->upload_size)
        return;
    sent = ck_easy_sent(run->easy);
    if (sent != run->sent)
        run->active = run->now;
    run->sent = sent;
}

static enum ck_status
act_on_sockets(struct run *run, struct ck_error *error)
{
    struct pollfd ready[CK_WAIT_SOCKETS];
    const nfds_t count = run->wait->socket_count;
    enum ck_status status = CK_OK;
    nfds_t i;

    /* A copy: libcurl changes the set as it goes. */
    memcpy(ready, run->wait->sockets, count * sizeof *ready);
    for (i = 0; i < count && status == CK_OK; i++) {
        const short events = ready[i].revents;
        int bits = 0;

        if (events == 0)
            continue;
        if ((events & (POLLIN | POLLHUP)) != 0)
            bits |= CURL_CSELECT_IN;
        if ((events & POLLOUT) != 0)
            bits |= CURL_CSELECT_OUT;
        if ((events & (POLLERR | POLLNVAL)) != 0)
            bits |= CURL_CSELECT_ERR;
        status = act(run, ready[i].fd, bits, error);
        note_activity(run, events);
    }
    return status;
}

static enum ck_status
turn(struct run *run, struct ck_error *error)
{
    struct ck_wait *wait = run->wait;
    int count = poll(wait->sockets, wait->socket_count, wait_ms(run));

    if (count < 0 && errno != EINTR)
        return ck_fail(error, CK_INTERNAL, "poll failed: error %d", errno);
    run->interrupted = count < 0;
    run->now = clock_us();
    if (count > 0)
        return act_on_sockets(run, error);
    return CK_OK;
}

static enum ck_status
drive(struct run *run, struct ck_error *error)
{
    enum ck_status status = CK_OK;

    for (;;) {
        const int64_t timer_at = run->wait->timer_at;

        if (timer_at >= 0 && timer_at <= run->now) {
            run->wait->timer_at = -1;
            status = act(run, CURL_SOCKET_TIMEOUT, 0, error);
        }
        if (status != CK_OK || run->running == 0)
            return status;
        status = check_limits(run, error);
        if (status == CK_OK)
            status = turn(run, error);
        if (status != CK_OK)
            return status;
    }
}

static enum ck_status
outcome(struct run *run, const char *url, struct ck_error *error)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(run->wait->multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE &&
            message->easy_handle == run->easy->curl)
            return ck_easy_finish(run->easy, (int)message->data.result, url,
                                  error);
    }
    return ck_fail(error, CK_INTERNAL, "libcurl lost the transfer");
}

enum ck_status
ck_wait_run(struct ck_wait *wait, struct ck_easy *easy, const char *url,
            const struct ck_watch *watch, long *elapsed_us,
            struct ck_error *error)
{
    const int64_t start = clock_us();
    struct run run = {.wait = wait,
                      .easy = easy,
                      .watch = watch,
                      .now = start,
                      .tick_at = start + TICK_US,
                      .running = 1};
    enum ck_status status = CK_OK;

    wait->overflow = 0;
    if (curl_multi_add_handle(wait->multi, easy->curl) != CURLM_OK)
        return ck_fail(error, CK_NOMEM, "libcurl took no transfer");
    run.now = clock_us(); /* the timer that adding has set is due at once */
    status = drive(&run, error);
    if (status == CK_OK)
        status = outcome(&run, url, error);
    *elapsed_us = (long)(clock_us() - start);
    /* Ends a transfer that still runs, and closes its connection. */
    (void)curl_multi_remove_handle(wait->multi, easy->curl);
    return status;
}
