/* filter.c: reads include= and exclude= as pydantic does: a set names what is
 * meant, a dict also says what is meant inside of it, '__all__' stands for
 * every member, True or ... for a whole one. */
#include "filter.h"

enum { NOT_FOUND, FOUND, FAILED = -1 };

/* A member by its key, or an element by its place, counted from both ends. */
struct place {
    PyObject *key;
    PyObject *from_end; /* NULL for members */
    PyObject *all;      /* "__all__" */
};

static int
is_whole(PyObject *value)
{
    return value == Py_Ellipsis || value == Py_True;
}

/* What a set or a dict says, as a new dict. */
static PyObject *
as_dict(PyObject *value, const char *argument)
{
    PyObject *dict = NULL;
    PyObject *iterator = NULL;
    PyObject *key = NULL;

    if (PyDict_Check(value))
        return PyDict_Copy(value);
    if (!PyAnySet_Check(value)) {
        PyErr_Format(PyExc_TypeError, "%s must be a set or a dict, not '%s'",
                     argument, Py_TYPE(value)->tp_name);
        return NULL;
    }
    dict = PyDict_New();
    iterator = dict == NULL ? NULL : PyObject_GetIter(value);
    while (iterator != NULL && (key = PyIter_Next(iterator)) != NULL) {
        int failed = PyDict_SetItem(dict, key, Py_Ellipsis) < 0;

        Py_DECREF(key);
        if (failed)
            break;
    }
    Py_XDECREF(iterator);
    if (PyErr_Occurred())
        Py_CLEAR(dict);
    return dict;
}

/* Both say something of a value: all that either says. New. */
static PyObject *
merge(PyObject *one, PyObject *other, const char *argument)
{
    PyObject *merged = NULL;
    PyObject *more = NULL;
    PyObject *key = NULL;
    PyObject *value = NULL;
    Py_ssize_t position = 0;
    int failed = 1;

    if (is_whole(one) || is_whole(other))
        return Py_NewRef(one);
    if (Py_EnterRecursiveCall(" while merging filters"))
        return NULL;
    merged = as_dict(one, argument);
    more = merged == NULL ? NULL : as_dict(other, argument);
    if (more == NULL)
        goto done;
    while (PyDict_Next(more, &position, &key, &value)) {
        PyObject *had = PyDict_GetItemWithError(merged, key);
        PyObject *both = NULL;

        if (had == NULL && PyErr_Occurred())
            goto done;
        both = had == NULL ? Py_NewRef(value) : merge(had, value, argument);
        if (both == NULL || PyDict_SetItem(merged, key, both) < 0) {
            Py_XDECREF(both);
            goto done;
        }
        Py_DECREF(both);
    }
    failed = 0;

done:
    Py_LeaveRecursiveCall();
    Py_XDECREF(more);
    if (failed)
        Py_CLEAR(merged);
    return merged;
}

/* Does the first key come before the second in the dict? -1: exception. */
static int
comes_first(PyObject *dict, PyObject *first, PyObject *second)
{
    PyObject *keys = PyDict_Keys(dict); /* comparing may change the dict */
    int before = keys == NULL ? -1 : 0;

    for (Py_ssize_t i = 0; before == 0 && i < PyList_GET_SIZE(keys); i++) {
        PyObject *key = PyList_GET_ITEM(keys, i);
        int same = PyObject_RichCompareBool(key, second, Py_EQ);

        if (same > 0)
            break;
        before = same < 0 ? -1 : PyObject_RichCompareBool(key, first, Py_EQ);
    }
    Py_XDECREF(keys);
    return before;
}

/* What the dict has under the key, or counted from the end; of two the one
 * that comes later. New; NULL with or without an exception. */
static PyObject *
own_entry(PyObject *dict, const struct place *place)
{
    PyObject *found = Py_XNewRef(PyDict_GetItemWithError(dict, place->key));
    PyObject *counted = NULL;
    int before = 0;

    if (place->from_end == NULL || PyErr_Occurred())
        return found;
    counted = Py_XNewRef(PyDict_GetItemWithError(dict, place->from_end));
    if (found != NULL && counted != NULL)
        before = comes_first(dict, place->key, place->from_end);
    if (PyErr_Occurred()) {
        Py_CLEAR(found);
        Py_CLEAR(counted);
    } else if (counted != NULL && (found == NULL || before == 1)) {
        Py_XSETREF(found, Py_NewRef(counted));
    }
    Py_XDECREF(counted);
    return found;
}

