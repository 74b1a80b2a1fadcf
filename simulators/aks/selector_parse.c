/* Decides how the texts of selectors read. The grammar and its sentences are those of apimachinery's labels.Parse and
 * fields.ParseSelector. */
#include "simulators/aks/selector.h"

#include "simulators/aks/names.h"

#include <string.h>

enum token_kind {
    T_END,
    T_WORD,
    T_COMMA,
    T_OPEN,
    T_CLOSE,
    T_NOT,
    T_EQUAL,
    T_NOT_EQUAL,
    T_IN,
    T_NOT_IN,
    T_GREATER,
    T_LESS
};

struct token {
    enum token_kind kind;
    const char *text;
};

struct parser {
    struct base_arena *arena;
    const char *at;
    struct token token; /* the next one */
    struct aks_fail *fail;
};

static const struct {
    const char *text;
    enum token_kind kind;
} symbols[] = {{"==", T_EQUAL}, {"!=", T_NOT_EQUAL}, {"=", T_EQUAL},   {"!", T_NOT}, {",", T_COMMA},
               {"(", T_OPEN},   {")", T_CLOSE},      {">", T_GREATER}, {"<", T_LESS}};
#define SYMBOLS (sizeof symbols / sizeof *symbols)

static void scan(struct parser *p);
static bool requirement(struct parser *p, struct aks_requirement *out);
static bool operator_and_values(struct parser *p, struct aks_requirement *out);
static bool exact_value(struct parser *p, struct aks_requirement *out);
static bool value_list(struct parser *p, struct aks_requirement *out);
static bool check_requirement(struct parser *p, const struct aks_requirement *requirement);
static bool wrong(struct parser *p, const char *fmt, ...) BASE_PRINTF(2, 3);
static bool field_term(struct base_arena *arena, char *term, const char *whole,
                       struct aks_requirement *out, struct aks_fail *fail);
static bool field_known(const struct aks_kind *kind, const char *key);

bool aks_label_selector_parse(struct base_arena *arena, const char *text, struct aks_selector *out,
                              struct aks_fail *fail)
{
    struct parser p = {.arena = arena, .at = text, .fail = fail};

    out->requirements = base_arena_alloc(arena, AKS_REQUIREMENTS * sizeof *out->requirements);
    out->count = 0;
    scan(&p);
    if (p.token.kind == T_END)
        return true;
    for (;;) {
        if (p.token.kind != T_WORD && p.token.kind != T_NOT)
            return aks_fail_plain(fail, "BadRequest",
                                  "found '%s', expected: !, identifier, or 'end of string'",
                                  p.token.text);
        if (out->count == AKS_REQUIREMENTS)
            return aks_fail_plain(fail, "BadRequest", "more than %d requirements in a selector",
                                  AKS_REQUIREMENTS);
        if (!requirement(&p, &out->requirements[out->count++]))
            return false;
        if (p.token.kind == T_END)
            return true;
        if (p.token.kind != T_COMMA)
            return aks_fail_plain(fail, "BadRequest",
                                  "found '%s', expected: ',' or 'end of string'", p.token.text);
        scan(&p);
        if (p.token.kind != T_WORD && p.token.kind != T_NOT)
            return aks_fail_plain(fail, "BadRequest", "found '%s', expected: identifier after ','",
                                  p.token.text);
    }
}

bool aks_field_selector_parse(struct base_arena *arena, const char *text,
                              const struct aks_kind *kind, struct aks_selector *out,
                              struct aks_fail *fail)
{
    char *rest = NULL, *copy = base_arena_strdup(arena, text);

    out->requirements = base_arena_alloc(arena, AKS_REQUIREMENTS * sizeof *out->requirements);
    out->count = 0;
    for (char *term = strtok_r(copy, ",", &rest); term; term = strtok_r(NULL, ",", &rest)) {
        if (out->count == AKS_REQUIREMENTS)
            return aks_fail_plain(fail, "BadRequest", "more than %d requirements in a selector",
                                  AKS_REQUIREMENTS);
        struct aks_requirement *r = &out->requirements[out->count++];
        if (!field_term(arena, term, text, r, fail))
            return false;
        if (!field_known(kind, r->key)) {
            if (kind->field_keys)
                return aks_fail_plain(fail, "BadRequest", "field label not supported: %s", r->key);
            return aks_fail_plain(fail, "BadRequest",
                                  "\"%s\" is not a known field selector: only \"metadata.name\", "
                                  "\"metadata.namespace\"",
                                  r->key);
        }
    }
    return true;
}

static void scan(struct parser *p)
{
    p->at += strspn(p->at, " \t\r\n");
    size_t len = strcspn(p->at, "=!(),<> \t\r\n");
    p->token = (struct token){T_WORD, base_arena_strndup(p->arena, p->at, len)};
    if (!*p->at) {
        p->token.kind = T_END;
    } else if (len == 0) {
        for (size_t i = 0; i < SYMBOLS; i++) {
            len = strlen(symbols[i].text);
            if (strncmp(p->at, symbols[i].text, len) == 0) {
                p->token = (struct token){symbols[i].kind, symbols[i].text};
                break;
            }
        }
    }
    p->at += len;
}

