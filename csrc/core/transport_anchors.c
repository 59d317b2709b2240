/* transport_anchors.c: the CA certificates of one file or directory, in an
 * X509_STORE of OpenSSL's that a struct ck_anchors owns.
 *
 * Of a file with all the certificates of this world only the names are looked
 * at; one is decoded when a server's chain leads to it. That takes a tenth of
 * the time that decoding all of them takes. */
#include "alloc.h"
#include "transport_impl.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <pthread.h>
#include <string.h>

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

struct ck_anchors {
    const char *file; /* borrowed; NULL: none */
    const char *path; /* the same */
    atomic_int is_loaded;
    pthread_mutex_t mutex; /* of loading, and of the entries */
    X509_STORE *store;     /* owned */
    struct entry *entries; /* owned */
    size_t count;
    size_t cap;
};

/* OpenSSL finds a struct ck_anchors by its store through this index. */
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
add_entry(struct ck_anchors *anchors, unsigned char *der, long size)
{
    const size_t cap = anchors->cap == 0 ? 192 : anchors->cap * 2;
    struct entry *entries = anchors->entries;
    X509_NAME *subject = NULL;

    if (anchors->count == anchors->cap) {
        entries = ck_realloc(anchors->entries, cap * sizeof *entries);
        if (entries == NULL) {
            OPENSSL_free(der);
            return CK_NOMEM;
        }
        anchors->entries = entries;
        anchors->cap = cap;
    }
    subject = subject_of(der, size);
    if (subject == NULL) {
        OPENSSL_free(der);
        return CK_BAD_ARGUMENT;
    }
    entries[anchors->count++] =
        (struct entry){.subject = subject, .der = der, .size = size};
    return CK_OK;
}

static void
drop_entries(struct ck_anchors *anchors)
{
    size_t i;

    for (i = 0; i < anchors->count; i++) {
        X509_NAME_free(anchors->entries[i].subject);
        OPENSSL_free(anchors->entries[i].der);
    }
    ck_free(anchors->entries);
    anchors->entries = NULL;
    anchors->count = anchors->cap = 0;
}

/* CK_BAD_ARGUMENT: the file could not be read to its end, or holds something
 * else than plain certificates. */
static enum ck_status
index_file(struct ck_anchors *anchors, const char *path)
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
            status = add_entry(anchors, der, size);
        else {
            OPENSSL_free(der);
            status = CK_BAD_ARGUMENT;
        }
        OPENSSL_free(name);
        OPENSSL_free(header);
    }
    if (status == CK_OK &&
        (anchors->count == 0 ||
         ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE))
        status = CK_BAD_ARGUMENT;
    BIO_free(file);
    ERR_clear_error();
    return status;
}

/* Puts the certificates with this subject into the store. */
static void
bring_in(struct ck_anchors *anchors, name_pointer subject)
{
    size_t i;

    (void)pthread_mutex_lock(&anchors->mutex);
    for (i = 0; i < anchors->count; i++) {
        struct entry *entry = &anchors->entries[i];
        const unsigned char *at = entry->der;
        X509 *certificate = NULL;

        if (at == NULL || X509_NAME_cmp(entry->subject, subject) != 0)
            continue;
        certificate = d2i_X509(NULL, &at, entry->size);
        if (certificate != NULL &&
            X509_STORE_add_cert(anchors->store, certificate) == 1) {
            OPENSSL_free(entry->der);
            entry->der = NULL;
        }
        X509_free(certificate);
    }
    (void)pthread_mutex_unlock(&anchors->mutex);
}

static struct ck_anchors *
anchors_of(X509_STORE_CTX *context)
{
    return X509_STORE_get_ex_data(X509_STORE_CTX_get0_store(context),
                                  atomic_load(&store_index));
}

/* --- called by OpenSSL while it checks a chain ----------------------------
 */

static int
on_issuer(X509 **issuer, X509_STORE_CTX *context, X509 *certificate)
{
    bring_in(anchors_of(context), X509_get_issuer_name(certificate));
    return X509_STORE_CTX_get1_issuer(issuer, context, certificate);
}

