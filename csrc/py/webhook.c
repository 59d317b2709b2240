/* webhook.c: verify_svix(): the signature of a webhook. Texts and body are
 * borrowed from the arguments for the length of the call. */
#include "webhook.h"

#include "choice.h"
#include "key.h"
#include "svix.h"
#include "verify.h"

#include <string.h>

const char ckpy_webhook_doc[] =
    "verify_svix($module, secrets, id, timestamp, body, signatures,\n"
    "            now_ms=None, tolerance_ms=300000)\n--\n\n"
    "None when one of the signatures ('v1,<base64> v1,<base64>') was made\n"
    "with one of the secrets ('whsec_...'; a str, bytes or several), or why\n"
    "not (str): 'timestamp-invalid', 'timestamp-too-old',\n"
    "'timestamp-too-new' or 'signature-invalid'.\n\n"
    "body: bytes-like or str; the others: str or bytes. Times are in\n"
    "milliseconds. Raises ValueError for a secret that is none.";

enum {
    ARG_SECRETS,
    ARG_ID,
    ARG_TIMESTAMP,
    ARG_BODY,
    ARG_SIGNATURES,
    ARG_NOW,
    ARG_TOLERANCE,
    ARG_COUNT
};

static const char *const parameters[] = {
    "secrets",    "id",     "timestamp",    "body",
    "signatures", "now_ms", "tolerance_ms", NULL};

/* Bytes of a str (UTF-8) or of a buffer, which view then holds. */
static int
read_body(PyObject *object, Py_buffer *view, struct ck_piece *body)
{
    Py_ssize_t len = 0;

    if (PyUnicode_Check(object)) {
        body->data = PyUnicode_AsUTF8AndSize(object, &len);
        body->len = (size_t)len;
        return body->data == NULL ? -1 : 0;
    }
    if (PyObject_GetBuffer(object, view, PyBUF_SIMPLE) < 0) {
        PyErr_Format(PyExc_TypeError, "body must be bytes or str, not %.100s",
                     Py_TYPE(object)->tp_name);
        return -1;
    }
    body->data = view->buf;
    body->len = (size_t)view->len;
    return 0;
}

static int
read_text(PyObject **values, int index, struct ck_text *text)
{
    Py_ssize_t len = 0;

    if (ckpy_key_text(values[index], parameters[index], &text->data, &len) < 0)
        return -1;
    text->len = (size_t)len;
    return 0;
}

/* Every secret has to be text: one that is left out by mistake would make
 * every webhook invalid. */
static int
read_secrets(struct ckpy_choice *secrets, PyObject *object)
{
    if (ckpy_choice_init(secrets, object, "secrets", 1) < 0)
        return -1;
    if (secrets->held == NULL || secrets->choice.count == 0 ||
        (PyTuple_Check(secrets->held) &&
         secrets->choice.count != (size_t)PyTuple_GET_SIZE(secrets->held))) {
        PyErr_SetString(PyExc_TypeError,
                        "secrets must be a str, or several of them");
        return -1;
    }
    return 0;
}

static PyObject *
verify(struct ckpy_state *state, const struct ck_svix *hook,
       const struct ck_choice *secrets, double now_ms, double tolerance_ms)
{
    enum ck_svix_reason reason = CK_SVIX_SIGNATURE_INVALID;
    enum ck_status status = CK_OK;
    struct ck_error error;

    Py_BEGIN_ALLOW_THREADS
    status = ck_svix_verify(state->crypto_api, state->crypto_algorithms, hook,
                            secrets, now_ms, tolerance_ms, &reason, &error);
    Py_END_ALLOW_THREADS
    if (status != CK_OK)
        return ckpy_key_raise(&error);
    if (reason == CK_SVIX_FINE)
        Py_RETURN_NONE;
    return PyUnicode_InternFromString(ck_svix_reason_text(reason));
}

PyObject *
ckpy_webhook_verify(PyObject *module, PyObject *const *args, Py_ssize_t count,
                    PyObject *names)
{
    struct ckpy_state *state = ckpy_state_of(module);
    PyObject *values[ARG_COUNT] = {NULL};
    struct ckpy_choice secrets;
    struct ck_svix hook;
    Py_buffer view = {0};
    double tolerance_ms = 300000;
    double now_ms = 0;
    PyObject *result = NULL;

    memset(&secrets, 0, sizeof secrets);
    memset(&hook, 0, sizeof hook);
    if (ckpy_verify_arguments("verify_svix", parameters, ARG_SIGNATURES + 1,
                              args, count, names, values) < 0 ||
        ckpy_key_load(state) < 0)
        return NULL;
    if (read_secrets(&secrets, values[ARG_SECRETS]) < 0 ||
        read_text(values, ARG_ID, &hook.id) < 0 ||
        read_text(values, ARG_TIMESTAMP, &hook.timestamp) < 0 ||
        read_text(values, ARG_SIGNATURES, &hook.signatures) < 0 ||
        ckpy_verify_now(values[ARG_NOW], &now_ms) < 0 ||
        (values[ARG_TOLERANCE] != NULL &&
         ckpy_verify_number(values[ARG_TOLERANCE], "tolerance_ms",
                            &tolerance_ms) < 0) ||
        read_body(values[ARG_BODY], &view, &hook.body) < 0)
        goto done;
    result = verify(state, &hook, &secrets.choice, now_ms, tolerance_ms);
done:
    ckpy_choice_free(&secrets);
    PyBuffer_Release(&view);
    return result;
}
