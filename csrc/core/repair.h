/* repair.h: the two steps around cJSON that make its tree exact: numbers that
 * it would spoil, or read at length, are taken out of the text before, and
 * put into the tree after. Between json.c and repair.c. */
#ifndef CK_REPAIR_H
#define CK_REPAIR_H

#include "alloc.h"
#include "guard.h"
#include "json.h"
#include "status.h"

/* Reads the noted numbers and writes null, or a 0, over each. What stood there
 * goes to the arena. Only memory can fail; restore is due even then. */
enum ck_status ck_repair_blank(struct ck_guard_report *report, char *text,
                               struct ck_arena *arena) CK_MUST_USE;

/* Writes the numbers back into the text. */
void ck_repair_restore(const struct ck_guard_report *report, char *text);

/* Applies the notes to the tree that cJSON made of that text. */
enum ck_status ck_repair_mend(const struct ck_guard_report *report,
                              cJSON *root, struct ck_arena *arena) CK_MUST_USE;

#endif
