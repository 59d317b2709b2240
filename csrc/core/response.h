/* response.h: what came back, and which row of the tables it falls under. */
#ifndef CK_RESPONSE_H
#define CK_RESPONSE_H

#include "buf.h"
#include "schema.h"
#include "status.h"

#include <stddef.h>

/* When each phase of the last try was over, in microseconds from its start,
 * as libcurl tells it; 0: there was no such phase (a kept connection has no
 * look-up, no connect). */
struct ck_timing {
    long name_us;
    long connect_us;
    long tls_us;
    long first_byte_us;
    long total_us;
};

struct ck_response {
    int status;           /* 100..999: three digits, as they came */
    int http_version;     /* 10, 11, 20, 30 */
    struct ck_buf head;   /* header block of the final answer: "Name: value"
                             lines, each ended by one 0 byte, status line and
                             blank line left out */
    struct ck_buf reason; /* reason phrase; may be empty */
    struct ck_buf body;   /* content-encoding undone */
    struct ck_buf url;    /* where the answer came from, after redirects */
    long elapsed_us;      /* from sending to the last byte */
    int redirects;        /* how many were followed */
    unsigned attempts;    /* how often the request was sent; kept by clear */
    struct ck_timing timing;
};

void ck_response_init(struct ck_response *response, size_t max_body);
void ck_response_free(struct ck_response *response);
void ck_response_clear(struct ck_response *response); /* for the next try */

/* The first header of that name (any case), or NULL. Borrowed. */
const char *
ck_response_header(const struct ck_response *response, const char *name);

/* Content type "application/json" in any case, with or without parameters. */
int ck_response_is_json(const struct ck_response *response);

/* The first response row of the operation that status and content type fall
 * under; NULL: "Unexpected response received". */
const struct ck_response_row *
ck_response_choose(const struct ck_response *response,
                   const struct ck_operation *operation);

#endif
