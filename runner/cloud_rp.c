/* Decides how the reference RP of a cloud comes up, goes down and is killed, and that ARM hears where it listens. */
#include "runner/cloud.h"

#include "common/process.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define STOP_MS 20000  /* real */
#define DEATH_MS 10000 /* real; after SIGKILL */

static enum base_status register_rp(struct run_cloud *cloud, struct base_error *err);
static void ended(struct run_cloud *cloud);

/* The environment is what switches the RP to this cloud. */
static enum base_status spawn(struct run_cloud *cloud, const char *config_path,
                              struct base_error *err)
{
    char *program = base_asprintf("%s/iomt-rp", cloud->bin),
         *folder = base_asprintf("%s/rp", cloud->state_dir);
    const char *argv[] = {program, "--config",    config_path,      "--state-dir",
                          folder,  "--log-level", cloud->log_level, NULL};
    pid_t pid = 0;

    setenv("HTTPS_PROXY", cloud->world.proxy, 1);
    setenv("SSL_CERT_FILE", base_json_text(cloud->azsim_ready, "bundleFile"), 1);
    setenv("NO_PROXY", "127.0.0.1,localhost", 1);
    cJSON *ready = run_cloud_start_program(cloud, "iomt-rp", argv, &pid, err);
    __atomic_store_n(&cloud->rp, pid, __ATOMIC_RELEASE);
    free(cloud->rp_endpoint);
    cloud->rp_endpoint = base_strdup(base_json_text(ready, "endpoint"));
    cJSON_Delete(ready);
    free(program);
    free(folder);
    if (cloud->rp_endpoint)
        return BASE_OK;
    return err && err->status != BASE_OK ? err->status : BASE_UNAVAILABLE;
}

enum base_status run_cloud_rp_start(struct run_cloud *cloud, struct base_error *err)
{
    char *config_path = NULL;

    if (run_cloud_rp_running(cloud))
        return base_error_set(err, BASE_CONFLICT, NULL, "the RP runs already");
    enum base_status status = run_cloud_write_rp(cloud, &config_path, err);
    if (status == BASE_OK)
        status = spawn(cloud, config_path, err);
    if (status == BASE_OK)
        status = register_rp(cloud, err);
    free(config_path);
    return status;
}

bool run_cloud_rp_running(struct run_cloud *cloud)
{
    return cloud && __atomic_load_n(&cloud->rp, __ATOMIC_ACQUIRE) != 0;
}

enum base_status run_cloud_rp_stop(struct run_cloud *cloud, struct base_error *err)
{
    int status = 0;

    pthread_mutex_lock(&cloud->rp_lock);
    bool running = run_cloud_rp_running(cloud);
    if (running)
        base_process_stop(cloud->rp, false, STOP_MS, &status);
    ended(cloud);
    pthread_mutex_unlock(&cloud->rp_lock);
    if (!running)
        return base_error_set(err, BASE_CONFLICT, NULL, "the RP does not run");
    if (WIFSIGNALED(status))
        return base_error_set(err, BASE_PROTOCOL, NULL,
                              "asked to stop (SIGTERM), the RP ended by signal %d; expected exit "
                              "code 0 within %d s",
                              WTERMSIG(status), STOP_MS / 1000);
    if (WEXITSTATUS(status))
        return base_error_set(err, BASE_PROTOCOL, NULL,
                              "asked to stop (SIGTERM), the RP ended with code %d; expected 0",
                              WEXITSTATUS(status));
    return BASE_OK;
}

enum base_status run_cloud_rp_kill(struct run_cloud *cloud, struct base_error *err)
{
    enum base_status verdict = BASE_OK;
    int status;

    pthread_mutex_lock(&cloud->rp_lock);
    if (!run_cloud_rp_running(cloud)) {
        verdict = base_error_set(err, BASE_CONFLICT, NULL, "the RP does not run");
    } else {
        kill(cloud->rp, SIGKILL);
        if (base_process_wait(cloud->rp, DEATH_MS, &status))
            ended(cloud);
        else
            verdict = base_error_set(err, BASE_TIMEOUT, NULL, "the RP outlived SIGKILL");
    }
    pthread_mutex_unlock(&cloud->rp_lock);
    return verdict;
}

enum base_status run_cloud_rp_restart(struct run_cloud *cloud, struct base_error *err)
{
    enum base_status status = run_cloud_rp_running(cloud) ? run_cloud_rp_stop(cloud, err) : BASE_OK;

    return status == BASE_OK ? run_cloud_rp_start(cloud, err) : status;
}

static void ended(struct run_cloud *cloud)
{
    __atomic_store_n(&cloud->rp, 0, __ATOMIC_RELEASE);
}

/* What a provider's manifest does. */
static enum base_status register_rp(struct run_cloud *cloud, struct base_error *err)
{
    cJSON *body = cJSON_CreateObject(), *answer = NULL;

    base_json_set_text(body, "endpoint", cloud->rp_endpoint);
    enum base_status status = run_control(
        &cloud->world, "PUT", "/_sim/providers/Microsoft.HealthcareApis", body, &answer, err);
    cJSON_Delete(body);
    cJSON_Delete(answer);
    return status;
}
