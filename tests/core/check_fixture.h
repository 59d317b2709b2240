/* check_fixture.h: a text checked against a row of the real tables, and what
 * came of it as text. Used by the tests of the checker. */
#ifndef CK_CHECK_FIXTURE_H
#define CK_CHECK_FIXTURE_H

#include "check.h"

enum { CHECKED_ROOM = 4096 };

struct checked {
    struct ck_json doc;
    struct ck_issues issues;
    /* "a.0.b missing; c string_type", empty when everything fits; cut when
     * there is much of it */
    char found[CHECKED_ROOM];
};

/* The row of a name that `models` exports. */
uint16_t checked_model(const char *name);
uint16_t checked_enum(const char *name);
uint16_t checked_union(const char *name);
/* A type row of that kind and row without flags. */
uint16_t checked_type(unsigned kind, uint16_t ref);

/* Reads json and checks it against the type row. */
enum ck_status
checked_try(struct checked *checked, uint16_t type, const char *json);
/* The same, which must not fail, for a model. */
void
checked_init(struct checked *checked, const char *model, const char *json);
void checked_free(struct checked *checked);

/* The member of the object at node that field `name` of its model has, or
 * NULL. */
const cJSON *checked_slot(const cJSON *node, const char *name);

/* Checks, compares what was found with `expected`, and frees. */
void expect_found(const char *model, const char *json, const char *expected);

#endif
