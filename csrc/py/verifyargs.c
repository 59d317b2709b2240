/* verifyargs.c: arguments of the functions that verify: by place or by name,
 * numbers, the clock. Owns nothing. */
#include "verify.h"

#include <math.h>
#include <time.h>

static int
find_name(const char *function, const char *const *names, PyObject *given,
          Py_ssize_t *place)
{
    for (*place = 0; names[*place] != NULL; ++*place)
        if (PyUnicode_CompareWithASCIIString(given, names[*place]) == 0)
            return 0;
    PyErr_Format(PyExc_TypeError,
                 "%s() got an unexpected keyword argument '%U'", function,
                 given);
    return -1;
}

static int
take_keywords(const char *function, const char *const *names,
              PyObject *const *args, PyObject *keywords, PyObject **values)
{
    Py_ssize_t count = keywords == NULL ? 0 : PyTuple_GET_SIZE(keywords);

    for (Py_ssize_t i = 0; i < count; i++) {
        Py_ssize_t place = 0;

        if (find_name(function, names, PyTuple_GET_ITEM(keywords, i), &place) <
            0)
            return -1;
        if (values[place] != NULL) {
            PyErr_Format(PyExc_TypeError,
                         "%s() got multiple values for argument '%s'",
                         function, names[place]);
            return -1;
        }
        values[place] = args[i];
    }
    return 0;
}

int
ckpy_verify_arguments(const char *function, const char *const *names,
                      Py_ssize_t required, PyObject *const *args,
                      Py_ssize_t count, PyObject *keywords, PyObject **values)
{
    Py_ssize_t most = 0;

    while (names[most] != NULL)
        most++;
    if (count > most) {
        PyErr_Format(PyExc_TypeError,
                     "%s() takes at most %zd arguments (%zd given)", function,
                     most, count);
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++)
        values[i] = args[i];
    if (take_keywords(function, names, args + count, keywords, values) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < required; i++) {
        if (values[i] != NULL)
            continue;
        PyErr_Format(PyExc_TypeError, "%s() misses the argument '%s'",
                     function, names[i]);
        return -1;
    }
    return 0;
}

int
ckpy_verify_number(PyObject *object, const char *name, double *number)
{
    *number = PyFloat_AsDouble(object);
    if (*number == -1 && PyErr_Occurred()) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_Format(PyExc_TypeError, "%s must be a number, not %.100s",
                         name, Py_TYPE(object)->tp_name);
        else if (PyErr_ExceptionMatches(PyExc_OverflowError))
            PyErr_Format(PyExc_ValueError, "%s is too large", name);
        return -1;
    }
    if (isfinite(*number))
        return 0;
    PyErr_Format(PyExc_ValueError, "%s must be finite", name);
    return -1;
}

int
ckpy_verify_now(PyObject *object, double *now_ms)
{
    struct timespec now;

    if (object != NULL && object != Py_None)
        return ckpy_verify_number(object, "now_ms", now_ms);
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) {
        PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    *now_ms = (double)now.tv_sec * 1000 + (double)(now.tv_nsec / 1000000);
    return 0;
}
