/* multipart.c: multipart/form-data bodies, byte for byte what httpx sends
 * apart from the boundary. Owns nothing; writes into the request's body. */
#include "request.h"

#include <string.h>

static enum ck_status
put_text(struct ck_buf *body, const char *text, enum ck_status status)
{
    return status == CK_OK ? ck_buf_append_str(body, text) : status;
}

static enum ck_status
put_bytes(struct ck_buf *body, const char *data, size_t size,
          enum ck_status status)
{
    return status == CK_OK ? ck_buf_append(body, data, size) : status;
}

/* Appends a name inside quotes. Escape (0x1B) is the one control character
 * that stays: an accident of browsers that httpx repeats. */
static enum ck_status
put_quoted(struct ck_buf *body, const char *text, size_t len,
           enum ck_status status)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t i;

    status = put_text(body, "\"", status);
    for (i = 0; i < len && status == CK_OK; i++) {
        const unsigned char c = (unsigned char)text[i];
        const char escape[3] = {'%', digits[c >> 4], digits[c & 15]};

        if (c == '\\')
            status = ck_buf_append(body, "\\\\", 2);
        else if (c == '"' || (c < 0x20 && c != 0x1B))
            status = ck_buf_append(body, escape, sizeof escape);
        else
            status = ck_buf_append_char(body, text[i]);
    }
    return put_text(body, "\"", status);
}

static int
is_header_value(const char *text)
{
    for (; *text != '\0'; text++) {
        const unsigned char c = (unsigned char)*text;
        if ((c < ' ' && c != '\t') || c == 0x7F)
            return 0;
    }
    return 1;
}

/* May a message repeat the name? */
static int
is_plain(const char *text, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        if (text[i] < ' ' || text[i] > '~')
            return 0;
    }
    return len <= 64;
}

static enum ck_status
put_part_head(struct ck_buf *body, const struct ck_part *part,
              enum ck_status status)
{
    status = put_text(body, "Content-Disposition: form-data; name=", status);
    status = put_quoted(body, part->name, part->name_len, status);
    if (part->file_name != NULL && part->file_name_len > 0) {
        status = put_text(body, "; filename=", status);
        status =
            put_quoted(body, part->file_name, part->file_name_len, status);
    }
    if (part->content_type != NULL) {
        status = put_text(body, "\r\nContent-Type: ", status);
        status = put_text(body, part->content_type, status);
    }
    return put_text(body, "\r\n\r\n", status);
}

enum ck_status
ck_multipart_add(struct ck_request *request, const char *boundary,
                 const struct ck_part *part, struct ck_error *error)
{
    struct ck_buf *body = &request->body;
    const size_t before = body->len;
    size_t at = 0;
    enum ck_status status;

    if (part->file != NULL && request->upload.fd >= 0)
        return ck_fail(error, CK_BAD_ARGUMENT,
                       "only one part of a request may be in a file");
    if (part->content_type != NULL && !is_header_value(part->content_type))
        return ck_fail(
            error, CK_BAD_ARGUMENT,
            "the content type of part %.*s holds a control "
            "character",
            is_plain(part->name, part->name_len) ? (int)part->name_len : 0,
            part->name);
    status = put_text(body, "--", CK_OK);
    status = put_text(body, boundary, status);
    status = put_text(body, "\r\n", status);
    status = put_part_head(body, part, status);
    at = body->len;
    if (part->file == NULL)
        status = put_bytes(body, part->data, part->size, status);
    status = put_text(body, "\r\n", status);
    if (status != CK_OK) {
        body->len = before;
        if (body->data != NULL)
            body->data[before] = '\0';
        return ck_fail(error, status, "no room for the request's body");
    }
    if (part->file != NULL) {
        request->upload = *part->file;
        request->upload.at = at;
    }
    request->has_body = 1;
    return CK_OK;
}

enum ck_status
ck_multipart_close(struct ck_request *request, const char *boundary,
                   struct ck_error *error)
{
    static const char name[] = "Content-Type";
    struct ck_buf value;
    enum ck_status status;

    ck_buf_init(&value, 256);
    status = put_text(&value, "multipart/form-data; boundary=", CK_OK);
    status = put_text(&value, boundary, status);
    if (status == CK_OK)
        status = ck_request_set_header(request, name, sizeof name - 1,
                                       value.data, value.len, error);
    else
        (void)ck_fail(error, status, "no room for the content type");
    if (status != CK_OK)
        goto done;
    status = put_text(&request->body, "--", status);
    status = put_text(&request->body, boundary, status);
    status = put_text(&request->body, "--\r\n", status);
    if (status != CK_OK)
        (void)ck_fail(error, status, "no room for the request's body");
    request->has_body = 1;
done:
    ck_buf_free(&value);
    return status;
}
