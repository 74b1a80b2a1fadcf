/* Decides how an entry of a bundle is run, and how its answer is told. */
#include "simulators/fhir/bundle.h"

#include <string.h>

void fhir_entry_url(const struct fhir_bundle *bundle, const struct fhir_entry *entry,
                    const char **path, const char **query)
{
    struct base_arena *arena = bundle->call->arena;
    const char *url = entry->url, *base = bundle->call->base;
    size_t len = strlen(base);

    if (!strncmp(url, base, len))
        url += len;
    while (*url == '/')
        url++;
    size_t mark = strcspn(url, "?");
    *path = base_arena_printf(arena, "/%.*s", (int)mark, url);
    *query = url[mark] ? base_arena_strdup(arena, url + mark + 1) : "";
}

static bool entry_ok(struct fhir_call *call, const struct fhir_entry *entry)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"};

    for (size_t i = 0; entry->method && i < sizeof methods / sizeof *methods; i++)
        if (!strcmp(methods[i], entry->method) && entry->url && strcmp(call->path, "/"))
            return true;
    fhir_refuse(call, FHIR_BAD_REQUEST,
                "The entry's request is not valid: expected a method and a url.");
    return false;
}

void fhir_entry_run(struct fhir_bundle *bundle, struct fhir_entry *entry)
{
    const struct fhir_call *parent = bundle->call;
    struct fhir_call call = {
        .fhir = parent->fhir,
        .service = parent->service,
        .arena = parent->arena,
        .base = parent->base,
        .caller = parent->caller,
        .correlation = parent->correlation,
        .method = entry->method,
        .path = "/",
        .query = "",
        .headers = &entry->headers,
        .raw = "",
        .body = entry->resource,
        .type = -1,
        .in_transaction = parent->in_transaction,
        .assigned_id = entry->assigned_id,
    };

    if (entry->url)
        fhir_entry_url(bundle, entry, &call.path, &call.query);
    if (entry_ok(&call, entry) && fhir_call_route(&call))
        call.route->run(&call);
    entry->answer = call.answer;
}

static const cJSON *tree_of(struct fhir_bundle *bundle, const struct fhir_answer *answer,
                            cJSON **out)
{
    *out = answer->tree;
    if (!answer->tree && answer->body && *answer->body)
        *out = fhir_json_verbatim(bundle->call->arena, answer->body);
    return *out;
}

cJSON *fhir_entry_response(struct fhir_bundle *bundle, const struct fhir_entry *entry)
{
    struct base_arena *arena = bundle->call->arena;
    const struct fhir_answer *answer = &entry->answer;
    cJSON *out = fhir_json_object(arena), *response = fhir_json_object(arena), *tree;
    char when[BASE_TIME_TEXT];

    if (tree_of(bundle, answer, &tree) && !answer->outcome)
        fhir_json_add(out, "resource", tree);
    fhir_json_add_text(arena, response, "status", base_arena_printf(arena, "%d", answer->status));
    if (answer->location)
        fhir_json_add_text(arena, response, "location",
                           base_arena_printf(arena, "%s/%s", bundle->call->base, answer->location));
    if (answer->version)
        fhir_json_add_text(arena, response, "etag",
                           base_arena_printf(arena, "W/\"%lld\"", (long long)answer->version));
    if (answer->seq) {
        base_time_iso(fhir_seq_ms(answer->seq), when);
        fhir_json_add_text(arena, response, "lastModified", when);
    }
    if (tree && answer->outcome)
        fhir_json_add(response, "outcome", tree);
    fhir_json_add(out, "response", response);
    return out;
}
