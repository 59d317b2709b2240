/* guard.c: the structure of a JSON text: values, containers, commas. Keeps a
 * stack of bits instead of recursing; owns nothing but the report's spans. */
#include "guard.h"

#include "alloc.h"
#include "scan.h"

#include <string.h>

enum { SPANS_MIN = 64 };

/* What has to come next. */
enum due { DUE_VALUE, DUE_COMMA, DUE_END };

const unsigned char *
ck_guard_fail(struct ck_guard *guard, const unsigned char *at,
              enum ck_status status, const char *message)
{
    const unsigned char *line = guard->text;
    size_t lines = 1;
    size_t column = 0;

    for (const unsigned char *p = guard->text; p < at; p++) {
        if (*p == '\n') {
            line = p + 1;
            lines++;
        }
    }
    /* Columns count bytes from 1; at the end there is no byte to count. */
    column = (size_t)(at - line) + (at < guard->end ? 1 : 0);
    guard->status = ck_fail(guard->error, status, "%s at line %zu column %zu",
                            message, lines, column);
    if (guard->error != NULL)
        guard->error->offset = (size_t)(at - guard->text);
    return NULL;
}

const unsigned char *
ck_guard_fail_at_end(struct ck_guard *guard)
{
    return ck_guard_fail(guard, guard->end, CK_BAD_JSON,
                         "unexpected end of the text");
}

const unsigned char *
ck_guard_starve(struct ck_guard *guard)
{
    guard->status = ck_fail(guard->error, CK_NOMEM, "out of memory");
    return NULL;
}

const unsigned char *
ck_guard_literal(struct ck_guard *guard, const unsigned char *p,
                 const char *word, size_t len)
{
    if ((size_t)(guard->end - p) >= len && memcmp(p, word, len) == 0)
        return p + len;
    for (size_t i = 0; p + i < guard->end; i++) {
        if (p[i] != (unsigned char)word[i])
            return ck_guard_fail(guard, p + i, CK_BAD_JSON,
                                 "expected a value");
    }
    return ck_guard_fail_at_end(guard);
}

static inline const unsigned char *
skip_space(const struct ck_guard *guard, const unsigned char *p)
{
    if (p != guard->end && *p > ' ')
        return p;
    return ck_scan_space(p, guard->end);
}

/* What follows is compiled three times, with a tree and without: grows and
 * list are constants then, which takes more than the compiler's own judgement.
 */
#define INLINED inline __attribute__((always_inline))

static INLINED void
enter(struct ck_guard *guard, int is_object, int grows)
{
    unsigned depth = ++guard->depth;
    uint64_t bit = (uint64_t)1 << (depth % 64);

    guard->in_object = is_object;
    if (grows)
        ck_build_enter(guard->build);
    if (is_object)
        guard->objects[depth / 64] |= bit;
    else
        guard->objects[depth / 64] &= ~bit;
}

static INLINED void
leave(struct ck_guard *guard, int grows)
{
    unsigned depth = --guard->depth;

    if (grows)
        ck_build_leave(guard->build);
    guard->in_object = (int)(guard->objects[depth / 64] >> (depth % 64) & 1);
}

/* Most strings are one plain run. */
static INLINED const unsigned char *
scan_string(struct ck_guard *guard, const unsigned char *p, int is_name,
            struct ck_build_text *text, int grows)
{
    const unsigned char *start = p + 1;
    size_t len = 0;

    p = ck_scan_quoted(start, guard->end);
    if (p == guard->end || *p != '"')
        return ck_guard_string(guard, start, p, text);
    if (!grows)
        return p + 1;
    len = (size_t)(p - start);
    text->is_counted = 0;
    text->data = is_name ? ck_build_name(guard->build, start, len)
                         : ck_build_copy(guard->build, start, len);
    return text->data == NULL ? ck_guard_starve(guard) : p + 1;
}

/* A string that is a value. */
static INLINED const unsigned char *
scan_text(struct ck_guard *guard, const unsigned char *p, cJSON *node,
          int grows)
{
    struct ck_build_text text = {NULL, 0};

    p = scan_string(guard, p, 0, &text, grows);
    if (grows) {
        node->valuestring = text.data;
        if (text.is_counted)
            node->type |= CK_JSON_IS_COUNTED;
    }
    return p;
}

/* A member's name, its colon, and the space up to its value. */
static INLINED const unsigned char *
scan_key(struct ck_guard *guard, const unsigned char *p, int grows)
{
    struct ck_build_text unwanted;

    p = skip_space(guard, p);
    if (p == guard->end)
        return ck_guard_fail_at_end(guard);
    if (*p != '"')
        return ck_guard_fail(guard, p, CK_BAD_JSON,
                             "expected a key in double quotes");
    p = scan_string(guard, p, 1, grows ? &guard->build->name : &unwanted,
                    grows);
    if (p == NULL)
        return NULL;
    p = skip_space(guard, p);
    if (p == guard->end)
        return ck_guard_fail_at_end(guard);
    if (*p != ':')
        return ck_guard_fail(guard, p, CK_BAD_JSON, "expected ':'");
    return skip_space(guard, p + 1);
}

/* From the opening bracket to the first member's value, or past the closing
 * bracket when there is none. */
static INLINED const unsigned char *
open_container(struct ck_guard *guard, const unsigned char *p, int is_object,
               enum due *due, int grows)
{
    const unsigned char *inner = skip_space(guard, p + 1);

