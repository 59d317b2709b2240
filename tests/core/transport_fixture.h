/* transport_fixture.h: a server, a pool and one request, for the tests of
 * the transport. The fixture owns all of them. */
#ifndef TRANSPORT_FIXTURE_H
#define TRANSPORT_FIXTURE_H

#include "scripted_server.h"
#include "transport.h"

enum { FIXTURE_MAX_BODY = 1 << 20 };

struct fixture {
    struct server server;
    struct ck_pool *pool;
    struct ck_request request;
    struct ck_response response;
    struct ck_error error;
};

/* A GET without headers, with a time limit that no passing test reaches. The
 * environment's proxies are not used. */
void fixture_open(struct fixture *fixture, const struct step *script);
void fixture_close(struct fixture *fixture);

/* Sends the request to a path of the fixture's server. */
enum ck_status fixture_call(struct fixture *fixture, const char *path);
/* The same to any URL. */
enum ck_status fixture_call_url(struct fixture *fixture, const char *url);
void fixture_set_header(struct fixture *fixture, const char *name,
                        const char *value);
/* A POST with this body follows. */
void fixture_set_body(struct fixture *fixture, const char *method,
                      const char *body, size_t size);
/* Whether the request that the server read last holds this text. */
int fixture_sent(struct fixture *fixture, const char *text);

/* A loopback socket that is bound to a port of its own and, with a backlog
 * of 0 or more, listens. */
int socket_open(int backlog, int *port);

/* A socket that listens with its queue full: connections to it hang. */
struct deaf {
    int fd;
    int port;
    int waiting[8];
};
void deaf_open(struct deaf *deaf);
void deaf_close(struct deaf *deaf);

#endif
