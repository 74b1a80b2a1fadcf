/* Decides whether a value fits a schema, and names the first place where it does not. */
#include "runner/schema.h"
#include "common/clock.h"
#include "common/text.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 64

struct check {
    const cJSON *document;
    enum run_schema_side side;
    char place[512]; /* ".properties.tags", "" for the value itself */
    char *sentence;
    size_t size;
    int depth;
};

static bool fits(struct check *c, const cJSON *schema, const cJSON *value);
static const cJSON *resolve(struct check *c, const cJSON *schema);
static bool wrong(struct check *c, const cJSON *value, const char *expected, const char *detail);

bool run_schema_fits(const cJSON *document, const cJSON *schema, const cJSON *value,
                     enum run_schema_side side, char *sentence, size_t size)
{
    struct check c = {.document = document, .side = side, .sentence = sentence, .size = size};

    return fits(&c, schema, value);
}

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static bool wrong(struct check *c, const cJSON *value, const char *expected, const char *detail)
{
    char *found = value ? base_json_print(value) : base_strdup("nothing");

    snprintf(c->sentence, c->size, "%s: found %.80s%s, expected %s%s",
             *c->place ? c->place + 1 : "the body", found, strlen(found) > 80 ? "..." : "",
             expected, detail);
    free(found);
    return false;
}

/* --- each keyword is a rule --- */

static bool is_type(const cJSON *value, const char *type)
{
    static const struct {
        const char *type;
        cJSON_bool (*is)(const cJSON *);
    } TYPES[] = {{"object", cJSON_IsObject}, {"array", cJSON_IsArray},
                 {"string", cJSON_IsString}, {"boolean", cJSON_IsBool},
                 {"number", cJSON_IsNumber}, {"integer", cJSON_IsNumber}};

    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++)
        if (!strcmp(TYPES[i].type, type))
            return TYPES[i].is(value) &&
                   (strcmp(type, "integer") ||
                    value->valuedouble == (double)(int64_t)value->valuedouble);
    return false;
}

static bool type_fits(struct check *c, const cJSON *schema, const cJSON *value)
{
    const char *type = base_json_text(schema, "type");

    return !type || is_type(value, type) || wrong(c, value, "a value of type ", type);
}

static bool enum_fits(struct check *c, const cJSON *schema, const cJSON *value)
{
    const cJSON *words = member(schema, "enum"), *word;

    if (!words)
        return true;
    cJSON_ArrayForEach(word, words)
    {
        bool loose = c->side == RUN_REQUEST && cJSON_IsString(word) && cJSON_IsString(value);
        if (loose ? base_equal_nocase(word->valuestring, value->valuestring)
                  : base_json_equal(word, value))
            return true;
    }
    char *list = base_json_print(words);
    wrong(c, value, "one of ", list);
    free(list);
    return false;
}

static bool length_fits(struct check *c, const cJSON *schema, const cJSON *value)
{
    char limits[64];

    if (!cJSON_IsString(value))
        return true;
    double len = (double)strlen(value->valuestring),
           least = base_json_number(schema, "minLength", 0),
           most = base_json_number(schema, "maxLength", 1e9);
    if (len >= least && len <= most)
        return true;
    snprintf(limits, sizeof limits, "%.0f to %.0f", least, most);
    return wrong(c, value, "a text whose length is ", limits);
}

static bool range_fits(struct check *c, const cJSON *schema, const cJSON *value)
{
    char limits[64];

    if (!cJSON_IsNumber(value))
        return true;
    double least = base_json_number(schema, "minimum", -1e300),
           most = base_json_number(schema, "maximum", 1e300);
    if (value->valuedouble >= least && value->valuedouble <= most)
        return true;
    snprintf(limits, sizeof limits, "%g to %g", least, most);
    return wrong(c, value, "a number in ", limits);
}

static bool pattern_fits(struct check *c, const cJSON *schema, const cJSON *value)
{
    const char *pattern = base_json_text(schema, "pattern");
    regex_t regex;

    if (!pattern || !cJSON_IsString(value))
        return true;
    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB))
        return wrong(c, value, "a pattern that can be read, not ", pattern);
    bool good = !regexec(&regex, value->valuestring, 0, NULL, 0);
    regfree(&regex);
    return good || wrong(c, value, "a text like ", pattern);
}

static bool is_time(const char *text)
{
    int64_t ms;

    return base_time_parse(text, &ms);
}

static bool is_absolute(const char *text)
{
    struct base_arena arena;
    struct base_uri uri;

    base_arena_init(&arena);
    bool good = base_uri_parse(&arena, text, &uri) && *uri.scheme && *uri.host;
    base_arena_release(&arena);
    return good;
}

