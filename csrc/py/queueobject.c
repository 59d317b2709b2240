/* queueobject.c: clerk_c._core.Queue: a queue of finished calls as an event
 * loop sees it: a descriptor, and what to do when it is readable. Owns one
 * reference to the queue and closes it when it dies. */
#include "queueobject.h"

#include "callobject.h"

#include <stddef.h>
#include <structmember.h>

static struct ckpy_queue *
queue_of(PyObject *op)
{
    return ((struct ckpy_queueobject *)op)->queue;
}

static PyObject *
queue_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *self = NULL;
    struct ckpy_queue *queue = NULL;

    if (PyTuple_GET_SIZE(args) > 0 || kwargs != NULL) {
        PyErr_SetString(PyExc_TypeError, "Queue() takes no arguments");
        return NULL;
    }
    queue = ckpy_queue_new();
    if (queue == NULL)
        return PyErr_SetFromErrno(PyExc_OSError);
    self = type->tp_alloc(type, 0);
    if (self == NULL)
        ckpy_queue_release(queue);
    else
        ((struct ckpy_queueobject *)self)->queue = queue;
    return self;
}

static void
queue_dealloc(PyObject *op)
{
    struct ckpy_queueobject *self = (struct ckpy_queueobject *)op;
    PyTypeObject *type = Py_TYPE(op);

    if (self->weakrefs != NULL)
        PyObject_ClearWeakRefs(op);
    ckpy_queue_close(self->queue);
    ckpy_queue_release(self->queue);
    type->tp_free(op);
    Py_DECREF(type);
}

static PyObject *
queue_fileno(PyObject *op, PyObject *ignored)
{
    (void)ignored;
    return PyLong_FromLong(ckpy_queue_descriptor(queue_of(op)));
}

/* What happens to an exception while others have to be told: the first one is
 * kept, in *first. */
static void
keep_exception(PyObject *first[3])
{
    if (first[0] == NULL)
        PyErr_Fetch(&first[0], &first[1], &first[2]);
    else
        PyErr_WriteUnraisable(NULL);
}

/* 0, or -1 with an exception. A future that was cancelled meanwhile wants no
 * result. */
static int
tell(PyObject *future, PyObject *name)
{
    PyObject *told = PyObject_CallMethodOneArg(future, name, Py_None);
    PyObject *type = NULL;
    PyObject *error = NULL;
    PyObject *trace = NULL;
    PyObject *done = NULL;

    if (told != NULL) {
        Py_DECREF(told);
        return 0;
    }
    if (!PyErr_ExceptionMatches(PyExc_Exception))
        return -1;
    PyErr_Fetch(&type, &error, &trace);
    done = PyObject_CallMethod(future, "done", NULL);
    if (done == Py_True) {
        Py_XDECREF(type);
        Py_XDECREF(error);
        Py_XDECREF(trace);
        Py_DECREF(done);
        return 0;
    }
    Py_XDECREF(done);
    PyErr_Restore(type, error, trace);
    return -1;
}

static PyObject *
queue_drain(PyObject *op, PyObject *ignored)
{
    struct ckpy_flight *flight = ckpy_queue_take(queue_of(op));
    PyObject *first[3] = {NULL, NULL, NULL};
    PyObject *name = PyUnicode_InternFromString("set_result");

    (void)ignored;
    if (name == NULL)
        keep_exception(first);
    while (flight != NULL) {
        struct ckpy_flight *next = flight->next;
        PyObject *future = ckpy_callobject_land(flight);

        if (future != NULL && name != NULL && tell(future, name) < 0)
            keep_exception(first);
        Py_XDECREF(future);
        flight = next;
    }
    Py_XDECREF(name);
    if (first[0] == NULL)
        Py_RETURN_NONE;
    PyErr_Restore(first[0], first[1], first[2]);
    return NULL;
}

static PyObject *
queue_take(PyObject *op, PyObject *ignored)
{
    struct ckpy_flight *flight = ckpy_queue_take(queue_of(op));
    PyObject *waiters = PyList_New(0);
    int failed = waiters == NULL;

    (void)ignored;
    while (flight != NULL) {
        struct ckpy_flight *next = flight->next;
        PyObject *waiter = ckpy_callobject_land(flight);

        if (waiter != NULL && !failed)
            failed = PyList_Append(waiters, waiter) < 0;
        Py_XDECREF(waiter);
        flight = next;
    }
    if (failed)
        Py_CLEAR(waiters);
    return waiters;
}

static PyObject *
queue_wait(PyObject *op, PyObject *ignored)
{
    struct ckpy_queue *queue = queue_of(op);
    int result = 0;

    (void)ignored;
    Py_BEGIN_ALLOW_THREADS
    result = ckpy_queue_wait(queue);
    Py_END_ALLOW_THREADS
    return PyBool_FromLong(result);
}

static PyObject *
queue_close(PyObject *op, PyObject *ignored)
{
    (void)ignored;
    ckpy_queue_close(queue_of(op));
    Py_RETURN_NONE;
}

static PyMethodDef queue_methods[] = {
    {"fileno", queue_fileno, METH_NOARGS,
     "fileno($self, /)\n--\n\nA descriptor that is readable while something "
     "waits (int)."},
    {"drain", queue_drain, METH_NOARGS,
     "drain($self, /)\n--\n\nset_result(None) of each future whose call is "
     "over."},
    {"take", queue_take, METH_NOARGS,
     "take($self, /)\n--\n\nThe waiters whose calls are over (list)."},
    {"wait", queue_wait, METH_NOARGS,
     "wait($self, /)\n--\n\nBlocks until something waits (True) or the queue "
     "is closed (False)."},
    {"close", queue_close, METH_NOARGS,
     "close($self, /)\n--\n\nNobody will look any more: wait() returns."},
    {NULL, NULL, 0, NULL}};

static PyMemberDef queue_members[] = {
    {"__weaklistoffset__", T_PYSSIZET,
     offsetof(struct ckpy_queueobject, weakrefs), READONLY, NULL},
    {NULL, 0, 0, 0, NULL}};

static PyType_Slot queue_slots[] = {{Py_tp_new, queue_new},
                                    {Py_tp_dealloc, queue_dealloc},
                                    {Py_tp_methods, queue_methods},
                                    {Py_tp_members, queue_members},
                                    {0, NULL}};

static PyType_Spec queue_spec = {
    .name = "clerk_c._core.Queue",
    .basicsize = sizeof(struct ckpy_queueobject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = queue_slots,
};

PyTypeObject *
ckpy_queueobject_type(PyObject *module)
{
    return (PyTypeObject *)PyType_FromModuleAndSpec(module, &queue_spec, NULL);
}
