/* request.c: the parts of a request that is about to be sent: its header
 * lines and its body, of which a part may be in a file. A ck_request owns
 * its buffers and that file's descriptor. */
#include "request.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

void
ck_request_init(struct ck_request *request)
{
    request->method = NULL;
    ck_buf_init(&request->url, CK_BUF_NO_MAX);
    ck_buf_init(&request->headers, CK_BUF_NO_MAX);
    ck_buf_init(&request->body, CK_BUF_NO_MAX);
    request->upload = (struct ck_upload){.fd = -1};
    request->has_body = 0;
    request->once = 0;
    request->timeout_ms = 0;
}

void
ck_request_free(struct ck_request *request)
{
    ck_buf_free(&request->url);
    ck_buf_free(&request->headers);
    ck_buf_free(&request->body);
    if (request->upload.fd >= 0)
        (void)close(request->upload.fd);
    request->upload.fd = -1;
}

/* A token of RFC 9110: what a header's name may consist of. */
static int
is_token(const char *text, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (c <= ' ' || c >= 0x7F || strchr("\"(),/:;<=>?@[\\]{}", c) != NULL)
            return 0;
    }
    return len > 0;
}

static int
has_control(const char *text, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)text[i];
        if ((c < ' ' && c != '\t') || c == 0x7F)
            return 1;
    }
    return 0;
}

const char *
ck_request_next_header(const struct ck_request *request, const char *line)
{
    const struct ck_buf *headers = &request->headers;

    line = line == NULL ? headers->data : line + strlen(line) + 1;
    if (line == NULL || line == headers->data + headers->len)
        return NULL;
    return line;
}

static void
remove_header(struct ck_request *request, const char *name, size_t len)
{
    struct ck_buf *headers = &request->headers;
    const char *line = ck_request_next_header(request, NULL);

    while (line != NULL) {
        const size_t size = strlen(line) + 1;
        const size_t offset = (size_t)(line - headers->data);

        if (size > len && line[len] == ':' &&
            strncasecmp(line, name, len) == 0) {
            memmove(headers->data + offset, line + size,
                    headers->len - offset - size);
            headers->len -= size;
            headers->data[headers->len] = '\0';
            return;
        }
        line = ck_request_next_header(request, line);
    }
}

enum ck_status
ck_request_set_header(struct ck_request *request, const char *name,
                      size_t name_len, const char *value, size_t value_len,
                      struct ck_error *error)
{
    struct ck_buf *headers = &request->headers;
    enum ck_status status;

    if (!is_token(name, name_len))
        return ck_fail(error, CK_BAD_ARGUMENT,
                       "a header name must be a token of visible characters");
    if (has_control(value, value_len))
        return ck_fail(error, CK_BAD_ARGUMENT,
                       "the value of header %.*s holds a control character",
                       name_len > 64 ? 64 : (int)name_len, name);
    /* Room first, so that a failure cannot lose the earlier line. */
    status = ck_buf_reserve(headers, name_len + value_len + 3);
    if (status != CK_OK)
        return ck_fail(error, status, "no room for the request's headers");
    remove_header(request, name, name_len);
    status = ck_buf_append(headers, name, name_len);
    if (status == CK_OK)
        status = ck_buf_append(headers, ": ", 2);
    if (status == CK_OK)
        status = ck_buf_append(headers, value, value_len);
    if (status == CK_OK)
        status = ck_buf_append_char(headers, '\0');
    return status;
}

/* --- the body ---------------------------------------------------------- */

int64_t
ck_request_size(const struct ck_request *request)
{
    return (int64_t)request->body.len +
           (request->upload.fd >= 0 ? request->upload.size : 0);
}

static enum ck_status
read_file(const struct ck_upload *upload, int64_t from, char *out, size_t room,
          size_t *got, struct ck_error *error)
{
    ssize_t count;

    do
        count = pread(upload->fd, out, room, (off_t)(upload->offset + from));
    while (count < 0 && errno == EINTR);
    if (count < 0)
        return ck_fail(error, CK_UPLOAD,
                       "the file to upload cannot be read: error %d", errno);
    if (count == 0)
        return ck_fail(error, CK_UPLOAD,
                       "the file to upload has become shorter: %lld bytes "
                       "are left of %lld",
                       (long long)from, (long long)upload->size);
    *got = (size_t)count;
    return CK_OK;
}

enum ck_status
ck_request_read(const struct ck_request *request, int64_t from, char *out,
                size_t room, size_t *got, struct ck_error *error)
{
    const struct ck_upload *upload = &request->upload;
    const int64_t size = upload->fd >= 0 ? upload->size : 0;
    int64_t end = (int64_t)request->body.len; /* of the bytes in memory */
    size_t count;

    *got = 0;
    if (size > 0 && from >= (int64_t)upload->at) {
        from -= (int64_t)upload->at;
        if (from < size) {
            count =
                (uint64_t)(size - from) < room ? (size_t)(size - from) : room;
            return read_file(upload, from, out, count, got, error);
        }
        from += (int64_t)upload->at - size;
    } else if (size > 0) {
        end = (int64_t)upload->at;
    }
    if (from >= end)
        return CK_OK;
    count = (uint64_t)(end - from) < room ? (size_t)(end - from) : room;
    memcpy(out, request->body.data + from, count);
    *got = count;
    return CK_OK;
}

enum ck_status
ck_request_fill(struct ck_request *request, int fd, const char *data,
                size_t size, struct ck_error *error)
{
    struct ck_buf *body = &request->body;
    const size_t at = request->upload.at;

    if (fd >= 0) {
        request->upload.fd = fd;
        request->upload.size = (int64_t)size;
        return CK_OK;
    }
    if (size == 0)
        return CK_OK;
    if (ck_buf_reserve(body, size) != CK_OK)
        return ck_fail(error, CK_NOMEM, "no room for the request's body");
    memmove(body->data + at + size, body->data + at, body->len - at + 1);
    memcpy(body->data + at, data, size);
    body->len += size;
    return CK_OK;
}
