/* retry.h: whether a request is sent again, and after what wait. Decides
 * only; sending and waiting are the caller's. */
#ifndef CK_RETRY_H
#define CK_RETRY_H

#include "response.h"
#include "status.h"

#include <stdint.h>

enum { CK_RETRY_CODES = 32 };

/* All times are milliseconds. */
struct ck_retry {
    int enabled;
    int connection_errors; /* failed connections and time limits, too */
    double initial;        /* first wait */
    double max;            /* longest computed wait */
    double exponent;       /* factor from one wait to the next */
    double max_elapsed;    /* after this no further try begins; -1: one try */
    double jitter;         /* at most this is added to a computed wait */
    unsigned max_attempts; /* 0: no bound on the number of tries */
    double deadline;       /* from the first try on, waits included: a wait
                              that would pass it is not begun; 0: none */
    int only_safe;         /* POST and PATCH are repeated only when nothing
                              of them was sent, or after 429 */
    unsigned code_count;
    uint16_t codes[CK_RETRY_CODES]; /* 100 and more: that status; 0 to 9: the
                                       class of statuses beginning so */
};

/* How a try ended. */
struct ck_attempt {
    enum ck_status status;
    int http_status;    /* counts when status is CK_OK */
    const char *method; /* borrowed */
    unsigned number;    /* of tries so far, this one included */
    double elapsed;     /* since the first try began */
    double luck;        /* a random number from 0 to 1 */
    int64_t now;        /* seconds since 1970, for dates in answers */
};

/* Must a request with this method never be sent twice, not even when a kept
 * connection breaks? */
int ck_retry_forbids(const struct ck_retry *retry, const char *method);

/* Is this outcome worth another try? */
int
ck_retry_wants(const struct ck_retry *retry, const struct ck_attempt *attempt);

/* Both in one: 1 with the wait that comes before the next try, or 0: that was
 * the last one. response may be NULL. */
int
ck_retry_plan(const struct ck_retry *retry, const struct ck_attempt *attempt,
              const struct ck_response *response, double *wait);

/* How long to wait before try number `attempt` + 1 (the first wait has
 * attempt 0). What the answer asks for (Retry-After, retry-after-ms) goes
 * before what is computed. response may be NULL. luck is a random number from
 * 0 to 1; now is the time in seconds since 1970. */
double
ck_retry_wait(const struct ck_retry *retry, unsigned attempt,
              const struct ck_response *response, double luck, int64_t now);

/* Seconds since 1970 of a date as HTTP writes it ("Sun, 06 Nov 1994 08:49:37
 * GMT" and the older "Sunday, 06-Nov-94 08:49:37 GMT"). 1, or 0 when text is
 * none. */
int ck_retry_date(const char *text, int64_t *seconds);

#endif