/* FOUND sets *inner (new) to what the dict has for the place. */
static int
look_into_dict(PyObject *dict, const struct place *place, PyObject **inner,
               const char *argument)
{
    PyObject *own = own_entry(dict, place);
    PyObject *all = NULL;
    int result = NOT_FOUND;

    if (!PyErr_Occurred())
        all = Py_XNewRef(PyDict_GetItemWithError(dict, place->all));
    if (PyErr_Occurred()) {
        result = FAILED;
    } else if (own != NULL || all != NULL) {
        *inner = own == NULL   ? Py_NewRef(all)
                 : all == NULL ? Py_NewRef(own)
                               : merge(own, all, argument);
        result = *inner == NULL ? FAILED : FOUND;
    }
    Py_XDECREF(all);
    Py_XDECREF(own);
    return result;
}

/* FOUND with *inner NULL: the whole value is meant. */
static int
look(PyObject *filter, const struct place *place, PyObject **inner,
     const char *argument)
{
    PySequenceMethods *methods = Py_TYPE(filter)->tp_as_sequence;
    int found = 0;

    *inner = NULL;
    if (PyDict_Check(filter)) {
        found = look_into_dict(filter, place, inner, argument);
        if (*inner != NULL && is_whole(*inner))
            Py_CLEAR(*inner);
        return found;
    }
    if (methods == NULL || methods->sq_contains == NULL) {
        PyErr_Format(PyExc_TypeError, "%s must be a set or a dict, not '%s'",
                     argument, Py_TYPE(filter)->tp_name);
        return FAILED;
    }
    found = PySequence_Contains(filter, place->key);
    if (found == NOT_FOUND && place->from_end != NULL)
        found = PySequence_Contains(filter, place->from_end);
    if (found == NOT_FOUND && PyAnySet_Check(filter))
        found = PySequence_Contains(filter, place->all);
    return found;
}

static int
decide(const struct ckpy_filter *filter, const struct place *place,
       struct ckpy_filter *below)
{
    int found = NOT_FOUND;

    if (filter->exclude != NULL) {
        found = look(filter->exclude, place, &below->exclude, "exclude");
        if (found == FAILED)
            return -1;
        if (found == FOUND && below->exclude == NULL)
            return 0;
    }
    if (filter->include != NULL) {
        found = look(filter->include, place, &below->include, "include");
        if (found != FOUND)
            ckpy_filter_clear(below);
        if (found != FOUND)
            return found == FAILED ? -1 : 0;
    }
    /* None says nothing */
    if (below->exclude == Py_None)
        Py_CLEAR(below->exclude);
    if (below->include == Py_None)
        Py_CLEAR(below->include);
    return 1;
}

static int
decide_at(const struct ckpy_filter *filter, PyObject *key, PyObject *from_end,
          struct ckpy_filter *below)
{
    struct place place = {key, from_end, PyUnicode_FromString("__all__")};
    int kept = place.all == NULL ? -1 : decide(filter, &place, below);

    Py_XDECREF(place.all);
    return kept;
}

int
ckpy_filter_member(const struct ckpy_filter *filter, PyObject *key,
                   struct ckpy_filter *below)
{
    *below = (struct ckpy_filter){NULL, NULL};
    return ckpy_filter_is_empty(filter) ? 1
                                        : decide_at(filter, key, NULL, below);
}

int
ckpy_filter_element(const struct ckpy_filter *filter, Py_ssize_t index,
                    Py_ssize_t count, struct ckpy_filter *below)
{
    PyObject *place = NULL;
    PyObject *from_end = NULL;
    int kept = -1;

    *below = (struct ckpy_filter){NULL, NULL};
    if (ckpy_filter_is_empty(filter))
        return 1;
    place = PyLong_FromSsize_t(index);
    from_end = PyLong_FromSsize_t(index - count);
    if (place != NULL && from_end != NULL)
        kept = decide_at(filter, place, from_end, below);
    Py_XDECREF(from_end);
    Py_XDECREF(place);
    return kept;
}

void
ckpy_filter_clear(struct ckpy_filter *filter)
{
    Py_CLEAR(filter->include);
    Py_CLEAR(filter->exclude);
}
