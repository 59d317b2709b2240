/* unset.c: the type of UNSET. One instance per interpreter, false, and still
 * itself after copy, deepcopy and pickle. It owns nothing. */
#include "unset.h"

static PyObject *
unset_tp_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    struct ckpy_state *state = NULL;

    if (PyTuple_GET_SIZE(args) != 0 ||
        (kwargs != NULL && PyDict_GET_SIZE(kwargs) != 0)) {
        PyErr_SetString(PyExc_TypeError, "Unset() takes no arguments");
        return NULL;
    }
    state = ckpy_state_by_type(type);
    return state == NULL ? NULL : Py_NewRef(state->unset);
}

static void
unset_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    type->tp_free(self);
    Py_DECREF(type);
}

/* The module holds it, and its type the module: garbage collection has to
 * see that. */
static int
unset_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    return 0;
}

static PyObject *
unset_repr(PyObject *self)
{
    (void)self;
    return PyUnicode_FromString("Unset()");
}

static int
unset_bool(PyObject *self)
{
    (void)self;
    return 0;
}

static PyObject *
unset_copy(PyObject *self, PyObject *memo)
{
    (void)memo;
    return Py_NewRef(self);
}

static PyObject *
unset_reduce(PyObject *self, PyObject *ignored)
{
    (void)ignored;
    return Py_BuildValue("O()", (PyObject *)Py_TYPE(self));
}

static PyMethodDef unset_methods[] = {
    {"__copy__", unset_copy, METH_NOARGS, NULL},
    {"__deepcopy__", unset_copy, METH_O, NULL},
    {"__reduce__", unset_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL}};

PyDoc_STRVAR(unset_doc,
             "The type of UNSET: marks a value that was not given, which is\n"
             "not the same as None. False in a boolean context.");

static PyType_Slot unset_slots[] = {
    {Py_tp_new, unset_tp_new},        {Py_tp_dealloc, unset_dealloc},
    {Py_tp_traverse, unset_traverse}, {Py_tp_repr, unset_repr},
    {Py_nb_bool, unset_bool},         {Py_tp_methods, unset_methods},
    {Py_tp_doc, (void *)unset_doc},   {0, NULL}};

static PyType_Spec unset_spec = {
    .name = "clerk_c.types.Unset",
    .basicsize = sizeof(PyObject),
    .flags =
        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = unset_slots,
};

PyTypeObject *
ckpy_unset_type(PyObject *module)
{
    return (PyTypeObject *)PyType_FromModuleAndSpec(module, &unset_spec, NULL);
}

PyObject *
ckpy_unset_new(PyTypeObject *type)
{
    return PyType_GenericAlloc(type, 0);
}
