/* storm_server.h: a loopback server that breaks its answers as it is asked
 * to: GET /FAULT/NUMBER. It lives through any number of connections. */
#ifndef STORM_SERVER_H
#define STORM_SERVER_H

#include "listener.h"

#include <pthread.h>

/* Answers hold the request's path again and again, up to 20 kB of it. */
enum storm_fault {
    STORM_FINE,
    STORM_CLOSE,   /* the connection, after the answer */
    STORM_BUSY,    /* status 503 */
    STORM_GO,      /* to /0/NUMBER */
    STORM_SLOW,    /* 20 ms before the answer */
    STORM_RESET,   /* instead of an answer */
    STORM_END,     /* instead of an answer */
    STORM_CUT,     /* in the middle of the body */
    STORM_GARBAGE, /* instead of a status line */
    STORM_FAULTS
};

struct storm_server {
    int port;
    struct listener listener;
    pthread_mutex_t mutex;
    pthread_cond_t quiet;
    int peers;
};

void storm_start(struct storm_server *server);
/* Ends all connections and waits for all threads. */
void storm_stop(struct storm_server *server);

#endif
