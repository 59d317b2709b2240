/* transport_impl.h: what the files transport*.c share among themselves. It
 * names no type of libcurl's, so that including it is harmless; handles of
 * libcurl are `void *` here as they are in libcurl's own header.
 *
 *   transport.c           the pool of handles; blocking calls
 *   transport_course.c    a request on its way through redirects
 *   transport_config.c    options and environment, copied once per pool
 *   transport_ca.c        where this machine keeps its CA certificates
 *   transport_anchors.c   the CA certificates of one place
 *   transport_trust.c     those that this process has read already
 *   transport_tls.c       TLS sessions and all else that a pool shares
 *   transport_easy.c      one easy handle: a request in, an answer out
 *   transport_upload.c    bodies that libcurl asks for piece by piece
 *   transport_once.c      what must not be sent twice
 *   transport_head.c      reads the header lines of an answer
 *   transport_poll.c      a multi handle, and the sockets it waits for
 *   transport_wait.c      drives one transfer: time limits, the tick
 *   transport_loop.c      the I/O thread: jobs in, jobs out
 *   transport_run.c       one job on it: queue, transfers, retries
 *   transport_due.c       what falls due next
 *   transport_redirect.c  where to go next, and what not to take along
 *   transport_error.c     libcurl's codes in our own words */
#ifndef CK_TRANSPORT_IMPL_H
#define CK_TRANSPORT_IMPL_H

#include "transport.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>

struct curl_slist;
struct ck_tls;
struct ck_tls_pool;
struct ck_trust;
struct ck_anchors;

/* Owns its strings. A proxy of "" means none: libcurl then does not look
 * into the environment at every request. */
struct ck_config {
    long max_idle;
    long max_connections; /* on the I/O thread */
    int max_redirects;
    int http1_only;
    char *ca_file; /* NULL: libcurl's own choice, or only ca_path */
    char *ca_path;
    char *cert_file; /* NULL: none, nor the two below */
    char *key_file;
    char *key_password;
    struct ck_tls_pool *tls; /* NULL: libcurl is left to itself */
    char *http_proxy;
    char *https_proxy;
    char *no_proxy;
};

enum ck_status
ck_config_init(struct ck_config *config, const struct ck_pool_options *options,
               struct ck_error *error) CK_MUST_USE;
void ck_config_free(struct ck_config *config);

/* Which CA certificates are used where the caller names none: what the
 * environment says, else what libcurl was built with, else what is in one of
 * the usual places. Sets what was found, as borrowed texts; none: all NULL. */
void ck_ca_find(struct ck_ca *found);
/* What libcurl does TLS with, as "OpenSSL/3.0.15"; NULL: nothing. */
const char *ck_ca_tls_backend(void);

/* Parts of the caller's request that are not sent. */
enum {
    CK_DROP_AUTHORIZATION = 1,
    CK_DROP_COOKIE = 2,
    CK_DROP_HOST = 4,
    CK_DROP_BODY = 8 /* and the headers that describe it */
};

/* One request on the wire: the caller's, as redirects have changed it. All
 * pointers are borrowed. */
struct ck_hop {
    const struct ck_request *request;
    const char *method;
    const char *url;
    unsigned dropped;
};

/* The answer so far, line by line. Bodies of lines go to the response; what
 * 1xx answers say is forgotten when the next status line comes. */
struct ck_head_reader {
    struct ck_response *response; /* borrowed */
    size_t total;                 /* bytes in all, the forgotten included */
    enum { CK_HEAD_STATUS, CK_HEAD_LINES, CK_HEAD_DONE } at;
};

enum { CK_HEAD_MAX = 256 * 1024 };

void ck_head_begin(struct ck_head_reader *head, struct ck_response *response);
enum ck_status ck_head_take(struct ck_head_reader *head, const char *line,
                            size_t len, struct ck_error *error) CK_MUST_USE;

/* An easy handle of libcurl with what has to stay valid beside it. */
struct ck_easy {
    void *curl;                     /* CURL *, owned */
    const struct ck_config *config; /* borrowed; outlives the handle */
    struct ck_tls *tls;             /* borrowed from config; may be NULL */
    const char *proxy;              /* as last set; borrowed from config */
    long connect_ms;                /* as last set; -1: not yet */
    int shape;                      /* as last set; see transport_easy.c */
    int fresh;                      /* as last set */
    struct curl_slist *nodes;       /* array, owned; texts are borrowed */
    size_t node_count;
    size_t node_cap;
    struct ck_buf scratch; /* header lines that had to be rewritten */
    struct ck_head_reader head;
    struct ck_error failure; /* of a callback; status CK_OK: none */
    size_t upload_size;
    const struct ck_request *streamed; /* borrowed: whose body on_read reads */
    int64_t read_at;                   /* how far */
    int secure;                        /* over TLS */
    int connected;                     /* the request is being sent, or was */
    int stale; /* failed because a kept connection was dead already */
    int once;  /* libcurl must not send it again by itself */
    int begun; /* how often libcurl has begun to send it, refusals apart */
    const int64_t *clock; /* borrowed: the time, in microseconds */
    int64_t came_at;      /* when bytes last came in on its socket */
    int64_t moved_at;     /* when libcurl last handed on some of them */
    char words[256];      /* libcurl's error text */
};

