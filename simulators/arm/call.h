/* simulators/arm/call.h: one request on its way through the front door. Private to the room. */
#ifndef ARM_CALL_H
#define ARM_CALL_H

#include "simulators/arm/errors.h"
#include "simulators/arm/path.h"
#include "simulators/arm/types.h"
#include "simulators/kit/rbac.h"
#include "simulators/kit/token.h"

struct arm_caller {
    struct sim_caller token;
    const char *acr, *issuer, *audience; /* claims; "" when absent */
    const char *kind;                    /* "Application", "ManagedIdentity" or "User" */
};

struct arm_route;
struct arm_deployer; /* deployments/ask.h */

struct arm_call {
    struct arm *arm;
    const struct base_http_request *request;
    struct base_http_response *response;
    struct base_arena *arena;

    struct arm_target target;
    const struct arm_route *route;
    const char *api_version;
    struct arm_caller caller;
    const struct arm_deployer
        *behalf;          /* a deployment's own request: in whose name; NULL: a client's */
    const char *tenant;   /* of the subscription; the caller's at tenant scope */
    const char *group_id; /* of the stored group; NULL outside a group */
    struct arm_type type; /* for resource routes */
    const char *resource; /* id of the resource in canonical type spelling; target.id otherwise */
    const char *action;   /* "Microsoft.EventHub/namespaces/read" */
    const cJSON *body;    /* of PUT, PATCH and POST when it is a JSON object; NULL otherwise */
    const char *base;     /* "https://management.azure.com": where this request came in */
    const char *correlation, *routing;
    int remaining; /* of the throttle bucket; -1: not counted */
};

/* PUT, PATCH, DELETE or POST. */
bool arm_call_writes(const struct arm_call *call);
/* "…/operationresults/x?api-version=…" below base, in the arena. */
const char *arm_call_query(const struct arm_call *call,
                           const char *name); /* decoded value; NULL when absent */
/* May the caller do `action` at `scope`? */
bool arm_call_allowed(const struct arm_call *call, const char *action, const char *scope);
/* Has the caller any role at, above or below `scope`? */
bool arm_call_sees(const struct arm_call *call, const char *scope);
/* Answers {"value":[...],"nextLink"?} from `list` (taken over), cut by $top and $skipToken. */
void arm_call_answer_list(struct arm_call *call, cJSON *list);

#endif
