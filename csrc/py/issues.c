/* issues.c: findings as a list of (type, loc, msg, input) tuples, from which
 * ValidationError is made. The collector owns the list. */
#include "issues.h"

#include "value.h"

static PyObject *
step_to_object(const struct ckpy_step *step)
{
    if (step->key != NULL)
        return Py_NewRef(step->key);
    if (step->name != NULL)
        return PyUnicode_FromString(step->name);
    return PyLong_FromSsize_t(step->index);
}

/* The steps from the root on. New tuple. */
static PyObject *
location(const struct ckpy_step *where)
{
    Py_ssize_t depth = 0;
    PyObject *loc = NULL;

    for (const struct ckpy_step *s = where; s != NULL; s = s->up)
        depth++;
    loc = PyTuple_New(depth);
    for (const struct ckpy_step *s = where; loc != NULL && s != NULL;
         s = s->up) {
        PyObject *item = step_to_object(s);

        if (item == NULL)
            Py_CLEAR(loc);
        else
            PyTuple_SET_ITEM(loc, --depth, item);
    }
    return loc;
}

/* Steals loc. */
static int
append(struct ckpy_issues *issues, const char *type, PyObject *loc,
       const char *message, PyObject *input)
{
    PyObject *entry = NULL;
    int result = -1;

    if (loc == NULL || input == NULL)
        goto done;
    if (issues->list == NULL)
        issues->list = PyList_New(0);
    if (issues->list == NULL)
        goto done;
    entry = Py_BuildValue("sOsO", type, loc, message, input);
    if (entry != NULL)
        result = PyList_Append(issues->list, entry);

done:
    Py_XDECREF(entry);
    Py_XDECREF(loc);
    return result;
}

/* Steals loc. */
static int
add(struct ckpy_issues *issues, PyObject *loc, const struct ck_issue *issue,
    PyObject *input)
{
    size_t len = ck_issue_describe(issue, NULL, 0);
    char *message = PyMem_Malloc(len + 1);
    int result = -1;

    if (message == NULL) {
        PyErr_NoMemory();
        Py_XDECREF(loc);
        return -1;
    }
    (void)ck_issue_describe(issue, message, len + 1);
    result = append(issues, ck_issue_name((enum ck_issue_code)issue->code),
                    loc, message, input);
    PyMem_Free(message);
    return result;
}

int
ckpy_issues_add_text(struct ckpy_issues *issues, const char *type,
                     const char *message, PyObject *input)
{
    return append(issues, type, PyTuple_New(0), message, input);
}

int
ckpy_issues_add(struct ckpy_issues *issues, const struct ckpy_step *where,
                enum ck_issue_code code, uint16_t ref, PyObject *input)
{
    const struct ck_issue issue = {.code = (uint16_t)code, .ref = ref};

    return add(issues, location(where), &issue, input);
}

static PyObject *
checked_location(const struct ck_step *where)
{
    Py_ssize_t depth = 0;
    PyObject *loc = NULL;

    for (const struct ck_step *s = where; s != NULL; s = s->up)
        depth++;
    loc = PyTuple_New(depth);
    for (const struct ck_step *s = where; loc != NULL && s != NULL;
         s = s->up) {
        PyObject *item =
            s->key != NULL
                ? PyUnicode_DecodeUTF8(s->key, (Py_ssize_t)s->index, NULL)
                : PyLong_FromSize_t(s->index);

        if (item == NULL)
            Py_CLEAR(loc);
        else
            PyTuple_SET_ITEM(loc, --depth, item);
    }
    return loc;
}

int
ckpy_issues_add_checked(struct ckpy_issues *issues,
                        const struct ck_issues *found)
{
    for (const struct ck_issue *i = found->first; i != NULL; i = i->next) {
        PyObject *input = ckpy_value_from_json(i->input);
        int failed = add(issues, checked_location(i->where), i, input);

        Py_XDECREF(input);
        if (failed < 0)
            return -1;
    }
    return 0;
}

PyObject *
ckpy_issues_error(struct ckpy_state *state, struct ckpy_issues *issues,
                  const char *title)
{
    PyObject *type = ckpy_state_import(
        &state->validation, "clerk_c._validation", "ValidationError");

    return type == NULL
               ? NULL
               : PyObject_CallFunction(type, "sO", title, issues->list);
}

int
ckpy_issues_raise(struct ckpy_state *state, struct ckpy_issues *issues,
                  const char *title)
{
    PyObject *error = ckpy_issues_error(state, issues, title);

    if (error != NULL)
        PyErr_SetObject((PyObject *)Py_TYPE(error), error);
    Py_XDECREF(error);
    return -1;
}

void
ckpy_issues_free(struct ckpy_issues *issues)
{
    Py_CLEAR(issues->list);
}
