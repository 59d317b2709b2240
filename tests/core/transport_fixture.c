/* transport_fixture.c: see the header. */
#include "transport_fixture.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 60 * 1000 };

void
fixture_open(struct fixture *fixture, const struct step *script)
{
    const struct ck_pool_options options = {.max_redirects = 20, .proxy = ""};

    memset(fixture, 0, sizeof *fixture);
    server_start(&fixture->server, script);
    assert_int_equal(
        ck_transport_api.pool_new(&fixture->pool, &options, &fixture->error),
        CK_OK);
    ck_request_init(&fixture->request);
    fixture->request.method = "GET";
    fixture->request.timeout_ms = PATIENCE_MS;
    ck_response_init(&fixture->response, FIXTURE_MAX_BODY);
}

void
fixture_close(struct fixture *fixture)
{
    ck_transport_api.pool_destroy(fixture->pool);
    ck_request_free(&fixture->request);
    ck_response_free(&fixture->response);
    server_stop(&fixture->server);
}

enum ck_status
fixture_call_url(struct fixture *fixture, const char *url)
{
    ck_buf_clear(&fixture->request.url);
    assert_int_equal(ck_buf_append_str(&fixture->request.url, url), CK_OK);
    fixture->error.status = CK_OK;
    return ck_transport_api.perform(fixture->pool, &fixture->request,
                                    &fixture->response, NULL, &fixture->error);
}

enum ck_status
fixture_call(struct fixture *fixture, const char *path)
{
    char url[512];

    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d%s",
                   fixture->server.port, path);
    return fixture_call_url(fixture, url);
}

void
fixture_set_header(struct fixture *fixture, const char *name,
                   const char *value)
{
    assert_int_equal(ck_request_set_header(&fixture->request, name,
                                           strlen(name), value, strlen(value),
                                           &fixture->error),
                     CK_OK);
}

void
fixture_set_body(struct fixture *fixture, const char *method, const char *body,
                 size_t size)
{
    fixture->request.method = method;
    fixture->request.has_body = body != NULL;
    ck_buf_clear(&fixture->request.body);
    if (body != NULL)
        assert_int_equal(ck_buf_append(&fixture->request.body, body, size),
                         CK_OK);
}

int
fixture_sent(struct fixture *fixture, const char *text)
{
    return strstr(fixture->server.last, text) != NULL;
}

int
socket_open(int backlog, int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    if (backlog >= 0)
        assert_int_equal(listen(fd, backlog), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

void
deaf_open(struct deaf *deaf)
{
    struct sockaddr_in address = {.sin_family = AF_INET};

    deaf->fd = socket_open(0, &deaf->port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)deaf->port);
    for (int i = 0; i < 8; i++) {
        const int fd = socket(AF_INET, SOCK_STREAM, 0);

        assert_true(fd >= 0);
        assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
        (void)connect(fd, (struct sockaddr *)&address, sizeof address);
        deaf->waiting[i] = fd;
    }
}

void
deaf_close(struct deaf *deaf)
{
    for (int i = 0; i < 8; i++)
        (void)close(deaf->waiting[i]);
    (void)close(deaf->fd);
}
