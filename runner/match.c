/* Decides whether an answer looks as expected, and names the first difference. */
#include "runner/match.h"

#include "common/text.h"

#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct match { /* one walk */
    const struct run_scope *scope;
    struct run_mismatch *out;
    struct base_error *err;
    const cJSON *place; /* node of the file that stands for what is looked at now */
    bool frozen;        /* inside a variable's value, which has no place of its own */
    char pointer[256];
};

static bool match(struct match *m, const cJSON *want, const cJSON *got);

static bool differs(struct match *m, const cJSON *got, const char *fmt, ...) BASE_PRINTF(3, 4);
static bool differs(struct match *m, const cJSON *got, const char *fmt, ...)
{
    struct base_buf text = {0};
    va_list args;

    if (m->out->node)
        return false;
    va_start(args, fmt);
    base_buf_vprintf(&text, fmt, args);
    va_end(args);
    if (got) {
        char *shown = base_json_print(got);
        base_buf_printf(&text, "got %.200s%s", shown, strlen(shown) > 200 ? "…" : "");
        free(shown);
    } else {
        base_buf_puts(&text, "it is missing");
    }
    m->out->node = m->place;
    snprintf(m->out->pointer, sizeof m->out->pointer, "%s", *m->pointer ? m->pointer : "/");
    snprintf(m->out->found, sizeof m->out->found, "%s", text.data);
    base_buf_release(&text);
    return false;
}

/* Tries a match without keeping its difference. */
static bool quiet(struct match *m, const cJSON *want, const cJSON *got)
{
    struct run_mismatch ignored = {0};
    struct match inner = *m;

    inner.out = &ignored;
    return match(&inner, want, got);
}

static bool bad_operand(struct match *m, const cJSON *want, const char *expected)
{
    base_error_set(m->err, BASE_INVALID, NULL, "%s wants %s", want->string, expected);
    return differs(m, NULL, "%s wants %s; ", want->string, expected);
}

static const char *text_of(const cJSON *node)
{
    return cJSON_IsString(node) ? node->valuestring : NULL;
}

/* ---- operators ---- */

static bool op_any(struct match *m, const cJSON *want, const cJSON *got)
{
    (void)want;
    return got || differs(m, got, "expected any value; ");
}

static bool op_absent(struct match *m, const cJSON *want, const cJSON *got)
{
    (void)want;
    return !got || differs(m, got, "expected nothing here; ");
}

static bool op_one_of(struct match *m, const cJSON *want, const cJSON *got)
{
    for (const cJSON *item = want->child; item; item = item->next)
        if (quiet(m, item, got))
            return true;
    return differs(m, got, "expected one of the alternatives; ");
}

static bool op_not(struct match *m, const cJSON *want, const cJSON *got)
{
    return !quiet(m, want, got) || differs(m, got, "expected something else; ");
}

/* A number, or a time as epoch ms; NAN when it is neither. */
static double amount(const cJSON *node)
{
    int64_t ms;

    if (cJSON_IsNumber(node))
        return node->valuedouble;
    return base_time_parse(text_of(node), &ms) ? (double)ms : NAN;
}

static bool op_gte(struct match *m, const cJSON *want, const cJSON *got)
{
    return amount(got) >= amount(want) || differs(m, got, "expected at least %g; ", amount(want));
}

static bool op_lte(struct match *m, const cJSON *want, const cJSON *got)
{
    return amount(got) <= amount(want) || differs(m, got, "expected at most %g; ", amount(want));
}

static bool op_len(struct match *m, const cJSON *want, const cJSON *got)
{
    if (!text_of(got) && !cJSON_IsArray(got) && !cJSON_IsObject(got))
        return differs(m, got, "expected something with a length; ");
    cJSON *length =
        cJSON_CreateNumber(text_of(got) ? (double)strlen(text_of(got)) : cJSON_GetArraySize(got));
    bool fits = quiet(m, want, length);
    cJSON_Delete(length);
    return fits || differs(m, got, "its length does not fit; ");
}

static bool op_regex(struct match *m, const cJSON *want, const cJSON *got)
{
    regex_t regex;

    if (!text_of(want) || regcomp(&regex, text_of(want), REG_EXTENDED | REG_NOSUB))
        return bad_operand(m, want, "an extended regular expression");
    bool fits = text_of(got) && regexec(&regex, text_of(got), 0, NULL, 0) == 0;
    regfree(&regex);
    return fits || differs(m, got, "expected a match of %s; ", text_of(want));
}

static bool op_int(struct match *m, const cJSON *want, const cJSON *got)
{
    int64_t value = 0;

    if (cJSON_IsNumber(got) && floor(got->valuedouble) == got->valuedouble)
        value = (int64_t)got->valuedouble;
    else if (!base_parse_int64(text_of(got), &value))
        return differs(m, got, "expected a whole number; ");
    if (cJSON_IsTrue(want))
        return true;
    cJSON *number = cJSON_CreateNumber((double)value);
    bool fits = match(m, want, number);
    cJSON_Delete(number);
    return fits;
}