    if (guard->depth > guard->max_depth)
        return ck_guard_fail(guard, p, CK_TOO_LARGE,
                             "containers nested too deep");
    if (inner == guard->end)
        return ck_guard_fail_at_end(guard);
    if (*inner == (is_object ? '}' : ']')) {
        *due = DUE_COMMA;
        return inner + 1;
    }
    if (guard->depth == guard->max_depth)
        return ck_guard_fail(guard, inner, CK_TOO_LARGE,
                             "containers nested too deep");
    enter(guard, is_object, grows);
    *due = DUE_VALUE;
    return is_object ? scan_key(guard, inner, grows) : inner;
}

/* The kind of node by a value's first byte; the rest are numbers. */
static inline int
type_of(unsigned char first)
{
    switch (first) {
    case '"': return cJSON_String;
    case '{': return cJSON_Object;
    case '[': return cJSON_Array;
    case 't': return cJSON_True;
    case 'f': return cJSON_False;
    case 'n': return cJSON_NULL;
    default: return cJSON_Number;
    }
}

static INLINED const unsigned char *
scan_value(struct ck_guard *guard, const unsigned char *p, enum due *due,
           int grows)
{
    cJSON *node = NULL;

    if (p == guard->end)
        return ck_guard_fail_at_end(guard);
    guard->report->values++;
    *due = DUE_COMMA;
    if (grows) {
        node = ck_build_add(guard->build, type_of(*p));
        if (node == NULL)
            return ck_guard_starve(guard);
    }
    switch (*p) {
    case '"': return scan_text(guard, p, node, grows);
    case '{': return open_container(guard, p, 1, due, grows);
    case '[': return open_container(guard, p, 0, due, grows);
    case 't': return ck_guard_literal(guard, p, "true", 4);
    case 'f': return ck_guard_literal(guard, p, "false", 5);
    case 'n': return ck_guard_literal(guard, p, "null", 4);
    default: return ck_guard_number(guard, p, node);
    }
}

/* A value has ended: what its container goes on with. */
static INLINED const unsigned char *
scan_after(struct ck_guard *guard, const unsigned char *p, enum due *due,
           int grows)
{
    int is_object = guard->in_object;

    p = skip_space(guard, p);
    if (guard->depth == 0) {
        *due = DUE_END;
        if (p < guard->end)
            return ck_guard_fail(guard, p, CK_BAD_JSON,
                                 "expected the end of the text");
        return p;
    }
    if (p == guard->end)
        return ck_guard_fail_at_end(guard);
    if (*p == ',') {
        *due = DUE_VALUE;
        return is_object ? scan_key(guard, p + 1, grows)
                         : skip_space(guard, p + 1);
    }
    if (*p == (is_object ? '}' : ']')) {
        leave(guard, grows);
        return p + 1;
    }
    return ck_guard_fail(guard, p, CK_BAD_JSON,
                         is_object ? "expected ',' or '}'"
                                   : "expected ',' or ']'");
}

/* An element of the list that is the text begins or has ended at p. */
static void
note_element(struct ck_guard *guard, const unsigned char *p, enum due due)
{
    struct ck_guard_report *report = guard->report;
    size_t offset = (size_t)(p - guard->text);
    size_t cap = report->span_cap == 0 ? SPANS_MIN : report->span_cap * 2;
    struct ck_span *spans = report->spans;

    if (due == DUE_COMMA) {
        spans += report->span_count - 1;
        spans->len = offset - spans->offset;
        return;
    }
    if (report->span_count == report->span_cap) {
        spans = ck_realloc(spans, cap * sizeof *spans);
        if (spans == NULL) {
            (void)ck_guard_starve(guard);
            return;
        }
        report->spans = spans;
        report->span_cap = cap;
    }
    spans[report->span_count++] = (struct ck_span){offset, 0};
}

static INLINED enum ck_status
scan(const char *text, size_t len, unsigned max_depth, int list,
     struct ck_build *build, struct ck_guard_report *report,
     struct ck_error *error)
{
    const int grows = build != NULL;
    struct ck_guard guard = {0};
    const unsigned char *p = NULL;
    enum due due = DUE_VALUE;

    memset(report, 0, sizeof *report);
    if (max_depth == 0)
        max_depth = CK_GUARD_DEPTH_DEFAULT;
    if (max_depth > CK_GUARD_DEPTH_MAX)
        max_depth = CK_GUARD_DEPTH_MAX;
    guard.max_depth = max_depth;
    /* an empty buffer may have no memory, but NULL says that all is over */
    guard.text = (const unsigned char *)(text == NULL ? "" : text);
    guard.end = guard.text + len;
    guard.report = report;
    guard.error = error;
    guard.build = build;
    p = skip_space(&guard, guard.text);
    report->is_list = p < guard.end && *p == '[';
    list = list && report->is_list;
    while (p != NULL && due != DUE_END) {
        if (list && guard.depth == 1)
            note_element(&guard, p, due);
        if (guard.status != CK_OK)
            break;
        if (due == DUE_VALUE)
            p = scan_value(&guard, p, &due, grows);
        else
            p = scan_after(&guard, p, &due, grows);
    }
    return guard.status;
}

enum ck_status
ck_guard_scan(const char *text, size_t len, unsigned max_depth,
              struct ck_guard_report *report, struct ck_error *error)
{
    return scan(text, len, max_depth, 0, NULL, report, error);
}

enum ck_status
ck_guard_scan_list(const char *text, size_t len, unsigned max_depth,
                   struct ck_guard_report *report, struct ck_error *error)
{
    return scan(text, len, max_depth, 1, NULL, report, error);
}

enum ck_status
ck_guard_read(const char *text, size_t len, unsigned max_depth,
              struct ck_build *build, struct ck_error *error)
{
    struct ck_guard_report report; /* has no spans then */

    return scan(text, len, max_depth, 0, build, &report, error);
}

void
ck_guard_report_free(struct ck_guard_report *report)
{
    ck_free(report->spans);
    memset(report, 0, sizeof *report);
}
