/* late.h: attributes of model classes whose code is in Python and is
 * imported when somebody first names them. */
#ifndef CKPY_LATE_H
#define CKPY_LATE_H

#include "state.h"

/* Puts them into the dict of the base of all models. 0 or -1. */
int ckpy_late_fill(PyObject *module, PyTypeObject *type);

/* clerk_c.<module>.<function>(argument). New. */
PyObject *
ckpy_late_call(const char *module, const char *function, PyObject *argument);

#endif
