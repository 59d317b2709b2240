/* test_check.c: trees against rows of the real tables. Which values fit, and
 * what is said of those that do not, was seen in the reference; the tests in
 * tests/conformance compare the two over all models. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check_fixture.h"
#include "support.h"

#include <stdio.h>

#define EMAIL_REST                                                            \
    "\"object\":\"email_address\",\"email_address\":\"a@b\","                 \
    "\"reserved\":false,\"linked_to\":[],\"created_at\":1,\"updated_at\":2"
#define OTP                                                                   \
    "{\"object\":\"verification_otp\",\"status\":\"verified\","               \
    "\"strategy\":\"email_code\",\"attempts\":1,\"expire_at\":null}"

static void
test_record(void **state)
{
    struct checked checked;
    const cJSON *root;
    const struct ck_record *record;

    (void)state;
    checked_init(&checked, "EmailAddress",
                 "{\"verification\":" OTP ",\"unknown\":{}," EMAIL_REST "}");
    assert_string_equal(checked.found, "");
    root = checked.doc.root;
    record = ck_check_record(root);
    assert_int_equal(record->model, checked_model("EmailAddress"));
    assert_int_equal(record->field_count,
                     ck_models[record->model].field_count);
    assert_null(checked_slot(root, "id"));
    assert_string_equal(checked_slot(root, "email_address")->valuestring,
                        "a@b");
    assert_int_equal(ck_json_int(checked_slot(root, "updated_at")), 2);
    assert_int_equal(ck_check_member(checked_slot(root, "object")), 0);
    root = checked_slot(root, "verification");
    assert_int_equal(ck_check_record(root)->model, checked_model("Otp"));
    assert_true(cJSON_IsNull(checked_slot(root, "expire_at")));
    checked_free(&checked);
}

static void
test_missing(void **state)
{
    (void)state;
    expect_found("IdentificationLink", "{}", "type missing; id missing");
    expect_found("IdentificationLink", "{\"id\":1}",
                 "type missing; id string_type");
    expect_found("IdentificationLink", "[]", "model_type");
    expect_found("IdentificationLink", "null", "model_type");
    expect_found("IdentificationLink", "{\"id\":null,\"type\":null}",
                 "type string_type; id string_type");
}

static void
test_order_and_places(void **state)
{
    (void)state;
    expect_found("EmailAddress",
                 "{\"id\":5,\"created_at\":\"x\",\"linked_to\":[{},5],"
                 "\"verification\":{\"object\":\"verification_otp\"}}",
                 "object missing; email_address missing; reserved missing; "
                 "verification.verification_otp.status missing; "
                 "verification.verification_otp.strategy missing; "
                 "verification.verification_otp.attempts missing; "
                 "verification.verification_otp.expire_at missing; "
                 "linked_to.0.type missing; linked_to.0.id missing; "
                 "linked_to.1 model_type; created_at int_parsing; "
                 "updated_at missing; id string_type");
}

/* The last of two members with a name counts, in models and in dicts. */
static void
test_twins(void **state)
{
    struct checked checked;
    const cJSON *mapping;

    (void)state;
    expect_found("IdentificationLink",
                 "{\"id\":5,\"type\":\"x\",\"id\":\"y\"}", "");
    expect_found("IdentificationLink",
                 "{\"id\":\"y\",\"type\":\"x\",\"id\":5}", "id string_type");
    expect_found("UpdateEnterpriseConnectionRequestBody",
                 "{\"custom_attributes\":5,\"custom_attributes\":null}", "");
    checked_init(&checked, "SCIMDirectory",
                 "{\"object\":\"scim_directory\",\"id\":\"\",\"name\":\"\","
                 "\"endpoint_url\":\"\",\"provider\":\"\",\"enabled\":true,"
                 "\"group_role_mapping_enabled\":true,\"created_at\":1,"
                 "\"updated_at\":1,\"attribute_mapping\":{\"a\":1,"
                 "\"b\":\"2\",\"a\":\"3\",\"c\":\"4\",\"a\":\"5\"}}");
    assert_string_equal(checked.found, "");
    mapping = checked_slot(checked.doc.root, "attribute_mapping");
    assert_int_equal(cJSON_GetArraySize(mapping), 3);
    assert_string_equal(mapping->child->string, "a");
    assert_string_equal(mapping->child->valuestring, "5");
    assert_string_equal(mapping->child->next->string, "b");
    checked_free(&checked);
}

static void
test_dict(void **state)
{
    static const char start[] =
        "{\"object\":\"scim_directory\",\"id\":\"\",\"name\":\"\","
        "\"endpoint_url\":\"\",\"provider\":\"\",\"enabled\":true,"
        "\"group_role_mapping_enabled\":true,\"created_at\":1,"
        "\"updated_at\":1,\"attribute_mapping\":";
    char json[512];

    (void)state;
    (void)snprintf(json, sizeof json, "%s[]}", start);
    expect_found("SCIMDirectory", json, "attribute_mapping dict_type");
    (void)snprintf(json, sizeof json, "%s{\"a\":1,\"b\":null,\"a\":2}}",
                   start);
    expect_found("SCIMDirectory", json,
                 "attribute_mapping.a string_type; "
                 "attribute_mapping.b string_type");
}

