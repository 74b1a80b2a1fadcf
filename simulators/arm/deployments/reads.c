/* Decides what clients see of deployments and their operations, and how they end them. */
#include "simulators/arm/deployments/record.h"
#include "simulators/arm/deployments/scheduler_private.h"
#include "simulators/arm/filter.h"
#include "simulators/arm/routes.h"

#include <stdlib.h>
#include <string.h>

/* The id of the deployment that the path names, also when it names something below, or leaves the provider out. */
static const char *id_of(struct arm_call *call)
{
    const struct arm_target *target = &call->target;
    const char *scope = call->group_id ? call->group_id : target->scope;
    const char *name = target->provider ? target->names[0] : target->parts[5];

    return base_arena_printf(call->arena, "%s/providers/" ARM_DEPLOYMENT_TYPE "/%s", scope, name);
}

static cJSON *find(struct arm_call *call)
{
    const char *id = id_of(call);
    cJSON *record = arm_record_get(call->arm, id);

    if (!record)
        arm_refuse(call->response, ARM_DEPLOYMENT_NOT_FOUND, NULL,
                   "Deployment '%s' could not be found.", strrchr(id, '/') + 1);
    return record;
}

/* A deployment that is at work says so, whatever was written last. */
static cJSON *shown(cJSON *record)
{
    return cJSON_DetachItemFromObject(record, "shown");
}

void arm_deployments_get(struct arm_call *call)
{
    cJSON *record = find(call);

    if (record)
        base_http_answer_json_take(call->response, 200, shown(record));
    cJSON_Delete(record);
}

void arm_deployments_head(struct arm_call *call)
{
    cJSON *record = arm_record_get(call->arm, id_of(call));

    call->response->status = record ? 204 : 404;
    cJSON_Delete(record);
}

static int list_term(void *context, const char *field, const char *operator_, const char *value)
{
    const cJSON *item = context;

    if (!base_equal_nocase(field, "provisioningState") ||
        !(base_equal(operator_, "eq") || base_equal(operator_, "ne")))
        return -1;
    bool same = base_equal_nocase(base_json_text(item, "properties.provisioningState"), value);
    return same == base_equal(operator_, "eq");
}

void arm_deployments_list(struct arm_call *call)
{
    const char *filter, *scope = call->group_id ? call->group_id : call->target.scope;
    cJSON *records, *record, *list;

    if (!arm_filter_check(call, list_term, NULL, &filter))
        return;
    records =
        arm_docs_list(call->arm->deployments->records,
                      base_arena_printf(call->arena, "%s/providers/" ARM_DEPLOYMENT_TYPE, scope));
    list = cJSON_CreateArray();
    cJSON_ArrayForEach(record, records)
    {
        cJSON *item = shown(record);
        if (arm_filter_matches(filter, list_term, item) == 1)
            cJSON_AddItemToArray(list, item);
        else
            cJSON_Delete(item);
    }
    cJSON_Delete(records);
    arm_call_answer_list(call, list);
}

void arm_deployments_delete(struct arm_call *call)
{
    const char *id = id_of(call);
    cJSON *record = arm_record_get(call->arm, id);

    if (!record) {
        call->response->status = 204;
    } else if (arm_deployments_running(call->arm, id)) {
        arm_refuse(call->response, ARM_DEPLOYMENT_ACTIVE, NULL,
                   "The deployment '%s' is still active and cannot be deleted: cancel it first.",
                   base_json_text(record, "shown.name"));
    } else {
        arm_record_remove(call->arm, id);
        call->response->status = 204;
    }
    cJSON_Delete(record);
}

void arm_deployments_cancel(struct arm_call *call)
{
    cJSON *record = find(call);

    if (record && arm_deployments_stop(call->arm, id_of(call)))
        call->response->status = 204;
    else if (record)
        arm_refuse(call->response, ARM_DEPLOYMENT_NOT_CANCELABLE, NULL,
                   "The deployment '%s' cannot be cancelled because it is in state '%s'.",
                   base_json_text(record, "shown.name"),
                   base_json_text(record, "shown.properties.provisioningState"));
    cJSON_Delete(record);
}

void arm_deployments_export(struct arm_call *call)
{
    cJSON *record = find(call), *answer;
    const cJSON *template = base_json_at(record, "kept.template");

    if (!record)
        return;
    if (!template)
        template = base_json_at(record, "kept.request.properties.template");
    answer = cJSON_CreateObject();
    cJSON_AddItemToObject(answer, "template", base_json_copy(template));
    base_http_answer_json_take(call->response, 200, answer);
    cJSON_Delete(record);
}

void arm_deployments_status(struct arm_call *call)
{
    cJSON *record = find(call), *answer;
    const char *operation = call->target.names[1],
               *state = base_json_text(record, "shown.properties.provisioningState");
    const cJSON *error = base_json_at(record, "shown.properties.error");

    if (!record)
        return;
    if (!base_equal_nocase(operation, base_json_text(record, "kept.operation"))) {
        arm_refuse(call->response, ARM_DEPLOYMENT_OPERATION_NOT_FOUND, NULL,
                   "The operation '%s' of deployment '%s' could not be found.", operation,
                   base_json_text(record, "shown.name"));
    } else {
        answer = cJSON_CreateObject();
        base_json_set_text(answer, "status", state);
        if (error)
            base_json_set(answer, "error", base_json_copy(error));
        if (base_equal(state, "Accepted") || base_equal(state, "Running"))
            base_headers_set(&call->response->headers, "Retry-After", "1");
        base_http_answer_json_take(call->response, 200, answer);
    }
    cJSON_Delete(record);
}

void arm_deployments_hash(struct arm_call *call)
{
    struct base_error err = {0};
    cJSON *template = arm_text_parse(call->request->body, call->request->body_len, &err), *answer;
    char hash[24], *text;

    if (!cJSON_IsObject(template)) {
        arm_refuse(call->response, ARM_INVALID_TEMPLATE, NULL,
                   "The template could not be read: %s.",
                   template ? "expected an object" : err.message);
    } else {
        text = base_json_print(template);
        arm_template_hash(template, hash);
        answer = cJSON_CreateObject();
        base_json_set_text(answer, "minifiedTemplate", text);
        base_json_set_text(answer, "templateHash", hash);
        base_http_answer_json_take(call->response, 200, answer);
        free(text);
    }
    cJSON_Delete(template);
}

/* ---- operations ---- */

void arm_deployment_operations_list(struct arm_call *call)
{
    cJSON *record = find(call);

    if (record)
        arm_call_answer_list(call, arm_operation_list(call->arm, id_of(call)));
    cJSON_Delete(record);
}

void arm_deployment_operations_get(struct arm_call *call)
{
    const struct arm_target *target = &call->target;
    const char *id = target->parts[target->count - 1];
    cJSON *record = find(call),
          *operation = record ? arm_operation_get(call->arm, id_of(call), id) : NULL;

    if (operation)
        base_http_answer_json_take(call->response, 200, operation);
    else if (record)
        arm_refuse(call->response, ARM_DEPLOYMENT_OPERATION_NOT_FOUND, NULL,
                   "The operation '%s' of deployment '%s' could not be found.", id,
                   base_json_text(record, "shown.name"));
    cJSON_Delete(record);
}
