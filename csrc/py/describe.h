/* describe.h: rows of the tables as Python values, for documentation
 * and the command line. */
#ifndef CKPY_DESCRIBE_H
#define CKPY_DESCRIBE_H

#include "state.h"

/* `_core.describe(index)`: an operation as a dict, by number or itself. */
PyObject *ckpy_describe(PyObject *module, PyObject *index);
/* `_core.parameters(index)`: the operation's parameters as a list of (name,
 * place, type, required, deprecated); modelrows.h says what a type is. */
PyObject *ckpy_describe_parameters(PyObject *module, PyObject *index);
/* `_core.route(index)`: (method, path, names of the parameters in the path,
 * deprecated). Makes no classes. */
PyObject *ckpy_describe_route(PyObject *module, PyObject *index);

#endif
