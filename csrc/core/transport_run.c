/* transport_run.c: one job on the I/O thread: from the queue to a seat, from
 * transfer to transfer, through waits and tries, to its end. All of it runs
 * on that thread. A run belongs to the loop; its job is the caller's, lent
 * until done. */
#include "alloc.h"
#include "transport_loop.h"

#include <curl/curl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#ifdef __APPLE__
#include <sys/random.h>
#endif

static void
end_try(struct ck_loop *loop, struct ck_run *run, enum ck_status status);

/* --- lists ------------------------------------------------------------- */

static void
append(struct ck_loop *loop, struct ck_run *run, enum ck_run_list which)
{
    struct ck_runs *list = &loop->lists[which];

    run->list = which;
    run->next = NULL;
    run->before = list->last;
    if (list->last != NULL)
        list->last->next = run;
    else
        list->first = run;
    list->last = run;
    list->count++;
}

static void
move(struct ck_loop *loop, struct ck_run *run, enum ck_run_list which)
{
    struct ck_runs *list = &loop->lists[run->list];

    if (run->before != NULL)
        run->before->next = run->next;
    else
        list->first = run->next;
    if (run->next != NULL)
        run->next->before = run->before;
    else
        list->last = run->before;
    list->count--;
    append(loop, run, which);
}

void
ck_run_enter(struct ck_loop *loop, struct ck_run *run)
{
    append(loop, run, CK_RUN_QUEUED);
}

/* --- seats ------------------------------------------------------------- */

static enum ck_status
take_seat(struct ck_loop *loop, struct ck_run *run)
{
    struct ck_error *error = &run->job->error;
    struct ck_seat *seat = loop->free_seats;
    enum ck_status status;

    if (seat != NULL) {
        loop->free_seats = seat->next;
    } else {
        seat = ck_calloc(1, sizeof *seat);
        if (seat == NULL)
            return ck_fail(error, CK_NOMEM, "no room for a connection");
        status =
            ck_easy_init(&seat->easy, loop->config, &loop->poll.now, error);
        if (status != CK_OK) {
            ck_free(seat);
            return status;
        }
    }
    seat->next = NULL;
    seat->run = run;
    run->seat = seat;
    return CK_OK;
}

static void
leave_seat(struct ck_loop *loop, struct ck_run *run)
{
    struct ck_seat *seat = run->seat;

    if (seat == NULL)
        return;
    run->seat = NULL;
    seat->run = NULL;
    seat->next = loop->free_seats;
    loop->free_seats = seat;
}

void
ck_run_free_seats(struct ck_loop *loop)
{
    while (loop->free_seats != NULL) {
        struct ck_seat *seat = loop->free_seats;

        loop->free_seats = seat->next;
        ck_easy_free(&seat->easy);
        ck_free(seat);
    }
}

/* --- transfers --------------------------------------------------------- */

static void
set_sent(struct ck_run *run, size_t sent)
{
    run->sent = sent;
    atomic_store_explicit(&run->job->sent, sent, memory_order_relaxed);
}

/* Of many calls at once over TLS all but the first wait to hear whether its
 * connection can be shared: one handshake instead of a hundred. Without TLS
 * there is no HTTP/2, and nothing to wait for. */
static void
set_sharing(struct ck_run *run)
{
    (void)curl_easy_setopt(run->seat->easy.curl, CURLOPT_PIPEWAIT,
                           (long)run->seat->easy.secure);
}

static enum ck_status
begin_transfer(struct ck_loop *loop, struct ck_run *run)
{
    struct ck_job *job = run->job;
    struct ck_easy *easy = &run->seat->easy;
    const int64_t limit = ck_poll_limit(job->request->timeout_ms);
    enum ck_status status = ck_easy_prepare(
        easy, &run->course.hop, job->response, run->course.fresh, &job->error);

    if (status != CK_OK)
        return status;
    set_sharing(run);
    run->hop_at = ck_poll_clock();
    run->grew_at = 0;
    set_sent(run, 0);
    if (limit > 0 && ck_due_set(&loop->due, run, run->hop_at + limit) != CK_OK)
        return ck_fail(&job->error, CK_NOMEM, "no room for a transfer");
    if (curl_multi_add_handle(loop->poll.multi, easy->curl) != CURLM_OK)
        return ck_fail(&job->error, CK_NOMEM, "libcurl took no transfer");
    if (easy->upload_size > 0)
        loop->uploads++;
    return CK_OK;
}

