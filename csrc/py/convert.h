/* convert.h: the door to clerk_c._convert, Python code for rare values
 * (dates, decimals), imported when the first one is met. */
#ifndef CKPY_CONVERT_H
#define CKPY_CONVERT_H

#include "state.h"

/* clerk_c._convert.<function>(value). New. */
PyObject *
ckpy_convert(struct ckpy_state *state, const char *function, PyObject *value);

#endif
