/* state.c: makes, visits and releases the per-interpreter state.
 * The state owns every object and array in it. */
#include "state.h"

#include "callobject.h"
#include "client.h"
#include "crypto.h"
#include "field.h"
#include "headers.h"
#include "key.h"
#include "model.h"
#include "modeltypes.h"
#include "operation.h"
#include "queueobject.h"
#include "resource.h"
#include "response.h"
#include "schema.h"
#include "tokens.h"
#include "unset.h"

struct ckpy_state *
ckpy_state_by_type(PyTypeObject *type)
{
#if PY_VERSION_HEX >= 0x030B0000
    PyObject *module = PyType_GetModuleByDef(type, &ckpy_module_def);

    return module == NULL ? NULL : ckpy_state_of(module);
#else
    PyObject *mro = type->tp_mro;

    for (Py_ssize_t i = 0; mro != NULL && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        PyObject *module = NULL;

        if (!PyType_HasFeature(base, Py_TPFLAGS_HEAPTYPE))
            continue;
        module = ((PyHeapTypeObject *)base)->ht_module;
        if (module != NULL && PyModule_GetDef(module) == &ckpy_module_def)
            return ckpy_state_of(module);
    }
    PyErr_Format(PyExc_TypeError, "'%s' is not a type of clerk_c",
                 type->tp_name);
    return NULL;
#endif
}

PyObject *
ckpy_state_import(PyObject **slot, const char *module, const char *attribute)
{
    PyObject *imported = NULL;

    if (*slot != NULL)
        return *slot;
    imported = PyImport_ImportModule(module);
    if (imported != NULL && attribute != NULL)
        Py_SETREF(imported, PyObject_GetAttrString(imported, attribute));
    if (*slot != NULL) /* another thread was faster */
        Py_XDECREF(imported);
    else
        *slot = imported;
    return imported == NULL ? NULL : *slot;
}

int
ckpy_state_init(PyObject *module)
{
    struct ckpy_state *state = ckpy_state_of(module);

#define X(member, file)                                                       \
    state->member = ckpy_##file##_type(module);                               \
    if (state->member == NULL)                                                \
        return -1;
    CKPY_STATE_TYPES(X)
#undef X
    state->unset = ckpy_unset_new(state->unset_type);
    state->error_types = PyDict_New();
    state->group_types = PyDict_New();
    state->operations = PyDict_New();
    state->typed_objects = PyDict_New();
    state->classes = PyMem_Calloc(ck_counts.models, sizeof state->classes[0]);
    state->enums = PyMem_Calloc(ck_counts.enums, sizeof state->enums[0]);
    if (state->classes == NULL || state->enums == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    if (state->unset == NULL || state->error_types == NULL ||
        state->group_types == NULL || state->operations == NULL ||
        state->typed_objects == NULL)
        return -1;
    return 0;
}

int
ckpy_state_traverse(PyObject *module, visitproc visit, void *arg)
{
    struct ckpy_state *state = ckpy_state_of(module);

    if (state == NULL)
        return 0;
#define X(member, file) Py_VISIT(state->member);
    CKPY_STATE_TYPES(X)
#undef X
#define X(member) Py_VISIT(state->member);
    CKPY_STATE_OBJECTS(X)
#undef X
    for (unsigned i = 0; state->classes != NULL && i < ck_counts.models; i++)
        if (state->classes[i] != NULL)
            Py_VISIT(state->classes[i]->type);
    for (unsigned i = 0; state->enums != NULL && i < ck_counts.enums; i++) {
        Py_VISIT(state->enums[i].type);
        Py_VISIT(state->enums[i].members);
    }
    return 0;
}

int
ckpy_state_clear(PyObject *module)
{
    struct ckpy_state *state = ckpy_state_of(module);

    if (state == NULL)
        return 0;
#define X(member, file) Py_CLEAR(state->member);
    CKPY_STATE_TYPES(X)
#undef X
#define X(member) Py_CLEAR(state->member);
    CKPY_STATE_OBJECTS(X)
#undef X
    for (unsigned i = 0; state->classes != NULL && i < ck_counts.models; i++)
        if (state->classes[i] != NULL)
            Py_CLEAR(state->classes[i]->type);
    for (unsigned i = 0; state->enums != NULL && i < ck_counts.enums; i++) {
        Py_CLEAR(state->enums[i].type);
        Py_CLEAR(state->enums[i].members);
    }
    return 0;
}

void
ckpy_state_free(void *module)
{
    struct ckpy_state *state = ckpy_state_of((PyObject *)module);

    if (state == NULL)
        return;
    (void)ckpy_state_clear((PyObject *)module);
    for (unsigned i = 0; state->classes != NULL && i < ck_counts.models; i++)
        ckpy_class_free(state->classes[i]);
    PyMem_Free(state->classes);
    PyMem_Free(state->enums);
    /* The library stays loaded, so its functions are still there. */
    if (state->crypto_api != NULL)
        state->crypto_api->close(state->crypto_algorithms);
    state->crypto_api = NULL;
    state->classes = NULL;
    state->enums = NULL;
}
