/* Decides the order in which a request is examined (facts of ARM, 1.2), and what every answer carries. */
#include "simulators/arm/front.h"
#include "simulators/arm/checks.h"
#include "simulators/arm/deployments/scheduler.h"
#include "simulators/arm/groups.h"
#include "simulators/arm/regions.h"

#include <stdio.h>
#include <string.h>

/* Step 15, identity and forwarding, is the handler's (resource.c). */
static bool (*const steps[])(struct arm_call *call) = {
    arm_check_path,            /* 1: method, path, subscription id, names */
    arm_check_version_present, /* 2 */
    arm_check_token,           /* 3: also the tenant of the subscription */
    arm_check_subscription,    /* 4 */
    arm_check_namespace,       /* 5 */
    arm_check_type,            /* 6 */
    arm_check_version,         /* 7 */
    arm_check_group,           /* 8 */
    arm_check_rbac,            /* 9 */
    arm_check_registration,    /* 10 */
    arm_check_throttle,        /* 11 */
    arm_check_lock,            /* 12 */
    arm_check_body,            /* 13: JSON, location, tags */
    arm_check_parent,          /* 14 */
};

static void begin(struct arm_call *call);
static void finish(struct arm_call *call);

void arm_handle(void *context, const struct base_http_request *request,
                struct base_http_response *response)
{
    arm_handle_as(context, NULL, request, response);
}

void arm_handle_as(struct arm *arm, const struct arm_deployer *who,
                   const struct base_http_request *request, struct base_http_response *response)
{
    struct arm_call call = {
        .arm = arm,
        .behalf = who,
        .request = request,
        .response = response,
        .arena = request->arena,
        .remaining = -1,
    };
    bool good = true;

    arm_groups_resume(call.arm);
    arm_deployments_resume(call.arm);
    begin(&call);
    for (size_t i = 0; good && i < sizeof steps / sizeof *steps; i++)
        good = steps[i](&call) && call.route;
    if (good)
        call.route->handle(&call);
    finish(&call);
    cJSON_Delete((cJSON *)call.body);
}

bool arm_call_writes(const struct arm_call *call)
{
    return !base_equal(call->request->method, "GET") && !base_equal(call->request->method, "HEAD");
}

const char *arm_call_query(const struct arm_call *call, const char *name)
{
    return base_query_get(call->arena, call->request->query, name);
}

static void begin(struct arm_call *call)
{
    const char *asked = base_headers_get(call->request->headers, "x-ms-correlation-request-id");
    base_random_t *random = sim_world_random(call->arm->world);
    char id[BASE_UUID_TEXT], iso[BASE_TIME_TEXT], *at = iso;

    base_uuid(random, id);
    call->correlation = base_arena_strdup(call->arena, asked && base_is_uuid(asked) ? asked : id);
    base_uuid(random, id);
    base_time_iso_s(sim_now_ms(call->arm->world), iso);
    for (const char *from = iso; *from; from++)
        if (*from != '-' && *from != ':')
            *at++ = *from;
    *at = '\0';
    call->routing = base_arena_printf(call->arena, "WESTUS2:%s:%s", iso, id);
    call->base = base_arena_printf(call->arena, "https://%s", call->request->host);
    call->api_version = "";
}

static void set_default(struct base_headers *headers, const char *name, const char *value)
{
    if (!base_headers_get(headers, name))
        base_headers_add(headers, name, value);
}

static void add_remaining(struct arm_call *call)
{
    const char *kind = !arm_call_writes(call)                        ? "reads"
                       : base_equal(call->request->method, "DELETE") ? "deletes"
                                                                     : "writes";
    char name[64], value[24];

    if (call->remaining < 0)
        return;
    snprintf(name, sizeof name, "x-ms-ratelimit-remaining-%s-%s",
             call->target.subscription ? "subscription" : "tenant", kind);
    snprintf(value, sizeof value, "%d", call->remaining);
    set_default(&call->response->headers, name, value);
}

static void finish(struct arm_call *call)
{
    static const char *const constant[][2] = {
        {"Cache-Control", "no-cache"},
        {"Pragma", "no-cache"},
        {"Expires", "-1"},
        {"Strict-Transport-Security", "max-age=31536000; includeSubDomains"},
        {"X-Content-Type-Options", "nosniff"},
    };
    struct base_headers *headers = &call->response->headers;
    const char *client = base_headers_get(call->request->headers, "x-ms-client-request-id");
    const char *wanted = base_headers_get(call->request->headers, "x-ms-return-client-request-id");

    for (size_t i = 0; i < sizeof constant / sizeof *constant; i++)
        set_default(headers, constant[i][0], constant[i][1]);
    set_default(headers, "x-ms-request-id", call->correlation);
    base_headers_set(headers, "x-ms-correlation-request-id", call->correlation);
    base_headers_set(headers, "x-ms-routing-request-id", call->routing);
    if (client && base_equal_nocase(wanted, "true"))
        set_default(headers, "x-ms-client-request-id", client);
    add_remaining(call);
    if (base_equal(call->request->method, "HEAD"))
        base_buf_clear(&call->response->body);
}
