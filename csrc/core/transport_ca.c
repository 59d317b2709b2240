/* transport_ca.c: where this machine keeps the certificates of the authorities
 * that it trusts. Looks at names of files only. Owns nothing. */
#include "transport_impl.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static const char *
if_filled(const char *text)
{
    return text != NULL && *text != '\0' ? text : NULL;
}

static const char *
if_readable(const char *path)
{
    return if_filled(path) != NULL && access(path, R_OK) == 0 ? path : NULL;
}

/* curl_version_info() writes the same static struct at each call: so once. */
static pthread_once_t info_once = PTHREAD_ONCE_INIT;
static _Atomic(const curl_version_info_data *) info_read;

static void
read_info(void)
{
    atomic_store(&info_read, curl_version_info(CURLVERSION_NOW));
}

static const curl_version_info_data *
get_info(void)
{
    (void)pthread_once(&info_once, read_info);
    return atomic_load(&info_read);
}

const char *
ck_ca_tls_backend(void)
{
    const curl_version_info_data *info = get_info();

    return info == NULL ? NULL : info->ssl_version;
}

/* What whoever built libcurl thought right for their machine. */
static void
find_built_in(struct ck_ca *found)
{
#if LIBCURL_VERSION_NUM >= 0x074600
    const curl_version_info_data *info = get_info();

    if (info == NULL || info->age < CURLVERSION_SEVENTH)
        return;
    found->file = if_readable(info->cainfo);
    found->path = if_readable(info->capath);
#else
    (void)found;
#endif
}

static const char *
find_usual(void)
{
    static const char *const places[] = {
        "/etc/ssl/certs/ca-certificates.crt", /* Debian, Alpine, Arch */
        "/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora */
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "/etc/ssl/ca-bundle.pem", /* openSUSE */
        "/etc/ssl/cert.pem",      /* macOS, Alpine, BSD */
        "/opt/homebrew/etc/ca-certificates/cert.pem",
        "/usr/local/etc/ca-certificates/cert.pem",
        "/usr/local/share/certs/ca-root-nss.crt", /* FreeBSD */
    };
    size_t i;

    for (i = 0; i < sizeof places / sizeof *places; i++)
        if (if_readable(places[i]) != NULL)
            return places[i];
    return NULL;
}

void
ck_ca_find(struct ck_ca *found)
{
    /* Taken at its word, like an option: a slip in it must not be hidden. */
    found->file = if_filled(getenv("SSL_CERT_FILE"));
    found->path = if_filled(getenv("SSL_CERT_DIR"));
    found->source = "environment";
    if (found->file != NULL || found->path != NULL)
        return;
    find_built_in(found);
    found->source = "libcurl";
    /* An empty directory stands on many a machine without certificates. */
    if (found->file != NULL)
        return;
    found->file = find_usual();
    found->source = "system";
    if (found->file == NULL && found->path == NULL)
        found->source = NULL;
}
