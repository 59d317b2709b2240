/* scalars.c: the lax reading of single values: text, numbers, booleans,
 * dates, members of enums, content of uploads. Owns nothing. */
#include "coerce.h"
#include "convert.h"
#include "schema.h"
#include "view.h"

/* Text of a str, bytes or bytearray as UTF-8; borrowed from value (or from
 * *keep, new, to be released). NULL without exception when it is none. */
static const char *
text_of(PyObject *value, Py_ssize_t *len, PyObject **keep)
{
    const char *text = NULL;

    *keep = NULL;
    if (PyBytes_Check(value) || PyByteArray_Check(value)) {
        *keep = PyBytes_Check(value)
                    ? PyUnicode_DecodeUTF8(PyBytes_AS_STRING(value),
                                           PyBytes_GET_SIZE(value), NULL)
                    : PyUnicode_DecodeUTF8(PyByteArray_AS_STRING(value),
                                           PyByteArray_GET_SIZE(value), NULL);
        value = *keep;
    }
    if (value != NULL && PyUnicode_Check(value))
        text = PyUnicode_AsUTF8AndSize(value, len);
    if (text == NULL && PyErr_Occurred() &&
        PyErr_ExceptionMatches(PyExc_UnicodeError))
        PyErr_Clear();
    return text;
}

static PyObject *
coerce_str(struct ckpy_coercion *c, PyObject *value,
           const struct ckpy_step *where)
{
    PyObject *text = NULL;

    if (PyUnicode_Check(value))
        return PyUnicode_FromObject(value);
    if (PyBytes_Check(value))
        text = PyUnicode_DecodeUTF8(PyBytes_AS_STRING(value),
                                    PyBytes_GET_SIZE(value), NULL);
    else if (PyByteArray_Check(value))
        text = PyUnicode_DecodeUTF8(PyByteArray_AS_STRING(value),
                                    PyByteArray_GET_SIZE(value), NULL);
    if (text != NULL)
        return text;
    if (PyErr_Occurred()) {
        if (!PyErr_ExceptionMatches(PyExc_UnicodeDecodeError))
            return NULL;
        PyErr_Clear();
    }
    return ckpy_coerce_refuse(c, where, CK_ISSUE_STRING_TYPE, 0, value);
}

/* What the code of a value raises says only that it is no number; interrupts
 * and a lack of memory stay. */
static void
forget_refusal(void)
{
    if (PyErr_ExceptionMatches(PyExc_Exception) &&
        !PyErr_ExceptionMatches(PyExc_MemoryError))
        PyErr_Clear();
}

/* Decimal, Fraction and the like: exact ratios with denominator one. New;
 * NULL with or without an exception. */
static PyObject *
int_of_ratio(PyObject *value)
{
    PyObject *ratio = PyObject_CallMethod(value, "as_integer_ratio", NULL);
    PyObject *result = NULL;

    if (ratio != NULL && PyTuple_Check(ratio) &&
        PyTuple_GET_SIZE(ratio) == 2 &&
        PyLong_Check(PyTuple_GET_ITEM(ratio, 0)) &&
        PyLong_Check(PyTuple_GET_ITEM(ratio, 1)) &&
        PyLong_AsLong(PyTuple_GET_ITEM(ratio, 1)) == 1)
        result =
            PyLong_Type.tp_as_number->nb_positive(PyTuple_GET_ITEM(ratio, 0));
    Py_XDECREF(ratio);
    if (result == NULL && PyErr_Occurred())
        forget_refusal();
    return result;
}

static PyObject *
int_of_text(struct ckpy_coercion *c, PyObject *value,
            const struct ckpy_step *where)
{
    PyObject *keep = NULL;
    PyObject *result = NULL;
    Py_ssize_t len = 0;
    const char *text = text_of(value, &len, &keep);
    char *digits = text == NULL ? NULL : PyMem_Malloc((size_t)len + 2);

    if (text != NULL && digits == NULL)
        PyErr_NoMemory();
    if (digits != NULL && ck_lax_int(text, (size_t)len, digits)) {
        result = PyLong_FromString(digits, NULL, 10);
        if (result == NULL && PyErr_ExceptionMatches(PyExc_ValueError))
            PyErr_Clear(); /* more digits than Python is set to read */
    }
    PyMem_Free(digits);
    Py_XDECREF(keep);
    if (result != NULL || PyErr_Occurred())
        return result;
    return ckpy_coerce_refuse(c, where, CK_ISSUE_INT_PARSING, 0, value);
}

