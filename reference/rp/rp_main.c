/* iomt-rp: the reference resource provider: reads its configuration, serves ARM, does the work. */
#include "reference/rp/frontend/frontend.h"
#include "reference/rp/inspect.h"
#include "reference/rp/operators.h"
#include "reference/rp/provisioning/capacity.h"
#include "reference/rp/storage/operation.h"
#include "reference/rp/worker/worker.h"
#include "common/http_client.h"
#include "common/file.h"
#include "common/log.h"
#include "common/options.h"
#include "common/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define STOP_GRACE_MS 8000 /* real: a step in hand may take so long after SIGTERM */

struct settings {
    const char *config, *overlay, *state_dir, *database, *role, *listen, *operators_listen,
        *log_level;
    int64_t port, operators_port;
    bool print_config;
};
static const struct role {
    const char *name;
    bool serves, works, shares;
} ROLES[] = {
    {"alone", true, true, false},
    {"all", true, true, true},
    {"frontend", true, false, true},
    {"worker", false, true, true},
};
struct program { /* all that is alive while the RP runs */
    struct settings settings;
    const struct role *role;
    struct rp_config config;
    struct base_clock clock;
    struct rp_capacity capacity;
    struct rp_world world;
    int lock_fd;
    struct base_buf chain, key, client_ca;
    base_http_server_t *server, *operators;
    rp_workers_t *workers;
};

static enum base_status read_settings(struct program *p, int argc, char **argv, bool *done,
                                      struct base_error *err);
static enum base_status open_state(struct program *p, struct base_error *err);
static enum base_status open_credential(struct program *p, struct base_error *err);
static enum base_status serve(struct program *p, struct base_error *err);
static void print_ready(const struct program *p);
static void close_all(struct program *p);

int main(int argc, char **argv)
{
    struct program p = {.lock_fd = -1};
    struct base_error err = {0};
    bool done = false;

    if (argc > 1 && rp_inspect_knows(argv[1]))
        return rp_inspect(argc - 1, argv + 1);
    (void)base_stop_fd();
    umask(077); /* the database holds identity URLs */
    enum base_status status = read_settings(&p, argc, argv, &done, &err);
    if (status == BASE_OK && !done) {
        p.world =
            (struct rp_world){.config = &p.config, .clock = &p.clock, .capacity = &p.capacity};
        p.capacity = rp_capacity_pools(&p.config);
        p.world.random = base_random_from_env();
        p.world.metrics = rp_metrics_new();
        status = open_state(&p, &err);
        if (status == BASE_OK)
            status = open_credential(&p, &err);
        if (status == BASE_OK)
            status = serve(&p, &err);
        if (status == BASE_OK) {
            print_ready(&p);
            (void)base_stop_wait(-1);
        }
    }
    close_all(&p);
    return status == BASE_OK ? 0 : base_usage_exit("iomt-rp", &err);
}

static enum base_status parse_options(struct program *p, int argc, char **argv, bool *done,
                                      struct base_error *err)
{
    struct settings *s = &p->settings;
    const struct base_option options[] = {
        {"config", BASE_OPTION_TEXT, &s->config, "IOMT_RP_CONFIG", "FILE",
         "configuration file (required; see below)", 0, 0},
        {"overlay", BASE_OPTION_TEXT, &s->overlay, "IOMT_RP_OVERLAY", "FILE",
         "JSON merge patch over the configuration", 0, 0},
        {"state-dir", BASE_OPTION_TEXT, &s->state_dir, "IOMT_RP_STATE", "DIR",
         "folder of the database", 0, 0},
        {"database", BASE_OPTION_TEXT, &s->database, "IOMT_RP_DATABASE", "FILE",
         "the database (rp.db in the state folder)", 0, 0},
        {"role", BASE_OPTION_TEXT, &s->role, "IOMT_RP_ROLE", "ROLE",
         "alone: nobody else on this database; all, frontend, worker: with other processes", 0, 0},
        {"listen", BASE_OPTION_TEXT, &s->listen, NULL, "ADDRESS", "address to listen on", 0, 0},
        {"port", BASE_OPTION_INT, &s->port, NULL, "PORT",
         "port to listen on; 0 lets the system choose", 0, 65535},
        {"operators-listen", BASE_OPTION_TEXT, &s->operators_listen, NULL, "ADDRESS",
         "address of /metrics and /healthz, plain HTTP", 0, 0},
        {"operators-port", BASE_OPTION_INT, &s->operators_port, NULL, "PORT",
         "its port; 0 lets the system choose", 0, 65535},
        {"log-level", BASE_OPTION_TEXT, &s->log_level, "IOMT_LOG_LEVEL", "LEVEL",
         "debug, info, warn or error", 0, 0},
        {"print-config", BASE_OPTION_FLAG, &s->print_config, NULL, NULL,
         "show the configuration with its defaults, then end", 0, 0},
    };
    struct base_buf help = {0};

