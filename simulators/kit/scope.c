/* Decides which scopes lie above which: by the text of the id, and by the management group that somebody put a subscription into. */
#include "simulators/kit/rbac_private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ROOM "rbac.scopes"
#define GROUPS "/providers/Microsoft.Management/managementGroups/"
#define SUBSCRIPTIONS "/subscriptions/"
#define DEPTH_MAX 16

bool sim_scope_covers(const char *scope, const char *id)
{
    size_t len = strlen(scope);

    while (len && scope[len - 1] == '/')
        len--;
    return strncasecmp(scope, id, len) == 0 && (id[len] == '\0' || id[len] == '/');
}

/* The entry of the child whose id is the first `len` bytes of `child`. */
static struct sim_parent *entry_of(const struct sim_rbac *rbac, const char *child, size_t len)
{
    for (size_t i = 0; i < rbac->parent_count; i++)
        if (strlen(rbac->parents[i].child) == len &&
            !strncasecmp(rbac->parents[i].child, child, len))
            return &rbac->parents[i];
    return NULL;
}

/* Length of the subscription or management group that an id begins with; 0: neither. */
static size_t root_length(const char *id)
{
    static const char *const roots[] = {SUBSCRIPTIONS, GROUPS};

    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        if (base_starts_nocase(id, roots[i]))
            return strlen(roots[i]) + strcspn(id + strlen(roots[i]), "/");
    return 0;
}

bool sim_scope_reaches_locked(const struct sim_rbac *rbac, const char *scope, const char *id)
{
    if (sim_scope_covers(scope, id))
        return true;
    if (!rbac->parent_count || !base_starts_nocase(scope, GROUPS))
        return false;
    for (int depth = 0; id && depth < DEPTH_MAX; depth++) {
        const struct sim_parent *entry = entry_of(rbac, id, root_length(id));
        id = entry ? entry->parent : NULL;
        if (base_equal_nocase(id, scope))
            return true;
    }
    return false;
}

bool sim_scope_reaches(sim_world_t *world, const char *scope, const char *id)
{
    pthread_mutex_lock(&world->rbac->lock);
    bool reaches = sim_scope_reaches_locked(world->rbac, scope, id);
    pthread_mutex_unlock(&world->rbac->lock);
    return reaches;
}

static void set_locked(struct sim_rbac *rbac, const char *child, const char *parent)
{
    struct sim_parent *entry = entry_of(rbac, child, strlen(child));

    if (!entry && parent) {
        rbac->parents =
            base_realloc(rbac->parents, (rbac->parent_count + 1) * sizeof *rbac->parents);
        entry = &rbac->parents[rbac->parent_count++];
        *entry = (struct sim_parent){base_strdup(child), base_strdup(parent)};
    } else if (entry && parent) {
        char *copy = base_strdup(parent);
        free(entry->parent);
        entry->parent = copy;
    } else if (entry) {
        free(entry->child);
        free(entry->parent);
        *entry = rbac->parents[--rbac->parent_count];
    }
}

void sim_scope_parent_set(sim_world_t *world, const char *child, const char *parent)
{
    cJSON *document = cJSON_CreateObject();
    char *key = base_strdup(child);

    base_lower(key);
    base_json_set_text(document, "child", child);
    base_json_set_text(document, "parent", parent);
    pthread_mutex_lock(&world->rbac->lock);
    set_locked(world->rbac, child, parent);
    pthread_mutex_unlock(&world->rbac->lock);
    if (parent)
        sim_store_put(world, ROOM, key, document);
    else
        sim_store_delete(world, ROOM, key);
    cJSON_Delete(document);
    free(key);
}

char *sim_scope_parent(sim_world_t *world, const char *child)
{
    pthread_mutex_lock(&world->rbac->lock);
    const struct sim_parent *entry = entry_of(world->rbac, child, strlen(child));
    char *parent = entry ? base_strdup(entry->parent) : NULL;
    pthread_mutex_unlock(&world->rbac->lock);
    return parent;
}

cJSON *sim_scope_children(sim_world_t *world, const char *parent)
{
    const struct sim_rbac *rbac = world->rbac;
    cJSON *list = cJSON_CreateArray();

    pthread_mutex_lock(&world->rbac->lock);
    for (size_t i = 0; i < rbac->parent_count; i++)
        if (base_equal_nocase(rbac->parents[i].parent, parent))
            cJSON_AddItemToArray(list, cJSON_CreateString(rbac->parents[i].child));
    pthread_mutex_unlock(&world->rbac->lock);
    return list;
}

static void load(void *context, const char *key, const cJSON *document)
{
    const char *child = base_json_text(document, "child"),
               *parent = base_json_text(document, "parent");

    (void)key;
    if (child && parent)
        set_locked(context, child, parent);
}

void sim_scopes_load(sim_world_t *world, struct sim_rbac *rbac)
{
    sim_store_each(world, ROOM, load, rbac);
}

void sim_scopes_release(struct sim_rbac *rbac)
{
    for (size_t i = 0; i < rbac->parent_count; i++) {
        free(rbac->parents[i].child);
        free(rbac->parents[i].parent);
    }
    free(rbac->parents);
}
