/* verify.c: verify_jwt() and decode_token(). A call borrows the token, the
 * key and the cache from its arguments; the claims are counted. */
#include "verify.h"

#include "choice.h"
#include "json.h"
#include "jwt.h"
#include "key.h"
#include "payload.h"
#include "tokens.h"
#include "value.h"

#include <string.h>

const char ckpy_verify_decode_doc[] =
    "decode_token($module, token, /)\n--\n\n"
    "Header and payload (two dicts) of a token (str or bytes), nothing of\n"
    "which is verified; or 'token-invalid' (str).";

const char ckpy_verify_jwt_doc[] =
    "verify_jwt($module, token, key, now_ms=None, clock_skew_ms=5000,\n"
    "           audience=None, authorized_parties=None, cache=None,\n"
    "           require_exp=True, session_only=False, complete=None)\n"
    "--\n\n"
    "The claims of a token (a new dict), or why it is refused (a str: the\n"
    "code of a TokenVerificationErrorReason).\n\n"
    "key: a VerifyKey; or a dict of them by kid, with None as the kid of\n"
    "tokens without one ('jwk-kid-mismatch' when there is none for the\n"
    "token); or None, also as a value ('jwk-failed-to-resolve').\n"
    "now_ms: milliseconds since 1970; None: the system's clock.\n"
    "audience, authorized_parties: a str or an iterable of str.\n"
    "cache: a TokenCache that makes a token seen before cheap.\n"
    "require_exp: a token without exp is 'token-invalid'.\n"
    "session_only: a token of an OAuth application or a machine is\n"
    "'invalid-token-type'.\n"
    "complete: called with the claims of a token that is accepted, to add\n"
    "to them; what it raises is passed on. The cache keeps what it did: all\n"
    "calls with one cache give the same function.\n"
    "Raises TypeError and ValueError for arguments that are no such thing.";

struct verification {
    struct ckpy_state *state;
    PyObject *keys;              /* borrowed: VerifyKey, dict or None */
    struct ck_tokencache *cache; /* borrowed, or NULL */
    const char *token;           /* borrowed */
    size_t token_len;
    struct ckpy_choice audience;
    struct ckpy_choice parties;
    PyObject *complete; /* borrowed, or NULL */
    struct ck_claims_rules rules;
    struct ck_claims *claims; /* owned, once there are any */
    int known;                /* claims came out of the cache */
    enum ck_jwt_reason reason;
};

enum {
    ARG_TOKEN,
    ARG_KEY,
    ARG_NOW,
    ARG_SKEW,
    ARG_AUDIENCE,
    ARG_PARTIES,
    ARG_CACHE,
    ARG_REQUIRE_EXP,
    ARG_SESSION_ONLY,
    ARG_COMPLETE,
    ARG_COUNT
};

static PyObject *
reason_object(enum ck_jwt_reason reason)
{
    return PyUnicode_InternFromString(ck_jwt_reason_text(reason));
}

/* A text that is no ASCII cannot be a token; *token is NULL then. */
static int
read_token(PyObject *object, const char **token, size_t *len)
{
    Py_ssize_t size = 0;

    *token = NULL;
    if (PyUnicode_Check(object) && !PyUnicode_IS_ASCII(object))
        return 0;
    if (ckpy_key_text(object, "token", token, &size) < 0)
        return -1;
    *len = (size_t)size;
    return 0;
}

static int
read_flag(PyObject *object, int fallback, int *flag)
{
    *flag = object == NULL ? fallback : PyObject_IsTrue(object);
    return *flag < 0 ? -1 : 0;
}

static int
read_keys(struct verification *call, PyObject *keys)
{
    if (keys != Py_None && !PyDict_Check(keys) &&
        Py_TYPE(keys) != call->state->key_type) {
        PyErr_Format(PyExc_TypeError,
                     "key must be a VerifyKey, a dict of them or None, not "
                     "%.100s",
                     Py_TYPE(keys)->tp_name);
        return -1;
    }
    call->keys = keys;
    return 0;
}

static int
read_cache(struct verification *call, PyObject *cache)
{
    if (cache == NULL || cache == Py_None)
        return 0;
    if (Py_TYPE(cache) != call->state->tokens_type) {
        PyErr_Format(PyExc_TypeError,
                     "cache must be a TokenCache or None, not %.100s",
                     Py_TYPE(cache)->tp_name);
        return -1;
    }
    call->cache = ((struct ckpy_tokens *)cache)->cache;
    if (ck_tokencache_is_off(call->cache))
        call->cache = NULL;
    return 0;
}

