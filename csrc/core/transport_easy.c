/* transport_easy.c: one easy handle of libcurl: how a request is laid out on
 * it, and how its answer comes back. The handle borrows the request's texts
 * and bytes for the length of a transfer instead of copying them. */
#include "alloc.h"
#include "transport_impl.h"

#include <curl/curl.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#ifndef SOCK_CLOEXEC
#define SOCK_CLOEXEC 0
#endif

/* What the easy handle is set up to send. */
enum { SHAPE_GET, SHAPE_POST, SHAPE_HEAD };

enum { RESERVE_MAX = 8 * 1024 * 1024, RECEIVE_BUFFER = 64 * 1024 };

_Static_assert(sizeof((struct ck_easy *)0)->words >= CURL_ERROR_SIZE,
               "libcurl writes this many bytes");

/* --- called by libcurl ------------------------------------------------- */

static size_t
on_header(char *line, size_t size, size_t count, void *arg)
{
    struct ck_easy *easy = arg;

    (void)size; /* always 1 */
    easy->moved_at = *easy->clock;
    if (ck_head_take(&easy->head, line, count, &easy->failure) != CK_OK)
        return 0;
    return count;
}

/* Room for the whole body at once, when its length is known. */
static enum ck_status
reserve_body(struct ck_easy *easy, struct ck_buf *body)
{
    curl_off_t length = -1;

    if (curl_easy_getinfo(easy->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T,
                          &length) != CURLE_OK ||
        length <= 0)
        return CK_OK;
    /* The bound is on what an encoded body unpacks to. */
    if ((unsigned long long)length > body->max)
        return ck_response_header(easy->head.response, "content-encoding") ==
                       NULL
                   ? CK_TOO_LARGE
                   : CK_OK;
    if (length > RESERVE_MAX)
        length = RESERVE_MAX;
    return ck_buf_reserve(body, (size_t)length);
}

static size_t
on_body(char *data, size_t size, size_t count, void *arg)
{
    struct ck_easy *easy = arg;
    struct ck_buf *body = &easy->head.response->body;
    enum ck_status status = CK_OK;

    (void)size; /* always 1 */
    easy->moved_at = *easy->clock;
    if (body->len == 0)
        status = reserve_body(easy, body);
    if (status == CK_OK)
        status = ck_buf_append(body, data, count);
    if (status == CK_OK)
        return count;
    if (status == CK_TOO_LARGE)
        (void)ck_fail(&easy->failure, status,
                      "the answer's body is larger than %zu bytes", body->max);
    else
        (void)ck_fail(&easy->failure, status, "no room for the answer");
    return 0; /* ends the transfer */
}

/* Programs that the process starts must not inherit connections. */
static curl_socket_t
on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)arg;
    (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC,
                  address->protocol);
}

/* --- once per handle --------------------------------------------------- */

struct setting {
    CURLoption option;
    long value;
};

static const struct setting required[] = {
    {CURLOPT_NOSIGNAL, 1},
    {CURLOPT_TCP_NODELAY, 1},
    {CURLOPT_FOLLOWLOCATION, 0},
    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2}, /* or newer */
    {CURLOPT_SSL_VERIFYPEER, 1},
    {CURLOPT_SSL_VERIFYHOST, 2},
    {CURLOPT_NETRC, CURL_NETRC_IGNORED},
    {CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
    {CURLOPT_BUFFERSIZE, RECEIVE_BUFFER},
#if LIBCURL_VERSION_NUM < 0x075500
    {CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS},
#endif
};

/* An older libcurl, or one built without it, may not know these. */
static const struct setting wanted[] = {
#if LIBCURL_VERSION_NUM >= 0x075700
    /* A name look-up that hangs must not hold up the end of a transfer. */
    {CURLOPT_QUICK_EXIT, 1},
#endif
    {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS},
};

struct text_setting {
    CURLoption option;
    const char *value; /* NULL: left as it is */
};

