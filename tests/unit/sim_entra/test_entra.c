/* The pretend Entra ID: discovery, tokens for each kind of credential, and every refusal it knows. */
#include "simulators/entra/entra.h"
#include "simulators/kit/token.h"
#include "common/crypto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define AUTHORITY "https://login.microsoftonline.com/"
#define TENANT "11111111-1111-4111-8111-111111111111"
#define OTHER "22222222-2222-4222-8222-222222222222"
#define CLIENT "33333333-3333-4333-8333-333333333333"
#define IDENTITY "44444444-4444-4444-8444-444444444444"
#define IDENTITY_OBJECT "55555555-5555-4555-8555-555555555555"
#define IDENTITY_ID                                                                                \
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/"                       \
    "userAssignedIdentities/i"
#define ASSERTION_TYPE "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
#define VAULT_SCOPE "&scope=https%3A%2F%2Fvault.azure.net%2F.default"
#define SECRET_FORM "grant_type=client_credentials&client_id=" CLIENT "&client_secret=s3cret%2B"

#define ASSERTION_FORM                                                                             \
    "grant_type=client_credentials&client_id=" CLIENT "&client_assertion_type=" ASSERTION_TYPE     \
    "&client_assertion="

static struct base_clock wall;
static base_random_t *rng;
static sim_world_t *world;
static entra_t *entra;
static base_key_t *key;
static struct base_http_response answer;
static cJSON *body; /* of `answer`; NULL when not JSON */

static void certify(base_key_t *what, int64_t from, int64_t to)
{
    const struct base_certificate_request request = {
        .common_name = "app", .not_before_ms = from, .not_after_ms = to, .client = true};
    base_key_certify(what, NULL, &request, rng);
}

static void register_certificate(const base_key_t *what)
{
    struct base_buf der = {0};
    base_key_certificate_der(what, &der);
    sim_credential_add_certificate(world, CLIENT, der.data, der.len);
    base_buf_release(&der);
}

static int set_up(void **state)
{
    (void)state;
    struct base_error err = {0};
    base_clock_init(&wall);
    rng = base_random_new("entra");
    world = sim_world_new(&(struct sim_world_config){.clock = &wall, .random = rng}, &err);
    assert_non_null(world);
    entra = entra_add(world, &err);
    sim_tenant_add(world, TENANT, "contoso.example");
    sim_tenant_add(world, OTHER, NULL);
    struct sim_principal app = {.tenant = TENANT, .client_id = CLIENT, .name = "the app"};
    sim_principal_put(world, &app);
    sim_credential_add_secret(world, CLIENT, "s3cret+");
    struct sim_principal identity = {.tenant = TENANT,
                                     .client_id = IDENTITY,
                                     .object_id = IDENTITY_OBJECT,
                                     .kind = SIM_PRINCIPAL_MANAGED_IDENTITY,
                                     .name = "i",
                                     .resource_id = IDENTITY_ID};
    sim_principal_put(world, &identity);
    key = base_key_new_rsa(2048);
    certify(key, sim_now_ms(world) - 86400000, sim_now_ms(world) + 86400000);
    register_certificate(key);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    cJSON_Delete(body);
    base_http_response_release(&answer);
    base_key_free(key);
    entra_free(entra);
    sim_world_free(world);
    base_random_free(rng);
    return 0;
}

/* One request straight to a handler; the answer stays until the next. `header` is "Name: value" or NULL. */
static int ask(base_http_handler handler, const char *method, const char *path, const char *header,
               const char *form)
{
    struct base_arena arena;
    struct base_headers headers = {0};
    char *plain = base_strdup(path), *query = strchr(plain, '?');

    cJSON_Delete(body);
    base_http_response_release(&answer);
    base_arena_init(&arena);
    if (form)
        base_headers_add(&headers, "Content-Type",
                         "application/x-www-form-urlencoded; charset=utf-8");
    if (header) {
        char *name = base_strndup(header, strcspn(header, ":"));
        base_headers_add(&headers, name, strchr(header, ':') + 2);
        free(name);
    }
    if (query)
        *query++ = '\0';
    const struct base_http_request request = {.method = method,
                                              .scheme = "https",
                                              .host = "login.microsoftonline.com",
                                              .path = plain,
                                              .query = query ? query : "",
                                              .headers = &headers,
                                              .body = form ? form : "",
                                              .body_len = form ? strlen(form) : 0,
                                              .peer = "",
                                              .arena = &arena};
    handler(entra, &request, &answer);
    body = answer.body.data ? base_json_parse(answer.body.data, answer.body.len, NULL) : NULL;
    base_headers_release(&headers);
    base_arena_release(&arena);
    free(plain);
    return answer.status;
}

