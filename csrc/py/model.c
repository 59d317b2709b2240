/* model.c: life, attributes, comparison and repr of model instances.
 * An instance owns its slots and one reference to the document it views. */
#include "model.h"

#include "field.h"
#include "late.h"
#include "lazy.h"
#include "modelcopy.h"
#include "modelmake.h"
#include "modelmethods.h"
#include "modelset.h"
#include "source.h"
#include "view.h"

#include <stdbool.h>

struct ckpy_model *
ckpy_model_new(const struct ckpy_class *cls, PyTypeObject *type)
{
    struct ckpy_model *self = NULL;

    if (type == cls->type) {
        self = PyObject_GC_New(struct ckpy_model, type);
        if (self == NULL)
            return NULL;
        memset((char *)self + sizeof(PyObject), 0,
               (size_t)type->tp_basicsize - sizeof(PyObject));
    } else {
        /* a user's subclass may have room of its own */
        self = (struct ckpy_model *)PyType_GenericAlloc(type, 0);
        if (self == NULL)
            return NULL;
    }
    self->cls = cls;
    self->count = cls->row->field_count;
    return self;
}

PyObject *
ckpy_model_view(const struct ckpy_class *cls, struct ckpy_doc *doc,
                const struct ck_record *record)
{
    struct ckpy_model *self = ckpy_model_new(cls, cls->type);

    if (self != NULL)
        ckpy_model_attach(self, doc, record);
    return (PyObject *)self;
}

void
ckpy_model_attach(struct ckpy_model *self, struct ckpy_doc *doc,
                  const struct ck_record *record)
{
    self->doc = ckpy_doc_retain(doc);
    self->record = record;
    self->tolerant = doc->is_tolerant != 0;
    self->unread = 0;
    for (unsigned i = 0; i < self->count; i++)
        if (record->slots[i] != NULL) {
            self->set |= (uint64_t)1 << i;
            if (self->slots[i] == NULL) /* not assigned meanwhile */
                self->unread = (uint16_t)(self->unread + 1);
        }
}

int
ckpy_model_load(struct ckpy_model *self)
{
    return self->length == 0 ? 0 : ckpy_lazy_load(self);
}

/* Members that the row does not know are only in the record. */
static bool
has_unknown(const struct ckpy_model *self)
{
    unsigned members = 0;
    unsigned known = 0;

    for (const cJSON *n = ck_json_first(self->record->object); n != NULL;
         n = ck_json_next(n))
        members++;
    for (unsigned i = 0; i < self->count; i++)
        known += self->record->slots[i] != NULL;
    return members > known;
}

/* One slot less needs the record; after the last the document may go. */
static void
note_read(struct ckpy_model *self, unsigned index)
{
    if (self->record == NULL || self->record->slots[index] == NULL)
        return;
    self->unread = (uint16_t)(self->unread - 1);
    if (self->unread > 0 || has_unknown(self))
        return;
    ckpy_doc_release(self->doc);
    self->doc = NULL;
    self->record = NULL;
}

static void
track(struct ckpy_model *self)
{
    if (!PyObject_GC_IsTracked((PyObject *)self))
        PyObject_GC_Track((PyObject *)self);
}

/* Only these can lead back to a model. */
static bool
may_refer(const struct ckpy_class *cls, unsigned index)
{
    const struct ck_type *type = &ck_types[cls->fields[index].type];

    return type->kind == CK_MODEL || type->kind == CK_UNION ||
           type->kind == CK_LIST || type->kind == CK_DICT ||
           type->kind == CK_ANY;
}

PyObject *
ckpy_model_get(struct ckpy_model *self, unsigned index)
{
    const struct ckpy_class *cls = self->cls;
    struct ckpy_doc *doc = NULL;
    const cJSON *node = NULL;
    PyObject *value = self->slots[index];

    if (value != NULL)
        return Py_NewRef(value);
    if (ckpy_model_load(self) < 0)
        return NULL;
    if (self->record != NULL)
        node = self->record->slots[index];
    if (node != NULL) {
        /* making an enum or a date runs Python code, which may read all that
         * is left of this model and so let the document go */
        doc = ckpy_doc_retain(self->doc);
        value =
            ckpy_view_value(cls->state, doc, cls->fields[index].type, node);
        ckpy_doc_release(doc);
    } else if (cls->fields[index].value != CK_NO_ROW)
        value = ckpy_view_default(cls->state, cls->fields[index].value);
    else if (self->tolerant)
        value = Py_NewRef(Py_None); /* required, but the server left it out */
    else
        PyErr_Format(PyExc_AttributeError, "'%s' object has no value for '%U'",
                     Py_TYPE(self)->tp_name, cls->names[index]);
    if (value == NULL)
        return NULL;
    if (self->slots[index] != NULL) { /* set meanwhile by a nested call */
        Py_DECREF(value);
        return Py_NewRef(self->slots[index]);
    }
    self->slots[index] = Py_NewRef(value);
    note_read(self, index);
    if (may_refer(cls, index) || PyDict_Check(value) || PyList_Check(value))
        track(self);
    return value;
}

