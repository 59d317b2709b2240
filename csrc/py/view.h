/* view.h: from checked nodes to Python values. */
#ifndef CKPY_VIEW_H
#define CKPY_VIEW_H

#include "doc.h"
#include "modeltypes.h"
#include "state.h"

/* The Python value of a node that the check found to fit `type`. New. */
PyObject *ckpy_view_value(struct ckpy_state *state, struct ckpy_doc *doc,
                          uint16_t type, const cJSON *node);
/* The Python value of a value row (a default, a constant). New. */
PyObject *ckpy_view_default(struct ckpy_state *state, uint16_t value);
/* The members of a record that its row does not know. New dict. */
PyObject *
ckpy_view_extra(const struct ckpy_class *cls, const struct ck_record *record);

#endif
