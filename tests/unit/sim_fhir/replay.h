/* Replays one case of tests/data/fhir/cases.json against a fixture. Form of a case: {name, tags,
 * setup: [item], steps: [item + expect]}; item: {method, path, headers?, body?, wait?}; placeholders
 * $(case), $(base), $(n.id|version|etag|lastUpdated|day|location|next|self|entry.K.id),
 * $(sha256:TEXT), $(pad:N), $(time:+S), nested. */
#ifndef TEST_FHIR_REPLAY_H
#define TEST_FHIR_REPLAY_H

#include "fixture.h"

#include "common/crypto.h"
#include "simulators/fhir/json.h"

#include <regex.h>

#define ANSWERS_MAX 40

struct reply { /* an answer, kept for placeholders */
    int status;
    cJSON *tree; /* NULL: no JSON */
    struct base_headers headers;
    const char *text;
};

struct replay {
    struct fixture *f;
    struct base_arena arena;
    const char *unique; /* what $(case) stands for */
    struct reply answers[ANSWERS_MAX];
    int count;
    char problem[2048]; /* the first; "" while all is well */
};

#define PROBLEM(replay, ...)                                                                       \
    ((replay)->problem[0] ? 0 : snprintf((replay)->problem, sizeof(replay)->problem, __VA_ARGS__))

/* ---- placeholders ---- */

static const char *link_of(const struct reply *reply, const char *relation)
{
    const cJSON *link;

    cJSON_ArrayForEach(link, fhir_json_get(reply->tree, "link"))
    {
        if (base_equal(fhir_json_get_text(link, "relation"), relation))
            return fhir_json_get_text(link, "url");
    }
    return NULL;
}

static const char *id_in(struct replay *r, const char *location)
{
    const char *history = location ? strstr(location, "/_history/") : NULL;

    if (!location)
        return NULL;
    char *copy = base_arena_strndup(&r->arena, location,
                                    history ? (size_t)(history - location) : strlen(location));
    return strrchr(copy, '/') ? strrchr(copy, '/') + 1 : NULL;
}

static const char *field_of(struct replay *r, const struct reply *reply, const char *name)
{
    const cJSON *meta = fhir_json_get(reply->tree, "meta");

    if (!strcmp(name, "id")) {
        const char *id = fhir_json_get_text(reply->tree, "id");
        return id ? id : id_in(r, base_headers_get(&reply->headers, "Location"));
    }
    if (!strcmp(name, "version"))
        return fhir_json_get_text(meta, "versionId");
    if (!strcmp(name, "lastUpdated"))
        return fhir_json_get_text(meta, "lastUpdated");
    if (!strcmp(name, "day"))
        return base_arena_strndup(&r->arena, fhir_json_get_text(meta, "lastUpdated"), 10);
    if (!strcmp(name, "next") || !strcmp(name, "self"))
        return link_of(reply, name);
    if (!strncmp(name, "entry.", 6)) {
        const cJSON *entry =
            cJSON_GetArrayItem(fhir_json_get(reply->tree, "entry"), atoi(name + 6));
        const char *id = fhir_json_get_text(fhir_json_get(entry, "resource"), "id");
        return id ? id : id_in(r, fhir_json_get_text(fhir_json_get(entry, "response"), "location"));
    }
    return base_headers_get(&reply->headers, name);
}

static const char *special_of(struct replay *r, const char *kind, const char *rest)
{
    if (!strcmp(kind, "sha256")) {
        unsigned char digest[32];
        struct base_buf hex = {0};
        base_sha256(rest, strlen(rest), digest);
        base_hex_encode(&hex, digest, sizeof digest);
        const char *copy = base_arena_strdup(&r->arena, hex.data);
        base_buf_release(&hex);
        return copy;
    }
    if (!strcmp(kind, "pad")) {
        size_t len = (size_t)atoi(rest), have = strlen(r->unique) + 1;
        char *text = base_arena_alloc(&r->arena, len + 1);
        memset(text, 'x', len);
        memcpy(text, base_arena_printf(&r->arena, "%s-", r->unique), have);
        return text;
    }
    if (!strcmp(kind, "time")) {
        char *text = base_arena_alloc(&r->arena, BASE_TIME_TEXT);
        base_time_iso_s(sim_now_ms(r->f->world) + atoll(rest) * 1000, text);
        return text;
    }
    return NULL;
}