/* Takes the transfer out of libcurl, which closes its connection if it had
 * not come to its end. */
static void
end_transfer(struct ck_loop *loop, struct ck_run *run)
{
    struct ck_easy *easy = &run->seat->easy;

    if (easy->upload_size > 0)
        loop->uploads--;
    if (easy->upload_size > 0)
        set_sent(run, ck_easy_sent(easy));
    ck_due_drop(&loop->due, run);
    (void)curl_multi_remove_handle(loop->poll.multi, easy->curl);
    run->job->response->elapsed_us = (long)(ck_poll_clock() - run->hop_at);
}

static void
after_transfer(struct ck_loop *loop, struct ck_run *run, enum ck_status status)
{
    struct ck_job *job = run->job;

    if (ck_course_goes_on(&run->course, &run->seat->easy, job->response,
                          &status, &job->error)) {
        status = begin_transfer(loop, run);
        if (status == CK_OK)
            return;
    }
    end_try(loop, run, status);
}

int
ck_run_finish_moved(struct ck_loop *loop)
{
    CURLMsg *message;
    int left;
    int any = 0;

    while ((message = curl_multi_info_read(loop->poll.multi, &left)) != NULL) {
        const CURLcode code = message->data.result;
        struct ck_seat *seat = NULL;
        enum ck_status status;
        char *mark = NULL;

        if (message->msg != CURLMSG_DONE ||
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &mark) !=
                CURLE_OK)
            continue;
        any = 1;
        seat = (struct ck_seat *)(void *)mark; /* begins with its easy */
        status =
            ck_easy_finish(&seat->easy, (int)code, seat->run->course.hop.url,
                           &seat->run->job->error);
        end_transfer(loop, seat->run);
        after_transfer(loop, seat->run, status);
    }
    return any;
}

/* --- tries ------------------------------------------------------------- */

int
ck_run_may_start(const struct ck_loop *loop)
{
    return loop->lists[CK_RUN_QUEUED].first != NULL &&
           loop->lists[CK_RUN_MOVING].count <
               (size_t)loop->config->max_connections;
}

void
ck_run_start_queued(struct ck_loop *loop)
{
    while (ck_run_may_start(loop)) {
        struct ck_run *run = loop->lists[CK_RUN_QUEUED].first;
        struct ck_job *job = run->job;
        enum ck_status status;

        move(loop, run, CK_RUN_MOVING);
        job->response->attempts++;
        status = ck_course_init(&run->course, job->request,
                                loop->config->max_redirects, &job->error);
        if (status == CK_OK && loop->poll.multi == NULL)
            status = ck_poll_open(&loop->poll, &job->error);
        if (status == CK_OK)
            status = take_seat(loop, run);
        if (status == CK_OK)
            status = begin_transfer(loop, run);
        if (status != CK_OK)
            end_try(loop, run, status);
    }
}

/* From 0 to 1, so that clients do not all come back at the same moment. */
static double
luck(void)
{
    uint32_t number = 0;

    if (getentropy(&number, sizeof number) != 0)
        number = (uint32_t)ck_poll_clock() * 2654435761U;
    return number / (double)UINT32_MAX;
}

