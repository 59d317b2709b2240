/* dump.h: models back into plain dicts, by the reference's rules. */
#ifndef CKPY_DUMP_H
#define CKPY_DUMP_H

#include "filter.h"
#include "model.h"
#include "state.h"

/* All borrowed. */
struct ckpy_dump {
    struct ckpy_state *state;
    int json; /* enums as values, dates as text, only what JSON has */
    int by_alias;
    int exclude_unset;
    int exclude_defaults;
    int exclude_none;
    PyObject *fallback;        /* called with what has no form in JSON, or
                                  NULL: such a value is an error */
    struct ckpy_filter filter; /* of the value at hand */
};

/* New dict. */
PyObject *
ckpy_dump_model(const struct ckpy_dump *dump, struct ckpy_model *model);
/* Any value that a field may hold. New. */
PyObject *ckpy_dump_value(const struct ckpy_dump *dump, PyObject *value);

/* Does the field appear in a dump, and as what? 1: as value; 2: as None;
 * 0: not at all; -1: exception. */
int ckpy_dump_decide(const struct ckpy_dump *dump, struct ckpy_model *model,
                     unsigned index, PyObject *value);

#endif
