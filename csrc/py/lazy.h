/* lazy.h: models that are parsed when they are first looked into: an answer
 * that is one, or the elements of a list. The text as a whole has been proved
 * to be JSON before. */
#ifndef CKPY_LAZY_H
#define CKPY_LAZY_H

#include "json.h"
#include "model.h"
#include "read.h"

/* The text of an answer, shared by the models that still need it. */
struct ckpy_text {
    Py_ssize_t references; /* under the interpreter lock */
    char *data;            /* owned; from ck_malloc */
    PyObject *drift;       /* owned: told what does not fit */
    PyObject *title;       /* owned: str, the operation's name */
    int is_list;           /* the models are its elements */
};

enum ckpy_lazy_kind { CKPY_LAZY_NONE, CKPY_LAZY_MODEL, CKPY_LAZY_LIST };

/* Can a value of this type row wait to be parsed? */
enum ckpy_lazy_kind ckpy_lazy_kind(uint16_t type);
/* The list, one view per element. Takes data (ck_malloc) over in any case.
 * New; NULL with an exception. */
PyObject *ckpy_lazy_list(const struct ckpy_reading *reading, char *data,
                         const struct ck_json_spans *spans);
/* The view of the model that data, from its '{' at offset on, is. Takes data
 * over in any case. New; NULL with an exception. */
PyObject *ckpy_lazy_model(const struct ckpy_reading *reading, char *data,
                          size_t offset, size_t len);
/* Parses the text of an element. 0, or -1 with an exception. */
int ckpy_lazy_load(struct ckpy_model *model);
void ckpy_lazy_release(struct ckpy_text *text); /* NULL is fine */

#endif
