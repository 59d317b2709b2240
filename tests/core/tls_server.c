/* tls_server.c: see the header. Anything that fails here, other than what a
 * client may do, ends the test program. */
#include "tls_server.h"

#include "listener.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void
add_extension(X509 *certificate, int kind, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, kind, value);

    must(extension != NULL, value);
    must(X509_add_ext(certificate, extension, -1) == 1, value);
    X509_EXTENSION_free(extension);
}

static X509 *
make_certificate(EVP_PKEY *key)
{
    static const unsigned char name[] = "tests";
    X509 *made = X509_new();
    X509_NAME *subject = NULL;

    must(made != NULL && X509_set_version(made, 2) == 1, "certificate");
    must(ASN1_INTEGER_set(X509_get_serialNumber(made), 1) == 1, "number");
    must(X509_gmtime_adj(X509_getm_notBefore(made), -60) != NULL, "from");
    must(X509_gmtime_adj(X509_getm_notAfter(made), 3600) != NULL, "until");
    subject = X509_get_subject_name(made);
    must(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, name, -1, -1,
                                    0) == 1,
         "name");
    must(X509_set_issuer_name(made, subject) == 1, "issuer");
    add_extension(made, NID_subject_alt_name, "IP:127.0.0.1");
    add_extension(made, NID_basic_constraints, "critical,CA:TRUE");
    must(X509_set_pubkey(made, key) == 1, "key");
    must(X509_sign(made, key, EVP_sha256()) > 0, "signature");
    return made;
}

static EVP_PKEY *
make_key(void)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
    EVP_PKEY *key = NULL;

    must(context != NULL && EVP_PKEY_keygen_init(context) == 1 &&
             EVP_PKEY_CTX_set_ec_paramgen_curve_nid(
                 context, NID_X9_62_prime256v1) == 1 &&
             EVP_PKEY_keygen(context, &key) == 1,
         "key");
    EVP_PKEY_CTX_free(context);
    return key;
}

static void
make_context(struct tls_server *server)
{
    EVP_PKEY *key = make_key();
    X509 *certificate = make_certificate(key);
    FILE *file = NULL;
    int fd;

    (void)snprintf(server->file, sizeof server->file, "/tmp/ck-ca-XXXXXX");
    fd = mkstemp(server->file);
    must(fd >= 0, "mkstemp");
    file = fdopen(fd, "w");
    must(file != NULL && PEM_write_X509(file, certificate) == 1 &&
             fclose(file) == 0,
         "certificate's file");
    server->context = SSL_CTX_new(TLS_server_method());
    must(server->context != NULL &&
             SSL_CTX_use_certificate(server->context, certificate) == 1 &&
             SSL_CTX_use_PrivateKey(server->context, key) == 1,
         "context");
    X509_free(certificate);
    EVP_PKEY_free(key);
}

/* Whatever the client does: until it has gone. */
static void
answer(SSL *ssl)
{
    static const char good[] = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
                               "fine";
    char request[8192];
    size_t size = 0;

    while (size + 1 < sizeof request) {
        const int got =
            SSL_read(ssl, request + size, (int)(sizeof request - 1 - size));
        if (got <= 0)
            return;
        size += (size_t)got;
        request[size] = '\0';
        if (strstr(request, "\r\n\r\n") == NULL)
            continue;
        if (SSL_write(ssl, good, sizeof good - 1) <= 0)
            return;
        size = 0;
    }
}

static void *
run(void *arg)
{
    struct tls_server *server = arg;

    for (;;) {
        const int fd = accept(server->listener, NULL, NULL);
        SSL *ssl = NULL;

        if (fd < 0)
            return NULL;
        ssl = SSL_new(server->context);
        must(ssl != NULL && SSL_set_fd(ssl, fd) == 1, "SSL_new");
        if (SSL_accept(ssl) == 1)
            answer(ssl);
        SSL_free(ssl);
        (void)close(fd);
    }
}

void
tls_server_start(struct tls_server *server)
{
    memset(server, 0, sizeof *server);
    (void)signal(SIGPIPE, SIG_IGN); /* of the server's own writes */
    make_context(server);
    server->listener = listener_open(&server->port);
    must(pthread_create(&server->thread, NULL, run, server) == 0, "thread");
}

void
tls_server_stop(struct tls_server *server)
{
    (void)shutdown(server->listener, SHUT_RDWR);
    must(pthread_join(server->thread, NULL) == 0, "join");
    (void)close(server->listener);
    (void)unlink(server->file);
    SSL_CTX_free(server->context);
}
