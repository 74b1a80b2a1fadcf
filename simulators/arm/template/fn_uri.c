/* Decides the standard functions on URIs (RFC 3986). */
#include "simulators/arm/template/function.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct uri { /* parts of a text; lengths 0 and pointers NULL where there is none */
    const char *scheme, *authority, *path, *query, *fragment;
    size_t scheme_len, authority_len, path_len, query_len, fragment_len;
};

/* RFC 3986 appendix B, by hand. */
static void take_apart(const char *text, struct uri *out)
{
    size_t scheme = strcspn(text, ":/?#");

    *out = (struct uri){0};
    if (scheme && text[scheme] == ':' && isalpha((unsigned char)*text)) {
        out->scheme = text;
        out->scheme_len = scheme;
        text += scheme + 1;
    }
    if (!strncmp(text, "//", 2)) {
        out->authority = text + 2;
        out->authority_len = strcspn(text + 2, "/?#");
        text += 2 + out->authority_len;
    }
    out->path = text;
    out->path_len = strcspn(text, "?#");
    text += out->path_len;
    if (*text == '?') {
        out->query = text + 1;
        out->query_len = strcspn(text + 1, "#");
        text += 1 + out->query_len;
    }
    if (*text == '#') {
        out->fragment = text + 1;
        out->fragment_len = strlen(text + 1);
    }
}

static size_t last_slash(const struct base_buf *buf, size_t from)
{
    size_t at = buf->len;

    while (at > from && buf->data[at - 1] != '/')
        at--;
    return at; /* behind the slash */
}

static void cut(struct base_buf *buf, size_t len)
{
    buf->len = len;
    if (buf->data)
        buf->data[len] = '\0';
}

/* Appends a path without its dot segments (RFC 3986, 5.2.4). */
static void put_path(const char *path, size_t len, struct base_buf *out)
{
    size_t start = out->len;
    const char *end = path + len;

    base_buf_puts(out, "");
    while (path < end) {
        const char *slash = memchr(path, '/', (size_t)(end - path));
        size_t segment = (size_t)((slash ? slash : end) - path);
        bool up = segment == 2 && !memcmp(path, "..", 2), here = segment == 1 && *path == '.';
        if (up && out->len > start + 1) {
            cut(out, out->len - 1);
            cut(out, last_slash(out, start));
        }
        if (!up && !here)
            base_buf_append(out, path, segment + (slash != NULL));
        path += segment + (slash != NULL);
    }
}

/* The path of the base up to its last slash, then the relative one. */
static void put_merged(const struct uri *base, const struct uri *relative, struct base_buf *out)
{
    struct base_buf merged = {0};
    size_t keep = base->path_len;

    while (keep && base->path[keep - 1] != '/')
        keep--;
    if (base->authority && !base->path_len)
        base_buf_putc(&merged, '/');
    base_buf_append(&merged, base->path, keep);
    base_buf_append(&merged, relative->path, relative->path_len);
    put_path(merged.data ? merged.data : "", merged.len, out);
    base_buf_release(&merged);
}

static void put_query(const struct uri *from, struct base_buf *out)
{
    if (!from->query)
        return;
    base_buf_putc(out, '?');
    base_buf_append(out, from->query, from->query_len);
}

static void put_origin(const struct uri *base, const struct uri *relative, struct base_buf *out)
{
    const struct uri *authority = relative->authority ? relative : base;

    base_buf_append(out, base->scheme, base->scheme_len);
    base_buf_puts(out, "://");
    base_buf_append(out, authority->authority, authority->authority_len);
}

static void resolve(const struct uri *base, const struct uri *relative, struct base_buf *out)
{
    put_origin(base, relative, out);
    if (relative->authority || (relative->path_len && *relative->path == '/')) {
        put_path(relative->path, relative->path_len, out);
        put_query(relative, out);
    } else if (relative->path_len) {
        put_merged(base, relative, out);
        put_query(relative, out);
    } else {
        base_buf_append(out, base->path, base->path_len);
        put_query(relative->query ? relative : base, out);
    }
    if (relative->fragment) {
        base_buf_putc(out, '#');
        base_buf_append(out, relative->fragment, relative->fragment_len);
    }
}

