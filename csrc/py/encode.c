/* encode.c: from checked values to method, URL and headers of the request;
 * its body is in body.c. Owns nothing: the call owns request and values. */
#include "bearer.h"
#include "body.h"
#include "convert.h"
#include "errors.h"
#include "model.h"

#include "url.h"

enum { DEFAULT_TIMEOUT_MS = 5000 };

PyObject *
ckpy_encode_text(struct ckpy_call *call, PyObject *value)
{
    PyObject *inner = NULL;
    PyObject *text = NULL;

    if (PyUnicode_CheckExact(value))
        return Py_NewRef(value);
    if (PyBool_Check(value))
        return PyUnicode_FromString(value == Py_True ? "true" : "false");
    if (PyLong_CheckExact(value) || PyFloat_CheckExact(value))
        return PyObject_Str(value);
    inner = ckpy_convert(call->state, "jsonable", value); /* enums, dates */
    if (inner != NULL)
        text = PyUnicode_Check(inner) ? Py_NewRef(inner) : PyObject_Str(inner);
    Py_XDECREF(inner);
    return text;
}

static int
put_segment(struct ckpy_call *call, const struct ck_field *param,
            PyObject *value)
{
    struct ck_error error;
    Py_ssize_t len = 0;
    PyObject *text = ckpy_encode_text(call, value);
    const char *bytes =
        text == NULL ? NULL : PyUnicode_AsUTF8AndSize(text, &len);
    int result = -1;

    if (bytes != NULL)
        result = ckpy_errors_check(
            call->state,
            ck_url_put_segment(&call->request.url, ck_text_of(param->name),
                               bytes, (size_t)len, &error),
            &error);
    Py_XDECREF(text);
    return result;
}

/* The parameter that fills {name}. -1: there is none. */
static int
path_param(const struct ckpy_operation *operation, const char *name,
           size_t len)
{
    for (unsigned i = 0; i < operation->row->param_count; i++) {
        const struct ck_field *param = &operation->params[i];
        const char *alias = ck_text_of(param->alias);

        if (param->place == CK_PLACE_PATH && strlen(alias) == len &&
            memcmp(alias, name, len) == 0)
            return (int)i;
    }
    return -1;
}

static int
put_path(struct ckpy_call *call)
{
    const char *path = ck_text_of(call->operation->row->path);

    while (*path != '\0') {
        size_t plain = strcspn(path, "{");
        size_t name = 0;
        int param = -1;

        if (ck_buf_append(&call->request.url, path, plain) != CK_OK) {
            PyErr_NoMemory();
            return -1;
        }
        path += plain;
        if (*path == '\0')
            return 0;
        name = strcspn(++path, "}");
        param = path_param(call->operation, path, name);
        if (param < 0) {
            PyErr_Format(PyExc_SystemError, "%U: no parameter fills the path",
                         call->operation->qualname);
            return -1;
        }
        if (put_segment(call, &call->operation->params[param],
                        call->values[param]) < 0)
            return -1;
        path += name + (path[name] == '}');
    }
    return 0;
}

static int
put_query_value(struct ckpy_call *call, const char *name, PyObject *value,
                int *first)
{
    PyObject *text = NULL;
    const char *bytes = NULL;
    Py_ssize_t len = 0;
    int result = -1;

    if (value == Py_None || value == call->state->unset)
        return 0;
    text = ckpy_encode_text(call, value);
    bytes = text == NULL ? NULL : PyUnicode_AsUTF8AndSize(text, &len);
    if (bytes != NULL && ck_url_put_query(&call->request.url, *first, name,
                                          bytes, (size_t)len) == CK_OK) {
        *first = 0;
        result = 0;
    } else if (bytes != NULL) {
        PyErr_NoMemory();
    }
    Py_XDECREF(text);
    return result;
}

/* Joins the values of a list that is sent under one key. New. */
static PyObject *
join_list(struct ckpy_call *call, PyObject *list)
{
    PyObject *parts = PyList_New(0);
    PyObject *comma = PyUnicode_FromString(",");
    PyObject *joined = NULL;
    int failed = parts == NULL || comma == NULL;

    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(list); i++) {
        PyObject *item = Py_NewRef(PyList_GET_ITEM(list, i));
        PyObject *text = ckpy_encode_text(call, item);

        failed = text == NULL || PyList_Append(parts, text) < 0;
        Py_XDECREF(text);
        Py_DECREF(item);
    }
    if (!failed)
        joined = PyUnicode_Join(comma, parts);
    Py_XDECREF(comma);
    Py_XDECREF(parts);
    return joined;
}

static int
put_query(struct ckpy_call *call, const struct ck_field *field,
          PyObject *value, int *first)
{
    const char *name = ck_text_of(field->alias);
    int result = 0;

    if (!PyList_CheckExact(value))
        return put_query_value(call, name, value, first);
    if ((field->flags & CK_FIELD_EXPLODE) == 0 && PyList_GET_SIZE(value) > 0) {
        PyObject *joined = join_list(call, value);

        result =
            joined == NULL ? -1 : put_query_value(call, name, joined, first);
        Py_XDECREF(joined);
        return result;
    }
    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(value); i++) {
        /* a list that was assigned to a model is the program's */
        PyObject *item = Py_NewRef(PyList_GET_ITEM(value, i));

        result = put_query_value(call, name, item, first);
        Py_DECREF(item);
    }
    return result;
}

