/* transport_loop.c: the I/O thread of a pool: how jobs come in, how they go
 * out, and when it sleeps. The loop owns its thread, its descriptors and the
 * runs; a job is its caller's again as soon as done is called. */
#include "transport_loop.h"

#include "alloc.h"
#include "gate.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/eventfd.h>
#endif

/* OpenSSL and libcurl keep large things on the heap; 512 KiB are plenty. */
enum { STACK_BYTES = 512 * 1024 };

/* --- waking ------------------------------------------------------------ */

#ifdef __linux__
static int
open_wake(int wake[2])
{
    wake[0] = wake[1] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return wake[0] >= 0;
}
#else
static int
open_wake(int wake[2])
{
    if (pipe(wake) != 0)
        return 0;
    for (int i = 0; i < 2; i++)
        if (fcntl(wake[i], F_SETFD, FD_CLOEXEC) != 0 ||
            fcntl(wake[i], F_SETFL, O_NONBLOCK) != 0)
            return 0;
    return 1;
}
#endif

static void
close_wake(int wake[2])
{
    if (wake[0] >= 0)
        (void)close(wake[0]);
    if (wake[1] >= 0 && wake[1] != wake[0])
        (void)close(wake[1]);
    wake[0] = wake[1] = -1;
}

/* After something was left under the mutex, and outside of it: the thread
 * takes the mutex as soon as it is awake. When writing fails the descriptor
 * is full: enough. */
static void
wake(struct ck_loop *loop)
{
    const uint64_t one = 1;

    (void)atomic_fetch_add(&loop->wakers, 1);
    if (atomic_load(&loop->is_asleep) && atomic_exchange(&loop->is_asleep, 0))
        while (write(loop->wake[1], &one, sizeof one) < 0 && errno == EINTR) {
        }
    (void)atomic_fetch_sub(&loop->wakers, 1);
}

/* On the I/O thread, when it will not sleep again: who has seen it asleep may
 * be about to write. A closed client shall not hold descriptors. */
static void
give_up_wake(struct ck_loop *loop)
{
    while (atomic_load(&loop->wakers) > 0)
        (void)sched_yield();
    close_wake(loop->wake);
}

static void
drain(struct ck_loop *loop)
{
    uint64_t some[8];

    while (read(loop->wake[0], some, sizeof some) == (ssize_t)sizeof some) {
    }
}

/* --- on the I/O thread --------------------------------------------------- */

static void
abort_all(struct ck_loop *loop, const struct ck_error *why)
{
    ck_run_abort_list(loop, CK_RUN_MOVING, why);
    ck_run_abort_list(loop, CK_RUN_PAUSED, why);
    ck_run_abort_list(loop, CK_RUN_QUEUED, why);
}

static void
abort_cancelled(struct ck_loop *loop, struct ck_run *run)
{
    struct ck_error why;

    (void)ck_fail(&why, CK_INTERRUPTED, "the request was cancelled");
    for (; run != NULL; run = run->next_cancelled)
        ck_run_abort(loop, run, &why);
}

/* What other threads have asked for. Returns 0 when the loop is closed. */
static int
take_in(struct ck_loop *loop)
{
    struct ck_run *cancelled = NULL;
    struct ck_run *run = NULL;
    struct ck_run *next = NULL;
    int is_closed;

    (void)pthread_mutex_lock(&loop->mutex);
    run = loop->new_first;
    loop->new_first = NULL;
    loop->new_last = NULL;
    cancelled = loop->cancelled;
    loop->cancelled = NULL;
    is_closed = loop->is_closed;
    (void)pthread_mutex_unlock(&loop->mutex);
    for (; run != NULL; run = next) {
        next = run->next_new;
        ck_run_enter(loop, run);
    }
    abort_cancelled(loop, cancelled);
    return !is_closed;
}

/* A run that is over may have been cancelled since take_in. */
static void
forget_cancelled(struct ck_loop *loop, const struct ck_run *run)
{
    struct ck_run **link = &loop->cancelled;

    while (*link != NULL && *link != run)
        link = &(*link)->next_cancelled;
    if (*link != NULL)
        *link = run->next_cancelled;
}

