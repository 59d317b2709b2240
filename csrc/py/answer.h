/* answer.h: from what a server answered to the value or exception that a call
 * ends with, in two parts: one needs no interpreter, the other does. */
#ifndef CKPY_ANSWER_H
#define CKPY_ANSWER_H

#include "client.h"
#include "lazy.h"
#include "operation.h"

#include "core/response.h"

struct ckpy_answer {
    struct ck_response response;       /* owned */
    const struct ck_response_row *row; /* NULL: not documented */
    struct ckpy_doc *doc;              /* owned; NULL: not parsed (yet) */
    enum ck_status read;               /* of guard, parse and check */
    struct ck_error error;             /* of the transfer or of reading */
    struct ck_issues issues;           /* in doc */
    struct ck_json_spans spans;        /* owned: the elements of a list */
    size_t start;                      /* of the value in the body */
    enum ckpy_lazy_kind lazy;          /* to be parsed later */
    int is_read;                       /* do read and issues mean anything? */
    int is_tolerant;
};

/* Whose answer it is. All borrowed. */
struct ckpy_asked {
    struct ckpy_state *state;
    struct ckpy_client *client;
    const struct ckpy_operation *operation;
    const struct ck_request *request; /* what was sent, for errors to show */
    PyObject *raw; /* the response object of the program's own client, which
                      errors are to show; NULL: one is made */
};

void
ckpy_answer_init(struct ckpy_answer *answer, size_t max_body, int is_tolerant);
void ckpy_answer_free(struct ckpy_answer *answer);

/* Finds what the response is and reads its body as far as that needs no
 * interpreter: for any thread. */
void
ckpy_answer_read(struct ckpy_answer *answer, const struct ck_operation *row);

/* The value; once per answer, after ckpy_answer_read. New; NULL with an
 * exception of the documented family. */
PyObject *
ckpy_answer_finish(struct ckpy_answer *answer, const struct ckpy_asked *asked);

#endif