static STACK_OF(X509) *
    on_subject(X509_STORE_CTX *context, name_pointer subject)
{
    bring_in(anchors_of(context), subject);
    return X509_STORE_CTX_get1_certs(context, subject);
}

/* --- the store ------------------------------------------------------------
 */

static enum ck_status
add_file(struct ck_anchors *anchors, X509_STORE *store, struct ck_error *error)
{
    const char *path = anchors->file;
    enum ck_status status = path == NULL ? CK_OK : index_file(anchors, path);
    X509_LOOKUP *lookup = NULL;

    if (status == CK_NOMEM)
        return ck_fail(error, status, "no room for CA certificates");
    if (status == CK_OK)
        return status;
    /* Something else is in it: OpenSSL may know better, in its own time. */
    drop_entries(anchors);
    lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
    if (lookup != NULL &&
        X509_load_cert_crl_file(lookup, path, X509_FILETYPE_PEM) > 0)
        return CK_OK;
    return ck_fail(error, CK_CONNECT,
                   "no CA certificates could be read from %s", path);
}

static enum ck_status
add_path(struct ck_anchors *anchors, X509_STORE *store, struct ck_error *error)
{
    const char *path = anchors->path;
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
load(struct ck_anchors *anchors, struct ck_error *error)
{
    X509_STORE *store = X509_STORE_new();
    enum ck_status status = CK_NOMEM;

    if (store == NULL ||
        !X509_STORE_set_ex_data(store, atomic_load(&store_index), anchors)) {
        X509_STORE_free(store);
        ERR_clear_error();
        return ck_fail(error, status, "no room for CA certificates");
    }
    X509_STORE_set_get_issuer(store, on_issuer);
    X509_STORE_set_lookup_certs(store, on_subject);
    /* As libcurl has it: a CA in the middle of a chain may be trusted. */
    (void)X509_STORE_set_flags(store, X509_V_FLAG_TRUSTED_FIRST |
                                          X509_V_FLAG_PARTIAL_CHAIN);
    status = add_file(anchors, store, error);
    if (status == CK_OK)
        status = add_path(anchors, store, error);
    ERR_clear_error();
    if (status != CK_OK) {
        X509_STORE_free(store);
        drop_entries(anchors);
        return status;
    }
    anchors->store = store;
    atomic_store(&anchors->is_loaded, 1);
    return CK_OK;
}

enum ck_status
ck_anchors_load(struct ck_anchors *anchors, struct ck_error *error)
{
    enum ck_status status = CK_OK;

    if (ck_anchors_are_loaded(anchors))
        return CK_OK;
    (void)pthread_mutex_lock(&anchors->mutex);
    if (!atomic_load(&anchors->is_loaded))
        status = load(anchors, error);
    (void)pthread_mutex_unlock(&anchors->mutex);
    return status;
}

int
ck_anchors_lend(struct ck_anchors *anchors, void *context)
{
    if (!X509_STORE_up_ref(anchors->store))
        return 0;
    SSL_CTX_set_cert_store(context, anchors->store);
    return 1;
}

int
ck_anchors_are_loaded(const struct ck_anchors *anchors)
{
    return atomic_load(&anchors->is_loaded);
}

struct ck_anchors *
ck_anchors_new(const char *file, const char *path)
{
    struct ck_anchors *anchors = ck_calloc(1, sizeof *anchors);

    if (anchors == NULL)
        return NULL;
    (void)pthread_once(&index_once, make_index);
    anchors->file = file;
    anchors->path = path;
    atomic_init(&anchors->is_loaded, 0);
    if (pthread_mutex_init(&anchors->mutex, NULL) == 0)
        return anchors;
    ck_free(anchors);
    return NULL;
}

void
ck_anchors_destroy(struct ck_anchors *anchors)
{
    if (anchors == NULL)
        return;
    X509_STORE_free(anchors->store);
    drop_entries(anchors);
    (void)pthread_mutex_destroy(&anchors->mutex);
    ck_free(anchors);
}
