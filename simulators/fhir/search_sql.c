/* Decides how a search becomes one SQL statement: the criterion with the fewest rows leads, all
 * others are looked up for each of its resources. */
#include "simulators/fhir/search.h"

#include <stdlib.h>
#include <string.h>

#define PROBE 300 /* a criterion with fewer rows than this may lead */

static bool criterion_sql(struct fhir_search *search, const struct fhir_criterion *criterion,
                          struct base_buf *out);
static bool missing_sql(struct fhir_search *search, const struct fhir_criterion *criterion,
                        struct base_buf *out);
static bool rows_sql(struct fhir_search *search, const struct fhir_criterion *criterion,
                     const char *value, struct base_buf *out);

static struct base_db_value *new_value(struct fhir_search *search, struct base_buf *out)
{
    if (search->value_count == search->value_cap) {
        search->value_cap = search->value_cap ? 2 * search->value_cap : 32;
        struct base_db_value *values =
            base_arena_alloc(search->call->arena, search->value_cap * sizeof *values);
        if (search->value_count)
            memcpy(values, search->values, search->value_count * sizeof *values);
        search->values = values;
    }
    base_buf_printf(out, "?%zu", search->value_count + 1);
    return &search->values[search->value_count++];
}

void fhir_sql_text(struct fhir_search *search, struct base_buf *out, const char *text)
{
    *new_value(search, out) = (struct base_db_value){.type = 't', .text = text};
}

void fhir_sql_integer(struct fhir_search *search, struct base_buf *out, int64_t integer)
{
    *new_value(search, out) = (struct base_db_value){.type = 'i', .integer = integer};
}

void fhir_sql_real(struct fhir_search *search, struct base_buf *out, double real)
{
    *new_value(search, out) = (struct base_db_value){.type = 'd', .real = real};
}

static void one_of(struct fhir_search *search, struct base_buf *out, const int64_t *items,
                   size_t count)
{
    base_buf_puts(out, count == 1 ? " = " : " IN (");
    for (size_t i = 0; i < count; i++) {
        if (i)
            base_buf_puts(out, ", ");
        fhir_sql_integer(search, out, items[i]);
    }
    base_buf_puts(out, count == 1 ? "" : ")");
}

void fhir_sql_keys(struct fhir_search *search, struct base_buf *out, const char *alias,
                   const struct fhir_keys *keys)
{
    base_buf_printf(out, "%s.key", alias);
    one_of(search, out, keys->items, keys->count);
}

/* ---- which criterion leads ---- */

static bool can_lead(const struct fhir_criterion *criterion)
{
    const char *modifier = criterion->modifier;

    return criterion->param->kind != FHIR_P_ID && criterion->param->kind != FHIR_P_UPDATED &&
           !base_equal(modifier, "missing") && !base_equal(modifier, "not");
}

/* "SELECT x.rid FROM ... WHERE ..." for each value of a criterion, joined by UNION. */
static bool lead_sql(struct fhir_search *search, const struct fhir_criterion *criterion,
                     struct base_buf *out)
{
    const char *values[FHIR_VALUES_MAX];
    size_t count =
        fhir_value_split(search->call->arena, criterion->text, ',', values, FHIR_VALUES_MAX);

    for (size_t i = 0; i < count; i++) {
        base_buf_puts(out, i ? " UNION SELECT x.rid FROM " : "SELECT DISTINCT x.rid FROM ");
        if (!rows_sql(search, criterion, values[i], out))
            return false;
    }
    return true;
}

/* Has the criterion few rows? Counts no further than PROBE. */
static bool is_small(struct fhir_search *search, const struct fhir_criterion *criterion)
{
    struct fhir_search probe = {.call = search->call};
    struct base_buf sql = {0};
    struct base_db_statement query;
    bool small = false;

    base_buf_puts(&sql, "SELECT count(*) FROM (SELECT 1 FROM (");
    if (lead_sql(&probe, criterion, &sql)) {
        base_buf_printf(&sql, ") LIMIT %d)", PROBE);
        if (base_db_query_values(search->call->fhir->db, &query, NULL, sql.data, probe.values,
                                 probe.value_count) == BASE_OK) {
            small = base_db_next(&query, NULL) && base_db_int(&query, 0) < PROBE;
            base_db_done(&query);
        }
    }
    base_buf_release(&sql);
    return small;
}

static const struct fhir_criterion *choose_lead(struct fhir_search *search)
{
    const struct fhir_criterion *best = NULL;

    for (size_t i = 0; i < search->criterion_count; i++) {
        const struct fhir_criterion *at = &search->criteria[i];
        if (at->param->kind == FHIR_P_ID)
            return NULL; /* the id's own index leads */
        if (can_lead(at) && (!best || at->param->quick > best->param->quick))
            best = at;
    }
    if (!best || best->param->quick >= 2 || is_small(search, best))
        return best;
    for (size_t i = 0; i < search->criterion_count; i++)
        if (&search->criteria[i] != best && can_lead(&search->criteria[i]) &&
            is_small(search, &search->criteria[i]))
            return &search->criteria[i];
    return NULL;
}

