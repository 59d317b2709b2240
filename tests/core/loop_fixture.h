/* loop_fixture.h: many jobs for the I/O thread of a fixture's pool, and a way
 * to wait for them. */
#ifndef LOOP_FIXTURE_H
#define LOOP_FIXTURE_H

#include "transport_fixture.h"

struct crew;

/* One job with all that it points to. Owned by its crew. */
struct task {
    struct ck_job job;
    struct ck_request request;
    struct ck_response response;
    struct ck_retry retry;
    struct crew *crew;
    int done;                        /* how often; under the crew's mutex */
    int order;                       /* among the crew's, from 1 on */
    void (*then)(struct task *task); /* on the I/O thread, before it counts */
    int note;                        /* of then's */
};

struct crew {
    struct fixture *fixture; /* borrowed */
    struct task *tasks;      /* owned */
    int count;
    int done;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
};

/* GET requests for "/job/N", with the fixture's time limit. */
void crew_open(struct crew *crew, struct fixture *fixture, int count);
void crew_set_path(struct crew *crew, int number, const char *path);
void crew_set_url(struct crew *crew, int number, const char *url);
enum ck_status crew_submit(struct crew *crew, int number);
void crew_submit_all(struct crew *crew);
/* Until so many are done. */
void crew_wait(struct crew *crew, int count);
/* All that were submitted must be done. */
void crew_close(struct crew *crew);
/* The pool is made anew, so that it has so many seats. */
void crew_set_seats(struct crew *crew, long seats);
/* How many jobs ended so. */
int crew_count(struct crew *crew, enum ck_status status);
/* Until the server has read so many requests. */
void fixture_wait(struct fixture *fixture, int requests);
/* Does the answer (the request's echo) belong to the request? */
int crew_is_answered(struct crew *crew, int number);

#endif
