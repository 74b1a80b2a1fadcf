/* A small world with one vault, for the tests of the Key Vault room: a keeper with every role on the vault, a stranger with none. */
#ifndef VAULT_WORLD_H
#define VAULT_WORLD_H

#include "simulators/keyvault/keyvault.h"
#include "tests/unit/simulator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define OTHER_TENANT "22222222-2222-4222-8222-222222222222"
#define GROUP "/subscriptions/s1/resourceGroups/g1"
#define VAULT GROUP "/providers/Microsoft.KeyVault/vaults/kv-one"
#define HOST "kv-one.vault.azure.net"
#define URL "https://" HOST
#define V "?api-version=7.4"

static struct base_clock wall;
static base_random_t *rng;
static sim_world_t *world;
static kv_t *kv;
static struct sim_principal keeper, stranger, foreigner;
static char *token_of_keeper;
static struct base_http_response answer;
static cJSON *body; /* of `answer`; NULL when it is not JSON */

static char *token_for(const struct sim_principal *who, const char *audience, int lifetime_s)
{
    return sim_token_mint(world, &(struct sim_token_request){.principal = who,
                                                             .audience = audience,
                                                             .app_acr = "1",
                                                             .lifetime_s = lifetime_s});
}

/* One request straight to a handler; the answer stays until the next. */
static int ask(base_http_handler handler, void *context, const char *host,
               const struct base_headers *headers, const char *method, const char *path,
               const char *text)
{
    struct base_arena arena;
    char *plain = base_strdup(path), *query = strchr(plain, '?');

    cJSON_Delete(body);
    base_http_response_release(&answer);
    base_arena_init(&arena);
    if (query)
        *query++ = '\0';
    const struct base_http_request request = {.method = method,
                                              .scheme = "https",
                                              .host = host,
                                              .path = plain,
                                              .query = query ? query : "",
                                              .headers = headers,
                                              .body = text ? text : "",
                                              .body_len = text ? strlen(text) : 0,
                                              .peer = "",
                                              .arena = &arena};
    handler(context, &request, &answer);
    body = answer.body.data ? base_json_parse(answer.body.data, answer.body.len, NULL) : NULL;
    base_arena_release(&arena);
    free(plain);
    return answer.status;
}

/* The data plane, with a token (NULL: none). */
static int call_with(const char *token, const char *method, const char *path, const char *text)
{
    struct base_headers headers = {0};

    if (token)
        base_headers_addf(&headers, "Authorization", "Bearer %s", token);
    int status = ask(kv_handle, kv, HOST, &headers, method, path, text);
    base_headers_release(&headers);
    return status;
}

static int call(const char *method, const char *path, const char *text)
{
    return call_with(token_of_keeper, method, path, text);
}

/* The management side, as ARM calls a provider. */
static int arm(const char *method, const char *path, const char *text)
{
    struct base_headers headers = {0};

    base_headers_add(&headers, "x-ms-client-object-id", keeper.object_id);
    int status = ask(sim_provider_handle, sim_provider_find(world, "Microsoft.KeyVault"),
                     "management.azure.com", &headers, method, path, text);
    base_headers_release(&headers);
    return status;
}

static const char *text_at(const char *dotted)
{
    const char *value = base_json_text(body, dotted);
    return value ? value : "(absent)";
}

static void assert_refused(int status, const char *code, const char *inner)
{
    assert_string_equal(text_at("error.code"), code);
    assert_string_equal(text_at("error.innererror.code"), inner ? inner : "(absent)");
    assert_int_equal(answer.status, status);
    assert_null(strchr(text_at("error.message"), '{')); /* no place left unfilled */
}

static void assert_ok(int status, int expected)
{
    if (status != expected)
        fail_msg("%d instead of %d: %s", status, expected,
                 answer.body.data ? answer.body.data : "(empty)");
}

static void grant(const struct sim_principal *who, const char *role, const char *scope)
{
    struct sim_assignment assignment = {0};

    base_uuid(rng, assignment.name);
    snprintf(assignment.scope, sizeof assignment.scope, "%s", scope);
    snprintf(assignment.role, sizeof assignment.role, "%s", sim_role_find(role)->guid);
    snprintf(assignment.principal, sizeof assignment.principal, "%s", who->object_id);
    sim_assignment_put(world, &assignment);
}

#define VAULT_BODY                                                                                 \
    "{\"location\":\"westus2\",\"properties\":{\"tenantId\":\"" TENANT                             \
    "\",\"sku\":{\"family\":\"A\",\"name\":\"standard\"},\"enableRbacAuthorization\":true}}"

static void open_world(const char *state_dir)
{
    struct base_error err = {0};

    world = sim_world_new(
        &(struct sim_world_config){.clock = &wall, .random = rng, .state_dir = state_dir}, &err);
    assert_non_null(world);
    add_authority(world);
    kv = kv_add(world, &err);
    assert_non_null(kv);
}

static int set_up(void **state)
{
    (void)state;
    memset(&keeper, 0, sizeof keeper);
    memset(&stranger, 0, sizeof stranger);
    memset(&foreigner, 0, sizeof foreigner);
    base_clock_init(&wall);
    rng = base_random_new("keyvault");
    open_world(NULL);
    sim_tenant_add(world, TENANT, NULL);
    sim_tenant_add(world, OTHER_TENANT, NULL);
    strcpy(keeper.tenant, TENANT);
    strcpy(stranger.tenant, TENANT);
    strcpy(foreigner.tenant, OTHER_TENANT);
    sim_principal_put(world, &keeper);
    sim_principal_put(world, &stranger);
    sim_principal_put(world, &foreigner);
    assert_ok(arm("PUT", VAULT, VAULT_BODY), 200);
    grant(&keeper, "Key Vault Administrator", VAULT);
    token_of_keeper = token_for(&keeper, "https://vault.azure.net", 3600);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    cJSON_Delete(body);
    body = NULL;
    base_http_response_release(&answer);
    free(token_of_keeper);
    kv_free(kv);
    sim_world_free(world);
    base_random_free(rng);
    return 0;
}

#endif
