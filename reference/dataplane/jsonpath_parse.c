/* Decides what a JSONPath text means; the grammar is the connector's, quirks included. */
#include "reference/dataplane/jsonpath_parts.h"

#include "reference/dataplane/number.h"
#include "reference/dataplane/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define NESTING_MAX 16 /* filters inside filters */

struct dp_path_parser {
    dp_path_t *path;
    const char *text, *at;
    int nesting;
    struct base_error *err;
};

static bool parse_path(struct dp_path_parser *in, struct dp_steps *steps, const char *start,
                       bool query);
static bool parse_indexer(struct dp_path_parser *in, struct dp_steps *steps, bool scan);
static bool parse_quoted_names(struct dp_path_parser *in, char close, struct dp_steps *steps,
                               bool scan);
static bool parse_indexes(struct dp_path_parser *in, char close, struct dp_steps *steps);
static bool parse_query(struct dp_path_parser *in, char close, struct dp_steps *steps, bool scan);
static struct dp_filter *parse_filter(struct dp_path_parser *in);
static bool parse_operand(struct dp_path_parser *in, struct dp_operand *out);
static bool parse_literal(struct dp_path_parser *in, struct dp_operand *out);
static bool parse_operator(struct dp_path_parser *in, enum dp_operator *op);
static bool read_quoted(struct dp_path_parser *in, struct dp_text *out);
static bool fail(struct dp_path_parser *in, const char *what);
static bool fail_char(struct dp_path_parser *in, const char *what);
static bool fail_range(struct dp_path_parser *in);
static void skip_spaces(struct dp_path_parser *in);

static bool parse_main(struct dp_path_parser *in, struct dp_steps *steps);

dp_path_t *dp_path_compile(const char *text, struct base_error *err)
{
    dp_path_t *path = base_alloc(sizeof *path);
    struct dp_path_parser in = {.path = path, .err = err};

    base_arena_init(&path->arena);
    in.text = in.at = base_arena_strdup(&path->arena, text);
    if (parse_main(&in, &path->steps))
        return path;
    dp_path_free(path);
    return NULL;
}

void dp_path_free(dp_path_t *path)
{
    if (!path)
        return;
    dp_regex_release(path->regexes);
    base_arena_release(&path->arena);
    free(path);
}

static bool fail(struct dp_path_parser *in, const char *what)
{
    (void)base_error_set(in->err, BASE_INVALID, "JsonException", "%s", what);
    return false;
}

static bool fail_char(struct dp_path_parser *in, const char *what)
{
    int len = 1;

    while (len < 4 && (in->at[len] & 0xC0) == 0x80)
        len++;
    (void)base_error_set(in->err, BASE_INVALID, "JsonException",
                         "%s: %.*s (character %zu of the expression)", what, len, in->at,
                         (size_t)(in->at - in->text) + 1);
    return false;
}

/* Where the original looks at a character past the end. */
static bool fail_range(struct dp_path_parser *in)
{
    (void)base_error_set(in->err, BASE_INVALID, "IndexOutOfRangeException",
                         "The path ends too early: \"%.200s\".", in->text);
    return false;
}

static void skip_spaces(struct dp_path_parser *in)
{
    while (*in->at == ' ')
        in->at++;
}

/* Blanks before a path without "$." or "$[" belong to its first name. */
static bool parse_main(struct dp_path_parser *in, struct dp_steps *steps)
{
    const char *start = in->at;

    skip_spaces(in);
    if (!*in->at || strcmp(in->text, "$") == 0)
        return true;
    if (*in->at == '$' && !in->at[1])
        return fail_range(in);
    if (*in->at == '$' && (in->at[1] == '.' || in->at[1] == '['))
        start = ++in->at;
    if (!parse_path(in, steps, start, false))
        return false;
    skip_spaces(in);
    return *in->at ? fail_char(in, "Unexpected character while parsing path") : true;
}

static struct dp_step *add_step(struct dp_path_parser *in, struct dp_steps *steps,
                                enum dp_step_kind kind)
{
    if (steps->count == DP_PATH_STEPS_MAX) {
        (void)fail(in, "The path has more than 128 steps");
        return NULL;
    }
    steps->items[steps->count].kind = kind;
    return &steps->items[steps->count++];
}

