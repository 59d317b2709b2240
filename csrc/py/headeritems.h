/* headeritems.h: what a Headers object holds: a tuple of items, each a tuple
 * (name, name in lower case, value) of bytes, in the order they came in. Item
 * tuples are never changed once made. */
#ifndef CKPY_HEADERITEMS_H
#define CKPY_HEADERITEMS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

enum ckpy_header_part {
    CKPY_HEADER_NAME,
    CKPY_HEADER_LOWER,
    CKPY_HEADER_VALUE
};

/* One part of one item. Borrowed. */
static inline PyObject *
ckpy_headeritems_part(PyObject *items, Py_ssize_t index,
                      enum ckpy_header_part which)
{
    return PyTuple_GET_ITEM(PyTuple_GET_ITEM(items, index), which);
}

/* Appends to a list. Steals value, which may be NULL with an exception set. */
int ckpy_headeritems_append(PyObject *list, PyObject *value);

/* -1 with a TypeError that speaks of a header's `what`. */
int ckpy_headeritems_check_str(PyObject *object, const char *what);

/* From pairs or a mapping of str (encoded) and bytes. New. */
PyObject *ckpy_headeritems_from_pairs(PyObject *pairs, const char *encoding);
PyObject *
ckpy_headeritems_from_mapping(PyObject *mapping, const char *encoding);
/* From "Name: value" lines, each ended by one 0 byte. New. */
PyObject *ckpy_headeritems_from_block(const char *block, size_t len);

/* ASCII letters in lower case, as HTTP compares names. New bytes. */
PyObject *ckpy_headeritems_lower(PyObject *bytes);

/* One item. New. */
PyObject *ckpy_headeritems_new_item(PyObject *name, PyObject *value,
                                    const char *encoding);

/* Index of the next item, from start on, of that name (bytes in lower case);
 * -1 at the end. */
Py_ssize_t
ckpy_headeritems_find(PyObject *items, PyObject *lower, Py_ssize_t start);

/* Without the items of that name; item (may be NULL) stands where the first
 * of them was, or else at the end. New. */
PyObject *
ckpy_headeritems_replace(PyObject *items, PyObject *lower, PyObject *item);
/* The items that others has no name of, then others. New. */
PyObject *ckpy_headeritems_update(PyObject *items, PyObject *others);

/* Sorted list of (name in lower case, value), for comparisons. New. */
PyObject *ckpy_headeritems_sorted(PyObject *items);

/* The first of ascii, utf-8, iso-8859-1 that all parts are valid in.
 * Borrowed, constant; NULL with an exception set. */
const char *ckpy_headeritems_encoding(PyObject *items);

#endif
