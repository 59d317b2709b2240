/* transport_tls.c: what the TLS connections of a pool share: the store of CA
 * certificates, read once instead of once per handle, and the sessions to go
 * on with. A struct ck_tls owns both; easy handles borrow them.
 *
 * Works on OpenSSL's objects inside of libcurl, so only where libcurl runs on
 * the very OpenSSL that we run on. Elsewhere libcurl reads the files itself.
 *
 * Of a file with all the certificates of this world only the names are looked
 * at; one is decoded when a server's chain leads to it. That takes a tenth of
 * the time that decoding all of them takes. */
#include "alloc.h"
#include "transport_impl.h"

#include <curl/curl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#if OPENSSL_VERSION_NUMBER >= 0x30000000L
typedef const X509_NAME *name_pointer;
#else
typedef X509_NAME *name_pointer;
#endif

/* A certificate that was not needed yet. */
struct entry {
    X509_NAME *subject; /* owned */
    unsigned char *der; /* owned; NULL once it is in the store */
    long size;
};

/* Of one process, for the same reasons as the shelf of connections. */
struct ck_tls {
    pid_t pid;
    const struct ck_config *config; /* borrowed */
    atomic_int is_loaded;
    pthread_mutex_t mutex; /* of loading, and of the entries */
    X509_STORE *store;     /* owned */
    struct entry *entries; /* owned */
    size_t count;
    size_t cap;
    pthread_mutex_t share_mutex;
    CURLSH *share;         /* owned: TLS sessions */
    struct ck_tls *parent; /* left alone, but not lost to leak checkers */
};

/* Of one pool: the newest process's. */
struct ck_tls_pool {
    _Atomic(struct ck_tls *) newest; /* NULL until there is a handle */
};

/* OpenSSL finds a struct ck_tls by its store through this index. */
static pthread_once_t index_once = PTHREAD_ONCE_INIT;
static atomic_int store_index;

static void
make_index(void)
{
    atomic_store(&store_index,
                 CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_X509_STORE, 0, NULL,
                                         NULL, NULL, NULL));
}

/* --- the certificates of a file ----------------------------------------- */

/* Steps into the next element of DER, or over it. */
static int
der_next(const unsigned char **at, const unsigned char **end, int into)
{
    const unsigned char *body = *at;
    long size = 0;
    int tag = 0;
    int class = 0;
    const int bits = ASN1_get_object(&body, &size, &tag, &class, *end - *at);

    if ((bits & 0x80) != 0 || (bits & 1) != 0 || size < 0 ||
        size > *end - body)
        return -1;
    if (into) {
        *at = body;
        *end = body + size;
    } else
        *at = body + size;
    return class == V_ASN1_CONTEXT_SPECIFIC ? V_ASN1_CONTEXT_SPECIFIC : tag;
}

/* The subject of a certificate (new): in it, after an optional version, the
 * serial number, the algorithm, the issuer and the times. */
static X509_NAME *
subject_of(const unsigned char *der, long size)
{
    const unsigned char *at = der;
    const unsigned char *end = der + size;
    int i;

    for (i = 0; i < 2; i++)
        if (der_next(&at, &end, 1) != V_ASN1_SEQUENCE)
            return NULL;
    if (der_next(&at, &end, 0) == V_ASN1_CONTEXT_SPECIFIC &&
        der_next(&at, &end, 0) != V_ASN1_INTEGER)
        return NULL;
    for (i = 0; i < 3; i++)
        if (der_next(&at, &end, 0) != V_ASN1_SEQUENCE)
            return NULL;
    return d2i_X509_NAME(NULL, &at, end - at);
}

/* Takes der over, whatever the outcome. */
static enum ck_status
add_entry(struct ck_tls *tls, unsigned char *der, long size)
{
    const size_t cap = tls->cap == 0 ? 192 : tls->cap * 2;
    struct entry *entries = tls->entries;
    X509_NAME *subject = NULL;

    if (tls->count == tls->cap) {
        entries = ck_realloc(tls->entries, cap * sizeof *entries);
        if (entries == NULL) {
            OPENSSL_free(der);
            return CK_NOMEM;
        }
        tls->entries = entries;
        tls->cap = cap;
    }
    subject = subject_of(der, size);
    if (subject == NULL) {
        OPENSSL_free(der);
        return CK_BAD_ARGUMENT;
    }
    entries[tls->count++] =
        (struct entry){.subject = subject, .der = der, .size = size};
    return CK_OK;
}

static void
drop_entries(struct ck_tls *tls)
{
    size_t i;

    for (i = 0; i < tls->count; i++) {
        X509_NAME_free(tls->entries[i].subject);
        OPENSSL_free(tls->entries[i].der);
    }
    ck_free(tls->entries);
    tls->entries = NULL;
    tls->count = tls->cap = 0;
}

/* CK_BAD_ARGUMENT: the file could not be read to its end, or holds something
 * else than plain certificates. */