static void *grow(struct dp_path_parser *in, void *items, size_t count, size_t size)
{
    void *wider;

    if (count & (count - 1))
        return items;
    wider = base_arena_alloc(&in->path->arena, (count ? count * 2 : 1) * size);
    if (count)
        memcpy(wider, items, count * size);
    return wider;
}

static bool add_names(struct dp_path_parser *in, struct dp_steps *steps, struct dp_text *names,
                      size_t count, bool scan)
{
    struct dp_step *step = add_step(in, steps, scan ? DP_STEP_SCAN : DP_STEP_FIELDS);

    if (!step)
        return false;
    step->names = names;
    step->count = count;
    return true;
}

/* The text from `start` up to `end` as a member's name; "*" is every member. */
static bool add_member(struct dp_path_parser *in, struct dp_steps *steps, const char *start,
                       const char *end, bool scan)
{
    size_t len = (size_t)(end - start);
    struct dp_text *name;

    if (len == 1 && *start == '*')
        return add_step(in, steps, scan ? DP_STEP_SCAN_ALL : DP_STEP_FIELDS_ALL) != NULL;
    name = base_arena_alloc(&in->path->arena, sizeof *name);
    *name = (struct dp_text){base_arena_strndup(&in->path->arena, start, len), len};
    return add_names(in, steps, name, 1, scan);
}

static bool ends_path(const struct dp_path_parser *in, bool query)
{
    char c = *in->at;

    return c == '\0' || c == ']' || c == ')' || c == ' ' || (query && strchr("=<!>|&", c));
}

/* `end` without the white space before it. */
static const char *trimmed_end(const char *start, const char *end)
{
    const char *kept = start, *at = start;

    while (at < end)
        if (!dp_is_blank(dp_utf8_next(&at, end)))
            kept = at;
    return kept;
}

/* Steps up to the end of the text, a closing bracket or a blank; in a query also up to an operator. The first name begins at `start`. */
static bool parse_path(struct dp_path_parser *in, struct dp_steps *steps, const char *start,
                       bool query)
{
    bool scan = false, after_indexer = false, after_dot = false;

    while (!ends_path(in, query)) {
        char c = *in->at;
        if (c == '[' || c == '(' || c == '.') {
            if (in->at > start) {
                if (!add_member(in, steps, start, in->at, scan))
                    return false;
                scan = false;
            }
            if (c == '.') {
                scan = scan || in->at[1] == '.';
                in->at += in->at[1] == '.' ? 2 : 1;
            } else if (!parse_indexer(in, steps, scan)) {
                return false;
            } else {
                scan = false;
            }
            after_indexer = c != '.';
            after_dot = c == '.';
            start = in->at;
        } else if (after_indexer) {
            return fail_char(in, "Unexpected character following indexer");
        } else {
            in->at++;
        }
    }
    if (in->at > start)
        return add_member(in, steps, start, trimmed_end(start, in->at), scan);
    if (after_dot && (query || !*in->at))
        return fail(in, "Unexpected end while parsing path.");
    return true;
}

static bool parse_indexer(struct dp_path_parser *in, struct dp_steps *steps, bool scan)
{
    char close = *in->at == '[' ? ']' : ')';

    in->at++;
    if (!*in->at)
        return fail(in, "Path ended with open indexer.");
    skip_spaces(in);
    if (!*in->at)
        return fail_range(in);
    if (*in->at == '\'')
        return parse_quoted_names(in, close, steps, scan);
    if (*in->at == '?')
        return parse_query(in, close, steps, scan);
    return parse_indexes(in, close, steps);
}

static bool parse_quoted_names(struct dp_path_parser *in, char close, struct dp_steps *steps,
                               bool scan)
{
    struct dp_text *names = NULL;

    for (size_t count = 0;;) {
        names = grow(in, names, count, sizeof *names);
        if (!read_quoted(in, &names[count++]))
            return false;
        skip_spaces(in);
        if (!*in->at)
            return fail(in, "Path ended with open indexer.");
        if (*in->at == close) {
            in->at++;
            return add_names(in, steps, names, count, scan);
        }
        if (*in->at != ',')
            return fail_char(in, "Unexpected character while parsing path indexer");
        in->at++;
        skip_spaces(in);
        if (!*in->at)
            return fail(in, "Path ended with open indexer.");
    }
}

struct dp_indexer { /* what stands between the brackets, while it is read */
    struct dp_slice slice;
    int64_t *indexes;
    size_t count;            /* of indexes */
    int colons;              /* so far; parts past the third replace it */
    const char *start, *end; /* of the number at hand; end NULL: the cursor */
};