static int get(const char *path)
{
    return ask(entra_handle, "GET", path, NULL, NULL);
}

static int post(const char *path, const char *form)
{
    return ask(entra_handle, "POST", path, NULL, form);
}

static const char *text(const char *dotted)
{
    const char *value = base_json_text(body, dotted);
    return value ? value : "(absent)";
}

static void assert_refused(int status, const char *error, int code)
{
    char prefix[32];
    snprintf(prefix, sizeof prefix, "AADSTS%d: ", code);
    assert_string_equal(text("error"), error);
    assert_int_equal(strncmp(text("error_description"), prefix, strlen(prefix)), 0);
    assert_int_equal((int)base_json_number(body, "error_codes.0", 0), code);
    assert_int_equal(answer.status, status);
    assert_true(base_is_uuid(text("trace_id")));
    assert_true(base_is_uuid(text("correlation_id")));
    assert_int_equal(strlen(text("timestamp")), 20);
    assert_null(strchr(text("error_description"), '{')); /* no place left unfilled */
}

static struct sim_caller checked(const char *audience)
{
    const char *const audiences[] = {audience, NULL};
    struct sim_caller caller;
    struct base_error err = {0};
    char *header = base_asprintf("Bearer %s", text("access_token"));
    if (sim_token_check(world, header, audiences, &caller, &err) != BASE_OK)
        fail_msg("%s: %s", err.code, err.message);
    free(header);
    return caller;
}

static cJSON *claims_of_answer(void)
{
    struct base_jwt jwt;
    assert_int_equal(base_jwt_parse(text("access_token"), &jwt, NULL), BASE_OK);
    cJSON *claims = base_json_copy(jwt.claims);
    base_jwt_release(&jwt);
    return claims;
}

static void discovery_names_the_endpoints(void **state)
{
    (void)state;
    assert_int_equal(get("/" TENANT "/v2.0/.well-known/openid-configuration"), 200);
    assert_string_equal(text("token_endpoint"), AUTHORITY TENANT "/oauth2/v2.0/token");
    assert_string_equal(text("issuer"), AUTHORITY TENANT "/v2.0");
    assert_string_equal(text("jwks_uri"), AUTHORITY TENANT "/discovery/v2.0/keys");
    assert_int_equal(get("/contoso.example/.well-known/openid-configuration"),
                     200); /* by domain name */
    assert_string_equal(text("issuer"), "https://sts.windows.net/" TENANT "/");
    assert_string_equal(text("token_endpoint"), AUTHORITY TENANT "/oauth2/token");
    assert_int_equal(get("/common/v2.0/.well-known/openid-configuration"), 200);
    assert_string_equal(text("issuer"), AUTHORITY "{tenantid}/v2.0");
    assert_int_equal(get("/adfs/.well-known/openid-configuration"), 200);
    assert_string_equal(text("token_endpoint"), AUTHORITY "adfs/oauth2/token");
    assert_int_equal(get("/adfs/contoso.example/.well-known/openid-configuration"), 200);
    assert_string_equal(text("issuer"), "https://sts.windows.net/" TENANT "/");
    assert_int_equal(get("/nobody/v2.0/.well-known/openid-configuration"), 400);
    assert_refused(400, "invalid_tenant", 90002);
}

static void keys_are_served_everywhere(void **state)
{
    (void)state;
    static const char *const paths[] = {"/common/discovery/keys", "/" TENANT "/discovery/v2.0/keys",
                                        "/adfs/discovery/keys"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(get(paths[i]), 200);
        assert_string_equal(text("keys.0.kty"), "RSA");
        assert_string_equal(text("keys.0.use"), "sig");
        assert_string_equal(text("keys.0.kid"), text("keys.0.x5t"));
        assert_non_null(base_json_text(body, "keys.0.x5c.0"));
    }
}

