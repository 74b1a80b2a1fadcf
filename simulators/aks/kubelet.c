/* Decides which pods run here, when their turn comes, and how they end. */
#include "simulators/aks/pod_run.h"

#include "simulators/aks/meta.h"
#include "simulators/aks/registry.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define IDLE_MS 1000 /* real; look again at the latest */
#define FDS_MAX 4096

struct aks_kubelet {
    struct aks *aks;
    pthread_t thread;
    int wake_fd;
    bool stopping;            /* atomic */
    struct aks_pod_run *runs; /* of the thread alone */
    unsigned numbers;         /* pods seen: their addresses */
};

static void *loop(void *context);
static void look_at_objects(struct aks_kubelet *kubelet);
static void adopt(struct aks_kubelet *kubelet, struct aks_cluster *cluster, struct aks_object *pod);
static struct aks_pod_run *find_run(struct aks_kubelet *kubelet, const struct aks_cluster *cluster,
                                    const char *uid);
static void refresh(struct aks_pod_run *run);
static void end_as_asked(struct aks_pod_run *run);
static int64_t step_all(struct aks_kubelet *kubelet);
static bool finish(struct aks_pod_run *run);
static void wait_for_work(struct aks_kubelet *kubelet, int64_t wait_ms);
static void stop_all(struct aks_kubelet *kubelet);

aks_kubelet_t *aks_kubelet_start(struct aks *aks, struct base_error *err)
{
    struct aks_kubelet *kubelet = base_alloc(sizeof *kubelet);

    kubelet->aks = aks;
    kubelet->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (kubelet->wake_fd < 0) {
        base_error_set(err, BASE_IO, NULL, "no eventfd for the kubelet: %s", strerror(errno));
        free(kubelet);
        return NULL;
    }
    int error = pthread_create(&kubelet->thread, NULL, loop, kubelet);
    if (!error)
        return kubelet;
    base_error_set(err, BASE_IO, NULL, "no thread for the kubelet: %s", strerror(error));
    close(kubelet->wake_fd);
    free(kubelet);
    return NULL;
}

void aks_kubelet_stop(aks_kubelet_t *kubelet)
{
    if (!kubelet)
        return;
    __atomic_store_n(&kubelet->stopping, true, __ATOMIC_RELEASE);
    aks_kubelet_wake(kubelet);
    pthread_join(kubelet->thread, NULL);
    close(kubelet->wake_fd);
    free(kubelet);
}

void aks_kubelet_wake(aks_kubelet_t *kubelet)
{
    uint64_t one = 1;

    (void)!write(kubelet->wake_fd, &one, sizeof one);
}

static void *loop(void *context)
{
    struct aks_kubelet *kubelet = context;

    while (!__atomic_load_n(&kubelet->stopping, __ATOMIC_ACQUIRE)) {
        look_at_objects(kubelet);
        aks_kill_victims(kubelet->aks, kubelet->runs);
        wait_for_work(kubelet, step_all(kubelet));
    }
    stop_all(kubelet);
    return NULL;
}

/* New pods are taken on, changed ones looked at again, lost ones let go. */
static void look_at_objects(struct aks_kubelet *kubelet)
{
    struct aks *aks = kubelet->aks;
    size_t clusters;

    aks_lock(aks);
    clusters = aks->cluster_count;
    aks_unlock(aks);
    for (size_t c = 0; c < clusters; c++) {
        aks_lock(aks);
        struct aks_cluster *cluster = aks->clusters[c];
        struct aks_objects pods = aks_store_list(cluster, aks_kind_at(AKS_POD), NULL);
        aks_unlock(aks);
        for (size_t i = 0; i < pods.count; i++)
            adopt(kubelet, cluster, pods.items[i]);
        aks_objects_release(&pods);
    }
    for (struct aks_pod_run *run = kubelet->runs; run; run = run->next) {
        refresh(run);
        if (run->orphan || aks_deleting(run->object->body))
            end_as_asked(run);
    }
}

/* Pods of our nodes that are not over. One that was being deleted while nobody ran it is only buried. */
static void adopt(struct aks_kubelet *kubelet, struct aks_cluster *cluster, struct aks_object *pod)
{
    const char *node = base_json_text(pod->body, "spec.nodeName"),
               *phase = base_json_text(pod->body, "status.phase");
    const int64_t now_grace = 0;

    if (!node || !*node || find_run(kubelet, cluster, aks_meta(pod->body, "uid")))
        return;
    aks_lock(kubelet->aks);
    bool ours = aks_store_get(cluster, aks_kind_at(AKS_NODE), "", node) != NULL;
    if (ours && aks_deleting(pod->body))
        (void)aks_delete_quietly(cluster, pod, NULL, &now_grace);
    aks_unlock(kubelet->aks);
    if (!ours || aks_deleting(pod->body) || base_equal(phase, "Succeeded") ||
        base_equal(phase, "Failed"))
        return;
    struct aks_pod_run *run = aks_pod_run_new(cluster, pod, kubelet->numbers++);
    run->next = kubelet->runs;
    kubelet->runs = run;
}

