/* fuzz_json.c: any bytes through the JSON reader. What it accepts is written
 * out again; reading that must give the same text once more. */
#include "json.h"

#include "target.h"

#include <inttypes.h>
#include <math.h>

static void
put(struct ck_buf *out, const char *text)
{
    check(ck_buf_append_str(out, text) == CK_OK, "memory");
}

static void
put_float(struct ck_buf *out, double value)
{
    char text[64];

    if (isnan(value))
        put(out, "NaN");
    else if (isinf(value))
        put(out, value < 0 ? "-Infinity" : "Infinity");
    else {
        (void)snprintf(text, sizeof text, "%.17e", value);
        put(out, text);
    }
}

static void
put_scalar(struct ck_buf *out, const cJSON *node)
{
    char digits[32];
    size_t len = 0;
    const char *text = NULL;

    switch (ck_json_kind(node)) {
    case CK_JSON_FALSE: put(out, "false"); break;
    case CK_JSON_TRUE: put(out, "true"); break;
    case CK_JSON_INT:
        (void)snprintf(digits, sizeof digits, "%" PRId64, ck_json_int(node));
        put(out, digits);
        break;
    case CK_JSON_BIG: put(out, ck_json_big(node)); break;
    case CK_JSON_FLOAT: put_float(out, ck_json_float(node)); break;
    case CK_JSON_STRING:
        text = ck_json_string(node, &len);
        check(ck_json_put_string(out, text, len) == CK_OK, "UTF-8");
        break;
    default: put(out, "null"); break;
    }
}

static void
put_node(struct ck_buf *out, const cJSON *node)
{
    int is_object = ck_json_kind(node) == CK_JSON_OBJECT;

    if (!is_object && ck_json_kind(node) != CK_JSON_ARRAY) {
        put_scalar(out, node);
        return;
    }
    put(out, is_object ? "{" : "[");
    for (cJSON *item = ck_json_first(node); item; item = ck_json_next(item)) {
        if (item != ck_json_first(node))
            put(out, ",");
        if (is_object) {
            size_t len = 0;
            const char *key = ck_json_key(item, &len);
            check(ck_json_put_string(out, key, len) == CK_OK, "UTF-8 in key");
            put(out, ":");
        }
        put_node(out, item);
    }
    put(out, is_object ? "}" : "]");
}

/* Reads data and writes it to out; 0 when it is refused. */
static int
rewrite(const char *data, size_t size, struct ck_buf *out)
{
    char *text = malloc(size == 0 ? 1 : size);
    struct ck_json doc;
    struct ck_error error;
    enum ck_status status = CK_OK;

    check(text != NULL, "memory");
    if (size > 0)
        memcpy(text, data, size);
    ck_json_init(&doc);
    status = ck_json_read(&doc, text, size, NULL, &error);
    free(text);
    if (status == CK_OK)
        put_node(out, doc.root);
    else
        /* Anything else would say that cJSON and the guard disagree. */
        check((status == CK_BAD_JSON || status == CK_TOO_LARGE) &&
                  error.offset <= size,
              error.message);
    ck_json_free(&doc);
    return status == CK_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ck_buf once;
    struct ck_buf twice;

    ck_json_setup();
    ck_buf_init(&once, CK_BUF_NO_MAX);
    ck_buf_init(&twice, CK_BUF_NO_MAX);
    if (rewrite((const char *)data, size, &once)) {
        check(rewrite(once.data, once.len, &twice), "own text refused");
        check(once.len == twice.len &&
                  memcmp(once.data, twice.data, once.len) == 0,
              "own text read differently");
    }
    ck_buf_free(&once);
    ck_buf_free(&twice);
    return 0;
}
