/* reference/dataplane/jmespath_parts.h: a compiled JMESPath expression from the inside; for jmespath_*.c only. */
#ifndef REFERENCE_DATAPLANE_JMESPATH_PARTS_H
#define REFERENCE_DATAPLANE_JMESPATH_PARTS_H

#include "reference/dataplane/jmespath.h"

enum dp_jmes_word { /* what the lexer tells apart */
                    DP_WORD_END,
                    DP_WORD_BAD, /* no word starts here */
                    DP_WORD_AND,
                    DP_WORD_OR,
                    DP_WORD_NOT,
                    DP_WORD_COLON,
                    DP_WORD_COMMA,
                    DP_WORD_DOT,
                    DP_WORD_PIPE,
                    DP_WORD_EQUAL,
                    DP_WORD_NOT_EQUAL,
                    DP_WORD_GREATER,
                    DP_WORD_GREATER_EQUAL,
                    DP_WORD_LESS,
                    DP_WORD_LESS_EQUAL,
                    DP_WORD_FILTER,  /* [? */
                    DP_WORD_FLATTEN, /* [] */
                    DP_WORD_STAR,
                    DP_WORD_CURRENT,
                    DP_WORD_REFERENCE, /* & */
                    DP_WORD_NUMBER,
                    DP_WORD_LITERAL, /* `json` */
                    DP_WORD_QUOTED,  /* "name" */
                    DP_WORD_RAW,     /* 'text' */
                    DP_WORD_NAME,
                    DP_WORD_BRACE_OPEN,
                    DP_WORD_BRACE_CLOSE,
                    DP_WORD_BRACKET_OPEN,
                    DP_WORD_BRACKET_CLOSE,
                    DP_WORD_PAREN_OPEN,
                    DP_WORD_PAREN_CLOSE,
};

struct dp_jmes_lexeme {
    enum dp_jmes_word word;
    const char *start; /* in the expression, with its quotes */
    size_t len;
};

/* The word at `at` or after the blanks there; the next starts at start + len. */
struct dp_jmes_lexeme dp_jmes_lex(const char *at, const char *end);
int dp_jmes_number(const struct dp_jmes_lexeme *lexeme); /* beyond 32 bits: 0, as the original */
bool dp_jmes_is_hex(const char *at, const char *end, int count);
void dp_jmes_replace(struct base_buf *text, const char *from, const char *to); /* everywhere */
/* The texts that RAW and QUOTED stand for, and the token of a LITERAL. False + error when the escapes or the JSON are bad. */
struct dp_text dp_jmes_raw(struct base_arena *arena, const struct dp_jmes_lexeme *lexeme);
BASE_MUST_USE bool dp_jmes_quoted(struct base_arena *arena, const struct dp_jmes_lexeme *lexeme,
                                  struct dp_text *out, struct base_error *err);
BASE_MUST_USE struct dp_token *dp_jmes_literal(struct base_arena *arena,
                                               const struct dp_jmes_lexeme *lexeme,
                                               struct base_error *err);

enum dp_jmes_kind {
    DP_JMES_CURRENT,
    DP_JMES_IDENTIFIER,
    DP_JMES_LITERAL,
    DP_JMES_CHAIN, /* left.right and left[right]: null on the left ends it */
    DP_JMES_PIPE,
    DP_JMES_INDEX,
    DP_JMES_SLICE,
    DP_JMES_LIST_WILDCARD,
    DP_JMES_HASH_WILDCARD,
    DP_JMES_FILTER, /* left is the condition */
    DP_JMES_FLATTEN,
    DP_JMES_MULTI_LIST,
    DP_JMES_MULTI_HASH,
    DP_JMES_FUNCTION,
    DP_JMES_AND,
    DP_JMES_OR,
    DP_JMES_NOT,
    DP_JMES_COMPARE,
};

struct dp_jmes_node {
    enum dp_jmes_kind kind;
    enum dp_jmes_word compare; /* of COMPARE: which */
    bool reference;            /* written with & */
    int depth;                 /* of the tree below, this node included */
    struct dp_jmes_node *left, *right;
    struct dp_text name;        /* IDENTIFIER */
    struct dp_token *value;     /* LITERAL */
    int index;                  /* INDEX */
    bool has[3];                /* SLICE: start, stop, step */
    int part[3];                /* of which these */
    struct dp_jmes_item *items; /* MULTI_LIST, MULTI_HASH, arguments of FUNCTION */
    size_t count;
    const struct dp_jmes_function *function;
};

