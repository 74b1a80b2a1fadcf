/* Decides which texts are JMESPath, and how their parts belong together. */
#include "reference/dataplane/jmespath_parser.h"

#include <stdlib.h>

#define BIND_DOT 12

/* By binding power: a prefix part, then as many infix parts as bind tighter than what stands left of it. Loosest first. The original ranks every comparison on its own. */
static const struct {
    enum dp_jmes_word word;
    int binds;
    enum dp_jmes_kind kind;
} infixes[] = {
    {DP_WORD_PIPE, 1, DP_JMES_PIPE},
    {DP_WORD_OR, 2, DP_JMES_OR},
    {DP_WORD_AND, 3, DP_JMES_AND},
    {DP_WORD_EQUAL, 4, DP_JMES_COMPARE},
    {DP_WORD_GREATER, 5, DP_JMES_COMPARE},
    {DP_WORD_GREATER_EQUAL, 6, DP_JMES_COMPARE},
    {DP_WORD_LESS, 7, DP_JMES_COMPARE},
    {DP_WORD_LESS_EQUAL, 8, DP_JMES_COMPARE},
    {DP_WORD_NOT_EQUAL, 9, DP_JMES_COMPARE},
    {DP_WORD_DOT, BIND_DOT, DP_JMES_CHAIN},
    {DP_WORD_BRACKET_OPEN, BIND_DOT + 1, DP_JMES_CHAIN},
    {DP_WORD_FILTER, BIND_DOT + 1, DP_JMES_CHAIN},
    {DP_WORD_FLATTEN, BIND_DOT + 1, DP_JMES_CHAIN},
};

static struct dp_jmes_node *parse_infix(struct dp_jmes_parser *in, struct dp_jmes_node *left,
                                        size_t which);

#define COUNT(array) (sizeof(array) / sizeof *(array))

dp_jmes_t *dp_jmes_compile(const char *text, size_t len, struct base_error *err)
{
    dp_jmes_t *made = base_alloc(sizeof *made);
    struct dp_jmes_parser in = {.arena = &made->arena, .err = err};

    base_arena_init(&made->arena);
    in.text = base_arena_strndup(in.arena, text, len);
    in.end = in.text + len;
    in.now = dp_jmes_lex(in.text, in.end);
    made->root = dp_jmes_parse(&in, 0);
    if (made->root && in.now.word != DP_WORD_END)
        made->root = dp_jmes_fail(&in, "an operator or the end");
    if (made->root)
        return made;
    dp_jmes_free(made);
    return NULL;
}

void dp_jmes_free(dp_jmes_t *expression)
{
    if (!expression)
        return;
    base_arena_release(&expression->arena);
    free(expression);
}

static size_t infix_at(const struct dp_jmes_parser *in, int binds)
{
    size_t i = 0;

    while (i < COUNT(infixes) && infixes[i].word != in->now.word)
        i++;
    return i < COUNT(infixes) && infixes[i].binds > binds ? i : COUNT(infixes);
}

struct dp_jmes_node *dp_jmes_parse(struct dp_jmes_parser *in, int binds)
{
    struct dp_jmes_node *node;

    if (++in->depth > DP_JMES_DEPTH_MAX)
        return dp_jmes_fail(in, "fewer nested parts");
    node = dp_jmes_parse_prefix(in);
    while (node) {
        size_t which = infix_at(in, binds);
        if (which == COUNT(infixes))
            break;
        node = parse_infix(in, node, which);
    }
    in->depth--;
    return node;
}

static struct dp_jmes_node *chain(struct dp_jmes_parser *in, struct dp_jmes_node *left,
                                  struct dp_jmes_node *right)
{
    struct dp_jmes_node *node = right ? dp_jmes_node_new(in, DP_JMES_CHAIN) : NULL;

    if (!node)
        return NULL;
    node->left = left;
    node->right = right;
    return dp_jmes_deepen(in, node, left) ? dp_jmes_deepen(in, node, right) : NULL;
}

static bool is_bare_projection(const struct dp_jmes_node *node)
{
    return node->kind >= DP_JMES_SLICE && node->kind <= DP_JMES_FLATTEN;
}

static struct dp_jmes_node *parse_infix(struct dp_jmes_parser *in, struct dp_jmes_node *left,
                                        size_t which)
{
    enum dp_jmes_word word = in->now.word;
    struct dp_jmes_node *node;

    if (word == DP_WORD_DOT)
        return chain(in, left, dp_jmes_parse_after_dot(in));
    /* "[*][a, b]": a projection that starts the expression takes a list as if there were a dot. */
    if (word == DP_WORD_BRACKET_OPEN && !dp_jmes_specifies(in))
        return is_bare_projection(left)
                   ? chain(in, left, dp_jmes_parse_list(in))
                   : dp_jmes_fail(in, "a number, a slice or * in the brackets");
    if (infixes[which].kind == DP_JMES_CHAIN)
        return chain(in, left, dp_jmes_parse_prefix(in));
    node = dp_jmes_node_new(in, infixes[which].kind);
    node->compare = word;
    node->left = left;
    dp_jmes_next(in);
    node->right = dp_jmes_parse(in, infixes[which].binds);
    if (!node->right || !dp_jmes_deepen(in, node, left))
        return NULL;
    return dp_jmes_deepen(in, node, node->right);
}

struct dp_jmes_node *dp_jmes_node_new(struct dp_jmes_parser *in, enum dp_jmes_kind kind)
{
    struct dp_jmes_node *node = base_arena_alloc(in->arena, sizeof *node);

    node->kind = kind;
    node->depth = 1;
    return node;
}

/* The node is deeper than its child; NULL + error when that is too deep to evaluate. */
struct dp_jmes_node *dp_jmes_deepen(struct dp_jmes_parser *in, struct dp_jmes_node *node,
                                    const struct dp_jmes_node *child)
{
    if (node->depth <= child->depth)
        node->depth = child->depth + 1;
    return node->depth <= DP_JMES_DEPTH_MAX ? node : dp_jmes_fail(in, "fewer chained parts");
}

void dp_jmes_next(struct dp_jmes_parser *in)
{
    in->now = dp_jmes_lex(in->now.start + in->now.len, in->end);
}

bool dp_jmes_take(struct dp_jmes_parser *in, enum dp_jmes_word word, const char *mark)
{
    if (in->now.word != word)
        return dp_jmes_fail(in, mark);
    dp_jmes_next(in);
    return true;
}

void *dp_jmes_fail(struct dp_jmes_parser *in, const char *expected)
{
    (void)base_error_set(in->err, BASE_INVALID, "Exception",
                         "Error(1, %d): syntax, near '%.*s': expected %s.",
                         (int)(in->now.start - in->text) + 1,
                         in->now.len > 60 ? 60 : (int)in->now.len, in->now.start, expected);
    return NULL;
}
