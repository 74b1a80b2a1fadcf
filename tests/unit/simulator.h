/* What the tests of the simulators' rooms share: a world that checks tokens, a user with roles, and a request as ARM passes it on to a
 * provider. */
#ifndef TEST_SIMULATOR_H
#define TEST_SIMULATOR_H

#include "common/http.h"
#include "common/json.h"
#include "simulators/kit/rbac.h"
#include "simulators/kit/resource.h"
#include "simulators/kit/token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TENANT "11111111-1111-4111-8111-111111111111"

static inline void serve_keys(void *world, const struct base_http_request *request,
                              struct base_http_response *response)
{
    (void)request;
    base_http_answer_json_take(response, 200, sim_token_jwks(world));
}

/* The world's tokens can be checked from now on. */
static inline void add_authority(sim_world_t *world)
{
    sim_host_add(world, SIM_AUTHORITY_HOST, "entra", serve_keys, world);
}

static inline struct sim_principal add_user(sim_world_t *world)
{
    struct sim_principal user = {0};

    sim_tenant_add(world, TENANT, "contoso.example");
    snprintf(user.tenant, sizeof user.tenant, "%s", TENANT);
    snprintf(user.name, sizeof user.name, "user");
    sim_principal_put(world, &user);
    return user;
}

static inline void give_role(sim_world_t *world, const struct sim_principal *user,
                             const char *scope, const char *role)
{
    struct sim_assignment assignment = {0};

    base_uuid(sim_world_random(world), assignment.name);
    snprintf(assignment.scope, sizeof assignment.scope, "%s", scope);
    snprintf(assignment.role, sizeof assignment.role, "%s", sim_role_find(role)->guid);
    snprintf(assignment.principal, sizeof assignment.principal, "%s", user->object_id);
    sim_assignment_put(world, &assignment);
}

/* "Bearer ..." for an hour; the caller's. */
static inline char *bearer_for(sim_world_t *world, const struct sim_principal *user,
                               const char *audience)
{
    char *token = sim_token_mint(world, &(struct sim_token_request){user, audience, "1", 3600});
    char *bearer = base_asprintf("Bearer %s", token);

    free(token);
    return bearer;
}

/* `lines`: "Name: value\n...", or NULL. */
static inline void add_header_lines(struct base_headers *headers, const char *lines)
{
    char *text = base_strdup(lines ? lines : ""), *rest = text, *line;

    while ((line = strsep(&rest, "\n")) != NULL) {
        char *colon = strstr(line, ": ");
        if (!colon)
            continue;
        *colon = '\0';
        base_headers_add(headers, line, colon + 2);
    }
    free(text);
}

struct provider_ask { /* as the front door would pass it on */
    const char *namespace, *api_version, *method, *path;
    const char *body; /* NULL: none */
};

/* Returns the status; *out (when asked for) is the answer's body, the caller's, NULL when it has none. */
static inline int ask_provider(sim_world_t *world, const struct provider_ask *ask, cJSON **out)
{
    struct base_arena arena;
    struct base_headers headers = {0};
    struct base_http_response response = {0};
    struct base_http_request request = {.method = ask->method,
                                        .scheme = "https",
                                        .host = "management.azure.com",
                                        .path = ask->path,
                                        .headers = &headers,
                                        .body = ask->body ? ask->body : "",
                                        .body_len = ask->body ? strlen(ask->body) : 0,
                                        .peer = "",
                                        .arena = &arena};
    int status;

    base_arena_init(&arena);
    request.query = base_arena_printf(&arena, "api-version=%s", ask->api_version);
    base_headers_add(&headers, "referer", "https://management.azure.com/x");
    base_headers_add(&headers, "x-ms-home-tenant-id", TENANT);
    sim_provider_handle(sim_provider_find(world, ask->namespace), &request, &response);
    status = response.status;
    if (out)
        *out =
            response.body.len ? base_json_parse(response.body.data, response.body.len, NULL) : NULL;
    base_http_response_release(&response);
    base_headers_release(&headers);
    base_arena_release(&arena);
    return status;
}

#endif
