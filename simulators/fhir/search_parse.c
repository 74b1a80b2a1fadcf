/* Decides what each parameter of a search is: an option, a criterion, or not supported. */
#include "simulators/fhir/search.h"

#include <stdio.h>
#include <string.h>

static bool take_types(struct fhir_search *search, const struct base_pair *pairs, size_t count);
static bool take_pair(struct fhir_search *search, const struct base_pair *pair);
static bool unsupported(struct fhir_search *search, const char *name);
static bool take_criterion(struct fhir_search *search, const struct base_pair *pair,
                           const char *name, const char *modifier);
static bool modifier_ok(struct fhir_search *search, const struct fhir_param *param,
                        const char *name, const char *modifier);

bool fhir_search_parse(struct fhir_search *search, const struct base_pair *pairs, size_t count)
{
    const char *handling = fhir_prefer(search->call, "handling");

    search->count = search->count ? search->count : FHIR_PAGE_DEFAULT;
    search->strict = base_equal_nocase(handling, "strict");
    if (handling && !search->strict && !base_equal_nocase(handling, "lenient")) {
        fhir_refuse(search->call, FHIR_BAD_REQUEST,
                    "The Prefer handling '%s' is not valid: expected strict or lenient.", handling);
        return false;
    }
    search->criteria =
        base_arena_alloc(search->call->arena, (count + 1) * sizeof *search->criteria);
    if (search->system && !take_types(search, pairs, count))
        return false;
    for (size_t i = 0; i < count; i++)
        if (*pairs[i].name && !take_pair(search, &pairs[i]))
            return false;
    if (search->subset.elements && search->subset.summary != FHIR_SUMMARY_NONE) {
        fhir_refuse(search->call, FHIR_BAD_REQUEST,
                    "_elements and _summary cannot be used together.");
        return false;
    }
    return true;
}

