/* lazy.h: lists whose elements are parsed when they are first looked into.
 * The text as a whole has been proved to be JSON before. */
#ifndef CKPY_LAZY_H
#define CKPY_LAZY_H

#include "json.h"
#include "model.h"
#include "read.h"

/* The text of a list, shared by the elements that still need it. */
struct ckpy_text {
    Py_ssize_t references; /* under the interpreter lock */
    char *data;            /* owned; from ck_malloc */
    PyObject *drift;       /* owned: told what does not fit */
    PyObject *title;       /* owned: str, the operation's name */
};

/* Is a value of this type row such a list? */
int ckpy_lazy_is_list(uint16_t type);
/* The list, one view per element. Takes *data (ck_malloc) over in any case.
 * New; NULL with an exception. */
PyObject *ckpy_lazy_list(const struct ckpy_reading *reading, char *data,
                         const struct ck_json_spans *spans);
/* Parses the text of an element. 0, or -1 with an exception. */
int ckpy_lazy_load(struct ckpy_model *model);
void ckpy_lazy_release(struct ckpy_text *text); /* NULL is fine */

#endif