static CURLcode
set_texts(CURL *curl, const struct ck_config *config)
{
    const struct text_setting texts[] = {
        {CURLOPT_ACCEPT_ENCODING, ""}, /* all that libcurl can undo */
#if LIBCURL_VERSION_NUM >= 0x075500
        {CURLOPT_PROTOCOLS_STR, "http,https"},
#endif
        {CURLOPT_NOPROXY, config->no_proxy},
        {CURLOPT_SSLCERT, config->cert_file},
        {CURLOPT_SSLKEY, config->key_file},
        {CURLOPT_KEYPASSWD, config->key_password},
    };
    CURLcode code = CURLE_OK;
    size_t i;

    for (i = 0; i < sizeof texts / sizeof *texts && code == CURLE_OK; i++)
        if (texts[i].value != NULL)
            code = curl_easy_setopt(curl, texts[i].option, texts[i].value);
    if (config->ca_file == NULL && config->ca_path == NULL)
        return code;
    /* Both, since one that is not set would stay what libcurl was built
     * with. */
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_CAINFO, config->ca_file);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_CAPATH, config->ca_path);
    return code;
}

static int
set_once(struct ck_easy *easy)
{
    CURL *curl = easy->curl;
    CURLcode code = CURLE_OK;
    size_t i;

    for (i = 0; i < sizeof required / sizeof *required; i++)
        if (code == CURLE_OK)
            code =
                curl_easy_setopt(curl, required[i].option, required[i].value);
    for (i = 0; i < sizeof wanted / sizeof *wanted; i++)
        (void)curl_easy_setopt(curl, wanted[i].option, wanted[i].value);
    if (easy->config->http1_only)
        (void)curl_easy_setopt(curl, CURLOPT_HTTP_VERSION,
                               CURL_HTTP_VERSION_1_1);
    if (code == CURLE_OK)
        code = set_texts(curl, easy->config);
    return code == CURLE_OK;
}

static int
set_callbacks(struct ck_easy *easy)
{
    CURL *curl = easy->curl;

    return curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, easy->words) ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PRIVATE, easy) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header) ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HEADERDATA, easy) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body) ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, easy) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_open) ==
               CURLE_OK;
}

enum ck_status
ck_easy_init(struct ck_easy *easy, const struct ck_config *config,
             const int64_t *clock, struct ck_error *error)
{
    enum ck_status status;

    memset(easy, 0, sizeof *easy);
    easy->clock = clock;
    ck_buf_init(&easy->scratch, CK_BUF_NO_MAX);
    easy->config = config;
    easy->connect_ms = -1;
    easy->shape = SHAPE_GET;
    easy->curl = curl_easy_init();
    if (easy->curl == NULL)
        return ck_fail(error, CK_NOMEM, "libcurl gave no handle");
    if (!set_once(easy) || !set_callbacks(easy) || !ck_upload_set_up(easy) ||
        !ck_once_set_up(easy)) {
        ck_easy_free(easy);
        return ck_fail(error, CK_INTERNAL,
                       "this libcurl lacks an option that is needed");
    }
    status = ck_tls_attach(easy, error);
    if (status != CK_OK)
        ck_easy_free(easy);
    return status;
}

void
ck_easy_free(struct ck_easy *easy)
{
    curl_easy_cleanup(easy->curl);
    easy->curl = NULL;
    ck_free(easy->nodes);
    easy->nodes = NULL;
    ck_buf_free(&easy->scratch);
}

/* --- before a transfer ------------------------------------------------- */

static int
is_named(const char *line, size_t name_len, const char *name)
{
    return strlen(name) == name_len && strncasecmp(line, name, name_len) == 0;
}

/* Framing is libcurl's business, whatever the caller's headers say. */
static int
is_dropped(const char *line, size_t len, unsigned dropped)
{
    if (is_named(line, len, "content-length") ||
        is_named(line, len, "transfer-encoding") ||
        is_named(line, len, "expect"))
        return 1;
    if ((dropped & CK_DROP_AUTHORIZATION) != 0 &&
        is_named(line, len, "authorization"))
        return 1;
    if ((dropped & CK_DROP_COOKIE) != 0 && is_named(line, len, "cookie"))
        return 1;
    if ((dropped & CK_DROP_HOST) != 0 && is_named(line, len, "host"))
        return 1;
    return (dropped & CK_DROP_BODY) != 0 && len > 8 &&
           strncasecmp(line, "content-", 8) == 0;
}

