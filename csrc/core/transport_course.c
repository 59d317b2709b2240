/* transport_course.c: one try of a request on its way through redirects and
 * dead connections: after each transfer it says what to send next. The
 * blocking calls and the I/O thread both go by it. A course owns the URLs it
 * was redirected to; the request is the caller's. */
#include "transport_impl.h"

#include <string.h>

/* Where "user:password@" begins and ends in a URL; 0 when there is none. */
static size_t
credentials_in(const char *url, size_t *start)
{
    const char *text = strstr(url, "://");
    size_t len;

    if (text == NULL)
        return 0;
    text += 3;
    *start = (size_t)(text - url);
    for (len = strcspn(text, "/?#"); len > 0; len--)
        if (text[len - 1] == '@')
            return len;
    return 0;
}

enum ck_status
ck_course_init(struct ck_course *course, const struct ck_request *request,
               int max_redirects, struct ck_error *error)
{
    size_t start = 0;

    memset(course, 0, sizeof *course);
    ck_buf_init(&course->urls[0], CK_BUF_NO_MAX);
    ck_buf_init(&course->urls[1], CK_BUF_NO_MAX);
    if (request->url.data == NULL || request->method == NULL)
        return ck_fail(error, CK_BAD_ARGUMENT, "a request needs a URL");
    course->max_redirects = max_redirects;
    course->hop.request = request;
    course->hop.method = request->method;
    course->hop.url = request->url.data;
    /* As with httpx, credentials in the URL beat the header. */
    if (credentials_in(course->hop.url, &start) > 0)
        course->hop.dropped = CK_DROP_AUTHORIZATION;
    return CK_OK;
}

void
ck_course_free(struct ck_course *course)
{
    ck_buf_free(&course->urls[0]);
    ck_buf_free(&course->urls[1]);
}

static enum ck_status
put_url(struct ck_response *response, const char *url, struct ck_error *error)
{
    size_t start = 0;
    const size_t len = credentials_in(url, &start);
    enum ck_status status = ck_buf_append(&response->url, url, start);

    if (status == CK_OK)
        status = ck_buf_append_str(&response->url, url + start + len);
    if (status != CK_OK)
        return ck_fail(error, status, "no room for the answer's URL");
    return CK_OK;
}

int
ck_course_goes_on(struct ck_course *course, const struct ck_easy *easy,
                  struct ck_response *response, enum ck_status *status,
                  struct ck_error *error)
{
    const int was_fresh = course->fresh;

    response->redirects = course->redirects;
    course->fresh = *status != CK_OK && easy->stale && !was_fresh &&
                    !course->hop.request->once;
    if (course->fresh)
        return 1;
    if (*status != CK_OK)
        return 0;
    if (course->max_redirects <= 0 || !ck_redirect_is_due(response)) {
        *status = put_url(response, course->hop.url, error);
        return 0;
    }
    if (course->redirects == course->max_redirects)
        *status = ck_fail(error, CK_TOO_MANY_REDIRECTS,
                          "the server redirects more than %d times",
                          course->max_redirects);
    else
        *status =
            ck_redirect_follow(&course->hop, response,
                               &course->urls[course->redirects % 2], error);
    if (*status != CK_OK)
        return 0;
    course->redirects++;
    return 1;
}
