/* Decides how a pod's processes are killed from outside (POST /_sim/pods/kill), as a node's out-of-memory killer would. */
#include "simulators/aks/pod_run.h"
#include "simulators/kit/control.h"
#include "simulators/kit/resource.h"

#include <signal.h>

static int kill_run(const struct aks_pod_run *run);
static int ask(struct aks *aks, const char *ns, const char *name);

/* {"namespace":"x","name":"y"}: 200 {"killed": processes}; 404 when the pod runs no process. */
static void handle(void *context, const struct base_http_request *request,
                   struct base_http_response *response)
{
    struct base_error err = {0};
    cJSON *body = base_http_request_json(request, &err);
    const char *ns = base_json_text(body, "namespace"), *name = base_json_text(body, "name");
    int killed = ns && name ? ask(context, ns, name) : 0;

    if (!ns || !name) {
        sim_resource_refuse(response, 400, "InvalidPod", NULL,
                            "expected {\"namespace\":\"..\",\"name\":\"..\"}%s%s",
                            err.message[0] ? "; " : "", err.message);
    } else if (!killed) {
        sim_resource_refuse(response, 404, "PodNotRunning", NULL,
                            "no process of pod %s in namespace %s runs", name, ns);
    } else {
        cJSON *answer = cJSON_CreateObject();
        base_json_set_number(answer, "killed", killed);
        base_http_answer_json_take(response, 200, answer);
    }
    cJSON_Delete(body);
}

void aks_kill_add(struct aks *aks)
{
    sim_control_add(aks->world, "POST", "/_sim/pods/kill", handle, aks);
}

void aks_kill_victims(struct aks *aks, const struct aks_pod_run *runs)
{
    aks_lock(aks);
    for (struct aks_victim *victim = aks->victims; victim; victim = victim->next) {
        if (victim->done)
            continue;
        for (const struct aks_pod_run *run = runs; run; run = run->next)
            if (base_equal(run->ns, victim->ns) && base_equal(run->name, victim->name))
                victim->killed += kill_run(run);
        victim->done = true;
        pthread_cond_broadcast(&aks->changed);
    }
    aks_unlock(aks);
}

/* Processes belong to the kubelet's thread: it is asked to do it, and waited for. */
static int ask(struct aks *aks, const char *ns, const char *name)
{
    struct aks_victim victim = {.ns = ns, .name = name}, **at;

    aks_lock(aks);
    victim.next = aks->victims;
    aks->victims = &victim;
    if (aks->kubelet)
        aks_kubelet_wake(aks->kubelet);
    while (!victim.done && aks->kubelet && !aks->stopping)
        aks_wait(aks, 1000);
    for (at = &aks->victims; *at != &victim;)
        at = &(*at)->next;
    *at = victim.next;
    aks_unlock(aks);
    return victim.killed;
}

static int kill_run(const struct aks_pod_run *run)
{
    int killed = 0;

    for (size_t i = 0; i < run->count; i++) {
        const struct aks_container *container = &run->containers[i];
        if (container->phase != AKS_RUNNING)
            continue;
        kill(-container->pid, SIGKILL);
        kill(container->pid, SIGKILL); /* had it not become a leader yet */
        killed++;
    }
    return killed;
}
