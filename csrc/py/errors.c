/* errors.c: turns failures and error answers into exceptions. The classes
 * live in Python (clerk_c.models._errors, clerk_c.exceptions), imported with
 * the first failure; the state owns what it has made of them. */
#include "errors.h"

#include "schema.h"

static PyObject *
errors_module(struct ckpy_state *state)
{
    return ckpy_state_import(&state->errors, "clerk_c.models._errors", NULL);
}

static PyObject *
make_class(PyObject *module, const struct ck_error_class *cls)
{
    char name[128];

    PyOS_snprintf(name, sizeof name, "clerk_c.models.%s",
                  ck_text_of(cls->module));
    return PyObject_CallMethod(module, "make_error_class", "ss",
                               ck_text_of(cls->name), name);
}

PyObject *
ckpy_errors_class(struct ckpy_state *state, uint16_t row)
{
    const struct ck_error_class *cls = &ck_error_classes[row];
    PyObject *module = errors_module(state);
    PyObject *key = NULL;
    PyObject *made = NULL;

    if (module == NULL)
        return NULL;
    key = PyLong_FromLong(row);
    if (key == NULL)
        return NULL;
    made = PyDict_GetItemWithError(state->error_types, key);
    if (made != NULL || PyErr_Occurred()) {
        Py_DECREF(key);
        return made;
    }
    made = cls->data_model == CK_NO_ROW
               ? PyObject_GetAttrString(module, ck_text_of(cls->name))
               : make_class(module, cls);
    if (made != NULL && PyDict_SetItem(state->error_types, key, made) < 0)
        Py_CLEAR(made);
    Py_DECREF(key);
    Py_XDECREF(made); /* the dict keeps it */
    return made;
}

/* Raises an instance; steals it. */
static PyObject *
raise(PyObject *error)
{
    if (error != NULL) {
        PyErr_SetObject((PyObject *)Py_TYPE(error), error);
        Py_DECREF(error);
    }
    return NULL;
}

PyObject *
ckpy_errors_raise_row(struct ckpy_state *state, uint16_t row, PyObject *data,
                      PyObject *response)
{
    PyObject *cls = ckpy_errors_class(state, row);

    return cls == NULL ? NULL
                       : raise(PyObject_CallFunctionObjArgs(cls, data,
                                                            response, NULL));
}

PyObject *
ckpy_errors_raise_sdk(struct ckpy_state *state, const char *message,
                      PyObject *response)
{
    PyObject *module = errors_module(state);

    return module == NULL ? NULL
                          : raise(PyObject_CallMethod(module, "SDKError", "sO",
                                                      message, response));
}

PyObject *
ckpy_errors_raise_validation(struct ckpy_state *state, PyObject *response)
{
    PyObject *type = NULL;
    PyObject *cause = NULL;
    PyObject *trace = NULL;
    PyObject *module = NULL;
    PyObject *error = NULL;

    if (!PyErr_ExceptionMatches(PyExc_ValueError))
        return NULL; /* memory, interrupts: as they are */
    PyErr_Fetch(&type, &cause, &trace);
    PyErr_NormalizeException(&type, &cause, &trace);
    module = errors_module(state);
    if (module != NULL && cause != NULL)
        error =
            PyObject_CallMethod(module, "ResponseValidationError", "sOO",
                                "Response validation failed", response, cause);
    if (error != NULL) {
        if (trace != NULL)
            (void)PyException_SetTraceback(cause, trace);
        PyException_SetCause(error, Py_NewRef(cause));
    }
    Py_XDECREF(type);
    Py_XDECREF(cause);
    Py_XDECREF(trace);
    return raise(error);
}

/* The name that clerk_c.exceptions knows a status by. */
static const char *
status_name(enum ck_status status)
{
    switch (status) {
    case CK_BAD_URL: return "BAD_URL";
    case CK_BAD_PROTOCOL: return "BAD_PROTOCOL";
    case CK_TOO_LARGE: return "TOO_LARGE";
    case CK_CONNECT: return "CONNECT";
    case CK_CONNECT_TIMEOUT: return "CONNECT_TIMEOUT";
    case CK_READ: return "READ";
    case CK_READ_TIMEOUT: return "READ_TIMEOUT";
    case CK_WRITE: return "WRITE";
    case CK_WRITE_TIMEOUT: return "WRITE_TIMEOUT";
    case CK_REMOTE_PROTOCOL: return "REMOTE_PROTOCOL";
    case CK_DECODING: return "DECODING";
    case CK_PROXY: return "PROXY";
    case CK_TOO_MANY_REDIRECTS: return "TOO_MANY_REDIRECTS";
    case CK_CLOSED: return "CLOSED";
    case CK_OK:
    case CK_NOMEM:
    case CK_BAD_ARGUMENT:
    case CK_BAD_JSON:
    case CK_INTERRUPTED:
    case CK_UPLOAD:
    case CK_INTERNAL: break;
    }
    return NULL;
}

PyObject *
ckpy_errors_raise_core(struct ckpy_state *state, const struct ck_error *error)
{
    const char *name = status_name(error->status);
    PyObject *module = NULL;

    if (error->status == CK_NOMEM)
        return PyErr_NoMemory();
    if (error->status == CK_INTERRUPTED && PyErr_Occurred())
        return NULL; /* what the signal's handler raised */
    if (name == NULL) {
        PyErr_SetString(error->status == CK_UPLOAD ? PyExc_OSError
                        : error->status == CK_BAD_ARGUMENT ||
                                error->status == CK_BAD_JSON
                            ? PyExc_ValueError
                            : PyExc_RuntimeError,
                        error->message);
        return NULL;
    }
    module = ckpy_state_import(&state->exceptions, "clerk_c.exceptions", NULL);
    return module == NULL ? NULL
                          : raise(PyObject_CallMethod(module, "make", "ss",
                                                      name, error->message));
}

int
ckpy_errors_check(struct ckpy_state *state, enum ck_status status,
                  const struct ck_error *error)
{
    if (status == CK_OK)
        return 0;
    if (status == CK_NOMEM) /* said by functions that fill no error, too */
        PyErr_NoMemory();
    else
        (void)ckpy_errors_raise_core(state, error);
    return -1;
}
