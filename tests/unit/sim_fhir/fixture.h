/* A world with one FHIR service, a token maker and ways to ask ARM's provider and the service, all
 * in this process. */
#ifndef TEST_FHIR_FIXTURE_H
#define TEST_FHIR_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/file.h"
#include "common/http_client.h"
#include "simulators/fhir/fhir.h"
#include "simulators/kit/rbac.h"
#include "simulators/kit/resource.h"
#include "simulators/kit/token.h"

#define TENANT "11111111-1111-4111-8111-111111111111"
#define GROUP                                                                                      \
    "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg/providers/"             \
    "Microsoft.HealthcareApis/"
#define SERVICE_ID GROUP "services/clinic"
#define HOST "https://clinic.azurehealthcareapis.com"
#define SERVICE_BODY "{\"location\":\"westus2\",\"kind\":\"fhir-R4\",\"properties\":{}}"

struct fixture {
    struct base_clock clock;
    base_random_t *random;
    char *folder; /* state folder; NULL: in memory */
    sim_world_t *world;
    fhir_t *fhir;
    base_http_client_t *client;
    struct sim_principal user;
    char *bearer;
    struct base_http_answer answer;
    cJSON *body; /* of the answer; NULL when it has none */
};

static inline void serve_keys(void *world, const struct base_http_request *request,
                              struct base_http_response *response)
{
    (void)request;
    base_http_answer_json_take(response, 200, sim_token_jwks(world));
}

static inline void world_open(struct fixture *f)
{
    struct base_error err = {0};

    f->world = sim_world_new(&(struct sim_world_config){&f->clock, f->random, f->folder}, &err);
    assert_non_null(f->world);
    f->fhir = fhir_add(f->world, &err);
    if (!f->fhir)
        fail_msg("%s", err.message);
    sim_host_add(f->world, SIM_AUTHORITY_HOST, "entra", serve_keys, f->world);
    f->client = base_http_client_new_loopback(sim_dispatch, f->world);
}

static inline void forget_answer(struct fixture *f)
{
    base_http_answer_release(&f->answer);
    f->answer = (struct base_http_answer){0};
    cJSON_Delete(f->body);
    f->body = NULL;
}

static inline void world_close(struct fixture *f)
{
    forget_answer(f);
    base_http_client_free(f->client);
    fhir_free(f->fhir);
    sim_world_free(f->world);
}

static inline char *token_for(struct fixture *f, const char *audience)
{
    char *token =
        sim_token_mint(f->world, &(struct sim_token_request){&f->user, audience, "1", 3600});
    char *bearer = base_asprintf("Bearer %s", token);

    free(token);
    return bearer;
}

/* One request as the ARM front door would pass it on; the answer's body is in f->body. */
static inline int arm(struct fixture *f, const char *method, const char *path, const char *body)
{
    struct base_arena arena;
    struct base_headers headers = {0};
    struct base_http_response response = {0};

    base_arena_init(&arena);
    base_headers_add(&headers, "referer", "https://management.azure.com/x");
    base_headers_add(&headers, "x-ms-home-tenant-id", TENANT);
    struct base_http_request request = {.method = method,
                                        .scheme = "https",
                                        .host = "management.azure.com",
                                        .path = path,
                                        .query = "api-version=2021-11-01",
                                        .headers = &headers,
                                        .body = body ? body : "",
                                        .body_len = body ? strlen(body) : 0,
                                        .peer = "",
                                        .arena = &arena};
    sim_provider_handle(sim_provider_find(f->world, "Microsoft.HealthcareApis"), &request,
                        &response);
    int status = response.status;
    forget_answer(f);
    if (response.body.len)
        f->body = base_json_parse(response.body.data, response.body.len, NULL);
    base_http_response_release(&response);
    base_headers_release(&headers);
    base_arena_release(&arena);
    return status;
}

