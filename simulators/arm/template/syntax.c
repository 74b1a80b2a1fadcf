/* Decides whether a text is an expression of the template language, as the tree of its calls. */
#include "simulators/arm/template/syntax.h"

#include "simulators/arm/template/function.h"

#include <ctype.h>
#include <string.h>

struct parser {
    struct base_arena *arena;
    const char *text, *at, *end;
    int depth;
    struct base_error *err;
};

static struct arm_node *parse_value(struct parser *p);

static void *expected(struct parser *p, const char *what)
{
    char found[16] = "EndOfData";

    if (p->at < p->end) {
        size_t len = 1;
        while (p->at + len < p->end && ((unsigned char)p->at[len] & 0xC0) == 0x80)
            len++;
        memcpy(found, p->at, len < 8 ? len : 1);
        found[len < 8 ? len : 1] = '\0';
    }
    base_error_set(p->err, BASE_INVALID, "InvalidTemplate",
                   "Unable to parse language expression '%.*s': expected %s and actual '%s' at "
                   "position '%d'. Please see https://aka.ms/arm-template-expressions for usage "
                   "details.",
                   (int)(p->end - p->text > 300 ? 300 : p->end - p->text), p->text, what, found,
                   (int)(p->at - p->text));
    return NULL;
}

static void *refuse(struct parser *p, const char *why)
{
    base_error_set(p->err, BASE_INVALID, "InvalidTemplate",
                   "The language expression '%.*s' is not valid: %s.",
                   (int)(p->end - p->text > 300 ? 300 : p->end - p->text), p->text, why);
    return NULL;
}

static struct arm_node *node_new(struct parser *p, enum arm_node_kind kind)
{
    struct arm_node *node = base_arena_alloc(p->arena, sizeof(*node));

    node->kind = kind;
    return node;
}

static void skip_blanks(struct parser *p)
{
    while (p->at < p->end && isspace((unsigned char)*p->at))
        p->at++;
}

static bool take(struct parser *p, char c)
{
    skip_blanks(p);
    if (p->at == p->end || *p->at != c)
        return false;
    p->at++;
    return true;
}

static bool starts_identifier(const struct parser *p)
{
    return p->at < p->end && (isalpha((unsigned char)*p->at) || *p->at == '_');
}

static const char *take_identifier(struct parser *p)
{
    const char *start;

    skip_blanks(p);
    start = p->at;
    if (!starts_identifier(p))
        return expected(p, "token 'Identifier'");
    while (p->at < p->end && (isalnum((unsigned char)*p->at) || *p->at == '_'))
        p->at++;
    return base_arena_strndup(p->arena, start, (size_t)(p->at - start));
}

/* The quote that ends a literal, `at` behind the one that began it; the end of the text when there is none. */
static const char *literal_end(const struct parser *p, const char *at)
{
    for (; at < p->end; at++) {
        if (*at != '\'')
            continue;
        if (at + 1 == p->end || at[1] != '\'')
            break;
        at++;
    }
    return at;
}

/* 'it''s' */
static struct arm_node *parse_text(struct parser *p)
{
    struct arm_node *node = node_new(p, ARM_NODE_LITERAL);
    const char *start = p->at + 1, *end = literal_end(p, start);
    char *out;

    p->at = end;
    if (end == p->end)
        return expected(p, "the closing quotation mark");
    p->at++;
    node->literal = base_arena_alloc(p->arena, sizeof(cJSON));
    node->literal->type = cJSON_String;
    node->literal->valuestring = out = base_arena_alloc(p->arena, (size_t)(end - start) + 1);
    for (; start < end; start += 1 + (*start == '\''))
        *out++ = *start;
    return node;
}

static struct arm_node *parse_number(struct parser *p)
{
    struct arm_node *node = node_new(p, ARM_NODE_LITERAL);
    const char *start = p->at;
    char digits[24];
    cJSON *value;
    size_t len;

    p->at += *p->at == '-';
    while (p->at < p->end && isdigit((unsigned char)*p->at))
        p->at++;
    len = (size_t)(p->at - start);
    if (len < 1 || !isdigit((unsigned char)p->at[-1]))
        return expected(p, "token 'Integer'");
    if (len >= sizeof(digits))
        return refuse(p, "a whole number must fit into 64 bits");
    memcpy(digits, start, len);
    digits[len] = '\0';
    value = arm_value_of_digits(digits);
    if (!value)
        return refuse(p, "a whole number must fit into 64 bits");
    node->literal = base_arena_alloc(p->arena, sizeof(cJSON));
    *node->literal = *value;
    node->literal->valuestring = base_arena_strdup(p->arena, value->valuestring);
    cJSON_Delete(value);
    return node;
}

static bool parse_arguments(struct parser *p, struct arm_node *call)
{
    struct arm_node **last = &call->first;

    if (!take(p, '('))
        return expected(p, "token 'LeftParenthesis'"), false;
    if (take(p, ')'))
        return true;
    do {
        *last = parse_value(p);
        if (!*last)
            return false;
        last = &(*last)->next;
        call->count++;
    } while (take(p, ','));
    return take(p, ')') || (expected(p, "token 'RightParenthesis'"), false);
}

static struct arm_node *parse_accessor(struct parser *p, bool dot)
{
    struct arm_node *node = node_new(p, dot ? ARM_NODE_MEMBER : ARM_NODE_INDEX);

    node->safe = take(p, '?');
    if (dot) {
        node->text = take_identifier(p);
        return node->text ? node : NULL;
    }
    node->first = parse_value(p);
    if (!node->first)
        return NULL;
    return take(p, ']') ? node : expected(p, "token 'RightSquareBracket'");
}

static bool parse_accessors(struct parser *p, struct arm_node *call)
{
    struct arm_node **last = &call->access;

    for (;;) {
        bool dot = take(p, '.');
        if (!dot && !take(p, '['))
            return true;
        *last = parse_accessor(p, dot);
        if (!*last)
            return false;
        last = &(*last)->next;
    }
}

static struct arm_node *parse_call(struct parser *p)
{
    struct arm_node *node = node_new(p, ARM_NODE_CALL);

    node->text = take_identifier(p);
    if (!node->text)
        return NULL;
    if (take(p, '.')) {
        node->space = node->text;
        node->text = take_identifier(p);
        if (!node->text)
            return NULL;
    } else {
        node->function = arm_function_find(node->text);
    }
    return parse_arguments(p, node) && parse_accessors(p, node) ? node : NULL;
}

static struct arm_node *parse_value(struct parser *p)
{
    struct arm_node *node;

    if (p->depth >= ARM_EXPRESSION_DEPTH)
        return refuse(p, "it is nested too deeply");
    p->depth++;
    skip_blanks(p);
    if (p->at < p->end && *p->at == '\'')
        node = parse_text(p);
    else if (p->at < p->end && (isdigit((unsigned char)*p->at) || *p->at == '-'))
        node = parse_number(p);
    else
        node = parse_call(p);
    p->depth--;
    return node;
}

struct arm_node *arm_syntax_parse(struct base_arena *arena, const char *text, size_t len,
                                  struct base_error *err)
{
    struct parser p = {arena, text, text, text + len, 0, err};
    struct arm_node *node;

    if (len > ARM_EXPRESSION_MAX) {
        base_error_set(err, BASE_INVALID, "InvalidTemplate",
                       "The language expression limit '%d' exceeded: it has '%zu' characters.",
                       ARM_EXPRESSION_MAX, len);
        return NULL;
    }
    node = parse_value(&p);
    skip_blanks(&p);
    if (node && p.at < p.end)
        return expected(&p, "token 'EndOfData'");
    return node;
}
