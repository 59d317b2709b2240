/* field.c: the descriptor behind each attribute of a model class. It owns
 * nothing but its name; the value lives in the instance's slot. */
#include "field.h"

#include "model.h"
#include "schema.h"

struct field {
    PyObject_HEAD PyObject *name;
    uint16_t model;
    uint16_t index;
};

PyObject *
ckpy_field_new(struct ckpy_state *state, uint16_t model, uint16_t index)
{
    const struct ck_field *row =
        &ck_fields[ck_models[model].first_field + index];
    struct field *self = PyObject_GC_New(struct field, state->field_type);

    if (self == NULL)
        return NULL;
    self->model = model;
    self->index = index;
    self->name = PyUnicode_InternFromString(ck_text_of(row->name));
    if (self->name == NULL) {
        Py_DECREF(self);
        return NULL;
    }
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

/* Its class's dict holds it, and its type holds the module, which holds the
 * class: garbage collection has to see that. */
static int
field_traverse(PyObject *op, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(op));
    return 0;
}

static void
field_dealloc(PyObject *op)
{
    PyTypeObject *type = Py_TYPE(op);

    PyObject_GC_UnTrack(op);
    Py_XDECREF(((struct field *)op)->name);
    type->tp_free(op);
    Py_DECREF(type);
}

/* The instance behind an access, or NULL with TypeError. */
static struct ckpy_model *
instance_of(struct field *self, PyObject *object)
{
    struct ckpy_state *state = ckpy_state_by_type(Py_TYPE(self));

    if (state == NULL)
        return NULL;
    if (ckpy_model_check(state, object)) {
        struct ckpy_model *model = (struct ckpy_model *)object;

        if (&ck_models[self->model] == model->cls->row)
            return model;
    }
    PyErr_Format(PyExc_TypeError,
                 "field '%U' of '%s' does not belong to a '%s' object",
                 self->name, ck_text_of(ck_models[self->model].name),
                 Py_TYPE(object)->tp_name);
    return NULL;
}

static PyObject *
field_get(PyObject *op, PyObject *object, PyObject *type)
{
    struct field *self = (struct field *)op;
    struct ckpy_model *model = NULL;

    if (object == NULL) {
        PyErr_Format(PyExc_AttributeError, "%s", PyUnicode_AsUTF8(self->name));
        return NULL;
    }
    (void)type;
    model = instance_of(self, object);
    if (model == NULL)
        return NULL;
    if ((model->cls->fields[self->index].flags & CK_FIELD_DEPRECATED) != 0 &&
        PyErr_WarnFormat(PyExc_DeprecationWarning, 1,
                         "field '%U' of %s is deprecated", self->name,
                         ck_text_of(model->cls->row->name)) < 0)
        return NULL;
    return ckpy_model_get(model, self->index);
}

static int
field_set(PyObject *op, PyObject *object, PyObject *value)
{
    struct field *self = (struct field *)op;
    struct ckpy_model *model = instance_of(self, object);

    if (model == NULL)
        return -1;
    if (value == NULL) {
        PyErr_Format(PyExc_AttributeError, "field '%U' cannot be deleted",
                     self->name);
        return -1;
    }
    ckpy_model_put(model, self->index, Py_NewRef(value));
    return 0;
}

static PyObject *
field_repr(PyObject *op)
{
    struct field *self = (struct field *)op;

    return PyUnicode_FromFormat("<field '%U' of '%s'>", self->name,
                                ck_text_of(ck_models[self->model].name));
}

static PyType_Slot field_slots[] = {
    {Py_tp_dealloc, field_dealloc}, {Py_tp_traverse, field_traverse},
    {Py_tp_descr_get, field_get},   {Py_tp_descr_set, field_set},
    {Py_tp_repr, field_repr},       {0, NULL}};

static PyType_Spec field_spec = {
    .name = "clerk_c._core.Field",
    .basicsize = sizeof(struct field),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION |
             Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = field_slots,
};

PyTypeObject *
ckpy_field_type(PyObject *module)
{
    return (PyTypeObject *)PyType_FromModuleAndSpec(module, &field_spec, NULL);
}
