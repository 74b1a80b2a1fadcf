/* fhir/search.h: a search from its parameters to its page of resources. Source: HL7 FHIR R4
 * search.html; Microsoft's server where it differs (facts fhir.md §1 Search, §0.1). */
#ifndef FHIR_SEARCH_H
#define FHIR_SEARCH_H

#include "simulators/fhir/call.h"
#include "simulators/fhir/params.h"

#define FHIR_PAGE_DEFAULT 10
#define FHIR_PAGE_MAX 1000
#define FHIR_INCLUDES_MAX 1000
#define FHIR_VALUES_MAX 200 /* of one criterion */

struct fhir_keys { /* keys of the index: of every type and parameter that a criterion means */
    int64_t *items;
    size_t count;
};

struct fhir_criterion { /* one parameter of the query: all must hold */
    const struct fhir_param *param;
    const char *name, *modifier; /* modifier NULL: none */
    const char *text;            /* still escaped, values separated by ',' */
    struct fhir_keys keys, pair; /* pair: the second of a composite */
    enum fhir_param_kind pair_kind;
};

struct fhir_include {
    const char *source; /* type, or NULL for any */
    const char *name;   /* parameter; "*" for all */
    const char *target; /* type, or NULL for any */
    bool reverse, iterate;
};

enum fhir_summary {
    FHIR_SUMMARY_NONE,
    FHIR_SUMMARY_TRUE,
    FHIR_SUMMARY_TEXT,
    FHIR_SUMMARY_DATA,
    FHIR_SUMMARY_COUNT,
};
struct fhir_subset { /* _summary and _elements */
    enum fhir_summary summary;
    const char *elements; /* "a,b"; NULL: all */
};

enum fhir_sort { FHIR_SORT_NONE, FHIR_SORT_UPDATED, FHIR_SORT_DATE, FHIR_SORT_STRING };

struct fhir_search {
    struct fhir_call *call;
    int *types; /* numbers */
    size_t type_count;
    bool system; /* not of one type by its path */
    bool strict; /* Prefer: handling=strict */
    bool exact;  /* a condition of a write: nothing may be ignored */
    struct fhir_criterion *criteria;
    size_t criterion_count;
    struct fhir_include *includes;
    size_t include_count;
    int64_t count;
    bool total;
    struct fhir_subset subset;
    enum fhir_sort sort;
    bool descending;
    struct fhir_keys sort_keys;
    bool paged; /* a continuation token was given: rows after these */
    int64_t after_seq, after_value;
    const char *after_text;
    cJSON *warnings;      /* an OperationOutcome; NULL when there are none */
    struct base_buf link; /* the query that was understood, without ct; released by the caller */

    struct base_db_value *values; /* of the statement being built */
    size_t value_count, value_cap;
};

/* ---- search_parse.c: reads `pairs` of the query and the form. False: refused ---- */
bool fhir_search_parse(struct fhir_search *search, const struct base_pair *pairs, size_t count);
void fhir_search_warn(struct fhir_search *search, const char *severity, const char *code,
                      const char *fmt, ...) BASE_PRINTF(4, 5);
/* The keys of a parameter in all of the search's types. */
void fhir_search_keys(const struct fhir_search *search, const char *name, struct fhir_keys *out);

/* ---- search_option.c: parameters that are no criteria (_count, _sort, _include, ...) ---- */
/* False: not one of them. *good false: refused. */
bool fhir_search_option(struct fhir_search *search, const struct base_pair *pair, bool *good);
/* The continuation token of a row. */
const char *fhir_search_token(const struct fhir_search *search, int64_t seq, const char *value);

/* ---- search_value.c ---- */
struct fhir_ask {
    enum fhir_param_kind kind;
    const char *modifier, *targets;
    const char *text;  /* one value, still escaped */
    const char *alias; /* of the index table in the statement */
};
/* Appends an SQL condition for one value. False: refused, a value that is not one. */
bool fhir_value_sql(struct fhir_search *search, const struct fhir_ask *ask, struct base_buf *out);
/* The index table of a kind. */
const char *fhir_value_table(enum fhir_param_kind kind, const char *modifier);
/* Cuts `text` at each unescaped `mark`; returns the count, at most `max`, which counts on. */
size_t fhir_value_split(struct base_arena *arena, const char *text, char mark, const char **out,
                        size_t max);

/* ---- search_sql.c ---- */
/* "?n" for a new argument. */
void fhir_sql_text(struct fhir_search *search, struct base_buf *out, const char *text);
void fhir_sql_integer(struct fhir_search *search, struct base_buf *out, int64_t integer);
void fhir_sql_real(struct fhir_search *search, struct base_buf *out, double real);
void fhir_sql_keys(struct fhir_search *search, struct base_buf *out, const char *alias,
                   const struct fhir_keys *keys);
/* A page, rows of FHIR_VERSION_COLUMNS and the sort value, at most `limit`; or the count alone.
 * False: refused. */
bool fhir_sql_page(struct fhir_search *search, int64_t limit, struct base_buf *out);
bool fhir_sql_count(struct fhir_search *search, struct base_buf *out);

/* ---- search.c ---- */
/* The alive resources of a type that a query text matches, at most `limit`, for conditional
 * operations. Returns the count; -1: refused. */
int fhir_search_matches(struct fhir_call *call, int type, const char *query,
                        struct fhir_version *out, int limit);

/* ---- include.c: appends entries of included resources to the bundle's ---- */
bool fhir_include_all(struct fhir_search *search, const struct fhir_version *matches, size_t count,
                      cJSON *entries);

/* ---- subset.c ---- */
/* Takes _summary and _elements; false: not one of them. *good false: refused. */
bool fhir_subset_option(struct fhir_call *call, const struct base_pair *pair,
                        struct fhir_subset *out, bool *good);
bool fhir_subset_wanted(const struct fhir_subset *subset);
/* The wanted part of a resource's text, tagged SUBSETTED. */
cJSON *fhir_subset_apply(struct base_arena *arena, const struct fhir_subset *subset,
                         const char *body);

/* ---- bundle_parts.c: what bundles of all kinds are made of ---- */
cJSON *fhir_bundle_new(struct fhir_call *call, const char *type);
void fhir_bundle_link(struct fhir_call *call, cJSON *bundle, const char *relation, const char *path,
                      const char *query);
/* fullUrl, resource and search.mode. */
cJSON *fhir_bundle_entry(struct fhir_call *call, const struct fhir_version *version,
                         cJSON *resource, const char *mode);

#endif
