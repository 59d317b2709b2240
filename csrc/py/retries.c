/* retries.c: utils.RetryConfig as the core's numbers, and the wait between
 * two tries. Owns nothing. */
#include "retries.h"

#include <limits.h>
#include <math.h>
#include <time.h>

static const double TICK_MS = 50;
static const double DEFAULT_JITTER_MS = 1000;

/* A number among the attributes. */
static int
read_number(PyObject *object, const char *name, double *number)
{
    PyObject *value = PyObject_GetAttrString(object, name);

    if (value == NULL)
        return -1;
    *number = PyFloat_AsDouble(value);
    Py_DECREF(value);
    if (*number == -1.0 && PyErr_Occurred())
        return -1;
    if (!isnan(*number))
        return 0;
    PyErr_Format(PyExc_ValueError, "retries: %s must be a number, not nan",
                 name);
    return -1;
}

/* "5XX", "5x", "429", and whatever else the reference takes for a number. */
static int
read_code(PyObject *text, uint16_t *code)
{
    const char *digits = PyUnicode_Check(text) ? PyUnicode_AsUTF8(text) : NULL;
    PyObject *number = NULL;
    long value = -1;

    if (digits != NULL && strpbrk(digits, "xX") != NULL) {
        if (digits[0] >= '0' && digits[0] <= '9') {
            *code = (uint16_t)(digits[0] - '0');
            return 0;
        }
    } else if (digits != NULL) {
        number = PyLong_FromUnicodeObject(text, 10);
        value = number == NULL ? -1 : PyLong_AsLong(number);
        Py_XDECREF(number);
        if (value >= 100 && value <= 999) {
            *code = (uint16_t)value;
            return 0;
        }
    }
    PyErr_Format(PyExc_ValueError,
                 "retries: a status code is '429' or '5XX', not %R", text);
    return -1;
}

static int
read_codes(PyObject *config, struct ck_retry *retry)
{
    PyObject *given = PyObject_GetAttrString(config, "status_codes_override");
    PyObject *list = given == NULL || given == Py_None
                         ? NULL
                         : PySequence_Fast(given, "retries: the status codes "
                                                  "must be a list");
    int result = PyErr_Occurred() ? -1 : 0;

    retry->code_count = 0;
    for (Py_ssize_t i = 0;
         result == 0 && list != NULL && i < PySequence_Fast_GET_SIZE(list);
         i++) {
        if (retry->code_count == CK_RETRY_CODES) {
            PyErr_Format(PyExc_ValueError, "retries: at most %d status codes",
                         CK_RETRY_CODES);
            result = -1;
        } else {
            result = read_code(PySequence_Fast_GET_ITEM(list, i),
                               &retry->codes[retry->code_count++]);
        }
    }
    if (retry->code_count == 0)
        retry->codes[retry->code_count++] = 5;
    Py_XDECREF(list);
    Py_XDECREF(given);
    return result;
}

static int
read_backoff(PyObject *config, struct ck_retry *retry)
{
    PyObject *backoff = PyObject_GetAttrString(config, "backoff");
    PyObject *jitter = NULL;
    int result = -1;

    if (backoff != NULL &&
        read_number(backoff, "initial_interval", &retry->initial) == 0 &&
        read_number(backoff, "max_interval", &retry->max) == 0 &&
        read_number(backoff, "exponent", &retry->exponent) == 0 &&
        read_number(backoff, "max_elapsed_time", &retry->max_elapsed) == 0)
        jitter = PyObject_GetAttrString(backoff, "jitter_ms");
    if (jitter == Py_None) {
        retry->jitter = DEFAULT_JITTER_MS;
        result = 0;
    } else if (jitter != NULL) {
        result = read_number(backoff, "jitter_ms", &retry->jitter);
    }
    Py_XDECREF(jitter);
    Py_XDECREF(backoff);
    return result;
}

