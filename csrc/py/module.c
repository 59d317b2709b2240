/* module.c: the module clerk_c._core. What it keeps is in state.c. */
#include "state.h"

#include "describe.h"
#include "finding.h"
#include "json.h"
#include "modeltypes.h"
#include "read.h"
#include "resource.h"
#include "secrets.h"
#include "source.h"
#include "value.h"
#include "verify.h"
#include "webhook.h"

static PyObject *
module_is_secret(PyObject *module, PyObject *name)
{
    const char *text = PyUnicode_AsUTF8(name);

    (void)module;
    if (text == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError))
            return NULL;
        PyErr_Clear(); /* half a surrogate pair: no name that we know */
        Py_RETURN_FALSE;
    }
    return PyBool_FromLong(ckpy_secrets_is_secret(text));
}

static PyObject *
module_json_version(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(unused))
{
    return PyUnicode_FromString(ck_json_version());
}

static PyMethodDef module_methods[] = {
    {"parse_json", ckpy_value_parse, METH_O,
     "parse_json($module, data, /)\n--\n\n"
     "The value of a JSON text (str, bytes or bytearray), read strictly.\n"
     "Raises ValueError naming the position."},
    {"read_json", ckpy_read_json, METH_VARARGS,
     "read_json($module, type_name, data, drift=None, /)\n--\n\n"
     "A model ('User') or list of models ('List[User]') from a JSON text.\n"
     "With a Drift it is read tolerantly. Raises ValidationError."},
    {"export", ckpy_modeltypes_export, METH_O,
     "export($module, name, /)\n--\n\n"
     "What clerk_c.models offers by that name: a class, enum, error,\n"
     "TypedDict or union. Raises AttributeError."},
    {"exports", ckpy_modeltypes_names, METH_VARARGS,
     "exports(submodule=None, /)\n--\n\n"
     "All names that export() knows (list), or those that one submodule\n"
     "of clerk_c.models defines."},
    {"source_of", ckpy_source_of, METH_O,
     "source_of($module, value, /)\n--\n\n"
     "What clerk_c.response_of makes a ResponseInfo of, or None."},
    {"group_class", ckpy_resource_group_class, METH_O,
     "group_class($module, name, /)\n--\n\n"
     "The class of the resource group whose module is clerk_c.<name>;\n"
     "None when there is no such group."},
    {"describe", ckpy_describe, METH_O,
     "describe($module, index, /)\n--\n\n"
     "The row of an operation as a dict, for documentation."},
    {"parameters", ckpy_describe_parameters, METH_O,
     "parameters($module, index, /)\n--\n\n"
     "The parameters of an operation (list): name, place (\"path\",\n"
     "\"query\", \"header\", \"body\" or \"request\"), type, whether it is\n"
     "required, whether it is deprecated. A type is what\n"
     "BaseModel.__clerk_fields__() has."},
    {"route", ckpy_describe_route, METH_O,
     "route($module, index, /)\n--\n\n"
     "Of an operation: method, path, names of the parameters in the path,\n"
     "whether it is deprecated."},
    {"json_version", module_json_version, METH_NOARGS,
     "json_version($module, /)\n--\n\n"
     "The version of cJSON (str)."},
    {"find_token", (PyCFunction)(void (*)(void))ckpy_finding_token,
     METH_FASTCALL, ckpy_finding_token_doc},
    {"decode_token", ckpy_verify_decode, METH_O, ckpy_verify_decode_doc},
    {"verify_jwt", (PyCFunction)(void (*)(void))ckpy_verify_jwt,
     METH_FASTCALL | METH_KEYWORDS, ckpy_verify_jwt_doc},
    {"verify_svix", (PyCFunction)(void (*)(void))ckpy_webhook_verify,
     METH_FASTCALL | METH_KEYWORDS, ckpy_webhook_doc},
    {"is_secret", module_is_secret, METH_O,
     "is_secret($module, name, /)\n--\n\n"
     "Is a field of this name shown as stars? (bool)"},
    {NULL, NULL, 0, NULL}};

static int
module_exec(PyObject *module)
{
    struct ckpy_state *state = ckpy_state_of(module);

    ck_json_setup();
    if (ckpy_state_init(module) < 0)
        return -1;
    if (PyModule_AddObjectRef(module, "UNSET", state->unset) < 0 ||
        PyModule_AddObjectRef(module, "Unset", (PyObject *)state->unset_type) <
            0 ||
        PyModule_AddObjectRef(module, "BaseModel",
                              (PyObject *)state->model_type) < 0 ||
        PyModule_AddObjectRef(module, "Client",
                              (PyObject *)state->client_type) < 0 ||
        PyModule_AddObjectRef(module, "Call", (PyObject *)state->call_type) <
            0 ||
        PyModule_AddObjectRef(module, "Queue", (PyObject *)state->queue_type) <
            0 ||
        PyModule_AddObjectRef(module, "Resource",
                              (PyObject *)state->resource_type) < 0 ||
        PyModule_AddObjectRef(module, "Headers",
                              (PyObject *)state->headers_type) < 0 ||
        PyModule_AddObjectRef(module, "Response",
                              (PyObject *)state->response_type) < 0 ||
        PyModule_AddObjectRef(module, "VerifyKey",
                              (PyObject *)state->key_type) < 0 ||
        PyModule_AddObjectRef(module, "TokenCache",
                              (PyObject *)state->tokens_type) < 0 ||
        PyModule_AddStringConstant(module, "BUILT_WITH", ck_json_built_with) <
            0)
        return -1;
    return 0;
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, module_exec},
                                          {0, NULL}};

struct PyModuleDef ckpy_module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "clerk_c._core",
    .m_doc = "The C core of clerk_c: requests, answers and models.",
    .m_size = sizeof(struct ckpy_state),
    .m_methods = module_methods,
    .m_slots = module_slots,
    .m_traverse = ckpy_state_traverse,
    .m_clear = ckpy_state_clear,
    .m_free = ckpy_state_free,
};

PyMODINIT_FUNC
PyInit__core(void)
{
    return PyModuleDef_Init(&ckpy_module_def);
}