/* clock is borrowed and outlives the handle, as config does. */
enum ck_status
ck_easy_init(struct ck_easy *easy, const struct ck_config *config,
             const int64_t *clock, struct ck_error *error) CK_MUST_USE;
void ck_easy_free(struct ck_easy *easy);
/* Before a transfer; hop and response must live until ck_easy_finish. With
 * fresh set no kept connection is used. */
enum ck_status ck_easy_prepare(struct ck_easy *easy, const struct ck_hop *hop,
                               struct ck_response *response, int fresh,
                               struct ck_error *error) CK_MUST_USE;
/* After it: turns libcurl's code into the outcome; url as in the hop. */
enum ck_status ck_easy_finish(struct ck_easy *easy, int code, const char *url,
                              struct ck_error *error) CK_MUST_USE;
/* Requests that must not be sent twice. Returns 0 when libcurl refuses. */
int ck_once_set_up(struct ck_easy *easy);
/* Before a transfer; returns whether it needs a connection of its own. */
int ck_once_begin(struct ck_easy *easy, const struct ck_request *request,
                  int fresh);
/* How long after its beginning the request was about to be sent; 0: there is
 * no connection yet. */
int64_t ck_easy_connected_us(const struct ck_easy *easy);
/* Notes and returns whether the connection stands. */
int ck_easy_is_connected(struct ck_easy *easy);
/* When the answer last made progress. Bytes on the socket are such, unless
 * they may be HTTP/2's own: that is, over TLS until the version is known. */
int64_t ck_easy_moved_at(const struct ck_easy *easy);
/* Once per handle; whether libcurl took it. */
int ck_upload_set_up(struct ck_easy *easy);
/* The body that is to be sent: what CURLOPT_POSTFIELDS is to point to; NULL:
 * libcurl asks for it. */
const char *
ck_upload_begin(struct ck_easy *easy, const struct ck_request *request);
/* Bytes of the body that have been sent. */
size_t ck_easy_sent(const struct ck_easy *easy);

/* What can end a transfer from outside. */
struct ck_watch {
    const atomic_int *closed;   /* non-zero: CK_CLOSED */
    const struct ck_tick *tick; /* may be NULL */
    long timeout_ms;
};

/* A multi handle of libcurl, which keeps the connections, the sockets that
 * it wants to be watched and its next deadline. Times are microseconds of
 * the monotonic clock. */
struct ck_poll {
    void *multi;            /* CURLM *, owned; NULL: closed */
    struct pollfd *fds;     /* owned; the first one is for waking up */
    struct pollfd *ready;   /* owned; as long as fds */
    struct ck_easy **whose; /* owned; for each of fds, borrowed */
    size_t count;
    size_t cap;
    size_t ready_count;
    int64_t timer_at;    /* -1: none */
    int64_t nudge_at;    /* when libcurl has to read again; -1: never */
    int64_t nudge_after; /* so long after that the next time */
    int64_t now;         /* of the latest look at the clock */
    int running;         /* transfers that libcurl works on */
    int broken;          /* the multi handle is of no use any more */
};

int64_t ck_poll_clock(void);
/* A time limit in microseconds, to be added to a time without overflow. */
int64_t ck_poll_limit(long timeout_ms);
/* wake: a descriptor to watch for input, borrowed; or -1. */
enum ck_status ck_poll_init(struct ck_poll *poll, int wake,
                            struct ck_error *error) CK_MUST_USE;
void ck_poll_free(struct ck_poll *poll);
/* Ends all connections; no transfer may be in the handle any more. */
void ck_poll_close(struct ck_poll *poll);
enum ck_status
ck_poll_open(struct ck_poll *poll, struct ck_error *error) CK_MUST_USE;
/* When ck_poll_act_on_timer has something to do; -1: not by itself. */
int64_t ck_poll_due(const struct ck_poll *poll);
/* Sleeps, at most so long (-1: no limit), and looks at the clock. The number
 * of descriptors that are ready; -1: a signal came. */
int ck_poll_wait(struct ck_poll *poll, int ms);
/* Lets libcurl work on what is ready, and on its timer if that is due. */
enum ck_status
ck_poll_act(struct ck_poll *poll, struct ck_error *error) CK_MUST_USE;
enum ck_status
ck_poll_act_on_timer(struct ck_poll *poll, struct ck_error *error) CK_MUST_USE;
/* Milliseconds until then, rounded up; at 0 or before now: 0. */
int ck_poll_ms_until(const struct ck_poll *poll, int64_t then);

