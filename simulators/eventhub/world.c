/* Finds namespaces, hubs, groups and rules, and applies what ARM decided about them. */
#include "simulators/eventhub/world.h"

#include "simulators/eventhub/hash.h"

#include "common/file.h"
#include "common/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS (24LL * 3600 * 1000)

/* The names of a resource, out of its id. */
struct names {
    struct base_arena arena;
    struct sim_resource_id id;
};

static bool names_of(const cJSON *body, struct names *out);
static void namespace_drop(eh_t *eh, size_t index);
static struct eh_hub *hub_make(eh_t *eh, struct eh_namespace *space, const cJSON *body);
static void hub_remember_uid(eh_t *eh, struct eh_hub *hub);
static void hub_open_logs(eh_t *eh, struct eh_hub *hub, int64_t retention_ms);
static char *hub_folder(const eh_t *eh, const struct eh_hub *hub);
static void hub_drop(eh_t *eh, struct eh_namespace *space, struct eh_hub *hub);
static void hub_free(struct eh_hub *hub);
static enum eh_status status_of(const cJSON *body);
static int64_t retention_of(const cJSON *body);

/* -- finding -- */

struct eh_namespace *eh_namespace_find(eh_t *eh, const char *name)
{
    for (size_t i = 0; i < eh->count; i++)
        if (base_equal_nocase(eh->namespaces[i]->name, name))
            return eh->namespaces[i];
    return NULL;
}

struct eh_hub *eh_hub_find(struct eh_namespace *space, const char *name)
{
    for (size_t i = 0; space && i < space->count; i++)
        if (base_equal_nocase(space->hubs[i]->name, name))
            return space->hubs[i];
    return NULL;
}

const char *eh_group_find(const struct eh_hub *hub, const char *name)
{
    for (size_t i = 0; i < hub->group_count; i++)
        if (base_equal_nocase(hub->groups[i], name))
            return hub->groups[i];
    return NULL;
}

struct eh_hub *eh_hub_ref(struct eh_hub *hub)
{
    atomic_fetch_add(&hub->refs, 1);
    return hub;
}

void eh_hub_unref(struct eh_hub *hub)
{
    if (hub && atomic_fetch_sub(&hub->refs, 1) == 1)
        hub_free(hub);
}

struct eh_hub *eh_hub_get(eh_t *eh, const char *space, const char *name)
{
    pthread_mutex_lock(&eh->lock);
    struct eh_hub *hub = eh_hub_find(eh_namespace_find(eh, space), name);
    if (hub)
        eh_hub_ref(hub);
    pthread_mutex_unlock(&eh->lock);
    return hub;
}

bool eh_namespace_exists(eh_t *eh, const char *name)
{
    pthread_mutex_lock(&eh->lock);
    bool found = eh_namespace_find(eh, name) != NULL;
    pthread_mutex_unlock(&eh->lock);
    return found;
}

bool eh_group_spelling(eh_t *eh, struct eh_hub *hub, const char *name, char *out, size_t size)
{
    pthread_mutex_lock(&eh->lock);
    const char *group = eh_group_find(hub, name);
    snprintf(out, size, "%s", group ? group : "");
    pthread_mutex_unlock(&eh->lock);
    return group != NULL;
}

enum eh_status eh_hub_status(eh_t *eh, struct eh_hub *hub)
{
    pthread_mutex_lock(&eh->lock);
    enum eh_status status = hub->status;
    pthread_mutex_unlock(&eh->lock);
    return status;
}

enum base_status eh_hub_append(eh_t *eh, struct eh_hub *hub, int fixed,
                               const struct eh_batch *batch, struct base_error *err)
{
    int partition = fixed;
    if (batch->count == 0)
        return BASE_OK;
    if (partition < 0 && batch->key.data)
        partition = eh_key_partition(batch->key.data, batch->key.len, hub->partition_count);
    if (partition < 0)
        partition = (int)(atomic_fetch_add(&hub->turn, 1) % (unsigned)hub->partition_count);
    if (eh_log_append(hub->partitions[partition].log, batch, sim_now_ms(eh->world), NULL, err) !=
        BASE_OK)
        return err->status;
    if (eh->loop)
        eh_loop_wake(eh->loop, hub, partition);
    return BASE_OK;
}

/* -- namespaces -- */

