/* test_trust.c: CA certificates that all pools of a process share: when they
 * are the same, when they are read again, who may use them for how long. */
#include "alloc.h"
#include "tls_server.h"
#include "transport_impl.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "support.h"

/* Loaded, for a user who must drop it. */
static struct ck_trust *
get(const char *file, const char *path)
{
    struct ck_trust *trust = NULL;
    struct ck_error error;

    assert_int_equal(ck_trust_get(&trust, file, path, &error), CK_OK);
    assert_int_equal(ck_anchors_load(ck_trust_peek(trust), &error), CK_OK);
    return trust;
}

static void
copy_file(const char *from, const char *to)
{
    char text[8192];
    FILE *source = fopen(from, "r");
    FILE *target = fopen(to, "w");
    size_t len;

    assert_non_null(source);
    assert_non_null(target);
    len = fread(text, 1, sizeof text, source);
    assert_true(len > 0 && len < sizeof text);
    assert_int_equal(fwrite(text, 1, len, target), len);
    assert_int_equal(fclose(source), 0);
    assert_int_equal(fclose(target), 0);
}

static void
test_same_file_same_store(void **state)
{
    struct tls_server server;
    struct tls_server other;
    struct ck_trust *first;
    struct ck_trust *second;

    (void)state;
    tls_server_start(&server);
    tls_server_start(&other);
    first = get(server.file, NULL);
    second = get(server.file, NULL);
    assert_ptr_equal(first, second);
    ck_trust_drop(second);
    ck_trust_drop(first);
    second = get(server.file, NULL); /* nobody used it meanwhile */
    assert_ptr_equal(first, second);
    first = get(other.file, NULL);
    assert_ptr_not_equal(first, second);
    ck_trust_drop(first);
    first = get(server.file, "/");
    assert_ptr_not_equal(first, second);
    ck_trust_drop(first);
    ck_trust_drop(second);
    tls_server_stop(&other);
    tls_server_stop(&server);
}

/* Another file in its place, or other contents in the same one: who has the
 * earlier certificates keeps them, who comes now gets the new ones. */
