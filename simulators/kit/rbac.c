/* Decides who may do what: assignments, inherited down the scopes. */
#include "simulators/kit/rbac_private.h"
#include "simulators/kit/setting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM "rbac.assignments"
#define LAG_MAX_MS (30 * 60000) /* Azure says: up to ten minutes, thirty for groups */

static const struct sim_setting_row settings[] = {
    {"role-assignment-lag", SIM_SETTING_DURATION, 0, LAG_MAX_MS, NULL,
     "A role assignment that is made from now on takes effect so much later, in ARM and in "
     "services."},
};

static struct sim_assignment *find_locked(struct sim_rbac *rbac, const char *scope,
                                          const char *name)
{
    for (size_t i = 0; i < rbac->count; i++)
        if (base_equal_nocase(rbac->items[i].name, name) &&
            base_equal_nocase(rbac->items[i].scope, scope))
            return &rbac->items[i];
    return NULL;
}

static void put_locked(struct sim_rbac *rbac, const struct sim_assignment *assignment)
{
    struct sim_assignment *old = find_locked(rbac, assignment->scope, assignment->name);

    if (!old) {
        rbac->items = base_realloc(rbac->items, (rbac->count + 1) * sizeof *rbac->items);
        old = &rbac->items[rbac->count++];
    }
    *old = *assignment;
}

static void copy(char *out, size_t size, const cJSON *document, const char *name)
{
    const char *text = base_json_text(document, name);
    snprintf(out, size, "%s", text ? text : "");
}

static void load(void *context, const char *key, const cJSON *document)
{
    struct sim_assignment a = {.created_ms = (int64_t)base_json_number(document, "createdMs", 0),
                               .updated_ms = (int64_t)base_json_number(document, "updatedMs", 0),
                               .seen_ms = (int64_t)base_json_number(document, "seenMs", 0)};

    (void)key;
    copy(a.name, sizeof a.name, document, "name");
    copy(a.scope, sizeof a.scope, document, "scope");
    copy(a.role, sizeof a.role, document, "role");
    copy(a.principal, sizeof a.principal, document, "principal");
    copy(a.principal_type, sizeof a.principal_type, document, "principalType");
    copy(a.created_by, sizeof a.created_by, document, "createdBy");
    put_locked(context, &a);
}

struct sim_rbac *sim_rbac_open(sim_world_t *world)
{
    struct sim_rbac *rbac = base_alloc(sizeof *rbac);

    pthread_mutex_init(&rbac->lock, NULL);
    sim_setting_declare(world, settings, sizeof settings / sizeof *settings);
    sim_store_each(world, ROOM, load, rbac);
    sim_scopes_load(world, rbac);
    sim_custom_roles_load(world, rbac);
    return rbac;
}

void sim_rbac_close(struct sim_rbac *rbac)
{
    if (!rbac)
        return;
    free(rbac->items);
    sim_scopes_release(rbac);
    sim_custom_roles_release(rbac);
    pthread_mutex_destroy(&rbac->lock);
    free(rbac);
}

static char *key_of(const struct sim_assignment *a)
{
    char *key = base_asprintf("%s/%s", a->scope, a->name);
    base_lower(key);
    return key;
}

static void keep(sim_world_t *world, const struct sim_assignment *a)
{
    cJSON *document = cJSON_CreateObject();
    char *key = key_of(a);

    base_json_set_text(document, "name", a->name);
    base_json_set_text(document, "scope", a->scope);
    base_json_set_text(document, "role", a->role);
    base_json_set_text(document, "principal", a->principal);
    base_json_set_text(document, "principalType", a->principal_type);
    base_json_set_text(document, "createdBy", a->created_by);
    base_json_set_number(document, "createdMs", (double)a->created_ms);
    base_json_set_number(document, "updatedMs", (double)a->updated_ms);
    base_json_set_number(document, "seenMs", (double)a->seen_ms);
    sim_store_put(world, ROOM, key, document);
    cJSON_Delete(document);
    free(key);
}

static void forget(sim_world_t *world, const struct sim_assignment *a)
{
    char *key = key_of(a);
    sim_store_delete(world, ROOM, key);
    free(key);
}

