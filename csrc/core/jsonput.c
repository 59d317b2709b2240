/* jsonput.c: writes text as a JSON string of ASCII, the way Python's
 * json.dumps does. Owns nothing; appends to the caller's buffer. */
#include "json.h"
#include "scan.h"

/* The letter after the backslash, or 0. */
static char
short_escape(unsigned char c)
{
    switch (c) {
    case '"': return '"';
    case '\\': return '\\';
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return 0;
    }
}

static enum ck_status
put_unit(struct ck_buf *buf, unsigned unit)
{
    static const char digits[] = "0123456789abcdef";
    char text[6] = {'\\', 'u', 0, 0, 0, 0};

    for (int i = 5; i > 1; i--, unit >>= 4)
        text[i] = digits[unit & 0xF];
    return ck_buf_append(buf, text, sizeof text);
}

static enum ck_status
put_code_point(struct ck_buf *buf, unsigned code)
{
    enum ck_status status = CK_OK;

    if (code < 0x10000)
        return put_unit(buf, code);
    code -= 0x10000;
    status = put_unit(buf, 0xD800 | code >> 10);
    return status == CK_OK ? put_unit(buf, 0xDC00 | (code & 0x3FF)) : status;
}

/* Length of the sequence that starts with this byte (above 0x7F), or 0. */
static size_t
sequence_length(unsigned char lead)
{
    if (lead < 0xC2 || lead > 0xF4)
        return 0;
    if (lead < 0xE0)
        return 2;
    return lead < 0xF0 ? 3 : 4;
}

/* One character above U+007F; NULL when the bytes are no UTF-8 even with
 * surrogates allowed. */
static const unsigned char *
decode(const unsigned char *p, const unsigned char *end, unsigned *code)
{
    static const unsigned smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t len = sequence_length(*p);

    if (len == 0 || (size_t)(end - p) < len)
        return NULL;
    *code = *p & (0xFFU >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return NULL;
        *code = *code << 6 | (p[i] & 0x3FU);
    }
    return *code >= smallest[len] && *code <= 0x10FFFF ? p + len : NULL;
}

/* The byte at *p cannot stand in the output as it is. */
static enum ck_status
put_special(struct ck_buf *buf, const unsigned char **p,
            const unsigned char *end)
{
    unsigned code = **p;
    char letter = short_escape(**p);

    if (letter != 0) {
        char pair[2] = {'\\', letter};
        (*p)++;
        return ck_buf_append(buf, pair, sizeof pair);
    }
    if (code < 0x80) {
        (*p)++;
        return put_unit(buf, code);
    }
    *p = decode(*p, end, &code);
    return *p == NULL ? CK_BAD_ARGUMENT : put_code_point(buf, code);
}

enum ck_status
ck_json_put_string(struct ck_buf *buf, const char *text, size_t len)
{
    const unsigned char *p = (const unsigned char *)text;
    const unsigned char *end = p + len;
    enum ck_status status = CK_OK;

    /* No character comes out shorter than it went in. */
    status = ck_buf_reserve(buf, len + 2);
    if (status == CK_OK)
        status = ck_buf_append_char(buf, '"');
    while (status == CK_OK && p < end) {
        const unsigned char *run = p;
        p = ck_scan_plain(p, end);
        status = ck_buf_append(buf, run, (size_t)(p - run));
        if (status == CK_OK && p < end)
            status = put_special(buf, &p, end);
    }
    return status == CK_OK ? ck_buf_append_char(buf, '"') : status;
}
