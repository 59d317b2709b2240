/* transport_trust.c: the CA certificates that this process has read, each file
 * once however many clients there are. A struct ck_trust is owned by its
 * users: the TLS of a pool from its first transfer on, and the registry, which
 * keeps the latest few until the process ends. */
#include "alloc.h"
#include "transport_impl.h"

#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEPT = 8 }; /* by the registry */

/* What tells a file from the same name's earlier one. All 0: there is none. */
struct stamp {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified;
    struct timespec changed;
};

struct ck_trust {
    char *file;                 /* owned; NULL: none */
    char *path;                 /* owned; NULL: none */
    struct ck_anchors *anchors; /* owned */
    struct stamp file_stamp;
    struct stamp path_stamp;
    long users;            /* under the registry's mutex */
    int is_kept;           /* the same; the registry is one of the users */
    struct ck_trust *next; /* in the registry */
};

/* Of one process. A child made by fork leaves its parent's alone, whose mutex
 * somebody may have held, and begins anew. */
struct registry {
    pid_t pid;
    pthread_mutex_t mutex;
    struct ck_trust *first;  /* the latest used */
    struct registry *parent; /* not lost to leak checkers */
};

/* Process-wide, because reading the system's certificates costs more than all
 * the rest of a first request. */
static _Atomic(struct registry *) newest;

static struct registry *
registry_get(void)
{
    struct registry *registry = atomic_load(&newest);
    const pid_t pid = getpid();
    struct registry *fresh = NULL;

    if (registry != NULL && registry->pid == pid)
        return registry;
    fresh = ck_calloc(1, sizeof *fresh);
    if (fresh == NULL)
        return NULL;
    fresh->pid = pid;
    fresh->parent = registry;
    if (pthread_mutex_init(&fresh->mutex, NULL) != 0) {
        ck_free(fresh);
        return NULL;
    }
    if (atomic_compare_exchange_strong(&newest, &registry, fresh))
        return fresh;
    (void)pthread_mutex_destroy(&fresh->mutex);
    ck_free(fresh);
    return registry; /* another thread was faster */
}

static void
trust_free(struct ck_trust *trust)
{
    ck_anchors_destroy(trust->anchors);
    ck_free(trust->file);
    ck_free(trust->path);
    ck_free(trust);
}

static char *
copy(const char *text)
{
    const size_t size = strlen(text) + 1;
    char *made = ck_malloc(size);

    return made == NULL ? NULL : memcpy(made, text, size);
}

/* With its user. */
static struct ck_trust *
trust_new(const char *file, const char *path)
{
    struct ck_trust *trust = ck_calloc(1, sizeof *trust);

    if (trust == NULL)
        return NULL;
    trust->users = 1;
    if (file != NULL)
        trust->file = copy(file);
    if (path != NULL)
        trust->path = copy(path);
    if ((file != NULL) == (trust->file != NULL) &&
        (path != NULL) == (trust->path != NULL))
        trust->anchors = ck_anchors_new(trust->file, trust->path);
    if (trust->anchors != NULL)
        return trust;
    trust_free(trust);
    return NULL;
}

/* Returns whether what has this name can be told from what had it before. Not
 * so a pipe, nor a list of directories, which SSL_CERT_DIR may be. */
static int
stamp_of(const char *name, struct stamp *stamp)
{
    struct stat found;

    memset(stamp, 0, sizeof *stamp);
    if (name == NULL)
        return 1;
    if (stat(name, &found) != 0)
        return 0;
    stamp->device = found.st_dev;
    stamp->inode = found.st_ino;
    stamp->size = found.st_size;
#ifdef __APPLE__
    stamp->modified = found.st_mtimespec;
    stamp->changed = found.st_ctimespec;
#else
    stamp->modified = found.st_mtim;
    stamp->changed = found.st_ctim;
#endif
    return S_ISREG(found.st_mode) || S_ISDIR(found.st_mode);
}

static int
is_same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static int
is_same_stamp(const struct stamp *a, const struct stamp *b)
{
    return a->device == b->device && a->inode == b->inode &&
           a->size == b->size && is_same_time(&a->modified, &b->modified) &&
           is_same_time(&a->changed, &b->changed);
}

static int
is_same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Under the registry's mutex. */
static void
leave(struct ck_trust *trust)
{
    if (--trust->users == 0)
        trust_free(trust);
}

/* Under its mutex: the registry lets go of what is at this link. */
static void
unlink_at(struct ck_trust **link)
{
    struct ck_trust *trust = *link;

    *link = trust->next;
    trust->is_kept = 0;
    leave(trust);
}

/* Under its mutex: the one like this, taken out of the list with the
 * registry's use of it; NULL: there is none. What had the same names before
 * is forgotten. */
static struct ck_trust *
take_out(struct registry *registry, const struct ck_trust *like)
{
    struct ck_trust **link = &registry->first;

    while (*link != NULL) {
        struct ck_trust *trust = *link;

        if (!is_same_text(trust->file, like->file) ||
            !is_same_text(trust->path, like->path)) {
            link = &trust->next;
            continue;
        }
        if (!is_same_stamp(&trust->file_stamp, &like->file_stamp) ||
            !is_same_stamp(&trust->path_stamp, &like->path_stamp)) {
            unlink_at(link);
            continue;
        }
        *link = trust->next;
        return trust;
    }
    return NULL;
}

/* Under its mutex, at the head of the list. */
static void
put_in(struct registry *registry, struct ck_trust *trust)
{
    struct ck_trust **link = &registry->first;
    int count = 0;

    trust->next = registry->first;
    registry->first = trust;
    for (; *link != NULL && count < KEPT; count++)
        link = &(*link)->next;
    if (*link != NULL)
        unlink_at(link);
}

enum ck_status
ck_trust_get(struct ck_trust **out, const char *file, const char *path,
             struct ck_error *error)
{
    struct registry *registry = registry_get();
    struct ck_trust *trust = registry == NULL ? NULL : trust_new(file, path);
    struct ck_trust *found = NULL;
    int may_share;

    if (trust == NULL)
        return ck_fail(error, CK_NOMEM, "no room for CA certificates");
    *out = trust;
    may_share = stamp_of(file, &trust->file_stamp);
    may_share = stamp_of(path, &trust->path_stamp) && may_share;
    if (!may_share)
        return CK_OK;
    (void)pthread_mutex_lock(&registry->mutex);
    found = take_out(registry, trust);
    if (found != NULL) {
        trust_free(trust);
        *out = trust = found;
    } else
        trust->is_kept = 1;
    trust->users++;
    put_in(registry, trust);
    (void)pthread_mutex_unlock(&registry->mutex);
    return CK_OK;
}

void
ck_trust_drop(struct ck_trust *trust)
{
    struct registry *registry = atomic_load(&newest);
    struct ck_trust **link = &registry->first;

    (void)pthread_mutex_lock(&registry->mutex);
    /* What could not be read is not remembered. */
    if (trust->is_kept && !ck_anchors_are_loaded(trust->anchors)) {
        while (*link != trust)
            link = &(*link)->next;
        unlink_at(link);
    }
    leave(trust);
    (void)pthread_mutex_unlock(&registry->mutex);
}

struct ck_anchors *
ck_trust_peek(struct ck_trust *trust)
{
    return trust->anchors;
}
