/* issues.h: collects what is wrong with a value, all of it, and raises it as
 * one ValidationError. */
#ifndef CKPY_ISSUES_H
#define CKPY_ISSUES_H

#include "check.h"
#include "state.h"

/* Where a value is: steps on the C stack, innermost first. name is used when
 * key is NULL, index when both are. All borrowed. */
struct ckpy_step {
    const struct ckpy_step *up;
    PyObject *key;
    const char *name;
    Py_ssize_t index;
};

struct ckpy_issues {
    PyObject *list; /* owned; NULL while nothing is wrong */
};

/* -1 with an exception only when it cannot be noted. */
int ckpy_issues_add(struct ckpy_issues *issues, const struct ckpy_step *where,
                    enum ck_issue_code code, uint16_t ref, PyObject *input);
/* One about the whole value, in words of the caller's. */
int ckpy_issues_add_text(struct ckpy_issues *issues, const char *type,
                         const char *message, PyObject *input);
/* The findings of ck_check. */
int ckpy_issues_add_checked(struct ckpy_issues *issues,
                            const struct ck_issues *found);
/* A ValidationError about `title` holding the list. New. */
PyObject *ckpy_issues_error(struct ckpy_state *state,
                            struct ckpy_issues *issues, const char *title);
/* Raises that error; always -1. */
int ckpy_issues_raise(struct ckpy_state *state, struct ckpy_issues *issues,
                      const char *title);
void ckpy_issues_free(struct ckpy_issues *issues);

#endif
