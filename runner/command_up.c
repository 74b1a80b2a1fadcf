/* Decides what `iomt up` does: a cloud in the foreground until it is told to stop. */
#include "runner/cloud.h"
#include "runner/commands.h"

#include "common/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WATCH_MS 200 /* real */

static struct {
    const char *state_dir, *log_level, *rate;
    struct base_list pass;
    bool outlive, quiet;
} set = {.log_level = "warn", .rate = "1"};

static const struct base_option options[] = {
    {"state-dir", BASE_OPTION_TEXT, &set.state_dir, "IOMT_STATE_DIR", "DIR",
     "keep the cloud's state here; without it everything is gone at the end", 0, 0},
    {"clock-rate", BASE_OPTION_TEXT, &set.rate, NULL, "N", "the cloud's time goes N times as fast",
     0, 0},
    {"pass", BASE_OPTION_LIST, &set.pass, NULL, "GLOB", "hosts that go to the real network", 0, 0},
    {"log-level", BASE_OPTION_TEXT, &set.log_level, "IOMT_LOG_LEVEL", "LEVEL",
     "debug, info, warn or error; logs are in DIR/log", 0, 0},
    {"outlive-parent", BASE_OPTION_FLAG, &set.outlive, NULL, NULL,
     "go on when the program that started this one is gone", 0, 0},
    {"quiet", BASE_OPTION_FLAG, &set.quiet, NULL, NULL, "print only the line \"ready\"", 0, 0},
};
static const struct base_program program = {
    .name = "iomt up",
    .summary = "brings up a pretend Azure and the reference resource provider",
    .usage = "[options]",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .more = "Runs in the foreground until SIGINT or SIGTERM. When everything answers it prints "
            "\"ready\" with the addresses, and has\n"
            "written DIR/env (shell exports: . DIR/env) and DIR/endpoints.json.",
};

static void progress(void *context, const char *what)
{
    (void)context;
    if (!set.quiet)
        fprintf(stderr, "iomt up: %s\n", what);
}

static void print_ready(const struct run_cloud *cloud)
{
    static const struct {
        const char *label, *path;
    } lines[] = {
        {"proxy (HTTPS_PROXY)", "proxy"}, {"control API", "control"},
        {"all HTTPS services", "https"},  {"Event Hubs, AMQP/TLS", "amqps"},
        {"Event Hubs, AMQP", "amqp"},     {"ARM (through the proxy)", "armUrl"},
        {"CA bundle", "bundleFile"},
    };

    printf("ready after %lld ms\n", (long long)cloud->took_ms);
    for (size_t i = 0; i < sizeof lines / sizeof *lines && !set.quiet; i++)
        printf("  %-24s %s\n", lines[i].label,
               base_json_text(cloud->world.endpoints, lines[i].path));
    if (!set.quiet)
        printf("  %-24s . %s/env\n", "your shell", cloud->state_dir);
    fflush(stdout);
}

static int watch(struct run_cloud *cloud)
{
    const char *dead = NULL;

    while (!base_stop_wait(WATCH_MS) && !(dead = run_cloud_dead(cloud)))
        run_cloud_note_time(cloud);
    if (dead)
        fprintf(stderr, "iomt up: %s ended by itself; its log is %s/log/%s.log\n", dead,
                cloud->state_dir, dead);
    return dead ? 1 : 0;
}

static bool read_rate(double *rate, struct base_error *err)
{
    char *end;

    *rate = strtod(set.rate, &end);
    if (end != set.rate && !*end && *rate >= 0.001 && *rate <= 10000)
        return true;
    base_error_set(err, BASE_INVALID, NULL,
                   "--clock-rate is \"%s\"; expected a number from 0.001 to 10000", set.rate);
    return false;
}

int run_command_up(int argc, char **argv)
{
    struct base_error err = {0};
    struct run_cloud cloud;
    struct run_cloud_config config = {.progress = progress};
    bool done;

    if (base_options_parse(&program, argc, argv, NULL, &done, &err) != BASE_OK)
        return base_usage_exit(program.name, &err);
    if (done)
        return 0;
    if (!set.outlive && !base_process_die_with_parent())
        return 0;
    config.state_dir = set.state_dir;
    config.log_level = set.log_level;
    config.pass = set.pass;
    if (!read_rate(&config.clock_rate, &err) || run_cloud_start(&cloud, &config, &err) != BASE_OK) {
        free(set.pass.items);
        return base_stopping() ? 0 : base_usage_exit(program.name, &err);
    }
    print_ready(&cloud);
    int code = watch(&cloud);
    run_cloud_stop(&cloud);
    free(set.pass.items);
    return code;
}