static void instances_are_discovered(void **state)
{
    (void)state;
    assert_int_equal(
        get("/common/discovery/instance?api-version=1.1&authorization_endpoint=https%3A%2F%2Flogin."
            "microsoftonline.com%2F" TENANT "%2Foauth2%2Fv2.0%2Fauthorize"),
        200);
    assert_string_equal(text("tenant_discovery_endpoint"),
                        AUTHORITY TENANT "/v2.0/.well-known/openid-configuration");
    assert_string_equal(text("metadata.0.preferred_network"), "login.microsoftonline.com");
    get("/common/discovery/instance");
    assert_refused(400, "invalid_request", 900144);
    get("/common/discovery/"
        "instance?authorization_endpoint=https%3A%2F%2Fl%2Fx%2Foauth2%2Fauthorize");
    assert_refused(400, "invalid_instance", 50049);
    get("/common/discovery/instance?authorization_endpoint=http%3A%2F%2Flogin.windows.net%2Fx");
    assert_refused(400, "invalid_instance", 50049);
}

static void realms_are_managed_or_unknown(void **state)
{
    (void)state;
    assert_int_equal(get("/common/userrealm/joe@contoso.example?api-version=1.0"), 200);
    assert_string_equal(text("account_type"), "Managed");
    assert_string_equal(text("domain_name"), "contoso.example");
    assert_int_equal(get("/common/userrealm/joe?api-version=1.0"), 200);
    assert_string_equal(text("account_type"), "Unknown");
}

static void a_secret_gets_a_v2_token(void **state)
{
    (void)state;
    assert_int_equal(post("/" TENANT "/oauth2/v2.0/token?client-request-id=x",
                          SECRET_FORM VAULT_SCOPE "&client_info=1"),
                     200);
    assert_string_equal(text("token_type"), "Bearer");
    assert_true(base_json_number(body, "expires_in", 0) == 3599);
    struct sim_caller caller = checked("https://vault.azure.net");
    assert_string_equal(caller.client_id, CLIENT);
    assert_string_equal(caller.tenant, TENANT);
    assert_string_equal(caller.name, "the app");
    cJSON *claims = claims_of_answer();
    assert_string_equal(base_json_text(claims, "appidacr"), "1");
    assert_string_equal(base_json_text(claims, "iss"), "https://sts.windows.net/" TENANT "/");
    assert_string_equal(base_json_text(claims, "idtyp"), "app");
    assert_string_equal(base_json_text(claims, "sub"), base_json_text(claims, "oid"));
    cJSON_Delete(claims);
    assert_string_equal(base_headers_get(&answer.headers, "Cache-Control"), "no-store, no-cache");
}

static void exactly_the_default_suffix_is_cut(void **state)
{
    (void)state;
    assert_int_equal(post("/contoso.example/oauth2/v2.0/token", SECRET_FORM
                          "&scope=https%3A%2F%2Fmanagement.core.windows.net%2F%2F.default"),
                     200);
    cJSON *claims = claims_of_answer();
    assert_string_equal(base_json_text(claims, "aud"), "https://management.core.windows.net/");
    cJSON_Delete(claims);
}

static void the_v1_endpoint_writes_texts(void **state)
{
    (void)state;
    assert_int_equal(post("/" TENANT "/oauth2/token",
                          SECRET_FORM "&resource=https%3A%2F%2Fmanagement.azure.com%2F"),
                     200);
    assert_string_equal(text("expires_in"), "3599");
    assert_string_equal(text("resource"), "https://management.azure.com/");
    int64_t on = 0, from = 0;
    assert_true(base_parse_int64(text("expires_on"), &on) &&
                base_parse_int64(text("not_before"), &from));
    assert_int_equal(on - from, 3599);
    checked("https://management.azure.com");
}

static void adfs_needs_no_tenant(void **state)
{
    (void)state;
    assert_int_equal(post("/adfs/oauth2/token", SECRET_FORM VAULT_SCOPE), 200);
    assert_true(cJSON_IsNumber(base_json_at(body, "expires_in")));
    assert_string_equal(checked("https://vault.azure.net").tenant, TENANT);
}

static void credentials_may_come_as_basic(void **state)
{
    (void)state;
    struct base_buf header = {0};
    base_buf_puts(&header, "Authorization: Basic ");
    base_base64_encode(&header, CLIENT ":s3cret%2B", strlen(CLIENT ":s3cret%2B"));
    assert_int_equal(ask(entra_handle, "POST", "/" TENANT "/oauth2/v2.0/token", header.data,
                         "grant_type=client_credentials" VAULT_SCOPE),
                     200);
    base_buf_release(&header);
}

