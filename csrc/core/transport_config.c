/* transport_config.c: what a pool was told, by its options and by the
 * environment. Everything is copied once, when the pool is made, as httpx
 * does it: later changes of the environment do not reach running threads. */
#include "alloc.h"
#include "transport_impl.h"

#include <stdlib.h>
#include <string.h>

enum {
    DEFAULT_MAX_IDLE = 20,
    DEFAULT_MAX_CONNECTIONS = 100,
    DEFAULT_MAX_REDIRECTS = 20
};

static enum ck_status
copy(char **target, const char *text)
{
    size_t size;

    *target = NULL;
    if (text == NULL)
        return CK_OK;
    size = strlen(text) + 1;
    *target = ck_malloc(size);
    if (*target == NULL)
        return CK_NOMEM;
    memcpy(*target, text, size);
    return CK_OK;
}

/* The lower-case name counts even when it is set to nothing. */
static const char *
either(const char *lower, const char *upper)
{
    const char *value = getenv(lower);

    return value != NULL ? value : getenv(upper);
}

/* In a CGI program HTTP_PROXY is a header of the incoming request. */
static const char *
http_proxy(void)
{
    const char *lower = getenv("http_proxy");

    if (lower != NULL || getenv("REQUEST_METHOD") != NULL)
        return lower;
    return getenv("HTTP_PROXY");
}

static const char *
or_else(const char *text, const char *other)
{
    return text != NULL ? text : other;
}

static enum ck_status
copy_proxies(struct ck_config *config, const struct ck_pool_options *options)
{
    const char *all = or_else(either("all_proxy", "ALL_PROXY"), "");
    const char *http = or_else(http_proxy(), all);
    const char *https = or_else(either("https_proxy", "HTTPS_PROXY"), all);
    const char *except = or_else(either("no_proxy", "NO_PROXY"), "");
    enum ck_status status;

    if (options->proxy != NULL) {
        http = https = options->proxy;
        except = "";
    }
    status = copy(&config->http_proxy, http);
    if (status == CK_OK)
        status = copy(&config->https_proxy, https);
    if (status == CK_OK)
        status = copy(&config->no_proxy, except);
    return status;
}

static enum ck_status
copy_files(struct ck_config *config, const struct ck_pool_options *options)
{
    struct ck_ca found = {.file = options->ca_file, .path = options->ca_path};
    const char *key = or_else(options->key_file, options->cert_file);
    enum ck_status status;

    if (found.file == NULL && found.path == NULL)
        ck_ca_find(&found);
    status = copy(&config->ca_file, found.file);
    if (status == CK_OK)
        status = copy(&config->ca_path, found.path);
    if (status == CK_OK)
        status = copy(&config->cert_file, options->cert_file);
    if (status == CK_OK && options->cert_file != NULL)
        status = copy(&config->key_file, key);
    /* Never NULL: OpenSSL would ask for it on the terminal. */
    if (status == CK_OK && options->cert_file != NULL)
        status =
            copy(&config->key_password, or_else(options->key_password, ""));
    return status;
}

enum ck_status
ck_config_init(struct ck_config *config, const struct ck_pool_options *options,
               struct ck_error *error)
{
    const struct ck_pool_options defaults = {.max_redirects =
                                                 DEFAULT_MAX_REDIRECTS};
    enum ck_status status;

    memset(config, 0, sizeof *config);
    if (options == NULL)
        options = &defaults;
    config->max_idle =
        options->max_idle > 0 ? options->max_idle : DEFAULT_MAX_IDLE;
    config->max_connections = options->max_connections > 0
                                  ? options->max_connections
                                  : DEFAULT_MAX_CONNECTIONS;
    config->max_redirects = options->max_redirects;
    config->http1_only = options->http1_only;
    status = copy_proxies(config, options);
    if (status == CK_OK)
        status = copy_files(config, options);
    if (status == CK_OK)
        status = ck_tls_pool_new(&config->tls, NULL);
    if (status != CK_OK) {
        ck_config_free(config);
        return ck_fail(error, status, "no room for the client's options");
    }
    return CK_OK;
}

/* Written over before it goes. The compiler may not leave that out: what it
 * writes to is volatile. */
static void
forget(char *secret)
{
    volatile char *at = secret;

    while (at != NULL && *at != '\0')
        *at++ = '\0';
    ck_free(secret);
}

void
ck_config_free(struct ck_config *config)
{
    ck_tls_pool_destroy(config->tls);
    ck_free(config->ca_file);
    ck_free(config->ca_path);
    ck_free(config->cert_file);
    ck_free(config->key_file);
    forget(config->key_password);
    forget(config->http_proxy);
    forget(config->https_proxy);
    ck_free(config->no_proxy);
    memset(config, 0, sizeof *config);
}
