/* checker.h: what the parts of the checker share. Private to check*.c; the
 * checker is a value on ck_check's stack and borrows the document. */
#ifndef CK_CHECKER_H
#define CK_CHECKER_H

#include "check.h"

#include <stdbool.h>

/* The way down to the value at hand, on the C stack. A step is copied to the
 * arena (kept) once an issue needs it. key is NULL for an index and for a
 * label, which is the type row that ck_check_label writes out. */
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

/* Where the fields of one model are, once enough members were not where the
 * rows would have them: a table by hash of the wire name. */
struct ck_field_map {
    uint16_t model;
    uint16_t misses;
    uint16_t mask;
    uint8_t *fields; /* index plus one; borrowed from the arena; or NULL */
};

enum { CK_FIELD_MAPS = 16 };

struct ck_checker {
    struct ck_arena *arena;
    struct ck_issues *issues;
    bool mends;        /* normalise values and keep records */
    bool reports;      /* write issues down */
    bool fatal;        /* a tag was not found: nothing else is tried */
    bool starved;      /* memory ran out */
    size_t fields_set; /* members that were fields, in all objects */
    struct ck_field_map maps[CK_FIELD_MAPS]; /* by model, modulo */
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

/* The common case, without a call: a value that is of its type as it came. */
static inline bool
ck_checker_fits_already(const struct ck_type *type, const cJSON *node)
{
    int kind = node->type & 0xFF;

    switch (type->kind) {
    case CK_STR: return kind == cJSON_String;
    case CK_BOOL: return kind == cJSON_True || kind == cJSON_False;
    case CK_INT:
        return kind == cJSON_Number && (node->type & CK_JSON_IS_FLOAT) == 0;
    case CK_FLOAT:
        return kind == cJSON_Number && (node->type & CK_JSON_IS_FLOAT) != 0;
    case CK_ANY: return true;
    default: return false;
    }
}

static inline bool
ck_checker_is_null(const cJSON *node)
{
    return (node->type & 0xFF) == cJSON_NULL;
}

#endif