static void an_application_may_be_the_audience(void **state)
{
    (void)state;
    assert_int_equal(post("/" TENANT "/oauth2/v2.0/token",
                          SECRET_FORM "&scope=api%3A%2F%2F" CLIENT "%2F.default"),
                     200);
    assert_int_equal(
        post("/" TENANT "/oauth2/v2.0/token", SECRET_FORM "&scope=" CLIENT "%2F.default"), 200);
}

/* Every refusal that needs no assertion. */
static void wrong_requests_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *path, *form;
        int status;
        const char *error;
        int code;
    } rows[] = {
        {"/" TENANT "/oauth2/v2.0/token", "", 400, "invalid_request", 900144},
        {"/" TENANT "/oauth2/v2.0/token", "grant_type=password", 400, "unsupported_grant_type",
         70003},
        {"/nobody/oauth2/v2.0/token", SECRET_FORM VAULT_SCOPE, 400, "invalid_request", 90002},
        {"/common/oauth2/v2.0/token", SECRET_FORM VAULT_SCOPE, 400, "invalid_request", 50059},
        {"/" TENANT "/oauth2/v2.0/token", "grant_type=client_credentials", 400, "invalid_request",
         900144},
        {"/" OTHER "/oauth2/v2.0/token", SECRET_FORM VAULT_SCOPE, 400, "unauthorized_client",
         700016},
        {"/adfs/oauth2/token", "grant_type=client_credentials&client_id=x" VAULT_SCOPE, 400,
         "unauthorized_client", 700016},
        {"/" TENANT "/oauth2/v2.0/token", SECRET_FORM, 400, "invalid_request", 900144},
        {"/" TENANT "/oauth2/token", SECRET_FORM, 400, "invalid_request", 900144},
        {"/" TENANT "/oauth2/v2.0/token", SECRET_FORM "&resource=x", 400, "invalid_request",
         901002},
        {"/" TENANT "/oauth2/v2.0/token", SECRET_FORM "&scope=https%3A%2F%2Fvault.azure.net", 400,
         "invalid_scope", 1002012},
        {"/" TENANT "/oauth2/v2.0/token", SECRET_FORM "&scope=%2F.default", 400, "invalid_scope",
         1002012},
        {"/" TENANT "/oauth2/v2.0/token", SECRET_FORM "&scope=a%2F.default+b%2F.default", 400,
         "invalid_scope", 70011},
        {"/" TENANT "/oauth2/v2.0/token",
         SECRET_FORM "&scope=https%3A%2F%2Fnobody.example%2F.default", 400, "invalid_resource",
         500011},
        {"/" TENANT "/oauth2/v2.0/token",
         "grant_type=client_credentials&client_id=" CLIENT "&client_secret=wrong" VAULT_SCOPE, 401,
         "invalid_client", 7000215},
        {"/" TENANT "/oauth2/v2.0/token",
         "grant_type=client_credentials&client_id=" CLIENT VAULT_SCOPE, 401, "invalid_client",
         7000218},
        {"/" TENANT "/oauth2/v2.0/token",
         "grant_type=client_credentials&client_id=" CLIENT "&client_assertion=a.b.c" VAULT_SCOPE,
         400, "invalid_request", 900144},
        {"/" TENANT "/oauth2/v2.0/token",
         "grant_type=client_credentials&client_id=" CLIENT
         "&client_assertion_type=saml&client_assertion=a" VAULT_SCOPE,
         400, "invalid_request", 9002313},
        {"/" TENANT "/oauth2/v2.0/token",
         "grant_type=client_credentials&client_id=" CLIENT "&client_assertion_type=" ASSERTION_TYPE
         "&client_assertion=a.b.c" VAULT_SCOPE,
         400, "invalid_request", 50027},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        post(rows[i].path, rows[i].form);
        assert_refused(rows[i].status, rows[i].error, rows[i].code);
    }
    get("/" TENANT "/oauth2/v2.0/token");
    assert_refused(400, "invalid_request", 900561);
    assert_int_equal(get("/nothing/here"), 404);
    ask(entra_handle, "POST", "/" TENANT "/oauth2/v2.0/token", "client-request-id: " OTHER, "");
    assert_string_equal(text("correlation_id"), OTHER);
}