static int
read_arguments(struct verification *call, PyObject **values)
{
    struct ck_claims_rules *rules = &call->rules;

    rules->skew_ms = 5000;
    if (read_token(values[ARG_TOKEN], &call->token, &call->token_len) < 0 ||
        read_keys(call, values[ARG_KEY]) < 0 ||
        ckpy_verify_now(values[ARG_NOW], &rules->now_ms) < 0 ||
        (values[ARG_SKEW] != NULL &&
         ckpy_verify_number(values[ARG_SKEW], "clock_skew_ms",
                            &rules->skew_ms) < 0) ||
        read_cache(call, values[ARG_CACHE]) < 0 ||
        read_flag(values[ARG_REQUIRE_EXP], 1, &rules->require_exp) < 0 ||
        read_flag(values[ARG_SESSION_ONLY], 0, &rules->session_only) < 0 ||
        ckpy_choice_init(&call->audience, values[ARG_AUDIENCE], "audience",
                         0) < 0 ||
        ckpy_choice_init(&call->parties, values[ARG_PARTIES],
                         "authorized_parties", 0) < 0)
        return -1;
    if (values[ARG_COMPLETE] != Py_None)
        call->complete = values[ARG_COMPLETE];
    rules->audience = ckpy_choice_peek(&call->audience);
    rules->parties = ckpy_choice_peek(&call->parties);
    return 0;
}

/* The key for that kid; new reference. NULL without an exception: there is
 * none, and call->reason says why. */
static PyObject *
find_key(struct verification *call, const char *kid, size_t len)
{
    PyObject *name = NULL;
    PyObject *key = NULL;

    if (!PyDict_Check(call->keys)) {
        call->reason = CK_JWT_KEY_UNRESOLVED;
        return call->keys == Py_None ? NULL : Py_NewRef(call->keys);
    }
    name = kid == NULL ? Py_NewRef(Py_None)
                       : PyUnicode_DecodeUTF8(kid, (Py_ssize_t)len, NULL);
    if (name == NULL)
        return NULL;
    key = Py_XNewRef(PyDict_GetItemWithError(call->keys, name));
    Py_DECREF(name);
    if (key == NULL) {
        call->reason = CK_JWT_KID_MISMATCH;
    } else if (key == Py_None) {
        call->reason = CK_JWT_KEY_UNRESOLVED;
        Py_CLEAR(key);
    } else if (Py_TYPE(key) != call->state->key_type) {
        PyErr_Format(PyExc_TypeError,
                     "key must hold VerifyKey objects, not %.100s",
                     Py_TYPE(key)->tp_name);
        Py_CLEAR(key);
    }
    return key;
}

/* Looks the token up; it is known when it was signed with the key that would
 * be used now. -1 with an exception set. */
static int
recall(struct verification *call, const unsigned char *digest)
{
    struct ck_claims *claims = ck_tokencache_find(call->cache, digest);
    PyObject *key = NULL;

    if (claims != NULL) {
        key = find_key(call, claims->has_kid ? claims->kid : NULL,
                       claims->kid_len);
        if (key != NULL)
            call->known = memcmp(claims->key_digest,
                                 call->state->crypto_api->key_digest(
                                     ((struct ckpy_key *)key)->key),
                                 CK_SHA256_SIZE) == 0;
        Py_XDECREF(key);
    }
    if (call->known)
        call->claims = claims;
    else
        ck_claims_release(claims);
    if (PyErr_Occurred())
        return -1;
    ck_tokencache_count(call->cache, call->known);
    return 0;
}

/* Signature and payload, in one stretch without the interpreter lock. */
static int
verify_opened(struct verification *call, struct ck_jwt *jwt, PyObject *key)
{
    const struct ck_crypto_api *api = call->state->crypto_api;
    struct ck_crypto_key *raw =
        key == NULL ? NULL : ((struct ckpy_key *)key)->key;
    enum ck_status status = CK_OK;
    struct ck_error error;

    Py_BEGIN_ALLOW_THREADS
    status = ck_jwt_verify(jwt, api, raw, &call->reason, &error);
    if (status == CK_OK && call->reason == CK_JWT_FINE)
        status = ck_claims_read(jwt, api, raw, &call->claims, &call->reason,
                                &error);
    Py_END_ALLOW_THREADS
    if (status != CK_OK)
        (void)ckpy_key_raise(&error);
    return status == CK_OK ? 0 : -1;
}

