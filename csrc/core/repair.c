/* repair.c: takes the values that cJSON cannot hold out of the text and puts
 * them into its tree. Nodes, text and notes belong to the caller, what is
 * added to nodes lives in the document's arena. */
#include "repair.h"

#include "decimal.h"

#include <math.h>
#include <string.h>

/* Integers up to 2^53 are exact in cJSON's double. */
#define EXACT_MAX INT64_C(9007199254740992)

/* As long a number fits into int64, whatever its digits. */
enum { SAFE_LEN = 18 };

/* Sign and digits to int64; 0 when it does not fit. */
static int
read_int64(const char *text, size_t len, int64_t *value)
{
    int negative = text[0] == '-';

    if (len <= SAFE_LEN) {
        *value = 0;
        for (size_t i = (size_t)negative; i < len; i++)
            *value = *value * 10 + (text[i] - '0');
        if (negative)
            *value = -*value;
        return 1;
    }
    /* Counting downwards reaches the smallest number as well. */
    *value = 0;
    for (size_t i = (size_t)negative; i < len; i++) {
        if (__builtin_mul_overflow(*value, 10, value) ||
            __builtin_sub_overflow(*value, text[i] - '0', value))
            return 0;
    }
    if (negative)
        return 1;
    return !__builtin_sub_overflow((int64_t)0, *value, value);
}

static double
read_float(const char *text, size_t len)
{
    if (text[0] == 'N')
        return NAN;
    if (text[len - 1] == 'y')
        return text[0] == '-' ? -INFINITY : INFINITY;
    return ck_decimal_read(text, len);
}

static void
read_integer(struct ck_note *note, const char *text)
{
    if (read_int64(text, note->len, &note->whole)) {
        note->real = (double)note->whole; /* -0 becomes 0 here */
        note->kind = note->whole < -EXACT_MAX || note->whole > EXACT_MAX
                         ? CK_NOTE_WIDE
                         : CK_NOTE_EXACT;
        return;
    }
    note->real = ck_decimal_read(text, note->len);
    note->kind = CK_NOTE_BIG;
}

/* What takes cJSON the fewest steps: a null, which is a word of its own, where
 * there is room for one. */
static void
cover(char *number, size_t len)
{
    static const char word[] = {'n', 'u', 'l', 'l'};

    memset(number, ' ', len);
    if (len < sizeof word)
        number[0] = '0';
    else
        memcpy(number, word, sizeof word);
}

enum ck_status
ck_repair_blank(struct ck_guard_report *report, char *text,
                struct ck_arena *arena)
{
    for (size_t i = 0; i < report->note_count; i++) {
        struct ck_note *note = &report->notes[i];
        char *number = text + note->offset;
        if (note->kind != CK_NOTE_FLOAT && note->kind != CK_NOTE_INTEGER)
            continue;
        note->written = ck_arena_alloc(arena, note->len + 1);
        if (note->written == NULL)
            return CK_NOMEM;
        memcpy(note->written, number, note->len);
        note->written[note->len] = 0;
        if (note->kind == CK_NOTE_FLOAT)
            note->real = read_float(number, note->len);
        else
            read_integer(note, number);
        cover(number, note->len);
    }
    return CK_OK;
}

void
ck_repair_restore(const struct ck_guard_report *report, char *text)
{
    for (size_t i = 0; i < report->note_count; i++) {
        const struct ck_note *note = &report->notes[i];

        if (note->written != NULL)
            memcpy(text + note->offset, note->written, note->len);
    }
}

/* cJSON decodes \u0000 into the text but does not keep the length. */
static enum ck_status
mend_text(char **text, size_t len, struct ck_arena *arena)
{
    struct ck_json_text *counted = NULL;

    counted = ck_arena_alloc(arena, sizeof *counted + len + 1);
    if (counted == NULL)
        return CK_NOMEM;
    counted->len = len;
    memcpy(counted->data, *text, len);
    counted->data[len] = 0;
    *text = (char *)counted;
    return CK_OK;
}

static enum ck_status
mend_wide(cJSON *node, int64_t whole, struct ck_arena *arena)
{
    node->valuestring = ck_arena_alloc(arena, sizeof whole);
    if (node->valuestring == NULL)
        return CK_NOMEM;
    memcpy(node->valuestring, &whole, sizeof whole);
    node->type |= CK_JSON_IS_WIDE;
    return CK_OK;
}

static enum ck_status
mend_number(cJSON *node, const struct ck_note *note, struct ck_arena *arena)
{
    node->type = (node->type & ~0xFF) | cJSON_Number;
    node->valuedouble = note->real;
    switch (note->kind) {
    case CK_NOTE_FLOAT: node->type |= CK_JSON_IS_FLOAT; break;
    case CK_NOTE_BIG:
        node->type |= CK_JSON_IS_BIG;
        node->valuestring = note->written;
        break;
    case CK_NOTE_WIDE: return mend_wide(node, note->whole, arena);
    default: break; /* EXACT */
    }
    return CK_OK;
}

static enum ck_status
mend_node(cJSON *node, const struct ck_note *note, struct ck_arena *arena)
{
    switch (note->kind) {
    case CK_NOTE_STRING:
        node->type |= CK_JSON_IS_COUNTED;
        return mend_text(&node->valuestring, note->len, arena);
    case CK_NOTE_KEY:
        node->type |= CK_JSON_KEY_COUNTED;
        return mend_text(&node->string, note->len, arena);
    default: return mend_number(node, note, arena);
    }
}

/* The way through the tree, in the order in which the guard counted. */
struct mender {
    const struct ck_note *next;
    const struct ck_note *end;
    size_t ordinal;
    struct ck_arena *arena;
};

/* All notes of one value: its name may have one, too. */
static enum ck_status
mend_value(struct mender *mender, cJSON *node)
{
    while (mender->next < mender->end &&
           mender->next->ordinal == mender->ordinal) {
        if (mend_node(node, mender->next, mender->arena) != CK_OK)
            return CK_NOMEM;
        mender->next++;
    }
    return CK_OK;
}

/* Recursion is bounded by the guard's depth. */
static enum ck_status
mend_list(struct mender *mender, cJSON *node)
{
    for (; node != NULL && mender->next < mender->end; node = node->next) {
        if (mender->next->ordinal == mender->ordinal &&
            mend_value(mender, node) != CK_OK)
            return CK_NOMEM;
        mender->ordinal++;
        if (node->child != NULL && mend_list(mender, node->child) != CK_OK)
            return CK_NOMEM;
    }
    return CK_OK;
}

enum ck_status
ck_repair_mend(const struct ck_guard_report *report, cJSON *root,
               struct ck_arena *arena)
{
    struct mender mender = {report->notes, NULL, 0, arena};

    if (report->note_count == 0)
        return CK_OK;
    mender.end = report->notes + report->note_count;
    return mend_list(&mender, root);
}
