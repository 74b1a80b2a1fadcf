/* Decides how deployments are asked for: PUT, validate, what-if. */
#include "simulators/arm/deployments/record.h"
#include "simulators/arm/deployments/scheduler_private.h"
#include "simulators/arm/regions.h"
#include "simulators/arm/routes.h"

#include <stdlib.h>
#include <string.h>

/* Takes the problem over; false when there is one. */
static bool refuse_problem(struct arm_call *call, cJSON *problem)
{
    if (!problem)
        return true;
    base_http_answer_json_take(call->response, 400, problem);
    base_headers_set(&call->response->headers, "x-ms-failure-cause", "gateway");
    return false;
}

/* Read, compiled and looked at; NULL: refused. */
static struct arm_deployment *prepare(struct arm_call *call, bool preflight)
{
    struct arm_deployment *deployment = arm_deployment_read(call);

    if (!deployment)
        return NULL;
    deployment->started_ms = sim_now_ms(call->arm->world);
    if (refuse_problem(call, arm_deployment_compile(deployment)) &&
        (!preflight || refuse_problem(call, arm_deployment_preflight(deployment))))
        return deployment;
    arm_deployment_free(deployment);
    return NULL;
}

static bool refuse_active(struct arm_call *call, const struct arm_deployment *deployment)
{
    return arm_refuse(
        call->response, ARM_DEPLOYMENT_ACTIVE, NULL,
        "Unable to edit or replace deployment '%s': previous deployment from '%s' is still "
        "active (expiration time is not reached). Please see "
        "https://aka.ms/arm-deploy for usage details.",
        deployment->name, deployment->scope_id);
}

static bool check_record(struct arm_call *call, const struct arm_deployment *deployment,
                         const cJSON *record)
{
    const char *location = base_json_text(record, "shown.location");

    if (arm_deployments_running(call->arm, deployment->id))
        return refuse_active(call, deployment);
    if (record && location && !base_equal_nocase(location, deployment->location))
        return arm_refuse(
            call->response, ARM_DEPLOYMENT_LOCATION, NULL,
            "Invalid deployment location '%s'. The deployment '%s' already exists in location "
            "'%s'.",
            deployment->location, deployment->name, location);
    if (record)
        return true;
    const char *scope =
        base_arena_printf(call->arena, "%s/providers/" ARM_DEPLOYMENT_TYPE, deployment->scope_id);
    cJSON *others = arm_docs_list(call->arm->deployments->records, scope);
    int count = cJSON_GetArraySize(others);
    cJSON_Delete(others);
    return count < ARM_DEPLOYMENT_RECORDS ||
           arm_refuse(
               call->response, ARM_DEPLOYMENT_QUOTA, NULL,
               "Creating the deployment '%s' would exceed the quota of '%d'. The current "
               "deployment "
               "count is '%d'. Please delete some deployments before creating a new one, or see "
               "https://aka.ms/800LimitFix for information on managing deployment limits.",
               deployment->name, ARM_DEPLOYMENT_RECORDS, count);
}

static void answer_started(struct arm_call *call, const char *id, bool created)
{
    cJSON *record = arm_record_get(call->arm, id);
    cJSON *shown = cJSON_DetachItemFromObject(record, "shown");
    struct base_buf path = {0};

    base_json_set_text(base_json_at(shown, "properties"), "provisioningState", "Accepted");
    base_uri_encode(&path, id, "/");
    base_headers_addf(&call->response->headers, "Azure-AsyncOperation",
                      "%s%s/operationStatuses/%s?api-version=%s", call->base, path.data,
                      base_json_text(record, "kept.operation"), call->api_version);
    base_headers_set(&call->response->headers, "Retry-After", "1");
    base_http_answer_json_take(call->response, created ? 201 : 200, shown);
    base_buf_release(&path);
    cJSON_Delete(record);
}

void arm_deployments_put(struct arm_call *call)
{
    struct arm_deployment *deployment = prepare(call, true);
    cJSON *record = deployment ? arm_record_get(call->arm, deployment->id) : NULL;
    const char *id = deployment ? base_arena_strdup(call->arena, deployment->id) : NULL;

    if (!deployment)
        return;
    if (!check_record(call, deployment, record)) {
        arm_deployment_free(deployment);
    } else if (!arm_deployments_start(deployment)) {
        refuse_active(call, deployment);
        arm_deployment_free(deployment);
    } else {
        answer_started(call, id, !record);
    }
    cJSON_Delete(record);
}

void arm_deployments_validate(struct arm_call *call)
{
    struct arm_deployment *deployment = prepare(call, true);

    if (deployment)
        base_http_answer_json_take(call->response, 200, arm_record_shown(deployment, true));
    arm_deployment_free(deployment);
}

void arm_deployments_what_if(struct arm_call *call)
{
    struct arm_deployment *deployment = prepare(call, true);
    const char *format;

    if (!deployment)
        return;
    format = base_json_text(deployment->request, "properties.whatIfSettings.resultFormat");
    if (format && !base_equal_nocase(format, "FullResourcePayloads") &&
        !base_equal_nocase(format, "ResourceIdOnly"))
        arm_refuse(call->response, ARM_INVALID_CONTENT, "properties.whatIfSettings.resultFormat",
                   "The resultFormat '%s' is not valid: expected 'FullResourcePayloads' or "
                   "'ResourceIdOnly'.",
                   format);
    else
        base_http_answer_json_take(
            call->response, 200,
            arm_deployment_what_if(deployment, base_equal_nocase(format, "ResourceIdOnly")));
    arm_deployment_free(deployment);
}
