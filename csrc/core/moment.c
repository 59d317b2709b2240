/* moment.c: dates and times of day out of text and numbers. A reader walks
 * over borrowed text; nothing is owned. */
#include "moment.h"

#include "check.h"

#include <math.h>
#include <string.h>

struct reader {
    const char *at;
    const char *end;
};

static size_t
left(const struct reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

/* Takes exactly `count` digits. -1: something else stands there. */
static int
take_digits(struct reader *reader, int count)
{
    int value = 0;

    for (int i = 0; i < count; i++) {
        if (reader->at == reader->end || *reader->at < '0' ||
            *reader->at > '9')
            return -1;
        value = value * 10 + (*reader->at++ - '0');
    }
    return value;
}

static int
take_char(struct reader *reader, const char *choices)
{
    if (reader->at == reader->end || *reader->at == '\0' ||
        strchr(choices, *reader->at) == NULL)
        return 0;
    reader->at++;
    return 1;
}

static int
days_in(int year, int month)
{
    static const char days[] = {31, 28, 31, 30, 31, 30,
                                31, 31, 30, 31, 30, 31};
    int leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return days[month - 1] + (month == 2 && leap);
}

/* YYYY-MM-DD */
static enum ck_moment_fault
take_date(struct reader *reader, struct ck_moment *moment)
{
    if (left(reader) < 10)
        return CK_MOMENT_SHORT;
    moment->year = take_digits(reader, 4);
    if (moment->year < 0)
        return CK_MOMENT_YEAR;
    if (!take_char(reader, "-"))
        return CK_MOMENT_DATE_SEPARATOR;
    moment->month = take_digits(reader, 2);
    if (moment->month < 0)
        return CK_MOMENT_MONTH;
    if (!take_char(reader, "-"))
        return CK_MOMENT_DATE_SEPARATOR;
    moment->day = take_digits(reader, 2);
    if (moment->day < 0)
        return CK_MOMENT_DAY;
    if (moment->month < 1 || moment->month > 12)
        return CK_MOMENT_MONTH_RANGE;
    if (moment->day < 1 || moment->day > days_in(moment->year, moment->month))
        return CK_MOMENT_DAY_RANGE;
    return CK_MOMENT_OK;
}

/* Digits after the point; those past the sixth are dropped. */
static enum ck_moment_fault
take_fraction(struct reader *reader, struct ck_moment *moment)
{
    int unit = 100000;
    int digit = take_digits(reader, 1);

    if (digit < 0)
        return CK_MOMENT_FRACTION;
    for (; digit >= 0; digit = take_digits(reader, 1)) {
        moment->micro += digit * unit;
        unit /= 10;
    }
    return CK_MOMENT_OK;
}

/* HH:MM, HH:MM:SS or HH:MM:SS.ffffff */
static enum ck_moment_fault
take_time(struct reader *reader, struct ck_moment *moment)
{
    if (left(reader) < 5)
        return CK_MOMENT_SHORT;
    moment->hour = take_digits(reader, 2);
    if (moment->hour < 0)
        return CK_MOMENT_HOUR;
    if (!take_char(reader, ":"))
        return CK_MOMENT_TIME_SEPARATOR;
    moment->minute = take_digits(reader, 2);
    if (moment->minute < 0)
        return CK_MOMENT_MINUTE;
    if (moment->hour > 23)
        return CK_MOMENT_HOUR_RANGE;
    if (moment->minute > 59)
        return CK_MOMENT_MINUTE_RANGE;
    if (!take_char(reader, ":"))
        return CK_MOMENT_OK;
    moment->second = take_digits(reader, 2);
    if (moment->second < 0)
        return CK_MOMENT_SECOND;
    if (moment->second > 59)
        return CK_MOMENT_SECOND_RANGE;
    return take_char(reader, ".,") ? take_fraction(reader, moment)
                                   : CK_MOMENT_OK;
}

/* 1, -1, or 0 when no sign stands there. U+2212 is a minus, too. */
static int
take_sign(struct reader *reader)
{
    if (take_char(reader, "+"))
        return 1;
    if (take_char(reader, "-"))
        return -1;
    if (left(reader) >= 3 && memcmp(reader->at, "\xE2\x88\x92", 3) == 0) {
        reader->at += 3;
        return -1;
    }
    return 0;
}

/* Z, +HH:MM or +HHMM */
static enum ck_moment_fault
take_zone(struct reader *reader, struct ck_moment *moment)
{
    int sign;
    int hours;
    int minutes;

    if (take_char(reader, "Zz")) {
        moment->offset = 0;
        return CK_MOMENT_OK;
    }
    sign = take_sign(reader);
    if (sign == 0)
        return CK_MOMENT_ZONE_SIGN;
    hours = take_digits(reader, 2);
    if (hours < 0)
        return CK_MOMENT_ZONE_HOUR;
    (void)take_char(reader, ":");
    minutes = take_digits(reader, 2);
    if (minutes < 0)
        return CK_MOMENT_ZONE_MINUTE;
    if (minutes > 59)
        return CK_MOMENT_ZONE_MINUTE_RANGE;
    if (hours > 23)
        return CK_MOMENT_ZONE_RANGE;
    moment->offset = sign * (hours * 3600 + minutes * 60);
    return CK_MOMENT_OK;
}

static void
clear(struct ck_moment *moment)
{
    memset(moment, 0, sizeof *moment);
    moment->offset = CK_MOMENT_NAIVE;
}

static enum ck_moment_fault
read_date(const char *text, size_t len, struct ck_moment *moment)
{
    struct reader reader = {text, text + len};
    enum ck_moment_fault fault;

    clear(moment);
    fault = take_date(&reader, moment);
    if (fault == CK_MOMENT_OK && left(&reader) > 0)
        return CK_MOMENT_EXTRA;
    return fault;
}

static enum ck_moment_fault
read_both(const char *text, size_t len, struct ck_moment *moment)
{
    struct reader reader = {text, text + len};
    enum ck_moment_fault fault;

    clear(moment);
    fault = take_date(&reader, moment);
    if (fault != CK_MOMENT_OK)
        return fault;
    if (left(&reader) == 0)
        return CK_MOMENT_SHORT;
    if (!take_char(&reader, "Tt_ "))
        return CK_MOMENT_SEPARATOR;
    fault = take_time(&reader, moment);
    if (fault == CK_MOMENT_OK && left(&reader) > 0)
        fault = take_zone(&reader, moment);
    if (fault == CK_MOMENT_OK && left(&reader) > 0)
        return CK_MOMENT_EXTRA;
    return fault;
}

/* Seconds since 1970, at most a few times 1e11 either way, and a part of a
 * second. Counts in years that begin in March, so that leap days come last,
 * from the year 0 on. */
static enum ck_moment_fault
from_seconds(int64_t seconds, int micro, struct ck_moment *moment)
{
    int64_t days = seconds / 86400 - (seconds % 86400 < 0);
    int rest = (int)(seconds - days * 86400);
    int64_t era;
    int day_of_era;
    int year_of_era;
    int day_of_year;
    int month;

    if (seconds < -62167219200)
        return CK_MOMENT_TOO_EARLY;
    if (seconds > 253402300799)
        return CK_MOMENT_TOO_LATE;
    days += 719468; /* from 0000-03-01 to 1970-01-01 */
    era = (days >= 0 ? days : days - 146096) / 146097;
    day_of_era = (int)(days - era * 146097);
    year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
                   day_of_era / 146096) /
                  365;
    day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    month = (5 * day_of_year + 2) / 153; /* 0: March */
    moment->day = day_of_year - (153 * month + 2) / 5 + 1;
    moment->month = month < 10 ? month + 3 : month - 9;
    moment->year = (int)(era * 400) + year_of_era + (moment->month <= 2);
    moment->hour = rest / 3600;
    moment->minute = rest / 60 % 60;
    moment->second = rest % 60;
    moment->micro = micro;
    moment->offset = 0;
    return moment->year == 0 ? CK_MOMENT_YEAR_ZERO : CK_MOMENT_OK;
}

