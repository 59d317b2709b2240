/* modeltypes.c: makes the classes of model and enum rows on first use and
 * finds what `clerk_c.models` exports. The state owns the classes. */
#include "modeltypes.h"

#include "check.h"
#include "errors.h"
#include "field.h"
#include "model.h"
#include "typed.h"

#include <string.h>

void
ckpy_class_free(struct ckpy_class *cls)
{
    if (cls == NULL)
        return;
    for (unsigned i = 0; cls->names != NULL && i < cls->row->field_count; i++)
        Py_XDECREF(cls->names[i]);
    PyMem_Free(cls->names);
    PyMem_Free(cls);
}

static PyTypeObject *
make_type(struct ckpy_state *state, const struct ck_model *row)
{
    char name[256];
    PyType_Slot slots[] = {{0, NULL}};
    PyType_Spec spec = {
        .name = name,
        .basicsize = (int)(sizeof(struct ckpy_model) +
                           row->field_count * sizeof(PyObject *)),
        /* garbage collection comes from the base */
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
        .slots = slots,
    };
    PyObject *module = PyType_GetModule(state->model_type);
    PyTypeObject *type = NULL;

    if (module == NULL)
        return NULL;
    PyOS_snprintf(name, sizeof name, "clerk_c.models.%s.%s",
                  ck_text_of(row->module), ck_text_of(row->name));
    type = (PyTypeObject *)PyType_FromModuleAndSpec(
        module, &spec, (PyObject *)state->model_type);
    if (type != NULL) /* Python 3.10 keeps the pointer to our buffer */
        type->tp_name = ck_text_of(row->name);
    return type;
}

static PyObject *
get_additional(PyObject *op, void *closure)
{
    (void)closure;
    return ckpy_model_extra((struct ckpy_model *)op);
}

static int
set_additional(PyObject *op, PyObject *value, void *closure)
{
    struct ckpy_model *self = (struct ckpy_model *)op;
    PyObject *old = NULL;

    (void)closure;
    if (value == NULL || !PyDict_Check(value)) {
        PyErr_SetString(PyExc_TypeError,
                        "additional_properties must be a dict");
        return -1;
    }
    old = ckpy_model_extra(self); /* what the answer had is let go */
    if (old == NULL)
        return -1;
    Py_DECREF(old);
    Py_SETREF(self->extra, Py_NewRef(value));
    return 0;
}

static PyGetSetDef additional_properties = {
    "additional_properties", get_additional, set_additional,
    "The members that the model does not know (dict).", NULL};

/* The property of models that keep unknown members. */
static int
add_additional(struct ckpy_class *cls)
{
    PyObject *property = PyDescr_NewGetSet(cls->type, &additional_properties);
    int result =
        property == NULL
            ? -1
            : PyObject_SetAttrString((PyObject *)cls->type,
                                     additional_properties.name, property);

    Py_XDECREF(property);
    return result;
}

/* `__deprecated__`, as typing.deprecated sets it. It is in the dict of the
 * class, since pydantic looks there: subclasses are not deprecated. */
static int
add_deprecation(struct ckpy_class *cls)
{
    PyObject *sentence =
        PyUnicode_FromFormat("%s is deprecated", ck_text_of(cls->row->name));
    int result = sentence == NULL
                     ? -1
                     : PyObject_SetAttrString((PyObject *)cls->type,
                                              "__deprecated__", sentence);

    Py_XDECREF(sentence);
    return result;
}

/* Fills the type's dict: one descriptor per field, __match_args__ left to
 * Python, and the row by which subclasses are recognised. */