/* Runs a prepared transfer to its end. *elapsed_us is set on success. */
enum ck_status
ck_wait_run(struct ck_poll *poll, struct ck_easy *easy, const char *url,
            const struct ck_watch *watch, long *elapsed_us,
            struct ck_error *error) CK_MUST_USE;
/* The failure of a transfer that made no progress for so long, after sending
 * so much of its body. */
enum ck_status
ck_wait_give_up(const struct ck_easy *easy, size_t sent, long timeout_ms,
                struct ck_error *error) CK_MUST_USE;

/* The CA certificates of a file, a directory or both, not read yet. The texts
 * are borrowed and outlive it. new; NULL: no room */
struct ck_anchors *ck_anchors_new(const char *file, const char *path);
void ck_anchors_destroy(struct ck_anchors *anchors);
/* Inside the gate, like all that reads certificates; any thread. */
enum ck_status ck_anchors_load(struct ck_anchors *anchors,
                               struct ck_error *error) CK_MUST_USE;
int ck_anchors_are_loaded(const struct ck_anchors *anchors);
/* Lets an SSL_CTX, which they must outlive, go by them; 0: no room. */
int ck_anchors_lend(struct ck_anchors *anchors, void *context);

/* The CA certificates of these places (NULL: none), to be loaded: what this
 * process knows of them already, unless they have changed since, or new ones.
 * The caller becomes a user of *out, who must drop it, in the same process.
 * Any thread. Those that could not be loaded are not remembered. */
enum ck_status
ck_trust_get(struct ck_trust **out, const char *file, const char *path,
             struct ck_error *error) CK_MUST_USE;
void ck_trust_drop(struct ck_trust *trust);
struct ck_anchors *ck_trust_peek(struct ck_trust *trust); /* borrowed */

/* *out is NULL where libcurl's TLS is not the OpenSSL that we know. */
enum ck_status
ck_tls_pool_new(struct ck_tls_pool **out, struct ck_error *error) CK_MUST_USE;
void ck_tls_pool_destroy(struct ck_tls_pool *pool);
/* For a new handle. */
enum ck_status
ck_tls_attach(struct ck_easy *easy, struct ck_error *error) CK_MUST_USE;
/* Before a transfer over TLS: reads the CA certificates if nobody has done so
 * yet. tls may be NULL. */
enum ck_status
ck_tls_load(struct ck_tls *tls, struct ck_error *error) CK_MUST_USE;

/* Whether the answer asks the client to go elsewhere. */
int ck_redirect_is_due(const struct ck_response *response);
/* Turns hop into the next one. url receives its address and must not be the
 * buffer that hop->url points into. */
enum ck_status
ck_redirect_follow(struct ck_hop *hop, const struct ck_response *response,
                   struct ck_buf *url, struct ck_error *error) CK_MUST_USE;

/* One try of a request: what to send now. */
struct ck_course {
    struct ck_hop hop;
    struct ck_buf urls[2]; /* of this hop and of the next */
    int redirects;
    int max_redirects;
    int fresh; /* no kept connection may be used */
};

/* Borrows the request. After any outcome free may be called. */
enum ck_status
ck_course_init(struct ck_course *course, const struct ck_request *request,
               int max_redirects, struct ck_error *error) CK_MUST_USE;
void ck_course_free(struct ck_course *course);
/* After a transfer that ended with *status. 1: send course->hop, with
 * course->fresh; 0: that was all, *status is the outcome. */
int ck_course_goes_on(struct ck_course *course, const struct ck_easy *easy,
                      struct ck_response *response, enum ck_status *status,
                      struct ck_error *error) CK_MUST_USE;

struct ck_loop;

/* The I/O thread of one pool in one process; it starts with its first job.
 * config is borrowed and outlives it. new */
enum ck_status
ck_loop_new(struct ck_loop **loop, const struct ck_config *config,
            struct ck_error *error) CK_MUST_USE;
enum ck_status ck_loop_submit(struct ck_loop *loop, struct ck_job *job,
                              struct ck_error *error) CK_MUST_USE;
void ck_loop_cancel(struct ck_loop *loop, struct ck_job *job);
/* All jobs end, and the thread. */
void ck_loop_close(struct ck_loop *loop);
/* Not from the thread itself, that is, not from a job's done. */
void ck_loop_destroy(struct ck_loop *loop);

/* A failed transfer, as libcurl reports it. */
struct ck_failure {
    int code; /* CURLcode */
    int os_error;
    int tunnel_status; /* the proxy's answer to CONNECT, or 0 */
    int connected;
    int head_done;
    const char *words; /* libcurl's own, may be "" */
    const char *url;   /* only host and port of it are told */
};

/* Do libcurl's words tell of HTTP/2 headers that it had no room for? */
int ck_failure_is_large_head(const char *words);
enum ck_status ck_failure_explain(const struct ck_failure *failure,
                                  struct ck_error *error) CK_MUST_USE;

#endif
