/* Decides how the parts of a JMESPath expression read that stand on their own: names, calls, brackets, lists. */
#include "reference/dataplane/jmespath_parser.h"

#include <string.h>

#define BIND_NOT 11

static struct dp_jmes_node *parse_name(struct dp_jmes_parser *in);
static struct dp_jmes_node *parse_quoted(struct dp_jmes_parser *in);
static struct dp_jmes_node *parse_raw(struct dp_jmes_parser *in);
static struct dp_jmes_node *parse_literal(struct dp_jmes_parser *in);
static struct dp_jmes_node *parse_simple(struct dp_jmes_parser *in);
static struct dp_jmes_node *parse_not(struct dp_jmes_parser *in);
static struct dp_jmes_node *parse_parens(struct dp_jmes_parser *in);
static struct dp_jmes_node *parse_bracket(struct dp_jmes_parser *in);
static struct dp_jmes_node *parse_filter(struct dp_jmes_parser *in);
static struct dp_jmes_node *parse_hash(struct dp_jmes_parser *in);
static struct dp_jmes_node *parse_slice(struct dp_jmes_parser *in);

static const struct {
    enum dp_jmes_word word;
    struct dp_jmes_node *(*parse)(struct dp_jmes_parser *in);
} prefixes[] = {
    {DP_WORD_NAME, parse_name},         {DP_WORD_QUOTED, parse_quoted},
    {DP_WORD_RAW, parse_raw},           {DP_WORD_LITERAL, parse_literal},
    {DP_WORD_CURRENT, parse_simple},    {DP_WORD_STAR, parse_simple},
    {DP_WORD_FLATTEN, parse_simple},    {DP_WORD_NOT, parse_not},
    {DP_WORD_PAREN_OPEN, parse_parens}, {DP_WORD_BRACKET_OPEN, parse_bracket},
    {DP_WORD_FILTER, parse_filter},     {DP_WORD_BRACE_OPEN, parse_hash},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct dp_jmes_node *dp_jmes_parse_prefix(struct dp_jmes_parser *in)
{
    for (size_t i = 0; i < COUNT(prefixes); i++)
        if (prefixes[i].word == in->now.word)
            return prefixes[i].parse(in);
    return dp_jmes_fail(in, "an expression");
}

/* What may follow a dot: a name, a function, "*", a list or a hash of expressions. */
struct dp_jmes_node *dp_jmes_parse_after_dot(struct dp_jmes_parser *in)
{
    dp_jmes_next(in);
    switch (in->now.word) {
    case DP_WORD_NAME:
        return parse_name(in);
    case DP_WORD_QUOTED:
        return parse_quoted(in);
    case DP_WORD_STAR:
        return parse_simple(in);
    case DP_WORD_BRACE_OPEN:
        return parse_hash(in);
    case DP_WORD_BRACKET_OPEN:
        return dp_jmes_parse_list(in);
    default:
        (void)base_error_set(in->err, BASE_INVALID, "Exception", "Error: syntax after dot %.*s",
                             in->now.len > 60 ? 60 : (int)in->now.len, in->now.start);
        return NULL;
    }
}

/* Adds an expression to a list, a hash or a call. */
static bool add_item(struct dp_jmes_parser *in, struct dp_jmes_node *node, struct dp_text key,
                     struct dp_jmes_node *child)
{
    struct dp_jmes_item *items;

    if (!child || !dp_jmes_deepen(in, node, child))
        return false;
    if ((node->count & (node->count - 1)) == 0) { /* full at 0, 1, 2, 4, 8, ... */
        items = base_arena_alloc(in->arena, (node->count * 2 + 1) * sizeof *items);
        if (node->count)
            memcpy(items, node->items, node->count * sizeof *items);
        node->items = items;
    }
    node->items[node->count++] = (struct dp_jmes_item){key, child};
    return true;
}

static struct dp_jmes_node *parse_argument(struct dp_jmes_parser *in)
{
    bool reference = in->now.word == DP_WORD_REFERENCE;
    struct dp_jmes_node *node;

    if (reference)
        dp_jmes_next(in);
    node = dp_jmes_parse(in, 0);
    if (node)
        node->reference = reference;
    return node;
}

static struct dp_jmes_node *parse_call(struct dp_jmes_parser *in, const struct dp_jmes_lexeme *name)
{
    struct dp_jmes_node *node = dp_jmes_node_new(in, DP_JMES_FUNCTION);

    dp_jmes_next(in);
    while (in->now.word != DP_WORD_PAREN_CLOSE) {
        if (node->count && !dp_jmes_take(in, DP_WORD_COMMA, "',' or ')'"))
            return NULL;
        if (!add_item(in, node, (struct dp_text){0}, parse_argument(in)))
            return NULL;
    }
    dp_jmes_next(in);
    node->function = dp_jmes_function_find(name->start, name->len);
    if (!node->function) {
        (void)base_error_set(in->err, BASE_INVALID, "Exception",
                             "Error: unknown-function, no function named %.*s has been registered.",
                             name->len > 200 ? 200 : (int)name->len, name->start);
        return NULL;
    }
    return dp_jmes_function_takes(node->function, node->count, in->err) ? node : NULL;
}

static struct dp_jmes_node *identifier(struct dp_jmes_parser *in, struct dp_text name)
{
    struct dp_jmes_node *node = dp_jmes_node_new(in, DP_JMES_IDENTIFIER);

    node->name = name;
    dp_jmes_next(in);
    return node;
}

static struct dp_text name_text(const struct dp_jmes_parser *in)
{
    return (struct dp_text){base_arena_strndup(in->arena, in->now.start, in->now.len), in->now.len};
}

static struct dp_jmes_node *parse_name(struct dp_jmes_parser *in)
{
    struct dp_jmes_lexeme name = in->now;
    struct dp_jmes_lexeme after = dp_jmes_lex(name.start + name.len, in->end);

    if (after.word == DP_WORD_PAREN_OPEN) {
        dp_jmes_next(in);
        return parse_call(in, &name);
    }
    return identifier(in, name_text(in));
}

static struct dp_jmes_node *parse_quoted(struct dp_jmes_parser *in)
{
    struct dp_text name = {0};

    return dp_jmes_quoted(in->arena, &in->now, &name, in->err) ? identifier(in, name) : NULL;
}

static struct dp_jmes_node *literal(struct dp_jmes_parser *in, struct dp_token *value)
{
    struct dp_jmes_node *node = value ? dp_jmes_node_new(in, DP_JMES_LITERAL) : NULL;

    if (node) {
        node->value = value;
        dp_jmes_next(in);
    }
    return node;
}

static struct dp_jmes_node *parse_raw(struct dp_jmes_parser *in)
{
    struct dp_token *value = dp_token_new(in->arena, DP_STRING);

    value->text = dp_jmes_raw(in->arena, &in->now);
    return literal(in, value);
}

static struct dp_jmes_node *parse_literal(struct dp_jmes_parser *in)
{
    return literal(in, dp_jmes_literal(in->arena, &in->now, in->err));
}

static struct dp_jmes_node *parse_simple(struct dp_jmes_parser *in)
{
    enum dp_jmes_kind kind = in->now.word == DP_WORD_STAR      ? DP_JMES_HASH_WILDCARD
                             : in->now.word == DP_WORD_FLATTEN ? DP_JMES_FLATTEN
                                                               : DP_JMES_CURRENT;
    dp_jmes_next(in);
    return dp_jmes_node_new(in, kind);
}

static struct dp_jmes_node *parse_not(struct dp_jmes_parser *in)
{
    struct dp_jmes_node *node = dp_jmes_node_new(in, DP_JMES_NOT);

    dp_jmes_next(in);
    node->left = dp_jmes_parse(in, BIND_NOT);
    return node->left ? dp_jmes_deepen(in, node, node->left) : NULL;
}

/* Parentheses group, and that is all: a projection goes on behind them. */
static struct dp_jmes_node *parse_parens(struct dp_jmes_parser *in)
{
    struct dp_jmes_node *node;

    dp_jmes_next(in);
    node = dp_jmes_parse(in, 0);
    return node && dp_jmes_take(in, DP_WORD_PAREN_CLOSE, "')'") ? node : NULL;
}

/* "[?" condition "]" */
static struct dp_jmes_node *parse_filter(struct dp_jmes_parser *in)
{
    struct dp_jmes_node *node = dp_jmes_node_new(in, DP_JMES_FILTER);

    dp_jmes_next(in);
    node->left = dp_jmes_parse(in, 0);
    if (!node->left || !dp_jmes_take(in, DP_WORD_BRACKET_CLOSE, "']'"))
        return NULL;
    return dp_jmes_deepen(in, node, node->left);
}

/* At "[": does a number, a slice or "*]" follow, and not a list of expressions? */
bool dp_jmes_specifies(const struct dp_jmes_parser *in)
{
    struct dp_jmes_lexeme first = dp_jmes_lex(in->now.start + in->now.len, in->end);

    if (first.word == DP_WORD_STAR)
        return dp_jmes_lex(first.start + first.len, in->end).word == DP_WORD_BRACKET_CLOSE;
    return first.word == DP_WORD_NUMBER || first.word == DP_WORD_COLON;
}

static struct dp_jmes_node *parse_bracket(struct dp_jmes_parser *in)
{
    struct dp_jmes_node *node;

    if (!dp_jmes_specifies(in))
        return dp_jmes_parse_list(in);
    dp_jmes_next(in);
    if (in->now.word == DP_WORD_STAR) {
        node = dp_jmes_node_new(in, DP_JMES_LIST_WILDCARD);
        dp_jmes_next(in);
    } else {
        node = parse_slice(in);
    }
    return node && dp_jmes_take(in, DP_WORD_BRACKET_CLOSE, "']'") ? node : NULL;
}

/* A number alone is an index; with colons it is a slice. */
static struct dp_jmes_node *parse_slice(struct dp_jmes_parser *in)
{
    struct dp_jmes_node *node = dp_jmes_node_new(in, DP_JMES_INDEX);

    for (int i = 0; i < 3; i++) {
        if (in->now.word == DP_WORD_NUMBER) {
            node->has[i] = true;
            node->part[i] = dp_jmes_number(&in->now);
            dp_jmes_next(in);
        }
        if (in->now.word != DP_WORD_COLON || i == 2)
            break;
        node->kind = DP_JMES_SLICE;
        dp_jmes_next(in);
    }
    node->index = node->part[0];
    if (!node->has[2] || node->part[2] != 0)
        return node;
    (void)base_error_set(in->err, BASE_INVALID, "Exception",
                         "Error: invalid-value, a slice projection step cannot be 0.");
    return NULL;
}

struct dp_jmes_node *dp_jmes_parse_list(struct dp_jmes_parser *in)
{
    struct dp_jmes_node *node = dp_jmes_node_new(in, DP_JMES_MULTI_LIST);

    do {
        dp_jmes_next(in);
        if (!add_item(in, node, (struct dp_text){0}, dp_jmes_parse(in, 0)))
            return NULL;
    } while (in->now.word == DP_WORD_COMMA);
    return dp_jmes_take(in, DP_WORD_BRACKET_CLOSE, "',' or ']'") ? node : NULL;
}

/* A name and a colon; `seen` has the names before it as members. */
static bool parse_key(struct dp_jmes_parser *in, struct dp_token *seen, struct dp_text *key)
{
    if (in->now.word == DP_WORD_NAME)
        *key = name_text(in);
    else if (in->now.word != DP_WORD_QUOTED)
        return dp_jmes_fail(in, "a name");
    else if (!dp_jmes_quoted(in->arena, &in->now, key, in->err))
        return false;
    if (dp_object_find(seen, key->data, key->len)) {
        (void)base_error_set(in->err, BASE_INVALID, "ArgumentException",
                             "An item with the same key has already been added. Key: %.100s",
                             key->data);
        return false;
    }
    (void)dp_object_set(in->arena, seen, key->data, key->len, seen);
    dp_jmes_next(in);
    return dp_jmes_take(in, DP_WORD_COLON, "':'");
}

static struct dp_jmes_node *parse_hash(struct dp_jmes_parser *in)
{
    struct dp_jmes_node *node = dp_jmes_node_new(in, DP_JMES_MULTI_HASH);
    struct dp_token *seen = dp_token_new(in->arena, DP_OBJECT);
    struct dp_text key = {0};

    do {
        dp_jmes_next(in);
        if (!parse_key(in, seen, &key) || !add_item(in, node, key, dp_jmes_parse(in, 0)))
            return NULL;
    } while (in->now.word == DP_WORD_COMMA);
    return dp_jmes_take(in, DP_WORD_BRACE_CLOSE, "',' or '}'") ? node : NULL;
}