void sim_assignment_put(sim_world_t *world, const struct sim_assignment *assignment)
{
    struct sim_assignment a = *assignment;
    int64_t lag = sim_setting_ms(world, "role-assignment-lag");

    pthread_mutex_lock(&world->rbac->lock);
    const struct sim_assignment *old = find_locked(world->rbac, a.scope, a.name);
    a.seen_ms = old ? old->seen_ms : lag ? sim_now_ms(world) + lag : 0;
    put_locked(world->rbac, &a);
    pthread_mutex_unlock(&world->rbac->lock);
    keep(world, &a);
}

bool sim_assignment_get(sim_world_t *world, const char *scope, const char *name,
                        struct sim_assignment *out)
{
    pthread_mutex_lock(&world->rbac->lock);
    const struct sim_assignment *found = find_locked(world->rbac, scope, name);
    if (found)
        *out = *found;
    pthread_mutex_unlock(&world->rbac->lock);
    return found != NULL;
}

bool sim_assignment_remove(sim_world_t *world, const char *scope, const char *name)
{
    struct sim_rbac *rbac = world->rbac;

    pthread_mutex_lock(&rbac->lock);
    struct sim_assignment *found = find_locked(rbac, scope, name);
    if (found) {
        forget(world, found);
        memmove(found, found + 1, (size_t)(rbac->items + rbac->count - found - 1) * sizeof *found);
        rbac->count--;
    }
    pthread_mutex_unlock(&rbac->lock);
    return found != NULL;
}

size_t sim_assignment_remove_below(sim_world_t *world, const char *scope)
{
    struct sim_rbac *rbac = world->rbac;
    size_t kept = 0, removed;

    pthread_mutex_lock(&rbac->lock);
    for (size_t i = 0; i < rbac->count; i++) {
        if (sim_scope_covers(scope, rbac->items[i].scope))
            forget(world, &rbac->items[i]);
        else
            rbac->items[kept++] = rbac->items[i];
    }
    removed = rbac->count - kept;
    rbac->count = kept;
    pthread_mutex_unlock(&rbac->lock);
    return removed;
}

void sim_assignment_each(sim_world_t *world,
                         void (*each)(void *context, const struct sim_assignment *assignment),
                         void *context)
{
    struct sim_rbac *rbac = world->rbac;

    pthread_mutex_lock(&rbac->lock);
    size_t count = rbac->count;
    struct sim_assignment *copies = base_alloc(count * sizeof *copies);
    if (count)
        memcpy(copies, rbac->items, count * sizeof *copies);
    pthread_mutex_unlock(&rbac->lock);
    for (size_t i = 0; i < count; i++)
        each(context, &copies[i]);
    free(copies);
}

static bool any_matches(const char *const *patterns, const char *action)
{
    for (; patterns && *patterns; patterns++)
        if (base_glob_nocase(*patterns, action))
            return true;
    return false;
}

static bool role_allows(const struct sim_rbac *rbac, const char *guid, const char *action,
                        bool data)
{
    const struct sim_role *role = sim_role_find(guid);

    if (!role)
        return sim_custom_role_allows_locked(rbac, guid, action, data);
    if (data)
        return any_matches(role->data_actions, action);
    return any_matches(role->actions, action) && !any_matches(role->not_actions, action);
}

bool sim_rbac_allows(sim_world_t *world, const char *object_id, const char *action, bool data,
                     const char *scope)
{
    struct sim_rbac *rbac = world->rbac;
    int64_t now = sim_now_ms(world);
    bool allowed = false;

    pthread_mutex_lock(&rbac->lock);
    for (size_t i = 0; i < rbac->count && !allowed; i++) {
        const struct sim_assignment *a = &rbac->items[i];
        allowed = a->seen_ms <= now && base_equal_nocase(a->principal, object_id) &&
                  sim_scope_reaches_locked(rbac, a->scope, scope) &&
                  role_allows(rbac, a->role, action, data);
    }
    pthread_mutex_unlock(&rbac->lock);
    return allowed;
}
