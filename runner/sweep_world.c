/* Decides what of a world is compared between runs, and how a difference is told. */
#include "runner/mask.h"
#include "runner/sweep.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *view;
    const char *
        maker; /* the member that says whose it is: it must fit a caller, or (NULL) `owned` must be there */
    const char *owned;
    const char *members[6];
} views[] = {
    {"arm", "createdBy", NULL, {"type", "id", "ownedBy", "provisioningState"}},
    {"roleAssignments", "createdBy", NULL, {"role", "scope", "principal"}},
    {"identities", NULL, "resourceId", {"kind", "resourceId"}},
    {"keyvault", NULL, "tags.owner", {"kind", "name", "tags.owner"}},
    {"kubernetes", NULL, "owner", {"kind", "namespace", "name", "owner"}},
};
static const char *const made_by_the_cluster[] = {"Pod", "ReplicaSet", "Endpoints", "Event"};

static bool counts(size_t view, const cJSON *item, const cJSON *callers, bool pods)
{
    const char *kind = base_json_text(item, "kind");

    for (size_t i = 0;
         kind && !pods && i < sizeof made_by_the_cluster / sizeof *made_by_the_cluster; i++)
        if (!strcmp(views[view].view, "kubernetes") && !strcmp(made_by_the_cluster[i], kind))
            return false;
    if (views[view].maker)
        return run_fits_one(callers, base_json_text(item, views[view].maker));
    return base_json_text(item, views[view].owned) != NULL;
}

static void add_line(cJSON *lines, size_t view, const cJSON *item)
{
    struct base_buf line = {0};
    double versions = base_json_number(item, "versions", 1);

    base_buf_puts(&line, views[view].view);
    for (size_t i = 0; i < 6 && views[view].members[i]; i++) {
        const char *text = base_json_text(item, views[view].members[i]);
        base_buf_putc(&line, ' ');
        run_mask_ids(text ? text : "-", &line);
    }
    if (versions > 1)
        base_buf_printf(&line, " in %.0f versions", versions);
    if (base_json_true(item, "deleted"))
        base_buf_puts(&line, " (deleted, not purged)");
    cJSON_AddItemToArray(lines, cJSON_CreateString(line.data));
    base_buf_release(&line);
}

static int by_text(const void *a, const void *b)
{
    return strcmp((*(cJSON *const *)a)->valuestring, (*(cJSON *const *)b)->valuestring);
}

static cJSON *sorted(cJSON *lines)
{
    size_t count = (size_t)cJSON_GetArraySize(lines);
    cJSON **items = base_alloc((count + 1) * sizeof *items), *out = cJSON_CreateArray();

    for (size_t i = 0; i < count; i++)
        items[i] = cJSON_DetachItemFromArray(lines, 0);
    qsort(items, count, sizeof *items, by_text);
    for (size_t i = 0; i < count; i++)
        cJSON_AddItemToArray(out, items[i]);
    free(items);
    cJSON_Delete(lines);
    return out;
}

cJSON *run_world_lines(const cJSON *world, const cJSON *callers, bool pods)
{
    cJSON *lines = cJSON_CreateArray();

    for (size_t view = 0; view < sizeof views / sizeof *views; view++) {
        const cJSON *list = base_json_at(world, views[view].view);
        for (const cJSON *item = list ? list->child : NULL; item; item = item->next)
            if (counts(view, item, callers, pods))
                add_line(lines, view, item);
    }
    return sorted(lines);
}

/* Both are sorted. */
bool run_world_same(const cJSON *clean, const cJSON *now, struct base_buf *difference)
{
    const cJSON *want = clean ? clean->child : NULL, *got = now ? now->child : NULL;
    bool same = true;

    while (want || got) {
        int order = !want ? 1 : !got ? -1 : strcmp(want->valuestring, got->valuestring);
        if (order)
            base_buf_printf(difference, "  %s: %s\n", order < 0 ? "missing" : "too many",
                            order < 0 ? want->valuestring : got->valuestring);
        same = same && !order;
        want = order <= 0 ? want->next : want;
        got = order >= 0 ? got->next : got;
    }
    return same;
}
