/* Answers searches: the page of matches, what is included with them, and the way to the next page. */
#include "simulators/fhir/search.h"

#include <stdlib.h>
#include <string.h>

struct page { /* what was found */
    struct fhir_version *rows;
    size_t count;
    const char *last_value; /* the sort value of the last row */
    bool more;
    int64_t total; /* -1: not asked */
};

static bool run_page(struct fhir_search *search, struct page *page);
static bool run_count(struct fhir_search *search, struct page *page);
static void answer(struct fhir_search *search, const struct page *page);

/* Parameters of the query and, for POST _search, of the form. */
static bool read_pairs(struct fhir_call *call, struct base_pair **pairs, size_t *count)
{
    struct base_pair *query, *form;
    size_t in_query = base_query_parse(call->arena, call->query, true, &query), in_form = 0;
    const char *type = fhir_header(call, "Content-Type");

    if (!strcmp(call->method, "POST") && call->raw_len) {
        if (!type || !base_starts_nocase(type, "application/x-www-form-urlencoded")) {
            fhir_refuse(call, FHIR_NO_MEDIA,
                        "The \"content-type\" header '%s' is not supported: expected "
                        "application/x-www-form-urlencoded.",
                        type ? type : "");
            return false;
        }
        in_form = base_query_parse(call->arena, call->raw, true, &form);
    }
    *count = in_query + in_form;
    *pairs = base_arena_alloc(call->arena, (*count + 1) * sizeof **pairs);
    if (in_query)
        memcpy(*pairs, query, in_query * sizeof *query);
    if (in_form)
        memcpy(*pairs + in_query, form, in_form * sizeof *form);
    return true;
}

void fhir_search(void *context)
{
    struct fhir_call *call = context;
    struct fhir_search search = {.call = call, .types = &call->type, .type_count = 1};
    struct base_pair *pairs;
    struct page page = {.total = -1};
    size_t count;

    if (call->type < 0)
        search = (struct fhir_search){.call = call, .system = true};
    if (!read_pairs(call, &pairs, &count))
        return;
    if (fhir_search_parse(&search, pairs, count) && run_count(&search, &page) &&
        run_page(&search, &page))
        answer(&search, &page);
    base_buf_release(&search.link);
}

static bool query(struct fhir_search *search, const struct base_buf *sql,
                  struct base_db_statement *statement)
{
    struct base_error err = {0};

    if (base_db_query_values(search->call->fhir->db, statement, &err, sql->data, search->values,
                             search->value_count) == BASE_OK)
        return true;
    fhir_refuse_store(search->call, &err);
    return false;
}

/* The total is told on the first page only. */
static bool run_count(struct fhir_search *search, struct page *page)
{
    struct base_db_statement statement;
    struct base_buf sql = {0};
    bool wanted = search->subset.summary == FHIR_SUMMARY_COUNT || (search->total && !search->paged);
    bool good = !wanted || (fhir_sql_count(search, &sql) && query(search, &sql, &statement));

    if (good && wanted) {
        page->total = base_db_next(&statement, NULL) ? base_db_int(&statement, 0) : 0;
        base_db_done(&statement);
    }
    base_buf_release(&sql);
    return good;
}

static void take_rows(struct fhir_search *search, struct base_db_statement *statement,
                      struct page *page)
{
    struct base_arena *arena = search->call->arena;

    page->rows = base_arena_alloc(arena, (size_t)(search->count + 1) * sizeof *page->rows);
    while (base_db_next(statement, NULL)) {
        if ((int64_t)page->count == search->count) {
            page->more = true;
            break;
        }
        fhir_store_row(statement, arena, &page->rows[page->count++]);
        page->last_value = base_arena_strdup(arena, base_db_text(statement, 7));
    }
    base_db_done(statement);
}

static bool run_page(struct fhir_search *search, struct page *page)
{
    struct base_db_statement statement;
    struct base_buf sql = {0};
    bool good = search->subset.summary == FHIR_SUMMARY_COUNT ||
                (fhir_sql_page(search, search->count + 1, &sql) && query(search, &sql, &statement));

    if (good && search->subset.summary != FHIR_SUMMARY_COUNT)
        take_rows(search, &statement, page);
    base_buf_release(&sql);
    return good;
}

static cJSON *resource_of(struct fhir_search *search, const struct fhir_version *row)
{
    if (fhir_subset_wanted(&search->subset))
        return fhir_subset_apply(search->call->arena, &search->subset, row->body);
    return fhir_json_verbatim(search->call->arena, row->body);
}

static cJSON *warning_entry(struct fhir_search *search)
{
    struct base_arena *arena = search->call->arena;
    cJSON *entry = fhir_json_object(arena), *mode = fhir_json_object(arena);

    fhir_json_add(entry, "resource", search->warnings);
    fhir_json_add_text(arena, mode, "mode", "outcome");
    fhir_json_add(entry, "search", mode);
    return entry;
}

static void add_links(struct fhir_search *search, const struct page *page, cJSON *bundle)
{
    struct fhir_call *call = search->call;
    const char *path = search->system ? "" : fhir_type_name(call->type);
    const char *self = search->link.data ? search->link.data : "";

    if (page->more) {
        const struct fhir_version *last = &page->rows[page->count - 1];
        const char *token = fhir_search_token(search, last->seq, page->last_value);
        const char *next =
            base_arena_printf(call->arena, "%s%sct=%s", self, *self ? "&" : "?", token);
        fhir_bundle_link(call, bundle, "next", path, next);
    }
    fhir_bundle_link(call, bundle, "self", path, self);
}

static void answer(struct fhir_search *search, const struct page *page)
{
    struct fhir_call *call = search->call;
    cJSON *bundle = fhir_bundle_new(call, "searchset"), *entries = fhir_json_array(call->arena);

    if (page->total >= 0)
        fhir_json_add(bundle, "total", fhir_json_integer(call->arena, page->total));
    add_links(search, page, bundle);
    for (size_t i = 0; i < page->count; i++)
        fhir_json_add(
            entries, NULL,
            fhir_bundle_entry(call, &page->rows[i], resource_of(search, &page->rows[i]), "match"));
    if (search->include_count && !fhir_include_all(search, page->rows, page->count, entries))
        return;
    if (search->warnings)
        fhir_json_add(entries, NULL, warning_entry(search));
    if (entries->child)
        fhir_json_add(bundle, "entry", entries);
    call->answer = (struct fhir_answer){.status = 200, .tree = bundle};
}

int fhir_search_matches(struct fhir_call *call, int type, const char *text,
                        struct fhir_version *out, int limit)
{
    struct fhir_search search = {
        .call = call, .types = &type, .type_count = 1, .exact = true, .count = limit};
    struct base_pair *pairs;
    struct page page = {.total = -1};
    size_t count = base_query_parse(call->arena, text, true, &pairs);
    bool good = fhir_search_parse(&search, pairs, count);

    search.count = limit;
    search.includes = NULL;
    search.include_count = 0;
    search.subset = (struct fhir_subset){0};
    if (good && !search.criterion_count) {
        fhir_refuse(call, strcmp(call->method, "POST") ? FHIR_PRECONDITION : FHIR_BAD_REQUEST,
                    "The conditional operation has no criteria: '%s' is not selective enough.",
                    text);
        good = false;
    }
    good = good && run_page(&search, &page);
    for (size_t i = 0; i < page.count && good; i++)
        out[i] = page.rows[i];
    base_buf_release(&search.link);
    return good ? (int)page.count : -1;
}
