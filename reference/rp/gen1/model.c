/* Decides what Gen 1's resources must say. */
#include "reference/rp/gen1/model.h"
#include "common/text.h"

#include <string.h>

#define SERVICE "properties.serviceConfiguration"

static const char *const CONNECTOR[] = {"provisioningState", "serviceConfiguration", NULL};
static const char *const SERVICE_MEMBERS[] = {"resourceIdentityResolutionType", NULL};
static const char *const CONNECTION[] = {"provisioningState", NULL};
static const char *const MAPPING[] = {"provisioningState", "content", NULL};
static const char *const RESOLUTIONS[] = {"Create", "Lookup"};
static const struct {
    const char *name;
    enum rp_mapping kind;
} MAPPINGS[] = {{"device", RP_DEVICE_MAPPING}, {"fhir", RP_FHIR_MAPPING}};

void rp_gen1_connector_read(const struct rp_reading *in, const cJSON *properties, cJSON *desired,
                            struct rp_faults *faults)
{
    const cJSON *node = rp_need_object(properties, "properties", "serviceConfiguration", faults);
    const char *word = NULL;

    (void)in;
    rp_refuse_unknown(properties, "properties", CONNECTOR, faults);
    if (!node)
        return;
    rp_refuse_unknown(node, SERVICE, SERVICE_MEMBERS, faults);
    const char *text = rp_need_text(node, SERVICE, "resourceIdentityResolutionType", faults);
    for (size_t i = 0; text && i < 2; i++)
        if (base_equal_nocase(text, RESOLUTIONS[i]))
            word = RESOLUTIONS[i];
    if (text && !word)
        rp_fault(faults, RP_BAD, SERVICE ".resourceIdentityResolutionType",
                 SERVICE ".resourceIdentityResolutionType: found \"%.64s\", expected \"Create\" or "
                         "\"Lookup\"",
                 text);
    cJSON *configuration = cJSON_CreateObject();
    base_json_set_text(configuration, "resourceIdentityResolutionType", word);
    base_json_set(desired, "serviceConfiguration", configuration);
}

void rp_gen1_connector_show(const cJSON *desired, const struct rp_version *version, cJSON *out,
                            cJSON *properties)
{
    (void)version;
    (void)out;
    base_json_set(
        properties, "serviceConfiguration",
        base_json_copy(cJSON_GetObjectItemCaseSensitive(desired, "serviceConfiguration")));
}

void rp_gen1_connection_read(const struct rp_reading *in, const cJSON *properties, cJSON *desired,
                             struct rp_faults *faults)
{
    (void)in;
    (void)desired;
    rp_refuse_unknown(properties, "properties", CONNECTION, faults);
}

void rp_gen1_connection_show(const cJSON *desired, const struct rp_version *version, cJSON *out,
                             cJSON *properties)
{
    (void)desired;
    (void)version;
    (void)out;
    (void)properties;
}

/* A connector has two mappings at most; the name tells which. */
void rp_gen1_mapping_read(const struct rp_reading *in, const cJSON *properties, cJSON *desired,
                          struct rp_faults *faults)
{
    const char *name = strrchr(in->id, '/') + 1;

    rp_refuse_unknown(properties, "properties", MAPPING, faults);
    for (size_t i = 0; i < 2; i++)
        if (base_equal_nocase(name, MAPPINGS[i].name)) {
            rp_mapping_read_content(properties, MAPPINGS[i].kind, desired, faults);
            return;
        }
    rp_fault(faults, RP_BAD, "name", "name: found \"%.64s\", expected device or fhir", name);
}

void rp_gen1_mapping_show(const cJSON *desired, const struct rp_version *version, cJSON *out,
                          cJSON *properties)
{
    rp_draft_mapping_show(desired, version, out, properties);
}
