/* Decides what kubectl prints of each kind: columns and their cells. Source: facts kubernetes.md 4. */
#include "simulators/aks/table.h"

#include "simulators/aks/meta.h"
#include "simulators/aks/selector.h"

#include <stdlib.h>

#define NONE "<none>"

static cJSON *text_or(const char *text, const char *fallback)
{
    return cJSON_CreateString(text && *text ? text : fallback);
}

static cJSON *take_text(char *text)
{
    cJSON *node = cJSON_CreateString(text);

    free(text);
    return node;
}

static cJSON *age_since(int64_t from_ms, int64_t now_ms)
{
    char text[32];

    if (from_ms < 0)
        return cJSON_CreateString("<unknown>");
    aks_age_text(from_ms, now_ms, text);
    return cJSON_CreateString(text);
}

static cJSON *cell_name(const cJSON *body, int64_t now_ms)
{
    (void)now_ms;
    return cJSON_CreateString(aks_meta(body, "name"));
}

static cJSON *cell_age(const cJSON *body, int64_t now_ms)
{
    return age_since(aks_time_at(body, "metadata.creationTimestamp", -1), now_ms);
}

static cJSON *cell_created(const cJSON *body, int64_t now_ms)
{
    return cell_age(body, now_ms);
}

static cJSON *cell_phase(const cJSON *body, int64_t now_ms)
{
    (void)now_ms;
    return text_or(base_json_text(body, "status.phase"), "");
}

/* Nodes. */
static cJSON *node_status(const cJSON *body, int64_t now_ms)
{
    bool ready = aks_condition_true(cJSON_GetObjectItemCaseSensitive(body, "status"), "Ready");

    (void)now_ms;
    return take_text(
        base_asprintf("%s%s", ready ? "Ready" : "NotReady",
                      base_json_true(body, "spec.unschedulable") ? ",SchedulingDisabled" : ""));
}

static cJSON *node_roles(const cJSON *body, int64_t now_ms)
{
    (void)now_ms;
    return text_or(aks_label(body, "kubernetes.io/role"), NONE);
}

static const char *node_address(const cJSON *body, const char *type)
{
    const cJSON *address;

    cJSON_ArrayForEach(address, base_json_at(body, "status.addresses"))
    {
        if (base_equal(base_json_text(address, "type"), type))
            return base_json_text(address, "address");
    }
    return NULL;
}

static cJSON *node_ip(const cJSON *body, int64_t now_ms)
{
    (void)now_ms;
    return text_or(node_address(body, "InternalIP"), NONE);
}

static cJSON *node_outer_ip(const cJSON *body, int64_t now_ms)
{
    (void)now_ms;
    return text_or(node_address(body, "ExternalIP"), NONE);
}

/* Pods. */
static cJSON *pod_ready(const cJSON *body, int64_t now_ms)
{
    const cJSON *status;
    int ready = 0;

    (void)now_ms;
    cJSON_ArrayForEach(status, base_json_at(body, "status.containerStatuses"))
    {
        ready += base_json_true(status, "ready");
    }
    return take_text(
        base_asprintf("%d/%d", ready, cJSON_GetArraySize(base_json_at(body, "spec.containers"))));
}

/* What a container says of itself; NULL: nothing that beats the phase. Release with free(). */
static char *container_word(const cJSON *status)
{
    const char *waiting = base_json_text(status, "state.waiting.reason"),
               *ended = base_json_text(status, "state.terminated.reason");
    const cJSON *terminated = base_json_at(status, "state.terminated");

    if (waiting && *waiting)
        return base_strdup(waiting);
    if (ended && *ended)
        return base_strdup(ended);
    if (!terminated)
        return NULL;
    if (base_json_number(terminated, "signal", 0) != 0)
        return base_asprintf("Signal:%.0f", base_json_number(terminated, "signal", 0));
    return base_asprintf("ExitCode:%.0f", base_json_number(terminated, "exitCode", 0));
}

static cJSON *pod_status(const cJSON *body, int64_t now_ms)
{
    const char *reason = base_json_text(body, "status.reason"),
               *phase = base_json_text(body, "status.phase");
    const cJSON *all = base_json_at(body, "status.containerStatuses");
    char *word = base_strdup(reason && *reason ? reason : phase ? phase : "");

    (void)now_ms;
    for (int i = cJSON_GetArraySize(all); i-- > 0;) {
        char *said = container_word(cJSON_GetArrayItem(all, i));
        if (said) {
            free(word);
            word = said;
        }
    }
    if (aks_deleting(body)) {
        free(word);
        word = base_strdup("Terminating");
    }
    return take_text(word);
}

