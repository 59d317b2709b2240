/* filter.h: what include= and exclude= of a dump say about one value. */
#ifndef CKPY_FILTER_H
#define CKPY_FILTER_H

#include "state.h"

/* What is left of the two arguments at the value at hand; NULL: nothing.
 * Both are owned when a function below has filled the struct. */
struct ckpy_filter {
    PyObject *include;
    PyObject *exclude;
};

static inline int
ckpy_filter_is_empty(const struct ckpy_filter *filter)
{
    return filter->include == NULL && filter->exclude == NULL;
}

/* Is a member (a field's name, a dict's key) to be dumped? 1 fills *below
 * with what the filter says about its value; 0: no; -1: exception. */
int ckpy_filter_member(const struct ckpy_filter *filter, PyObject *key,
                       struct ckpy_filter *below);
/* The same for an element of a list; negative indices in the filter count
 * from the end. */
int ckpy_filter_element(const struct ckpy_filter *filter, Py_ssize_t index,
                        Py_ssize_t count, struct ckpy_filter *below);
void ckpy_filter_clear(struct ckpy_filter *filter);

#endif
