/* Decides how the internal identity gets a role, whatever happens to the assignment's GUID (ID-02).
 *
 * The GUID is random, and stored before it is first used. Three answers make it unusable: a hash conflict and "update not
 * permitted" ask for a new one; "exists already" means the right is there under another GUID, which is then adopted. */
#include "reference/rp/provisioning/arm_resource.h"
#include "reference/rp/provisioning/provisioning.h"
#include "common/text.h"

#include <stdio.h>
#include <string.h>

#define API_VERSION "2022-04-01"
#define KIND "role"

static enum base_status store_guid(struct rp_job *job, const struct rp_role *role, const char *guid,
                                   struct base_error *err);
static enum rp_outcome assign(struct rp_job *job, const struct rp_role *role, const char *guid,
                              struct base_error *err);
static enum rp_outcome replace(struct rp_job *job, const struct rp_role *role, const char *guid,
                               struct base_error *err);
static enum rp_outcome after_refusal(struct rp_job *job, const struct rp_role *role,
                                     struct base_error *err);

static const char *stored_guid(const struct rp_job *job, const char *slot)
{
    return base_json_text(
        cJSON_GetObjectItemCaseSensitive(job->resource.metadata, "roleAssignments"), slot);
}

static const char *path_of(struct rp_job *job, const struct rp_role *role, const char *guid)
{
    return base_arena_printf(&job->arena, "%s/providers/Microsoft.Authorization/roleAssignments/%s",
                             role->scope, guid);
}

enum rp_outcome rp_role_ensure(struct rp_job *job, const struct rp_role *role,
                               struct base_error *err)
{
    const char *guid = stored_guid(job, role->slot);
    const char *principal = rp_job_workspace_text(job, "internalIdentity.principalId");
    struct az_arm arm = rp_job_arm(job);
    struct base_error looked = {0};
    char fresh[BASE_UUID_TEXT];
    cJSON *found = NULL;

    if (!guid) {
        base_uuid(job->world->random, fresh);
        if (store_guid(job, role, fresh, err) != BASE_OK)
            return RP_STEP_FAILED;
        guid = stored_guid(job, role->slot);
    }
    enum base_status status =
        az_arm_get(&arm, path_of(job, role, guid), API_VERSION, &found, &looked);
    bool ours = status == BASE_OK &&
                base_equal_nocase(base_json_text(found, "properties.principalId"), principal);
    cJSON_Delete(found);
    if (ours)
        return rp_outcome_of(rp_made(job, job->resource.uid, KIND, role->slot, err));
    if (status == BASE_OK)
        return replace(job, role, guid, err);
    if (status != BASE_OK && status != BASE_NOT_FOUND) {
        *err = looked;
        return RP_STEP_FAILED;
    }
    return assign(job, role, guid, err);
}

enum rp_outcome rp_role_remove(struct rp_job *job, struct rp_intent *intent, struct base_error *err)
{
    return rp_arm_remove(job, intent, API_VERSION, err);
}

/* Metadata and intent change together: what is planned is always what is stored. */
static enum base_status store_guid(struct rp_job *job, const struct rp_role *role, const char *guid,
                                   struct base_error *err)
{
    struct rp_intent intent = {.kind = KIND, .target = (char *)path_of(job, role, guid)};
    cJSON *all = cJSON_GetObjectItemCaseSensitive(job->resource.metadata, "roleAssignments");
    int64_t renew_ms =
        (int64_t)base_json_number(job->resource.metadata, "certificate.renewAfter", 0);

    if (!all)
        all = cJSON_AddObjectToObject(job->resource.metadata, "roleAssignments");
    base_json_set_text(all, role->slot, guid);
    rp_store_copy(intent.owner, sizeof intent.owner, job->resource.uid);
    rp_store_copy(intent.slot, sizeof intent.slot, role->slot);
    enum base_status status = rp_job_begin(job, err);
    if (status != BASE_OK)
        return status;
    status = rp_intent_plan(job->world->db, &intent, err);
    if (status == BASE_OK)
        status = rp_resource_save_metadata(job->world->db, &job->resource, renew_ms, err);
    return rp_job_end(job, status, err);
}