/* From here on a number counts milliseconds; beyond the second bound it is
 * no moment either way. */
static const int64_t millis_from = 20000000000;
static const int64_t never = 1000000000000000;

enum ck_moment_fault
ck_moment_of_int(int64_t number, struct ck_moment *moment)
{
    int64_t rest;

    clear(moment);
    if (number >= -millis_from && number <= millis_from)
        return from_seconds(number, 0, moment);
    if (number > never)
        return CK_MOMENT_TOO_LATE;
    if (number < -never)
        return CK_MOMENT_TOO_EARLY;
    rest = number % 1000;
    if (rest < 0)
        rest += 1000;
    return from_seconds((number - rest) / 1000, (int)rest * 1000, moment);
}

enum ck_moment_fault
ck_moment_of_float(double number, struct ck_moment *moment)
{
    double whole;
    int64_t seconds;
    int64_t rest;
    int per_second;
    int micro;

    clear(moment);
    if (isnan(number))
        return CK_MOMENT_NAN;
    if (fabs(number) > (double)never)
        return number > 0 ? CK_MOMENT_TOO_LATE : CK_MOMENT_TOO_EARLY;
    per_second = fabs(number) > (double)millis_from ? 1000 : 1;
    whole = floor(number);
    micro = (int)round((number - whole) * 1e6 / per_second);
    seconds = (int64_t)whole / per_second;
    rest = (int64_t)whole % per_second;
    if (rest < 0) {
        rest += per_second;
        seconds--;
    }
    micro += (int)rest * 1000;
    if (micro >= 1000000) {
        micro -= 1000000;
        seconds++;
    }
    return from_seconds(seconds, micro, moment);
}