/* The number at hand, if there is one; *has says. */
static bool take_index(struct dp_path_parser *in, const struct dp_indexer *indexer, bool *has,
                       int64_t *value)
{
    const char *stop = indexer->end ? indexer->end : in->at;
    char *end;

    *has = stop > indexer->start;
    if (!*has)
        return true;
    *value = strtoll(indexer->start, &end, 10);
    if (end != stop) {
        (void)base_error_set(in->err, BASE_INVALID, "FormatException",
                             "The input string '%.*s' was not in a correct format.",
                             (int)(stop - indexer->start), indexer->start);
        return false;
    }
    if (*value >= INT32_MIN && *value <= INT32_MAX)
        return true;
    (void)base_error_set(in->err, BASE_INVALID, "OverflowException",
                         "Value was either too large or too small for an Int32.");
    return false;
}

static void next_part(struct dp_path_parser *in, struct dp_indexer *indexer)
{
    in->at++;
    skip_spaces(in);
    indexer->start = in->at;
    indexer->end = NULL;
}

static bool add_index(struct dp_path_parser *in, struct dp_indexer *indexer)
{
    int64_t value = 0;
    bool has;

    if (!take_index(in, indexer, &has, &value))
        return false;
    if (!has)
        return fail(in, "Array index expected.");
    indexer->indexes = grow(in, indexer->indexes, indexer->count, sizeof *indexer->indexes);
    indexer->indexes[indexer->count++] = value;
    return true;
}

static bool add_slice_part(struct dp_path_parser *in, struct dp_indexer *indexer, int part)
{
    int64_t value = 0;
    bool has;

    if (!take_index(in, indexer, &has, &value))
        return false;
    if (has) {
        part = part > 2 ? 2 : part;
        indexer->slice.has[part] = true;
        indexer->slice.part[part] = value;
    }
    return true;
}

/* At the closing bracket. Where a list meets a slice the list wins. */
static bool end_indexer(struct dp_path_parser *in, struct dp_steps *steps,
                        struct dp_indexer *indexer)
{
    bool slice = indexer->colons > 0 && indexer->count == 0;
    struct dp_step *step;

    if (slice ? !add_slice_part(in, indexer, indexer->colons) : !add_index(in, indexer))
        return false;
    in->at++;
    step = add_step(in, steps, slice ? DP_STEP_SLICE : DP_STEP_INDEXES);
    if (!step)
        return false;
    step->slice = indexer->slice;
    step->indexes = indexer->indexes;
    step->count = indexer->count;
    return true;
}

/* The end of an indexer that is complete. */
static bool parse_close(struct dp_path_parser *in, char close)
{
    if (!*in->at)
        return fail(in, "Path ended with open indexer.");
    skip_spaces(in);
    if (!*in->at)
        return fail_range(in);
    if (*in->at != close)
        return fail_char(in, "Unexpected character while parsing path indexer");
    in->at++;
    return true;
}

/* "*" ends an indexer, whatever stood before it. */
static bool parse_all(struct dp_path_parser *in, char close, struct dp_steps *steps)
{
    in->at++;
    if (!parse_close(in, close))
        return false;
    return add_step(in, steps, DP_STEP_INDEX_ALL) != NULL;
}

/* Numbers, commas, colons and "*" in any order: what the original makes of the odd ones, it makes here too. */
static bool parse_indexes(struct dp_path_parser *in, char close, struct dp_steps *steps)
{
    struct dp_indexer indexer = {.start = in->at};

    while (*in->at) {
        char c = *in->at;
        if (c == ' ') {
            indexer.end = in->at;
            skip_spaces(in);
        } else if (c == close) {
            return end_indexer(in, steps, &indexer);
        } else if (c == '*') {
            return parse_all(in, close, steps);
        } else if (c == ',') {
            if (!add_index(in, &indexer))
                return false;
            next_part(in, &indexer);
        } else if (c == ':') {
            if (!add_slice_part(in, &indexer, indexer.colons++))
                return false;
            next_part(in, &indexer);
        } else if ((!isdigit((unsigned char)c) && c != '-') || indexer.end) {
            return fail_char(in, "Unexpected character while parsing path indexer");
        } else {
            in->at++;
        }
    }
    return fail(in, "Path ended with open indexer.");
}

