/* upload.c: the file of a multipart body. Small content in memory is read
 * here; clerk_c._upload reads the rest, or gives the descriptor of a file,
 * which the request then owns. */
#include "upload.h"

#include "body.h"
#include "convert.h"
#include "errors.h"
#include "model.h"

#include <fcntl.h>
#include <unistd.h>

enum { SMALL = 1 << 20 }; /* as clerk_c._upload has it */

void
ckpy_upload_clear(struct ckpy_upload *upload)
{
    Py_CLEAR(upload->progress);
    Py_CLEAR(upload->source);
}

/* --- where the bytes are ----------------------------------------------- */

struct content {
    PyObject *data; /* owned: bytes, or None */
    int fd;         /* owned; -1: none */
    Py_ssize_t size;
};

static void
content_clear(struct content *content)
{
    Py_CLEAR(content->data);
    if (content->fd >= 0)
        (void)close(content->fd);
    content->fd = -1;
}

/* Of the three values that say where content is. 0 or -1. */
static int
content_set(struct content *content, PyObject *data, PyObject *fd,
            PyObject *size)
{
    content->fd = (int)PyLong_AsLong(fd);
    content->size =
        PyBytes_Check(data) ? PyBytes_GET_SIZE(data) : PyLong_AsSsize_t(size);
    content->data = Py_NewRef(data);
    if (PyErr_Occurred())
        return -1;
    if (PyBytes_Check(data) == (content->fd < 0))
        return 0;
    PyErr_SetString(PyExc_SystemError, "content is neither here nor there");
    return -1;
}

static int
content_of(struct ckpy_call *call, PyObject *value, struct content *content)
{
    PyObject *module = NULL;
    PyObject *found = NULL;
    int result = -1;

    if (PyBytes_CheckExact(value) && PyBytes_GET_SIZE(value) <= SMALL) {
        content->data = Py_NewRef(value);
        content->size = PyBytes_GET_SIZE(value);
        return 0;
    }
    module = ckpy_state_import(&call->state->upload, "clerk_c._upload", NULL);
    if (module != NULL)
        found = PyObject_CallMethod(module, "prepare", "O", value);
    if (found == NULL)
        return -1;
    if (PyTuple_GET_ITEM(found, 3) != Py_None)
        call->upload.progress = Py_NewRef(PyTuple_GET_ITEM(found, 3));
    if (PyTuple_GET_ITEM(found, 4) != Py_None && !call->may_await) {
        PyErr_Format(PyExc_TypeError,
                     "content: a %s is asynchronous: await %U_async() instead",
                     Py_TYPE(PyTuple_GET_ITEM(found, 4))->tp_name,
                     call->operation->qualname);
    } else if (PyTuple_GET_ITEM(found, 4) != Py_None) {
        call->upload.source = Py_NewRef(PyTuple_GET_ITEM(found, 4));
        content->data = Py_NewRef(Py_None);
        result = 0;
    } else {
        result = content_set(content, PyTuple_GET_ITEM(found, 0),
                             PyTuple_GET_ITEM(found, 1),
                             PyTuple_GET_ITEM(found, 2));
    }
    Py_DECREF(found);
    return result;
}

/* --- the part ---------------------------------------------------------- */

struct file {
    PyObject *name; /* owned: str */
    PyObject *type; /* owned: str or None */
    struct content content;
};

static void
file_clear(struct file *file)
{
    Py_CLEAR(file->name);
    Py_CLEAR(file->type);
    content_clear(&file->content);
}

static int
read_field(struct ckpy_call *call, struct ckpy_model *model, unsigned index,
           struct file *file)
{
    uint8_t place = model->cls->fields[index].place;
    PyObject *value = ckpy_model_get(model, index);
    int result = 0;

    if (value == NULL)
        return PyErr_Occurred() ? -1 : 0;
    if (place == CK_PLACE_FILE_NAME)
        Py_XSETREF(file->name, Py_NewRef(value));
    else if (place == CK_PLACE_FILE_TYPE)
        Py_XSETREF(file->type, Py_NewRef(value));
    else if (place == CK_PLACE_FILE_CONTENT && file->content.data == NULL)
        result = content_of(call, value, &file->content);
    Py_DECREF(value);
    return result;
}

static int
file_of(struct ckpy_call *call, struct ckpy_model *model, struct file *file)
{
    for (unsigned i = 0; i < model->count; i++)
        if (read_field(call, model, i, file) < 0)
            return -1;
    if (file->name == NULL || !PyUnicode_Check(file->name) ||
        PyUnicode_GET_LENGTH(file->name) == 0 || file->content.data == NULL) {
        PyErr_SetString(PyExc_ValueError,
                        "file: file_name must not be empty and content must "
                        "be given");
        return -1;
    }
    if (file->type == NULL || !PyUnicode_Check(file->type))
        Py_XSETREF(file->type,
                   ckpy_convert(call->state, "content_type", file->name));
    return file->type == NULL ? -1 : 0;
}

/* After the part was added: its last two bytes are a line break. */
static void
note_place(struct ckpy_call *call, struct file *file)
{
    struct content *content = &file->content;
    const struct ck_request *request = &call->request;

    if (content->data == Py_None)
        call->upload.at = request->upload.at;
    else
        call->upload.at = request->body.len - 2 - (size_t)content->size;
    call->upload.size = (size_t)content->size;
    content->fd = -1; /* the request's now */
}

