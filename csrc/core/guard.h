/* guard.h: the strict reader in front of cJSON. It only looks: whether the
 * text is what the reference's reader takes, how much memory the tree will
 * need, and which few values cJSON would not hold exactly. */
#ifndef CK_GUARD_H
#define CK_GUARD_H

#include "json.h"
#include "status.h"

#include <stddef.h>
#include <stdint.h>

enum {
    /* The reference's reader: 200 containers inside each other, and inside
     * those one more if it is empty. */
    CK_GUARD_DEPTH_DEFAULT = 200,
    /* cJSON refuses more than 1000, the empty one included. */
    CK_GUARD_DEPTH_MAX = 999,
    /* Digits of an integer, or in front of a '.' or 'e'. */
    CK_GUARD_DIGITS_MAX = 4300
};

enum ck_note_kind {
    CK_NOTE_INTEGER, /* of 4 digits and more, or -0 */
    CK_NOTE_FLOAT,   /* with '.' or exponent; NaN, Infinity, -Infinity */
    CK_NOTE_STRING,  /* holds U+0000 */
    CK_NOTE_KEY,     /* the same, for the name of member `ordinal` */
    /* What repair makes of an INTEGER. */
    CK_NOTE_WIDE,
    CK_NOTE_BIG,
    CK_NOTE_EXACT /* a double holds it */
};

/* Something to be mended in the tree. Notes stand in document order. */
struct ck_note {
    size_t ordinal; /* of the value: 0 is the root, 1 its first member */
    size_t offset;  /* of the number in the text */
    size_t len;     /* bytes of the number; of a text once it is decoded */
    enum ck_note_kind kind;
    int64_t whole; /* WIDE */
    double real;   /* the nearest double of any number */
    char *written; /* a number as it stood in the text, terminated; borrowed
                      from the document's arena; NULL until it is blanked */
};

/* What the guard found. Owns notes and spans. */
struct ck_guard_report {
    struct ck_note *notes;
    size_t note_count;
    size_t note_cap;
    size_t values;         /* nodes of the tree */
    struct ck_span *spans; /* the elements, where the text is a list and they
                              were asked for */
    size_t span_count;
    size_t span_cap;
    int is_list;
};

/* Reads text[0..len). max_depth 0 means CK_GUARD_DEPTH_DEFAULT; more than
 * CK_GUARD_DEPTH_MAX means that. The report is to be freed after success and
 * failure alike. CK_BAD_JSON, CK_TOO_LARGE (depth, digits) or CK_NOMEM;
 * error->offset is where the text went wrong. */
enum ck_status ck_guard_scan(const char *text, size_t len, unsigned max_depth,
                             struct ck_guard_report *report,
                             struct ck_error *error) CK_MUST_USE;
/* The same without notes; finds where the elements of a list begin and end. */
enum ck_status
ck_guard_scan_list(const char *text, size_t len, unsigned max_depth,
                   struct ck_guard_report *report,
                   struct ck_error *error) CK_MUST_USE;
void ck_guard_report_free(struct ck_guard_report *report);

/* The rest is between guard.c, guard_number.c and guard_string.c. Scanners
 * take the first byte of their thing and return the byte after it, or NULL
 * once ck_guard_fail was called. */
struct ck_guard {
    const unsigned char *text;
    const unsigned char *end;
    struct ck_guard_report *report;
    struct ck_error *error; /* may be NULL */
    enum ck_status status;
    unsigned depth;
    unsigned max_depth;
    int in_object;   /* the innermost container is one */
    int takes_notes; /* the tree is wanted, too */
    /* The same for each open container, one bit each. */
    uint64_t objects[(CK_GUARD_DEPTH_MAX + 2 + 63) / 64];
};

/* Records what is wrong at a byte and returns NULL. */
const unsigned char *
ck_guard_fail(struct ck_guard *guard, const unsigned char *at,
              enum ck_status status, const char *message);
/* The text ended inside something. */
const unsigned char *ck_guard_fail_at_end(struct ck_guard *guard);

/* 0, or -1 after ck_guard_fail. */
int
ck_guard_note(struct ck_guard *guard, enum ck_note_kind kind, size_t ordinal,
              const unsigned char *start, size_t len) CK_MUST_USE;

const unsigned char *
ck_guard_literal(struct ck_guard *guard, const unsigned char *p,
                 const char *word, size_t len);
/* Of the value counted last; any byte, since here ends what is no value. */
const unsigned char *
ck_guard_number(struct ck_guard *guard, const unsigned char *p);
/* The rest of a string from the first byte that needs a look; start is the
 * byte after the opening quote. Notes for value `ordinal`. */
const unsigned char *
ck_guard_string(struct ck_guard *guard, const unsigned char *start,
                const unsigned char *p, enum ck_note_kind kind,
                size_t ordinal);

#endif
