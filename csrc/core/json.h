/* json.h: the only door to cJSON. A strict guard goes through a text and grows
 * a tree of cJSON's nodes in an arena; cJSON decodes texts with escapes.
 * Contract: the tree equals what the reference's reader returns. */
#ifndef CK_JSON_H
#define CK_JSON_H

#include "alloc.h"
#include "buf.h"
#include "status.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Marks of our own in cJSON's type word, above the bits that cJSON uses. */
enum {
    CK_JSON_IS_FLOAT = 1 << 16,   /* number written with '.', 'e' or NaN/Inf */
    CK_JSON_IS_BIG = 1 << 17,     /* integer beyond int64: digits in
                                     valuestring, terminated */
    CK_JSON_IS_WIDE = 1 << 18,    /* integer beyond 2^53 within int64: value
                                     in the 8 bytes at valuestring */
    CK_JSON_IS_COUNTED = 1 << 19, /* string holding U+0000: valuestring points
                                     at a struct ck_json_text */
    CK_JSON_KEY_COUNTED = 1 << 20, /* the same for the member's name */
    CK_JSON_IS_MISFIT = 1 << 21    /* see ck_check_forgive */
};

enum ck_json_kind {
    CK_JSON_NULL,
    CK_JSON_FALSE,
    CK_JSON_TRUE,
    CK_JSON_INT,   /* ck_json_int */
    CK_JSON_BIG,   /* ck_json_big: decimal digits, maybe a '-' */
    CK_JSON_FLOAT, /* ck_json_float */
    CK_JSON_STRING,
    CK_JSON_ARRAY,
    CK_JSON_OBJECT
};

/* A piece of a text. */
struct ck_span {
    size_t offset;
    size_t len;
};

struct ck_json_text {
    size_t len;
    char data[];
};

/* max_depth: containers inside each other that hold something; inside those
 * one more may stand if it is empty, as in the reference. 0 means the
 * reference's 200; more than 999, which is what cJSON bears, means 999. */
struct ck_json_limits {
    unsigned max_depth;
};

/* A read document. Owns the arena; root and all below it are borrowed from
 * that arena and never given to cJSON_Delete. */
struct ck_json {
    struct ck_arena arena;
    cJSON *root;
};

/* Once per process, before the first read; safe to call from any thread. */
void ck_json_setup(void);
/* The version of cJSON that is in use; borrowed. */
const char *ck_json_version(void);
/* The version of cJSON whose header this was compiled with. */
extern const char ck_json_built_with[];

void ck_json_init(struct ck_json *doc);
void ck_json_free(struct ck_json *doc);

/* Reads text[0..len). The text is borrowed, and no longer needed afterwards.
 * limits may be NULL. Needs no interpreter lock; documents are independent of
 * each other, so threads may read at once. CK_BAD_JSON or CK_TOO_LARGE (depth,
 * digits of an integer): the text is refused; error->offset says where, the
 * message does so by line and column. CK_NOMEM and CK_INTERNAL (cJSON's hooks
 * were taken away) say nothing about the text. After a failure doc is as after
 * ck_json_init. */
enum ck_status ck_json_read(struct ck_json *doc, const char *text, size_t len,
                            const struct ck_json_limits *limits,
                            struct ck_error *error) CK_MUST_USE;

/* The text that stands in quotes, which are part of quoted[0..len): a string
 * that the guard has passed. Borrowed from the arena. */
enum ck_status
ck_json_decode(struct ck_arena *arena, const char *quoted, size_t len,
               char **text, struct ck_error *error) CK_MUST_USE;

/* Where the elements of a list stand in its text. */
struct ck_json_spans {
    struct ck_span *items; /* owned */
    size_t count;
};

/* Proves text to be JSON without parsing it, and finds the elements when it
 * is a list; *is_list says so. Refuses what ck_json_read refuses. The text is
 * not touched. spans is to be freed after success. */
enum ck_status
ck_json_split(const char *text, size_t len, struct ck_json_spans *spans,
              int *is_list, struct ck_error *error) CK_MUST_USE;
void ck_json_spans_free(struct ck_json_spans *spans);

static inline enum ck_json_kind
ck_json_kind(const cJSON *node)
{
    switch (node->type & 0xFF) {
    case cJSON_False: return CK_JSON_FALSE;
    case cJSON_True: return CK_JSON_TRUE;
    case cJSON_Number:
        if ((node->type & CK_JSON_IS_FLOAT) != 0)
            return CK_JSON_FLOAT;
        return (node->type & CK_JSON_IS_BIG) != 0 ? CK_JSON_BIG : CK_JSON_INT;
    case cJSON_String: return CK_JSON_STRING;
    case cJSON_Array: return CK_JSON_ARRAY;
    case cJSON_Object: return CK_JSON_OBJECT;
    default: return CK_JSON_NULL;
    }
}

static inline int64_t
ck_json_int(const cJSON *node)
{
    int64_t value;

    if ((node->type & CK_JSON_IS_WIDE) == 0)
        return (int64_t)node->valuedouble;
    memcpy(&value, node->valuestring, sizeof value);
    return value;
}

static inline const char *
ck_json_big(const cJSON *node)
{
    return node->valuestring;
}

static inline double
ck_json_float(const cJSON *node)
{
    return node->valuedouble;
}

/* UTF-8, borrowed. *len counts bytes; the text is terminated as well. */
static inline const char *
ck_json_string(const cJSON *node, size_t *len)
{
    if ((node->type & CK_JSON_IS_COUNTED) != 0) {
        const struct ck_json_text *text = (const void *)node->valuestring;
        *len = text->len;
        return text->data;
    }
    *len = strlen(node->valuestring);
    return node->valuestring;
}

/* The name of a member of an object, as above. */
static inline const char *
ck_json_key(const cJSON *node, size_t *len)
{
    if ((node->type & CK_JSON_KEY_COUNTED) != 0) {
        const struct ck_json_text *text = (const void *)node->string;
        *len = text->len;
        return text->data;
    }
    *len = strlen(node->string);
    return node->string;
}

static inline cJSON *
ck_json_first(const cJSON *container)
{
    return container->child;
}

static inline cJSON *
ck_json_next(const cJSON *node)
{
    return node->next;
}

/* Appends text as a JSON string, quotes included, ASCII only (\uXXXX, pairs
 * above U+FFFF), the way Python's json.dumps writes it. text is UTF-8 that
 * may also hold three-byte surrogates (written as a lone \uD8XX). */
enum ck_status ck_json_put_string(struct ck_buf *buf, const char *text,
                                  size_t len) CK_MUST_USE;

#endif