void
ckpy_model_put(struct ckpy_model *self, unsigned index, PyObject *value)
{
    PyObject *old = self->slots[index];

    self->slots[index] = value;
    self->set |= (uint64_t)1 << index;
    if (old == NULL)
        note_read(self, index);
    if (PyObject_IS_GC(value))
        track(self);
    Py_XDECREF(old);
}

int
ckpy_model_is_set(struct ckpy_model *self, unsigned index)
{
    if (ckpy_model_load(self) < 0)
        PyErr_Clear(); /* memory: whoever asks next will be told */
    return ((self->set >> index) & 1) != 0;
}

PyObject *
ckpy_model_extra(struct ckpy_model *self)
{
    if ((self->cls->row->flags & CK_MODEL_EXTRA) == 0)
        return NULL;
    if (ckpy_model_load(self) < 0)
        return NULL;
    if (self->extra == NULL) {
        self->extra = self->record == NULL
                          ? PyDict_New()
                          : ckpy_view_extra(self->cls, self->record);
        if (self->extra != NULL)
            track(self);
    }
    return Py_XNewRef(self->extra);
}

static PyObject *
model_tp_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    struct ckpy_state *state = ckpy_state_by_type(type);
    const struct ckpy_class *cls = NULL;

    (void)args;
    (void)kwargs;
    if (state == NULL)
        return NULL;
    cls = ckpy_class_by_type(state, type);
    if (cls == NULL)
        return NULL;
    return (PyObject *)ckpy_model_new(cls, type);
}

static int
model_traverse(PyObject *op, visitproc visit, void *arg)
{
    struct ckpy_model *self = (struct ckpy_model *)op;

    Py_VISIT(Py_TYPE(op));
    Py_VISIT(self->extra);
    for (unsigned i = 0; i < self->count; i++)
        Py_VISIT(self->slots[i]);
    return 0;
}

static int
model_clear(PyObject *op)
{
    struct ckpy_model *self = (struct ckpy_model *)op;

    Py_CLEAR(self->extra);
    for (unsigned i = 0; i < self->count; i++)
        Py_CLEAR(self->slots[i]);
    return 0;
}

static void
model_dealloc(PyObject *op)
{
    struct ckpy_model *self = (struct ckpy_model *)op;
    PyTypeObject *type = Py_TYPE(op);

    PyObject_GC_UnTrack(op);
    Py_TRASHCAN_BEGIN(op, model_dealloc)(void) model_clear(op);
    ckpy_doc_release(self->doc);
    if (self->length != 0)
        ckpy_source_parsed(self->source);
    ckpy_source_release(self->source);
    type->tp_free(op);
    Py_DECREF(type);
    Py_TRASHCAN_END
}

static PyObject *
model_getattro(PyObject *op, PyObject *name)
{
    struct ckpy_model *self = (struct ckpy_model *)op;
    PyObject *value = PyObject_GenericGetAttr(op, name);
    PyObject *extra = NULL;

    if (value != NULL || (self->cls->row->flags & CK_MODEL_EXTRA) == 0 ||
        !PyErr_ExceptionMatches(PyExc_AttributeError))
        return value;
    PyErr_Clear();
    extra = ckpy_model_extra(self);
    if (extra == NULL)
        return NULL;
    value = Py_XNewRef(PyDict_GetItemWithError(extra, name));
    Py_DECREF(extra);
    if (value == NULL && !PyErr_Occurred())
        PyErr_Format(PyExc_AttributeError, "'%s' object has no attribute '%U'",
                     Py_TYPE(op)->tp_name, name);
    return value;
}

/* A class's name without its module. */
static const char *
short_name(PyTypeObject *type)
{
    const char *dot = strrchr(type->tp_name, '.');

    return dot == NULL ? type->tp_name : dot + 1;
}

/* For names of neither a field nor a property of a subclass. They are refused
 * with a ValueError, as the reference does, except on rows that keep unknown
 * members. */
static int
set_unknown(PyObject *op, PyObject *name, PyObject *value)
{
    PyObject *extra = ckpy_model_extra((struct ckpy_model *)op);
    int result = -1;

    if (extra != NULL)
        result = value != NULL ? PyDict_SetItem(extra, name, value)
                               : PyDict_DelItem(extra, name);
    Py_XDECREF(extra);
    if (result == 0)
        return 0;
    if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_KeyError))
        return -1;
    if (value == NULL)
        PyErr_Format(PyExc_AttributeError, "'%s' object has no attribute '%U'",
                     short_name(Py_TYPE(op)), name);
    else
        PyErr_Format(PyExc_ValueError, "\"%s\" object has no field \"%U\"",
                     short_name(Py_TYPE(op)), name);
    return -1;
}

