/* queue.c: finished flights on their way from an I/O thread to an event loop.
 * Plain C: no thread needs the interpreter to push. The queue owns one
 * reference to each flight in it, and its descriptors. */
#include "queue.h"

#include "flight.h"

#include "alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/eventfd.h>
#endif

struct ckpy_queue {
    atomic_long references;
    pthread_mutex_t mutex; /* for all below but the descriptors */
    struct ckpy_flight *first;
    struct ckpy_flight **end;
    int closed;
    pid_t pid; /* a child made by fork must not lock: whoever held the mutex
                  is not with it */
    int read_end;
    int write_end; /* the same as read_end where there are eventfds */
};

static int
open_descriptors(struct ckpy_queue *queue)
{
#ifdef __linux__
    queue->read_end = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    queue->write_end = queue->read_end;
    return queue->read_end < 0 ? -1 : 0;
#else
    int ends[2];

    if (pipe(ends) < 0)
        return -1;
    for (int i = 0; i < 2; i++) {
        (void)fcntl(ends[i], F_SETFD, FD_CLOEXEC);
        (void)fcntl(ends[i], F_SETFL, O_NONBLOCK);
    }
    queue->read_end = ends[0];
    queue->write_end = ends[1];
    return 0;
#endif
}

struct ckpy_queue *
ckpy_queue_new(void)
{
    struct ckpy_queue *queue = ck_calloc(1, sizeof *queue);

    if (queue == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    atomic_init(&queue->references, 1);
    queue->end = &queue->first;
    queue->pid = getpid();
    if (open_descriptors(queue) < 0) {
        ck_free(queue);
        return NULL;
    }
    (void)pthread_mutex_init(&queue->mutex, NULL);
    return queue;
}

struct ckpy_queue *
ckpy_queue_retain(struct ckpy_queue *queue)
{
    atomic_fetch_add_explicit(&queue->references, 1, memory_order_relaxed);
    return queue;
}

/* The last reference: there is nothing in the queue, since it was closed
 * before. */
void
ckpy_queue_release(struct ckpy_queue *queue)
{
    if (queue == NULL || atomic_fetch_sub_explicit(&queue->references, 1,
                                                   memory_order_acq_rel) != 1)
        return;
    (void)close(queue->read_end);
    if (queue->write_end != queue->read_end)
        (void)close(queue->write_end);
    (void)pthread_mutex_destroy(&queue->mutex);
    ck_free(queue);
}

int
ckpy_queue_descriptor(const struct ckpy_queue *queue)
{
    return queue->read_end;
}

/* Makes the descriptor readable. It cannot be full: it is written only when
 * it was empty. */
static void
ring(const struct ckpy_queue *queue)
{
    static const uint64_t one = 1;
    ssize_t written = 0;

    do
        written = write(queue->write_end, &one, sizeof one);
    while (written < 0 && errno == EINTR);
}

static void
silence(const struct ckpy_queue *queue)
{
    char rings[64];
    ssize_t got = 0;

    do
        got = read(queue->read_end, rings, sizeof rings);
    while (got < 0 && errno == EINTR);
}

void
ckpy_queue_push(struct ckpy_queue *queue, struct ckpy_flight *flight)
{
    int closed = 0;

    flight->next = NULL;
    (void)pthread_mutex_lock(&queue->mutex);
    closed = queue->closed;
    if (!closed) {
        if (queue->first == NULL)
            ring(queue);
        *queue->end = flight;
        queue->end = &flight->next;
    }
    (void)pthread_mutex_unlock(&queue->mutex);
    if (closed)
        ckpy_flight_release(flight);
}

struct ckpy_flight *
ckpy_queue_take(struct ckpy_queue *queue)
{
    struct ckpy_flight *first = NULL;

    if (queue->pid != getpid())
        return NULL;
    /* In this order: what is pushed in between rings again, for nothing. */
    silence(queue);
    (void)pthread_mutex_lock(&queue->mutex);
    first = queue->first;
    queue->first = NULL;
    queue->end = &queue->first;
    (void)pthread_mutex_unlock(&queue->mutex);
    return first;
}

int
ckpy_queue_wait(struct ckpy_queue *queue)
{
    struct pollfd watched = {.fd = queue->read_end, .events = POLLIN};
    int closed = 0;

    while (poll(&watched, 1, -1) < 0 && errno == EINTR)
        continue;
    (void)pthread_mutex_lock(&queue->mutex);
    closed = queue->closed;
    (void)pthread_mutex_unlock(&queue->mutex);
    return !closed;
}

void
ckpy_queue_close(struct ckpy_queue *queue)
{
    struct ckpy_flight *flight = NULL;

    if (queue->pid != getpid()) /* what is in it stays with the parent */
        return;
    (void)pthread_mutex_lock(&queue->mutex);
    queue->closed = 1;
    flight = queue->first;
    queue->first = NULL;
    queue->end = &queue->first;
    ring(queue); /* for those who wait */
    (void)pthread_mutex_unlock(&queue->mutex);
    while (flight != NULL) {
        struct ckpy_flight *next = flight->next;

        ckpy_flight_release(flight);
        flight = next;
    }
}
