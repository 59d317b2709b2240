/* check_union.c: which variant of a union an object is. By its tag, where
 * the union has one; else each variant is tried without touching the tree,
 * and the one with the most fields set is taken, the first of equals. */
#include "checker.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static cJSON *
last_member(const cJSON *object, const char *name)
{
    cJSON *found = NULL;

    for (cJSON *at = ck_json_first(object); at != NULL;
         at = ck_json_next(at)) {
        if ((at->type & CK_JSON_KEY_COUNTED) == 0 &&
            strcmp(at->string, name) == 0)
            found = at;
    }
    return found;
}

/* The tag's value: a member of the object, or, as in the reference, of the
 * first object inside it that has one; lists directly inside an object are
 * searched as well. */
static cJSON *
find_tag(struct ck_checker *checker, const char *name, cJSON *node)
{
    cJSON *found = NULL;

    if ((node->type & 0xFF) != cJSON_Object)
        return NULL;
    found = last_member(node, name);
    if (found != NULL)
        return found;
    (void)ck_checker_merge_twins(checker, node);
    for (cJSON *at = ck_json_first(node); at != NULL && found == NULL;
         at = ck_json_next(at)) {
        if ((at->type & 0xFF) == cJSON_Object)
            found = find_tag(checker, name, at);
        if ((at->type & 0xFF) != cJSON_Array)
            continue;
        for (cJSON *item = ck_json_first(at); item != NULL && found == NULL;
             item = ck_json_next(item))
            found = find_tag(checker, name, item);
    }
    return found;
}

static cJSON *
find_tag_anywhere(struct ck_checker *checker, const char *name, cJSON *node)
{
    cJSON *found = NULL;

    if ((node->type & 0xFF) != cJSON_Array)
        return find_tag(checker, name, node);
    for (cJSON *item = ck_json_first(node); item != NULL && found == NULL;
         item = ck_json_next(item))
        found = find_tag(checker, name, item);
    return found;
}

/* What Python's str() makes of the tag, for the sentence of the issue. A
 * tag that is no text is rare and never one that is known. */
static const char *
keep_tag(struct ck_checker *checker, const cJSON *tag)
{
    enum { ROOM = 32 };
    char *text;
    size_t len;

    switch (ck_json_kind(tag)) {
    case CK_JSON_STRING: return ck_json_string(tag, &len);
    case CK_JSON_NULL: return "None";
    case CK_JSON_FALSE: return "False";
    case CK_JSON_TRUE: return "True";
    case CK_JSON_BIG: return ck_json_big(tag);
    case CK_JSON_ARRAY: return "[...]";
    case CK_JSON_OBJECT: return "{...}";
    default: break;
    }
    text = ck_checker_alloc(checker, ROOM);
    if (text == NULL)
        return NULL;
    if (ck_json_kind(tag) == CK_JSON_INT)
        (void)snprintf(text, ROOM, "%" PRId64, ck_json_int(tag));
    else
        (void)snprintf(text, ROOM, "%.17g", ck_json_float(tag));
    return text;
}

static enum ck_verdict
check_tagged(struct ck_checker *checker, struct ck_path *path, uint16_t row,
             cJSON *node)
{
    const struct ck_union *one = &ck_unions[row];
    const cJSON *tag =
        find_tag_anywhere(checker, ck_text_of(one->discriminator), node);
    struct ck_path below = {path, NULL, 0, CK_NO_ROW, NULL};
    size_t count = checker->issues->count;
    size_t len;

    if (tag == NULL) {
        checker->fatal = true;
        return ck_checker_refuse(checker, path, node, CK_ISSUE_UNION_NO_TAG,
                                 row);
    }
    for (int i = 0; i < one->variant_count; i++) {
        const struct ck_variant *variant =
            &ck_variants[one->first_variant + i];

        below.key = ck_text_of(variant->tag);
        if (ck_json_kind(tag) == CK_JSON_STRING &&
            strcmp(ck_json_string(tag, &len), below.key) == 0 &&
            strlen(below.key) == len)
            return ck_checker_value(checker, &below, variant->type, node);
    }
    (void)ck_checker_refuse(checker, path, node, CK_ISSUE_UNION_TAG, row);
    if (checker->issues->count > count)
        checker->issues->last->text = keep_tag(checker, tag);
    return CK_REFUSED;
}

/* The best variant, or -1. *fields: how many fields it sets. Touches nothing
 * and reports nothing. */
static int
choose(struct ck_checker *checker, const struct ck_union *one, cJSON *node,
       size_t *fields)
{
    bool mends = checker->mends;
    bool reports = checker->reports;
    size_t fields_set = checker->fields_set;
    int best = -1;

    checker->mends = false;
    checker->reports = false;
    for (int i = 0; i < one->variant_count && !checker->fatal; i++) {
        uint16_t type = ck_variants[one->first_variant + i].type;

        checker->fields_set = 0;
        if (ck_checker_value(checker, NULL, type, node) != CK_FITS)
            continue;
        if (best < 0 || checker->fields_set > *fields) {
            best = i;
            *fields = checker->fields_set;
        }
    }
    checker->mends = mends;
    checker->reports = reports;
    checker->fields_set = fields_set;
    return best;
}

/* What is wrong with each variant, none of which fits. */
static enum ck_verdict
report_all(struct ck_checker *checker, struct ck_path *path,
           const struct ck_union *one, cJSON *node)
{
    bool mends = checker->mends;

    checker->mends = false;
    for (int i = 0; i < one->variant_count; i++) {
        uint16_t type = ck_variants[one->first_variant + i].type;
        struct ck_path below = {path, NULL, 0, type, NULL};

        (void)ck_checker_value(checker, &below, type, node);
    }
    checker->mends = mends;
    return CK_REFUSED;
}

static enum ck_verdict
check_untagged(struct ck_checker *checker, struct ck_path *path, uint16_t row,
               cJSON *node)
{
    const struct ck_union *one = &ck_unions[row];
    size_t fields = 0;
    int best = choose(checker, one, node, &fields);

    if (checker->fatal || best < 0)
        return checker->reports ? report_all(checker, path, one, node)
                                : CK_REFUSED;
    if (!checker->mends) {
        checker->fields_set += fields;
        return CK_FITS;
    }
    return ck_checker_value(checker, path,
                            ck_variants[one->first_variant + best].type, node);
}

enum ck_verdict
ck_checker_union(struct ck_checker *checker, struct ck_path *path,
                 uint16_t row, cJSON *node)
{
    if (ck_unions[row].discriminator != 0)
        return check_tagged(checker, path, row, node);
    return check_untagged(checker, path, row, node);
}
