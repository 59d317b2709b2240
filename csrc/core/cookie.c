/* cookie.c: finds the session cookie among others, whatever those hold. Owns
 * nothing. */
#include "cookie.h"

static const char session[] = "__session";

enum { SESSION_LEN = sizeof session - 1 };

static struct ck_text
trim(struct ck_text text, const char *what)
{
    while (text.len > 0 && strchr(what, text.data[0]) != NULL &&
           text.data[0] != 0) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && strchr(what, text.data[text.len - 1]) != NULL &&
           text.data[text.len - 1] != 0)
        text.len--;
    return text;
}

static int
is_same(struct ck_text a, struct ck_text b)
{
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static int
is_plain(struct ck_text name, int prefix_counts)
{
    if (name.len < SESSION_LEN || memcmp(name.data, session, SESSION_LEN) != 0)
        return 0;
    return name.len == SESSION_LEN ||
           (prefix_counts && name.data[SESSION_LEN] == '_');
}

int
ck_cookie_session(struct ck_text header, struct ck_text own,
                  struct ck_text *found)
{
    const char *at = header.data;
    const char *end = at + header.len;
    struct ck_text plain = {NULL, 0};

    while (at < end) {
        const char *semicolon = memchr(at, ';', (size_t)(end - at));
        const char *stop = semicolon == NULL ? end : semicolon;
        const char *equals = memchr(at, '=', (size_t)(stop - at));

        if (equals != NULL) {
            struct ck_text name = {at, (size_t)(equals - at)};
            struct ck_text value = {equals + 1, (size_t)(stop - equals - 1)};

            name = trim(name, " \t");
            value = trim(trim(value, " \t"), "\"");
            if (value.len > 0 && own.data != NULL && is_same(name, own)) {
                *found = value;
                return 1;
            }
            if (value.len > 0 && plain.data == NULL &&
                is_plain(name, own.data == NULL))
                plain = value;
        }
        at = stop + 1;
    }
    *found = plain;
    return 0;
}