/* A number as text: [+-]digits, or with a point and then maybe an exponent.
 * *is_whole: which one it is. */
static int
is_number(const char *text, size_t len, int *is_whole)
{
    size_t at = len > 0 && (text[0] == '+' || text[0] == '-');
    size_t from = at;

    while (at < len && text[at] >= '0' && text[at] <= '9')
        at++;
    *is_whole = at == len;
    if (at == len)
        return at > from;
    if (text[at] != '.')
        return 0;
    /* No spaces and underscores; the rest is seen to by ck_lax_float. */
    while (at < len && text[at] != '\0' &&
           strchr("0123456789.eE+-", text[at]) != NULL)
        at++;
    return at == len;
}

/* Unix time as text. CK_MOMENT_SHORT (no number) when it is none. */
static enum ck_moment_fault
read_number(const char *text, size_t len, struct ck_moment *moment)
{
    int64_t value = 0;
    double number;
    char scratch[1]; /* there are no underscores to be taken out */
    int is_whole;
    int digit;
    int negative = len > 0 && text[0] == '-';

    if (!is_number(text, len, &is_whole))
        return CK_MOMENT_SHORT;
    if (!is_whole) {
        if (!ck_lax_float_with(text, len, scratch, &number))
            return CK_MOMENT_SHORT;
        return ck_moment_of_float(number, moment);
    }
    for (size_t at = 0; at < len; at++) {
        if (text[at] == '+' || text[at] == '-')
            continue;
        digit = text[at] - '0';
        if (value > (INT64_MAX - digit) / 10)
            return CK_MOMENT_SHORT;
        value = value * 10 + digit;
    }
    return ck_moment_of_int(negative ? -value : value, moment);
}

enum ck_moment_fault
ck_moment_of_text(const char *text, size_t len, struct ck_moment *moment)
{
    enum ck_moment_fault fault = read_both(text, len, moment);
    enum ck_moment_fault number = CK_MOMENT_SHORT;

    if (fault != CK_MOMENT_OK) {
        number = read_number(text, len, moment);
        if (number == CK_MOMENT_OK || number == CK_MOMENT_YEAR_ZERO)
            return number;
        fault = read_date(text, len, moment);
    }
    /* A whole number out of range is said to be that. */
    if (fault != CK_MOMENT_OK)
        return number != CK_MOMENT_SHORT && memchr(text, '.', len) == NULL
                   ? number
                   : fault;
    return moment->year == 0 ? CK_MOMENT_YEAR_ZERO : CK_MOMENT_OK;
}

