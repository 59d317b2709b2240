/* modelmake.c: construction and validation of models. Instances of a
 * program's subclasses go through its __init__ where it has one. */
#include "modelmake.h"

#include "coerce.h"
#include "model.h"
#include "modelrows.h"
#include "modelset.h"
#include "read.h"
#include "value.h"

/* The class behind a class method's first argument. */
static struct ckpy_class *
class_of(PyObject *type)
{
    struct ckpy_state *state = ckpy_state_by_type((PyTypeObject *)type);

    return state == NULL ? NULL
                         : ckpy_class_by_type(state, (PyTypeObject *)type);
}

/* What a subclass does with a new instance. */
static int
finish(struct ckpy_model *self)
{
    PyObject *result = NULL;

    if (Py_TYPE(self) == self->cls->type)
        return 0;
    result =
        PyObject_CallMethod((PyObject *)self, "model_post_init", "O", Py_None);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

/* Like typing.deprecated, which subclasses do not inherit. */
static int
warn_if_deprecated(const struct ckpy_class *cls, const PyTypeObject *type)
{
    if ((cls->row->flags & CK_MODEL_DEPRECATED) == 0 || type != cls->type)
        return 0;
    return PyErr_WarnFormat(PyExc_DeprecationWarning, 1, "%s is deprecated",
                            ck_text_of(cls->row->name));
}

/* Fills a new instance from names and wire names. -1: exception. */
static int
fill(struct ckpy_model *self, PyObject *dict)
{
    struct ckpy_coercion c = {.state = self->cls->state};
    int result = -1;

    if (warn_if_deprecated(self->cls, Py_TYPE(self)) < 0)
        return -1;
    result = ckpy_coerce_fields(&c, self, dict, NULL);
    if (result < 0 && !PyErr_Occurred())
        (void)ckpy_issues_raise(c.state, &c.issues,
                                ck_text_of(self->cls->row->name));
    ckpy_issues_free(&c.issues);
    return result < 0 ? -1 : finish(self);
}

int
ckpy_modelmake_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    PyObject *none_given = NULL;
    int result = -1;

    if (PyTuple_GET_SIZE(args) != 0) {
        PyErr_Format(PyExc_TypeError,
                     "%s() takes keyword arguments only (%zd positional "
                     "given)",
                     Py_TYPE(op)->tp_name, PyTuple_GET_SIZE(args));
        return -1;
    }
    if (kwargs == NULL)
        kwargs = none_given = PyDict_New();
    if (kwargs != NULL)
        result = fill((struct ckpy_model *)op, kwargs);
    Py_XDECREF(none_given);
    return result;
}

/* An instance from a dict. New. */
static PyObject *
make_of_dict(const struct ckpy_class *cls, PyTypeObject *type, PyObject *dict)
{
    struct ckpy_model *made = NULL;
    PyObject *nothing = NULL;
    PyObject *result = NULL;

    if (type->tp_init == ckpy_modelmake_init) {
        made = ckpy_model_new(cls, type);
        if (made != NULL && fill(made, dict) < 0)
            Py_CLEAR(made);
        return (PyObject *)made;
    }
    nothing = PyTuple_New(0);
    if (nothing != NULL)
        result = PyObject_Call((PyObject *)type, nothing, dict);
    Py_XDECREF(nothing);
    return result;
}

static PyObject *
refuse(const struct ckpy_class *cls, PyObject *value)
{
    struct ckpy_coercion c = {.state = cls->state};

    (void)ckpy_coerce_refuse(&c, NULL, CK_ISSUE_MODEL_TYPE, cls->model, value);
    if (!PyErr_Occurred())
        (void)ckpy_issues_raise(c.state, &c.issues,
                                ck_text_of(cls->row->name));
    ckpy_issues_free(&c.issues);
    return NULL;
}

