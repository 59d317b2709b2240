/* test_gate.c: who may be inside libcurl and OpenSSL while a process forks,
 * and while it ends. The endings happen in children, which tell what they saw
 * through a pipe. */
#include "crypto.h"
#include "gate.h"
#include "status.h"
#include "token_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct guest {
    pthread_t thread;
    sem_t is_inside;
    atomic_int may_leave;
};

static void *
stay(void *arg)
{
    struct guest *guest = arg;

    ck_gate_enter();
    (void)sem_post(&guest->is_inside);
    while (!atomic_load(&guest->may_leave))
        (void)usleep(1000);
    ck_gate_leave();
    return NULL;
}

/* Goes in and out all the time, and so meets a gate that is shut. */
static void *
come_and_go(void *arg)
{
    struct guest *guest = arg;

    while (!atomic_load(&guest->may_leave)) {
        ck_gate_enter();
        ck_gate_leave();
        (void)usleep(100);
    }
    return NULL;
}

static void
invite(struct guest *guest, void *(*way)(void *))
{
    assert_int_equal(sem_init(&guest->is_inside, 0, 0), 0);
    atomic_init(&guest->may_leave, 0);
    assert_int_equal(pthread_create(&guest->thread, NULL, way, guest), 0);
}

static void
see_off(struct guest *guest)
{
    atomic_store(&guest->may_leave, 1);
    assert_int_equal(pthread_join(guest->thread, NULL), 0);
    assert_int_equal(sem_destroy(&guest->is_inside), 0);
}

static int
wait_for(pid_t child)
{
    int status = 0;

    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* A thread that never leaves holds a fork up for a moment only, and the child
 * is not held up by threads that it does not have. */
static void
test_fork(void **state)
{
    struct guest inside;
    struct guest passing;
    pid_t child = 0;

    (void)state;
    assert_true(ck_gate_set_up());
    invite(&inside, stay);
    while (sem_wait(&inside.is_inside) != 0)
        continue;
    invite(&passing, come_and_go);
    child = fork();
    if (child == 0) {
        ck_gate_enter();
        ck_gate_leave();
        _exit(ck_gate_is_closed() ? 1 : 7);
    }
    assert_int_equal(wait_for(child), 7);
    see_off(&passing);
    see_off(&inside);
    assert_false(ck_gate_is_closed());
}

/* What a handler sees that runs after the gate's. */
struct sight {
    int is_closed;
    int is_closer;
    int is_still; /* nobody came in meanwhile */
    enum ck_status open, sha256, hmac, key_new, verify;
    int valid;
    int made_nothing;
};

static const struct tokens *tokens;
static atomic_long entries;
static int report = -1; /* in the child alone: where to write it */

static void *
count_entries(void *arg)
{
    (void)arg;
    for (;;) {
        ck_gate_enter();
        (void)atomic_fetch_add(&entries, 1);
        ck_gate_leave();
        (void)usleep(100);
    }
    return NULL;
}

static int
is_still(void)
{
    const long before = atomic_load(&entries);

    (void)usleep(20 * 1000);
    return atomic_load(&entries) == before;
}

static struct sight
look(void)
{
    const struct ck_crypto_api *api = &ck_crypto_api;
    const struct ck_piece piece = {"a", 1};
    unsigned char digest[CK_SHA256_SIZE] = {0};
    struct ck_crypto_key *key = NULL;
    struct ck_crypto *crypto = NULL;
    struct sight seen = {.is_closed = ck_gate_is_closed(),
                         .is_closer = ck_gate_is_closed_by_caller(),
                         .is_still = is_still(),
                         .valid = 1};

    seen.open = api->open(&crypto, NULL);
    seen.key_new =
        api->key_new(tokens->crypto, CK_DER_RSA, digest, 1, &key, NULL);
    seen.sha256 = api->sha256(tokens->crypto, "a", 1, digest, NULL);
    seen.hmac =
        api->hmac_sha256(tokens->crypto, &piece, &piece, 1, digest, NULL);
    seen.verify =
        api->verify(NULL, "a", 1, digest, sizeof digest, &seen.valid, NULL);
    seen.made_nothing = crypto == NULL && key == NULL;
    return seen;
}

/* Registered before the gate's handler, and so run after it. */
static void
at_end(void)
{
    struct sight seen;

    if (report < 0)
        return;
    seen = look();
    ck_crypto_api.close(tokens->crypto); /* neither waits, nor frees */
    if (write(report, &seen, sizeof seen) != sizeof seen)
        _exit(1);
}

static void
end_while_busy(int fd)
{
    pthread_t thread;

    report = fd;
    if (pthread_create(&thread, NULL, count_entries, NULL) != 0)
        _exit(1);
    while (atomic_load(&entries) == 0)
        (void)usleep(1000);
    exit(7);
}

static void
test_exit(void **state)
{
    struct sight seen = {.is_closed = 0};
    int ends[2];
    pid_t child = 0;

    tokens = *state;
    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (child == 0)
        end_while_busy(ends[1]);
    (void)close(ends[1]);
    assert_int_equal(read(ends[0], &seen, sizeof seen), sizeof seen);
    (void)close(ends[0]);
    assert_int_equal(wait_for(child), 7);
    assert_true(seen.is_closed && seen.is_closer && seen.is_still);
    assert_int_equal(seen.open, CK_INTERNAL);
    assert_int_equal(seen.key_new, CK_INTERNAL);
    assert_int_equal(seen.sha256, CK_INTERNAL);
    assert_int_equal(seen.hmac, CK_INTERNAL);
    assert_int_equal(seen.verify, CK_INTERNAL);
    assert_false(seen.valid);
    assert_true(seen.made_nothing);
    assert_false(ck_gate_is_closed()); /* here */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fork),
        cmocka_unit_test(test_exit),
    };

    if (atexit(at_end) != 0)
        return 1;
    return cmocka_run_group_tests(tests, tokens_open_without_keys,
                                  tokens_close);
}
