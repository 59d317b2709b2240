/* pem.c: finds the block of a PEM text and makes a key of it. Owns what it
 * decodes until the key is made. */
#include "jwk.h"

#include "alloc.h"
#include "base64url.h"

static const char dashes[] = "-----";

/* The bytes between two places of the caller's text. */
struct piece {
    const char *at;
    const char *end;
};

/* Finds word in the piece; what is before it is cut off, and it as well.
 * Returns where it stands, or NULL. */
static const char *
skip_past(struct piece *piece, const char *word)
{
    size_t len = strlen(word);
    const char *found =
        piece->at == piece->end
            ? NULL
            : memmem(piece->at, (size_t)(piece->end - piece->at), word, len);

    if (found != NULL)
        piece->at = found + len;
    return found;
}

/* Splits "-----BEGIN label-----body-----END label-----". */
static int
find_block(struct piece all, struct ck_text *label, struct piece *body)
{
    const char *end = NULL;

    if (skip_past(&all, "-----BEGIN ") == NULL)
        return -1;
    label->data = all.at;
    end = skip_past(&all, dashes);
    if (end == NULL)
        return -1;
    label->len = (size_t)(end - label->data);
    body->at = all.at;
    body->end = skip_past(&all, "-----END ");
    if (body->end == NULL || (size_t)(all.end - all.at) < label->len ||
        memcmp(all.at, label->data, label->len) != 0)
        return -1;
    all.at += label->len;
    return (size_t)(all.end - all.at) < strlen(dashes) ||
                   memcmp(all.at, dashes, strlen(dashes)) != 0
               ? -1
               : 0;
}

static enum ck_status
kind_of(const struct ck_text *label, enum ck_der *kind, struct ck_error *error)
{
    static const char private_key[] = "PRIVATE KEY";
    size_t len = strlen(private_key);

    if (ck_text_is(label, "PUBLIC KEY"))
        *kind = CK_DER_PUBLIC_KEY;
    else if (ck_text_is(label, "RSA PUBLIC KEY"))
        *kind = CK_DER_RSA;
    else if (ck_text_is(label, "CERTIFICATE"))
        *kind = CK_DER_CERTIFICATE;
    else if (label->len >= len &&
             memcmp(label->data + label->len - len, private_key, len) == 0)
        return ck_fail(error, CK_BAD_ARGUMENT,
                       "the PEM text holds a private key; verifying takes "
                       "the public one");
    else
        return ck_fail(error, CK_BAD_ARGUMENT,
                       "the PEM text holds neither a PUBLIC KEY nor an RSA "
                       "PUBLIC KEY nor a CERTIFICATE");
    return CK_OK;
}

/* Copies the base64 of the body; returns how many characters. */
static size_t
squeeze(const struct piece *body, char *out)
{
    size_t len = 0;

    for (const char *p = body->at; p < body->end; p++) {
        if (*p == '\\' && p + 1 < body->end && (p[1] == 'n' || p[1] == 'r'))
            p++;
        else if (strchr(" \t\r\n", *p) == NULL || *p == 0)
            out[len++] = *p;
    }
    return len;
}

enum ck_status
ck_pem_make(const struct ck_crypto_api *api, struct ck_crypto *crypto,
            const char *text, size_t len, struct ck_crypto_key **made,
            struct ck_error *error)
{
    struct piece all = {text, text + len};
    struct piece body;
    struct ck_text label;
    enum ck_der kind = CK_DER_PUBLIC_KEY;
    enum ck_status status = CK_OK;
    char *base64 = NULL;
    ptrdiff_t size = -1;

    *made = NULL;
    if (len > CK_JWK_TEXT_MAX || find_block(all, &label, &body) < 0)
        return ck_fail(error, CK_BAD_ARGUMENT,
                       "not a PEM text: no block from -----BEGIN to -----END "
                       "in at most %d bytes",
                       CK_JWK_TEXT_MAX);
    status = kind_of(&label, &kind, error);
    if (status != CK_OK)
        return status;
    base64 = ck_malloc(CK_BASE64_ROOM((size_t)(body.end - body.at)) * 2);
    if (base64 == NULL)
        return ck_fail(error, CK_NOMEM, "out of memory");
    len = squeeze(&body, base64);
    /* In place: what is written never overtakes what is read. */
    size = ck_base64_decode(CK_BASE64_STANDARD, base64, len,
                            (unsigned char *)base64);
    if (size < 0)
        status = ck_fail(error, CK_BAD_ARGUMENT,
                         "the PEM text is no base64 between its lines "
                         "-----BEGIN and -----END");
    else
        status = api->key_new(crypto, kind, (const unsigned char *)base64,
                              (size_t)size, made, error);
    ck_free(base64);
    return status;
}
