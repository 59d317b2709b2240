/* state.h: everything the module remembers, per interpreter. The members are
 * listed once; the lists expand to the struct, to traverse and to clear. */
#ifndef CKPY_STATE_H
#define CKPY_STATE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* Types that exist from import on, each made by a function
 * `PyTypeObject *ckpy_<file>_type(PyObject *module)` (new reference). */
#define CKPY_STATE_TYPES(X)                                                   \
    X(unset_type, unset)                                                      \
    X(field_type, field)                                                      \
    X(model_type, model)                                                      \
    X(operation_type, operation)                                              \
    X(resource_type, resource)                                                \
    X(client_type, client)                                                    \
    X(queue_type, queueobject)                                                \
    X(call_type, callobject)                                                  \
    X(headers_type, headers)                                                  \
    X(response_type, response)                                                \
    X(key_type, key)                                                          \
    X(tokens_type, tokens)

/* Other objects, NULL until first needed unless noted. */
#define CKPY_STATE_OBJECTS(X)                                                 \
    X(unset)              /* the UNSET singleton, from import on */           \
    X(convert)            /* module clerk_c._convert */                       \
    X(make_enum)          /* function: clerk_c.utils.enums.make_enum */       \
    X(validation)         /* class: clerk_c._validation.ValidationError */    \
    X(errors)             /* module clerk_c.models._errors */                 \
    X(exceptions)         /* module clerk_c.exceptions */                     \
    X(types)              /* module clerk_c.types */                          \
    X(upload)             /* module clerk_c._upload */                        \
    X(net)                /* module clerk_c._net, which loads libcurl */      \
    X(crypto)             /* module clerk_c._crypto, which loads libcrypto */ \
    X(finding_names)      /* tuple of str: what finding.c looks up */         \
    X(send)               /* function: clerk_c._observed.send */              \
    X(wanted)             /* function: clerk_c._observed.wanted */            \
    X(perform_async)      /* function: clerk_c._async.perform */              \
    X(perform_authorized) /* function: clerk_c._async's */                    \
    X(observe_async)      /* function: clerk_c._async.perform_observed */     \
    X(error_types)        /* dict: row of an error class to the class */      \
    X(group_types)        /* dict: row of a group to its type */              \
    X(operations)         /* dict: row of an operation to its object */       \
    X(typed)              /* module clerk_c.models._typed */                  \
    X(typed_objects)      /* dict: name to the TypedDict or union */

struct ck_crypto;
struct ck_crypto_api;
struct ck_transport_api;
struct ckpy_class;

/* An enum's class and its members in row order (a tuple). */
struct ckpy_enum {
    PyObject *type;
    PyObject *members;
};

struct ckpy_state {
#define X(member, file) PyTypeObject *member;
    CKPY_STATE_TYPES(X)
#undef X
#define X(member) PyObject *member;
    CKPY_STATE_OBJECTS(X)
#undef X
    struct ckpy_class **classes; /* by model row; NULL until first used */
    struct ckpy_enum *enums;     /* by enum row; NULLs until first used */
    const struct ck_transport_api *transport; /* owned by net */
    const struct ck_crypto_api *crypto_api;   /* owned by crypto */
    struct ck_crypto *crypto_algorithms;      /* owned */
};

extern struct PyModuleDef ckpy_module_def;

static inline struct ckpy_state *
ckpy_state_of(PyObject *module)
{
    return (struct ckpy_state *)PyModule_GetState(module);
}

/* From a type of ours or a subclass that a user made. NULL with an exception
 * set when it is neither. */
struct ckpy_state *ckpy_state_by_type(PyTypeObject *type);

/* The attribute of a module, kept in *slot once imported. Borrowed. */
PyObject *
ckpy_state_import(PyObject **slot, const char *module, const char *attribute);

int ckpy_state_init(PyObject *module);
int ckpy_state_traverse(PyObject *module, visitproc visit, void *arg);
int ckpy_state_clear(PyObject *module);
void ckpy_state_free(void *module);

#endif
