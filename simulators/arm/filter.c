/* Decides whether an item passes a $filter. */
#include "simulators/arm/filter.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define WORD_MAX 128
#define VALUE_MAX 512
#define DEPTH_MAX 16

struct reader {
    const char *at;
    arm_filter_term term;
    void *context;
    int depth;
};

static int read_or(struct reader *r);

int arm_filter_matches(const char *filter, arm_filter_term term, void *context)
{
    struct reader r = {filter, term, context, 0};

    if (!filter || !filter[strspn(filter, " ")])
        return 1;
    int result = read_or(&r);
    r.at += strspn(r.at, " ");
    return *r.at ? -1 : result;
}

bool arm_filter_check(struct arm_call *call, arm_filter_term term, void *context,
                      const char **filter)
{
    *filter = arm_call_query(call, "$filter");
    return arm_filter_matches(*filter, term, context) >= 0 ||
           arm_refuse(call->response, ARM_INVALID_FILTER, "$filter",
                      "Invalid $filter '%s' specified in the query string.", *filter);
}

/* ---- the grammar ---- */

static bool take_symbol(struct reader *r, char symbol)
{
    r->at += strspn(r->at, " ");
    if (*r->at != symbol)
        return false;
    r->at++;
    return true;
}

static bool take_word(struct reader *r, char out[WORD_MAX])
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./";
    size_t len;

    r->at += strspn(r->at, " ");
    len = strspn(r->at, letters);
    if (!len || len >= WORD_MAX)
        return false;
    memcpy(out, r->at, len);
    out[len] = '\0';
    r->at += len;
    return true;
}

static bool take_keyword(struct reader *r, const char *keyword)
{
    char word[WORD_MAX];
    const char *before = r->at;

    if (take_word(r, word) && !strcasecmp(word, keyword))
        return true;
    r->at = before;
    return false;
}

/* 'text' with doubled quotes, or a bare word (true, null). */
static bool take_value(struct reader *r, char out[VALUE_MAX])
{
    size_t len = 0;

    if (!take_symbol(r, '\''))
        return take_word(r, out);
    for (; *r->at && len + 1 < VALUE_MAX; r->at++) {
        if (*r->at == '\'' && r->at[1] != '\'')
            break;
        r->at += *r->at == '\'';
        out[len++] = *r->at;
    }
    out[len] = '\0';
    return take_symbol(r, '\'');
}

/* "startswith(field,'x')", "substringof('x',field)", "atScope()", "assignedTo('x')"; the parenthesis is taken. */
static int read_function(struct reader *r, const char *name)
{
    char value[VALUE_MAX] = "", field[WORD_MAX] = "";
    bool field_first = !strcasecmp(name, "startswith"),
         two = field_first || !strcasecmp(name, "substringof");

    if (field_first && !(take_word(r, field) && take_symbol(r, ',')))
        return -1;
    if (!take_symbol(r, ')')) {
        if (!take_value(r, value))
            return -1;
        if (two && !field_first && !(take_symbol(r, ',') && take_word(r, field)))
            return -1;
        if (!take_symbol(r, ')'))
            return -1;
    } else if (two) {
        return -1;
    }
    return two ? r->term(r->context, field, name, value) : r->term(r->context, name, "()", value);
}

static int read_unit(struct reader *r)
{
    char field[WORD_MAX], operator_[WORD_MAX], value[VALUE_MAX];

    if (take_symbol(r, '(')) {
        if (++r->depth > DEPTH_MAX)
            return -1;
        int result = read_or(r);
        r->depth--;
        return take_symbol(r, ')') ? result : -1;
    }
    if (!take_word(r, field))
        return -1;
    if (take_symbol(r, '('))
        return read_function(r, field);
    if (!take_word(r, operator_) || !take_value(r, value))
        return -1;
    return r->term(r->context, field, operator_, value);
}

static int read_and(struct reader *r)
{
    int result = read_unit(r);

    while (result >= 0 && take_keyword(r, "and")) {
        int next = read_unit(r);
        result = next < 0 ? -1 : result && next;
    }
    return result;
}

static int read_or(struct reader *r)
{
    int result = read_and(r);

    while (result >= 0 && take_keyword(r, "or")) {
        int next = read_and(r);
        result = next < 0 ? -1 : result || next;
    }
    return result;
}

/* ---- terms over resources ---- */

static bool group_of(const char *id, char *out, size_t size)
{
    const char *at = id ? strcasestr(id, "/resourceGroups/") : NULL;

    if (!at)
        return false;
    at += strlen("/resourceGroups/");
    snprintf(out, size, "%.*s", (int)strcspn(at, "/"), at);
    return true;
}

static const char *tag_value(const cJSON *tags, const char *name, const char *value)
{
    const cJSON *tag;

    cJSON_ArrayForEach(tag,
                       tags) if ((name && base_equal_nocase(tag->string, name)) ||
                                 (value && base_equal(cJSON_GetStringValue(tag),
                                                      value))) return cJSON_GetStringValue(tag);
    return NULL;
}

static int compare(const char *text, const char *operator_, const char *value)
{
    if (!strcasecmp(operator_, "eq"))
        return text && !strcasecmp(text, value);
    if (!strcasecmp(operator_, "ne"))
        return !text || strcasecmp(text, value);
    if (!strcasecmp(operator_, "substringof"))
        return text && strcasestr(text, value);
    if (!strcasecmp(operator_, "startswith"))
        return text && base_starts_nocase(text, value);
    return -1;
}

int arm_filter_item_term(void *context, const char *field, const char *operator_, const char *value)
{
    static const char *const fields[][2] = {{"resourceType", "type"},
                                            {"type", "type"},
                                            {"name", "name"},
                                            {"location", "location"},
                                            {"identity/principalId", "identity.principalId"},
                                            {"kind", "kind"},
                                            {"managedBy", "managedBy"}};
    struct arm_filter_item *item = context;
    const cJSON *tags = base_json_at(item->item, "tags");
    char group[128];

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (!strcasecmp(field, fields[i][0]))
            return compare(base_json_text(item->item, fields[i][1]), operator_, value);
    if (!strcasecmp(field, "resourceGroup"))
        return compare(group_of(base_json_text(item->item, "id"), group, sizeof group) ? group
                                                                                       : NULL,
                       operator_, value);
    if (!strcasecmp(field, "tagName") && !strcasecmp(operator_, "eq")) {
        item->tag = tag_value(tags, value, NULL);
        return item->tag != NULL;
    }
    if (!strcasecmp(field, "tagValue") && !strcasecmp(operator_, "eq"))
        return item->tag ? !strcmp(item->tag, value) : tag_value(tags, NULL, value) != NULL;
    return -1;
}
