/* unset.h: the marker for "this was not given". */
#ifndef CKPY_UNSET_H
#define CKPY_UNSET_H

#include "state.h"

PyTypeObject *ckpy_unset_type(PyObject *module); /* new */
PyObject *ckpy_unset_new(PyTypeObject *type);    /* new */

#endif
