/* Decides what the two tracking URLs of an operation answer (RPC 1.7). */
#include "reference/rp/frontend/call.h"
#include "common/text.h"

#include <string.h>

/* An operation is found only under its own subscription and location. */
static bool find(struct rp_call *call, struct rp_operation *operation)
{
    struct base_error err = {0};
    const struct rp_region *region = rp_config_region(call->world->config, call->location);
    enum base_status status = rp_operation_get(call->world->db, call->operation, operation, &err);

    if (status == BASE_OK && base_equal_nocase(operation->subscription, call->subscription) &&
        region && !strcmp(region->name, operation->location))
        return true;
    if (status == BASE_OK || status == BASE_NOT_FOUND)
        rp_answer_error(call, 404, "NotFound", NULL,
                        "The operation '%s' was not found in location '%s'.", call->operation,
                        call->location);
    else
        rp_answer_failure(call, &err);
    rp_operation_release(operation);
    return false;
}

static cJSON *error_of(const struct rp_operation *operation)
{
    cJSON *error = cJSON_CreateObject();

    base_json_set_text(error, "code", operation->error_code);
    base_json_set_text(error, "message", operation->error_message);
    return error;
}

void rp_operation_status(struct rp_call *call)
{
    struct rp_operation operation;
    char text[BASE_TIME_TEXT];

    if (!find(call, &operation))
        return;
    cJSON *body = cJSON_CreateObject();
    base_json_set_text(body, "id", rp_operation_path(call, &operation, "operationstatuses"));
    base_json_set_text(body, "name", operation.id);
    base_json_set_text(body, "status", operation.status);
    base_time_iso(operation.created_ms, text);
    base_json_set_text(body, "startTime", text);
    if (operation.ended_ms) {
        base_time_iso(operation.ended_ms, text);
        base_json_set_text(body, "endTime", text);
    } else {
        base_headers_addf(&call->response->headers, "Retry-After", "%lld",
                          (long long)call->world->config->retry_after_s);
    }
    if (operation.error_code[0])
        base_json_set(body, "error", error_of(&operation));
    base_http_answer_json_take(call->response, 200, body);
    rp_operation_release(&operation);
}

static void answer_success(struct rp_call *call, const struct rp_operation *operation)
{
    struct rp_resource resource;
    struct base_error err = {0};

    if (base_ends_nocase(operation->kind, ".delete")) {
        call->response->status = 204;
        return;
    }
    enum base_status status =
        rp_resource_get(call->world->db, operation->resource, &resource, &err);
    if (status == BASE_OK) {
        rp_answer_resource(call, 200, &resource);
        rp_resource_release(&resource);
    } else if (status == BASE_NOT_FOUND) {
        rp_answer_error(call, 404, "ResourceNotFound", NULL, "The resource '%s' was not found.",
                        operation->resource_id);
    } else {
        rp_answer_failure(call, &err);
    }
}

void rp_operation_result(struct rp_call *call)
{
    struct rp_operation operation;

    if (!find(call, &operation))
        return;
    if (!operation.ended_ms) {
        rp_answer_tracking(call, &operation);
        call->response->status = 202;
    } else if (operation.error_code[0]) {
        rp_answer_error(call, strcmp(operation.status, RP_CANCELED) ? 500 : 409,
                        operation.error_code, NULL, "%s", operation.error_message);
    } else {
        answer_success(call, &operation);
    }
    rp_operation_release(&operation);
}
