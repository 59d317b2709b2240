/* answer.c: which documented answer a response is, and the value or exception
 * made of it. An answer owns its response, and what was read of it until a
 * value takes that over. */
#include "answer.h"

#include "errors.h"
#include "read.h"
#include "sent.h"
#include "view.h"

#include "alloc.h"

void
ckpy_answer_init(struct ckpy_answer *answer, size_t max_body, int is_tolerant)
{
    memset(answer, 0, sizeof *answer);
    ck_response_init(&answer->response, max_body);
    answer->is_tolerant = is_tolerant;
}

void
ckpy_answer_free(struct ckpy_answer *answer)
{
    ck_json_spans_free(&answer->spans);
    ckpy_doc_release(answer->doc);
    ck_response_free(&answer->response);
}

/* --- the part without the interpreter ----------------------------------- */

/* May the body be read as it came? Texts in another charset are decoded
 * first, as the reference does. */
static int
is_utf8(const struct ck_response *response)
{
    const char *type = ck_response_header(response, "content-type");
    const char *charset = type == NULL ? NULL : strchr(type, ';');

    for (; charset != NULL && *charset != '\0'; charset++)
        if (PyOS_strnicmp(charset, "charset=", 8) == 0) {
            charset += 8;
            charset += *charset == '"';
            return PyOS_strnicmp(charset, "utf-8", 5) == 0 ||
                   PyOS_strnicmp(charset, "utf8", 4) == 0;
        }
    return 1;
}

/* Tolerantly, a model or a list of them is only proved to be JSON and waits
 * until somebody looks. 0: not this body. */
static int
put_off(struct ckpy_answer *answer)
{
    const struct ck_buf *body = &answer->response.body;
    enum ckpy_lazy_kind kind = ckpy_lazy_kind(answer->row->ref);
    int is_list = 0;

    if (!answer->is_tolerant || kind == CKPY_LAZY_NONE || body->len == 0 ||
        ck_json_split(body->data, body->len, &answer->spans, &is_list,
                      &answer->error) != CK_OK)
        return 0;
    answer->start = strspn(body->data, " \t\r\n");
    if (kind == CKPY_LAZY_LIST ? !is_list : body->data[answer->start] != '{')
        return 0;
    answer->lazy = kind;
    return 1;
}

void
ckpy_answer_read(struct ckpy_answer *answer, const struct ck_operation *row)
{
    struct ck_buf *body = &answer->response.body;

    answer->row = ck_response_choose(&answer->response, row);
    if (answer->row == NULL || answer->row->outcome != CK_RETURN_JSON ||
        !is_utf8(&answer->response) || put_off(answer))
        return;
    answer->is_read = 1;
    answer->doc = ckpy_doc_new();
    answer->read =
        answer->doc == NULL
            ? CK_NOMEM
            : ckpy_read_checked(answer->doc, answer->row->ref, body->data,
                                body->len, &answer->issues, &answer->error);
}

/* --- the part with it ---------------------------------------------------- */

/* 0, or -1 with an exception. */
static int
begin_reading(struct ckpy_reading *reading, const struct ckpy_answer *answer,
              const struct ckpy_asked *asked, uint16_t type)
{
    memset(reading, 0, sizeof *reading);
    reading->state = asked->state;
    reading->type = type;
    reading->name = asked->operation->qualname;
    reading->title = PyUnicode_AsUTF8(reading->name);
    if (reading->title == NULL)
        return -1;
    if (!answer->is_tolerant)
        return 0;
    reading->drift = ckpy_client_drift(asked->client);
    return reading->drift == NULL ? -1 : 0;
}

/* The answer's text, decoded as its charset says, read as type row `type`.
 * New. */
static PyObject *
read_decoded(const struct ckpy_answer *answer, const struct ckpy_asked *asked,
             uint16_t type, PyObject *response)
{
    struct ckpy_reading reading;
    PyObject *text = begin_reading(&reading, answer, asked, type) < 0
                         ? NULL
                         : PyObject_GetAttrString(response, "text");
    PyObject *value = NULL;
    char *copy = NULL;
    Py_ssize_t len = 0;
    const char *utf8 =
        text == NULL ? NULL : PyUnicode_AsUTF8AndSize(text, &len);

    /* the reader may patch the text, so it gets its own */
    if (utf8 != NULL)
        copy = ck_malloc((size_t)len);
    if (copy != NULL) {
        memcpy(copy, utf8, (size_t)len);
        value = ckpy_read_text(&reading, copy, (size_t)len);
    } else if (utf8 != NULL) {
        PyErr_NoMemory();
    }
    ck_free(copy);
    Py_XDECREF(text);
    return value;
}

