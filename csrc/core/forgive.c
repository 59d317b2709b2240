/* forgive.c: what tolerant reading makes of issues: marks on the values that
 * did not fit. Nodes belong to the document, like the issues. */
#include "check.h"

int
ck_check_forgive(const struct ck_issues *issues, int is_part)
{
    for (const struct ck_issue *i = issues->first; i != NULL; i = i->next)
        if (i->where == NULL && !is_part)
            return 0;
    for (const struct ck_issue *i = issues->first; i != NULL; i = i->next) {
        /* the tree is the reader's until it is handed over */
        cJSON *node = (cJSON *)(uintptr_t)i->input;

        /* where a member is missing the input is the object around it */
        if (i->code != CK_ISSUE_MISSING)
            node->type |= CK_JSON_IS_MISFIT;
    }
    return 1;
}
