/* test_check_union.c: which variant an object becomes, and the whole checker
 * without memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check_fixture.h"
#include "support.h"

#include <stdio.h>

static void
check_union(struct checked *checked, const char *name, const char *json)
{
    uint16_t type = checked_type(CK_UNION, checked_union(name));

    assert_int_equal(checked_try(checked, type, json), CK_OK);
}

static void
expect_model(const char *name, const char *json, const char *model)
{
    struct checked checked;

    check_union(&checked, name, json);
    assert_string_equal(checked.found, "");
    assert_int_equal(ck_check_record(checked.doc.root)->model,
                     checked_model(model));
    checked_free(&checked);
}

static void
expect_issues(const char *name, const char *json, const char *expected)
{
    struct checked checked;

    check_union(&checked, name, json);
    assert_string_equal(checked.found, expected);
    checked_free(&checked);
}

static void
test_tag(void **state)
{
    (void)state;
    expect_model("SessionRefresh", "{\"object\":\"token\",\"jwt\":\"x\"}",
                 "Token");
    expect_model("SessionRefresh",
                 "{\"object\":\"zzz\",\"jwt\":\"x\",\"object\":\"token\"}",
                 "Token");
    expect_issues("SessionRefresh", "{\"object\":\"token\"}",
                  "token.jwt missing");
    expect_issues("SessionRefresh", "{\"object\":\"tok\"}",
                  "union_tag_invalid");
    expect_issues("SessionRefresh", "{\"object\":\"token\\u0000\"}",
                  "union_tag_invalid");
    expect_issues("SessionRefresh", "{\"object\\u0000\":\"token\"}",
                  "union_tag_not_found");
    expect_issues("SessionRefresh", "{}", "union_tag_not_found");
    expect_issues("SessionRefresh", "\"token\"", "union_tag_not_found");
    expect_issues("SessionRefresh", "null", "union_tag_not_found");
}

/* The first tag inside an object counts when it has none of its own. */
static void
test_tag_inside(void **state)
{
    (void)state;
    expect_issues("SessionRefresh",
                  "{\"jwt\":\"x\",\"a\":{\"b\":[1,{\"object\":\"token\"}]}}",
                  "token.object missing");
    expect_issues("SessionRefresh",
                  "{\"a\":{\"object\":null},\"b\":{\"object\":\"token\"}}",
                  "union_tag_invalid");
    expect_issues("SessionRefresh", "{\"a\":[[{\"object\":\"token\"}]]}",
                  "union_tag_not_found");
    expect_issues("SessionRefresh", "[1,{\"object\":\"token\"}]",
                  "token model_type");
}

static void
expect_tag_text(const char *json, const char *expected)
{
    struct checked checked;
    char out[512];

    check_union(&checked, "SessionRefresh", json);
    assert_string_equal(checked.found, "union_tag_invalid");
    assert_string_equal(checked.issues.first->text, expected);
    (void)ck_issue_describe(checked.issues.first, out, sizeof out);
    assert_non_null(strstr(out, expected));
    checked_free(&checked);
}

static void
test_tag_text(void **state)
{
    (void)state;
    expect_tag_text("{\"object\":\"x\"}", "x");
    expect_tag_text("{\"object\":null}", "None");
    expect_tag_text("{\"object\":true}", "True");
    expect_tag_text("{\"object\":false}", "False");
    expect_tag_text("{\"object\":-5}", "-5");
    expect_tag_text("{\"object\":1.5}", "1.5");
    expect_tag_text("{\"object\":99999999999999999999}",
                    "99999999999999999999");
    expect_tag_text("{\"object\":[]}", "[...]");
    expect_tag_text("{\"object\":{}}", "{...}");
    /* A member that a later one of its name replaces is not looked into,
     * and the later one stands in its place. */
    expect_tag_text("{\"a\":{\"object\":\"token\"},\"b\":{\"object\":\"b\"},"
                    "\"a\":{\"object\":\"a\"}}",
                    "a");
}

