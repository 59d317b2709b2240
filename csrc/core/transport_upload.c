/* transport_upload.c: hands libcurl a body piece by piece, where a part of it
 * is in a file or somebody wants to follow its progress. The easy handle
 * borrows the request; what is read has no position but the handle's own, so
 * the same body can be sent again at any time. */
#include "transport_impl.h"

#include <curl/curl.h>

static size_t
on_read(char *out, size_t size, size_t count, void *arg)
{
    struct ck_easy *easy = arg;
    const struct ck_request *request = easy->streamed;
    size_t got = 0;

    (void)size; /* always 1 */
    if (request == NULL)
        return 0;
    if (ck_request_read(request, easy->read_at, out, count, &got,
                        &easy->failure) != CK_OK)
        return CURL_READFUNC_ABORT;
    easy->read_at += (int64_t)got;
    if (request->upload.sent != NULL)
        atomic_store_explicit(request->upload.sent, (size_t)easy->read_at,
                              memory_order_relaxed);
    return got;
}

/* libcurl starts over: a kept connection was dead, a proxy wants a word. */
static int
on_seek(void *arg, curl_off_t offset, int origin)
{
    struct ck_easy *easy = arg;

    if (origin != SEEK_SET || offset < 0)
        return CURL_SEEKFUNC_FAIL;
    easy->read_at = (int64_t)offset;
    return CURL_SEEKFUNC_OK;
}

int
ck_upload_set_up(struct ck_easy *easy)
{
    CURL *curl = easy->curl;

    return curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_READDATA, easy) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, on_seek) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SEEKDATA, easy) == CURLE_OK;
}

const char *
ck_upload_begin(struct ck_easy *easy, const struct ck_request *request)
{
    const struct ck_upload *upload = &request->upload;

    easy->read_at = 0;
    easy->streamed = NULL;
    if (upload->fd < 0 && upload->sent == NULL)
        return request->body.len > 0 ? request->body.data : "";
    easy->streamed = request;
    if (upload->sent != NULL)
        atomic_store_explicit(upload->sent, 0, memory_order_relaxed);
    return NULL;
}
