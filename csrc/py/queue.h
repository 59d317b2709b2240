/* queue.h: where finished flights wait for the thread of an event loop, and
 * the descriptor that tells it. */
#ifndef CKPY_QUEUE_H
#define CKPY_QUEUE_H

#include "status.h"

struct ckpy_flight;

struct ckpy_queue; /* counted; usable from any thread */

/* New, with one reference; NULL without memory or descriptors (errno says
 * which). */
struct ckpy_queue *ckpy_queue_new(void);
struct ckpy_queue *ckpy_queue_retain(struct ckpy_queue *queue);
void ckpy_queue_release(struct ckpy_queue *queue); /* NULL is fine */

/* Readable while something waits. Borrowed. */
int ckpy_queue_descriptor(const struct ckpy_queue *queue);

/* Steals a reference to the flight. */
void ckpy_queue_push(struct ckpy_queue *queue, struct ckpy_flight *flight);

/* All that waits, in the order of arrival, linked by next; the caller has the
 * references. NULL: nothing. */
struct ckpy_flight *ckpy_queue_take(struct ckpy_queue *queue);

/* Blocks until something waits (1) or the queue is closed (0). */
int ckpy_queue_wait(struct ckpy_queue *queue);

/* Nobody will take any more: what waits, and what comes, is released. */
void ckpy_queue_close(struct ckpy_queue *queue);

#endif
