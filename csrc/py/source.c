/* source.c: answers as their models know them. Each model owns a reference;
 * the source owns the text and the head of the answer, which are moved here
 * and not copied. */
#include "source.h"

#include "model.h"

#include "alloc.h"

static void
move_buffer(struct ck_buf *to, struct ck_buf *from)
{
    *to = *from;
    ck_buf_init(from, from->max);
}

struct ckpy_source *
ckpy_source_new(struct ck_response *response)
{
    struct ckpy_source *source = PyMem_Calloc(1, sizeof *source);

    if (source == NULL)
        return (struct ckpy_source *)PyErr_NoMemory();
    source->references = 1;
    source->response = *response;
    ck_buf_init(&source->response.body, 0);
    ck_buf_init(&source->response.reason, 0);
    move_buffer(&source->response.head, &response->head);
    move_buffer(&source->response.url, &response->url);
    return source;
}

void
ckpy_source_keep_text(struct ckpy_source *source,
                      const struct ckpy_reading *reading,
                      struct ck_response *response)
{
    size_t len = 0;
    char *text = ck_buf_take(&response->body, &len);
    char *fitting = ck_realloc(text, len + 1); /* it may live for long */

    source->text = fitting == NULL ? text : fitting;
    source->drift = Py_NewRef(reading->drift);
    source->title = Py_NewRef(reading->name);
}

void
ckpy_source_drop_text(struct ckpy_source *source)
{
    ck_free(source->text);
    source->text = NULL;
    Py_CLEAR(source->drift);
    Py_CLEAR(source->title);
}

void
ckpy_source_release(struct ckpy_source *source)
{
    if (source == NULL || --source->references > 0)
        return;
    ckpy_source_drop_text(source);
    ck_response_free(&source->response);
    PyMem_Free(source);
}

void
ckpy_source_parsed(struct ckpy_source *source)
{
    if (--source->unparsed == 0)
        ckpy_source_drop_text(source);
}

static void
mark(struct ckpy_source *source, struct ckpy_state *state, PyObject *value)
{
    struct ckpy_model *model = (struct ckpy_model *)value;

    if (!ckpy_model_check(state, value) || model->source != NULL)
        return;
    model->source = source;
    source->references++;
}

void
ckpy_source_mark(struct ckpy_source *source, struct ckpy_state *state,
                 PyObject *value)
{
    if (!PyList_CheckExact(value)) {
        mark(source, state, value);
        return;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(value); i++)
        mark(source, state, PyList_GET_ITEM(value, i));
}

PyObject *
ckpy_source_of(PyObject *module, PyObject *value)
{
    const struct ckpy_source *source = NULL;
    const struct ck_response *response = NULL;
    const struct ck_timing *timing = NULL;

    if (PyList_Check(value) && PyList_GET_SIZE(value) > 0)
        value = PyList_GET_ITEM(value, 0);
    if (ckpy_model_check(ckpy_state_of(module), value))
        source = ((struct ckpy_model *)value)->source;
    if (source == NULL)
        Py_RETURN_NONE;
    response = &source->response;
    timing = &response->timing;
    return Py_BuildValue(
        "iiy#s#Ii(lllll)", response->status, response->http_version,
        response->head.data == NULL ? "" : response->head.data,
        (Py_ssize_t)response->head.len,
        response->url.data == NULL ? "" : response->url.data,
        (Py_ssize_t)response->url.len, response->attempts, response->redirects,
        timing->name_us, timing->connect_us, timing->tls_us,
        timing->first_byte_us, timing->total_us);
}
