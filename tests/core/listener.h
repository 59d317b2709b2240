/* listener.h: what the loopback servers of the tests begin with: a port, a
 * thread that accepts connections, and a way to tell all threads to stop. */
#ifndef LISTENER_H
#define LISTENER_H

#include <pthread.h>
#include <stddef.h>

struct listener {
    int port;
    int fd;
    int wake[2]; /* a pipe; what is in it tells all threads to stop */
    pthread_t thread;
    void (*on_peer)(void *owner, int fd); /* takes fd over */
    void *owner;                          /* borrowed, for on_peer */
};

/* Ends the test program unless good: no test could go on. */
void must(int good, const char *what);
/* A socket of loopback that listens; *port is what the system gave. */
int listener_open(int *port);
void listener_start(struct listener *listener,
                    void (*on_peer)(void *owner, int fd), void *owner);
/* No further connection comes, and wake[0] is readable. */
void listener_stop(struct listener *listener);
/* When no thread looks at wake[0] any more. */
void listener_close(struct listener *listener);
/* Returns 0 when the other side has gone. */
int send_all(int fd, const char *data, size_t size);

#endif
