/* Decides what a fault does to a call that a simulator makes to a program outside the world. */
#include "simulators/kit/fault_out.h"
#include "simulators/kit/fault_private.h"
#include "simulators/kit/resource.h"

#include <stdio.h>

/* What the other side would have said that refuses; it is not asked. */
static void refuse(const struct sim_fault *fault, struct base_http_answer *answer)
{
    struct base_http_response response = {0};
    const struct base_headers *headers = &response.headers;
    char seconds[16];

    sim_resource_refuse(&response, fault->status,
                        fault->code[0] ? fault->code
                                       : sim_fault_status_word(fault->status, "Error"),
                        NULL, "The fault rule '%s' refuses this call.", fault->rule);
    (void)snprintf(seconds, sizeof seconds, "%d", fault->retry_after_s);
    if (fault->retry_after_s)
        base_headers_set(&response.headers, "Retry-After", seconds);
    answer->status = fault->status;
    for (size_t i = 0; i < headers->count; i++)
        base_headers_add(&answer->headers, headers->items[i].name, headers->items[i].value);
    base_buf_append(&answer->body, response.body.data, response.body.len);
    base_http_response_release(&response);
}

static enum base_status reset(const struct sim_fault *fault, struct base_http_answer *answer,
                              struct base_error *err)
{
    base_http_answer_release(answer);
    *answer = (struct base_http_answer){0};
    return base_error_set(err, BASE_UNAVAILABLE, NULL,
                          "the connection was reset (the fault rule '%s')", fault->rule);
}

/* As with a call that comes in: dropped before its effect, it never has one; late, the effect comes and the answer does not. */
static void park(sim_world_t *world, const struct sim_fault_call *who, const char *url,
                 struct sim_fault *fault)
{
    struct sim_held held = {.fault = fault, .call = who, .url = url};
    bool before = fault->kind == SIM_FAULT_PARK_BEFORE;
    enum sim_fault_answer answer = sim_fault_hold(world, &held);

    fault->kind = answer == SIM_ANSWER_DROP && before ? SIM_FAULT_DROP_REQUEST
                  : answer == SIM_ANSWER_SEND         ? SIM_FAULT_NONE
                                                      : SIM_FAULT_DROP_ANSWER;
}

static void garble(struct base_http_answer *answer)
{
    if (answer->body.len < 2)
        return;
    answer->body.len /= 2;
    answer->body.data[answer->body.len] = '\0';
}

enum base_status sim_fault_send(sim_world_t *world, const struct sim_fault_way_out *way,
                                const struct base_http_call *call, struct base_http_answer *answer,
                                char *struck, struct base_error *err)
{
    const struct sim_fault_call who = {way->service, way->call, way->caller, SIM_FAULT_HTTP_KINDS};
    struct sim_fault fault = {0};
    enum base_status status;

    struck[0] = '\0';
    if (!sim_fault_armed(world) || !sim_fault_take(world, &who, &fault))
        return base_http_send(way->client, call, answer, err);
    sim_fault_text(&fault, struck);
    if (fault.kind == SIM_FAULT_DELAY)
        sim_fault_delay(world, &fault);
    if (fault.kind == SIM_FAULT_PARK_BEFORE)
        park(world, &who, call->url, &fault);
    if (fault.kind == SIM_FAULT_DROP_REQUEST)
        return reset(&fault, answer, err);
    if (fault.kind == SIM_FAULT_REFUSE) {
        refuse(&fault, answer);
        return BASE_OK;
    }
    status = base_http_send(way->client, call, answer, err);
    if (fault.kind == SIM_FAULT_PARK_AFTER)
        park(world, &who, call->url, &fault);
    if (fault.kind == SIM_FAULT_GARBLE)
        garble(answer);
    return status == BASE_OK && fault.kind == SIM_FAULT_DROP_ANSWER ? reset(&fault, answer, err)
                                                                    : status;
}
