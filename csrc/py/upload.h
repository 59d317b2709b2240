/* upload.h: the file of a multipart body: where its bytes are, and who wants
 * to know how many of them are on their way. */
#ifndef CKPY_UPLOAD_H
#define CKPY_UPLOAD_H

#include "state.h"

#include "core/request.h"

struct ckpy_call;
struct ckpy_model;

/* Zeroed: there is no file. */
struct ckpy_upload {
    PyObject *progress; /* owned: called with bytes of the file that were
                           sent, and bytes in all; NULL: nobody asks */
    PyObject *source;   /* owned: asynchronous content, which is to be awaited
                           (clerk_c._upload.read_async) and given to
                           ckpy_upload_fill before the request is sent */
    size_t at;          /* where in the body the file begins */
    size_t size;        /* bytes */
    size_t told;        /* what progress was called with last */
    int is_told;        /* was it called at all? */
};

void ckpy_upload_clear(struct ckpy_upload *upload);

/* Adds the part `name` of the file that model describes. 0 or -1. */
int ckpy_upload_put(struct ckpy_call *call, const char *name,
                    const char *boundary, struct ckpy_model *model);

/* The body as a Python object: None, bytes, or what only brings it piece by
 * piece, clerk_c._upload.Body, which outlives the request. New. */
PyObject *
ckpy_upload_body(struct ckpy_state *state, const struct ck_request *request,
                 const struct ckpy_upload *upload);

/* Takes what read_async returned. 0 or -1. */
int ckpy_upload_fill(struct ckpy_upload *upload, struct ckpy_state *state,
                     struct ck_request *request, PyObject *content);

/* The coroutine of a call whose source has to be awaited, or whose progress is
 * followed; perform(call) does the rest. New. */
PyObject *ckpy_upload_coroutine(struct ckpy_state *state, PyObject *call,
                                PyObject *perform);

/* Calls progress when there is something new to tell, `sent` bytes of the
 * whole body being on their way. 0 or -1 with its exception. */
int ckpy_upload_tell(struct ckpy_upload *upload, size_t sent);

#endif
