/* Decides how a resource path is taken apart (ARM resource ids: facts of the RPC, 1.1). */
#include "simulators/kit/resource.h"

#include <string.h>

/* The index of the last "providers" segment, or count when there is none. */
static size_t last_providers(const char **parts, size_t count)
{
    for (size_t i = count; i--;)
        if (base_equal_nocase(parts[i], "providers"))
            return i;
    return count;
}

static const char *join(struct base_arena *arena, const char **parts, size_t count)
{
    struct base_buf buf = {0};

    for (size_t i = 0; i < count; i++)
        base_buf_printf(&buf, "/%s", parts[i]);
    char *text = base_arena_strdup(arena, buf.data ? buf.data : "");
    base_buf_release(&buf);
    return text;
}

static bool read_types(struct base_arena *arena, const char *method, const char **parts,
                       size_t count, struct sim_resource_id *out)
{
    struct base_buf type = {0};
    bool odd = count % 2 != 0, is_action = odd && count > 1 && base_equal(method, "POST");

    if (is_action)
        out->action = parts[--count];
    if ((count + 1) / 2 > SIM_ID_NAMES)
        return false;
    base_buf_puts(&type, out->provider);
    for (size_t i = 0; i < count; i += 2) {
        base_buf_printf(&type, "/%s", parts[i]);
        out->names[out->depth++] = i + 1 < count ? parts[i + 1] : NULL;
    }
    out->type = base_arena_strdup(arena, type.data);
    base_buf_release(&type);
    return out->depth > 0;
}

bool sim_resource_id_parse(struct base_arena *arena, const char *method, const char *path,
                           struct sim_resource_id *out)
{
    const char **parts;
    size_t count = base_path_split(arena, path, &parts);
    size_t at = last_providers(parts, count);

    memset(out, 0, sizeof *out);
    if (at + 2 >= count)
        return false;
    if (at >= 2 && base_equal_nocase(parts[0], "subscriptions"))
        out->subscription = parts[1];
    if (at >= 4 && base_equal_nocase(parts[2], "resourceGroups"))
        out->group = parts[3];
    if (last_providers(parts, at) < at)
        out->parent_scope = join(arena, parts, at);
    out->provider = parts[at + 1];
    return read_types(arena, method, parts + at + 2, count - at - 2, out);
}