void
ckpy_retries_default(struct ck_retry *retry)
{
    *retry = (struct ck_retry){.enabled = 1,
                               .connection_errors = 1,
                               .initial = 500,
                               .max = 60000,
                               .exponent = 1.5,
                               .max_elapsed = 3600000,
                               .jitter = DEFAULT_JITTER_MS,
                               .code_count = 1,
                               .codes = {5}};
}

/* What a RetryPolicy says beyond a RetryConfig: a cap, a deadline, and what
 * is not to be done twice. 0 or -1. */
static int
read_bounds(PyObject *config, struct ck_retry *retry)
{
    PyObject *cap = PyObject_GetAttrString(config, "max_attempts");
    PyObject *deadline = NULL;
    PyObject *unsafe = NULL;
    double attempts = 0;
    int result = -1;

    if (cap == NULL) { /* a RetryConfig */
        if (!PyErr_ExceptionMatches(PyExc_AttributeError))
            return -1;
        PyErr_Clear();
        return 0;
    }
    Py_DECREF(cap);
    deadline = PyObject_GetAttrString(config, "deadline_ms");
    unsafe = PyObject_GetAttrString(config, "repeat_unsafe");
    if (deadline == NULL || unsafe == NULL ||
        read_number(config, "max_attempts", &attempts) < 0 ||
        (deadline != Py_None &&
         read_number(config, "deadline_ms", &retry->deadline) < 0))
        goto done;
    if (attempts < 1 || attempts > UINT_MAX) {
        PyErr_SetString(PyExc_ValueError,
                        "retries: max_attempts must be at least 1");
        goto done;
    }
    retry->max_attempts = (unsigned)attempts;
    if (deadline != Py_None && retry->deadline <= 0)
        retry->max_attempts = 1; /* no wait ends in time */
    retry->only_safe = PyObject_Not(unsafe);
    result = retry->only_safe < 0 ? -1 : 0;

done:
    Py_XDECREF(deadline);
    Py_XDECREF(unsafe);
    return result;
}

int
ckpy_retries_read(PyObject *config, struct ck_retry *retry)
{
    PyObject *strategy = NULL;
    PyObject *connection_errors = NULL;
    int result = -1;

    memset(retry, 0, sizeof *retry);
    if (config == Py_None)
        return 0;
    strategy = PyObject_GetAttrString(config, "strategy");
    if (strategy == NULL || !PyUnicode_Check(strategy)) {
        PyErr_Format(PyExc_TypeError,
                     "retries must be a utils.RetryConfig, None or UNSET, not "
                     "'%s'",
                     Py_TYPE(config)->tp_name);
        goto done;
    }
    if (PyUnicode_CompareWithASCIIString(strategy, "backoff") != 0) {
        result = 0; /* "none" */
        goto done;
    }
    connection_errors =
        PyObject_GetAttrString(config, "retry_connection_errors");
    if (connection_errors == NULL || read_backoff(config, retry) < 0 ||
        read_codes(config, retry) < 0 || read_bounds(config, retry) < 0)
        goto done;
    retry->connection_errors = PyObject_IsTrue(connection_errors);
    retry->enabled = 1;
    result = retry->connection_errors < 0 ? -1 : 0;

done:
    Py_XDECREF(connection_errors);
    Py_XDECREF(strategy);
    return result;
}

double
ckpy_retries_clock(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

double
ckpy_retries_luck(void)
{
    double now = ckpy_retries_clock() * 997;

    return now - floor(now);
}

enum ck_status
ckpy_retries_wait(double milliseconds, const struct ck_tick *tick)
{
    double end = ckpy_retries_clock() + milliseconds;

    for (;;) {
        double left = end - ckpy_retries_clock();
        struct timespec pause = {0, 0};

        if (tick->check(tick->arg))
            return CK_INTERRUPTED;
        if (left <= 0)
            return CK_OK;
        pause.tv_nsec = (long)((left < TICK_MS ? left : TICK_MS) * 1e6);
        (void)nanosleep(&pause, NULL); /* a signal ends it: the tick sees */
    }
}
