/* choice.h: a text or several, given as an argument, for the core. */
#ifndef CKPY_CHOICE_H
#define CKPY_CHOICE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "jwt.h"

enum { CKPY_CHOICE_FEW = 8 };

/* Borrows its texts from objects that it holds. To be zeroed before use and
 * freed after it. */
struct ckpy_choice {
    struct ck_choice choice;
    PyObject *held;        /* tuple or str; NULL when nothing was given */
    struct ck_text *items; /* owned, where few did not suffice */
    struct ck_text few[CKPY_CHOICE_FEW];
};

/* argument is NULL or None (then choice->held stays NULL), a str, or an
 * iterable of which whatever is no str is left out. With bytes allowed, bytes
 * count as text. -1 with an exception set that names the argument. */
int ckpy_choice_init(struct ckpy_choice *choice, PyObject *argument,
                     const char *name, int bytes);
void ckpy_choice_free(struct ckpy_choice *choice);

static inline const struct ck_choice *
ckpy_choice_peek(const struct ckpy_choice *choice)
{
    return choice->held == NULL ? NULL : &choice->choice;
}

#endif
