/* Decides what is said of resource providers, and how a subscription begins and ends to use one. */
#include "simulators/arm/routes.h"
#include "simulators/arm/registration.h"

#include <string.h>

/* Completes an entry of the catalogue for the call's subscription (or tenant). */
static void complete(struct arm_call *call, cJSON *item)
{
    const char *provider = base_json_text(item, "namespace"),
               *subscription = call->target.subscription;

    if (subscription)
        base_json_set(item, "id",
                      base_json_textf("/subscriptions/%s/providers/%s", subscription, provider));
    else
        base_json_set(item, "id", base_json_textf("/providers/%s", provider));
    base_json_set_text(item, "registrationPolicy", "RegistrationRequired");
    if (subscription)
        base_json_set_text(item, "registrationState",
                           arm_registration_state(call->arm, provider, subscription));
}

void arm_providers_list(struct arm_call *call)
{
    cJSON *catalogue = arm_type_catalogue(call->arm, NULL), *item;

    cJSON_ArrayForEach(item, catalogue) complete(call, item);
    arm_call_answer_list(call, catalogue);
}

static void answer_one(struct arm_call *call)
{
    cJSON *catalogue = arm_type_catalogue(call->arm, call->target.provider);
    cJSON *item = cJSON_DetachItemFromArray(catalogue, 0);

    if (item) {
        complete(call, item);
        base_http_answer_json_take(call->response, 200, item);
    } else {
        arm_refuse(call->response, ARM_INVALID_NAMESPACE, NULL,
                   "The resource namespace '%s' is invalid.", call->target.provider);
    }
    cJSON_Delete(catalogue);
}

void arm_providers_get(struct arm_call *call)
{
    answer_one(call);
}

/* The registration is kept even when the provider cannot be told at once: it is told before its first request. */
void arm_providers_register(struct arm_call *call)
{
    arm_namespace_register(call->arm, call->target.subscription, call->target.provider);
    arm_registration_tell(call->arm, call->target.provider, call->target.subscription);
    answer_one(call);
}

void arm_providers_unregister(struct arm_call *call)
{
    arm_registration_remove(call->arm, call->target.provider, call->target.subscription);
    answer_one(call);
}
