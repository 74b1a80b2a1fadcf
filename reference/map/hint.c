/* Decides which part of an expression is to blame when it selects nothing. */
#include "reference/map/hint.h"

#include "reference/map/expression.h"

#include <string.h>
#include <strings.h>

#define CUTS_MAX 64
#define MEMBERS_MAX 12

struct map_found {
    size_t count;
    const struct dp_token *first;
};

static enum base_status count_one(void *context, const struct dp_token *token)
{
    struct map_found *found = context;

    if (found->count++ == 0)
        found->first = token;
    return BASE_OK;
}

/* False when the text is no expression or its evaluation fails. */
static bool try_text(enum dp_language language, const char *text, const struct dp_token *root,
                     struct base_arena *arena, struct map_found *found)
{
    struct dp_work work = {arena, DP_WORK_DEFAULT};
    struct map_expression compiled = {0};
    struct base_error err = {0};
    bool good = map_expression_compile(language, text, &compiled, &err) == BASE_OK;

    *found = (struct map_found){0};
    good = good && map_expression_each(&compiled, root, &work, count_one, found, &err) == BASE_OK;
    map_expression_release(&compiled);
    return good;
}

/* Places where the expression may be cut: before '.', '[' and '|' outside of brackets and quotes. */
static size_t find_cuts(const char *text, size_t cuts[CUTS_MAX])
{
    size_t count = 0, depth = 0;
    char quote = '\0';

    for (size_t i = 0; text[i] && count < CUTS_MAX; i++) {
        char c = text[i];
        if (quote) {
            quote = c == quote ? '\0' : quote;
        } else if (c == '\'' || c == '"' || c == '`') {
            quote = c;
        } else if (depth == 0 && i > 0 &&
                   (c == '[' || c == '|' || (c == '.' && text[i - 1] != '.'))) {
            cuts[count++] = i;
            depth += c == '[';
        } else if (strchr("[({", c)) {
            depth++;
        } else if (depth > 0 && strchr("])}", c)) {
            depth--;
        }
    }
    return count;
}

static void describe(const struct dp_token *token, struct base_buf *out)
{
    base_buf_printf(out, "%s", dp_type_name(token->type));
    if (token->type == DP_ARRAY)
        base_buf_printf(out, " of %zu", token->children.count);
    if (token->type != DP_OBJECT)
        return;
    base_buf_puts(out, " with");
    for (size_t i = 0; i < token->children.count && i < MEMBERS_MAX; i++)
        base_buf_printf(out, "%s %s", i ? "," : "", token->children.items[i].name.data);
    if (token->children.count > MEMBERS_MAX)
        base_buf_puts(out, ", ...");
    if (token->children.count == 0)
        base_buf_puts(out, " no members");
}

/* What comes first after the part that selects something, when it is a member written with other capitals: the commonest mistake. */
static void tell_spelling(const struct dp_token *token, const char *tail, struct base_buf *out)
{
    const char *word = tail + strspn(tail, ".[|'\" ");
    size_t len = strcspn(word, ".[]|'\" (");

    if (token->type != DP_OBJECT || len == 0)
        return;
    for (size_t i = 0; i < token->children.count; i++) {
        const struct dp_text *name = &token->children.items[i].name;
        if (name->len == len && strncasecmp(name->data, word, len) == 0 &&
            memcmp(name->data, word, len) != 0)
            base_buf_printf(out, "; its member is written %s, not %.*s", name->data, (int)len,
                            word);
    }
}

/* One condition of a filter, between the "&&" and "||" of it. */
static size_t condition_length(const char *text)
{
    char quote = '\0';
    size_t i;

    for (i = 0; text[i]; i++) {
        if (quote)
            quote = text[i] == quote ? '\0' : quote;
        else if (text[i] == '\'')
            quote = text[i];
        else if (strncmp(text + i, "&&", 2) == 0 || strncmp(text + i, "||", 2) == 0)
            break;
    }
    return i;
}

/* Tries each condition of a JSONPath filter "<head>[?(a && b)]" alone. */
static void blame_conditions(const char *head, const char *filter, const struct dp_token *root,
                             struct base_arena *arena, struct base_buf *out)
{
    const char *close = strrchr(filter, ')');
    const char *inside, *at;

    if (strncmp(filter, "[?(", 3) != 0 || !close)
        return;
    inside = base_arena_strndup(arena, filter + 3, (size_t)(close - filter - 3));
    if (condition_length(inside) == strlen(inside))
        return;
    for (at = inside; *at;) {
        size_t len = condition_length(at);
        const char *alone = base_arena_printf(arena, "%s[?(%.*s)]", head, (int)len, at);
        struct map_found found;
        if (try_text(DP_LANGUAGE_JSONPATH, alone, root, arena, &found))
            base_buf_printf(out, "; %s alone selects %zu", alone, found.count);
        at += len + (at[len] ? 2 : 0);
    }
}

void map_hint(enum dp_language language, const char *expression, const struct dp_token *root,
              struct base_arena *arena, struct base_buf *out)
{
    size_t cuts[CUTS_MAX], count = find_cuts(expression, cuts);

    for (size_t i = count; i-- > 0;) {
        char *head = base_arena_strndup(arena, expression, cuts[i]);
        struct map_found found;
        if (language == DP_LANGUAGE_JSONPATH)
            blame_conditions(head, expression + cuts[i], root, arena, out);
        if (!try_text(language, head, root, arena, &found) || found.count == 0)
            continue;
        base_buf_printf(out, "; %s selects %s", head, found.count > 1 ? "several, the first " : "");
        describe(found.first, out);
        tell_spelling(found.first, expression + cuts[i], out);
        if (found.first == root && dp_object_get(root, "Body")) {
            base_buf_puts(out, "; the Body is ");
            describe(dp_object_get(root, "Body"), out);
        }
        return;
    }
}
