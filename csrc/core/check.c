/* check.c: the walk over a tree: lists, dicts, null, UNSET, and the issues
 * found on the way. The records and steps it makes belong to the document's
 * arena. Scalars, models and unions have files of their own. */
#include "checker.h"

#include <string.h>

void *
ck_checker_alloc(struct ck_checker *checker, size_t size)
{
    void *block = ck_arena_alloc(checker->arena, size);

    if (block == NULL)
        checker->starved = true;
    return block;
}

static const char *
keep_label(struct ck_checker *checker, uint16_t type)
{
    size_t len = ck_check_label(type, NULL, 0);
    char *text = ck_checker_alloc(checker, len + 1);

    if (text != NULL)
        (void)ck_check_label(type, text, len + 1);
    return text;
}

/* Copies the way down to the arena, from the root on; steps that an earlier
 * issue has copied are shared. */
static struct ck_step *
keep_path(struct ck_checker *checker, struct ck_path *path)
{
    struct ck_step *step;

    if (path == NULL || path->kept != NULL)
        return path == NULL ? NULL : path->kept;
    step = ck_checker_alloc(checker, sizeof *step);
    if (step == NULL)
        return NULL;
    step->up = keep_path(checker, path->up);
    step->key = path->key;
    step->index = path->index;
    if (path->label != CK_NO_ROW)
        step->key = keep_label(checker, path->label);
    if (step->key != NULL && step->index == 0)
        step->index = strlen(step->key);
    path->kept = step;
    return step;
}

enum ck_verdict
ck_checker_refuse(struct ck_checker *checker, struct ck_path *path,
                  const cJSON *input, enum ck_issue_code code, uint16_t ref)
{
    struct ck_issues *issues = checker->issues;
    struct ck_issue *issue;

    if (!checker->reports)
        return CK_REFUSED;
    issue = ck_checker_alloc(checker, sizeof *issue);
    if (issue == NULL)
        return CK_REFUSED;
    issue->next = NULL;
    issue->where = keep_path(checker, path);
    issue->input = input;
    issue->text = NULL;
    issue->code = (uint16_t)code;
    issue->ref = ref;
    if (issues->last == NULL)
        issues->first = issue;
    else
        issues->last->next = issue;
    issues->last = issue;
    issues->count++;
    return CK_REFUSED;
}

enum ck_verdict
ck_checker_refuse_at(struct ck_checker *checker, struct ck_path *path,
                     const char *key, const cJSON *input,
                     enum ck_issue_code code, uint16_t ref)
{
    struct ck_path below = {path, key, 0, CK_NO_ROW, NULL};

    return ck_checker_refuse(checker, &below, input, code, ref);
}

static enum ck_verdict
check_list(struct ck_checker *checker, struct ck_path *path, uint16_t element,
           cJSON *node)
{
    const struct ck_type *type = &ck_types[element];
    struct ck_path below = {path, NULL, 0, CK_NO_ROW, NULL};
    enum ck_verdict verdict = CK_FITS;

    if ((node->type & 0xFF) != cJSON_Array)
        return ck_checker_refuse(checker, path, node, CK_ISSUE_LIST_TYPE, 0);
    for (cJSON *at = ck_json_first(node); at != NULL; at = ck_json_next(at)) {
        if (!ck_checker_fits_already(type, at) &&
            ck_checker_value(checker, &below, element, at) == CK_REFUSED)
            verdict = CK_REFUSED;
        below.index++;
        below.kept = NULL;
    }
    return verdict;
}

static enum ck_verdict
check_members(struct ck_checker *checker, struct ck_path *path,
              uint16_t element, cJSON *node)
{
    const struct ck_type *type = &ck_types[element];
    enum ck_verdict verdict = CK_FITS;

    for (cJSON *at = ck_json_first(node); at != NULL; at = ck_json_next(at)) {
        struct ck_path below = {path, NULL, 0, CK_NO_ROW, NULL};

        if (ck_checker_fits_already(type, at))
            continue;
        below.key = ck_json_key(at, &below.index);
        if (ck_checker_value(checker, &below, element, at) == CK_REFUSED)
            verdict = CK_REFUSED;
    }
    return verdict;
}

