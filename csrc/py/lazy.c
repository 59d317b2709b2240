/* lazy.c: models that are parsed when they are first looked into. Each keeps
 * the answer's text alive until then, and owns a document afterwards. */
#include "lazy.h"

#include "alloc.h"
#include "check.h"

enum ckpy_lazy_kind
ckpy_lazy_kind(uint16_t type)
{
    const struct ck_type *row = &ck_types[type];

    if (row->kind == CK_MODEL)
        return CKPY_LAZY_MODEL;
    return row->kind == CK_LIST && ck_types[row->ref].kind == CK_MODEL
               ? CKPY_LAZY_LIST
               : CKPY_LAZY_NONE;
}

/* Reads one element now. New. */
static PyObject *
read_now(const struct ckpy_reading *list, struct ckpy_source *source,
         const struct ck_span *span)
{
    struct ckpy_reading reading = *list;
    PyObject *value = NULL;

    reading.type = ck_types[list->type].ref;
    reading.is_element = 1;
    value = ckpy_read_text(&reading, source->text + span->offset, span->len);
    if (value != NULL)
        ckpy_source_mark(source, reading.state, value);
    return value;
}

static PyObject *
element(const struct ckpy_reading *reading, struct ckpy_class *cls,
        struct ckpy_source *source, const struct ck_span *span)
{
    struct ckpy_model *model = NULL;

    /* what is no object has no fields to wait for */
    if (source->text[span->offset] != '{' || span->offset > UINT32_MAX ||
        span->len > UINT32_MAX)
        return read_now(reading, source, span);
    model = ckpy_model_new(cls, cls->type);
    if (model == NULL)
        return NULL;
    source->references++;
    source->unparsed++;
    model->source = source;
    model->offset = (uint32_t)span->offset;
    model->length = (uint32_t)span->len;
    return (PyObject *)model;
}

PyObject *
ckpy_lazy_list(const struct ckpy_reading *reading, struct ckpy_source *source,
               const struct ck_json_spans *spans)
{
    uint16_t model = ck_types[ck_types[reading->type].ref].ref;
    struct ckpy_class *cls = ckpy_class_of(reading->state, model);
    PyObject *list = cls == NULL ? NULL : PyList_New((Py_ssize_t)spans->count);

    source->is_list = 1;
    for (size_t i = 0; list != NULL && i < spans->count; i++) {
        PyObject *item = element(reading, cls, source, &spans->items[i]);

        if (item == NULL)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, (Py_ssize_t)i, item);
    }
    return list;
}

PyObject *
ckpy_lazy_model(const struct ckpy_reading *reading, struct ckpy_source *source,
                size_t offset, size_t len)
{
    const struct ck_span span = {offset, len - offset};
    struct ckpy_class *cls =
        ckpy_class_of(reading->state, ck_types[reading->type].ref);

    return cls == NULL ? NULL : element(reading, cls, source, &span);
}

int
ckpy_lazy_load(struct ckpy_model *model)
{
    struct ckpy_source *source = model->source;
    struct ckpy_reading reading = {.state = model->cls->state,
                                   .type = model->cls->model,
                                   .drift = source->drift,
                                   .is_element = source->is_list};
    struct ckpy_doc *doc = ckpy_doc_new();
    PyObject *title = NULL;
    struct ck_issues issues;
    struct ck_error error;
    enum ck_status status;
    int result = -1;

    if (doc == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    /* The lock stays: an element takes microseconds. */
    status = ckpy_read_checked(doc, reading.type, source->text + model->offset,
                               model->length, &issues, &error);
    /* judging may run code of the program (a finaliser is enough) that comes
     * here for the same model, the last one to need these */
    Py_INCREF(reading.drift);
    title = Py_NewRef(source->title);
    reading.title = PyUnicode_AsUTF8(title);
    if (reading.title != NULL &&
        ckpy_read_judge(&reading, doc, status, &issues, &error) == 0)
        result = 0;
    if (result == 0 && model->length != 0) {
        ckpy_model_attach(model, doc, ck_check_record(doc->json.root));
        model->length = 0;
        ckpy_source_parsed(source);
    }
    Py_DECREF(title);
    Py_DECREF(reading.drift);
    ckpy_doc_release(doc);
    return result;
}
