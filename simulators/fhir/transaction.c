/* Decides which resource each entry of a transaction is about, and what references between entries
 * become. */
#include "simulators/fhir/bundle.h"
#include "simulators/fhir/search.h"

#include <string.h>

static bool refuse_many(struct fhir_bundle *bundle, const char *query)
{
    fhir_refuse(bundle->call, FHIR_PRECONDITION,
                "The criteria '%s' of an entry are not selective enough: they match several "
                "resources.",
                query);
    return false;
}

/* What conditional criteria match; a new id when nothing. */
static bool assign_match(struct fhir_bundle *bundle, struct fhir_entry *entry, const char *type,
                         const char *query)
{
    struct fhir_version found[2];
    int count = fhir_search_matches(bundle->call, fhir_type_number(type), query, found, 2);

    if (count > 1)
        return refuse_many(bundle, query);
    if (count < 0)
        return false;
    const char *own =
        strcmp(entry->method, "PUT") ? NULL : fhir_json_get_text(entry->resource, "id");
    entry->assigned_id = count == 1 ? found[0].id : own ? own : fhir_new_id(bundle->call);
    entry->target = base_arena_printf(bundle->call->arena, "%s/%s", type, entry->assigned_id);
    if (count == 1 && strcmp(entry->method, "POST"))
        entry->assigned_id = NULL;
    return true;
}

static bool assign(struct fhir_bundle *bundle, struct fhir_entry *entry)
{
    struct base_arena *arena = bundle->call->arena;
    const char *path, *query, **parts;
    const char *criteria = base_headers_get(&entry->headers, "If-None-Exist");

    if (!entry->method || !entry->url || !strcmp(entry->method, "GET"))
        return true;
    fhir_entry_url(bundle, entry, &path, &query);
    size_t count = base_path_split(arena, path, &parts);
    if (count == 0 || fhir_type_number(parts[0]) < 0)
        return true; /* running it will say what is wrong */
    if (count == 2)
        entry->target = base_arena_printf(arena, "%s/%s", parts[0], parts[1]);
    else if (count == 1 && !strcmp(entry->method, "POST") && criteria)
        return assign_match(bundle, entry, parts[0], criteria + (*criteria == '?'));
    else if (count == 1 && !strcmp(entry->method, "POST")) {
        entry->assigned_id = fhir_new_id(bundle->call);
        entry->target = base_arena_printf(arena, "%s/%s", parts[0], entry->assigned_id);
    } else if (count == 1 && !strcmp(entry->method, "PUT"))
        return assign_match(bundle, entry, parts[0], query);
    return true;
}

static bool all_different(struct fhir_bundle *bundle)
{
    for (size_t i = 0; i < bundle->count; i++)
        for (size_t j = 0; j < i && bundle->entries[i].target; j++)
            if (base_equal(bundle->entries[i].target, bundle->entries[j].target)) {
                fhir_refuse(bundle->call, FHIR_BAD_REQUEST,
                            "Bundle contains multiple entries that refers to the same resource "
                            "'%s'.",
                            bundle->entries[i].target);
                return false;
            }
    return true;
}

static void rewrite(struct fhir_bundle *bundle)
{
    for (size_t i = 0; i < bundle->count; i++)
        for (size_t j = 0; j < bundle->count; j++) {
            const struct fhir_entry *from = &bundle->entries[j];
            if (bundle->entries[i].resource && from->full_url && from->target)
                fhir_rewrite_references(bundle->call->arena, bundle->entries[i].resource,
                                        from->full_url, from->target);
        }
}

bool fhir_transaction_prepare(struct fhir_bundle *bundle)
{
    for (size_t i = 0; i < bundle->count; i++)
        if (!assign(bundle, &bundle->entries[i]))
            return false;
    if (!all_different(bundle))
        return false;
    rewrite(bundle);
    return true;
}