void fhir_search_warn(struct fhir_search *search, const char *severity, const char *code,
                      const char *fmt, ...)
{
    char text[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (!search->warnings)
        search->warnings = fhir_outcome(search->call);
    fhir_outcome_add(search->call, search->warnings, severity, code, text, NULL);
}

/* ---- types of a search over several ---- */

static void add_type(struct fhir_search *search, int type)
{
    for (size_t i = 0; i < search->type_count; i++)
        if (search->types[i] == type)
            return;
    search->types[search->type_count++] = type;
}

static bool add_named(struct fhir_search *search, const char *list)
{
    struct base_arena *arena = search->call->arena;
    const char *names[FHIR_TYPES_MAX];
    size_t count = fhir_value_split(arena, list, ',', names, FHIR_TYPES_MAX);

    for (size_t i = 0; i < count && i < FHIR_TYPES_MAX; i++) {
        int type = fhir_type_number(names[i]);
        if (type >= 0)
            add_type(search, type);
        else if (search->strict) {
            fhir_refuse(search->call, FHIR_BAD_REQUEST, "Resource type '%s' is not supported.",
                        names[i]);
            return false;
        } else
            fhir_search_warn(search, "warning", "not-supported",
                             "Resource type '%s' is not supported.", names[i]);
    }
    return true;
}

/* The types that have resources here. */
static bool add_stored(struct fhir_search *search)
{
    fhir_t *fhir = search->call->fhir;
    int64_t number = search->call->service.number, kind = fhir_kind(number, 0) - 1;
    struct base_db_statement query;
    struct base_error err = {0};
    bool more = true;

    while (more) {
        if (base_db_query(fhir->db, &query, &err,
                          "SELECT min(kind) FROM resource WHERE kind > ? AND kind < ?", "ii", kind,
                          fhir_kind(number + 1, 0)) != BASE_OK) {
            fhir_refuse_store(search->call, &err);
            return false;
        }
        more = base_db_next(&query, &err) && base_db_text(&query, 0);
        kind = more ? base_db_int(&query, 0) : 0;
        base_db_done(&query);
        if (more)
            add_type(search, (int)(kind % FHIR_TYPES_MAX));
    }
    return true;
}

static bool take_types(struct fhir_search *search, const struct base_pair *pairs, size_t count)
{
    bool named = false;

    search->types = base_arena_alloc(search->call->arena, FHIR_TYPES_MAX * sizeof *search->types);
    for (size_t i = 0; i < count; i++)
        if (!strcmp(pairs[i].name, "_type") && *pairs[i].value) {
            named = true;
            if (!add_named(search, pairs[i].value))
                return false;
        }
    if (!named && !add_stored(search))
        return false;
    if (!search->type_count) /* nothing is stored, or no type is known: no kind of that number */
        add_type(search, FHIR_TYPES_MAX - 1);
    return true;
}

/* ---- parameters ---- */

static bool take_pair(struct fhir_search *search, const struct base_pair *pair)
{
    bool good = true;

    if (fhir_search_option(search, pair, &good))
        return good;
    size_t len = strcspn(pair->name, ":");
    const char *name = base_arena_strndup(search->call->arena, pair->name, len);
    const char *modifier = pair->name[len] ? pair->name + len + 1 : NULL;
    const char *type = search->type_count ? fhir_type_name(search->types[0]) : NULL;
    bool chained = (modifier && strchr(modifier, '.')) || strchr(name, '.');
    int number = chained ? -1 : fhir_param_find(search->type_count == 1 ? type : NULL, name);

    if (!chained && search->type_count > 1 && number < 0)
        number = fhir_param_find(type, name);
    if (number < 0 || !*pair->value)
        return unsupported(search, pair->name);
    return take_criterion(search, pair, name, modifier);
}

static bool unsupported(struct fhir_search *search, const char *name)
{
    const char *type =
        search->type_count == 1 && !search->system ? fhir_type_name(search->types[0]) : "Resource";

    if (search->exact)
        fhir_refuse(search->call, FHIR_PRECONDITION,
                    "The criterion '%s' is not supported for resource type '%s': the selection is "
                    "not selective enough.",
                    name, type);
    else if (search->strict)
        fhir_refuse(search->call, FHIR_BAD_REQUEST,
                    "The search parameter '%s' is not supported for resource type '%s'.", name,
                    type);
    else
        fhir_search_warn(search, "warning", "not-supported",
                         "The search parameter '%s' is not supported for resource type '%s'.", name,
                         type);
    return !search->exact && !search->strict;
}

static void add_key(const struct fhir_search *search, struct fhir_keys *out, int64_t key)
{
    int64_t *items = base_arena_alloc(search->call->arena, (out->count + 1) * sizeof *items);

    if (out->count)
        memcpy(items, out->items, out->count * sizeof *items);
    items[out->count++] = key;
    out->items = items;
}

/* Names of a union may be unions again. */
static void add_keys_of(const struct fhir_search *search, int type, const char *name, size_t len,
                        struct fhir_keys *out)
{
    const char *copy = base_arena_strndup(search->call->arena, name, len);
    int number = fhir_param_find(fhir_type_name(type), copy);
    const char *of = number >= 0 ? fhir_params[number].of : NULL;

    if (number < 0)
        return;
    if (!of)
        add_key(search, out, fhir_key(fhir_kind(search->call->service.number, type), number));
    for (const char *at = of; at && *at;) {
        size_t part = strcspn(at, ",");
        add_keys_of(search, type, at, part, out);
        at += part + (at[part] == ',');
    }
}

void fhir_search_keys(const struct fhir_search *search, const char *name, struct fhir_keys *out)
{
    for (size_t i = 0; i < search->type_count; i++)
        if (fhir_type_name(search->types[i]))
            add_keys_of(search, search->types[i], name, strlen(name), out);
    if (!out->count)
        add_key(search, out, -1); /* no row has it */
}

/* A parameter of several types must have one definition. */
static bool common_ok(struct fhir_search *search, const char *name)
{
    for (size_t i = 0; i < search->type_count && search->type_count > 1; i++) {
        int number = fhir_param_find(fhir_type_name(search->types[i]), name);
        if (number >= 0 && fhir_params[number].shared)
            continue;
        fhir_refuse(search->call, FHIR_BAD_REQUEST,
                    "The search parameter '%s' is not common to all resource types of the search.",
                    name);
        return false;
    }
    return true;
}

static void take_pair_keys(struct fhir_search *search, struct fhir_criterion *criterion)
{
    const char *of = criterion->param->of;
    size_t first = strcspn(of, ",");
    const char *type = fhir_type_name(search->types[0]);

    fhir_search_keys(search, base_arena_strndup(search->call->arena, of, first), &criterion->keys);
    fhir_search_keys(search, of + first + 1, &criterion->pair);
    criterion->pair_kind = fhir_params[fhir_param_find(type, of + first + 1)].kind;
}

static bool take_criterion(struct fhir_search *search, const struct base_pair *pair,
                           const char *name, const char *modifier)
{
    struct base_arena *arena = search->call->arena;
    const char *type = fhir_type_name(search->types[0]), *values[FHIR_VALUES_MAX];
    const struct fhir_param *param = &fhir_params[fhir_param_find(type, name)];
    struct fhir_criterion *criterion = &search->criteria[search->criterion_count];

    if (!common_ok(search, name) || !modifier_ok(search, param, name, modifier))
        return false;
    if (fhir_value_split(arena, pair->value, ',', values, FHIR_VALUES_MAX) > FHIR_VALUES_MAX) {
        fhir_refuse(search->call, FHIR_BAD_REQUEST, "%s has more than %d values.", name,
                    FHIR_VALUES_MAX);
        return false;
    }
    *criterion = (struct fhir_criterion){
        .param = param, .name = name, .modifier = modifier, .text = pair->value};
    if (param->kind == FHIR_P_COMPOSITE)
        take_pair_keys(search, criterion);
    else
        fhir_search_keys(search, name, &criterion->keys);
    search->criterion_count++;
    base_query_add(&search->link, pair->name, pair->value);
    return true;
}

static bool modifier_ok(struct fhir_search *search, const struct fhir_param *param,
                        const char *name, const char *modifier)
{
    static const char *const known[][3] = {
        [FHIR_P_TOKEN] = {"not", "text", "missing"},
        [FHIR_P_STRING] = {"exact", "contains", "missing"},
        [FHIR_P_DATE] = {"missing"},
        [FHIR_P_QUANTITY] = {"missing"},
        [FHIR_P_REFERENCE] = {"identifier", "missing"},
        [FHIR_P_URI] = {"above", "below", "missing"},
        [FHIR_P_UPDATED] = {NULL},
    };

    if (!modifier)
        return true;
    for (size_t i = 0; i < 3; i++)
        if (base_equal(known[param->kind][i], modifier))
            return true;
    if (param->kind == FHIR_P_REFERENCE && fhir_type_number(modifier) >= 0)
        return true;
    fhir_refuse(search->call, FHIR_UNSEARCHABLE,
                "The modifier '%s' is not supported for the search parameter '%s'.", modifier,
                name);
    return false;
}