struct asserting { /* what a test changes about a good assertion */
    const base_key_t *with;
    const char *alg, *header, *audience, *issuer, *subject;
    double from_s, to_s; /* from now */
    bool without_exp;
};

static cJSON *header_for(const char *kind, const base_key_t *with)
{
    cJSON *header = cJSON_CreateObject();
    unsigned char digest[32];
    struct base_buf encoded = {0};

    if (base_equal(kind, "x5c")) {
        struct base_buf der = {0};
        base_key_certificate_der(with, &der);
        base_base64_encode(&encoded, der.data, der.len);
        base_json_set(header, "x5c",
                      cJSON_CreateStringArray((const char *const[]){encoded.data}, 1));
        base_buf_release(&der);
    } else if (base_equal(kind, "x5t#S256")) {
        base_key_thumbprint_sha256(with, digest);
        base_base64url_encode(&encoded, digest, 32);
    } else {
        base_key_thumbprint_sha1(with, digest);
        if (base_equal(kind, "kid"))
            base_hex_encode(&encoded, digest, 20);
        else
            base_base64url_encode(&encoded, digest, 20);
        if (base_equal(kind, "x5t"))
            base_buf_putc(&encoded, '='); /* as one client pads it */
    }
    if (!base_equal(kind, "x5c") && !base_equal(kind, "none"))
        base_json_set_text(header, kind, encoded.data);
    base_buf_release(&encoded);
    return header;
}

static int assert_with(struct asserting how)
{
    const base_key_t *with = how.with ? how.with : key;
    double now = (double)sim_now_ms(world) / 1000;
    cJSON *header = header_for(how.header ? how.header : "x5t", with),
          *claims = cJSON_CreateObject();

    base_json_set_text(claims, "aud",
                       how.audience ? how.audience : AUTHORITY TENANT "/oauth2/v2.0/token");
    base_json_set_text(claims, "iss", how.issuer ? how.issuer : CLIENT);
    base_json_set_text(claims, "sub", how.subject ? how.subject : CLIENT);
    base_json_set_text(claims, "jti", "the same each time");
    base_json_set_number(claims, "nbf", now + how.from_s + 0.25);
    if (!how.without_exp)
        base_json_set_number(claims, "exp", now + (how.to_s ? how.to_s : 600) + 0.5);
    char *token = base_jwt_sign(with, how.alg ? how.alg : "RS256", header, claims);
    char *form = base_asprintf("%s%s%s", ASSERTION_FORM, token, VAULT_SCOPE);
    int status = post("/" TENANT "/oauth2/v2.0/token", form);
    free(form);
    free(token);
    cJSON_Delete(header);
    cJSON_Delete(claims);
    return status;
}

static void assertions_get_a_token(void **state)
{
    (void)state;
    static const char *const algorithms[] = {"RS256", "PS256"};
    static const char *const headers[] = {"x5t", "x5t#S256", "x5c", "kid"};

    for (size_t a = 0; a < 2; a++)
        for (size_t h = 0; h < 4; h++)
            if (assert_with((struct asserting){.alg = algorithms[a], .header = headers[h]}) != 200)
                fail_msg("%s with %s: %s", algorithms[a], headers[h], text("error_description"));
    checked("https://vault.azure.net"); /* the replayed jti did no harm */
    cJSON *claims = claims_of_answer();
    assert_string_equal(base_json_text(claims, "appidacr"), "2");
    cJSON_Delete(claims);
}

static void many_audiences_are_accepted(void **state)
{
    (void)state;
    static const char *const good[] = {AUTHORITY TENANT "/oauth2/token",
                                       AUTHORITY TENANT "/v2.0",
                                       AUTHORITY TENANT,
                                       AUTHORITY TENANT "/",
                                       AUTHORITY "contoso.example/oauth2/v2.0/token",
                                       AUTHORITY "adfs/oauth2/token",
                                       "https://sts.windows.net/" TENANT "/"};
    static const char *const bad[] = {
        "",
        "x",
        "https://evil.example/" TENANT "/oauth2/v2.0/token",
        "https://login.microsoftonline.com.evil.example/" TENANT "/oauth2/v2.0/token",
        "https://l/" TENANT "/oauth2/v2.0/token",
        "http://login.microsoftonline.com/" TENANT "/oauth2/v2.0/token",
        AUTHORITY OTHER "/oauth2/v2.0/token",
        AUTHORITY TENANT "/oauth2/v2.0/authorize",
        AUTHORITY,
    };

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (assert_with((struct asserting){.audience = good[i]}) != 200)
            fail_msg("%s: %s", good[i], text("error_description"));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_with((struct asserting){.audience = bad[i]});
        assert_refused(401, "invalid_client", 700023);
    }
}

