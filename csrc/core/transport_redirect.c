/* transport_redirect.c: follows redirects the way httpx does, so that what
 * is sent again, and to whom, never depends on libcurl's version. Owns
 * nothing beyond a call. */
#include "transport_impl.h"

#include <curl/curl.h>
#include <string.h>
#include <strings.h>

int
ck_redirect_is_due(const struct ck_response *response)
{
    switch (response->status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308: return ck_response_header(response, "location") != NULL;
    default: return 0;
    }
}

/* 303 and, as browsers have it, 302 ask for the other page; 301 does so for
 * a POST only. 307 and 308 repeat the request as it was. */
static int
becomes_get(int status, const char *method)
{
    if (strcmp(method, "GET") == 0)
        return 0;
    if (status == 302 || status == 303)
        return strcmp(method, "HEAD") != 0;
    return status == 301 && strcmp(method, "POST") == 0;
}

static int
same_part(CURLU *one, CURLU *other, CURLUPart part)
{
    char *a = NULL;
    char *b = NULL;
    int same = 0;

    if (curl_url_get(one, part, &a, CURLU_DEFAULT_PORT) == CURLUE_OK &&
        curl_url_get(other, part, &b, CURLU_DEFAULT_PORT) == CURLUE_OK)
        same = strcasecmp(a, b) == 0;
    curl_free(a);
    curl_free(b);
    return same;
}

static int
part_is(CURLU *url, CURLUPart part, const char *text)
{
    char *value = NULL;
    int same = 0;

    if (curl_url_get(url, part, &value, CURLU_DEFAULT_PORT) == CURLUE_OK)
        same = strcasecmp(value, text) == 0;
    curl_free(value);
    return same;
}

static int
same_origin(CURLU *from, CURLU *to)
{
    return same_part(from, to, CURLUPART_SCHEME) &&
           same_part(from, to, CURLUPART_HOST) &&
           same_part(from, to, CURLUPART_PORT);
}

/* The same host moving from http to https, both on their usual ports. */
static int
is_upgrade(CURLU *from, CURLU *to)
{
    return same_part(from, to, CURLUPART_HOST) &&
           part_is(from, CURLUPART_SCHEME, "http") &&
           part_is(from, CURLUPART_PORT, "80") &&
           part_is(to, CURLUPART_SCHEME, "https") &&
           part_is(to, CURLUPART_PORT, "443");
}

/* Credentials written into the first URL are sent as authorization, so they
 * go where authorization goes; those in a Location go nowhere. */
static CURLUcode
set_credentials(CURLU *from, CURLU *to, int keep)
{
    static const CURLUPart parts[] = {CURLUPART_USER, CURLUPART_PASSWORD};
    CURLUcode code = CURLUE_OK;
    size_t i;

    for (i = 0; i < 2 && code == CURLUE_OK; i++) {
        char *text = NULL;
        if (keep)
            (void)curl_url_get(from, parts[i], &text, 0);
        code = curl_url_set(to, parts[i], text, 0);
        curl_free(text);
    }
    return code;
}

static enum ck_status
resolve(CURLU *to, const char *location, struct ck_error *error)
{
    CURLUcode code = CURLUE_OK;

    if (*location != '\0') /* libcurl takes no empty reference */
        code = curl_url_set(to, CURLUPART_URL, location, CURLU_URLENCODE);
    if (code == CURLUE_OUT_OF_MEMORY)
        return ck_fail(error, CK_NOMEM, "no room for a redirect");
    if (code == CURLUE_UNSUPPORTED_SCHEME ||
        (code == CURLUE_OK && !part_is(to, CURLUPART_SCHEME, "http") &&
         !part_is(to, CURLUPART_SCHEME, "https")))
        return ck_fail(error, CK_BAD_PROTOCOL,
                       "the server redirects to a URL that is neither http "
                       "nor https");
    if (code != CURLUE_OK)
        return ck_fail(error, CK_REMOTE_PROTOCOL,
                       "the server redirects to a URL that is not valid");
    return CK_OK;
}

static enum ck_status
next_url(CURLU *from, CURLU *to, struct ck_hop *hop, struct ck_buf *url,
         struct ck_error *error)
{
    const int home = same_origin(from, to);
    const int keep = home || is_upgrade(from, to);
    enum ck_status status = CK_NOMEM;
    char *text = NULL;

    if (!keep)
        hop->dropped |= CK_DROP_AUTHORIZATION;
    if (!home)
        hop->dropped |= CK_DROP_HOST;
    if (set_credentials(from, to, keep) == CURLUE_OK &&
        curl_url_get(to, CURLUPART_URL, &text, 0) == CURLUE_OK) {
        ck_buf_clear(url);
        status = ck_buf_append_str(url, text);
    }
    curl_free(text);
    if (status != CK_OK)
        return ck_fail(error, status, "no room for a redirect");
    return CK_OK;
}

enum ck_status
ck_redirect_follow(struct ck_hop *hop, const struct ck_response *response,
                   struct ck_buf *url, struct ck_error *error)
{
    const char *location = ck_response_header(response, "location");
    enum ck_status status = CK_NOMEM;
    CURLU *from = curl_url();
    CURLU *to = NULL;

    if (from == NULL ||
        curl_url_set(from, CURLUPART_URL, hop->url, 0) != CURLUE_OK ||
        (to = curl_url_dup(from)) == NULL) {
        status = ck_fail(error, status, "no room for a redirect");
        goto done;
    }
    status = resolve(to, location, error);
    if (status == CK_OK)
        status = next_url(from, to, hop, url, error);
    if (status != CK_OK)
        goto done;
    hop->url = url->data;
    hop->dropped |= CK_DROP_COOKIE;
    if (becomes_get(response->status, hop->method)) {
        hop->method = "GET";
        hop->dropped |= CK_DROP_BODY;
    }
done:
    curl_url_cleanup(from);
    curl_url_cleanup(to);
    return status;
}
