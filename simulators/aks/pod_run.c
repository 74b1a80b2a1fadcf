/* Decides what each container of a pod does next: wait, start, be restarted, stay ended. */
#include "simulators/aks/pod_run.h"

#include "simulators/aks/controller.h"
#include "simulators/aks/meta.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BACK_OFF_FIRST_MS 10000   /* clock */
#define BACK_OFF_MOST_MS 300000   /* clock */
#define BACK_OFF_FORGET_MS 600000 /* clock; a run of this length wipes the slate */
#define LOG_LOOK_MS 5000          /* real; how often the length of logs is looked at */
#define EXIT_UNKNOWN 255

static void add_containers(struct aks_pod_run *run, const char *list, bool init);
static void recall(struct aks_pod_run *run, struct aks_container *container);
static void warn_volumes(struct aks_pod_run *run);
static struct aks_container *next_init(struct aks_pod_run *run);
static int64_t advance(struct aks_pod_run *run, struct aks_container *container);
static void ended(struct aks_pod_run *run, struct aks_container *container);
static bool restarts(const struct aks_pod_run *run, const struct aks_container *container);
static void back_off(struct aks_pod_run *run, struct aks_container *container);
static bool all_over(const struct aks_pod_run *run);
static int64_t sooner(int64_t a, int64_t b);

struct aks_pod_run *aks_pod_run_new(struct aks_cluster *cluster, struct aks_object *pod,
                                    unsigned number)
{
    struct aks_pod_run *run = base_alloc(sizeof *run);
    struct base_error err = {0};

    run->aks = cluster->aks;
    run->cluster = cluster;
    run->object = aks_object_hold(pod);
    run->ns = base_strdup(pod->namespace);
    run->name = base_strdup(pod->name);
    run->uid = base_strdup(aks_meta(pod->body, "uid"));
    run->start_ms = aks_time_at(pod->body, "status.startTime", aks_now(run->aks));
    snprintf(run->ip, sizeof run->ip, "127.%u.%u.%u", 64 + number / 62500 % 64, number / 250 % 250,
             number % 250 + 1);
    add_containers(run, "spec.initContainers", true);
    add_containers(run, "spec.containers", false);
    run->dirty = true;
    if (aks_label(pod->body, "aadpodidbinding")) {
        run->nmi = aks_nmi_start(cluster, run->ns, run->name, &err);
        if (!run->nmi)
            aks_pod_event(run, "Warning", "FailedCreatePodSandBox", "no identity endpoint: %s",
                          err.message);
    }
    warn_volumes(run);
    return run;
}

void aks_pod_run_free(struct aks_pod_run *run)
{
    aks_nmi_stop(run->nmi);
    for (size_t i = 0; i < run->count; i++) {
        struct aks_container *container = &run->containers[i];
        aks_probes_reset(container);
        for (int use = 0; use < AKS_PROBES; use++)
            free(container->probes[use].path);
        cJSON_Delete(container->last);
        free(container->name);
        free(container->image);
        free(container->reason);
        free(container->message);
        free(container->exit_reason);
        free(container->exit_message);
    }
    aks_object_drop(run->object);
    free(run->ns);
    free(run->name);
    free(run->uid);
    free(run);
}

int64_t aks_pod_run_step(struct aks_pod_run *run)
{
    struct aks_container *init;
    int64_t soonest = -1;

    for (size_t i = 0; i < run->count; i++) {
        if (aks_container_reap(&run->containers[i]))
            ended(run, &run->containers[i]);
        aks_container_kill_due(&run->containers[i]);
        if (run->containers[i].terming && run->containers[i].kill_ms)
            soonest = sooner(soonest, run->containers[i].kill_ms - base_monotonic_ms() > 0
                                          ? run->containers[i].kill_ms - base_monotonic_ms()
                                          : 1);
    }
    if (run->ending || run->done)
        return soonest;
    init = next_init(run);
    if (init)
        return sooner(soonest, advance(run, init));
    for (size_t i = 0; i < run->count; i++)
        if (!run->containers[i].init)
            soonest = sooner(soonest, advance(run, &run->containers[i]));
    run->done = all_over(run);
    return soonest;
}

