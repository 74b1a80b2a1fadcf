/* Decides how text is compared, encoded and taken apart. */
#include "common/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DURATION_MAX 1000000 /* of any unit: no product of it is too large */

bool base_equal(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool base_equal_nocase(const char *a, const char *b)
{
    return a == b || (a && b && strcasecmp(a, b) == 0);
}

bool base_starts_nocase(const char *text, const char *prefix)
{
    return strncasecmp(text, prefix, strlen(prefix)) == 0;
}

bool base_ends_nocase(const char *text, const char *suffix)
{
    size_t len = strlen(text), tail = strlen(suffix);
    return len >= tail && strcasecmp(text + len - tail, suffix) == 0;
}

/* Linear-time glob: on a mismatch, go back to the last star and let it eat one more character. */
bool base_glob_nocase(const char *pattern, const char *text)
{
    const char *star = NULL, *resume = NULL;

    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            resume = text;
        } else if (*pattern == '?' ||
                   tolower((unsigned char)*pattern) == tolower((unsigned char)*text)) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

void base_lower(char *text)
{
    for (; *text; text++)
        *text = (char)tolower((unsigned char)*text);
}

bool base_parse_int64(const char *text, int64_t *out)
{
    char *end;

    if (!text || (!isdigit((unsigned char)*text) && *text != '-'))
        return false;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno || end == text || *end)
        return false;
    *out = value;
    return true;
}

bool base_parse_duration(const char *text, int64_t *ms)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
    char *unit;

    if (!text || !isdigit((unsigned char)*text))
        return false;
    long long count = strtoll(text, &unit, 10);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (!strcmp(unit, units[i].unit) && count <= DURATION_MAX) {
            *ms = count * units[i].ms;
            return true;
        }
    }
    return false;
}

void base_fill_in(struct base_buf *out, const char *sentence, const char *const *texts)
{
    size_t count = 0;

    while (texts[count])
        count++;
    while (*sentence) {
        size_t plain = strcspn(sentence, "{");
        base_buf_append(out, sentence, plain);
        sentence += plain;
        if (!*sentence)
            break;
        size_t index = (size_t)(sentence[1] - '0');
        if (index < count)
            base_buf_puts(out, texts[index]);
        sentence += 3;
    }
}

static void encode64(struct base_buf *out, const unsigned char *data, size_t len,
                     const char *alphabet, bool pad)
{
    for (size_t i = 0; i < len; i += 3) {
        unsigned n = (unsigned)data[i] << 16;
        if (i + 1 < len)
            n |= (unsigned)data[i + 1] << 8;
        if (i + 2 < len)
            n |= data[i + 2];
        char four[4] = {alphabet[n >> 18], alphabet[n >> 12 & 63], alphabet[n >> 6 & 63],
                        alphabet[n & 63]};
        size_t have = len - i >= 3 ? 4 : len - i + 1;
        base_buf_append(out, four, have);
        for (; pad && have < 4; have++)
            base_buf_putc(out, '=');
    }
    if (!len)
        base_buf_append(out, "", 0);
}

void base_base64_encode(struct base_buf *out, const void *data, size_t len)
{
    encode64(out, data, len, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
             true);
}

void base_base64url_encode(struct base_buf *out, const void *data, size_t len)
{
    encode64(out, data, len, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
             false);
}

static int value64(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

bool base_base64_decode(struct base_buf *out, const char *text, size_t len)
{
    unsigned bits = 0;
    int have = 0;
    size_t padding = 0;

    base_buf_append(out, "", 0);
    for (size_t i = 0; i < len; i++) {
        if (isspace((unsigned char)text[i]))
            continue;
        if (text[i] == '=') {
            padding++;
            continue;
        }
        int value = value64(text[i]);
        if (value < 0 || padding)
            return false;
        bits = bits << 6 | (unsigned)value;
        have += 6;
        if (have >= 8) {
            have -= 8;
            base_buf_putc(out, (char)(bits >> have & 0xff));
        }
    }
    return have != 6 && padding <= 2;
}

void base_hex_encode(struct base_buf *out, const void *data, size_t len)
{
    const unsigned char *bytes = data;

    base_buf_reserve(out, len * 2);
    for (size_t i = 0; i < len; i++)
        base_buf_printf(out, "%02x", bytes[i]);
}

void base_uri_encode(struct base_buf *out, const char *text, const char *keep)
{
    base_buf_append(out, "", 0);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (isalnum(c) || strchr("-._~", c) || (keep && strchr(keep, c)))
            base_buf_putc(out, (char)c);
        else
            base_buf_printf(out, "%%%02X", c);
    }
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool base_uri_decode(struct base_buf *out, const char *text, size_t len, bool plus)
{
    base_buf_append(out, "", 0);
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '+' && plus) {
            base_buf_putc(out, ' ');
        } else if (text[i] != '%') {
            base_buf_putc(out, text[i]);
        } else {
            if (i + 2 >= len || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0)
                return false;
            base_buf_putc(out, (char)(hex_value(text[i + 1]) << 4 | hex_value(text[i + 2])));
            i += 2;
        }
    }
    return true;
}

