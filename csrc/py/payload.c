/* payload.c: dicts of claims. Patterns belong to the claims, as their
 * companions: one as the token has it, one completed. Nobody but this file
 * sees them once they are kept, so they never change. */
#include "payload.h"

#include "value.h"

static PyObject *copy_value(PyObject *value);

static PyObject *
copy_list(PyObject *list)
{
    Py_ssize_t count = PyList_GET_SIZE(list);
    PyObject *copy = PyList_New(count);

    for (Py_ssize_t i = 0; copy != NULL && i < count; i++) {
        PyObject *value = copy_value(PyList_GET_ITEM(list, i));

        if (value == NULL)
            Py_CLEAR(copy);
        else
            PyList_SET_ITEM(copy, i, value);
    }
    return copy;
}

static PyObject *
copy_dict(PyObject *dict)
{
    PyObject *copy = PyDict_Copy(dict);
    PyObject *key = NULL;
    PyObject *value = NULL;
    Py_ssize_t at = 0;

    while (copy != NULL && PyDict_Next(dict, &at, &key, &value)) {
        PyObject *own = NULL;

        if (!PyDict_CheckExact(value) && !PyList_CheckExact(value))
            continue;
        own = copy_value(value);
        if (own == NULL || PyDict_SetItem(copy, key, own) < 0)
            Py_CLEAR(copy);
        Py_XDECREF(own);
    }
    return copy;
}

/* Containers are copied, the rest cannot change. New. */
static PyObject *
copy_value(PyObject *value)
{
    PyObject *copy = NULL;

    if (!PyDict_CheckExact(value) && !PyList_CheckExact(value))
        return Py_NewRef(value);
    if (Py_EnterRecursiveCall(" while copying claims") != 0)
        return NULL;
    copy = PyDict_CheckExact(value) ? copy_dict(value) : copy_list(value);
    Py_LeaveRecursiveCall();
    return copy;
}

static void
drop_pattern(void *pattern)
{
    Py_DECREF((PyObject *)pattern);
}

void
ckpy_payload_prepare(struct ck_claims *claims)
{
    claims->drop = drop_pattern;
}

/* The claims as a dict of their own, completed. New. */
static PyObject *
make_dict(const struct ck_claims *claims, PyObject *complete)
{
    PyObject *dict = ckpy_value_from_json(claims->doc.root);
    PyObject *nothing = NULL;

    if (dict == NULL || complete == NULL)
        return dict;
    nothing = PyObject_CallOneArg(complete, dict);
    if (nothing == NULL)
        Py_CLEAR(dict);
    Py_XDECREF(nothing);
    return dict;
}

PyObject *
ckpy_payload_dict(struct ck_claims *claims, PyObject *complete, int keep)
{
    _Atomic(void *) *companion = &claims->companions[complete != NULL];
    PyObject *pattern = atomic_load(companion);
    void *none = NULL;

    if (pattern == NULL) {
        pattern = make_dict(claims, complete);
        if (pattern == NULL || !keep)
            return pattern;
        if (!atomic_compare_exchange_strong(companion, &none,
                                            (void *)pattern)) {
            Py_DECREF(pattern); /* another thread was faster */
            pattern = none;
        }
    }
    return copy_value(pattern);
}
