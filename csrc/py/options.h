/* options.h: what a client was told about its connections, for the core. */
#ifndef CKPY_OPTIONS_H
#define CKPY_OPTIONS_H

#include "state.h"
#include "transport.h"

/* The row of a clerk_c._transport_options.TransportOptions; its texts belong
 * to *keep (new), which has to outlive the use of out. options may be NULL.
 * Where neither they nor the machine name CA certificates, those of certifi
 * are taken, if it is installed. -1 with an exception. */
int ckpy_options_read(const struct ckpy_state *state, PyObject *options,
                      struct ck_pool_options *out, PyObject **keep);

/* The bound on answers, in bytes; otherwise where none was given. 0 with an
 * exception. */
size_t ckpy_options_max_response(PyObject *options, size_t otherwise);

#endif
