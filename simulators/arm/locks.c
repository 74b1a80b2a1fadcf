/* Decides what management locks forbid, and how they are made, read and removed. */
#include "simulators/arm/locks.h"
#include "simulators/arm/checks.h"
#include "simulators/arm/filter.h"

#include <stdlib.h>
#include <string.h>

#define TYPE "Microsoft.Authorization/locks"
#define TAIL "/providers/" TYPE
#define NOTES_MAX 512

static const char *const levels[] = {"CanNotDelete", "ReadOnly", "NotSpecified"};

/* ---- what they forbid ---- */

static bool forbids(const cJSON *lock, bool deletion)
{
    const char *level = base_json_text(lock, "properties.level");
    return base_equal(level, "ReadOnly") || (deletion && base_equal(level, "CanNotDelete"));
}

/* The part of a lock's id that is its scope. */
static size_t scope_length(const cJSON *lock)
{
    return strlen(base_json_text(lock, "id")) - strlen(base_json_text(lock, "name")) -
           strlen(TAIL "/");
}

const char *arm_lock_scope(struct base_arena *arena, const cJSON *lock)
{
    return base_arena_strndup(arena, base_json_text(lock, "id"), scope_length(lock));
}

/* Takes the first of `locks` that forbids it. */
static cJSON *first_of(cJSON *locks, struct arm *arm, const char *scope, bool deletion)
{
    cJSON *lock, *found = NULL;

    cJSON_ArrayForEach(lock, locks)
    {
        char *on = base_strndup(base_json_text(lock, "id"), scope_length(lock));
        bool touches = sim_scope_reaches(arm->world, on, scope) ||
                       (deletion && sim_scope_reaches(arm->world, scope, on));
        free(on);
        if (touches && forbids(lock, deletion)) {
            found = lock;
            break;
        }
    }
    return found ? cJSON_DetachItemViaPointer(locks, found) : NULL;
}

cJSON *arm_lock_against(struct arm *arm, const char *scope, bool deletion)
{
    if (!arm_docs_count(arm->locks))
        return NULL;
    cJSON *locks = arm_docs_list(arm->locks, NULL);
    cJSON *found = first_of(locks, arm, scope, deletion);
    cJSON_Delete(locks);
    return found;
}

/* Locks themselves are exempt: else none could be removed. */
bool arm_check_lock(struct arm_call *call)
{
    bool deletion = base_equal(call->request->method, "DELETE");

    if (!arm_call_writes(call) || base_equal_nocase(call->type.name, TYPE))
        return true;
    cJSON *lock = arm_lock_against(call->arm, call->resource, deletion);
    if (!lock)
        return true;
    const char *on = arm_lock_scope(call->arena, lock);
    arm_refuse(call->response, ARM_SCOPE_LOCKED, base_json_text(lock, "id"),
               "The scope '%s' cannot perform %s operation because following scope(s) are locked: "
               "'%s' (lock '%s', %s). Please remove the lock and try again.",
               call->resource, deletion ? "delete" : "write", on, base_json_text(lock, "name"),
               base_json_text(lock, "properties.level"));
    cJSON_Delete(lock);
    return false;
}

void arm_locks_gone(struct arm *arm, const char *scope)
{
    cJSON *locks = arm_docs_count(arm->locks) ? arm_docs_list(arm->locks, scope) : NULL, *lock;

    cJSON_ArrayForEach(lock, locks) arm_docs_remove(arm->locks, base_json_text(lock, "id"));
    cJSON_Delete(locks);
}

/* ---- GET ---- */

static const char *key_of(struct arm_call *call)
{
    return base_arena_printf(call->arena, "%s" TAIL "/%s", call->target.scope,
                             arm_target_name(&call->target));
}

struct listing {
    struct arm_call *call;
    const cJSON *at; /* NULL: only whether the filter is well-formed */
};

