/* request.h: what is about to be sent. The struct owns its buffers. */
#ifndef CK_REQUEST_H
#define CK_REQUEST_H

#include "buf.h"
#include "status.h"

#include <stddef.h>
#include <stdint.h>

/* Part of a body that stays in a file: it is read with pread() while it is
 * being sent, so that it can be sent again. */
struct ck_upload {
    int fd;         /* borrowed; -1: the body is all in memory */
    int64_t offset; /* where in the file it begins */
    int64_t size;   /* bytes */
    size_t at;      /* where in ck_request.body it is put in */
};

struct ck_request {
    const char *method; /* borrowed, e.g. "GET" (a row of the tables) */
    struct ck_buf url;
    struct ck_buf headers; /* "Name: value" lines, each ended by one 0 byte */
    struct ck_buf body;
    struct ck_upload upload;
    int has_body;    /* an empty body differs from none */
    long timeout_ms; /* each of connect, read, write; 0: no limit */
};

void ck_request_init(struct ck_request *request);
void ck_request_free(struct ck_request *request);

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
};
enum ck_status
ck_multipart_add(struct ck_request *request, const char *boundary,
                 const struct ck_part *part,
                 struct ck_error *error) CK_MUST_USE;
enum ck_status
ck_multipart_close(struct ck_request *request, const char *boundary,
                   struct ck_error *error) CK_MUST_USE;

#endif
