/* describe.c: rows of the tables as Python values, for signatures, help and
 * the command line. Everything returned is new. */
#include "describe.h"

#include "modelrows.h"
#include "operation.h"
#include "schema.h"
#include "view.h"

static PyObject *type_text(uint16_t type);

static PyObject *
wrapped(const char *format, uint16_t inner)
{
    PyObject *text = type_text(inner);
    PyObject *result =
        text == NULL ? NULL : PyUnicode_FromFormat(format, text);

    Py_XDECREF(text);
    return result;
}

static PyObject *
named(ck_text name)
{
    return name == 0 ? PyUnicode_FromString("Any")
                     : PyUnicode_FromFormat("models.%s", ck_text_of(name));
}

static PyObject *
bare_text(const struct ck_type *row)
{
    static const char *const plain[] = {[CK_ANY] = "Any",
                                        [CK_STR] = "str",
                                        [CK_INT] = "int",
                                        [CK_FLOAT] = "float",
                                        [CK_BOOL] = "bool",
                                        [CK_DATETIME] = "datetime",
                                        [CK_DATE] = "date",
                                        [CK_CONST] = "bool",
                                        [CK_CONTENT] = "bytes | IO[bytes]"};

    switch ((enum ck_kind)row->kind) {
    case CK_ENUM: return named(ck_enums[row->ref].name);
    case CK_MODEL: return named(ck_models[row->ref].name);
    case CK_UNION: return named(ck_unions[row->ref].name);
    case CK_LIST: return wrapped("List[%U]", row->ref);
    case CK_DICT: return wrapped("Dict[str, %U]", row->ref);
    case CK_ANY:
    case CK_STR:
    case CK_INT:
    case CK_FLOAT:
    case CK_BOOL:
    case CK_DATETIME:
    case CK_DATE:
    case CK_CONST:
    case CK_CONTENT: break;
    }
    return PyUnicode_FromString(plain[row->kind]);
}

static PyObject *
type_text(uint16_t type)
{
    const struct ck_type *row = &ck_types[type];
    PyObject *bare = bare_text(row);
    PyObject *result = bare;

    if (bare != NULL && row->flags != 0) {
        result = PyUnicode_FromFormat((row->flags & CK_TYPE_UNSETTABLE) != 0
                                          ? "OptionalNullable[%U]"
                                          : "Optional[%U]",
                                      bare);
        Py_DECREF(bare);
    }
    return result;
}

/* (name, type, required, default) of each parameter. */
static PyObject *
parameters(struct ckpy_state *state, const struct ck_operation *row)
{
    PyObject *list = PyList_New(0);

    for (unsigned i = 0; list != NULL && i < row->param_count; i++) {
        const struct ck_field *param = &ck_params[row->first_param + i];
        int required = (param->flags & CK_FIELD_REQUIRED) != 0;
        PyObject *type = type_text(param->type);
        PyObject *value = required ? Py_NewRef(Py_None)
                                   : ckpy_view_default(state, param->value);
        PyObject *entry =
            type == NULL || value == NULL
                ? NULL
                : Py_BuildValue("sOOO", ck_text_of(param->name), type,
                                required ? Py_True : Py_False, value);

        if (entry == NULL || PyList_Append(list, entry) < 0)
            Py_CLEAR(list);
        Py_XDECREF(entry);
        Py_XDECREF(value);
        Py_XDECREF(type);
    }
    return list;
}

/* Names of the error classes that the answers can raise. */
static PyObject *
errors(const struct ck_operation *row)
{
    PyObject *list = PyList_New(0);

    for (unsigned i = 0; list != NULL && i < row->response_count; i++) {
        const struct ck_response_row *response =
            &ck_responses[row->first_response + i];
        PyObject *name = NULL;
        int known = 0;

        if (response->outcome == CK_RETURN_JSON ||
            response->outcome == CK_RETURN_NONE)
            continue;
        name = PyUnicode_FromString(
            response->outcome == CK_RAISE_CLASS
                ? ck_text_of(ck_error_classes[response->ref].name)
                : "SDKError");
        known = name == NULL ? -1 : PySequence_Contains(list, name);
        if (known < 0 || (known == 0 && PyList_Append(list, name) < 0))
            Py_CLEAR(list);
        Py_XDECREF(name);
    }
    return list;
}

/* The number of an operation's row, given itself or the operation. */
static long
row_of(const struct ckpy_state *state, PyObject *given)
{
    if (Py_IS_TYPE(given, state->operation_type))
        return ((struct ckpy_operation *)given)->index;
    return PyLong_AsLong(given);
}