struct dp_jmes_item {
    struct dp_text key; /* MULTI_HASH */
    struct dp_jmes_node *node;
};

struct dp_jmes {
    struct base_arena arena; /* everything */
    struct dp_jmes_node *root;
};

/* A result: a token, or a projection of results (then token is NULL). */
struct dp_jmes_value {
    const struct dp_token *token;
    struct dp_jmes_list *list;
};
struct dp_jmes_list {
    struct dp_jmes_value *items;
    size_t count, capacity;
};

struct dp_jmes_run { /* one evaluation */
    struct dp_work *work;
    struct base_error *err;
};

/* "Nothing there", as opposed to a null that was written: projections drop this one only. Told apart by its address. */
extern const struct dp_token dp_jmes_missing;

const struct dp_token *dp_jmes_bool(bool value);

/* Pays for work, and so for memory, before it is used: the budget of an event bounds both. */
BASE_MUST_USE enum base_status dp_jmes_spend(struct dp_jmes_run *run, unsigned long amount);
BASE_MUST_USE enum base_status dp_jmes_eval(struct dp_jmes_run *run,
                                            const struct dp_jmes_node *node,
                                            const struct dp_token *input,
                                            struct dp_jmes_value *out);
/* The same with a projection made an array. */
BASE_MUST_USE enum base_status dp_jmes_eval_token(struct dp_jmes_run *run,
                                                  const struct dp_jmes_node *node,
                                                  const struct dp_token *input,
                                                  const struct dp_token **out);
/* Appends to an array under construction; a missing one becomes a plain null. */
BASE_MUST_USE enum base_status dp_jmes_add(struct dp_jmes_run *run, struct dp_token *array,
                                           const struct dp_token *token);

/* The same for a member of an object under construction. */
BASE_MUST_USE enum base_status dp_jmes_set(struct dp_jmes_run *run, struct dp_token *object,
                                           const struct dp_text *name,
                                           const struct dp_token *token);

/* A value as one token: a projection becomes an array, of arrays where it holds projections. */
BASE_MUST_USE enum base_status dp_jmes_as_token(struct dp_jmes_run *run,
                                                const struct dp_jmes_value *value,
                                                const struct dp_token **out);
struct dp_jmes_list *dp_jmes_list_new(struct dp_jmes_run *run);
BASE_MUST_USE enum base_status dp_jmes_list_add(struct dp_jmes_run *run, struct dp_jmes_list *list,
                                                const struct dp_jmes_value *value);
BASE_MUST_USE enum base_status dp_jmes_list_add_token(struct dp_jmes_run *run,
                                                      struct dp_jmes_list *list,
                                                      const struct dp_token *token);

/* jmespath_compare.c */
bool dp_jmes_false(const struct dp_token *token);   /* null, false, "", [], {} */
bool dp_jmes_is_text(const struct dp_token *token); /* strings and dates */
bool dp_jmes_is_number(const struct dp_token *token);
BASE_MUST_USE enum base_status dp_jmes_same(struct dp_jmes_run *run, const struct dp_token *a,
                                            const struct dp_token *b, bool *same);
/* The result of a comparison: true, false or missing. */
BASE_MUST_USE enum base_status dp_jmes_compare(struct dp_jmes_run *run, enum dp_jmes_word op,
                                               const struct dp_token *a, const struct dp_token *b,
                                               const struct dp_token **out);
/* What the original's conversions make of a token, or their exceptions. A null has no text: *text NULL. */
BASE_MUST_USE enum base_status dp_jmes_text(struct dp_jmes_run *run, const struct dp_token *token,
                                            struct dp_text *out);
BASE_MUST_USE enum base_status dp_jmes_double(struct dp_jmes_run *run, const struct dp_token *token,
                                              double *out);
BASE_MUST_USE enum base_status dp_jmes_long(struct dp_jmes_run *run, const struct dp_token *token,
                                            int64_t least, int64_t most, int64_t *out);