/* `headers`: "Name: value\n..." lines; Authorization and Content-Type are added unless given. */
static inline int ask_at(struct fixture *f, const char *host, const char *method, const char *path,
                         const char *headers, const char *body)
{
    struct base_headers list = {0};
    char *text = base_strdup(headers ? headers : ""), *rest = text, *line;
    char *url = base_asprintf("%s%s", host, path);
    struct base_error err = {0};

    while ((line = strsep(&rest, "\n")) != NULL) {
        char *colon = strstr(line, ": ");
        if (!colon)
            continue;
        *colon = '\0';
        base_headers_add(&list, line, colon + 2);
    }
    if (!base_headers_get(&list, "Authorization"))
        base_headers_add(&list, "Authorization", f->bearer);
    if (body && !base_headers_get(&list, "Content-Type"))
        base_headers_add(&list, "Content-Type", "application/fhir+json");
    forget_answer(f);
    struct base_http_call call = {.method = method,
                                  .url = url,
                                  .headers = &list,
                                  .body = body,
                                  .body_len = body ? strlen(body) : 0};
    if (base_http_send(f->client, &call, &f->answer, &err) != BASE_OK)
        fail_msg("%s", err.message);
    if (f->answer.body.len)
        f->body = base_json_parse(f->answer.body.data, f->answer.body.len, NULL);
    base_headers_release(&list);
    free(text);
    free(url);
    return f->answer.status;
}

static inline int ask(struct fixture *f, const char *method, const char *path, const char *headers,
                      const char *body)
{
    return ask_at(f, HOST, method, path, headers, body);
}

static inline const char *header(struct fixture *f, const char *name)
{
    const char *value = base_headers_get(&f->answer.headers, name);
    return value ? value : "";
}

static inline const char *text_at(struct fixture *f, const char *dotted)
{
    const char *text = base_json_text(f->body, dotted);
    return text ? text : "";
}

static inline int entries(struct fixture *f)
{
    return cJSON_GetArraySize(base_json_at(f->body, "entry"));
}

static inline void assert_issue(struct fixture *f, const char *code)
{
    assert_string_equal(text_at(f, "resourceType"), "OperationOutcome");
    assert_string_equal(text_at(f, "issue.0.code"), code);
}

static inline void assign(struct fixture *f, const char *scope, const char *role)
{
    struct sim_assignment assignment = {0};

    base_uuid(f->random, assignment.name);
    snprintf(assignment.scope, sizeof assignment.scope, "%s", scope);
    snprintf(assignment.role, sizeof assignment.role, "%s", sim_role_find(role)->guid);
    snprintf(assignment.principal, sizeof assignment.principal, "%s", f->user.object_id);
    sim_assignment_put(f->world, &assignment);
}

static inline int setup_with(void **state, bool folder)
{
    struct fixture *f = base_alloc(sizeof *f);
    char template[] = "/tmp/fhir-test-XXXXXX";

    base_clock_init(&f->clock);
    f->random = base_random_new("fhir");
    if (folder)
        f->folder = base_strdup(mkdtemp(template));
    world_open(f);
    sim_tenant_add(f->world, TENANT, "contoso.example");
    snprintf(f->user.tenant, sizeof f->user.tenant, "%s", TENANT);
    snprintf(f->user.name, sizeof f->user.name, "user");
    sim_principal_put(f->world, &f->user);
    assert_int_equal(arm(f, "PUT", SERVICE_ID, SERVICE_BODY), 201);
    assign(f, SERVICE_ID, "FHIR Data Contributor");
    f->bearer = token_for(f, HOST);
    *state = f;
    return 0;
}

static inline int setup(void **state)
{
    return setup_with(state, false);
}

static inline int setup_folder(void **state)
{
    return setup_with(state, true);
}

static inline int teardown(void **state)
{
    struct fixture *f = *state;

    world_close(f);
    if (f->folder)
        assert_int_equal(base_dir_remove(f->folder, NULL), BASE_OK);
    base_random_free(f->random);
    free(f->folder);
    free(f->bearer);
    free(f);
    return 0;
}

#endif