static const char *value_of(struct replay *r, const char *name)
{
    const char *colon = strchr(name, ':'), *found = NULL;
    int number = atoi(name);

    if (!strcmp(name, "case"))
        return r->unique;
    if (!strcmp(name, "base"))
        return HOST;
    if (colon)
        found =
            special_of(r, base_arena_strndup(&r->arena, name, (size_t)(colon - name)), colon + 1);
    else if (number >= 1 && number <= r->count)
        found = field_of(r, &r->answers[number - 1], strchr(name, '.') + 1);
    if (!found)
        PROBLEM(r, "$(%s) has no value", name);
    return found ? found : "";
}

enum quoting { PLAIN, IN_PATH, IN_REGEX };

static void quote(struct base_buf *out, const char *text, enum quoting quoting)
{
    if (quoting == IN_PATH)
        base_uri_encode(out, text, NULL);
    else
        for (const char *at = text; *at; at++) {
            if (quoting == IN_REGEX && strchr(".[]{}()*+?^$|\\", *at))
                base_buf_putc(out, '\\');
            base_buf_putc(out, *at);
        }
}

/* Innermost placeholders first; an inner one is used as it is. */
static const char *fill(struct replay *r, const char *text, enum quoting quoting)
{
    const char *current = text;

    for (;;) {
        const char *open = NULL, *close = NULL;
        for (const char *at = current; *at && !close; at++) {
            if (at[0] == '$' && at[1] == '(')
                open = at;
            else if (*at == ')' && open)
                close = at;
        }
        if (!close)
            return current;
        struct base_buf out = {0};
        bool inner = false;
        for (const char *at = current; at < open; at++)
            inner = at[0] == '$' && at[1] == '(' ? true : *at == ')' ? false : inner;
        const char *value =
            value_of(r, base_arena_strndup(&r->arena, open + 2, (size_t)(close - open - 2)));
        base_buf_append(&out, current, (size_t)(open - current));
        quote(&out, value, inner ? PLAIN : quoting);
        base_buf_puts(&out, close + 1);
        current = base_arena_strdup(&r->arena, out.data ? out.data : "");
        base_buf_release(&out);
    }
}

static cJSON *fill_deep(struct replay *r, const cJSON *node)
{
    cJSON *copy = base_arena_alloc(&r->arena, sizeof *copy);

    copy->type = node->type;
    copy->valuestring = node->valuestring;
    if (cJSON_IsString(node))
        copy->valuestring = (char *)fill(r, node->valuestring, PLAIN);
    for (const cJSON *at = node->child; at; at = at->next)
        fhir_json_add(copy, at->string ? fill(r, at->string, PLAIN) : NULL, fill_deep(r, at));
    return copy;
}

/* ---- comparison ---- */

static bool matches(struct replay *r, const char *pattern, const char *text)
{
    const char *filled = fill(r, pattern, IN_REGEX);
    struct base_buf ere = {0};
    regex_t regex;

    for (const char *at = filled; *at; at++) {
        if (at[0] == '\\' && at[1] == 'd')
            base_buf_puts(&ere, "[0-9]");
        else if (at[0] == '\\' && at[1] == 'n')
            base_buf_putc(&ere, '\n');
        else if (at[0] == '\\' && at[1])
            base_buf_append(&ere, at, 2);
        else
            base_buf_putc(&ere, *at);
        at += at[0] == '\\' && at[1];
    }
    assert_int_equal(regcomp(&regex, ere.data ? ere.data : "", REG_EXTENDED | REG_NOSUB), 0);
    bool good = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    base_buf_release(&ere);
    return good;
}

static bool like(struct replay *r, const cJSON *want, const cJSON *have);

static bool operator_holds(struct replay *r, const cJSON *op, const cJSON *have)
{
    const cJSON *a, *b;

    if (!strcmp(op->string, "$absent"))
        return !have;
    if (!strcmp(op->string, "$len"))
        return cJSON_GetArraySize(have) == atoi(op->valuestring);
    if (!have)
        return false;
    if (!strcmp(op->string, "$regex"))
        return cJSON_IsString(have) && matches(r, op->valuestring, have->valuestring);
    if (!strcmp(op->string, "$not"))
        return !fhir_json_equal(fill_deep(r, op), have);
    if (!cJSON_IsArray(have) || cJSON_GetArraySize(have) != cJSON_GetArraySize(op))
        return false;
    for (a = op->child, b = have->child; a; a = a->next, b = b->next)
        if (!like(r, a, b))
            return false;
    return true;
}

static bool array_like(struct replay *r, const cJSON *want, const cJSON *have)
{
    const cJSON *w, *h;

    cJSON_ArrayForEach(w, want)
    {
        bool found = false;
        cJSON_ArrayForEach(h, have) found = found || like(r, w, h);
        if (!found)
            return false;
    }
    return cJSON_IsArray(have);
}

