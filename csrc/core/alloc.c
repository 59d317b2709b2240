/* alloc.c: the core's allocator and the bump arena. A block belongs to who
 * asked for it; an arena's blocks belong to the arena. */
#include "alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    ARENA_ALIGN = 8,
    ARENA_CHUNK_MIN = 4096,
    ARENA_CHUNK_MAX = 1024 * 1024
};

#ifdef CK_TORTURE
#include <stdatomic.h>

/* Allocations left before the faults begin; negative: no faults. */
static atomic_long fail_after = -1;

void
ck_alloc_fail_after(long n)
{
    atomic_store(&fail_after, n);
}

static int
fails(void)
{
    long left = atomic_load(&fail_after);

    /* A failed exchange reloads left, so threads count together. */
    while (left > 0) {
        if (atomic_compare_exchange_weak(&fail_after, &left, left - 1))
            return 0;
    }
    return left == 0;
}
#else
static int
fails(void)
{
    return 0;
}
#endif

/* Size 0 asks for one byte, so that NULL always means failure. */

void *
ck_malloc(size_t size)
{
    if (fails())
        return NULL;
    return malloc(size == 0 ? 1 : size);
}

void *
ck_calloc(size_t count, size_t size)
{
    if (fails())
        return NULL;
    if (count == 0 || size == 0)
        return calloc(1, 1);
    if (count > SIZE_MAX / size)
        return NULL;
    return calloc(count, size);
}

void *
ck_realloc(void *block, size_t size)
{
    if (fails())
        return NULL;
    return realloc(block, size == 0 ? 1 : size);
}

void
ck_free(void *block)
{
    free(block);
}

/* The head of a chunk; its bytes follow. The size of the head is a multiple
 * of the alignment, hence so is the address of the first byte. */
struct ck_chunk {
    struct ck_chunk *older;
    size_t size;
};

_Static_assert(sizeof(struct ck_chunk) % ARENA_ALIGN == 0,
               "the bytes after a chunk's head must be aligned");

void
ck_arena_init(struct ck_arena *arena)
{
    memset(arena, 0, sizeof *arena);
}

/* What is left of the previous chunk is given up. */
static enum ck_status
arena_grow(struct ck_arena *arena, size_t size)
{
    struct ck_chunk *chunk = NULL;

    if (size > SIZE_MAX / 2)
        return CK_NOMEM;
    chunk = ck_malloc(sizeof *chunk + size);
    if (chunk == NULL)
        return CK_NOMEM;
    chunk->older = arena->chunks;
    chunk->size = size;
    arena->chunks = chunk;
    arena->next = (char *)(chunk + 1);
    arena->end = arena->next + size;
    arena->total += sizeof *chunk + size;
    return CK_OK;
}

enum ck_status
ck_arena_reserve(struct ck_arena *arena, size_t size)
{
    if ((size_t)(arena->end - arena->next) >= size)
        return CK_OK;
    return arena_grow(arena, size);
}

/* Chunks double, so that a document of unknown size costs few of them. */
static size_t
next_chunk_size(const struct ck_arena *arena, size_t size)
{
    size_t chunk = ARENA_CHUNK_MIN;

    if (arena->chunks != NULL)
        chunk = arena->chunks->size < ARENA_CHUNK_MAX / 2
                    ? arena->chunks->size * 2
                    : ARENA_CHUNK_MAX;
    if (chunk < ARENA_CHUNK_MIN)
        chunk = ARENA_CHUNK_MIN;
    return size > chunk ? size : chunk;
}

void *
ck_arena_alloc_slow(struct ck_arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    if (size == 0)
        size = 1;
    size = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    if ((size_t)(arena->end - arena->next) < size &&
        arena_grow(arena, next_chunk_size(arena, size)) != CK_OK)
        return NULL;
    return ck_arena_alloc(arena, size);
}

void
ck_arena_free(struct ck_arena *arena)
{
    struct ck_chunk *chunk = arena->chunks;

    while (chunk != NULL) {
        struct ck_chunk *older = chunk->older;
        ck_free(chunk);
        chunk = older;
    }
    ck_arena_init(arena);
}
