/* operation.h: the callable behind clerk.<group>.<method>. */
#ifndef CKPY_OPERATION_H
#define CKPY_OPERATION_H

#include "schema.h"
#include "state.h"

/* A method descriptor, like a function in a class: looked up on a resource
 * it binds to it. */
struct ckpy_operation {
    PyObject_HEAD vectorcallfunc vectorcall;
    struct ckpy_state *state; /* borrowed: the type keeps the module */
    const struct ck_operation *row;
    const struct ck_field *params; /* row->param_count of them */
    PyObject *names;    /* tuple of interned parameter names, then of the four
                           that each operation takes */
    PyObject *qualname; /* "Users.get" */
    uint16_t index;
    int is_async; /* name, qualname and behaviour of an `async def` */
};

PyTypeObject *ckpy_operation_type(PyObject *module); /* new */
/* The object of a row; one per interpreter. With twin, the object of the same
 * row, its asynchronous twin. New reference. */
PyObject *ckpy_operation_new(struct ckpy_state *state, uint16_t row,
                             const struct ckpy_operation *twin);

#endif