static cJSON *pod_restarts(const cJSON *body, int64_t now_ms)
{
    const cJSON *status;
    double restarts = 0;
    int64_t last = -1;
    char age[32];

    cJSON_ArrayForEach(status, base_json_at(body, "status.containerStatuses"))
    {
        int64_t ended = aks_time_at(status, "lastState.terminated.finishedAt", -1);
        restarts += base_json_number(status, "restartCount", 0);
        last = ended > last ? ended : last;
    }
    if (restarts == 0 || last < 0)
        return take_text(base_asprintf("%.0f", restarts));
    aks_age_text(last, now_ms, age);
    return take_text(base_asprintf("%.0f (%s ago)", restarts, age));
}

static cJSON *pod_ip(const cJSON *body, int64_t now_ms)
{
    (void)now_ms;
    return text_or(base_json_text(body, "status.podIP"), NONE);
}

static cJSON *pod_node(const cJSON *body, int64_t now_ms)
{
    (void)now_ms;
    return text_or(base_json_text(body, "spec.nodeName"), NONE);
}

static cJSON *cell_none(const cJSON *body, int64_t now_ms)
{
    (void)body;
    (void)now_ms;
    return cJSON_CreateString(NONE);
}

/* Secrets, config maps, service accounts. */
static cJSON *secret_type(const cJSON *body, int64_t now_ms)
{
    (void)now_ms;
    return text_or(base_json_text(body, "type"), "");
}

static cJSON *data_count(const cJSON *body, int64_t now_ms)
{
    (void)now_ms;
    return cJSON_CreateNumber(
        cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(body, "data")) +
        cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(body, "binaryData")));
}

static cJSON *secrets_count(const cJSON *body, int64_t now_ms)
{
    (void)now_ms;
    return cJSON_CreateNumber(
        cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(body, "secrets")));
}

/* Events. */
static cJSON *event_last(const cJSON *body, int64_t now_ms)
{
    return age_since(aks_time_at(body, "lastTimestamp", aks_time_at(body, "eventTime", -1)),
                     now_ms);
}

static cJSON *event_first(const cJSON *body, int64_t now_ms)
{
    return age_since(aks_time_at(body, "firstTimestamp", aks_time_at(body, "eventTime", -1)),
                     now_ms);
}

static cJSON *event_object(const cJSON *body, int64_t now_ms)
{
    const char *kind = base_json_text(body, "involvedObject.kind"),
               *name = base_json_text(body, "involvedObject.name");
    char *lower = base_strdup(kind ? kind : "");

    (void)now_ms;
    base_lower(lower);
    cJSON *cell = take_text(base_asprintf("%s/%s", lower, name ? name : ""));
    free(lower);
    return cell;
}

static cJSON *event_source(const cJSON *body, int64_t now_ms)
{
    const char *component = base_json_text(body, "source.component"),
               *host = base_json_text(body, "source.host");

    (void)now_ms;
    return take_text(
        base_asprintf("%s%s%s", component ? component : "", host ? ", " : "", host ? host : ""));
}

static cJSON *event_count(const cJSON *body, int64_t now_ms)
{
    (void)now_ms;
    return cJSON_CreateNumber(base_json_number(body, "count", 1));
}

/* Workloads. */
static cJSON *workload_ready(const cJSON *body, int64_t now_ms)
{
    (void)now_ms;
    return take_text(base_asprintf("%.0f/%.0f", base_json_number(body, "status.readyReplicas", 0),
                                   base_json_number(body, "spec.replicas", 0)));
}

static cJSON *containers_list(const cJSON *body, const char *member)
{
    struct base_buf out = {0};
    const cJSON *container;

    cJSON_ArrayForEach(container, base_json_at(body, "spec.template.spec.containers"))
    {
        base_buf_printf(&out, "%s%s", out.len ? "," : "", base_json_text(container, member));
    }
    return take_text(base_buf_take(&out));
}

static cJSON *workload_containers(const cJSON *body, int64_t now_ms)
{
    (void)now_ms;
    return containers_list(body, "name");
}

static cJSON *workload_images(const cJSON *body, int64_t now_ms)
{
    (void)now_ms;
    return containers_list(body, "image");
}

static cJSON *workload_selector(const cJSON *body, int64_t now_ms)
{
    (void)now_ms;
    return take_text(aks_label_object_text(base_json_at(body, "spec.selector")));
}

#define COUNT(function, member)                                                                    \
    static cJSON *function(const cJSON *body, int64_t now_ms)                                      \
    {                                                                                              \
        (void)now_ms;                                                                              \
        return cJSON_CreateNumber(base_json_number(body, member, 0));                              \
    }
