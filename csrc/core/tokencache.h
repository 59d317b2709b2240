/* tokencache.h: remembers tokens whose signature was found valid, by the
 * digest of the token. At most `size` of them; the one that was not asked for
 * the longest goes first. Used by any thread. */
#ifndef CK_TOKENCACHE_H
#define CK_TOKENCACHE_H

#include "jwt.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CK_TOKENCACHE_MAX = 1 << 20 };

struct ck_tokencache;

/* Claims that the cache lets go are released after its lock: their companions
 * may come back to it. Only ck_tokencache_destroy leaves nothing to come to.
 */

struct ck_tokencache_counts {
    size_t size;
    size_t held;
    uint64_t hits;
    uint64_t misses;
    uint64_t evictions;
};

/* size 0: nothing is remembered. CK_BAD_ARGUMENT past the maximum. */
enum ck_status
ck_tokencache_new(struct ck_tokencache **made /* new */, size_t size,
                  struct ck_error *error) CK_MUST_USE;
void ck_tokencache_destroy(struct ck_tokencache *cache);

/* New reference to the claims of the token with that digest, or NULL. Whether
 * they were verified with the right key is for the caller to see
 * (claims->key_digest), and to count as a miss where not. */
struct ck_claims *
ck_tokencache_find(struct ck_tokencache *cache,
                   const unsigned char digest[CK_SHA256_SIZE]);
/* Whether the size is 0; needs no lock. */
bool ck_tokencache_is_off(const struct ck_tokencache *cache);
void ck_tokencache_count(struct ck_tokencache *cache, int hit);
/* Keeps a reference to claims, or does not when memory is short: a cache may
 * forget. Replaces what was there for the digest. */
void ck_tokencache_add(struct ck_tokencache *cache,
                       const unsigned char digest[CK_SHA256_SIZE],
                       struct ck_claims *claims);
void ck_tokencache_clear(struct ck_tokencache *cache);
enum ck_status ck_tokencache_resize(struct ck_tokencache *cache, size_t size,
                                    struct ck_error *error) CK_MUST_USE;
struct ck_tokencache_counts ck_tokencache_counts(struct ck_tokencache *cache);

#endif
