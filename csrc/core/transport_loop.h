/* transport_loop.h: what the files of the I/O thread share: transport_loop.c
 * (the thread, and the door for other threads), transport_run.c (a job on the
 * thread), transport_due.c (what falls due next). */
#ifndef CK_TRANSPORT_LOOP_H
#define CK_TRANSPORT_LOOP_H

#include "transport_impl.h"

#include <pthread.h>

/* An easy handle with the run that sits on it. Lives as long as the loop. */
struct ck_seat {
    struct ck_easy easy;
    struct ck_run *run;   /* NULL: free */
    struct ck_seat *next; /* among the free ones */
};

enum ck_run_list {
    CK_RUN_QUEUED, /* waits for a seat */
    CK_RUN_MOVING, /* has a seat and a transfer */
    CK_RUN_PAUSED, /* waits to be tried again */
    CK_RUN_OVER,   /* its job's done is to be called */
    CK_RUN_LISTS
};

/* One job on its way. Made by submit, in the caller's thread; from then on
 * all of it is the I/O thread's, but for the links among new and cancelled
 * ones. */
struct ck_run {
    struct ck_job *job; /* the job that points back here */
    struct ck_loop *loop;
    struct ck_run *next_new;       /* under the loop's mutex */
    struct ck_run *next_cancelled; /* under the loop's mutex */
    int is_cancelled;              /* under the loop's mutex */

    enum ck_run_list list;
    struct ck_run *next;
    struct ck_run *before;
    struct ck_seat *seat; /* NULL unless moving */
    struct ck_course course;
    int64_t began_at; /* when it was submitted */
    int64_t hop_at;   /* when the transfer began */
    int64_t grew_at;  /* when more of the body had been sent */
    size_t sent;      /* of the body, in this transfer */
    int64_t due_at;
    size_t due_place; /* in the heap, from 1 on; 0: it is not there */
};

struct ck_runs {
    struct ck_run *first;
    struct ck_run *last;
    size_t count;
};

struct ck_due {
    struct ck_run **runs; /* owned; a heap */
    size_t count;
    size_t cap;
};

struct ck_loop {
    const struct ck_config *config; /* borrowed */

    /* The door: for all threads. */
    pthread_mutex_t mutex;
    struct ck_run *new_first; /* submitted, not yet taken in */
    struct ck_run *new_last;
    struct ck_run *cancelled;
    int is_started;
    int is_closed;
    atomic_int is_asleep; /* a byte to wake[1] is needed */
    atomic_int wakers;    /* threads that may be writing it */
    int wake[2];          /* one and the same for an eventfd */
    pthread_t thread;

    /* The I/O thread's own. */
    struct ck_poll poll;
    struct ck_runs lists[CK_RUN_LISTS];
    struct ck_due due;
    struct ck_seat *free_seats; /* last in, first out: the warm one first */
    size_t uploads;             /* moving runs with a body to be sent */
};

enum ck_status
ck_due_set(struct ck_due *due, struct ck_run *run, int64_t at) CK_MUST_USE;
/* Harmless when it is not there. */
void ck_due_drop(struct ck_due *due, struct ck_run *run);
struct ck_run *ck_due_first(const struct ck_due *due);
void ck_due_free(struct ck_due *due);

/* On the I/O thread, inside the gate. A new run joins the queue. */
void ck_run_enter(struct ck_loop *loop, struct ck_run *run);
/* Ends it, wherever it is. */
void ck_run_abort(struct ck_loop *loop, struct ck_run *run,
                  const struct ck_error *why);
void ck_run_abort_list(struct ck_loop *loop, enum ck_run_list list,
                       const struct ck_error *why);
/* Gives the queue's first ones seats, while there are any. */
void ck_run_start_queued(struct ck_loop *loop);
/* Takes in what libcurl has finished; returns whether there was anything. */
int ck_run_finish_moved(struct ck_loop *loop);
/* Time limits, and waits that are over. */
void ck_run_check_due(struct ck_loop *loop);
void ck_run_note_uploads(struct ck_loop *loop);
int ck_run_may_start(const struct ck_loop *loop);
void ck_run_free_seats(struct ck_loop *loop);

#endif