static bool run_uri(struct arm_fn *fn)
{
    const char *base_text, *relative_text;
    struct uri base, relative;
    struct base_buf out = {0};

    if (!arm_fn_text(fn, 0, &base_text) || !arm_fn_text(fn, 1, &relative_text))
        return false;
    take_apart(base_text, &base);
    take_apart(relative_text, &relative);
    if (!base.scheme || !base.authority_len)
        return arm_fn_fail(fn, "the base '%.100s' is not an absolute URI", base_text);
    if (relative.scheme)
        return arm_fn_give_text(fn, relative_text);
    resolve(&base, &relative, &out);
    return arm_fn_give_buf(fn, &out);
}

/* ---- to and from objects ---- */

static void add_part(cJSON *to, const char *name, const char *text, size_t len)
{
    char *part = base_strndup(text ? text : "", len);

    cJSON_AddStringToObject(to, name, part);
    free(part);
}

static bool run_parse_uri(struct arm_fn *fn)
{
    const char *text, *colon;
    struct uri uri;
    size_t host;
    int64_t port = 0;

    if (!arm_fn_text(fn, 0, &text))
        return false;
    take_apart(text, &uri);
    if (!uri.scheme || !uri.authority_len)
        return arm_fn_fail(fn, "the value '%.100s' is not an absolute URI", text);
    host = uri.authority_len;
    for (colon = uri.authority + host; colon > uri.authority && isdigit((unsigned char)colon[-1]);)
        colon--;
    if (colon > uri.authority && colon[-1] == ':' && colon < uri.authority + host) {
        host = (size_t)(colon - 1 - uri.authority);
        port = strtol(colon, NULL, 10);
    }
    if (port > 65535)
        return arm_fn_fail(fn, "the port of '%.100s' is not in the range 1 to 65535", text);
    fn->made = cJSON_CreateObject();
    add_part(fn->made, "scheme", uri.scheme, uri.scheme_len);
    add_part(fn->made, "host", uri.authority, host);
    if (port)
        cJSON_AddNumberToObject(fn->made, "port", (double)port);
    add_part(fn->made, "path", uri.path_len ? uri.path : "/", uri.path_len ? uri.path_len : 1);
    if (uri.query)
        add_part(fn->made, "query", uri.query - 1, uri.query_len + 1);
    return true;
}

static bool text_member(struct arm_fn *fn, const cJSON *object, const char *name, const char **out)
{
    const cJSON *member = arm_template_member(object, name);

    *out = cJSON_IsString(member) ? member->valuestring : "";
    return !member || cJSON_IsNull(member) || cJSON_IsString(member) ||
           arm_fn_fail(fn, "the member '%s' must be of type 'String', not '%s'", name,
                       arm_template_type(member));
}

static bool run_build_uri(struct arm_fn *fn)
{
    const cJSON *object = arm_fn_object(fn, 0), *port;
    const char *scheme, *host, *path, *query;
    struct base_buf out = {0};
    int64_t number = 0;

    if (!object || !text_member(fn, object, "scheme", &scheme) ||
        !text_member(fn, object, "host", &host) || !text_member(fn, object, "path", &path) ||
        !text_member(fn, object, "query", &query))
        return false;
    port = arm_template_member(object, "port");
    if (!*scheme || !*host)
        return arm_fn_fail(fn, "the members 'scheme' and 'host' are required");
    if (port && !cJSON_IsNull(port) &&
        (!arm_template_int(port, &number) || number < 1 || number > 65535))
        return arm_fn_fail(fn, "the member 'port' must be a whole number from '1' to '65535'");
    base_buf_printf(&out, "%s://%s", scheme, host);
    if (number)
        base_buf_printf(&out, ":%d", (int)number);
    base_buf_printf(&out, "%s%s", *path == '/' ? "" : "/", path);
    base_buf_printf(&out, "%s%s", *query && *query != '?' ? "?" : "", query);
    return arm_fn_give_buf(fn, &out);
}

static const struct arm_function rows[] = {
    {"builduri", 1, 1, run_build_uri, 0, 0},
    {"parseuri", 1, 1, run_parse_uri, 0, 0},
    {"uri", 2, 2, run_uri, 0, 0},
};

const struct arm_function_table arm_functions_uri = {rows, sizeof(rows) / sizeof(rows[0])};
