/* client.h: settings and connections of one Clerk client. */
#ifndef CKPY_CLIENT_H
#define CKPY_CLIENT_H

#include "retry.h"
#include "state.h"
#include "transport.h"

struct ckpy_client {
    PyObject_HEAD PyObject *bearer; /* str, callable or None */
    PyObject *server_url;           /* str */
    PyObject *user_agent;           /* str */
    PyObject *fixed;   /* tuple of (name, value): headers that nothing
                          overrides */
    PyObject *drift;   /* clerk_c._drift.Drift; NULL until asked for */
    PyObject *options; /* clerk_c._transport_options.TransportOptions, or
                          NULL */
    PyObject *weakrefs;
    struct ck_pool *pool; /* owned; NULL until the first request */
    const struct ck_transport_api *transport; /* what pool was made by */
    long timeout_ms;                          /* 0: none was given */
    struct ck_retry retry;
    size_t max_response; /* bytes */
    int is_tolerant;     /* reading of answers */
    int closed;          /* CK_CLOSE_BLOCKING, CK_CLOSE_ASYNC: those sides */
    int observed;        /* ask clerk_c._observed.wanted before each call */
};

PyTypeObject *ckpy_client_type(PyObject *module); /* new */

/* -1 with ClientClosed where that side of the client is closed:
 * CK_CLOSE_BLOCKING or CK_CLOSE_ASYNC. */
int ckpy_client_refuse_closed(struct ckpy_state *state,
                              const struct ckpy_client *self, int side);

/* 0, or -1 with RuntimeError where Clerk.__init__() was never called. */
int ckpy_client_check_made(const struct ckpy_client *self);

/* The pool, made on first use (this loads libcurl), for calls of that side.
 * Borrowed; NULL with an exception: ClientClosed, for one. */
struct ck_pool *
ckpy_client_pool(struct ckpy_state *state, struct ckpy_client *self, int side);

/* The record of differences, made when first needed. Borrowed; NULL with an
 * exception. */
PyObject *ckpy_client_drift(struct ckpy_client *self);

#endif