static bool parse_query(struct dp_path_parser *in, char close, struct dp_steps *steps, bool scan)
{
    struct dp_filter *filter;
    struct dp_step *step;

    in->at++;
    if (!*in->at)
        return fail(in, "Path ended with open indexer.");
    if (*in->at != '(')
        return fail_char(in, "Unexpected character while parsing path indexer");
    in->at++;
    if (in->nesting == NESTING_MAX)
        return fail(in, "Filters are nested too deep.");
    in->nesting++;
    filter = parse_filter(in);
    in->nesting--;
    if (!filter)
        return false;
    in->at++;
    if (!parse_close(in, close))
        return false;
    step = add_step(in, steps, scan ? DP_STEP_SCAN_FILTER : DP_STEP_FILTER);
    if (!step)
        return false;
    step->filter = filter;
    return true;
}

static bool parse_comparison(struct dp_path_parser *in, struct dp_filter *out)
{
    if (!parse_operand(in, &out->left))
        return false;
    if (*in->at == ')' || *in->at == '|' || *in->at == '&')
        return true;
    if (!parse_operator(in, &out->op) || !parse_operand(in, &out->right))
        return false;
    if (out->op == DP_OP_MATCHES && out->right.literal && out->right.literal->type == DP_STRING)
        out->right.regex = in->path->regexes =
            dp_regex_new(&in->path->arena, &out->right.literal->text, in->path->regexes);
    return true;
}

static struct dp_filter *new_filter(struct dp_path_parser *in, enum dp_operator op)
{
    struct dp_filter *filter = base_arena_alloc(&in->path->arena, sizeof *filter);

    filter->op = op;
    return filter;
}

static void add_part(struct dp_path_parser *in, struct dp_filter *parent, struct dp_filter *part)
{
    parent->parts = grow(in, parent->parts, parent->part_count, sizeof(struct dp_filter *));
    parent->parts[parent->part_count++] = part;
}

struct dp_filter_chain {
    struct dp_filter *root, *parent;
};

/* At "&" or "|". "&&" and "||" have no precedence: at each change of operator the rest of the chain goes one level down. */
static bool add_to_chain(struct dp_path_parser *in, struct dp_filter_chain *chain,
                         struct dp_filter *test)
{
    enum dp_operator join = *in->at == '&' ? DP_OP_AND : DP_OP_OR;

    if (in->at[1] != *in->at)
        return fail_char(in, "Unexpected character while parsing path query");
    in->at += 2;
    if (!chain->parent || chain->parent->op != join) {
        struct dp_filter *next = new_filter(in, join);
        if (chain->parent)
            add_part(in, chain->parent, next);
        chain->parent = next;
        chain->root = chain->root ? chain->root : next;
    }
    add_part(in, chain->parent, test);
    return true;
}

/* A test that nothing joins to the next one is forgotten, as in the original; "&&|" joins it twice. */
static struct dp_filter *parse_filter(struct dp_path_parser *in)
{
    struct dp_filter_chain chain = {0};

    while (*in->at) {
        struct dp_filter *test = new_filter(in, DP_OP_EXISTS);
        if (!parse_comparison(in, test))
            return NULL;
        if (*in->at == ')') {
            if (!chain.parent)
                return test;
            add_part(in, chain.parent, test);
            return chain.root;
        }
        if (*in->at == '&') {
            if (!add_to_chain(in, &chain, test))
                return NULL;
            if (!*in->at) {
                (void)fail_range(in);
                return NULL;
            }
        }
        if (*in->at == '|' && !add_to_chain(in, &chain, test))
            return NULL;
    }
    (void)fail(in, "Path ended with open query.");
    return NULL;
}

static bool parse_operand(struct dp_path_parser *in, struct dp_operand *out)
{
    skip_spaces(in);
    if (!*in->at)
        return fail_range(in);
    if (*in->at == '@' || *in->at == '$') {
        out->path = base_arena_alloc(&in->path->arena, sizeof *out->path);
        if (*in->at == '$' && !add_step(in, out->path, DP_STEP_ROOT))
            return false;
        in->at++;
        if (!parse_path(in, out->path, in->at, true))
            return false;
    } else if (!parse_literal(in, out)) {
        return false;
    }
    skip_spaces(in);
    return *in->at ? true : fail(in, "Path ended with open query.");
}

