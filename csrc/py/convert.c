/* convert.c: calls into clerk_c._convert. The state owns the module. */
#include "convert.h"

PyObject *
ckpy_convert(struct ckpy_state *state, const char *function, PyObject *value)
{
    PyObject *module =
        ckpy_state_import(&state->convert, "clerk_c._convert", NULL);

    return module == NULL
               ? NULL
               : PyObject_CallMethod(module, function, "(O)", value);
}
