/* transport_due.c: which run of the I/O thread falls due next: a binary heap
 * of borrowed runs. */
#include "alloc.h"
#include "transport_loop.h"

static void
put(struct ck_due *due, size_t place, struct ck_run *run)
{
    due->runs[place] = run;
    run->due_place = place + 1;
}

static void
sift_up(struct ck_due *due, size_t place, struct ck_run *run)
{
    while (place > 0) {
        const size_t above = (place - 1) / 2;

        if (due->runs[above]->due_at <= run->due_at)
            break;
        put(due, place, due->runs[above]);
        place = above;
    }
    put(due, place, run);
}

static void
sift_down(struct ck_due *due, size_t place, struct ck_run *run)
{
    for (;;) {
        size_t below = place * 2 + 1;

        if (below + 1 < due->count &&
            due->runs[below + 1]->due_at < due->runs[below]->due_at)
            below++;
        if (below >= due->count || run->due_at <= due->runs[below]->due_at)
            break;
        put(due, place, due->runs[below]);
        place = below;
    }
    put(due, place, run);
}

enum ck_status
ck_due_set(struct ck_due *due, struct ck_run *run, int64_t at)
{
    ck_due_drop(due, run);
    if (due->count == due->cap) {
        const size_t cap = due->cap == 0 ? 32 : due->cap * 2;
        struct ck_run **runs =
            ck_realloc(due->runs, cap * sizeof(struct ck_run *));

        if (runs == NULL)
            return CK_NOMEM;
        due->runs = runs;
        due->cap = cap;
    }
    run->due_at = at;
    sift_up(due, due->count++, run);
    return CK_OK;
}

void
ck_due_drop(struct ck_due *due, struct ck_run *run)
{
    struct ck_run *last = NULL;
    const size_t place = run->due_place;

    if (place == 0)
        return;
    run->due_place = 0;
    last = due->runs[--due->count];
    if (last == run)
        return;
    sift_down(due, place - 1, last);
    sift_up(due, last->due_place - 1, last);
}

struct ck_run *
ck_due_first(const struct ck_due *due)
{
    return due->count == 0 ? NULL : due->runs[0];
}

void
ck_due_free(struct ck_due *due)
{
    ck_free(due->runs);
    due->runs = NULL;
    due->count = 0;
    due->cap = 0;
}
