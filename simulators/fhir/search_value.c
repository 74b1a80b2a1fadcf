/* Decides which index rows a search value means: one SQL condition a value. */
#include "simulators/fhir/search.h"

#include "simulators/fhir/value.h"

#include <stdlib.h>
#include <string.h>

#define LAST_LETTER "\xf4\x8f\xbf\xbf" /* U+10FFFF: after every text that begins alike */

struct prefix {
    const char *name; /* "ge" */
    /* conditions with L and H for the row's ends, l and h for the asked ones */
    const char *date, *number; /* number: N the row's, v the value, l and h its precision */
};
/* facts fhir.md §0.1 (1): eq is an overlap, ne the complement of containment. */
static const struct prefix prefixes[] = {
    {"eq", "L<=h&H>=l", "N>=l&N<=h"},
    {"ne", "!L>=l&H<=h", "!N>=l&N<=h"},
    {"lt", "L<l", "N<v"},
    {"gt", "H>h", "N>v"},
    {"le", "L<=h", "N<=v"},
    {"ge", "H>=l", "N>=v"},
    {"sa", "L>h", "N>v"},
    {"eb", "H<l", "N<v"},
    {"ap", "L<=h&H>=l", "N>=l&N<=h"},
};

static bool token_sql(struct fhir_search *search, const struct fhir_ask *ask, struct base_buf *out);
static bool string_sql(struct fhir_search *search, const struct fhir_ask *ask,
                       struct base_buf *out);
static bool date_sql(struct fhir_search *search, const struct fhir_ask *ask, struct base_buf *out);
static bool updated_sql(struct fhir_search *search, const struct fhir_ask *ask,
                        struct base_buf *out);
static bool quantity_sql(struct fhir_search *search, const struct fhir_ask *ask,
                         struct base_buf *out);
static bool reference_sql(struct fhir_search *search, const struct fhir_ask *ask,
                          struct base_buf *out);
static bool uri_sql(struct fhir_search *search, const struct fhir_ask *ask, struct base_buf *out);

static const struct {
    const char *table;
    bool (*sql)(struct fhir_search *search, const struct fhir_ask *ask, struct base_buf *out);
} kinds[] = {
    [FHIR_P_TOKEN] = {"token", token_sql},
    [FHIR_P_STRING] = {"string", string_sql},
    [FHIR_P_DATE] = {"date", date_sql},
    [FHIR_P_QUANTITY] = {"quantity", quantity_sql},
    [FHIR_P_REFERENCE] = {"reference", reference_sql},
    [FHIR_P_URI] = {"token", uri_sql},
    [FHIR_P_COMPOSITE] = {NULL, NULL},
    [FHIR_P_ID] = {NULL, NULL},
    [FHIR_P_UPDATED] = {NULL, updated_sql},
};

const char *fhir_value_table(enum fhir_param_kind kind, const char *modifier)
{
    if (base_equal(modifier, "text"))
        return "string";
    return base_equal(modifier, "identifier") ? "token" : kinds[kind].table;
}

bool fhir_value_sql(struct fhir_search *search, const struct fhir_ask *ask, struct base_buf *out)
{
    return kinds[ask->kind].sql(search, ask, out);
}

size_t fhir_value_split(struct base_arena *arena, const char *text, char mark, const char **out,
                        size_t max)
{
    size_t count = 0;
    const char *start = text, *at = text;

    for (;; at++) {
        if (*at == '\\' && at[1]) {
            at++;
            continue;
        }
        if (*at && *at != mark)
            continue;
        if (count < max)
            out[count] = base_arena_strndup(arena, start, (size_t)(at - start));
        count++;
        start = at + 1;
        if (!*at)
            return count;
    }
}

static const char *unescape(struct base_arena *arena, const char *text)
{
    char *plain = base_arena_strdup(arena, text), *out = plain;

    for (const char *at = text; *at; at++) {
        if (*at == '\\' && at[1] && strchr("\\,|$", at[1]))
            at++;
        *out++ = *at;
    }
    *out = '\0';
    return plain;
}

static bool refuse(struct fhir_search *search, const struct fhir_ask *ask, const char *expected)
{
    fhir_refuse(search->call, FHIR_BAD_REQUEST,
                "The search value '%.200s' is not valid: expected %s.", ask->text, expected);
    return false;
}

static void compare(struct fhir_search *search, struct base_buf *out, const char *alias,
                    const char *test, const char *text)
{
    base_buf_printf(out, "%s.%s ", alias, test);
    fhir_sql_text(search, out, text);
}

static void begins(struct fhir_search *search, struct base_buf *out, const char *alias,
                   const char *start)
{
    compare(search, out, alias, "a >=", start);
    base_buf_puts(out, " AND ");
    compare(search, out, alias, "a <",
            base_arena_printf(search->call->arena, "%s" LAST_LETTER, start));
}