static enum ck_status
add_node(struct ck_easy *easy, const char *line)
{
    if (easy->node_count == easy->node_cap) {
        const size_t cap = easy->node_cap == 0 ? 16 : easy->node_cap * 2;
        struct curl_slist *nodes =
            ck_realloc(easy->nodes, cap * sizeof *nodes);
        if (nodes == NULL)
            return CK_NOMEM;
        easy->nodes = nodes;
        easy->node_cap = cap;
    }
    /* libcurl reads the texts only; its list is older than const. */
    easy->nodes[easy->node_count++].data = (char *)(uintptr_t)line;
    return CK_OK;
}

/* libcurl takes "Name:" for the wish not to send that header; "Name;" is
 * its way to write an empty one. */
static enum ck_status
add_empty(struct ck_easy *easy, const struct ck_request *request,
          const char *line, size_t name_len)
{
    struct ck_buf *scratch = &easy->scratch;
    /* Reserved in full at once, so that no earlier line moves. */
    enum ck_status status = CK_OK;
    size_t start = scratch->len;

    if (start == 0)
        status = ck_buf_reserve(scratch, request->headers.len);
    if (status == CK_OK)
        status = ck_buf_append(scratch, line, name_len);
    if (status == CK_OK)
        status = ck_buf_append(scratch, ";", 2); /* with its 0 byte */
    if (status == CK_OK)
        status = add_node(easy, scratch->data + start);
    return status;
}

/* The nodes are an array of our own: no list is built from copies. */
static enum ck_status
set_headers(struct ck_easy *easy, const struct ck_hop *hop, int has_body)
{
    const struct ck_request *request = hop->request;
    const char *line = NULL;
    enum ck_status status = CK_OK;
    int has_type = 0;
    size_t i;

    easy->node_count = 0;
    ck_buf_clear(&easy->scratch);
    while (status == CK_OK &&
           (line = ck_request_next_header(request, line)) != NULL) {
        const size_t name_len = strcspn(line, ":");
        if (is_dropped(line, name_len, hop->dropped))
            continue;
        if (is_named(line, name_len, "content-type"))
            has_type = 1;
        if (line[name_len + 1 + strspn(line + name_len + 1, " \t")] == '\0')
            status = add_empty(easy, request, line, name_len);
        else
            status = add_node(easy, line);
    }
    if (status == CK_OK && has_body)
        status = add_node(easy, "Expect:");
    if (status == CK_OK && has_body && !has_type)
        status = add_node(easy, "Content-Type:");
    if (status != CK_OK)
        return status;
    for (i = 0; i < easy->node_count; i++)
        easy->nodes[i].next =
            i + 1 < easy->node_count ? easy->nodes + i + 1 : NULL;
    if (curl_easy_setopt(easy->curl, CURLOPT_HTTPHEADER,
                         easy->node_count == 0 ? NULL : easy->nodes) !=
        CURLE_OK)
        return CK_INTERNAL;
    return CK_OK;
}

/* These methods announce an empty body when they have none. */
static int
expects_body(const char *method)
{
    return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
           strcmp(method, "PATCH") == 0;
}

static CURLcode
set_shape(struct ck_easy *easy, const char *method, const char *body,
          size_t size, int shape)
{
    static const char *const natural[] = {"GET", "POST", "HEAD"};
    CURL *curl = easy->curl;
    CURLcode code = CURLE_OK;

    if (easy->shape == SHAPE_HEAD && shape != SHAPE_HEAD)
        code = curl_easy_setopt(curl, CURLOPT_NOBODY, 0L);
    if (code == CURLE_OK && shape == SHAPE_POST)
        code = curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    if (code == CURLE_OK && shape == SHAPE_POST)
        code = curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                                (curl_off_t)size);
    if (code == CURLE_OK && shape == SHAPE_GET && easy->shape != SHAPE_GET)
        code = curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    if (code == CURLE_OK && shape == SHAPE_HEAD)
        code = curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    easy->shape = shape;
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST,
                                strcmp(method, natural[shape]) == 0 ? NULL
                                                                    : method);
    return code;
}

