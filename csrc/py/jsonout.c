/* jsonout.c: checked Python values to JSON text. Writes into the caller's
 * buffer; owns nothing. */
#include "jsonout.h"

#include "convert.h"
#include "dump.h"
#include "json.h"
#include "model.h"

#include <math.h>

static int
done(enum ck_status status)
{
    if (status == CK_OK)
        return 0;
    PyErr_NoMemory();
    return -1;
}

static int
put_str(struct ck_buf *out, PyObject *value)
{
    Py_ssize_t len = 0;
    const char *text = PyUnicode_AsUTF8AndSize(value, &len);
    PyObject *bytes = NULL;
    int result = -1;

    if (text != NULL)
        return done(ck_json_put_string(out, text, (size_t)len));
    if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError))
        return -1;
    PyErr_Clear(); /* lone surrogates: legal in Python, and in JSON escaped */
    bytes = PyUnicode_AsEncodedString(value, "utf-8", "surrogatepass");
    if (bytes != NULL)
        result = done(ck_json_put_string(out, PyBytes_AS_STRING(bytes),
                                         (size_t)PyBytes_GET_SIZE(bytes)));
    Py_XDECREF(bytes);
    return result;
}

static int
put_int(struct ck_buf *out, PyObject *value)
{
    int overflow = 0;
    long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
    PyObject *text = NULL;
    int result = -1;

    if (overflow == 0) {
        char digits[32];

        if (number == -1 && PyErr_Occurred())
            return -1;
        PyOS_snprintf(digits, sizeof digits, "%lld", number);
        return done(ck_buf_append_str(out, digits));
    }
    text = PyLong_Type.tp_repr(value);
    if (text != NULL)
        result = done(ck_buf_append_str(out, PyUnicode_AsUTF8(text)));
    Py_XDECREF(text);
    return result;
}

