/* transport.h: performs requests over libcurl, in the caller's thread or on an
 * I/O thread of the pool's. Its implementation, transport*.c, is alone in
 * including curl/curl.h. */
#ifndef CK_TRANSPORT_H
#define CK_TRANSPORT_H

#include "request.h"
#include "response.h"
#include "retry.h"
#include "status.h"

#include <stdatomic.h>

struct ck_pool;

/* All texts are borrowed until pool_new returns; each may be NULL. */
struct ck_pool_options {
    long max_idle;        /* kept connections of blocking calls (0: 20) */
    long max_connections; /* transfers at once on the I/O thread (0: 100);
                             more of them wait in line */
    int max_redirects;    /* 20 as httpx; 0: none are followed */
    int http1_only;       /* not even HTTP/2 where TLS offers it */
    const char *ca_file;
    const char *ca_path;
    const char *cert_file; /* the client's own certificate, PEM */
    const char *key_file;  /* NULL: the key is in cert_file, too */
    const char *key_password;
    const char *proxy; /* NULL: from the environment; "": none */
};

/* CA certificates: a file with all of them, a directory with one in each, or
 * both. */
struct ck_ca {
    const char *file;
    const char *path;
    const char *source; /* "environment", "libcurl", "system"; NULL: none */
};

/* Called without the interpreter lock, every 100 ms while waiting, and at
 * once when the wait is broken by a signal. Non-zero ends the request with
 * CK_INTERRUPTED. */
struct ck_tick {
    int (*check)(void *arg);
    void *arg;
};

struct ck_run; /* transport_loop.c's own */

/* A call on the I/O thread: the owner fills the first part and submits. From
 * then on, until done is called, the job and what it points to belong to the
 * loop; done is called exactly once for each submit that returned CK_OK. */
struct ck_job {
    const struct ck_request *request;
    struct ck_response *response; /* initialised */
    const struct ck_retry *retry; /* NULL: one try */
    /* On the I/O thread, without a lock of the loop's: the job is the owner's
     * again, who may free it. Must neither wait nor ask for the interpreter
     * lock. */
    void (*done)(struct ck_job *job);
    void *owner; /* for done */

    enum ck_status status; /* the outcome; CK_INTERRUPTED: cancelled */
    struct ck_error error;

    atomic_int cancelled; /* set by job_cancel */
    atomic_size_t sent;   /* bytes of the body that are on their way: for
                             progress, to be read from any thread */
    struct ck_run *run;   /* NULL outside the loop */
    struct ck_job *next;  /* in the loop's lists, or the owner's after done */
};

/* What a pool ends when it is closed: both kinds can be closed apart. */
enum { CK_CLOSE_BLOCKING = 1, CK_CLOSE_ASYNC = 2 };

/* The functions below are reached through this table, so that libcurl is
 * loaded with the first request and not with the package. */
struct ck_transport_api {
    int version; /* CK_TRANSPORT_API_VERSION */
    /* new; safe to use from many threads at once */
    enum ck_status (*pool_new)(struct ck_pool **pool,
                               const struct ck_pool_options *options,
                               struct ck_error *error);
    /* Sends request once and fills response (which the caller has
     * initialised). Blocks. tick may be NULL. After any outcome the pool is
     * usable. */
    enum ck_status (*perform)(struct ck_pool *pool,
                              const struct ck_request *request,
                              struct ck_response *response,
                              const struct ck_tick *tick,
                              struct ck_error *error);
    /* Hands a job to the pool's I/O thread, which starts with the first one.
     * Never blocks for the network. Retries as job->retry says. */
    enum ck_status (*job_submit)(struct ck_pool *pool, struct ck_job *job,
                                 struct ck_error *error);
    /* Asks for the end of a job: soon its done is called, with
     * CK_INTERRUPTED unless it was over already. Any thread; the job must
     * still exist (its owner may learn of done later than this). */
    void (*job_cancel)(struct ck_pool *pool, struct ck_job *job);
    /* sides: CK_CLOSE_BLOCKING, CK_CLOSE_ASYNC or both. Requests that run end
     * with CK_CLOSED within 100 ms; later ones at once. May be called
     * twice. */
    void (*pool_close)(struct ck_pool *pool, int sides);
    /* Waits for running requests and for the I/O thread, then frees. Not to
     * be called from a job's done, nor while another thread is inside of
     * job_submit, job_cancel or pool_close. */
    void (*pool_destroy)(struct ck_pool *pool);
    const char *(*versions)(void); /* of libcurl and its parts; borrowed */
    /* What is used where the options name no CA certificates. The texts are
     * borrowed until the environment changes. */
    void (*ca_find)(struct ck_ca *found);
};

enum { CK_TRANSPORT_API_VERSION = 2 };

extern const struct ck_transport_api ck_transport_api;
/* The version of libcurl whose headers this was compiled with. */
extern const char ck_transport_built_with[];

#endif
