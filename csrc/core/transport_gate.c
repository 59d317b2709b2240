/* transport_gate.c: keeps threads out of libcurl while the process ends.
 * exit() runs handlers that take apart what libcurl works with (OpenSSL's
 * first of all), while daemon threads and I/O threads go on: one of them in
 * the middle of it would crash. So whoever enters libcurl passes this gate; a
 * handler of ours, run before OpenSSL's, closes it and waits until nobody is
 * inside; who comes later waits for the end. Waiting in poll() is outside.
 * Process-wide by nature. */
#include "transport_impl.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 1000 };

static atomic_long inside;
static atomic_int is_closed;

/* Sequentially consistent, both here and in close_gate: either this thread
 * sees the gate closed, or the handler sees this thread inside. */
void
ck_gate_enter(void)
{
    (void)atomic_fetch_add(&inside, 1);
    if (!atomic_load(&is_closed))
        return;
    (void)atomic_fetch_sub(&inside, 1);
    for (;;) /* the process is about to end */
        (void)pause();
}

void
ck_gate_leave(void)
{
    (void)atomic_fetch_sub(&inside, 1);
}

int
ck_gate_is_closed(void)
{
    return atomic_load(&is_closed);
}

static void
close_gate(void)
{
    const struct timespec gap = {.tv_nsec = 1000 * 1000};
    int ms;

    atomic_store(&is_closed, 1);
    for (ms = 0; ms < PATIENCE_MS && atomic_load(&inside) > 0; ms++)
        (void)nanosleep(&gap, NULL);
}

/* Of the parent's threads only the one that called fork() is here, and it
 * was outside. */
static void
reset(void)
{
    atomic_store(&inside, 0);
    atomic_store(&is_closed, 0);
}

int
ck_gate_set_up(void)
{
    return pthread_atfork(NULL, NULL, reset) == 0 && atexit(close_gate) == 0;
}
