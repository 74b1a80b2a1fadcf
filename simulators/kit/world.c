/* Decides how a world is opened, who answers for which host, and how simulators call each other. */
#include "simulators/kit/internal.h"
#include "simulators/kit/control.h"
#include "simulators/kit/fault_private.h"
#include "simulators/kit/keys.h"
#include "simulators/kit/token.h"
#include "simulators/kit/trace.h"

#include "common/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const migrations[] = {
    "CREATE TABLE document (room TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY "
    "(room, key)) WITHOUT ROWID",
    NULL,
};

static base_db_t *open_store(sim_world_t *world, struct base_error *err)
{
    struct base_db_config config = {.path = ":memory:", .migrations = migrations};
    char *path = NULL;

    if (world->state_dir) {
        if (base_dir_make(world->state_dir, err) != BASE_OK)
            return NULL;
        path = base_asprintf("%s/azsim.db", world->state_dir);
        config.path = path;
    }
    base_db_t *db = base_db_open(&config, err);
    free(path);
    return db;
}

sim_world_t *sim_world_new(const struct sim_world_config *config, struct base_error *err)
{
    sim_world_t *world = base_alloc(sizeof *world);

    world->clock = config->clock;
    world->random = config->random;
    world->state_dir = base_strdup(config->state_dir);
    pthread_mutex_init(&world->lock, NULL);
    world->db = open_store(world, err);
    if (!world->db)
        goto fail;
    world->keys = sim_keys_open();
    if (config->keys_ahead)
        sim_keys_prepare(world, config->keys_ahead);
    world->trace = sim_trace_open(world);
    world->faults = sim_faults_open();
    world->declared = sim_settings_open();
    world->rates = sim_rates_open();
    sim_view_add(world, "refusals", sim_trace_refusals, world);
    world->directory = sim_directory_open(world);
    world->rbac = sim_rbac_open(world);
    world->resources = sim_resources_open(world);
    world->pki = sim_pki_open(world, err);
    world->tokens = world->pki ? sim_tokens_open(world, err) : NULL;
    if (world->tokens)
        return world;
fail:
    sim_world_free(world);
    return NULL;
}

static void list_free(struct sim_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].name);
        free(list->items[i].value);
        free(list->items[i].method);
    }
    free(list->items);
}

void sim_world_free(sim_world_t *world)
{
    if (!world)
        return;
    sim_resources_close(world->resources);
    sim_tokens_close(world->tokens);
    sim_pki_close(world->pki);
    sim_rbac_close(world->rbac);
    sim_directory_close(world->directory);
    sim_keys_close(world->keys);
    sim_faults_close(world->faults);
    sim_settings_close(world->declared);
    sim_rates_close(world->rates);
    sim_trace_close(world->trace);
    for (size_t i = 0; i < world->host_count; i++) {
        free(world->hosts[i].pattern);
        free(world->hosts[i].service);
    }
    free(world->hosts);
    list_free(&world->settings);
    list_free(&world->views);
    list_free(&world->controls);
    base_db_close(world->db);
    pthread_mutex_destroy(&world->lock);
    free(world->state_dir);
    free(world);
}

const struct base_clock *sim_world_clock(const sim_world_t *world)
{
    return world->clock;
}

base_random_t *sim_world_random(const sim_world_t *world)
{
    return world->random;
}

const char *sim_world_state_dir(const sim_world_t *world)
{
    return world->state_dir;
}

int64_t sim_now_ms(const sim_world_t *world)
{
    return base_clock_ms(world->clock);
}

void sim_host_add(sim_world_t *world, const char *pattern, const char *service,
                  base_http_handler handler, void *context)
{
    pthread_mutex_lock(&world->lock);
    world->hosts = base_realloc(world->hosts, (world->host_count + 1) * sizeof *world->hosts);
    world->hosts[world->host_count++] =
        (struct sim_host){base_strdup(pattern), base_strdup(service), handler, context};
    pthread_mutex_unlock(&world->lock);
}

void sim_host_each(const sim_world_t *world,
                   void (*each)(void *context, const char *pattern, const char *service),
                   void *context)
{
    for (size_t i = 0; i < world->host_count; i++)
        each(context, world->hosts[i].pattern, world->hosts[i].service);
}

static const struct sim_host *find_host(const sim_world_t *world, const char *host)
{
    char name[256];
    size_t len = strcspn(host, ":");

    if (len >= sizeof name)
        return NULL;
    memcpy(name, host, len);
    name[len] = '\0';
    for (size_t i = 0; i < world->host_count; i++)
        if (base_glob_nocase(world->hosts[i].pattern, name))
            return &world->hosts[i];
    return NULL;
}