static enum rp_outcome assign(struct rp_job *job, const struct rp_role *role, const char *guid,
                              struct base_error *err)
{
    struct az_arm arm = rp_job_arm(job);
    struct az_arm_operation operation;
    cJSON *body = cJSON_CreateObject(), *properties = cJSON_CreateObject();
    const char *subscription = rp_job_workspace_text(job, "allocation.subscription");

    base_json_set(
        properties, "roleDefinitionId",
        base_json_textf("/subscriptions/%s/providers/Microsoft.Authorization/roleDefinitions/%s",
                        subscription, role->role));
    base_json_set_text(properties, "principalId",
                       rp_job_workspace_text(job, "internalIdentity.principalId"));
    base_json_set_text(properties, "principalType", "ServicePrincipal");
    base_json_set(properties, "description", base_json_textf("owner: %s", job->resource.id));
    base_json_set(body, "properties", properties);
    enum base_status status = az_arm_write(&arm, "PUT", path_of(job, role, guid), API_VERSION, body,
                                           NULL, &operation, err);
    cJSON_Delete(body);
    if (status != BASE_OK)
        return after_refusal(job, role, err);
    return rp_outcome_of(rp_made(job, job->resource.uid, KIND, role->slot, err));
}

/* The existing assignment of this role to our identity at this scope; its GUID is the last segment. */
static enum base_status find_existing(struct rp_job *job, const struct rp_role *role, char *guid,
                                      size_t size, struct base_error *err)
{
    struct az_arm arm = rp_job_arm(job);
    const char *principal = rp_job_workspace_text(job, "internalIdentity.principalId");
    cJSON *list = NULL, *item;
    const char *path = base_arena_printf(
        &job->arena,
        "%s/providers/Microsoft.Authorization/roleAssignments?$filter=principalId%%20eq%%20'%s'",
        role->scope, principal);
    enum base_status status = az_arm_list(&arm, path, API_VERSION, &list, err);

    guid[0] = '\0';
    cJSON_ArrayForEach(item, list)
    {
        const char *name = base_json_text(item, "name"),
                   *scope = base_json_text(item, "properties.scope"),
                   *definition = base_json_text(item, "properties.roleDefinitionId");
        if (name && definition && base_ends_nocase(definition, role->role) &&
            base_equal_nocase(scope, role->scope) &&
            base_equal_nocase(base_json_text(item, "properties.principalId"), principal))
            snprintf(guid, size, "%s", name);
    }
    cJSON_Delete(list);
    return status;
}

static enum rp_outcome again_with(struct rp_job *job, const struct rp_role *role, const char *guid,
                                  struct base_error *err)
{
    base_error_clear(err);
    if (store_guid(job, role, guid, err) != BASE_OK)
        return RP_STEP_FAILED;
    return rp_job_again(job, 0);
}

/* What we assigned names another identity than ours: ours was deleted behind our back and made again. The right of the one before would
 * stay for ever (ID-01), and its GUID with it. */
static enum rp_outcome replace(struct rp_job *job, const struct rp_role *role, const char *guid,
                               struct base_error *err)
{
    struct az_arm arm = rp_job_arm(job);
    struct az_arm_operation operation;
    char fresh[BASE_UUID_TEXT];

    if (az_arm_write(&arm, "DELETE", path_of(job, role, guid), API_VERSION, NULL, NULL, &operation,
                     err) != BASE_OK)
        return RP_STEP_FAILED;
    base_uuid(job->world->random, fresh);
    return again_with(job, role, fresh, err);
}

static enum rp_outcome after_refusal(struct rp_job *job, const struct rp_role *role,
                                     struct base_error *err)
{
    char guid[BASE_UUID_TEXT];

    if (base_equal(err->code, "HashConflictOnDifferentRoleAssignmentIds") ||
        base_equal(err->code, "RoleAssignmentUpdateNotPermitted")) {
        base_uuid(job->world->random, guid);
        return again_with(job, role, guid, err);
    }
    if (base_equal(err->code, "RoleAssignmentExists")) {
        struct base_error looked = {0};
        if (find_existing(job, role, guid, sizeof guid, &looked) == BASE_OK && guid[0])
            return again_with(job, role, guid, err);
    }
    if (base_equal(err->code, "PrincipalNotFound")) /* the directory is still copying */
        err->status = BASE_UNAVAILABLE;
    return RP_STEP_FAILED;
}