/* Calls done for what is over. From then on a job may not be touched. */
static void
hand_over(struct ck_loop *loop)
{
    struct ck_runs *over = &loop->lists[CK_RUN_OVER];
    struct ck_run *first = over->first;
    struct ck_run *run;

    if (first == NULL)
        return;
    *over = (struct ck_runs){0};
    (void)pthread_mutex_lock(&loop->mutex);
    for (run = first; run != NULL; run = run->next) {
        run->job->run = NULL;
        if (run->is_cancelled && loop->cancelled != NULL)
            forget_cancelled(loop, run);
    }
    (void)pthread_mutex_unlock(&loop->mutex);
    while ((run = first) != NULL) {
        struct ck_job *job = run->job;

        first = run->next;
        ck_free(run);
        job->done(job);
    }
}

/* libcurl works on what is ready. When it cannot go on, what it was working
 * on ends, and the next job starts it anew. */
static void
work(struct ck_loop *loop)
{
    struct ck_error error = {.status = CK_OK};
    enum ck_status status = CK_OK;

    if (loop->poll.multi != NULL)
        status = ck_poll_act(&loop->poll, &error);
    ck_run_note_uploads(loop);
    if (status == CK_OK && loop->poll.multi != NULL)
        (void)ck_run_finish_moved(loop);
    ck_run_check_due(loop);
    ck_run_start_queued(loop);
    if (status == CK_OK && loop->poll.multi != NULL)
        status = ck_poll_act_on_timer(&loop->poll, &error);
    if (status == CK_OK && loop->poll.multi != NULL)
        (void)ck_run_finish_moved(loop);
    if (status == CK_OK)
        return;
    ck_run_abort_list(loop, CK_RUN_MOVING, &error);
    ck_poll_close(&loop->poll);
}

static int
sleep_ms(const struct ck_loop *loop)
{
    const struct ck_run *run = ck_due_first(&loop->due);
    int64_t until = ck_poll_due(&loop->poll);

    if (ck_run_may_start(loop) || loop->lists[CK_RUN_OVER].first != NULL)
        return 0;
    if (run != NULL && (until < 0 || run->due_at < until))
        until = run->due_at;
    return until < 0 ? -1 : ck_poll_ms_until(&loop->poll, until);
}

static void
wait(struct ck_loop *loop)
{
    int ms = sleep_ms(loop);

    (void)pthread_mutex_lock(&loop->mutex);
    if (loop->new_first != NULL || loop->cancelled != NULL || loop->is_closed)
        ms = 0;
    else if (ms != 0)
        atomic_store(&loop->is_asleep, 1);
    (void)pthread_mutex_unlock(&loop->mutex);
    if (ms == 0 && loop->poll.count == 1) { /* there is nothing to look at */
        loop->poll.now = ck_poll_clock();
        return;
    }
    (void)ck_poll_wait(&loop->poll, ms);
    atomic_store(&loop->is_asleep, 0);
    if (loop->poll.fds[0].revents != 0)
        drain(loop);
}

static void *
run_thread(void *arg)
{
    struct ck_loop *loop = arg;
    struct ck_error closed;

    (void)ck_fail(&closed, CK_CLOSED, "the client was closed");
    for (;;) {
        int goes_on;

        ck_gate_enter();
        goes_on = take_in(loop);
        if (!goes_on)
            abort_all(loop, &closed);
        else
            work(loop);
        if (!goes_on) {
            ck_run_free_seats(loop);
            ck_poll_close(&loop->poll);
        }
        ck_gate_leave();
        hand_over(loop);
        if (!goes_on) {
            give_up_wake(loop);
            return NULL;
        }
        wait(loop);
    }
}

/* --- the door ---------------------------------------------------------- */