static void assertions_keep_to_their_time(void **state)
{
    (void)state;
    assert_with((struct asserting){.from_s = -7200, .to_s = -3600});
    assert_refused(401, "invalid_client", 700024);
    assert_with((struct asserting){.from_s = 3600, .to_s = 7200});
    assert_refused(401, "invalid_client", 700024);
    assert_with((struct asserting){.to_s = 1e30});
    assert_int_equal(answer.status, 200);
    assert_with((struct asserting){.from_s = 1e30, .to_s = 1e30});
    assert_refused(401, "invalid_client", 700024);
    assert_int_equal(assert_with((struct asserting){.from_s = 100, .to_s = -100}),
                     200); /* clocks differ a little */
    assert_with((struct asserting){.without_exp = true});
    assert_refused(400, "invalid_request", 50027);
}

static void foreign_keys_are_refused(void **state)
{
    (void)state;
    base_key_t *stranger = base_key_new_rsa(2048);

    certify(stranger, sim_now_ms(world), sim_now_ms(world) + 86400000);
    assert_with((struct asserting){.with = stranger});
    assert_refused(401, "invalid_client", 700027);
    assert_non_null(strstr(text("error_description"), "The key was not found"));
    assert_with((struct asserting){.header = "none"});
    assert_refused(401, "invalid_client", 700027);
    base_key_free(stranger);
}

/* The header names the registered certificate, another key signed. */
static void a_forged_signature_is_refused(void **state)
{
    (void)state;
    base_key_t *forger = base_key_new_rsa(2048);
    cJSON *header = header_for("x5t", key), *claims = cJSON_CreateObject();

    base_json_set_text(claims, "iss", CLIENT);
    base_json_set_text(claims, "sub", CLIENT);
    char *token = base_jwt_sign(forger, "RS256", header, claims);
    char *form = base_asprintf("%s%s%s", ASSERTION_FORM, token, VAULT_SCOPE);
    post("/" TENANT "/oauth2/v2.0/token", form);
    assert_refused(401, "invalid_client", 700027);
    assert_non_null(strstr(text("error_description"), "signature does not match"));
    free(form);
    free(token);
    cJSON_Delete(header);
    cJSON_Delete(claims);
    base_key_free(forger);
}

static void an_expired_certificate_is_refused(void **state)
{
    (void)state;
    base_key_t *old = base_key_new_rsa(2048);

    certify(old, sim_now_ms(world) - 86400000, sim_now_ms(world) - 3600000);
    register_certificate(old);
    assert_with((struct asserting){.with = old});
    assert_refused(401, "invalid_client", 700027);
    assert_non_null(strstr(text("error_description"), "expired"));
    base_key_free(old);
}

static void assertions_of_others_are_refused(void **state)
{
    (void)state;
    assert_with((struct asserting){.issuer = OTHER, .subject = OTHER});
    assert_refused(401, "invalid_client", 700021);
    assert_with((struct asserting){.subject = OTHER});
    assert_refused(401, "invalid_client", 700021);
    assert_with((struct asserting){.issuer = "https://issuer.example",
                                   .subject = "system:serviceaccount:a:b"});
    assert_refused(400, "invalid_request", 70021);
    assert_non_null(strstr(text("error_description"), "system:serviceaccount:a:b"));
}

#define IMDS                                                                                       \
    "/metadata/identity/oauth2/token/"                                                             \
    "?api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net"

static int imds(const char *path)
{
    return ask(entra_handle_identity, "GET", path, "Metadata: true", NULL);
}

static void managed_identities_get_tokens(void **state)
{
    (void)state;
    static const char *const paths[] = {IMDS "&client_id=" IDENTITY,
                                        IMDS "&object_id=" IDENTITY_OBJECT,
                                        IMDS "&msi_res_id=" IDENTITY_ID};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(imds(paths[i]), 200);
        assert_string_equal(text("client_id"), IDENTITY);
        assert_string_equal(text("expires_in"), "86399");
        assert_string_equal(text("resource"), "https://vault.azure.net");
        struct sim_caller caller = checked("https://vault.azure.net");
        assert_string_equal(caller.object_id, IDENTITY_OBJECT);
        assert_string_equal(caller.resource_id, IDENTITY_ID);
    }
}

