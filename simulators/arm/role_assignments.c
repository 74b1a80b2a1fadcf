/* Decides how role assignments are read, made and removed. */
#include "simulators/arm/assignments.h"
#include "simulators/arm/filter.h"
#include "simulators/arm/routes.h"

#include <stdio.h>
#include <string.h>

#define TYPE "Microsoft.Authorization/roleAssignments"

static const char *scope_of(const struct arm_call *call)
{
    return *call->target.scope ? call->target.scope : "/";
}

static const char *assignment_id(struct base_arena *arena, const struct sim_assignment *a)
{
    return base_arena_printf(arena, "%s/providers/" TYPE "/%s",
                             strcmp(a->scope, "/") ? a->scope : "", a->name);
}

static cJSON *shown(struct arm_call *call, const struct sim_assignment *a)
{
    static const char *const notes[] = {"description", "condition", "conditionVersion",
                                        "delegatedManagedIdentityResourceId"};
    const char *id = assignment_id(call->arena, a);
    cJSON *item = cJSON_CreateObject(), *properties = cJSON_AddObjectToObject(item, "properties");
    cJSON *note = arm_docs_get(call->arm->notes, id);
    char created[BASE_TIME_TEXT], updated[BASE_TIME_TEXT];

    base_time_iso(a->created_ms, created);
    base_time_iso(a->updated_ms, updated);
    base_json_set_text(properties, "roleDefinitionId", arm_role_id(call->arena, a->scope, a->role));
    base_json_set_text(properties, "principalId", a->principal);
    base_json_set_text(properties, "principalType", a->principal_type);
    base_json_set_text(properties, "scope", a->scope);
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
        base_json_set(properties, notes[i],
                      base_json_at(note, notes[i]) ? base_json_copy(base_json_at(note, notes[i]))
                                                   : cJSON_CreateNull());
    base_json_set_text(properties, "createdOn", created);
    base_json_set_text(properties, "updatedOn", updated);
    base_json_set_text(properties, "createdBy", a->created_by);
    base_json_set_text(properties, "updatedBy", a->created_by);
    base_json_set_text(item, "id", id);
    base_json_set_text(item, "type", TYPE);
    base_json_set_text(item, "name", a->name);
    cJSON_Delete(note);
    return item;
}

/* ---- GET ---- */

struct listing {
    struct arm_call *call;
    const char *scope, *filter;
    cJSON *list;
    const struct sim_assignment
        *at; /* the one being judged; NULL: only whether the filter is well-formed */
};

static int term(void *context, const char *field, const char *operator_, const char *value)
{
    struct listing *listing = context;
    const struct sim_assignment *a = listing->at;

    if (base_equal(operator_, "()") && base_equal_nocase(field, "atScope"))
        return !a || sim_scope_reaches(listing->call->arm->world, a->scope, listing->scope);
    if ((base_equal(operator_, "()") && base_equal_nocase(field, "assignedTo")) ||
        (base_equal_nocase(operator_, "eq") && base_equal_nocase(field, "principalId")))
        return !a || base_equal_nocase(a->principal, value);
    if (base_equal_nocase(operator_, "eq") && base_equal_nocase(field, "roleDefinitionId"))
        return !a || base_equal_nocase(a->role, arm_role_guid(value));
    return -1;
}

static void consider(void *context, const struct sim_assignment *a)
{
    struct listing *listing = context;

    listing->at = a;
    if ((sim_scope_reaches(listing->call->arm->world, a->scope, listing->scope) ||
         sim_scope_reaches(listing->call->arm->world, listing->scope, a->scope)) &&
        arm_filter_matches(listing->filter, term, listing) == 1)
        cJSON_AddItemToArray(listing->list, shown(listing->call, a));
}

void arm_role_assignments_list(struct arm_call *call)
{
    struct listing listing = {.call = call, .scope = scope_of(call)};

    if (!arm_filter_check(call, term, &listing, &listing.filter))
        return;
    listing.list = cJSON_CreateArray();
    sim_assignment_each(call->arm->world, consider, &listing);
    arm_call_answer_list(call, listing.list);
}

void arm_role_assignments_get(struct arm_call *call)
{
    struct sim_assignment a;

    if (sim_assignment_get(call->arm->world, scope_of(call), arm_target_name(&call->target), &a))
        base_http_answer_json_take(call->response, 200, shown(call, &a));
    else
        arm_refuse(call->response, ARM_ASSIGNMENT_NOT_FOUND, NULL,
                   "The role assignment '%s' is not found.", arm_target_name(&call->target));
}

/* ---- PUT ---- */