static int default_port(const char *scheme)
{
    static const struct {
        const char *scheme;
        int port;
    } ports[] = {{"http", 80}, {"https", 443}, {"amqps", 5671}, {"amqp", 5672}, {"sb", 5671}};

    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
        if (base_equal(scheme, ports[i].scheme))
            return ports[i].port;
    return 0;
}

static bool parse_authority(struct base_arena *arena, const char *text, size_t len,
                            struct base_uri *out)
{
    const char *at = memchr(text, '@', len);
    if (at) {
        len -= (size_t)(at + 1 - text);
        text = at + 1;
    }
    const char *end = text + len, *colon = NULL, *host = text, *host_end;
    if (len && *text == '[') {
        const char *close = memchr(text, ']', len);
        if (!close)
            return false;
        host = text + 1;
        host_end = close;
        if (close + 1 < end && close[1] == ':')
            colon = close + 1;
    } else {
        colon = memchr(text, ':', len);
        host_end = colon ? colon : end;
    }
    if (colon && colon + 1 < end) {
        int64_t port;
        char *digits = base_arena_strndup(arena, colon + 1, (size_t)(end - colon - 1));
        if (!base_parse_int64(digits, &port) || port < 1 || port > 65535)
            return false;
        out->port = (int)port;
    }
    char *name = base_arena_strndup(arena, host, (size_t)(host_end - host));
    base_lower(name);
    out->host = name;
    return *name != '\0';
}

bool base_uri_parse(struct base_arena *arena, const char *text, struct base_uri *out)
{
    const char *mark = strstr(text, "://");

    memset(out, 0, sizeof *out);
    if (!mark || mark == text)
        return false;
    char *scheme = base_arena_strndup(arena, text, (size_t)(mark - text));
    base_lower(scheme);
    out->scheme = scheme;
    out->port = default_port(scheme);
    const char *authority = mark + 3;
    size_t len = strcspn(authority, "/?#");
    if (!parse_authority(arena, authority, len, out))
        return false;
    const char *rest = authority + len;
    size_t path_len = strcspn(rest, "?#");
    out->path = path_len ? base_arena_strndup(arena, rest, path_len) : "/";
    rest += path_len;
    out->query = *rest == '?' ? base_arena_strndup(arena, rest + 1, strcspn(rest + 1, "#")) : "";
    return true;
}

static const char *decoded(struct base_arena *arena, const char *text, size_t len, bool plus)
{
    struct base_buf buf = {0};
    if (!base_uri_decode(&buf, text, len, plus)) { /* a malformed escape stays as it was sent */
        base_buf_clear(&buf);
        base_buf_append(&buf, text, len);
    }
    char *copy = base_arena_strndup(arena, buf.data, buf.len);
    base_buf_release(&buf);
    return copy;
}

size_t base_query_parse(struct base_arena *arena, const char *raw, bool plus,
                        struct base_pair **out)
{
    size_t most = 1, count = 0;

    for (const char *p = raw; *p; p++)
        most += *p == '&';
    struct base_pair *pairs = base_arena_alloc(arena, most * sizeof *pairs);
    while (*raw) {
        size_t len = strcspn(raw, "&");
        const char *equals = memchr(raw, '=', len);
        size_t name_len = equals ? (size_t)(equals - raw) : len;
        if (len) {
            pairs[count].name = decoded(arena, raw, name_len, plus);
            pairs[count].value = equals ? decoded(arena, equals + 1, len - name_len - 1, plus) : "";
            count++;
        }
        raw += len + (raw[len] == '&');
    }
    *out = pairs;
    return count;
}

const char *base_query_get(struct base_arena *arena, const char *raw, const char *name)
{
    struct base_pair *pairs;
    size_t count = base_query_parse(arena, raw ? raw : "", true, &pairs);

    for (size_t i = 0; i < count; i++)
        if (base_equal_nocase(pairs[i].name, name))
            return pairs[i].value;
    return NULL;
}

void base_query_add(struct base_buf *out, const char *name, const char *value)
{
    base_buf_putc(out, out->data && strchr(out->data, '?') ? '&' : '?');
    base_uri_encode(out, name, "$");
    base_buf_putc(out, '=');
    base_uri_encode(out, value, NULL);
}

size_t base_path_split(struct base_arena *arena, const char *path, const char ***out)
{
    size_t most = 1, count = 0;

    for (const char *p = path; *p; p++)
        most += *p == '/';
    const char **parts = base_arena_alloc(arena, most * sizeof *parts);
    while (*path) {
        size_t len = strcspn(path, "/");
        if (len)
            parts[count++] = decoded(arena, path, len, false);
        path += len + (path[len] == '/');
    }
    *out = parts;
    return count;
}
