/* moment.h: reads dates and times of day the way the reference does: ISO 8601
 * text, and Unix time as a number or as text. Owns nothing. */
#ifndef CK_MOMENT_H
#define CK_MOMENT_H

#include <stddef.h>
#include <stdint.h>

#define CK_MOMENT_NAIVE INT32_MIN /* no time zone was given */

struct ck_moment {
    int year; /* 1..9999 */
    int month;
    int day;
    int hour;
    int minute;
    int second;
    int micro;
    int32_t offset; /* seconds east of UTC, or CK_MOMENT_NAIVE */
};

/* Why a text or a number is no moment. */
enum ck_moment_fault {
    CK_MOMENT_OK,
    CK_MOMENT_SHORT,
    CK_MOMENT_EXTRA,
    CK_MOMENT_DATE_SEPARATOR,
    CK_MOMENT_YEAR,
    CK_MOMENT_MONTH,
    CK_MOMENT_DAY,
    CK_MOMENT_MONTH_RANGE,
    CK_MOMENT_DAY_RANGE,
    CK_MOMENT_SEPARATOR,
    CK_MOMENT_TIME_SEPARATOR,
    CK_MOMENT_HOUR,
    CK_MOMENT_MINUTE,
    CK_MOMENT_SECOND,
    CK_MOMENT_HOUR_RANGE,
    CK_MOMENT_MINUTE_RANGE,
    CK_MOMENT_SECOND_RANGE,
    CK_MOMENT_FRACTION,
    CK_MOMENT_ZONE_SIGN,
    CK_MOMENT_ZONE_HOUR,
    CK_MOMENT_ZONE_MINUTE,
    CK_MOMENT_ZONE_MINUTE_RANGE,
    CK_MOMENT_ZONE_RANGE,
    CK_MOMENT_TOO_LATE,
    CK_MOMENT_TOO_EARLY,
    CK_MOMENT_NAN,
    CK_MOMENT_YEAR_ZERO,
    CK_MOMENT_INEXACT /* a date was asked for, and the time is not 0:00 */
};

enum ck_moment_fault
ck_moment_of_text(const char *text, size_t len, struct ck_moment *moment);
/* Unix time: seconds, or milliseconds when beyond 2e10 either way. The
 * moment is in UTC. */
enum ck_moment_fault
ck_moment_of_int(int64_t number, struct ck_moment *moment);
enum ck_moment_fault
ck_moment_of_float(double number, struct ck_moment *moment);
/* A date; a time beside it must be 0:00 (its zone does not matter). */
enum ck_moment_fault
ck_moment_date_of_text(const char *text, size_t len, struct ck_moment *moment);

/* What a date makes of a moment that was read with that fault. */
enum ck_moment_fault ck_moment_need_midnight(enum ck_moment_fault fault,
                                             const struct ck_moment *moment);

/* "input is too short" and so on. */
const char *ck_moment_reason(enum ck_moment_fault fault);

#endif
