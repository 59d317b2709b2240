/* typed.h: what `clerk_c.models` exports for annotations alone: TypedDicts
 * and unions. */
#ifndef CKPY_TYPED_H
#define CKPY_TYPED_H

#include "schema.h"
#include "state.h"

/* The TypedDict or union of an export; the same object each time. New. */
PyObject *
ckpy_typed_export(struct ckpy_state *state, const struct ck_name *export);

#endif