static struct aks_pod_run *find_run(struct aks_kubelet *kubelet, const struct aks_cluster *cluster,
                                    const char *uid)
{
    for (struct aks_pod_run *run = kubelet->runs; run; run = run->next)
        if (run->cluster == cluster && base_equal(run->uid, uid))
            return run;
    return NULL;
}

static void refresh(struct aks_pod_run *run)
{
    aks_lock(run->aks);
    struct aks_object *now =
        run->cluster->gone ? NULL
                           : aks_store_get(run->cluster, aks_kind_at(AKS_POD), run->ns, run->name);
    if (now && base_equal(aks_meta(now->body, "uid"), run->uid)) {
        if (now != run->object) {
            aks_object_drop(run->object);
            run->object = aks_object_hold(now);
        }
    } else {
        run->orphan = true;
    }
    aks_unlock(run->aks);
}

/* Grace is clock time, but a process gets at least AKS_LEAST_GRACE_MS to leave. */
static void end_as_asked(struct aks_pod_run *run)
{
    double grace = run->orphan ? 0
                               : base_json_number(run->object->body,
                                                  "metadata.deletionGracePeriodSeconds", 30);
    int64_t real =
        base_clock_real(sim_world_clock(run->aks->world), (int64_t)(grace > 0 ? grace : 0) * 1000);

    aks_pod_run_end(run, real > AKS_LEAST_GRACE_MS ? real : AKS_LEAST_GRACE_MS);
}

/* Returns the real milliseconds until something is due. */
static int64_t step_all(struct aks_kubelet *kubelet)
{
    int64_t soonest = IDLE_MS;

    for (struct aks_pod_run **at = &kubelet->runs; *at;) {
        struct aks_pod_run *run = *at;
        int64_t wait = aks_pod_run_step(run);
        if (wait >= 0 && wait < soonest)
            soonest = wait;
        if (run->dirty)
            aks_pod_status_write(run);
        if (finish(run)) {
            *at = run->next;
            aks_pod_run_free(run);
        } else {
            at = &run->next;
        }
    }
    return soonest;
}

/* True when there is nothing more to do for a pod that was to end: its object goes for good. */
static bool finish(struct aks_pod_run *run)
{
    const int64_t now_grace = 0;

    if (!run->ending || !aks_pod_run_stopped(run))
        return false;
    aks_lock(run->aks);
    if (!run->orphan && !run->cluster->gone) {
        struct aks_object *now =
            aks_store_get(run->cluster, aks_kind_at(AKS_POD), run->ns, run->name);
        if (now && base_equal(aks_meta(now->body, "uid"), run->uid) &&
            !base_json_at(now->body, "metadata.finalizers.0"))
            (void)aks_delete_quietly(run->cluster, now, NULL, &now_grace);
        else if (now && base_equal(aks_meta(now->body, "uid"), run->uid)) {
            aks_unlock(run->aks);
            return false; /* a finalizer holds it */
        }
    }
    aks_unlock(run->aks);
    return true;
}

/* Until an object changed, a process ended, or time has come. */
static void wait_for_work(struct aks_kubelet *kubelet, int64_t wait_ms)
{
    struct pollfd *fds = base_alloc(FDS_MAX * sizeof *fds);
    nfds_t count = 0;
    uint64_t wakes;

    fds[count++] = (struct pollfd){.fd = kubelet->wake_fd, .events = POLLIN};
    for (struct aks_pod_run *run = kubelet->runs; run; run = run->next)
        for (size_t i = 0; i < run->count && count < FDS_MAX; i++) {
            const struct aks_container *container = &run->containers[i];
            if (container->phase == AKS_RUNNING && container->pidfd >= 0)
                fds[count++] = (struct pollfd){.fd = container->pidfd, .events = POLLIN};
            else if (container->phase == AKS_RUNNING && wait_ms > 50)
                wait_ms = 50;
        }
    (void)poll(fds, count, wait_ms > 0 ? (int)wait_ms : 1);
    (void)!read(kubelet->wake_fd, &wakes, sizeof wakes);
    free(fds);
}

/* The program ends: the processes go, the objects stay and are run again at the next start. */
static void stop_all(struct aks_kubelet *kubelet)
{
    bool left = true;

    for (struct aks_pod_run *run = kubelet->runs; run; run = run->next) {
        run->orphan = true;
        aks_pod_run_end(run, AKS_LEAST_GRACE_MS);
    }
    while (left) {
        int64_t soonest = IDLE_MS;
        left = false;
        for (struct aks_pod_run *run = kubelet->runs; run; run = run->next) {
            int64_t wait = aks_pod_run_step(run);
            soonest = wait >= 0 && wait < soonest ? wait : soonest;
            left = left || !aks_pod_run_stopped(run);
        }
        if (left)
            wait_for_work(kubelet, soonest);
    }
    while (kubelet->runs) {
        struct aks_pod_run *run = kubelet->runs;
        kubelet->runs = run->next;
        aks_pod_run_free(run);
    }
}
