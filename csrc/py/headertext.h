/* headertext.h: the inside of a Headers object, and its items read as text.
 * Only for headers.c; everyone else includes headers.h. */
#ifndef CKPY_HEADERTEXT_H
#define CKPY_HEADERTEXT_H

#include "headeritems.h"

struct ckpy_headers {
    PyObject ob_base;
    PyObject *items;    /* owned; see headeritems.h */
    PyObject *encoding; /* owned; str that the program chose, or NULL */
    const char *found;  /* encoding found for items; NULL: not yet looked */
};

static inline struct ckpy_headers *
ckpy_headers_of(PyObject *self)
{
    return (struct ckpy_headers *)self;
}

/* What one operation reads: safe from changes that happen meanwhile. */
struct ckpy_headertext {
    PyObject *items;      /* owned */
    PyObject *chosen;     /* owned or NULL; keeps encoding alive */
    const char *encoding; /* borrowed */
};

int ckpy_headertext_open(struct ckpy_headertext *text, PyObject *self);
void ckpy_headertext_close(struct ckpy_headertext *text);
/* The bytes to look a name up by: *lower is new, or NULL when no header can
 * have that name. -1 with an exception set. */
int ckpy_headertext_key(const struct ckpy_headertext *text, PyObject *key,
                        PyObject **lower);

/* The values of one name. New list, maybe empty. */
PyObject *ckpy_headertext_values(PyObject *self, PyObject *key);
/* The same joined by commas: 1 and *value new; 0 and *value NULL when there
 * is none; -1 with an exception set. */
int ckpy_headertext_look_up(PyObject *self, PyObject *key, PyObject **value);
/* Names in lower case, each with its values joined by commas. New dict. */
PyObject *ckpy_headertext_merged(PyObject *self);
/* (name in lower case, value) for each item. New list. */
PyObject *ckpy_headertext_pairs(PyObject *self);
PyObject *ckpy_headertext_encoding(PyObject *self); /* new */
PyObject *ckpy_headertext_repr(PyObject *self);     /* new */

#endif
