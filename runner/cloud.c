/* Decides how a cloud is brought up and taken down. */
#include "runner/cloud.h"

#include "common/file.h"
#include "common/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define READY_MS 60000 /* real; a machine under load */
#define STOP_MS 20000

static void tell(const struct run_cloud_config *config, const char *what)
{
    if (config->progress)
        config->progress(config->progress_context, what);
}

static int open_log(const struct run_cloud *cloud, const char *name)
{
    char *path = base_asprintf("%s/log/%s.log", cloud->state_dir, name);
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    free(path);
    return fd;
}

/* What the child said last, for a person who will not open its log: the last line since `from`. */
static void not_ready(const struct run_cloud *cloud, const char *name, int log, off_t from,
                      struct base_error *err)
{
    char text[4096];
    ssize_t got = pread(log, text, sizeof text - 1, from);

    while (got > 0 && text[got - 1] == '\n')
        got--;
    text[got > 0 ? got : 0] = '\0';
    char *last = strrchr(text, '\n');
    base_error_set(err, BASE_UNAVAILABLE, NULL, "%s did not become ready; see %s/log/%s.log%s%s",
                   name, cloud->state_dir, name, *text ? ": " : "", last ? last + 1 : text);
}

/* One JSON line from the child's stdout; NULL without an error when there was none. */
static cJSON *read_ready(int fd, struct base_error *err)
{
    struct base_buf line = {0};
    int64_t until = base_monotonic_ms() + READY_MS;
    cJSON *ready = NULL;
    bool ended = false;

    while (!ended && base_monotonic_ms() < until && !base_stopping()) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        char chunk[4096];
        if (poll(&wait, 1, 100) <= 0)
            continue;
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got > 0)
            base_buf_append(&line, chunk, (size_t)got);
        ended = got <= 0 || memchr(chunk, '\n', (size_t)got);
    }
    if (line.len && strchr(line.data, '\n'))
        ready = base_json_parse(line.data, line.len, err);
    base_buf_release(&line);
    return ready;
}

cJSON *run_cloud_start_program(struct run_cloud *cloud, const char *name, const char *const *argv,
                               pid_t *pid, struct base_error *err)
{
    int out[2], log = open_log(cloud, name);
    cJSON *ready = NULL;

    if (log < 0 || pipe2(out, O_CLOEXEC)) {
        base_error_set(err, BASE_IO, NULL, "cannot open %s/log/%s.log: %s", cloud->state_dir, name,
                       strerror(errno));
        if (log >= 0)
            close(log);
        return NULL;
    }
    off_t before = lseek(log, 0, SEEK_END);
    struct base_spawn spawn = {.argv = argv, .stdout_fd = out[1], .stderr_fd = log};
    if (base_process_spawn(&spawn, pid, err) == BASE_OK) {
        close(out[1]);
        out[1] = -1;
        ready = read_ready(out[0], err);
        if (!ready)
            not_ready(cloud, name, log, before, err);
    }
    close(out[0]);
    if (out[1] >= 0)
        close(out[1]);
    close(log);
    return ready;
}

static enum base_status start_azsim(struct run_cloud *cloud, const struct run_cloud_config *config,
                                    struct base_error *err)
{
    struct base_list argv = {0};
    struct base_arena arena;
    enum base_status status = BASE_OK;

    base_arena_init(&arena);
    argv.items = base_arena_alloc(&arena, (16 + config->pass.count * 2) * sizeof *argv.items);
    argv.items[argv.count++] = base_arena_printf(&arena, "%s/azsim", cloud->bin);
    argv.items[argv.count++] = "--state-dir";
    argv.items[argv.count++] = base_arena_printf(&arena, "%s/azsim", cloud->state_dir);
    argv.items[argv.count++] = "--log-level";
    argv.items[argv.count++] = cloud->log_level;
    argv.items[argv.count++] = "--image";
    argv.items[argv.count++] = base_arena_printf(
        &arena, "iomt.azurecr.io/iomt-normalization=%s/iomt-normalization", cloud->bin);
    argv.items[argv.count++] = "--image";
    argv.items[argv.count++] = base_arena_printf(
        &arena, "iomt.azurecr.io/iomt-destination=%s/iomt-destination", cloud->bin);
    for (size_t i = 0; i < config->pass.count; i++) {
        argv.items[argv.count++] = "--pass";
        argv.items[argv.count++] = config->pass.items[i];
    }
    argv.items[argv.count] = NULL;
    cloud->azsim_ready = run_cloud_start_program(cloud, "azsim", argv.items, &cloud->azsim, err);
    if (!cloud->azsim_ready)
        status = err && err->status != BASE_OK ? err->status : BASE_UNAVAILABLE;
    base_arena_release(&arena);
    return status;
}

/* The world as the runner sees it while it is being made: azsim's addresses and first inhabitants. */
static enum base_status open_world(struct run_cloud *cloud, const struct run_cloud_config *config,
                                   struct base_error *err)
{
    (void)config;
    static const char *const addresses[] = {"proxy", "control", "https",     "amqps",
                                            "amqp",  "caFile",  "bundleFile"};
    cJSON *endpoints = base_json_load(base_json_text(cloud->azsim_ready, "bootstrapFile"), err);
    const char *clock = getenv("IOMT_CLOCK");

