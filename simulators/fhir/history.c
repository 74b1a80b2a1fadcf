/* Answers histories of an instance, a type or the whole service: which versions, in which order. */
#include "simulators/fhir/search.h"

#include "simulators/fhir/value.h"

#include <stdlib.h>
#include <string.h>

struct history { /* what is asked */
    struct fhir_call *call;
    struct fhir_search options; /* _count, ct, _summary: the same as a search's */
    int64_t since, before;      /* sequence numbers: since <= seq < before */
    bool ascending;
    struct fhir_version instance; /* rid 0: a type or the service */
};

static bool take_options(struct history *history);
static bool find_instance(struct history *history);
static void answer(struct history *history);

void fhir_history(void *context)
{
    struct fhir_call *call = context;
    struct history history = {
        .call = call, .options = {.call = call, .count = FHIR_PAGE_DEFAULT}, .before = INT64_MAX};

    if (take_options(&history) && find_instance(&history))
        answer(&history);
    base_buf_release(&history.options.link);
}

static bool refuse(struct history *history, const char *name, const char *value,
                   const char *expected)
{
    fhir_refuse(history->call, FHIR_BAD_REQUEST,
                "The value '%.80s' of parameter '%s' is not valid: expected %s.", value, name,
                expected);
    return false;
}

static bool take_time(struct history *history, const struct base_pair *pair, int64_t *seq)
{
    int64_t low, high, now = sim_now_ms(history->call->fhir->world);

    if (!fhir_date_range(pair->value, &low, &high))
        return refuse(history, pair->name, pair->value, "an instant");
    if (!strcmp(pair->name, "_before") && low / FHIR_TICKS_IN_MS > now) {
        fhir_refuse(history->call, FHIR_UNSEARCHABLE,
                    "The parameter '_before' must not lie in the future: found '%s'.", pair->value);
        return false;
    }
    *seq = low / FHIR_TICKS_IN_MS * FHIR_TICKS_PER_MS;
    base_query_add(&history->options.link, pair->name, pair->value);
    return true;
}

static bool take_sort(struct history *history, const struct base_pair *pair)
{
    history->ascending = !strcmp(pair->value, "_lastUpdated");
    base_query_add(&history->options.link, pair->name, pair->value);
    if (history->ascending || !strcmp(pair->value, "-_lastUpdated"))
        return true;
    fhir_refuse(history->call, FHIR_UNSEARCHABLE,
                "Sorting a history by '%s' is not supported: expected _lastUpdated or "
                "-_lastUpdated.",
                pair->value);
    return false;
}

static bool take_option(struct history *history, const struct base_pair *pair)
{
    static const char *const shared[] = {"_count",    "ct",      "_summary",
                                         "_elements", "_pretty", "_format"};
    bool good = true;

    if (!strcmp(pair->name, "_since"))
        return take_time(history, pair, &history->since);
    if (!strcmp(pair->name, "_before"))
        return take_time(history, pair, &history->before);
    if (!strcmp(pair->name, "_sort"))
        return take_sort(history, pair);
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
        if (!strcmp(shared[i], pair->name))
            fhir_search_option(&history->options, pair, &good);
    return good; /* others are dropped, as the service does */
}

static bool take_options(struct history *history)
{
    struct base_pair *pairs;
    size_t count = base_query_parse(history->call->arena, history->call->query, true, &pairs);

    for (size_t i = 0; i < count; i++)
        if (!take_option(history, &pairs[i]))
            return false;
    return true;
}

static bool find_instance(struct history *history)
{
    struct fhir_call *call = history->call;
    struct base_error err = {0};

    if (!call->captures[1])
        return true;
    enum base_status status = fhir_store_find(call->fhir, call->arena, call->kind,
                                              call->captures[1], &history->instance, &err);
    if (status == BASE_NOT_FOUND)
        fhir_refuse(call, FHIR_ABSENT, "Resource type '%s' with id '%s' couldn't be found.",
                    fhir_type_name(call->type), call->captures[1]);
    else if (status != BASE_OK)
        fhir_refuse_store(call, &err);
    return status == BASE_OK;
}

/* Appends " FROM ... WHERE ..." of the wanted versions. */
static void from_sql(struct history *history, struct base_buf *out)
{
    struct fhir_search *sql = &history->options;
    struct fhir_call *call = history->call;
    int64_t first = fhir_kind(call->service.number, 0);

    base_buf_puts(out, " FROM version v CROSS JOIN resource r ON r.rid = v.rid WHERE ");
    if (history->instance.rid) {
        base_buf_puts(out, "v.rid = ");
        fhir_sql_integer(sql, out, history->instance.rid);
    } else if (call->type >= 0) {
        base_buf_puts(out, "+v.kind = ");
        fhir_sql_integer(sql, out, call->kind);
    } else {
        base_buf_puts(out, "+v.kind >= ");
        fhir_sql_integer(sql, out, first);
        base_buf_puts(out, " AND +v.kind < ");
        fhir_sql_integer(sql, out, first + FHIR_TYPES_MAX);
    }
    base_buf_puts(out, " AND v.seq >= ");
    fhir_sql_integer(sql, out, history->since);
    base_buf_puts(out, " AND v.seq < ");
    fhir_sql_integer(sql, out, history->before);
    if (sql->paged && sql->subset.summary != FHIR_SUMMARY_COUNT) {
        base_buf_printf(out, " AND v.seq %s ", history->ascending ? ">" : "<");
        fhir_sql_integer(sql, out, sql->after_seq);
    }
}