static void
test_wire_and_python_names(void **state)
{
    struct checked checked;

    (void)state;
    expect_found("AddDomainRequestBody",
                 "{\"name\":\"x\",\"is_satellite\":false}",
                 "is_satellite literal_error");
    expect_found("AddDomainRequestBody",
                 "{\"name\":\"x\",\"IS_SATELLITE\":false}",
                 "IS_SATELLITE literal_error");
    expect_found("AddDomainRequestBody",
                 "{\"name\":\"x\",\"IS_SATELLITE\":false,"
                 "\"is_satellite\":true}",
                 "");
    expect_found("AddDomainRequestBody",
                 "{\"name\":\"x\",\"is_satellite\":true,"
                 "\"IS_SATELLITE\":false}",
                 "");
    checked_init(&checked, "AddDomainRequestBody",
                 "{\"name\":\"x\",\"is_satellite\":1.0}");
    assert_string_equal(checked.found, "");
    assert_true(cJSON_IsTrue(checked_slot(checked.doc.root, "IS_SATELLITE")));
    checked_free(&checked);
    expect_found("AddDomainRequestBody", "{\"n\\u0000\":1,\"name\\u0000\":1}",
                 "name missing");
}

/* A field that may be UNSET takes any object, as UNSET. */
static void
test_unset(void **state)
{
    struct checked checked;

    (void)state;
    checked_init(&checked, "AddDomainRequestBody",
                 "{\"name\":\"\",\"is_satellite\":true,"
                 "\"proxy_url\":{\"a\":[1]}}");
    assert_string_equal(checked.found, "");
    assert_null(checked_slot(checked.doc.root, "proxy_url"));
    checked_free(&checked);
    expect_found("AddDomainRequestBody",
                 "{\"name\":1,\"is_satellite\":true,\"proxy_url\":5}",
                 "name string_type; proxy_url.nullable[str] string_type; "
                 "proxy_url.Unset model_type");
    /* Issues before and after one that came to nothing stay in order. */
    expect_found("AddDomainRequestBody",
                 "{\"name\":1,\"is_satellite\":false,\"proxy_url\":{}}",
                 "name string_type; is_satellite literal_error");
}

static void
test_content(void **state)
{
    (void)state;
    expect_found("File", "{\"fileName\":\"x\",\"\":\"y\"}", "");
    expect_found("File", "{\"fileName\":\"x\",\"content\":5}",
                 "content.bytes bytes_type; "
                 "content.is-instance[IO] is_instance_of; "
                 "content.is-instance[IOBase] is_instance_of");
}

/* Members in ever new orders, names that no model has, and more objects than
 * it takes to learn their order. */
static void
test_any_order(void **state)
{
    uint16_t model = checked_model("EmailAddress");
    uint16_t type = checked_type(CK_LIST, checked_type(CK_MODEL, model));
    struct checked checked;
    struct ck_buf json;
    const char *const parts[] = {
        "\"object\":\"email_address\"",
        "\"email_address\":\"a\"",
        "\"reserved\":true",
        "\"verification\":null",
        "\"linked_to\":[]",
        "\"created_at\":1",
        "\"updated_at\":2",
        "\"id\":\"i\"",
        "\"unknown\":{\"id\":1}",
        "\"object_\":5",
        "\"x\":1",
    };
    enum { PARTS = sizeof parts / sizeof parts[0], OBJECTS = 60 };
    uint64_t random = 7;
    size_t count = 0;

    (void)state;
    ck_buf_init(&json, CK_BUF_NO_MAX);
    for (int i = 0; i < OBJECTS; i++) {
        size_t first = support_random(&random) % PARTS;

        assert_int_equal(ck_buf_append_str(&json, i == 0 ? "[{" : ",{"), 0);
        for (size_t k = 0; k < PARTS; k++) {
            /* 7 and 11 have no common factor: each part comes once. */
            size_t part = (first + k * (i % 2 == 0 ? 7 : 1)) % PARTS;

            assert_int_equal(ck_buf_append_str(&json, k == 0 ? "" : ","), 0);
            assert_int_equal(ck_buf_append_str(&json, parts[part]), 0);
        }
        assert_int_equal(ck_buf_append_str(&json, "}"), 0);
    }
    assert_int_equal(ck_buf_append_str(&json, "]"), 0);
    assert_int_equal(checked_try(&checked, type, json.data), CK_OK);
    assert_string_equal(checked.found, "");
    for (const cJSON *at = checked.doc.root->child; at; at = at->next) {
        assert_string_equal(checked_slot(at, "email_address")->valuestring,
                            "a");
        assert_int_equal(ck_json_int(checked_slot(at, "updated_at")), 2);
        assert_null(checked_slot(at, "matches_sso_connection"));
        count++;
    }
    assert_int_equal(count, OBJECTS);
    checked_free(&checked);
    ck_buf_free(&json);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_record),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_order_and_places),
        cmocka_unit_test(test_twins),
        cmocka_unit_test(test_dict),
        cmocka_unit_test(test_wire_and_python_names),
        cmocka_unit_test(test_unset),
        cmocka_unit_test(test_content),
        cmocka_unit_test(test_any_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
