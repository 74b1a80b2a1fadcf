/* Decides what a fault does to an HTTP exchange, before its effect and after it. */
#include "simulators/kit/fault_private.h"
#include "simulators/kit/resource.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* What every service says unless it knows better; ARM's words, which most of Azure shares. */
static const struct sim_status_word words[] = {
    {400, "BadRequest"},      {401, "Unauthorized"},
    {403, "Forbidden"},       {404, "NotFound"},
    {409, "Conflict"},        {412, "PreconditionFailed"},
    {429, "TooManyRequests"}, {500, "InternalServerError"},
    {502, "BadGateway"},      {503, "ServiceUnavailable"},
    {504, "GatewayTimeout"},  {0, NULL},
};

static const struct sim_fault_room *room_of(const sim_world_t *world, const char *service);
static void refuse(sim_world_t *world, struct sim_fault_exchange *exchange);
static void drop(struct sim_fault_exchange *exchange);
static void park(sim_world_t *world, struct sim_fault_exchange *exchange);
static void garble(struct base_http_response *response);

void sim_fault_name(sim_world_t *world, struct sim_fault_exchange *exchange)
{
    const struct sim_fault_room *room = room_of(world, exchange->service);
    struct sim_call_about about = {.call = ""};

    if (room && room->about)
        room->about(room->context, exchange->request, &about);
    if (!about.call[0]) {
        snprintf(about.call, sizeof about.call, "%s.%s", exchange->service,
                 exchange->request->method);
        base_lower(about.call);
    }
    snprintf(exchange->call, sizeof exchange->call, "%s", about.call);
    if (about.caller[0])
        snprintf(exchange->caller, sizeof exchange->caller, "%s", about.caller);
}

void sim_fault_before(sim_world_t *world, struct sim_fault_exchange *exchange)
{
    const struct sim_fault_call call = {exchange->service, exchange->call, exchange->caller,
                                        SIM_FAULT_HTTP_KINDS};

    if (!sim_fault_take(world, &call, &exchange->fault))
        return;
    switch (exchange->fault.kind) {
    case SIM_FAULT_REFUSE:
        refuse(world, exchange);
        break;
    case SIM_FAULT_DROP_REQUEST:
        exchange->answered = true;
        drop(exchange);
        break;
    case SIM_FAULT_DELAY:
        sim_fault_delay(world, &exchange->fault);
        break;
    case SIM_FAULT_PARK_BEFORE:
        park(world, exchange);
        break;
    default:
        break;
    }
}

void sim_fault_after(sim_world_t *world, struct sim_fault_exchange *exchange)
{
    if (exchange->fault.kind == SIM_FAULT_DROP_ANSWER)
        drop(exchange);
    else if (exchange->fault.kind == SIM_FAULT_PARK_AFTER)
        park(world, exchange);
    else if (exchange->fault.kind == SIM_FAULT_GARBLE)
        garble(exchange->response);
}

const char *sim_fault_status_word(int status, const char *fallback)
{
    return sim_status_word(words, status, fallback);
}

const char *sim_status_word(const struct sim_status_word *list, int status, const char *fallback)
{
    for (; list->word; list++)
        if (list->status == status)
            return list->word;
    return fallback;
}

void sim_call_by_route(const struct base_http_request *request, const char *service,
                       const struct sim_route *routes, size_t count, struct sim_call_about *out)
{
    struct sim_route_match match;

    if (sim_route_find(request->arena, routes, count, request->method, request->path, &match))
        snprintf(out->call, sizeof out->call, "%s.%.*s", service,
                 (int)strcspn(match.route->operation, " "), match.route->operation);
}

static const struct sim_fault_room *room_of(const sim_world_t *world, const char *service)
{
    const struct sim_faults *faults = world->faults;
    size_t count = atomic_load_explicit(&faults->room_count, memory_order_acquire);

    for (size_t i = 0; i < count; i++)
        if (!strcmp(faults->rooms[i].service, service))
            return &faults->rooms[i];
    return NULL;
}

static void refuse(sim_world_t *world, struct sim_fault_exchange *exchange)
{
    const struct sim_fault_room *room = room_of(world, exchange->service);
    const struct sim_fault *fault = &exchange->fault;
    struct base_http_response *response = exchange->response;
    char message[200];
    const struct sim_refusal refusal = {.status = fault->status,
                                        .code = fault->code[0] ? fault->code : NULL,
                                        .message = message,
                                        .retry_after_s = fault->retry_after_s};

    snprintf(message, sizeof message, "The fault rule '%s' refuses this call.", fault->rule);
    if (room && room->refuse)
        room->refuse(room->context, exchange->request, &refusal, response);
    else
        sim_resource_refuse(response, refusal.status,
                            refusal.code ? refusal.code
                                         : sim_fault_status_word(refusal.status, "Error"),
                            NULL, "%s", message);
    response->status = fault->status;
    if (fault->retry_after_s) {
        char seconds[16];
        snprintf(seconds, sizeof seconds, "%d", fault->retry_after_s);
        base_headers_set(&response->headers, "Retry-After", seconds);
    }
    exchange->answered = true;
}

/* A reset connection. Between two simulators there is none: the asker gets a 502 that says so. */
static void drop(struct sim_fault_exchange *exchange)
{
    struct base_http_response *response = exchange->response;

    base_http_response_release(response);
    memset(response, 0, sizeof *response);
    if (exchange->in_process)
        base_http_answer_text(response, 502, "text/plain", "the connection was reset\n");
    response->drop = !exchange->in_process;
}

static void park(sim_world_t *world, struct sim_fault_exchange *exchange)
{
    const struct sim_fault_call call = {exchange->service, exchange->call, exchange->caller,
                                        SIM_FAULT_HTTP_KINDS};
    struct sim_held held = {
        .fault = &exchange->fault, .call = &call, .url = exchange->request->path};
    bool before = exchange->fault.kind == SIM_FAULT_PARK_BEFORE;

    switch (sim_fault_hold(world, &held)) {
    case SIM_ANSWER_DROP:
        exchange->answered = before; /* before its effect: it never has one */
        drop(exchange);
        break;
    case SIM_ANSWER_LATE: /* the effect comes, the answer does not */
        if (before)
            exchange->fault.kind = SIM_FAULT_DROP_ANSWER;
        else
            drop(exchange);
        break;
    default:
        break;
    }
}

/* The answer breaks off in the middle, in good form otherwise. */
static void garble(struct base_http_response *response)
{
    if (response->stream)
        return;
    if (response->body.len < 2) {
        base_buf_clear(&response->body);
        base_headers_set(&response->headers, "Content-Type", "application/json");
        base_buf_puts(&response->body, "{\"value\":[{\"id\":\"");
    } else {
        response->body.len /= 2;
        response->body.data[response->body.len] = '\0';
    }
    if (response->status == 204 || response->status == 304)
        response->status = 200;
}
