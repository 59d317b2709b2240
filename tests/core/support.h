/* support.h: what several C tests need. Include after cmocka.h. Blocks come
 * from malloc with their exact size, so that ASan sees a step too far. */
#ifndef CK_TEST_SUPPORT_H
#define CK_TEST_SUPPORT_H

#include "alloc.h"
#include "status.h"

#include <stdlib.h>
#include <string.h>

/* New, exactly len bytes, to be released with free(). */
static inline char *
support_copy(const char *text, size_t len)
{
    char *copy = malloc(len == 0 ? 1 : len);

    assert_non_null(copy);
    if (len > 0)
        memcpy(copy, text, len);
    return copy;
}

/* Calls with the first, the second, ... allocation failing until the call
 * succeeds, and returns how often it failed. It may only fail with CK_NOMEM;
 * that nothing leaks is for ASan and valgrind to say. */
static inline long
support_torture(enum ck_status (*call)(void *arg), void *arg)
{
    for (long n = 0; n < 100000; n++) {
        enum ck_status status = CK_OK;
        ck_alloc_fail_after(n);
        status = call(arg);
        ck_alloc_fail_after(-1);
        if (status == CK_OK)
            return n;
        assert_int_equal(status, CK_NOMEM);
    }
    fail_msg("the call still fails after 100000 allocations");
    return -1;
}

/* The same numbers in each run (a xorshift generator). */
static inline uint64_t
support_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

#endif
