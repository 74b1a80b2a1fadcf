/* Decides whether a body is a resource of the type that the path names. */
#include "simulators/fhir/call.h"

bool fhir_validate(struct fhir_call *call, cJSON *resource)
{
    const char *type = fhir_json_get_text(resource, "resourceType");

    if (!cJSON_IsObject(resource) || !type) {
        fhir_refuse(call, FHIR_BAD_SHAPE, "The body is not a resource: it has no resourceType.");
        return false;
    }
    if (!base_equal(type, fhir_type_name(call->type))) {
        fhir_refuse(call, FHIR_BAD_REQUEST,
                    "Resource type in the URL must match resourceType in the resource: found '%s', "
                    "expected '%s'.",
                    type, fhir_type_name(call->type));
        return false;
    }
    if (!fhir_json_get(resource, "meta"))
        fhir_json_add(resource, "meta", fhir_json_object(call->arena));
    return true;
}