/* Signals are for the threads of the program. */
static int
start_thread(struct ck_loop *loop)
{
    pthread_attr_t attributes;
    sigset_t all;
    sigset_t old;
    int failed;

    if (pthread_attr_init(&attributes) != 0)
        return 0;
    (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
    (void)sigfillset(&all);
    failed = pthread_sigmask(SIG_SETMASK, &all, &old);
    if (!failed) {
        failed = pthread_create(&loop->thread, &attributes, run_thread, loop);
        (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    }
    (void)pthread_attr_destroy(&attributes);
#ifdef __linux__
    if (!failed)
        (void)pthread_setname_np(loop->thread, "clerk-io");
#endif
    return !failed;
}

enum ck_status
ck_loop_new(struct ck_loop **out, const struct ck_config *config,
            struct ck_error *error)
{
    struct ck_loop *loop = ck_calloc(1, sizeof *loop);
    enum ck_status status;

    if (loop == NULL)
        return ck_fail(error, CK_NOMEM, "no room for an I/O thread");
    loop->config = config;
    loop->wake[0] = loop->wake[1] = -1;
    atomic_init(&loop->is_asleep, 0);
    atomic_init(&loop->wakers, 0);
    if (!open_wake(loop->wake)) {
        status = ck_fail(
            error, CK_CONNECT, "no descriptor for the I/O thread: %s",
            errno == EMFILE || errno == ENFILE ? "too many open files"
                                               : "the system gives none");
        close_wake(loop->wake);
        ck_free(loop);
        return status;
    }
    status = ck_poll_init(&loop->poll, loop->wake[0], error);
    if (status == CK_OK && pthread_mutex_init(&loop->mutex, NULL) != 0) {
        ck_poll_free(&loop->poll);
        status = ck_fail(error, CK_INTERNAL, "no mutex for an I/O thread");
    }
    if (status != CK_OK) {
        close_wake(loop->wake);
        ck_free(loop);
        return status;
    }
    *out = loop;
    return CK_OK;
}

/* Under the mutex. */
static enum ck_status
push(struct ck_loop *loop, struct ck_run *run, struct ck_error *error)
{
    if (loop->is_closed)
        return ck_fail(error, CK_CLOSED, "the client is closed");
    if (!loop->is_started && !start_thread(loop))
        return ck_fail(error, CK_INTERNAL, "the I/O thread cannot be started");
    loop->is_started = 1;
    run->job->run = run;
    if (loop->new_last != NULL)
        loop->new_last->next_new = run;
    else
        loop->new_first = run;
    loop->new_last = run;
    return CK_OK;
}

enum ck_status
ck_loop_submit(struct ck_loop *loop, struct ck_job *job,
               struct ck_error *error)
{
    struct ck_run *run = NULL;
    enum ck_status status;

    if (job->request->url.data == NULL || job->request->method == NULL)
        return ck_fail(error, CK_BAD_ARGUMENT, "a request needs a URL");
    run = ck_calloc(1, sizeof *run);
    if (run == NULL)
        return ck_fail(error, CK_NOMEM, "no room for a request");
    run->job = job;
    run->loop = loop;
    run->began_at = ck_poll_clock();
    job->status = CK_OK;
    job->error.status = CK_OK;
    job->response->attempts = 0;
    atomic_store(&job->cancelled, 0);
    atomic_store(&job->sent, 0);
    (void)pthread_mutex_lock(&loop->mutex);
    status = push(loop, run, error);
    (void)pthread_mutex_unlock(&loop->mutex);
    if (status == CK_OK)
        wake(loop);
    else
        ck_free(run);
    return status;
}

void
ck_loop_cancel(struct ck_loop *loop, struct ck_job *job)
{
    struct ck_run *run = NULL;

    atomic_store(&job->cancelled, 1);
    (void)pthread_mutex_lock(&loop->mutex);
    run = job->run;
    if (run != NULL && run->loop == loop && !run->is_cancelled) {
        run->is_cancelled = 1;
        run->next_cancelled = loop->cancelled;
        loop->cancelled = run;
    }
    (void)pthread_mutex_unlock(&loop->mutex);
    wake(loop);
}

void
ck_loop_close(struct ck_loop *loop)
{
    (void)pthread_mutex_lock(&loop->mutex);
    loop->is_closed = 1;
    (void)pthread_mutex_unlock(&loop->mutex);
    wake(loop);
}

void
ck_loop_destroy(struct ck_loop *loop)
{
    ck_loop_close(loop);
    if (loop->is_started) {
        if (ck_gate_is_closed()) /* the thread may never end */
            return;
        (void)pthread_join(loop->thread, NULL);
    }
    ck_due_free(&loop->due);
    ck_poll_free(&loop->poll);
    close_wake(loop->wake);
    (void)pthread_mutex_destroy(&loop->mutex);
    ck_free(loop);
}
