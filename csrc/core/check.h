/* check.h: holds a parsed tree against the model rows. What fits becomes
 * records: an array with one node per field of the model, so that reading an
 * attribute later is one load. Needs no interpreter lock. */
#ifndef CK_CHECK_H
#define CK_CHECK_H

#include "json.h"
#include "schema.h"
#include "status.h"

/* One checked object. Lives in the document's arena. slots[i] is the member
 * of field i of the model (in row order), or NULL where the object has none.
 *
 * After a check that found nothing wrong, each node already has the shape
 * its type asks for (lax values were normalised in place):
 *   STR, DATETIME, DATE  string node (a date-time given as a number stays
 *                  a number node)
 *   INT      number node of kind CK_JSON_INT or CK_JSON_BIG
 *   FLOAT    number node of kind CK_JSON_FLOAT
 *   BOOL     true or false node
 *   ENUM     ck_check_member(node) is the member's index, or -1 for an
 *            unknown value of an open enum
 *   MODEL    ck_check_record(node) is the record
 *   UNION    the same; record->model says which variant was chosen
 *   LIST     array node whose elements are as above; DICT likewise
 *   ANY      as it was
 * and a null node wherever the type is nullable and null came. */
struct ck_record {
    uint16_t model;
    uint16_t field_count;
    const cJSON *object; /* the members as they came, for extras */
    const cJSON *slots[];
};

/* What can be wrong with a value. One vocabulary for this checker and for
 * the binding's checker of Python values. */
enum ck_issue_code {
    CK_ISSUE_MISSING,
    CK_ISSUE_STRING_TYPE,
    CK_ISSUE_INT_TYPE,
    CK_ISSUE_INT_PARSING,
    CK_ISSUE_INT_FROM_FLOAT,
    CK_ISSUE_INT_TOO_LONG, /* past int64 as a float, or too many digits */
    CK_ISSUE_INT_FINITE,   /* NaN or an infinity */
    CK_ISSUE_FLOAT_TYPE,
    CK_ISSUE_FLOAT_PARSING,
    CK_ISSUE_BOOL_TYPE,
    CK_ISSUE_BOOL_PARSING,
    CK_ISSUE_DATETIME,           /* a value of another kind */
    CK_ISSUE_DATETIME_PARSING,   /* ref: enum ck_moment_fault (moment.h) */
    CK_ISSUE_DATETIME_FROM_DATE, /* the same */
    CK_ISSUE_DATE,               /* a value of another kind */
    CK_ISSUE_DATE_PARSING,       /* ref: enum ck_moment_fault */
    CK_ISSUE_DATE_FROM_DATETIME, /* the same */
    CK_ISSUE_DATE_INEXACT,       /* a time that is not midnight */
    CK_ISSUE_CONST,              /* ref: value row */
    CK_ISSUE_ENUM,               /* ref: enum row */
    CK_ISSUE_MODEL_TYPE,   /* ref: model row; CK_NO_ROW: the class Unset */
    CK_ISSUE_UNION_TAG,    /* ref: union row; text: the tag that was found */
    CK_ISSUE_UNION_NO_TAG, /* ref: union row */
    CK_ISSUE_LIST_TYPE,
    CK_ISSUE_DICT_TYPE,
    CK_ISSUE_CONTENT_TYPE,    /* not bytes */
    CK_ISSUE_CONTENT_INSTANCE /* ref: 0 for IO, 1 for IOBase */
};

/* One step of the way from the root to a value. Steps of issues live in the
 * arena. key is NULL for an index; with a key, which may hold U+0000, index
 * is its length. */
struct ck_step {
    const struct ck_step *up;
    const char *key;
    size_t index;
};

struct ck_issue {
    const struct ck_issue *next;
    const struct ck_step *where; /* NULL: the root */
    const cJSON *input;          /* the value; for MISSING the object */
    const char *text;            /* see UNION_TAG; NULL for the others */
    uint16_t code;
    uint16_t ref;
};

struct ck_issues {
    struct ck_issue *first;
    struct ck_issue *last;
    size_t count;
};

/* Checks doc->root against type row `type`. CK_OK with issues->count == 0
 * means that the tree fits; issues (all of them) live in doc's arena. Only
 * memory can fail. */
enum ck_status
ck_check(struct ck_json *doc, uint16_t type, struct ck_issues *issues,
         struct ck_error *error) CK_MUST_USE;

/* Tolerant reading: 1 when the issues leave something to show, and then each
 * value that did not fit is marked, to be shown as it came; missing members
 * are NULL slots. 0 when the text as a whole is of another kind, unless it
 * is_part of a larger one. */
int ck_check_forgive(const struct ck_issues *issues, int is_part);

static inline int
ck_check_is_misfit(const cJSON *node)
{
    return (node->type & CK_JSON_IS_MISFIT) != 0;
}

/* NULL for an object that fitted no variant of its union. */
static inline const struct ck_record *
ck_check_record(const cJSON *node)
{
    return (const struct ck_record *)(const void *)node->valuestring;
}

static inline int
ck_check_member(const cJSON *node)
{
    return node->valueint;
}

/* The short name ("missing", "string_type", ...) and the sentence of an
 * issue, written to out (always terminated, cut at a byte when too long).
 * Return the length that the whole sentence has. */
const char *ck_issue_name(enum ck_issue_code code);
size_t ck_issue_describe(const struct ck_issue *issue, char *out, size_t size);

/* The step that stands for a type row in a path ("nullable[str]"), which
 * the reference's errors have between a field's name and what is wrong when
 * the field may also be UNSET. Returns the whole length. */
size_t ck_check_label(uint16_t type, char *out, size_t size);

/* Row look-ups shared with the binding. -1 where there is none. */
int ck_schema_field(uint16_t model, const char *wire_name, size_t len,
                    int guess); /* index within the model; guess is tried
                                   first: pass the last answer plus one */
int ck_schema_field_named(uint16_t model, const char *name,
                          size_t len); /* by the Python name */
int ck_schema_member(uint16_t enum_row, const char *text, size_t len);
int ck_schema_member_of_int(uint16_t enum_row, int64_t number);
const struct ck_name *ck_schema_name(const char *name); /* or NULL */

/* pydantic's lax readings of text, shared with the binding. Return 1 when
 * text is such a value, 0 when not. */
int ck_lax_bool(const char *text, size_t len, int *value);
/* May allocate when the text is longer than CK_LAX_FLOAT_SHORT; without
 * memory the answer is 0. */
int ck_lax_float(const char *text, size_t len, double *value);
/* The same with len bytes of room from the caller. */
int
ck_lax_float_with(const char *text, size_t len, char *scratch, double *value);
/* Accepts what pydantic takes for an int ("1", " 1 ", "1_000", "01", "1.0");
 * digits receives '-' or nothing, then digits without leading zeros, and
 * has room for at least len + 1 bytes. When the answer is 0, digits is empty,
 * but for an integer of more digits than pydantic takes. */
int ck_lax_int(const char *text, size_t len, char *digits);

enum { CK_LAX_INT_DIGITS = 4300, CK_LAX_FLOAT_SHORT = 256 };

#endif
