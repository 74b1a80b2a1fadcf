/* Answers batches, each entry for itself, and transactions, all entries or none. */
#include "simulators/fhir/bundle.h"
#include "simulators/fhir/search.h"

#include "simulators/fhir/structure.h"

#include <string.h>

static bool read_bundle(struct fhir_bundle *bundle);
static void run_transaction(struct fhir_call *call);
static void answer(struct fhir_bundle *bundle);

void fhir_bundle_post(void *context)
{
    struct fhir_call *call = context;
    struct fhir_bundle bundle = {.call = call};

    call->bundle = &bundle;
    if (read_bundle(&bundle)) {
        if (bundle.transaction)
            fhir_atomic(call, run_transaction);
        else
            for (size_t i = 0; i < bundle.count; i++)
                fhir_entry_run(&bundle, &bundle.entries[i]);
        if (!call->answer.outcome)
            answer(&bundle);
    }
    for (size_t i = 0; i < bundle.count; i++)
        base_headers_release(&bundle.entries[i].headers);
}

/* ---- reading ---- */

static bool type_ok(struct fhir_call *call, const char *type)
{
    static const char known[] = "document|message|transaction|transaction-response|batch|"
                                "batch-response|history|searchset|collection";

    if (type && (!strcmp(type, "batch") || !strcmp(type, "transaction")))
        return true;
    if (type && !fhir_listed(known, type, strlen(type)))
        fhir_refuse(call, FHIR_BAD_REQUEST, "The Bundle.type '%s' is not one of %s.", type, known);
    else
        fhir_refuse(call, FHIR_NO_METHOD, "Bundles of type '%s' are not supported.",
                    type ? type : "");
    return false;
}

static void read_headers(struct fhir_entry *entry, const cJSON *request)
{
    static const char *const names[][2] = {{"ifMatch", "If-Match"},
                                           {"ifNoneExist", "If-None-Exist"},
                                           {"ifNoneMatch", "If-None-Match"},
                                           {"ifModifiedSince", "If-Modified-Since"}};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = fhir_json_get_text(request, names[i][0]);
        if (value)
            base_headers_set(&entry->headers, names[i][1], value);
    }
}

static bool read_bundle(struct fhir_bundle *bundle)
{
    static const char *const media[] = {"application/fhir+json", "application/json", "text/json",
                                        NULL};
    struct fhir_call *call = bundle->call;
    cJSON *body = fhir_take_json(call, media), *item;

    if (!body)
        return false;
    if (!base_equal(fhir_json_get_text(body, "resourceType"), "Bundle")) {
        fhir_refuse(call, FHIR_BAD_REQUEST, "The body is not a Bundle.");
        return false;
    }
    if (!type_ok(call, fhir_json_get_text(body, "type")))
        return false;
    bundle->transaction = !strcmp(fhir_json_get_text(body, "type"), "transaction");
    const cJSON *list = fhir_json_get(body, "entry");
    int size = cJSON_GetArraySize(list);
    if (size > FHIR_ENTRIES_MAX || (list && !cJSON_IsArray(list))) {
        fhir_refuse(call, FHIR_BAD_REQUEST,
                    "The bundle has %d entries; expected an array of at most %d.", size,
                    FHIR_ENTRIES_MAX);
        return false;
    }
    bundle->entries = base_arena_alloc(call->arena, (size_t)(size + 1) * sizeof *bundle->entries);
    cJSON_ArrayForEach(item, list)
    {
        struct fhir_entry *entry = &bundle->entries[bundle->count++];
        const cJSON *request = fhir_json_get(item, "request");
        entry->entry = item;
        entry->method = fhir_json_get_text(request, "method");
        entry->url = fhir_json_get_text(request, "url");
        entry->full_url = fhir_json_get_text(item, "fullUrl");
        entry->resource = fhir_json_get(item, "resource");
        read_headers(entry, request);
    }
    return true;
}

/* ---- transactions ---- */

/* The failed entry's own answer, with the sentence that names it. */
static void fail(struct fhir_bundle *bundle, const struct fhir_entry *entry)
{
    struct fhir_call *call = bundle->call;
    cJSON *outcome = fhir_outcome(call), *issue;

    fhir_outcome_add(
        call, outcome, "error", "processing",
        base_arena_printf(call->arena, "Transaction failed on '%s' for the requested url '%s'.",
                          entry->method ? entry->method : "", entry->url ? entry->url : ""),
        NULL);
    cJSON_ArrayForEach(issue, fhir_json_get(entry->answer.tree, "issue"))
        fhir_json_add(fhir_json_get(outcome, "issue"), NULL, fhir_json_copy(call->arena, issue));
    call->answer = (struct fhir_answer){
        .status = entry->answer.status, .body = "", .tree = outcome, .outcome = true};
}

static bool run_method(struct fhir_bundle *bundle, const char *method)
{
    for (size_t i = 0; i < bundle->count; i++) {
        struct fhir_entry *entry = &bundle->entries[i];
        if (!base_equal(entry->method, method))
            continue;
        fhir_entry_run(bundle, entry);
        if (entry->answer.status >= 300) {
            fail(bundle, entry);
            return false;
        }
    }
    return true;
}

static void run_transaction(struct fhir_call *call)
{
    static const char *const order[] = {"DELETE", "POST", "PUT", "PATCH", "GET", "HEAD"};
    struct fhir_bundle *bundle = call->bundle;

    for (size_t i = 0; i < bundle->count; i++)
        if (!bundle->entries[i].method ||
            !fhir_listed("DELETE|POST|PUT|PATCH|GET|HEAD", bundle->entries[i].method,
                         strlen(bundle->entries[i].method))) {
            fhir_refuse(call, FHIR_BAD_REQUEST,
                        "The request of entry %zu is not valid: expected a method and a url.", i);
            return;
        }
    if (!fhir_transaction_prepare(bundle))
        return;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (!run_method(bundle, order[i]))
            return;
}

static void answer(struct fhir_bundle *bundle)
{
    struct fhir_call *call = bundle->call;
    cJSON *out =
        fhir_bundle_new(call, bundle->transaction ? "transaction-response" : "batch-response");
    cJSON *entries = fhir_json_array(call->arena);

    for (size_t i = 0; i < bundle->count; i++)
        fhir_json_add(entries, NULL, fhir_entry_response(bundle, &bundle->entries[i]));
    if (entries->child)
        fhir_json_add(out, "entry", entries);
    call->answer = (struct fhir_answer){.status = 200, .tree = out};
}
