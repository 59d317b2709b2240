/* status.h: how a core function says what went wrong.
 * Owns nothing; a ck_error is a value that lives in the caller's frame. */
#ifndef CK_STATUS_H
#define CK_STATUS_H

#include <stddef.h>

#define CK_MUST_USE __attribute__((warn_unused_result))
#define CK_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

enum ck_status {
    CK_OK = 0,
    CK_NOMEM,        /* an allocation failed */
    CK_BAD_ARGUMENT, /* the caller's value cannot be sent */
    CK_BAD_JSON,     /* not a JSON text; error.offset says where */
    CK_TOO_LARGE,    /* a bound (bytes, depth, headers) was passed */
    CK_BAD_URL,      /* a URL that cannot be used */
    CK_BAD_PROTOCOL, /* a scheme other than http and https */
    CK_CONNECT,      /* refused, unreachable, DNS, TLS */
    CK_CONNECT_TIMEOUT,
    CK_READ, /* the connection broke while receiving */
    CK_READ_TIMEOUT,
    CK_WRITE,
    CK_WRITE_TIMEOUT,
    CK_REMOTE_PROTOCOL, /* the server broke the rules of HTTP */
    CK_DECODING,        /* content-encoding could not be undone */
    CK_PROXY,
    CK_TOO_MANY_REDIRECTS,
    CK_INTERRUPTED, /* the tick asked to stop (a signal) */
    CK_CLOSED,      /* the pool was closed */
    CK_UPLOAD,      /* the file that is uploaded cannot be read to its end */
    CK_INTERNAL
};

enum { CK_ERROR_MESSAGE = 256 };

struct ck_error {
    enum ck_status status;
    int detail;    /* e.g. the CURLcode behind a transport failure */
    size_t offset; /* byte offset in the text, where that has a meaning */
    char message[CK_ERROR_MESSAGE]; /* always terminated, ASCII or UTF-8 */
};

/* Fills *error (may be NULL) and returns status, so that a caller can write
 * `return ck_fail(error, CK_BAD_URL, "...")`. */
enum ck_status ck_fail(struct ck_error *error, enum ck_status status,
                       const char *format, ...) CK_PRINTF(3, 4);

#endif