static void
test_changed_file(void **state)
{
    struct tls_server server;
    struct tls_server other;
    struct ck_trust *before;
    struct ck_trust *after;
    char moved[200];
    FILE *file;

    (void)state;
    tls_server_start(&server);
    tls_server_start(&other);
    (void)snprintf(moved, sizeof moved, "%s.new", server.file);
    before = get(server.file, NULL);
    copy_file(other.file, moved);
    assert_int_equal(rename(moved, server.file), 0);
    after = get(server.file, NULL);
    assert_ptr_not_equal(before, after);
    assert_true(ck_anchors_are_loaded(ck_trust_peek(before)));
    ck_trust_drop(before);

    before = after;
    file = fopen(server.file, "a");
    assert_non_null(file);
    assert_true(fputs("\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    after = get(server.file, NULL);
    assert_ptr_not_equal(before, after);
    ck_trust_drop(after);
    ck_trust_drop(before);
    tls_server_stop(&other);
    tls_server_stop(&server);
}

static void
test_directory(void **state)
{
    const struct timespec long_ago[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    char folder[] = "/tmp/ck_trust_XXXXXX";
    char file[64];
    struct ck_trust *before;
    struct ck_trust *after;
    FILE *made;

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(file, sizeof file, "%s/one", folder);
    assert_int_equal(utimensat(AT_FDCWD, folder, long_ago, 0), 0);
    before = get(NULL, folder);
    after = get(NULL, folder);
    assert_ptr_equal(before, after);
    ck_trust_drop(after);
    made = fopen(file, "w");
    assert_non_null(made);
    assert_int_equal(fclose(made), 0);
    after = get(NULL, folder);
    assert_ptr_not_equal(before, after);
    ck_trust_drop(after);
    ck_trust_drop(before);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(rmdir(folder), 0);
}

/* Nobody can tell whether these have changed: each user has its own. */
static void
test_what_is_not_shared(void **state)
{
    struct ck_trust *first = get(NULL, "/tmp:/");
    struct ck_trust *second = get(NULL, "/tmp:/");

    (void)state;
    assert_ptr_not_equal(first, second);
    ck_trust_drop(first);
    ck_trust_drop(second);
}

static void
test_failures_are_not_remembered(void **state)
{
    struct tls_server server;
    struct ck_trust *first = NULL;
    struct ck_trust *second = NULL;
    struct ck_error error;
    FILE *file;

    (void)state;
    tls_server_start(&server);
    file = fopen(server.file, "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(ck_trust_get(&first, server.file, NULL, &error), CK_OK);
    assert_int_equal(ck_trust_get(&second, server.file, NULL, &error), CK_OK);
    assert_ptr_equal(first, second);
    assert_int_equal(ck_anchors_load(ck_trust_peek(first), &error),
                     CK_CONNECT);
    ck_trust_drop(first);
    ck_trust_drop(second); /* freed only here: the sanitizer knows */
    tls_server_stop(&server);
}

/* More than are kept, and one of them in use all the time. */
static void
test_many_places(void **state)
{
    struct ck_trust *used = get(NULL, "/tmp");
    char folder[] = "/tmp/ck_trust_XXXXXX";
    char path[64];
    int i;

    (void)state;
    assert_non_null(mkdtemp(folder));
    for (i = 0; i < 20; i++) {
        (void)snprintf(path, sizeof path, "%s/%d", folder, i);
        assert_int_equal(mkdir(path, 0700), 0);
        ck_trust_drop(get(NULL, path));
        assert_int_equal(rmdir(path), 0);
    }
    assert_int_equal(rmdir(folder), 0);
    assert_true(ck_anchors_are_loaded(ck_trust_peek(used)));
    ck_trust_drop(used);
}

static void *
use_often(void *arg)
{
    const char *file = arg;
    int i;

    for (i = 0; i < 200; i++)
        ck_trust_drop(get(i % 3 == 0 ? NULL : file, i % 3 == 0 ? "/" : NULL));
    return NULL;
}

static void
test_threads(void **state)
{
    struct tls_server server;
    pthread_t threads[4];
    int i;

    (void)state;
    tls_server_start(&server);
    for (i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use_often,
                                        (void *)(uintptr_t)server.file),
                         0);
    for (i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    tls_server_stop(&server);
}

/* A child reads them itself; its parent's stay as they are. */
static void
test_fork(void **state)
{
    struct tls_server server;
    struct ck_trust *trust;
    pid_t pid;
    int ended = -1;

    (void)state;
    tls_server_start(&server);
    trust = get(server.file, NULL);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct ck_trust *own = get(server.file, NULL);

        _exit(own == trust || get(server.file, NULL) != own);
    }
    assert_int_equal(waitpid(pid, &ended, 0), pid);
    assert_int_equal(ended, 0);
    assert_ptr_equal(get(server.file, NULL), trust);
    ck_trust_drop(trust);
    ck_trust_drop(trust);
    tls_server_stop(&server);
}

static enum ck_status
try_to_load(void *arg)
{
    const struct tls_server *server = arg;
    struct ck_trust *trust = NULL;
    enum ck_status status = ck_trust_get(&trust, server->file, "/", NULL);

    if (status != CK_OK)
        return status;
    status = ck_anchors_load(ck_trust_peek(trust), NULL);
    ck_trust_drop(trust);
    return status;
}

static void
test_no_memory(void **state)
{
    struct tls_server server;

    (void)state;
    tls_server_start(&server);
    assert_true(support_torture(try_to_load, &server) >= 5);
    tls_server_stop(&server);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_file_same_store),
        cmocka_unit_test(test_changed_file),
        cmocka_unit_test(test_directory),
        cmocka_unit_test(test_what_is_not_shared),
        cmocka_unit_test(test_failures_are_not_remembered),
        cmocka_unit_test(test_many_places),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_fork),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests_name("trust", tests, NULL, NULL);
}
