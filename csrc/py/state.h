/* state.h: everything the module remembers, per interpreter. The members are
 * listed once; the list expands to the struct, to traverse and to clear. */
#ifndef CKPY_STATE_H
#define CKPY_STATE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* Types that exist from import on (PyTypeObject *), made by a function
 * `PyTypeObject *ckpy_<file>_type(PyObject *module)` (new reference). */
#define CKPY_STATE_TYPES(X)                                                   \
    X(client_type, client)                                                    \
    X(resource_type, resource)                                                \
    X(operation_type, operation)                                              \
    X(field_type, field)                                                      \
    X(model_type, model)                                                      \
    X(headers_type, headers)                                                  \
    X(response_type, response)

/* Other objects (PyObject *), NULL until first needed unless noted. */
#define CKPY_STATE_OBJECTS(X)                                                 \
    X(package)      /* the clerk_c package's name, "clerk_c" */               \
    X(unset)        /* the UNSET singleton, from import on */                 \
    X(classes)      /* list: class of each model row or None */               \
    X(enum_classes) /* list: (class, tuple of members) of each enum row */    \
    X(errors)       /* module clerk_c.models._errors */                       \
    X(exceptions)   /* module clerk_c.exceptions */                           \
    X(net)          /* module clerk_c._net, which loads libcurl */            \
    X(str_dict)     /* interned "__dict__" and friends */

struct ck_transport_api;

struct ckpy_state {
#define X(member, file) PyTypeObject *member;
    CKPY_STATE_TYPES(X)
#undef X
#define X(member) PyObject *member;
    CKPY_STATE_OBJECTS(X)
#undef X
    const struct ck_transport_api *transport; /* owned by state->net */
};

extern struct PyModuleDef ckpy_module_def;

static inline struct ckpy_state *
ckpy_state_of(PyObject *module)
{
    return (struct ckpy_state *)PyModule_GetState(module);
}

/* From an instance or a type of ours (subclasses of users included). NULL
 * with an exception set when type is none of ours. */
struct ckpy_state *ckpy_state_by_type(PyTypeObject *type);

#endif
