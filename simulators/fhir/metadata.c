/* Answers the CapabilityStatement: what this service can do. */
#include "simulators/fhir/call.h"

void fhir_metadata(void *context)
{
    struct fhir_call *call = context;
    struct base_arena *arena = call->arena;
    cJSON *statement = fhir_json_object(arena), *rest = fhir_json_object(arena);
    cJSON *formats = fhir_json_array(arena), *modes = fhir_json_array(arena);
    cJSON *resources = fhir_json_array(arena);
    char now[BASE_TIME_TEXT];

    base_time_iso(sim_now_ms(call->fhir->world), now);
    fhir_json_add_text(arena, statement, "resourceType", "CapabilityStatement");
    fhir_json_add_text(arena, statement, "status", "active");
    fhir_json_add_text(arena, statement, "date", now);
    fhir_json_add_text(arena, statement, "kind", "instance");
    fhir_json_add_text(arena, statement, "fhirVersion", "4.0.1");
    fhir_json_add(formats, NULL, fhir_json_text(arena, "application/fhir+json"));
    fhir_json_add(statement, "format", formats);
    fhir_json_add_text(arena, rest, "mode", "server");
    for (int i = 0; i < fhir_type_count(); i++) {
        cJSON *resource = fhir_json_object(arena);
        fhir_json_add_text(arena, resource, "type", fhir_type_name(i));
        fhir_json_add(resources, NULL, resource);
    }
    fhir_json_add(rest, "resource", resources);
    fhir_json_add(modes, NULL, rest);
    fhir_json_add(statement, "rest", modes);
    call->answer = (struct fhir_answer){.status = 200, .tree = statement};
}
