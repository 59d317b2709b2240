/* settings.c: changing what a client was made with, for sdk_configuration.
 * The client owns its settings; calls that run keep those that they began
 * with. */
#include "settings.h"

#include "client.h"
#include "retries.h"

int
ckpy_settings_check_bearer(PyObject *bearer)
{
    if (bearer == Py_None || PyUnicode_Check(bearer) ||
        PyCallable_Check(bearer))
        return 0;
    PyErr_Format(PyExc_TypeError,
                 "bearer_auth must be str, a callable that returns str, or "
                 "None, not '%s'",
                 Py_TYPE(bearer)->tp_name);
    return -1;
}

/* Reads a retry_config, or UNSET for the default. 0 or -1. */
static int
read_retries(struct ckpy_state *state, PyObject *config,
             struct ck_retry *retry)
{
    if (config != state->unset)
        return ckpy_retries_read(config, retry);
    ckpy_retries_default(retry);
    return 0;
}

PyObject *
ckpy_settings_change(PyObject *client, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"server_url", "timeout_ms",  "retry_config",
                               "user_agent", "bearer_auth", NULL};
    struct ckpy_client *self = (struct ckpy_client *)client;
    struct ckpy_state *state = ckpy_state_by_type(Py_TYPE(client));
    struct ck_retry retry = self->retry;
    long timeout_ms = self->timeout_ms;
    PyObject *server_url = NULL;
    PyObject *retry_config = NULL;
    PyObject *user_agent = NULL;
    PyObject *bearer = NULL;

    if (state == NULL ||
        !PyArg_ParseTupleAndKeywords(args, kwargs, "|$UlOUO:_change", keywords,
                                     &server_url, &timeout_ms, &retry_config,
                                     &user_agent, &bearer))
        return NULL;
    if (bearer != NULL && ckpy_settings_check_bearer(bearer) < 0)
        return NULL;
    if (retry_config != NULL && read_retries(state, retry_config, &retry) < 0)
        return NULL;
    self->retry = retry;
    self->timeout_ms = timeout_ms;
    if (server_url != NULL)
        Py_XSETREF(self->server_url, Py_NewRef(server_url));
    if (user_agent != NULL)
        Py_XSETREF(self->user_agent, Py_NewRef(user_agent));
    if (bearer != NULL)
        Py_XSETREF(self->bearer, Py_NewRef(bearer));
    Py_RETURN_NONE;
}