void eh_namespace_apply(eh_t *eh, const cJSON *body, bool removed)
{
    const char *name = base_json_text(body, "name");
    pthread_mutex_lock(&eh->lock);
    struct eh_namespace *space = eh_namespace_find(eh, name);
    if (!space && !removed) {
        space = base_alloc(sizeof(*space));
        space->name = base_strdup(name);
        space->id = base_strdup(base_json_text(body, "id"));
        eh->namespaces = base_realloc(eh->namespaces, (eh->count + 1) * sizeof(*eh->namespaces));
        eh->namespaces[eh->count++] = space;
    }
    if (space && !removed)
        space->local_auth = !base_json_true(body, "properties.disableLocalAuth");
    for (size_t i = 0; removed && i < eh->count; i++)
        if (eh->namespaces[i] == space)
            namespace_drop(eh, i);
    pthread_mutex_unlock(&eh->lock);
    eh_loop_look(eh->loop);
}

static void namespace_drop(eh_t *eh, size_t index)
{
    struct eh_namespace *space = eh->namespaces[index];
    while (space->count > 0)
        hub_drop(eh, space, space->hubs[space->count - 1]);
    memmove(&eh->namespaces[index], &eh->namespaces[index + 1],
            (eh->count - index - 1) * sizeof(*eh->namespaces));
    eh->count--;
    eh_rules_release(&space->rules);
    free(space->hubs);
    free(space->name);
    free(space->id);
    free(space);
}

/* -- hubs -- */

void eh_hub_apply(eh_t *eh, const cJSON *body, bool removed)
{
    struct names names;
    if (!names_of(body, &names))
        return;
    pthread_mutex_lock(&eh->lock);
    struct eh_namespace *space = eh_namespace_find(eh, names.id.names[0]);
    struct eh_hub *hub = eh_hub_find(space, names.id.names[1]);
    if (removed && hub)
        hub_drop(eh, space, hub);
    if (!removed && space && !hub)
        hub = hub_make(eh, space, body);
    if (!removed && hub) {
        hub->status = status_of(body);
        for (int i = 0; i < hub->partition_count; i++)
            eh_log_set_retention(hub->partitions[i].log, retention_of(body));
    }
    pthread_mutex_unlock(&eh->lock);
    base_arena_release(&names.arena);
    eh_loop_look(eh->loop);
}

static struct eh_hub *hub_make(eh_t *eh, struct eh_namespace *space, const cJSON *body)
{
    struct eh_hub *hub = base_alloc(sizeof(*hub));
    const char *created = base_json_text(body, "properties.createdAt");
    atomic_init(&hub->refs, 1);
    hub->name = base_strdup(base_json_text(body, "name"));
    hub->id = base_strdup(base_json_text(body, "id"));
    hub->namespace_name = base_strdup(space->name);
    hub->partition_count = (int)base_json_number(body, "properties.partitionCount", 1);
    if (!created || !base_time_parse(created, &hub->created_ms))
        hub->created_ms = sim_now_ms(eh->world);
    hub_remember_uid(eh, hub);
    hub_open_logs(eh, hub, retention_of(body));
    space->hubs = base_realloc(space->hubs, (space->count + 1) * sizeof(*space->hubs));
    space->hubs[space->count++] = hub;
    return hub;
}

struct uid_search {
    const char *key;
    char *out;
};

static void find_uid(void *context, const char *key, const cJSON *document)
{
    struct uid_search *search = context;
    const char *uid = base_json_text(document, "uid");
    if (base_equal_nocase(key, search->key) && uid && base_is_uuid(uid))
        snprintf(search->out, BASE_UUID_TEXT, "%s", uid);
}

/* A hub made anew under an old name must not find the old events: its folder has a name of its own. */
static void hub_remember_uid(eh_t *eh, struct eh_hub *hub)
{
    sim_store_each(eh->world, "eventhub.hub", find_uid, &(struct uid_search){hub->id, hub->uid});
    if (hub->uid[0])
        return;
    cJSON *doc = cJSON_CreateObject();
    base_uuid(sim_world_random(eh->world), hub->uid);
    base_json_set_text(doc, "uid", hub->uid);
    sim_store_put(eh->world, "eventhub.hub", hub->id, doc);
    cJSON_Delete(doc);
}

/* A log that cannot be opened leaves the partition in memory only: said loudly, for its events would be lost. */
static void hub_open_logs(eh_t *eh, struct eh_hub *hub, int64_t retention_ms)
{
    char *folder = hub_folder(eh, hub);
    struct base_error err = {0};
    if (folder && base_dir_make(folder, &err) != BASE_OK)
        base_log(BASE_LOG_ERROR, "eventhub", NULL, "hub %s keeps no files: %s", hub->name,
                 err.message);
    hub->partitions = base_alloc((size_t)hub->partition_count * sizeof(*hub->partitions));
    for (int i = 0; i < hub->partition_count; i++) {
        char *path = folder && err.status == BASE_OK ? base_asprintf("%s/%d.log", folder, i) : NULL;
        struct base_error bad = {0};
        struct eh_partition *partition = &hub->partitions[i];
        partition->log = eh_log_open(path, retention_ms, sim_now_ms(eh->world), &bad);
        if (!partition->log) {
            base_log(BASE_LOG_ERROR, "eventhub", NULL,
                     "hub %s, partition %d starts empty, in memory: %s", hub->name, i, bad.message);
            (void)base_error_set(&eh->load_error, bad.status, bad.code, "%s", bad.message);
            partition->log = eh_log_open(NULL, retention_ms, 0, NULL);
        }
        free(path);
    }
    free(folder);
}

