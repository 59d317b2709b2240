/* target.h: what every fuzz target needs: check(), and a main for where there
 * is no libFuzzer (CK_FUZZ_MAIN), which runs each file named, and each file
 * of each folder named, through the target once. */
#ifndef CK_FUZZ_TARGET_H
#define CK_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void
check(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "broken: %s\n", what);
        abort();
    }
}

#ifdef CK_FUZZ_MAIN

#include <dirent.h>

/* -1 when the file cannot be read. */
static int
replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;
    size_t size = 0;
    int result = -1;

    if (file == NULL)
        goto done;
    do {
        uint8_t *more = realloc(data, size + 65536);
        if (more == NULL)
            goto done;
        data = more;
        size += fread(data + size, 1, 65536, file);
    } while (!feof(file) && !ferror(file));
    if (ferror(file))
        goto done;
    /* Exactly as long as the input, so that ASan sees a step too far. */
    data = realloc(data, size == 0 ? 1 : size);
    (void)LLVMFuzzerTestOneInput(data, size);
    result = 0;
done:
    free(data);
    if (file != NULL)
        (void)fclose(file);
    return result;
}

/* The number of inputs, or -1. */
static long
replay(const char *path)
{
    DIR *folder = opendir(path);
    long count = 0;

    if (folder == NULL)
        return replay_file(path) == 0 ? 1 : -1;
    for (struct dirent *entry = readdir(folder); entry != NULL;
         entry = readdir(folder)) {
        char name[4096];
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (replay_file(name) < 0) {
            count = -1;
            break;
        }
        count++;
    }
    (void)closedir(folder);
    return count;
}

int
main(int argc, char **argv)
{
    long total = 0;

    for (int i = 1; i < argc; i++) {
        long count = replay(argv[i]);
        if (count < 0) {
            fprintf(stderr, "%s: cannot be read\n", argv[i]);
            return 1;
        }
        total += count;
    }
    printf("%ld inputs\n", total);
    return total == 0; /* an empty corpus tests nothing */
}

#endif
#endif
