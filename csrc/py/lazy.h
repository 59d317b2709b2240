/* lazy.h: models that are parsed when they are first looked into: an answer
 * that is one, or the elements of a list. The text as a whole has been proved
 * to be JSON before. */
#ifndef CKPY_LAZY_H
#define CKPY_LAZY_H

#include "json.h"
#include "model.h"
#include "read.h"
#include "source.h"

enum ckpy_lazy_kind { CKPY_LAZY_NONE, CKPY_LAZY_MODEL, CKPY_LAZY_LIST };

/* Can a value of this type row wait to be parsed? */
enum ckpy_lazy_kind ckpy_lazy_kind(uint16_t type);
/* The list of which source has the text, one view per element. New; NULL with
 * an exception. */
PyObject *
ckpy_lazy_list(const struct ckpy_reading *reading, struct ckpy_source *source,
               const struct ck_json_spans *spans);
/* The view of the model that the text, len bytes, from its '{' at offset on,
 * is. New; NULL with an exception. */
PyObject *
ckpy_lazy_model(const struct ckpy_reading *reading, struct ckpy_source *source,
                size_t offset, size_t len);
/* Parses the text of an element. 0, or -1 with an exception. */
int ckpy_lazy_load(struct ckpy_model *model);

#endif