/* The attributes of an object that have the names of fields. New dict. */
static PyObject *
attributes_of(const struct ckpy_class *cls, PyObject *object)
{
    PyObject *dict = PyDict_New();

    for (unsigned i = 0; dict != NULL && i < cls->row->field_count; i++) {
        PyObject *value = PyObject_GetAttr(object, cls->names[i]);

        if (value == NULL && PyErr_ExceptionMatches(PyExc_AttributeError)) {
            PyErr_Clear();
            continue;
        }
        if (value == NULL || PyDict_SetItem(dict, cls->names[i], value) < 0)
            Py_CLEAR(dict);
        Py_XDECREF(value);
    }
    return dict;
}

static PyObject *
validate(const struct ckpy_class *cls, PyTypeObject *type, PyObject *value,
         int from_attributes)
{
    PyObject *dict = NULL;
    PyObject *made = NULL;

    if (PyObject_TypeCheck(value, type))
        return Py_NewRef(value);
    if (PyDict_Check(value))
        return make_of_dict(cls, type, value);
    if (!from_attributes)
        return refuse(cls, value);
    dict = attributes_of(cls, value);
    made = dict == NULL ? NULL : make_of_dict(cls, type, dict);
    Py_XDECREF(dict);
    return made;
}

/* What pydantic's methods take beside the value. Checks are always lax and
 * names of both kinds are always taken, as in the SDK. */
struct options {
    int from_attributes;
    PyObject *strict;
    PyObject *extra;
};

static int
check_options(const struct options *options)
{
    int strict =
        options->strict == NULL ? 0 : PyObject_IsTrue(options->strict);

    if (strict < 0)
        return -1;
    if (strict != 0) {
        PyErr_SetString(PyExc_TypeError,
                        "strict=True is not supported: models convert as the "
                        "official SDK's do");
        return -1;
    }
    if (options->extra == NULL || options->extra == Py_None ||
        (PyUnicode_Check(options->extra) &&
         PyUnicode_CompareWithASCIIString(options->extra, "ignore") == 0))
        return 0;
    PyErr_SetString(PyExc_TypeError,
                    "extra may only be 'ignore': the model says whether it "
                    "keeps unknown members");
    return -1;
}

PyObject *
ckpy_modelmake_validate(PyObject *type, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {
        "obj",     "strict",   "extra",   "from_attributes",
        "context", "by_alias", "by_name", NULL};
    struct ckpy_class *cls = class_of(type);
    struct options options = {0};
    PyObject *value = NULL;
    PyObject *from_attributes = Py_None;
    PyObject *ignored = NULL;

    if (cls == NULL || !PyArg_ParseTupleAndKeywords(
                           args, kwargs, "O|$OOOOOO:model_validate", keywords,
                           &value, &options.strict, &options.extra,
                           &from_attributes, &ignored, &ignored, &ignored))
        return NULL;
    options.from_attributes = PyObject_IsTrue(from_attributes);
    if (options.from_attributes < 0 || check_options(&options) < 0)
        return NULL;
    return validate(cls, (PyTypeObject *)type, value, options.from_attributes);
}

PyObject *
ckpy_modelmake_validate_json(PyObject *type, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"json_data", "strict",  "extra", "context",
                               "by_alias",  "by_name", NULL};
    struct ckpy_class *cls = class_of(type);
    struct options options = {0};
    PyObject *data = NULL;
    PyObject *ignored = NULL;
    PyObject *made = NULL;
    PyObject *value = NULL;

    if (cls == NULL ||
        !PyArg_ParseTupleAndKeywords(
            args, kwargs, "O|$OOOOO:model_validate_json", keywords, &data,
            &options.strict, &options.extra, &ignored, &ignored, &ignored))
        return NULL;
    if (check_options(&options) < 0)
        return NULL;
    if (type == (PyObject *)cls->type)
        return ckpy_read_model(cls, data);
    /* a subclass may want to see what it is made of */
    value = ckpy_value_parse(NULL, data);
    if (value == NULL && PyErr_ExceptionMatches(PyExc_ValueError)) {
        PyErr_Clear(); /* the reader of models says it better */
        return ckpy_read_model(cls, data);
    }
    made =
        value == NULL ? NULL : validate(cls, (PyTypeObject *)type, value, 0);
    Py_XDECREF(value);
    return made;
}

