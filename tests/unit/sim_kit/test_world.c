/* The kit: tokens that are believed or not, roles that are inherited, resources that come and go, secrets that are masked,
 * and a world that is the same when it is opened again. */
#include "simulators/kit/control.h"
#include "simulators/kit/keys.h"
#include "simulators/kit/trace.h"

#include "common/file.h"
#include "tests/unit/simulator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define GROUP "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/g"
#define BOX GROUP "/providers/Test.Boxes/boxes/b1"

static struct base_clock clock_;
static base_random_t *random_;
static int removed; /* changed() calls that told of a removal */

static sim_world_t *open_world(const char *state_dir)
{
    struct base_error err = {0};
    sim_world_t *world = sim_world_new(
        &(struct sim_world_config){.clock = &clock_, .random = random_, .state_dir = state_dir},
        &err);

    if (!world)
        fail_msg("%s", err.message);
    add_authority(world);
    return world;
}

/* ---- tokens ---- */

static char *token_for(sim_world_t *world, const char *audience, int lifetime_s)
{
    struct sim_principal principal = {.tenant = TENANT, .name = "alice"};

    sim_tenant_add(world, TENANT, "contoso.example");
    sim_principal_put(world, &principal);
    return sim_token_mint(world, &(struct sim_token_request){.principal = &principal,
                                                             .audience = audience,
                                                             .app_acr = "1",
                                                             .lifetime_s = lifetime_s});
}

static void expect_code(sim_world_t *world, const char *token, const char *code)
{
    static const char *const audiences[] = {"https://vault.azure.net", NULL};
    struct base_error err = {0};
    struct sim_caller caller;
    enum base_status status = sim_token_check(world, token, audiences, &caller, &err);

    if (code) {
        assert_int_equal(status, BASE_UNAUTHENTICATED);
        assert_string_equal(err.code, code);
    } else {
        assert_int_equal(status, BASE_OK);
        assert_string_equal(caller.name, "alice");
    }
}

static void tokens_are_checked(void **state)
{
    sim_world_t *world = open_world(NULL), *other = open_world(NULL);
    char *good = token_for(world, "https://vault.azure.net/", 3600),
         *old = token_for(world, "https://vault.azure.net", -1);
    char *wrong = token_for(world, "https://storage.azure.com", 3600),
         *foreign = token_for(other, "https://vault.azure.net", 3600);

    (void)state;
    for (int i = 0; i < 2; i++) { /* the second time it is known already */
        expect_code(world, good, NULL);
        expect_code(world, old, "ExpiredToken");
        expect_code(world, wrong, "InvalidAudience");
        expect_code(world, foreign, "InvalidToken");
    }
    expect_code(world, "", "MissingToken");
    expect_code(world, "Bearer x.y", "InvalidToken");
    good[strlen(good) - 10] = good[strlen(good) - 10] == 'A' ? 'B' : 'A';
    expect_code(world, good, "InvalidToken");
    free(good);
    free(old);
    free(wrong);
    free(foreign);
    sim_world_free(world);
    sim_world_free(other);
}

/* ---- roles ---- */

/* The principal needs no entry in the directory here. */
static void assign(sim_world_t *world, const char *role, const char *scope)
{
    give_role(world, &(struct sim_principal){.object_id = TENANT}, scope, role);
}

