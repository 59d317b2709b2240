/* modeltypes.h: the Python classes of model and enum rows, each made when it
 * is first needed. */
#ifndef CKPY_MODELTYPES_H
#define CKPY_MODELTYPES_H

#include "schema.h"
#include "state.h"

/* What an instance needs to know of its class. Owned by the state; lives as
 * long as the module. */
struct ckpy_class {
    struct ckpy_state *state; /* borrowed */
    PyTypeObject *type;       /* owned by the state */
    const struct ck_model *row;
    const struct ck_field *fields; /* row->field_count of them */
    PyObject **names;              /* attribute names, interned, owned */
    uint16_t model;                /* index of row */
};

/* The class of a model row. Borrowed; NULL with an exception set. */
struct ckpy_class *ckpy_class_of(struct ckpy_state *state, uint16_t model);
/* The row behind a class: of ours, or a subclass that a user made. */
struct ckpy_class *
ckpy_class_by_type(struct ckpy_state *state, PyTypeObject *type);
void ckpy_class_free(struct ckpy_class *cls);

/* The class and members of an enum row. Borrowed; NULL on error. */
const struct ckpy_enum *ckpy_enum_of(struct ckpy_state *state, uint16_t row);
/* A member by its index. New. */
PyObject *
ckpy_enum_member(struct ckpy_state *state, uint16_t row, unsigned index);

/* What `clerk_c.models` has under that name: a class, an
 * enum, a TypedDict, a union. New; NULL
 * with AttributeError when there is none. (`_core.export(name)`) */
PyObject *ckpy_modeltypes_export(PyObject *module, PyObject *name);
/* All such names, or those of one submodule: a new list of str
 * (`_core.exports(submodule=None)`). */
PyObject *ckpy_modeltypes_names(PyObject *module, PyObject *args);

#endif
