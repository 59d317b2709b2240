/* json.c: the guard and its tree, and the door to cJSON. The document owns an
 * arena in which cJSON's nodes and texts live. */
#include "json.h"

#include "build.h"
#include "guard.h"
#include "scan.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* Asking where a thread's variables are would take longer than the allocation.
 * One pointer always fits into what glibc reserves for late libraries. */
#if defined(__GLIBC__) && defined(__ELF__)
#define INITIAL_EXEC __attribute__((tls_model("initial-exec")))
#else
#define INITIAL_EXEC
#endif

/* What this thread is decoding. cJSON's hooks take no argument, so this is
 * the only way to tell them where to put things. */
struct reader {
    struct ck_arena *arena;
    char *last;  /* the latest block */
    int starved; /* the arena could not grow */
};

static _Thread_local struct reader *reading INITIAL_EXEC;

/* cJSON's hooks serve the whole process. Outside of our reads, and on other
 * threads, they are plain malloc and free. */
static void *
hook_malloc(size_t size)
{
    struct reader *reader = reading;
    void *block = NULL;

    if (reader == NULL)
        return malloc(size);
    block = ck_arena_alloc(reader->arena, size);
    if (block == NULL)
        reader->starved = 1;
    reader->last = block;
    return block;
}

/* Within a read only the latest block comes back to the arena: from 1.7.19 on
 * cJSON copies each number to a block of its own for a moment. */
static void
hook_free(void *block)
{
    struct reader *reader = reading;

    if (reader == NULL)
        free(block);
    else if (block != NULL && block == reader->last)
        reader->arena->next = reader->last;
}

#define DIGITS(number) #number
#define DOTTED(major, minor, patch)                                           \
    DIGITS(major) "." DIGITS(minor) "." DIGITS(patch)

const char ck_json_built_with[] =
    DOTTED(CJSON_VERSION_MAJOR, CJSON_VERSION_MINOR, CJSON_VERSION_PATCH);

/* cJSON_Version() writes the same static buffer at each call. */
static _Atomic(const char *) version_text;

static void
install_hooks(void)
{
    cJSON_Hooks hooks = {hook_malloc, hook_free};

    cJSON_InitHooks(&hooks);
    atomic_store(&version_text, cJSON_Version());
}

void
ck_json_setup(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, install_hooks);
}

const char *
ck_json_version(void)
{
    ck_json_setup();
    return atomic_load(&version_text);
}

void
ck_json_init(struct ck_json *doc)
{
    ck_arena_init(&doc->arena);
    doc->root = NULL;
}

void
ck_json_free(struct ck_json *doc)
{
    ck_arena_free(&doc->arena);
    doc->root = NULL;
}

/* What is reserved at once: hostile texts are short beside the tree that they
 * seem to promise. */
#define RESERVED_MAX ((size_t)64 * 1024 * 1024)

/* Enough for the tree of any text without escapes: a node for each value; for
 * each at most a name and a string or number as it was written, rounded up to
 * 8. What names share is left for what the check adds. */
static size_t
size_of_tree(const char *text, size_t len)
{
    size_t values = ck_scan_count_values((const unsigned char *)text, len);
    size_t size = values * (sizeof(cJSON) + 16) + len + 64;

    return size < RESERVED_MAX ? size : RESERVED_MAX;
}

enum ck_status
ck_json_decode(struct ck_arena *arena, const char *quoted, size_t len,
               char **text, struct ck_error *error)
{
    struct reader reader = {arena, NULL, 0};
    cJSON *node = NULL;

    reading = &reader;
    node = cJSON_ParseWithLengthOpts(quoted, len, NULL, 0);
    reading = NULL;
    *text = NULL;
    if (reader.starved)
        return ck_fail(error, CK_NOMEM, "out of memory");
    if (node == NULL)
        return ck_fail(error, CK_INTERNAL,
                       "cJSON refused a text that the guard had passed");
    if (reader.last == NULL) {
        cJSON_Delete(node);
        return ck_fail(error, CK_INTERNAL,
                       "another library replaced cJSON's memory hooks");
    }
    *text = node->valuestring;
    return CK_OK;
}

enum ck_status
ck_json_read(struct ck_json *doc, const char *text, size_t len,
             const struct ck_json_limits *limits, struct ck_error *error)
{
    struct ck_build build;
    unsigned max_depth = limits == NULL ? 0 : limits->max_depth;
    enum ck_status status = CK_OK;

    if (ck_arena_reserve(&doc->arena, size_of_tree(text, len)) != CK_OK)
        return ck_fail(error, CK_NOMEM, "out of memory");
    ck_build_init(&build, &doc->arena);
    status = ck_guard_read(text, len, max_depth, &build, error);
    doc->root = build.root;
    if (status != CK_OK)
        ck_json_free(doc);
    return status;
}

enum ck_status
ck_json_split(const char *text, size_t len, struct ck_json_spans *spans,
              int *is_list, struct ck_error *error)
{
    struct ck_guard_report report;
    enum ck_status status = ck_guard_scan_list(text, len, 0, &report, error);

    memset(spans, 0, sizeof *spans);
    *is_list = report.is_list;
    if (status == CK_OK) {
        spans->items = report.spans;
        spans->count = report.span_count;
        report.spans = NULL;
    }
    ck_guard_report_free(&report);
    return status;
}

void
ck_json_spans_free(struct ck_json_spans *spans)
{
    ck_free(spans->items);
    memset(spans, 0, sizeof *spans);
}
