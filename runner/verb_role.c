/* Decides how a role is granted, and how the world is looked at behind the curtain. */
#include "runner/run.h"

#include <stdlib.h>
#include <string.h>

#define API_VERSION "2022-04-01"

static struct az_arm customer_arm(struct run_state *state)
{
    struct az_arm arm = {.az = state->world->az,
                         .endpoint = base_json_text(state->scope.names, "arm.url")};

    base_ignore(run_world_credential(state->world, "customer", &arm.credential, NULL));
    return arm;
}

/* The role definition's id by its name, as the service lists it. */
static char *find_role(const struct az_arm *arm, const char *scope, const char *role,
                       struct base_error *err)
{
    char *path = base_asprintf("%s/providers/Microsoft.Authorization/roleDefinitions", scope),
         *id = NULL;
    cJSON *list = NULL;

    if (az_arm_list(arm, path, API_VERSION, &list, err) == BASE_OK) {
        for (const cJSON *item = list->child; item && !id; item = item->next)
            if (base_equal_nocase(base_json_text(item, "properties.roleName"), role))
                id = base_strdup(base_json_text(item, "id"));
        if (!id)
            base_error_set(err, BASE_NOT_FOUND, NULL, "there is no role \"%s\"", role);
    }
    cJSON_Delete(list);
    free(path);
    return id;
}

static enum run_attempt grant(struct run_state *state, const char *principal, const char *scope,
                              const char *role, struct base_error *err)
{
    struct az_arm arm = customer_arm(state);
    struct az_arm_operation operation;
    char guid[BASE_UUID_TEXT], *definition = find_role(&arm, scope, role, err);
    enum run_attempt attempt = RUN_TRANSPORT;

    if (!definition)
        return attempt;
    base_uuid(state->world->random, guid);
    char *path =
        base_asprintf("%s/providers/Microsoft.Authorization/roleAssignments/%s", scope, guid);
    cJSON *body = cJSON_CreateObject(), *properties = cJSON_AddObjectToObject(body, "properties");
    base_json_set_text(properties, "roleDefinitionId", definition);
    base_json_set_text(properties, "principalId", principal);
    base_json_set_text(properties, "principalType", "ServicePrincipal");
    if (az_arm_write(&arm, "PUT", path, API_VERSION, body, NULL, &operation, err) == BASE_OK ||
        (err && base_equal(err->code, "RoleAssignmentExists")))
        attempt = RUN_ANSWERED;
    cJSON_Delete(body);
    free(path);
    free(definition);
    return attempt;
}

enum run_attempt run_verb_role(struct run_state *state, const cJSON *step, const cJSON *value,
                               cJSON **answer, struct base_error *err)
{
    enum run_attempt attempt = RUN_WRONG;
    char *principal = run_expand_string(&state->scope, base_json_at(value, "principal"), err);
    char *scope = run_expand_string(&state->scope, base_json_at(value, "scope"), err);
    char *role = run_expand_string(&state->scope, base_json_at(value, "role"), err);

    (void)step;
    if (principal && scope && role)
        attempt = grant(state, principal, scope, role, err);
    if (attempt == RUN_ANSWERED) {
        *answer = cJSON_CreateObject();
        base_json_set_number(*answer, "status", 201);
    }
    free(principal);
    free(scope);
    free(role);
    return attempt;
}

enum run_attempt run_verb_world(struct run_state *state, const cJSON *step, const cJSON *value,
                                cJSON **answer, struct base_error *err)
{
    cJSON *seen = cJSON_CreateObject();

    (void)step;
    for (const cJSON *item = value->child; item; item = item->next) {
        char *path = base_asprintf("/_sim/world/%s", item->string);
        cJSON *view = NULL;
        enum base_status status = run_control(state->world, "GET", path, NULL, &view, err);
        free(path);
        if (status != BASE_OK) {
            cJSON_Delete(seen);
            return status == BASE_UNAVAILABLE   ? RUN_TRANSPORT
                   : status == BASE_UNSUPPORTED ? RUN_ABSENT
                                                : RUN_WRONG;
        }
        cJSON_AddItemToObject(seen, item->string, view);
    }
    *answer = seen;
    return RUN_ANSWERED;
}
