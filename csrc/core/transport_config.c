/* transport_config.c: what a pool was told, by its options and by the
 * environment. Everything is copied once, when the pool is made, as httpx
 * does it: later changes of the environment do not reach running threads. */
#include "alloc.h"
#include "transport_impl.h"

#include <stdlib.h>
#include <string.h>

enum { DEFAULT_MAX_IDLE = 20, DEFAULT_MAX_REDIRECTS = 20 };

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

static const char *
filled(const char *text)
{
    return text != NULL && *text != '\0' ? text : NULL;
}

static enum ck_status
copy_all(struct ck_config *config, const struct ck_pool_options *options)
{
    const char *all = or_else(either("all_proxy", "ALL_PROXY"), "");
    const char *http = or_else(http_proxy(), all);
    const char *https = or_else(either("https_proxy", "HTTPS_PROXY"), all);
    const char *except = or_else(either("no_proxy", "NO_PROXY"), "");
    const char *file = options->ca_file;
    const char *path = options->ca_path;
    enum ck_status status;

    if (options->proxy != NULL) {
        http = https = options->proxy;
        except = "";
    }
    if (file == NULL && path == NULL) {
        file = filled(getenv("SSL_CERT_FILE"));
        path = filled(getenv("SSL_CERT_DIR"));
    }
    status = copy(&config->http_proxy, http);
    if (status == CK_OK)
        status = copy(&config->https_proxy, https);
    if (status == CK_OK)
        status = copy(&config->no_proxy, except);
    if (status == CK_OK)
        status = copy(&config->ca_file, file);
    if (status == CK_OK)
        status = copy(&config->ca_path, path);
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
    config->max_redirects = options->max_redirects;
    status = copy_all(config, options);
    if (status != CK_OK) {
        ck_config_free(config);
        return ck_fail(error, status, "no room for the client's options");
    }
    return CK_OK;
}

void
ck_config_free(struct ck_config *config)
{
    ck_free(config->ca_file);
    ck_free(config->ca_path);
    ck_free(config->http_proxy);
    ck_free(config->https_proxy);
    ck_free(config->no_proxy);
    memset(config, 0, sizeof *config);
}
