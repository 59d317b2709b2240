/* choice.c: turns a str or an iterable of them into texts of the core. The
 * struct holds the objects from which the texts are borrowed. */
#include "choice.h"

#include <string.h>

static void
take(struct ck_choice *choice, struct ck_text *items, PyObject *object,
     int bytes)
{
    struct ck_text *item = &items[choice->count];
    Py_ssize_t len = 0;

    if (PyUnicode_Check(object)) {
        item->data = PyUnicode_AsUTF8AndSize(object, &len);
        if (item->data == NULL) { /* a lone surrogate: no claim has one */
            PyErr_Clear();
            return;
        }
    } else if (bytes && PyBytes_Check(object)) {
        item->data = PyBytes_AS_STRING(object);
        len = PyBytes_GET_SIZE(object);
    } else {
        return;
    }
    item->len = (size_t)len;
    choice->count++;
}

/* A tuple of what is in the iterable. New. */
static PyObject *
collect(PyObject *argument, const char *name)
{
    PyObject *tuple = NULL;

    if (PyTuple_CheckExact(argument))
        return Py_NewRef(argument);
    tuple = PySequence_Tuple(argument);
    if (tuple == NULL && PyErr_ExceptionMatches(PyExc_TypeError))
        PyErr_Format(PyExc_TypeError,
                     "%s must be a str or an iterable of str, not %.100s",
                     name, Py_TYPE(argument)->tp_name);
    return tuple;
}

int
ckpy_choice_init(struct ckpy_choice *choice, PyObject *argument,
                 const char *name, int bytes)
{
    struct ck_text *items = choice->few;
    Py_ssize_t count = 0;

    memset(choice, 0, sizeof *choice);
    if (argument == NULL || argument == Py_None)
        return 0;
    choice->choice.items = items;
    if (PyUnicode_Check(argument) || (bytes && PyBytes_Check(argument))) {
        choice->held = Py_NewRef(argument);
        take(&choice->choice, items, argument, bytes);
        return 0;
    }
    choice->held = collect(argument, name);
    if (choice->held == NULL)
        return -1;
    count = PyTuple_GET_SIZE(choice->held);
    if (count > CKPY_CHOICE_FEW) {
        items = choice->items =
            PyMem_Calloc((size_t)count, sizeof choice->items[0]);
        if (items == NULL) {
            ckpy_choice_free(choice);
            PyErr_NoMemory();
            return -1;
        }
        choice->choice.items = items;
    }
    for (Py_ssize_t i = 0; i < count; i++)
        take(&choice->choice, items, PyTuple_GET_ITEM(choice->held, i), bytes);
    return 0;
}

void
ckpy_choice_free(struct ckpy_choice *choice)
{
    Py_CLEAR(choice->held);
    PyMem_Free(choice->items);
    choice->items = NULL;
}
