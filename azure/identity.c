/* Decides how a resource's own identity gets its credential: the managed-identity data plane with
 * its 401 challenge. */
#include "azure/arm.h"

#include "azure/private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define API_VERSION "2024-01-01"
#define ATTRIBUTE "authorization=\""

/* WWW-Authenticate: Bearer authorization="https://login.../<tenant>": the tenant, lower case; false
 * when there is none. */
static bool challenge_tenant(const struct base_headers *headers, char *tenant, size_t size)
{
    const char *challenge = base_headers_get(headers, "WWW-Authenticate");
    const char *start = challenge ? strcasestr(challenge, ATTRIBUTE) : NULL;
    const char **parts;
    struct base_arena arena;
    struct base_uri uri;
    bool good = false;

    if (!start || strncasecmp(challenge, "Bearer ", 7))
        return false;
    start += strlen(ATTRIBUTE);
    base_arena_init(&arena);
    char *url = base_arena_strndup(&arena, start, strcspn(start, "\""));
    if (base_uri_parse(&arena, url, &uri) && base_path_split(&arena, uri.path, &parts) &&
        strlen(parts[0]) < size) {
        snprintf(tenant, size, "%s", parts[0]);
        base_lower(tenant);
        good = true;
    }
    base_arena_release(&arena);
    return good;
}

static enum base_status fetch(const struct az_client *az, az_credential_t *credential,
                              const char *identity_url, const char *audience,
                              struct base_http_answer *answer, struct base_error *err)
{
    struct base_buf url = {0};
    struct base_error found = {0};
    char tenant[128];

    base_buf_puts(&url, identity_url);
    base_query_add(&url, "api-version", API_VERSION);
    struct az_call call = {.method = "GET", .url = url.data, .resource = audience};
    enum base_status status = az_send(az, NULL, &call, answer, &found);
    if (status == BASE_UNAUTHENTICATED &&
        challenge_tenant(&answer->headers, tenant, sizeof tenant)) {
        base_error_clear(&found);
        call.tenant = tenant;
        status = az_send(az, credential, &call, answer, &found);
    }
    if (status != BASE_OK)
        az_report(&found, err);
    base_buf_release(&url);
    return status;
}

static enum base_status at_fault(const char *name, const char *what, struct base_error *err)
{
    struct base_error found = {0};

    base_error_set(&found, BASE_PROTOCOL, "InvalidAnswer", "the identity's credentials: %s %s",
                   name, what);
    base_error_target(&found, "%s", name);
    return az_report(&found, err);
}

static enum base_status read_texts(const cJSON *body, struct az_identity_credentials *out,
                                   struct base_error *err)
{
    const struct {
        const char *name;
        char *out;
        size_t size;
        bool required;
    } texts[] = {
        {"client_id", out->client_id, sizeof out->client_id, true},
        {"object_id", out->object_id, sizeof out->object_id, false},
        {"tenant_id", out->tenant_id, sizeof out->tenant_id, true},
        {"authentication_endpoint", out->authentication_endpoint,
         sizeof out->authentication_endpoint, false},
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *text = base_json_text(body, texts[i].name);
        if (!text && texts[i].required)
            return at_fault(texts[i].name, "is missing", err);
        if (text && strlen(text) >= texts[i].size)
            return at_fault(texts[i].name, "is too long", err);
        snprintf(texts[i].out, texts[i].size, "%s", text ? text : "");
    }
    return BASE_OK;
}

static enum base_status read_instants(const cJSON *body, struct az_identity_credentials *out,
                                      struct base_error *err)
{
    const struct {
        const char *name;
        int64_t *out;
    } instants[] = {
        {"not_before", &out->not_before_ms},
        {"not_after", &out->not_after_ms},
        {"renew_after", &out->renew_after_ms},
        {"cannot_renew_after", &out->cannot_renew_after_ms},
    };

    for (size_t i = 0; i < sizeof instants / sizeof *instants; i++) {
        const char *text = base_json_text(body, instants[i].name);
        if (text && !base_time_parse(text, instants[i].out))
            return at_fault(instants[i].name, "is not an RFC 3339 time", err);
    }
    return BASE_OK;
}

static enum base_status read_key(const cJSON *body, struct az_identity_credentials *out,
                                 struct base_error *err)
{
    const char *secret = base_json_text(body, "client_secret");
    struct base_error found = {0};
    struct base_buf der = {0};
    enum base_status status = BASE_OK;

    if (!secret)
        return at_fault("client_secret", "is missing", err);
    if (!base_base64_decode(&der, secret, strlen(secret)))
        status = at_fault("client_secret", "is not base64", err);
    else if (!(out->key = base_key_from_pkcs12(der.data, der.len, "", &found)))
        status = at_fault("client_secret", found.message, err);
    else if (!base_key_has_certificate(out->key))
        status = at_fault("client_secret", "holds a key without its certificate", err);
    az_secret_release(&der);
    return status;
}

enum base_status az_identity_credentials_get(const struct az_client *az,
                                             az_credential_t *credential, const char *identity_url,
                                             const char *audience,
                                             struct az_identity_credentials *out,
                                             struct base_error *err)
{
    struct base_http_answer answer = {0};
    cJSON *body = NULL;
    enum base_status status = fetch(az, credential, identity_url, audience, &answer, err);

    memset(out, 0, sizeof *out);
    if (status == BASE_OK)
        status = az_answer_json("GET", identity_url, &answer, &body, err);
    if (status == BASE_OK)
        status = read_texts(body, out, err);
    if (status == BASE_OK)
        status = read_instants(body, out, err);
    if (status == BASE_OK)
        status = read_key(body, out, err);
    if (status != BASE_OK) {
        base_key_free(out->key);
        memset(out, 0, sizeof *out);
    }
    az_secret_json(body);
    az_secret_release(&answer.body);
    base_http_answer_release(&answer);
    return status;
}