/* NULL in a world without a state folder. */
static char *hub_folder(const eh_t *eh, const struct eh_hub *hub)
{
    const char *state = sim_world_state_dir(eh->world);
    return state ? base_asprintf("%s/eventhub/%s", state, hub->uid) : NULL;
}

static void hub_drop(eh_t *eh, struct eh_namespace *space, struct eh_hub *hub)
{
    char *folder = hub_folder(eh, hub);
    struct base_error err = {0};
    for (size_t i = 0; i < space->count; i++)
        if (space->hubs[i] == hub) {
            memmove(&space->hubs[i], &space->hubs[i + 1],
                    (space->count - i - 1) * sizeof(*space->hubs));
            space->count--;
            break;
        }
    atomic_store(&hub->gone, true);
    sim_store_delete(eh->world, "eventhub.hub", hub->id);
    if (folder && base_dir_remove(folder, &err) != BASE_OK)
        base_log(BASE_LOG_WARN, "eventhub", NULL, "%s", err.message);
    free(folder);
    eh_hub_unref(hub);
}

static void hub_free(struct eh_hub *hub)
{
    for (int i = 0; i < hub->partition_count; i++)
        eh_log_close(hub->partitions[i].log);
    for (size_t i = 0; i < hub->group_count; i++)
        free(hub->groups[i]);
    eh_rules_release(&hub->rules);
    free(hub->partitions);
    free(hub->groups);
    free(hub->name);
    free(hub->id);
    free(hub->namespace_name);
    free(hub);
}

static enum eh_status status_of(const cJSON *body)
{
    static const char *const words[] = {"Active", "Disabled", "SendDisabled", "ReceiveDisabled"};
    const char *status = base_json_text(body, "properties.status");
    for (size_t i = 0; status && i < sizeof(words) / sizeof(words[0]); i++)
        if (base_equal_nocase(words[i], status))
            return (enum eh_status)i;
    return EH_ACTIVE;
}

static int64_t retention_of(const cJSON *body)
{
    return (int64_t)(base_json_number(body, "properties.messageRetentionInDays", 1) *
                     (double)DAY_MS);
}

/* -- groups -- */

void eh_group_apply(eh_t *eh, const cJSON *body, bool removed)
{
    struct names names;
    if (!names_of(body, &names))
        return;
    pthread_mutex_lock(&eh->lock);
    struct eh_hub *hub = eh_hub_find(eh_namespace_find(eh, names.id.names[0]), names.id.names[1]);
    const char *group = hub ? eh_group_find(hub, names.id.names[2]) : NULL;
    if (hub && !group && !removed) {
        hub->groups = base_realloc(hub->groups, (hub->group_count + 1) * sizeof(*hub->groups));
        hub->groups[hub->group_count++] = base_strdup(names.id.names[2]);
    }
    for (size_t i = 0; group && removed && i < hub->group_count; i++)
        if (hub->groups[i] == group) {
            free(hub->groups[i]);
            memmove(&hub->groups[i], &hub->groups[i + 1],
                    (hub->group_count - i - 1) * sizeof(*hub->groups));
            hub->group_count--;
            break;
        }
    pthread_mutex_unlock(&eh->lock);
    base_arena_release(&names.arena);
    eh_loop_look(eh->loop);
}

void eh_world_release(eh_t *eh)
{
    for (size_t i = 0; i < eh->count; i++) {
        struct eh_namespace *space = eh->namespaces[i];
        for (size_t k = 0; k < space->count; k++)
            eh_hub_unref(space->hubs[k]);
        eh_rules_release(&space->rules);
        free(space->hubs);
        free(space->name);
        free(space->id);
        free(space);
    }
    free(eh->namespaces);
}

/* False: not a resource id (the arena is released then). */
static bool names_of(const cJSON *body, struct names *out)
{
    const char *id = base_json_text(body, "id");
    base_arena_init(&out->arena);
    if (id && sim_resource_id_parse(&out->arena, "GET", id, &out->id))
        return true;
    base_arena_release(&out->arena);
    return false;
}
