/* Answers what the service says of itself: its CapabilityStatement, where to sign in, its health. */
#include "simulators/fhir/call.h"
#include "simulators/fhir/search.h"

#include "simulators/fhir/structure.h"

#include <string.h>

#define OAUTH "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
#define DEFINITION "http://hl7.org/fhir/StructureDefinition/"

static const char *const interactions[] = {"create",       "read",        "vread",
                                           "update",       "patch",       "delete",
                                           "history-type", "search-type", "history-instance"};

static cJSON *object(struct base_arena *arena, const char *name, const char *text)
{
    cJSON *node = fhir_json_object(arena);

    fhir_json_add_text(arena, node, name, text);
    return node;
}

static cJSON *texts(struct base_arena *arena, const char *first, const char *second)
{
    cJSON *list = fhir_json_array(arena);

    fhir_json_add(list, NULL, fhir_json_text(arena, first));
    if (second)
        fhir_json_add(list, NULL, fhir_json_text(arena, second));
    return list;
}

static const char *authority(const struct fhir_call *call, const char *end)
{
    const char *tenant = *call->service.tenant ? call->service.tenant : "common";
    return base_arena_printf(call->arena, "https://login.microsoftonline.com/%s/oauth2/%s", tenant,
                             end);
}

static void add_params(struct base_arena *arena, cJSON *resource, const char *type)
{
    static const char *const kinds[] = {"token", "string",    "date",  "quantity", "reference",
                                        "uri",   "composite", "token", "date"};
    cJSON *list = fhir_json_array(arena);

    for (int i = 0; i < fhir_param_count; i++) {
        const struct fhir_param *param = &fhir_params[i];
        if (fhir_param_find(type, param->name) != i)
            continue;
        cJSON *item = object(arena, "name", param->name);
        fhir_json_add_text(arena, item, "type", kinds[param->kind]);
        fhir_json_add(list, NULL, item);
    }
    fhir_json_add(resource, "searchParam", list);
}

static cJSON *resource_of(struct base_arena *arena, const char *type)
{
    cJSON *resource = object(arena, "type", type), *list = fhir_json_array(arena);

    fhir_json_add_text(arena, resource, "profile", base_arena_printf(arena, DEFINITION "%s", type));
    for (size_t i = 0; i < sizeof interactions / sizeof *interactions; i++)
        fhir_json_add(list, NULL, object(arena, "code", interactions[i]));
    fhir_json_add(resource, "interaction", list);
    fhir_json_add_text(arena, resource, "versioning", "versioned");
    fhir_json_add(resource, "readHistory", fhir_json_bool(arena, true));
    fhir_json_add(resource, "updateCreate", fhir_json_bool(arena, true));
    fhir_json_add(resource, "conditionalCreate", fhir_json_bool(arena, true));
    fhir_json_add(resource, "conditionalUpdate", fhir_json_bool(arena, true));
    fhir_json_add_text(arena, resource, "conditionalDelete", "multiple");
    add_params(arena, resource, type);
    return resource;
}

static cJSON *security_of(const struct fhir_call *call)
{
    struct base_arena *arena = call->arena;
    cJSON *security = fhir_json_object(arena), *outer = object(arena, "url", OAUTH);
    cJSON *inner = fhir_json_array(arena), *list = fhir_json_array(arena);
    static const char *const ends[] = {"token", "authorize"};

    for (size_t i = 0; i < 2; i++) {
        cJSON *item = object(arena, "url", ends[i]);
        fhir_json_add_text(arena, item, "valueUri", authority(call, ends[i]));
        fhir_json_add(inner, NULL, item);
    }
    fhir_json_add(outer, "extension", inner);
    fhir_json_add(list, NULL, outer);
    fhir_json_add(security, "extension", list);
    return security;
}

static cJSON *rest_of(const struct fhir_call *call)
{
    struct base_arena *arena = call->arena;
    cJSON *rest = object(arena, "mode", "server"), *resources = fhir_json_array(arena);
    cJSON *system = fhir_json_array(arena);
    static const char *const codes[] = {"batch", "transaction", "search-system", "history-system"};

    fhir_json_add(rest, "security", security_of(call));
    for (int i = 0; i < fhir_type_count(); i++)
        fhir_json_add(resources, NULL, resource_of(arena, fhir_type_name(i)));
    fhir_json_add(rest, "resource", resources);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        fhir_json_add(system, NULL, object(arena, "code", codes[i]));
    fhir_json_add(rest, "interaction", system);
    return rest;
}

static bool parameters_ok(struct fhir_call *call)
{
    struct fhir_subset subset = {0};
    struct base_pair *pairs;
    size_t count = base_query_parse(call->arena, call->query, true, &pairs);
    bool good = true;

    for (size_t i = 0; i < count && good; i++)
        fhir_subset_option(call, &pairs[i], &subset, &good);
    return good;
}

void fhir_metadata(void *context)
{
    struct fhir_call *call = context;
    struct base_arena *arena = call->arena;
    cJSON *statement = object(arena, "resourceType", "CapabilityStatement");
    cJSON *modes = fhir_json_array(arena);
    char now[BASE_TIME_TEXT];

    if (!parameters_ok(call))
        return;
    base_time_iso(sim_now_ms(call->fhir->world), now);
    fhir_json_add_text(arena, statement, "url",
                       base_arena_printf(arena, "%s/metadata", call->base));
    fhir_json_add_text(arena, statement, "status", "active");
    fhir_json_add_text(arena, statement, "date", now);
    fhir_json_add_text(arena, statement, "kind", "instance");
    fhir_json_add_text(arena, statement, "fhirVersion", "4.0.1");
    fhir_json_add(statement, "format", texts(arena, "application/fhir+json", "json"));
    fhir_json_add(statement, "patchFormat", texts(arena, "application/json-patch+json", NULL));
    fhir_json_add(modes, NULL, rest_of(call));
    fhir_json_add(statement, "rest", modes);
    call->answer = (struct fhir_answer){.status = 200, .tree = statement};
}

void fhir_versions(void *context)
{
    struct fhir_call *call = context;
    cJSON *answer = fhir_json_object(call->arena);

    fhir_json_add(answer, "versions", texts(call->arena, "4.0", NULL));
    fhir_json_add_text(call->arena, answer, "default", "4.0");
    call->answer = (struct fhir_answer){.status = 200, .tree = answer};
}

void fhir_smart(void *context)
{
    struct fhir_call *call = context;
    struct base_arena *arena = call->arena;
    cJSON *answer = object(arena, "authorization_endpoint", authority(call, "authorize"));

    fhir_json_add_text(arena, answer, "token_endpoint", authority(call, "token"));
    fhir_json_add(answer, "grant_types_supported", texts(arena, "client_credentials", NULL));
    fhir_json_add(
        answer, "scopes_supported",
        texts(arena, base_arena_printf(arena, "%s/.default", call->service.audience), NULL));
    fhir_json_add(answer, "capabilities", texts(arena, "client-confidential-symmetric", NULL));
    call->answer = (struct fhir_answer){.status = 200, .tree = answer};
}

void fhir_health(void *context)
{
    struct fhir_call *call = context;

    call->answer = (struct fhir_answer){.status = 200,
                                        .tree = object(call->arena, "overallStatus", "Healthy")};
}
