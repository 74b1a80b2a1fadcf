/* Decides what answers look like: errors, resources, tracking headers. */
#include "reference/rp/frontend/call.h"
#include "common/log.h"
#include "common/text.h"

#include <string.h>

void rp_answer_error(struct rp_call *call, int status, const char *code, const char *target,
                     const char *fmt, ...)
{
    struct rp_faults faults = {0};
    struct base_buf message = {0};
    va_list args;

    va_start(args, fmt);
    base_buf_vprintf(&message, fmt, args);
    va_end(args);
    rp_fault_status(&faults, status, code, target, "%s", message.data);
    rp_answer_faults(call, &faults);
    base_buf_release(&message);
    rp_faults_release(&faults);
}

void rp_answer_faults(struct rp_call *call, const struct rp_faults *faults)
{
    base_http_answer_json_take(call->response, faults->status, rp_faults_body(faults));
}

void rp_answer_failure(struct rp_call *call, const struct base_error *cause)
{
    bool passing = cause->status == BASE_UNAVAILABLE || cause->status == BASE_TIMEOUT ||
                   cause->status == BASE_THROTTLED || cause->status == BASE_CANCELED;

    base_log(BASE_LOG_ERROR, "frontend", call->correlation, "%s %s failed: %s %s",
             call->request->method, call->request->path, cause->code, cause->message);
    if (passing)
        base_headers_addf(&call->response->headers, "Retry-After", "%lld",
                          (long long)call->world->config->retry_after_s);
    rp_answer_error(
        call, passing ? 503 : 500, passing ? "ServiceUnavailable" : "InternalServerError", NULL,
        "The request could not be done; repeat it, or name correlation id %s to support",
        call->correlation);
}

void rp_answer_resource(struct rp_call *call, int status, const struct rp_resource *resource)
{
    base_headers_addf(&call->response->headers, "ETag", "\"%lld\"", (long long)resource->version);
    base_http_answer_json_take(call->response, status,
                               rp_model_show(call->arena, resource, call->version));
}

const char *rp_operation_path(struct rp_call *call, const struct rp_operation *operation,
                              const char *word)
{
    return base_arena_printf(
        call->arena, "/subscriptions/%s/providers/Microsoft.HealthcareApis/locations/%s/%s/%s",
        call->subscription, operation->location, word, operation->id);
}

void rp_answer_tracking(struct rp_call *call, const struct rp_operation *operation)
{
    struct base_headers *headers = &call->response->headers;

    base_headers_addf(headers, "Azure-AsyncOperation", "%s%s?api-version=%s", call->origin,
                      rp_operation_path(call, operation, "operationstatuses"), call->version->name);
    base_headers_addf(headers, "Location", "%s%s?api-version=%s", call->origin,
                      rp_operation_path(call, operation, "operationresults"), call->version->name);
    base_headers_addf(headers, "Retry-After", "%lld",
                      (long long)call->world->config->retry_after_s);
}
