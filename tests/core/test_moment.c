/* test_moment.c: dates and times out of text and numbers. What is expected
 * was seen in the reference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "moment.h"
#include "support.h"

#include <math.h>
#include <stdio.h>

/* "2024-01-02 03:04:05.000006 +19800" or "... naive" */
static const char *
write_moment(const struct ck_moment *moment)
{
    static char text[160];
    size_t at = (size_t)snprintf(
        text, sizeof text, "%04d-%02d-%02d %02d:%02d:%02d.%06d ", moment->year,
        moment->month, moment->day, moment->hour, moment->minute,
        moment->second, moment->micro);

    if (moment->offset == CK_MOMENT_NAIVE)
        (void)snprintf(text + at, sizeof text - at, "naive");
    else
        (void)snprintf(text + at, sizeof text - at, "%+ld",
                       (long)moment->offset);
    return text;
}

static void
expect_text(const char *text, const char *expected)
{
    size_t len = strlen(text);
    char *copy = support_copy(text, len);
    struct ck_moment moment;

    assert_int_equal(ck_moment_of_text(copy, len, &moment), CK_MOMENT_OK);
    assert_string_equal(write_moment(&moment), expected);
    free(copy);
}

static void
expect_fault(const char *text, enum ck_moment_fault expected)
{
    size_t len = strlen(text);
    char *copy = support_copy(text, len);
    struct ck_moment moment;

    assert_int_equal(ck_moment_of_text(copy, len, &moment), expected);
    free(copy);
}

static void
test_text(void **state)
{
    (void)state;
    expect_text("2024-01-02T03:04:05Z", "2024-01-02 03:04:05.000000 +0");
    expect_text("2024-01-02t03:04z", "2024-01-02 03:04:00.000000 +0");
    expect_text("2024-01-02 03:04:05", "2024-01-02 03:04:05.000000 naive");
    expect_text("2024-01-02_03:04:05,5", "2024-01-02 03:04:05.500000 naive");
    expect_text("2024-01-02T03:04:05.123456789",
                "2024-01-02 03:04:05.123456 naive");
    expect_text("2024-01-02T03:04:05+05:30",
                "2024-01-02 03:04:05.000000 +19800");
    expect_text("2024-01-02T03:04:05-2359",
                "2024-01-02 03:04:05.000000 -86340");
    expect_text("2024-01-02T03:04:05\u221205:30",
                "2024-01-02 03:04:05.000000 -19800");
    expect_text("2024-02-29", "2024-02-29 00:00:00.000000 naive");
    expect_text("2000-02-29", "2000-02-29 00:00:00.000000 naive");
    expect_text("0001-01-01", "0001-01-01 00:00:00.000000 naive");
}

static void
test_text_refused(void **state)
{
    (void)state;
    expect_fault("", CK_MOMENT_SHORT);
    expect_fault("2024-1-2", CK_MOMENT_SHORT);
    expect_fault(" 2024-01-02", CK_MOMENT_YEAR);
    expect_fault("2024/01/02", CK_MOMENT_DATE_SEPARATOR);
    expect_fault("2024-01/02", CK_MOMENT_DATE_SEPARATOR);
    expect_fault("2024-x1-02", CK_MOMENT_MONTH);
    expect_fault("2024-01-x2", CK_MOMENT_DAY);
    expect_fault("2024-13-01", CK_MOMENT_MONTH_RANGE);
    expect_fault("2023-02-29", CK_MOMENT_DAY_RANGE);
    expect_fault("1900-02-29", CK_MOMENT_DAY_RANGE);
    expect_fault("2024-01-00", CK_MOMENT_DAY_RANGE);
    expect_fault("0000-01-01", CK_MOMENT_YEAR_ZERO);
    /* What is wrong behind the date is not told apart. */
    expect_fault("2024-01-02T", CK_MOMENT_EXTRA);
    expect_fault("2024-01-02T03:04:60", CK_MOMENT_EXTRA);
    expect_fault("2024-01-02T24:00", CK_MOMENT_EXTRA);
    expect_fault("2024-01-02T03:04:05 +05:30", CK_MOMENT_EXTRA);
    expect_fault("2024-01-02T03:04:05+05", CK_MOMENT_EXTRA);
    expect_fault("2024-01-02T03:04:05-24:00", CK_MOMENT_EXTRA);
    expect_fault("2024-01-02 ", CK_MOMENT_EXTRA);
}

