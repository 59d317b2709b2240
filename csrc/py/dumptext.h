/* dumptext.h: plain Python values to JSON text, as model_dump_json gives it.
 */
#ifndef CKPY_DUMPTEXT_H
#define CKPY_DUMPTEXT_H

#include "state.h"

/* value is what a dump in JSON mode returned. indent below 0: compact. New
 * str. */
PyObject *ckpy_dumptext(PyObject *value, long indent, int ascii);

#endif