enum ck_moment_fault
ck_moment_need_midnight(enum ck_moment_fault fault,
                        const struct ck_moment *moment)
{
    if (fault != CK_MOMENT_OK && fault != CK_MOMENT_YEAR_ZERO)
        return fault;
    if (moment->hour != 0 || moment->minute != 0 || moment->second != 0 ||
        moment->micro != 0)
        return CK_MOMENT_INEXACT;
    return moment->year == 0 ? CK_MOMENT_YEAR_ZERO : CK_MOMENT_OK;
}

enum ck_moment_fault
ck_moment_date_of_text(const char *text, size_t len, struct ck_moment *moment)
{
    enum ck_moment_fault fault = read_date(text, len, moment);
    enum ck_moment_fault number;

    if (fault != CK_MOMENT_OK) {
        fault = read_both(text, len, moment);
        if (fault != CK_MOMENT_OK) {
            number = read_number(text, len, moment);
            if (number != CK_MOMENT_SHORT)
                fault = number;
        }
    }
    return ck_moment_need_midnight(fault, moment);
}

const char *
ck_moment_reason(enum ck_moment_fault fault)
{
    static const char *const reasons[] = {
        [CK_MOMENT_OK] = "",
        [CK_MOMENT_SHORT] = "input is too short",
        [CK_MOMENT_EXTRA] =
            "unexpected extra characters at the end of the input",
        [CK_MOMENT_DATE_SEPARATOR] = "invalid date separator, expected `-`",
        [CK_MOMENT_YEAR] = "invalid character in year",
        [CK_MOMENT_MONTH] = "invalid character in month",
        [CK_MOMENT_DAY] = "invalid character in day",
        [CK_MOMENT_MONTH_RANGE] =
            "month value is outside expected range of 1-12",
        [CK_MOMENT_DAY_RANGE] = "day value is outside expected range",
        [CK_MOMENT_SEPARATOR] = "invalid datetime separator, expected `T`, "
                                "`t`, `_` or space",
        [CK_MOMENT_TIME_SEPARATOR] = "invalid time separator, expected `:`",
        [CK_MOMENT_HOUR] = "invalid character in hour",
        [CK_MOMENT_MINUTE] = "invalid character in minute",
        [CK_MOMENT_SECOND] = "invalid character in second",
        [CK_MOMENT_HOUR_RANGE] =
            "hour value is outside expected range of 0-23",
        [CK_MOMENT_MINUTE_RANGE] =
            "minute value is outside expected range of 0-59",
        [CK_MOMENT_SECOND_RANGE] =
            "second value is outside expected range of 0-59",
        [CK_MOMENT_FRACTION] = "second fraction digits missing after `.`",
        [CK_MOMENT_ZONE_SIGN] = "invalid timezone sign",
        [CK_MOMENT_ZONE_HOUR] = "invalid timezone hour",
        [CK_MOMENT_ZONE_MINUTE] = "invalid timezone minute",
        [CK_MOMENT_ZONE_MINUTE_RANGE] =
            "timezone minute value is outside expected range of 0-59",
        [CK_MOMENT_ZONE_RANGE] = "timezone offset must be less than 24 hours",
        [CK_MOMENT_TOO_LATE] =
            "dates after 9999 are not supported as unix timestamps",
        [CK_MOMENT_TOO_EARLY] =
            "dates before 0000 are not supported as unix timestamps",
        [CK_MOMENT_NAN] = "NaN values not permitted",
        [CK_MOMENT_YEAR_ZERO] = "year 0 is out of range",
        [CK_MOMENT_INEXACT] = "the time is not 0:00",
    };

    return reasons[fault];
}