#define BODY1                                                                 \
    "\"object\":\"clerk_idp_oauth_access_token\",\"id\":\"\",\"client_id\":"  \
    "\"\","                                                                   \
    "\"subject\":\"\",\"scopes\":[],\"revoked\":false,"                       \
    "\"revocation_reason\":null,\"expired\":0,\"expiration\":null,"           \
    "\"created_at\":1,\"updated_at\":\"2\""

/* Most fields set wins; what was tried before leaves no trace. */
static void
test_untagged(void **state)
{
    static const char *const name = "VerifyOAuthAccessTokenResponseBody";

    (void)state;
    expect_model(name, "{" BODY1 ",\"active\":false}", "ResponseBody1");
    expect_model(name, "{\"active\":false}", "ResponseBody2");
    expect_model(name, "{\"id\":\"x\"}", "ResponseBody2");
    expect_issues(name, "5",
                  "ResponseBody2 model_type; ResponseBody1 model_type");
    expect_issues(name, "{\"active\":true," BODY1 ",\"id\":5}",
                  "ResponseBody2.active literal_error; "
                  "ResponseBody1.id string_type");
}

static void
test_untagged_mended(void **state)
{
    struct checked checked;
    const cJSON *root;

    (void)state;
    check_union(&checked, "VerifyOAuthAccessTokenResponseBody", "{" BODY1 "}");
    root = checked.doc.root;
    assert_true(cJSON_IsFalse(checked_slot(root, "expired")));
    assert_int_equal(ck_json_kind(checked_slot(root, "updated_at")),
                     CK_JSON_FLOAT);
    assert_int_equal(ck_check_member(checked_slot(root, "object")), 0);
    checked_free(&checked);
}

#define CONNECTION                                                            \
    "\"id\":\"\",\"name\":\"\",\"active\":true,\"provider\":\"\","            \
    "\"sync_user_attributes\":true,\"created_at\":\"7\",\"updated_at\":1"

static void
expect_connection(const char *json, const char *model)
{
    struct checked checked;
    const cJSON *node;
    char whole[512];

    (void)snprintf(whole, sizeof whole, "{\"saml_connection\":%s}", json);
    checked_init(&checked, "SAMLAccount", whole);
    node = checked_slot(checked.doc.root, "saml_connection");
    if (model == NULL) {
        assert_null(node);
    } else {
        assert_int_equal(ck_check_record(node)->model, checked_model(model));
        assert_int_equal(ck_json_int(checked_slot(node, "created_at")), 7);
    }
    assert_null(strstr(checked.found, "saml_connection"));
    checked_free(&checked);
}

/* As a field that may be null or UNSET. */
static void
test_untagged_field(void **state)
{
    (void)state;
    expect_connection("{" CONNECTION ",\"domain\":\"\"}",
                      "SAMLAccountConnection1");
    expect_connection("{" CONNECTION ",\"domains\":[]}",
                      "SAMLAccountConnection2");
    expect_connection("{" CONNECTION ",\"domain\":\"\",\"domains\":[]}",
                      "SAMLAccountConnection1");
    expect_connection("{" CONNECTION "}", NULL);
    expect_found("SAMLAccount",
                 "{\"saml_connection\":5,\"id\":\"\",\"object\":"
                 "\"saml_account\",\"provider\":\"\",\"active\":true,"
                 "\"email_address\":\"\",\"verification\":null}",
                 "saml_connection.nullable[union[SAMLAccountConnection1,"
                 "SAMLAccountConnection2]].SAMLAccountConnection1 "
                 "model_type; "
                 "saml_connection.nullable[union[SAMLAccountConnection1,"
                 "SAMLAccountConnection2]].SAMLAccountConnection2 "
                 "model_type; saml_connection.Unset model_type");
}