static const char *status_of(const struct fhir_version *version)
{
    if (version->deleted)
        return "204 NoContent";
    return version->version == 1 || !strcmp(version->method, "POST") ? "201 Created" : "200 OK";
}

static cJSON *entry_of(struct history *history, const struct fhir_version *version)
{
    struct base_arena *arena = history->call->arena;
    cJSON *request = fhir_json_object(arena), *response = fhir_json_object(arena), *resource = NULL;
    const char *type = fhir_type_name((int)(version->kind % FHIR_TYPES_MAX));
    const char *url = strcmp(version->method, "POST")
                          ? base_arena_printf(arena, "%s/%s", type, version->id)
                          : type;
    char when[BASE_TIME_TEXT];

    if (!version->deleted)
        resource = fhir_subset_wanted(&history->options.subset)
                       ? fhir_subset_apply(arena, &history->options.subset, version->body)
                       : fhir_json_verbatim(arena, version->body);
    cJSON *entry = fhir_bundle_entry(history->call, version, resource, NULL);
    fhir_json_add_text(arena, request, "method", version->method);
    fhir_json_add_text(arena, request, "url", url);
    fhir_json_add(entry, "request", request);
    base_time_iso(fhir_seq_ms(version->seq), when);
    fhir_json_add_text(arena, response, "status", status_of(version));
    fhir_json_add_text(arena, response, "etag",
                       base_arena_printf(arena, "W/\"%lld\"", (long long)version->version));
    fhir_json_add_text(arena, response, "lastModified", when);
    fhir_json_add(entry, "response", response);
    return entry;
}

static bool query(struct history *history, const struct base_buf *sql,
                  struct base_db_statement *statement)
{
    struct base_error err = {0};

    if (base_db_query_values(history->call->fhir->db, statement, &err, sql->data,
                             history->options.values, history->options.value_count) == BASE_OK)
        return true;
    fhir_refuse_store(history->call, &err);
    return false;
}

static bool add_total(struct history *history, cJSON *bundle)
{
    struct base_buf sql = {0};
    struct base_db_statement statement;

    base_buf_puts(&sql, "SELECT count(*)");
    from_sql(history, &sql);
    bool good = query(history, &sql, &statement);
    if (good) {
        int64_t total = base_db_next(&statement, NULL) ? base_db_int(&statement, 0) : 0;
        fhir_json_add(bundle, "total", fhir_json_integer(history->call->arena, total));
        base_db_done(&statement);
    }
    base_buf_release(&sql);
    return good;
}

/* Appends the page's entries; *next: where the following page begins, 0 for none. */
static bool add_page(struct history *history, cJSON *entries, int64_t *next)
{
    struct base_buf sql = {0};
    struct base_db_statement statement;
    struct fhir_version version;
    int64_t count = 0, last = 0;

    *next = 0;
    base_buf_puts(&sql, "SELECT " FHIR_VERSION_COLUMNS);
    from_sql(history, &sql);
    base_buf_printf(&sql, " ORDER BY v.seq %s LIMIT ", history->ascending ? "ASC" : "DESC");
    fhir_sql_integer(&history->options, &sql, history->options.count + 1);
    bool good = query(history, &sql, &statement);
    while (good && base_db_next(&statement, NULL)) {
        if (count++ == history->options.count) {
            *next = last;
            break;
        }
        fhir_store_row(&statement, history->call->arena, &version);
        fhir_json_add(entries, NULL, entry_of(history, &version));
        last = version.seq;
    }
    if (good)
        base_db_done(&statement);
    base_buf_release(&sql);
    return good;
}

static void answer(struct history *history)
{
    struct fhir_call *call = history->call;
    cJSON *bundle = fhir_bundle_new(call, "history"), *entries = fhir_json_array(call->arena);
    const char *self = history->options.link.data ? history->options.link.data : "";
    const char *path = call->path + 1;
    int64_t next = 0;
    bool count_only = history->options.subset.summary == FHIR_SUMMARY_COUNT;

    if (count_only ? !add_total(history, bundle) : !add_page(history, entries, &next))
        return;
    if (next)
        fhir_bundle_link(call, bundle, "next", path,
                         base_arena_printf(call->arena, "%s%sct=%s", self, *self ? "&" : "?",
                                           fhir_search_token(&history->options, next, "")));
    fhir_bundle_link(call, bundle, "self", path, self);
    if (entries->child)
        fhir_json_add(bundle, "entry", entries);
    call->answer = (struct fhir_answer){.status = 200, .tree = bundle};
}
