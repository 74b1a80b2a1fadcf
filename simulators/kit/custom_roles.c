/* Decides what the roles allow that somebody made beside the built-in ones. */
#include "simulators/kit/rbac_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM "rbac.roles"

static struct sim_custom_role *find_locked(const struct sim_rbac *rbac, const char *guid_or_name)
{
    for (size_t i = 0; i < rbac->role_count; i++)
        if (base_equal_nocase(rbac->roles[i].guid, guid_or_name) ||
            base_equal_nocase(base_json_text(rbac->roles[i].definition, "roleName"), guid_or_name))
            return &rbac->roles[i];
    return NULL;
}

static void put_locked(struct sim_rbac *rbac, const char *guid, const cJSON *definition)
{
    struct sim_custom_role *role = find_locked(rbac, guid);

    if (!role) {
        rbac->roles = base_realloc(rbac->roles, (rbac->role_count + 1) * sizeof *rbac->roles);
        role = &rbac->roles[rbac->role_count++];
        snprintf(role->guid, sizeof role->guid, "%s", guid);
        role->definition = NULL;
    }
    cJSON_Delete(role->definition);
    role->definition = base_json_copy(definition);
    base_json_set_text(role->definition, "guid", role->guid);
}

static char *key_of(const char *guid)
{
    char *key = base_strdup(guid);
    base_lower(key);
    return key;
}

void sim_role_put(sim_world_t *world, const char *guid, const cJSON *definition)
{
    char *key = key_of(guid);

    pthread_mutex_lock(&world->rbac->lock);
    put_locked(world->rbac, guid, definition);
    pthread_mutex_unlock(&world->rbac->lock);
    sim_store_put(world, ROOM, key, definition);
    free(key);
}

bool sim_role_remove(sim_world_t *world, const char *guid)
{
    struct sim_rbac *rbac = world->rbac;
    char *key = key_of(guid);

    pthread_mutex_lock(&rbac->lock);
    struct sim_custom_role *role = find_locked(rbac, guid);
    if (role) {
        cJSON_Delete(role->definition);
        *role = rbac->roles[--rbac->role_count];
    }
    pthread_mutex_unlock(&rbac->lock);
    if (role)
        sim_store_delete(world, ROOM, key);
    free(key);
    return role != NULL;
}

cJSON *sim_role_definition(sim_world_t *world, const char *guid_or_name)
{
    pthread_mutex_lock(&world->rbac->lock);
    const struct sim_custom_role *role = find_locked(world->rbac, guid_or_name);
    cJSON *copy = role ? base_json_copy(role->definition) : NULL;
    pthread_mutex_unlock(&world->rbac->lock);
    return copy;
}

cJSON *sim_role_definitions(sim_world_t *world)
{
    cJSON *list = cJSON_CreateArray();

    pthread_mutex_lock(&world->rbac->lock);
    for (size_t i = 0; i < world->rbac->role_count; i++)
        cJSON_AddItemToArray(list, base_json_copy(world->rbac->roles[i].definition));
    pthread_mutex_unlock(&world->rbac->lock);
    return list;
}

bool sim_role_known(sim_world_t *world, const char *guid_or_name, char guid[BASE_UUID_TEXT])
{
    const struct sim_role *built_in = sim_role_find(guid_or_name);
    cJSON *custom = built_in ? NULL : sim_role_definition(world, guid_or_name);
    const char *found = built_in ? built_in->guid : base_json_text(custom, "guid");

    if (found)
        snprintf(guid, BASE_UUID_TEXT, "%s", found);
    cJSON_Delete(custom);
    return found != NULL;
}

static bool any_matches(const cJSON *patterns, const char *action)
{
    const cJSON *pattern;

    cJSON_ArrayForEach(pattern,
                       patterns) if (cJSON_IsString(pattern) &&
                                     base_glob_nocase(pattern->valuestring, action)) return true;
    return false;
}

/* What one permission takes away, another of the same role may give. */
bool sim_custom_role_allows_locked(const struct sim_rbac *rbac, const char *guid,
                                   const char *action, bool data)
{
    const struct sim_custom_role *role = find_locked(rbac, guid);
    const cJSON *permission;

    if (!role)
        return false;
    cJSON_ArrayForEach(permission, base_json_at(role->definition, "permissions"))
    {
        const char *given = data ? "dataActions" : "actions",
                   *taken = data ? "notDataActions" : "notActions";
        if (any_matches(base_json_at_nocase(permission, given), action) &&
            !any_matches(base_json_at_nocase(permission, taken), action))
            return true;
    }
    return false;
}

static void load(void *context, const char *key, const cJSON *document)
{
    put_locked(context, key, document);
}

void sim_custom_roles_load(sim_world_t *world, struct sim_rbac *rbac)
{
    sim_store_each(world, ROOM, load, rbac);
}

void sim_custom_roles_release(struct sim_rbac *rbac)
{
    for (size_t i = 0; i < rbac->role_count; i++)
        cJSON_Delete(rbac->roles[i].definition);
    free(rbac->roles);
}
