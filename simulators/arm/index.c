/* Decides what ARM remembers of resources that are kept by providers behind an endpoint. */
#include "simulators/arm/index.h"
#include "simulators/arm/asked.h"
#include "simulators/arm/locks.h"
#include "simulators/arm/forward.h"
#include "simulators/arm/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void settle(struct arm *arm, const char *id);

static bool deleting(const cJSON *entry)
{
    return base_json_true(entry, "deleting");
}

/* Something is under way, and what ARM remembers may be out of date. */
static bool unsettled(const cJSON *entry)
{
    static const char *const terminal[] = {"Succeeded", "Failed", "Canceled"};
    const char *state = base_json_text(entry, "provisioningState");

    for (size_t i = 0; i < sizeof terminal / sizeof *terminal; i++)
        if (base_equal_nocase(state, terminal[i]))
            return deleting(entry);
    return true;
}

cJSON *arm_resource_known(struct arm *arm, const char *id)
{
    cJSON *kept = sim_resource_get(arm->world, id);
    cJSON *entry = kept ? NULL : arm_docs_get(arm->index, id);

    if (entry && deleting(entry)) {
        settle(arm, id);
        cJSON_Delete(entry);
        entry = arm_docs_get(arm->index, id);
    }
    return kept ? kept : entry;
}

static bool tracked(struct arm *arm, const cJSON *body)
{
    const char *type = base_json_text(body, "type");
    char *provider = type ? base_strndup(type, strcspn(type, "/")) : NULL;
    sim_provider_t *kit = provider ? sim_provider_find(arm->world, provider) : NULL;
    const struct sim_resource_type *row = kit ? sim_provider_type(kit, type) : NULL;

    free(provider);
    return row && row->tracked;
}

static int by_id(const void *a, const void *b)
{
    return strcasecmp(base_json_text(*(cJSON *const *)a, "id"),
                      base_json_text(*(cJSON *const *)b, "id"));
}

/* Moves all items of both arrays into one, sorted. */
static cJSON *merge(cJSON *kept, cJSON *entries)
{
    size_t count = 0, room = (size_t)(cJSON_GetArraySize(kept) + cJSON_GetArraySize(entries));
    cJSON **items = base_alloc((room + 1) * sizeof *items), *list = cJSON_CreateArray();

    while (kept->child)
        items[count++] = cJSON_DetachItemViaPointer(kept, kept->child);
    while (entries->child)
        items[count++] = cJSON_DetachItemViaPointer(entries, entries->child);
    qsort(items, count, sizeof *items, by_id);
    for (size_t i = 0; i < count; i++)
        cJSON_AddItemToArray(list, items[i]);
    free(items);
    return list;
}

/* Adds what providers in this process are deleting. */
static void add_going(struct arm *arm, const char *scope, cJSON *list)
{
    cJSON *going = sim_resource_going(arm->world, NULL, scope), *item;

    while ((item = cJSON_DetachItemFromArray(going, 0))) {
        base_json_set_bool(item, "deleting", true);
        cJSON_AddItemToArray(list, item);
    }
    cJSON_Delete(going);
}

cJSON *arm_resources_known(struct arm *arm, const char *scope)
{
    cJSON *kept = sim_resource_list(arm->world, NULL, scope), *item, *next;

    add_going(arm, scope, kept);
    arm_index_settle(arm);
    cJSON *entries = arm_docs_list(arm->index, scope);
    for (item = kept->child; item; item = next) {
        next = item->next;
        if (!tracked(arm, item))
            cJSON_Delete(cJSON_DetachItemViaPointer(kept, item));
    }
    cJSON *list = merge(kept, entries);
    cJSON_Delete(kept);
    cJSON_Delete(entries);
    return list;
}

/* Name and type follow from the id; what a provider's body says of them does not matter. */
static void complete(struct arm *arm, cJSON *entry, const char *id)
{
    struct base_arena arena;
    struct base_buf path = {0};
    struct arm_target target;
    struct arm_type type;

    base_arena_init(&arena);
    base_uri_encode(&path, id, "/");
    if (arm_path_parse(&arena, "GET", path.data, &target) && target.type) {
        bool known = arm_type_find(arm, &arena, target.type, &type);
        base_json_set_text(entry, "type", known ? type.name : target.type);
        base_json_set_text(entry, "name", arm_target_name(&target));
    }
    base_buf_release(&path);
    base_arena_release(&arena);
}

