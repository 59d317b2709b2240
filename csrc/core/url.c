/* url.c: checks a server's URL and percent-encodes what is put behind it.
 * Owns nothing: every function appends to the caller's buffer, and leaves it
 * as it was when it refuses. */
#include "url.h"

#include <string.h>
#include <strings.h>

/* What a byte may be part of without being percent-encoded. */
enum {
    FORM = 1,    /* a name or value of a query */
    SEGMENT = 2, /* one segment of a path */
    PATH = 4     /* the path of a server's URL, escapes and '/' included */
};

static int
is_alphanumeric(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           (c >= 'a' && c <= 'z');
}

static int
may_stay(unsigned char c, int where)
{
    if (is_alphanumeric(c))
        return 1;
    if (c <= ' ' || c >= 0x7F)
        return 0;
    if (where == FORM)
        return strchr("-._~", c) != NULL;
    if (where == SEGMENT)
        return strchr("-._~!$&'()*+,;=:@", c) != NULL;
    return strchr("\"#<>?`{}", c) == NULL;
}

static enum ck_status
put_encoded(struct ck_buf *url, const char *text, size_t len, int where)
{
    static const char digits[] = "0123456789ABCDEF";
    enum ck_status status;
    size_t start = 0;
    size_t i;

    for (i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)text[i];
        const char escape[3] = {'%', digits[c >> 4], digits[c & 15]};

        if (may_stay(c, where))
            continue;
        status = ck_buf_append(url, text + start, i - start);
        if (status != CK_OK)
            return status;
        if (c == ' ' && where == FORM)
            status = ck_buf_append_char(url, '+');
        else
            status = ck_buf_append(url, escape, sizeof escape);
        if (status != CK_OK)
            return status;
        start = i + 1;
    }
    return ck_buf_append(url, text + start, len - start);
}

/* Back to a length that the buffer had before. */
static void
cut(struct ck_buf *buf, size_t len)
{
    buf->len = len;
    if (buf->data != NULL)
        buf->data[len] = '\0';
}

/* Length of the scheme and "://", or 0 for a scheme that is not ours. */
static size_t
scheme_length(const char *server, size_t len)
{
    if (len >= 7 && strncasecmp(server, "http://", 7) == 0)
        return 7;
    if (len >= 8 && strncasecmp(server, "https://", 8) == 0)
        return 8;
    return 0;
}

/* Letters, digits, '-', '.', '_' and anything beyond ASCII, which libcurl
 * turns into punycode; or an address in brackets. */
static int
is_host(const char *host, size_t len)
{
    const char *others = "-._";
    size_t i;

    if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
        others = ":.%";
        host++;
        len -= 2;
    }
    for (i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)host[i];
        if (!is_alphanumeric(c) && c < 0x80 && strchr(others, c) == NULL)
            return 0;
    }
    return len > 0;
}

static int
is_port(const char *port, size_t len)
{
    unsigned long value = 0;
    size_t i;

    for (i = 0; i < len; i++) {
        if (port[i] < '0' || port[i] > '9')
            return 0;
        value = value * 10 + (unsigned long)(port[i] - '0');
        if (value > 65535)
            return 0;
    }
    return 1;
}

/* What stands between "://" and the path: user@host:port. */
static enum ck_status
check_authority(const char *text, size_t len, struct ck_error *error)
{
    size_t host = len;
    size_t end = len;

    while (host > 0 && text[host - 1] != '@')
        host--;
    while (end > host && text[end - 1] != ':' && text[end - 1] != ']')
        end--;
    if (end == host || text[end - 1] == ']')
        end = len; /* no port */
    else
        end--;
    if (end == host)
        return ck_fail(error, CK_BAD_URL, "the server URL names no host");
    if (!is_host(text + host, end - host))
        return ck_fail(error, CK_BAD_URL,
                       "the host in the server URL is not valid");
    if (end < len && !is_port(text + end + 1, len - end - 1))
        return ck_fail(error, CK_BAD_URL,
                       "the port in the server URL is not valid");
    return CK_OK;
}

static enum ck_status
check_characters(const char *server, size_t len, struct ck_error *error)
{
    size_t i;

    for (i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)server[i];
        if (c <= ' ' || c == 0x7F)
            return ck_fail(error, CK_BAD_URL,
                           "the server URL holds a space or a control "
                           "character at offset %zu",
                           i);
        if (c == '?' || c == '#')
            return ck_fail(error, CK_BAD_URL,
                           "the server URL must not have a %s",
                           c == '?' ? "query" : "fragment");
    }
    return CK_OK;
}

enum ck_status
ck_url_put_server(struct ck_buf *url, const char *server, size_t len,
                  struct ck_error *error)
{
    const size_t before = url->len;
    const size_t scheme = scheme_length(server, len);
    enum ck_status status;
    const char *slash;
    size_t path;

    if (scheme == 0)
        return ck_fail(error, CK_BAD_URL,
                       "the server URL must begin with http:// or https://");
    status = check_characters(server, len, error);
    if (status != CK_OK)
        return status;
    slash = memchr(server + scheme, '/', len - scheme);
    path = slash == NULL ? len : (size_t)(slash - server);
    status = check_authority(server + scheme, path - scheme, error);
    if (status != CK_OK)
        return status;
    if (len > path && server[len - 1] == '/')
        len--;
    status = ck_buf_append_str(url, scheme == 7 ? "http://" : "https://");
    if (status == CK_OK)
        status = ck_buf_append(url, server + scheme, path - scheme);
    if (status == CK_OK)
        status = put_encoded(url, server + path, len - path, PATH);
    if (status != CK_OK) {
        cut(url, before);
        return ck_fail(error, status, "no room for the server URL");
    }
    return CK_OK;
}

enum ck_status
ck_url_put_segment(struct ck_buf *url, const char *name, const char *value,
                   size_t len, struct ck_error *error)
{
    const size_t before = url->len;
    enum ck_status status;

    if (len == 0)
        return ck_fail(error, CK_BAD_ARGUMENT, "%s must not be empty", name);
    if (value[0] == '.' && (len == 1 || (len == 2 && value[1] == '.')))
        return ck_fail(error, CK_BAD_ARGUMENT, "%s must not be \"%.*s\"", name,
                       (int)len, value);
    status = put_encoded(url, value, len, SEGMENT);
    if (status != CK_OK) {
        cut(url, before);
        return ck_fail(error, status, "no room for %s", name);
    }
    return CK_OK;
}

enum ck_status
ck_url_put_query(struct ck_buf *url, int first, const char *name,
                 const char *value, size_t len)
{
    const size_t before = url->len;
    enum ck_status status;

    status = ck_buf_append_char(url, first ? '?' : '&');
    if (status == CK_OK)
        status = put_encoded(url, name, strlen(name), FORM);
    if (status == CK_OK)
        status = ck_buf_append_char(url, '=');
    if (status == CK_OK)
        status = put_encoded(url, value, len, FORM);
    if (status != CK_OK)
        cut(url, before);
    return status;
}
