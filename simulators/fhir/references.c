/* Decides what references inside a resource become before it is stored. */
#include "simulators/fhir/search.h"

#include <string.h>

/* "Patient?identifier=s|v" of a known type; the '?' or NULL. */
static const char *conditional_at(const char *text)
{
    size_t len = strcspn(text, "?");
    char type[64];

    if (!text[len] || len >= sizeof type)
        return NULL;
    memcpy(type, text, len);
    type[len] = '\0';
    return fhir_type_number(type) >= 0 ? text + len : NULL;
}

static bool resolve(struct fhir_call *call, cJSON *reference)
{
    const char *text = reference->valuestring, *mark = conditional_at(text);
    const char *type = base_arena_strndup(call->arena, text, (size_t)(mark - text));
    struct fhir_version found[2];
    int count = fhir_search_matches(call, fhir_type_number(type), mark + 1, found, 2);

    if (count == 1) {
        reference->valuestring = base_arena_printf(call->arena, "%s/%s", type, found[0].id);
        return true;
    }
    fhir_refuse(call, FHIR_BAD_REQUEST,
                "Given conditional reference '%s' does not resolve to a resource: it matches %s.",
                text, count > 1 ? "several" : "none");
    return false;
}

bool fhir_resolve_references(struct fhir_call *call, cJSON *node)
{
    for (cJSON *at = node->child; at; at = at->next) {
        bool reference = cJSON_IsString(at) && at->string && !strcmp(at->string, "reference");
        if (reference && conditional_at(at->valuestring) && !resolve(call, at))
            return false;
        if (at->child && !fhir_resolve_references(call, at))
            return false;
    }
    return true;
}

void fhir_rewrite_references(struct base_arena *arena, cJSON *node, const char *from,
                             const char *to)
{
    for (cJSON *at = node->child; at; at = at->next) {
        if (cJSON_IsString(at) && at->string && !strcmp(at->string, "reference") &&
            !strcmp(at->valuestring, from))
            at->valuestring = base_arena_strdup(arena, to);
        if (at->child)
            fhir_rewrite_references(arena, at, from, to);
    }
}