static CURLcode
set_route(struct ck_easy *easy, const struct ck_hop *hop)
{
    const struct ck_config *config = easy->config;
    const char *proxy =
        easy->secure ? config->https_proxy : config->http_proxy;
    /* libcurl takes 0 for its default of five minutes. */
    const long limit = hop->request->timeout_ms;
    const long connect_ms = limit > 0 && limit < INT32_MAX ? limit : INT32_MAX;
    CURLcode code = curl_easy_setopt(easy->curl, CURLOPT_URL, hop->url);

    if (code == CURLE_OK && easy->proxy != proxy)
        code = curl_easy_setopt(easy->curl, CURLOPT_PROXY, proxy);
    if (code == CURLE_OK && easy->connect_ms != connect_ms)
        code = curl_easy_setopt(easy->curl, CURLOPT_CONNECTTIMEOUT_MS,
                                connect_ms);
    if (code == CURLE_OK) {
        easy->proxy = proxy;
        easy->connect_ms = connect_ms;
    }
    return code;
}

enum ck_status
ck_easy_prepare(struct ck_easy *easy, const struct ck_hop *hop,
                struct ck_response *response, int fresh,
                struct ck_error *error)
{
    const struct ck_request *request = hop->request;
    const int has_body =
        request->has_body && (hop->dropped & CK_DROP_BODY) == 0;
    const size_t size = has_body ? (size_t)ck_request_size(request) : 0;
    const int posts = has_body || expects_body(hop->method);
    const int shape = posts                              ? SHAPE_POST
                      : strcmp(hop->method, "HEAD") == 0 ? SHAPE_HEAD
                                                         : SHAPE_GET;
    enum ck_status status;
    CURLcode code;

    ck_response_clear(response);
    ck_head_begin(&easy->head, response);
    easy->failure.status = CK_OK;
    easy->upload_size = size;
    easy->connected = 0;
    easy->stale = 0;
    fresh = ck_once_begin(easy, request, fresh);
    easy->came_at = 0;
    easy->moved_at = 0;
    easy->words[0] = '\0';
    easy->secure = strncasecmp(hop->url, "https:", 6) == 0;
    if (easy->secure) {
        status = ck_tls_load(easy->tls, error);
        if (status != CK_OK)
            return status;
    }
    status = set_headers(easy, hop, posts);
    if (status != CK_OK)
        return ck_fail(error, status, "no room for the request's headers");
    code =
        set_shape(easy, hop->method,
                  has_body ? ck_upload_begin(easy, request) : "", size, shape);
    if (code == CURLE_OK)
        code = set_route(easy, hop);
    if (code == CURLE_OK && easy->fresh != fresh)
        code =
            curl_easy_setopt(easy->curl, CURLOPT_FRESH_CONNECT, (long)fresh);
    easy->fresh = fresh;
    if (code == CURLE_OUT_OF_MEMORY)
        return ck_fail(error, CK_NOMEM, "libcurl ran out of memory");
    if (code != CURLE_OK)
        return ck_fail(error, CK_INTERNAL, "libcurl refused the request");
    return CK_OK;
}

/* --- during and after -------------------------------------------------- */

int64_t
ck_easy_connected_us(const struct ck_easy *easy)
{
    curl_off_t at = 0;

    if (curl_easy_getinfo(easy->curl, CURLINFO_PRETRANSFER_TIME_T, &at) !=
        CURLE_OK)
        return 0;
    return (int64_t)at;
}

