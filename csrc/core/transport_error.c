/* transport_error.c: says in our own words why a transfer failed. A message
 * names host and port, never a path, credentials or a header. Owns nothing. */
#include "transport_impl.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

enum { PLACE_MAX = 100, WORDS_MAX = 120 };

/* "host:port" of a URL, shortened when it is long. */
static void
put_place(char *out, const char *url)
{
    const int secure = strncasecmp(url, "https:", 6) == 0;
    const char *text = strstr(url, "://");
    const char *host;
    const char *end;
    size_t len;

    text = text == NULL ? url : text + 3;
    end = text + strcspn(text, "/?#");
    for (host = end; host > text && host[-1] != '@'; host--)
        continue; /* to behind the credentials, if there are any */
    len = (size_t)(end - host);
    if (len > PLACE_MAX - 8)
        len = PLACE_MAX - 8;
    memcpy(out, host, len);
    out[len] = '\0';
    /* The colons of an IPv6 address stand before the bracket. */
    text = strchr(out, ']');
    if (strchr(text == NULL ? out : text, ':') == NULL)
        memcpy(out + len, secure ? ":443" : ":80", secure ? 5 : 4);
}

/* libcurl's words, cut, and without bytes that a server may have put in. */
static void
put_words(char *out, const char *words)
{
    size_t i;

    for (i = 0; words[i] != '\0' && i < WORDS_MAX - 1; i++)
        out[i] = words[i] >= ' ' && words[i] < 0x7F ? words[i] : '?';
    out[i] = '\0';
}

/* Why a connection could not be made, without libcurl's words: for a bad
 * proxy they hold the proxy's URL, credentials included. */
static const char *
connect_reason(int os_error)
{
    switch (os_error) {
    case ECONNREFUSED: return "connection refused";
    case ENETUNREACH: return "network unreachable";
    case EHOSTUNREACH: return "host unreachable";
    case ECONNRESET: return "connection reset";
    case ETIMEDOUT: return "no answer";
    case EACCES:
    case EPERM: return "not permitted";
    case EADDRNOTAVAIL: return "no local address available";
    case EMFILE:
    case ENFILE: return "too many open files";
    default: return "connection failed";
    }
}

static int
is_tls(int code)
{
    switch (code) {
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS: return 1;
    /* What libcurl 8 says of a private key that it cannot read. */
    case CURLE_BAD_FUNCTION_ARGUMENT: return 1;
    default: return 0;
    }
}

/* Failures before the request was sent. CK_OK: none of these. */
static enum ck_status
explain_connect(const struct ck_failure *failure, const char *place,
                const char *words, struct ck_error *error)
{
    if (is_tls(failure->code))
        return ck_fail(error, CK_CONNECT, "TLS with %s failed: %s", place,
                       words);
    if (failure->tunnel_status >= 300)
        return ck_fail(error, CK_PROXY,
                       "the proxy answered %d when asked for %s",
                       failure->tunnel_status, place);
    switch (failure->code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return ck_fail(error, CK_CONNECT, "the name in %s cannot be resolved",
                       place);
    case CURLE_COULDNT_RESOLVE_PROXY:
#if LIBCURL_VERSION_NUM >= 0x074900
    case CURLE_PROXY:
#endif
        return ck_fail(error, CK_PROXY,
                       "the proxy for %s cannot be found or used", place);
    case CURLE_COULDNT_CONNECT:
        if (strncmp(failure->words, "Unsupported proxy", 17) == 0)
            return ck_fail(error, CK_PROXY,
                           "the proxy for %s has a URL that is not supported",
                           place);
        return ck_fail(error, CK_CONNECT, "cannot connect to %s: %s", place,
                       connect_reason(failure->os_error));
    case CURLE_OPERATION_TIMEDOUT:
        return ck_fail(error, CK_CONNECT_TIMEOUT,
                       "connecting to %s took too long", place);
    case CURLE_UNSUPPORTED_PROTOCOL:
        if (failure->connected)
            break; /* of the answer, then: not HTTP, or no known version */
        return ck_fail(error, CK_BAD_PROTOCOL,
                       "libcurl was built without the protocol for %s", place);
    case CURLE_URL_MALFORMAT:
        return ck_fail(error, CK_BAD_URL, "the request's URL is not valid");
    default: break;
    }
    if (failure->connected)
        return CK_OK;
    return ck_fail(error, CK_CONNECT, "cannot connect to %s: %s", place,
                   words);
}

