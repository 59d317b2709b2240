/* modelmake.h: instances made of what a program gives. */
#ifndef CKPY_MODELMAKE_H
#define CKPY_MODELMAKE_H

#include "state.h"

/* tp_init of models. */
int ckpy_modelmake_init(PyObject *self, PyObject *args, PyObject *kwargs);

/* Class methods of models. */
PyObject *
ckpy_modelmake_construct(PyObject *type, PyObject *args, PyObject *kwargs);
PyObject *
ckpy_modelmake_validate(PyObject *type, PyObject *args, PyObject *kwargs);
PyObject *
ckpy_modelmake_validate_json(PyObject *type, PyObject *args, PyObject *kwargs);

/* model_post_init(context): does nothing; subclasses have their own. */
PyObject *ckpy_modelmake_post_init(PyObject *self, PyObject *context);
/* The row of a class: a list of (name, name on the wire, type, required,
 * default, deprecated), types as modelrows.c writes them. New. */
PyObject *ckpy_modelmake_rows(PyObject *type, PyObject *ignored);
/* (keeps unknown members, is deprecated). New. */
PyObject *ckpy_modelmake_keeps_extra(PyObject *type, PyObject *ignored);

#endif
