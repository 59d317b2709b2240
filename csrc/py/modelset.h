/* modelset.h: which fields of an instance were given, and what it holds
 * besides its fields. */
#ifndef CKPY_MODELSET_H
#define CKPY_MODELSET_H

#include "model.h"

/* Names of the fields and unknown members that were given. New set. */
PyObject *ckpy_modelset_names(struct ckpy_model *self);
/* Makes just these fields count as given: any iterable of str. */
int ckpy_modelset_put_names(struct ckpy_model *self, PyObject *names);

/* `model_extra`: a dict, or None where unknown members are not kept. New. */
PyObject *ckpy_modelset_extra(struct ckpy_model *self);
/* Makes that the instance's; steals it. NULL is passed on as a failure. */
int ckpy_modelset_take_extra(struct ckpy_model *self, PyObject *extra);

/* What assigning to an attribute is up to. */
enum ckpy_modelset_name {
    CKPY_NAME_UNKNOWN,
    CKPY_NAME_PRIVATE, /* starts with an underscore: a subclass's own */
    CKPY_NAME_KNOWN    /* a field, or a property, which decides for itself */
};
enum ckpy_modelset_name ckpy_modelset_name_of(PyObject *self, PyObject *name);

extern PyGetSetDef ckpy_modelset_getset[];

#endif
