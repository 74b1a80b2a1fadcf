/* Decides which resources a search includes: what its matches refer to, and what refers to them. */
#include "simulators/fhir/search.h"

#include <string.h>

struct basket { /* resources of the answer */
    struct fhir_search *search;
    struct fhir_version *items; /* matches first, then included ones */
    size_t count, matches, cap;
    bool failed;
};

static void include_of(struct basket *basket, const struct fhir_include *include,
                       const struct fhir_version *version);

bool fhir_include_all(struct fhir_search *search, const struct fhir_version *matches, size_t count,
                      cJSON *entries)
{
    struct fhir_call *call = search->call;
    struct basket basket = {.search = search, .count = count, .matches = count};

    basket.cap = count + FHIR_INCLUDES_MAX;
    basket.items = base_arena_alloc(call->arena, (basket.cap + 1) * sizeof *basket.items);
    if (count)
        memcpy(basket.items, matches, count * sizeof *matches);
    for (size_t at = 0; at < basket.count && !basket.failed; at++)
        for (size_t i = 0; i < search->include_count; i++)
            if (at < basket.matches || search->includes[i].iterate)
                include_of(&basket, &search->includes[i], &basket.items[at]);
    for (size_t at = basket.matches; at < basket.count && !basket.failed; at++) {
        cJSON *resource = fhir_json_verbatim(call->arena, basket.items[at].body);
        fhir_json_add(entries, NULL,
                      fhir_bundle_entry(call, &basket.items[at], resource, "include"));
    }
    return !basket.failed;
}

static void fail(struct basket *basket, const struct base_error *err)
{
    fhir_refuse_store(basket->search->call, err);
    basket->failed = true;
}

static void put(struct basket *basket, const struct fhir_version *version)
{
    for (size_t i = 0; i < basket->count; i++)
        if (basket->items[i].rid == version->rid)
            return;
    if (basket->count < basket->cap)
        basket->items[basket->count++] = *version;
    else if (basket->count++ == basket->cap) {
        basket->count = basket->cap;
        fhir_search_warn(basket->search, "warning", "too-costly",
                         "More than %d resources are to be included; the rest is left out.",
                         FHIR_INCLUDES_MAX);
    }
}

/* Does the row belong to the parameter of the include, for the type it came from? */
static bool row_wanted(const struct fhir_include *include, const char *type,
                       const struct fhir_row *row)
{
    const struct fhir_param *param = &fhir_params[row->param];
    int asked = fhir_param_find(type, include->name);

    if (row->kind != FHIR_REFERENCE || *row->c || !*row->b)
        return false;
    if (include->target && strcmp(include->target, row->b))
        return false;
    if (!strcmp(include->name, "*"))
        return true;
    if (asked < 0)
        return false;
    if (fhir_params[asked].of)
        return !strcmp(fhir_params[asked].of, param->name) &&
               !strcmp(fhir_params[asked].targets, row->b);
    return asked == row->param;
}

static void include_forward(struct basket *basket, const struct fhir_include *include,
                            const struct fhir_version *version)
{
    struct fhir_call *call = basket->search->call;
    struct fhir_rows rows = {0};
    struct fhir_version found;
    struct base_error err = {0};
    cJSON *tree = fhir_json_parse(call->arena, version->body, strlen(version->body), &err);
    const char *type = fhir_type_name((int)(version->kind % FHIR_TYPES_MAX));

    fhir_extract(call->arena, call->service.url, tree, &rows);
    for (size_t i = 0; i < rows.count && !basket->failed; i++) {
        if (!row_wanted(include, type, &rows.items[i]))
            continue;
        int64_t kind = fhir_kind(call->service.number, fhir_type_number(rows.items[i].b));
        enum base_status status =
            fhir_store_find(call->fhir, call->arena, kind, rows.items[i].a, &found, &err);
        if (status == BASE_OK && !found.deleted)
            put(basket, &found);
        else if (status != BASE_OK && status != BASE_NOT_FOUND)
            fail(basket, &err);
    }
}

/* Everything that refers to the resource by the include's parameter. */
static void include_reverse(struct basket *basket, const struct fhir_include *include,
                            const struct fhir_version *version)
{
    struct fhir_call *call = basket->search->call;
    int type = fhir_type_number(include->source);
    struct fhir_search scratch = {.call = call, .types = &type, .type_count = 1};
    struct fhir_keys keys = {0};
    struct base_db_statement query;
    struct base_error err = {0};

    int asked = fhir_param_find(include->source, include->name);
    if (asked < 0 ||
        (fhir_params[asked].of &&
         strcmp(fhir_params[asked].targets, fhir_type_name((int)(version->kind % FHIR_TYPES_MAX)))))
        return;
    fhir_search_keys(&scratch, include->name, &keys);
    for (size_t i = 0; i < keys.count && !basket->failed; i++) {
        if (base_db_query(call->fhir->db, &query, &err,
                          "SELECT " FHIR_VERSION_COLUMNS " FROM reference x CROSS JOIN resource r"
                          " ON r.rid = x.rid JOIN version v ON v.seq = r.seq"
                          " WHERE x.key = ? AND x.a = ? AND x.b = ? AND x.c = '' ORDER BY r.seq"
                          " LIMIT 1001",
                          "itt", keys.items[i], version->id,
                          fhir_type_name((int)(version->kind % FHIR_TYPES_MAX))) != BASE_OK) {
            fail(basket, &err);
            return;
        }
        struct fhir_version found;
        while (base_db_next(&query, NULL)) {
            fhir_store_row(&query, call->arena, &found);
            put(basket, &found);
        }
        base_db_done(&query);
    }
}

static void include_of(struct basket *basket, const struct fhir_include *include,
                       const struct fhir_version *version)
{
    const char *type = fhir_type_name((int)(version->kind % FHIR_TYPES_MAX));

    if (!include->reverse) {
        if (!include->source || !strcmp(include->source, type))
            include_forward(basket, include, version);
        return;
    }
    if (include->source && (!include->target || !strcmp(include->target, type)))
        include_reverse(basket, include, version);
}
