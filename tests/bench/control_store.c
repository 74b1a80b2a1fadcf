/* Decides how fast the RP's front end answers GETs and lists beside stores of three sizes. */
#include "tests/bench/control.h"

#include "common/file.h"
#include "common/http_client.h"
#include "common/http_server.h"
#include "common/log.h"
#include "common/process.h"
#include "common/text.h"
#include "reference/rp/frontend/frontend.h"
#include "reference/rp/operators.h"
#include "reference/rp/storage/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERSION "?api-version=" CONTROL_VERSION
#define PROVIDER "/providers/Microsoft.HealthcareApis/workspaces"
#define STORES 3
#define WHOLE_MOST 1000 /* resources: a larger store is filled without intents */
#define ROUNDS_MAX 100

struct store {
    int64_t resources, bytes;
    struct rp_world world;
    base_http_server_t *server;
    char origin[40];
    base_http_client_t *client; /* one connection, kept open */
    uint64_t next;              /* which one is asked for */
};
struct serving {
    struct rp_config config;
    struct base_clock clock;
    base_random_t *random;
    struct store stores[STORES];
};

/* Targets; heap. */
static char *health(struct store *s);
static char *one(struct store *s);
static char *connectors(struct store *s);
static char *of_group(struct store *s);
static char *first_page(struct store *s);
static char *middle_page(struct store *s);

static const struct row {
    const char *name;
    char *(*target)(struct store *s);
    bool direct;   /* the handler is called: no sockets, no HTTP */
    size_t beside; /* the store that others are compared with */
} rows[] = {
    {"bare 200 (GET /healthz)", health, false, 0},
    {"GET a connector", one, false, 0},
    {"GET a connector, the handler alone", one, true, 0},
    {"list a workspace's 9 connectors", connectors, false, 0},
    {"list a group's workspaces (100)", of_group, false, 1},
    {"list a subscription's workspaces: first page (100)", first_page, false, 1},
    {"list a subscription's workspaces: a page in the middle", middle_page, false, STORES - 1},
};
#define ROWS (sizeof rows / sizeof *rows)

static enum base_status make_model(struct control *c, char **model, struct base_error *err);
static enum base_status open_all(struct control *c, const char *model, struct serving *s,
                                 struct base_error *err);
static void close_all(struct serving *s);
static enum base_status measure(const struct control_settings *set, struct serving *s,
                                double rates[ROWS][STORES], struct base_error *err);
static void print_rates(double rates[ROWS][STORES], const struct serving *s);
static void print_sizes(const struct serving *s);

enum base_status control_stores(struct control *c, struct base_error *err)
{
    struct serving s = {0};
    double rates[ROWS][STORES];
    char *model = NULL;
    enum base_status status = make_model(c, &model, err);

    if (status == BASE_OK)
        status = open_all(c, model, &s, err);
    if (status == BASE_OK) {
        print_sizes(&s);
        fprintf(stderr, "bench: rates\n");
        status = measure(c->settings, &s, rates, err);
    }
    if (status == BASE_OK)
        print_rates(rates, &s);
    close_all(&s);
    free(model);
    return status;
}

/* A workspace and a connector as the RP leaves them, and its database. The cloud goes: nothing else shall run while rates are taken. */
static enum base_status make_model(struct control *c, char **model, struct base_error *err)
{
    struct base_buf data = {0};
    enum base_status status = control_cloud_make(c, 1, err);

    if (status == BASE_OK)
        status = control_do(c, "PUT", "model", NULL, err);
    if (status == BASE_OK)
        status = control_do(c, "PUT", "model", "model", err);
    if (status == BASE_OK)
        status = run_cloud_rp_stop(&c->cloud, err);
    if (status != BASE_OK)
        return status;
    char *path = base_asprintf("%s/rp/rp.db", c->cloud.state_dir);
    *model = base_asprintf("%s/model.db", c->folder);
    status = base_file_read(path, &data, err);
    if (status == BASE_OK)
        status = base_file_write(*model, data.data, data.len, 0600, err);
    base_buf_release(&data);
    free(path);
    control_cloud_stop(c);
    return status;
}

/* As the TLS layer does for ARM's client certificate; operators have a listener of their own, here it is the same one. */
static void serve(void *context, const struct base_http_request *request,
                  struct base_http_response *response)
{
    struct rp_world *world = context;
    struct base_http_request from_arm = *request;

    from_arm.client_subject = "arm.management.azure.com";
    if (!strcmp(request->path, "/healthz"))
        rp_operators_handle(world, &from_arm, response);
    else
        rp_frontend_handle(world, &from_arm, response);
}

