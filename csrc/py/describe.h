/* describe.h: rows of the tables as Python values, for documentation. */
#ifndef CKPY_DESCRIBE_H
#define CKPY_DESCRIBE_H

#include "state.h"

/* `_core.describe(index)`: an operation as a dict, by number or itself. */
PyObject *ckpy_describe(PyObject *module, PyObject *index);

#endif