void aks_pod_run_end(struct aks_pod_run *run, int64_t grace_ms)
{
    for (size_t i = 0; i < run->count; i++) {
        struct aks_container *container = &run->containers[i];
        if (container->phase == AKS_RUNNING && !container->terming && !run->orphan)
            aks_pod_event(run, "Normal", "Killing", "Stopping container %s", container->name);
        container->ready = false;
        aks_container_term(container, grace_ms);
    }
    run->dirty = run->dirty || !run->ending;
    run->ending = true;
}

bool aks_pod_run_stopped(const struct aks_pod_run *run)
{
    for (size_t i = 0; i < run->count; i++)
        if (run->containers[i].phase == AKS_RUNNING)
            return false;
    return true;
}

void aks_pod_event(struct aks_pod_run *run, const char *type, const char *reason, const char *fmt,
                   ...)
{
    struct base_buf text = {0};
    va_list args;

    va_start(args, fmt);
    base_buf_vprintf(&text, fmt, args);
    va_end(args);
    aks_lock(run->aks);
    if (!run->cluster->gone && !run->orphan)
        aks_record(run->cluster, run->object->body, "kubelet", type, reason, "%s", text.data);
    aks_unlock(run->aks);
    base_buf_release(&text);
}

static void add_containers(struct aks_pod_run *run, const char *list, bool init)
{
    const cJSON *spec;

    cJSON_ArrayForEach(spec, base_json_at(run->object->body, list))
    {
        if (run->count == AKS_CONTAINER_MAX)
            break;
        struct aks_container *container = &run->containers[run->count++];
        const char *image = base_json_text(spec, "image");
        container->name = base_strdup(base_json_text(spec, "name"));
        container->image = base_strdup(image ? image : "");
        container->init = init;
        container->pidfd = -1;
        container->reason = base_strdup(
            init || !base_json_at(run->object->body, "spec.initContainers.0") ? "ContainerCreating"
                                                                              : "PodInitializing");
        aks_probes_read(container, spec);
        recall(run, container);
    }
}

/* A container that ran before this program was started again: it was lost, and counts as one more restart. */
static void recall(struct aks_pod_run *run, struct aks_container *container)
{
    const cJSON *status,
        *all = base_json_at(run->object->body, container->init ? "status.initContainerStatuses"
                                                               : "status.containerStatuses");

    cJSON_ArrayForEach(status, all)
    {
        const char *id = base_json_text(status, "containerID");
        if (!base_equal(base_json_text(status, "name"), container->name) || !id || !*id)
            continue;
        snprintf(container->id, sizeof container->id, "%s", id);
        container->restarts = (int)base_json_number(status, "restartCount", 0);
        container->started_ms = aks_time_at(status, "state.running.startedAt", run->start_ms);
        container->finished_ms = aks_now(run->aks);
        container->exit_code = EXIT_UNKNOWN;
        container->exit_reason = base_strdup("Unknown");
        container->last = aks_terminated(container);
        if (container->init && base_json_number(status, "state.terminated.exitCode", 1) == 0) {
            container->phase = AKS_TERMINATED;
            container->exit_code = 0;
        }
    }
}

/* Nothing is mounted: say so rather than let a program look in vain. Scratch space and the token volume are left out. */
static void warn_volumes(struct aks_pod_run *run)
{
    const cJSON *volume;

    cJSON_ArrayForEach(volume, base_json_at(run->object->body, "spec.volumes"))
    {
        const char *name = base_json_text(volume, "name");
        if (!cJSON_GetObjectItemCaseSensitive(volume, "emptyDir") && name &&
            strncmp(name, "kube-api-access-", 16) != 0)
            aks_pod_event(run, "Warning", "FailedMount",
                          "volume \"%s\" is not mounted: containers are plain processes without a "
                          "file system of their own",
                          name);
    }
}