static bool like(struct replay *r, const cJSON *want, const cJSON *have)
{
    if (cJSON_IsObject(want) && want->child && want->child->string[0] == '$')
        return operator_holds(r, want->child, have);
    if (!have)
        return false;
    if (cJSON_IsArray(want))
        return array_like(r, want, have);
    if (cJSON_IsString(want))
        return cJSON_IsString(have) &&
               !strcmp(fill(r, want->valuestring, PLAIN), have->valuestring);
    if (fhir_json_is_number(want))
        return fhir_json_is_number(have) &&
               strtod(want->valuestring, NULL) == strtod(have->valuestring, NULL);
    if (!cJSON_IsObject(want))
        return want->type == have->type;
    for (const cJSON *at = want->child; at; at = at->next)
        if (!like(r, at, fhir_json_get(have, at->string)))
            return false;
    return cJSON_IsObject(have);
}

/* ---- expectations ---- */

static size_t ids_of(const struct reply *reply, const char *mode, const char **out, size_t max)
{
    const cJSON *entry;
    size_t count = 0;

    cJSON_ArrayForEach(entry, fhir_json_get(reply->tree, "entry"))
    {
        const cJSON *resource = fhir_json_get(entry, "resource");
        const char *found = fhir_json_get_text(fhir_json_get(entry, "search"), "mode");
        const char *id = fhir_json_get_text(resource, "id");
        if (base_equal(found ? found : "match", mode) && count < max)
            out[count++] = id ? id : "";
    }
    return count;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void check_ids(struct replay *r, const cJSON *expect, const char *key, const char *mode,
                      const struct reply *reply)
{
    const cJSON *list = fhir_json_get(expect, key), *item;
    const char *have[100], *want[100];
    size_t wanted = 0, count = ids_of(reply, mode, have, 100);

    if (!list)
        return;
    cJSON_ArrayForEach(item, list) want[wanted++] = fill(r, item->valuestring, PLAIN);
    if (!fhir_json_get(expect, "ordered") || strcmp(mode, "match")) {
        qsort(have, count, sizeof *have, compare_texts);
        qsort(want, wanted, sizeof *want, compare_texts);
    }
    bool same = count == wanted;
    for (size_t i = 0; i < count && same; i++)
        same = !strcmp(have[i], want[i]);
    if (!same)
        PROBLEM(r, "%s: expected %zu ids, found %zu, or others", key, wanted, count);
}

static bool has_code(const cJSON *node, const char *code)
{
    const cJSON *issue;

    if (base_equal(fhir_json_get_text(node, "resourceType"), "OperationOutcome"))
        cJSON_ArrayForEach(issue, fhir_json_get(node, "issue"))
        {
            if (base_equal(fhir_json_get_text(issue, "code"), code))
                return true;
        }
    for (const cJSON *at = node ? node->child : NULL; at; at = at->next)
        if (has_code(at, code))
            return true;
    return false;
}

static void check_status(struct replay *r, const cJSON *want, const struct reply *reply)
{
    bool good = false;
    const cJSON *item;

    if (cJSON_IsArray(want))
        cJSON_ArrayForEach(item, want) good = good || atoi(item->valuestring) == reply->status;
    else
        good = atoi(want->valuestring) == reply->status;
    if (!good)
        PROBLEM(r, "expected status %s, found %d: %.300s",
                cJSON_IsArray(want) ? want->child->valuestring : want->valuestring, reply->status,
                reply->text);
}

static void check_headers(struct replay *r, const cJSON *want, const struct reply *reply)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, want)
    {
        const char *have = base_headers_get(&reply->headers, item->string);
        bool absent = cJSON_IsNull(item);
        if (absent ? have != NULL : !have || !matches(r, item->valuestring, have))
            PROBLEM(r, "header %s: expected %s, found %s", item->string,
                    absent ? "none" : item->valuestring, have ? have : "none");
    }
}

static void check(struct replay *r, const cJSON *expect, const struct reply *reply)
{
    const cJSON *item;
    const char *ids[100];

    check_status(r, fhir_json_get(expect, "status"), reply);
    check_headers(r, fhir_json_get(expect, "headers"), reply);
    if ((item = fhir_json_get(expect, "body")) && !like(r, item, reply->tree))
        PROBLEM(r, "another body: %.600s", reply->text);
    check_ids(r, expect, "matches", "match", reply);
    check_ids(r, expect, "includes", "include", reply);
    if ((item = fhir_json_get(expect, "count")) &&
        (size_t)atoi(item->valuestring) != ids_of(reply, "match", ids, 100))
        PROBLEM(r, "expected %s entries: %.300s", item->valuestring, reply->text);
    if ((item = fhir_json_get(expect, "next")) &&
        cJSON_IsTrue(item) != (link_of(reply, "next") != NULL))
        PROBLEM(r, "expected %s next link", cJSON_IsTrue(item) ? "a" : "no");
    if ((item = fhir_json_get(expect, "outcomeCode")) && !has_code(reply->tree, item->valuestring))
        PROBLEM(r, "expected an issue %s: %.300s", item->valuestring, reply->text);
    if ((item = fhir_json_get(expect, "raw")) && !matches(r, item->valuestring, reply->text))
        PROBLEM(r, "expected text like %s: %.300s", item->valuestring, reply->text);
}

