/* tls_server.h: a loopback server that speaks TLS with a certificate of its
 * own making, which it writes to a file, for clients to trust or not. */
#ifndef TLS_SERVER_H
#define TLS_SERVER_H

#include <pthread.h>

struct tls_server {
    int port;
    char file[64]; /* the certificate, PEM */
    int listener;
    pthread_t thread;
    void *context; /* SSL_CTX *, owned */
};

/* Answers each request with "fine", one connection after the other. */
void tls_server_start(struct tls_server *server);
void tls_server_stop(struct tls_server *server);

#endif
