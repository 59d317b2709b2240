/* flight.h: an asynchronous call on its way: all that the I/O thread needs of
 * it, in plain C. */
#ifndef CKPY_FLIGHT_H
#define CKPY_FLIGHT_H

#include "answer.h"
#include "queue.h"

#include "core/request.h"
#include "core/retry.h"
#include "core/transport.h"

struct ckpy_callobject;

/* Counted: the call object has one reference; so has the I/O thread from the
 * submission on, and then the queue. Between submission and arrival in the
 * queue all but references, waiter and job.cancelled is the I/O thread's. */
struct ckpy_flight {
    atomic_int references;
    struct ck_job job;
    struct ck_request request;
    struct ck_retry retry;
    struct ckpy_answer answer;
    const struct ck_operation *row; /* NULL: the response is not read */
    struct ckpy_queue *queue;       /* owned reference; NULL on the ground */
    struct ckpy_flight *next;       /* in the queue */
    struct ckpy_callobject *waiter; /* borrowed, under the interpreter lock;
                                       NULL: nobody waits any more */
};

/* New; takes over what request holds, even when it returns NULL for want of
 * memory. */
struct ckpy_flight *
ckpy_flight_new(struct ck_request *request, const struct ck_retry *retry,
                size_t max_response, int is_tolerant);
void ckpy_flight_release(struct ckpy_flight *flight); /* NULL is fine */

/* Hands it to the I/O thread; later it is in queue. */
enum ck_status
ckpy_flight_start(struct ckpy_flight *flight, struct ckpy_queue *queue,
                  const struct ck_transport_api *transport,
                  struct ck_pool *pool, struct ck_error *error) CK_MUST_USE;

#endif
