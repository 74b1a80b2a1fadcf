/* reference/dataplane/jsonpath_parts.h: a compiled path from the inside; for jsonpath_*.c only. */
#ifndef REFERENCE_DATAPLANE_JSONPATH_PARTS_H
#define REFERENCE_DATAPLANE_JSONPATH_PARTS_H

#include "reference/dataplane/jsonpath.h"

enum dp_step_kind {
    DP_STEP_ROOT,       /* "$" inside a filter */
    DP_STEP_FIELDS,     /* .a  ['a']  ['a','b'] */
    DP_STEP_FIELDS_ALL, /* .* */
    DP_STEP_INDEXES,    /* [1]  [1,2] */
    DP_STEP_INDEX_ALL,  /* [*] */
    DP_STEP_SLICE,      /* [a:b:c] */
    DP_STEP_SCAN,       /* ..a  ..['a','b'] */
    DP_STEP_SCAN_ALL,   /* ..* */
    DP_STEP_FILTER,     /* [?(...)] */
    DP_STEP_SCAN_FILTER /* ..[?(...)] */
};

struct dp_slice {
    bool has[3]; /* start, end, step */
    int64_t part[3];
};

struct dp_step {
    enum dp_step_kind kind;
    struct dp_text *names;
    int64_t *indexes;
    size_t count; /* of names or indexes */
    struct dp_slice slice;
    struct dp_filter *filter;
};

struct dp_steps {
    struct dp_step items[DP_PATH_STEPS_MAX];
    size_t count;
};

enum dp_operator {
    DP_OP_EXISTS,
    DP_OP_EQUAL,
    DP_OP_NOT_EQUAL,
    DP_OP_STRICT_EQUAL,
    DP_OP_STRICT_NOT_EQUAL,
    DP_OP_LESS,
    DP_OP_LESS_EQUAL,
    DP_OP_GREATER,
    DP_OP_GREATER_EQUAL,
    DP_OP_MATCHES,
    DP_OP_AND,
    DP_OP_OR,
};

struct dp_operand { /* a path or a literal */
    struct dp_steps *path;
    struct dp_token *literal;
    struct dp_regex *regex; /* of a literal that stands right of =~ */
};

struct dp_filter {
    enum dp_operator op;
    struct dp_operand left, right; /* comparisons */
    struct dp_filter **parts;      /* AND, OR */
    size_t part_count, part_capacity;
};

struct dp_path {
    struct base_arena arena; /* everything but the regular expressions */
    struct dp_steps steps;
    struct dp_regex *regexes; /* newest first */
};

/* Does the comparison hold between two tokens? */
BASE_MUST_USE enum base_status dp_compare(enum dp_operator op, const struct dp_token *left,
                                          const struct dp_token *right, bool *holds,
                                          struct base_error *err);

/* A regular expression written /pattern/flags. Never NULL: one that does not compile answers with its error when it is used. */
struct dp_regex *dp_regex_new(struct base_arena *arena, const struct dp_text *text,
                              struct dp_regex *next);
void dp_regex_release(struct dp_regex *first); /* and all that follow it */
BASE_MUST_USE enum base_status dp_regex_search(const struct dp_regex *regex,
                                               const struct dp_text *subject, struct dp_work *work,
                                               bool *found, struct base_error *err);
/* The same with a pattern that is only known now. */
BASE_MUST_USE enum base_status dp_regex_search_text(const struct dp_text *pattern,
                                                    const struct dp_text *subject,
                                                    struct dp_work *work, bool *found,
                                                    struct base_error *err);

#endif
