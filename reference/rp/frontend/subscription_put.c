/* Decides what a notice about a subscription changes: what may be written to afterwards (RPC 1.12). */
#include "reference/rp/frontend/call.h"
#include "reference/rp/storage/subscription.h"
#include "common/text.h"

static const char *const STATES[] = {"Registered", "Unregistered", "Warned", "Suspended",
                                     "Deleted"};

static bool known_state(const char *state)
{
    for (size_t i = 0; state && i < sizeof STATES / sizeof *STATES; i++)
        if (base_equal_nocase(STATES[i], state))
            return true;
    return false;
}

void rp_subscription_notice(struct rp_call *call)
{
    struct base_error err = {0};
    cJSON *body = rp_body(call);
    const char *state = base_json_text(body, "state");

    if (!body)
        return;
    if (!known_state(state))
        rp_answer_error(call, 400, RP_BAD, "state",
                        "state: found \"%.40s\", expected Registered, Unregistered, Warned, "
                        "Suspended or Deleted",
                        state ? state : "nothing");
    else if (rp_subscription_put(call->world->db, call->subscription, state, body, &err) != BASE_OK)
        rp_answer_failure(call, &err);
    else {
        base_http_answer_json(call->response, 200, body);
        if (call->world->wake) /* of a deleted subscription everything goes */
            call->world->wake(call->world->wake_context);
    }
    cJSON_Delete(body);
}
