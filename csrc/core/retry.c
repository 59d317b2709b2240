/* retry.c: whether a request is sent again, and after what wait: the same
 * decisions as the reference. Owns nothing; texts are borrowed from the
 * answer. */
#include "retry.h"

#include "check.h"

#include <math.h>
#include <string.h>

static int
is_unsafe(const char *method)
{
    return strcmp(method, "POST") == 0 || strcmp(method, "PATCH") == 0;
}

int
ck_retry_forbids(const struct ck_retry *retry, const char *method)
{
    if (!retry->enabled)
        return is_unsafe(method) || strcmp(method, "DELETE") == 0;
    return retry->only_safe && is_unsafe(method);
}

/* May the request have had an effect, so that sending it again could have it
 * twice? What was never sent has none, nor has what was turned away. */
static int
is_doubtful(const struct ck_attempt *attempt)
{
    if (!is_unsafe(attempt->method))
        return 0;
    if (attempt->status == CK_OK)
        return attempt->http_status != 429;
    return attempt->status != CK_CONNECT &&
           attempt->status != CK_CONNECT_TIMEOUT;
}

int
ck_retry_wants(const struct ck_retry *retry, const struct ck_attempt *attempt)
{
    /* the reference counts whole milliseconds */
    if (!retry->enabled || nearbyint(attempt->elapsed) > retry->max_elapsed ||
        (retry->max_attempts > 0 && attempt->number >= retry->max_attempts) ||
        (retry->only_safe && is_doubtful(attempt)))
        return 0;
    switch (attempt->status) {
    case CK_OK: break;
    case CK_CONNECT:
    case CK_READ:
    case CK_WRITE:
    case CK_CONNECT_TIMEOUT:
    case CK_READ_TIMEOUT:
    case CK_WRITE_TIMEOUT: return retry->connection_errors;
    default: return 0;
    }
    for (unsigned i = 0; i < retry->code_count; i++) {
        int code = retry->codes[i];

        if (code == attempt->http_status ||
            (code < 10 && code == attempt->http_status / 100))
            return 1;
    }
    return 0;
}

/* --- dates ------------------------------------------------------------- */

static const char *
skip(const char *p, const char *set)
{
    return p + strspn(p, set);
}

/* Digits at p as a number of at most `most` digits; NULL without any. */
static const char *
read_number(const char *p, int most, int *number)
{
    const char *start = p;

    for (*number = 0; p - start < most && *p >= '0' && *p <= '9'; p++)
        *number = *number * 10 + (*p - '0');
    return p == start ? NULL : p;
}

static const char *
read_month(const char *p, int *month)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (*month = 0; *month < 12; ++*month)
        if (strncmp(p, names + *month * 3, 3) == 0)
            return p + 3;
    return NULL;
}

/* hh:mm:ss as seconds of the day. */
static const char *
read_clock(const char *p, int *seconds)
{
    int parts[3] = {0, 0, 0};

    for (int i = 0; i < 3; i++) {
        p = read_number(p, 2, &parts[i]);
        if (p == NULL || (i < 2 && *p++ != ':'))
            return NULL;
    }
    if (parts[0] > 23 || parts[1] > 59 || parts[2] > 60)
        return NULL;
    *seconds = (parts[0] * 60 + parts[1]) * 60 + parts[2];
    return p;
}

/* Days from 1970 to a date of the Gregorian calendar; month from 0 on. */
static int64_t
days_to(int year, int month, int day)
{
    /* the year begins in March, so that the leap day is its last */
    int64_t y = month < 2 ? year - 1 : year;
    int64_t m = (month + 10) % 12;
    int64_t era = y / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * m + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
           719468;
}

/* The zone's distance from UTC in seconds; names other than those of UTC are
 * no HTTP. */
static int
read_zone(const char *p, int *offset)
{
    int number = 0;

    *offset = 0;
    if (*p == '\0' || strcmp(p, "GMT") == 0 || strcmp(p, "UTC") == 0)
        return 1;
    if ((*p != '+' && *p != '-') || strlen(p) != 5 ||
        read_number(p + 1, 4, &number) != p + 5)
        return 0;
    *offset = (number / 100 * 60 + number % 100) * 60;
    if (*p == '-')
        *offset = -*offset;
    return 1;
}

int
ck_retry_date(const char *text, int64_t *seconds)
{
    const char *comma = strchr(text, ',');
    const char *p = skip(comma == NULL ? text : comma + 1, " ");
    int day = 0;
    int month = 0;
    int year = 0;
    int clock = 0;
    int offset = 0;

    p = read_number(p, 2, &day);
    if (p == NULL || (p = read_month(skip(p, " -"), &month)) == NULL)
        return 0;
    p = read_number(skip(p, " -"), 4, &year);
    if (p == NULL || (p = read_clock(skip(p, " "), &clock)) == NULL ||
        !read_zone(skip(p, " "), &offset) || day < 1 || day > 31)
        return 0;
    if (year < 100)
        year += year < 69 ? 2000 : 1900;
    *seconds = days_to(year, month, day) * 86400 + clock - offset;
    return 1;
}

/* --- waits ------------------------------------------------------------- */

/* Milliseconds that the answer asks for; 0 or less: none. */
static double
asked_wait(const struct ck_response *response, int64_t now)
{
    const char *text = ck_response_header(response, "retry-after-ms");
    double number = 0;
    int64_t date = 0;

    if (text != NULL && ck_lax_float(text, strlen(text), &number) &&
        isfinite(number) && number >= 0)
        return nearbyint(number);
    text = ck_response_header(response, "retry-after");
    if (text == NULL)
        return 0;
    if (ck_lax_float(text, strlen(text), &number))
        return isfinite(number) ? nearbyint(number * 1000) : 0;
    if (!ck_retry_date(text, &date) || date <= now)
        return 0;
    return (double)(date - now) * 1000;
}

double
ck_retry_wait(const struct ck_retry *retry, unsigned attempt,
              const struct ck_response *response, double luck, int64_t now)
{
    double wait = response == NULL ? 0 : asked_wait(response, now);

    if (wait > 0)
        return wait;
    wait =
        retry->initial * pow(retry->exponent, attempt) + luck * retry->jitter;
    if (!(wait < retry->max)) /* not a number counts as too long */
        wait = retry->max;
    return wait > 0 ? wait : 0;
}

int
ck_retry_plan(const struct ck_retry *retry, const struct ck_attempt *attempt,
              const struct ck_response *response, double *wait)
{
    if (!ck_retry_wants(retry, attempt))
        return 0;
    *wait = ck_retry_wait(retry, attempt->number - 1, response, attempt->luck,
                          attempt->now);
    return retry->deadline <= 0 || attempt->elapsed + *wait < retry->deadline;
}