/* The row that is asked for, or NULL with an exception set. */
static const struct ck_operation *
found_row(PyObject *module, PyObject *index)
{
    long at = row_of(ckpy_state_of(module), index);

    if (at == -1 && PyErr_Occurred())
        return NULL;
    if (at < 0 || at >= ck_counts.operations) {
        PyErr_SetString(PyExc_IndexError, "no operation has that index");
        return NULL;
    }
    return &ck_operations[at];
}

PyObject *
ckpy_describe(PyObject *module, PyObject *index)
{
    const struct ck_operation *row = found_row(module, index);
    PyObject *params = NULL;
    PyObject *result = NULL;
    PyObject *raised = NULL;
    PyObject *dict = NULL;

    if (row == NULL)
        return NULL;
    params = parameters(ckpy_state_of(module), row);
    raised = errors(row);
    result = row->result_type == CK_NO_ROW ? PyUnicode_FromString("None")
                                           : type_text(row->result_type);
    if (params != NULL && raised != NULL && result != NULL)
        dict = Py_BuildValue(
            "{s:s,s:s,s:s,s:s,s:s,s:O,s:O,s:O,s:O,s:O}", "group",
            ck_text_of(ck_groups[row->group].attribute), "class",
            ck_text_of(ck_groups[row->group].class_name), "name",
            ck_text_of(row->name), "method", ck_text_of(row->method), "path",
            ck_text_of(row->path), "parameters", params, "result", result,
            "errors", raised, "deprecated",
            (row->flags & CK_OP_DEPRECATED) != 0 ? Py_True : Py_False,
            "secured", (row->flags & CK_OP_NO_AUTH) != 0 ? Py_False : Py_True);
    Py_XDECREF(result);
    Py_XDECREF(raised);
    Py_XDECREF(params);
    return dict;
}

static const char *
place_text(const struct ck_field *param)
{
    switch ((enum ck_place)param->place) {
    case CK_PLACE_PATH: return "path";
    case CK_PLACE_QUERY: return "query";
    case CK_PLACE_HEADER: return "header";
    case CK_PLACE_REQUEST: return "request";
    case CK_PLACE_BODY:
    case CK_PLACE_BODY_FIELD:
    case CK_PLACE_PART:
    case CK_PLACE_PART_FILE: return "body";
    case CK_PLACE_NONE:
    case CK_PLACE_FILE_NAME:
    case CK_PLACE_FILE_CONTENT:
    case CK_PLACE_FILE_TYPE:
    case CK_PLACE_SECURITY: break;
    }
    return "";
}

PyObject *
ckpy_describe_parameters(PyObject *module, PyObject *index)
{
    const struct ck_operation *row = found_row(module, index);
    PyObject *list = row == NULL ? NULL : PyList_New(0);

    for (unsigned i = 0; list != NULL && i < row->param_count; i++) {
        const struct ck_field *param = &ck_params[row->first_param + i];
        PyObject *type =
            ckpy_modelrows_type(ckpy_state_of(module), param->type);
        PyObject *entry =
            type == NULL
                ? NULL
                : Py_BuildValue(
                      "ssNOO", ck_text_of(param->name), place_text(param),
                      type,
                      (param->flags & CK_FIELD_REQUIRED) != 0 ? Py_True
                                                              : Py_False,
                      (param->flags & CK_FIELD_DEPRECATED) != 0 ? Py_True
                                                                : Py_False);

        if (entry == NULL || PyList_Append(list, entry) < 0)
            Py_CLEAR(list);
        Py_XDECREF(entry);
    }
    return list;
}

PyObject *
ckpy_describe_route(PyObject *module, PyObject *index)
{
    const struct ck_operation *row = found_row(module, index);
    PyObject *names = row == NULL ? NULL : PyList_New(0);

    for (unsigned i = 0; names != NULL && i < row->param_count; i++) {
        const struct ck_field *param = &ck_params[row->first_param + i];
        PyObject *name = NULL;

        if (param->place != CK_PLACE_PATH)
            continue;
        name = PyUnicode_FromString(ck_text_of(param->name));
        if (name == NULL || PyList_Append(names, name) < 0)
            Py_CLEAR(names);
        Py_XDECREF(name);
    }
    if (names == NULL)
        return NULL;
    return Py_BuildValue(
        "(ssNO)", ck_text_of(row->method), ck_text_of(row->path), names,
        (row->flags & CK_OP_DEPRECATED) != 0 ? Py_True : Py_False);
}