/* ---- the statement ---- */

/* " FROM ... WHERE ..." of the resources that match. */
static bool from_sql(struct fhir_search *search, struct base_buf *out)
{
    const struct fhir_criterion *lead = choose_lead(search);
    int64_t *kinds =
        base_arena_alloc(search->call->arena, (search->type_count + 1) * sizeof *kinds);

    if (lead) {
        base_buf_puts(out, " FROM (");
        if (!lead_sql(search, lead, out))
            return false;
        base_buf_puts(out, ") d CROSS JOIN resource r ON r.rid = d.rid WHERE +r.kind");
    } else {
        base_buf_puts(out, " FROM resource r WHERE r.kind");
    }
    for (size_t i = 0; i < search->type_count; i++)
        kinds[i] = fhir_kind(search->call->service.number, search->types[i]);
    one_of(search, out, kinds, search->type_count);
    base_buf_puts(out, lead ? " AND +r.deleted = 0" : " AND r.deleted = 0");
    for (size_t i = 0; i < search->criterion_count; i++) {
        if (&search->criteria[i] == lead)
            continue;
        base_buf_puts(out, " AND ");
        if (!criterion_sql(search, &search->criteria[i], out))
            return false;
    }
    return true;
}

/* The value that the rows are sorted by; missing ones come first. */
static void sort_sql(struct fhir_search *search, struct base_buf *out)
{
    const char *of = search->descending ? "max" : "min";

    if (search->sort != FHIR_SORT_DATE && search->sort != FHIR_SORT_STRING) {
        base_buf_puts(out, "0");
        return;
    }
    bool date = search->sort == FHIR_SORT_DATE;
    base_buf_printf(out, "coalesce((SELECT %s(s.%s) FROM %s s WHERE s.rid = r.rid AND ", of,
                    !date                ? "a"
                    : search->descending ? "high"
                                         : "low",
                    date ? "date" : "string");
    fhir_sql_keys(search, out, "s", &search->sort_keys);
    base_buf_puts(out, date ? "), -9223372036854775808)" : "), '')");
}

static void order_sql(const struct fhir_search *search, struct base_buf *out)
{
    const char *way = search->descending ? "DESC" : "ASC";

    if (search->sort == FHIR_SORT_UPDATED)
        base_buf_printf(out, " ORDER BY r.seq %s", way);
    else if (search->sort == FHIR_SORT_NONE)
        base_buf_puts(out, " ORDER BY r.seq");
    else
        base_buf_printf(out, " ORDER BY r.value %s, r.seq", way);
}

/* Only rows behind the last one of the page before. */
static void after_sql(struct fhir_search *search, struct base_buf *out)
{
    const char *way = search->descending ? "<" : ">";

    if (!search->paged)
        return;
    base_buf_puts(out, " WHERE ");
    if (search->sort == FHIR_SORT_DATE || search->sort == FHIR_SORT_STRING) {
        bool date = search->sort == FHIR_SORT_DATE;
        base_buf_printf(out, "r.value %s ", way);
        if (date)
            fhir_sql_integer(search, out, search->after_value);
        else
            fhir_sql_text(search, out, search->after_text);
        base_buf_printf(out, " OR (r.value = ?%zu AND r.seq > ", search->value_count);
        fhir_sql_integer(search, out, search->after_seq);
        base_buf_putc(out, ')');
        return;
    }
    base_buf_printf(out, "r.seq %s ", search->sort == FHIR_SORT_UPDATED ? way : ">");
    fhir_sql_integer(search, out, search->after_seq);
}

bool fhir_sql_page(struct fhir_search *search, int64_t limit, struct base_buf *out)
{
    search->value_count = 0;
    base_buf_puts(out, "SELECT " FHIR_VERSION_COLUMNS ", r.value FROM (SELECT * FROM (SELECT r.rid,"
                       " r.kind, r.id, r.seq, ");
    sort_sql(search, out);
    base_buf_puts(out, " AS value");
    if (!from_sql(search, out))
        return false;
    base_buf_puts(out, ") r");
    after_sql(search, out);
    order_sql(search, out);
    base_buf_puts(out, " LIMIT ");
    fhir_sql_integer(search, out, limit);
    base_buf_puts(out, ") r CROSS JOIN version v ON v.seq = r.seq");
    order_sql(search, out);
    return true;
}

bool fhir_sql_count(struct fhir_search *search, struct base_buf *out)
{
    search->value_count = 0;
    base_buf_puts(out, "SELECT count(*)");
    return from_sql(search, out);
}

