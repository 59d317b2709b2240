/* storm_server.c: see the header. Each connection has a detached thread; the
 * server counts them. What fails here ends the test program. */
#include "storm_server.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST_MAX = 4096, BODY_MAX = 20000 };

struct peer {
    struct storm_server *server;
    int fd;
    char request[REQUEST_MAX];
    char answer[BODY_MAX + 500];
};

/* Requests have no body, and the next one waits for its answer. */
static int
read_request(struct peer *peer)
{
    struct pollfd fds[2] = {
        {.fd = peer->fd, .events = POLLIN},
        {.fd = peer->server->listener.wake[0], .events = POLLIN}};
    size_t size = 0;

    do {
        ssize_t got;

        if (poll(fds, 2, -1) < 0 || fds[1].revents != 0)
            return 0;
        got = recv(peer->fd, peer->request + size, REQUEST_MAX - 1 - size, 0);
        if (got <= 0)
            return 0;
        size += (size_t)got;
        peer->request[size] = '\0';
    } while (strstr(peer->request, "\r\n\r\n") == NULL);
    return 1;
}

/* The whole answer, in peer->answer; returns its size. */
static size_t
write_answer(struct peer *peer, int fault, const char *path)
{
    const int status = fault == STORM_BUSY ? 503
                       : fault == STORM_GO ? 302
                                           : 200;
    const size_t path_size = strlen(path);
    const size_t times = 1 + (size_t)rand() % (BODY_MAX / 30);
    const int head = snprintf(
        peer->answer, sizeof peer->answer,
        "HTTP/1.1 %d Said\r\nContent-Length: %zu\r\nLocation: /0%s\r\n\r\n",
        status, times * path_size, strchr(path + 1, '/'));
    size_t size = (size_t)head;

    for (size_t i = 0; i < times; i++, size += path_size)
        memcpy(peer->answer + size, path, path_size);
    return size;
}

static void
reset_on_close(int fd)
{
    const struct linger linger = {.l_onoff = 1, .l_linger = 0};

    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

/* Returns 0 when the connection is over. */
static int
answer(struct peer *peer)
{
    struct pollfd wake = {.fd = peer->server->listener.wake[0],
                          .events = POLLIN};
    char path[30] = "";
    const int fault =
        sscanf(peer->request, "GET %29s ", path) == 1 ? atoi(path + 1) : 0;
    size_t size = write_answer(peer, fault, path);

    if (fault == STORM_SLOW && poll(&wake, 1, 20) != 0)
        return 0;
    if (fault == STORM_RESET)
        reset_on_close(peer->fd);
    if (fault == STORM_RESET || fault == STORM_END)
        return 0;
    if (fault == STORM_GARBAGE)
        return send_all(peer->fd, "garbage\r\n\r\n", 11) && 0;
    if (fault == STORM_CUT)
        size -= strlen(path);
    return send_all(peer->fd, peer->answer, size) && fault != STORM_CUT &&
           fault != STORM_CLOSE;
}

static void *
run_peer(void *arg)
{
    struct peer *peer = arg;
    struct storm_server *server = peer->server;

    while (read_request(peer) && answer(peer)) {
    }
    (void)close(peer->fd);
    free(peer);
    must(pthread_mutex_lock(&server->mutex) == 0, "lock");
    if (--server->peers == 0)
        (void)pthread_cond_broadcast(&server->quiet);
    must(pthread_mutex_unlock(&server->mutex) == 0, "unlock");
    return NULL;
}

static void
add_peer(void *owner, int fd)
{
    struct storm_server *server = owner;
    struct peer *peer = calloc(1, sizeof *peer);
    pthread_attr_t attributes;
    pthread_t thread;

    must(peer != NULL, "calloc");
    peer->server = server;
    peer->fd = fd;
    must(pthread_mutex_lock(&server->mutex) == 0, "lock");
    server->peers++;
    must(pthread_mutex_unlock(&server->mutex) == 0, "unlock");
    must(pthread_attr_init(&attributes) == 0 &&
             pthread_attr_setdetachstate(&attributes,
                                         PTHREAD_CREATE_DETACHED) == 0 &&
             pthread_create(&thread, &attributes, run_peer, peer) == 0,
         "thread");
    (void)pthread_attr_destroy(&attributes);
}

void
storm_start(struct storm_server *server)
{
    memset(server, 0, sizeof *server);
    must(pthread_mutex_init(&server->mutex, NULL) == 0, "mutex");
    must(pthread_cond_init(&server->quiet, NULL) == 0, "condition");
    listener_start(&server->listener, add_peer, server);
    server->port = server->listener.port;
}

void
storm_stop(struct storm_server *server)
{
    listener_stop(&server->listener);
    must(pthread_mutex_lock(&server->mutex) == 0, "lock");
    while (server->peers > 0)
        (void)pthread_cond_wait(&server->quiet, &server->mutex);
    must(pthread_mutex_unlock(&server->mutex) == 0, "unlock");
    listener_close(&server->listener);
    (void)pthread_cond_destroy(&server->quiet);
    (void)pthread_mutex_destroy(&server->mutex);
}
