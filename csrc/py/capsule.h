/* capsule.h: how clerk_c._net and clerk_c._crypto offer their tables of
 * functions to clerk_c._core. */
#ifndef CKPY_CAPSULE_H
#define CKPY_CAPSULE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdint.h>

/* Adds the table as the attribute `api` of the module, in a capsule of that
 * name, which stays borrowed. 0, or -1 with an exception set. */
static inline int
ckpy_capsule_add(PyObject *module, const void *table, const char *name)
{
    /* The table is const; a capsule's pointer just cannot say so. */
    PyObject *api = PyCapsule_New((void *)(uintptr_t)table, name, NULL);
    int result = api == NULL ? -1 : PyModule_AddObjectRef(module, "api", api);

    Py_XDECREF(api);
    return result;
}

#endif
