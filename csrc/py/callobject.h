/* callobject.h: the type clerk_c._core.Call: a call that is encoded, and is
 * sent by someone else than the thread that made it: by the I/O thread, or by
 * clerk_c._observed. */
#ifndef CKPY_CALLOBJECT_H
#define CKPY_CALLOBJECT_H

#include "call.h"
#include "flight.h"

enum ckpy_phase {
    CKPY_READY,  /* encoded */
    CKPY_FLYING, /* submitted */
    CKPY_LANDED, /* the answer is there */
    CKPY_OVER    /* handed over, cancelled, or failed before it began */
};

struct ckpy_callobject {
    PyObject_HEAD PyObject *client; /* owned; a client */
    PyObject *operation;            /* owned; NULL: a plain exchange */
    PyObject *server_url;           /* owned; str */
    PyObject *failure; /* owned: raised instead of sending; mostly NULL */
    PyObject *raw;     /* owned; NULL: what errors show as raw_response */
    PyObject *bearer;  /* owned; NULL: no key has to be awaited */
    PyObject *waiter;  /* owned while flying: what Queue tells */
    struct ckpy_upload upload;  /* owned; of the request */
    struct ckpy_flight *flight; /* one reference; NULL with failure */
    long timeout_ms;            /* 0: nobody said anything */
    enum ckpy_phase phase;
};

PyTypeObject *ckpy_callobject_type(PyObject *module); /* new */

/* Takes over the request of an encoded call. New. */
PyObject *ckpy_callobject_new(struct ckpy_call *call);
/* Takes over the exception that is set. New. */
PyObject *ckpy_callobject_failed(struct ckpy_call *call);

/* The result of a call that has landed; once. New; NULL with an exception. */
PyObject *ckpy_callobject_finish(PyObject *op);

/* Told by the queue: the flight is over. Steals the flight's reference to
 * the queue's; returns what waits (new), or NULL: nobody (no exception). */
PyObject *ckpy_callobject_land(struct ckpy_flight *flight);

/* Attributes and methods for clerk_c._observed: callview.c. */
extern PyGetSetDef ckpy_callview_getset[];
PyObject *ckpy_callview_plan(PyObject *op, PyObject *args);
PyObject *ckpy_callview_take(PyObject *op, PyObject *args);
PyObject *ckpy_callview_authorize(PyObject *op, PyObject *ignored);
PyObject *ckpy_callview_fill(PyObject *op, PyObject *content);
PyObject *ckpy_callview_tell(PyObject *op, PyObject *ignored);

#endif
