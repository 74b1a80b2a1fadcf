/* Decides how calls of a cluster's API are named for traces and fault rules, and how a refusal on purpose reads. */
#include "simulators/aks/kinds.h"
#include "simulators/aks/room.h"
#include "simulators/kit/fault.h"

#include <stdio.h>
#include <string.h>

static const struct sim_status_word words[] = {
    {400, "BadRequest"},    {401, "Unauthorized"},
    {403, "Forbidden"},     {404, "NotFound"},
    {409, "Conflict"},      {429, "TooManyRequests"},
    {500, "InternalError"}, {503, "ServiceUnavailable"},
    {504, "Timeout"},       {0, NULL},
};

static const char *verb_of(const struct base_http_request *request, bool collection)
{
    static const char *const verbs[][3] = {
        {"GET", "get", "list"},
        {"POST", "create", "create"},
        {"PUT", "update", "update"},
        {"PATCH", "patch", "patch"},
        {"DELETE", "delete", "deletecollection"},
    };
    const char *watch = base_query_get(request->arena, request->query, "watch");

    if (collection && watch && !base_equal(watch, "false") && !base_equal(watch, "0"))
        return "watch";
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (base_equal(verbs[i][0], request->method))
            return verbs[i][collection ? 2 : 1];
    return "other";
}

/* "aks.deployments.create", "aks.pods.log.get", "aks.healthz.get": plural, subresource, verb. */
static void about(void *context, const struct base_http_request *request,
                  struct sim_call_about *out)
{
    const char **parts, *group, *version;
    size_t count = base_path_split(request->arena, request->path, &parts);
    bool core = count && base_equal(parts[0], "api");
    size_t at = core ? 2 : 3;

    (void)context;
    snprintf(out->caller, sizeof out->caller,
             base_headers_get(request->headers, "Authorization") ? "masterclient"
                                                                 : "system:anonymous");
    if (!count || (!core && !base_equal(parts[0], "apis")) || count <= at) {
        snprintf(out->call, sizeof out->call, "aks.%s.%s", count ? parts[0] : "root",
                 verb_of(request, false));
        return;
    }
    group = core ? "" : parts[1];
    version = parts[at - 1];
    if (count >= at + 3 && base_equal(parts[at], "namespaces") &&
        aks_kind_by_plural(group, version, parts[at + 2]))
        at += 2;
    snprintf(out->call, sizeof out->call, "aks.%s%s%s.%s", parts[at], count > at + 2 ? "." : "",
             count > at + 2 ? parts[at + 2] : "", verb_of(request, count == at + 1));
}

static void refuse(void *context, const struct base_http_request *request,
                   const struct sim_refusal *refusal, struct base_http_response *response)
{
    cJSON *status = cJSON_CreateObject(), *details;

    (void)context;
    (void)request;
    base_json_set_text(status, "kind", "Status");
    base_json_set_text(status, "apiVersion", "v1");
    cJSON_AddObjectToObject(status, "metadata");
    base_json_set_text(status, "status", "Failure");
    base_json_set_text(status, "message", refusal->message);
    base_json_set_text(status, "reason",
                       refusal->code ? refusal->code
                                     : sim_status_word(words, refusal->status, "InternalError"));
    if (refusal->retry_after_s) {
        details = cJSON_AddObjectToObject(status, "details");
        base_json_set_number(details, "retryAfterSeconds", refusal->retry_after_s);
    }
    base_json_set_number(status, "code", refusal->status);
    base_http_answer_json_take(response, refusal->status, status);
}

void aks_fault_add(struct aks *aks)
{
    sim_fault_room_add(aks->world, &(struct sim_fault_room){"aks", about, refuse, aks});
}