static enum base_status open_store(struct serving *s, struct store *store, const char *path,
                                   struct base_error *err)
{
    const struct base_http_client_config client = {.proxy = ""};
    const struct base_http_listen listen = {.handler = serve, .context = &store->world};

    store->world = (struct rp_world){.config = &s->config,
                                     .db = rp_store_open(path, err),
                                     .clock = &s->clock,
                                     .random = s->random};
    if (!store->world.db)
        return err->status;
    store->server = base_http_server_start(&listen, err);
    if (!store->server)
        return err->status;
    snprintf(store->origin, sizeof store->origin, "http://127.0.0.1:%d",
             base_http_server_port(store->server));
    store->client = base_http_client_new(&client);
    return BASE_OK;
}

static enum base_status open_all(struct control *c, const char *model, struct serving *s,
                                 struct base_error *err)
{
    const int64_t sizes[STORES] = {10, 1000, c->settings->resources};
    enum base_status status = BASE_OK;
    cJSON *document = base_json_load(BENCH_RP_CONFIG, err);

    if (!document || rp_config_read(document, c->folder, &s->config, err) != BASE_OK)
        return err->status;
    base_clock_init(&s->clock);
    base_log_setup("bench-control", &s->clock, BASE_LOG_ERROR);
    s->random = base_random_new("bench");
    for (size_t i = 0; i < STORES && status == BASE_OK; i++) {
        char *path = base_asprintf("%s/store-%zu.db", c->folder, i);
        fprintf(stderr, "bench: a store of %lld resources\n", (long long)sizes[i]);
        s->stores[i].resources = sizes[i];
        const struct control_filling want = {sizes[i], sizes[i] <= WHOLE_MOST};
        status = control_fill(path, model, &want, &s->stores[i].bytes, err);
        if (status == BASE_OK)
            status = open_store(s, &s->stores[i], path, err);
        if (status == BASE_OK && base_stopping())
            status = base_error_set(err, BASE_CANCELED, NULL, "interrupted");
        free(path);
    }
    return status;
}

static void close_all(struct serving *s)
{
    for (size_t i = 0; i < STORES; i++) {
        base_http_client_free(s->stores[i].client);
        base_http_server_stop(s->stores[i].server);
        base_db_close(s->stores[i].world.db);
    }
    base_random_free(s->random);
    rp_config_release(&s->config);
}

/* --- what is asked for --- */

/* Not one beside the other: each look is at another page of the file. */
static int64_t some(struct store *s, int64_t of)
{
    s->next = s->next * 6364136223846793005ULL + 1442695040888963407ULL;
    return (int64_t)((s->next >> 33) % (uint64_t)(of > 0 ? of : 1));
}

static int64_t workspaces(const struct store *s)
{
    return s->resources / (CONTROL_CONNECTORS + 1);
}

static char *with(char *id, const char *rest)
{
    char *target = base_asprintf("%s%s" VERSION, id, rest);

    free(id);
    return target;
}

static char *health(struct store *s)
{
    (void)s;
    return base_strdup("/healthz");
}

static char *one(struct store *s)
{
    int64_t workspace = some(s, workspaces(s));

    return with(control_id(workspace, 1 + some(s, CONTROL_CONNECTORS)), "");
}

static char *connectors(struct store *s)
{
    return with(control_id(some(s, workspaces(s)), 0), "/iotconnectors");
}

static char *of_group(struct store *s)
{
    char *id = control_id(some(s, workspaces(s)), 0);

    *strrchr(id, '/') = '\0';
    return with(id, "");
}

static char *first_page(struct store *s)
{
    (void)s;
    return base_strdup("/subscriptions/" CONTROL_SUBSCRIPTION PROVIDER VERSION);
}

/* $skipToken names the last one shown, below the subscription. */
static char *middle_page(struct store *s)
{
    char *id = control_id(workspaces(s) / 2, 0), *target;
    const char *rest = id + strlen("/subscriptions/" CONTROL_SUBSCRIPTION "/");
    struct base_buf token = {0};

    base_lower(id);
    base_base64url_encode(&token, rest, strlen(rest));
    target = base_asprintf(
        "/subscriptions/" CONTROL_SUBSCRIPTION PROVIDER VERSION "&%%24skipToken=%s", token.data);
    base_buf_release(&token);
    free(id);
    return target;
}

/* --- how fast --- */

