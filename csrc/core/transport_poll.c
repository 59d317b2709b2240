/* transport_poll.c: a multi handle of libcurl and what it waits for: libcurl
 * names sockets and a deadline, we poll. For one transfer at a time as for
 * hundreds. Owns the multi handle, which owns the connections. */
#include "alloc.h"
#include "transport_impl.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <time.h>

enum { FIRST_CAP = 16, NUDGE_US = 50 * 1000, NUDGE_MAX_US = 1000 * 1000 };

int64_t
ck_poll_clock(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
ck_poll_limit(long timeout_ms)
{
    const int64_t most = INT64_MAX / 4;

    return timeout_ms > most / 1000 ? most : (int64_t)timeout_ms * 1000;
}

/* --- called by libcurl ------------------------------------------------- */

static enum ck_status
grow(struct ck_poll *poll)
{
    const size_t cap = poll->cap * 2;
    struct pollfd *fds = ck_realloc(poll->fds, cap * sizeof *fds);
    struct pollfd *ready = NULL;
    struct ck_easy **whose = NULL;

    if (fds != NULL)
        poll->fds = fds;
    ready = ck_realloc(poll->ready, cap * sizeof *ready);
    if (ready != NULL)
        poll->ready = ready;
    whose = ck_realloc(poll->whose, cap * sizeof(struct ck_easy *));
    if (whose != NULL)
        poll->whose = whose;
    if (fds == NULL || ready == NULL || whose == NULL)
        return CK_NOMEM;
    poll->cap = cap;
    return CK_OK;
}

/* libcurl keeps each socket's place for us; that of the first is never
 * given, so that NULL means none. */
static void *
mark_of(size_t place)
{
    return (void *)(uintptr_t)place;
}

/* The last one moves into the gap. */
static void
drop(struct ck_poll *poll, size_t place)
{
    const size_t last = --poll->count;

    if (place == last)
        return;
    poll->fds[place] = poll->fds[last];
    poll->whose[place] = poll->whose[last];
    (void)curl_multi_assign(poll->multi, poll->fds[place].fd, mark_of(place));
}

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
    struct ck_poll *poll = arg;
    size_t place = (size_t)(uintptr_t)mark;
    char *easy = NULL;

    if (what == CURL_POLL_REMOVE || what == CURL_POLL_NONE) {
        if (place > 0)
            drop(poll, place);
        return 0;
    }
    if (place == 0) {
        if (poll->count == poll->cap && grow(poll) != CK_OK)
            return -1; /* libcurl then gives up, and says so */
        place = poll->count++;
        poll->fds[place] = (struct pollfd){.fd = socket};
        (void)curl_multi_assign(poll->multi, socket, mark_of(place));
    }
    (void)curl_easy_getinfo(curl, CURLINFO_PRIVATE, &easy);
    poll->whose[place] = (struct ck_easy *)(void *)easy;
    poll->fds[place].events = poll_events(what);
    return 0;
}

static int
on_timer(CURLM *multi, long timeout_ms, void *arg)
{
    struct ck_poll *poll = arg;

    (void)multi;
    if (timeout_ms > 0)
        poll->timer_at = ck_poll_clock() + (int64_t)timeout_ms * 1000;
    else /* 0: due now, by the clock as we know it */
        poll->timer_at = timeout_ms == 0 ? poll->now : -1;
    return 0;
}

/* --- the multi handle -------------------------------------------------- */

enum ck_status
ck_poll_open(struct ck_poll *poll, struct ck_error *error)
{
    CURLM *multi = NULL;

    errno = 0;
    multi = curl_multi_init();
    poll->multi = multi;
    poll->timer_at = -1;
    poll->nudge_at = -1;
    poll->broken = 0;
    poll->count = 1;
    poll->ready_count = 0;
    /* Since version 8 a handle has descriptors of its own. */
    if (multi == NULL && (errno == EMFILE || errno == ENFILE))
        return ck_fail(error, CK_CONNECT,
                       "cannot connect: too many open files");
    if (multi == NULL)
        return ck_fail(error, CK_NOMEM, "libcurl gave no handle");
    if (curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket) !=
            CURLM_OK ||
        curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, poll) != CURLM_OK ||
        curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer) !=
            CURLM_OK ||
        curl_multi_setopt(multi, CURLMOPT_TIMERDATA, poll) != CURLM_OK) {
        ck_poll_close(poll);
        return ck_fail(error, CK_INTERNAL,
                       "this libcurl lacks an option that is needed");
    }
    return CK_OK;
}

void
ck_poll_close(struct ck_poll *poll)
{
    if (poll->multi != NULL)
        (void)curl_multi_cleanup(poll->multi);
    poll->multi = NULL;
    poll->count = 1;
    poll->timer_at = -1;
    poll->nudge_at = -1;
}

enum ck_status
ck_poll_init(struct ck_poll *poll, int wake, struct ck_error *error)
{
    memset(poll, 0, sizeof *poll);
    poll->cap = FIRST_CAP / 2;
    if (grow(poll) != CK_OK) {
        ck_poll_free(poll);
        return ck_fail(error, CK_NOMEM, "no room for a connection");
    }
    poll->count = 1;
    poll->fds[0] = (struct pollfd){.fd = wake, .events = POLLIN};
    poll->whose[0] = NULL;
    poll->timer_at = -1;
    poll->nudge_at = -1;
    poll->now = ck_poll_clock();
    return CK_OK;
}

