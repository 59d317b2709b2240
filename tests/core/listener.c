/* listener.c: see the header. A listener owns its descriptors and its thread
 * from listener_start to listener_close. */
#include "listener.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

void
must(int good, const char *what)
{
    if (!good) {
        perror(what);
        abort();
    }
}

int
send_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        const ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);

        if (sent <= 0)
            return 0;
        data += sent;
        size -= (size_t)sent;
    }
    return 1;
}

int
listener_open(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(fd >= 0, "socket");
    must(bind(fd, (struct sockaddr *)&address, size) == 0, "bind");
    must(listen(fd, 1024) == 0, "listen");
    must(getsockname(fd, (struct sockaddr *)&address, &size) == 0,
         "getsockname");
    *port = ntohs(address.sin_port);
    return fd;
}

static void *
run(void *arg)
{
    struct listener *listener = arg;
    struct pollfd fds[2] = {{.fd = listener->fd, .events = POLLIN},
                            {.fd = listener->wake[0], .events = POLLIN}};

    for (;;) {
        (void)poll(fds, 2, -1);
        if (fds[1].revents != 0)
            return NULL;
        if (fds[0].revents != 0) {
            const int fd = accept(listener->fd, NULL, NULL);

            if (fd >= 0)
                listener->on_peer(listener->owner, fd);
        }
    }
}

void
listener_start(struct listener *listener, void (*on_peer)(void *owner, int fd),
               void *owner)
{
    listener->on_peer = on_peer;
    listener->owner = owner;
    listener->fd = listener_open(&listener->port);
    must(pipe(listener->wake) == 0, "pipe");
    must(pthread_create(&listener->thread, NULL, run, listener) == 0,
         "thread");
}

void
listener_stop(struct listener *listener)
{
    must(write(listener->wake[1], "x", 1) == 1, "write");
    must(pthread_join(listener->thread, NULL) == 0, "join");
}

void
listener_close(struct listener *listener)
{
    (void)close(listener->fd);
    (void)close(listener->wake[0]);
    (void)close(listener->wake[1]);
}