static void roles_are_inherited_downwards(void **state)
{
    static const char receive[] = "Microsoft.EventHub/namespaces/messages/receive/action";
    static const char send[] = "Microsoft.EventHub/namespaces/messages/send/action";
    sim_world_t *world = open_world(NULL);

    (void)state;
    assert_false(sim_rbac_allows(world, TENANT, receive, true, BOX));
    assign(world, "Azure Event Hubs Data Receiver", GROUP);
    assert_true(sim_rbac_allows(world, TENANT, receive, true, BOX));
    assert_true(
        sim_rbac_allows(world, TENANT, receive, true,
                        "/SUBSCRIPTIONS/22222222-2222-2222-2222-222222222222/resourcegroups/G"));
    assert_false(sim_rbac_allows(world, TENANT, send, true, BOX));
    assert_false(sim_rbac_allows(world, TENANT, receive, false, BOX));
    assert_false(sim_rbac_allows(world, TENANT, receive, true, GROUP "2"));
    assert_false(sim_rbac_allows(world, TENANT, receive, true,
                                 "/subscriptions/22222222-2222-2222-2222-222222222222"));
    assign(world, "Contributor", GROUP);
    assert_true(sim_rbac_allows(world, TENANT, "Test.Boxes/boxes/write", false, BOX));
    assert_false(sim_rbac_allows(world, TENANT, "Microsoft.Authorization/roleAssignments/write",
                                 false, BOX));
    assert_int_equal(sim_assignment_remove_below(world, GROUP), 2);
    assert_false(sim_rbac_allows(world, TENANT, receive, true, BOX));
    sim_world_free(world);
}

/* ---- resources ---- */

static bool keep_count(struct sim_resource_call *call, cJSON *body)
{
    if (base_json_at(body, "properties.refuse")) {
        sim_resource_refuse(call->response, 400, "Refused", "properties.refuse", "no");
        return false;
    }
    base_json_set_text(base_json_at(body, "properties"), "provisioningState", "Succeeded");
    return true;
}

static void count_removed(void *context, const cJSON *body, bool gone)
{
    (void)context;
    (void)body;
    removed += gone;
}

static const char *const versions[] = {"2020-01-01", NULL};
static const char *const children[] = {"lids/$Default", NULL};
static const struct sim_resource_type types[] = {
    {.type = "Test.Boxes/boxes",
     .api_versions = versions,
     .tracked = true,
     .created = 201,
     .updated = 200,
     .deleted = 200,
     .put = keep_count,
     .changed = count_removed,
     .defaults = children},
    {.type = "Test.Boxes/boxes/lids",
     .api_versions = versions,
     .created = 200,
     .updated = 200,
     .deleted = 200,
     .changed = count_removed},
    {.type = "Test.Boxes/slow",
     .api_versions = versions,
     .tracked = true,
     .created = 202,
     .updated = 200,
     .deleted = 200,
     .async_create = true,
     .async_delete = true},
};

static int ask(sim_world_t *world, const char *method, const char *path, const char *body,
               cJSON **out, char *location)
{
    struct base_http_response response = {0};
    struct base_headers headers = {0};
    struct base_arena arena;

    base_arena_init(&arena);
    base_headers_add(&headers, "referer", "https://management.azure.com/x");
    base_headers_add(&headers, "x-ms-client-object-id", TENANT);
    struct base_http_request request = {.method = method,
                                        .scheme = "https",
                                        .host = "x",
                                        .path = path,
                                        .query = "api-version=2020-01-01",
                                        .headers = &headers,
                                        .body = body ? body : "",
                                        .body_len = body ? strlen(body) : 0,
                                        .peer = "",
                                        .arena = &arena};
    sim_provider_handle(sim_provider_find(world, "test.boxes"), &request, &response);
    int status = response.status;
    if (out)
        *out =
            response.body.len ? base_json_parse(response.body.data, response.body.len, NULL) : NULL;
    if (location)
        snprintf(location, 512, "%s", base_headers_get(&response.headers, "Location"));
    base_http_response_release(&response);
    base_headers_release(&headers);
    base_arena_release(&arena);
    return status;
}

