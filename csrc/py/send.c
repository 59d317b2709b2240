/* send.c: a blocking call through our own transport: tries, waits between
 * them, and the answer. The answer lives on the stack. */
#include "send.h"

#include "answer.h"
#include "errors.h"
#include "retries.h"
#include "sent.h"

#include <time.h>

struct waiter {
    PyThreadState *thread;
    const struct ckpy_client *client; /* borrowed */
    struct ckpy_upload *upload;       /* borrowed; NULL: nobody follows it */
    atomic_size_t sent;               /* bytes of the body */
    int closed; /* the client was, while waiting for another try */
};

/* 0, or -1 with the exception of who is told. */
static int
tell(struct waiter *waiter)
{
    return waiter->upload == NULL
               ? 0
               : ckpy_upload_tell(waiter->upload,
                                  atomic_load_explicit(&waiter->sent,
                                                       memory_order_relaxed));
}

/* Called while the transfer waits: lets Ctrl-C through, tells progress. */
static int
check_signals(void *arg)
{
    struct waiter *waiter = arg;
    int interrupted = 0;

    PyEval_RestoreThread(waiter->thread);
    interrupted = PyErr_CheckSignals() < 0 || tell(waiter) < 0;
    waiter->thread = PyEval_SaveThread();
    return interrupted;
}

/* The same while waiting between two tries, when closing the client has to be
 * noticed here. */
static int
check_wait(void *arg)
{
    struct waiter *waiter = arg;

    if (check_signals(arg))
        return 1;
    PyEval_RestoreThread(waiter->thread);
    waiter->closed = (waiter->client->closed & CK_CLOSE_BLOCKING) != 0;
    waiter->thread = PyEval_SaveThread();
    return waiter->closed;
}

/* Sends, again and again while that is asked for and worth it. Needs no
 * interpreter. */
static enum ck_status
send_tries(struct ckpy_call *call, struct ck_pool *pool, struct waiter *waiter,
           struct ckpy_answer *answer)
{
    const struct ck_tick tick = {.check = check_signals, .arg = waiter};
    const struct ck_tick pause = {.check = check_wait, .arg = waiter};
    const struct ck_retry *retry = &call->retry;
    struct ck_response *response = &answer->response;
    struct ck_error *error = &answer->error;
    double start = retry->enabled ? ckpy_retries_clock() : 0;

    for (unsigned number = 1;; number++) {
        struct ck_attempt attempt = {.method = call->request.method,
                                     .number = number};
        double wait = 0;

        attempt.status = call->state->transport->perform(
            pool, &call->request, response, &tick, error);
        response->attempts = number;
        if (!retry->enabled)
            return attempt.status;
        attempt.http_status = response->status;
        attempt.elapsed = ckpy_retries_clock() - start;
        attempt.luck = ckpy_retries_luck();
        attempt.now = (int64_t)time(NULL);
        if (!ck_retry_plan(retry, &attempt,
                           attempt.status == CK_OK ? response : NULL, &wait))
            return attempt.status;
        if (ckpy_retries_wait(wait, &pause) != CK_OK)
            return waiter->closed /* else: what a handler raised */
                       ? ck_fail(error, CK_CLOSED, "the client was closed")
                       : ck_fail(error, CK_INTERRUPTED, "interrupted");
        ck_response_clear(response);
    }
}

/* Has the transport count what is sent, where somebody wants to know. */
static void
follow(struct ckpy_call *call, struct waiter *waiter)
{
    if (call->upload.progress == NULL)
        return;
    waiter->upload = &call->upload;
    call->request.upload.sent = &waiter->sent;
}

PyObject *
ckpy_send(struct ckpy_call *call)
{
    const struct ckpy_asked asked = {.state = call->state,
                                     .client = call->client,
                                     .operation = call->operation,
                                     .request = &call->request};
    struct waiter waiter = {.client = call->client};
    struct ckpy_answer answer;
    struct ck_pool *pool = NULL;
    enum ck_status status = CK_INTERNAL;
    PyObject *result = NULL;

    pool = ckpy_client_pool(call->state, call->client, CK_CLOSE_BLOCKING);
    if (pool == NULL)
        return NULL;
    ckpy_answer_init(&answer, call->client->max_response,
                     call->client->is_tolerant);
    follow(call, &waiter);
    waiter.thread = PyEval_SaveThread();
    status = send_tries(call, pool, &waiter, &answer);
    if (status == CK_OK)
        ckpy_answer_read(&answer, call->operation->row);
    PyEval_RestoreThread(waiter.thread);
    if (status != CK_OK)
        (void)ckpy_sent_raise(call->state, &answer.error, &call->request);
    else if (tell(&waiter) == 0)
        result = ckpy_answer_finish(&answer, &asked);
    ckpy_answer_free(&answer);
    return result;
}

PyObject *
ckpy_send_once(struct ckpy_call *call)
{
    struct waiter waiter = {.client = call->client};
    const struct ck_tick tick = {.check = check_signals, .arg = &waiter};
    struct ck_response response;
    struct ck_error error;
    struct ck_pool *pool = NULL;
    enum ck_status status = CK_INTERNAL;
    PyObject *result = NULL;

    pool = ckpy_client_pool(call->state, call->client, CK_CLOSE_BLOCKING);
    if (pool == NULL)
        return NULL;
    ck_response_init(&response, call->client->max_response);
    follow(call, &waiter);
    waiter.thread = PyEval_SaveThread();
    status = call->state->transport->perform(pool, &call->request, &response,
                                             &tick, &error);
    PyEval_RestoreThread(waiter.thread);
    if (status != CK_OK)
        (void)ckpy_sent_raise(call->state, &error, &call->request);
    else if (tell(&waiter) == 0)
        result = ckpy_sent_response(call->state, &response, &call->request);
    ck_response_free(&response);
    return result;
}
