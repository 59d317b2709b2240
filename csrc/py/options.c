/* options.c: carries the settings of a client's connections from Python to
 * the core. Borrows texts from the bytes objects of a row, which the caller
 * keeps; clerk_c/_transport_options.py has checked them. */
#include "options.h"

enum { ROW_SIZE = 9, TEXTS = 6 };

static int
read_row(PyObject *row, struct ck_pool_options *out)
{
    const char **const texts[TEXTS] = {&out->ca_file,      &out->ca_path,
                                       &out->cert_file,    &out->key_file,
                                       &out->key_password, &out->proxy};
    Py_ssize_t i;

    if (!PyTuple_Check(row) || PyTuple_GET_SIZE(row) != ROW_SIZE) {
        PyErr_SetString(PyExc_TypeError, "not a row of transport options");
        return -1;
    }
    for (i = 0; i < TEXTS; i++) {
        PyObject *text = PyTuple_GET_ITEM(row, i);

        if (text == Py_None)
            continue;
        *texts[i] = PyBytes_AsString(text);
        if (*texts[i] == NULL)
            return -1;
    }
    out->http1_only = PyObject_IsTrue(PyTuple_GET_ITEM(row, TEXTS));
    out->max_connections = PyLong_AsLong(PyTuple_GET_ITEM(row, TEXTS + 1));
    out->max_idle = PyLong_AsLong(PyTuple_GET_ITEM(row, TEXTS + 2));
    return PyErr_Occurred() != NULL ? -1 : 0;
}

/* *keep: bytes, or None where certifi is not installed. */
static int
ask_certifi(struct ck_pool_options *out, PyObject **keep)
{
    PyObject *module = PyImport_ImportModule("clerk_c._transport_options");

    if (module == NULL)
        return -1;
    *keep = PyObject_CallMethod(module, "certifi_file", NULL);
    Py_DECREF(module);
    if (*keep == NULL)
        return -1;
    if (PyBytes_Check(*keep))
        out->ca_file = PyBytes_AS_STRING(*keep);
    return 0;
}

int
ckpy_options_read(const struct ckpy_state *state, PyObject *options,
                  struct ck_pool_options *out, PyObject **keep)
{
    struct ck_ca found = {.source = NULL};
    PyObject *row = NULL;
    PyObject *file = NULL;
    int result = -1;

    *keep = NULL;
    if (options != NULL) {
        row = PyObject_GetAttrString(options, "row");
        if (row == NULL || read_row(row, out) < 0)
            goto done;
    }
    if (out->ca_file == NULL && out->ca_path == NULL) {
        state->transport->ca_find(&found);
        if (found.source == NULL && ask_certifi(out, &file) < 0)
            goto done;
    }
    *keep = PyTuple_Pack(2, row == NULL ? Py_None : row,
                         file == NULL ? Py_None : file);
    result = *keep == NULL ? -1 : 0;
done:
    Py_XDECREF(row);
    Py_XDECREF(file);
    return result;
}

size_t
ckpy_options_max_response(PyObject *options, size_t otherwise)
{
    PyObject *value = NULL;
    size_t bytes = otherwise;

    if (options == NULL)
        return bytes;
    value = PyObject_GetAttrString(options, "max_response_bytes");
    if (value == NULL)
        return 0;
    if (value != Py_None) {
        bytes = PyLong_AsSize_t(value);
        if (PyErr_Occurred() != NULL)
            bytes = 0;
    }
    Py_DECREF(value);
    return bytes;
}
