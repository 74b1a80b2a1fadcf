/* Decides what $(name) becomes. */
#include "runner/vars.h"
#include "runner/patch.h"

#include "common/crypto.h"

#include <stdlib.h>
#include <string.h>

/* The value of "name" or "name | default": new, or NULL + err. */
static cJSON *value_of(const struct run_scope *scope, const char *inside, struct base_error *err)
{
    const char *bar = strchr(inside, '|');
    size_t len = bar ? (size_t)(bar - inside) : strlen(inside);
    char name[256];

    while (len && inside[len - 1] == ' ')
        len--;
    while (len && *inside == ' ') {
        inside++;
        len--;
    }
    if (len >= sizeof name || !len) {
        base_error_set(err, BASE_INVALID, NULL, "$(%s) names no variable", inside);
        return NULL;
    }
    memcpy(name, inside, len);
    name[len] = '\0';
    if (!strcmp(name, "now")) {
        char now[BASE_TIME_TEXT];
        base_time_iso(base_clock_ms(scope->clock), now);
        return cJSON_CreateString(now);
    }
    const cJSON *found = base_json_at(scope->names, name);
    if (found)
        return base_json_copy(found);
    if (bar) {
        for (bar++; *bar == ' '; bar++)
            ;
        return cJSON_CreateString(bar);
    }
    base_error_set(err, BASE_INVALID, NULL, "there is no variable $(%s)", name);
    return NULL;
}

static void append_value(struct base_buf *out, const cJSON *value)
{
    if (cJSON_IsString(value))
        base_buf_puts(out, value->valuestring);
    else
        base_json_append(out, value);
}

/* The length of "$(...)" at `at`, 0 when there is none. */
static size_t reference_length(const char *at)
{
    const char *close = at[0] == '$' && at[1] == '(' ? strchr(at, ')') : NULL;
    return close ? (size_t)(close - at) + 1 : 0;
}

static cJSON *expand_reference(const struct run_scope *scope, const char *at, size_t len,
                               struct base_error *err)
{
    char *inside = base_strndup(at + 2, len - 3);
    cJSON *value = value_of(scope, inside, err);

    free(inside);
    return value;
}

cJSON *run_expand_text(const struct run_scope *scope, const char *text, struct base_error *err)
{
    size_t len = reference_length(text);
    struct base_buf out = {0};

    if (len && !text[len])
        return expand_reference(scope, text, len, err);
    base_buf_puts(&out, "");
    while (*text) {
        if (!strncmp(text, "$$(", 3)) {
            base_buf_puts(&out, "$(");
            text += 3;
        } else if ((len = reference_length(text))) {
            cJSON *value = expand_reference(scope, text, len, err);
            if (!value) {
                base_buf_release(&out);
                return NULL;
            }
            append_value(&out, value);
            cJSON_Delete(value);
            text += len;
        } else {
            base_buf_putc(&out, *text++);
        }
    }
    cJSON *result = cJSON_CreateString(out.data);
    base_buf_release(&out);
    return result;
}

static cJSON *expand_members(const struct run_scope *scope, const cJSON *node,
                             struct base_error *err)
{
    cJSON *result = cJSON_IsArray(node) ? cJSON_CreateArray() : cJSON_CreateObject();

    for (const cJSON *item = node->child; item; item = item->next) {
        cJSON *value = run_expand(scope, item, err);
        if (!value) {
            cJSON_Delete(result);
            return NULL;
        }
        if (cJSON_IsArray(node))
            cJSON_AddItemToArray(result, value);
        else
            cJSON_AddItemToObject(result, item->string, value);
    }
    return result;
}

/* {$file: path, $patch: [...]}: the file's content (its texts expanded too), patched. */
static cJSON *expand_file(const struct run_scope *scope, const cJSON *node, struct base_error *err)
{
    char *name = run_expand_string(scope, base_json_at(node, "$file"), err);
    char *path = name ? base_asprintf("%s/%s", scope->folder, name) : NULL;
    cJSON *raw = path ? base_json_load(path, err) : NULL;
    cJSON *content = raw ? run_expand(scope, raw, err) : NULL;
    cJSON *patch = base_json_at(node, "$patch");

    cJSON_Delete(raw);
    if (content && patch) {
        cJSON *operations = run_expand(scope, patch, err);
        if (!operations || run_json_patch(&content, operations, err) != BASE_OK) {
            cJSON_Delete(content);
            content = NULL;
        }
        cJSON_Delete(operations);
    }
    free(path);
    free(name);
    return content;
}

