/* test_json.c: what a text means once it is read; hooks, threads, memory.
 * What is refused: test_guard.c. Against the reference's reader:
 * tests/conformance/test_json.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>

#include "json.h"
#include "support.h"

#define TEXT(s) s, sizeof(s) - 1

static void put(struct ck_buf *out, const char *format, ...) CK_PRINTF(2, 3);

static void
put(struct ck_buf *out, const char *format, ...)
{
    char text[6000];
    va_list args;
    int len = 0;

    va_start(args, format);
    len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    assert_in_range(len, 0, sizeof text - 1);
    assert_int_equal(ck_buf_append(out, text, (size_t)len), CK_OK);
}

static void
show_text(struct ck_buf *out, const char *text, size_t len)
{
    assert_int_equal(text[len], 0);
    put(out, "%zu:", len);
    assert_int_equal(ck_buf_append(out, text, len), CK_OK);
}

static void show(struct ck_buf *out, const cJSON *node);

static void
show_members(struct ck_buf *out, const cJSON *node, int named)
{
    const char *separator = "";

    for (cJSON *item = ck_json_first(node); item; item = ck_json_next(item)) {
        put(out, "%s", separator);
        if (named) {
            size_t len = 0;
            const char *key = ck_json_key(item, &len);
            show_text(out, key, len);
            put(out, "=");
        }
        show(out, item);
        separator = " ";
    }
}

/* Writes a tree so that kind, value and length of each node can be told:
 * i for int64, b for a bigger one, f for a float in hexadecimal. */
static void
show(struct ck_buf *out, const cJSON *node)
{
    size_t len = 0;
    const char *text = NULL;

    switch (ck_json_kind(node)) {
    case CK_JSON_NULL: put(out, "null"); break;
    case CK_JSON_FALSE: put(out, "false"); break;
    case CK_JSON_TRUE: put(out, "true"); break;
    case CK_JSON_INT: put(out, "i%" PRId64, ck_json_int(node)); break;
    case CK_JSON_BIG: put(out, "b%s", ck_json_big(node)); break;
    case CK_JSON_FLOAT: put(out, "f%a", ck_json_float(node)); break;
    case CK_JSON_STRING:
        text = ck_json_string(node, &len);
        show_text(out, text, len);
        break;
    case CK_JSON_ARRAY:
        put(out, "[");
        show_members(out, node, 0);
        put(out, "]");
        break;
    case CK_JSON_OBJECT:
        put(out, "{");
        show_members(out, node, 1);
        put(out, "}");
        break;
    }
}

static void
check_read(const char *text, size_t len, const char *shown, size_t shown_len)
{
    char *copy = support_copy(text, len);
    struct ck_buf out;
    struct ck_json doc;
    struct ck_error error;

    ck_json_init(&doc);
    if (ck_json_read(&doc, copy, len, NULL, &error) != CK_OK)
        fail_msg("%s: %s", text, error.message);
    assert_memory_equal(copy, text, len);
    /* The tree must not lean on the text. */
    memset(copy, '#', len);
    free(copy);
    ck_buf_init(&out, CK_BUF_NO_MAX);
    show(&out, doc.root);
    if (out.len != shown_len || memcmp(out.data, shown, shown_len) != 0)
        fail_msg("%s gave %s", text, out.data);
    ck_buf_free(&out);
    ck_json_free(&doc);
}

struct reading {
    const char *text;
    size_t len;
    const char *shown;
    size_t shown_len;
};

