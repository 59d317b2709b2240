/* net.c: the extension module clerk_c._net: the transport, and with it
 * libcurl, in a library of its own that is loaded with the first request.
 * The module holds a capsule with the table of functions and no state. */
#include "capsule.h"

#include "core/transport.h"

PyDoc_STRVAR(versions_doc, "versions($module, /)\n--\n\n"
                           "The versions of libcurl and of its parts.");

static PyObject *
ckpy_net_versions(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(unused))
{
    return PyUnicode_FromString(ck_transport_api.versions());
}

PyDoc_STRVAR(
    ca_find_doc,
    "ca_find($module, /)\n--\n\n"
    "Where CA certificates were found: \"environment\", \"libcurl\", "
    "\"system\" or\nNone; and their file and their directory (str or None).");

static PyObject *
decode(const char *path)
{
    return path == NULL ? Py_NewRef(Py_None) : PyUnicode_DecodeFSDefault(path);
}

static PyObject *
ckpy_net_ca_find(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(unused))
{
    struct ck_ca found;

    ck_transport_api.ca_find(&found);
    return Py_BuildValue("zNN", found.source, decode(found.file),
                         decode(found.path));
}

static int
ckpy_net_exec(PyObject *module)
{
    if (ckpy_capsule_add(module, &ck_transport_api, "clerk_c._net.api") < 0)
        return -1;
    return PyModule_AddStringConstant(module, "BUILT_WITH",
                                      ck_transport_built_with);
}

static PyMethodDef ckpy_net_methods[] = {
    {"versions", ckpy_net_versions, METH_NOARGS, versions_doc},
    {"ca_find", ckpy_net_ca_find, METH_NOARGS, ca_find_doc},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot ckpy_net_slots[] = {
    {Py_mod_exec, (void *)(uintptr_t)ckpy_net_exec},
#if PY_VERSION_HEX >= 0x030C0000
    /* Everything behind the table is safe to use from any thread, and no
     * Python object is behind it. */
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#if PY_VERSION_HEX >= 0x030D0000
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static PyModuleDef ckpy_net_def = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "clerk_c._net",
    .m_doc = "HTTP over libcurl for clerk_c._core.",
    .m_size = 0,
    .m_methods = ckpy_net_methods,
    .m_slots = ckpy_net_slots,
};

PyMODINIT_FUNC
PyInit__net(void)
{
    return PyModuleDef_Init(&ckpy_net_def);
}
