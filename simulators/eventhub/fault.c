/* Decides how calls of Event Hubs are named for fault rules, and how a refusal over HTTP reads. */
#include "simulators/eventhub/fault.h"

#include "simulators/eventhub/world.h"
#include "simulators/kit/fault.h"

#include <stdio.h>

static void about(void *context, const struct base_http_request *request,
                  struct sim_call_about *out)
{
    (void)context;
    snprintf(out->call, sizeof(out->call), "eventhub.%s",
             base_equal(request->method, "POST") ? "post" : "rest");
}

static void refuse(void *context, const struct base_http_request *request,
                   const struct sim_refusal *refusal, struct base_http_response *response)
{
    struct base_buf body = {0};
    (void)context;
    (void)request;
    base_buf_printf(&body, "<Error><Code>%d</Code><Detail>%s</Detail></Error>", refusal->status,
                    refusal->message);
    base_http_answer_text(response, refusal->status, "application/xml; charset=utf-8", body.data);
    base_buf_release(&body);
}

void eh_fault_add(eh_t *eh)
{
    sim_fault_room_add(eh->world, &(struct sim_fault_room){"eventhub", about, refuse, eh});
}
