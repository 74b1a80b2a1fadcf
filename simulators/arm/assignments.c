/* Decides which role assignments may be made. */
#include "simulators/arm/assignments.h"

#include "common/crypto.h"
#include "simulators/kit/setting.h"

#include <stdlib.h>
#include <string.h>

#define ASSIGNMENTS_MAX 4000 /* in a subscription */

#define SLOTS "role-assignment-slots"
#define CONFLICTS "role-assignment-conflicts"

static const struct sim_setting_row settings[] = {
    {SLOTS, SIM_SETTING_NUMBER, 1, 1000000, NULL,
     "Guids of role assignments that share one of so many places of a hash table are answered "
     "HashConflictOnDifferentRoleAssignmentIds."},
    {CONFLICTS, SIM_SETTING_NUMBER, 0, 100, NULL,
     "Of each grant (scope, role and principal) the first so many guids that are tried are "
     "answered HashConflictOnDifferentRoleAssignmentIds, however often."},
};
static const char *const principal_types[][2] = {
    {"User", "User"},
    {"ServicePrincipal", "Application"},
    {"ServicePrincipal", "ManagedIdentity"},
};

const char *arm_role_id(struct base_arena *arena, const char *scope, const char *role)
{
    size_t len = base_starts_nocase(scope, "/subscriptions/") ? strcspn(scope + 15, "/") + 15 : 0;
    return base_arena_printf(arena, "%.*s/providers/Microsoft.Authorization/roleDefinitions/%s",
                             (int)len, scope, role);
}

const char *arm_role_guid(const char *id)
{
    const char *slash = strrchr(id, '/');

    slash = slash ? slash + 1 : id;
    return base_is_uuid(slash) ? slash : NULL;
}

void arm_assignment_settings(struct arm *arm)
{
    sim_setting_declare(arm->world, settings, sizeof settings / sizeof *settings);
}

void arm_assignment_arm_conflicts(struct arm *arm, unsigned count, const char *guid)
{
    pthread_mutex_lock(&arm->lock);
    arm->conflicts_armed += count;
    if (guid)
        cJSON_AddItemToArray(arm->conflicting, cJSON_CreateString(guid));
    pthread_mutex_unlock(&arm->lock);
}

static const char *digits(struct base_arena *arena, const char *guid)
{
    char *text = base_arena_strdup(arena, guid), *to = text;

    for (const char *from = guid; *from; from++)
        if (*from != '-')
            *to++ = *from;
    *to = '\0';
    base_lower(text);
    return text;
}

/* ---- against the others ---- */

struct rivals {
    const struct sim_assignment *wanted;
    const char *subscription; /* id of the scope's subscription, "" outside */
    struct sim_assignment same_name, same_grant;
    bool has_name, has_grant, has_slot;
    uint32_t slots; /* size of the hash table; 0: no such table */
    size_t count;
};

static uint32_t slot_of(const char *guid, uint32_t slots)
{
    unsigned char digest[32];
    char folded[BASE_UUID_TEXT] = "";

    strncpy(folded, guid, sizeof folded - 1);
    base_lower(folded);
    base_sha256(folded, strlen(folded), digest);
    return ((uint32_t)digest[0] << 24 | (uint32_t)digest[1] << 16 | (uint32_t)digest[2] << 8 |
            digest[3]) %
           slots;
}

static void look(void *context, const struct sim_assignment *a)
{
    struct rivals *rivals = context;
    const struct sim_assignment *wanted = rivals->wanted;
    bool same_name = base_equal_nocase(a->name, wanted->name);

    if (same_name) {
        rivals->same_name = *a;
        rivals->has_name = true;
    }
    if (!same_name && base_equal_nocase(a->scope, wanted->scope) &&
        base_equal_nocase(a->role, wanted->role) &&
        base_equal_nocase(a->principal, wanted->principal)) {
        rivals->same_grant = *a;
        rivals->has_grant = true;
    }
    if (!same_name && rivals->slots &&
        slot_of(a->name, rivals->slots) == slot_of(wanted->name, rivals->slots))
        rivals->has_slot = true;
    rivals->count += *rivals->subscription && sim_scope_covers(rivals->subscription, a->scope);
}

