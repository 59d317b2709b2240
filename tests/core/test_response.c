/* test_response.c: header look-up, content types, the choice of a row, and
 * the reader of header lines. */
#include "alloc.h"
#include "response.h"
#include "transport_impl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
fill(struct ck_response *response, int status, const char *head, size_t len)
{
    ck_response_clear(response);
    response->status = status;
    assert_int_equal(ck_buf_append(&response->head, head, len), CK_OK);
}

static void
set_type(struct ck_response *response, int status, const char *type)
{
    fill(response, status, "X: y\0", 5);
    if (type == NULL)
        return;
    assert_int_equal(ck_buf_append_str(&response->head, "CONTENT-type: "),
                     CK_OK);
    assert_int_equal(ck_buf_append(&response->head, type, strlen(type) + 1),
                     CK_OK);
}

static void
test_header(void **state)
{
    static const char head[] = "A: 1\0Bee: 2\0bee: 3\0C:\0Bees: \t4\0";
    struct ck_response response;

    (void)state;
    ck_response_init(&response, 10);
    assert_null(ck_response_header(&response, "a"));
    fill(&response, 200, head, sizeof head - 1);
    assert_string_equal(ck_response_header(&response, "a"), "1");
    assert_string_equal(ck_response_header(&response, "BEE"), "2");
    assert_string_equal(ck_response_header(&response, "c"), "");
    assert_string_equal(ck_response_header(&response, "bees"), "4");
    assert_null(ck_response_header(&response, "be"));
    assert_null(ck_response_header(&response, "1"));
    ck_response_free(&response);
}

static void
test_is_json(void **state)
{
    static const char *const yes[] = {
        "application/json", "Application/JSON", "application/json;charset=x",
        "application/json ; charset=x", "application/json;"};
    static const char *const no[] = {"application/problem+json",
                                     "application/jsonx",
                                     "text/json",
                                     "",
                                     "application/json, text/html",
                                     "application",
                                     "json",
                                     "application/json x"};
    struct ck_response response;
    size_t i;

    (void)state;
    ck_response_init(&response, 10);
    for (i = 0; i < sizeof yes / sizeof *yes; i++) {
        set_type(&response, 200, yes[i]);
        assert_true(ck_response_is_json(&response));
    }
    for (i = 0; i < sizeof no / sizeof *no; i++) {
        set_type(&response, 200, no[i]);
        assert_false(ck_response_is_json(&response));
    }
    set_type(&response, 200, NULL);
    assert_false(ck_response_is_json(&response));
    ck_response_free(&response);
}

static const struct ck_operation *
find_operation(const char *group, const char *name)
{
    uint16_t i;

    for (i = 0; i < ck_counts.operations; i++) {
        const struct ck_operation *operation = ck_operations + i;
        if (strcmp(ck_text_of(operation->name), name) == 0 &&
            strcmp(ck_text_of(ck_groups[operation->group].attribute), group) ==
                0)
            return operation;
    }
    fail_msg("no operation %s.%s", group, name);
    return NULL;
}

/* The outcome for users.get, or -1 for no row. */
static int
outcome(struct ck_response *response, int status, const char *type)
{
    const struct ck_response_row *row;

    set_type(response, status, type);
    row = ck_response_choose(response, find_operation("users", "get"));
    return row == NULL ? -1 : row->outcome;
}

static void
test_choose(void **state)
{
    static const char json[] = "application/json; charset=utf-8";
    struct ck_response response;

    (void)state;
    ck_response_init(&response, 10);
    assert_int_equal(outcome(&response, 200, json), CK_RETURN_JSON);
    assert_int_equal(outcome(&response, 200, "text/html"), -1);
    assert_int_equal(outcome(&response, 200, NULL), -1);
    assert_int_equal(outcome(&response, 201, json), -1);
    assert_int_equal(outcome(&response, 302, json), -1);
    assert_int_equal(outcome(&response, 404, json), CK_RAISE_CLASS);
    assert_int_equal(outcome(&response, 404, "text/html"), CK_RAISE_SDK);
    assert_int_equal(outcome(&response, 404, NULL), CK_RAISE_SDK);
    assert_int_equal(outcome(&response, 418, json), CK_RAISE_SDK);
    assert_int_equal(outcome(&response, 500, json), CK_RAISE_SDK);
    assert_int_equal(outcome(&response, 599, NULL), CK_RAISE_SDK);
    assert_int_equal(outcome(&response, 600, json), -1);
    assert_int_equal(outcome(&response, 999, json), -1);
    ck_response_free(&response);
}

/* --- the reader of header lines ---------------------------------------- */

static enum ck_status
take(struct ck_head_reader *head, const char *line)
{
    struct ck_error error;

    return ck_head_take(head, line, strlen(line), &error);
}

static void
take_all(struct ck_head_reader *head, const char *const *lines)
{
    for (; *lines != NULL; lines++)
        assert_int_equal(take(head, *lines), CK_OK);
}

