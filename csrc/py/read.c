/* read.c: from the bytes of a JSON text to checked Python values. The text is
 * the caller's; the document is counted and held by the views made of it. */
#include "read.h"

#include "issues.h"
#include "view.h"

#include "alloc.h"

enum ck_status
ckpy_read_checked(struct ckpy_doc *doc, uint16_t type, const char *text,
                  size_t len, struct ck_issues *issues, struct ck_error *error)
{
    enum ck_status status = ck_json_read(&doc->json, text, len, NULL, error);

    memset(issues, 0, sizeof *issues);
    return status != CK_OK ? status
                           : ck_check(&doc->json, type, issues, error);
}

/* The text is not JSON: a ValidationError for a program's own text (input), a
 * plain ValueError for a server's (NULL). Returns NULL. */
static PyObject *
refuse_text(struct ckpy_state *state, const char *title,
            const struct ck_error *error, PyObject *input)
{
    struct ckpy_issues found = {NULL};
    char message[sizeof error->message + 16];

    if (input == NULL) {
        PyErr_Format(PyExc_ValueError, "invalid JSON: %s", error->message);
        return NULL;
    }
    PyOS_snprintf(message, sizeof message, "Invalid JSON: %s", error->message);
    if (ckpy_issues_add_text(&found, "json_invalid", message, input) == 0)
        (void)ckpy_issues_raise(state, &found, title);
    ckpy_issues_free(&found);
    return NULL;
}

/* Tells the client's record of differences what did not fit. */
static int
note_drift(const struct ckpy_reading *reading, struct ckpy_issues *found)
{
    PyObject *done =
        PyObject_CallMethod(reading->drift, "record", "sOs", reading->title,
                            found->list, reading->is_element ? "[]" : "");

    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

int
ckpy_read_judge(const struct ckpy_reading *reading, struct ckpy_doc *doc,
                enum ck_status status, const struct ck_issues *issues,
                const struct ck_error *error)
{
    struct ckpy_issues found = {NULL};
    int failed = 0;

    if (status == CK_NOMEM)
        PyErr_NoMemory();
    else if (status != CK_OK)
        (void)refuse_text(reading->state, reading->title, error,
                          reading->input);
    if (status != CK_OK)
        return -1;
    doc->is_tolerant = reading->drift != NULL;
    if (issues->count == 0)
        return 0;
    failed = ckpy_issues_add_checked(&found, issues) < 0;
    if (!failed && doc->is_tolerant &&
        ck_check_forgive(issues, reading->is_element))
        failed = note_drift(reading, &found) < 0;
    else if (!failed)
        failed = ckpy_issues_raise(reading->state, &found, reading->title) < 0;
    ckpy_issues_free(&found);
    return failed ? -1 : 0;
}

PyObject *
ckpy_read_finish(const struct ckpy_reading *reading, struct ckpy_doc *doc,
                 enum ck_status status, const struct ck_issues *issues,
                 const struct ck_error *error)
{
    if (ckpy_read_judge(reading, doc, status, issues, error) < 0)
        return NULL;
    return ckpy_view_value(reading->state, doc, reading->type, doc->json.root);
}

PyObject *
ckpy_read_text(const struct ckpy_reading *reading, const char *text,
               size_t len)
{
    struct ckpy_doc *doc = ckpy_doc_new();
    struct ck_issues issues;
    struct ck_error error;
    enum ck_status status;
    PyObject *value = NULL;

    if (doc == NULL)
        return PyErr_NoMemory();
    Py_BEGIN_ALLOW_THREADS
    status = ckpy_read_checked(doc, reading->type, text, len, &issues, &error);
    Py_END_ALLOW_THREADS
    value = ckpy_read_finish(reading, doc, status, &issues, &error);
    ckpy_doc_release(doc);
    return value;
}

/* A bytearray may be changed by another thread meanwhile, so it is copied. */
static PyObject *
read_bytearray(const struct ckpy_reading *reading)
{
    size_t len = (size_t)PyByteArray_GET_SIZE(reading->input);
    char *copy = ck_malloc(len);
    PyObject *value = NULL;

    if (copy == NULL)
        return PyErr_NoMemory();
    memcpy(copy, PyByteArray_AS_STRING(reading->input), len);
    value = ckpy_read_text(reading, copy, len);
    ck_free(copy);
    return value;
}

static PyObject *
read_object(const struct ckpy_reading *reading)
{
    PyObject *data = reading->input;
    const char *text = NULL;
    Py_ssize_t len = 0;

    if (PyByteArray_Check(data))
        return read_bytearray(reading);
    if (PyUnicode_Check(data)) {
        text = PyUnicode_AsUTF8AndSize(data, &len);
    } else if (PyBytes_Check(data)) {
        text = PyBytes_AS_STRING(data);
        len = PyBytes_GET_SIZE(data);
    } else {
        PyErr_Format(PyExc_TypeError,
                     "JSON data must be str, bytes or bytearray, not '%s'",
                     Py_TYPE(data)->tp_name);
    }
    return text == NULL ? NULL : ckpy_read_text(reading, text, (size_t)len);
}

/* The type row of a list of a model. -1 where the tables have none. */
static int
list_type(uint16_t model)
{
    for (unsigned i = 0; i < ck_counts.types; i++)
        if (ck_types[i].kind == CK_LIST && ck_types[i].flags == 0 &&
            ck_types[i].ref == model)
            return (int)i;
    return -1;
}

PyObject *
ckpy_read_model(const struct ckpy_class *cls, PyObject *data)
{
    const struct ckpy_reading reading = {.state = cls->state,
                                         .type = cls->model,
                                         .title = ck_text_of(cls->row->name),
                                         .input = data};

    return read_object(&reading);
}

PyObject *
ckpy_read_json(PyObject *module, PyObject *args)
{
    const char *name = NULL;
    struct ckpy_reading reading = {.state = ckpy_state_of(module)};
    char model[128];
    size_t len = 0;
    int list = 0;
    int type = -1;
    const struct ck_name *found = NULL;

    if (!PyArg_ParseTuple(args, "sO|O:read_json", &name, &reading.input,
                          &reading.drift))
        return NULL;
    if (reading.drift == Py_None)
        reading.drift = NULL;
    len = strlen(name);
    list = len > 6 && memcmp(name, "List[", 5) == 0 && name[len - 1] == ']';
    if (list)
        len -= 6;
    if (len < sizeof model) {
        memcpy(model, name + (list ? 5 : 0), len);
        model[len] = '\0';
        found = ck_schema_name(model);
    }
    if (found != NULL && found->kind == CK_NAME_MODEL)
        type = list ? list_type(found->row) : found->row;
    if (type < 0) {
        PyErr_Format(PyExc_ValueError,
                     "no model, or list of a model, is called '%s'", name);
        return NULL;
    }
    reading.type = (uint16_t)type;
    reading.title = name;
    return read_object(&reading);
}