static void resources_come_and_go(void **state)
{
    sim_world_t *world = open_world(NULL);
    char creator[BASE_UUID_TEXT];
    cJSON *body;

    (void)state;
    sim_provider_add(world, "Test.Boxes", types, 3, NULL);
    assert_int_equal(ask(world, "GET", BOX, NULL, NULL, NULL), 404);
    assert_int_equal(ask(world, "PUT", BOX, "[1]", NULL, NULL), 400);
    assert_int_equal(ask(world, "PUT", BOX, "{", NULL, NULL), 400);
    assert_int_equal(ask(world, "PUT", BOX "/lids/l1", "{}", NULL, NULL), 404);
    assert_int_equal(ask(world, "PUT", BOX, "{\"properties\":{\"refuse\":1}}", &body, NULL), 400);
    assert_string_equal(base_json_text(body, "error.target"), "properties.refuse");
    cJSON_Delete(body);
    assert_int_equal(
        ask(world, "PUT", BOX, "{\"location\":\"here\",\"tags\":{\"a\":\"b\"}}", &body, NULL), 201);
    assert_string_equal(base_json_text(body, "id"), BOX);
    assert_string_equal(base_json_text(body, "properties.provisioningState"), "Succeeded");
    cJSON_Delete(body);
    assert_int_equal(ask(world, "PUT", BOX, "{\"location\":\"here\"}", NULL, NULL), 200);
    sim_resource_creator(world, BOX, creator);
    assert_string_equal(creator, TENANT);
    assert_int_equal(ask(world, "PATCH", BOX, "{\"tags\":{\"c\":\"d\"}}", NULL, NULL), 200);
    assert_int_equal(ask(world, "GET", GROUP "/providers/Test.Boxes/boxes", NULL, &body, NULL),
                     200);
    assert_int_equal(cJSON_GetArraySize(base_json_at(body, "value")), 1);
    assert_string_equal(base_json_text(body, "value.0.tags.c"), "d");
    cJSON_Delete(body);
    assert_int_equal(ask(world, "GET", BOX "/lids", NULL, &body, NULL),
                     200); /* the one that came with it */
    assert_int_equal(cJSON_GetArraySize(base_json_at(body, "value")), 1);
    cJSON_Delete(body);
    assert_int_equal(ask(world, "GET", GROUP "/providers/test.boxes/BOXES/B1", NULL, NULL, NULL),
                     200);
    assert_int_equal(ask(world, "POST", BOX "/open", NULL, NULL, NULL), 404);
    removed = 0;
    assert_int_equal(ask(world, "DELETE", BOX, NULL, NULL, NULL), 200);
    assert_int_equal(removed, 2);
    assert_int_equal(ask(world, "DELETE", BOX, NULL, NULL, NULL), 204);
    sim_world_free(world);
}

static void slow_ones_are_followed(void **state)
{
    static const char slow[] = GROUP "/providers/Test.Boxes/slow/s1";
    sim_world_t *world = open_world(NULL);
    char location[512];

    (void)state;
    sim_provider_add(world, "Test.Boxes", types, 3, NULL);
    assert_int_equal(ask(world, "PUT", slow, "{\"location\":\"here\"}", NULL, location), 202);
    assert_non_null(strstr(location, "https://management.azure.com/subscriptions/"));
    char *path = base_strdup(strstr(location, "/subscriptions/"));
    *strchr(path, '?') = '\0';
    assert_int_equal(ask(world, "GET", path, NULL, NULL, NULL), 200);
    assert_int_equal(ask(world, "DELETE", slow, NULL, NULL, location), 202);
    assert_int_equal(ask(world, "GET", path, NULL, NULL, NULL), 404); /* what it made is gone */
    free(path);
    path = base_strdup(strstr(location, "/subscriptions/"));
    *strchr(path, '?') = '\0';
    assert_int_equal(ask(world, "GET", path, NULL, NULL, NULL), 200);
    free(path);
    sim_world_free(world);
}

/* ---- trace ---- */