static bool read_request(struct arm_call *call, struct sim_assignment *a)
{
    const cJSON *properties = base_json_at_nocase(call->body, "properties");
    const char *role = cJSON_GetStringValue(base_json_at_nocase(properties, "roleDefinitionId"));
    const char *principal = cJSON_GetStringValue(base_json_at_nocase(properties, "principalId"));
    const char *type = cJSON_GetStringValue(base_json_at_nocase(properties, "principalType"));
    const char *name = arm_target_name(&call->target);
    char known[BASE_UUID_TEXT];

    memset(a, 0, sizeof *a);
    if (!base_is_uuid(name))
        return arm_refuse(
            call->response, ARM_ASSIGNMENT_ID, NULL,
            "The role assignment ID '%s' is not valid. The role assignment ID must be a GUID.",
            name);
    if (!role || !principal)
        return arm_refuse(call->response, ARM_INVALID_CONTENT,
                          role ? "properties.principalId" : "properties.roleDefinitionId",
                          "The request content is invalid: properties.%s is required.",
                          role ? "principalId" : "roleDefinitionId");
    if (!base_is_uuid(principal))
        return arm_refuse(
            call->response, ARM_PRINCIPAL_ID, "properties.principalId",
            "A valid principal ID must be provided for role assignment; '%s' is not a GUID.",
            principal);
    if (!arm_role_guid(role) || !sim_role_known(call->arm->world, arm_role_guid(role), known))
        return arm_refuse(call->response, ARM_ROLE_NOT_FOUND, "properties.roleDefinitionId",
                          "The specified role definition with ID '%s' does not exist.", role);
    if (strlen(scope_of(call)) >= sizeof a->scope)
        return arm_refuse(call->response, ARM_INVALID_NAME, NULL,
                          "The scope has more than %zu characters.", sizeof a->scope - 1);
    snprintf(a->name, sizeof a->name, "%s", name);
    snprintf(a->scope, sizeof a->scope, "%s", scope_of(call));
    snprintf(a->role, sizeof a->role, "%s", known);
    snprintf(a->principal, sizeof a->principal, "%s", principal);
    snprintf(a->principal_type, sizeof a->principal_type, "%s", type ? type : "");
    snprintf(a->created_by, sizeof a->created_by, "%s", call->caller.token.object_id);
    a->created_ms = a->updated_ms = sim_now_ms(call->arm->world);
    return true;
}

static void keep_notes(struct arm_call *call, const struct sim_assignment *a)
{
    static const char *const members[] = {"description", "condition", "conditionVersion",
                                          "delegatedManagedIdentityResourceId"};
    const cJSON *properties = base_json_at_nocase(call->body, "properties");
    cJSON *note = cJSON_CreateObject();

    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const cJSON *member = base_json_at_nocase(properties, members[i]);
        if (cJSON_IsString(member))
            base_json_set(note, members[i], base_json_copy(member));
    }
    if (note->child)
        arm_docs_put(call->arm->notes, assignment_id(call->arena, a), note);
    else
        cJSON_Delete(note);
}

static void fill_type(struct arm_call *call, struct sim_assignment *a)
{
    struct sim_principal principal;
    bool user = sim_principal_by_object(call->arm->world, a->principal, &principal) &&
                principal.kind == SIM_PRINCIPAL_USER;

    if (!*a->principal_type)
        snprintf(a->principal_type, sizeof a->principal_type, "%s",
                 user ? "User" : "ServicePrincipal");
}

void arm_role_assignments_put(struct arm_call *call)
{
    struct sim_assignment a, old;
    bool repeat = false;

    if (!read_request(call, &a))
        return;
    pthread_mutex_lock(&call->arm->assignment_lock);
    if (arm_assignment_check(call, &a, &repeat)) {
        fill_type(call, &a);
        if (repeat && sim_assignment_get(call->arm->world, a.scope, a.name, &old)) {
            a.created_ms = old.created_ms;
            memcpy(a.created_by, old.created_by, sizeof a.created_by);
        }
        sim_assignment_put(call->arm->world, &a);
        keep_notes(call, &a);
        cJSON *answer = shown(call, &a);
        if (!repeat) /* as recorded: null in the answer to the creation */
            base_json_set(base_json_at(answer, "properties"), "createdBy", cJSON_CreateNull());
        base_http_answer_json_take(call->response, 201, answer); /* python accepts no 200 here */
    }
    pthread_mutex_unlock(&call->arm->assignment_lock);
}

/* ---- DELETE ---- */

void arm_role_assignments_delete(struct arm_call *call)
{
    const char *name = arm_target_name(&call->target);
    struct sim_assignment a;

    pthread_mutex_lock(&call->arm->assignment_lock);
    if (sim_assignment_get(call->arm->world, scope_of(call), name, &a)) {
        base_http_answer_json_take(call->response, 200, shown(call, &a));
        (void)sim_assignment_remove(call->arm->world, scope_of(call), name);
        arm_docs_remove(call->arm->notes, assignment_id(call->arena, &a));
    } else {
        call->response->status = 204;
    }
    pthread_mutex_unlock(&call->arm->assignment_lock);
}
