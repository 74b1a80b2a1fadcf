/* Decides how many destinations a connector may have (DST-04), and that what each names exists (DST-02, DST-05). */
#include "reference/rp/api/fhir_service.h"
#include "reference/rp/frontend/call.h"
#include "common/log.h"
#include "common/text.h"

#define FHIR_API_VERSION "2021-11-01"
#define TARGET "properties.fhirServiceResourceId"

#define MAPPING_TARGET "properties.outputEndpointConfiguration.fhirMappingResourceId"

/* The older draft names a mapping of the connector: its content becomes the destination's own (DST-05). */
static bool take_mapping(struct rp_call *call, cJSON *desired)
{
    const char *key = base_json_text(desired, "mapping");
    struct rp_resource mapping;
    struct base_error err = {0};
    enum base_status status = rp_resource_get(call->world->db, key, &mapping, &err);

    if (status == BASE_NOT_FOUND) {
        rp_answer_error(call, 404, "ResourceNotFound", MAPPING_TARGET,
                        MAPPING_TARGET ": the mapping '%s' was not found.", key);
        return false;
    }
    if (status != BASE_OK) {
        rp_answer_failure(call, &err);
        return false;
    }
    bool fits = base_equal(base_json_text(mapping.desired, "mappingKind"), "fhir");
    cJSON *content = cJSON_CreateObject();
    base_json_set(content, "content", base_json_copy(base_json_at(mapping.desired, "content")));
    base_json_set(desired, "fhirMapping", content);
    if (!fits)
        rp_answer_error(call, 400, RP_BAD, MAPPING_TARGET,
                        MAPPING_TARGET ": found the device mapping '%s', expected a FHIR mapping",
                        mapping.id);
    rp_resource_release(&mapping);
    return fits;
}

/* The one look outside that the front end makes: a 404 must come with the answer, not with the operation. */
static bool find_service(struct rp_call *call, cJSON *desired)
{
    struct az_arm arm = rp_world_arm(call->world, call->home_tenant, call->correlation);
    cJSON *known = base_json_at(desired, "fhirService"), *resource = NULL;
    const char *id = base_json_text(known, "id");
    struct rp_fhir_service service;
    struct base_error err = {0};
    char url[256];

    if (!rp_fhir_service_parse(id, &service))
        BUG("a destination without FHIR service was accepted");
    enum base_status status = az_arm_get(&arm, id, FHIR_API_VERSION, &resource, &err);
    if (status == BASE_OK) {
        rp_fhir_service_url(&service, call->world->config, resource, url);
        base_json_set_text(known, "url", url);
    } else if (status == BASE_NOT_FOUND) {
        rp_answer_error(call, 404, "ResourceNotFound", TARGET,
                        TARGET ": the FHIR service '%s' was not found.", id);
    } else if (status == BASE_DENIED) {
        rp_answer_error(
            call, 400, "LinkedAuthorizationFailed", TARGET,
            TARGET
            ": the resource provider may not read '%s'; is Microsoft.HealthcareApis registered in "
            "subscription %s?",
            id, service.subscription);
    } else {
        rp_answer_failure(call, &err);
    }
    cJSON_Delete(resource);
    return status == BASE_OK;
}

static bool prepare(struct rp_call *call, cJSON *desired)
{
    return base_json_at(desired, "mapping") ? take_mapping(call, desired)
                                            : find_service(call, desired);
}

static struct rp_write_rules rules(const struct rp_call *call)
{
    return (struct rp_write_rules){.prepare = prepare,
                                   .limit = call->world->config->destinations_per_connector,
                                   .limit_text = "A connector can have at most"};
}

void rp_destination_put(struct rp_call *call)
{
    const struct rp_write_rules these = rules(call);

    rp_write_put(call, &these);
}

void rp_destination_patch(struct rp_call *call)
{
    const struct rp_write_rules these = rules(call);

    if (call->version->design)
        rp_write_patch(call, &these);
    else
        rp_answer_error(call, 405, "MethodNotAllowed", NULL,
                        "PATCH is not possible on fhirdestinations at api-version %s; use PUT",
                        call->version->name);
}
