/* Decides how the room comes to life and ends. */
#include "simulators/aks/controller.h"
#include "simulators/aks/kubelet.h"
#include "simulators/aks/pod_run.h"

#include "common/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool make_log_dir(struct aks *aks, struct base_error *err);
static bool start(struct aks *aks, struct base_error *err);
static void init_lock(struct aks *aks);

aks_t *aks_add(sim_world_t *world, struct base_error *err)
{
    struct aks *aks = base_alloc(sizeof *aks);

    aks->world = world;
    init_lock(aks);
    if (!make_log_dir(aks, err)) {
        aks_free(aks);
        return NULL;
    }
    aks_lock(aks);
    aks_clusters_load(aks);
    aks_log_forget_strangers(aks);
    aks_unlock(aks);
    aks_arm_add(aks);
    aks_views_add(aks);
    aks_fault_add(aks);
    aks_kill_add(aks);
    sim_host_add(world, "*.azmk8s.io", "aks", aks_api_handle, aks);
    if (start(aks, err))
        return aks;
    aks_free(aks);
    return NULL;
}

/* The kubelet's pointer goes first: whoever changes something meanwhile must not wake it. */
void aks_stop(aks_t *aks)
{
    if (!aks)
        return;
    aks_lock(aks);
    aks_kubelet_t *kubelet = aks->kubelet;
    bool controllers = aks->controllers_run;
    aks->kubelet = NULL;
    aks->controllers_run = false;
    aks->stopping = true;
    aks_changed(aks);
    while (aks->streams)
        aks_wait(aks, 1000);
    aks_unlock(aks);
    if (controllers)
        pthread_join(aks->controllers, NULL);
    aks_kubelet_stop(kubelet);
}

void aks_free(aks_t *aks)
{
    struct base_error err = {0};

    if (!aks)
        return;
    aks_stop(aks);
    aks_clusters_free(aks);
    if (aks->log_dir_temporary)
        (void)!base_dir_remove(aks->log_dir, &err);
    free(aks->log_dir);
    pthread_cond_destroy(&aks->changed);
    pthread_mutex_destroy(&aks->lock);
    free(aks);
}

void aks_lock(struct aks *aks)
{
    pthread_mutex_lock(&aks->lock);
}

void aks_unlock(struct aks *aks)
{
    pthread_mutex_unlock(&aks->lock);
}

void aks_changed(struct aks *aks)
{
    pthread_cond_broadcast(&aks->changed);
    if (aks->kubelet)
        aks_kubelet_wake(aks->kubelet);
}

void aks_wait(struct aks *aks, int64_t real_ms)
{
    struct timespec until;

    if (real_ms <= 0)
        return;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += real_ms / 1000;
    until.tv_nsec += real_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    (void)pthread_cond_timedwait(&aks->changed, &aks->lock, &until);
}

int64_t aks_now(const struct aks *aks)
{
    return sim_now_ms(aks->world);
}

static void init_lock(struct aks *aks)
{
    pthread_condattr_t monotonic;

    pthread_mutex_init(&aks->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&aks->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

/* {state}/pods; a folder of its own when the world is in memory. */
static bool make_log_dir(struct aks *aks, struct base_error *err)
{
    const char *state = sim_world_state_dir(aks->world);
    char temporary[] = "/tmp/iomt-aks-XXXXXX";

    if (state) {
        aks->log_dir = base_asprintf("%s/pods", state);
        return base_dir_make(aks->log_dir, err) == BASE_OK;
    }
    if (!mkdtemp(temporary)) {
        base_error_set(err, BASE_IO, NULL, "no folder %s: %s", temporary, strerror(errno));
        return false;
    }
    aks->log_dir = base_strdup(temporary);
    aks->log_dir_temporary = true;
    return true;
}

/* The kubelet's thread reads aks->kubelet only through aks_changed, under the lock. */
static bool start(struct aks *aks, struct base_error *err)
{
    int error = pthread_create(&aks->controllers, NULL, aks_controllers_run, aks);

    if (error) {
        base_error_set(err, BASE_IO, NULL, "no thread for the controllers: %s", strerror(error));
        return false;
    }
    aks->controllers_run = true;
    if (base_equal(sim_setting(aks->world, "kubelet"), "off"))
        return true;
    aks_kubelet_t *kubelet = aks_kubelet_start(aks, err);
    aks_lock(aks);
    aks->kubelet = kubelet;
    aks_changed(aks);
    aks_unlock(aks);
    return kubelet != NULL;
}
