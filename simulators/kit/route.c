/* Decides which row of a route table a request belongs to. */
#include "simulators/kit/route.h"

#include <string.h>

static bool matches(const char *pattern, const char **parts, size_t count, const char **values)
{
    size_t captured = 0;

    for (size_t i = 0; i < count; i++) {
        size_t len;
        if (*pattern != '/')
            return false;
        len = strcspn(++pattern, "/");
        if (*pattern == '{') {
            BUG_ON(captured == SIM_ROUTE_CAPTURES);
            values[captured++] = parts[i];
        } else if (strlen(parts[i]) != len || !base_starts_nocase(pattern, parts[i])) {
            return false;
        }
        pattern += len;
    }
    return *pattern == '\0';
}

bool sim_route_find(struct base_arena *arena, const struct sim_route *routes, size_t count,
                    const char *method, const char *path, struct sim_route_match *out)
{
    const char **parts;
    size_t part_count = base_path_split(arena, path, &parts);

    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < count; i++) {
        const char *values[SIM_ROUTE_CAPTURES] = {NULL};
        if (!matches(routes[i].pattern, parts, part_count, values))
            continue;
        if (base_equal(routes[i].method, method)) {
            out->route = &routes[i];
            memcpy(out->values, values, sizeof values);
            return true;
        }
        out->other_method = routes[i].method;
    }
    return false;
}
