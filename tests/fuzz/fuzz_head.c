/* fuzz_head.c: header lines of an answer, with their line breaks; then all
 * that is read from them: response rows, the next try's wait, the redirect.
 * What was taken is clean text, and credentials never reach another server. */
#include "response.h"
#include "retry.h"
#include "transport_impl.h"

#include "target.h"

#include <math.h>
#include <strings.h>

/* Hands the input over line by line as libcurl does; 0: it was refused. */
static int
take_lines(struct ck_response *response, const uint8_t *data, size_t size)
{
    struct ck_head_reader head;
    struct ck_error error = {0};

    ck_head_begin(&head, response);
    while (size > 0) {
        const uint8_t *end = memchr(data, '\n', size);
        const size_t len = end == NULL ? size : (size_t)(end - data) + 1;
        char *line = malloc(len); /* its own, so that ASan sees its end */
        enum ck_status status = CK_OK;

        check(line != NULL, "memory");
        memcpy(line, data, len);
        status = ck_head_take(&head, line, len, &error);
        free(line);
        check(status == CK_OK || error.message[0] != '\0', "no words");
        check(status == CK_OK || status == CK_REMOTE_PROTOCOL ||
                  status == CK_TOO_LARGE,
              "status");
        if (status != CK_OK)
            return 0;
        data += len;
        size -= len;
    }
    return head.at != CK_HEAD_STATUS;
}

static void
check_lines(const struct ck_response *response)
{
    const char *line = response->head.data;
    const char *end = line == NULL ? NULL : line + response->head.len;

    check(response->status >= 100 && response->status <= 999, "status");
    check(response->http_version >= 0 && response->http_version <= 99,
          "version");
    check(response->reason.data == NULL ||
              strlen(response->reason.data) == response->reason.len,
          "reason");
    for (; line < end; line += strlen(line) + 1) {
        const char *colon = strstr(line, ": ");
        char name[64];

        check(colon != NULL && colon > line, "a line without name");
        check(strpbrk(line, "\r\n\v\f") == NULL, "a hidden line break");
        check(strcspn(line, " \t\"(),/:;<=>?@[\\]{}") ==
                  (size_t)(colon - line),
              "a name that is no token");
        if ((size_t)(colon - line) < sizeof name) {
            (void)snprintf(name, sizeof name, "%.*s", (int)(colon - line),
                           line);
            check(ck_response_header(response, name) != NULL, "a lost line");
        }
    }
    check(line == end, "a line without end");
}

static void
check_rows(const struct ck_response *response)
{
    const int is_json = ck_response_is_json(response);

    for (int i = 0; i < ck_counts.operations; i++) {
        const struct ck_operation *operation = &ck_operations[i];
        const struct ck_response_row *row =
            ck_response_choose(response, operation);

        check(row == NULL || row->status == response->status ||
                  row->status == response->status / 100,
              "a row of another status");
        check(row == NULL || row->any_content || is_json,
              "a row of another content type");
        check(row == NULL || (row >= ck_responses &&
                              row < ck_responses + ck_counts.responses),
              "no row");
    }
}

static void
check_wait(const struct ck_response *response)
{
    const struct ck_retry retry = {.enabled = 1,
                                   .initial = 500,
                                   .max = 60000,
                                   .exponent = 1.5,
                                   .max_elapsed = 3600000,
                                   .code_count = 1,
                                   .codes = {5}};
    const struct ck_attempt attempt = {.http_status = response->status,
                                       .method = "GET",
                                       .number = 3,
                                       .elapsed = 1000,
                                       .luck = 0.5,
                                       .now = 1800000000};
    const char *text = ck_response_header(response, "retry-after");
    double wait = 0;
    int64_t date = 0;

    if (ck_retry_plan(&retry, &attempt, response, &wait))
        check(response->status / 100 == 5, "a try that is not worth it");
    wait = ck_retry_wait(&retry, 2, response, 0.5, attempt.now);
    check(wait >= 0, "a wait into the past");
    if (text != NULL && ck_retry_date(text, &date))
        check(date > -70000000000 && date < 300000000000, "a date");
}

/* Where the credentials may go on: the same origin. */
static int
is_home(const char *url)
{
    static const char scheme[] = "https://";
    static const char user[] = "user:secret@";
    static const char host[] = "api.clerk.com";

    if (strncmp(url, scheme, strlen(scheme)) != 0)
        return 0;
    url += strlen(scheme);
    if (strncmp(url, user, strlen(user)) == 0)
        url += strlen(user);
    if (strncasecmp(url, host, strlen(host)) != 0)
        return 0;
    url += strlen(host);
    if (strncmp(url, ":443", 4) == 0)
        url += 4;
    return *url == '\0' || strchr("/?#", *url) != NULL;
}

static void
check_redirect(const struct ck_response *response)
{
    struct ck_hop hop = {.method = "POST",
                         .url = "https://user:secret@api.clerk.com/v1/x"};
    struct ck_error error = {0};
    const char *authority = NULL;
    struct ck_buf url;

    if (!ck_redirect_is_due(response))
        return;
    ck_buf_init(&url, CK_BUF_NO_MAX);
    if (ck_redirect_follow(&hop, response, &url, &error) == CK_OK) {
        check(hop.url == url.data, "url");
        check(strncmp(hop.url, "http://", 7) == 0 ||
                  strncmp(hop.url, "https://", 8) == 0,
              "a scheme that is not ours");
        authority = strstr(hop.url, "://") + 3;
        check((hop.dropped & CK_DROP_COOKIE) != 0, "cookies");
        check(strcmp(hop.method, "POST") == 0 ||
                  (hop.dropped & CK_DROP_BODY) != 0,
              "a body that nobody asked for");
        check(is_home(hop.url) ||
                  memchr(authority, '@', strcspn(authority, "/?#")) == NULL,
              "credentials for another server");
        check(is_home(hop.url) || (hop.dropped & CK_DROP_AUTHORIZATION) != 0,
              "authorization for another server");
    } else {
        check(error.status == CK_REMOTE_PROTOCOL ||
                  error.status == CK_BAD_PROTOCOL,
              error.message);
        check(strstr(error.message, "secret") == NULL, "a secret told");
    }
    ck_buf_free(&url);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ck_response response;

    ck_response_init(&response, CK_BUF_NO_MAX);
    if (take_lines(&response, data, size)) {
        check_lines(&response);
        check_rows(&response);
        check_wait(&response);
        check_redirect(&response);
    }
    ck_response_free(&response);
    return 0;
}
