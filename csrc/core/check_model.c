/* check_model.c: objects against model rows. Makes the records; they and the
 * field maps belong to the document's arena. */
#include "checker.h"

#include <string.h>

enum {
    MISSES_BEFORE_MAP = 16,
    MAP_FIELDS_MAX = 254 /* an index plus one has to fit a byte */
};

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

/* Length, first and last two characters tell most names of a model apart. */
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
put_in_map(struct ck_field_map *map, ck_text name, int field)
{
    const char *text = ck_text_of(name);
    unsigned at = hash_of(text, strlen(text)) & map->mask;

    while (map->fields[at] != 0)
        at = (at + 1) & map->mask;
    map->fields[at] = (uint8_t)(field + 1);
}

/* Wire names go in first, so that they are found before a Python name that
 * is spelled the same. The map is at most half full. */
static void
build_map(struct ck_checker *checker, struct ck_field_map *map)
{
    const struct ck_field *fields = fields_of(map->model);
    int count = ck_models[map->model].field_count;
    unsigned size = 8;

    if (count > MAP_FIELDS_MAX)
        return;
    while (size < 4 * (unsigned)count)
        size *= 2;
    map->fields = ck_checker_alloc(checker, size);
    if (map->fields == NULL)
        return;
    memset(map->fields, 0, size);
    map->mask = (uint16_t)(size - 1);
    for (int i = 0; i < count; i++)
        put_in_map(map, fields[i].alias, i);
    for (int i = 0; i < count; i++) {
        if (fields[i].name != fields[i].alias)
            put_in_map(map, fields[i].name, i);
    }
}

static struct match
find_in_map(const struct ck_field_map *map, const char *key)
{
    const struct ck_field *fields = fields_of(map->model);
    struct match match = {-1, false};
    unsigned at = hash_of(key, strlen(key)) & map->mask;

    for (; map->fields[at] != 0; at = (at + 1) & map->mask) {
        int field = map->fields[at] - 1;

        match.by_name = strcmp(ck_text_of(fields[field].alias), key) != 0;
        if (!match.by_name ||
            strcmp(ck_text_of(fields[field].name), key) == 0) {
            match.field = field;
            return match;
        }
    }
    return match;
}

static struct match
find_in_rows(uint16_t model, const char *key)
{
    size_t len = strlen(key);
    struct match match = {ck_schema_field(model, key, len, -1), false};

    if (match.field < 0) {
        match.field = ck_schema_field_named(model, key, len);
        match.by_name = true;
    }
    return match;
}

/* For a member that is not the one that the row order makes us expect. */
static struct match
find_field(struct ck_checker *checker, uint16_t model, const char *key)
{
    struct ck_field_map *map = &checker->maps[model % CK_FIELD_MAPS];

    if (map->model != model || map->misses == 0) {
        memset(map, 0, sizeof *map);
        map->model = model;
    }
    if (map->fields != NULL)
        return find_in_map(map, key);
    if (++map->misses == MISSES_BEFORE_MAP)
        build_map(checker, map);
    return find_in_rows(model, key);
}

/* Whether the slot was filled under the wire name, which beats the other. */
static bool
has_wire_name(const struct ck_field *field, const cJSON *member)
{
    return strcmp(ck_text_of(field->alias), member->string) == 0;
}

/* The last member of a name wins. */
static void
fill_slots(struct ck_checker *checker, struct ck_record *record)
{
    const struct ck_field *fields = fields_of(record->model);
    struct match match = {0, false};
    int guess = 0;

    for (const cJSON *at = ck_json_first(record->object); at != NULL;
         at = ck_json_next(at)) {
        if ((at->type & CK_JSON_KEY_COUNTED) != 0)
            continue; /* no name has a U+0000 */
        match.field = guess;
        match.by_name = false;
        if (guess >= record->field_count ||
            strcmp(ck_text_of(fields[guess].alias), at->string) != 0)
            match = find_field(checker, record->model, at->string);
        if (match.field < 0)
            continue;
        guess = match.field + 1;
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
