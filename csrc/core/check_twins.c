/* check_twins.c: members of one object with the same name. The list of
 * members is relinked in place; the nodes stay where they are. */
#include "checker.h"

#include <stdlib.h>
#include <string.h>

struct twin {
    cJSON *node;
    const char *key;
    size_t len;
    size_t place; /* among the members as they came */
};

static int
order_names(const struct twin *a, const struct twin *b)
{
    int order = memcmp(a->key, b->key, a->len < b->len ? a->len : b->len);

    if (order != 0 || a->len == b->len)
        return order;
    return a->len < b->len ? -1 : 1;
}

static int
order_twins(const void *left, const void *right)
{
    const struct twin *a = left;
    const struct twin *b = right;
    int order = order_names(a, b);

    if (order != 0)
        return order;
    return a->place < b->place ? -1 : a->place > b->place;
}

static size_t
count_members(const cJSON *object)
{
    size_t count = 0;

    for (const cJSON *at = object->child; at != NULL; at = at->next)
        count++;
    return count;
}

/* twins are sorted: those of one name are neighbours, in the order in which
 * they came. places[i] becomes what stands at place i, or NULL. */
static bool
fill_places(const struct twin *twins, size_t count, cJSON **places)
{
    size_t first = 0;
    bool any = false;

    memset(places, 0, count * sizeof *places);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && order_names(&twins[first], &twins[i]) == 0)
            any = true;
        else
            first = i;
        places[twins[first].place] = twins[i].node;
    }
    return any;
}

static void
relink(cJSON *object, cJSON **places, size_t count)
{
    cJSON *last = NULL;

    object->child = NULL;
    for (size_t i = 0; i < count; i++) {
        if (places[i] == NULL)
            continue;
        places[i]->next = NULL;
        if (last == NULL)
            object->child = places[i];
        else
            last->next = places[i];
        last = places[i];
    }
}

bool
ck_checker_merge_twins(struct ck_checker *checker, cJSON *object)
{
    size_t count = count_members(object);
    struct twin *twins;
    cJSON **places;
    size_t place = 0;

    if (count < 2)
        return false;
    twins = ck_checker_alloc(checker, count * sizeof *twins);
    places = ck_checker_alloc(checker, count * sizeof *places);
    if (twins == NULL || places == NULL)
        return false;
    for (cJSON *at = object->child; at != NULL; at = at->next) {
        twins[place].node = at;
        twins[place].key = ck_json_key(at, &twins[place].len);
        twins[place].place = place;
        place++;
    }
    qsort(twins, count, sizeof *twins, order_twins);
    if (!fill_places(twins, count, places))
        return false;
    relink(object, places, count);
    return true;
}
