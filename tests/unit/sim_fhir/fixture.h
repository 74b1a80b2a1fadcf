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
#include "tests/unit/simulator.h"

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

static inline void world_open(struct fixture *f)
{
    struct base_error err = {0};

    f->world = sim_world_new(&(struct sim_world_config){&f->clock, f->random, f->folder}, &err);
    assert_non_null(f->world);
    f->fhir = fhir_add(f->world, &err);
    if (!f->fhir)
        fail_msg("%s", err.message);
    add_authority(f->world);
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

/* One request as the ARM front door would pass it on; the answer's body is in f->body. */
static inline int arm(struct fixture *f, const char *method, const char *path, const char *body)
{
    forget_answer(f);
    return ask_provider(
        f->world,
        &(struct provider_ask){"Microsoft.HealthcareApis", "2021-11-01", method, path, body},
        &f->body);
}

/* `headers`: "Name: value\n..." lines; Authorization and Content-Type are added unless given. */
static inline int ask_at(struct fixture *f, const char *host, const char *method, const char *path,
                         const char *headers, const char *body)
{
    struct base_headers list = {0};
    char *url = base_asprintf("%s%s", host, path);
    struct base_error err = {0};

    add_header_lines(&list, headers);
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

static inline int setup_with(void **state, bool folder)
{
    struct fixture *f = base_alloc(sizeof *f);
    char template[] = "/tmp/fhir-test-XXXXXX";

    base_clock_init(&f->clock);
    f->random = base_random_new("fhir");
    if (folder)
        f->folder = base_strdup(mkdtemp(template));
    world_open(f);
    f->user = add_user(f->world);
    assert_int_equal(arm(f, "PUT", SERVICE_ID, SERVICE_BODY), 201);
    give_role(f->world, &f->user, SERVICE_ID, "FHIR Data Contributor");
    f->bearer = bearer_for(f->world, &f->user, HOST);
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
