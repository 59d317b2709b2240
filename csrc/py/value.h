/* value.h: plain Python objects out of a JSON tree: None, bool, int, float,
 * str, list, dict. */
#ifndef CKPY_VALUE_H
#define CKPY_VALUE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "json.h"

/* New. NULL with an exception set. The tree is borrowed and stays as it is. */
PyObject *ckpy_value_from_json(const cJSON *node);

/* _core.parse_json(data, /): METH_O. data is bytes, bytearray or str;
 * ValueError says what is wrong with the text, and where. */
PyObject *ckpy_value_parse(PyObject *self, PyObject *arg);

#endif
