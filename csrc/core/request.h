/* request.h: what is about to be sent. The struct owns its buffers. */
#ifndef CK_REQUEST_H
#define CK_REQUEST_H

#include "buf.h"
#include "status.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* Part of a body that stays in a file: it is read with pread() while it is
 * being sent, so that it can be sent again. */
struct ck_upload {
    int fd;              /* owned; -1: the body is all in memory */
    int64_t offset;      /* where in the file it begins */
    int64_t size;        /* bytes */
    size_t at;           /* where in ck_request.body it is put in */
    atomic_size_t *sent; /* borrowed, may be NULL: how many bytes of the body
                            are on their way, kept by the transport */
};

struct ck_request {
    const char *method; /* borrowed, e.g. "GET" (a row of the tables) */
    struct ck_buf url;
    struct ck_buf headers; /* "Name: value" lines, each ended by one 0 byte */
    struct ck_buf body;
    struct ck_upload upload;
    int has_body;    /* an empty body differs from none */
    int once;        /* not sent again when a kept connection breaks, either */
    long timeout_ms; /* each of connect, read, write; 0: no limit */
};

void ck_request_init(struct ck_request *request);
void ck_request_free(struct ck_request *request); /* closes upload.fd */

/* Bytes of the whole body, the part in a file included. */
int64_t ck_request_size(const struct ck_request *request);

/* Copies the body from byte `from` on: *got bytes, at most room; fewer do not
 * mean the end, only 0 does. CK_UPLOAD: the file cannot be read, or has
 * become shorter. */
enum ck_status
ck_request_read(const struct ck_request *request, int64_t from, char *out,
                size_t room, size_t *got, struct ck_error *error) CK_MUST_USE;

/* Sets a header; one with the same name in any case is replaced. Refuses
 * names that are not tokens and values with control characters other than
 * tab (CK_BAD_ARGUMENT; the message names the header, never the value). */
enum ck_status
ck_request_set_header(struct ck_request *request, const char *name,
                      size_t name_len, const char *value, size_t value_len,
                      struct ck_error *error) CK_MUST_USE;

/* Iterates the lines: start with NULL; NULL at the end. */
const char *
ck_request_next_header(const struct ck_request *request, const char *line);

/* Multipart bodies: open with a boundary, add parts, close; close also sets
 * the content-type header. Names are quoted the way browsers do it
 * ('"' as %22, line breaks as %0A and %0D, '\' doubled). */
enum { CK_BOUNDARY_MAX = 64 };
struct ck_part {
    const char *name;
    size_t name_len;
    const char *file_name; /* NULL: a text part */
    size_t file_name_len;
    const char *content_type; /* NULL: none is written */
    const char *data;
    size_t size;
    const struct ck_upload *file; /* not NULL: the content, instead of data;
                                     in one part at most. Its descriptor is
                                     the request's if adding succeeds; -1: it
                                     comes later, by ck_request_fill */
};
enum ck_status
ck_multipart_add(struct ck_request *request, const char *boundary,
                 const struct ck_part *part,
                 struct ck_error *error) CK_MUST_USE;
/* The content of the part that was added without: of a file (its descriptor
 * becomes the request's) or, with fd -1, size bytes of data. */
enum ck_status
ck_request_fill(struct ck_request *request, int fd, const char *data,
                size_t size, struct ck_error *error) CK_MUST_USE;
enum ck_status
ck_multipart_close(struct ck_request *request, const char *boundary,
                   struct ck_error *error) CK_MUST_USE;

#endif
