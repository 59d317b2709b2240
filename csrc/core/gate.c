/* gate.c: keeps threads out of libcurl and OpenSSL at two moments.
 *
 * exit() runs handlers that take apart what they work with, while daemon
 * threads and I/O threads go on: one of them in the middle of it would crash.
 * A handler of ours, run before OpenSSL's, shuts the gate for good.
 *
 * fork() copies locks that other threads hold, and nobody in the child will
 * ever release them. So it shuts the gate for as long as it takes.
 *
 * Whoever shuts it waits until nobody is inside; who comes later waits, too.
 * Waiting in poll() is outside. Process-wide by nature. */
#include "gate.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* More than there can be forks at once. */
enum { ENDING = 1 << 24, PATIENCE = 10 * 1000 };

static atomic_long inside;
static atomic_int shut; /* how many forks are being made, and ENDING */
static _Atomic(pthread_t) ender;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_int is_ready;

static void
nap(void)
{
    const struct timespec gap = {.tv_nsec = 100 * 1000};

    (void)nanosleep(&gap, NULL);
}

/* Sequentially consistent, both here and in clear(): either this thread sees
 * the gate shut, or who has shut it sees this thread inside. */
void
ck_gate_enter(void)
{
    for (;;) {
        (void)atomic_fetch_add(&inside, 1);
        if (atomic_load(&shut) == 0)
            return;
        (void)atomic_fetch_sub(&inside, 1);
        while (ck_gate_is_closed()) /* the process is about to end */
            (void)pause();
        nap();
    }
}

void
ck_gate_leave(void)
{
    (void)atomic_fetch_sub(&inside, 1);
}

int
ck_gate_is_closed(void)
{
    return atomic_load(&shut) >= ENDING;
}

int
ck_gate_is_closed_by_caller(void)
{
    return ck_gate_is_closed() &&
           pthread_equal(atomic_load(&ender), pthread_self());
}

/* For a second or two at most: better a risk than a program that hangs. */
static void
clear(void)
{
    for (int i = 0; i < PATIENCE && atomic_load(&inside) > 0; i++)
        nap();
}

static void
at_exit(void)
{
    atomic_store(&ender, pthread_self());
    (void)atomic_fetch_add(&shut, ENDING);
    clear();
}

static void
before_fork(void)
{
    (void)atomic_fetch_add(&shut, 1);
    clear();
}

static void
after_fork(void)
{
    (void)atomic_fetch_sub(&shut, 1);
}

/* Of the parent's threads only the one that called fork() is here, and it
 * was outside. */
static void
in_child(void)
{
    atomic_store(&inside, 0);
    atomic_store(&shut, 0);
}

static void
set_up(void)
{
    if (pthread_atfork(before_fork, after_fork, in_child) == 0 &&
        atexit(at_exit) == 0)
        atomic_store(&is_ready, 1);
}

int
ck_gate_set_up(void)
{
    (void)pthread_once(&once, set_up);
    return atomic_load(&is_ready);
}
