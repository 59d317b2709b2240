/* lazy.c: models that are parsed when they are first looked into. Each owns a
 * reference to the answer's text until then, and to a document of its own
 * afterwards. */
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

void
ckpy_lazy_release(struct ckpy_text *text)
{
    if (text == NULL || --text->references > 0)
        return;
    ck_free(text->data);
    Py_XDECREF(text->drift);
    Py_XDECREF(text->title);
    PyMem_Free(text);
}

/* Takes data over in any case. One reference, the caller's. */
static struct ckpy_text *
text_new(const struct ckpy_reading *reading, char *data)
{
    struct ckpy_text *text = PyMem_Calloc(1, sizeof *text);

    if (text == NULL) {
        ck_free(data);
        return (struct ckpy_text *)PyErr_NoMemory();
    }
    text->references = 1;
    text->data = data;
    text->drift = Py_NewRef(reading->drift);
    text->title = Py_NewRef(reading->name);
    return text;
}

/* Reads one element now. New. */
static PyObject *
read_now(const struct ckpy_reading *list, const struct ckpy_text *text,
         const struct ck_span *span)
{
    struct ckpy_reading reading = *list;

    reading.type = ck_types[list->type].ref;
    reading.is_element = 1;
    return ckpy_read_text(&reading, text->data + span->offset, span->len);
}

static PyObject *
element(const struct ckpy_reading *reading, struct ckpy_class *cls,
        struct ckpy_text *text, const struct ck_span *span)
{
    struct ckpy_model *model = NULL;

    /* what is no object has no fields to wait for */
    if (text->data[span->offset] != '{' || span->offset > UINT32_MAX ||
        span->len > UINT32_MAX)
        return read_now(reading, text, span);
    model = ckpy_model_new(cls, cls->type);
    if (model == NULL)
        return NULL;
    text->references++;
    model->text = text;
    model->offset = (uint32_t)span->offset;
    model->length = (uint32_t)span->len;
    return (PyObject *)model;
}

PyObject *
ckpy_lazy_list(const struct ckpy_reading *reading, char *data,
               const struct ck_json_spans *spans)
{
    uint16_t model = ck_types[ck_types[reading->type].ref].ref;
    struct ckpy_text *text = text_new(reading, data);
    struct ckpy_class *cls =
        text == NULL ? NULL : ckpy_class_of(reading->state, model);
    PyObject *list = cls == NULL ? NULL : PyList_New((Py_ssize_t)spans->count);

    if (text != NULL)
        text->is_list = 1;
    for (size_t i = 0; list != NULL && i < spans->count; i++) {
        PyObject *item = element(reading, cls, text, &spans->items[i]);

        if (item == NULL)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, (Py_ssize_t)i, item);
    }
    ckpy_lazy_release(text);
    return list;
}

PyObject *
ckpy_lazy_model(const struct ckpy_reading *reading, char *data, size_t offset,
                size_t len)
{
    const struct ck_span span = {offset, len - offset};
    struct ckpy_text *text = text_new(reading, data);
    struct ckpy_class *cls =
        text == NULL
            ? NULL
            : ckpy_class_of(reading->state, ck_types[reading->type].ref);
    PyObject *model = cls == NULL ? NULL : element(reading, cls, text, &span);

    ckpy_lazy_release(text);
    return model;
}

int
ckpy_lazy_load(struct ckpy_model *model)
{
    struct ckpy_text *text = model->text;
    struct ckpy_reading reading = {.state = model->cls->state,
                                   .type = model->cls->model,
                                   .drift = text->drift,
                                   .is_element = text->is_list};
    struct ckpy_doc *doc = ckpy_doc_new();
    struct ck_issues issues;
    struct ck_error error;
    enum ck_status status;
    int result = -1;

    if (doc == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    /* The lock stays: an element takes microseconds, and the text is patched
     * while it is read. */
    status = ckpy_read_checked(doc, reading.type, text->data + model->offset,
                               model->length, &issues, &error);
    reading.title = PyUnicode_AsUTF8(text->title);
    if (reading.title != NULL &&
        ckpy_read_judge(&reading, doc, status, &issues, &error) == 0)
        result = 0;
    /* judging may have run Python code, which may have been here before us */
    if (result == 0 && model->text != NULL) {
        ckpy_model_attach(model, doc, ck_check_record(doc->json.root));
        model->text = NULL;
        ckpy_lazy_release(text);
    }
    ckpy_doc_release(doc);
    return result;
}
