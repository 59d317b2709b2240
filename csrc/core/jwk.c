/* jwk.c: the members of a JWK, and a key out of its numbers. Owns what it
 * decodes until the key is made. */
#include "jwk.h"

#include "alloc.h"
#include "base64url.h"
#include "der.h"

static struct ck_text *
slot_of(struct ck_jwk *jwk, const struct ck_text *name)
{
    if (ck_text_is(name, "kty"))
        return &jwk->kty;
    if (ck_text_is(name, "use"))
        return &jwk->use;
    if (ck_text_is(name, "alg"))
        return &jwk->alg;
    if (ck_text_is(name, "n"))
        return &jwk->n;
    if (ck_text_is(name, "e"))
        return &jwk->e;
    return NULL;
}

void
ck_jwk_put(struct ck_jwk *jwk, const struct ck_text *name,
           const struct ck_text *value)
{
    struct ck_text *slot = slot_of(jwk, name);

    if (ck_text_is(name, "d"))
        jwk->odd = "d";
    else if (slot != NULL && value->data != NULL)
        *slot = *value;
    else if (slot != NULL)
        jwk->odd = name->data;
}

static enum ck_status
check_members(const struct ck_jwk *jwk, struct ck_error *error)
{
    if (jwk->odd != NULL && strcmp(jwk->odd, "d") == 0)
        return ck_fail(error, CK_BAD_ARGUMENT,
                       "a JWK with a private key (member d)");
    if (jwk->odd != NULL)
        return ck_fail(error, CK_BAD_ARGUMENT,
                       "a JWK whose member %s is no text", jwk->odd);
    if (!ck_text_is(&jwk->kty, "RSA"))
        return ck_fail(error, CK_BAD_ARGUMENT, "a JWK whose kty is not RSA");
    if (jwk->use.data != NULL && !ck_text_is(&jwk->use, "sig"))
        return ck_fail(error, CK_BAD_ARGUMENT, "a JWK whose use is not sig");
    if (jwk->alg.data != NULL && !ck_text_is(&jwk->alg, "RS256"))
        return ck_fail(error, CK_BAD_ARGUMENT, "a JWK whose alg is not RS256");
    if (jwk->n.data == NULL || jwk->e.data == NULL)
        return ck_fail(error, CK_BAD_ARGUMENT, "a JWK without n or e");
    if (jwk->n.len + jwk->e.len > CK_JWK_TEXT_MAX / 4)
        return ck_fail(error, CK_BAD_ARGUMENT, "a JWK with too long numbers");
    return CK_OK;
}

/* Decodes a number into room; leading zeros, which some writers put there,
 * do not count. -1 when it is none, or 0. */
static int
decode_number(const struct ck_text *text, unsigned char *room,
              struct ck_der_number *number)
{
    ptrdiff_t len =
        ck_base64_decode(CK_BASE64_URL, text->data, text->len, room);

    if (len < 0)
        return -1;
    number->bytes = room;
    number->len = (size_t)len;
    while (number->len > 0 && *number->bytes == 0) {
        number->bytes++;
        number->len--;
    }
    return number->len == 0 ? -1 : 0;
}

enum ck_status
ck_jwk_make(const struct ck_crypto_api *api, struct ck_crypto *crypto,
            const struct ck_jwk *jwk, struct ck_crypto_key **made,
            struct ck_error *error)
{
    enum ck_status status = check_members(jwk, error);
    unsigned char *room = NULL;
    struct ck_der_rsa rsa;
    struct ck_buf der;

    *made = NULL;
    if (status != CK_OK)
        return status;
    ck_buf_init(&der, CK_DER_MAX);
    status = CK_NOMEM;
    room = ck_malloc(CK_BASE64_ROOM(jwk->n.len) + CK_BASE64_ROOM(jwk->e.len));
    if (room == NULL)
        goto done;
    status = CK_BAD_ARGUMENT;
    if (decode_number(&jwk->n, room, &rsa.modulus) < 0 ||
        decode_number(&jwk->e, room + CK_BASE64_ROOM(jwk->n.len),
                      &rsa.exponent) < 0)
        goto done;
    status = ck_der_put_rsa(&der, &rsa);
done:
    if (status == CK_OK)
        status =
            api->key_new(crypto, CK_DER_RSA, (const unsigned char *)der.data,
                         der.len, made, error);
    else if (status == CK_NOMEM)
        (void)ck_fail(error, status, "out of memory");
    else
        status = ck_fail(error, CK_BAD_ARGUMENT,
                         "a JWK whose n or e is no number in base64url");
    ck_buf_free(&der);
    ck_free(room);
    return status;
}
