/* body.c: the body of a request out of the checked arguments: JSON or
 * multipart. Owns nothing: the call owns request and values. */
#include "body.h"

#include "convert.h"
#include "errors.h"
#include "jsonout.h"
#include "model.h"

static int
no_memory(enum ck_status status)
{
    if (status == CK_OK)
        return 0;
    PyErr_NoMemory();
    return -1;
}

/* The parameter that fills a field of the body model. -1: there is none. */
static int
field_param(const struct ckpy_operation *operation, unsigned field_row,
            int guess)
{
    unsigned count = operation->row->param_count;

    for (unsigned i = 0; i < count; i++) {
        unsigned at = ((unsigned)guess + i) % count;

        if (operation->params[at].place == CK_PLACE_BODY_FIELD &&
            operation->params[at].ref == field_row)
            return (int)at;
    }
    return -1;
}

/* Is this argument sent? 1 as it is; 0 not. All arguments count as set, so
 * None goes as null wherever the field may be null. */
static int
is_sent(struct ckpy_call *call, const struct ck_model *model,
        const struct ck_field *field, PyObject *value)
{
    if (value == call->state->unset)
        return 0;
    if (value != Py_None)
        return 1;
    if ((model->flags & CK_MODEL_SERIALIZER) == 0)
        return 0;
    return (field->flags & CK_FIELD_OPTIONAL) == 0 ||
           (field->flags & CK_FIELD_KEEP_NULL) != 0;
}

/* The object made of the parameters that are fields of the body model. */
static int
put_fields(struct ckpy_call *call, const struct ck_model *model)
{
    struct ck_buf *body = &call->request.body;
    int at = -1;
    int first = 1;

    if (no_memory(ck_buf_append_char(body, '{')) < 0)
        return -1;
    for (unsigned i = 0; i < model->field_count; i++) {
        unsigned row = model->first_field + i;
        const char *name = ck_text_of(ck_fields[row].alias);
        int found = field_param(call->operation, row, at + 1);

        if (found < 0)
            continue;
        at = found;
        if (!is_sent(call, model, &ck_fields[row], call->values[at]))
            continue;
        if ((!first && no_memory(ck_buf_append_char(body, ',')) < 0) ||
            no_memory(ck_json_put_string(body, name, strlen(name))) < 0 ||
            no_memory(ck_buf_append_char(body, ':')) < 0 ||
            ckpy_jsonout_put(call->state, body, call->values[at]) < 0)
            return -1;
        first = 0;
    }
    return no_memory(ck_buf_append_char(body, '}'));
}

static int
set_json_type(struct ckpy_call *call)
{
    struct ck_error error;

    return ckpy_errors_check(
        call->state,
        ck_request_set_header(&call->request, "Content-Type", 12,
                              "application/json", 16, &error),
        &error);
}

static int
encode_json(struct ckpy_call *call)
{
    const struct ck_operation *row = call->operation->row;
    const struct ck_type *type = &ck_types[row->body_type];

    for (unsigned i = 0; i < row->param_count; i++) {
        uint8_t place = call->operation->params[i].place;

        if (place != CK_PLACE_REQUEST && place != CK_PLACE_BODY)
            continue;
        if (call->values[i] == Py_None &&
            (row->flags & CK_OP_BODY_NULL_OMITTED) != 0)
            return 0;
        call->request.has_body = 1;
        return ckpy_jsonout_put(call->state, &call->request.body,
                                call->values[i]) < 0
                   ? -1
                   : set_json_type(call);
    }
    call->request.has_body = 1;
    if (type->kind != CK_MODEL) {
        PyErr_Format(PyExc_SystemError, "%U: no parameter fills the body",
                     call->operation->qualname);
        return -1;
    }
    return put_fields(call, &ck_models[type->ref]) < 0 ? -1
                                                       : set_json_type(call);
}

static int
put_part(struct ckpy_call *call, const char *name, const char *boundary,
         PyObject *value)
{
    PyObject *text = ckpy_encode_text(call, value);
    struct ck_part part = {.name = name, .name_len = strlen(name)};
    struct ck_error error;
    Py_ssize_t len = 0;
    int result = -1;

    part.data = text == NULL ? NULL : PyUnicode_AsUTF8AndSize(text, &len);
    part.size = (size_t)len;
    if (part.data != NULL)
        result = ckpy_errors_check(
            call->state,
            ck_multipart_add(&call->request, boundary, &part, &error), &error);
    Py_XDECREF(text);
    return result;
}

/* Text parts come first, as httpx orders them; so two rounds. */
static int
put_parts(struct ckpy_call *call, const char *boundary, int files)
{
    const struct ckpy_operation *operation = call->operation;
    const uint8_t wanted = files ? CK_PLACE_PART_FILE : CK_PLACE_PART;

    for (unsigned i = 0; i < operation->row->param_count; i++) {
        const struct ck_field *param = &operation->params[i];
        const struct ck_field *field = NULL;
        PyObject *value = call->values[i];
        const char *name = NULL;

        if (param->place != CK_PLACE_BODY_FIELD ||
            ck_fields[param->ref].place != wanted || value == Py_None ||
            value == call->state->unset)
            continue;
        field = &ck_fields[param->ref];
        name = ck_text_of(field->alias);
        if ((files ? ckpy_upload_put(call, name, boundary,
                                     (struct ckpy_model *)value)
                   : put_part(call, name, boundary, value)) < 0)
            return -1;
    }
    return 0;
}

static int
encode_multipart(struct ckpy_call *call)
{
    struct ck_error error;
    PyObject *boundary = ckpy_convert(call->state, "boundary", Py_None);
    const char *text = boundary == NULL ? NULL : PyUnicode_AsUTF8(boundary);
    int result = -1;

    if (text != NULL && put_parts(call, text, 0) == 0 &&
        put_parts(call, text, 1) == 0) {
        /* without any part httpx sends no body at all */
        call->request.has_body = call->request.body.len > 0;
        result = !call->request.has_body
                     ? 0
                     : ckpy_errors_check(
                           call->state,
                           ck_multipart_close(&call->request, text, &error),
                           &error);
    }
    Py_XDECREF(boundary);
    return result;
}

int
ckpy_body_encode(struct ckpy_call *call)
{
    switch ((enum ck_body_kind)call->operation->row->body_kind) {
    case CK_BODY_JSON: return encode_json(call);
    case CK_BODY_MULTIPART: return encode_multipart(call);
    case CK_BODY_NONE: break;
    }
    return 0;
}
