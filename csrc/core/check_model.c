/* check_model.c: objects against model rows. Makes the records; they and what
 * is learnt about the members belong to the document's arena. */
#include "checker.h"

#include <string.h>

enum { MISSES_BEFORE_HASH = 16 };

/* Which field a member is. */
struct match {
    int field; /* -1: none */
    bool by_name;
};

static const struct ck_field *
fields_of(uint16_t model)
{
    return &ck_fields[ck_models[model].first_field];
}

/* Length and three characters tell most names of a model apart. */
static unsigned
hash_of(const char *key, size_t len)
{
    unsigned hash = (unsigned)len;

    if (len > 0) {
        hash = hash * 31 + (unsigned char)key[0];
        hash = hash * 31 + (unsigned char)key[len / 2];
        hash = hash * 31 + (unsigned char)key[len - 1];
    }
    return hash ^ hash >> 7;
}

static void
put_by_hash(struct ck_habits *habits, ck_text name, int field)
{
    const char *text = ck_text_of(name);
    unsigned at = hash_of(text, strlen(text)) & habits->mask;

    while (habits->by_hash[at] != 0)
        at = (at + 1) & habits->mask;
    habits->by_hash[at] = (uint16_t)(field + 1);
}

/* Wire names go in first, so that they are found before a Python name that
 * is spelled the same. At most half full. */
static void
build_by_hash(struct ck_checker *checker, struct ck_habits *habits)
{
    const struct ck_field *fields = fields_of(habits->model);
    int count = ck_models[habits->model].field_count;
    unsigned size = 8;

    while (size < 4 * (unsigned)count)
        size *= 2;
    habits->by_hash =
        ck_checker_alloc(checker, size * sizeof *habits->by_hash);
    if (habits->by_hash == NULL)
        return;
    memset(habits->by_hash, 0, size * sizeof *habits->by_hash);
    habits->mask = (uint16_t)(size - 1);
    for (int i = 0; i < count; i++)
        put_by_hash(habits, fields[i].alias, i);
    for (int i = 0; i < count; i++) {
        if (fields[i].name != fields[i].alias)
            put_by_hash(habits, fields[i].name, i);
    }
}

/* NULL: memory ran out. */
static struct ck_habits *
habits_of(struct ck_checker *checker, uint16_t model)
{
    struct ck_habits *habits = &checker->habits[model % CK_HABITS];
    uint16_t count = ck_models[model].field_count;

    if (habits->next != NULL && habits->model == model)
        return habits;
    memset(habits, 0, sizeof *habits);
    habits->model = model;
    habits->next =
        ck_checker_alloc(checker, (count + 1u) * sizeof *habits->next);
    if (habits->next == NULL)
        return NULL;
    for (unsigned i = 0; i <= count; i++)
        habits->next[i] = (uint16_t)(i + 1);
    return habits;
}

static struct match
find_by_hash(const struct ck_habits *habits, const char *key)
{
    const struct ck_field *fields = fields_of(habits->model);
    struct match match = {-1, false};
    unsigned at = hash_of(key, strlen(key)) & habits->mask;

    for (; habits->by_hash[at] != 0; at = (at + 1) & habits->mask) {
        int field = habits->by_hash[at] - 1;

        match.by_name = strcmp(ck_text_of(fields[field].alias), key) != 0;
        if (!match.by_name ||
            strcmp(ck_text_of(fields[field].name), key) == 0) {
            match.field = field;
            return match;
        }
    }
    return match;
}

/* For a member that is not the expected one. */
static struct match
find_field(struct ck_checker *checker, struct ck_habits *habits,
           const char *key)
{
    struct match match = {-1, false};
    size_t len;

    if (habits->by_hash == NULL && ++habits->misses == MISSES_BEFORE_HASH)
        build_by_hash(checker, habits);
    if (habits->by_hash != NULL)
        return find_by_hash(habits, key);
    len = strlen(key);
    match.field = ck_schema_field(habits->model, key, len, -1);
    if (match.field < 0) {
        match.field = ck_schema_field_named(habits->model, key, len);
        match.by_name = true;
    }
    return match;
}

/* Whether the slot was filled under the wire name, which beats the other. */
static bool
has_wire_name(const struct ck_field *field, const cJSON *member)
{
    return strcmp(ck_text_of(field->alias), member->string) == 0;
}

/* Objects of one model mostly have their members in the same order, so the
 * field that came next last time is tried first. The last member of a name
 * wins. */
static void
fill_slots(struct ck_checker *checker, struct ck_record *record)
{
    const struct ck_field *fields = fields_of(record->model);
    struct ck_habits *habits = habits_of(checker, record->model);
    int before = 0;

    if (habits == NULL)
        return;
    for (const cJSON *at = ck_json_first(record->object); at != NULL;
         at = ck_json_next(at)) {
        struct match match = {habits->next[before] - 1, false};

        if ((at->type & CK_JSON_KEY_COUNTED) != 0)
            continue; /* no name has a U+0000 */
        if (match.field >= record->field_count ||
            strcmp(ck_text_of(fields[match.field].alias), at->string) != 0) {
            match = find_field(checker, habits, at->string);
            if (match.field < 0)
                continue;
            habits->next[before] = (uint16_t)(match.field + 1);
        }
        before = match.field + 1;
        if (record->slots[match.field] == NULL)
            checker->fields_set++;
        else if (match.by_name && has_wire_name(&fields[match.field],
                                                record->slots[match.field]))
            continue;
        record->slots[match.field] = at;
    }
}

static enum ck_verdict
check_field(struct ck_checker *checker, struct ck_path *path,
            struct ck_record *record, int index)
{
    const struct ck_field *field = &fields_of(record->model)[index];
    struct ck_path below = {path, ck_text_of(field->alias), 0, CK_NO_ROW,
                            NULL};
    /* The tree is ours to mend; slots are const for those who read later. */
    cJSON *node = (cJSON *)(uintptr_t)record->slots[index];
    enum ck_verdict verdict;

    if (node == NULL) {
        if ((field->flags & CK_FIELD_REQUIRED) == 0)
            return CK_FITS;
        return ck_checker_refuse(checker, &below, record->object,
                                 CK_ISSUE_MISSING, 0);
    }
    below.key = node->string;
    verdict = ck_checker_field(checker, &below, field->type, node);
    if (verdict == CK_IS_UNSET)
        record->slots[index] = NULL;
    return verdict;
}

enum ck_verdict
ck_checker_model(struct ck_checker *checker, struct ck_path *path,
                 uint16_t model, cJSON *node)
{
    const struct ck_field *fields = fields_of(model);
    uint16_t count = ck_models[model].field_count;
    size_t slots_size = count * sizeof(cJSON *);
    enum ck_verdict verdict = CK_FITS;
    struct ck_record *record;

    if ((node->type & 0xFF) != cJSON_Object)
        return ck_checker_refuse(checker, path, node, CK_ISSUE_MODEL_TYPE,
                                 model);
    record = ck_checker_alloc(checker, sizeof *record + slots_size);
    if (record == NULL)
        return CK_REFUSED;
    record->model = model;
    record->field_count = count;
    record->object = node;
    memset(record->slots, 0, slots_size);
    fill_slots(checker, record);
    for (int i = 0; i < count; i++) {
        const cJSON *slot = record->slots[i];

        if (slot != NULL &&
            ck_checker_fits_already(&ck_types[fields[i].type], slot))
            continue;
        if (check_field(checker, path, record, i) == CK_REFUSED)
            verdict = CK_REFUSED;
    }
    if (checker->mends)
        node->valuestring = (char *)(void *)record;
    return verdict;
}