/* The name of whoever holds the token, for the trace only: nothing is verified here. */
static void caller_name(sim_world_t *world, const struct base_http_request *request, char *out,
                        size_t size)
{
    const char *authorization = base_headers_get(request->headers, "Authorization");
    struct sim_principal principal;
    struct base_jwt jwt = {0};

    snprintf(out, size, "anonymous");
    if (request->client_subject)
        snprintf(out, size, "%s", request->client_subject);
    if (!authorization)
        return;
    snprintf(out, size, "key");
    if (!base_starts_nocase(authorization, "Bearer ") ||
        base_jwt_parse(authorization + 7, &jwt, NULL) != BASE_OK)
        return;
    const char *object = base_json_text(jwt.claims, "oid");
    if (object && sim_principal_by_object(world, object, &principal))
        snprintf(out, size, "%s", principal.name);
    else
        snprintf(out, size, "%s", object ? object : "token");
    base_jwt_release(&jwt);
}

static void trace_exchange(sim_world_t *world, const struct sim_fault_exchange *exchange,
                           const char *caller, int64_t started_ms)
{
    const struct base_http_request *request = exchange->request;
    const struct base_http_response *response = exchange->response;
    struct base_buf url = {0};
    const char *correlation = base_headers_get(request->headers, "x-ms-correlation-request-id");
    char fault[SIM_FAULT_TEXT];

    base_buf_printf(&url, "%s://%s%s%s%s", request->scheme, request->host, request->path,
                    *request->query ? "?" : "", request->query);
    if (exchange->fault.kind)
        sim_fault_text(&exchange->fault, fault);
    sim_trace_add(world, &(struct sim_exchange){
                             .service = exchange->service,
                             .caller = caller,
                             .method = request->method,
                             .url = url.data,
                             .status = response->status,
                             .started_ms = started_ms,
                             .took_ms = (double)(sim_now_ms(world) - started_ms),
                             .request = request->body_len ? request->body : NULL,
                             .answer = response->body.len ? response->body.data : NULL,
                             .correlation =
                                 correlation
                                     ? correlation
                                     : base_headers_get(request->headers, "x-ms-client-request-id"),
                             .call = exchange->call,
                             .fault = exchange->fault.kind ? fault : NULL,
                         });
    base_buf_release(&url);
}

/* The handler's word about who asked goes into the trace and not to the client. */
static void take_caller(sim_world_t *world, struct sim_fault_exchange *exchange, const char *asker,
                        char *out, size_t size)
{
    struct base_headers *headers = &exchange->response->headers;
    const char *told = base_headers_get(headers, SIM_CALLER_HEADER);

    if (told)
        snprintf(out, size, "%s", told);
    else if (asker || exchange->caller[0])
        snprintf(out, size, "%s", asker ? asker : exchange->caller);
    else
        caller_name(world, exchange->request, out, size);
    base_headers_set(headers, SIM_CALLER_HEADER, NULL);
}

/* Names the exchange beforehand: only rules need that. */
static void suffer(sim_world_t *world, struct sim_fault_exchange *exchange, const char *asker)
{
    if (asker)
        snprintf(exchange->caller, sizeof exchange->caller, "%s", asker);
    else
        caller_name(world, exchange->request, exchange->caller, sizeof exchange->caller);
    sim_fault_name(world, exchange);
    sim_fault_before(world, exchange);
}

static void dispatch_as(sim_world_t *world, const char *caller,
                        const struct base_http_request *request,
                        struct base_http_response *response)
{
    const struct sim_host *host = find_host(world, request->host);
    int64_t started = sim_now_ms(world);
    char name[160];

    if (!host) {
        base_buf_printf(&response->body, "no simulator serves %s\n", request->host);
        base_headers_set(&response->headers, "Content-Type", "text/plain");
        response->status = 502;
        return;
    }
    struct sim_fault_exchange exchange = {.service = host->service,
                                          .request = request,
                                          .response = response,
                                          .in_process = caller != NULL};
    if (sim_fault_armed(world))
        suffer(world, &exchange, caller);
    else
        sim_fault_name(world, &exchange);
    if (!exchange.answered) {
        host->handler(host->context, request, response);
        if (!response->status)
            response->status = 500;
    }
    take_caller(world, &exchange, caller, name, sizeof name);
    if (exchange.fault.kind)
        sim_fault_after(world, &exchange);
    trace_exchange(world, &exchange, name, started);
}

void sim_dispatch(void *world, const struct base_http_request *request,
                  struct base_http_response *response)
{
    dispatch_as(world, NULL, request, response);
}

void sim_call(sim_world_t *world, const char *caller, const char *method, const char *url,
              const struct base_headers *headers, const char *body,
              struct base_http_response *answer)
{
    static const struct base_headers none = {0};
    struct base_arena arena;
    struct base_uri uri;

