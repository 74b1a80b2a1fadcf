/* Decides what the parameters of a search mean that are no criteria: page, order, total, includes. */
#include "simulators/fhir/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool take_count(struct fhir_search *search, const char *value);
static bool take_token(struct fhir_search *search, const char *value);
static bool take_total(struct fhir_search *search, const char *value);
static bool take_sort(struct fhir_search *search, const char *value);
static bool take_include(struct fhir_search *search, const char *value);
static bool take_include_iterate(struct fhir_search *search, const char *value);
static bool take_reverse(struct fhir_search *search, const char *value);
static bool take_reverse_iterate(struct fhir_search *search, const char *value);
static bool take_nothing(struct fhir_search *search, const char *value);

static const struct {
    const char *name;
    bool (*take)(struct fhir_search *search, const char *value);
} options[] = {
    {"_count", take_count},
    {"ct", take_token},
    {"_total", take_total},
    {"_sort", take_sort},
    {"_include", take_include},
    {"_include:iterate", take_include_iterate},
    {"_include:recurse", take_include_iterate},
    {"_revinclude", take_reverse},
    {"_revinclude:iterate", take_reverse_iterate},
    {"_revinclude:recurse", take_reverse_iterate},
    {"_includesCount", take_nothing}, /* included resources are never cut */
    {"_type", take_nothing},          /* read before all others */
    {"_format", take_nothing},
    {"_pretty", take_nothing},
    {"hardDelete", take_nothing},
    {"_hardDelete", take_nothing},
};

static bool remember(struct fhir_search *search, const struct base_pair *pair)
{
    if (strcmp(pair->name, "ct"))
        base_query_add(&search->link, pair->name, pair->value);
    return true;
}

bool fhir_search_option(struct fhir_search *search, const struct base_pair *pair, bool *good)
{
    if (fhir_subset_option(search->call, pair, &search->subset, good)) {
        *good = *good && remember(search, pair);
        return true;
    }
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (!strcmp(options[i].name, pair->name)) {
            *good = options[i].take(search, pair->value) && remember(search, pair);
            return true;
        }
    return false;
}

static bool refuse(struct fhir_search *search, const char *name, const char *value,
                   const char *expected)
{
    fhir_refuse(search->call, FHIR_BAD_REQUEST,
                "The value '%.200s' of parameter '%s' is not valid: expected %s.", value, name,
                expected);
    return false;
}

static bool take_nothing(struct fhir_search *search, const char *value)
{
    (void)search, (void)value;
    return true;
}

static bool take_count(struct fhir_search *search, const char *value)
{
    if (!base_parse_int64(value, &search->count) || search->count < 0)
        return refuse(search, "_count", value, "a number, 0 or more");
    if (search->count == 0)
        search->subset.summary = FHIR_SUMMARY_COUNT;
    if (search->count > FHIR_PAGE_MAX) {
        fhir_search_warn(search, "information", "informational",
                         "The requested _count of '%s' exceeds the maximum of %d, which is used.",
                         value, FHIR_PAGE_MAX);
        search->count = FHIR_PAGE_MAX;
    }
    return true;
}

/* Written by fhir_search_token: "seq value". */
static bool take_token(struct fhir_search *search, const char *value)
{
    struct base_buf plain = {0};
    char *end = NULL;
    bool good = base_base64_decode(&plain, value, strlen(value)) && plain.len;

    if (good) {
        search->paged = true;
        search->after_seq = strtoll(plain.data, &end, 10);
        good = end > plain.data && *end == ' ';
    }
    if (good) {
        search->after_text = base_arena_strdup(search->call->arena, end + 1);
        search->after_value = strtoll(end + 1, NULL, 10);
    }
    base_buf_release(&plain);
    return good || refuse(search, "ct", value, "a continuation token of this service");
}

const char *fhir_search_token(const struct fhir_search *search, int64_t seq, const char *value)
{
    struct base_buf token = {0};
    const char *plain = base_arena_printf(search->call->arena, "%lld %s", (long long)seq, value);

    base_base64url_encode(&token, plain, strlen(plain));
    const char *copy = base_arena_strdup(search->call->arena, token.data);
    base_buf_release(&token);
    return copy;
}

