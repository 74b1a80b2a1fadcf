/* Decides how a resource's own identity gets its credential: the managed-identity data plane with
 * its 401 challenge. */
#include "azure/arm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API_VERSION "2024-01-01"

/* WWW-Authenticate: Bearer authorization="https://login.../<tenant>": the tenant, lower case; false
 * when there is none. */
static bool challenge_tenant(const struct base_headers *headers, char *tenant, size_t size)
{
    const char *challenge = base_headers_get(headers, "WWW-Authenticate");
    const char *start = challenge ? strstr(challenge, "authorization=\"") : NULL;

    if (!start)
        return false;
    start += strlen("authorization=\"");
    size_t len = strcspn(start, "\"");
    while (len && start[len - 1] == '/')
        len--;
    const char *slash = memrchr(start, '/', len);
    if (!slash || (size_t)(start + len - slash - 1) >= size)
        return false;
    snprintf(tenant, size, "%.*s", (int)(start + len - slash - 1), slash + 1);
    base_lower(tenant);
    return true;
}

static enum base_status fetch(const struct az_client *az, az_credential_t *credential,
                              const char *identity_url, const char *audience,
                              struct base_http_answer *answer, struct base_error *err)
{
    struct base_buf url = {0};
    struct base_error first = {0};
    char tenant[128];

    base_buf_puts(&url, identity_url);
    base_query_add(&url, "api-version", API_VERSION);
    struct az_call call = {.method = "GET", .url = url.data, .resource = audience};
    enum base_status status = az_send(az, NULL, &call, answer, &first);
    if (status == BASE_UNAUTHENTICATED &&
        challenge_tenant(&answer->headers, tenant, sizeof tenant)) {
        call.tenant = tenant;
        status = az_send(az, credential, &call, answer, err);
    } else if (status != BASE_OK && err && err->status == BASE_OK) {
        *err = first;
    }
    base_buf_release(&url);
    return status;
}

static void copy(const cJSON *body, const char *name, char *out, size_t size)
{
    const char *text = base_json_text(body, name);
    snprintf(out, size, "%s", text ? text : "");
}

static int64_t instant(const cJSON *body, const char *name)
{
    int64_t ms = 0;
    return base_time_parse(base_json_text(body, name), &ms) ? ms : 0;
}

static enum base_status read_credentials(const cJSON *body, struct az_identity_credentials *out,
                                         struct base_error *err)
{
    const char *secret = base_json_text(body, "client_secret");
    struct base_buf der = {0};

    copy(body, "client_id", out->client_id, sizeof out->client_id);
    copy(body, "object_id", out->object_id, sizeof out->object_id);
    copy(body, "tenant_id", out->tenant_id, sizeof out->tenant_id);
    copy(body, "authentication_endpoint", out->authentication_endpoint,
         sizeof out->authentication_endpoint);
    out->not_before_ms = instant(body, "not_before");
    out->not_after_ms = instant(body, "not_after");
    out->renew_after_ms = instant(body, "renew_after");
    out->cannot_renew_after_ms = instant(body, "cannot_renew_after");
    if (!secret || !out->client_id[0] || !out->tenant_id[0])
        return base_error_set(
            err, BASE_PROTOCOL, NULL,
            "the identity's credentials lack one of client_id, tenant_id, client_secret");
    if (base_base64_decode(&der, secret, strlen(secret)))
        out->key = base_key_from_pkcs12(der.data, der.len, "", err);
    else
        base_error_set(err, BASE_PROTOCOL, NULL, "the identity's client_secret is not base64");
    base_buf_release(&der);
    return out->key ? BASE_OK : BASE_PROTOCOL;
}

enum base_status az_identity_credentials_get(const struct az_client *az,
                                             az_credential_t *credential, const char *identity_url,
                                             const char *audience,
                                             struct az_identity_credentials *out,
                                             struct base_error *err)
{
    struct base_http_answer answer = {0};
    enum base_status status = fetch(az, credential, identity_url, audience, &answer, err);
    cJSON *body = NULL;

    memset(out, 0, sizeof *out);
    if (status == BASE_OK) {
        body = base_json_parse(answer.body.data, answer.body.len, err);
        status = body ? read_credentials(body, out, err) : BASE_PROTOCOL;
    }
    cJSON_Delete(body);
    base_http_answer_release(&answer);
    return status;
}
