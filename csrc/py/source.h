/* source.h: the answer that models came of: its text, until all of them are
 * parsed, and what clerk_c.response_of tells about it. */
#ifndef CKPY_SOURCE_H
#define CKPY_SOURCE_H

#include "read.h"
#include "state.h"

#include "core/response.h"

/* Everything here is under the interpreter lock. */
struct ckpy_source {
    Py_ssize_t references;
    Py_ssize_t unparsed; /* models that still need the text */
    char *text;          /* owned, from ck_malloc; NULL: nobody needs it */
    PyObject *drift;     /* owned, with text: told what does not fit */
    PyObject *title;     /* owned, with text: str, the operation's name */
    int is_list;         /* the models are its elements */
    struct ck_response response; /* owned; its body is empty */
};

/* Takes head and URL of response over. One reference, the caller's. NULL with
 * an exception. */
struct ckpy_source *ckpy_source_new(struct ck_response *response);
/* Makes the body of the response the source's text. */
void ckpy_source_keep_text(struct ckpy_source *source,
                           const struct ckpy_reading *reading,
                           struct ck_response *response);
void ckpy_source_release(struct ckpy_source *source); /* NULL is fine */
void ckpy_source_drop_text(struct ckpy_source *source);
/* One model less needs the text. */
void ckpy_source_parsed(struct ckpy_source *source);

/* Tells models that are parsed already, a value or the elements of a list,
 * where they come from. */
void ckpy_source_mark(struct ckpy_source *source, struct ckpy_state *state,
                      PyObject *value);

/* `_core.source_of(value)`: what is known of the answer behind a model, or
 * behind the first element of a list, as a tuple; None: nothing. */
PyObject *ckpy_source_of(PyObject *module, PyObject *value);

#endif