static const struct reading readings[] = {
    {TEXT("null"), TEXT("null")},
    {TEXT(" \t\r\ntrue \t\r\n"), TEXT("true")},
    {TEXT("[true,false,null,[],{}]"), TEXT("[true false null [] {}]")},
    {TEXT("[ ]"), TEXT("[]")},
    {TEXT("{ }"), TEXT("{}")},
    {TEXT("[ 1 , [ ] , { \"a\" : 2 , \"b\" : [ 3 ] } ]"),
     TEXT("[i1 [] {1:a=i2 1:b=[i3]}]")},
    {TEXT("{\"a\":1,\"a\":2}"), TEXT("{1:a=i1 1:a=i2}")},
    {TEXT("\"\""), TEXT("0:")},
    {TEXT("\"\x7F\""), TEXT("1:\x7F")},
    {TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), TEXT("8:\"\\/\b\f\n\r\t")},
    {TEXT("\"\\u00e9\\u20AC\\ud83d\\ude00\""),
     TEXT("9:\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80")},
    {TEXT("\"\\uD800\\uDC00\\uDBFF\\uDFFF\""),
     TEXT("8:\xF0\x90\x80\x80\xF4\x8F\xBF\xBF")},
    {TEXT("\"\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF"
          "\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\""),
     TEXT("24:\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF"
          "\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF")},
    {TEXT("\"\\u0000\""), TEXT("1:\0")},
    {TEXT("[\"a\\u0000b\\n\\u00e9\",\"c\"]"), TEXT("[6:a\0b\n\xC3\xA9 1:c]")},
    {TEXT("{\"\\u0000\":\"\\u0000\\u0000\",\"k\\u0000\":1.5}"),
     TEXT("{1:\0=2:\0\0 2:k\0=f0x1.8p+0}")},
    {TEXT("0"), TEXT("i0")},
    {TEXT("-0"), TEXT("i0")},
    {TEXT("[-0,-1]"), TEXT("[i0 i-1]")},
    {TEXT("-0.0"), TEXT("f-0x0p+0")},
    {TEXT("1.0"), TEXT("f0x1p+0")},
    {TEXT("1e0"), TEXT("f0x1p+0")},
    {TEXT("1E+2"), TEXT("f0x1.9p+6")},
    {TEXT("0.1"), TEXT("f0x1.999999999999ap-4")},
    {TEXT("1e400"), TEXT("finf")},
    {TEXT("[NaN,Infinity,-Infinity,1]"), TEXT("[fnan finf f-inf i1]")},
    {TEXT("{\"a\":NaN}"), TEXT("{1:a=fnan}")},
    {TEXT("[999999999999999,1000000000000000,9007199254740992,"
          "9007199254740993,-9007199254740993,0]"),
     TEXT("[i999999999999999 i1000000000000000 i9007199254740992 "
          "i9007199254740993 i-9007199254740993 i0]")},
    {TEXT("[9223372036854775807,-9223372036854775808]"),
     TEXT("[i9223372036854775807 i-9223372036854775808]")},
    {TEXT("[9223372036854775808,-9223372036854775809]"),
     TEXT("[b9223372036854775808 b-9223372036854775809]")},
    {TEXT("[[[1,2.5],[]],{\"x\":{\"y\":18446744073709551616}},7]"),
     TEXT("[[[i1 f0x1.4p+1] []] {1:x={1:y=b18446744073709551616}} i7]")},
};

static void
test_readings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++)
        check_read(readings[i].text, readings[i].len, readings[i].shown,
                   readings[i].shown_len);
}

static void
test_numbers_of_any_length(void **state)
{
    (void)state;
    for (int digits = 1; digits <= 4300; digits += digits < 100 ? 1 : 600) {
        char text[4400];
        char shown[4400];
        int len = 0;
        memset(text, '7', sizeof text);
        len = snprintf(shown, sizeof shown, "%c%.*s", digits > 18 ? 'b' : 'i',
                       digits, text);
        if (digits == 19) /* 7777777777777777777 still fits */
            shown[0] = 'i';
        check_read(text, (size_t)digits, shown, (size_t)len);
        memset(text, '0', sizeof text);
        memcpy(text, "-1.", 3);
        check_read(text, (size_t)digits + 3, TEXT("f-0x1p+0"));
    }
}

/* Other nodes keep a double as well, for whoever wants one. */
static void
test_integers_have_their_double(void **state)
{
    char text[] = "[9007199254740993,18446744073709551617,-0]";
    struct ck_json doc;
    cJSON *node = NULL;

    (void)state;
    ck_json_init(&doc);
    assert_int_equal(ck_json_read(&doc, text, sizeof text - 1, NULL, NULL),
                     CK_OK);
    node = ck_json_first(doc.root);
    assert_true(node->valuedouble == 9007199254740992.0);
    node = ck_json_next(node);
    assert_true(node->valuedouble == 18446744073709551616.0);
    node = ck_json_next(node);
    assert_true(!signbit(node->valuedouble));
    ck_json_free(&doc);
}

static void
test_refused_text_leaves_nothing(void **state)
{
    char text[] = "[1.5,\"a\\u0000\",x]";
    struct ck_json doc;
    struct ck_error error;

    (void)state;
    ck_json_init(&doc);
    assert_int_equal(ck_json_read(&doc, text, strlen(text), NULL, &error),
                     CK_BAD_JSON);
    assert_int_equal(error.offset, 15);
    assert_string_equal(error.message, "expected a value at line 1 column 16");
    assert_null(doc.root);
    assert_null(doc.arena.chunks);
    assert_string_equal(text, "[1.5,\"a\\u0000\",x]");
    assert_int_equal(ck_json_read(&doc, text, 0, NULL, &error), CK_BAD_JSON);
    ck_json_free(&doc);
}

