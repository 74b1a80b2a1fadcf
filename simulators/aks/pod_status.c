/* Decides what the status of a pod says of its containers. Source: facts kubernetes.md 5. */
#include "simulators/aks/pod_run.h"

#include "simulators/aks/meta.h"
#include "simulators/aks/registry.h"

#include <stdlib.h>

static const char *phase_of(const struct aks_pod_run *run);
static bool initialized(const struct aks_pod_run *run);
static void put_conditions(const struct aks_pod_run *run, const char *phase, cJSON *status);
static void put_containers(const struct aks_pod_run *run, cJSON *status);
static cJSON *container_status(const struct aks_container *container);
static cJSON *state_of(const struct aks_container *container);

void aks_pod_status_write(struct aks_pod_run *run)
{
    const struct aks_kind *kind = aks_kind_at(AKS_POD);

    run->dirty = false;
    aks_lock(run->aks);
    const struct aks_object *pod = run->orphan || run->cluster->gone
                                       ? NULL
                                       : aks_store_get(run->cluster, kind, run->ns, run->name);
    if (pod && base_equal(aks_meta(pod->body, "uid"), run->uid)) {
        cJSON *body = base_json_copy(pod->body), *status = aks_member(body, "status"),
              *address = cJSON_CreateObject();
        const char *phase = phase_of(run);
        base_json_set_text(status, "phase", phase);
        put_conditions(run, phase, status);
        base_json_set_text(status, "hostIP", "127.0.0.1");
        base_json_set_text(status, "podIP", run->ip);
        base_json_set_text(address, "ip", run->ip);
        base_json_set(status, "podIPs", cJSON_CreateArray());
        cJSON_AddItemToArray(cJSON_GetObjectItemCaseSensitive(status, "podIPs"), address);
        aks_set_time(status, "startTime", run->start_ms);
        put_containers(run, status);
        if (base_json_equal(pod->body, body))
            cJSON_Delete(body);
        else
            (void)aks_update_quietly(run->cluster, kind, "status", body);
    }
    aks_unlock(run->aks);
}

cJSON *aks_terminated(const struct aks_container *container)
{
    cJSON *state = cJSON_CreateObject();

    base_json_set_number(state, "exitCode", container->exit_code);
    if (container->exit_signal)
        base_json_set_number(state, "signal", container->exit_signal);
    base_json_set_text(state, "reason", container->exit_reason);
    base_json_set_text(state, "message", container->exit_message);
    aks_set_time(state, "startedAt", container->started_ms);
    aks_set_time(state, "finishedAt", container->finished_ms);
    base_json_set_text(state, "containerID", container->id);
    return state;
}

/* A container that has not run yet: Pending; one that runs or will: Running; all over: by their exit codes and the policy. */
static const char *phase_of(const struct aks_pod_run *run)
{
    const char *policy = base_json_text(run->object->body, "spec.restartPolicy");
    bool running = false, failed = false, never_ran = false;

    for (size_t i = 0; i < run->count; i++) {
        const struct aks_container *container = &run->containers[i];
        if (container->init) {
            if (run->done && container->phase == AKS_TERMINATED && container->exit_code != 0)
                return "Failed";
            continue;
        }
        running = running || container->phase == AKS_RUNNING;
        never_ran = never_ran || (container->phase == AKS_WAITING && !container->finished_ms);
        failed = failed || (container->phase == AKS_TERMINATED && container->exit_code != 0);
    }
    if (!initialized(run) || never_ran)
        return "Pending";
    if (running)
        return "Running";
    if (run->done || run->ending)
        return failed                                       ? "Failed"
               : base_equal(policy, "Always") && !run->done ? "Running"
                                                            : "Succeeded";
    return "Running";
}

static bool initialized(const struct aks_pod_run *run)
{
    for (size_t i = 0; i < run->count; i++)
        if (run->containers[i].init &&
            !(run->containers[i].phase == AKS_TERMINATED && run->containers[i].exit_code == 0))
            return false;
    return true;
}

static void put_conditions(const struct aks_pod_run *run, const char *phase, cJSON *status)
{
    int64_t now = aks_now(run->aks);
    struct base_buf unready = {0};
    bool over = base_equal(phase, "Succeeded"), init = initialized(run);

    for (size_t i = 0; i < run->count; i++)
        if (!run->containers[i].init && !run->containers[i].ready)
            base_buf_printf(&unready, "%s%s", unready.len ? " " : "", run->containers[i].name);
    char *message =
        base_asprintf("containers with unready status: [%s]", unready.data ? unready.data : "");
    struct aks_condition conditions[] = {
        {"Initialized", init ? "True" : "False", init ? NULL : "ContainersNotInitialized",
         init ? NULL : "containers with incomplete status", true, false},
        {"Ready", "True", NULL, NULL, true, false},
        {"ContainersReady", "True", NULL, NULL, true, false},
        {"PodScheduled", "True", NULL, NULL, true, false},
    };
    for (size_t i = 1; i <= 2 && (unready.len || over); i++) {
        conditions[i].status = "False";
        conditions[i].reason = over ? "PodCompleted" : "ContainersNotReady";
        conditions[i].message = over ? NULL : message;
    }
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++)
        aks_condition_set(status, &conditions[i], now);
    free(message);
    base_buf_release(&unready);
}

static void put_containers(const struct aks_pod_run *run, cJSON *status)
{
    cJSON *all = cJSON_CreateArray(), *init = cJSON_CreateArray();

    for (size_t i = 0; i < run->count; i++)
        cJSON_AddItemToArray(run->containers[i].init ? init : all,
                             container_status(&run->containers[i]));
    base_json_set(status, "containerStatuses", all);
    if (init->child)
        base_json_set(status, "initContainerStatuses", init);
    else
        cJSON_Delete(init);
}

static cJSON *container_status(const struct aks_container *container)
{
    cJSON *entry = cJSON_CreateObject(), *last = cJSON_CreateObject();

    base_json_set_text(entry, "name", container->name);
    base_json_set(entry, "state", state_of(container));
    if (container->last)
        base_json_set(last, "terminated", base_json_copy(container->last));
    base_json_set(entry, "lastState", last);
    base_json_set_bool(entry, "ready", container->ready);
    base_json_set_bool(entry, "started", container->started && container->phase == AKS_RUNNING);
    base_json_set_number(entry, "restartCount", container->restarts);
    base_json_set_text(entry, "image", container->image);
    base_json_set_text(entry, "imageID", container->id[0] ? container->image : "");
    base_json_set_text(entry, "containerID", container->id[0] ? container->id : NULL);
    return entry;
}

static cJSON *state_of(const struct aks_container *container)
{
    cJSON *state = cJSON_CreateObject(), *inner;

    switch (container->phase) {
    case AKS_WAITING:
        inner = aks_member(state, "waiting");
        base_json_set_text(inner, "reason", container->reason);
        base_json_set_text(inner, "message",
                           container->message && *container->message ? container->message : NULL);
        break;
    case AKS_RUNNING:
        aks_set_time(aks_member(state, "running"), "startedAt", container->started_ms);
        break;
    case AKS_TERMINATED:
        base_json_set(state, "terminated", aks_terminated(container));
        break;
    }
    return state;
}
