/* Says what bundles of all kinds are made of: head, links, entries. */
#include "simulators/fhir/search.h"

cJSON *fhir_bundle_new(struct fhir_call *call, const char *type)
{
    cJSON *bundle = fhir_json_object(call->arena), *meta = fhir_json_object(call->arena);
    char now[BASE_TIME_TEXT], id[BASE_UUID_TEXT];

    base_uuid(sim_world_random(call->fhir->world), id);
    base_time_iso(sim_now_ms(call->fhir->world), now);
    fhir_json_add_text(call->arena, bundle, "resourceType", "Bundle");
    fhir_json_add_text(call->arena, bundle, "id", id);
    fhir_json_add_text(call->arena, meta, "lastUpdated", now);
    fhir_json_add(bundle, "meta", meta);
    fhir_json_add_text(call->arena, bundle, "type", type);
    return bundle;
}

void fhir_bundle_link(struct fhir_call *call, cJSON *bundle, const char *relation, const char *path,
                      const char *query)
{
    cJSON *links = fhir_json_get(bundle, "link"), *link = fhir_json_object(call->arena);

    if (!links) {
        links = fhir_json_array(call->arena);
        fhir_json_add(bundle, "link", links);
    }
    fhir_json_add_text(call->arena, link, "relation", relation);
    fhir_json_add_text(call->arena, link, "url",
                       base_arena_printf(call->arena, "%s/%s%s", call->base, path, query));
    fhir_json_add(links, NULL, link);
}

cJSON *fhir_bundle_entry(struct fhir_call *call, const struct fhir_version *version,
                         cJSON *resource, const char *mode)
{
    struct base_arena *arena = call->arena;
    cJSON *entry = fhir_json_object(arena), *search = fhir_json_object(arena);
    const char *type = fhir_type_name((int)(version->kind % FHIR_TYPES_MAX));

    fhir_json_add_text(arena, entry, "fullUrl",
                       base_arena_printf(arena, "%s/%s/%s", call->base, type, version->id));
    if (resource)
        fhir_json_add(entry, "resource", resource);
    if (mode) {
        fhir_json_add_text(arena, search, "mode", mode);
        fhir_json_add(entry, "search", search);
    }
    return entry;
}