    if (!endpoints)
        return err ? err->status : BASE_IO;
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
        base_json_set_text(endpoints, addresses[i],
                           base_json_text(cloud->azsim_ready, addresses[i]));
    base_json_set_text(endpoints, "clock", clock ? clock : "");
    base_json_set_text(endpoints, "stateDir", cloud->state_dir);
    char *path = base_asprintf("%s/endpoints.json", cloud->state_dir),
         *text = base_json_print_pretty(endpoints);
    enum base_status status = base_file_write(path, text, strlen(text), 0600, err);
    free(text);
    free(path);
    cJSON_Delete(endpoints);
    if (status == BASE_OK)
        status = run_world_open(&cloud->world, cloud->state_dir, err);
    cloud->world.cloud = cloud;
    return status;
}

static enum base_status start_rp(struct run_cloud *cloud, const struct run_cloud_config *config,
                                 struct base_error *err)
{
    (void)config;
    return run_cloud_rp_start(cloud, err);
}

static enum base_status take_folder(struct run_cloud *cloud, const struct run_cloud_config *config,
                                    struct base_error *err)
{
    enum base_status status;

    cloud->bin = base_process_folder();
    cloud->temporary = config->state_dir == NULL;
    if (cloud->temporary) {
        const char *parent = getenv("TMPDIR");
        cloud->state_dir = base_asprintf("%s/iomt-XXXXXX", parent && *parent ? parent : "/tmp");
        if (!mkdtemp(cloud->state_dir))
            return base_error_set(err, BASE_IO, NULL, "cannot make a temporary folder: %s",
                                  strerror(errno));
    } else {
        status = base_dir_make(config->state_dir, err);
        char *absolute = status == BASE_OK ? realpath(config->state_dir, NULL) : NULL;
        if (status != BASE_OK)
            return status;
        cloud->state_dir = absolute ? absolute : base_strdup(config->state_dir);
    }
    char *log = base_asprintf("%s/log", cloud->state_dir);
    status = base_dir_make(log, err);
    free(log);
    return status;
}

/* One cloud a folder: the lock goes with the process. */
static enum base_status lock_folder(struct run_cloud *cloud, const struct run_cloud_config *config,
                                    struct base_error *err)
{
    (void)config;
    char *path = base_asprintf("%s/lock", cloud->state_dir);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    enum base_status status = BASE_OK;

    if (fd < 0)
        status =
            base_error_set(err, BASE_DENIED, NULL, "cannot open %s: %s", path, strerror(errno));
    else if (flock(fd, LOCK_EX | LOCK_NB))
        status = base_error_set(err, BASE_CONFLICT, NULL, "a cloud is already up in %s",
                                cloud->state_dir);
    if (status == BASE_OK)
        cloud->lock_fd = fd;
    else if (fd >= 0)
        close(fd);
    free(path);
    return status;
}

static enum base_status set_clock(struct run_cloud *cloud, const struct run_cloud_config *config,
                                  struct base_error *err)
{
    return run_cloud_set_clock(cloud, config->clock_rate, err);
}

static enum base_status seed(struct run_cloud *cloud, const struct run_cloud_config *config,
                             struct base_error *err)
{
    (void)config;
    return run_cloud_seed(cloud, err);
}

static enum base_status describe(struct run_cloud *cloud, const struct run_cloud_config *config,
                                 struct base_error *err)
{
    (void)config;
    return run_cloud_write_env(cloud, err);
}

static const struct {
    const char *told; /* NULL: not worth a word */
    enum base_status (*run)(struct run_cloud *, const struct run_cloud_config *,
                            struct base_error *);
} stages[] = {
    {NULL, take_folder},
    {NULL, lock_folder},
    {NULL, set_clock},
    {"starting the simulators", start_azsim},
    {NULL, open_world},
    {"making the customer's and the provider's things", seed},
    {"starting the resource provider", start_rp},
    {NULL, describe},
};

enum base_status run_cloud_start(struct run_cloud *cloud, const struct run_cloud_config *config,
                                 struct base_error *err)
{
    int64_t started = base_monotonic_ms();
    enum base_status status = BASE_OK;

    memset(cloud, 0, sizeof *cloud);
    pthread_mutex_init(&cloud->rp_lock, NULL);
    cloud->log_level = config->log_level ? config->log_level : "warn";
    for (size_t i = 0; i < sizeof stages / sizeof *stages && status == BASE_OK; i++) {
        if (stages[i].told)
            tell(config, stages[i].told);
        status = stages[i].run(cloud, config, err);
    }
    cloud->took_ms = base_monotonic_ms() - started;
    if (status != BASE_OK)
        run_cloud_stop(cloud);
    return status;
}

void run_cloud_stop(struct run_cloud *cloud)
{
    int status;

    if (cloud->rp)
        base_process_stop(cloud->rp, false, STOP_MS, &status);
    if (cloud->azsim)
        base_process_stop(cloud->azsim, false, STOP_MS, &status);
    if (cloud->lock_fd)
        run_cloud_note_time(cloud);
    run_world_close(&cloud->world);
    if (cloud->temporary && cloud->state_dir)
        base_ignore(base_dir_remove(cloud->state_dir, NULL));
    if (cloud->lock_fd)
        close(cloud->lock_fd);
    pthread_mutex_destroy(&cloud->rp_lock);
    cJSON_Delete(cloud->azsim_ready);
    free(cloud->rp_endpoint);
    free(cloud->state_dir);
    free(cloud->bin);
    memset(cloud, 0, sizeof *cloud);
}

const char *run_cloud_dead(struct run_cloud *cloud)
{
    int status;

    if (cloud->azsim && base_process_wait(cloud->azsim, 0, &status)) {
        cloud->azsim = 0;
        return "azsim";
    }
    if (cloud->rp && base_process_wait(cloud->rp, 0, &status)) {
        cloud->rp = 0;
        return "iomt-rp";
    }
    return NULL;
}
