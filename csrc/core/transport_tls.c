/* transport_tls.c: what the TLS connections of a pool share: CA certificates
 * (transport_trust.c) and the sessions to go on with. A struct ck_tls owns the
 * sessions and is one of the certificates' users; easy handles borrow it.
 *
 * Works on OpenSSL's objects inside of libcurl, so only where libcurl runs on
 * the very OpenSSL that we run on. Elsewhere libcurl reads the files
 * itself. */
#include "alloc.h"
#include "transport_impl.h"

#include <curl/curl.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

/* Of one process, for the same reasons as the shelf of connections. */
struct ck_tls {
    pid_t pid;
    const struct ck_config *config;   /* borrowed */
    pthread_mutex_t mutex;            /* of taking the next one */
    _Atomic(struct ck_trust *) trust; /* used; NULL: not needed yet */
    pthread_mutex_t share_mutex;
    CURLSH *share;         /* owned: TLS sessions */
    struct ck_tls *parent; /* left alone, but not lost to leak checkers */
};

/* Of one pool: the newest process's. */
struct ck_tls_pool {
    _Atomic(struct ck_tls *) newest; /* NULL until there is a handle */
};

/* Under the mutex. */
static enum ck_status
load(struct ck_tls *tls, struct ck_error *error)
{
    struct ck_trust *trust = NULL;
    enum ck_status status = ck_trust_get(&trust, tls->config->ca_file,
                                         tls->config->ca_path, error);

    if (status != CK_OK)
        return status;
    status = ck_anchors_load(ck_trust_peek(trust), error);
    if (status == CK_OK)
        atomic_store(&tls->trust, trust);
    else
        ck_trust_drop(trust);
    return status;
}

enum ck_status
ck_tls_load(struct ck_tls *tls, struct ck_error *error)
{
    enum ck_status status = CK_OK;

    if (tls == NULL || atomic_load(&tls->trust) != NULL)
        return CK_OK;
    (void)pthread_mutex_lock(&tls->mutex);
    if (atomic_load(&tls->trust) == NULL)
        status = load(tls, error);
    (void)pthread_mutex_unlock(&tls->mutex);
    return status;
}

/* --- called by libcurl ----------------------------------------------------
 */

static CURLcode
on_context(CURL *curl, void *context, void *arg)
{
    struct ck_tls *tls = arg;

    (void)curl;
    if (ck_tls_load(tls, NULL) != CK_OK)
        return CURLE_SSL_CACERT_BADFILE;
    return ck_anchors_lend(ck_trust_peek(atomic_load(&tls->trust)), context)
               ? CURLE_OK
               : CURLE_OUT_OF_MEMORY;
}

static void
on_lock(CURL *curl, curl_lock_data data, curl_lock_access access, void *arg)
{
    struct ck_tls *tls = arg;

    (void)curl;
    (void)data;
    (void)access;
    (void)pthread_mutex_lock(&tls->share_mutex);
}

static void
on_unlock(CURL *curl, curl_lock_data data, void *arg)
{
    struct ck_tls *tls = arg;

    (void)curl;
    (void)data;
    (void)pthread_mutex_unlock(&tls->share_mutex);
}

/* --- life ------------------------------------------------------------------
 */

static void
tls_free(struct ck_tls *tls)
{
    struct ck_trust *trust = atomic_load(&tls->trust);

    if (trust != NULL)
        ck_trust_drop(trust);
    (void)curl_share_cleanup(tls->share);
    (void)pthread_mutex_destroy(&tls->mutex);
    (void)pthread_mutex_destroy(&tls->share_mutex);
    ck_free(tls);
}