    base_arena_init(&arena);
    if (base_uri_parse(&arena, url, &uri)) {
        struct base_http_request request = {
            .method = method,
            .scheme = uri.scheme,
            .host = uri.host,
            .path = uri.path,
            .query = uri.query,
            .headers = headers ? headers : &none,
            .body = body ? body : "",
            .body_len = body ? strlen(body) : 0,
            .peer = "",
            .arena = &arena,
        };
        dispatch_as(world, caller, &request, answer);
    } else {
        BUG("sim_call to a malformed URL: %s", url);
    }
    base_arena_release(&arena);
}

void sim_store_put(sim_world_t *world, const char *room, const char *key, const cJSON *document)
{
    struct base_error err = {0};
    char *text = base_json_print(document);

    if (base_db_run(world->db, NULL, &err,
                    "INSERT OR REPLACE INTO document (room, key, body) VALUES (?, ?, ?)", "ttt",
                    room, key, text) != BASE_OK)
        BUG("the world's store refuses %s/%s: %s", room, key, err.message);
    free(text);
}

void sim_store_delete(sim_world_t *world, const char *room, const char *key)
{
    struct base_error err = {0};

    if (base_db_run(world->db, NULL, &err, "DELETE FROM document WHERE room = ? AND key = ?", "tt",
                    room, key) != BASE_OK)
        BUG("the world's store refuses to delete %s/%s: %s", room, key, err.message);
}

void sim_store_each(sim_world_t *world, const char *room,
                    void (*each)(void *context, const char *key, const cJSON *document),
                    void *context)
{
    struct base_db_statement rows;
    struct base_error err = {0};

    if (base_db_query(world->db, &rows, &err,
                      "SELECT key, body FROM document WHERE room = ? ORDER BY key", "t",
                      room) != BASE_OK)
        BUG("the world's store cannot be read: %s", err.message);
    while (base_db_next(&rows, &err)) {
        const char *text = base_db_text(&rows, 1);
        cJSON *document = base_json_parse(text, strlen(text), &err);
        if (document)
            each(context, base_db_text(&rows, 0), document);
        cJSON_Delete(document);
    }
    base_db_done(&rows);
    if (err.status != BASE_OK)
        BUG("the world's store cannot be read: %s", err.message);
}

static struct sim_named *list_grow(struct sim_list *list)
{
    list->items = base_realloc(list->items, (list->count + 1) * sizeof *list->items);
    memset(&list->items[list->count], 0, sizeof *list->items);
    return &list->items[list->count++];
}

void sim_setting_set(sim_world_t *world, const char *name, const char *value)
{
    pthread_mutex_lock(&world->lock);
    struct sim_named *setting =
        list_grow(&world->settings); /* older values stay alive for their borrowers */
    setting->name = base_strdup(name);
    setting->value = value ? base_strdup(value) : NULL;
    pthread_mutex_unlock(&world->lock);
}

const char *sim_setting(const sim_world_t *world, const char *name)
{
    const struct sim_named *newest = NULL;

    pthread_mutex_lock((pthread_mutex_t *)&world->lock);
    for (size_t i = world->settings.count; i-- && !newest;)
        if (base_equal(world->settings.items[i].name, name))
            newest = &world->settings.items[i];
    const char *value = newest ? newest->value : NULL;
    pthread_mutex_unlock((pthread_mutex_t *)&world->lock);
    return value;
}

void sim_view_add(sim_world_t *world, const char *name, cJSON *(*view)(void *context),
                  void *context)
{
    pthread_mutex_lock(&world->lock);
    struct sim_named *entry = list_grow(&world->views);
    entry->name = base_strdup(name);
    entry->view = view;
    entry->context = context;
    pthread_mutex_unlock(&world->lock);
}

cJSON *sim_view_get(sim_world_t *world, const char *name)
{
    struct sim_named found = {0};

    pthread_mutex_lock(&world->lock);
    for (size_t i = 0; i < world->views.count; i++)
        if (base_equal(world->views.items[i].name, name))
            found = world->views.items[i];
    pthread_mutex_unlock(&world->lock);
    return found.view ? found.view(found.context) : NULL;
}

cJSON *sim_view_all(sim_world_t *world)
{
    cJSON *all = cJSON_CreateObject();

    for (size_t i = 0; i < world->views.count; i++)
        cJSON_AddItemToObject(all, world->views.items[i].name,
                              world->views.items[i].view(world->views.items[i].context));
    return all;
}

void sim_control_add(sim_world_t *world, const char *method, const char *path,
                     base_http_handler handler, void *context)
{
    pthread_mutex_lock(&world->lock);
    struct sim_named *entry = list_grow(&world->controls);
    entry->name = base_strdup(path);
    entry->method = base_strdup(method);
    entry->handler = handler;
    entry->context = context;
    pthread_mutex_unlock(&world->lock);
}
