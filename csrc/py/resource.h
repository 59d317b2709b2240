/* resource.h: a group of operations of one client, such as clerk.users. */
#ifndef CKPY_RESOURCE_H
#define CKPY_RESOURCE_H

#include "state.h"

#include <stdint.h>

struct ckpy_resource {
    PyObject_HEAD PyObject *client; /* owned */
};

PyTypeObject *ckpy_resource_type(PyObject *module); /* new: the base */
/* `_core.group_class(name)`: the class in the module of that name. New. */
PyObject *ckpy_resource_group_class(PyObject *module, PyObject *name);
/* An instance of the group's own class. New. */
PyObject *
ckpy_resource_new(struct ckpy_state *state, uint16_t group, PyObject *client);

#endif