/* Instances of a subclass have a dict, which takes private names only. */
static int
model_setattro(PyObject *op, PyObject *name, PyObject *value)
{
    struct ckpy_model *self = (struct ckpy_model *)op;
    PyObject *type = NULL;
    PyObject *error = NULL;
    PyObject *trace = NULL;

    if (Py_TYPE(op) != self->cls->type &&
        ckpy_modelset_name_of(op, name) == CKPY_NAME_UNKNOWN)
        return set_unknown(op, name, value);
    if (PyObject_GenericSetAttr(op, name, value) == 0)
        return 0;
    if (!PyErr_ExceptionMatches(PyExc_AttributeError))
        return -1;
    PyErr_Fetch(&type, &error, &trace);
    if (ckpy_modelset_name_of(op, name) == CKPY_NAME_KNOWN) {
        PyErr_Restore(type, error, trace);
        return -1;
    }
    Py_XDECREF(type);
    Py_XDECREF(error);
    Py_XDECREF(trace);
    return set_unknown(op, name, value);
}

/* 1 equal, 0 not, -1 error. */
static int
same_fields(struct ckpy_model *a, struct ckpy_model *b)
{
    int same = 1;

    for (unsigned i = 0; same == 1 && i < a->count; i++) {
        PyObject *left = NULL;
        PyObject *right = NULL;
        int in_a = ckpy_modelcopy_find(a, i, &left);
        int in_b = in_a < 0 ? -1 : ckpy_modelcopy_find(b, i, &right);

        if (in_b <= 0 || in_a == 0)
            same = in_b < 0 ? -1 : in_a == in_b;
        else
            same = PyObject_RichCompareBool(left, right, Py_EQ);
        Py_XDECREF(left);
        Py_XDECREF(right);
    }
    if (same == 1 && (a->cls->row->flags & CK_MODEL_EXTRA) != 0) {
        PyObject *left = ckpy_model_extra(a);
        PyObject *right = left == NULL ? NULL : ckpy_model_extra(b);

        same =
            right == NULL ? -1 : PyObject_RichCompareBool(left, right, Py_EQ);
        Py_XDECREF(right);
        Py_XDECREF(left);
    }
    return same;
}

static PyObject *
model_richcompare(PyObject *a, PyObject *b, int op)
{
    int same;

    if ((op != Py_EQ && op != Py_NE) || Py_TYPE(a) != Py_TYPE(b))
        Py_RETURN_NOTIMPLEMENTED;
    if (Py_EnterRecursiveCall(" while comparing models"))
        return NULL;
    same = same_fields((struct ckpy_model *)a, (struct ckpy_model *)b);
    Py_LeaveRecursiveCall();
    if (same < 0)
        return NULL;
    return PyBool_FromLong(op == Py_EQ ? same : !same);
}

PyDoc_STRVAR(model_doc,
             "BaseModel(**fields)\n--\n\n"
             "The base of every model class. A model is a record of fields:\n"
             "built by keywords (field names or wire names), checked as it\n"
             "is built (ValidationError, a ValueError), or a view of what\n"
             "the server sent.");

static PyType_Slot model_slots[] = {{Py_tp_new, model_tp_new},
                                    {Py_tp_init, ckpy_modelmake_init},
                                    {Py_tp_dealloc, model_dealloc},
                                    {Py_tp_traverse, model_traverse},
                                    {Py_tp_clear, model_clear},
                                    {Py_tp_getattro, model_getattro},
                                    {Py_tp_setattro, model_setattro},
                                    {Py_tp_richcompare, model_richcompare},
                                    {Py_tp_hash, PyObject_HashNotImplemented},
                                    {Py_tp_repr, ckpy_modelmethods_repr},
                                    {Py_tp_str, ckpy_modelmethods_str},
                                    {Py_tp_iter, ckpy_modelmethods_iter},
                                    {Py_tp_methods, ckpy_modelmethods_table},
                                    {Py_tp_getset, ckpy_modelset_getset},
                                    {Py_tp_doc, (void *)model_doc},
                                    {0, NULL}};

static PyType_Spec model_spec = {
    .name = "clerk_c.types.BaseModel",
    .basicsize = sizeof(struct ckpy_model),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = model_slots,
};

PyTypeObject *
ckpy_model_type(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &model_spec, NULL);

    if (type != NULL && ckpy_late_fill(module, (PyTypeObject *)type) < 0)
        Py_CLEAR(type);
    return (PyTypeObject *)type;
}
