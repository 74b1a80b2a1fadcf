/* Decides how a request reaches its provider and what becomes of the answer. */
#include "simulators/arm/forward.h"
#include "simulators/arm/endpoint.h"
#include "simulators/arm/registration.h"

#include <string.h>

static void send_kit(const struct arm_forward *forward, struct base_http_response *response);
static void send_external(const struct arm_forward *forward, struct base_http_response *response);

void arm_forward_init(struct arm_forward *forward, struct arm_call *call)
{
    const struct base_http_request *request = call->request;
    bool head = base_equal(request->method, "HEAD");

    *forward = (struct arm_forward){
        .arm = call->arm,
        .arena = call->arena,
        .type = &call->type,
        .method = head ? "GET" : request->method,
        .path = call->target.path,
        .query = request->query,
        .base = call->base,
        .referer = base_arena_printf(call->arena, "%s%s%s%s", call->base, call->target.path,
                                     *request->query ? "?" : "", request->query),
        .subscription = call->target.subscription,
        .tenant = call->tenant,
        .correlation = call->correlation,
        .routing = call->routing,
        .body = request->body,
        .body_len = request->body_len,
        .headers = request->headers,
        .caller = &call->caller,
        .peer = request->peer,
    };
}

void arm_forward_send(const struct arm_forward *forward, struct base_http_response *response)
{
    if (forward->type->home == ARM_HOME_KIT)
        send_kit(forward, response);
    else
        send_external(forward, response);
    if (response->status >= 400 && !base_headers_get(&response->headers, "x-ms-failure-cause"))
        base_headers_add(&response->headers, "x-ms-failure-cause", "service");
}

bool arm_forward_answered(const struct base_http_response *response)
{
    return !base_equal(base_headers_get(&response->headers, "x-ms-failure-cause"), "gateway");
}

static void send_kit(const struct arm_forward *forward, struct base_http_response *response)
{
    struct base_headers headers = {0};
    struct base_http_request request = {
        .method = forward->method,
        .scheme = "https",
        .host = forward->base + strlen("https://"),
        .path = forward->path,
        .query = forward->query,
        .headers = &headers,
        .body = forward->body ? forward->body : "",
        .body_len = forward->body_len,
        .peer = "",
        .client_subject = "arm.management.azure.com",
        .arena = forward->arena,
    };

    arm_rpc_headers(forward, &headers);
    sim_provider_handle(forward->type->kit, &request, response);
    base_headers_release(&headers);
}

/* Asynchronous headers must lead back here: clients would send their ARM token wherever they point. */
static bool check_links(const struct arm_forward *forward, const struct base_http_answer *answer,
                        struct base_http_response *response)
{
    static const char *const names[] = {"Location", "Azure-AsyncOperation", "Operation-Location"};
    size_t len = strlen(forward->base);

    if (answer->status >= 300 && answer->status < 400)
        return true; /* a provider's redirect goes to the client as it is */
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *url = base_headers_get(&answer->headers, names[i]);
        if (!url || (base_starts_nocase(url, forward->base) && url[len] == '/'))
            continue;
        return arm_refuse(
            response, ARM_PROVIDER_BROKEN, NULL,
            "The resource provider '%s' answered with the header %s = '%s', which does not lead to "
            "'%s' (the host of the referer).",
            forward->type->provider, names[i], url, forward->base);
    }
    return true;
}

static void refuse_failed(const struct arm_forward *forward, const struct base_error *err,
                          struct base_http_response *response)
{
    const char *provider = forward->type->provider;

    if (err->status == BASE_TIMEOUT)
        arm_refuse(
            response, ARM_PROVIDER_TIMEOUT, NULL,
            "The gateway did not receive a response from '%s' within the specified time period.",
            provider);
    else if (err->status == BASE_UNAVAILABLE || err->status == BASE_UNAUTHENTICATED ||
             err->status == BASE_CANCELED)
        arm_refuse(response, ARM_PROVIDER_UNAVAILABLE, NULL,
                   "The resource provider '%s' cannot be reached: %s.", provider, err->message);
    else
        arm_refuse(response, ARM_PROVIDER_BROKEN, NULL,
                   "The resource provider '%s' answered badly: %s.", provider, err->message);
}

static void copy_answer(const struct base_http_answer *answer, struct base_http_response *response)
{
    static const char *const hop[] = {"Connection",     "Keep-Alive", "Transfer-Encoding",
                                      "Content-Length", "Date",       "Server",
                                      "Trailer"};

    response->status = answer->status;
    base_buf_append(&response->body, answer->body.data ? answer->body.data : "", answer->body.len);
    for (size_t i = 0; i < answer->headers.count; i++) {
        const struct base_header *header = &answer->headers.items[i];
        bool drop = base_equal_nocase(header->name, "x-ms-failure-cause");
        for (size_t h = 0; h < sizeof hop / sizeof *hop; h++)
            drop = drop || base_equal_nocase(header->name, hop[h]);
        if (!drop)
            base_headers_add(&response->headers, header->name, header->value);
    }
}

static void send_external(const struct arm_forward *forward, struct base_http_response *response)
{
    struct base_headers headers = {0};
    struct base_http_answer answer = {0};
    struct base_error err = {0};
    struct base_http_call call = {
        .method = forward->method,
        .url = base_arena_printf(forward->arena, "%s%s%s", forward->path,
                                 *forward->query ? "?" : "", forward->query),
        .headers = &headers,
        .body = forward->body,
        .body_len = forward->body_len,
    };

    if (forward->subscription)
        arm_registration_tell(forward->arm, forward->type->provider, forward->subscription);
    arm_rpc_headers(forward, &headers);
    if (arm_endpoint_send(forward->arm, forward->type->provider, &call, &answer, &err) != BASE_OK)
        refuse_failed(forward, &err, response);
    else if (check_links(forward, &answer, response))
        copy_answer(&answer, response);
    base_http_answer_release(&answer);
    base_headers_release(&headers);
}
