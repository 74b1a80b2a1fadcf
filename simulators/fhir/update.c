/* Answers create and update: what the request names, handed to the writer. */
#include "simulators/fhir/call.h"

void fhir_create(void *context)
{
    struct fhir_call *call = context;

    if (fhir_header(call, "If-None-Exist")) {
        fhir_conditional_create(call);
        return;
    }
    cJSON *resource = fhir_take_resource(call);
    if (resource)
        fhir_write(call, &(struct fhir_change){.id = call->assigned_id,
                                               .resource = resource,
                                               .method = "POST",
                                               .if_version = -1});
}

static bool id_ok(struct fhir_call *call, const cJSON *resource)
{
    const char *id = fhir_json_get_text(resource, "id"), *type = fhir_type_name(call->type);
    const char *where = base_arena_printf(call->arena, "%s.id", type);

    if (!id)
        fhir_refuse_at(call, FHIR_BAD_REQUEST, where,
                       "Resource id is required for this operation.");
    else if (!base_equal(id, call->captures[1]))
        fhir_refuse_at(call, FHIR_BAD_REQUEST, where,
                       "Id in the URL must match id in the resource: found '%s', expected '%s'.",
                       id, call->captures[1]);
    return base_equal(id, call->captures[1]);
}

void fhir_update(void *context)
{
    struct fhir_call *call = context;
    struct fhir_change change = {.id = call->captures[1], .method = "PUT"};

    change.resource = fhir_take_resource(call);
    if (change.resource && id_ok(call, change.resource) && fhir_if_match(call, &change.if_version))
        fhir_write(call, &change);
}
