/* Decides how a refusal of the authority reads: AADSTS codes (facts clients.md §2.5; Microsoft's "AADSTS error codes"). */
#include "simulators/entra/call.h"

#include <stdio.h>
#include <string.h>

static const struct row {
    int code;
    int status;
    const char *error;
    const char *sentence;
} rows[] = {
    {50027, 400, "invalid_request", "JWT token is invalid or malformed. {0}"},
    {50049, 400, "invalid_instance", "Unknown or invalid instance."},
    {50059, 400, "invalid_request",
     "No tenant-identifying information found in either the request or implied by any provided "
     "credentials."},
    {70003, 400, "unsupported_grant_type", "The app requested an unsupported grant type '{0}'."},
    {70011, 400, "invalid_scope",
     "The provided request must include a 'scope' input parameter. The provided value for the "
     "input parameter "
     "'scope' is not valid. The scope {0} is not valid."},
    {70021, 400, "invalid_request",
     "No matching federated identity record found for presented assertion. Assertion Issuer: "
     "'{0}'. Assertion "
     "Subject: '{1}'. Assertion Audience: '{2}'."},
    {90002, 400, "invalid_request",
     "Tenant '{0}' not found. Check to make sure you have the correct tenant ID and are signing "
     "into the correct "
     "cloud. Check with your subscription administrator, this may happen if there are no active "
     "subscriptions for "
     "the tenant."},
    {500011, 400, "invalid_resource",
     "The resource principal named {0} was not found in the tenant named {1}. This can happen if "
     "the application has "
     "not been installed by the administrator of the tenant or consented to by any user in the "
     "tenant. You might "
     "have sent your authentication request to the wrong tenant."},
    {700016, 400, "unauthorized_client",
     "Application with identifier '{0}' was not found in the directory '{1}'. This can happen if "
     "the application has "
     "not been installed by the administrator of the tenant or consented to by any user in the "
     "tenant. You may have "
     "sent your authentication request to the wrong tenant."},
    {700021, 401, "invalid_client",
     "Client assertion application identifier '{0}' doesn't match 'client_id' parameter '{1}'."},
    {700023, 401, "invalid_client",
     "Client assertion audience claim '{0}' does not match Realm issuer. The token endpoint is "
     "{1}."},
    {700024, 401, "invalid_client",
     "Client assertion is not within its valid time range. Current time: {0}, assertion valid from "
     "{1}, expiry time "
     "of assertion {2}."},
    {700027, 401, "invalid_client",
     "The certificate with identifier used to sign the client assertion is not registered on "
     "application. [Reason - "
     "{0}, Thumbprint of key used by client: '{1}', Please visit the Azure Portal to see the "
     "certificates of "
     "application '{2}'.]"},
    {900144, 400, "invalid_request",
     "The request body must contain the following parameter: '{0}'."},
    {900561, 400, "invalid_request",
     "The endpoint only accepts {0} requests. Received a {1} request."},
    {901002, 400, "invalid_request", "The 'resource' request parameter is not supported."},
    {1002012, 400, "invalid_scope",
     "The provided value for scope {0} is not valid. Client credential flows must have a scope "
     "value with /.default "
     "suffixed to the resource identifier (application ID URI)."},
    {7000215, 401, "invalid_client",
     "Invalid client secret provided. Ensure the secret being sent in the request is the client "
     "secret value, not "
     "the client secret ID, for a secret added to app '{0}'."},
    {7000218, 401, "invalid_client",
     "The request body must contain the following parameter: 'client_assertion' or "
     "'client_secret'."},
    {9002313, 400, "invalid_request", "Invalid request. Request is malformed or invalid. {0}"},
};

static const struct row *find(int code);
static const char *correlation_of(struct entra_call *call, char *fresh);

void entra_refuse_with(struct entra_call *call, int code, const char *const *texts)
{
    const struct row *row = find(code);
    char trace[BASE_UUID_TEXT], fresh[BASE_UUID_TEXT], stamp[BASE_TIME_TEXT];
    const char *correlation = correlation_of(call, fresh);
    struct base_buf text = {0};
    cJSON *body = cJSON_CreateObject(), *codes;

    BUG_ON(!row);
    base_uuid(sim_world_random(call->world), trace);
    base_time_iso_s(sim_now_ms(call->world), stamp);
    stamp[10] = ' '; /* 2026-06-09 14:01:21Z */
    base_buf_printf(&text, "AADSTS%d: ", code);
    base_fill_in(&text, row->sentence, texts);
    base_buf_printf(&text, " Trace ID: %s Correlation ID: %s Timestamp: %s", trace, correlation,
                    stamp);
    base_json_set_text(body, "error", row->error);
    base_json_set_text(body, "error_description", text.data);
    codes = cJSON_AddArrayToObject(body, "error_codes");
    cJSON_AddItemToArray(codes, cJSON_CreateNumber(code));
    base_json_set_text(body, "timestamp", stamp);
    base_json_set_text(body, "trace_id", trace);
    base_json_set_text(body, "correlation_id", correlation);
    base_json_set(body, "error_uri",
                  base_json_textf("https://" SIM_AUTHORITY_HOST "/error?code=%d", code));
    base_http_answer_json_take(call->response, row->status, body);
    base_headers_set(&call->response->headers, "x-ms-request-id", trace);
    entra_add_headers(call);
    base_buf_release(&text);
}

void entra_add_headers(struct entra_call *call)
{
    struct base_headers *headers = &call->response->headers;
    char id[BASE_UUID_TEXT];

    base_headers_set(headers, "Cache-Control", "no-store, no-cache");
    base_headers_set(headers, "Pragma", "no-cache");
    base_headers_set(headers, "X-Content-Type-Options", "nosniff");
    if (base_headers_get(headers, "x-ms-request-id"))
        return;
    base_uuid(sim_world_random(call->world), id);
    base_headers_set(headers, "x-ms-request-id", id);
}

static const struct row *find(int code)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].code == code)
            return &rows[i];
    return NULL;
}

static const char *correlation_of(struct entra_call *call, char *fresh)
{
    const char *given = base_headers_get(call->request->headers, "client-request-id");

    if (!given)
        given = base_query_get(call->arena, call->request->query, "client-request-id");
    if (given && base_is_uuid(given))
        return given;
    base_uuid(sim_world_random(call->world), fresh);
    return fresh;
}
