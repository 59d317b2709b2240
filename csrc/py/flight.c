/* flight.c: asynchronous calls on the I/O thread: sent, read and put into the
 * queue of their event loop without the interpreter. A flight owns request,
 * answer and a reference to its queue. */
#include "flight.h"

#include "alloc.h"

struct ckpy_flight *
ckpy_flight_new(struct ck_request *request, const struct ck_retry *retry,
                size_t max_response, int is_tolerant)
{
    struct ckpy_flight *flight = ck_calloc(1, sizeof *flight);

    if (flight == NULL) {
        ck_request_free(request);
        ck_request_init(request);
        return NULL;
    }
    atomic_init(&flight->references, 1);
    flight->request = *request;
    flight->retry = *retry;
    ck_request_init(request);
    ckpy_answer_init(&flight->answer, max_response, is_tolerant);
    return flight;
}

void
ckpy_flight_release(struct ckpy_flight *flight)
{
    if (flight == NULL || atomic_fetch_sub_explicit(&flight->references, 1,
                                                    memory_order_acq_rel) != 1)
        return;
    ck_request_free(&flight->request);
    ckpy_answer_free(&flight->answer);
    ckpy_queue_release(flight->queue);
    ck_free(flight);
}

/* On the I/O thread. */
static void
flight_done(struct ck_job *job)
{
    struct ckpy_flight *flight = job->owner;

    if (job->status == CK_OK && flight->row != NULL &&
        !atomic_load_explicit(&job->cancelled, memory_order_relaxed))
        ckpy_answer_read(&flight->answer, flight->row);
    ckpy_queue_push(flight->queue, flight);
}

enum ck_status
ckpy_flight_start(struct ckpy_flight *flight, struct ckpy_queue *queue,
                  const struct ck_transport_api *transport,
                  struct ck_pool *pool, struct ck_error *error)
{
    struct ck_job *job = &flight->job;
    enum ck_status status;

    job->request = &flight->request;
    job->response = &flight->answer.response;
    job->retry = flight->retry.enabled ? &flight->retry : NULL;
    job->done = flight_done;
    job->owner = flight;
    flight->queue = ckpy_queue_retain(queue);
    atomic_fetch_add_explicit(&flight->references, 1, memory_order_relaxed);
    status = transport->job_submit(pool, job, error);
    if (status != CK_OK)
        ckpy_flight_release(flight);
    return status;
}