    *s = (struct settings){.state_dir = ".",
                           .role = "alone",
                           .listen = "127.0.0.1",
                           .operators_listen = "127.0.0.1",
                           .log_level = "info"};
    rp_config_help(&help);
    const struct base_program program = {.name = "iomt-rp",
                                         .summary = "the reference IoT Connector resource provider",
                                         .usage = "--config FILE --state-dir DIR [options]",
                                         .options = options,
                                         .option_count = sizeof options / sizeof *options,
                                         .more = help.data};
    enum base_status status = base_options_parse(&program, argc, argv, NULL, done, err);
    base_buf_release(&help);
    return status;
}

static enum base_status find_role(struct program *p, struct base_error *err)
{
    for (size_t i = 0; i < sizeof ROLES / sizeof *ROLES; i++)
        if (!strcmp(ROLES[i].name, p->settings.role))
            p->role = &ROLES[i];
    if (p->role)
        return BASE_OK;
    return base_error_set(err, BASE_INVALID, NULL,
                          "--role: found \"%s\", expected alone, all, frontend or worker",
                          p->settings.role);
}

static enum base_status read_settings(struct program *p, int argc, char **argv, bool *done,
                                      struct base_error *err)
{
    enum base_log_level level;
    enum base_status status = parse_options(p, argc, argv, done, err);

    if (status != BASE_OK || *done)
        return status;
    if (!base_log_level_parse(p->settings.log_level, &level))
        return base_error_set(err, BASE_INVALID, NULL,
                              "--log-level: found \"%s\", expected debug, info, warn or error",
                              p->settings.log_level);
    if (!p->settings.config)
        return base_error_set(err, BASE_INVALID, NULL,
                              "--config FILE is missing; --help shows what goes into it");
    status = find_role(p, err);
    if (status == BASE_OK)
        status = base_clock_from_env(&p->clock, err);
    if (status == BASE_OK)
        status = base_http_check_environment(err);
    base_log_setup("iomt-rp", &p->clock, level);
    if (status == BASE_OK)
        status = rp_config_load(p->settings.config, p->settings.overlay, &p->config, err);
    if (status == BASE_OK && p->settings.print_config) {
        char *text = base_json_print_pretty(p->config.document);
        puts(text);
        free(text);
        *done = true;
    }
    return status;
}

static char *lock_path(const char *database)
{
    size_t len = strlen(database),
           stem = len > 3 && !strcmp(database + len - 3, ".db") ? len - 3 : len;

    return base_asprintf("%.*s.lock", (int)stem, database);
}

/* The lock lives as long as the process, however it ends: exclusive for one that is alone. Of those that share, the first one sees that nobody
 * else is there (*first): then no lease can be held by anyone. */
static enum base_status lock_database(struct program *p, const char *database, bool *first,
                                      struct base_error *err)
{
    char *path = lock_path(database);
    enum base_status status = BASE_OK;

    p->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (p->lock_fd < 0)
        status = base_error_set(err, errno == EACCES || errno == EROFS ? BASE_DENIED : BASE_IO,
                                NULL, "%s: %s", path, strerror(errno));
    else if (flock(p->lock_fd, LOCK_EX | LOCK_NB) == 0)
        *first = true;
    else if (!p->role->shares || flock(p->lock_fd, LOCK_SH | LOCK_NB) != 0)
        status =
            base_error_set(err, BASE_CONFLICT, NULL, "another iomt-rp works on the database %s%s",
                           database, p->role->shares ? ", alone" : "");
    free(path);
    return status;
}

static enum base_status open_state(struct program *p, struct base_error *err)
{
    char *database = p->settings.database ? base_strdup(p->settings.database)
                                          : base_asprintf("%s/rp.db", p->settings.state_dir);
    enum base_status status =
        p->settings.database ? BASE_OK : base_dir_make(p->settings.state_dir, err);
    bool first = false;