static void
check_depth(unsigned depth, unsigned max_depth, enum ck_status expected)
{
    struct ck_json_limits limits = {max_depth};
    char *text = malloc(2 * depth + 2);
    struct ck_json doc;
    struct ck_error error;

    assert_non_null(text);
    memset(text, '[', depth + 1); /* the innermost one is empty */
    memset(text + depth + 1, ']', depth + 1);
    ck_json_init(&doc);
    assert_int_equal(ck_json_read(&doc, text, 2 * depth + 2,
                                  max_depth == 0 ? NULL : &limits, &error),
                     expected);
    ck_json_free(&doc);
    free(text);
}

static void
test_depth(void **state)
{
    (void)state;
    check_depth(200, 0, CK_OK);
    check_depth(201, 0, CK_TOO_LARGE);
    check_depth(3, 3, CK_OK);
    check_depth(4, 3, CK_TOO_LARGE);
    check_depth(999, 100000, CK_OK);
    check_depth(1000, 100000, CK_TOO_LARGE);
    check_depth(1000000, 100000, CK_TOO_LARGE);
}

/* Where nothing is decoded, a single allocation suffices, whatever the mix:
 * its size is a bound, not a guess. */
static void
test_one_allocation(void **state)
{
    static const char *const items[] = {
        "1", "[]", "{}", "\"\"", "{\"\":\"\"}", "\"1234567\"",
        "{\"a\":{\"b\":\"1234567\"}}", "\"12345678901234567\"",
        /* The worst one: two short texts. */
        "\"\":\"\""};
    size_t count = sizeof items / sizeof *items;

    (void)state;
    for (size_t i = 0; i < count; i++) {
        char text[3000];
        int is_object = i == count - 1;
        struct ck_json doc;
        (void)snprintf(text, sizeof text, "%c%s", is_object ? '{' : '[',
                       items[i]);
        for (int n = 0; n < 100; n++)
            (void)snprintf(text + strlen(text), 28, ",%s", items[i]);
        text[strlen(text) + 1] = 0;
        text[strlen(text)] = is_object ? '}' : ']';
        ck_json_init(&doc);
        ck_alloc_fail_after(1);
        assert_int_equal(ck_json_read(&doc, text, strlen(text), NULL, NULL),
                         CK_OK);
        ck_alloc_fail_after(-1);
        ck_json_free(&doc);
    }
}

static const char torture_text[] =
    "{\"a\":[1.5,12345678901234567890,9007199254740993,-0],"
    "\"b\\u0000\":\"c\\u0000\",\"d\":[\"e\",{\"f\":[NaN,null,true]}]}";

static enum ck_status
read_torture_text(void *arg)
{
    char *copy = support_copy(torture_text, sizeof torture_text - 1);
    struct ck_json doc;
    struct ck_error error;
    enum ck_status status = CK_OK;

    (void)arg;
    ck_json_init(&doc);
    status = ck_json_read(&doc, copy, sizeof torture_text - 1, NULL, &error);
    if (status != CK_OK) {
        assert_int_equal(error.status, status);
        assert_null(doc.root);
        assert_null(doc.arena.chunks);
    }
    assert_memory_equal(copy, torture_text, sizeof torture_text - 1);
    ck_json_free(&doc);
    free(copy);
    return status;
}

static void
test_no_memory(void **state)
{
    (void)state;
    assert_true(support_torture(read_torture_text, NULL) >= 1);
}

/* Texts with escapes take more than was reserved, so cJSON itself runs out. */
static void
test_no_memory_inside_cjson(void **state)
{
    char text[20000] = "[\"\\n\"";
    long n = 0;

    (void)state;
    for (size_t i = 5; i + 6 < sizeof text; i += 5)
        memcpy(text + i, ",\"\\n\"", 6);
    text[strlen(text)] = ']';
    for (;; n++) {
        struct ck_json doc;
        enum ck_status status = CK_OK;

        ck_json_init(&doc);
        ck_alloc_fail_after(n);
        status = ck_json_read(&doc, text, strlen(text), NULL, NULL);
        ck_alloc_fail_after(-1);
        ck_json_free(&doc);
        if (status == CK_OK)
            break;
        assert_int_equal(status, CK_NOMEM);
    }
    assert_in_range(n, 2, 10);
}

/* Names are told apart by all of their bytes, also where the first, the middle
 * and the last one are the same. */
