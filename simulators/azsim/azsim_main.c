/* Decides how azsim is started, told apart from misuse, and stopped. */
#include "simulators/azsim/cloud.h"

#include "common/log.h"
#include "common/process.h"

#include <stdio.h>
#include <stdlib.h>

static struct azsim_config config;
static const char *log_level = "warn";

static const struct base_option options[] = {
    {"state-dir", BASE_OPTION_TEXT, &config.state_dir, NULL, "DIR",
     "where the cloud keeps its state (required)", 0, 0},
    {"image", BASE_OPTION_LIST, &config.images, NULL, "NAME=PROGRAM",
     "a container image and the program that runs for it", 0, 0},
    {"pass", BASE_OPTION_LIST, &config.pass, NULL, "GLOB",
     "hosts that go to the real network (\"*.example.com\")", 0, 0},
    {"without", BASE_OPTION_LIST, &config.without, NULL, "NAME",
     "leave a simulator out: entra keyvault blob eventhub fhir aks", 0, 0},
    {"proxy-port", BASE_OPTION_INT, &config.proxy_port, NULL, "PORT", "CONNECT proxy; 0: any", 0,
     65535},
    {"https-port", BASE_OPTION_INT, &config.tls_port, NULL, "PORT", "all HTTPS services; 0: any", 0,
     65535},
    {"amqps-port", BASE_OPTION_INT, &config.amqps_port, NULL, "PORT",
     "Event Hubs, AMQP over TLS; 0: any", 0, 65535},
    {"amqp-port", BASE_OPTION_INT, &config.amqp_port, NULL, "PORT",
     "Event Hubs, plain AMQP; 0: any", 0, 65535},
    {"control-port", BASE_OPTION_INT, &config.control_port, NULL, "PORT",
     "control API /_sim/*; 0: any", 0, 65535},
    {"certificate-minutes", BASE_OPTION_INT, &config.certificate_minutes,
     "AZSIM_CERTIFICATE_MINUTES", "MINUTES",
     "life of managed identities' certificates, by the clock; 0: 90 days", 0, 129600},
    {"log-level", BASE_OPTION_TEXT, &log_level, "IOMT_LOG_LEVEL", "LEVEL",
     "debug, info, warn or error", 0, 0},
};
static const struct base_program program = {
    .name = "azsim",
    .summary =
        "a pretend Azure on this machine: ARM, Entra ID, Key Vault, Event Hubs, Blob, AKS, FHIR",
    .usage = "--state-dir DIR [options]",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .more = "When all listeners are open it prints one JSON line with their addresses. It runs "
            "until SIGINT or SIGTERM.\n"
            "`iomt up` starts it together with the reference resource provider and fills it with a "
            "customer's things.",
};

static int serve(struct base_error *err)
{
    azsim_cloud_t *cloud = azsim_cloud_start(&config, err);

    if (!cloud)
        return base_usage_exit(program.name, err);
    cJSON *endpoints = azsim_cloud_endpoints(cloud);
    char *line = base_json_print(endpoints);
    printf("%s\n", line);
    fflush(stdout);
    free(line);
    cJSON_Delete(endpoints);
    base_stop_wait(-1);
    azsim_cloud_stop(cloud);
    return 0;
}

int main(int argc, char **argv)
{
    struct base_error err = {0};
    struct base_clock clock;
    enum base_log_level level;
    bool done;
    int code = 2;

    base_stop_fd();
    if (base_options_parse(&program, argc, argv, NULL, &done, &err) != BASE_OK)
        return base_usage_exit(program.name, &err);
    if (done)
        return 0;
    if (!config.state_dir)
        base_error_set(&err, BASE_INVALID, NULL, "--state-dir DIR is missing (see azsim --help)");
    else if (!base_log_level_parse(log_level, &level))
        base_error_set(&err, BASE_INVALID, NULL,
                       "--log-level is \"%s\"; expected debug, info, warn or error", log_level);
    else if (base_clock_from_env(&clock, &err) == BASE_OK)
        code = 0;
    if (code)
        return base_usage_exit(program.name, &err);
    base_log_setup(program.name, &clock, level);
    config.clock = &clock;
    config.random = base_random_from_env();
    code = serve(&err);
    base_random_free(config.random);
    free(config.images.items);
    free(config.pass.items);
    free(config.without.items);
    return code;
}