/* libcurl keeps at most 128 KiB of an HTTP/2 answer's headers, and tells only
 * that its callback has failed. */
int
ck_failure_is_large_head(const char *words)
{
    return strstr(words, "nghttp2_session_mem_recv() returned -902") != NULL;
}

/* Bad chunks come under the same code as a broken connection. */
static enum ck_status
explain_receive(const struct ck_failure *failure, const char *place,
                const char *words, struct ck_error *error)
{
    if (strstr(words, "chunk") != NULL)
        return ck_fail(error, CK_REMOTE_PROTOCOL,
                       "%s sent a body that is not valid: %s", place, words);
    if (!failure->head_done && ck_failure_is_large_head(failure->words))
        return ck_fail(error, CK_TOO_LARGE,
                       "the answer has headers that are too long");
    return ck_fail(error, CK_READ, "reading from %s failed: %s", place,
                   failure->os_error == ECONNRESET ? "connection reset"
                                                   : words);
}

/* Failures with the connection made. */
static enum ck_status
explain_exchange(const struct ck_failure *failure, const char *place,
                 const char *words, struct ck_error *error)
{
    switch (failure->code) {
    case CURLE_SEND_ERROR:
        return ck_fail(error, CK_WRITE, "writing to %s failed: %s", place,
                       failure->os_error == EPIPE ||
                               failure->os_error == ECONNRESET
                           ? "connection reset"
                           : words);
    case CURLE_RECV_ERROR:
        return explain_receive(failure, place, words, error);
    case CURLE_GOT_NOTHING:
        return ck_fail(error, CK_REMOTE_PROTOCOL,
                       "Server disconnected without sending a response.");
    case CURLE_PARTIAL_FILE:
        return ck_fail(error, CK_REMOTE_PROTOCOL,
                       "%s closed the connection before the whole body was "
                       "sent",
                       place);
    case CURLE_BAD_CONTENT_ENCODING:
        return ck_fail(error, CK_DECODING,
                       "the content encoding of the answer cannot be undone");
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return ck_fail(error, CK_REMOTE_PROTOCOL, "HTTP/2 with %s failed: %s",
                       place, words);
    case CURLE_OUT_OF_MEMORY:
        if (failure->head_done)
            return ck_fail(error, CK_NOMEM, "no room for the answer");
        /* What libcurl 7.88 says of a header line above 100 KiB. */
        return ck_fail(error, CK_TOO_LARGE,
                       "the answer has a header line that is too long");
#if LIBCURL_VERSION_NUM >= 0x080600
    case CURLE_TOO_LARGE:
        return ck_fail(error, CK_TOO_LARGE,
                       "the answer has a header line that is too long");
#endif
    default:
        return ck_fail(error, CK_REMOTE_PROTOCOL,
                       "%s sent an answer that is not valid HTTP: %s", place,
                       words);
    }
}

enum ck_status
ck_failure_explain(const struct ck_failure *failure, struct ck_error *error)
{
    char place[PLACE_MAX];
    char words[WORDS_MAX];
    enum ck_status status;

    put_place(place, failure->url);
    put_words(words, *failure->words != '\0'
                         ? failure->words
                         : curl_easy_strerror((CURLcode)failure->code));
    if (failure->code == CURLE_OUT_OF_MEMORY && !failure->connected)
        status = ck_fail(error, CK_NOMEM, "libcurl ran out of memory");
    else
        status = explain_connect(failure, place, words, error);
    if (status == CK_OK)
        status = explain_exchange(failure, place, words, error);
    if (error != NULL)
        error->detail = failure->code;
    return status;
}
