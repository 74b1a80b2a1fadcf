/* Decides how one container starts, and what its end means. */
#include "simulators/aks/pod_run.h"

#include "common/process.h"
#include "simulators/aks/meta.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_NOT_FOUND 127
#define EXIT_NOT_EXECUTABLE 126
#define BACK_OFF_FIRST_MS 10000 /* clock */
#define BACK_OFF_MOST_MS 300000

static char *find_program(const struct aks_pod_run *run, const char *image);
static bool pull_failed(struct aks_pod_run *run, struct aks_container *container);
static void spawn(struct aks_pod_run *run, struct aks_container *container, const char *program,
                  char **env);
static void start_failed(struct aks_pod_run *run, struct aks_container *container,
                         enum base_status status, const char *why);
static void keep_last(struct aks_container *container);
static void set_text(char **member, const char *text);

const cJSON *aks_container_spec(const struct aks_pod_run *run,
                                const struct aks_container *container)
{
    const cJSON *node,
        *all = base_json_at(run->object->body,
                            container->init ? "spec.initContainers" : "spec.containers");

    cJSON_ArrayForEach(node, all)
    {
        if (base_equal(base_json_text(node, "name"), container->name))
            return node;
    }
    return NULL;
}

bool aks_container_start(struct aks_pod_run *run, struct aks_container *container)
{
    const char *image = base_json_text(aks_container_spec(run, container), "image");
    char *program = find_program(run, image ? image : container->image), *why = NULL;

    set_text(&container->image, image ? image : container->image);
    if (!program)
        return pull_failed(run, container);
    char **env = aks_environment(run, container, &why);
    if (!env) {
        if (!base_equal(container->message, why))
            aks_pod_event(run, "Warning", "Failed", "Error: %s", why);
        aks_container_waits(run, container, "CreateContainerConfigError", "%s", why);
        container->try_ms = aks_now(run->aks) + BACK_OFF_FIRST_MS;
        free(why);
        free(program);
        return false;
    }
    container->pulls = 0;
    aks_pod_event(run, "Normal", "Pulled", "Container image \"%s\" already present on machine",
                  container->image);
    spawn(run, container, program, env);
    aks_strings_free(env);
    free(program);
    return container->phase == AKS_RUNNING;
}

void aks_container_waits(struct aks_pod_run *run, struct aks_container *container,
                         const char *reason, const char *fmt, ...)
{
    struct base_buf text = {0};
    va_list args;

    va_start(args, fmt);
    base_buf_vprintf(&text, fmt, args);
    va_end(args);
    if (container->phase != AKS_WAITING || !base_equal(container->reason, reason) ||
        !base_equal(container->message, text.data))
        run->dirty = true;
    container->phase = AKS_WAITING;
    set_text(&container->reason, reason);
    set_text(&container->message, text.data ? text.data : "");
    base_buf_release(&text);
}

/* The whole group is killed before its leader is reaped: until then the number cannot belong to anyone else. */
bool aks_container_reap(struct aks_container *container)
{
    siginfo_t info = {0};
    int status = 0;

    if (container->phase != AKS_RUNNING)
        return false;
    if (waitid(P_PID, (id_t)container->pid, &info, WEXITED | WNOWAIT | WNOHANG) < 0 ||
        info.si_pid != container->pid)
        return false;
    kill(-container->pid, SIGKILL);
    (void)base_process_wait(container->pid, -1, &status);
    if (container->pidfd >= 0)
        close(container->pidfd);
    container->pidfd = -1;
    container->pid = 0;
    container->phase = AKS_TERMINATED;
    container->exit_signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    container->exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    set_text(&container->exit_reason, container->exit_code == 0 ? "Completed" : "Error");
    set_text(&container->exit_message, NULL);
    container->ready = container->started = container->terming = false;
    aks_probes_reset(container);
    return true;
}

void aks_container_term(struct aks_container *container, int64_t grace_ms)
{
    int64_t at = base_monotonic_ms() + grace_ms;

    if (container->phase != AKS_RUNNING)
        return;
    if (!container->terming)
        kill(container->pid, SIGTERM);
    if (!container->terming || at < container->kill_ms)
        container->kill_ms = at;
    container->terming = true;
}

void aks_container_kill_due(struct aks_container *container)
{
    if (container->phase != AKS_RUNNING || !container->terming || !container->kill_ms ||
        base_monotonic_ms() < container->kill_ms)
        return;
    kill(-container->pid, SIGKILL);
    kill(container->pid, SIGKILL); /* had it not become a leader yet */
    container->kill_ms = 0;
}