static const char *const broken[] = {
    "{\"verification\":{\"object\":9},\"created_at\":\"1_0\",\"id\":5}",
    "{\"created_at\":\"9007199254740993\",\"verification\":"
    "{\"object\":\"verification_otp\",\"channel\":[]}}",
    "{\"x\":1,\"updated_at\":true,\"id\":\"y\",\"z\":[{}],\"linked_to\":"
    "[{\"id\":5}]}",
};
static const size_t broken_issues[] = {7, 11, 7};

struct attempt {
    uint16_t type;
    const char *json;
    size_t issues;
};

static enum ck_status
attempt(void *arg)
{
    struct attempt *attempt = arg;
    struct checked checked;
    enum ck_status status =
        checked_try(&checked, attempt->type, attempt->json);

    if (status != CK_OK)
        return status;
    assert_int_equal(checked.issues.count, attempt->issues);
    checked_free(&checked);
    return CK_OK;
}

/* Reading and checking; the arena asks for memory in large steps. */
static void
test_without_memory(void **state)
{
    uint16_t model = checked_type(CK_MODEL, checked_model("EmailAddress"));
    struct attempt list = {checked_type(CK_LIST, model), NULL, 0};
    struct ck_buf json;

    (void)state;
    ck_buf_init(&json, CK_BUF_NO_MAX);
    assert_int_equal(ck_buf_append_str(&json, "["), CK_OK);
    for (int i = 0; i < 300; i++) {
        assert_int_equal(ck_buf_append_str(&json, broken[i % 3]), CK_OK);
        assert_int_equal(ck_buf_append_str(&json, i < 299 ? "," : "]"), CK_OK);
        list.issues += broken_issues[i % 3];
    }
    list.json = json.data;
    assert_true(support_torture(attempt, &list) > 1);
    ck_buf_free(&json);
}

/* Checks with `room` bytes left in the arena and none to be had. */
static enum ck_status
check_within(size_t room, uint16_t type, const char *json, size_t issues)
{
    char *text = support_copy(json, strlen(json));
    struct ck_issues found;
    struct ck_error error;
    enum ck_status status;
    struct ck_json doc;

    ck_json_setup();
    ck_json_init(&doc);
    assert_int_equal(ck_json_read(&doc, text, strlen(json), NULL, &error),
                     CK_OK);
    free(text);
    if ((size_t)(doc.arena.end - doc.arena.next) < room)
        assert_non_null(ck_arena_alloc(&doc.arena, room));
    /* In steps of 8, so that what is left stays aligned. */
    doc.arena.next +=
        ((size_t)(doc.arena.end - doc.arena.next) - room) / 8 * 8;
    ck_alloc_fail_after(0);
    status = ck_check(&doc, type, &found, &error);
    ck_alloc_fail_after(-1);
    if (status == CK_OK)
        assert_int_equal(found.count, issues);
    ck_json_free(&doc);
    return status;
}

static void
expect_bounded(uint16_t type, const char *json, size_t issues)
{
    size_t room = 0;

    while (check_within(room, type, json, issues) != CK_OK) {
        room += 8;
        assert_true(room < 100000);
    }
    assert_true(room >= 64);
}

/* Each allocation of the checker fails once. */
static void
test_without_room(void **state)
{
    uint16_t email = checked_type(CK_MODEL, checked_model("EmailAddress"));
    uint16_t scim = checked_type(CK_MODEL, checked_model("SCIMDirectory"));
    uint16_t body = checked_type(
        CK_UNION, checked_union("VerifyOAuthAccessTokenResponseBody"));

    (void)state;
    for (int i = 0; i < 3; i++)
        expect_bounded(email, broken[i], broken_issues[i]);
    expect_bounded(scim, "{\"attribute_mapping\":{\"a\":1,\"b\":2,\"a\":3}}",
                   11);
    expect_bounded(body, "{" BODY1 "}", 0);
    expect_bounded(body, "[]", 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tag),
        cmocka_unit_test(test_tag_inside),
        cmocka_unit_test(test_tag_text),
        cmocka_unit_test(test_untagged),
        cmocka_unit_test(test_untagged_mended),
        cmocka_unit_test(test_untagged_field),
        cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_without_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
