/* queueobject.h: the type clerk_c._core.Queue, one per event loop. */
#ifndef CKPY_QUEUEOBJECT_H
#define CKPY_QUEUEOBJECT_H

#include "queue.h"
#include "state.h"

struct ckpy_queueobject {
    PyObject_HEAD PyObject *weakrefs;
    struct ckpy_queue *queue; /* one reference, never NULL */
};

PyTypeObject *ckpy_queueobject_type(PyObject *module); /* new */

#endif
