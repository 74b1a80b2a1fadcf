/* Decides how interactions with the FHIR service are named for traces and fault rules, and how a refusal on purpose reads. */
#include "simulators/fhir/call.h"
#include "simulators/kit/fault.h"

#include <stdio.h>
#include <string.h>

/* Issue codes, FHIR R4 IssueType. */
static const struct sim_status_word words[] = {
    {400, "invalid"},   {401, "expired"},   {403, "forbidden"}, {404, "not-found"},
    {409, "conflict"},  {410, "deleted"},   {412, "conflict"},  {429, "throttled"},
    {500, "exception"}, {503, "transient"}, {504, "timeout"},   {0, NULL},
};

/* "fhir.Observation.update", "fhir.Observation.search", "fhir.bundle". */
static void about(void *context, const struct base_http_request *request,
                  struct sim_call_about *out)
{
    struct sim_route_match match;
    size_t count;
    const struct sim_route *routes = fhir_routes(&count);
    const char *operation;

    (void)context;
    if (!sim_route_find(request->arena, routes, count, request->method, request->path, &match))
        return;
    operation = match.route->operation;
    if (!strcmp(operation, "batch-transaction"))
        operation = "bundle";
    else if (!strncmp(operation, "search-", 7))
        operation = "search";
    if (strstr(match.route->pattern, "{type}"))
        snprintf(out->call, sizeof out->call, "fhir.%s.%s", match.values[0], operation);
    else
        snprintf(out->call, sizeof out->call, "fhir.%s", operation);
}

static void refuse(void *context, const struct base_http_request *request,
                   const struct sim_refusal *refusal, struct base_http_response *response)
{
    cJSON *outcome = cJSON_CreateObject(), *issues, *issue = cJSON_CreateObject();

    (void)context;
    (void)request;
    base_json_set_text(outcome, "resourceType", "OperationOutcome");
    issues = cJSON_AddArrayToObject(outcome, "issue");
    base_json_set_text(issue, "severity", "error");
    base_json_set_text(issue, "code",
                       refusal->code ? refusal->code
                                     : sim_status_word(words, refusal->status, "processing"));
    base_json_set_text(issue, "diagnostics", refusal->message);
    cJSON_AddItemToArray(issues, issue);
    base_http_answer_json_take(response, refusal->status, outcome);
    base_headers_set(&response->headers, "Content-Type", FHIR_CONTENT_TYPE);
    if (refusal->status == 401)
        base_headers_set(&response->headers, "WWW-Authenticate", "Bearer error=\"invalid_token\"");
}

void fhir_fault_add(fhir_t *fhir)
{
    sim_fault_room_add(fhir->world, &(struct sim_fault_room){"fhir", about, refuse, fhir});
}
