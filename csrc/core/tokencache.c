/* tokencache.c: a hash table of chains, and a ring through all entries in the
 * order of their last use. The cache owns its entries, each of which holds a
 * reference to its claims. One lock, held for a few dozen instructions; what
 * has to go leaves under it and is released after it. */
#include "tokencache.h"

#include "alloc.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

struct entry {
    struct entry *chain; /* next of the same bucket */
    struct entry *newer; /* in the ring */
    struct entry *older;
    struct ck_claims *claims;
    unsigned char digest[CK_SHA256_SIZE];
};

struct ck_tokencache {
    pthread_mutex_t lock;
    struct entry ring; /* its older is the newest, its newer the oldest */
    struct entry **buckets;
    size_t mask; /* buckets - 1, a power of two less one */
    struct ck_tokencache_counts counts; /* without hits and misses */
    atomic_uint_fast64_t hits;
    atomic_uint_fast64_t misses;
    atomic_bool is_off; /* size is 0 */
};

static struct entry **
new_buckets(size_t size, size_t *mask)
{
    size_t count = 8;

    while (count < size)
        count *= 2;
    *mask = count - 1;
    return ck_calloc(count, sizeof(struct entry *));
}

enum ck_status
ck_tokencache_new(struct ck_tokencache **made, size_t size,
                  struct ck_error *error)
{
    struct ck_tokencache *cache = NULL;

    *made = NULL;
    if (size > CK_TOKENCACHE_MAX)
        return ck_fail(error, CK_BAD_ARGUMENT, "at most %d tokens",
                       CK_TOKENCACHE_MAX);
    cache = ck_calloc(1, sizeof *cache);
    if (cache != NULL)
        cache->buckets = new_buckets(size, &cache->mask);
    if (cache == NULL || cache->buckets == NULL ||
        pthread_mutex_init(&cache->lock, NULL) != 0) {
        if (cache != NULL)
            ck_free(cache->buckets);
        ck_free(cache);
        return ck_fail(error, CK_NOMEM, "out of memory");
    }
    cache->ring.newer = cache->ring.older = &cache->ring;
    cache->counts.size = size;
    atomic_init(&cache->is_off, size == 0);
    *made = cache;
    return CK_OK;
}

/* A digest is as good as random, whoever wrote the token. */
static struct entry **
bucket_of(const struct ck_tokencache *cache, const unsigned char *digest)
{
    uint32_t number = 0;

    memcpy(&number, digest, sizeof number);
    return &cache->buckets[number & cache->mask];
}

/* The place that points at the entry, or at NULL. */
static struct entry **
find(const struct ck_tokencache *cache, const unsigned char *digest)
{
    struct entry **at = bucket_of(cache, digest);

    while (*at != NULL && memcmp((*at)->digest, digest, CK_SHA256_SIZE) != 0)
        at = &(*at)->chain;
    return at;
}

static void
ring_leave(struct entry *entry)
{
    entry->newer->older = entry->older;
    entry->older->newer = entry->newer;
}

static void
ring_enter(struct ck_tokencache *cache, struct entry *entry)
{
    entry->newer = &cache->ring;
    entry->older = cache->ring.older;
    entry->older->newer = entry;
    cache->ring.older = entry;
}

/* The oldest entries beyond `kept` leave the cache: a chain for
 * release_entries, or NULL. */
static struct entry *
take_oldest(struct ck_tokencache *cache, size_t kept)
{
    struct entry *taken = NULL;

    while (cache->counts.held > kept) {
        struct entry *entry = cache->ring.newer;

        *find(cache, entry->digest) = entry->chain;
        ring_leave(entry);
        entry->chain = taken;
        taken = entry;
        cache->counts.held--;
    }
    return taken;
}

/* Not under the lock: the claims' companions may run any code. */
static void
release_entries(struct entry *entry)
{
    while (entry != NULL) {
        struct entry *next = entry->chain;

        ck_claims_release(entry->claims);
        ck_free(entry);
        entry = next;
    }
}

void
ck_tokencache_destroy(struct ck_tokencache *cache)
{
    if (cache == NULL)
        return;
    release_entries(take_oldest(cache, 0));
    (void)pthread_mutex_destroy(&cache->lock);
    ck_free(cache->buckets);
    ck_free(cache);
}

