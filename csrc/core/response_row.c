/* response_row.c: which row of the operation's table an answer falls under.
 * Apart from response.c because it needs the generated tables, which the
 * transport's library does not link. Owns nothing. */
#include "response.h"

#include <string.h>
#include <strings.h>

int
ck_response_is_json(const struct ck_response *response)
{
    static const char json[] = "application/json";
    const char *type = ck_response_header(response, "content-type");

    if (type == NULL || strncasecmp(type, json, sizeof json - 1) != 0)
        return 0;
    type += sizeof json - 1;
    type += strspn(type, " \t");
    return *type == '\0' || *type == ';';
}

const struct ck_response_row *
ck_response_choose(const struct ck_response *response,
                   const struct ck_operation *operation)
{
    const struct ck_response_row *row =
        ck_responses + operation->first_response;
    const struct ck_response_row *end = row + operation->response_count;
    const int is_json = ck_response_is_json(response);

    for (; row < end; row++) {
        if (row->status != response->status &&
            row->status != response->status / 100)
            continue;
        if (row->any_content || is_json)
            return row;
    }
    return NULL;
}
