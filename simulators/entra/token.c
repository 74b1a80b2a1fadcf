/* Decides who gets which access token at the token endpoints. */
#include "simulators/entra/call.h"
#include "simulators/kit/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIFETIME_S 3599 /* of an application's token */
#define FORM_TYPE "application/x-www-form-urlencoded"

static void run(struct entra_call *call, enum entra_shape shape);
static bool read_form(struct entra_call *call);
static bool find_tenant(struct entra_call *call);
static bool find_client(struct entra_call *call);
static bool find_audience(struct entra_call *call);
static bool authenticate(struct entra_call *call);
static void answer(struct entra_call *call);

void entra_token_v1(void *call)
{
    run(call, ENTRA_V1);
}

void entra_token_v2(void *call)
{
    run(call, ENTRA_V2);
}

void entra_token_adfs(void *call)
{
    run(call, ENTRA_ADFS);
}

const char *entra_field(const struct entra_call *call, const char *name)
{
    for (size_t i = 0; i < call->form_count; i++)
        if (base_equal(call->form[i].name, name))
            return *call->form[i].value ? call->form[i].value : NULL;
    return NULL;
}

static void run(struct entra_call *call, enum entra_shape shape)
{
    call->shape = shape;
    if (!read_form(call) || !find_tenant(call) || !find_client(call) || !find_audience(call) ||
        !authenticate(call))
        return;
    if (entra_resource_known(call, call->audience))
        answer(call);
    else
        entra_refuse(call, 500011, call->audience, call->client.tenant);
}

static bool read_form(struct entra_call *call)
{
    const char *type = base_headers_get(call->request->headers, "Content-Type");

    if (type && base_starts_nocase(type, FORM_TYPE))
        call->form_count = base_query_parse(call->arena, call->request->body, true, &call->form);
    const char *grant = entra_field(call, "grant_type");
    if (!grant)
        entra_refuse(call, 900144, "grant_type");
    else if (!base_equal(grant, "client_credentials"))
        entra_refuse(call, 70003, grant);
    return grant && base_equal(grant, "client_credentials");
}

static bool find_tenant(struct entra_call *call)
{
    const char *segment = call->match->values[0];

    if (call->shape == ENTRA_ADFS)
        return true;
    if (base_equal_nocase(segment, "common") || base_equal_nocase(segment, "organizations") ||
        base_equal_nocase(segment, "consumers")) {
        entra_refuse(call, 50059);
        return false;
    }
    if (sim_tenant_find(call->world, segment, call->tenant))
        return true;
    entra_refuse(call, 90002, segment);
    return false;
}

/* client_id:client_secret of an Authorization: Basic header (RFC 6749 §2.3.1) as if they stood in the form. */
static bool basic(struct entra_call *call, const char **id, const char **secret)
{
    const char *header = base_headers_get(call->request->headers, "Authorization");
    struct base_buf plain = {0};
    bool good = header && base_starts_nocase(header, "Basic ") &&
                base_base64_decode(&plain, header + 6, strlen(header + 6)) &&
                strchr(plain.data, ':');

    if (good) {
        const char *colon = strchr(plain.data, ':');
        struct base_buf part = {0};
        good = base_uri_decode(&part, plain.data, (size_t)(colon - plain.data), true);
        *id = base_arena_strdup(call->arena, part.data);
        base_buf_clear(&part);
        good = good && base_uri_decode(&part, colon + 1, strlen(colon + 1), true);
        *secret = base_arena_strdup(call->arena, part.data);
        base_buf_release(&part);
    }
    base_buf_release(&plain);
    return good;
}

struct search {
    const char *client_id;
    struct sim_principal *out;
};

static void try_principal(void *context, const struct sim_principal *principal)
{
    struct search *search = context;

    if (!search->out->client_id[0] && base_equal_nocase(principal->client_id, search->client_id))
        *search->out = *principal;
}

