/* charset.h: which encoding a text answer is in. */
#ifndef CKPY_CHARSET_H
#define CKPY_CHARSET_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* The charset parameter of a Content-Type (a str), in lower case, or None.
 * What the email package of the standard library finds there. New. */
PyObject *ckpy_charset_of(PyObject *content_type);

/* Is it a str that Python has a codec for? */
int ckpy_charset_is_known(PyObject *charset);

/* Text of a body, with U+FFFD for what is no text. encoding (a str) was
 * chosen by the program, and then its errors are raised, or only named by the
 * server, and then utf-8 replaces one that is no encoding of text. New. */
PyObject *
ckpy_charset_decode(PyObject *content, PyObject *encoding, int chosen);

#endif