COUNT(count_updated, "status.updatedReplicas")
COUNT(count_available, "status.availableReplicas")
COUNT(count_desired, "spec.replicas")
COUNT(count_current, "status.replicas")
COUNT(count_ready, "status.readyReplicas")

#define NAME                                                                                       \
    {                                                                                              \
        "Name", "string", 0, cell_name, NULL                                                       \
    }
#define AGE                                                                                        \
    {                                                                                              \
        "Age", "string", 0, cell_age, NULL                                                         \
    }
#define WORKLOAD_WIDE                                                                              \
    {"Containers", "string", 1, workload_containers, NULL},                                        \
        {"Images", "string", 1, workload_images, NULL},                                            \
    {                                                                                              \
        "Selector", "string", 1, workload_selector, NULL                                           \
    }

const struct aks_column aks_columns_namespace[] = {
    NAME, {"Status", "string", 0, cell_phase, NULL}, AGE, {0}};
const struct aks_column aks_columns_node[] = {
    NAME,
    {"Status", "string", 0, node_status, NULL},
    {"Roles", "string", 0, node_roles, NULL},
    AGE,
    {"Version", "string", 0, NULL, "status.nodeInfo.kubeletVersion"},
    {"Internal-IP", "string", 1, node_ip, NULL},
    {"External-IP", "string", 1, node_outer_ip, NULL},
    {"OS-Image", "string", 1, NULL, "status.nodeInfo.osImage"},
    {"Kernel-Version", "string", 1, NULL, "status.nodeInfo.kernelVersion"},
    {"Container-Runtime", "string", 1, NULL, "status.nodeInfo.containerRuntimeVersion"},
    {0},
};
const struct aks_column aks_columns_pod[] = {
    NAME,
    {"Ready", "string", 0, pod_ready, NULL},
    {"Status", "string", 0, pod_status, NULL},
    {"Restarts", "string", 0, pod_restarts, NULL},
    AGE,
    {"IP", "string", 1, pod_ip, NULL},
    {"Node", "string", 1, pod_node, NULL},
    {"Nominated Node", "string", 1, cell_none, NULL},
    {"Readiness Gates", "string", 1, cell_none, NULL},
    {0},
};
const struct aks_column aks_columns_secret[] = {NAME,
                                                {"Type", "string", 0, secret_type, NULL},
                                                {"Data", "string", 0, data_count, NULL},
                                                AGE,
                                                {0}};
const struct aks_column aks_columns_config_map[] = {
    NAME, {"Data", "string", 0, data_count, NULL}, AGE, {0}};
const struct aks_column aks_columns_service_account[] = {
    NAME, {"Secrets", "string", 0, secrets_count, NULL}, AGE, {0}};
const struct aks_column aks_columns_event[] = {
    {"Last Seen", "string", 0, event_last, NULL},
    {"Type", "string", 0, NULL, "type"},
    {"Reason", "string", 0, NULL, "reason"},
    {"Object", "string", 0, event_object, NULL},
    {"Subobject", "string", 1, NULL, "involvedObject.fieldPath"},
    {"Source", "string", 1, event_source, NULL},
    {"Message", "string", 0, NULL, "message"},
    {"First Seen", "string", 1, event_first, NULL},
    {"Count", "string", 1, event_count, NULL},
    {"Name", "string", 1, cell_name, NULL},
    {0},
};
const struct aks_column aks_columns_deployment[] = {
    NAME,
    {"Ready", "string", 0, workload_ready, NULL},
    {"Up-to-date", "string", 0, count_updated, NULL},
    {"Available", "string", 0, count_available, NULL},
    AGE,
    WORKLOAD_WIDE,
    {0},
};
const struct aks_column aks_columns_replica_set[] = {
    NAME,
    {"Desired", "integer", 0, count_desired, NULL},
    {"Current", "integer", 0, count_current, NULL},
    {"Ready", "integer", 0, count_ready, NULL},
    AGE,
    WORKLOAD_WIDE,
    {0},
};
const struct aks_column aks_columns_identity[] = {NAME,
                                                  {"Type", "string", 0, NULL, "spec.type"},
                                                  {"ClientID", "string", 0, NULL, "spec.clientID"},
                                                  {"Age", "date", 0, cell_created, NULL},
                                                  {0}};
const struct aks_column aks_columns_identity_binding[] = {
    NAME,
    {"AzureIdentity", "string", 0, NULL, "spec.azureIdentity"},
    {"Selector", "string", 0, NULL, "spec.selector"},
    {"Age", "date", 0, cell_created, NULL},
    {0}};
const struct aks_column aks_columns_plain[] = {NAME, {"Age", "date", 0, cell_created, NULL}, {0}};
