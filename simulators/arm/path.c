/* Decides what a path names. */
#include "simulators/arm/path.h"

#include "common/clock.h"

#include <string.h>

#define NAME_MAX_LENGTH 260
#define GROUP_MAX_LENGTH 90
#define BAD_IN_NAMES "<>%&:\\?/"

static bool split(struct base_arena *arena, const char *path, struct arm_target *out);
static bool check_scope(struct base_arena *arena, struct arm_target *out);
static bool read_provider(struct base_arena *arena, const char *method, size_t at,
                          struct arm_target *out);
static bool check_names(struct base_arena *arena, struct arm_target *target);

bool arm_path_parse(struct base_arena *arena, const char *method, const char *path,
                    struct arm_target *out)
{
    size_t at = 0;

    memset(out, 0, sizeof *out);
    out->error = ARM_INVALID_NAME;
    out->message = "The request path holds a malformed escape or too many segments.";
    if (!split(arena, path, out))
        return false;
    if (!check_scope(arena, out))
        return false;
    if (out->count && base_equal_nocase(out->parts[0], "subscriptions"))
        at = out->group ? 4 : out->subscription ? 2 : 0;
    out->scope = out->id = arm_path_join(arena, out->parts, at);
    if (at >= out->count || !base_equal_nocase(out->parts[at], "providers"))
        return true;
    out->message = "The resource path has too many type segments.";
    return read_provider(arena, method, at, out) && check_names(arena, out);
}

const char *arm_path_join(struct base_arena *arena, const char *const *parts, size_t count)
{
    struct base_buf buf = {0};

    for (size_t i = 0; i < count; i++)
        base_buf_printf(&buf, "/%s", parts[i]);
    const char *text = base_arena_strdup(arena, buf.data ? buf.data : "");
    base_buf_release(&buf);
    return text;
}

const char *arm_parent_id(struct base_arena *arena, const struct arm_target *target)
{
    if (target->depth < 2)
        return "";
    return arm_path_join(arena, target->parts, target->first + 2 * (target->depth - 1));
}

const char *arm_target_name(const struct arm_target *target)
{
    return target->depth ? target->names[target->depth - 1] : NULL;
}

bool arm_group_name_valid(const char *name)
{
    size_t len = strlen(name);

    if (!len || len > GROUP_MAX_LENGTH || name[len - 1] == '.')
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)name[i];
        bool letter = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && c < 0x80 && !strchr("-_().", c))
            return false;
    }
    return true;
}

/* Cuts at every slash first and decodes afterwards, so that an escaped slash stays inside its name. */
static bool split(struct base_arena *arena, const char *path, struct arm_target *out)
{
    const char **raw = base_arena_alloc(arena, ARM_PATH_SEGMENTS * sizeof *raw);
    const char **parts = base_arena_alloc(arena, ARM_PATH_SEGMENTS * sizeof *parts);

    out->raw = raw;
    out->parts = parts;
    for (const char *at = path; *at;) {
        size_t len = strcspn(at, "/");
        struct base_buf plain = {0};
        if (len) {
            bool good = out->count < ARM_PATH_SEGMENTS && base_uri_decode(&plain, at, len, false) &&
                        plain.data && strlen(plain.data) == plain.len;
            if (good) {
                raw[out->count] = base_arena_strndup(arena, at, len);
                parts[out->count++] = base_arena_strdup(arena, plain.data);
            }
            base_buf_release(&plain);
            if (!good)
                return false;
        }
        at += len + (at[len] == '/');
    }
    out->path = out->count ? arm_path_join(arena, raw, out->count) : "/";
    return true;
}

static bool check_scope(struct base_arena *arena, struct arm_target *out)
{
    if (out->count < 2 || !base_equal_nocase(out->parts[0], "subscriptions"))
        return true;
    out->subscription = out->parts[1];
    if (!base_is_uuid(out->subscription)) {
        out->error = ARM_INVALID_SUBSCRIPTION_ID;
        out->message = base_arena_printf(
            arena, "The provided subscription identifier '%s' is malformed or invalid.",
            out->subscription);
        return false;
    }
    if (out->count < 4 || !base_equal_nocase(out->parts[2], "resourceGroups"))
        return true;
    out->group = out->parts[3];
    if (arm_group_name_valid(out->group))
        return true;
    out->error = ARM_INVALID_GROUP_NAME;
    out->message = base_arena_printf(
        arena,
        "The provided resource group name '%s' is invalid. A name has 1 to %d letters, "
        "digits, '-', '_', '(', ')' or '.', and does not end with '.'.",
        out->group, GROUP_MAX_LENGTH);
    return false;
}

/* parts[at] is "providers". A further "providers" where a type is expected begins an extension resource. */
static bool read_provider(struct base_arena *arena, const char *method, size_t at,
                          struct arm_target *out)
{
    size_t end = out->count, i;

    for (i = at + 2; i < out->count; i += 2)
        if (i > at + 2 && base_equal_nocase(out->parts[i], "providers"))
            at = i;
    if (at + 1 >= out->count)
        return true; /* ".../providers": the list of namespaces */
    out->scope = out->id = arm_path_join(arena, out->parts, at);
    out->provider = out->parts[at + 1];
    out->first = at + 2;
    if ((end - out->first) % 2 && base_equal(method, "POST"))
        out->action = out->parts[--end];
    if ((end - out->first + 1) / 2 > ARM_PATH_DEPTH)
        return false;
    out->type = end > out->first ? out->provider : NULL;
    for (i = out->first; i < end; i += 2) {
        out->type = base_arena_printf(arena, "%s/%s", out->type, out->parts[i]);
        out->names[out->depth++] = i + 1 < end ? out->parts[i + 1] : NULL;
    }
    out->collection = (end - out->first) % 2 != 0;
    if (end - out->collection > out->first)
        out->id = arm_path_join(arena, out->parts, end - out->collection);
    return true;
}

static bool check_names(struct base_arena *arena, struct arm_target *target)
{
    for (size_t i = 0; i < target->depth; i++) {
        const char *name = target->names[i];
        size_t good = name ? strcspn(name, BAD_IN_NAMES) : 0;
        for (size_t c = 0; name && c < good; c++)
            if ((unsigned char)name[c] < 0x20 || name[c] == 0x7f)
                good = c;
        if (!name || (!name[good] && good <= NAME_MAX_LENGTH))
            continue;
        target->message = base_arena_printf(
            arena,
            "The resource name '%s' is invalid: it has at most %d characters and none of "
            "'<', '>', '%%', '&', ':', '\\', '?', '/' and control characters.",
            name, NAME_MAX_LENGTH);
        return false;
    }
    return true;
}
