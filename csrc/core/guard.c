/* guard.c: the structure of a JSON text: values, containers, commas. Keeps a
 * stack of bits instead of recursing; owns nothing but the report's notes. */
#include "guard.h"

#include "alloc.h"
#include "scan.h"

#include <string.h>

enum { NOTES_MIN = 16, SPANS_MIN = 64 };

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

int
ck_guard_note(struct ck_guard *guard, enum ck_note_kind kind, size_t ordinal,
              const unsigned char *start, size_t len)
{
    struct ck_guard_report *report = guard->report;
    struct ck_note *note = NULL;

    if (!guard->takes_notes)
        return 0;
    if (report->note_count == report->note_cap) {
        size_t cap = report->note_cap == 0 ? NOTES_MIN : report->note_cap * 2;
        note = ck_realloc(report->notes, cap * sizeof *note);
        if (note == NULL) {
            guard->status = ck_fail(guard->error, CK_NOMEM, "out of memory");
            return -1;
        }
        report->notes = note;
        report->note_cap = cap;
    }
    note = &report->notes[report->note_count++];
    memset(note, 0, sizeof *note);
    note->kind = kind;
    note->ordinal = ordinal;
    note->offset = (size_t)(start - guard->text);
    note->len = len;
    return 0;
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
    if (p<guard->end && * p> ' ')
        return p;
    return ck_scan_space(p, guard->end);
}

static inline void
enter(struct ck_guard *guard, int is_object)
{
    unsigned depth = ++guard->depth;
    uint64_t bit = (uint64_t)1 << (depth % 64);

    guard->in_object = is_object;
    if (is_object)
        guard->objects[depth / 64] |= bit;
    else
        guard->objects[depth / 64] &= ~bit;
}

static inline void
leave(struct ck_guard *guard)
{
    unsigned depth = --guard->depth;

    guard->in_object = (int)(guard->objects[depth / 64] >> (depth % 64) & 1);
}

/* Most strings are one plain run. */
static inline const unsigned char *
scan_string(struct ck_guard *guard, const unsigned char *p,
            enum ck_note_kind kind, size_t ordinal)
{
    const unsigned char *start = p + 1;

    p = ck_scan_quoted(start, guard->end);
    if (p < guard->end && *p == '"')
        return p + 1;
    return ck_guard_string(guard, start, p, kind, ordinal);
}

/* A member's name, its colon, and the space up to its value. */
static inline const unsigned char *
scan_key(struct ck_guard *guard, const unsigned char *p)
{
    p = skip_space(guard, p);
    if (p == guard->end)
        return ck_guard_fail_at_end(guard);
    if (*p != '"')
        return ck_guard_fail(guard, p, CK_BAD_JSON,
                             "expected a key in double quotes");
    p = scan_string(guard, p, CK_NOTE_KEY, guard->report->values);
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
static inline const unsigned char *
open_container(struct ck_guard *guard, const unsigned char *p, int is_object,
               enum due *due)
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
    enter(guard, is_object);
    *due = DUE_VALUE;
    return is_object ? scan_key(guard, inner) : inner;
}

static inline const unsigned char *
scan_value(struct ck_guard *guard, const unsigned char *p, enum due *due)
{
    if (p == guard->end)
        return ck_guard_fail_at_end(guard);
    guard->report->values++;
    *due = DUE_COMMA;
    switch (*p) {
    case '"':
        return scan_string(guard, p, CK_NOTE_STRING,
                           guard->report->values - 1);
    case '{': return open_container(guard, p, 1, due);
    case '[': return open_container(guard, p, 0, due);
    case 't': return ck_guard_literal(guard, p, "true", 4);
    case 'f': return ck_guard_literal(guard, p, "false", 5);
    case 'n': return ck_guard_literal(guard, p, "null", 4);
    default: return ck_guard_number(guard, p);
    }
}

/* A value has ended: what its container goes on with. */
static inline const unsigned char *
scan_after(struct ck_guard *guard, const unsigned char *p, enum due *due)
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
        return is_object ? scan_key(guard, p + 1) : skip_space(guard, p + 1);
    }
    if (*p == (is_object ? '}' : ']')) {
        leave(guard);
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
            guard->status = ck_fail(guard->error, CK_NOMEM, "out of memory");
            return;
        }
        report->spans = spans;
        report->span_cap = cap;
    }
    spans[report->span_count++] = (struct ck_span){offset, 0};
}

static enum ck_status
scan(const char *text, size_t len, unsigned max_depth, int list,
     struct ck_guard_report *report, struct ck_error *error)
{
    struct ck_guard guard = {0};
    const unsigned char *p = NULL;
    enum due due = DUE_VALUE;

    memset(report, 0, sizeof *report);
    if (max_depth == 0)
        max_depth = CK_GUARD_DEPTH_DEFAULT;
    if (max_depth > CK_GUARD_DEPTH_MAX)
        max_depth = CK_GUARD_DEPTH_MAX;
    guard.max_depth = max_depth;
    guard.text = (const unsigned char *)text;
    guard.end = guard.text + len;
    guard.report = report;
    guard.error = error;
    guard.takes_notes = !list;
    p = skip_space(&guard, guard.text);
    report->is_list = p < guard.end && *p == '[';
    list = list && report->is_list;
    while (p != NULL && due != DUE_END) {
        if (list && guard.depth == 1)
            note_element(&guard, p, due);
        if (guard.status != CK_OK)
            break;
        if (due == DUE_VALUE)
            p = scan_value(&guard, p, &due);
        else
            p = scan_after(&guard, p, &due);
    }
    return guard.status;
}

enum ck_status
ck_guard_scan(const char *text, size_t len, unsigned max_depth,
              struct ck_guard_report *report, struct ck_error *error)
{
    return scan(text, len, max_depth, 0, report, error);
}

enum ck_status
ck_guard_scan_list(const char *text, size_t len, unsigned max_depth,
                   struct ck_guard_report *report, struct ck_error *error)
{
    return scan(text, len, max_depth, 1, report, error);
}

void
ck_guard_report_free(struct ck_guard_report *report)
{
    ck_free(report->notes);
    ck_free(report->spans);
    memset(report, 0, sizeof *report);
}