static bool requirement(struct parser *p, struct aks_requirement *out)
{
    out->op = AKS_EXISTS;
    out->values = base_arena_alloc(p->arena, AKS_VALUES * sizeof *out->values);
    if (p->token.kind == T_NOT) {
        out->op = AKS_ABSENT;
        scan(p);
    }
    if (p->token.kind != T_WORD)
        return wrong(p, "found '%s', expected: identifier", p->token.text);
    out->key = p->token.text;
    struct base_buf bad = {0};
    aks_check_qualified(out->key, &bad);
    if (bad.len) {
        wrong(p, "invalid label key \"%s\": %.*s", out->key, (int)strcspn(bad.data, "\n"),
              bad.data);
        base_buf_release(&bad);
        return false;
    }
    scan(p);
    if (out->op == AKS_ABSENT || p->token.kind == T_END || p->token.kind == T_COMMA)
        return true;
    return operator_and_values(p, out) && check_requirement(p, out);
}

static bool operator_and_values(struct parser *p, struct aks_requirement *out)
{
    struct token token = p->token;

    if (token.kind == T_WORD && base_equal(token.text, "in"))
        token.kind = T_IN;
    if (token.kind == T_WORD && base_equal(token.text, "notin"))
        token.kind = T_NOT_IN;
    scan(p);
    switch (token.kind) {
    case T_IN:
    case T_NOT_IN:
        out->op = token.kind == T_IN ? AKS_IN : AKS_NOT_IN;
        return value_list(p, out);
    case T_EQUAL:
        out->op = AKS_IN;
        return exact_value(p, out);
    case T_NOT_EQUAL:
        out->op = AKS_NOT_IN;
        return exact_value(p, out);
    case T_GREATER:
    case T_LESS:
        out->op = token.kind == T_GREATER ? AKS_GREATER : AKS_LESS;
        return exact_value(p, out);
    default:
        return wrong(p, "found '%s', expected: '=', '!=', '==', 'in', notin'", token.text);
    }
}

static bool exact_value(struct parser *p, struct aks_requirement *out)
{
    out->count = 1;
    out->values[0] = "";
    if (p->token.kind == T_END || p->token.kind == T_COMMA)
        return true;
    if (p->token.kind != T_WORD)
        return wrong(p, "found '%s', expected: identifier", p->token.text);
    out->values[0] = p->token.text;
    scan(p);
    return true;
}

/* An empty place between commas and brackets stands for "". */
static bool value_list(struct parser *p, struct aks_requirement *out)
{
    if (p->token.kind != T_OPEN)
        return wrong(p, "found '%s' expected: '('", p->token.text);
    scan(p);
    for (;;) {
        if (out->count == AKS_VALUES)
            return wrong(p, "more than %d values", AKS_VALUES);
        out->values[out->count++] = p->token.kind == T_WORD ? p->token.text : "";
        if (p->token.kind == T_WORD)
            scan(p);
        if (p->token.kind == T_CLOSE) {
            scan(p);
            return true;
        }
        if (p->token.kind != T_COMMA)
            return wrong(p, "found '%s', expected: ',' or ')'", p->token.text);
        scan(p);
    }
}

static bool check_requirement(struct parser *p, const struct aks_requirement *requirement)
{
    for (size_t i = 0; i < requirement->count; i++) {
        struct base_buf bad = {0};
        int64_t number;
        aks_check_label_value(requirement->values[i], &bad);
        if (bad.len)
            wrong(p, "invalid label value: \"%s\": at key: \"%s\": %.*s", requirement->values[i],
                  requirement->key, (int)strcspn(bad.data, "\n"), bad.data);
        else if ((requirement->op == AKS_GREATER || requirement->op == AKS_LESS) &&
                 !base_parse_int64(requirement->values[i], &number))
            wrong(p, "for 'Gt', 'Lt' operators, the value must be an integer");
        base_buf_release(&bad);
        if (p->fail->code)
            return false;
    }
    return true;
}

static bool wrong(struct parser *p, const char *fmt, ...)
{
    struct base_buf text = {0};
    va_list args;

    va_start(args, fmt);
    base_buf_vprintf(&text, fmt, args);
    va_end(args);
    aks_fail_plain(p->fail, "BadRequest", "unable to parse requirement: %s", text.data);
    base_buf_release(&text);
    return false;
}

static bool field_term(struct base_arena *arena, char *term, const char *whole,
                       struct aks_requirement *out, struct aks_fail *fail)
{
    char *is = strchr(term, '=');

    if (!is || is == term)
        return aks_fail_plain(fail, "BadRequest", "invalid selector: '%s'; can't understand '%s'",
                              whole, term);
    out->op = is[-1] == '!' ? AKS_NOT_IN : AKS_IN;
    is[out->op == AKS_IN ? 0 : -1] = '\0';
    out->key = term;
    out->values = base_arena_alloc(arena, sizeof *out->values);
    out->values[0] = is + 1 + (out->op == AKS_IN && is[1] == '=');
    out->count = 1;
    return true;
}

static bool field_known(const struct aks_kind *kind, const char *key)
{
    if (base_equal(key, "metadata.name") ||
        (kind->namespaced && base_equal(key, "metadata.namespace")))
        return true;
    for (const struct aks_field_key *field = kind->field_keys; field && field->name; field++)
        if (base_equal(field->name, key))
            return true;
    return false;
}
