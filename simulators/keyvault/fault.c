/* Decides how a vault's calls are named for traces and fault rules, and how a refusal on purpose reads. */
#include "simulators/keyvault/call.h"
#include "simulators/kit/fault.h"
#include "simulators/kit/resource.h"

static const struct sim_status_word words[] = {
    {400, "BadParameter"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "SecretNotFound"},
    {409, "Conflict"},
    {412, "PreconditionFailed"},
    {429, "Throttled"},
    {500, "InternalServerError"},
    {503, "ServiceUnavailable"},
    {504, "GatewayTimeout"},
    {0, NULL},
};

static void about(void *context, const struct base_http_request *request,
                  struct sim_call_about *out)
{
    size_t count;
    const struct sim_route *routes = kv_routes(&count);

    (void)context;
    sim_call_by_route(request, "keyvault", routes, count, out);
}

static void refuse(void *context, const struct base_http_request *request,
                   const struct sim_refusal *refusal, struct base_http_response *response)
{
    (void)context;
    (void)request;
    sim_resource_refuse(
        response, refusal->status,
        refusal->code ? refusal->code : sim_status_word(words, refusal->status, "Error"), NULL,
        "%s%s", refusal->status == 401 ? "[TokenExpired] Error validating token: 'S2S12086'. " : "",
        refusal->message);
    if (refusal->status == 401)
        base_headers_set(&response->headers, "WWW-Authenticate",
                         "Bearer authorization=\"https://login.microsoftonline.com/common\", "
                         "resource=\"https://vault.azure.net\"");
}

void kv_fault_add(kv_t *kv)
{
    sim_fault_room_add(kv->world, &(struct sim_fault_room){"keyvault", about, refuse, kv});
}
