/* Decides who is asking and whether that is enough. */
#include "simulators/arm/checks.h"
#include "simulators/arm/deployments/ask.h"
#include "simulators/kit/rbac.h"

#include <string.h>

static const char *const audiences[] = {"https://management.azure.com",
                                        "https://management.core.windows.net", NULL};

static const struct {
    const char *code; /* of sim_token_check */
    enum arm_error error;
    const char *reason; /* of the challenge, RFC 6750 */
} token_errors[] = {
    {"MissingToken", ARM_AUTHENTICATION_FAILED, "invalid_token"},
    {"InvalidToken", ARM_INVALID_TOKEN, "invalid_token"},
    {"ExpiredToken", ARM_EXPIRED_TOKEN, "invalid_token"},
    {"InvalidAudience", ARM_INVALID_AUDIENCE, "invalid_token"},
};

static const char *subscription_text(struct arm_call *call, const char *member)
{
    cJSON *subscription = call->target.subscription
                              ? arm_docs_get(call->arm->subscriptions, call->target.subscription)
                              : NULL;
    const char *text = base_arena_strdup(call->arena, base_json_text(subscription, member));
    cJSON_Delete(subscription);
    return text;
}

static bool challenge(struct arm_call *call, const char *tenant, enum arm_error error,
                      const char *message)
{
    arm_refuse(call->response, error, NULL, "%s", message);
    base_headers_addf(&call->response->headers, "WWW-Authenticate",
                      "Bearer authorization_uri=\"%s/%s\", error=\"invalid_token\", "
                      "error_description=\"%s\"",
                      ARM_AUTHORITY, tenant ? tenant : "common", arm_error_code(error));
    return false;
}

static const char *claim(struct arm_call *call, const cJSON *claims, const char *name)
{
    const char *text = base_json_text(claims, name);
    return base_arena_strdup(call->arena, text ? text : "");
}

/* The token was checked; what the kit's caller does not hold is read from it here. */
static void read_claims(struct arm_call *call, const char *authorization)
{
    static const char *const kinds[] = {"Application", "ManagedIdentity", "User"};
    const char *token = authorization + (base_starts_nocase(authorization, "Bearer ") ? 7 : 0);
    struct sim_principal principal;
    struct base_jwt jwt = {0};

    token += strspn(token, " ");
    if (base_jwt_parse(token, &jwt, NULL) == BASE_OK) {
        call->caller.acr = claim(call, jwt.claims, "appidacr");
        call->caller.issuer = claim(call, jwt.claims, "iss");
        call->caller.audience = claim(call, jwt.claims, "aud");
    }
    base_jwt_release(&jwt);
    call->caller.kind = "Application";
    if (sim_principal_by_object(call->arm->world, call->caller.token.object_id, &principal))
        call->caller.kind = kinds[principal.kind];
}

static bool check_bearer(struct arm_call *call, const char *tenant)
{
    const char *authorization = base_headers_get(call->request->headers, "Authorization");
    struct base_error err = {0};

    if (sim_token_check(call->arm->world, authorization, audiences, &call->caller.token, &err) !=
        BASE_OK) {
        for (size_t i = 0; i < sizeof token_errors / sizeof *token_errors; i++)
            if (base_equal(err.code, token_errors[i].code))
                return challenge(
                    call, tenant, token_errors[i].error,
                    base_arena_printf(call->arena, "Authentication failed: %s.", err.message));
        return challenge(call, tenant, ARM_INVALID_TOKEN, err.message);
    }
    read_claims(call, authorization);
    return true;
}

bool arm_check_token(struct arm_call *call)
{
    const char *tenant = subscription_text(call, "tenantId");

    if (call->route->flags & ARM_ROUTE_ANONYMOUS)
        return true;
    if (call->behalf)
        call->caller = call->behalf->caller;
    else if (!check_bearer(call, tenant))
        return false;
    if (tenant && !base_equal_nocase(tenant, call->caller.token.tenant))
        return challenge(
            call, tenant, ARM_WRONG_TENANT,
            base_arena_printf(
                call->arena,
                "The access token is from the wrong issuer '%s'. It must match the "
                "tenant 'https://sts.windows.net/%s/' associated with this subscription.",
                call->caller.issuer, tenant));
    call->tenant = tenant ? tenant : call->caller.token.tenant;
    return true;
}

