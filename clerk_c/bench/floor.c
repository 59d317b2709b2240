/* floor.c: the same work in plain C, on libcurl and cJSON: what no binding can
 * be much faster than. Compiled by clerk_c.bench.floor.
 *
 *     floor HTTP_URL TLS_URL H2_URL CA_FILE FOLDER
 *     floor URL CA_FILE                            one user, and the end
 *
 * Reads the commands of clerk_c.bench.worker and answers each with a line of
 * JSON. Each handle owns the bytes of its answer; everything ends with the
 * process.
 */
#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 8, IN_FLIGHT = 100 };

struct handle {
    CURL *curl;
    char *data;
    size_t len;
    size_t cap;
    long left; /* calls, of a thread */
};

static const char *ca_file;

static void
must(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "floor: %s\n", what);
        exit(1);
    }
}

static size_t
on_body(char *data, size_t size, size_t count, void *arg)
{
    struct handle *handle = arg;

    (void)size;
    if (handle->len + count + 1 > handle->cap) {
        handle->cap = (handle->len + count + 1) * 2;
        handle->data = realloc(handle->data, handle->cap);
        must(handle->data != NULL, "no memory");
    }
    memcpy(handle->data + handle->len, data, count);
    handle->len += count;
    return count;
}

static struct handle *
handle_new(const char *url, long version)
{
    struct handle *handle = calloc(1, sizeof *handle);
    struct curl_slist *headers = NULL;

    must(handle != NULL, "no memory");
    handle->curl = curl_easy_init();
    headers = curl_slist_append(headers, "Authorization: Bearer sk_test_x");
    headers = curl_slist_append(headers, "Accept: application/json");
    headers = curl_slist_append(headers, "Content-Type: application/json");
    must(handle->curl != NULL && headers != NULL, "no handle");
    curl_easy_setopt(handle->curl, CURLOPT_URL, url);
    curl_easy_setopt(handle->curl, CURLOPT_HTTP_VERSION, version);
    curl_easy_setopt(handle->curl, CURLOPT_PIPEWAIT, 1L);
    if (ca_file[0] != '\0')
        curl_easy_setopt(handle->curl, CURLOPT_CAINFO, ca_file);
    curl_easy_setopt(handle->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle->curl, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(handle->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(handle->curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(handle->curl, CURLOPT_WRITEDATA, handle);
    curl_easy_setopt(handle->curl, CURLOPT_PRIVATE, handle);
    return handle;
}

/* Parses the answer and looks into it. */
static void
finish(struct handle *handle)
{
    cJSON *tree = cJSON_ParseWithLength(handle->data, handle->len);
    cJSON *first = cJSON_IsArray(tree) ? tree->child : tree;

    must(cJSON_IsString(cJSON_GetObjectItemCaseSensitive(first, "id")),
         "the answer is no user");
    cJSON_Delete(tree);
    handle->len = 0;
}

static void
perform(struct handle *handle)
{
    must(curl_easy_perform(handle->curl) == CURLE_OK, "a call failed");
    finish(handle);
}

/* --- cases -------------------------------------------------------------- */

static char *
new_user(void)
{
    cJSON *user = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(user, "email_address");
    char name[16];
    char *text;
    int i;

    cJSON_AddItemToArray(list, cJSON_CreateString("ada@example.com"));
    for (i = 0; i < 12; i++) {
        (void)snprintf(name, sizeof name, "text_%d", i);
        cJSON_AddStringToObject(user, name, "a value of some length");
    }
    for (i = 0; i < 5; i++) {
        (void)snprintf(name, sizeof name, "flag_%d", i);
        cJSON_AddBoolToObject(user, name, i % 2);
    }
    cJSON_AddNumberToObject(user, "limit", 81560);
    cJSON_AddStringToObject(cJSON_AddObjectToObject(user, "public_metadata"),
                            "role", "user");
    text = cJSON_PrintUnformatted(user);
    cJSON_Delete(user);
    return text;
}

static void
run_post(struct handle *handle, long count)
{
    while (count-- > 0) {
        char *body = new_user();

        curl_easy_setopt(handle->curl, CURLOPT_POSTFIELDS, body);
        perform(handle);
        free(body);
    }
}

static void *
run_thread(void *arg)
{
    struct handle *handle = arg;

    while (handle->left-- > 0)
        perform(handle);
    return NULL;
}

static void
run_threads(struct handle **handles, long count)
{
    pthread_t threads[THREADS];
    int i;

    for (i = 0; i < THREADS; i++) {
        handles[i]->left = count / THREADS;
        must(pthread_create(&threads[i], NULL, run_thread, handles[i]) == 0,
             "no thread");
    }
    for (i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
}

/* --- many in flight ----------------------------------------------------- */

struct crowd {
    CURLM *multi;
    int epoll;
    long timeout_ms;
    struct handle *handles[IN_FLIGHT];
};

static int
on_socket(CURL *curl, curl_socket_t socket, int what, void *arg, void *known)
{
    struct crowd *crowd = arg;
    struct epoll_event event = {.data.fd = socket};

    (void)curl;
    if (what == CURL_POLL_REMOVE)
        return epoll_ctl(crowd->epoll, EPOLL_CTL_DEL, socket, NULL) * 0;
    event.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) |
                   (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
    (void)epoll_ctl(crowd->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD,
                    socket, &event);
    curl_multi_assign(crowd->multi, socket, crowd);
    return 0;
}

static int
on_timer(CURLM *multi, long timeout_ms, void *arg)
{
    (void)multi;
    ((struct crowd *)arg)->timeout_ms = timeout_ms;
    return 0;
}

static struct crowd *
crowd_new(const char *url, long version)
{
    struct crowd *crowd = calloc(1, sizeof *crowd);
    int i;

    must(crowd != NULL, "no memory");
    crowd->multi = curl_multi_init();
    crowd->epoll = epoll_create1(EPOLL_CLOEXEC);
    must(crowd->multi != NULL && crowd->epoll >= 0, "no multi handle");
    curl_multi_setopt(crowd->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(crowd->multi, CURLMOPT_SOCKETDATA, crowd);
    curl_multi_setopt(crowd->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(crowd->multi, CURLMOPT_TIMERDATA, crowd);
    curl_multi_setopt(crowd->multi, CURLMOPT_MAXCONNECTS, (long)IN_FLIGHT);
    for (i = 0; i < IN_FLIGHT; i++)
        crowd->handles[i] = handle_new(url, version);
    return crowd;
}

/* Takes what is done; starts others while there are some left to start. */
static long
harvest(struct crowd *crowd, long *to_start)
{
    CURLMsg *message;
    long done = 0;
    int left;

    while ((message = curl_multi_info_read(crowd->multi, &left)) != NULL) {
        struct handle *handle = NULL;
        CURL *curl = message->easy_handle;

        must(message->data.result == CURLE_OK, "a call failed");
        curl_easy_getinfo(curl, CURLINFO_PRIVATE, (char **)&handle);
        finish(handle);
        curl_multi_remove_handle(crowd->multi, curl);
        if (*to_start > 0) {
            curl_multi_add_handle(crowd->multi, curl);
            --*to_start;
        }
        done++;
    }
    return done;
}

static void
run_crowd(struct crowd *crowd, long count)
{
    struct epoll_event events[IN_FLIGHT];
    long to_start = count;
    int running = 0;
    int i;

    for (i = 0; i < IN_FLIGHT && to_start > 0; i++, to_start--)
        curl_multi_add_handle(crowd->multi, crowd->handles[i]->curl);
    while (count > 0) {
        int wait = crowd->timeout_ms < 0 ? 1000 : (int)crowd->timeout_ms;
        int ready = epoll_wait(crowd->epoll, events, IN_FLIGHT, wait);

        if (ready <= 0)
            curl_multi_socket_action(crowd->multi, CURL_SOCKET_TIMEOUT, 0,
                                     &running);
        for (i = 0; i < ready; i++) {
            unsigned what = events[i].events;
            int bits = (what & EPOLLIN ? CURL_CSELECT_IN : 0) |
                       (what & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                       (what & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);

            curl_multi_socket_action(crowd->multi, events[i].data.fd, bits,
                                     &running);
        }
        count -= harvest(crowd, &to_start);
    }
}

/* --- measuring ----------------------------------------------------------- */

static double
clock_us(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double
resident_mb(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long pages = 0;

    must(file != NULL && fscanf(file, "%*s %ld", &pages) == 1, "no statm");
    (void)fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

struct work {
    const char *folder;
    struct handle *get, *tls, *list, *post, *threads[THREADS];
    struct crowd *crowd, *crowd2;
    struct handle file; /* what was read last */
    char file_name[64];
};

static void
read_file(struct work *work, const char *name)
{
    char path[512], block[65536];
    FILE *file;
    size_t got;

    if (strcmp(work->file_name, name) == 0)
        return;
    (void)snprintf(path, sizeof path, "%s/%s", work->folder, name);
    (void)snprintf(work->file_name, sizeof work->file_name, "%s", name);
    file = fopen(path, "rb");
    must(file != NULL, "no such file of users");
    work->file.len = 0;
    while ((got = fread(block, 1, sizeof block, file)) > 0)
        (void)on_body(block, 1, got, &work->file);
    (void)fclose(file);
}

/* parse: users.json; parse_one: user.json; parse_N: users-N.json */
static void
run_parse(struct work *work, const char *name, long count)
{
    char file[64] = "users.json";
    size_t len;

    if (strcmp(name, "parse_one") == 0)
        (void)snprintf(file, sizeof file, "user.json");
    else if (strcmp(name, "parse") != 0)
        (void)snprintf(file, sizeof file, "users-%s.json", name + 6);
    read_file(work, file);
    len = work->file.len;
    while (count-- > 0) {
        finish(&work->file);
        work->file.len = len;
    }
}

static void
run_case(struct work *work, const char *name, long count)
{
    struct handle *handle = strcmp(name, "get") == 0    ? work->get
                            : strcmp(name, "tls") == 0  ? work->tls
                            : strcmp(name, "list") == 0 ? work->list
                                                        : NULL;

    if (strcmp(name, "post") == 0)
        run_post(work->post, count);
    else if (strcmp(name, "threads") == 0)
        run_threads(work->threads, count);
    else if (strcmp(name, "async") == 0)
        run_crowd(work->crowd, count);
    else if (strcmp(name, "async_h2") == 0)
        run_crowd(work->crowd2, count);
    else if (strncmp(name, "parse", 5) == 0)
        run_parse(work, name, count);
    else
        must(handle != NULL, "no such case");
    while (handle != NULL && count-- > 0)
        perform(handle);
}

static void
report_run(struct work *work, const char *name, long count)
{
    double wall, cpu;

    if (strncmp(name, "parse", 5) == 0)
        run_case(work, name, 0); /* reads the file */
    wall = clock_us(CLOCK_MONOTONIC);
    cpu = clock_us(CLOCK_PROCESS_CPUTIME_ID);
    run_case(work, name, count);
    wall = clock_us(CLOCK_MONOTONIC) - wall;
    cpu = clock_us(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    printf("{\"wall\": %.3f, \"cpu\": %.3f}\n", wall / (double)count,
           cpu / (double)count);
}

static int
compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

static void
report_each(struct work *work, const char *name, long count)
{
    double *spent = calloc((size_t)count, sizeof *spent);
    long i;

    must(spent != NULL, "no memory");
    for (i = 0; i < count; i++) {
        double began = clock_us(CLOCK_MONOTONIC);

        run_case(work, name, 1);
        spent[i] = clock_us(CLOCK_MONOTONIC) - began;
    }
    qsort(spent, (size_t)count, sizeof *spent, compare_doubles);
    printf("{\"p50\": %.3f, \"p99\": %.3f}\n", spent[count / 2],
           spent[count * 99 / 100]);
    free(spent);
}

/* Trees of lists, kept. */
static void
report_hold(struct work *work, long count)
{
    double before;
    long i;

    perform(work->list);
    before = resident_mb();
    for (i = 0; i < count; i++) {
        must(curl_easy_perform(work->list->curl) == CURLE_OK, "call failed");
        must(cJSON_ParseWithLength(work->list->data, work->list->len) != NULL,
             "the answer is no list");
        work->list->len = 0;
    }
    printf("{\"memory\": %.6f}\n", (resident_mb() - before) / (double)count);
}

static void
report_grow(struct work *work, const char *name, long count)
{
    double before;

    run_case(work, name, count / 10 + 1);
    before = resident_mb();
    run_case(work, name, count);
    printf("{\"memory\": %.6f}\n", resident_mb() - before);
}

/* --- main ---------------------------------------------------------------- */

static void
prepare(struct work *work, char **argv)
{
    char url[512];
    int i;

    ca_file = argv[4];
    work->folder = argv[5];
    (void)snprintf(url, sizeof url, "%s/users", argv[1]);
    work->list = handle_new(url, CURL_HTTP_VERSION_1_1);
    work->post = handle_new(url, CURL_HTTP_VERSION_1_1);
    (void)snprintf(url, sizeof url, "%s/users/user_1", argv[1]);
    work->get = handle_new(url, CURL_HTTP_VERSION_1_1);
    for (i = 0; i < THREADS; i++)
        work->threads[i] = handle_new(url, CURL_HTTP_VERSION_1_1);
    work->crowd = crowd_new(url, CURL_HTTP_VERSION_1_1);
    (void)snprintf(url, sizeof url, "%s/users/user_1", argv[2]);
    work->tls = handle_new(url, CURL_HTTP_VERSION_1_1);
    (void)snprintf(url, sizeof url, "%s/users/user_1", argv[3]);
    work->crowd2 = crowd_new(url, CURL_HTTP_VERSION_2TLS);
}

int
main(int argc, char **argv)
{
    struct work work = {0};
    char command[8], name[32], url[512];
    long count;

    must(argc == 6 || argc == 3, "two or five arguments, please");
    must(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "no libcurl");
    if (argc == 3) {
        ca_file = argv[2];
        (void)snprintf(url, sizeof url, "%s/users/user_1", argv[1]);
        perform(handle_new(url, CURL_HTTP_VERSION_1_1));
        return 0;
    }
    prepare(&work, argv);
    printf("\"ready\"\n");
    fflush(stdout);
    while (scanf("%7s %31s %ld", command, name, &count) == 3) {
        if (strcmp(command, "each") == 0)
            report_each(&work, name, count);
        else if (strcmp(command, "hold") == 0)
            report_hold(&work, count);
        else if (strcmp(command, "grow") == 0)
            report_grow(&work, name, count);
        else
            report_run(&work, name, count);
        fflush(stdout);
    }
    return 0;
}
