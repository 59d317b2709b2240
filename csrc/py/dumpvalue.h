/* dumpvalue.h: what the fields of a model hold, dumped. */
#ifndef CKPY_DUMPVALUE_H
#define CKPY_DUMPVALUE_H

#include "dump.h"

/* A value inside the one at hand; below is what the filter says of it. New.
 */
PyObject *
ckpy_dumpvalue_below(const struct ckpy_dump *dump,
                     const struct ckpy_filter *below, PyObject *value);

#endif