/* Query parameters: of the call, or fields of its `request` model. */
static int
put_queries(struct ckpy_call *call)
{
    const struct ckpy_operation *operation = call->operation;
    int first = 1;

    for (unsigned i = 0; i < operation->row->param_count; i++) {
        const struct ck_field *param = &operation->params[i];
        PyObject *value = call->values[i];

        if (param->place == CK_PLACE_QUERY &&
            put_query(call, param, value, &first) < 0)
            return -1;
        if (param->place == CK_PLACE_REQUEST &&
            ckpy_model_check(call->state, value)) {
            struct ckpy_model *model = (struct ckpy_model *)value;

            for (unsigned f = 0; f < model->count; f++) {
                PyObject *item = NULL;
                int result = 0;

                if (model->cls->fields[f].place != CK_PLACE_QUERY)
                    continue;
                item = ckpy_model_get(model, f);
                result = item == NULL ? -1
                                      : put_query(call, &model->cls->fields[f],
                                                  item, &first);
                Py_XDECREF(item);
                if (result < 0)
                    return -1;
            }
        }
    }
    return 0;
}

static int
put_url(struct ckpy_call *call)
{
    struct ck_error error;
    Py_ssize_t len = 0;
    PyObject *server =
        call->server_url != NULL ? call->server_url : call->client->server_url;
    const char *text = PyUnicode_AsUTF8AndSize(server, &len);

    if (text == NULL ||
        ckpy_errors_check(
            call->state,
            ck_url_put_server(&call->request.url, text, (size_t)len, &error),
            &error) < 0)
        return -1;
    return put_path(call) < 0 ? -1 : put_queries(call);
}

/* name and value are str or bytes. */
static int
set_header(struct ckpy_call *call, PyObject *name, PyObject *value)
{
    struct ck_error error;
    Py_ssize_t name_len = 0;
    Py_ssize_t value_len = 0;
    const char *name_text = NULL;
    const char *value_text = NULL;

    if (!PyUnicode_Check(name) || !PyUnicode_Check(value)) {
        PyErr_Format(PyExc_TypeError,
                     "http_headers: names and values must be str, not "
                     "'%s: %s'",
                     Py_TYPE(name)->tp_name, Py_TYPE(value)->tp_name);
        return -1;
    }
    name_text = PyUnicode_AsUTF8AndSize(name, &name_len);
    value_text =
        name_text == NULL ? NULL : PyUnicode_AsUTF8AndSize(value, &value_len);
    if (value_text == NULL)
        return -1;
    return ckpy_errors_check(
        call->state,
        ck_request_set_header(&call->request, name_text, (size_t)name_len,
                              value_text, (size_t)value_len, &error),
        &error);
}

static int
set_header_text(struct ckpy_call *call, const char *name, const char *value,
                size_t len)
{
    struct ck_error error;

    return ckpy_errors_check(call->state,
                             ck_request_set_header(&call->request, name,
                                                   strlen(name), value, len,
                                                   &error),
                             &error);
}

static int
set_given_headers(struct ckpy_call *call)
{
    PyObject *items = NULL;
    int result = 0;

    if (call->http_headers == NULL)
        return 0;
    items = PyMapping_Items(call->http_headers);
    if (items == NULL)
        return -1;
    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(items); i++) {
        PyObject *pair = PyList_GET_ITEM(items, i);

        if (PyTuple_Check(pair) && PyTuple_GET_SIZE(pair) == 2) {
            result = set_header(call, PyTuple_GET_ITEM(pair, 0),
                                PyTuple_GET_ITEM(pair, 1));
        } else {
            PyErr_SetString(PyExc_TypeError,
                            "http_headers: items() must give pairs");
            result = -1;
        }
    }
    Py_DECREF(items);
    return result;
}

static int
set_fixed_headers(struct ckpy_call *call)
{
    PyObject *fixed = call->client->fixed;

    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(fixed); i++) {
        PyObject *pair = PyTuple_GET_ITEM(fixed, i);

        if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2 ||
            set_header(call, PyTuple_GET_ITEM(pair, 0),
                       PyTuple_GET_ITEM(pair, 1)) < 0)
            return -1;
    }
    return 0;
}

static int
set_user_agent(struct ckpy_call *call)
{
    Py_ssize_t len = 0;
    const char *text = PyUnicode_AsUTF8AndSize(call->client->user_agent, &len);

    return text == NULL
               ? -1
               : set_header_text(call, "User-Agent", text, (size_t)len);
}

int
ckpy_encode_request(struct ckpy_call *call)
{
    const struct ck_operation *row = call->operation->row;
    const char *accept = ck_text_of(row->accept);

    call->request.method = ck_text_of(row->method);
    call->request.once = ck_retry_forbids(&call->retry, call->request.method);
    call->request.timeout_ms =
        call->timeout_ms == 0 ? DEFAULT_TIMEOUT_MS : call->timeout_ms;
    if (put_url(call) < 0)
        return -1;
    if (set_header_text(call, "Accept", accept, strlen(accept)) < 0 ||
        set_user_agent(call) < 0 ||
        ((row->flags & CK_OP_NO_AUTH) == 0 && ckpy_bearer_apply(call) < 0) ||
        ckpy_body_encode(call) < 0 || set_given_headers(call) < 0)
        return -1;
    return set_fixed_headers(call);
}
