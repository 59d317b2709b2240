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
ckpy_read_checked(struct ckpy_doc *doc, uint16_t type, char *text, size_t len,
                  struct ck_issues *issues,
                  struct ck_error *error) CK_MUST_USE;

/* The part that does: the value, or an exception. Borrows doc. New. */
PyObject *
ckpy_read_finish(struct ckpy_state *state, struct ckpy_doc *doc, uint16_t type,
                 const char *title, enum ck_status status,
                 const struct ck_issues *issues, const struct ck_error *error,
                 PyObject *input);

/* Both: reads, checks and views text[0..len) (patched in place, still the
 * caller's) as a value of type row `type`. Releases the interpreter lock
 * while it reads. New; NULL with a ValidationError (title). A text that is not
 * JSON is one too if input, the object it came from, is given; else it is a
 * plain ValueError. */
PyObject *
ckpy_read_text(struct ckpy_state *state, uint16_t type, const char *title,
               char *text, size_t len, PyObject *input);

/* A model from str, bytes or bytearray. New. */
PyObject *ckpy_read_model(const struct ckpy_class *cls, PyObject *data);

/* `_core.read_json(type_name, data)`: "User", "List[User]". */
PyObject *ckpy_read_json(PyObject *module, PyObject *args);

#endif
