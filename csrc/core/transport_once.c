/* transport_once.c: requests that must not be sent twice. libcurl repeats by
 * itself what broke on a kept connection; here that is refused, unless
 * HTTP/2 says that nobody has looked at it. Owns nothing. */
#include "transport_impl.h"

#include <curl/curl.h>
#include <string.h>

#if LIBCURL_VERSION_NUM >= 0x075000
enum { CAN_REFUSE = 1 };

/* libcurl's own words are the only sign of it. */
static int
on_words(CURL *curl, curl_infotype type, char *words, size_t len, void *arg)
{
    static const char refused[] = "REFUSED_STREAM, retrying";
    struct ck_easy *easy = arg;

    (void)curl;
    if (type == CURLINFO_TEXT && len >= sizeof refused - 1 &&
        memcmp(words, refused, sizeof refused - 1) == 0)
        easy->begun = 0;
    return 0;
}

/* Asked each time before a request goes out. */
static int
on_begin(void *arg, char *remote, char *local, int remote_port, int local_port)
{
    struct ck_easy *easy = arg;

    (void)remote;
    (void)local;
    (void)remote_port;
    (void)local_port;
    if (!easy->once || easy->begun++ == 0)
        return CURL_PREREQFUNC_OK;
    (void)ck_fail(&easy->failure, CK_REMOTE_PROTOCOL,
                  "the server closed a kept connection without an answer");
    return CURL_PREREQFUNC_ABORT;
}

int
ck_once_set_up(struct ck_easy *easy)
{
    CURL *curl = easy->curl;

    return curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, on_begin) ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PREREQDATA, easy) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, on_words) ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_DEBUGDATA, easy) == CURLE_OK;
}
#else
enum { CAN_REFUSE = 0 };

int
ck_once_set_up(struct ck_easy *easy)
{
    (void)easy;
    return 1;
}
#endif

int
ck_once_begin(struct ck_easy *easy, const struct ck_request *request,
              int fresh)
{
    if (CAN_REFUSE && easy->once != request->once)
        (void)curl_easy_setopt(easy->curl, CURLOPT_VERBOSE,
                               (long)(request->once != 0));
    easy->once = request->once;
    easy->begun = 0;
    return fresh || (request->once && !CAN_REFUSE);
}