static void
test_number_text(void **state)
{
    (void)state;
    expect_text("0", "1970-01-01 00:00:00.000000 +0");
    expect_text("+5", "1970-01-01 00:00:05.000000 +0");
    expect_text("-1.5", "1969-12-31 23:59:58.500000 +0");
    expect_text("1.", "1970-01-01 00:00:01.000000 +0");
    expect_text(".1e5", "1970-01-01 02:46:40.000000 +0");
    expect_text("1700000000", "2023-11-14 22:13:20.000000 +0");
    expect_text("20000000000", "2603-10-11 11:33:20.000000 +0");
    expect_text("20000000001", "1970-08-20 11:33:20.001000 +0");
    expect_fault("1e9", CK_MOMENT_SHORT);
    expect_fault("1.5.5", CK_MOMENT_SHORT);
    expect_fault("1_0", CK_MOMENT_SHORT);
    expect_fault("1.5 ", CK_MOMENT_SHORT);
    expect_fault("nan", CK_MOMENT_SHORT);
    expect_fault("-", CK_MOMENT_SHORT);
    expect_fault("999999999999999", CK_MOMENT_TOO_LATE);
    expect_fault("-99999999999999", CK_MOMENT_TOO_EARLY);
    expect_fault("9223372036854775807", CK_MOMENT_TOO_LATE);
    expect_fault("9223372036854775808", CK_MOMENT_DATE_SEPARATOR);
}

static void
expect_number(double number, const char *expected)
{
    struct ck_moment moment;

    assert_int_equal(ck_moment_of_float(number, &moment), CK_MOMENT_OK);
    assert_string_equal(write_moment(&moment), expected);
    if (trunc(number) == number) {
        assert_int_equal(ck_moment_of_int((int64_t)number, &moment),
                         CK_MOMENT_OK);
        assert_string_equal(write_moment(&moment), expected);
    }
}

static void
test_numbers(void **state)
{
    struct ck_moment moment;

    (void)state;
    expect_number(0, "1970-01-01 00:00:00.000000 +0");
    expect_number(-1, "1969-12-31 23:59:59.000000 +0");
    expect_number(1700000000.9999999, "2023-11-14 22:13:21.000000 +0");
    expect_number(79893358777104.73, "4501-09-20 15:39:37.104734 +0");
    expect_number(-52176552539443.2, "0316-08-04 17:11:00.556797 +0");
    expect_number(-62135596800, "1968-01-12 20:06:43.200000 +0");
    expect_number(-62135596800000, "0001-01-01 00:00:00.000000 +0");
    expect_number(253402300799999, "9999-12-31 23:59:59.999000 +0");
    expect_number(951782400, "2000-02-29 00:00:00.000000 +0");
    assert_int_equal(ck_moment_of_float(NAN, &moment), CK_MOMENT_NAN);
    assert_int_equal(ck_moment_of_float(INFINITY, &moment),
                     CK_MOMENT_TOO_LATE);
    assert_int_equal(ck_moment_of_float(-1e300, &moment), CK_MOMENT_TOO_EARLY);
    assert_int_equal(ck_moment_of_int(253402300800000, &moment),
                     CK_MOMENT_TOO_LATE);
    assert_int_equal(ck_moment_of_int(-62135596800001, &moment),
                     CK_MOMENT_YEAR_ZERO);
    assert_int_equal(ck_moment_of_int(INT64_MIN, &moment),
                     CK_MOMENT_TOO_EARLY);
    assert_int_equal(ck_moment_of_int(INT64_MAX, &moment), CK_MOMENT_TOO_LATE);
}