static PyObject *
coerce_int(struct ckpy_coercion *c, PyObject *value,
           const struct ckpy_step *where)
{
    PyObject *result = NULL;

    if (PyLong_CheckExact(value))
        return Py_NewRef(value);
    if (PyLong_Check(value)) /* bool, IntEnum, subclasses: plain int */
        return PyLong_Type.tp_as_number->nb_positive(value);
    if (PyUnicode_Check(value) || PyBytes_Check(value) ||
        PyByteArray_Check(value))
        return int_of_text(c, value, where);
    if (PyFloat_Check(value) ||
        PyObject_HasAttrString(value, "as_integer_ratio"))
        result = int_of_ratio(value);
    if (result != NULL || PyErr_Occurred())
        return result;
    return ckpy_coerce_refuse(c, where,
                              PyFloat_Check(value) ? CK_ISSUE_INT_FROM_FLOAT
                                                   : CK_ISSUE_INT_TYPE,
                              0, value);
}

static PyObject *
float_of_text(struct ckpy_coercion *c, PyObject *value,
              const struct ckpy_step *where)
{
    PyObject *keep = NULL;
    PyObject *result = NULL;
    Py_ssize_t len = 0;
    const char *text = text_of(value, &len, &keep);
    enum ck_issue_code code =
        text == NULL ? CK_ISSUE_FLOAT_TYPE : CK_ISSUE_FLOAT_PARSING;
    double number = 0;

    if (text != NULL && ck_lax_float(text, (size_t)len, &number))
        result = PyFloat_FromDouble(number);
    Py_XDECREF(keep);
    if (result != NULL || PyErr_Occurred())
        return result;
    return ckpy_coerce_refuse(c, where, code, 0, value);
}

static PyObject *
coerce_float(struct ckpy_coercion *c, PyObject *value,
             const struct ckpy_step *where)
{
    PyObject *result = NULL;

    if (PyFloat_CheckExact(value))
        return Py_NewRef(value);
    if (!PyFloat_Check(value) && !PyLong_Check(value) &&
        (PyUnicode_Check(value) ||
         !PyObject_HasAttrString(value, "as_integer_ratio")))
        return float_of_text(c, value, where);
    result = PyNumber_Float(value);
    if (result == NULL)
        forget_refusal();
    if (result != NULL || PyErr_Occurred())
        return result;
    return ckpy_coerce_refuse(c, where, CK_ISSUE_FLOAT_TYPE, 0, value);
}

static PyObject *
coerce_bool(struct ckpy_coercion *c, PyObject *value,
            const struct ckpy_step *where)
{
    PyObject *keep = NULL;
    Py_ssize_t len = 0;
    const char *text = NULL;
    int truth = -1;

    if (PyBool_Check(value))
        return Py_NewRef(value);
    if (PyLong_Check(value) || PyFloat_Check(value)) {
        double number = PyFloat_AsDouble(value);

        PyErr_Clear();
        truth = number == 0.0 ? 0 : number == 1.0 ? 1 : -1;
        if (truth < 0)
            return ckpy_coerce_refuse(c, where, CK_ISSUE_BOOL_PARSING, 0,
                                      value);
        return PyBool_FromLong(truth);
    }
    text = text_of(value, &len, &keep);
    if (text == NULL && PyErr_Occurred())
        return NULL;
    if (text != NULL && !ck_lax_bool(text, (size_t)len, &truth))
        truth = -1;
    Py_XDECREF(keep);
    if (truth >= 0)
        return PyBool_FromLong(truth);
    return ckpy_coerce_refuse(
        c, where, text != NULL ? CK_ISSUE_BOOL_PARSING : CK_ISSUE_BOOL_TYPE, 0,
        value);
}

