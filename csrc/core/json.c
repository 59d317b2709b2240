/* json.c: guard, cJSON and repair, put together. The document owns an arena
 * in which cJSON's nodes and texts live. */
#include "json.h"

#include "guard.h"
#include "repair.h"

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

/* What this thread is reading. cJSON's hooks take no argument, so this is
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

/* Runs cJSON over a text that has passed the guard. */
static enum ck_status
parse(struct ck_json *doc, const char *text, size_t len,
      struct ck_error *error)
{
    struct reader reader = {&doc->arena, NULL, 0};
    const char *before = doc->arena.next;

    reading = &reader;
    doc->root = cJSON_ParseWithLengthOpts(text, len, NULL, 0);
    reading = NULL;
    if (reader.starved)
        return ck_fail(error, CK_NOMEM, "out of memory");
    if (doc->root == NULL)
        return ck_fail(error, CK_INTERNAL,
                       "cJSON refused a text that the guard had passed");
    if (doc->arena.next == before) {
        cJSON_Delete(doc->root);
        return ck_fail(error, CK_INTERNAL,
                       "another library replaced cJSON's memory hooks");
    }
    return CK_OK;
}

static enum ck_status
read_guarded(struct ck_json *doc, char *text, size_t len,
             struct ck_guard_report *report, struct ck_error *error)
{
    /* A node for each value; for each at most a name and a string or number
     * as it was written, rounded up to 8; cJSON's copy of one number. */
    size_t size = report->values * (sizeof(cJSON) + 16) + len + 64;
    enum ck_status status = CK_OK;

    if (ck_arena_reserve(&doc->arena, size) != CK_OK)
        return ck_fail(error, CK_NOMEM, "out of memory");
    if (ck_repair_blank(report, text, &doc->arena) == CK_OK)
        status = parse(doc, text, len, error);
    else
        status = ck_fail(error, CK_NOMEM, "out of memory");
    ck_repair_restore(report, text);
    if (status != CK_OK)
        return status;
    if (ck_repair_mend(report, doc->root, &doc->arena) != CK_OK)
        return ck_fail(error, CK_NOMEM, "out of memory");
    return CK_OK;
}

enum ck_status
ck_json_read(struct ck_json *doc, char *text, size_t len,
             const struct ck_json_limits *limits, struct ck_error *error)
{
    struct ck_guard_report report;
    unsigned max_depth = limits == NULL ? 0 : limits->max_depth;
    enum ck_status status = CK_OK;

    status = ck_guard_scan(text, len, max_depth, &report, error);
    if (status == CK_OK)
        status = read_guarded(doc, text, len, &report, error);
    ck_guard_report_free(&report);
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