/* Order of words for people, as sort, min and max have it: aAbB..., marks before digits before letters. */
int dp_jmes_collate(const struct dp_text *a, const struct dp_text *b);

/* Functions: jmespath_functions.c knows them all, their bodies are in jmespath_{list,text,math,custom}.c. */
struct dp_jmes_arg { /* one of the two */
    const struct dp_token *token;
    const struct dp_jmes_node *expression;
};
struct dp_jmes_call {
    struct dp_jmes_run *run;
    const struct dp_jmes_function *function;
    const struct dp_jmes_arg *args;
    size_t count;
    const struct dp_token *out;
};
typedef enum base_status (*dp_jmes_body)(struct dp_jmes_call *call);

struct dp_jmes_function {
    const char *name;
    const char
        *takes; /* a letter an argument, see jmespath_functions.c; more when variadic: any token */
    bool variadic;
    dp_jmes_body body;
};

const struct dp_jmes_function *dp_jmes_function_find(const char *name, size_t len);
/* False + error when the function does not take that many. */
BASE_MUST_USE bool dp_jmes_function_takes(const struct dp_jmes_function *function, size_t count,
                                          struct base_error *err);
BASE_MUST_USE enum base_status dp_jmes_call(struct dp_jmes_run *run,
                                            const struct dp_jmes_function *function,
                                            const struct dp_jmes_arg *args, size_t count,
                                            const struct dp_token **out);
/* The sentence of the original for arguments of the wrong type. */
enum base_status dp_jmes_type_error(struct dp_jmes_call *call, const char *after_name);
const char *dp_jmes_type(const struct dp_token *token); /* "string", ...; NULL: none of them */
enum base_status dp_jmes_overflow(struct dp_jmes_run *run);

enum base_status dp_jmes_abs(struct dp_jmes_call *call);
enum base_status dp_jmes_avg(struct dp_jmes_call *call);
enum base_status dp_jmes_ceil(struct dp_jmes_call *call);
enum base_status dp_jmes_floor(struct dp_jmes_call *call);
enum base_status dp_jmes_max(struct dp_jmes_call *call);
enum base_status dp_jmes_min(struct dp_jmes_call *call);
enum base_status dp_jmes_sum(struct dp_jmes_call *call);
enum base_status dp_jmes_to_number(struct dp_jmes_call *call);

enum base_status dp_jmes_contains(struct dp_jmes_call *call);
enum base_status dp_jmes_ends_with(struct dp_jmes_call *call);
enum base_status dp_jmes_join(struct dp_jmes_call *call);
enum base_status dp_jmes_length(struct dp_jmes_call *call);
enum base_status dp_jmes_reverse(struct dp_jmes_call *call);
enum base_status dp_jmes_starts_with(struct dp_jmes_call *call);
enum base_status dp_jmes_to_string(struct dp_jmes_call *call);

enum base_status dp_jmes_keys(struct dp_jmes_call *call);
enum base_status dp_jmes_map(struct dp_jmes_call *call);
enum base_status dp_jmes_max_by(struct dp_jmes_call *call);
enum base_status dp_jmes_merge(struct dp_jmes_call *call);
enum base_status dp_jmes_min_by(struct dp_jmes_call *call);
enum base_status dp_jmes_sort(struct dp_jmes_call *call);
enum base_status dp_jmes_sort_by(struct dp_jmes_call *call);
enum base_status dp_jmes_to_array(struct dp_jmes_call *call);
enum base_status dp_jmes_values(struct dp_jmes_call *call);

enum base_status dp_jmes_math_add(struct dp_jmes_call *call);
enum base_status dp_jmes_math_subtract(struct dp_jmes_call *call);
enum base_status dp_jmes_math_multiply(struct dp_jmes_call *call);
enum base_status dp_jmes_math_divide(struct dp_jmes_call *call);
enum base_status dp_jmes_math_pow(struct dp_jmes_call *call);
enum base_status dp_jmes_insert_string(struct dp_jmes_call *call);
enum base_status dp_jmes_from_seconds(struct dp_jmes_call *call);
enum base_status dp_jmes_from_ms(struct dp_jmes_call *call);

#endif
