/* jwk_fixture.h: a JWK out of JSON, for tests; the product has it as a dict.
 * Owns nothing. */
#ifndef JWK_FIXTURE_H
#define JWK_FIXTURE_H

#include "json.h"
#include "jwk.h"

/* Borrows from the document. -1 when it is no object. */
static inline int
jwk_of_json(const cJSON *node, struct ck_jwk *jwk)
{
    memset(jwk, 0, sizeof *jwk);
    if (ck_json_kind(node) != CK_JSON_OBJECT)
        return -1;
    for (cJSON *item = ck_json_first(node); item; item = ck_json_next(item)) {
        struct ck_text name = {NULL, 0};
        struct ck_text value = {NULL, 0};

        name.data = ck_json_key(item, &name.len);
        if (ck_json_kind(item) == CK_JSON_STRING)
            value.data = ck_json_string(item, &value.len);
        ck_jwk_put(jwk, &name, &value);
    }
    return 0;
}

#endif
