/* fuzz_url.c: a server's URL, values for a path's place holders and a query,
 * put together by the rules of one of the operations. What comes out is one
 * clean URL below that server, whose parts decode to what went in. */
#include "schema.h"
#include "url.h"

#include "pieces.h"
#include "target.h"

/* Past so many bytes a buffer refuses, to see that a refusal leaves no
 * trace. */
enum { SMALL = 64 };

static int
hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    check(c >= 'A' && c <= 'F', "an escape that is none");
    return c - 'A' + 10;
}

/* Text of a URL, all of it, decodes to the value. */
static void
check_decodes(const char *text, size_t len, struct piece value, int is_form)
{
    size_t at = 0;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        check(c > ' ' && c < 0x7F && strchr("\"#<>?`{}/\\", c) == NULL,
              "a character that ends a part");
        check(!is_form || strchr("&=;", c) == NULL, "a second parameter");
        if (c == '%') {
            check(i + 2 < len, "an escape that ends too soon");
            c = (char)(hex(text[i + 1]) << 4 | hex(text[i + 2]));
            i += 2;
        } else if (c == '+' && is_form) {
            c = ' ';
        }
        check(at < value.len && value.data[at] == c, "another value");
        at++;
    }
    check(at == value.len, "a value cut short");
}

static void
check_server(const char *url, size_t len)
{
    const size_t scheme = len > 4 && url[4] == 's' ? 8 : 7;
    int in_path = 0;

    check(len > scheme && memcmp(url, "http", 4) == 0 &&
              memcmp(url + scheme - 3, "://", 3) == 0 && url[scheme] != '/',
          "no host");
    for (size_t i = scheme; i < len; i++) {
        const unsigned char c = (unsigned char)url[i];

        in_path |= c == '/';
        check(c > ' ' && c != 0x7F && c != '?' && c != '#', "server");
        check(!in_path || c < 0x80, "a path beyond ASCII");
    }
}

/* 1: the value is in the path; 0: refused. */
static int
put_value(struct ck_buf *url, const char *name, struct piece value)
{
    const size_t before = url->len;
    struct ck_error error = {0};
    enum ck_status status =
        ck_url_put_segment(url, name, value.data, value.len, &error);
    const int dots =
        value.len == 0 || (value.len <= 2 && value.data[0] == '.' &&
                           value.data[value.len - 1] == '.');

    if (status != CK_OK) {
        check(url->len == before && error.message[0] != '\0', "a trace");
        check(status == (dots ? CK_BAD_ARGUMENT : CK_TOO_LARGE), "status");
        return 0;
    }
    check(!dots, "a segment that leads elsewhere");
    check_decodes(url->data + before, url->len - before, value, 0);
    return 1;
}

/* 1: the path is whole. */
static int
put_path(struct ck_buf *url, const char *path, struct pieces *pieces)
{
    char name[64];

    while (*path != '\0') {
        const size_t plain = strcspn(path, "{");
        size_t len = 0;

        if (ck_buf_append(url, path, plain) != CK_OK)
            return 0;
        path += plain;
        if (*path == '\0')
            break;
        len = strcspn(++path, "}");
        check(len > 0 && len < sizeof name && path[len] == '}', "template");
        (void)snprintf(name, sizeof name, "%.*s", (int)len, path);
        if (!put_value(url, name, pieces_next(pieces)))
            return 0;
        path += len + 1;
    }
    return 1;
}

static void
put_query(struct ck_buf *url, const struct ck_operation *row,
          struct pieces *pieces)
{
    int first = 1;

    for (int i = 0; i < row->param_count; i++) {
        const struct ck_field *param = &ck_params[row->first_param + i];
        const char *name = ck_text_of(param->alias);
        const size_t before = url->len;
        struct piece value;
        enum ck_status status = CK_OK;

        if (param->place != CK_PLACE_QUERY)
            continue;
        value = pieces_next(pieces);
        status = ck_url_put_query(url, first, name, value.data, value.len);
        if (status != CK_OK) {
            check(status == CK_TOO_LARGE && url->len == before, "a trace");
            continue;
        }
        check(url->data[before] == (first ? '?' : '&'), "separator");
        check(strncmp(url->data + before + 1, name, strlen(name)) == 0 &&
                  url->data[before + 1 + strlen(name)] == '=',
              "name");
        check_decodes(url->data + before + strlen(name) + 2,
                      url->len - before - strlen(name) - 2, value, 1);
        first = 0;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ck_operation *row = NULL;
    struct ck_error error = {0};
    struct pieces pieces;
    struct piece server;
    struct ck_buf url;

    if (size < 2)
        return 0;
    row = &ck_operations[data[0] % ck_counts.operations];
    ck_buf_init(&url, (data[1] & 1) != 0 ? SMALL : CK_BUF_NO_MAX);
    pieces_begin(&pieces, data + 2, size - 2);
    server = pieces_next(&pieces);
    if (ck_url_put_server(&url, server.data, server.len, &error) == CK_OK) {
        check_server(url.data, url.len);
        if (put_path(&url, ck_text_of(row->path), &pieces))
            put_query(&url, row, &pieces);
    } else {
        check(url.len == 0 && error.message[0] != '\0', "a trace");
    }
    pieces_end(&pieces);
    ck_buf_free(&url);
    return 0;
}