static int
put_float(struct ck_buf *out, double number)
{
    char *text = NULL;
    int result = -1;

    if (!isfinite(number))
        return done(ck_buf_append_str(out, "null"));
    text = PyOS_double_to_string(number, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
    if (text != NULL)
        result = done(ck_buf_append_str(out, text));
    PyMem_Free(text);
    return result;
}

static int
put_list(struct ckpy_state *state, struct ck_buf *out, PyObject *list)
{
    Py_ssize_t most = PySequence_Fast_GET_SIZE(list); /* it may grow */

    if (done(ck_buf_append_char(out, '[')) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < most && i < PySequence_Fast_GET_SIZE(list);
         i++) {
        PyObject *item = Py_NewRef(PySequence_Fast_GET_ITEM(list, i));
        int failed = (i > 0 && done(ck_buf_append_char(out, ',')) < 0) ||
                     ckpy_jsonout_put(state, out, item) < 0;

        Py_DECREF(item);
        if (failed)
            return -1;
    }
    return done(ck_buf_append_char(out, ']'));
}

/* A key of a free-form object: text, or a number or constant as text. */
static int
put_key(struct ckpy_state *state, struct ck_buf *out, PyObject *key)
{
    PyObject *text = NULL;
    int result = -1;

    if (PyUnicode_CheckExact(key))
        return put_str(out, key);
    text = ckpy_convert(state, "json_key", key);
    if (text != NULL)
        result = put_str(out, text);
    Py_XDECREF(text);
    return result;
}

static int
put_member(struct ckpy_state *state, struct ck_buf *out, int first,
           PyObject *key, PyObject *value)
{
    if ((!first && done(ck_buf_append_char(out, ',')) < 0) ||
        put_key(state, out, key) < 0 || done(ck_buf_append_char(out, ':')) < 0)
        return -1;
    return ckpy_jsonout_put(state, out, value);
}

static int
put_dict(struct ckpy_state *state, struct ck_buf *out, PyObject *dict)
{
    PyObject *key = NULL;
    PyObject *value = NULL;
    Py_ssize_t position = 0;
    Py_ssize_t left = PyDict_GET_SIZE(dict); /* it may grow meanwhile */
    int first = 1;

    if (done(ck_buf_append_char(out, '{')) < 0)
        return -1;
    while (left-- > 0 && PyDict_Next(dict, &position, &key, &value)) {
        int failed = 0;

        Py_INCREF(key); /* writing a value may run code of the program */
        Py_INCREF(value);
        failed = put_member(state, out, first, key, value) < 0;
        Py_DECREF(key);
        Py_DECREF(value);
        if (failed)
            return -1;
        first = 0;
    }
    return done(ck_buf_append_char(out, '}'));
}

static int
put_fields(struct ckpy_state *state, struct ck_buf *out,
           struct ckpy_model *model, int *first)
{
    const struct ckpy_dump dump = {
        .state = state, .json = 1, .by_alias = 1, .exclude_none = 1};

    for (unsigned i = 0; i < model->count; i++) {
        const char *name = ck_text_of(model->cls->fields[i].alias);
        PyObject *value = ckpy_model_get(model, i);
        int decision =
            value == NULL ? -1 : ckpy_dump_decide(&dump, model, i, value);
        int failed = decision < 0 ||
                     (decision > 0 &&
                      ((!*first && done(ck_buf_append_char(out, ',')) < 0) ||
                       done(ck_json_put_string(out, name, strlen(name))) < 0 ||
                       done(ck_buf_append_char(out, ':')) < 0 ||
                       ckpy_jsonout_put(state, out,
                                        decision == 2 ? Py_None : value) < 0));

        Py_XDECREF(value);
        if (failed)
            return -1;
        *first = *first && decision == 0;
    }
    return 0;
}

/* The members that the row does not know, as far as it keeps any. */
static int
put_extra(struct ckpy_state *state, struct ck_buf *out,
          struct ckpy_model *model, int first)
{
    PyObject *extra = ckpy_model_extra(model);
    PyObject *key = NULL;
    PyObject *item = NULL;
    Py_ssize_t position = 0;
    Py_ssize_t left = extra == NULL ? 0 : PyDict_GET_SIZE(extra);

    while (left-- > 0 && PyDict_Next(extra, &position, &key, &item)) {
        int failed = 0;

        if (item == Py_None)
            continue;
        Py_INCREF(key);
        Py_INCREF(item);
        failed = put_member(state, out, first, key, item) < 0;
        Py_DECREF(key);
        Py_DECREF(item);
        if (failed)
            break;
        first = 0;
    }
    Py_XDECREF(extra);
    return PyErr_Occurred() ? -1 : 0;
}

static int
put_model(struct ckpy_state *state, struct ck_buf *out,
          struct ckpy_model *model)
{
    int first = 1;

    if (done(ck_buf_append_char(out, '{')) < 0 ||
        put_fields(state, out, model, &first) < 0 ||
        put_extra(state, out, model, first) < 0)
        return -1;
    return done(ck_buf_append_char(out, '}'));
}

static int
put_container(struct ckpy_state *state, struct ck_buf *out, PyObject *value)
{
    PyObject *plain = NULL;
    int result = -1;

    if (ckpy_model_check(state, value))
        return put_model(state, out, (struct ckpy_model *)value);
    if (PyDict_CheckExact(value))
        return put_dict(state, out, value);
    if (PyList_CheckExact(value) || PyTuple_CheckExact(value))
        return put_list(state, out, value);
    plain = ckpy_convert(state, "jsonable", value);
    if (plain != NULL)
        result = ckpy_jsonout_put(state, out, plain);
    Py_XDECREF(plain);
    return result;
}

int
ckpy_jsonout_put(struct ckpy_state *state, struct ck_buf *out, PyObject *value)
{
    int result = -1;

    if (value == Py_None)
        return done(ck_buf_append_str(out, "null"));
    if (PyUnicode_CheckExact(value))
        return put_str(out, value);
    if (value == Py_True)
        return done(ck_buf_append_str(out, "true"));
    if (value == Py_False)
        return done(ck_buf_append_str(out, "false"));
    if (PyLong_CheckExact(value))
        return put_int(out, value);
    if (PyFloat_CheckExact(value))
        return put_float(out, PyFloat_AS_DOUBLE(value));
    if (Py_EnterRecursiveCall(" while writing JSON"))
        return -1;
    result = put_container(state, out, value);
    Py_LeaveRecursiveCall();
    return result;
}