void
ck_poll_free(struct ck_poll *poll)
{
    ck_poll_close(poll);
    ck_free(poll->fds);
    ck_free(poll->ready);
    ck_free(poll->whose);
    poll->fds = NULL;
    poll->ready = NULL;
    poll->whose = NULL;
}

/* --- waiting and acting ------------------------------------------------ */

int
ck_poll_ms_until(const struct ck_poll *poll, int64_t then)
{
    const int64_t ms = (then - poll->now + 999) / 1000;

    return ms < 0 ? 0 : ms > INT32_MAX ? INT32_MAX : (int)ms;
}

int64_t
ck_poll_due(const struct ck_poll *poll)
{
    if (poll->nudge_at < 0 ||
        (poll->timer_at >= 0 && poll->timer_at < poll->nudge_at))
        return poll->timer_at;
    return poll->nudge_at;
}

static void
nudge_soon(struct ck_poll *poll)
{
    poll->nudge_after = NUDGE_US;
    if (poll->nudge_at < 0 || poll->nudge_at > poll->now + NUDGE_US)
        poll->nudge_at = poll->now + NUDGE_US;
}

int
ck_poll_wait(struct ck_poll *self, int ms)
{
    const int count = poll(self->fds, (nfds_t)self->count, ms);
    size_t i;

    self->now = ck_poll_clock();
    self->ready_count = 0;
    if (count < 0 && errno != EINTR)
        self->broken = 1;
    /* A copy: libcurl changes the set as it goes. */
    for (i = 1; i < self->count && (int)self->ready_count < count; i++) {
        if (self->fds[i].revents == 0)
            continue;
        if ((self->fds[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0 &&
            self->whose[i] != NULL)
            self->whose[i]->came_at = self->now;
        self->ready[self->ready_count++] = self->fds[i];
    }
    return count;
}

static enum ck_status
act(struct ck_poll *poll, curl_socket_t socket, int bits,
    struct ck_error *error)
{
    const CURLMcode code =
        curl_multi_socket_action(poll->multi, socket, bits, &poll->running);

    if (poll->running == 0)
        poll->nudge_at = -1;
    else if (poll->nudge_at < 0)
        nudge_soon(poll);
    if (code == CURLM_OK)
        return CK_OK;
    poll->broken = 1;
    /* That is the only reason for our callbacks to give up. */
    if (code == CURLM_OUT_OF_MEMORY || code == CURLM_ABORTED_BY_CALLBACK)
        return ck_fail(error, CK_NOMEM, "libcurl ran out of memory");
    return ck_fail(error, CK_INTERNAL, "libcurl cannot go on: %s",
                   curl_multi_strerror(code));
}

enum ck_status
ck_poll_act(struct ck_poll *poll, struct ck_error *error)
{
    const size_t count = poll->ready_count;
    enum ck_status status = CK_OK;
    size_t i;

    if (poll->broken)
        return ck_fail(error, CK_INTERNAL, "poll failed");
    poll->ready_count = 0;
    if (count > 0)
        nudge_soon(poll);
    for (i = 0; i < count && status == CK_OK; i++) {
        const short events = poll->ready[i].revents;
        int bits = 0;

        if ((events & (POLLIN | POLLHUP)) != 0)
            bits |= CURL_CSELECT_IN;
        if ((events & POLLOUT) != 0)
            bits |= CURL_CSELECT_OUT;
        if ((events & (POLLERR | POLLNVAL)) != 0)
            bits |= CURL_CSELECT_ERR;
        status = act(poll, poll->ready[i].fd, bits, error);
    }
    return status;
}

/* When HTTP/2 was violated, libcurl 8 says goodbye to the server, and tells
 * the transfers only when it reads again, though the server may never send
 * another byte nor hang up. So it has to read again: soon after it did
 * anything, then, as it reads without being asked to, less and less often. */
static enum ck_status
nudge(struct ck_poll *poll, struct ck_error *error)
{
    const int64_t after = poll->nudge_after;
    enum ck_status status;
    size_t i;

    for (i = 1; i < poll->count; i++) {
        if ((poll->fds[i].events & POLLIN) == 0)
            continue;
        poll->ready[poll->ready_count] = poll->fds[i];
        poll->ready[poll->ready_count++].revents = POLLIN;
    }
    status = ck_poll_act(poll, error);
    if (poll->running > 0) {
        poll->nudge_after = after < NUDGE_MAX_US ? after * 2 : after;
        poll->nudge_at = poll->now + poll->nudge_after;
    }
    return status;
}

enum ck_status
ck_poll_act_on_timer(struct ck_poll *poll, struct ck_error *error)
{
    enum ck_status status = CK_OK;

    if (poll->nudge_at >= 0 && poll->nudge_at <= poll->now)
        status = nudge(poll, error);
    if (status != CK_OK || poll->timer_at < 0 || poll->timer_at > poll->now)
        return status;
    poll->timer_at = -1;
    return act(poll, CURL_SOCKET_TIMEOUT, 0, error);
}