static void the_identity_endpoint_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *path, *error, *words;
    } rows[] = {
        {IMDS "&client_id=" OTHER, "invalid_request", "Identity not found"},
        {IMDS "&client_id=" CLIENT, "invalid_request",
         "Identity not found"}, /* an application is none */
        {IMDS "&object_id=" OTHER, "invalid_request", "Identity not found"},
        {IMDS, "invalid_request", "please specify"},
        {IMDS "&client_id=" IDENTITY "&object_id=" IDENTITY_OBJECT, "invalid_request",
         "exclude one another"},
        {"/metadata/identity/oauth2/token?client_id=" IDENTITY, "invalid_request", "audience"},
        {"/metadata/identity/oauth2/token?client_id=" IDENTITY "&resource=https://nobody.example",
         "invalid_resource", "AADSTS500011"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(imds(rows[i].path), 400);
        assert_string_equal(text("error"), rows[i].error);
        assert_non_null(strstr(text("error_description"), rows[i].words));
    }
    assert_int_equal(ask(entra_handle_identity, "GET", IMDS "&client_id=" IDENTITY, NULL, NULL),
                     400);
    assert_non_null(strstr(text("error_description"), "metadata header"));
    assert_int_equal(imds("/metadata/instance"), 404);
    assert_int_equal(ask(entra_handle_identity, "POST", IMDS, "Metadata: true", NULL), 405);
}

static void others_reach_it_through_the_world(void **state)
{
    (void)state;
    struct base_headers headers = {0};
    struct base_http_response here = {0};

    base_headers_add(&headers, "Metadata", "true");
    sim_call(world, "aks", "GET",
             "http://169.254.169.254/metadata/identity/oauth2/token?resource=https://"
             "vault.azure.net&msi_res_id=" IDENTITY_ID,
             &headers, NULL, &here);
    assert_int_equal(here.status, 200);
    base_http_response_release(&here);
    base_headers_release(&headers);
    cJSON *view = sim_view_get(world, "entra");
    assert_int_equal(cJSON_GetArraySize(view), 2);
    cJSON_Delete(view);
    assert_true(sim_principal_remove(world, IDENTITY_OBJECT));
    assert_int_equal(imds(IMDS "&client_id=" IDENTITY), 400);
}

static void the_tables_are_whole(void **state)
{
    (void)state;
    size_t count, identity_count;
    const struct sim_route *routes = entra_routes(&count);
    entra_identity_routes(&identity_count);
    assert_int_equal(count, 12);
    assert_int_equal(identity_count, 1);
    for (size_t i = 0; i < count; i++)
        assert_true(routes[i].operation && routes[i].method && routes[i].pattern && routes[i].run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(discovery_names_the_endpoints),
        cmocka_unit_test(keys_are_served_everywhere),
        cmocka_unit_test(instances_are_discovered),
        cmocka_unit_test(realms_are_managed_or_unknown),
        cmocka_unit_test(a_secret_gets_a_v2_token),
        cmocka_unit_test(exactly_the_default_suffix_is_cut),
        cmocka_unit_test(the_v1_endpoint_writes_texts),
        cmocka_unit_test(adfs_needs_no_tenant),
        cmocka_unit_test(credentials_may_come_as_basic),
        cmocka_unit_test(an_application_may_be_the_audience),
        cmocka_unit_test(wrong_requests_are_refused),
        cmocka_unit_test(assertions_get_a_token),
        cmocka_unit_test(many_audiences_are_accepted),
        cmocka_unit_test(assertions_keep_to_their_time),
        cmocka_unit_test(foreign_keys_are_refused),
        cmocka_unit_test(a_forged_signature_is_refused),
        cmocka_unit_test(an_expired_certificate_is_refused),
        cmocka_unit_test(assertions_of_others_are_refused),
        cmocka_unit_test(managed_identities_get_tokens),
        cmocka_unit_test(the_identity_endpoint_refuses),
        cmocka_unit_test(others_reach_it_through_the_world),
        cmocka_unit_test(the_tables_are_whole),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