static bool op_guid(struct match *m, const cJSON *want, const cJSON *got)
{
    (void)want;
    return base_is_uuid(text_of(got)) || differs(m, got, "expected a GUID; ");
}

static bool op_time(struct match *m, const cJSON *want, const cJSON *got)
{
    int64_t ms;

    if (!base_time_parse(text_of(got), &ms))
        return differs(m, got, "expected an RFC 3339 time; ");
    return cJSON_IsTrue(want) || match(m, want, got);
}

static bool op_url(struct match *m, const cJSON *want, const cJSON *got)
{
    struct base_arena arena;
    struct base_uri uri, host;

    base_arena_init(&arena);
    bool fits = text_of(got) && base_uri_parse(&arena, text_of(got), &uri);
    if (fits && text_of(want))
        fits = base_equal(uri.host,
                          base_uri_parse(&arena, text_of(want), &host) ? host.host : text_of(want));
    base_arena_release(&arena);
    return fits || differs(m, got, "expected an absolute URL%s%s; ", text_of(want) ? " on " : "",
                           text_of(want) ? text_of(want) : "");
}

static bool op_equals_fold(struct match *m, const cJSON *want, const cJSON *got)
{
    return (text_of(got) && base_equal_nocase(text_of(want), text_of(got))) ||
           differs(m, got, "expected \"%s\" in any case; ", text_of(want) ? text_of(want) : "?");
}

static bool op_contains(struct match *m, const cJSON *want, const cJSON *got)
{
    if (text_of(got) && text_of(want))
        return strstr(text_of(got), text_of(want)) ||
               differs(m, got, "expected the text \"%s\" in it; ", text_of(want));
    if (cJSON_IsArray(got))
        for (const cJSON *item = got->child; item; item = item->next)
            if (quiet(m, want, item))
                return true;
    return differs(m, got, "no element fits; ");
}

/* One element of `want` takes a place in `got`, pushing others on where it must (augmenting paths). */
static bool seat(struct match *m, const cJSON *const *want, const cJSON *got, int index,
                 int *holder, bool *seen)
{
    int at = 0;

    for (const cJSON *item = got->child; item; item = item->next, at++) {
        if (seen[at] || !quiet(m, want[index], item))
            continue;
        seen[at] = true;
        if (holder[at] < 0 || seat(m, want, got, holder[at], holder, seen)) {
            holder[at] = index;
            return true;
        }
    }
    return false;
}

static bool op_unordered(struct match *m, const cJSON *want, const cJSON *got)
{
    int size = cJSON_GetArraySize(want), index = 0;
    bool fits = cJSON_IsArray(got) && cJSON_GetArraySize(got) == size;
    const cJSON **list = base_alloc((size_t)size * sizeof *list);
    int *holder = base_alloc((size_t)size * sizeof *holder);
    bool *seen = base_alloc((size_t)size * sizeof *seen);

    for (const cJSON *item = want->child; item; item = item->next, index++) {
        list[index] = item;
        holder[index] = -1;
    }
    for (index = 0; fits && index < size; index++) {
        memset(seen, 0, (size_t)size * sizeof *seen);
        fits = seat(m, list, got, index, holder, seen);
    }
    free(seen);
    free(holder);
    free(list);
    return fits || differs(m, got, "expected these %d elements in any order; ", size);
}

static bool op_each(struct match *m, const cJSON *want, const cJSON *got)
{
    if (!cJSON_IsArray(got))
        return differs(m, got, "expected a list; ");
    for (const cJSON *item = got->child; item; item = item->next)
        if (!match(m, want, item))
            return false;
    return true;
}

static int count_matches(struct match *m, const cJSON *want, const cJSON *got, const cJSON **first)
{
    int count = 0;

    for (const cJSON *item = got->child; item; item = item->next) {
        if (quiet(m, want, item)) {
            if (!count++)
                *first = item;
        }
    }
    return count;
}

static bool op_none(struct match *m, const cJSON *want, const cJSON *got)
{
    const cJSON *first = NULL;

    if (!cJSON_IsArray(got))
        return differs(m, got, "expected a list; ");
    return count_matches(m, want, got, &first) == 0 ||
           differs(m, first, "expected no such element; ");
}

static bool op_count(struct match *m, const cJSON *want, const cJSON *got)
{
    const cJSON *of = base_json_at(want, "of"), *is = base_json_at(want, "is"), *first = NULL;

    if (!of || !is)
        return bad_operand(m, want, "{of, is}");
    if (!cJSON_IsArray(got))
        return differs(m, got, "expected a list; ");
    cJSON *count = cJSON_CreateNumber(count_matches(m, of, got, &first));
    bool fits = quiet(m, is, count);
    if (!fits)
        differs(m, got, "%d elements fit; ", (int)count->valuedouble);
    cJSON_Delete(count);
    return fits;
}

static bool op_exact(struct match *m, const cJSON *want, const cJSON *got)
{
    cJSON *expanded = run_expand(m->scope, want, m->err);
    bool fits = expanded && base_json_equal(expanded, got);

    cJSON_Delete(expanded);
    return fits || differs(m, got, "expected exactly this; ");
}

