/* dumpvalue.c: dumps the values that fields hold, containers with all that
 * is in them. Owns nothing. Values of the program's own may run its code, so
 * what is borrowed from a container is held meanwhile. */
#include "dumpvalue.h"

#include "convert.h"
#include "late.h"

PyObject *
ckpy_dumpvalue_below(const struct ckpy_dump *dump,
                     const struct ckpy_filter *below, PyObject *value)
{
    struct ckpy_dump inner;

    if (ckpy_filter_is_empty(&dump->filter) && ckpy_filter_is_empty(below))
        return ckpy_dump_value(dump, value);
    inner = *dump;
    inner.filter = *below;
    return ckpy_dump_value(&inner, value);
}

/* Elements of a list or tuple, as a new list. */
static PyObject *
dump_sequence(const struct ckpy_dump *dump, PyObject *sequence)
{
    PyObject *list = PyList_New(0);
    Py_ssize_t most = PySequence_Fast_GET_SIZE(sequence); /* it may grow */

    for (Py_ssize_t i = 0;
         list != NULL && i < most && i < PySequence_Fast_GET_SIZE(sequence);
         i++) {
        PyObject *value = Py_NewRef(PySequence_Fast_GET_ITEM(sequence, i));
        struct ckpy_filter below;
        PyObject *item = NULL;
        int kept = ckpy_filter_element(
            &dump->filter, i, PySequence_Fast_GET_SIZE(sequence), &below);

        if (kept > 0)
            item = ckpy_dumpvalue_below(dump, &below, value);
        if (kept < 0 ||
            (kept > 0 && (item == NULL || PyList_Append(list, item) < 0)))
            Py_CLEAR(list);
        ckpy_filter_clear(&below);
        Py_XDECREF(item);
        Py_DECREF(value);
    }
    return list;
}

static PyObject *
dump_tuple(const struct ckpy_dump *dump, PyObject *tuple)
{
    PyObject *list = dump_sequence(dump, tuple);
    PyObject *result = NULL;

    if (list == NULL || dump->json)
        return list;
    result = PyList_AsTuple(list);
    Py_DECREF(list);
    return result;
}

static int
dump_member(const struct ckpy_dump *dump, PyObject *key, PyObject *value,
            PyObject *dict)
{
    struct ckpy_filter below;
    PyObject *name = NULL;
    PyObject *item = NULL;
    int kept = ckpy_filter_member(&dump->filter, key, &below);
    int result = kept == 0 ? 0 : -1;

    if (kept > 0) {
        name = dump->json && !PyUnicode_CheckExact(key)
                   ? ckpy_convert(dump->state, "json_key", key)
                   : Py_NewRef(key);
        item = name == NULL ? NULL : ckpy_dumpvalue_below(dump, &below, value);
        if (item != NULL)
            result = PyDict_SetItem(dict, name, item);
    }
    ckpy_filter_clear(&below);
    Py_XDECREF(item);
    Py_XDECREF(name);
    return result;
}

static PyObject *
dump_dict(const struct ckpy_dump *dump, PyObject *dict)
{
    PyObject *copy = PyDict_New();
    PyObject *key = NULL;
    PyObject *value = NULL;
    Py_ssize_t position = 0;
    Py_ssize_t left = PyDict_GET_SIZE(dict); /* it may grow meanwhile */

    while (copy != NULL && left-- > 0 &&
           PyDict_Next(dict, &position, &key, &value)) {
        Py_INCREF(key);
        Py_INCREF(value);
        if (dump_member(dump, key, value, copy) < 0)
            Py_CLEAR(copy);
        Py_DECREF(key);
        Py_DECREF(value);
    }
    return copy;
}

/* A value that JSON has no form for: the caller's fallback says what to take
 * instead. New. */
static PyObject *
dump_unknown(const struct ckpy_dump *dump, PyObject *value)
{
    PyObject *type = NULL;
    PyObject *error = NULL;
    PyObject *trace = NULL;
    PyObject *instead = NULL;
    PyObject *result = NULL;

    if (!PyErr_ExceptionMatches(PyExc_TypeError))
        return NULL;
    if (dump->fallback == NULL) {
        PyErr_Fetch(&type, &error, &trace);
        PyErr_Format(PyExc_ValueError, "%S", error);
        Py_XDECREF(type);
        Py_XDECREF(error);
        Py_XDECREF(trace);
        return NULL;
    }
    PyErr_Clear();
    instead = PyObject_CallOneArg(dump->fallback, value);
    result = instead == NULL ? NULL : ckpy_dump_value(dump, instead);
    Py_XDECREF(instead);
    return result;
}

static PyObject *
dump_as_json(const struct ckpy_dump *dump, PyObject *value)
{
    PyObject *plain = NULL;
    PyObject *result = NULL;

    if (PyUnicode_Check(value)) /* a member of an enum, most of the time */
        return PyUnicode_FromObject(value);
    plain = ckpy_convert(dump->state, "jsonable", value);
    if (plain == NULL)
        return dump_unknown(dump, value);
    /* containers need another turn, scalars are ready */
    if (PyList_CheckExact(plain) || PyDict_CheckExact(plain))
        result = ckpy_dump_value(dump, plain);
    else
        result = Py_NewRef(plain);
    Py_DECREF(plain);
    return result;
}

/* Dataclasses and the program's own pydantic models become dicts. */
static PyObject *
dump_foreign(const struct ckpy_dump *dump, PyObject *value)
{
    PyObject *type = (PyObject *)Py_TYPE(value);

    /* members of enums are asked nothing: their class is slow to say no */
    if (PyUnicode_Check(value) || PyLong_Check(value) || PyBytes_Check(value))
        return Py_NewRef(value);
    if (PyAnySet_CheckExact(value))
        return PySet_CheckExact(value) ? PySet_New(value)
                                       : PyFrozenSet_New(value);
    if (!PyObject_HasAttrString(type, "__dataclass_fields__") &&
        !PyObject_HasAttrString(type, "__pydantic_serializer__"))
        return Py_NewRef(value);
    (void)dump;
    return ckpy_late_call("_modelapi", "plain", value);
}

PyObject *
ckpy_dump_value(const struct ckpy_dump *dump, PyObject *value)
{
    PyObject *result = NULL;

    if (value == Py_None || PyUnicode_CheckExact(value) ||
        PyBool_Check(value) || PyLong_CheckExact(value))
        return Py_NewRef(value);
    if (PyFloat_CheckExact(value) && !dump->json)
        return Py_NewRef(value);
    if (Py_EnterRecursiveCall(" while dumping a model"))
        return NULL;
    if (ckpy_model_check(dump->state, value))
        result = ckpy_dump_model(dump, (struct ckpy_model *)value);
    else if (PyList_CheckExact(value))
        result = dump_sequence(dump, value);
    else if (PyTuple_CheckExact(value))
        result = dump_tuple(dump, value);
    else if (PyDict_CheckExact(value))
        result = dump_dict(dump, value);
    else if (dump->json)
        result = dump_as_json(dump, value);
    else
        result = dump_foreign(dump, value);
    Py_LeaveRecursiveCall();
    return result;
}