int
ckpy_upload_put(struct ckpy_call *call, const char *name, const char *boundary,
                struct ckpy_model *model)
{
    struct file file = {.content = {.fd = -1}};
    struct ck_upload from = {.fd = -1};
    struct ck_part part = {.name = name, .name_len = strlen(name)};
    struct ck_error error;
    Py_ssize_t len = 0;
    int result = -1;

    if (file_of(call, model, &file) < 0)
        goto done;
    part.file_name = PyUnicode_AsUTF8AndSize(file.name, &len);
    part.file_name_len = (size_t)len;
    part.content_type = PyUnicode_AsUTF8(file.type);
    if (part.file_name == NULL || part.content_type == NULL)
        goto done;
    if (file.content.data != Py_None) {
        part.data = PyBytes_AS_STRING(file.content.data);
        part.size = (size_t)file.content.size;
    } else {
        from.fd = file.content.fd;
        from.size = file.content.size;
        part.file = &from;
    }
    result = ckpy_errors_check(
        call->state, ck_multipart_add(&call->request, boundary, &part, &error),
        &error);
    if (result == 0)
        note_place(call, &file);

done:
    file_clear(&file);
    return result;
}

int
ckpy_upload_fill(struct ckpy_upload *upload, struct ckpy_state *state,
                 struct ck_request *request, PyObject *content)
{
    struct content found = {.fd = -1};
    struct ck_error error;
    int result = -1;

    if (!PyTuple_Check(content) || PyTuple_GET_SIZE(content) != 3) {
        PyErr_SetString(PyExc_SystemError, "content is not a tuple of three");
        return -1;
    }
    if (content_set(&found, PyTuple_GET_ITEM(content, 0),
                    PyTuple_GET_ITEM(content, 1),
                    PyTuple_GET_ITEM(content, 2)) == 0)
        result = ckpy_errors_check(
            state,
            ck_request_fill(request, found.fd,
                            found.fd < 0 ? PyBytes_AS_STRING(found.data)
                                         : NULL,
                            (size_t)found.size, &error),
            &error);
    if (result == 0) {
        upload->size = (size_t)found.size;
        found.fd = -1;
        Py_CLEAR(upload->source);
    }
    content_clear(&found);
    return result;
}

/* The file's own bytes, when the body is all in memory, or a descriptor for
 * them, which is the caller's to close. New. */
static PyObject *
file_object(const struct ck_request *request, const struct ckpy_upload *upload,
            int *fd)
{
    if (request->upload.fd < 0)
        return PyBytes_FromStringAndSize(request->body.data + upload->at,
                                         (Py_ssize_t)upload->size);
    *fd = fcntl(request->upload.fd, F_DUPFD_CLOEXEC, 0);
    return *fd < 0 ? PyErr_SetFromErrno(PyExc_OSError) : PyLong_FromLong(*fd);
}

PyObject *
ckpy_upload_body(struct ckpy_state *state, const struct ck_request *request,
                 const struct ckpy_upload *upload)
{
    const struct ck_buf *body = &request->body;
    PyObject *module = NULL;
    PyObject *file = NULL;
    PyObject *object = NULL;
    size_t rest = upload->at;
    int fd = -1;

    if (!request->has_body)
        Py_RETURN_NONE;
    if (request->upload.fd < 0 && upload->progress == NULL)
        return PyBytes_FromStringAndSize(body->data, (Py_ssize_t)body->len);
    module = ckpy_state_import(&state->upload, "clerk_c._upload", NULL);
    file = module == NULL ? NULL : file_object(request, upload, &fd);
    if (request->upload.fd < 0)
        rest += upload->size;
    if (file != NULL)
        object = PyObject_CallMethod(
            module, "Body", "y#Ony#O", body->data, (Py_ssize_t)upload->at,
            file, (Py_ssize_t)upload->size, body->data + rest,
            (Py_ssize_t)(body->len - rest),
            upload->progress == NULL ? Py_None : upload->progress);
    if (object == NULL && fd >= 0) /* a Body that could not be made has none */
        (void)close(fd);
    Py_XDECREF(file);
    return object;
}

PyObject *
ckpy_upload_coroutine(struct ckpy_state *state, PyObject *call,
                      PyObject *perform)
{
    PyObject *module =
        ckpy_state_import(&state->upload, "clerk_c._upload", NULL);

    return module == NULL
               ? NULL
               : PyObject_CallMethod(module, "perform", "OO", call, perform);
}

/* --- progress ---------------------------------------------------------- */

int
ckpy_upload_tell(struct ckpy_upload *upload, size_t sent)
{
    PyObject *progress = upload->progress;
    PyObject *answer = NULL;

    if (progress == NULL)
        return 0;
    sent = sent > upload->at ? sent - upload->at : 0;
    if (sent > upload->size)
        sent = upload->size;
    if (upload->is_told && sent == upload->told)
        return 0;
    upload->is_told = 1;
    upload->told = sent;
    Py_INCREF(progress);
    answer = PyObject_CallFunction(progress, "nn", (Py_ssize_t)sent,
                                   (Py_ssize_t)upload->size);
    Py_DECREF(progress);
    Py_XDECREF(answer);
    return answer == NULL ? -1 : 0;
}
