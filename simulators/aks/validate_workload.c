/* Decides whether Deployments and ReplicaSets are valid. Sentences as kube-apiserver's, recorded. */
#include "simulators/aks/strategy.h"

#include "simulators/aks/selector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void validate_template(const cJSON *spec, struct aks_causes *causes);
static void validate_strategy(const cJSON *strategy, struct aks_causes *causes);
static void validate_share(const cJSON *rolling, const char *member, struct aks_causes *causes);
static void validate_counts(const cJSON *status, const char *const *members,
                            struct aks_causes *causes);
static void validate_selector_kept(const struct aks_change *change, const cJSON *spec,
                                   struct aks_causes *causes);
static cJSON *go_map(const cJSON *map);

void aks_validate_deployment(const struct aks_change *change, const cJSON *body,
                             struct aks_causes *causes)
{
    static const char *const counts[] = {"replicas", "updatedReplicas", "readyReplicas",
                                         "availableReplicas", NULL};
    static const char *const numbers[] = {"replicas", "minReadySeconds", "revisionHistoryLimit",
                                          "progressDeadlineSeconds"};
    const cJSON *spec = cJSON_GetObjectItemCaseSensitive(body, "spec");
    const cJSON *deadline = cJSON_GetObjectItemCaseSensitive(spec, "progressDeadlineSeconds");

    if (base_equal(change->sub, "status")) {
        validate_counts(cJSON_GetObjectItemCaseSensitive(body, "status"), counts, causes);
        return;
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        aks_validate_not_negative(spec, numbers[i], "spec", causes);
    validate_template(spec, causes);
    validate_strategy(cJSON_GetObjectItemCaseSensitive(spec, "strategy"), causes);
    if (deadline && deadline->valuedouble <= base_json_number(spec, "minReadySeconds", 0))
        aks_cause_invalid(causes, "spec.progressDeadlineSeconds", deadline,
                          "must be greater than minReadySeconds");
    validate_selector_kept(change, spec, causes);
}

void aks_validate_replica_set(const struct aks_change *change, const cJSON *body,
                              struct aks_causes *causes)
{
    static const char *const counts[] = {"replicas", "fullyLabeledReplicas", "readyReplicas",
                                         "availableReplicas", NULL};
    const cJSON *spec = cJSON_GetObjectItemCaseSensitive(body, "spec");