static bool take_total(struct fhir_search *search, const char *value)
{
    if (base_equal_nocase(value, "estimate")) {
        fhir_refuse(search->call, FHIR_UNSEARCHABLE,
                    "The '_total' parameter value 'Estimate' is not supported: expected 'none' or "
                    "'accurate'.");
        return false;
    }
    search->total = base_equal_nocase(value, "accurate");
    return search->total || base_equal_nocase(value, "none") ||
           refuse(search, "_total", value, "none or accurate");
}

static bool unsortable(struct fhir_search *search, const char *name)
{
    search->sort = FHIR_SORT_NONE;
    search->descending = false;
    if (search->strict) {
        fhir_refuse(search->call, FHIR_BAD_REQUEST,
                    "Sorting by the '%s' parameter is not supported.", name);
        return false;
    }
    fhir_search_warn(search, "warning", "not-supported",
                     "Sorting by the '%s' parameter is not supported.", name);
    return true;
}

static bool take_sort(struct fhir_search *search, const char *value)
{
    const char *name = value + (*value == '-');
    int number = search->type_count == 1 || name[0] == '_'
                     ? fhir_param_find(
                           search->type_count == 1 ? fhir_type_name(search->types[0]) : NULL, name)
                     : -1;
    enum fhir_param_kind kind = number < 0 ? FHIR_P_ID : fhir_params[number].kind;

    if (kind != FHIR_P_UPDATED && kind != FHIR_P_DATE && kind != FHIR_P_STRING)
        return unsortable(search, name);
    search->descending = *value == '-';
    search->sort = kind == FHIR_P_UPDATED ? FHIR_SORT_UPDATED
                   : kind == FHIR_P_DATE  ? FHIR_SORT_DATE
                                          : FHIR_SORT_STRING;
    if (kind != FHIR_P_UPDATED)
        fhir_search_keys(search, name, &search->sort_keys);
    return true;
}

/* ---- includes: "Observation:subject:Patient" ---- */

static bool include_types_ok(struct fhir_search *search, const char *value, const char **parts,
                             size_t count)
{
    if (count < 2) {
        fhir_refuse(search->call, FHIR_UNSEARCHABLE,
                    "The include '%s' names no type: expected Type:parameter.", value);
        return false;
    }
    for (size_t i = 0; i < count; i += 2)
        if (fhir_type_number(parts[i]) < 0) {
            fhir_refuse(search->call, FHIR_BAD_REQUEST,
                        "The include '%s' is not valid: '%s' is not a type of FHIR R4.", value,
                        parts[i]);
            return false;
        }
    return count <= 3 || refuse(search, "_include", value, "Type:parameter:Target");
}

static bool is_reference(const char *type, const char *name)
{
    int number = fhir_param_find(type, name);

    return !strcmp(name, "*") || (number >= 0 && fhir_params[number].kind == FHIR_P_REFERENCE);
}

static bool add_include(struct fhir_search *search, const char *value, bool reverse, bool iterate)
{
    struct base_arena *arena = search->call->arena;
    const char *parts[4] = {NULL};
    size_t count = strcmp(value, "*") ? fhir_value_split(arena, value, ':', parts, 4) : 2;
    struct fhir_include include = {parts[0], parts[1] ? parts[1] : "*", parts[2], reverse, iterate};

    if (strcmp(value, "*") && !include_types_ok(search, value, parts, count))
        return false;
    if (reverse && !strcmp(include.name, "*")) {
        fhir_refuse(search->call, FHIR_UNSEARCHABLE,
                    "The include '%s' is not supported in reverse: expected Type:parameter.",
                    value);
        return false;
    }
    if (include.source && !is_reference(include.source, include.name)) {
        fhir_refuse(search->call, FHIR_BAD_REQUEST,
                    "The include '%s' is not valid: '%s' is not a reference parameter of %s.",
                    value, include.name, include.source);
        return false;
    }
    struct fhir_include *all = base_arena_alloc(arena, (search->include_count + 1) * sizeof *all);
    if (search->include_count)
        memcpy(all, search->includes, search->include_count * sizeof *all);
    all[search->include_count++] = include;
    search->includes = all;
    return true;
}

static bool take_include(struct fhir_search *search, const char *value)
{
    return add_include(search, value, false, false);
}

static bool take_include_iterate(struct fhir_search *search, const char *value)
{
    return add_include(search, value, false, true);
}

static bool take_reverse(struct fhir_search *search, const char *value)
{
    return add_include(search, value, true, false);
}

static bool take_reverse_iterate(struct fhir_search *search, const char *value)
{
    return add_include(search, value, true, true);
}