bool arm_check_subscription(struct arm_call *call)
{
    const char *state = subscription_text(call, "state");

    if (!call->target.subscription)
        return true;
    if (!state)
        return arm_refuse(call->response, ARM_SUBSCRIPTION_NOT_FOUND, NULL,
                          "The subscription '%s' could not be found.", call->target.subscription);
    if (!base_equal(state, "Enabled") && arm_call_writes(call))
        return arm_refuse(call->response, ARM_SUBSCRIPTION_READ_ONLY, NULL,
                          "The subscription '%s' is disabled and therefore marked as read only. "
                          "You cannot perform "
                          "any write actions on this subscription until it is re-enabled.",
                          call->target.subscription);
    return true;
}

/* ---- RBAC ---- */

bool arm_call_allowed(const struct arm_call *call, const char *action, const char *scope)
{
    return sim_rbac_allows(call->arm->world, call->caller.token.object_id, action, false,
                           *scope ? scope : "/");
}

struct sight {
    const struct arm_call *call;
    const char *scope;
    bool seen;
};

static void look(void *context, const struct sim_assignment *assignment)
{
    struct sight *sight = context;

    if (base_equal_nocase(assignment->principal, sight->call->caller.token.object_id) &&
        (sim_scope_reaches(sight->call->arm->world, assignment->scope, sight->scope) ||
         sim_scope_reaches(sight->call->arm->world, sight->scope, assignment->scope)))
        sight->seen = true;
}

bool arm_call_sees(const struct arm_call *call, const char *scope)
{
    struct sight sight = {call, scope, false};
    sim_assignment_each(call->arm->world, look, &sight);
    return sight.seen;
}

static const char *action_of(struct arm_call *call)
{
    static const char *const verbs[][2] = {{"GET", "read"},      {"HEAD", "read"},
                                           {"PUT", "write"},     {"PATCH", "write"},
                                           {"DELETE", "delete"}, {"POST", "action"}};
    const char *verb = "action", *fixed = call->route->action;

    if (fixed && *fixed == '*')
        return base_arena_printf(call->arena, "%s%s", call->target.provider, fixed + 1);
    if (fixed)
        return fixed;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (base_equal(call->request->method, verbs[i][0]))
            verb = verbs[i][1];
    if (call->target.action)
        return base_arena_printf(call->arena, "%s/%s/%s", call->type.name, call->target.action,
                                 verb);
    return base_arena_printf(call->arena, "%s/%s",
                             call->type.name ? call->type.name : "Microsoft.Resources", verb);
}

static bool needs_no_role(const struct arm_call *call)
{
    unsigned flags = call->route->flags;

    if (flags & (ARM_ROUTE_ANONYMOUS | ARM_ROUTE_ANYONE | ARM_ROUTE_FILTERED))
        return true;
    if (flags & ARM_ROUTE_VISIBLE || call->type.operation)
        return call->target.subscription &&
               arm_call_sees(call, arm_path_join(call->arena, call->target.parts, 2));
    /* role definitions and provider operations are readable by everybody at tenant scope */
    return flags & ARM_ROUTE_RESOURCE && !*call->target.scope && !arm_call_writes(call) &&
           !base_ends_nocase(call->type.name, "/roleAssignments") &&
           !base_starts_nocase(call->type.name, "Microsoft.Management/");
}

bool arm_check_rbac(struct arm_call *call)
{
    const struct sim_caller *who = &call->caller.token;

    call->action = action_of(call);
    if (needs_no_role(call) || arm_call_allowed(call, call->action, call->resource))
        return true;
    return arm_refuse(
        call->response, ARM_AUTHORIZATION_FAILED, NULL,
        "The client '%s' with object id '%s' does not have authorization to perform action '%s' "
        "over "
        "scope '%s' or the scope is invalid. If access was recently granted, please refresh your "
        "credentials.",
        who->client_id, who->object_id, call->action, *call->resource ? call->resource : "/");
}