/* Returns whether the job waits for another try now. */
static int
pause_run(struct ck_loop *loop, struct ck_run *run, enum ck_status status)
{
    const struct ck_job *job = run->job;
    struct ck_attempt attempt = {.status = status,
                                 .http_status = job->response->status,
                                 .method = job->request->method,
                                 .number = job->response->attempts};
    double wait = 0;
    int64_t now;

    if (job->retry == NULL || !job->retry->enabled)
        return 0;
    now = ck_poll_clock();
    attempt.elapsed = (double)(now - run->began_at) / 1000;
    attempt.luck = luck();
    attempt.now = (int64_t)time(NULL);
    if (!ck_retry_plan(job->retry, &attempt,
                       status == CK_OK ? job->response : NULL, &wait) ||
        !(wait * 1000 < (double)(INT64_MAX / 2 - now)) ||
        ck_due_set(&loop->due, run, now + (int64_t)(wait * 1000)) != CK_OK)
        return 0;
    move(loop, run, CK_RUN_PAUSED);
    return 1;
}

static void
end(struct ck_loop *loop, struct ck_run *run, enum ck_status status)
{
    run->job->status = status;
    move(loop, run, CK_RUN_OVER);
}

static void
end_try(struct ck_loop *loop, struct ck_run *run, enum ck_status status)
{
    ck_due_drop(&loop->due, run);
    leave_seat(loop, run);
    ck_course_free(&run->course);
    if (!pause_run(loop, run, status))
        end(loop, run, status);
}

/* --- ends from outside -------------------------------------------------- */

void
ck_run_abort(struct ck_loop *loop, struct ck_run *run,
             const struct ck_error *why)
{
    if (run->list == CK_RUN_OVER)
        return;
    if (run->list == CK_RUN_MOVING) {
        end_transfer(loop, run);
        leave_seat(loop, run);
        ck_course_free(&run->course);
    }
    ck_due_drop(&loop->due, run);
    run->job->error = *why;
    end(loop, run, why->status);
}

void
ck_run_abort_list(struct ck_loop *loop, enum ck_run_list list,
                  const struct ck_error *why)
{
    while (loop->lists[list].first != NULL)
        ck_run_abort(loop, loop->lists[list].first, why);
}

/* --- time -------------------------------------------------------------- */

/* When the transfer last made progress; 0: it is not connected yet. */
static int64_t
active_at(struct ck_run *run)
{
    struct ck_easy *easy = &run->seat->easy;
    const int64_t moved_at = ck_easy_moved_at(easy);
    int64_t at = ck_easy_connected_us(easy);

    if (at == 0)
        return 0;
    at += run->hop_at;
    if (moved_at > at)
        at = moved_at;
    return run->grew_at > at ? run->grew_at : at;
}

static void
check_limit(struct ck_loop *loop, struct ck_run *run)
{
    struct ck_job *job = run->job;
    const long timeout_ms = job->request->timeout_ms;
    const int64_t limit = ck_poll_limit(timeout_ms);
    const int64_t active = active_at(run);
    enum ck_status status;

    /* While it connects, libcurl holds it to the same limit. */
    const int64_t until = (active == 0 ? loop->poll.now : active) + limit;

    if (until > loop->poll.now) {
        if (ck_due_set(&loop->due, run, until) == CK_OK)
            return;
        status = ck_fail(&job->error, CK_NOMEM, "no room for a transfer");
    } else {
        status = ck_wait_give_up(&run->seat->easy, run->sent, timeout_ms,
                                 &job->error);
    }
    end_transfer(loop, run);
    after_transfer(loop, run, status);
}

void
ck_run_check_due(struct ck_loop *loop)
{
    struct ck_run *run;

    while ((run = ck_due_first(&loop->due)) != NULL &&
           run->due_at <= loop->poll.now) {
        if (run->list == CK_RUN_MOVING) {
            check_limit(loop, run);
        } else {
            ck_due_drop(&loop->due, run);
            move(loop, run, CK_RUN_QUEUED);
        }
    }
}

void
ck_run_note_uploads(struct ck_loop *loop)
{
    struct ck_run *run = loop->lists[CK_RUN_MOVING].first;

    if (loop->uploads == 0)
        return;
    for (; run != NULL; run = run->next) {
        const struct ck_easy *easy = &run->seat->easy;
        size_t sent;

        if (run->sent >= easy->upload_size)
            continue;
        sent = ck_easy_sent(easy);
        if (sent == run->sent)
            continue;
        run->grew_at = loop->poll.now;
        set_sent(run, sent);
    }
}