/* code, system|code, |code, system| */
static bool token_sql(struct fhir_search *search, const struct fhir_ask *ask, struct base_buf *out)
{
    struct base_arena *arena = search->call->arena;
    const char *parts[2];
    size_t count = fhir_value_split(arena, ask->text, '|', parts, 2);

    if (base_equal(ask->modifier, "text")) {
        begins(search, out, ask->alias, fhir_fold(arena, unescape(arena, ask->text)));
        return true;
    }
    if (count > 2)
        return refuse(search, ask, "code, system|code, |code or system|");
    const char *code = unescape(arena, parts[count - 1]);
    if (*code || count == 1)
        compare(search, out, ask->alias, "a =", code);
    if (*code && count == 2)
        base_buf_puts(out, " AND ");
    if (count == 2)
        compare(search, out, ask->alias, "b =", unescape(arena, parts[0]));
    return true;
}

static bool string_sql(struct fhir_search *search, const struct fhir_ask *ask, struct base_buf *out)
{
    struct base_arena *arena = search->call->arena;
    const char *plain = unescape(arena, ask->text), *folded = fhir_fold(arena, plain);

    if (base_equal(ask->modifier, "exact")) {
        compare(search, out, ask->alias, "a =", folded);
        base_buf_puts(out, " AND ");
        compare(search, out, ask->alias, "b =", plain);
    } else if (base_equal(ask->modifier, "contains")) {
        base_buf_printf(out, "instr(%s.a, ", ask->alias);
        fhir_sql_text(search, out, folded);
        base_buf_puts(out, ") > 0");
    } else {
        begins(search, out, ask->alias, folded);
    }
    return true;
}

/* Uris compare with case; above and below by their beginnings, never for urn. */
static bool uri_sql(struct fhir_search *search, const struct fhir_ask *ask, struct base_buf *out)
{
    const char *uri = unescape(search->call->arena, ask->text);

    if (base_equal(ask->modifier, "above")) {
        base_buf_puts(out, "instr(");
        fhir_sql_text(search, out, uri);
        base_buf_printf(out, ", %s.a) = 1", ask->alias);
    } else if (base_equal(ask->modifier, "below")) {
        begins(search, out, ask->alias, uri);
    } else {
        compare(search, out, ask->alias, "a =", uri);
        return true;
    }
    base_buf_printf(out, " AND %s.a NOT LIKE 'urn:%%'", ask->alias);
    return true;
}

static const struct prefix *take_prefix(const char **text)
{
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (!strncmp(*text, prefixes[i].name, 2)) {
            *text += 2;
            return &prefixes[i];
        }
    return &prefixes[0];
}

/* A tenth of the way from now, to either side. */
static void widen(struct fhir_search *search, int64_t *low, int64_t *high)
{
    int64_t now = sim_now_ms(search->call->fhir->world) * FHIR_TICKS_IN_MS;
    int64_t distance = llabs(now - (*low + (*high - *low) / 2)) / 10;

    *low -= distance;
    *high += distance;
}

static bool take_date(struct fhir_search *search, const struct fhir_ask *ask,
                      const struct prefix **prefix, int64_t *low, int64_t *high)
{
    const char *text = unescape(search->call->arena, ask->text);

    *prefix = take_prefix(&text);
    if (!fhir_date_range(text, low, high))
        return refuse(search, ask, "a date such as ge2026-02-28 or 2026-02-28T10:00:00Z");
    if (!strcmp((*prefix)->name, "ap"))
        widen(search, low, high);
    return true;
}

