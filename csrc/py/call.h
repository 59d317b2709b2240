/* call.h: one call of an operation, from its arguments to its answer. */
#ifndef CKPY_CALL_H
#define CKPY_CALL_H

#include "client.h"
#include "operation.h"
#include "state.h"
#include "upload.h"

#include "core/request.h"
#include "core/retry.h"

enum {
    CKPY_MAX_PARAMS = 64,
    CKPY_COMMON_PARAMS = 4 /* retries, server_url, timeout_ms, http_headers */
};

struct ckpy_call {
    struct ckpy_state *state;               /* borrowed */
    struct ckpy_client *client;             /* borrowed */
    const struct ckpy_operation *operation; /* borrowed */
    PyObject *values[CKPY_MAX_PARAMS];      /* owned: checked argument, or the
                                               default, of each parameter */
    PyObject *server_url;                   /* borrowed; NULL: the client's */
    PyObject *http_headers;                 /* borrowed; NULL: none */
    long timeout_ms;                        /* 0: nobody said anything */
    int is_matched; /* the arguments fit the signature */
    int may_await;  /* content to upload and the key may be asynchronous */
    struct ck_retry retry;     /* the call's own, or the client's */
    struct ck_request request; /* owned */
    struct ckpy_upload upload; /* owned; describes a part of request */
    PyObject *bearer;          /* owned; NULL: no key to be awaited */
};

/* args.c: matches the arguments to parameters as Python would (TypeError),
 * checks them (ValidationError) and fills values. 0 or -1. */
int ckpy_args_bind(struct ckpy_call *call, PyObject *const *args,
                   Py_ssize_t nargs, PyObject *kwnames);

/* encode.c: fills request. 0 or -1. */
int ckpy_encode_request(struct ckpy_call *call);

#endif
