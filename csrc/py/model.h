/* model.h: instances of the model classes. */
#ifndef CKPY_MODEL_H
#define CKPY_MODEL_H

#include "doc.h"
#include "modeltypes.h"
#include "state.h"

/* One slot per field of the row. A slot that is NULL has not been asked for
 * yet: its value comes from the record, if there is one and it has the
 * field, else from the field's default; then it is kept here. When all that
 * the record has was asked for, the document is let go.
 *
 * An element of a list that nobody has looked into has no record yet, only
 * the place of its text (lazy.h). Every function below parses it first.
 *
 * Views over a fresh answer are not tracked by the garbage collector until
 * they hold something that it could find a cycle through. */
struct ckpy_model {
    PyObject_HEAD const struct ckpy_class *cls; /* borrowed from the state */
    struct ckpy_doc *doc;           /* owned; NULL when built by hand, when
                                       unparsed, and when all was read */
    const struct ck_record *record; /* borrowed from doc */
    struct ckpy_source *source;     /* owned: the answer; NULL: of none */
    uint32_t offset;                /* of its text in the source's */
    uint32_t length;                /* the same; 0: parsed, or no such text */
    PyObject *extra;  /* dict of unknown members, for rows that keep them */
    uint64_t set;     /* bit i: field i was given or assigned */
    uint16_t count;   /* of slots */
    uint16_t unread;  /* slots that still need the record */
    uint8_t tolerant; /* a missing member is None */
    PyObject *slots[];
};

PyTypeObject *ckpy_model_type(PyObject *module); /* new */

/* An instance with nothing set. New. */
struct ckpy_model *
ckpy_model_new(const struct ckpy_class *cls, PyTypeObject *type);
/* A view over a checked record; retains doc. New. */
PyObject *ckpy_model_view(const struct ckpy_class *cls, struct ckpy_doc *doc,
                          const struct ck_record *record);
/* Makes an instance with nothing set a view. */
void ckpy_model_attach(struct ckpy_model *self, struct ckpy_doc *doc,
                       const struct ck_record *record);
/* Parses what has not been parsed. 0, or -1 with an exception. */
int ckpy_model_load(struct ckpy_model *self);

/* Value of a field. New; NULL with an exception set. */
PyObject *ckpy_model_get(struct ckpy_model *self, unsigned index);
/* Stores a value; steals it. */
void ckpy_model_put(struct ckpy_model *self, unsigned index, PyObject *value);
/* Was the field given, by the answer or by the program? */
int ckpy_model_is_set(struct ckpy_model *self, unsigned index);
/* The dict of unknown members; new, since the program may put another in its
 * place at any time. NULL when the row keeps none (no exception) or on error
 * (exception set). */
PyObject *ckpy_model_extra(struct ckpy_model *self);

static inline int
ckpy_model_check(const struct ckpy_state *state, PyObject *object)
{
    return PyObject_TypeCheck(object, state->model_type);
}

#endif