static bool date_sql(struct fhir_search *search, const struct fhir_ask *ask, struct base_buf *out)
{
    const struct prefix *prefix;
    int64_t low, high;

    if (!take_date(search, ask, &prefix, &low, &high))
        return false;
    base_buf_puts(out, *prefix->date == '!' ? "NOT (" : "(");
    for (const char *at = prefix->date + (*prefix->date == '!'); *at; at++) {
        if (*at == 'L' || *at == 'H')
            base_buf_printf(out, "%s.%s", ask->alias, *at == 'L' ? "low" : "high");
        else if (*at == 'l' || *at == 'h')
            fhir_sql_integer(search, out, *at == 'l' ? low : high);
        else if (*at == '&')
            base_buf_puts(out, " AND ");
        else
            base_buf_putc(out, *at);
    }
    base_buf_putc(out, ')');
    return true;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* The time of a resource's sequence number against ticks: at least, at most. */
static void seq_at_least(struct fhir_search *search, struct base_buf *out, int64_t ticks)
{
    base_buf_puts(out, "r.seq >= ");
    fhir_sql_integer(search, out,
                     -floor_div(-ticks, FHIR_TICKS_IN_MS) * (int64_t)FHIR_TICKS_PER_MS);
}

static void seq_at_most(struct fhir_search *search, struct base_buf *out, int64_t ticks)
{
    base_buf_puts(out, "r.seq < ");
    fhir_sql_integer(search, out,
                     (floor_div(ticks, FHIR_TICKS_IN_MS) + 1) * (int64_t)FHIR_TICKS_PER_MS);
}

/* _lastUpdated is one instant, in the sequence number. */
static bool updated_sql(struct fhir_search *search, const struct fhir_ask *ask,
                        struct base_buf *out)
{
    const struct prefix *prefix;
    int64_t low, high;

    if (!take_date(search, ask, &prefix, &low, &high))
        return false;
    bool range = !strcmp(prefix->name, "eq") || !strcmp(prefix->name, "ap");
    bool other = !strcmp(prefix->name, "ne");
    base_buf_puts(out, other ? "NOT (" : "(");
    if (range || other) {
        seq_at_least(search, out, low);
        base_buf_puts(out, " AND ");
        seq_at_most(search, out, high);
    } else if (!strcmp(prefix->name, "ge")) {
        seq_at_least(search, out, low);
    } else if (!strcmp(prefix->name, "le")) {
        seq_at_most(search, out, high);
    } else if (!strcmp(prefix->name, "lt") || !strcmp(prefix->name, "eb")) {
        seq_at_most(search, out, low - 1);
    } else {
        seq_at_least(search, out, high + 1);
    }
    base_buf_putc(out, ')');
    return true;
}

static void number_sql(struct fhir_search *search, const struct prefix *prefix, const char *alias,
                       const double ends[3], struct base_buf *out)
{
    base_buf_puts(out, *prefix->number == '!' ? "NOT (" : "(");
    for (const char *at = prefix->number + (*prefix->number == '!'); *at; at++) {
        const char *end = strchr("vlh", *at);
        if (*at == 'N')
            base_buf_printf(out, "%s.number", alias);
        else if (end)
            fhir_sql_real(search, out, ends[end - "vlh"]);
        else if (*at == '&')
            base_buf_puts(out, " AND ");
        else
            base_buf_putc(out, *at);
    }
    base_buf_putc(out, ')');
}

/* number, number|system, number|system|code, number||code */
static bool quantity_sql(struct fhir_search *search, const struct fhir_ask *ask,
                         struct base_buf *out)
{
    struct base_arena *arena = search->call->arena;
    const char *parts[3], *tests[] = {NULL, "b =", "a ="};
    size_t count = fhir_value_split(arena, ask->text, '|', parts, 3);
    double value, low, high;

    const char *number = parts[0];
    const struct prefix *prefix = take_prefix(&number);
    if (count > 3 || !fhir_decimal_range(number, &value, &low, &high))
        return refuse(search, ask, "a quantity such as gt5.4|http://unitsofmeasure.org|mg");
    if (!strcmp(prefix->name, "ap")) {
        double tenth = (value < 0 ? -value : value) / 10;
        low = value - tenth;
        high = value + tenth;
    }
    static const char order[] = "vlh";
    double ends[sizeof order - 1] = {value, low, high};
    number_sql(search, prefix, ask->alias, ends, out);
    for (size_t i = 1; i < count; i++)
        if (*parts[i]) {
            base_buf_puts(out, " AND ");
            compare(search, out, ask->alias, tests[i], unescape(arena, parts[i]));
        }
    return true;
}

/* Type/id, a bare id of a known type, a URL, or with a type as the modifier. */
static bool reference_sql(struct fhir_search *search, const struct fhir_ask *ask,
                          struct base_buf *out)
{
    struct base_arena *arena = search->call->arena;
    const char *text = unescape(arena, ask->text);
    struct fhir_reference reference;

    if (base_equal(ask->modifier, "identifier"))
        return token_sql(search, ask, out);
    fhir_reference_parse(arena, search->call->service.url, text, &reference);
    if (ask->modifier)
        reference.type = ask->modifier;
    compare(search, out, ask->alias, "a =", reference.id);
    if (*reference.type) {
        base_buf_puts(out, " AND ");
        compare(search, out, ask->alias, "b =", reference.type);
    } else if (!strpbrk(text, "/:")) {
        base_buf_printf(out, " AND %s.b <> ''", ask->alias);
    }
    if (*reference.base) {
        base_buf_puts(out, " AND ");
        compare(search, out, ask->alias, "c =", reference.base);
    }
    if (ask->targets) {
        base_buf_puts(out, " AND ");
        compare(search, out, ask->alias, "b =", ask->targets);
    }
    return true;
}
