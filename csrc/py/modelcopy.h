/* modelcopy.h: instances made of other instances or of their states. */
#ifndef CKPY_MODELCOPY_H
#define CKPY_MODELCOPY_H

#include "model.h"

/* 1 sets *value (new); 0: the field has no value, as model_construct()
 * allows; -1: exception. */
int
ckpy_modelcopy_find(struct ckpy_model *self, unsigned index, PyObject **value);

/* Methods of models. */
PyObject *ckpy_modelcopy_copy(PyObject *self, PyObject *ignored);
PyObject *ckpy_modelcopy_deepcopy(PyObject *self, PyObject *memo);
PyObject *
ckpy_modelcopy_model_copy(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *
ckpy_modelcopy_replace(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *ckpy_modelcopy_getstate(PyObject *self, PyObject *ignored);
PyObject *ckpy_modelcopy_setstate(PyObject *self, PyObject *state);
PyObject *ckpy_modelcopy_reduce(PyObject *self, PyObject *ignored);

#endif
