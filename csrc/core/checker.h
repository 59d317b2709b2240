/* checker.h: what the parts of the checker share. Private to check*.c; the
 * checker is a value on ck_check's stack and borrows the document. */
#ifndef CK_CHECKER_H
#define CK_CHECKER_H

#include "check.h"

#include <stdbool.h>

/* The way down to the value at hand, on the C stack. A step is copied to the
 * arena (kept) once an issue needs it. key is NULL for an index and for a
 * label, which is the type row that ck_check_label writes out. With a key,
 * index is its length, or 0 where strlen tells. */
struct ck_path {
    struct ck_path *up;
    const char *key;
    size_t index;
    uint16_t label; /* CK_NO_ROW: not a label */
    struct ck_step *kept;
};

enum ck_verdict {
    CK_FITS,
    CK_REFUSED,
    CK_IS_UNSET /* fits as UNSET: an object where none is understood */
};

/* What this document has taught about the members of one model. Borrowed
 * from the arena. Fields are counted from 1 on. */
struct ck_habits {
    uint16_t model;
    uint16_t misses;
    uint16_t mask;     /* size of by_hash less one */
    uint16_t *next;    /* after which field (0: at the start) came which;
                          NULL: nothing is known yet */
    uint16_t *by_hash; /* by hash of the name, 0 where there is none; made
                          once enough members were not as expected */
};

enum { CK_HABITS = 32 };

struct ck_checker {
    struct ck_arena *arena;
    struct ck_issues *issues;
    bool mends;        /* normalise values and keep records */
    bool reports;      /* write issues down */
    bool fatal;        /* a tag was not found: nothing else is tried */
    bool starved;      /* memory ran out */
    size_t fields_set; /* members that were fields, in all objects */
    struct ck_habits habits[CK_HABITS]; /* by model, modulo */
};

void *ck_checker_alloc(struct ck_checker *checker, size_t size);

/* Writes an issue down and says CK_REFUSED. ck_checker_refuse_at does so for
 * a step below. */
enum ck_verdict
ck_checker_refuse(struct ck_checker *checker, struct ck_path *path,
                  const cJSON *input, enum ck_issue_code code, uint16_t ref);
enum ck_verdict
ck_checker_refuse_at(struct ck_checker *checker, struct ck_path *path,
                     const char *key, const cJSON *input,
                     enum ck_issue_code code, uint16_t ref);

/* Any type row, and null where it is allowed. */
enum ck_verdict
ck_checker_value(struct ck_checker *checker, struct ck_path *path,
                 uint16_t type, cJSON *node);
/* The same for a model's field, which alone may be UNSET. */
enum ck_verdict
ck_checker_field(struct ck_checker *checker, struct ck_path *path,
                 uint16_t type, cJSON *node);
/* Everything that holds no other values. */
enum ck_verdict
ck_checker_scalar(struct ck_checker *checker, struct ck_path *path,
                  const struct ck_type *type, cJSON *node);
enum ck_verdict
ck_checker_model(struct ck_checker *checker, struct ck_path *path,
                 uint16_t model, cJSON *node);
enum ck_verdict
ck_checker_union(struct ck_checker *checker, struct ck_path *path,
                 uint16_t row, cJSON *node);

/* Leaves the last of the members with the same name, in the place of the
 * first, as a Python dict has it. True when any member went. */
bool ck_checker_merge_twins(struct ck_checker *checker, cJSON *object);

/* The common case, without a call or a jump that is hard to foresee: a value
 * that is of its type as it came. cJSON's kinds are one bit each; a float
 * takes the bit of cJSON_Raw, which no document has. */
static inline bool
ck_checker_fits_already(const struct ck_type *type, const cJSON *node)
{
    static const uint8_t kinds[] = {
        [CK_ANY] = 0xFF,
        [CK_STR] = cJSON_String,
        [CK_INT] = cJSON_Number,
        [CK_FLOAT] = cJSON_Raw,
        [CK_BOOL] = cJSON_False | cJSON_True,
        [CK_DICT + 1] = 0,
    };
    unsigned kind = (unsigned)node->type & 0xFF;
    unsigned null = (type->flags & CK_TYPE_NULLABLE) != 0 ? cJSON_NULL : 0;

    if ((node->type & CK_JSON_IS_FLOAT) != 0)
        kind = cJSON_Raw;
    return ((kinds[type->kind] | null) & kind) != 0;
}

static inline bool
ck_checker_is_null(const cJSON *node)
{
    return (node->type & 0xFF) == cJSON_NULL;
}

#endif