/* Leaves call->claims, or call->reason. */
static int
verify_signature(struct verification *call)
{
    struct ck_jwt jwt;
    struct ck_error error;
    PyObject *key = NULL;
    size_t kid_len = 0;
    const char *kid = NULL;
    int result = -1;

    if (ck_jwt_open(&jwt, call->token, call->token_len, &call->reason,
                    &error) != CK_OK) {
        (void)ckpy_key_raise(&error);
        goto done;
    }
    result = 0;
    if (call->reason != CK_JWT_FINE)
        goto done;
    if (jwt.kid != NULL)
        kid = ck_json_string(jwt.kid, &kid_len);
    key = find_key(call, kid, kid_len);
    if (key == NULL && PyErr_Occurred())
        result = -1;
    else if (key != NULL || call->reason == CK_JWT_KEY_UNRESOLVED)
        result = verify_opened(call, &jwt, key);
done:
    Py_XDECREF(key);
    ck_jwt_free(&jwt);
    return result;
}

static int
verify(struct verification *call)
{
    struct ckpy_state *state = call->state;
    unsigned char digest[CK_SHA256_SIZE];
    struct ck_error error;

    call->reason = CK_JWT_INVALID;
    if (call->token == NULL || call->token_len > CK_JWT_MAX)
        return 0;
    if (call->cache != NULL) {
        if (state->crypto_api->sha256(state->crypto_algorithms, call->token,
                                      call->token_len, digest,
                                      &error) != CK_OK) {
            (void)ckpy_key_raise(&error);
            return -1;
        }
        if (recall(call, digest) < 0)
            return -1;
    }
    if (!call->known && verify_signature(call) < 0)
        return -1;
    if (call->claims == NULL)
        return 0;
    if (call->cache != NULL && !call->known) {
        ckpy_payload_prepare(call->claims);
        ck_tokencache_add(call->cache, digest, call->claims);
    }
    call->reason = ck_claims_check(call->claims, &call->rules);
    return 0;
}

PyObject *
ckpy_verify_jwt(PyObject *module, PyObject *const *args, Py_ssize_t count,
                PyObject *names)
{
    static const char *const parameters[] = {
        "token",         "key",         "now_ms",
        "clock_skew_ms", "audience",    "authorized_parties",
        "cache",         "require_exp", "session_only",
        "complete",      NULL};
    struct verification call;
    PyObject *values[ARG_COUNT] = {NULL};
    PyObject *result = NULL;

    memset(&call, 0, sizeof call);
    call.state = ckpy_state_of(module);
    if (ckpy_verify_arguments("verify_jwt", parameters, ARG_KEY + 1, args,
                              count, names, values) < 0 ||
        ckpy_key_load(call.state) < 0)
        return NULL;
    if (read_arguments(&call, values) < 0 || verify(&call) < 0)
        goto done;
    result = call.reason == CK_JWT_FINE
                 ? ckpy_payload_dict(call.claims, call.complete, call.known)
                 : reason_object(call.reason);
done:
    ck_claims_release(call.claims);
    ckpy_choice_free(&call.audience);
    ckpy_choice_free(&call.parties);
    return result;
}

PyObject *
ckpy_verify_decode(PyObject *module, PyObject *object)
{
    enum ck_jwt_reason reason = CK_JWT_INVALID;
    enum ck_status status = CK_OK;
    struct ck_claims *claims = NULL;
    PyObject *header = NULL;
    PyObject *payload = NULL;
    PyObject *result = NULL;
    struct ck_error error;
    struct ck_jwt jwt;
    const char *token = NULL;
    size_t len = 0;

    (void)module;
    if (read_token(object, &token, &len) < 0)
        return NULL;
    if (token == NULL)
        return reason_object(reason);
    status = ck_jwt_open(&jwt, token, len, &reason, &error);
    if (status == CK_OK && reason == CK_JWT_FINE)
        status = ck_claims_read(&jwt, NULL, NULL, &claims, &reason, &error);
    if (status != CK_OK) {
        (void)ckpy_key_raise(&error);
    } else if (reason != CK_JWT_FINE) {
        result = reason_object(reason);
    } else {
        header = ckpy_value_from_json(jwt.header.root);
        if (header != NULL)
            payload = ckpy_value_from_json(claims->doc.root);
        if (payload != NULL)
            result = PyTuple_Pack(2, header, payload);
    }
    Py_XDECREF(header);
    Py_XDECREF(payload);
    ck_claims_release(claims);
    ck_jwt_free(&jwt);
    return result;
}
