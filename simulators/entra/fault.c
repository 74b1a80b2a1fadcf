/* Decides how calls of the authority are named for traces and fault rules, and how a refusal on purpose reads. */
#include "simulators/entra/call.h"
#include "simulators/kit/fault.h"

#include <stdio.h>
#include <string.h>

static const struct sim_status_word words[] = {
    {400, "invalid_request"},
    {401, "invalid_client"},
    {403, "access_denied"},
    {429, "temporarily_unavailable"},
    {500, "server_error"},
    {503, "temporarily_unavailable"},
    {0, NULL},
};

/* Whoever asks for a token says so in the form; whether it is true is looked at later. */
static void name_client(sim_world_t *world, const struct base_http_request *request,
                        struct sim_call_about *out)
{
    struct sim_principal principal;
    char tenant[BASE_UUID_TEXT];
    const char **parts, *client = NULL;
    struct base_pair *form;
    size_t count = base_query_parse(request->arena, request->body, true, &form);

    for (size_t i = 0; i < count; i++)
        if (base_equal(form[i].name, "client_id"))
            client = form[i].value;
    if (client && base_path_split(request->arena, request->path, &parts) &&
        sim_tenant_find(world, parts[0], tenant) &&
        sim_principal_by_client(world, tenant, client, &principal))
        snprintf(out->caller, sizeof out->caller, "%s", principal.name);
}

/* "entra.token", "entra.GetKeys". */
static void about(void *context, const struct base_http_request *request,
                  struct sim_call_about *out)
{
    size_t count;
    const struct sim_route *routes = entra_routes(&count);

    sim_call_by_route(request, "entra", routes, count, out);
    if (strcmp(out->call, "entra.GetToken"))
        return;
    snprintf(out->call, sizeof out->call, "entra.token");
    name_client(((entra_t *)context)->world, request, out);
}

static void about_identity(void *context, const struct base_http_request *request,
                           struct sim_call_about *out)
{
    (void)context;
    snprintf(out->call, sizeof out->call,
             base_ends_nocase(request->path, "/oauth2/token") ? "managedidentity.token"
                                                              : "managedidentity.other");
}

static void refuse(void *context, const struct base_http_request *request,
                   const struct sim_refusal *refusal, struct base_http_response *response)
{
    cJSON *body = cJSON_CreateObject();

    (void)context;
    (void)request;
    base_json_set_text(body, "error",
                       refusal->code ? refusal->code
                                     : sim_status_word(words, refusal->status, "server_error"));
    base_json_set_text(body, "error_description", refusal->message);
    base_http_answer_json_take(response, refusal->status, body);
}

void entra_fault_add(entra_t *entra)
{
    sim_fault_room_add(entra->world, &(struct sim_fault_room){"entra", about, refuse, entra});
    sim_fault_room_add(entra->world,
                       &(struct sim_fault_room){"imds", about_identity, refuse, entra});
}
