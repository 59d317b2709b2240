/* doc.c: reference counting of checked documents. A document owns its arena
 * and with it every node and record that views borrow. */
#include "doc.h"

#include "alloc.h"

struct ckpy_doc *
ckpy_doc_new(void)
{
    struct ckpy_doc *doc = ck_malloc(sizeof *doc);

    if (doc == NULL)
        return NULL;
    atomic_init(&doc->references, 1);
    doc->is_tolerant = 0;
    ck_json_init(&doc->json);
    return doc;
}

void
ckpy_doc_release(struct ckpy_doc *doc)
{
    if (doc == NULL)
        return;
    if (atomic_fetch_sub_explicit(&doc->references, 1, memory_order_acq_rel) !=
        1)
        return;
    ck_json_free(&doc->json);
    ck_free(doc);
}