static PyObject *
coerce_enum(struct ckpy_coercion *c, uint16_t ref, PyObject *value,
            const struct ckpy_step *where)
{
    const struct ck_enum *row = &ck_enums[ref];
    const struct ckpy_enum *made = ckpy_enum_of(c->state, ref);
    int index = -1;

    if (made == NULL)
        return NULL;
    if (PyObject_TypeCheck(value, (PyTypeObject *)made->type))
        return Py_NewRef(value);
    c->inexact = 1;
    if ((row->flags & CK_ENUM_INT) != 0 && PyLong_Check(value)) {
        long long number = PyLong_AsLongLong(value);

        PyErr_Clear();
        index = ck_schema_member_of_int(ref, number);
    } else if ((row->flags & CK_ENUM_INT) == 0 && PyUnicode_Check(value)) {
        Py_ssize_t len = 0;
        const char *text = PyUnicode_AsUTF8AndSize(value, &len);

        if (text == NULL)
            PyErr_Clear();
        else
            index = ck_schema_member(ref, text, (size_t)len);
    } else {
        return ckpy_coerce_refuse(c, where, CK_ISSUE_ENUM, ref, value);
    }
    if (index >= 0)
        return Py_NewRef(PyTuple_GET_ITEM(made->members, index));
    if ((row->flags & CK_ENUM_OPEN) != 0)
        return PyUnicode_Check(value) ? PyUnicode_FromObject(value)
                                      : Py_NewRef(value);
    return ckpy_coerce_refuse(c, where, CK_ISSUE_ENUM, ref, value);
}

static PyObject *
coerce_time(struct ckpy_coercion *c, const char *function,
            enum ck_issue_code code, PyObject *value,
            const struct ckpy_step *where)
{
    PyObject *result = ckpy_convert(c->state, function, value);

    if (result != NULL)
        return result;
    if (!PyErr_ExceptionMatches(PyExc_ValueError) &&
        !PyErr_ExceptionMatches(PyExc_TypeError))
        return NULL;
    PyErr_Clear();
    return ckpy_coerce_refuse(c, where, code, 0, value);
}

static PyObject *
coerce_const(struct ckpy_coercion *c, uint16_t ref, PyObject *value,
             const struct ckpy_step *where)
{
    PyObject *wanted = ckpy_view_default(c->state, ref);
    int same = -1;

    if (wanted == NULL)
        return NULL;
    same = Py_TYPE(wanted) == Py_TYPE(value)
               ? PyObject_RichCompareBool(wanted, value, Py_EQ)
               : 0;
    if (same == 1)
        return wanted;
    Py_DECREF(wanted);
    return same < 0 ? NULL
                    : ckpy_coerce_refuse(c, where, CK_ISSUE_CONST, ref, value);
}

/* Bytes now, so that what is sent does not change with the buffer; a file is
 * read when it is sent. */
static PyObject *
coerce_content(struct ckpy_coercion *c, PyObject *value,
               const struct ckpy_step *where)
{
    PyObject *module = NULL;
    PyObject *accepted = NULL;

    if (PyUnicode_Check(value))
        return PyUnicode_AsUTF8String(value);
    if (PyObject_CheckBuffer(value))
        return PyBytes_FromObject(value);
    if (PyObject_HasAttrString(value, "read"))
        return Py_NewRef(value);
    module = ckpy_state_import(&c->state->upload, "clerk_c._upload", NULL);
    if (module != NULL)
        accepted = PyObject_CallMethod(module, "accepts", "O", value);
    if (accepted == NULL)
        return NULL;
    Py_DECREF(accepted);
    if (accepted == Py_True)
        return Py_NewRef(value);
    return ckpy_coerce_refuse(c, where, CK_ISSUE_CONTENT_TYPE, 0, value);
}

PyObject *
ckpy_coerce_scalar(struct ckpy_coercion *c, const struct ck_type *row,
                   PyObject *value, const struct ckpy_step *where)
{
    switch ((enum ck_kind)row->kind) {
    case CK_STR: return coerce_str(c, value, where);
    case CK_INT: return coerce_int(c, value, where);
    case CK_FLOAT: return coerce_float(c, value, where);
    case CK_BOOL: return coerce_bool(c, value, where);
    case CK_ENUM: return coerce_enum(c, row->ref, value, where);
    case CK_CONST: return coerce_const(c, row->ref, value, where);
    case CK_CONTENT: return coerce_content(c, value, where);
    case CK_DATETIME:
        return coerce_time(c, "parse_datetime", CK_ISSUE_DATETIME, value,
                           where);
    case CK_DATE:
        return coerce_time(c, "parse_date", CK_ISSUE_DATE, value, where);
    case CK_ANY:
    case CK_MODEL:
    case CK_UNION:
    case CK_LIST:
    case CK_DICT: break;
    }
    return Py_NewRef(value);
}