/* ---- sending ---- */

static const char *url_of(struct replay *r, const char *path)
{
    static const char safe[] = "%/:?#[]@!$&'()*+,;=|~-._";
    struct base_buf out = {0};

    if (!strncmp(path, "$(", 2) && (strstr(path, ".next)") || strstr(path, ".self)"))) {
        const char *url = fill(r, path, PLAIN);
        return strncmp(url, HOST, strlen(HOST)) ? url : url + strlen(HOST);
    }
    base_uri_encode(&out, fill(r, path, IN_PATH), safe);
    const char *copy = base_arena_strdup(&r->arena, out.data);
    base_buf_release(&out);
    return copy;
}

static void add_headers(struct replay *r, const cJSON *item, bool body, struct base_headers *out)
{
    const cJSON *header;

    base_headers_set(out, "Authorization", r->f->bearer);
    base_headers_set(out, "Accept", "application/fhir+json");
    if (body)
        base_headers_set(out, "Content-Type", "application/fhir+json");
    cJSON_ArrayForEach(header, fhir_json_get(item, "headers")) base_headers_set(
        out, header->string, cJSON_IsNull(header) ? NULL : fill(r, header->valuestring, PLAIN));
}

static const char *body_of(struct replay *r, const cJSON *item)
{
    const cJSON *body = fhir_json_get(item, "body");
    struct base_buf text = {0};

    if (!body)
        return NULL;
    if (cJSON_IsString(body))
        return fill(r, body->valuestring, PLAIN);
    fhir_json_print(&text, fill_deep(r, body), false);
    const char *copy = base_arena_strdup(&r->arena, text.data);
    base_buf_release(&text);
    return copy;
}

static struct reply *perform(struct replay *r, const cJSON *item)
{
    struct reply *reply = &r->answers[r->count];
    const char *body = body_of(r, item), *wait = NULL;
    struct base_headers headers = {0};
    struct base_error err = {0};
    const cJSON *pause = fhir_json_get(item, "wait");

    if (pause && (wait = pause->valuestring)) /* the clock runs twice as fast: see the fixture */
        r->f->clock.epoch_ms -= (int64_t)(strtod(wait, NULL) * 1000);
    add_headers(r, item, body != NULL, &headers);
    struct base_http_call call = {
        .method = fhir_json_get_text(item, "method"),
        .url =
            base_arena_printf(&r->arena, "%s%s", HOST, url_of(r, fhir_json_get_text(item, "path"))),
        .headers = &headers,
        .body = body,
        .body_len = body ? strlen(body) : 0};
    forget_answer(r->f);
    if (base_http_send(r->f->client, &call, &r->f->answer, &err) != BASE_OK)
        fail_msg("%s", err.message);
    base_headers_release(&headers);
    reply->status = r->f->answer.status;
    reply->text = base_arena_strdup(&r->arena, r->f->answer.body.len ? r->f->answer.body.data : "");
    reply->tree = fhir_json_parse(&r->arena, reply->text, strlen(reply->text), NULL);
    base_headers_copy(&reply->headers, &r->f->answer.headers);
    r->count++;
    return reply;
}

/* "" when the case holds, else the first problem (until the next call). */
static const char *replay_case(struct fixture *f, const cJSON *test, const char *unique)
{
    static struct replay r;
    const cJSON *item;

    r = (struct replay){.f = f, .unique = unique};
    base_arena_init(&r.arena);
    cJSON_ArrayForEach(item, fhir_json_get(test, "setup"))
    {
        const struct reply *reply = perform(&r, item);
        if (reply->status < 200 || reply->status > 299)
            PROBLEM(&r, "setup: %d %.300s", reply->status, reply->text);
    }
    cJSON_ArrayForEach(item, fhir_json_get(test, "steps"))
    {
        if (!r.problem[0])
            check(&r, fhir_json_get(item, "expect"), perform(&r, item));
    }
    for (int i = 0; i < r.count; i++)
        base_headers_release(&r.answers[i].headers);
    base_arena_release(&r.arena);
    return r.problem;
}

#endif