/* ---- one criterion ---- */

/* "table x WHERE key AND value" of one value; a composite joins its second table by the part. */
static bool rows_sql(struct fhir_search *search, const struct fhir_criterion *criterion,
                     const char *value, struct base_buf *out)
{
    const struct fhir_param *param = criterion->param;
    bool pair = param->kind == FHIR_P_COMPOSITE;
    const char *parts[2] = {value, NULL};
    struct fhir_ask ask = {pair ? FHIR_P_TOKEN : param->kind, criterion->modifier,
                           param->of && !pair ? param->targets : NULL, value, "x"};
    struct fhir_ask second = {criterion->pair_kind, NULL, NULL, NULL, "y"};

    if (pair && fhir_value_split(search->call->arena, value, '$', parts, 2) != 2) {
        fhir_refuse(search->call, FHIR_BAD_REQUEST,
                    "The search value '%.200s' of %s is not valid: expected two values with '$' "
                    "between them.",
                    value, criterion->name);
        return false;
    }
    ask.text = parts[0];
    second.text = parts[1];
    base_buf_printf(out, "%s x", fhir_value_table(ask.kind, ask.modifier));
    if (pair)
        base_buf_printf(out, " JOIN %s y ON y.rid = x.rid AND y.part = x.part",
                        fhir_value_table(second.kind, NULL));
    base_buf_puts(out, " WHERE ");
    fhir_sql_keys(search, out, "x", &criterion->keys);
    base_buf_puts(out, " AND ");
    bool good = fhir_value_sql(search, &ask, out);
    if (!good || !pair)
        return good;
    base_buf_puts(out, " AND ");
    fhir_sql_keys(search, out, "y", &criterion->pair);
    base_buf_puts(out, " AND ");
    return fhir_value_sql(search, &second, out);
}

/* _id and _lastUpdated stand in the resource's own row. */
static bool column_sql(struct fhir_search *search, const struct fhir_criterion *criterion,
                       const char *value, struct base_buf *out)
{
    struct fhir_ask ask = {criterion->param->kind, NULL, NULL, value, "r"};

    if (criterion->param->kind == FHIR_P_UPDATED)
        return fhir_value_sql(search, &ask, out);
    base_buf_puts(out, "r.id = ");
    fhir_sql_text(search, out, value);
    return true;
}

static bool criterion_sql(struct fhir_search *search, const struct fhir_criterion *criterion,
                          struct base_buf *out)
{
    enum fhir_param_kind kind = criterion->param->kind;
    bool column = kind == FHIR_P_ID || kind == FHIR_P_UPDATED;
    const char *values[FHIR_VALUES_MAX];
    size_t count =
        fhir_value_split(search->call->arena, criterion->text, ',', values, FHIR_VALUES_MAX);

    if (base_equal(criterion->modifier, "missing"))
        return missing_sql(search, criterion, out);
    base_buf_puts(out, base_equal(criterion->modifier, "not") ? "NOT (" : "(");
    for (size_t i = 0; i < count; i++) {
        base_buf_puts(out, i ? " OR " : "");
        base_buf_puts(out, column ? "" : "EXISTS (SELECT 1 FROM ");
        if (column ? !column_sql(search, criterion, values[i], out)
                   : !rows_sql(search, criterion, values[i], out))
            return false;
        base_buf_puts(out, column ? "" : " AND x.rid = r.rid)");
    }
    base_buf_putc(out, ')');
    return true;
}

/* A token may have only a text, a reference only an identifier. */
static bool missing_sql(struct fhir_search *search, const struct fhir_criterion *criterion,
                        struct base_buf *out)
{
    static const char *const extra[] = {
        [FHIR_P_TOKEN] = "string", [FHIR_P_REFERENCE] = "token", [FHIR_P_UPDATED] = NULL};
    const char *tables[] = {fhir_value_table(criterion->param->kind, NULL),
                            extra[criterion->param->kind]};
    bool missing = !strcmp(criterion->text, "true");

    if (!missing && strcmp(criterion->text, "false")) {
        fhir_refuse(search->call, FHIR_BAD_REQUEST,
                    "The value of %s:missing is '%s': expected true or false.", criterion->name,
                    criterion->text);
        return false;
    }
    base_buf_puts(out, missing ? "NOT (" : "(");
    for (size_t i = 0; i < 2 && tables[i]; i++) {
        base_buf_printf(out, "%sEXISTS (SELECT 1 FROM %s x WHERE ", i ? " OR " : "", tables[i]);
        fhir_sql_keys(search, out, "x", &criterion->keys);
        base_buf_puts(out, " AND x.rid = r.rid)");
    }
    base_buf_putc(out, ')');
    return true;
}
