/* Does an answer fit a recorded one? Placeholders such as <uid1> stand for what differs from run to run: numbered ones are bound at their
 * first use, and two of a kind never to the same value. */
#ifndef TEST_SIM_AKS_GOLDEN_H
#define TEST_SIM_AKS_GOLDEN_H

#include "fixture.h"

#define BINDINGS 256

struct binding {
    char *name, *value;
};
struct golden {
    struct binding bindings[BINDINGS];
    size_t count;
    char path[512]; /* of the first difference */
    char wanted[512], got[512];
};

static bool fits(struct golden *g, const cJSON *wanted, const cJSON *got, const char *path);

static UNUSED void golden_bind(struct golden *g, const char *name, const char *value)
{
    assert_true(g->count < BINDINGS);
    g->bindings[g->count++] = (struct binding){base_strdup(name), base_strdup(value)};
}

static void golden_unbind(struct golden *g, size_t to)
{
    while (g->count > to) {
        free(g->bindings[--g->count].name);
        free(g->bindings[g->count].value);
    }
}

static bool numbered(const char *token, size_t len)
{
    static const char *const kinds[] = {"uid", "rv", "gen", "hash", "lrv"};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t kind = strlen(kinds[i]);
        if (len > kind && strncmp(token, kinds[i], kind) == 0 &&
            strspn(token + kind, "0123456789") == len - kind)
            return true;
    }
    return false;
}

/* What a numbered placeholder may stand for. */
static bool plausible(const char *token, const char *value, size_t len)
{
    if (strncmp(token, "uid", 3) == 0)
        return len == 36;
    if (strncmp(token, "gen", 3) == 0)
        return len == 5 && strspn(value, "bcdfghjklmnpqrstvwxz2456789") >= 5;
    if (strncmp(token, "rv", 2) == 0 || strncmp(token, "lrv", 3) == 0)
        return strspn(value, "0123456789") >= len && len;
    return len >= 3 && len <= 12;
}

static bool bind_new(struct golden *g, const char *token, size_t len, const char *value,
                     size_t value_len)
{
    char *name = base_strndup(token, len), *text = base_strndup(value, value_len);
    bool good = plausible(name, value, value_len);

    for (size_t i = 0; i < g->count && good; i++) /* another of the kind has it already */
        good = !(strncmp(g->bindings[i].name, name, 2) == 0 &&
                 strcmp(g->bindings[i].value, text) == 0);
    if (good)
        golden_bind(g, name, text);
    free(name);
    free(text);
    return good;
}

static bool text_fits(struct golden *g, const char *wanted, const char *got)
{
    while (*wanted && *wanted != '<' && *wanted == *got) {
        wanted++;
        got++;
    }
    const char *end = *wanted == '<' ? strchr(wanted, '>') : NULL;
    if (!end || end == wanted + 1)
        return *wanted == '<' && *got == '<' ? text_fits(g, wanted + 1, got + 1) : *wanted == *got;
    size_t len = (size_t)(end - wanted - 1), left = strlen(got), before = g->count;
    for (size_t i = 0; i < g->count; i++) {
        size_t value = strlen(g->bindings[i].value);
        if (strlen(g->bindings[i].name) == len &&
            strncmp(g->bindings[i].name, wanted + 1, len) == 0)
            return strncmp(got, g->bindings[i].value, value) == 0 &&
                   text_fits(g, end + 1, got + value);
    }
    for (size_t take = 0; take <= left; take++) {
        if (numbered(wanted + 1, len) && !bind_new(g, wanted + 1, len, got, take))
            continue;
        if (text_fits(g, end + 1, got + take))
            return true;
        golden_unbind(g, before);
    }
    return false;
}

static bool differ(struct golden *g, const char *path, const cJSON *wanted, const cJSON *got)
{
    char *a = wanted ? base_json_print(wanted) : base_strdup("(absent)"),
         *b = got ? base_json_print(got) : base_strdup("(absent)");

    snprintf(g->path, sizeof g->path, "%s", path);
    snprintf(g->wanted, sizeof g->wanted, "%s", a);
    snprintf(g->got, sizeof g->got, "%s", b);
    free(a);
    free(b);
    return false;
}

/* Members a server may leave out or not. */
static bool insignificant(const cJSON *member)
{
    return (strcmp(member->string, "creationTimestamp") == 0 && cJSON_IsNull(member)) ||
           strcmp(member->string, "description") == 0 ||
           strcmp(member->string, "managedFields") == 0;
}

static bool object_fits(struct golden *g, const cJSON *wanted, const cJSON *got, const char *path)
{
    char below[512];
    const cJSON *member;

    cJSON_ArrayForEach(member, got)
    {
        if (!insignificant(member) && !cJSON_GetObjectItemCaseSensitive(wanted, member->string)) {
            snprintf(below, sizeof below, "%s/%s", path, member->string);
            return differ(g, below, NULL, member);
        }
    }
    cJSON_ArrayForEach(member, wanted)
    {
        snprintf(below, sizeof below, "%s/%s", path, member->string);
        if (!fits(g, member, cJSON_GetObjectItemCaseSensitive(got, member->string), below))
            return false;
    }
    return true;
}

/* Lists whose order is an accident: tried in order first, then each element where it fits. */
static bool list_fits(struct golden *g, const cJSON *wanted, const cJSON *got, const char *path)
{
    int count = cJSON_GetArraySize(got), at = 0;
    bool *used = base_alloc((size_t)count + 1), all = cJSON_GetArraySize(wanted) == count;
    const cJSON *element;

    if (!all)
        differ(g, path, wanted, got);
    cJSON_ArrayForEach(element, wanted)
    {
        char below[512];
        bool found = false;
        snprintf(below, sizeof below, "%s/%d", path, at);
        for (int k = 0; k < count && all && !found; k++) {
            int i = (at + k) % count;
            size_t before = g->count;
            found = !used[i] && fits(g, element, cJSON_GetArrayItem(got, i), below);
            used[i] = used[i] || found;
            if (!found)
                golden_unbind(g, before);
        }
        all = all && found;
        at++;
    }
    free(used);
    return all;
}

static bool fits(struct golden *g, const cJSON *wanted, const cJSON *got, const char *path)
{
    if (cJSON_IsString(wanted) && cJSON_IsString(got))
        return text_fits(g, wanted->valuestring, got->valuestring) || differ(g, path, wanted, got);
    if (cJSON_IsObject(wanted) && cJSON_IsObject(got))
        return object_fits(g, wanted, got, path);
    if (cJSON_IsArray(wanted) && cJSON_IsArray(got))
        return list_fits(g, wanted, got, path);
    return (wanted && got && base_json_equal(wanted, got)) || differ(g, path, wanted, got);
}

#endif
