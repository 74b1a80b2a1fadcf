/* Takes a request from its host name to the operation, and the operation's answer back into HTTP. */
#include "simulators/fhir/call.h"

#include "simulators/kit/trace.h"

#include <string.h>

static bool find_service(struct fhir_call *call, const struct base_http_request *request);
static void write_answer(struct fhir_call *call, struct base_http_response *response);

void fhir_handle(void *context, const struct base_http_request *request,
                 struct base_http_response *response)
{
    char id[BASE_UUID_TEXT];
    struct fhir_call call = {.fhir = context,
                             .arena = request->arena,
                             .method = request->method,
                             .path = request->path,
                             .query = request->query,
                             .headers = request->headers,
                             .raw = request->body,
                             .raw_len = request->body_len,
                             .type = -1};

    base_uuid(sim_world_random(call.fhir->world), id);
    call.correlation = id;
    call.base = base_arena_printf(call.arena, "%s://%s", request->scheme, request->host);
    if (find_service(&call, request) && fhir_call_route(&call))
        call.route->run(&call);
    write_answer(&call, response);
    if (call.caller_name)
        sim_trace_caller(response, call.caller_name);
}

static bool find_service(struct fhir_call *call, const struct base_http_request *request)
{
    if (fhir_service_find(call->fhir, call->arena, request->host, &call->service))
        return true;
    fhir_refuse(call, FHIR_ABSENT, "There is no FHIR service at %s.", request->host);
    return false;
}

/* Prefer: return=minimal or OperationOutcome, for what was written. */
static void apply_prefer(struct fhir_call *call)
{
    const char *wanted = fhir_prefer(call, "return");
    bool written = !strcmp(call->method, "POST") || !strcmp(call->method, "PUT") ||
                   !strcmp(call->method, "PATCH");

    if (!wanted || !written || !call->answer.version || call->answer.outcome)
        return;
    if (base_equal_nocase(wanted, "minimal")) {
        call->answer.body = "";
        call->answer.tree = NULL;
    } else if (base_equal_nocase(wanted, "OperationOutcome")) {
        call->answer.tree = fhir_outcome(call);
        fhir_outcome_add(call, call->answer.tree, "information", "informational",
                         "The resource is stored.", NULL);
    }
}

static void write_body(struct fhir_call *call, struct base_buf *out)
{
    struct fhir_answer *answer = &call->answer;
    const char *pretty = fhir_param(call, "_pretty");
    bool wanted = pretty && base_equal_nocase(pretty, "true");
    struct base_error err = {0};

    if (wanted && !answer->tree && answer->body && *answer->body)
        answer->tree = fhir_json_parse(call->arena, answer->body, strlen(answer->body), &err);
    if (answer->tree)
        fhir_json_print(out, answer->tree, wanted);
    else if (answer->body)
        base_buf_puts(out, answer->body);
}

static void write_answer(struct fhir_call *call, struct base_http_response *response)
{
    const struct fhir_answer *answer = &call->answer;
    struct base_headers *headers = &response->headers;
    const char *correlation = fhir_header(call, "X-Correlation-Id");
    char when[BASE_TIME_TEXT];

    apply_prefer(call);
    response->status = answer->status;
    write_body(call, &response->body);
    if (response->body.len)
        base_headers_add(headers, "Content-Type", FHIR_CONTENT_TYPE);
    base_headers_add(headers, "X-Request-Id", call->correlation);
    base_headers_add(headers, "X-Content-Type-Options", "nosniff");
    if (correlation)
        base_headers_add(headers, "X-Correlation-Id", correlation);
    if (answer->version)
        base_headers_addf(headers, "ETag", "W/\"%lld\"", (long long)answer->version);
    if (answer->seq) {
        base_time_http(fhir_seq_ms(answer->seq), when);
        base_headers_add(headers, "Last-Modified", when);
    }
    if (answer->location)
        base_headers_addf(headers, "Location", "%s/%s", call->base, answer->location);
    if (answer->removed)
        base_headers_add(headers, "Items-Deleted", answer->removed);
    if (answer->status == 401)
        base_headers_add(headers, "WWW-Authenticate", "Bearer");
}