/* Each day from the first to the last, against a plain calendar. */
static void
test_calendar(void **state)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t day = -719162; /* 0001-01-01 */
    struct ck_moment moment;

    (void)state;
    for (int year = 1; year <= 9999; year++) {
        int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

        for (int month = 1; month <= 12; month++) {
            int last = days[month - 1] + (month == 2 && leap);

            for (int date = 1; date <= last; date++, day++) {
                /* In milliseconds, once they are meant; near 1970 seconds
                 * cannot be given that way. */
                if (day > -240 && day < 240)
                    continue;
                assert_int_equal(ck_moment_of_int(day * 86400000, &moment),
                                 CK_MOMENT_OK);
                assert_int_equal(moment.year, year);
                assert_int_equal(moment.month, month);
                assert_int_equal(moment.day, date);
            }
        }
    }
    assert_int_equal(day, 2932897);
}

static void
expect_date(const char *text, enum ck_moment_fault fault, int day)
{
    struct ck_moment moment;

    assert_int_equal(ck_moment_date_of_text(text, strlen(text), &moment),
                     fault);
    if (fault == CK_MOMENT_OK)
        assert_int_equal(moment.day, day);
}

static void
test_date(void **state)
{
    (void)state;
    expect_date("2024-01-02", CK_MOMENT_OK, 2);
    expect_date("2024-01-02T00:00:00+05:00", CK_MOMENT_OK, 2);
    expect_date("2024-01-02T00:00:00.000001", CK_MOMENT_INEXACT, 0);
    expect_date("86400", CK_MOMENT_OK, 2);
    expect_date("8.64e4", CK_MOMENT_OK, 2);
    expect_date("86401", CK_MOMENT_INEXACT, 0);
    expect_date("0000-01-01", CK_MOMENT_YEAR_ZERO, 0);
    expect_date("0000-01-01T00:00:01", CK_MOMENT_INEXACT, 0);
    expect_date("2024-01-02 ", CK_MOMENT_SHORT, 0);
    expect_date("2024-01-02x", CK_MOMENT_SEPARATOR, 0);
    expect_date("2024-01-02T0x:00", CK_MOMENT_HOUR, 0);
    expect_date("2024-01-02T00-00", CK_MOMENT_TIME_SEPARATOR, 0);
    expect_date("2024-01-02T00:0x", CK_MOMENT_MINUTE, 0);
    expect_date("2024-01-02T24:00", CK_MOMENT_HOUR_RANGE, 0);
    expect_date("2024-01-02T00:60", CK_MOMENT_MINUTE_RANGE, 0);
    expect_date("2024-01-02T00:00:x", CK_MOMENT_SECOND, 0);
    expect_date("2024-01-02T00:00:60", CK_MOMENT_SECOND_RANGE, 0);
    expect_date("2024-01-02T00:00:00.", CK_MOMENT_FRACTION, 0);
    expect_date("2024-01-02T00:00:00x", CK_MOMENT_ZONE_SIGN, 0);
    expect_date("2024-01-02T00:00:00+x", CK_MOMENT_ZONE_HOUR, 0);
    expect_date("2024-01-02T00:00:00+05", CK_MOMENT_ZONE_MINUTE, 0);
    expect_date("2024-01-02T00:00+05:60", CK_MOMENT_ZONE_MINUTE_RANGE, 0);
    expect_date("2024-01-02T00:00-24:00", CK_MOMENT_ZONE_RANGE, 0);
    expect_date("2024-01-02T00:00ZZ", CK_MOMENT_EXTRA, 0);
    expect_date("999999999999999", CK_MOMENT_TOO_LATE, 0);
}

static void
test_reasons(void **state)
{
    (void)state;
    for (int fault = CK_MOMENT_SHORT; fault <= CK_MOMENT_INEXACT; fault++)
        assert_true(strlen(ck_moment_reason((enum ck_moment_fault)fault)) >
                    10);
    assert_string_equal(ck_moment_reason(CK_MOMENT_SHORT),
                        "input is too short");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),     cmocka_unit_test(test_text_refused),
        cmocka_unit_test(test_numbers),  cmocka_unit_test(test_number_text),
        cmocka_unit_test(test_calendar), cmocka_unit_test(test_date),
        cmocka_unit_test(test_reasons),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
