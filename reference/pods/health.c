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

static void answer_health(struct pod *pod, struct base_http_response *response);
static void answer_metrics(struct pod *pod, struct base_http_response *response);

void pod_health_handle(void *context, const struct base_http_request *request,
                       struct base_http_response *response)
{
    static const struct {
        const char *path;
        void (*answer)(struct pod *pod, struct base_http_response *response);
    } pages[] = {{"/healthz", answer_health}, {"/metrics", answer_metrics}};
    size_t i = 0, count = sizeof pages / sizeof *pages;

    while (i < count && !base_equal(request->path, pages[i].path))
        i++;
    if (i == count)
        base_http_answer_text(response, 404, "text/plain", "only /healthz and /metrics are here\n");
    else if (!base_equal(request->method, "GET") && !base_equal(request->method, "HEAD"))
        base_http_answer_text(response, 405, "text/plain", "GET only\n");
    else
        pages[i].answer(context, response);
}

static void answer_health(struct pod *pod, struct base_http_response *response)
{
    cJSON *body = cJSON_CreateObject(), *counters;

    base_json_set_text(body, "status", "ok");
    base_json_set_text(body, "state", atomic_load(&pod->running) ? "running" : "starting");
    counters = cJSON_AddObjectToObject(body, "counters");
    for (size_t i = 0; i < POD_COUNTERS; i++)
        base_json_set_number(counters, counter_names[i], (double)atomic_load(&pod->counters[i]));
    base_http_answer_json_take(response, 200, body);
}

static void answer_metrics(struct pod *pod, struct base_http_response *response)
{
    struct base_buf text = {0};

    pod_metrics_write(&pod->metrics, pod->settings.kind, &text);
    base_buf_printf(&text,
                    "# HELP iomt_refused_calls Calls refused for want of a role or credential.\n"
                    "# TYPE iomt_refused_calls counter\niomt_refused_calls %lld\n",
                    (long long)atomic_load(&pod->counters[POD_REFUSALS]));
    base_http_answer_text(response, 200, "text/plain; version=0.0.4; charset=utf-8", text.data);
    base_buf_release(&text);
}
