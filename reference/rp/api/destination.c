/* Decides what a destination must say about the FHIR service and the FHIR mapping. */
#include "reference/rp/api/fhir_service.h"
#include "reference/rp/api/model.h"
#include "common/text.h"

#include <stdio.h>
#include <string.h>

static const char *const DESIGN[] = {"provisioningState",
                                     "provisioningError",
                                     "destinationType",
                                     "resourceIdentityResolutionType",
                                     "fhirServiceResourceId",
                                     "fhirMapping",
                                     NULL};
static const char *const SHIPPED[] = {"provisioningState", "resourceIdentityResolutionType",
                                      "fhirServiceResourceId", "fhirMapping", NULL};
static const char *const RESOLUTIONS[] = {"Create", "Lookup"};

static void read_type(const struct rp_reading *in, const cJSON *properties, cJSON *desired,
                      struct rp_faults *faults);
static void read_resolution(const cJSON *properties, cJSON *desired, struct rp_faults *faults);
static void read_service(const struct rp_reading *in, const cJSON *properties, cJSON *desired,
                         struct rp_faults *faults);

void rp_destination_read(const struct rp_reading *in, const cJSON *properties, cJSON *desired,
                         struct rp_faults *faults)
{
    if (in->version->design &&
        cJSON_GetObjectItemCaseSensitive(properties, "outputEndpointConfiguration")) {
        rp_draft_destination_read(in, properties, desired, faults);
        return;
    }
    rp_refuse_unknown(properties, "properties", in->version->design ? DESIGN : SHIPPED, faults);
    read_type(in, properties, desired, faults);
    read_resolution(properties, desired, faults);
    read_service(in, properties, desired, faults);
    rp_mapping_read(properties, RP_FHIR_MAPPING, desired, faults);
}

void rp_destination_show(const cJSON *desired, const struct rp_version *version, cJSON *out,
                         cJSON *properties)
{
    static const char *const SHOWN[] = {"resourceIdentityResolutionType", "fhirServiceResourceId",
                                        "fhirMapping"};

    const cJSON *draft = cJSON_GetObjectItemCaseSensitive(desired, "outputEndpointConfiguration");

    (void)out;
    if (version->design && draft) { /* as it was written, so that it can be written back */
        base_json_set(properties, "outputEndpointConfiguration", base_json_copy(draft));
        return;
    }
    if (version->design)
        base_json_set_text(properties, "destinationType",
                           base_json_text(desired, "destinationType"));
    for (size_t i = 0; i < sizeof SHOWN / sizeof *SHOWN; i++) {
        const cJSON *node = cJSON_GetObjectItemCaseSensitive(desired, SHOWN[i]);
        if (node) /* a FHIR server by URL has no id */
            base_json_set(properties, SHOWN[i], base_json_copy(node));
    }
}

static void read_type(const struct rp_reading *in, const cJSON *properties, cJSON *desired,
                      struct rp_faults *faults)
{
    const char *type = in->version->design
                           ? rp_need_text(properties, "properties", "destinationType", faults)
                           : "FhirService";

    if (type && !base_equal_nocase(type, "FhirService"))
        rp_fault(faults, RP_BAD, "properties.destinationType",
                 "properties.destinationType: found \"%.64s\", expected \"FhirService\"", type);
    base_json_set_text(desired, "destinationType", "FhirService");
}

static void read_resolution(const cJSON *properties, cJSON *desired, struct rp_faults *faults)
{
    const char *text =
        rp_need_text(properties, "properties", "resourceIdentityResolutionType", faults);

    if (!text)
        return;
    for (size_t i = 0; i < 2; i++)
        if (base_equal_nocase(text, RESOLUTIONS[i])) {
            base_json_set_text(desired, "resourceIdentityResolutionType", RESOLUTIONS[i]);
            return;
        }
    rp_fault(faults, RP_BAD, "properties.resourceIdentityResolutionType",
             "properties.resourceIdentityResolutionType: found \"%.64s\", expected \"Create\" or "
             "\"Lookup\"",
             text);
}

/* DST-02: the same workspace, or a Gen 1 service of the same subscription. */
static bool in_reach(const char *own_id, const struct rp_fhir_service *service)
{
    char own[512], theirs[512];

    snprintf(own, sizeof own, "%s", own_id);
    char *end = strcasestr(own, service->workspace[0] ? "/iotconnectors/" : "/resourceGroups/");
    if (end)
        *end = '\0';
    if (service->workspace[0])
        snprintf(
            theirs, sizeof theirs,
            "/subscriptions/%s/resourceGroups/%s/providers/Microsoft.HealthcareApis/workspaces/%s",
            service->subscription, service->group, service->workspace);
    else
        snprintf(theirs, sizeof theirs, "/subscriptions/%s", service->subscription);
    return base_equal_nocase(own, theirs);
}

static void read_service(const struct rp_reading *in, const cJSON *properties, cJSON *desired,
                         struct rp_faults *faults)
{
    const char *text = rp_need_text(properties, "properties", "fhirServiceResourceId", faults);
    struct rp_fhir_service service;

    if (!text)
        return;
    if (!rp_fhir_service_parse(text, &service)) {
        rp_fault(faults, RP_BAD, "properties.fhirServiceResourceId",
                 "properties.fhirServiceResourceId: found \"%.300s\", expected the id of a "
                 "Microsoft.HealthcareApis/workspaces/fhirservices or "
                 "Microsoft.HealthcareApis/services resource",
                 text);
        return;
    }
    if (!in_reach(in->id, &service))
        rp_fault(faults, RP_BAD, "properties.fhirServiceResourceId",
                 "properties.fhirServiceResourceId: found \"%.300s\", expected a FHIR service of "
                 "the same workspace, or a "
                 "Microsoft.HealthcareApis/services resource of the same subscription",
                 text);
    cJSON *known = cJSON_CreateObject();
    base_json_set_text(known, "id", service.id);
    base_json_set(desired, "fhirService", known);
    base_json_set_text(desired, "fhirServiceResourceId", text);
}
