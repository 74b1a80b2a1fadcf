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

/* A deleted subscription's resources are not taken down here: saying so beats forgetting them. */
static bool has_resources(struct rp_call *call)
{
    char *prefix = base_arena_printf(call->arena, "/subscriptions/%s/", call->subscription);
    struct rp_resource *list = NULL;
    size_t count = 0;
    struct base_error err = {0};

    base_lower(prefix);
    const struct rp_resource_query query = {
        .type = RP_WORKSPACE, .prefix = prefix, .after = "", .limit = 1};
    if (rp_resource_list(call->world->db, &query, &list, &count, &err) != BASE_OK)
        return true;
    rp_resources_free(list, count);
    return count > 0;
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
    else if (base_equal_nocase(state, "Deleted") && has_resources(call))
        rp_answer_error(call, 409, "RequestNotAllowed", "state",
                        "state: subscription %s still has workspaces; this resource provider does "
                        "not take them down by "
                        "itself: delete them first",
                        call->subscription);
    else if (rp_subscription_put(call->world->db, call->subscription, state, body, &err) != BASE_OK)
        rp_answer_failure(call, &err);
    else
        base_http_answer_json(call->response, 200, body);
    cJSON_Delete(body);
}
