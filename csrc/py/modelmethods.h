/* modelmethods.h: what a program can call on a model. */
#ifndef CKPY_MODELMETHODS_H
#define CKPY_MODELMETHODS_H

#include "state.h"

extern PyMethodDef ckpy_modelmethods_table[];

PyObject *ckpy_modelmethods_repr(PyObject *self);
PyObject *ckpy_modelmethods_str(PyObject *self);
PyObject *ckpy_modelmethods_iter(PyObject *self);

#endif