static bool format_fits(struct check *c, const cJSON *schema, const cJSON *value)
{
    static const struct {
        const char *format, *expected;
        bool (*is)(const char *);
    } FORMATS[] = {{"uuid", "a GUID", base_is_uuid},
                   {"date-time", "an RFC 3339 time", is_time},
                   {"uri", "an absolute URL", is_absolute}};
    const char *format = base_json_text(schema, "format");

    for (size_t i = 0; format && cJSON_IsString(value) && i < sizeof FORMATS / sizeof *FORMATS; i++)
        if (!strcmp(FORMATS[i].format, format) && !FORMATS[i].is(value->valuestring))
            return wrong(c, value, FORMATS[i].expected, "");
    return true;
}

static bool below(struct check *c, const char *step, const cJSON *schema, const cJSON *value)
{
    size_t len = strlen(c->place);

    snprintf(c->place + len, sizeof c->place - len, "%s", step);
    bool good = fits(c, schema, value);
    c->place[len] = '\0';
    return good;
}

static bool items_fit(struct check *c, const cJSON *schema, const cJSON *value)
{
    const cJSON *items = member(schema, "items"), *item;
    char step[32];
    int i = 0;

    if (!items || !cJSON_IsArray(value))
        return true;
    cJSON_ArrayForEach(item, value)
    {
        snprintf(step, sizeof step, "[%d]", i++);
        if (!below(c, step, items, item))
            return false;
    }
    return true;
}

/* --- objects --- */

/* The schema of a property, in the schema itself or in what it is made of. */
static const cJSON *property(struct check *c, const cJSON *schema, const char *name)
{
    const cJSON *found = member(member(schema, "properties"), name), *part;

    cJSON_ArrayForEach(part, member(schema, "allOf"))
    {
        const cJSON *resolved = found ? NULL : resolve(c, part);
        if (resolved)
            found = property(c, resolved, name);
    }
    return found;
}

static bool flag(struct check *c, const cJSON *schema, const char *name)
{
    const cJSON *resolved = schema ? resolve(c, schema) : NULL;

    return base_json_true(schema, name) || base_json_true(resolved, name);
}

static bool required_there(struct check *c, const cJSON *schema, const cJSON *value)
{
    const cJSON *name;

    cJSON_ArrayForEach(name, member(schema, "required"))
    {
        const char *text = name->valuestring;
        bool needed = c->side == RUN_ANSWER || !flag(c, property(c, schema, text), "readOnly");
        if (needed && !member(value, text))
            return wrong(c, value, "the required member ", text);
    }
    return true;
}

static bool readable(const cJSON *schema)
{
    const cJSON *mutability = member(schema, "x-ms-mutability"), *word;

    cJSON_ArrayForEach(word, mutability) if (base_equal(word->valuestring, "read")) return true;
    return !mutability;
}

static bool member_fits(struct check *c, const cJSON *schema, const cJSON *child)
{
    const cJSON *known = property(c, schema, child->string),
                *others = member(schema, "additionalProperties");
    char step[160];

    snprintf(step, sizeof step, ".%s", child->string);
    if (known && c->side == RUN_ANSWER && !readable(known))
        return wrong(c, child, "no member that is only written: ", child->string);
    if (known)
        return below(c, step, known, child);
    if (cJSON_IsFalse(others))
        return wrong(c, child, "no other member; unknown is ", child->string);
    return !cJSON_IsObject(others) || below(c, step, others, child);
}

static bool object_fits(struct check *c, const cJSON *schema, const cJSON *value)
{
    const cJSON *child;

    if (!cJSON_IsObject(value))
        return true;
    cJSON_ArrayForEach(child, value) if (!member_fits(c, schema, child)) return false;
    return required_there(c, schema, value);
}

static bool all_fit(struct check *c, const cJSON *schema, const cJSON *value)
{
    const cJSON *part;

    cJSON_ArrayForEach(part, member(schema, "allOf")) if (!fits(c, part, value)) return false;
    return true;
}

/* --- all together --- */

static const cJSON *resolve(struct check *c, const cJSON *schema)
{
    for (int i = 0; schema && i < 16; i++) {
        const char *ref = base_json_text(schema, "$ref");
        if (!ref)
            return schema;
        schema = *ref == '#' ? base_json_pointer(c->document, ref + 1) : NULL;
    }
    return NULL;
}

static bool fits(struct check *c, const cJSON *schema, const cJSON *value)
{
    static bool (*const RULES[])(struct check *, const cJSON *, const cJSON *) = {
        type_fits,   enum_fits,   length_fits, range_fits, pattern_fits,
        format_fits, object_fits, items_fit,   all_fit,
    };
    const cJSON *resolved = resolve(c, schema);

    if (!resolved)
        return wrong(c, value, "a schema that can be found, not ",
                     schema && base_json_text(schema, "$ref") ? base_json_text(schema, "$ref")
                                                              : "none");
    if (cJSON_IsNull(value) && (c->side == RUN_REQUEST || base_json_true(resolved, "x-nullable")))
        return true;
    if (++c->depth > DEPTH_MAX)
        return wrong(c, value, "no deeper nesting", "");
    bool good = true;
    for (size_t i = 0; good && i < sizeof RULES / sizeof *RULES; i++)
        good = RULES[i](c, resolved, value);
    c->depth--;
    return good;
}