void arm_index_learn(struct arm *arm, const char *id, const cJSON *body, const char *api_version,
                     const char *creator)
{
    static const char *const members[] = {"location", "tags",     "kind",
                                          "sku",      "identity", "managedBy"};
    const char *shown = base_json_text(body, "id"),
               *state = base_json_text(body, "properties.provisioningState");
    cJSON *old = arm_docs_get(arm->index, id), *entry = cJSON_CreateObject();
    char now[BASE_TIME_TEXT];

    base_time_iso(sim_now_ms(arm->world), now);
    base_json_set_text(entry, "id", base_equal_nocase(shown, id) ? shown : id);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (base_json_at(body, members[i]))
            base_json_set(entry, members[i], base_json_copy(base_json_at(body, members[i])));
    complete(arm, entry, id);
    base_json_set_text(entry, "provisioningState", state ? state : "Succeeded");
    base_json_set_text(entry, "apiVersion", api_version);
    base_json_set_text(entry, "createdBy", old ? base_json_text(old, "createdBy") : creator);
    base_json_set_text(entry, "createdTime", old ? base_json_text(old, "createdTime") : now);
    base_json_set_text(entry, "changedTime", now);
    base_json_set_bool(entry, "deleting", base_equal_nocase(state, "Deleting"));
    arm_docs_put(arm->index, id, entry);
    cJSON_Delete(old);
}

static void mark_deleting(void *context, cJSON *document)
{
    (void)context;
    base_json_set_bool(document, "deleting", true);
    base_json_set_text(document, "provisioningState", "Deleting");
}

void arm_index_deleting(struct arm *arm, const char *id)
{
    arm_docs_update(arm->index, id, mark_deleting, NULL);
}

void arm_index_settle(struct arm *arm)
{
    cJSON *entries = arm_docs_list(arm->index, NULL), *entry;

    cJSON_ArrayForEach(entry, entries)
    {
        if (unsettled(entry))
            settle(arm, base_json_text(entry, "id"));
    }
    cJSON_Delete(entries);
}

bool arm_foreign_children(struct arm *arm, const char *id, enum arm_home home, struct base_buf *out)
{
    cJSON *children = home == ARM_HOME_KIT ? arm_docs_list(arm->index, id)
                                           : sim_resource_list(arm->world, NULL, id);
    const cJSON *child;
    bool found = false;

    cJSON_ArrayForEach(child, children)
    {
        if (home != ARM_HOME_KIT && !tracked(arm, child))
            continue;
        base_buf_printf(out, "%s%s", found ? ", " : "", base_json_text(child, "id"));
        found = true;
    }
    cJSON_Delete(children);
    return found;
}

void arm_resource_gone(struct arm *arm, const char *id)
{
    cJSON *doomed = arm_docs_list(arm->index, id), *entry;

    cJSON_ArrayForEach(entry, doomed) arm_docs_remove(arm->index, base_json_text(entry, "id"));
    arm_docs_remove(arm->index, id);
    cJSON_Delete(doomed);
    arm_identity_remove_below(arm, id);
    (void)sim_assignment_remove_below(arm->world, id);
    arm_locks_gone(arm, id);
    arm_asked_gone(arm, id);
}

void arm_resource_creator(struct arm *arm, const char *id, char out[BASE_UUID_TEXT])
{
    sim_resource_creator(arm->world, id, out);
    if (*out)
        return;
    cJSON *entry = arm_docs_get(arm->index, id);
    const char *creator = base_json_text(entry, "createdBy");
    snprintf(out, BASE_UUID_TEXT, "%s", creator ? creator : "");
    cJSON_Delete(entry);
}

/* Asks the provider: 404 means gone; a state other than Deleting means that the deletion failed. */
static void ask(struct arm *arm, struct base_arena *arena, const cJSON *entry)
{
    const char *id = base_json_text(entry, "id");
    struct base_http_response response = {0};
    struct base_buf path = {0};
    struct arm_type type;
    char correlation[BASE_UUID_TEXT];

    if (!arm_type_find(arm, arena, base_json_text(entry, "type"), &type))
        return;
    base_uri_encode(&path, id, "/");
    base_uuid(sim_world_random(arm->world), correlation);
    struct arm_forward forward = {
        .arm = arm,
        .arena = arena,
        .type = &type,
        .method = "GET",
        .path = path.data,
        .query = base_arena_printf(arena, "api-version=%s", base_json_text(entry, "apiVersion")),
        .base = "https://" ARM_HOST,
        .correlation = correlation,
        .routing = correlation,
    };
    forward.referer = base_arena_printf(arena, "%s%s?%s", forward.base, path.data, forward.query);
    arm_forward_send(&forward, &response);
    if (response.status == 404 && arm_forward_answered(&response))
        arm_resource_gone(arm, id);
    if (response.status == 200) {
        cJSON *body = base_json_parse(response.body.data, response.body.len, NULL);
        if (cJSON_IsObject(body)) /* a call that was cut off may leave nothing */
            arm_index_learn(arm, id, body, base_json_text(entry, "apiVersion"), NULL);
        cJSON_Delete(body);
    }
    base_http_response_release(&response);
    base_buf_release(&path);
}

static void settle(struct arm *arm, const char *id)
{
    cJSON *entry = arm_docs_get(arm->index, id);
    struct base_arena arena;

    base_arena_init(&arena);
    if (entry && unsettled(entry))
        ask(arm, &arena, entry);
    base_arena_release(&arena);
    cJSON_Delete(entry);
}
