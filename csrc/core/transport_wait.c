/* transport_wait.c: drives one transfer to its end in the caller's thread:
 * time limits are those of httpx, signals break the wait at once, and a
 * kept-alive request costs one poll. Borrows all it works with. */
#include "gate.h"
#include "transport_impl.h"

#include <curl/curl.h>

enum { TICK_US = 100 * 1000 };

/* The state of one run. Times are microseconds of the monotonic clock. */
struct run {
    struct ck_poll *poll;
    struct ck_easy *easy;
    const struct ck_watch *watch;
    int64_t active; /* when bytes last moved; 0: not connected yet */
    int64_t tick_at;
    int interrupted; /* a signal broke the wait */
    size_t sent;
};

enum ck_status
ck_wait_give_up(const struct ck_easy *easy, size_t sent, long timeout_ms,
                struct ck_error *error)
{
    if (sent < easy->upload_size)
        return ck_fail(error, CK_WRITE_TIMEOUT,
                       "the server took no bytes for %ld ms", timeout_ms);
    return ck_fail(error, CK_READ_TIMEOUT,
                   "the server sent no bytes for %ld ms", timeout_ms);
}

static enum ck_status
check_tick(struct run *run, struct ck_error *error)
{
    const struct ck_tick *tick = run->watch->tick;
    int stop;

    run->interrupted = 0;
    run->tick_at = run->poll->now + TICK_US;
    if (tick == NULL)
        return CK_OK;
    ck_gate_leave();
    stop = tick->check(tick->arg);
    ck_gate_enter();
    if (stop != 0)
        return ck_fail(error, CK_INTERRUPTED, "the request was interrupted");
    return CK_OK;
}

/* An answer that goes on is life; room to write only while there is a body
 * left and it gets shorter. */
static void
note_activity(struct run *run)
{
    int64_t moved_at;
    size_t sent;

    if (run->active == 0) {
        if (!ck_easy_is_connected(run->easy))
            return;
        run->active = run->poll->now;
    }
    moved_at = ck_easy_moved_at(run->easy);
    if (moved_at > run->active)
        run->active = moved_at;
    if (run->sent == run->easy->upload_size)
        return;
    sent = ck_easy_sent(run->easy);
    if (sent != run->sent)
        run->active = run->poll->now;
    run->sent = sent;
}

static enum ck_status
check_limits(struct run *run, struct ck_error *error)
{
    const struct ck_watch *watch = run->watch;
    const int64_t now = run->poll->now;
    const int64_t limit = ck_poll_limit(watch->timeout_ms);
    enum ck_status status = CK_OK;

    if (atomic_load_explicit(watch->closed, memory_order_relaxed))
        return ck_fail(error, CK_CLOSED,
                       "the client was closed during the request");
    if (run->interrupted || now >= run->tick_at)
        status = check_tick(run, error);
    if (status != CK_OK || limit <= 0 || run->active == 0 ||
        now - run->active < limit)
        return status;
    note_activity(run); /* libcurl may have read without an event */
    if (now - run->active < limit)
        return CK_OK;
    return ck_wait_give_up(run->easy, run->sent, watch->timeout_ms, error);
}

/* How long to wait at most. */
static int
wait_ms(const struct run *run)
{
    const int64_t limit = ck_poll_limit(run->watch->timeout_ms);
    const int64_t due = ck_poll_due(run->poll);
    int64_t until = run->tick_at;

    if (due >= 0 && due < until)
        until = due;
    if (limit > 0 && run->active != 0 && run->active + limit < until)
        until = run->active + limit;
    return ck_poll_ms_until(run->poll, until);
}

static enum ck_status
drive(struct run *run, struct ck_error *error)
{
    struct ck_poll *poll = run->poll;
    enum ck_status status;

    for (;;) {
        const int ready = poll->ready_count > 0;

        status = ck_poll_act(poll, error);
        if (status == CK_OK)
            status = ck_poll_act_on_timer(poll, error);
        if (status != CK_OK || poll->running == 0)
            return status;
        if (ready || run->active == 0)
            note_activity(run);
        status = check_limits(run, error);
        if (status != CK_OK)
            return status;
        ck_gate_leave();
        run->interrupted = ck_poll_wait(poll, wait_ms(run)) < 0;
        ck_gate_enter();
    }
}

static enum ck_status
outcome(struct run *run, const char *url, struct ck_error *error)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(run->poll->multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE &&
            message->easy_handle == run->easy->curl)
            return ck_easy_finish(run->easy, (int)message->data.result, url,
                                  error);
    }
    return ck_fail(error, CK_INTERNAL, "libcurl lost the transfer");
}

enum ck_status
ck_wait_run(struct ck_poll *poll, struct ck_easy *easy, const char *url,
            const struct ck_watch *watch, long *elapsed_us,
            struct ck_error *error)
{
    const int64_t start = ck_poll_clock();
    struct run run = {.poll = poll,
                      .easy = easy,
                      .watch = watch,
                      .tick_at = start + TICK_US};
    enum ck_status status;

    if (curl_multi_add_handle(poll->multi, easy->curl) != CURLM_OK)
        return ck_fail(error, CK_NOMEM, "libcurl took no transfer");
    poll->running = 1;
    poll->ready_count = 0;
    poll->nudge_at = -1;
    poll->now = ck_poll_clock(); /* adding has set a timer, due at once */
    status = drive(&run, error);
    if (status == CK_OK)
        status = outcome(&run, url, error);
    *elapsed_us = (long)(ck_poll_clock() - start);
    /* Ends a transfer that still runs, and closes its connection. */
    (void)curl_multi_remove_handle(poll->multi, easy->curl);
    return status;
}