static enum ck_status
index_file(struct ck_tls *tls, const char *path)
{
    BIO *file = BIO_new_file(path, "r");
    enum ck_status status = file == NULL ? CK_BAD_ARGUMENT : CK_OK;
    unsigned char *der = NULL;
    char *header = NULL;
    char *name = NULL;
    long size = 0;

    ERR_clear_error();
    while (status == CK_OK &&
           PEM_read_bio(file, &name, &header, &der, &size)) {
        if (strcmp(name, PEM_STRING_X509) == 0 && *header == '\0')
            status = add_entry(tls, der, size);
        else {
            OPENSSL_free(der);
            status = CK_BAD_ARGUMENT;
        }
        OPENSSL_free(name);
        OPENSSL_free(header);
    }
    if (status == CK_OK &&
        (tls->count == 0 ||
         ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE))
        status = CK_BAD_ARGUMENT;
    BIO_free(file);
    ERR_clear_error();
    return status;
}

/* Puts the certificates with this subject into the store. */
static void
bring_in(struct ck_tls *tls, name_pointer subject)
{
    size_t i;

    (void)pthread_mutex_lock(&tls->mutex);
    for (i = 0; i < tls->count; i++) {
        struct entry *entry = &tls->entries[i];
        const unsigned char *at = entry->der;
        X509 *certificate = NULL;

        if (at == NULL || X509_NAME_cmp(entry->subject, subject) != 0)
            continue;
        certificate = d2i_X509(NULL, &at, entry->size);
        if (certificate != NULL &&
            X509_STORE_add_cert(tls->store, certificate) == 1) {
            OPENSSL_free(entry->der);
            entry->der = NULL;
        }
        X509_free(certificate);
    }
    (void)pthread_mutex_unlock(&tls->mutex);
}

static struct ck_tls *
tls_of(X509_STORE_CTX *context)
{
    return X509_STORE_get_ex_data(X509_STORE_CTX_get0_store(context),
                                  atomic_load(&store_index));
}

/* --- called by OpenSSL while it checks a chain ----------------------------
 */

static int
on_issuer(X509 **issuer, X509_STORE_CTX *context, X509 *certificate)
{
    bring_in(tls_of(context), X509_get_issuer_name(certificate));
    return X509_STORE_CTX_get1_issuer(issuer, context, certificate);
}

static STACK_OF(X509) *
    on_subject(X509_STORE_CTX *context, name_pointer subject)
{
    bring_in(tls_of(context), subject);
    return X509_STORE_CTX_get1_certs(context, subject);
}

/* --- the store ------------------------------------------------------------
 */

static enum ck_status
add_file(struct ck_tls *tls, X509_STORE *store, struct ck_error *error)
{
    const char *path = tls->config->ca_file;
    enum ck_status status = path == NULL ? CK_OK : index_file(tls, path);
    X509_LOOKUP *lookup = NULL;

    if (status == CK_NOMEM)
        return ck_fail(error, status, "no room for CA certificates");
    if (status == CK_OK)
        return status;
    /* Something else is in it: OpenSSL may know better, in its own time. */
    drop_entries(tls);
    lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
    if (lookup != NULL &&
        X509_load_cert_crl_file(lookup, path, X509_FILETYPE_PEM) > 0)
        return CK_OK;
    return ck_fail(error, CK_CONNECT,
                   "no CA certificates could be read from %s", path);
}

static enum ck_status
add_path(struct ck_tls *tls, X509_STORE *store, struct ck_error *error)
{
    const char *path = tls->config->ca_path;
    X509_LOOKUP *lookup = NULL;

    if (path == NULL)
        return CK_OK;
    lookup = X509_STORE_add_lookup(store, X509_LOOKUP_hash_dir());
    if (lookup != NULL &&
        X509_LOOKUP_add_dir(lookup, path, X509_FILETYPE_PEM) == 1)
        return CK_OK;
    return ck_fail(error, CK_CONNECT,
                   "no CA certificates could be read from %s", path);
}

static enum ck_status
load(struct ck_tls *tls, struct ck_error *error)
{
    X509_STORE *store = X509_STORE_new();
    enum ck_status status = CK_NOMEM;

    if (store == NULL ||
        !X509_STORE_set_ex_data(store, atomic_load(&store_index), tls)) {
        X509_STORE_free(store);
        ERR_clear_error();
        return ck_fail(error, status, "no room for CA certificates");
    }
    X509_STORE_set_get_issuer(store, on_issuer);
    X509_STORE_set_lookup_certs(store, on_subject);
    /* As libcurl has it: a CA in the middle of a chain may be trusted. */
    (void)X509_STORE_set_flags(store, X509_V_FLAG_TRUSTED_FIRST |
                                          X509_V_FLAG_PARTIAL_CHAIN);
    status = add_file(tls, store, error);
    if (status == CK_OK)
        status = add_path(tls, store, error);
    ERR_clear_error();
    if (status != CK_OK) {
        X509_STORE_free(store);
        drop_entries(tls);
        return status;
    }
    tls->store = store;
    atomic_store(&tls->is_loaded, 1);
    return CK_OK;
}

enum ck_status
ck_tls_load(struct ck_tls *tls, struct ck_error *error)
{
    enum ck_status status = CK_OK;

    if (tls == NULL || atomic_load(&tls->is_loaded))
        return CK_OK;
    (void)pthread_mutex_lock(&tls->mutex);
    if (!atomic_load(&tls->is_loaded))
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
    if (!X509_STORE_up_ref(tls->store))
        return CURLE_OUT_OF_MEMORY;
    SSL_CTX_set_cert_store(context, tls->store);
    return CURLE_OK;
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
    X509_STORE_free(tls->store);
    drop_entries(tls);
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
    (void)pthread_once(&index_once, make_index);
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