cJSON *run_expand(const struct run_scope *scope, const cJSON *node, struct base_error *err)
{
    if (cJSON_IsString(node))
        return run_expand_text(scope, node->valuestring, err);
    if (cJSON_IsObject(node) && cJSON_GetObjectItemCaseSensitive(node, "$file"))
        return expand_file(scope, node, err);
    if (cJSON_IsObject(node) || cJSON_IsArray(node))
        return expand_members(scope, node, err);
    return base_json_copy(node);
}

char *run_expand_string(const struct run_scope *scope, const cJSON *node, struct base_error *err)
{
    struct base_buf out = {0};
    cJSON *value = run_expand(scope, node, err);

    if (!value)
        return NULL;
    append_value(&out, value);
    cJSON_Delete(value);
    return base_buf_take(&out);
}

/* Does the text at `at`, behind "$(", begin with a name of `names` ("case" of "case.x | y")? */
static bool names_one(const char *at, const cJSON *names)
{
    size_t len = strcspn(at += strspn(at, " "), " |.)");

    for (const cJSON *item = names->child; item; item = item->next)
        if (strlen(item->valuestring) == len && !strncmp(item->valuestring, at, len))
            return true;
    return false;
}

static bool mentions(const cJSON *node, const cJSON *names)
{
    const char *at = cJSON_IsString(node) ? node->valuestring : "";

    while ((at = strstr(at, "$("))) {
        at += 2;
        if (names_one(at, names))
            return true;
    }
    for (const cJSON *item = node->child; item; item = item->next)
        if (mentions(item, names))
            return true;
    return false;
}

void run_vars_split(const cJSON *vars, cJSON **once, cJSON **by_case)
{
    cJSON *names = cJSON_CreateArray();

    *once = cJSON_CreateObject();
    *by_case = cJSON_CreateObject();
    cJSON_AddItemToArray(names, cJSON_CreateString("case"));
    for (const cJSON *item = vars ? vars->child : NULL; item; item = item->next) {
        bool of_case = mentions(item, names);
        base_json_set(of_case ? *by_case : *once, item->string, base_json_copy(item));
        if (of_case)
            cJSON_AddItemToArray(names, cJSON_CreateString(item->string));
    }
    cJSON_Delete(names);
}

/* p + 8 lower-case letters and digits that depend on seed, scenario and variable alone. */
static cJSON *seeded_name(const char *prefix, const char *seed, const char *scenario,
                          const char *variable)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    char *text = base_asprintf("%s/%s/%s", seed, scenario, variable), suffix[9] = "";
    unsigned char digest[32];

    base_sha256(text, strlen(text), digest);
    for (int i = 0; i < 8; i++)
        suffix[i] = alphabet[digest[i] & 31];
    free(text);
    return base_json_textf("%s%s", prefix, suffix);
}

static cJSON *define_one(struct run_scope *scope, const cJSON *item, const char *seed,
                         const char *scenario, struct base_error *err)
{
    const cJSON *prefix = cJSON_GetArraySize(item) == 1 ? base_json_at(item, "prefix") : NULL;
    char *text = cJSON_IsString(prefix) ? run_expand_string(scope, prefix, err) : NULL;
    cJSON *value = text                     ? seeded_name(text, seed, scenario, item->string)
                   : cJSON_IsString(prefix) ? NULL
                                            : run_expand(scope, item, err);

    free(text);
    return value;
}

enum base_status run_define(struct run_scope *scope, const cJSON *vars, const char *seed,
                            const char *scenario, struct base_error *err)
{
    for (const cJSON *item = vars ? vars->child : NULL; item; item = item->next) {
        cJSON *value = define_one(scope, item, seed, scenario, err);
        if (!value)
            return BASE_INVALID;
        base_json_set(scope->names, item->string, value);
    }
    return BASE_OK;
}
