/* Answers a search. */
#include "simulators/fhir/call.h"

#include <string.h>

void fhir_search(void *context)
{
    struct fhir_call *call = context;
    const char *value = fhir_param(call, "identifier");
    cJSON *bundle = fhir_json_object(call->arena), *entries = fhir_json_array(call->arena);
    struct base_db_statement query;
    struct base_error err = {0};

    if (!value) {
        fhir_refuse(call, FHIR_UNBUILT, "This search is not built yet.");
        return;
    }
    const char *bar = strchr(value, '|');
    const char *system = bar ? base_arena_strndup(call->arena, value, (size_t)(bar - value)) : NULL;
    if (base_db_query(call->fhir->db, &query, &err,
                      "SELECT " FHIR_VERSION_COLUMNS
                      " FROM token t JOIN resource r ON r.rid = t.rid"
                      " JOIN version v ON v.seq = r.seq WHERE t.key = ? AND t.a = ?"
                      " AND (?3 IS NULL OR t.b = ?3) LIMIT 100",
                      "itt", fhir_key(call->kind, 1), bar ? bar + 1 : value, system) != BASE_OK) {
        fhir_refuse_store(call, &err);
        return;
    }
    while (base_db_next(&query, &err)) {
        struct fhir_version version;
        cJSON *entry = fhir_json_object(call->arena);
        fhir_store_row(&query, call->arena, &version);
        fhir_json_add(entry, "resource", fhir_json_verbatim(call->arena, version.body));
        fhir_json_add(entries, NULL, entry);
    }
    base_db_done(&query);
    fhir_json_add_text(call->arena, bundle, "resourceType", "Bundle");
    fhir_json_add_text(call->arena, bundle, "type", "searchset");
    if (entries->child)
        fhir_json_add(bundle, "entry", entries);
    call->answer = (struct fhir_answer){.status = 200, .tree = bundle};
}