    if (status == BASE_OK)
        status = lock_database(p, database, &first, err);
    if (status == BASE_OK && !(p->world.db = rp_store_open(database, err)))
        status = err->status;
    if (status == BASE_OK && first)
        status = rp_lease_void_all(p->world.db, err);
    if (status == BASE_OK && p->role->shares && flock(p->lock_fd, LOCK_SH) != 0)
        status =
            base_error_set(err, BASE_IO, NULL, "the lock of %s: %s", database, strerror(errno));
    p->world.shared = p->role->shares;
    free(database);
    return status;
}

static enum base_status open_credential(struct program *p, struct base_error *err)
{
    const struct base_http_client_config http = {0};
    struct base_buf pem = {0};
    enum base_status status = base_file_read(p->config.credential_file, &pem, err);
    base_key_t *key = status == BASE_OK ? base_key_from_pem(pem.data, pem.len, err) : NULL;

    if (status == BASE_OK && (!key || !base_key_has_certificate(key))) {
        base_key_free(key);
        key = NULL;
        status = base_error_set(
            err, BASE_INVALID, NULL,
            "identity.certificateFile: %s must hold a private key and its certificate",
            p->config.credential_file);
    }
    base_buf_release(&pem);
    if (status != BASE_OK)
        return err->status;
    p->world.http = base_http_client_new(&http);
    const struct az_client az = rp_world_client(&p->world, NULL);
    p->world.credential = az_credential_certificate(&az, p->config.authority, p->config.tenant_id,
                                                    p->config.client_id, key);
    return BASE_OK;
}

static bool certificate(void *context, const char *name, const char **chain, const char **key)
{
    struct program *p = context;

    (void)name; /* one certificate for whatever ARM calls us */
    *chain = p->chain.data;
    *key = p->key.data;
    return true;
}

static enum base_status serve_arm(struct program *p, struct base_error *err)
{
    const struct rp_config *config = &p->config;

    if (base_file_read(config->certificate_file, &p->chain, err) != BASE_OK ||
        base_file_read(config->key_file, &p->key, err) != BASE_OK ||
        base_file_read(config->client_ca_file, &p->client_ca, err) != BASE_OK)
        return err->status;
    const struct base_http_listen listen = {.address = p->settings.listen,
                                            .port = (int)p->settings.port,
                                            .handler = rp_frontend_handle,
                                            .context = &p->world,
                                            .body_max = (size_t)config->body_max + 1,
                                            .certificate = certificate,
                                            .certificate_context = p,
                                            .client_ca_pem = p->client_ca.data};
    p->server = base_http_server_start(&listen, err);
    return p->server ? BASE_OK : err->status;
}

static enum base_status serve(struct program *p, struct base_error *err)
{
    const struct base_http_listen operators = {.address = p->settings.operators_listen,
                                               .port = (int)p->settings.operators_port,
                                               .handler = rp_operators_handle,
                                               .context = &p->world};

    p->operators = base_http_server_start(&operators, err);
    if (!p->operators)
        return err->status;
    if (p->role->works) {
        p->workers = rp_workers_start(&p->world);
        p->world.wake_context = p->workers;
        p->world.wake = rp_workers_wake;
    }
    return p->role->serves ? serve_arm(p, err) : BASE_OK;
}

static void print_ready(const struct program *p)
{
    printf("{\"ready\":true");
    if (p->server)
        printf(",\"endpoint\":\"https://%s:%d\"", p->settings.listen,
               base_http_server_port(p->server));
    printf(",\"operators\":\"http://%s:%d\"}\n", p->settings.operators_listen,
           base_http_server_port(p->operators));
    fflush(stdout);
}

static void close_all(struct program *p)
{
    base_http_server_stop(p->server);
    base_http_server_stop(p->operators);
    rp_workers_stop(p->workers, STOP_GRACE_MS);
    az_credential_free(p->world.credential);
    base_http_client_free(p->world.http);
    base_db_close(p->world.db);
    rp_metrics_free(p->world.metrics);
    base_random_free(p->world.random);
    base_buf_release(&p->chain);
    base_buf_release(&p->key);
    base_buf_release(&p->client_ca);
    if (p->lock_fd >= 0)
        close(p->lock_fd);
    rp_config_release(&p->config);
}
