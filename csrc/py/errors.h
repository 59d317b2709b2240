/* errors.h: turns failures and error answers into exceptions. */
#ifndef CKPY_ERRORS_H
#define CKPY_ERRORS_H

#include "state.h"
#include "status.h"

#include <stdint.h>

/* The class of a row of ck_error_classes. Borrowed; NULL on error. */
PyObject *ckpy_errors_class(struct ckpy_state *state, uint16_t row);

/* Each raises and returns NULL; `response` is a clerk_c.Response. */
PyObject *ckpy_errors_raise_row(struct ckpy_state *state, uint16_t row,
                                PyObject *data, PyObject *response);
PyObject *ckpy_errors_raise_sdk(struct ckpy_state *state, const char *message,
                                PyObject *response);
/* Takes the exception that is set (the cause) and raises
 * ResponseValidationError from it. */
PyObject *
ckpy_errors_raise_validation(struct ckpy_state *state, PyObject *response);
/* A failure of the core: of the transport, or of an argument. */
PyObject *
ckpy_errors_raise_core(struct ckpy_state *state, const struct ck_error *error);

/* 0 for CK_OK; else raises and returns -1. */
int ckpy_errors_check(struct ckpy_state *state, enum ck_status status,
                      const struct ck_error *error);

#endif
