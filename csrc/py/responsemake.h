/* responsemake.h: the inside of a Response object. Only for response*.c;
 * everyone else includes response.h. */
#ifndef CKPY_RESPONSEMAKE_H
#define CKPY_RESPONSEMAKE_H

#include "response.h"

/* Members that own an object; each may be NULL unless noted. */
#define CKPY_RESPONSE_OBJECTS(X)                                              \
    X(head)     /* bytes: header block, until headers are made of it */       \
    X(headers)  /* Headers */                                                 \
    X(reason)   /* str; NULL: the usual one */                                \
    X(url)      /* str; NULL: that of request */                              \
    X(content)  /* bytes, never NULL */                                       \
    X(text)     /* str */                                                     \
    X(encoding) /* str that the program chose */                              \
    X(request)

struct ckpy_response {
    PyObject ob_base;
#define X(member) PyObject *member;
    CKPY_RESPONSE_OBJECTS(X)
#undef X
    int status;
    int http_version; /* 10, 11, 20, 30 */
    long elapsed_us;  /* -1: not known */
    int redirects;
    struct ck_timing timing; /* all 0: not known */
};

static inline struct ckpy_response *
ckpy_response_of(PyObject *self)
{
    return (struct ckpy_response *)self;
}

/* The type's constructor, and its two methods for pickling. */
PyObject *
ckpy_responsemake_new(PyTypeObject *type, PyObject *args, PyObject *kwargs);
PyObject *ckpy_responsemake_reduce(PyObject *object, PyObject *ignored);
PyObject *ckpy_responsemake_setstate(PyObject *object, PyObject *state);

/* The attribute `request`: getter (new) and setter. */
PyObject *ckpy_responsemake_request(PyObject *object, void *ignored);
int ckpy_responsemake_set_request(PyObject *object, PyObject *value,
                                  void *ignored);

#endif