/* Azure's hash of the guid collides with another one's, however often the same guid is tried. */
static bool conflicts(struct arm_call *call, const struct sim_assignment *wanted)
{
    struct arm *arm = call->arm;
    int64_t most = sim_setting_number(arm->world, CONFLICTS), tried = 0;
    const char *grant =
        base_arena_printf(call->arena, " %s %s %s", wanted->scope, wanted->role, wanted->principal);
    bool found = false;
    const cJSON *item;

    pthread_mutex_lock(&arm->lock);
    cJSON_ArrayForEach(item, arm->conflicting)
    {
        found = found || base_starts_nocase(item->valuestring, wanted->name);
        tried += base_ends_nocase(item->valuestring, grant);
    }
    if (!found && (arm->conflicts_armed || tried < most)) {
        arm->conflicts_armed -= arm->conflicts_armed && tried >= most;
        cJSON_AddItemToArray(arm->conflicting, base_json_textf("%s%s", wanted->name, grant));
        found = true;
    }
    pthread_mutex_unlock(&arm->lock);
    return found;
}

/* ---- the principal ---- */

static bool type_fits(const char *asked, enum sim_principal_kind kind)
{
    static const char *const kinds[] = {"Application", "ManagedIdentity", "User"};

    for (size_t i = 0; i < sizeof principal_types / sizeof *principal_types; i++)
        if (base_equal_nocase(asked, principal_types[i][0]) &&
            base_equal(kinds[kind], principal_types[i][1]))
            return true;
    return false;
}

static bool check_principal(struct arm_call *call, const struct sim_assignment *wanted)
{
    struct sim_principal principal;
    const char *type = wanted->principal_type;
    bool known = sim_principal_by_object(call->arm->world, wanted->principal, &principal) &&
                 base_equal_nocase(principal.tenant, call->tenant) &&
                 principal.known_ms <= sim_now_ms(call->arm->world);

    if (!known && !base_equal_nocase(type, "ServicePrincipal"))
        return arm_refuse(
            call->response, ARM_PRINCIPAL_NOT_FOUND, "properties.principalId",
            "Principal %s does not exist in the directory %s. Check that you have the correct "
            "principal "
            "ID. If you are creating this principal and then immediately assigning a role, this "
            "error "
            "might be related to a replication delay. In this case, set the role assignment "
            "principalType property to a value, such as ServicePrincipal, User, or Group.",
            digits(call->arena, wanted->principal), call->tenant);
    if (known && *type && !type_fits(type, principal.kind))
        return arm_refuse(call->response, ARM_PRINCIPAL_TYPE, "properties.principalType",
                          "The PrincipalId '%s' has type '%s', which is different from the "
                          "specified PrincipalType "
                          "'%s'.",
                          wanted->principal,
                          principal.kind == SIM_PRINCIPAL_USER ? "User" : "ServicePrincipal", type);
    return true;
}

bool arm_assignment_check(struct arm_call *call, const struct sim_assignment *wanted, bool *repeat)
{
    struct rivals rivals = {.wanted = wanted, .subscription = ""};

    if (call->target.subscription)
        rivals.subscription = arm_path_join(call->arena, call->target.parts, 2);
    rivals.slots = (uint32_t)sim_setting_number(call->arm->world, SLOTS);
    sim_assignment_each(call->arm->world, look, &rivals);
    *repeat = rivals.has_name && base_equal_nocase(rivals.same_name.scope, wanted->scope) &&
              base_equal_nocase(rivals.same_name.role, wanted->role) &&
              base_equal_nocase(rivals.same_name.principal, wanted->principal);
    if (*repeat)
        return true;
    if (rivals.has_name)
        return arm_refuse(call->response, ARM_ASSIGNMENT_UPDATE, NULL,
                          "Tenant ID, application ID, principal ID, role and scope are not allowed "
                          "to be updated.");
    if (rivals.has_grant)
        return arm_refuse(
            call->response, ARM_ASSIGNMENT_EXISTS, NULL,
            "The role assignment already exists. The ID of the existing role assignment is %s.",
            digits(call->arena, rivals.same_grant.name));
    if (rivals.count >= ASSIGNMENTS_MAX)
        return arm_refuse(call->response, ARM_ASSIGNMENT_LIMIT, NULL,
                          "No more role assignments can be created: the subscription has %zu, at "
                          "most %d are allowed.",
                          rivals.count, ASSIGNMENTS_MAX);
    if (!check_principal(call, wanted))
        return false;
    if (rivals.has_slot || conflicts(call, wanted))
        return arm_refuse(call->response, ARM_ASSIGNMENT_HASH, NULL,
                          "The hash of the role assignment ID '%s' conflicts with that of another "
                          "role assignment ID.",
                          wanted->name);
    return true;
}
