/* crypto.c: the extension module clerk_c._crypto: keys, signatures and
 * hashes, and with them libcrypto, in a library of its own that is loaded
 * with the first verification. It holds a capsule with the table of functions
 * and no state. */
#include "capsule.h"

#include "core/crypto.h"

PyDoc_STRVAR(version_doc, "version($module, /)\n--\n\n"
                          "The version of libcrypto.");

static PyObject *
ckpy_crypto_version(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(unused))
{
    return PyUnicode_FromString(ck_crypto_api.version_text());
}

static int
ckpy_crypto_exec(PyObject *module)
{
    if (ckpy_capsule_add(module, &ck_crypto_api, "clerk_c._crypto.api") < 0)
        return -1;
    return PyModule_AddStringConstant(module, "BUILT_WITH",
                                      ck_crypto_built_with);
}

static PyMethodDef ckpy_crypto_methods[] = {
    {"version", ckpy_crypto_version, METH_NOARGS, version_doc},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot ckpy_crypto_slots[] = {
    {Py_mod_exec, (void *)(uintptr_t)ckpy_crypto_exec},
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

static PyModuleDef ckpy_crypto_def = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "clerk_c._crypto",
    .m_doc = "Signatures and hashes over libcrypto for clerk_c._core.",
    .m_size = 0,
    .m_methods = ckpy_crypto_methods,
    .m_slots = ckpy_crypto_slots,
};

PyMODINIT_FUNC
PyInit__crypto(void)
{
    return PyModuleDef_Init(&ckpy_crypto_def);
}