int
ck_easy_is_connected(struct ck_easy *easy)
{
    if (!easy->connected && ck_easy_connected_us(easy) > 0)
        easy->connected = 1;
    return easy->connected;
}

int64_t
ck_easy_moved_at(const struct ck_easy *easy)
{
    const int version = easy->head.response->http_version;
    const int is_own = version == 10 || version == 11 || !easy->secure;

    return is_own && easy->came_at > easy->moved_at ? easy->came_at
                                                    : easy->moved_at;
}

size_t
ck_easy_sent(const struct ck_easy *easy)
{
    curl_off_t sent = 0;

    if (easy->upload_size == 0 ||
        curl_easy_getinfo(easy->curl, CURLINFO_SIZE_UPLOAD_T, &sent) !=
            CURLE_OK ||
        sent < 0)
        return 0;
    return (size_t)sent;
}

/* A server may close a kept connection just as the request is on its way, or
 * give it up with GOAWAY. libcurl sends the request again when nothing has
 * come back, or when HTTP/2 says that nobody has looked at it, but counts its
 * tries over the whole life of a handle and gives up at the sixth: this tells
 * the case, by libcurl's own rule, so that the pool can go on from there. */
static int
is_stale(const struct ck_easy *easy, int code)
{
    long connects = 1;

    if (code != CURLE_SEND_ERROR && code != CURLE_RECV_ERROR &&
        code != CURLE_GOT_NOTHING && code != CURLE_HTTP2)
        return 0;
    if (easy->head.total != 0 || ck_failure_is_large_head(easy->words))
        return 0;
    if (strstr(easy->words, "times before giving up") != NULL)
        return 1;
    return curl_easy_getinfo(easy->curl, CURLINFO_NUM_CONNECTS, &connects) ==
               CURLE_OK &&
           connects == 0;
}

static long
get_time(const struct ck_easy *easy, CURLINFO info)
{
    curl_off_t at = 0;

    if (curl_easy_getinfo(easy->curl, info, &at) != CURLE_OK || at < 0)
        return 0;
    return (long)at;
}

/* A kept connection has no more than the two last phases. */
static void
note_timing(const struct ck_easy *easy, struct ck_timing *timing)
{
    long connects = 0;

    (void)curl_easy_getinfo(easy->curl, CURLINFO_NUM_CONNECTS, &connects);
    if (connects > 0) {
        timing->name_us = get_time(easy, CURLINFO_NAMELOOKUP_TIME_T);
        timing->connect_us = get_time(easy, CURLINFO_CONNECT_TIME_T);
        timing->tls_us = get_time(easy, CURLINFO_APPCONNECT_TIME_T);
    }
    timing->first_byte_us = get_time(easy, CURLINFO_STARTTRANSFER_TIME_T);
    timing->total_us = get_time(easy, CURLINFO_TOTAL_TIME_T);
}

enum ck_status
ck_easy_finish(struct ck_easy *easy, int code, const char *url,
               struct ck_error *error)
{
    struct ck_failure failure;
    long os_error = 0;
    long tunnel = 0;

    note_timing(easy, &easy->head.response->timing);
    if (easy->failure.status != CK_OK) {
        if (error != NULL)
            *error = easy->failure;
        return easy->failure.status;
    }
    if (code == CURLE_OK && easy->head.at == CK_HEAD_DONE)
        return CK_OK;
    if (code == CURLE_OK)
        code = CURLE_WEIRD_SERVER_REPLY;
    (void)curl_easy_getinfo(easy->curl, CURLINFO_OS_ERRNO, &os_error);
    (void)curl_easy_getinfo(easy->curl, CURLINFO_HTTP_CONNECTCODE, &tunnel);
    easy->stale = is_stale(easy, code);
    failure.code = code;
    failure.os_error = (int)os_error;
    failure.tunnel_status = (int)tunnel;
    failure.connected = ck_easy_is_connected(easy);
    failure.head_done = easy->head.at == CK_HEAD_DONE;
    failure.words = easy->words;
    failure.url = url;
    return ck_failure_explain(&failure, error);
}