/* Takes a field's value out of the dict: by wire name, else by name. 1 sets
 * *value (new), 0: there is none, -1: exception. */
static int
take_value(const struct ckpy_class *cls, unsigned index, PyObject *dict,
           PyObject **value)
{
    const struct ck_field *field = &cls->fields[index];
    PyObject *alias = PyUnicode_FromString(ck_text_of(field->alias));
    PyObject *key = alias;

    if (alias == NULL)
        return -1;
    *value = PyDict_GetItemWithError(dict, key);
    if (*value == NULL && !PyErr_Occurred()) {
        key = cls->names[index];
        *value = PyDict_GetItemWithError(dict, key);
    }
    Py_XINCREF(*value);
    if (*value != NULL && PyDict_DelItem(dict, key) < 0)
        Py_CLEAR(*value);
    Py_DECREF(alias);
    return *value != NULL ? 1 : PyErr_Occurred() ? -1 : 0;
}

/* Fields without any check; the rest is kept where the row keeps it. */
static int
fill_unchecked(struct ckpy_model *self, PyObject *values)
{
    PyObject *extra = NULL;
    int failed = 0;

    for (unsigned i = 0; i < self->count; i++) {
        PyObject *value = NULL;
        int found = take_value(self->cls, i, values, &value);

        if (found < 0)
            return -1;
        if (found > 0)
            ckpy_model_put(self, i, value);
    }
    extra = ckpy_model_extra(self);
    if (extra == NULL)
        return PyErr_Occurred() ? -1 : 0;
    failed = PyDict_Update(extra, values);
    Py_DECREF(extra);
    return failed;
}

PyObject *
ckpy_modelmake_construct(PyObject *type, PyObject *args, PyObject *kwargs)
{
    struct ckpy_class *cls = class_of(type);
    struct ckpy_model *made = NULL;
    PyObject *values = NULL;
    PyObject *names = NULL;
    int failed = 1;

    if (cls == NULL || !PyArg_ParseTuple(args, "|O:model_construct", &names))
        return NULL;
    values = kwargs == NULL ? PyDict_New() : PyDict_Copy(kwargs);
    Py_XINCREF(names);
    if (values != NULL && names == NULL) {
        names = PyMapping_GetItemString(values, "_fields_set");
        if (names == NULL && !PyErr_ExceptionMatches(PyExc_KeyError))
            goto done;
        if (names == NULL)
            PyErr_Clear();
        if (names != NULL && PyDict_DelItemString(values, "_fields_set") < 0)
            goto done;
    }
    if (values == NULL || warn_if_deprecated(cls, (PyTypeObject *)type) < 0)
        goto done;
    made = ckpy_model_new(cls, (PyTypeObject *)type);
    failed = made == NULL || fill_unchecked(made, values) < 0 ||
             (names != NULL && names != Py_None &&
              ckpy_modelset_put_names(made, names) < 0) ||
             finish(made) < 0;

done:
    Py_XDECREF(names);
    Py_XDECREF(values);
    if (failed)
        Py_CLEAR(made);
    return (PyObject *)made;
}

PyObject *
ckpy_modelmake_post_init(PyObject *self, PyObject *context)
{
    (void)self;
    (void)context;
    Py_RETURN_NONE;
}

PyObject *
ckpy_modelmake_rows(PyObject *type, PyObject *ignored)
{
    struct ckpy_class *cls = class_of(type);

    (void)ignored;
    return cls == NULL ? NULL : ckpy_modelrows_fields(cls);
}

PyObject *
ckpy_modelmake_keeps_extra(PyObject *type, PyObject *ignored)
{
    struct ckpy_class *cls = class_of(type);

    (void)ignored;
    if (cls == NULL)
        return NULL;
    return PyBool_FromLong((cls->row->flags & CK_MODEL_EXTRA) != 0);
}
