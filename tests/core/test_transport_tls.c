/* test_transport_tls.c: certificates and sessions that the handles of a pool
 * share, where a file of certificates is looked for, and no memory. */
#include "alloc.h"
#include "tls_server.h"
#include "transport.h"
#include "transport_impl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* A call to the server, with a pool of its own or with a given one. */
static enum ck_status
call(const struct tls_server *server, struct ck_pool *pool,
     struct ck_error *error)
{
    struct ck_request request;
    struct ck_response response;
    enum ck_status status;
    char url[64];

    (void)snprintf(url, sizeof url, "https://127.0.0.1:%d/", server->port);
    ck_request_init(&request);
    ck_response_init(&response, 1000);
    request.method = "GET";
    request.timeout_ms = 60000;
    status = ck_buf_append_str(&request.url, url);
    if (status == CK_OK)
        status =
            ck_transport_api.perform(pool, &request, &response, NULL, error);
    if (status == CK_OK)
        assert_string_equal(response.body.data, "fine");
    ck_request_free(&request);
    ck_response_free(&response);
    return status;
}

static enum ck_status
call_trusting(const struct tls_server *server, const char *file,
              struct ck_error *error)
{
    const struct ck_pool_options options = {.ca_file = file, .proxy = ""};
    struct ck_pool *pool = NULL;
    enum ck_status status = ck_transport_api.pool_new(&pool, &options, error);

    if (status == CK_OK)
        status = call(server, pool, error);
    if (status == CK_OK)
        status = call(server, pool, error);
    ck_transport_api.pool_destroy(pool);
    return status;
}

static void
write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void
test_trusted(void **state)
{
    struct tls_server server;
    struct ck_error error;

    (void)state;
    tls_server_start(&server);
    assert_int_equal(call_trusting(&server, server.file, &error), CK_OK);
    tls_server_stop(&server);
}

static void
test_not_trusted(void **state)
{
    struct tls_server server;
    struct tls_server other;
    struct ck_error error;

    (void)state;
    tls_server_start(&server);
    tls_server_start(&other);
    assert_int_equal(call_trusting(&server, other.file, &error), CK_CONNECT);
    assert_non_null(strstr(error.message, "TLS"));
    tls_server_stop(&other);
    tls_server_stop(&server);
}

static void
test_files_that_are_none(void **state)
{
    static const char *const texts[] = {
        "", "nothing",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nMIIB\n"};
    struct tls_server server;
    struct ck_error error;
    size_t i;

    (void)state;
    tls_server_start(&server);
    for (i = 0; i < sizeof texts / sizeof *texts; i++) {
        write_file(server.file, texts[i]);
        assert_int_equal(call_trusting(&server, server.file, &error),
                         CK_CONNECT);
        assert_non_null(strstr(error.message, server.file));
    }
    assert_int_equal(call_trusting(&server, "/nowhere/ca.pem", &error),
                     CK_CONNECT);
    tls_server_stop(&server);
}

static void
test_places(void **state)
{
    struct ck_ca found;

    (void)state;
    assert_int_equal(setenv("SSL_CERT_FILE", "/a/file", 1), 0);
    assert_int_equal(setenv("SSL_CERT_DIR", "", 1), 0);
    ck_ca_find(&found);
    assert_string_equal(found.file, "/a/file");
    assert_null(found.path);
    assert_string_equal(found.source, "environment");
    assert_int_equal(unsetenv("SSL_CERT_FILE"), 0);
    ck_ca_find(&found);
    assert_true(found.source == NULL ||
                strcmp(found.source, "environment") != 0);
    assert_true((found.source == NULL) ==
                (found.file == NULL && found.path == NULL));
    if (found.file != NULL)
        assert_int_equal(access(found.file, R_OK), 0);
}

static void
test_secrets_are_copied(void **state)
{
    const struct ck_pool_options options = {.cert_file = "/a/cert",
                                            .key_password = "secret",
                                            .max_connections = 7,
                                            .http1_only = 1};
    struct ck_config config;
    struct ck_error error;

    (void)state;
    assert_int_equal(ck_config_init(&config, &options, &error), CK_OK);
    assert_string_equal(config.cert_file, "/a/cert");
    assert_string_equal(config.key_file, "/a/cert");
    assert_string_equal(config.key_password, "secret");
    assert_int_equal(config.max_connections, 7);
    assert_int_equal(config.max_idle, 20);
    assert_true(config.http1_only);
    ck_config_free(&config);
}

/* Each allocation of ours fails once, from the first look at the file on. */
static void
test_no_memory(void **state)
{
    struct tls_server server;
    struct ck_error error;
    enum ck_status status = CK_NOMEM;
    long n;

    (void)state;
    tls_server_start(&server);
    for (n = 0; status != CK_OK; n++) {
        assert_true(n < 1000);
        ck_alloc_fail_after(n);
        status = call_trusting(&server, server.file, &error);
        ck_alloc_fail_after(-1);
        assert_true(status == CK_OK || status == CK_NOMEM);
    }
    assert_true(n > 10);
    tls_server_stop(&server);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trusted),
        cmocka_unit_test(test_not_trusted),
        cmocka_unit_test(test_files_that_are_none),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_secrets_are_copied),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests_name("transport tls", tests, NULL, NULL);
}
