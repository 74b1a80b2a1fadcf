/* Decides what a pod says about itself. */
#include "reference/pods/health.h"

#include "common/text.h"

static const char *const counter_names[POD_COUNTERS] = {
    [POD_EVENTS] = "events",
    [POD_BYTES] = "bytes",
    [POD_BATCHES] = "batches",
    [POD_MEASUREMENTS] = "measurements",
    [POD_DROPPED] = "eventsWithoutMatch",
    [POD_POISONED] = "poisoned",
    [POD_CREATED] = "observationsCreated",
    [POD_UPDATED] = "observationsUpdated",
    [POD_UNCHANGED] = "observationsUnchanged",
    [POD_RETRIES] = "batchRetries",
    [POD_REFUSALS] = "refusals",
};

void pod_health_handle(void *context, const struct base_http_request *request,
                       struct base_http_response *response)
{
    struct pod *pod = context;
    cJSON *body, *counters;

    if (!base_equal(request->path, "/healthz")) {
        base_http_answer_text(response, 404, "text/plain", "only /healthz is here\n");
        return;
    }
    if (!base_equal(request->method, "GET") && !base_equal(request->method, "HEAD")) {
        base_http_answer_text(response, 405, "text/plain", "GET only\n");
        return;
    }
    body = cJSON_CreateObject();
    base_json_set_text(body, "status", "ok");
    base_json_set_text(body, "state", atomic_load(&pod->running) ? "running" : "starting");
    counters = cJSON_AddObjectToObject(body, "counters");
    for (size_t i = 0; i < POD_COUNTERS; i++)
        base_json_set_number(counters, counter_names[i], (double)atomic_load(&pod->counters[i]));
    base_http_answer_json_take(response, 200, body);
}
