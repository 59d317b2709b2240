/* settings.h: changing what a client was made with. */
#ifndef CKPY_SETTINGS_H
#define CKPY_SETTINGS_H

#include "state.h"

/* Keywords: server_url, timeout_ms, retry_config, user_agent, bearer_auth.
 * All of them hold from the next call on, or none does. None, new. */
PyObject *
ckpy_settings_change(PyObject *client, PyObject *args, PyObject *kwargs);

/* 0, or -1 with TypeError where it is neither str, callable nor None. */
int ckpy_settings_check_bearer(PyObject *bearer);

#endif
