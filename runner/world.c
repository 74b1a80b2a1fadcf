/* Decides how a run reaches its cloud and who it is there. */
#include "runner/world.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static const char *const principal_names[] = {"customer", "operator"};

static void add_principal(struct run_world *world, const char *name)
{
    const cJSON *node = base_json_at(world->endpoints, name);
    const char *tenant = base_json_text(node, "tenant"), *client = base_json_text(node, "clientId");
    const char *secret = base_json_text(node, "clientSecret");

    if (!tenant || !client || !secret)
        return;
    size_t at = world->principal_count++;
    world->principals[at].name = base_strdup(name);
    world->principals[at].tenant = base_strdup(tenant);
    world->principals[at].credential =
        az_credential_secret(&world->az, NULL, tenant, client, secret);
}

enum base_status run_world_expect_up(const char *state_dir, struct base_error *err)
{
    char *path = base_asprintf("%s/lock", state_dir);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool held = fd < 0 || flock(fd, LOCK_SH | LOCK_NB) != 0;

    if (fd >= 0)
        close(fd);
    free(path);
    return held ? BASE_OK
                : base_error_set(err, BASE_NOT_FOUND, NULL,
                                 "no cloud is up in %s any more; start it again with: iomt up "
                                 "--state-dir %s",
                                 state_dir, state_dir);
}

enum base_status run_world_open(struct run_world *world, const char *state_dir,
                                struct base_error *err)
{
    char *path = base_asprintf("%s/endpoints.json", state_dir);
    struct base_http_client_config config = {0}, plain = {.proxy = ""};
    struct base_error found = {0};

    memset(world, 0, sizeof *world);
    world->endpoints = base_json_load(path, &found);
    free(path);
    if (!world->endpoints)
        return base_error_set(err, found.status, NULL,
                              "no cloud is up in %s (%s); start one with: iomt up --state-dir %s",
                              state_dir, found.message, state_dir);
    const char *clock = base_json_text(world->endpoints, "clock");
    if (clock && *clock)
        setenv("IOMT_CLOCK", clock, 1);
    if (base_clock_from_env(&world->clock, err) != BASE_OK)
        return BASE_INVALID;
    world->random = base_random_from_env();
    world->proxy = base_strdup(base_json_text(world->endpoints, "proxy"));
    world->ca_file = base_strdup(base_json_text(world->endpoints, "caFile"));
    world->control = base_strdup(base_json_text(world->endpoints, "control"));
    config.proxy = world->proxy;
    config.ca_file = world->ca_file;
    world->http = base_http_client_new(&config);
    world->plain = base_http_client_new(&plain);
    world->az =
        (struct az_client){.http = world->http, .clock = &world->clock, .random = world->random};
    for (size_t i = 0; i < sizeof principal_names / sizeof *principal_names; i++)
        add_principal(world, principal_names[i]);
    return BASE_OK;
}

void run_world_close(struct run_world *world)
{
    for (size_t i = 0; i < world->principal_count; i++) {
        free(world->principals[i].name);
        free(world->principals[i].tenant);
        az_credential_free(world->principals[i].credential);
    }
    base_http_client_free(world->http);
    base_http_client_free(world->plain);
    base_random_free(world->random);
    cJSON_Delete(world->endpoints);
    free(world->control);
    free(world->proxy);
    free(world->ca_file);
    memset(world, 0, sizeof *world);
}

enum base_status run_world_credential(struct run_world *world, const char *name,
                                      az_credential_t **out, struct base_error *err)
{
    *out = NULL;
    if (!strcmp(name, "nobody"))
        return BASE_OK;
    for (size_t i = 0; i < world->principal_count; i++) {
        if (!strcmp(world->principals[i].name, name)) {
            *out = world->principals[i].credential;
            return BASE_OK;
        }
    }
    return base_error_set(err, BASE_NOT_FOUND, NULL,
                          "there is no principal \"%s\"; expected customer, operator or nobody",
                          name);
}

char *run_audience_of(const char *url)
{
    static const struct {
        const char *host, *audience; /* NULL: the host itself */
    } services[] = {
        {"management.azure.com", AZ_ARM_RESOURCE},
        {"*.vault.azure.net", "https://vault.azure.net"},
        {"*.blob.core.windows.net", "https://storage.azure.com/"},
        {"*.servicebus.windows.net", "https://eventhubs.azure.net"},
        {"*.azurehealthcareapis.com", NULL},
    };
    struct base_arena arena;
    struct base_uri uri;
    char *audience = NULL;

    base_arena_init(&arena);
    if (base_uri_parse(&arena, url, &uri))
        for (size_t i = 0; i < sizeof services / sizeof *services && !audience; i++)
            if (base_glob_nocase(services[i].host, uri.host))
                audience = services[i].audience ? base_strdup(services[i].audience)
                                                : base_asprintf("https://%s", uri.host);
    base_arena_release(&arena);
    return audience;
}

enum base_status run_control(struct run_world *world, const char *method, const char *path,
                             const cJSON *body, cJSON **out, struct base_error *err)
{
    struct base_http_answer answer = {0};
    struct base_headers headers = {0};
    enum base_status status;

    *out = NULL;
    if (!world->control)
        return base_error_set(err, BASE_UNSUPPORTED, NULL,
                              "this cloud has no control API: %s cannot be asked", path);
    char *url = base_asprintf("%s%s", world->control, path),
         *text = body ? base_json_print(body) : NULL;
    base_headers_set(&headers, "Content-Type", "application/json");
    struct base_http_call call = {.method = method,
                                  .url = url,
                                  .headers = &headers,
                                  .body = text,
                                  .body_len = text ? strlen(text) : 0};
    status = base_http_send(world->plain, &call, &answer, err);
    if (status == BASE_OK && answer.status / 100 != 2)
        status = base_error_set(err, base_status_of_http(answer.status), NULL,
                                "%s %s answered %d: %.300s", method, url, answer.status,
                                answer.body.len ? answer.body.data : "");
    else if (status == BASE_OK && answer.body.len)
        *out = base_json_parse(answer.body.data, answer.body.len, err);
    base_headers_release(&headers);
    base_http_answer_release(&answer);
    free(text);
    free(url);
    return status;
}
