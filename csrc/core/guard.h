/* guard.h: the strict reader. Whether a text is what the reference's reader
 * takes, where the elements of a list stand, and, when a tree is wanted, its
 * nodes in the same pass (build.h). */
#ifndef CK_GUARD_H
#define CK_GUARD_H

#include "build.h"
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

/* What the guard found. Owns the spans. */
struct ck_guard_report {
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
/* The same; finds where the elements of a list begin and end. */
enum ck_status
ck_guard_scan_list(const char *text, size_t len, unsigned max_depth,
                   struct ck_guard_report *report,
                   struct ck_error *error) CK_MUST_USE;
/* The same; grows the tree. Nothing is to be freed but the arena. CK_INTERNAL,
 * too (see ck_json_read). */
enum ck_status
ck_guard_read(const char *text, size_t len, unsigned max_depth,
              struct ck_build *build, struct ck_error *error) CK_MUST_USE;
void ck_guard_report_free(struct ck_guard_report *report);

/* The rest is between guard.c, guard_number.c and guard_string.c. Scanners
 * take the first byte of their thing and return the byte after it, or NULL
 * once ck_guard_fail was called. */
struct ck_guard {
    const unsigned char *text;
    const unsigned char *end;
    struct ck_guard_report *report;
    struct ck_build *build; /* NULL: no tree is wanted */
    struct ck_error *error; /* may be NULL */
    enum ck_status status;
    unsigned depth;
    unsigned max_depth;
    int in_object; /* the innermost container is one */
    /* The same for each open container, one bit each. */
    uint64_t objects[(CK_GUARD_DEPTH_MAX + 2 + 63) / 64];
};

/* Records what is wrong at a byte and returns NULL. */
const unsigned char *
ck_guard_fail(struct ck_guard *guard, const unsigned char *at,
              enum ck_status status, const char *message);
/* The text ended inside something. */
const unsigned char *ck_guard_fail_at_end(struct ck_guard *guard);

/* Records that memory ran out and returns NULL. */
const unsigned char *ck_guard_starve(struct ck_guard *guard);

const unsigned char *
ck_guard_literal(struct ck_guard *guard, const unsigned char *p,
                 const char *word, size_t len);
/* Any byte, since here ends what is no value. node is NULL when no tree is
 * wanted. */
const unsigned char *
ck_guard_number(struct ck_guard *guard, const unsigned char *p, cJSON *node);
/* The rest of a string from the first byte that needs a look; start is the
 * byte after the opening quote. Fills text if a tree is wanted. */
const unsigned char *
ck_guard_string(struct ck_guard *guard, const unsigned char *start,
                const unsigned char *p, struct ck_build_text *text);

#endif
