/* coerce.h: checks a Python value against a type row and turns it into what
 * the row asks for, by the reference's lax rules. */
#ifndef CKPY_COERCE_H
#define CKPY_COERCE_H

#include "issues.h"
#include "modeltypes.h"
#include "state.h"

struct ckpy_coercion {
    struct ckpy_state *state;
    struct ckpy_issues issues;
    int any_iterable; /* lists are made of any iterable: arguments of
                         operations, unlike fields of models */
    int inexact;      /* something had to be converted, if only text into the
                         member of an enum */
};

/* New. NULL either with an exception set, or without one after adding to
 * the issues: then go on and collect the rest. */
PyObject *ckpy_coerce_value(struct ckpy_coercion *c, uint16_t type,
                            PyObject *value, const struct ckpy_step *where);

/* The same for one kind of value that is neither None nor UNSET. */
PyObject *
ckpy_coerce_scalar(struct ckpy_coercion *c, const struct ck_type *row,
                   PyObject *value, const struct ckpy_step *where);

/* Fills the slots of a new instance from a dict of names or wire names. 0;
 * -1 with an exception, or without one after adding to the issues. */
struct ckpy_model;
int ckpy_coerce_fields(struct ckpy_coercion *c, struct ckpy_model *model,
                       PyObject *dict, const struct ckpy_step *where);

/* Notes an issue and returns NULL. */
PyObject *
ckpy_coerce_refuse(struct ckpy_coercion *c, const struct ckpy_step *where,
                   enum ck_issue_code code, uint16_t ref, PyObject *input);

#endif
