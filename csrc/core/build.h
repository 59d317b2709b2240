/* build.h: grows the tree of cJSON's nodes while the guard goes through the
 * text, one pass for both. Between the guard and json.c. Nodes and texts live
 * in the document's arena; the text that is read is only borrowed. */
#ifndef CK_BUILD_H
#define CK_BUILD_H

#include "alloc.h"
#include "json.h"
#include "status.h"

#include <stdint.h>

enum { CK_BUILD_NAMES = 64 };

/* A member's name that came before: objects of a kind share theirs. */
struct ck_build_name {
    char *text; /* borrowed from the arena; NULL: none yet */
    size_t len;
};

/* A text in the tree. */
struct ck_build_text {
    char *data;     /* NULL: memory ran out */
    int is_counted; /* data is a struct ck_json_text */
};

/* While a container is open, its prev leads to the one around it; apart from
 * that prev is not kept. */
struct ck_build {
    struct ck_arena *arena; /* borrowed */
    cJSON *root;
    cJSON *open;               /* the innermost open container */
    cJSON *last;               /* its latest member, or NULL */
    struct ck_build_text name; /* of the member that comes next */
    struct ck_build_name names[CK_BUILD_NAMES];
};

void ck_build_init(struct ck_build *build, struct ck_arena *arena);

/* A copy of a text without escapes, terminated. */
static inline char *
ck_build_copy(struct ck_build *build, const unsigned char *text, size_t len)
{
    char *copy = ck_arena_alloc(build->arena, len + 1);

    if (copy != NULL) {
        memcpy(copy, text, len);
        copy[len] = '\0';
    }
    return copy;
}

/* The same for a name; the copy may be shared. */
char *ck_build_name(struct ck_build *build, const unsigned char *text,
                    size_t len) CK_MUST_USE;

/* A text with escapes, as the guard has passed it. start is the byte after the
 * opening quote; size counts bytes up to the closing one, len those of the
 * decoded text. CK_NOMEM or CK_INTERNAL. */
enum ck_status
ck_build_decode(struct ck_build *build, struct ck_build_text *text,
                const unsigned char *start, size_t size, size_t len,
                struct ck_error *error) CK_MUST_USE;

/* Adds a node where the guard stands. NULL: memory ran out. */
static inline cJSON *
ck_build_add(struct ck_build *build, int type)
{
    cJSON *node = ck_arena_alloc(build->arena, sizeof *node);

    if (node == NULL)
        return NULL;
    memset(node, 0, sizeof *node);
    node->type = type;
    if (build->last != NULL)
        build->last->next = node;
    else if (build->open != NULL)
        build->open->child = node;
    else
        build->root = node;
    build->last = node;
    if (build->name.is_counted)
        node->type |= CK_JSON_KEY_COUNTED;
    node->string = build->name.data;
    build->name = (struct ck_build_text){NULL, 0}; /* elements have none */
    return node;
}

/* The latest node is a container, and what follows is inside. */
static inline void
ck_build_enter(struct ck_build *build)
{
    build->last->prev = build->open;
    build->open = build->last;
    build->last = NULL;
}

static inline void
ck_build_leave(struct ck_build *build)
{
    build->last = build->open;
    build->open = build->last->prev;
    build->last->prev = NULL;
}

/* Numbers of the guard's form. */
enum ck_status ck_build_integer(struct ck_build *build, cJSON *node,
                                const char *text, size_t len) CK_MUST_USE;
void ck_build_float(cJSON *node, const char *text, size_t len);

#endif
