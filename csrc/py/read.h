/* read.h: from the bytes of a JSON text to checked Python values. */
#ifndef CKPY_READ_H
#define CKPY_READ_H

#include "modeltypes.h"
#include "state.h"

#include "check.h"
#include "doc.h"

/* The part that needs no interpreter: guard, parse, check. On CK_OK look at
 * issues->count. */
enum ck_status
ckpy_read_checked(struct ckpy_doc *doc, uint16_t type, const char *text,
                  size_t len, struct ck_issues *issues,
                  struct ck_error *error) CK_MUST_USE;

/* How a text is read and what for. All borrowed. */
struct ckpy_reading {
    struct ckpy_state *state;
    uint16_t type;     /* type row of the value */
    const char *title; /* what errors are about */
    PyObject *name;    /* the same as str, for models that are read later */
    PyObject *input;   /* the program's object that the text came from, or
                          NULL for a server's answer */
    PyObject *drift;   /* tolerant: a clerk_c._drift.Drift that is told what
                          did not fit; strict: NULL */
    int is_element;    /* the text is an element of a list: for drift */
};

/* Turns what was found into nothing (0: go on, maybe after telling drift) or
 * an exception (-1). */
int ckpy_read_judge(const struct ckpy_reading *reading, struct ckpy_doc *doc,
                    enum ck_status status, const struct ck_issues *issues,
                    const struct ck_error *error);

/* The part that does: the value, or an exception. Borrows doc. New. */
PyObject *
ckpy_read_finish(const struct ckpy_reading *reading, struct ckpy_doc *doc,
                 enum ck_status status, const struct ck_issues *issues,
                 const struct ck_error *error);

/* Both: reads, checks and views text[0..len), which stays the caller's.
 * Releases the interpreter lock while it reads. New; NULL with a
 * ValidationError. A text that is not JSON is one too when it is the program's
 * own; a server's is a plain ValueError. */
PyObject *ckpy_read_text(const struct ckpy_reading *reading, const char *text,
                         size_t len);

/* A model from str, bytes or bytearray. New. */
PyObject *ckpy_read_model(const struct ckpy_class *cls, PyObject *data);

/* `_core.read_json(type_name, data, drift)`: "User", "List[User]". With a
 * drift (see struct ckpy_reading) it is read tolerantly. */
PyObject *ckpy_read_json(PyObject *module, PyObject *args);

#endif