static struct ck_tls *
tls_new(const struct ck_config *config, pid_t pid, struct ck_tls *parent)
{
    struct ck_tls *tls = ck_calloc(1, sizeof *tls);

    if (tls == NULL)
        return NULL;
    tls->pid = pid;
    tls->config = config;
    tls->parent = parent;
    atomic_init(&tls->trust, NULL);
    if (pthread_mutex_init(&tls->mutex, NULL) != 0) {
        ck_free(tls);
        return NULL;
    }
    if (pthread_mutex_init(&tls->share_mutex, NULL) != 0) {
        (void)pthread_mutex_destroy(&tls->mutex);
        ck_free(tls);
        return NULL;
    }
    tls->share = curl_share_init();
    if (tls->share == NULL ||
        curl_share_setopt(tls->share, CURLSHOPT_LOCKFUNC, on_lock) !=
            CURLSHE_OK ||
        curl_share_setopt(tls->share, CURLSHOPT_UNLOCKFUNC, on_unlock) !=
            CURLSHE_OK ||
        curl_share_setopt(tls->share, CURLSHOPT_USERDATA, tls) != CURLSHE_OK ||
        curl_share_setopt(tls->share, CURLSHOPT_SHARE,
                          CURL_LOCK_DATA_SSL_SESSION) != CURLSHE_OK) {
        tls_free(tls);
        return NULL;
    }
    return tls;
}

/* "OpenSSL/3.0.15" is what libcurl says of its own, "3.0.15" what we have. */
static int
is_our_openssl(void)
{
    static const char name[] = "OpenSSL/";
    const char *theirs = ck_ca_tls_backend();
    const char *ours = OpenSSL_version(OPENSSL_VERSION);
    size_t len;

    if (theirs == NULL || strncmp(theirs, name, sizeof name - 1) != 0 ||
        strncmp(ours, "OpenSSL ", sizeof name - 1) != 0)
        return 0;
    theirs += sizeof name - 1;
    ours += sizeof name - 1;
    len = strcspn(ours, " ");
    return strlen(theirs) == len && memcmp(theirs, ours, len) == 0;
}

enum ck_status
ck_tls_pool_new(struct ck_tls_pool **out, struct ck_error *error)
{
    *out = NULL;
    if (!is_our_openssl())
        return CK_OK;
    *out = ck_calloc(1, sizeof **out);
    if (*out == NULL)
        return ck_fail(error, CK_NOMEM, "no room for TLS");
    atomic_init(&(*out)->newest, NULL);
    return CK_OK;
}

void
ck_tls_pool_destroy(struct ck_tls_pool *pool)
{
    struct ck_tls *tls = pool == NULL ? NULL : atomic_load(&pool->newest);

    if (tls != NULL && tls->pid == getpid())
        tls_free(tls);
    ck_free(pool);
}

/* Of this process, made when it is the first to need one. */
static struct ck_tls *
tls_get(const struct ck_config *config)
{
    struct ck_tls *tls = atomic_load(&config->tls->newest);
    const pid_t pid = getpid();
    struct ck_tls *fresh = NULL;

    if (tls != NULL && tls->pid == pid)
        return tls;
    fresh = tls_new(config, pid, tls);
    if (fresh == NULL)
        return NULL;
    if (atomic_compare_exchange_strong(&config->tls->newest, &tls, fresh))
        return fresh;
    tls_free(fresh); /* another thread was faster */
    return tls;
}

static int
set_options(CURL *curl, const struct ck_config *config, struct ck_tls *tls)
{
    if (curl_easy_setopt(curl, CURLOPT_SHARE, tls->share) != CURLE_OK)
        return 0;
    if (config->ca_file == NULL && config->ca_path == NULL)
        return 1; /* libcurl may still know some */
    return curl_easy_setopt(curl, CURLOPT_CAINFO, NULL) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CAPATH, NULL) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, on_context) ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSL_CTX_DATA, tls) == CURLE_OK;
}

enum ck_status
ck_tls_attach(struct ck_easy *easy, struct ck_error *error)
{
    if (easy->config->tls == NULL)
        return CK_OK;
    easy->tls = tls_get(easy->config);
    if (easy->tls == NULL)
        return ck_fail(error, CK_NOMEM, "no room for TLS");
    if (!set_options(easy->curl, easy->config, easy->tls))
        return ck_fail(error, CK_INTERNAL, "libcurl refused to share TLS");
    return CK_OK;
}