static int
fill_type(struct ckpy_state *state, struct ckpy_class *cls)
{
    PyObject *type = (PyObject *)cls->type;
    PyObject *row = PyLong_FromLong(cls->model);
    int result =
        row == NULL ? -1 : PyObject_SetAttrString(type, "__clerk_row__", row);

    Py_XDECREF(row);
    if (result == 0 && (cls->row->flags & CK_MODEL_EXTRA) != 0)
        result = add_additional(cls);
    if (result == 0 && (cls->row->flags & CK_MODEL_DEPRECATED) != 0)
        result = add_deprecation(cls);
    for (uint16_t i = 0; result == 0 && i < cls->row->field_count; i++) {
        PyObject *field = ckpy_field_new(state, cls->model, i);

        cls->names[i] =
            PyUnicode_InternFromString(ck_text_of(cls->fields[i].name));
        result = field == NULL || cls->names[i] == NULL
                     ? -1
                     : PyObject_SetAttr(type, cls->names[i], field);
        Py_XDECREF(field);
    }
    return result;
}

/* Everything but the type. New. */
static struct ckpy_class *
class_new(struct ckpy_state *state, uint16_t model)
{
    struct ckpy_class *cls = PyMem_Calloc(1, sizeof *cls);

    if (cls == NULL)
        return NULL;
    cls->state = state;
    cls->model = model;
    cls->row = &ck_models[model];
    cls->fields = &ck_fields[cls->row->first_field];
    cls->names =
        PyMem_Calloc((size_t)cls->row->field_count + 1, sizeof *cls->names);
    if (cls->names == NULL) {
        PyMem_Free(cls);
        return NULL;
    }
    return cls;
}

struct ckpy_class *
ckpy_class_of(struct ckpy_state *state, uint16_t model)
{
    struct ckpy_class *cls = state->classes[model];

    if (cls != NULL)
        return cls;
    cls = class_new(state, model);
    if (cls == NULL)
        return (struct ckpy_class *)PyErr_NoMemory();
    cls->type = make_type(state, cls->row);
    if (cls->type != NULL && fill_type(state, cls) == 0 &&
        state->classes[model] == NULL) {
        state->classes[model] = cls;
        return cls;
    }
    /* failed, or made meanwhile by a nested call */
    Py_XDECREF(cls->type);
    ckpy_class_free(cls);
    return PyErr_Occurred() ? NULL : state->classes[model];
}

struct ckpy_class *
ckpy_class_by_type(struct ckpy_state *state, PyTypeObject *type)
{
    PyObject *row = PyObject_GetAttrString((PyObject *)type, "__clerk_row__");
    long model = -1;

    if (row != NULL) {
        model = PyLong_AsLong(row);
        Py_DECREF(row);
    }
    if (PyErr_Occurred()) {
        if (PyErr_ExceptionMatches(PyExc_MemoryError))
            return NULL;
        PyErr_Clear();
    }
    if (model >= 0 && model < ck_counts.models) {
        struct ckpy_class *cls = ckpy_class_of(state, (uint16_t)model);

        /* a program may have written the row itself: it must fit */
        if (cls == NULL || PyType_IsSubtype(type, cls->type))
            return cls;
    }
    PyErr_Format(PyExc_TypeError, "'%s' has no fields: use a model class",
                 type->tp_name);
    return NULL;
}

/* A list of (member name, value) pairs. New. */
static PyObject *
member_pairs(const struct ck_enum *row)
{
    PyObject *pairs = PyList_New(row->member_count);

    for (unsigned i = 0; pairs != NULL && i < row->member_count; i++) {
        const struct ck_member *member = &ck_members[row->first_member + i];
        PyObject *pair = (row->flags & CK_ENUM_INT) != 0
                             ? Py_BuildValue("si", ck_text_of(member->name),
                                             (int)member->number)
                             : Py_BuildValue("ss", ck_text_of(member->name),
                                             ck_text_of(member->text));

        if (pair == NULL)
            Py_CLEAR(pairs);
        else
            PyList_SET_ITEM(pairs, i, pair);
    }
    return pairs;
}