struct ck_claims *
ck_tokencache_find(struct ck_tokencache *cache,
                   const unsigned char digest[CK_SHA256_SIZE])
{
    struct ck_claims *claims = NULL;
    struct entry *entry = NULL;

    (void)pthread_mutex_lock(&cache->lock);
    entry = *find(cache, digest);
    if (entry != NULL) {
        claims = ck_claims_retain(entry->claims);
        ring_leave(entry);
        ring_enter(cache, entry);
    }
    (void)pthread_mutex_unlock(&cache->lock);
    return claims;
}

bool
ck_tokencache_is_off(const struct ck_tokencache *cache)
{
    return atomic_load(&cache->is_off);
}

void
ck_tokencache_count(struct ck_tokencache *cache, int hit)
{
    atomic_fetch_add_explicit(hit ? &cache->hits : &cache->misses, 1,
                              memory_order_relaxed);
}

/* The entry that had to make room or was replaced, for release_entries; or
 * NULL. */
static struct entry *
add(struct ck_tokencache *cache, struct entry *entry)
{
    struct entry **at = find(cache, entry->digest);
    struct entry *known = *at;
    struct entry *taken = NULL;

    if (known != NULL) {
        struct ck_claims *claims = known->claims;

        known->claims = entry->claims;
        entry->claims = claims;
        return entry;
    }
    *at = entry;
    ring_enter(cache, entry);
    cache->counts.held++;
    taken = take_oldest(cache, cache->counts.size);
    cache->counts.evictions += taken != NULL;
    return taken;
}

void
ck_tokencache_add(struct ck_tokencache *cache,
                  const unsigned char digest[CK_SHA256_SIZE],
                  struct ck_claims *claims)
{
    struct entry *entry = ck_calloc(1, sizeof *entry);

    if (entry == NULL)
        return;
    memcpy(entry->digest, digest, CK_SHA256_SIZE);
    entry->claims = ck_claims_retain(claims);
    (void)pthread_mutex_lock(&cache->lock);
    if (cache->counts.size > 0)
        entry = add(cache, entry);
    (void)pthread_mutex_unlock(&cache->lock);
    release_entries(entry);
}

void
ck_tokencache_clear(struct ck_tokencache *cache)
{
    struct entry *taken = NULL;

    (void)pthread_mutex_lock(&cache->lock);
    taken = take_oldest(cache, 0);
    (void)pthread_mutex_unlock(&cache->lock);
    release_entries(taken);
}

static void
refill(struct ck_tokencache *cache, struct entry **buckets, size_t mask)
{
    cache->buckets = buckets;
    cache->mask = mask;
    for (struct entry *entry = cache->ring.newer; entry != &cache->ring;
         entry = entry->newer) {
        struct entry **at = bucket_of(cache, entry->digest);

        entry->chain = *at;
        *at = entry;
    }
}

enum ck_status
ck_tokencache_resize(struct ck_tokencache *cache, size_t size,
                     struct ck_error *error)
{
    struct entry **buckets = NULL;
    struct entry *taken = NULL;
    size_t mask = 0;

    if (size > CK_TOKENCACHE_MAX)
        return ck_fail(error, CK_BAD_ARGUMENT, "at most %d tokens",
                       CK_TOKENCACHE_MAX);
    buckets = new_buckets(size, &mask);
    if (buckets == NULL)
        return ck_fail(error, CK_NOMEM, "out of memory");
    (void)pthread_mutex_lock(&cache->lock);
    if (cache->counts.held > size)
        cache->counts.evictions += cache->counts.held - size;
    taken = take_oldest(cache, size);
    ck_free(cache->buckets);
    refill(cache, buckets, mask);
    cache->counts.size = size;
    atomic_store(&cache->is_off, size == 0);
    (void)pthread_mutex_unlock(&cache->lock);
    release_entries(taken);
    return CK_OK;
}

struct ck_tokencache_counts
ck_tokencache_counts(struct ck_tokencache *cache)
{
    struct ck_tokencache_counts counts;

    (void)pthread_mutex_lock(&cache->lock);
    counts = cache->counts;
    (void)pthread_mutex_unlock(&cache->lock);
    counts.hits = atomic_load(&cache->hits);
    counts.misses = atomic_load(&cache->misses);
    return counts;
}
