/* scripted_server.c: see the header. A server owns its threads and sockets
 * from server_start to server_stop. Anything that fails here ends the test
 * program: no test could go on without its server. */
#include "scripted_server.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

struct peer {
    struct server *server;
    const struct step *script;
    int fd;
    pthread_t thread;
    struct peer *next;
    char *request; /* read last */
    size_t size;
};

/* Returns 0 when the server is to stop. */
static int
pause_ms(struct server *server, long ms)
{
    struct pollfd wake = {.fd = server->listener.wake[0], .events = POLLIN};

    return poll(&wake, 1, (int)ms) == 0;
}

static int
send_slowly(struct peer *peer, const struct step *step, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++)
        if (!send_all(peer->fd, step->text + i, 1) ||
            !pause_ms(peer->server, step->number))
            return 0;
    return 1;
}

/* The length of the whole request, or 0 while its head is incomplete. */
static size_t
request_size(const char *text)
{
    const char *end = strstr(text, "\r\n\r\n");
    const char *line = text;

    if (end == NULL)
        return 0;
    for (; line < end; line = strstr(line, "\r\n") + 2)
        if (strncasecmp(line, "content-length:", 15) == 0)
            return (size_t)(end - text) + 4 + strtoul(line + 15, NULL, 10);
    return (size_t)(end - text) + 4;
}

static void
note_request(struct peer *peer)
{
    struct server *server = peer->server;
    const size_t most = sizeof server->last - 1;
    const size_t size = peer->size < most ? peer->size : most;

    must(pthread_mutex_lock(&server->mutex) == 0, "lock");
    server->requests++;
    memcpy(server->last, peer->request, size);
    server->last[size] = '\0';
    must(pthread_mutex_unlock(&server->mutex) == 0, "unlock");
}

static int
read_request(struct peer *peer)
{
    size_t cap = 4096;
    size_t size = 0;

    free(peer->request);
    peer->request = calloc(1, cap);
    must(peer->request != NULL, "calloc");
    while (size == 0 || request_size(peer->request) == 0 ||
           size < request_size(peer->request)) {
        ssize_t got;
        if (size + 1 == cap) {
            cap *= 2;
            peer->request = realloc(peer->request, cap);
            must(peer->request != NULL, "realloc");
        }
        got = recv(peer->fd, peer->request + size, cap - size - 1, 0);
        if (got <= 0)
            return 0;
        size += (size_t)got;
        peer->request[size] = '\0';
    }
    peer->size = size;
    note_request(peer);
    return 1;
}

static int
route(struct peer *peer)
{
    const char *target = strchr(peer->request, ' ');
    char head[4096];

    if (target != NULL && strncmp(target, " /to/", 5) == 0)
        (void)snprintf(head, sizeof head,
                       "HTTP/1.1 %.3s Go\r\nContent-Length: 4\r\n"
                       "Location: %.*s\r\n\r\ngone",
                       target + 5, (int)strcspn(target + 9, " "), target + 9);
    else
        (void)snprintf(head, sizeof head,
                       "HTTP/1.1 200 Fine\r\nContent-Type: text/plain\r\n"
                       "Content-Length: %zu\r\n\r\n",
                       peer->size);
    if (!send_all(peer->fd, head, strlen(head)))
        return 0;
    return strstr(head, "Location:") != NULL ||
           send_all(peer->fd, peer->request, peer->size);
}

static void
reset_on_close(int fd)
{
    const struct linger linger = {.l_onoff = 1, .l_linger = 0};

    must(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) == 0,
         "SO_LINGER");
}

/* Returns 0 when the connection is over. */
static int
run_step(struct peer *peer, const struct step *step)
{
    size_t size = step->size;
    long i;

    if (size == 0 && step->text != NULL)
        size = strlen(step->text);
    switch (step->kind) {
    case STEP_READ: return read_request(peer);
    case STEP_SEND: return send_all(peer->fd, step->text, size);
    case STEP_SLOWLY: return send_slowly(peer, step, size);
    case STEP_PAUSE: return pause_ms(peer->server, step->number);
    case STEP_ROUTE: return route(peer);
    case STEP_RESET: reset_on_close(peer->fd); return 0;
    case STEP_FILL:
        for (i = 0; i != step->number; i++)
            if (!send_all(peer->fd, step->text, size))
                return 0;
        return 1;
    default: return 0;
    }
}

static void *
run_peer(void *arg)
{
    struct peer *peer = arg;
    const struct step *step = peer->script;
    int fd;

    for (;;) {
        if (step->kind == STEP_AGAIN)
            step = peer->script;
        if (!run_step(peer, step))
            break;
        step++;
    }
    must(pthread_mutex_lock(&peer->server->mutex) == 0, "lock");
    fd = peer->fd;
    peer->fd = -1;
    must(pthread_mutex_unlock(&peer->server->mutex) == 0, "unlock");
    (void)close(fd);
    return NULL;
}

static void
add_peer(void *owner, int fd)
{
    struct server *server = owner;
    struct peer *peer = calloc(1, sizeof *peer);

    must(peer != NULL, "calloc");
    peer->server = server;
    peer->fd = fd;
    must(pthread_mutex_lock(&server->mutex) == 0, "lock");
    peer->script = server->script;
    peer->next = server->peers;
    server->peers = peer;
    server->connections++;
    must(pthread_mutex_unlock(&server->mutex) == 0, "unlock");
    must(pthread_create(&peer->thread, NULL, run_peer, peer) == 0, "thread");
}

void
server_start(struct server *server, const struct step *script)
{
    memset(server, 0, sizeof *server);
    server->script = script;
    must(pthread_mutex_init(&server->mutex, NULL) == 0, "mutex");
    listener_start(&server->listener, add_peer, server);
    server->port = server->listener.port;
}

void
server_set_script(struct server *server, const struct step *script)
{
    must(pthread_mutex_lock(&server->mutex) == 0, "lock");
    server->script = script;
    must(pthread_mutex_unlock(&server->mutex) == 0, "unlock");
}

void
server_stop(struct server *server)
{
    struct peer *peer;

    listener_stop(&server->listener);
    must(pthread_mutex_lock(&server->mutex) == 0, "lock");
    for (peer = server->peers; peer != NULL; peer = peer->next)
        if (peer->fd >= 0)
            (void)shutdown(peer->fd, SHUT_RDWR);
    must(pthread_mutex_unlock(&server->mutex) == 0, "unlock");
    while ((peer = server->peers) != NULL) {
        server->peers = peer->next;
        must(pthread_join(peer->thread, NULL) == 0, "join");
        free(peer->request);
        free(peer);
    }
    listener_close(&server->listener);
    (void)pthread_mutex_destroy(&server->mutex);
}

static int
get(struct server *server, const int *counter)
{
    int value;

    must(pthread_mutex_lock(&server->mutex) == 0, "lock");
    value = *counter;
    must(pthread_mutex_unlock(&server->mutex) == 0, "unlock");
    return value;
}

int
server_connections(struct server *server)
{
    return get(server, &server->connections);
}

int
server_requests(struct server *server)
{
    return get(server, &server->requests);
}