static void secrets_are_masked(void **state)
{
    static const struct {
        const char *body, *secret;
    } cases[] = {
        {"{\"access_token\":\"s3cret\"}", "s3cret"},
        {"grant_type=x&client_secret=s3cret&scope=y", "s3cret"},
        {"{\"a\":{\"primaryConnectionString\":\"s3cret\"}}", "s3cret"},
        {"{\"value\":\"0123456789012345678901234567890123456789012345678901234567890123456789\"}",
         "0123456789"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct base_buf out = {0};
        sim_mask(cases[i].body, &out);
        if (strstr(out.data, cases[i].secret))
            fail_msg("%s", out.data);
        base_buf_release(&out);
    }
}

static void exchanges_are_kept_and_refusals_counted(void **state)
{
    sim_world_t *world = open_world(NULL);
    struct base_http_response answer = {0};

    (void)state;
    sim_call(world, "test", "GET", "https://" SIM_AUTHORITY_HOST "/keys?sig=s3cret", NULL, NULL,
             &answer);
    assert_int_equal(answer.status, 200);
    base_http_response_release(&answer);
    cJSON *events = sim_trace_after(world, 0, 10);
    assert_int_equal(cJSON_GetArraySize(events), 1);
    assert_string_equal(base_json_text(events, "0.caller"), "test");
    assert_null(strstr(base_json_text(events, "0.url"), "s3cret"));
    cJSON_Delete(events);
    for (int i = 0; i < 3; i++)
        sim_trace_add(world, &(struct sim_exchange){.service = "blob",
                                                    .caller = "pod",
                                                    .method = "GET",
                                                    .url = "https://x/",
                                                    .status = 403});
    cJSON *refusals = sim_view_get(world, "refusals");
    assert_int_equal(cJSON_GetArraySize(refusals), 1);
    assert_int_equal((int)base_json_number(refusals, "0.count", 0), 3);
    cJSON_Delete(refusals);
    sim_world_free(world);
}

/* ---- state ---- */

static void a_world_opened_again_is_the_same(void **state)
{
    char folder[] = "/tmp/test-world-XXXXXX";
    struct sim_principal alice;

    (void)state;
    assert_non_null(mkdtemp(folder));
    sim_world_t *world = open_world(folder);
    sim_provider_add(world, "Test.Boxes", types, 3, NULL);
    char *token = token_for(world, "https://vault.azure.net", 3600);
    assign(world, "Reader", GROUP);
    assert_int_equal(ask(world, "PUT", BOX, "{\"location\":\"here\"}", NULL, NULL), 201);
    sim_world_free(world);

    world = open_world(folder);
    sim_provider_add(world, "Test.Boxes", types, 3, NULL);
    expect_code(world, token, NULL); /* the signing key and the principal are the same */
    assert_true(sim_rbac_allows(world, TENANT, "Test.Boxes/boxes/read", false, BOX));
    assert_int_equal(ask(world, "GET", BOX, NULL, NULL, NULL), 200);
    assert_false(sim_principal_by_object(world, TENANT, &alice));
    sim_world_free(world);
    free(token);
    assert_int_equal(base_dir_remove(folder, NULL), BASE_OK);
}

/* More keys than are ready, taken at once, and a world that is freed while its makers work. */
static void keys_are_made_ahead(void **state)
{
    struct base_error err = {0};
    base_key_t *keys[3];

    (void)state;
    sim_world_t *world = sim_world_new(
        &(struct sim_world_config){.clock = &clock_, .random = random_, .keys_ahead = 1}, &err);
    assert_non_null(world);
    for (size_t i = 0; i < 3; i++) {
        struct base_buf pem = {0};
        keys[i] = sim_key_take(world);
        assert_non_null(keys[i]);
        for (size_t k = 0; k < i; k++)
            assert_ptr_not_equal(keys[i], keys[k]);
        base_key_pem(keys[i], &pem);
        assert_non_null(strstr(pem.data, "PRIVATE KEY"));
        base_buf_release(&pem);
    }
    sim_world_free(world);
    for (size_t i = 0; i < 3; i++)
        base_key_free(keys[i]);
}

static int set_up(void **state)
{
    (void)state;
    base_clock_init(&clock_);
    random_ = base_random_new(NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    base_random_free(random_);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_checked),
        cmocka_unit_test(roles_are_inherited_downwards),
        cmocka_unit_test(resources_come_and_go),
        cmocka_unit_test(slow_ones_are_followed),
        cmocka_unit_test(secrets_are_masked),
        cmocka_unit_test(exchanges_are_kept_and_refusals_counted),
        cmocka_unit_test(a_world_opened_again_is_the_same),
        cmocka_unit_test(keys_are_made_ahead),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
