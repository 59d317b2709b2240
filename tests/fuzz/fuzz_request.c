/* fuzz_request.c: headers and the parts of a multipart body. What was taken
 * is read back by a reader of our own: lines that no value can break out of,
 * each header once, and the content of each part as it was given. */
#include "request.h"

#include "pieces.h"

#include <strings.h>

static const char boundary[] = "c0ffee5b2d1e4f6a9b8c7d6e5f4a3b2c";

/* --- headers ------------------------------------------------------------ */

static int
is_clean(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)text[i];

        if ((c < ' ' && c != '\t') || c == 0x7F)
            return 0;
    }
    return 1;
}

/* The line of that name, which must be the only one. */
static const char *
find_line(const struct ck_request *request, const char *name, size_t len)
{
    const char *found = NULL;

    for (const char *line = ck_request_next_header(request, NULL);
         line != NULL; line = ck_request_next_header(request, line)) {
        if (strlen(line) < len + 2 || line[len] != ':' ||
            strncasecmp(line, name, len) != 0)
            continue;
        check(found == NULL, "a header twice");
        found = line;
    }
    return found;
}

static void
try_header(struct ck_request *request, struct pieces *pieces)
{
    const struct piece name = pieces_next(pieces);
    const struct piece value = pieces_next(pieces);
    const size_t before = request->headers.len;
    struct ck_error error = {0};
    const char *line = NULL;
    enum ck_status status = ck_request_set_header(
        request, name.data, name.len, value.data, value.len, &error);

    if (status != CK_OK) {
        check(status == CK_BAD_ARGUMENT, "status");
        check(request->headers.len == before, "a trace");
        check(is_clean(error.message, strlen(error.message)), "message");
        return;
    }
    check(is_clean(name.data, name.len) && is_clean(value.data, value.len),
          "a header with a control character");
    line = find_line(request, name.data, name.len);
    check(line != NULL && memcmp(line, name.data, name.len) == 0 &&
              memcmp(line + name.len, ": ", 2) == 0 &&
              strlen(line) == name.len + 2 + value.len &&
              memcmp(line + name.len + 2, value.data, value.len) == 0,
          "another header");
}

/* --- parts -------------------------------------------------------------- */

struct reader {
    const char *at;
    const char *end;
};

static void
expect(struct reader *reader, const char *text, size_t len)
{
    check((size_t)(reader->end - reader->at) >= len &&
              memcmp(reader->at, text, len) == 0,
          "another body");
    reader->at += len;
}

static void
expect_text(struct reader *reader, const char *text)
{
    expect(reader, text, strlen(text));
}

/* A name in quotes, up to the quote that ends it. */
static void
expect_quoted(struct reader *reader, const char *name, size_t len)
{
    const char *quote = NULL;

    expect_text(reader, "\"");
    quote = memchr(reader->at, '"', (size_t)(reader->end - reader->at));
    check(quote != NULL, "a quote that does not end");
    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)name[i];
        char escape[4];

        if (c == '\\') {
            expect_text(reader, "\\\\");
        } else if (c == '"' || (c < ' ' && c != 0x1B)) {
            (void)snprintf(escape, sizeof escape, "%%%02X", c);
            expect_text(reader, escape);
        } else {
            expect(reader, &name[i], 1);
        }
    }
    check(reader->at == quote, "a quote inside a name");
    reader->at++;
}

/* One part as bytes that were added behind `before`. */
static void
check_part(const struct ck_request *request, size_t before,
           const struct ck_part *part)
{
    struct reader reader = {request->body.data + before,
                            request->body.data + request->body.len};

    expect_text(&reader, "--");
    expect_text(&reader, boundary);
    expect_text(&reader, "\r\nContent-Disposition: form-data; name=");
    expect_quoted(&reader, part->name, part->name_len);
    if (part->file_name_len > 0) {
        expect_text(&reader, "; filename=");
        expect_quoted(&reader, part->file_name, part->file_name_len);
    }
    if (part->content_type != NULL) {
        expect_text(&reader, "\r\nContent-Type: ");
        check(is_clean(part->content_type, strlen(part->content_type)),
              "a content type that holds a line");
        expect_text(&reader, part->content_type);
    }
    expect_text(&reader, "\r\n\r\n");
    expect(&reader, part->data, part->size);
    expect_text(&reader, "\r\n");
    check(reader.at == reader.end, "more than a part");
}

/* Bits of how: 1 a file name, 2 a content type, 4 content that comes later. */
static void
try_part(struct ck_request *request, struct pieces *pieces, uint8_t how)
{
    const struct ck_upload later = {.fd = -1};
    const int is_late = (how & 4) != 0 && request->upload.at == 0;
    const size_t before = request->body.len;
    struct piece name = pieces_next(pieces);
    struct piece file = {NULL, 0};
    struct piece type = {NULL, 0};
    struct piece content = {NULL, 0};
    struct ck_error error = {0};
    struct ck_part part = {.name = name.data, .name_len = name.len};
    char text[256];
    enum ck_status status = CK_OK;

    if ((how & 1) != 0) {
        file = pieces_next(pieces);
        part.file_name = file.data;
        part.file_name_len = file.len;
    }
    if ((how & 2) != 0) {
        type = pieces_next(pieces);
        (void)snprintf(text, sizeof text, "%.*s",
                       (int)(type.len < 255 ? type.len : 255), type.data);
        part.content_type = text;
    }
    content = pieces_next(pieces);
    part.data = content.data;
    part.size = content.len;
    part.file = is_late ? &later : NULL;
    status = ck_multipart_add(request, boundary, &part, &error);
    if (status != CK_OK) {
        check(status == CK_BAD_ARGUMENT && request->body.len == before,
              "a trace");
        check(!is_clean(part.content_type, strlen(part.content_type)),
              "a part refused for nothing");
        check(is_clean(error.message, strlen(error.message)), error.message);
        return;
    }
    if (is_late)
        check(ck_request_fill(request, -1, content.data, content.len,
                              &error) == CK_OK,
              "memory");
    check_part(request, before, &part);
}

/* Reads the body in steps of that many bytes. */
static void
check_reading(const struct ck_request *request, size_t step)
{
    struct ck_error error;
    char *out = malloc(step);
    int64_t from = 0;
    size_t got = 0;

    check(out != NULL, "memory");
    do {
        check(ck_request_read(request, from, out, step, &got, &error) ==
                      CK_OK &&
                  got <= step,
              "reading");
        check(memcmp(out, request->body.data + from, got) == 0, "bytes");
        from += (int64_t)got;
    } while (got > 0);
    check(from == ck_request_size(request), "size");
    free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ck_request request;
    struct ck_error error;
    struct pieces pieces;

    ck_request_init(&request);
    pieces_begin(&pieces, data, size);
    while (pieces_left(&pieces)) {
        const uint8_t how = *pieces.at++;

        if ((how & 8) != 0)
            try_header(&request, &pieces);
        else
            try_part(&request, &pieces, how);
    }
    check(ck_multipart_close(&request, boundary, &error) == CK_OK, "close");
    check(find_line(&request, "content-type", 12) != NULL, "content type");
    check_reading(&request, size % 97 + 1);
    pieces_end(&pieces);
    ck_request_free(&request);
    return 0;
}