static void
go_back(struct ck_issues *issues, const struct ck_issues *before)
{
    *issues = *before;
    if (issues->last != NULL)
        issues->last->next = NULL;
}

/* Only the last of the members with the same name has to fit. They are rare,
 * so they are looked for when a member did not fit. */
static enum ck_verdict
check_dict(struct ck_checker *checker, struct ck_path *path, uint16_t element,
           cJSON *node)
{
    struct ck_issues before = *checker->issues;
    size_t fields_set = checker->fields_set;
    enum ck_verdict verdict;

    if ((node->type & 0xFF) != cJSON_Object)
        return ck_checker_refuse(checker, path, node, CK_ISSUE_DICT_TYPE, 0);
    verdict = check_members(checker, path, element, node);
    if (verdict == CK_FITS || !ck_checker_merge_twins(checker, node))
        return verdict;
    go_back(checker->issues, &before);
    checker->fields_set = fields_set;
    checker->fatal = false;
    return check_members(checker, path, element, node);
}

static enum ck_verdict
check_kind(struct ck_checker *checker, struct ck_path *path,
           const struct ck_type *type, cJSON *node)
{
    switch (type->kind) {
    case CK_MODEL: return ck_checker_model(checker, path, type->ref, node);
    case CK_UNION: return ck_checker_union(checker, path, type->ref, node);
    case CK_LIST: return check_list(checker, path, type->ref, node);
    case CK_DICT: return check_dict(checker, path, type->ref, node);
    default: return ck_checker_scalar(checker, path, type, node);
    }
}

enum ck_verdict
ck_checker_value(struct ck_checker *checker, struct ck_path *path,
                 uint16_t type, cJSON *node)
{
    const struct ck_type *row = &ck_types[type];

    if ((row->flags & CK_TYPE_NULLABLE) != 0 && ck_checker_is_null(node))
        return CK_FITS;
    return check_kind(checker, path, row, node);
}

/* The reference reads such a field as a union of the type and the class
 * Unset, a model without fields, which every object fits. */
static enum ck_verdict
check_unsettable(struct ck_checker *checker, struct ck_path *path,
                 uint16_t type, cJSON *node)
{
    struct ck_path below = {path, NULL, 0, type, NULL};
    struct ck_issues before = *checker->issues;
    size_t fields_set = checker->fields_set;
    enum ck_verdict verdict;

    verdict = ck_checker_value(checker, &below, type, node);
    if (verdict == CK_FITS || checker->fatal)
        return verdict;
    if ((node->type & 0xFF) == cJSON_Object) {
        go_back(checker->issues, &before);
        checker->fields_set = fields_set;
        return CK_IS_UNSET;
    }
    return ck_checker_refuse_at(checker, path, "Unset", node,
                                CK_ISSUE_MODEL_TYPE, CK_NO_ROW);
}

enum ck_verdict
ck_checker_field(struct ck_checker *checker, struct ck_path *path,
                 uint16_t type, cJSON *node)
{
    if ((ck_types[type].flags & CK_TYPE_UNSETTABLE) != 0)
        return check_unsettable(checker, path, type, node);
    return ck_checker_value(checker, path, type, node);
}

enum ck_status
ck_check(struct ck_json *doc, uint16_t type, struct ck_issues *issues,
         struct ck_error *error)
{
    struct ck_checker checker;

    memset(&checker, 0, sizeof checker);
    memset(issues, 0, sizeof *issues);
    checker.arena = &doc->arena;
    checker.issues = issues;
    checker.mends = true;
    checker.reports = true;
    (void)ck_checker_value(&checker, NULL, type, doc->root);
    if (checker.starved)
        return ck_fail(error, CK_NOMEM, "out of memory");
    return CK_OK;
}