static void
test_names_alike(void **state)
{
    (void)state;
    check_read(TEXT("[{\"axbyc\":1,\"aybyc\":2},{\"axbyc\":3,\"axbzc\":4,"
                    "\"\":5},{\"axbyc\":6,\"a\\u0078byc\":7,\"\":8}]"),
               TEXT("[{5:axbyc=i1 5:aybyc=i2} {5:axbyc=i3 5:axbzc=i4 0:=i5} "
                    "{5:axbyc=i6 5:axbyc=i7 0:=i8}]"));
    check_read(TEXT("{\"a\\u0000\":1,\"b\":2,\"\\u0000\":[{\"c\":\"d\"}]}"),
               TEXT("{2:a\0=i1 1:b=i2 1:\0=[{1:c=1:d}]}"));
}

enum { THREADS = 4, ROUNDS = 300 };

static void *
read_in_thread(void *arg)
{
    size_t *wrong = arg;

    ck_json_setup();
    for (int i = 0; i < ROUNDS; i++) {
        char text[200];
        struct ck_json doc;
        int len =
            snprintf(text, sizeof text,
                     "{\"round\":%d,\"f\":%d.5,\"t\":[\"%d\"]}", i, i, i);
        ck_json_init(&doc);
        if (ck_json_read(&doc, text, (size_t)len, NULL, NULL) != CK_OK ||
            ck_json_int(ck_json_first(doc.root)) != i ||
            ck_json_float(ck_json_next(ck_json_first(doc.root))) != i + 0.5)
            ++*wrong;
        ck_json_free(&doc);
    }
    return NULL;
}

static void
test_threads(void **state)
{
    pthread_t threads[THREADS];
    size_t wrong[THREADS] = {0};

    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, read_in_thread, &wrong[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(wrong[i], 0);
    }
}

/* Another user of cJSON in the process must not notice us. ASan and valgrind
 * see whether its blocks are malloc's. */
static void
test_cjson_of_others_is_plain(void **state)
{
    cJSON *tree = NULL;
    char *printed = NULL;

    (void)state;
    tree = cJSON_Parse("{\"a\":[1,\"two\"]}");
    assert_non_null(tree);
    printed = cJSON_PrintUnformatted(tree);
    assert_string_equal(printed, "{\"a\":[1,\"two\"]}");
    free(printed);
    cJSON_Delete(tree);
}

/* And if it took the hooks away from us, we must say so, and not lose the
 * tree that was made elsewhere. Comes last: the hooks stay away. */
static void
test_hooks_taken_away(void **state)
{
    char text[] = "[1,\"two\\n\"]";
    struct ck_json doc;
    struct ck_error error;

    (void)state;
    cJSON_InitHooks(NULL);
    ck_json_init(&doc);
    assert_int_equal(ck_json_read(&doc, text, strlen(text), NULL, &error),
                     CK_INTERNAL);
    assert_null(doc.root);
    ck_json_free(&doc);
}

static void
test_version(void **state)
{
    (void)state;
    assert_string_equal(ck_json_version(), cJSON_Version());
    assert_ptr_equal(ck_json_version(), ck_json_version());
}

static int
set_up(void **state)
{
    (void)state;
    ck_json_setup();
    ck_json_setup();
    return 0;
}

/* Of every length. */
static void
test_integers_of_all_lengths(void **state)
{
    char digits[24] = "";

    (void)state;
    for (size_t len = 1; len <= 18; len++) {
        digits[len - 1] = (char)('0' + (len * 7 + 2) % 10);
        for (int negative = 0; negative < 2; negative++) {
            const char *sign = negative ? "-" : "";
            char text[128];
            char shown[128];

            (void)snprintf(text, sizeof text,
                           "[null,%s%s,{\"a\":%s%s,\"b\":null}, %s%s]", sign,
                           digits, sign, digits, sign, digits);
            (void)snprintf(shown, sizeof shown,
                           "[null i%s%s {1:a=i%s%s 1:b=null} i%s%s]", sign,
                           digits, sign, digits, sign, digits);
            check_read(text, strlen(text), shown, strlen(shown));
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers_of_all_lengths),
        cmocka_unit_test(test_readings),
        cmocka_unit_test(test_numbers_of_any_length),
        cmocka_unit_test(test_integers_have_their_double),
        cmocka_unit_test(test_refused_text_leaves_nothing),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_one_allocation),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_no_memory_inside_cjson),
        cmocka_unit_test(test_names_alike),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_cjson_of_others_is_plain),
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_hooks_taken_away),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
