/* response.c: the buffers of an answer and the look-up of its headers. A
 * ck_response owns its buffers. */
#include "response.h"

#include <string.h>
#include <strings.h>

void
ck_response_init(struct ck_response *response, size_t max_body)
{
    memset(response, 0, sizeof *response);
    ck_buf_init(&response->head, CK_BUF_NO_MAX);
    ck_buf_init(&response->reason, CK_BUF_NO_MAX);
    ck_buf_init(&response->body, max_body);
    ck_buf_init(&response->url, CK_BUF_NO_MAX);
}

void
ck_response_free(struct ck_response *response)
{
    ck_buf_free(&response->head);
    ck_buf_free(&response->reason);
    ck_buf_free(&response->body);
    ck_buf_free(&response->url);
}

void
ck_response_clear(struct ck_response *response)
{
    ck_buf_clear(&response->head);
    ck_buf_clear(&response->reason);
    ck_buf_clear(&response->body);
    ck_buf_clear(&response->url);
    response->status = 0;
    response->http_version = 0;
    response->elapsed_us = 0;
    response->redirects = 0;
    response->timing = (struct ck_timing){0};
}

const char *
ck_response_header(const struct ck_response *response, const char *name)
{
    const size_t len = strlen(name);
    const char *line = response->head.data;
    const char *end;

    if (line == NULL)
        return NULL;
    end = line + response->head.len;
    for (; line < end; line += strlen(line) + 1) {
        if (strncasecmp(line, name, len) == 0 && line[len] == ':') {
            line += len + 1;
            return line + strspn(line, " \t");
        }
    }
    return NULL;
}