    if (base_equal(change->sub, "status")) {
        validate_counts(cJSON_GetObjectItemCaseSensitive(body, "status"), counts, causes);
        return;
    }
    aks_validate_not_negative(spec, "replicas", "spec", causes);
    aks_validate_not_negative(spec, "minReadySeconds", "spec", causes);
    validate_template(spec, causes);
    validate_selector_kept(change, spec, causes);
}

void aks_validate_selector(const cJSON *selector, const char *path, struct aks_causes *causes)
{
    static const char *const operators[] = {"In", "NotIn", "Exists", "DoesNotExist", NULL};
    const cJSON *entry;
    int index = 0;

    aks_validate_labels(cJSON_GetObjectItemCaseSensitive(selector, "matchLabels"),
                        aks_path(causes, "%s.matchLabels", path), causes);
    cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(selector, "matchExpressions"))
    {
        const char *at = aks_path(causes, "%s.matchExpressions[%d]", path, index++),
                   *word = base_json_text(entry, "operator");
        bool values = cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(entry, "values")) > 0;
        bool needs = base_equal(word, "In") || base_equal(word, "NotIn"), known = false;
        for (size_t i = 0; operators[i]; i++)
            known = known || base_equal(word, operators[i]);
        if (!known)
            aks_cause_invalid_text(causes, aks_path(causes, "%s.operator", at), word ? word : "",
                                   "not a valid selector operator");
        else if (needs && !values)
            aks_cause_required(causes, aks_path(causes, "%s.values", at),
                               "must be specified when `operator` is 'In' or 'NotIn'");
        else if (!needs && values)
            aks_cause_forbidden(
                causes, aks_path(causes, "%s.values", at),
                "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    }
}

static void validate_template(const cJSON *spec, struct aks_causes *causes)
{
    static const char *const always[] = {"Always", NULL};
    const cJSON *selector = cJSON_GetObjectItemCaseSensitive(spec, "selector"),
                *labels = base_json_at(spec, "template.metadata.labels");
    const cJSON *pod = base_json_at(spec, "template.spec");
    const char *policy = base_json_text(pod, "restartPolicy");

    if (!selector) {
        aks_cause_required(causes, "spec.selector", "");
    } else {
        aks_validate_selector(selector, "spec.selector", causes);
        if (!selector->child)
            aks_cause_invalid(causes, "spec.selector", selector,
                              "empty selector is invalid for deployment");
    }
    if (selector && selector->child && !aks_label_object_matches(selector, labels)) {
        cJSON *shown = go_map(labels);
        aks_cause_invalid(causes, "spec.template.metadata.labels", shown,
                          "`selector` does not match template `labels`");
        cJSON_Delete(shown);
    }
    aks_validate_labels(labels, "spec.template.labels", causes);
    aks_validate_pod_spec(pod, "spec.template.spec", causes);
    if (policy && !base_equal(policy, "Always"))
        aks_cause_unsupported(causes, "spec.template.spec.restartPolicy", policy, always);
}

/* What Go prints of a map[string]string; raw JSON so that it goes out unquoted. */
static cJSON *go_map(const cJSON *map)
{
    struct base_buf text = {0};
    const cJSON *entry;

    base_buf_puts(&text, "map[string]string");
    if (!map || !map->child)
        base_buf_puts(&text, "(nil)");
    else
        base_buf_putc(&text, '{');
    cJSON_ArrayForEach(entry, map)
    {
        base_buf_printf(&text, "%s\"%s\":\"%s\"", entry == map->child ? "" : ", ", entry->string,
                        cJSON_GetStringValue(entry));
    }
    if (map && map->child)
        base_buf_putc(&text, '}');
    cJSON *raw = cJSON_CreateRaw(text.data);
    base_buf_release(&text);
    return raw;
}

static void validate_strategy(const cJSON *strategy, struct aks_causes *causes)
{
    static const char *const types[] = {"Recreate", "RollingUpdate", NULL};
    const char *type = base_json_text(strategy, "type");
    const cJSON *rolling = cJSON_GetObjectItemCaseSensitive(strategy, "rollingUpdate");

    if (base_equal(type, "Recreate") && rolling) {
        aks_cause_forbidden(causes, "spec.strategy.rollingUpdate",
                            "may not be specified when strategy `type` is 'Recreate'");
    } else if (base_equal(type, "RollingUpdate")) {
        validate_share(rolling, "maxUnavailable", causes);
        validate_share(rolling, "maxSurge", causes);
        const cJSON *surge = cJSON_GetObjectItemCaseSensitive(rolling, "maxSurge");
        const cJSON *down = cJSON_GetObjectItemCaseSensitive(rolling, "maxUnavailable");
        const char *surge_text = cJSON_GetStringValue(surge),
                   *down_text = cJSON_GetStringValue(down);
        bool none = surge_text ? atoi(surge_text) == 0 : surge && surge->valuedouble == 0;
        if (none && (down_text ? atoi(down_text) == 0 : down && down->valuedouble == 0))
            aks_cause_invalid(causes, "spec.strategy.rollingUpdate.maxUnavailable", down,
                              "may not be 0 when `maxSurge` is 0");
    } else if (!base_equal(type, "Recreate")) {
        char *shown = base_asprintf("apps.DeploymentStrategy{Type:\"%s\", "
                                    "RollingUpdate:(*apps.RollingUpdateDeployment)(%s)}",
                                    type ? type : "", rolling ? "..." : "nil");
        aks_cause_unsupported_raw(causes, "spec.strategy", shown, types);
        free(shown);
    }
}

/* A count, or a percentage. */
static void validate_share(const cJSON *rolling, const char *member, struct aks_causes *causes)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(rolling, member);
    const char *path = aks_path(causes, "spec.strategy.rollingUpdate.%s", member),
               *text = cJSON_GetStringValue(value);
    size_t digits = text ? strspn(text, "0123456789") : 0;

    if (cJSON_IsNumber(value) && value->valuedouble < 0)
        aks_cause_invalid(causes, path, value, "must be greater than or equal to 0");
    if (text && (!digits || !base_equal(text + digits, "%")))
        aks_cause_invalid_text(causes, path, text,
                               "a valid percent string must be a numeric string followed by an "
                               "ending '%%' (e.g. '1%%',  or '93%%', "
                               "regex used for validation is '[0-9]+%%')");
    else if (text && base_equal(member, "maxUnavailable") && atoi(text) > 100)
        aks_cause_invalid_text(causes, path, text, "must not be greater than 100%%");
}

static void validate_counts(const cJSON *status, const char *const *members,
                            struct aks_causes *causes)
{
    double total = base_json_number(status, members[0], 0);

    for (size_t i = 0; members[i]; i++) {
        aks_validate_not_negative(status, members[i], "status", causes);
        double count = base_json_number(status, members[i], 0);
        cJSON *shown = cJSON_CreateNumber(count);
        if (i && count > total)
            aks_cause_invalid(causes, aks_path(causes, "status.%s", members[i]), shown,
                              "cannot be greater than status.replicas");
        cJSON_Delete(shown);
    }
}

static void validate_selector_kept(const struct aks_change *change, const cJSON *spec,
                                   struct aks_causes *causes)
{
    const cJSON *was = base_json_at(change->old, "spec.selector"),
                *is = cJSON_GetObjectItemCaseSensitive(spec, "selector");

    if (was && !base_json_equal(was, is))
        aks_cause_invalid_go(causes, "spec.selector", "v1.LabelSelector", is, "field is immutable");
}
