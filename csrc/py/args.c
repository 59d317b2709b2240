/* args.c: from the arguments of a Python call to checked values, one per
 * parameter. Raw arguments are borrowed from the caller; the call owns the
 * checked values. */
#include "call.h"
#include "coerce.h"
#include "retries.h"
#include "view.h"

struct given {
    PyObject *values[CKPY_MAX_PARAMS + CKPY_COMMON_PARAMS]; /* borrowed */
};

enum { RETRIES, SERVER_URL, TIMEOUT_MS, HTTP_HEADERS };

/* Index of a keyword; callers mostly name parameters in order, so the one
 * after the last is tried first. -1: unknown. -2: exception. */
static Py_ssize_t
find_name(PyObject *names, PyObject *name, Py_ssize_t guess)
{
    Py_ssize_t count = PyTuple_GET_SIZE(names);

    for (Py_ssize_t i = 0; i < count; i++) {
        Py_ssize_t at = (guess + i) % count;

        if (PyTuple_GET_ITEM(names, at) == name)
            return at;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        int same = PyUnicode_Compare(PyTuple_GET_ITEM(names, i), name);

        if (same == 0)
            return i;
        if (same == -1 && PyErr_Occurred())
            return -2;
    }
    return -1;
}

static int
match_keywords(const struct ckpy_operation *operation, PyObject *const *args,
               PyObject *kwnames, struct given *given)
{
    Py_ssize_t count = kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames);
    Py_ssize_t at = -1;

    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *name = PyTuple_GET_ITEM(kwnames, i);

        at = find_name(operation->names, name, at + 1);
        if (at == -1)
            PyErr_Format(PyExc_TypeError,
                         "%U() got an unexpected keyword argument '%U'",
                         operation->qualname, name);
        else if (at >= 0 && given->values[at] != NULL) { /* an odd str */
            PyErr_Format(PyExc_TypeError,
                         "%U() got multiple values for keyword argument '%U'",
                         operation->qualname, name);
            at = -1;
        }
        if (at < 0)
            return -1;
        given->values[at] = args[i];
    }
    return 0;
}

/* "'a'", "'a' and 'b'", "'a', 'b', and 'c'". New. */
static PyObject *
enumerate_names(PyObject *quoted)
{
    Py_ssize_t last = PyList_GET_SIZE(quoted) - 1;
    PyObject *head = PyList_GetSlice(quoted, 0, last);
    PyObject *comma = PyUnicode_FromString(", ");
    PyObject *joined = NULL;
    PyObject *text = NULL;

    if (head != NULL && comma != NULL)
        joined = PyUnicode_Join(comma, head);
    if (joined != NULL)
        text = PyUnicode_FromFormat("%U%s%U", joined,
                                    last == 0   ? ""
                                    : last == 1 ? " and "
                                                : ", and ",
                                    PyList_GET_ITEM(quoted, last));
    Py_XDECREF(joined);
    Py_XDECREF(comma);
    Py_XDECREF(head);
    return text;
}

/* Names every required parameter that is missing, in Python's own words. */
static int
refuse_missing(const struct ckpy_operation *operation,
               const struct given *given)
{
    PyObject *missing = PyList_New(0);
    PyObject *text = NULL;
    int failed = missing == NULL;

    for (unsigned i = 0; !failed && i < operation->row->param_count; i++)
        if (given->values[i] == NULL &&
            (operation->params[i].flags & CK_FIELD_REQUIRED) != 0) {
            PyObject *quoted = PyObject_Repr(
                PyTuple_GET_ITEM(operation->names, (Py_ssize_t)i));

            failed = quoted == NULL || PyList_Append(missing, quoted) < 0;
            Py_XDECREF(quoted);
        }
    if (!failed && PyList_GET_SIZE(missing) == 0) {
        Py_DECREF(missing);
        return 0;
    }
    text = failed ? NULL : enumerate_names(missing);
    if (text != NULL)
        PyErr_Format(PyExc_TypeError,
                     "%U() missing %zd required keyword-only argument%s: %U",
                     operation->qualname, PyList_GET_SIZE(missing),
                     PyList_GET_SIZE(missing) == 1 ? "" : "s", text);
    Py_XDECREF(text);
    Py_XDECREF(missing);
    return -1;
}