/* A number ends only at a blank or a closing parenthesis. */
static bool parse_number(struct dp_path_parser *in, struct dp_operand *out)
{
    const char *start = in->at;
    size_t len = strcspn(start, " )");
    struct base_arena *arena = &in->path->arena;
    char *text = base_arena_strndup(arena, start, len);
    int64_t integer;
    double number;

    in->at += len;
    if (!*in->at)
        return fail_range(in);
    if (!strpbrk(text, ".eE") && dp_parse_long(text, &integer))
        out->literal = dp_token_int(arena, integer);
    else if (strpbrk(text, ".eE") && dp_parse_double_grouped(text, &number))
        out->literal = dp_token_float(arena, number);
    else
        return fail_char(in, "Unexpected character while parsing path query");
    return true;
}

static bool parse_regex(struct dp_path_parser *in, struct dp_operand *out)
{
    const char *start = in->at++;

    while (*in->at && *in->at != '/')
        in->at += in->at[0] == '\\' && in->at[1] ? 2 : 1;
    if (!*in->at)
        return fail(in, "Path ended with an open regex.");
    in->at++;
    while (isalpha((unsigned char)*in->at))
        in->at++;
    out->literal = dp_token_text_len(&in->path->arena, start, (size_t)(in->at - start));
    return true;
}

static bool parse_literal(struct dp_path_parser *in, struct dp_operand *out)
{
    static const struct {
        const char *word;
        enum dp_type type;
        bool value;
    } words[] = {{"true", DP_BOOL, true}, {"false", DP_BOOL, false}, {"null", DP_NULL, false}};
    struct dp_text text;

    if (*in->at == '\'') {
        if (!read_quoted(in, &text))
            return false;
        out->literal = dp_token_text_len(&in->path->arena, text.data, text.len);
        return true;
    }
    if (isdigit((unsigned char)*in->at) || *in->at == '-')
        return parse_number(in, out);
    if (*in->at == '/')
        return parse_regex(in, out);
    for (size_t i = 0; i < 3; i++)
        if (strncmp(in->at, words[i].word, strlen(words[i].word)) == 0) {
            in->at += strlen(words[i].word);
            out->literal = dp_token_new(&in->path->arena, words[i].type);
            if (words[i].type == DP_BOOL)
                out->literal->boolean = words[i].value;
            return true;
        }
    return fail_char(in, "Unexpected character while parsing path query");
}

static bool parse_operator(struct dp_path_parser *in, enum dp_operator *op)
{
    static const struct {
        const char *text;
        enum dp_operator op;
    } operators[] = {
        {"===", DP_OP_STRICT_EQUAL}, {"==", DP_OP_EQUAL},
        {"=~", DP_OP_MATCHES},       {"!==", DP_OP_STRICT_NOT_EQUAL},
        {"!=", DP_OP_NOT_EQUAL},     {"<>", DP_OP_NOT_EQUAL},
        {"<=", DP_OP_LESS_EQUAL},    {"<", DP_OP_LESS},
        {">=", DP_OP_GREATER_EQUAL}, {">", DP_OP_GREATER},
    };

    if (!in->at[1])
        return fail(in, "Path ended with open query.");
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (strncmp(in->at, operators[i].text, strlen(operators[i].text)) == 0) {
            in->at += strlen(operators[i].text);
            *op = operators[i].op;
            return true;
        }
    return fail(in, "Could not read query operator.");
}

/* From the opening quote (which the caller has seen, or another character that is skipped) past the closing one. */
static bool read_quoted(struct dp_path_parser *in, struct dp_text *out)
{
    static const char letters[] = "btnfr\\\"'/", values[] = "\b\t\n\f\r\\\"'/";
    struct base_buf buf = {0};
    bool good = false;

    in->at++;
    for (; *in->at && *in->at != '\''; in->at++) {
        const char *found;
        if (*in->at != '\\' || !in->at[1]) {
            base_buf_putc(&buf, *in->at);
            continue;
        }
        in->at++;
        found = strchr(letters, *in->at);
        if (!found) {
            (void)fail_char(in, "Unknown escape character");
            goto done;
        }
        base_buf_putc(&buf, values[found - letters]);
    }
    if (!*in->at) {
        (void)fail(in, "Path ended with an open string.");
        goto done;
    }
    in->at++;
    *out = (struct dp_text){base_arena_strndup(&in->path->arena, buf.len ? buf.data : "", buf.len),
                            buf.len};
    good = true;
done:
    base_buf_release(&buf);
    return good;
}