static void
test_head(void **state)
{
    static const char *const lines[] = {"HTTP/1.1 100 Continue\r\n",
                                        "Early: 1\r\n",
                                        "\r\n",
                                        "HTTP/1.1 404 Not  Found\r\n",
                                        "A:b\r\n",
                                        "C: \t d e \t\r\n",
                                        " folded \r\n",
                                        "Set-Cookie: x\r\n",
                                        "E:\n",
                                        "set-cookie: y\r\n",
                                        "\r\n",
                                        "Trailer: t\r\n",
                                        NULL};
    static const char expected[] =
        "A: b\0C: d e folded\0Set-Cookie: x\0E: \0set-cookie: y\0";
    struct ck_head_reader head;
    struct ck_response response;

    (void)state;
    ck_response_init(&response, 10);
    ck_head_begin(&head, &response);
    take_all(&head, lines);
    assert_int_equal(head.at, CK_HEAD_DONE);
    assert_int_equal(response.status, 404);
    assert_int_equal(response.http_version, 11);
    assert_string_equal(response.reason.data, "Not  Found");
    assert_int_equal(response.head.len, sizeof expected - 1);
    assert_memory_equal(response.head.data, expected, sizeof expected - 1);
    ck_response_free(&response);
}

static void
test_status_lines(void **state)
{
    static const struct {
        const char *line;
        int version;
        int status;
        const char *reason;
    } good[] = {
        {"HTTP/2 200 \r\n", 20, 200, ""},
        {"HTTP/1.0 503\r\n", 10, 503, ""},
        {"HTTP/3 999 x\r\n", 30, 999, "x"},
        {"HTTP/1.1 101 S\r\n", 11, 101, "S"},
    };
    static const char *const bad[] = {"HTTP/1.1\r\n",
                                      "HTTP/1.1 20\r\n",
                                      "HTTP/x.1 200 OK\r\n",
                                      "http/1.1 200 OK\n",
                                      "HTTP/1.1200 OK",
                                      "HTTP/1.1 2x0 OK",
                                      "\x01",
                                      "HTTP/1.1  200 OK",
                                      "HTTP/1.1 099 OK"};
    struct ck_head_reader head;
    struct ck_response response;
    size_t i;

    (void)state;
    ck_response_init(&response, 10);
    for (i = 0; i < sizeof good / sizeof *good; i++) {
        ck_head_begin(&head, &response);
        assert_int_equal(take(&head, good[i].line), CK_OK);
        assert_int_equal(response.http_version, good[i].version);
        assert_int_equal(response.status, good[i].status);
        assert_string_equal(response.reason.data, good[i].reason);
    }
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_head_begin(&head, &response);
        assert_int_equal(take(&head, bad[i]), CK_REMOTE_PROTOCOL);
    }
    ck_response_free(&response);
}

static void
test_bad_lines(void **state)
{
    static const char *const bad[] = {"no colon\r\n",
                                      ": v\r\n",
                                      "a b: c\r\n",
                                      "a : c\r\n",
                                      " first\r\n",
                                      "a: b\rc: d\r\n",
                                      "a: b\x0B"
                                      "c\r\n",
                                      "\xC3\xBC: a\r\n"};
    struct ck_head_reader head;
    struct ck_response response;
    struct ck_error error;
    size_t i;

    (void)state;
    ck_response_init(&response, 10);
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_head_begin(&head, &response);
        assert_int_equal(take(&head, "HTTP/1.1 200 OK\r\n"), CK_OK);
        assert_int_equal(take(&head, bad[i]), CK_REMOTE_PROTOCOL);
    }
    ck_head_begin(&head, &response);
    assert_int_equal(take(&head, "HTTP/1.1 200 OK\r\n"), CK_OK);
    assert_int_equal(ck_head_take(&head, "a: \0b\r\n", 7, &error),
                     CK_REMOTE_PROTOCOL);
    ck_response_free(&response);
}

static void
test_head_bound(void **state)
{
    struct ck_head_reader head;
    struct ck_response response;
    enum ck_status status = CK_OK;
    size_t bytes = 0;

    (void)state;
    ck_response_init(&response, 10);
    ck_head_begin(&head, &response);
    while (status == CK_OK) { /* 1xx answers without end */
        status = take(&head, "HTTP/1.1 103 Early Hints\r\n");
        if (status == CK_OK)
            status = take(&head, "\r\n");
        bytes += 28;
        assert_true(bytes <= CK_HEAD_MAX + 28);
    }
    assert_int_equal(status, CK_TOO_LARGE);
    ck_response_free(&response);
}

static enum ck_status
read_head(struct ck_response *response)
{
    static const char *const lines[] = {
        "HTTP/1.1 200 A reason that is longer than a small buffer holds at "
        "its first size\r\n",
        "Name: a value that is longer than a small buffer holds at its first "
        "size, too\r\n",
        " and goes on in a second line that asks for yet more of this memory "
        "\r\n",
        "\r\n"};
    struct ck_head_reader head;
    enum ck_status status = CK_OK;
    size_t i;

    ck_head_begin(&head, response);
    for (i = 0; i < 4 && status == CK_OK; i++)
        status = take(&head, lines[i]);
    return status;
}

static void
test_no_memory(void **state)
{
    enum ck_status status = CK_NOMEM;
    struct ck_response response;
    long n;

    (void)state;
    for (n = 0; status != CK_OK; n++) {
        ck_response_init(&response, 10);
        ck_alloc_fail_after(n);
        status = read_head(&response);
        ck_alloc_fail_after(-1);
        if (status != CK_OK)
            assert_int_equal(status, CK_NOMEM);
        ck_response_free(&response);
    }
    assert_true(n > 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header),       cmocka_unit_test(test_is_json),
        cmocka_unit_test(test_choose),       cmocka_unit_test(test_head),
        cmocka_unit_test(test_status_lines), cmocka_unit_test(test_bad_lines),
        cmocka_unit_test(test_head_bound),   cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests_name("response", tests, NULL, NULL);
}
