/* Decides who sent a request and whether a role lets them (facts fhir.md §1 Security). */
#include "simulators/fhir/call.h"

#include "simulators/kit/rbac.h"
#include "simulators/kit/token.h"

#define GEN1 "Microsoft.HealthcareApis/services/fhir/resources/"
#define GEN2 "Microsoft.HealthcareApis/workspaces/fhirservices/resources/"

bool fhir_authenticate(struct fhir_call *call)
{
    const char *authorization = fhir_header(call, "Authorization");
    struct sim_caller caller;
    struct base_error err = {0};
    bool scheme = authorization && base_starts_nocase(authorization, "Bearer ");

    if (scheme && fhir_tokens_check(call->fhir->tokens, call->fhir->world, authorization,
                                    call->service.audience, &caller, &err) == BASE_OK) {
        if (!*call->service.tenant || base_equal_nocase(call->service.tenant, caller.tenant)) {
            call->caller = base_arena_strdup(call->arena, caller.object_id);
            call->caller_name = *caller.name ? base_arena_strdup(call->arena, caller.name) : NULL;
            return true;
        }
        base_error_set(&err, BASE_UNAUTHENTICATED, NULL,
                       "the token's tenant is %s, the service's is %s", caller.tenant,
                       call->service.tenant);
    }
    fhir_refuse(call, FHIR_LOGIN, "Authentication failed.%s%s", scheme ? " Detail: " : "",
                scheme ? err.message : "");
    return false;
}

/* Object ids of the service's own access policies may do everything. */
static bool is_member(const struct fhir_call *call)
{
    for (size_t i = 0; i < call->service.member_count; i++)
        if (base_equal_nocase(call->service.members[i], call->caller))
            return true;
    return false;
}

bool fhir_authorize(struct fhir_call *call, const char *action)
{
    const char *full =
        base_arena_printf(call->arena, "%s%s", call->service.gen2 ? GEN2 : GEN1, action);

    if (is_member(call) ||
        sim_rbac_allows(call->fhir->world, call->caller, full, true, call->service.arm_id))
        return true;
    fhir_refuse(
        call, FHIR_DENIED,
        "Authorization failed. Object %s may not do %s at %s: no role assignment allows it.",
        call->caller, full, call->service.arm_id);
    return false;
}