/* Lines NAME=PROGRAM; NAME is the image without tag or digest, whole or from its last slash. */
static char *find_program(const struct aks_pod_run *run, const char *image)
{
    const char *lines = sim_setting(run->aks->world, "images"), *slash = strrchr(image, '/'),
               *last = slash ? slash + 1 : image;
    size_t whole = (size_t)(last - image) + strcspn(last, ":@"), tail = strcspn(last, ":@");
    char *found = NULL;

    for (const char *line = lines; line && *line;
         line += strcspn(line, "\n"), line += *line == '\n') {
        size_t len = strcspn(line, "=\n");
        if (line[len] != '=')
            continue;
        bool exact = len == whole && strncmp(line, image, len) == 0,
             named = len == tail && strncmp(line, last, len) == 0;
        if (!exact && (!named || found))
            continue;
        free(found);
        found = base_strndup(line + len + 1, strcspn(line + len + 1, "\n"));
        if (exact)
            break;
    }
    return found;
}

static int64_t back_off(int failures)
{
    int64_t ms = BACK_OFF_FIRST_MS;

    while (--failures > 0 && ms < BACK_OFF_MOST_MS)
        ms *= 2;
    return ms < BACK_OFF_MOST_MS ? ms : BACK_OFF_MOST_MS;
}

/* ErrImagePull at each try, ImagePullBackOff between them. */
static bool pull_failed(struct aks_pod_run *run, struct aks_container *container)
{
    const char *policy = base_json_text(aks_container_spec(run, container), "imagePullPolicy");
    bool waited = base_equal(container->reason, "ErrImagePull");

    if (base_equal(policy, "Never")) {
        aks_container_waits(run, container, "ErrImageNeverPull",
                            "Container image \"%s\" is not present with pull policy of Never",
                            container->image);
        container->try_ms = aks_now(run->aks) + BACK_OFF_FIRST_MS;
        return false;
    }
    if (waited) {
        aks_container_waits(run, container, "ImagePullBackOff", "Back-off pulling image \"%s\"",
                            container->image);
        aks_pod_event(run, "Normal", "BackOff", "Back-off pulling image \"%s\"", container->image);
        container->try_ms = aks_now(run->aks) + back_off(container->pulls);
        return false;
    }
    container->pulls++;
    aks_pod_event(run, "Normal", "Pulling", "Pulling image \"%s\"", container->image);
    aks_pod_event(
        run, "Warning", "Failed",
        "Failed to pull image \"%s\": no local program stands for it (setting \"images\")",
        container->image);
    aks_pod_event(run, "Warning", "Failed", "Error: ErrImagePull");
    aks_container_waits(
        run, container, "ErrImagePull",
        "failed to pull image \"%s\": no local program stands for it (setting \"images\")",
        container->image);
    container->try_ms = aks_now(run->aks) + 1000;
    return false;
}

static void spawn(struct aks_pod_run *run, struct aks_container *container, const char *program,
                  char **env)
{
    int fd = aks_log_open(run, container);
    char **argv = aks_arguments(run, container, program, env), hex[33];
    struct base_error err = {0};
    struct base_spawn what = {.argv = (const char *const *)argv,
                              .env = (const char *const *)env,
                              .stdout_fd = fd,
                              .stderr_fd = fd,
                              .own_group = true};
    enum base_status status;

    keep_last(container);
    base_random_hex(sim_world_random(run->aks->world), hex, 32);
    snprintf(container->id, sizeof container->id, "process://%s", hex);
    container->started_ms = aks_now(run->aks);
    aks_pod_event(run, "Normal", "Created", "Created container %s", container->name);
    if (fd < 0)
        status = base_error_set(&err, BASE_IO, NULL, "no log file: %s", strerror(errno));
    else
        status = base_process_spawn(&what, &container->pid, &err);
    if (fd >= 0)
        close(fd);
    if (status == BASE_OK) {
        container->phase = AKS_RUNNING;
        container->pidfd = (int)syscall(SYS_pidfd_open, container->pid, 0);
        container->terming = false;
        container->spawned_ms = base_monotonic_ms();
        set_text(&container->reason, NULL);
        aks_probes_reset(container);
        aks_pod_event(run, "Normal", "Started", "Started container %s", container->name);
    } else {
        start_failed(run, container, status, err.message);
    }
    run->dirty = true;
    aks_strings_free(argv);
}

static void start_failed(struct aks_pod_run *run, struct aks_container *container,
                         enum base_status status, const char *why)
{
    container->phase = AKS_TERMINATED;
    container->pid = 0;
    container->exit_signal = 0;
    container->exit_code = status == BASE_NOT_FOUND ? EXIT_NOT_FOUND
                           : status == BASE_DENIED  ? EXIT_NOT_EXECUTABLE
                                                    : 128;
    container->finished_ms = container->started_ms;
    set_text(&container->exit_reason, "StartError");
    set_text(&container->exit_message, why);
    aks_pod_event(run, "Warning", "Failed", "Error: %s", why);
}

/* What the run before came to shows as lastState. */
static void keep_last(struct aks_container *container)
{
    if (!container->finished_ms)
        return;
    cJSON_Delete(container->last);
    container->last = aks_terminated(container);
}

static void set_text(char **member, const char *text)
{
    char *copy = base_strdup(text);

    free(*member);
    *member = copy;
}
