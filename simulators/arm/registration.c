/* Decides when a provider is told that a subscription uses it. */
#include "simulators/arm/registration.h"
#include "simulators/arm/endpoint.h"

#include <stdlib.h>
#include <string.h>

static char *key_of(const char *provider, const char *subscription)
{
    return base_asprintf("%s/%s", subscription, provider);
}

void arm_namespace_register(arm_t *arm, const char *subscription, const char *provider)
{
    char *key = key_of(provider, subscription);
    cJSON *known = arm_docs_get(arm->registrations, key);

    if (!known) {
        known = cJSON_CreateObject();
        base_json_set_text(known, "subscription", subscription);
        base_json_set_text(known, "namespace", provider);
        base_json_set_bool(known, "told", false);
        base_json_set_number(known, "registeredMs", (double)sim_now_ms(arm->world));
        arm_docs_put(arm->registrations, key, known);
    } else {
        cJSON_Delete(known);
    }
    free(key);
}

const char *arm_registration_state(struct arm *arm, const char *provider, const char *subscription)
{
    static const char *const always[] = {"Microsoft.Resources", "Microsoft.Authorization"};
    char *key = key_of(provider, subscription);
    cJSON *known = arm_docs_get(arm->registrations, key);
    bool registered = known != NULL;

    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        registered = registered || base_equal_nocase(provider, always[i]);
    cJSON_Delete(known);
    free(key);
    return registered ? "Registered" : "NotRegistered";
}

static cJSON *notification(struct arm *arm, const cJSON *registration, const char *state)
{
    cJSON *subscription =
        arm_docs_get(arm->subscriptions, base_json_text(registration, "subscription"));
    cJSON *body = cJSON_CreateObject(), *properties, *more;
    char date[BASE_TIME_TEXT];

    base_time_http((int64_t)base_json_number(registration, "registeredMs", 0), date);
    base_json_set_text(body, "state", state);
    base_json_set_text(body, "registrationDate", date);
    properties = cJSON_AddObjectToObject(body, "properties");
    base_json_set_text(properties, "tenantId", base_json_text(subscription, "tenantId"));
    base_json_set_text(properties, "locationPlacementId", "Public_2014-09-01");
    base_json_set_text(properties, "quotaId", "PayAsYouGo_2014-09-01");
    cJSON_AddArrayToObject(properties, "registeredFeatures");
    more = cJSON_AddObjectToObject(properties, "additionalProperties");
    more = cJSON_AddObjectToObject(more, "resourceProviderProperties");
    base_json_set_text(more, "resourceProviderNamespace",
                       base_json_text(registration, "namespace"));
    cJSON_Delete(subscription);
    return body;
}

/* True: the provider answered with a success. */
static bool send_notification(struct arm *arm, const cJSON *registration, const char *state)
{
    cJSON *body = notification(arm, registration, state);
    char *text = base_json_print(body), id[BASE_UUID_TEXT];
    char *url = base_asprintf("/subscriptions/%s?api-version=2.0",
                              base_json_text(registration, "subscription"));
    struct base_headers headers = {0};
    struct base_http_answer answer = {0};

    base_uuid(sim_world_random(arm->world), id);
    base_headers_add(&headers, "Content-Type", "application/json; charset=utf-8");
    base_headers_addf(&headers, "referer", "https://" ARM_HOST "%s", url);
    base_headers_add(&headers, "x-ms-correlation-request-id", id);
    base_headers_add(&headers, "x-ms-home-tenant-id", base_json_text(body, "properties.tenantId"));
    struct base_http_call call = {"PUT", url, &headers, text, strlen(text), 0, NULL, NULL};
    bool told = arm_endpoint_send(arm, base_json_text(registration, "namespace"), &call, &answer,
                                  NULL) == BASE_OK &&
                answer.status >= 200 && answer.status < 300;
    base_http_answer_release(&answer);
    base_headers_release(&headers);
    free(url);
    free(text);
    cJSON_Delete(body);
    return told;
}

void arm_registration_remove(struct arm *arm, const char *provider, const char *subscription)
{
    char *key = key_of(provider, subscription);
    cJSON *known = arm_docs_get(arm->registrations, key);

    if (known && base_json_true(known, "told"))
        (void)send_notification(arm, known, "Unregistered");
    arm_docs_remove(arm->registrations, key);
    cJSON_Delete(known);
    free(key);
}

static void set_told(void *context, cJSON *document)
{
    base_json_set_bool(document, "told", context != NULL);
}

void arm_registration_tell(struct arm *arm, const char *provider, const char *subscription)
{
    char *key = key_of(provider, subscription);
    cJSON *known = arm_docs_get(arm->registrations, key);

    if (known && !base_json_true(known, "told") && arm_endpoint_known(arm, provider) &&
        send_notification(arm, known, "Registered"))
        arm_docs_update(arm->registrations, key, set_told, arm);
    cJSON_Delete(known);
    free(key);
}

void arm_registration_forget_told(struct arm *arm, const char *provider)
{
    cJSON *all = arm_docs_list(arm->registrations, NULL), *item;

    cJSON_ArrayForEach(item, all)
    {
        if (!base_equal_nocase(base_json_text(item, "namespace"), provider))
            continue;
        char *key = key_of(provider, base_json_text(item, "subscription"));
        arm_docs_update(arm->registrations, key, set_told, NULL);
        free(key);
    }
    cJSON_Delete(all);
}
