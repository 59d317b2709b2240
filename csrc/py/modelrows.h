/* modelrows.h: the fields of a model row as Python values, for what is
 * written in Python: model_fields, schemas, the pydantic interface. */
#ifndef CKPY_MODELROWS_H
#define CKPY_MODELROWS_H

#include "modeltypes.h"

/* A list of (name, name on the wire, type, required, default, deprecated).
 * A type is (kind, detail, takes None, takes UNSET); the detail is
 *   const           the value
 *   enum, model     the class
 *   union           (name, wire name of the tag, [(tag, type), ...])
 *   list, dict      the type of the elements
 * and None for the others. New. */
PyObject *ckpy_modelrows_fields(const struct ckpy_class *cls);
/* The type of a type row. New. */
PyObject *ckpy_modelrows_type(struct ckpy_state *state, uint16_t type);

#endif
