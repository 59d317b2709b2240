/* transport.h: performs requests over libcurl. The only core header, with
 * loop.h later, whose implementation includes curl/curl.h. */
#ifndef CK_TRANSPORT_H
#define CK_TRANSPORT_H

#include "request.h"
#include "response.h"
#include "status.h"

struct ck_pool;

struct ck_pool_options {
    long max_idle;       /* kept connections (default 20 when 0) */
    int max_redirects;   /* 20 as httpx; 0: none are followed */
    const char *ca_file; /* borrowed until ck_pool_new returns; may be NULL */
    const char *ca_path; /* the same */
    const char *proxy;   /* the same; NULL: from the environment */
};

/* Called without the interpreter lock, every 100 ms while waiting, and at
 * once when the wait is broken by a signal. Non-zero ends the request with
 * CK_INTERRUPTED. */
struct ck_tick {
    int (*check)(void *arg);
    void *arg;
};

/* The functions below are reached through this table, so that libcurl is
 * loaded with the first request and not with the package. */
struct ck_transport_api {
    int version; /* CK_TRANSPORT_API_VERSION */
    /* new; safe to use from many threads at once */
    enum ck_status (*pool_new)(struct ck_pool **pool,
                               const struct ck_pool_options *options,
                               struct ck_error *error);
    /* Sends request and fills response (which the caller has initialised).
     * Blocks. tick may be NULL. After any outcome the pool is usable. */
    enum ck_status (*perform)(struct ck_pool *pool,
                              const struct ck_request *request,
                              struct ck_response *response,
                              const struct ck_tick *tick,
                              struct ck_error *error);
    /* Running requests end with CK_CLOSED within 100 ms; later ones at once.
     * May be called twice. */
    void (*pool_close)(struct ck_pool *pool);
    /* Waits for running requests, then frees. */
    void (*pool_destroy)(struct ck_pool *pool);
    const char *(*versions)(void); /* of libcurl and its parts; borrowed */
};

enum { CK_TRANSPORT_API_VERSION = 1 };

extern const struct ck_transport_api ck_transport_api;

#endif
