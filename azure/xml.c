/* Decides how the little XML that Azure Storage speaks is read: one element's text, references
 * undone. */
#include "azure/private.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_utf8(struct base_buf *out, unsigned long code)
{
    if (code < 0x80) {
        base_buf_putc(out, (char)code);
    } else if (code < 0x800) {
        base_buf_putc(out, (char)(0xc0 | code >> 6));
        base_buf_putc(out, (char)(0x80 | (code & 63)));
    } else if (code < 0x10000) {
        base_buf_putc(out, (char)(0xe0 | code >> 12));
        base_buf_putc(out, (char)(0x80 | (code >> 6 & 63)));
        base_buf_putc(out, (char)(0x80 | (code & 63)));
    } else {
        base_buf_putc(out, (char)(0xf0 | code >> 18));
        base_buf_putc(out, (char)(0x80 | (code >> 12 & 63)));
        base_buf_putc(out, (char)(0x80 | (code >> 6 & 63)));
        base_buf_putc(out, (char)(0x80 | (code & 63)));
    }
}

/* &#39; or &#x27; */
static bool put_numbered(struct base_buf *out, const char *name)
{
    bool hex = name[1] == 'x' || name[1] == 'X';
    const char *digits = name + 1 + hex;
    char *end;

    if (!isxdigit((unsigned char)*digits))
        return false;
    unsigned long code = strtoul(digits, &end, hex ? 16 : 10);
    if (*end || !code || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return false;
    put_utf8(out, code);
    return true;
}

/* Undoes the reference at `at`; returns its length. What is no reference stays as it is. */
static size_t put_reference(struct base_buf *out, const char *at, const char *end)
{
    static const struct {
        const char *name;
        char c;
    } known[] = {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
    char name[12];
    const char *semicolon = memchr(at, ';', (size_t)(end - at));

    if (semicolon && (size_t)(semicolon - at - 1) < sizeof name) {
        snprintf(name, sizeof name, "%.*s", (int)(semicolon - at - 1), at + 1);
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            if (!strcmp(name, known[i].name)) {
                base_buf_putc(out, known[i].c);
                return (size_t)(semicolon - at) + 1;
            }
        if (*name == '#' && put_numbered(out, name))
            return (size_t)(semicolon - at) + 1;
    }
    base_buf_putc(out, '&');
    return 1;
}

/* The first <tag>, <tag attribute="..."> or <tag/>: *text is what stands behind it. False: none. */
static bool find_open(const char *from, const char *end, const char *tag, const char **text,
                      bool *empty)
{
    size_t len = strlen(tag);

    for (; (from = memchr(from, '<', (size_t)(end - from))); from++) {
        const char *after = from + 1 + len, *close;
        if (after >= end || strncmp(from + 1, tag, len) || !strchr("> /\t\r\n", *after))
            continue;
        close = memchr(after, '>', (size_t)(end - after));
        if (!close)
            return false;
        *text = close + 1;
        *empty = close[-1] == '/';
        return true;
    }
    return false;
}

char *az_xml_text(const char *from, const char *end, const char *tag)
{
    struct base_buf text = {0};
    const char *start;
    bool empty;

    if (!find_open(from, end, tag, &start, &empty))
        return NULL;
    if (empty)
        return base_strdup("");
    char *close = base_asprintf("</%s>", tag);
    const char *stop = memmem(start, (size_t)(end - start), close, strlen(close));
    free(close);
    if (!stop)
        return NULL;
    while (start < stop)
        if (*start == '&')
            start += put_reference(&text, start, stop);
        else
            base_buf_putc(&text, *start++);
    return base_buf_take(&text);
}