static int term(void *context, const char *field, const char *operator_, const char *value)
{
    struct listing *listing = context;

    (void)value;
    if (!base_equal(operator_, "()") || !base_equal_nocase(field, "atScope"))
        return -1;
    return !listing->at || base_equal_nocase(arm_lock_scope(listing->call->arena, listing->at),
                                             listing->call->target.scope);
}

void arm_locks_list(struct arm_call *call)
{
    struct listing listing = {call, NULL};
    const char *filter;

    if (!arm_filter_check(call, term, &listing, &filter))
        return;
    cJSON *locks = arm_docs_list(call->arm->locks, NULL), *list = cJSON_CreateArray(), *lock;
    cJSON_ArrayForEach(lock, locks)
    {
        const char *on = arm_lock_scope(call->arena, lock), *here = call->target.scope;
        listing.at = lock;
        if ((sim_scope_reaches(call->arm->world, on, here) ||
             sim_scope_reaches(call->arm->world, here, on)) &&
            arm_filter_matches(filter, term, &listing) == 1)
            cJSON_AddItemToArray(list, base_json_copy(lock));
    }
    cJSON_Delete(locks);
    arm_call_answer_list(call, list);
}

void arm_locks_get(struct arm_call *call)
{
    cJSON *lock = arm_docs_get(call->arm->locks, key_of(call));

    if (lock)
        base_http_answer_json_take(call->response, 200, lock);
    else
        arm_refuse(call->response, ARM_LOCK_NOT_FOUND, NULL, "The lock '%s' could not be found.",
                   arm_target_name(&call->target));
}

/* ---- PUT, DELETE ---- */

static const char *read_level(const cJSON *properties)
{
    const char *level = cJSON_GetStringValue(base_json_at_nocase(properties, "level"));

    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (base_equal_nocase(level, levels[i]))
            return levels[i];
    return NULL;
}

static bool check_request(struct arm_call *call, const cJSON *properties)
{
    const cJSON *notes = base_json_at_nocase(properties, "notes"),
                *owners = base_json_at_nocase(properties, "owners");
    const cJSON *level = base_json_at_nocase(properties, "level");

    if (!read_level(properties))
        return arm_refuse(call->response, ARM_INVALID_CONTENT, "properties.level",
                          "The lock level '%s' is invalid: expected CanNotDelete or ReadOnly.",
                          cJSON_IsString(level) ? level->valuestring : "");
    if (notes && !cJSON_IsNull(notes) &&
        (!cJSON_IsString(notes) || strlen(notes->valuestring) > NOTES_MAX))
        return arm_refuse(call->response, ARM_INVALID_CONTENT, "properties.notes",
                          "The notes of a lock are a text of at most %d characters.", NOTES_MAX);
    if (owners && !cJSON_IsNull(owners) && !cJSON_IsArray(owners))
        return arm_refuse(call->response, ARM_INVALID_CONTENT, "properties.owners",
                          "The owners of a lock are a list of {\"applicationId\"}.");
    return true;
}

void arm_locks_put(struct arm_call *call)
{
    static const char *const members[] = {"notes", "owners"};
    const cJSON *properties = base_json_at_nocase(call->body, "properties");
    cJSON *lock, *kept, *old;

    if (!check_request(call, properties))
        return;
    lock = cJSON_CreateObject();
    kept = cJSON_AddObjectToObject(lock, "properties");
    base_json_set_text(kept, "level", read_level(properties));
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const cJSON *member = base_json_at_nocase(properties, members[i]);
        if (member && !cJSON_IsNull(member))
            base_json_set(kept, members[i], base_json_copy(member));
    }
    base_json_set_text(lock, "id", key_of(call));
    base_json_set_text(lock, "type", TYPE);
    base_json_set_text(lock, "name", arm_target_name(&call->target));
    old = arm_docs_get(call->arm->locks, key_of(call));
    base_http_answer_json(call->response, old ? 200 : 201, lock);
    arm_docs_put(call->arm->locks, key_of(call), lock);
    cJSON_Delete(old);
}

void arm_locks_delete(struct arm_call *call)
{
    call->response->status = arm_docs_remove(call->arm->locks, key_of(call)) ? 200 : 204;
}