static const struct {
    const char *name;
    bool (*holds)(struct match *m, const cJSON *want, const cJSON *got);
} operators[] = {
    {"$any", op_any},
    {"$absent", op_absent},
    {"$oneOf", op_one_of},
    {"$not", op_not},
    {"$gte", op_gte},
    {"$lte", op_lte},
    {"$len", op_len},
    {"$regex", op_regex},
    {"$int", op_int},
    {"$guid", op_guid},
    {"$time", op_time},
    {"$url", op_url},
    {"$equalsFold", op_equals_fold},
    {"$contains", op_contains},
    {"$unordered", op_unordered},
    {"$each", op_each},
    {"$none", op_none},
    {"$count", op_count},
    {"$exact", op_exact},
};

/* ---- the walk ---- */

static void stand_at(struct match *m, const cJSON *node)
{
    if (!m->frozen)
        m->place = node;
}

static bool apply_operator(struct match *m, const cJSON *want, const cJSON *got)
{
    const cJSON *operand = want;
    cJSON *expanded = NULL;
    bool holds = false;

    stand_at(m, want);
    if (cJSON_IsString(want) && !m->frozen) {
        expanded = run_expand_text(m->scope, want->valuestring, m->err);
        if (!expanded)
            return differs(m, NULL, "%s: ", m->err->message);
        free(expanded->string); /* a variable's value comes with the variable's name */
        expanded->string = base_strdup(want->string);
        operand = expanded;
    }
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (!strcmp(operators[i].name, want->string))
            holds = operators[i].holds(m, operand, got);
    cJSON_Delete(expanded);
    return holds;
}

static void step_down(struct match *m, size_t *length, const char *name, int index)
{
    *length = strlen(m->pointer);
    if (name)
        snprintf(m->pointer + *length, sizeof m->pointer - *length, "/%s", name);
    else
        snprintf(m->pointer + *length, sizeof m->pointer - *length, "/%d", index);
}

static bool match_object(struct match *m, const cJSON *want, const cJSON *got)
{
    bool headers = !strcmp(m->pointer, "/headers");
    size_t length;

    if (want->child && want->child->string[0] == '$') {
        for (const cJSON *item = want->child; item; item = item->next)
            if (!apply_operator(m, item, got))
                return false;
        return true;
    }
    if (!cJSON_IsObject(got))
        return differs(m, got, "expected a mapping; ");
    for (const cJSON *item = want->child; item; item = item->next) {
        const cJSON *other = headers ? cJSON_GetObjectItem(got, item->string)
                                     : cJSON_GetObjectItemCaseSensitive(got, item->string);
        step_down(m, &length, item->string, 0);
        bool fits = match(m, item, other);
        m->pointer[length] = '\0';
        if (!fits)
            return false;
    }
    return true;
}

static bool match_array(struct match *m, const cJSON *want, const cJSON *got)
{
    size_t length;
    int index = 0;

    if (!cJSON_IsArray(got))
        return differs(m, got, "expected a list; ");
    if (cJSON_GetArraySize(got) != cJSON_GetArraySize(want))
        return differs(m, got, "expected %d elements; ", cJSON_GetArraySize(want));
    const cJSON *other = got->child;
    for (const cJSON *item = want->child; item; item = item->next, other = other->next, index++) {
        step_down(m, &length, NULL, index);
        bool fits = match(m, item, other);
        m->pointer[length] = '\0';
        if (!fits)
            return false;
    }
    return true;
}

/* A text of the file is expanded first; when it becomes a tree, the tree is matched and the text stays the place. */
static bool match_text(struct match *m, const cJSON *want, const cJSON *got)
{
    cJSON *expanded = m->frozen ? cJSON_CreateString(want->valuestring)
                                : run_expand_text(m->scope, want->valuestring, m->err);
    bool fits, frozen = m->frozen;

    if (!expanded)
        return differs(m, NULL, "%s: ", m->err->message);
    if (cJSON_IsString(expanded)) {
        fits = base_equal(expanded->valuestring, text_of(got)) ||
               differs(m, got, "expected \"%s\"; ", expanded->valuestring);
    } else {
        m->frozen = true;
        fits = match(m, expanded, got);
        m->frozen = frozen;
    }
    cJSON_Delete(expanded);
    return fits;
}

static bool match(struct match *m, const cJSON *want, const cJSON *got)
{
    stand_at(m, want);
    if (cJSON_IsObject(want))
        return match_object(m, want, got);
    if (cJSON_IsArray(want))
        return match_array(m, want, got);
    if (cJSON_IsString(want))
        return match_text(m, want, got);
    return (got && base_json_equal(want, got)) || differs(m, got, "%s", "");
}

bool run_match(const struct run_scope *scope, const cJSON *want, const cJSON *got,
               struct run_mismatch *out, struct base_error *err)
{
    struct base_error ignored = {0};
    struct match m = {.scope = scope, .out = out, .err = err ? err : &ignored};

    memset(out, 0, sizeof *out);
    return match(&m, want, got);
}