/* The first init container that has not succeeded yet. */
static struct aks_container *next_init(struct aks_pod_run *run)
{
    for (size_t i = 0; i < run->count; i++)
        if (run->containers[i].init &&
            !(run->containers[i].phase == AKS_TERMINATED && run->containers[i].exit_code == 0))
            return &run->containers[i];
    return NULL;
}

static int64_t advance(struct aks_pod_run *run, struct aks_container *container)
{
    const struct base_clock *clock = sim_world_clock(run->aks->world);
    bool failed = false;

    if (container->phase == AKS_WAITING) {
        int64_t now = aks_now(run->aks);
        if (now < container->try_ms)
            return base_clock_real(clock, container->try_ms - now);
        bool again = container->finished_ms != 0;
        container->restarts += again;
        if (!aks_container_start(run, container)) {
            if (container->phase == AKS_TERMINATED)
                ended(run, container);
            else
                container->restarts -= again;
            return 1;
        }
    }
    if (container->phase != AKS_RUNNING)
        return -1;
    if (container->terming)
        return -1;
    int64_t wait = aks_probes_step(run, container, &failed);
    aks_log_limit(run, container);
    if (failed) {
        int64_t grace = base_clock_real(
            clock,
            (int64_t)base_json_number(run->object->body, "spec.terminationGracePeriodSeconds", 30) *
                1000);
        aks_container_term(container, grace > AKS_LEAST_GRACE_MS ? grace : AKS_LEAST_GRACE_MS);
        return 1;
    }
    return sooner(wait, LOG_LOOK_MS);
}

/* The process is gone, or never came to be. */
static void ended(struct aks_pod_run *run, struct aks_container *container)
{
    if (container->phase == AKS_TERMINATED && container->id[0])
        container->finished_ms = aks_now(run->aks);
    run->dirty = true;
    if (!run->ending && restarts(run, container))
        back_off(run, container);
    else if (!run->ending && container->init && container->exit_code != 0)
        run->done = true;
}

static bool restarts(const struct aks_pod_run *run, const struct aks_container *container)
{
    const char *policy = base_json_text(run->object->body, "spec.restartPolicy");

    if (base_equal(policy, "Never"))
        return false;
    return container->exit_code != 0 || (!container->init && !base_equal(policy, "OnFailure"));
}

/* The first restart is at once; then 10 s after the end, doubled up to 300 s. */
static void back_off(struct aks_pod_run *run, struct aks_container *container)
{
    int64_t delay = BACK_OFF_FIRST_MS;

    if (container->finished_ms - container->started_ms > BACK_OFF_FORGET_MS)
        container->failures = 0;
    for (int i = 1; i < container->failures && delay < BACK_OFF_MOST_MS; i++)
        delay *= 2;
    if (delay > BACK_OFF_MOST_MS)
        delay = BACK_OFF_MOST_MS;
    if (container->failures++ == 0) {
        container->phase = AKS_WAITING;
        container->try_ms = 0;
        return;
    }
    cJSON_Delete(container->last);
    container->last = aks_terminated(container);
    container->try_ms = container->finished_ms + delay;
    aks_container_waits(run, container, "CrashLoopBackOff",
                        "back-off %llds restarting failed container=%s pod=%s_%s(%s)",
                        (long long)delay / 1000, container->name, run->name, run->ns, run->uid);
    aks_pod_event(run, "Warning", "BackOff",
                  "Back-off restarting failed container %s in pod %s_%s(%s)", container->name,
                  run->name, run->ns, run->uid);
}

static bool all_over(const struct aks_pod_run *run)
{
    for (size_t i = 0; i < run->count; i++)
        if (run->containers[i].phase != AKS_TERMINATED)
            return false;
    return true;
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < 0 ? b : b < 0 ? a : a < b ? a : b;
}
