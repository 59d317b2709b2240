/* test_cookie.c: the session cookie among others. Against a plain model in
 * Python: tests/binding/test_verify_finding.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cookie.h"
#include "support.h"

/* NULL when nothing was found. */
static const char *
found(const char *header, const char *own)
{
    static char out[64];
    char *copy = support_copy(header, strlen(header));
    struct ck_text text = {copy, strlen(header)};
    struct ck_text name = {own, own == NULL ? 0 : strlen(own)};
    struct ck_text value;
    int is_own = ck_cookie_session(text, name, &value);

    assert_true(!is_own || (own != NULL && strstr(header, own) != NULL));
    assert_true(value.len < sizeof out);
    if (value.data != NULL)
        memcpy(out, value.data, value.len);
    out[value.len] = 0;
    free(copy);
    return value.data == NULL ? NULL : out;
}

static void
test_found(void **state)
{
    static const struct {
        const char *header;
        const char *own;
        const char *value;
    } cases[] = {
        {"__session=a", NULL, "a"},
        {"x=1; __session=a; y=2", NULL, "a"},
        {"x=1;__session = \"a\" ;y", NULL, "a"},
        {"__session=a=b", NULL, "a=b"},
        {"__session_x=b; __session=a", NULL, "b"},
        {"__session_x=b; __session=a", "__session_x", "b"},
        {"__session_x=b; __session=a", "__session_y", "a"},
        {"__session_x=b", "__session_y", NULL},
        {"__session=; __session=\"\"; __session=c", NULL, "c"},
        {"__sessionx=a", NULL, NULL},
        {"x__session=a", NULL, NULL},
        {"__session", NULL, NULL},
        {"__session;=a", NULL, NULL},
        {"x={\"__session\":\"a;b\"}; __session=c", NULL, "c"},
        {"", NULL, NULL},
        {";;;", NULL, NULL},
        {"=", NULL, NULL},
        {"\xff=\xfe; __session=a", NULL, "a"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *value = found(cases[i].header, cases[i].own);

        if (cases[i].value == NULL)
            assert_null(value);
        else
            assert_string_equal(value, cases[i].value);
    }
}

/* A byte 0 is a byte like others, not white space. */
static void
test_zero(void **state)
{
    const struct ck_text header = {"__session=\0a\0; b", 16};
    const struct ck_text own = {NULL, 0};
    struct ck_text value;

    (void)state;
    assert_int_equal(ck_cookie_session(header, own, &value), 0);
    assert_int_equal(value.len, 3);
    assert_memory_equal(value.data, "\0a\0", 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found),
        cmocka_unit_test(test_zero),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