static int ask(const struct store *s, const char *target, struct base_error *err)
{
    char *url = base_asprintf("%s%s", s->origin, target);
    const struct base_http_call call = {.method = "GET", .url = url};
    struct base_http_answer answer = {0};
    int status = base_http_send(s->client, &call, &answer, err) == BASE_OK ? answer.status : 0;

    base_http_answer_release(&answer);
    free(url);
    return status;
}

static int ask_directly(struct store *s, char *target)
{
    struct base_headers none = {0};
    struct base_arena arena;
    struct base_http_response response = {0};
    char *query = strchr(target, '?');
    struct base_http_request request = {.method = "GET",
                                        .scheme = "http",
                                        .host = "127.0.0.1",
                                        .path = target,
                                        .query = query + 1,
                                        .headers = &none,
                                        .body = "",
                                        .peer = "",
                                        .arena = &arena};

    *query = '\0';
    base_arena_init(&arena);
    serve(&s->world, &request, &response);
    int status = response.status;
    base_http_response_release(&response);
    base_arena_release(&arena);
    return status;
}

/* Answers a second of CPU time, the asking included. 0: a failure. */
static double rate_of(const struct row *row, struct store *s, int64_t round_ms,
                      struct base_error *err)
{
    double from = control_cpu_ms(), took = 0;
    int64_t count = 0;

    while (took < (double)round_ms) {
        char *target = row->target(s);
        int status = row->direct ? ask_directly(s, target) : ask(s, target, err);
        if (status != 200) {
            base_error_set(err, BASE_UNAVAILABLE, NULL, "GET %s answered %d", target, status);
            free(target);
            return 0;
        }
        free(target);
        count++;
        took = control_cpu_ms() - from;
    }
    return (double)count * 1000 / took;
}

/* The stores take turns, so that what else the machine does strikes all of them. */
static enum base_status measure(const struct control_settings *set, struct serving *s,
                                double rates[ROWS][STORES], struct base_error *err)
{
    double found[STORES][ROUNDS_MAX];

    for (size_t r = 0; r < ROWS; r++) {
        for (int64_t round = 0; round < set->rounds; round++)
            for (size_t i = 0; i < STORES; i++) {
                found[i][round] = rate_of(&rows[r], &s->stores[i], set->round_ms, err);
                if (found[i][round] <= 0)
                    return err->status;
                if (base_stopping())
                    return base_error_set(err, BASE_CANCELED, NULL, "interrupted");
            }
        for (size_t i = 0; i < STORES; i++)
            rates[r][i] = control_quantile(found[i], (size_t)set->rounds, 0.5);
    }
    return BASE_OK;
}

static void print_rates(double rates[ROWS][STORES], const struct serving *s)
{
    printf(
        "\nGETs and lists: the RP's front end and store in this process behind its own HTTP "
        "server (plain HTTP on loopback, client certificate taken as checked), one client, one "
        "connection; any resource, pages of 100; /s: answers a second of CPU time, the client's "
        "included (what else runs on the machine does not count), median of rounds in turn;\n"
        "\"of bare\": rate beside /healthz of the same store; \"of 10\" / \"of 1000\": beside the "
        "same question at that store\n%-56s",
        "");
    for (size_t i = 0; i < STORES; i++)
        printf(" %9lld resources      ", (long long)s->stores[i].resources);
    printf("\n");
    for (size_t r = 0; r < ROWS; r++) {
        printf("%-56s", rows[r].name);
        for (size_t i = 0; i < STORES; i++) {
            printf(" %7.0f/s", rates[r][i]);
            if (i > rows[r].beside)
                printf(" %4.2f of %-4lld", rates[r][i] / rates[r][rows[r].beside],
                       (long long)s->stores[rows[r].beside].resources);
            else
                printf(" %4.2f of bare", rates[r][i] / rates[0][i]);
        }
        printf("\n");
    }
}

static void print_sizes(const struct serving *s)
{
    printf("\ndatabase: workspaces with %d connectors each, written through the RP's storage "
           "library as copies of what it keeps of a workspace and connector it has made (row, "
           "intents, ended operation)\n",
           CONTROL_CONNECTORS);
    for (size_t i = 0; i < STORES; i++)
        printf("%9lld resources: %9.1f KiB, %5.2f KiB a resource%s\n",
               (long long)s->stores[i].resources, (double)s->stores[i].bytes / 1024,
               (double)s->stores[i].bytes / 1024 / (double)s->stores[i].resources,
               s->stores[i].resources > WHOLE_MOST ? " (without intents)" : "");
}