/* /adfs names no tenant: there the application is looked for in all. */
static bool find_client(struct entra_call *call)
{
    const char *id = entra_field(call, "client_id"), *unused;
    struct search search = {.out = &call->client};
    bool found;

    if (!id && !basic(call, &id, &unused)) {
        entra_refuse(call, 900144, "client_id");
        return false;
    }
    if (call->shape == ENTRA_ADFS) {
        search.client_id = id;
        sim_principal_each(call->world, try_principal, &search);
        found = call->client.client_id[0] != '\0';
    } else {
        found = sim_principal_by_client(call->world, call->tenant, id, &call->client);
    }
    if (found)
        memcpy(call->tenant, call->client.tenant, sizeof call->tenant);
    else
        entra_refuse(call, 700016, id, call->tenant[0] ? call->tenant : "adfs");
    return found;
}

/* "https://x//.default" is the audience "https://x/": exactly "/.default" goes. */
static bool audience_of_scope(struct entra_call *call, const char *scope)
{
    static const char suffix[] = "/.default";
    size_t len = strlen(scope);

    if (strchr(scope, ' ') || len < sizeof suffix || !base_ends_nocase(scope, suffix)) {
        entra_refuse(call, strchr(scope, ' ') ? 70011 : 1002012, scope);
        return false;
    }
    call->audience = base_arena_strndup(call->arena, scope, len - (sizeof suffix - 1));
    return true;
}

static bool find_audience(struct entra_call *call)
{
    const char *resource = entra_field(call, "resource"), *scope = entra_field(call, "scope");

    if (call->shape == ENTRA_V2 && resource) {
        entra_refuse(call, 901002);
        return false;
    }
    if (resource) {
        call->audience = resource;
        return true;
    }
    if (scope)
        return audience_of_scope(call, scope);
    entra_refuse(call, 900144, call->shape == ENTRA_V1 ? "resource" : "scope");
    return false;
}

static bool authenticate(struct entra_call *call)
{
    const char *secret = entra_field(call, "client_secret"), *id;

    if (entra_field(call, "client_assertion")) {
        call->app_acr = "2";
        return entra_assertion_check(call);
    }
    if (!secret && !basic(call, &id, &secret)) {
        entra_refuse(call, 7000218);
        return false;
    }
    call->app_acr = "1";
    if (sim_credential_has_secret(call->world, call->client.client_id, secret))
        return true;
    entra_refuse(call, 7000215, call->client.client_id);
    return false;
}

/* The v1 endpoint writes its numbers as texts; /adfs must not, or old clients fail to add to them. */
static void set_seconds(cJSON *body, const char *name, enum entra_shape shape, int64_t seconds)
{
    if (shape == ENTRA_V1)
        base_json_set(body, name, base_json_textf("%lld", (long long)seconds));
    else
        base_json_set_number(body, name, (double)seconds);
}

static void answer(struct entra_call *call)
{
    int64_t now = sim_now_ms(call->world) / 1000;
    cJSON *body = cJSON_CreateObject();
    char *token =
        sim_token_mint(call->world, &(struct sim_token_request){.principal = &call->client,
                                                                .audience = call->audience,
                                                                .app_acr = call->app_acr,
                                                                .lifetime_s = LIFETIME_S});

    sim_trace_caller(call->response, call->client.name);
    base_json_set_text(body, "token_type", "Bearer");
    set_seconds(body, "expires_in", call->shape, LIFETIME_S);
    set_seconds(body, "ext_expires_in", call->shape, LIFETIME_S);
    if (call->shape == ENTRA_V1) {
        set_seconds(body, "expires_on", ENTRA_V1, now + LIFETIME_S);
        set_seconds(body, "not_before", ENTRA_V1, now);
        base_json_set_text(body, "resource", call->audience);
    }
    base_json_set_text(body, "access_token", token);
    base_http_answer_json_take(call->response, 200, body);
    free(token);
}
