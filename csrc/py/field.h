/* field.h: the descriptor behind each attribute of a model class. */
#ifndef CKPY_FIELD_H
#define CKPY_FIELD_H

#include "state.h"

#include <stdint.h>

PyTypeObject *ckpy_field_type(PyObject *module); /* new */
/* The descriptor of field `index` of model row `model`. New. */
PyObject *
ckpy_field_new(struct ckpy_state *state, uint16_t model, uint16_t index);

#endif
