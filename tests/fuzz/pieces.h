/* pieces.h: takes a fuzzer's input apart: pieces end with a line break, or
 * with the input. Each is a copy of its own size, so that ASan sees a step
 * past it; all are freed at the end. */
#ifndef CK_FUZZ_PIECES_H
#define CK_FUZZ_PIECES_H

#include "target.h"

enum { PIECES_MAX = 64 };

struct piece {
    char *data; /* not terminated */
    size_t len;
};

struct pieces {
    const uint8_t *at; /* borrowed */
    const uint8_t *end;
    char *taken[PIECES_MAX]; /* owned */
    int count;
};

static inline void
pieces_begin(struct pieces *pieces, const uint8_t *data, size_t size)
{
    pieces->at = data;
    pieces->end = data + size;
    pieces->count = 0;
}

static inline void
pieces_end(struct pieces *pieces)
{
    while (pieces->count > 0)
        free(pieces->taken[--pieces->count]);
}

/* An empty one when there is no more. A zero byte in front of a line break
 * makes that one part of the piece. */
static inline struct piece
pieces_next(struct pieces *pieces)
{
    const size_t room = (size_t)(pieces->end - pieces->at);
    struct piece piece = {malloc(room + 1), 0};

    check(piece.data != NULL && pieces->count < PIECES_MAX, "pieces");
    while (pieces->at < pieces->end) {
        uint8_t c = *pieces->at++;

        if (c == '\n')
            break;
        if (c == '\0' && pieces->at < pieces->end)
            c = *pieces->at++;
        piece.data[piece.len++] = (char)c;
    }
    piece.data = realloc(piece.data, piece.len == 0 ? 1 : piece.len);
    check(piece.data != NULL, "memory");
    pieces->taken[pieces->count++] = piece.data;
    return piece;
}

static inline int
pieces_left(const struct pieces *pieces)
{
    return pieces->at < pieces->end && pieces->count < PIECES_MAX - 8;
}

#endif