const struct ckpy_enum *
ckpy_enum_of(struct ckpy_state *state, uint16_t index)
{
    const struct ck_enum *row = &ck_enums[index];
    struct ckpy_enum *made = &state->enums[index];
    PyObject *pairs = NULL;
    PyObject *pair = NULL;

    if (made->type != NULL)
        return made;
    if (ckpy_state_import(&state->make_enum, "clerk_c.utils.enums",
                          "make_enum") == NULL)
        return NULL;
    pairs = member_pairs(row);
    if (pairs == NULL)
        return NULL;
    pair = PyObject_CallFunction(
        state->make_enum, "ssOii", ck_text_of(row->name),
        ck_text_of(row->module), pairs, (row->flags & CK_ENUM_INT) != 0,
        (row->flags & CK_ENUM_OPEN) != 0);
    Py_DECREF(pairs);
    if (pair == NULL)
        return NULL;
    if (made->type == NULL && PyTuple_Check(pair) &&
        PyTuple_GET_SIZE(pair) == 2) {
        made->type = Py_NewRef(PyTuple_GET_ITEM(pair, 0));
        made->members = Py_NewRef(PyTuple_GET_ITEM(pair, 1));
    }
    Py_DECREF(pair);
    return made;
}

PyObject *
ckpy_enum_member(struct ckpy_state *state, uint16_t row, unsigned index)
{
    const struct ckpy_enum *made = ckpy_enum_of(state, row);

    if (made == NULL)
        return NULL;
    return Py_NewRef(PyTuple_GET_ITEM(made->members, (Py_ssize_t)index));
}

PyObject *
ckpy_modeltypes_export(PyObject *module, PyObject *name)
{
    struct ckpy_state *state = ckpy_state_of(module);
    const char *text = PyUnicode_AsUTF8(name);
    const struct ck_name *found = NULL;

    if (text == NULL)
        return NULL;
    found = ck_schema_name(text);
    if (found != NULL && found->kind == CK_NAME_MODEL) {
        struct ckpy_class *cls = ckpy_class_of(state, found->row);

        return cls == NULL ? NULL : Py_NewRef((PyObject *)cls->type);
    }
    if (found != NULL && found->kind == CK_NAME_ENUM) {
        const struct ckpy_enum *made = ckpy_enum_of(state, found->row);

        return made == NULL ? NULL : Py_NewRef(made->type);
    }
    if (found != NULL && found->kind == CK_NAME_ERROR)
        return Py_XNewRef(ckpy_errors_class(state, found->row));
    if (found != NULL)
        return ckpy_typed_export(state, found);
    PyErr_Format(PyExc_AttributeError,
                 "module 'clerk_c.models' has no attribute '%U'", name);
    return NULL;
}

/* The module that defines an export. */
static ck_text
module_of(const struct ck_name *export)
{
    switch ((enum ck_name_kind) export->kind) {
    case CK_NAME_ENUM: return ck_enums[export->row].module;
    case CK_NAME_ERROR: return ck_error_classes[export->row].module;
    case CK_NAME_UNION:
    case CK_NAME_TYPED_DICT_UNION: return ck_unions[export->row].module;
    case CK_NAME_MODEL:
    case CK_NAME_TYPED_DICT: break;
    }
    return ck_models[export->row].module;
}

PyObject *
ckpy_modeltypes_names(PyObject *module, PyObject *args)
{
    const char *wanted = NULL;
    PyObject *names = NULL;

    (void)module;
    if (!PyArg_ParseTuple(args, "|z:exports", &wanted))
        return NULL;
    names = PyList_New(0);
    for (unsigned i = 0; names != NULL && i < ck_counts.names; i++) {
        const struct ck_name *export = &ck_names[i];
        PyObject *name = NULL;

        if (wanted != NULL &&
            strcmp(wanted, ck_text_of(module_of(export))) != 0)
            continue;
        name = PyUnicode_FromString(ck_text_of(export->name));
        if (name == NULL || PyList_Append(names, name) < 0)
            Py_CLEAR(names);
        Py_XDECREF(name);
    }
    return names;
}