/* Tells the models where they come from. Steals value. */
static PyObject *
mark(struct ckpy_answer *answer, const struct ckpy_asked *asked,
     PyObject *value)
{
    struct ckpy_source *source =
        value == NULL ? NULL : ckpy_source_new(&answer->response);

    if (source == NULL)
        Py_CLEAR(value);
    else
        ckpy_source_mark(source, asked->state, value);
    ckpy_source_release(source);
    return value;
}

/* The value of a success, or ResponseValidationError. New. */
static PyObject *
finish_value(struct ckpy_answer *answer, const struct ckpy_asked *asked,
             PyObject *response)
{
    struct ckpy_reading reading;
    PyObject *value = NULL;

    if (begin_reading(&reading, answer, asked, answer->row->ref) < 0)
        return NULL;
    if (answer->is_read && answer->read == CK_OK)
        value = ckpy_read_finish(&reading, answer->doc, answer->read,
                                 &answer->issues, &answer->error);
    else /* bytes that are no UTF-8 become U+FFFD, a charset is heeded */
        value = read_decoded(answer, asked, answer->row->ref, response);
    if (value == NULL)
        (void)ckpy_errors_raise_validation(asked->state, response);
    return value;
}

/* Everything but the usual, fast way. New; NULL with an exception. */
static PyObject *
finish_slowly(struct ckpy_answer *answer, const struct ckpy_asked *asked)
{
    struct ckpy_state *state = asked->state;
    const struct ck_response_row *row = answer->row;
    PyObject *response =
        asked->raw != NULL
            ? Py_NewRef(asked->raw)
            : ckpy_sent_response(state, &answer->response, asked->request);
    PyObject *value = NULL;

    if (response == NULL)
        return NULL;
    if (row == NULL) {
        (void)ckpy_errors_raise_sdk(state, "Unexpected response received",
                                    response);
    } else if (row->outcome == CK_RAISE_SDK) {
        (void)ckpy_errors_raise_sdk(state, "API error occurred", response);
    } else if (row->outcome == CK_RAISE_CLASS) {
        /* a model row's number is its type row's too */
        uint16_t model = ck_error_classes[row->ref].data_model;
        PyObject *data = read_decoded(answer, asked, model, response);

        if (data == NULL)
            (void)ckpy_errors_raise_validation(state, response);
        else
            (void)ckpy_errors_raise_row(state, row->ref, data, response);
        Py_XDECREF(data);
    } else {
        value = mark(answer, asked, finish_value(answer, asked, response));
    }
    Py_DECREF(response);
    return value;
}

static PyObject *
finish_lazily(struct ckpy_answer *answer, const struct ckpy_asked *asked)
{
    struct ckpy_reading reading;
    struct ckpy_source *source = NULL;
    size_t len = answer->response.body.len;
    PyObject *value = NULL;

    if (begin_reading(&reading, answer, asked, answer->row->ref) < 0)
        return NULL;
    source = ckpy_source_new(&answer->response);
    if (source == NULL)
        return NULL;
    ckpy_source_keep_text(source, &reading, &answer->response);
    value = answer->lazy == CKPY_LAZY_LIST
                ? ckpy_lazy_list(&reading, source, &answer->spans)
                : ckpy_lazy_model(&reading, source, answer->start, len);
    if (source->unparsed == 0)
        ckpy_source_drop_text(source);
    ckpy_source_release(source);
    return value;
}

PyObject *
ckpy_answer_finish(struct ckpy_answer *answer, const struct ckpy_asked *asked)
{
    if (answer->row != NULL && answer->row->outcome == CK_RETURN_NONE)
        Py_RETURN_NONE;
    if (answer->lazy != CKPY_LAZY_NONE)
        return finish_lazily(answer, asked);
    if (answer->is_read && answer->read == CK_NOMEM)
        return PyErr_NoMemory();
    if (answer->is_read && answer->read == CK_OK &&
        answer->issues.count == 0) {
        answer->doc->is_tolerant = answer->is_tolerant;
        return mark(answer, asked,
                    ckpy_view_value(asked->state, answer->doc,
                                    answer->row->ref, answer->doc->json.root));
    }
    return finish_slowly(answer, asked);
}
