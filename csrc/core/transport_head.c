/* transport_head.c: reads the header lines of an answer as libcurl hands them
 * over, one at a time. Writes into the response, which the caller owns. */
#include "transport_impl.h"

#include <string.h>

void
ck_head_begin(struct ck_head_reader *head, struct ck_response *response)
{
    head->response = response;
    head->total = 0;
    head->at = CK_HEAD_STATUS;
}

static int
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "HTTP/1.1 200 OK"; HTTP/2 comes as "HTTP/2 200". Returns what follows the
 * three digits of the status, or NULL when this is no status line. */
static const char *
read_status(const char *text, size_t len, int *version, int *status)
{
    const char *end = text + len;

    if (len < 10 || memcmp(text, "HTTP/", 5) != 0 || !is_digit(text[5]))
        return NULL;
    *version = 10 * (text[5] - '0');
    text += 6;
    if (text[0] == '.' && is_digit(text[1])) {
        *version += text[1] - '0';
        text += 2;
    }
    if (end - text < 4 || text[0] != ' ' || text[1] < '1' || text[1] > '9' ||
        !is_digit(text[2]) || !is_digit(text[3]))
        return NULL;
    *status = 100 * (text[1] - '0') + 10 * (text[2] - '0') + (text[3] - '0');
    return text + 4;
}

static enum ck_status
take_status(struct ck_response *response, const char *line, size_t len,
            struct ck_error *error)
{
    const char *end = line + len;
    const char *reason =
        read_status(line, len, &response->http_version, &response->status);

    if (reason == NULL)
        return ck_fail(error, CK_REMOTE_PROTOCOL,
                       "the server's status line is not valid");
    if (reason < end && *reason == ' ')
        reason++;
    ck_buf_clear(&response->head);
    ck_buf_clear(&response->reason);
    return ck_buf_append(&response->reason, reason, (size_t)(end - reason));
}

/* A line that begins with a blank continues the one before it. */
static enum ck_status
take_continuation(struct ck_response *response, const char *text, size_t len,
                  struct ck_error *error)
{
    struct ck_buf *head = &response->head;
    enum ck_status status;

    if (head->len == 0)
        return ck_fail(error, CK_REMOTE_PROTOCOL,
                       "the server's first header line is not valid");
    head->len--;
    status = ck_buf_append_char(head, ' ');
    if (status == CK_OK)
        status = ck_buf_append(head, text, len);
    if (status == CK_OK)
        status = ck_buf_append_char(head, '\0');
    return status;
}

/* A character of a token; almost all of them are letters and hyphens. */
static int
is_token(unsigned char c)
{
    const unsigned char lower = c | 0x20;

    if ((lower >= 'a' && lower <= 'z') || c == '-')
        return 1;
    return c > ' ' && c < 0x7F && strchr("\"(),/:;<=>?@[\\]{}", c) == NULL;
}

/* Returns the length of the name before the colon, or 0. */
static size_t
name_length(const char *text, size_t len)
{
    size_t i = 0;

    while (i < len && is_token((unsigned char)text[i]))
        i++;
    return i < len && text[i] == ':' ? i : 0;
}

static enum ck_status
take_field(struct ck_response *response, const char *text, size_t len,
           struct ck_error *error)
{
    struct ck_buf *head = &response->head;
    const size_t name = name_length(text, len);
    const char *value = text + name + 1;
    enum ck_status status;

    if (name == 0)
        return ck_fail(error, CK_REMOTE_PROTOCOL,
                       "the server sent a header line that is not valid");
    len -= name + 1;
    while (len > 0 && (*value == ' ' || *value == '\t')) {
        value++;
        len--;
    }
    status = ck_buf_append(head, text, name);
    if (status == CK_OK)
        status = ck_buf_append(head, ": ", 2);
    if (status == CK_OK)
        status = ck_buf_append(head, value, len);
    if (status == CK_OK)
        status = ck_buf_append_char(head, '\0');
    return status;
}

/* Line breaks of any kind, and the zero byte that ends lines in our own
 * block, must not hide inside a line. */
static int
is_clean(const char *text, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        if (text[i] == '\0' || (text[i] >= '\n' && text[i] <= '\r'))
            return 0;
    }
    return 1;
}

static enum ck_status
take_line(struct ck_head_reader *head, const char *line, size_t len,
          struct ck_error *error)
{
    struct ck_response *response = head->response;
    const int is_continuation = len > 0 && (*line == ' ' || *line == '\t');
    enum ck_status status;

    if (len == 0) {
        const int informational =
            response->status < 200 && response->status != 101;
        head->at = informational ? CK_HEAD_STATUS : CK_HEAD_DONE;
        return CK_OK;
    }
    while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\t'))
        len--;
    if (!is_clean(line, len))
        return ck_fail(error, CK_REMOTE_PROTOCOL,
                       "the server sent a control character in a header");
    if (head->at == CK_HEAD_STATUS) {
        head->at = CK_HEAD_LINES;
        return take_status(response, line, len, error);
    }
    if (is_continuation) {
        while (len > 0 && (*line == ' ' || *line == '\t')) {
            line++;
            len--;
        }
        status = take_continuation(response, line, len, error);
    } else {
        status = take_field(response, line, len, error);
    }
    return status;
}

enum ck_status
ck_head_take(struct ck_head_reader *head, const char *line, size_t len,
             struct ck_error *error)
{
    enum ck_status status;

    if (len > CK_HEAD_MAX - head->total)
        return ck_fail(error, CK_TOO_LARGE,
                       "the answer's headers are larger than %d bytes",
                       CK_HEAD_MAX);
    head->total += len;
    if (head->at == CK_HEAD_DONE)
        return CK_OK; /* trailers after a body, which httpx ignores too */
    if (len > 0 && line[len - 1] == '\n')
        len--;
    if (len > 0 && line[len - 1] == '\r')
        len--;
    status = take_line(head, line, len, error);
    if (status == CK_NOMEM)
        return ck_fail(error, status, "no room for the answer's headers");
    return status;
}
