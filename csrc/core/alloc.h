/* alloc.h: the core's allocator (with a fault switch for tests) and a bump
 * arena for what lives and dies with one document. */
#ifndef CK_ALLOC_H
#define CK_ALLOC_H

#include "status.h"

#include <stddef.h>

void *ck_malloc(size_t size) CK_MUST_USE;               /* new */
void *ck_calloc(size_t count, size_t size) CK_MUST_USE; /* new */
/* Steals block, unless it fails: then block is still the caller's. */
void *ck_realloc(void *block, size_t size) CK_MUST_USE; /* new */
void ck_free(void *block);

/* For allocation-failure tests: the n-th allocation from now on fails (0: the
 * next), and each one after it; -1 switches faults off. Compiled in only with
 * CK_TORTURE. */
#ifdef CK_TORTURE
void ck_alloc_fail_after(long n);
#endif

struct ck_chunk;

/* Owned by whoever holds the struct. Blocks handed out are borrowed from the
 * arena, 8-byte aligned, and die with ck_arena_free. Not thread-safe. */
struct ck_arena {
    struct ck_chunk *chunks;
    char *next;
    char *end;
    size_t total; /* bytes asked of malloc so far */
};

void ck_arena_init(struct ck_arena *arena);
/* A hint: the first chunk holds this many bytes. */
enum ck_status
ck_arena_reserve(struct ck_arena *arena, size_t size) CK_MUST_USE;
void ck_arena_free(struct ck_arena *arena);

/* For ck_arena_alloc, when the chunk at hand does not suffice. */
void *ck_arena_alloc_slow(struct ck_arena *arena, size_t size) CK_MUST_USE;

CK_MUST_USE static inline void *
ck_arena_alloc(struct ck_arena *arena, size_t size)
{
    size_t rounded = (size + 7) & ~(size_t)7;
    char *block = arena->next;

    /* A size that came to 0, from 0 or past the top, fails this test. */
    if (rounded - 1 >= (size_t)(arena->end - block))
        return ck_arena_alloc_slow(arena, size);
    arena->next = block + rounded;
    return block;
}

#endif