static int
bind_timeout(struct ckpy_call *call, PyObject *value)
{
    int overflow = 0;

    call->timeout_ms = call->client->timeout_ms;
    if (value == NULL || value == Py_None)
        return 0;
    if (!PyLong_Check(value) || PyBool_Check(value)) {
        PyErr_Format(PyExc_TypeError,
                     "timeout_ms must be int (milliseconds) or None, not '%s'",
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    call->timeout_ms = PyLong_AsLongAndOverflow(value, &overflow);
    if (overflow != 0 || call->timeout_ms < 1) {
        PyErr_SetString(PyExc_ValueError,
                        "timeout_ms must be at least 1 millisecond");
        return -1;
    }
    return 0;
}

/* The four parameters that every operation takes. */
static int
bind_common(struct ckpy_call *call, PyObject *const *values)
{
    PyObject *server_url = values[SERVER_URL];
    PyObject *http_headers = values[HTTP_HEADERS];
    PyObject *retries = values[RETRIES];

    if (server_url == Py_None)
        server_url = NULL;
    if (http_headers == Py_None)
        http_headers = NULL;
    if (server_url != NULL && !PyUnicode_Check(server_url)) {
        PyErr_Format(PyExc_TypeError,
                     "server_url must be str or None, not '%s'",
                     Py_TYPE(server_url)->tp_name);
        return -1;
    }
    if (http_headers != NULL &&
        !PyObject_HasAttrString(http_headers, "items")) {
        PyErr_Format(PyExc_TypeError,
                     "http_headers must be a mapping or None, not '%s'",
                     Py_TYPE(http_headers)->tp_name);
        return -1;
    }
    call->retry = call->client->retry;
    if (retries != NULL && retries != call->state->unset &&
        ckpy_retries_read(retries, &call->retry) < 0)
        return -1;
    call->server_url = server_url;
    call->http_headers = http_headers;
    return bind_timeout(call, values[TIMEOUT_MS]);
}

/* The default of a parameter; whole numbers among the defaults of floats are
 * written as floats. New. */
static PyObject *
default_of(struct ckpy_call *call, const struct ck_field *param)
{
    PyObject *value = ckpy_view_default(call->state, param->value);

    if (value != NULL && PyLong_CheckExact(value) &&
        ck_types[param->type].kind == CK_FLOAT)
        Py_SETREF(value, PyNumber_Float(value));
    return value;
}

/* Checks what was given and fills in defaults. */
static int
check_values(struct ckpy_call *call, const struct given *given)
{
    const struct ckpy_operation *operation = call->operation;
    struct ckpy_coercion c = {.state = call->state, .any_iterable = 1};
    int failed = 0;

    for (unsigned i = 0; i < operation->row->param_count; i++) {
        const struct ck_field *param = &operation->params[i];
        struct ckpy_step step = {.name = ck_text_of(param->name)};

        if (given->values[i] != NULL)
            call->values[i] =
                ckpy_coerce_value(&c, param->type, given->values[i], &step);
        else
            call->values[i] = default_of(call, param);
        if (call->values[i] == NULL)
            failed = 1;
        if (call->values[i] == NULL && PyErr_Occurred())
            break;
    }
    if (failed && !PyErr_Occurred()) {
        const char *title = PyUnicode_AsUTF8(operation->qualname);

        if (title != NULL)
            (void)ckpy_issues_raise(call->state, &c.issues, title);
    }
    ckpy_issues_free(&c.issues);
    return failed ? -1 : 0;
}

int
ckpy_args_bind(struct ckpy_call *call, PyObject *const *args, Py_ssize_t nargs,
               PyObject *kwnames)
{
    const struct ckpy_operation *operation = call->operation;
    struct given given = {{NULL}};

    if (nargs != 1) {
        PyErr_Format(PyExc_TypeError,
                     "%U() takes 1 positional argument but %zd were given",
                     operation->qualname, nargs);
        return -1;
    }
    if (match_keywords(operation, args + nargs, kwnames, &given) < 0 ||
        refuse_missing(operation, &given) < 0)
        return -1;
    call->is_matched = 1;
    if (bind_common(call, &given.values[operation->row->param_count]) < 0)
        return -1;
    return check_values(call, &given);
}
