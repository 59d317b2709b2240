/* scripted_server.h: a loopback server for tests that does what it is told,
 * well-behaved or not. Each connection gets a thread that runs the script. */
#ifndef SCRIPTED_SERVER_H
#define SCRIPTED_SERVER_H

#include "listener.h"

#include <pthread.h>
#include <stddef.h>

enum step_kind {
    STEP_END,    /* closes the connection */
    STEP_READ,   /* reads one request; ends when the client has gone */
    STEP_SEND,   /* text */
    STEP_SLOWLY, /* text, byte by byte, number milliseconds apart */
    STEP_FILL,   /* text again and again, number times; -1: for ever */
    STEP_PAUSE,  /* number milliseconds */
    STEP_ROUTE,  /* answers the request read last, see below */
    STEP_AGAIN,  /* from the first step on, on the same connection */
    STEP_RESET   /* closes with a reset instead of an end */
};

/* STEP_ROUTE: a request for "/to/302/URL" is redirected to URL; any other is
 * answered with the text of the request itself, head and body. */

struct step {
    enum step_kind kind;
    const char *text;
    long number;
    size_t size; /* of text; 0: up to its 0 byte */
};

struct peer;

struct server {
    const struct step *script; /* borrowed */
    int port;
    struct listener listener;
    pthread_mutex_t mutex;
    struct peer *peers;
    int connections;
    int requests;
    char last[65536]; /* the request read last, cut */
};

void server_start(struct server *server, const struct step *script);
/* For the connections made from now on. */
void server_set_script(struct server *server, const struct step *script);
/* Ends all connections and waits for all threads. */
void server_stop(struct server *server);
int server_connections(struct server *server);
int server_requests(struct server *server);

#endif
