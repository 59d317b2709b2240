/* doc.h: a checked JSON document that several views share. */
#ifndef CKPY_DOC_H
#define CKPY_DOC_H

#include "check.h"
#include "json.h"

#include <stdatomic.h>

/* Counted; the last release frees the arena. Immutable after the check, so
 * that it can be read from any thread. */
struct ckpy_doc {
    atomic_long references;
    int is_tolerant; /* missing members are None, unknown ones are extras */
    struct ck_json json;
};

struct ckpy_doc *ckpy_doc_new(void); /* new, or NULL without memory */

static inline struct ckpy_doc *
ckpy_doc_retain(struct ckpy_doc *doc)
{
    atomic_fetch_add_explicit(&doc->references, 1, memory_order_relaxed);
    return doc;
}

void ckpy_doc_release(struct ckpy_doc *doc); /* steals; NULL is fine */

#endif
