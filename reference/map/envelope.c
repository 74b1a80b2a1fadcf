/* Decides what an event is in a line of text. The members are cut out by their brackets and quotes only, so that a body keeps
 * its spelling, its faults and its depth for the engine's own reader. */
#include "reference/map/envelope.h"

#include "reference/map/input.h"

#include <string.h>

struct map_scan {
    struct base_arena *arena;
    const char *line, *at, *end;
    struct base_error *err;
};

struct map_slice { /* data NULL: absent */
    const char *data;
    size_t len;
};

enum map_part { MAP_BODY, MAP_BODY_TEXT, MAP_PROPERTIES, MAP_SYSTEM, MAP_PARTS };
static const char *const part_names[] = {"Body", "BodyText", "Properties", "SystemProperties"};

static enum base_status split(struct map_scan *in, struct map_slice parts[MAP_PARTS]);
static enum base_status read_body_text(struct map_scan *in, const struct map_slice *slice,
                                       struct map_slice *out);
static enum base_status read_properties(struct map_scan *in, const struct map_slice *slice,
                                        const char *name, struct dp_token **out);

enum base_status map_envelope_read(struct base_arena *arena, const char *line, size_t len,
                                   bool body_only, struct dp_token **out, struct base_error *err)
{
    struct map_scan in = {arena, line, line, line + len, err};
    struct map_slice parts[MAP_PARTS] = {{NULL, 0}}, body = {line, len};
    struct dp_token *properties = NULL, *system = NULL;
    enum base_status status = BASE_OK;

    if (!body_only) {
        status = split(&in, parts);
        body = parts[MAP_BODY];
        if (status == BASE_OK && parts[MAP_BODY_TEXT].data)
            status = read_body_text(&in, &parts[MAP_BODY_TEXT], &body);
    }
    if (status == BASE_OK)
        status = read_properties(&in, &parts[MAP_PROPERTIES], "Properties", &properties);
    if (status == BASE_OK)
        status = read_properties(&in, &parts[MAP_SYSTEM], "SystemProperties", &system);
    if (status == BASE_OK)
        status = dp_envelope_make(arena, body.data ? body.data : "", body.len, properties, system,
                                  out, err);
    return status;
}

static enum base_status wrong(struct map_scan *in, const char *at, const char *fmt, ...)
    BASE_PRINTF(3, 4);
static enum base_status wrong(struct map_scan *in, const char *at, const char *fmt, ...)
{
    struct base_buf text = {0};
    va_list args;

    va_start(args, fmt);
    base_buf_vprintf(&text, fmt, args);
    va_end(args);
    base_ignore(base_error_set(in->err, BASE_INVALID, MAP_WRONG_INPUT, "%d: %s",
                               (int)(at - in->line) + 1, text.data));
    base_buf_release(&text);
    return BASE_INVALID;
}

static void skip_blanks(struct map_scan *in)
{
    while (in->at < in->end && memchr(" \t\r", *in->at, 3))
        in->at++;
}

/* Moves past a string; its quote is at the cursor. False when it does not end. */
static bool skip_string(struct map_scan *in)
{
    char quote = *in->at++;

    for (; in->at < in->end; in->at++) {
        if (*in->at == '\\')
            in->at++;
        else if (*in->at == quote) {
            in->at++;
            return true;
        }
    }
    in->at = in->end;
    return false;
}

static bool skip_comment(struct map_scan *in)
{
    const char *close;

    if (in->end - in->at < 2 || in->at[0] != '/' || (in->at[1] != '*' && in->at[1] != '/'))
        return false;
    close = in->at[1] == '*' ? memmem(in->at + 2, (size_t)(in->end - in->at - 2), "*/", 2) : NULL;
    in->at = close ? close + 2 : in->end;
    return true;
}

/* One value: up to the comma or brace that ends it on its own level. */
static enum base_status take_value(struct map_scan *in, struct map_slice *out)
{
    const char *start = in->at;
    size_t depth = 0;

    while (in->at < in->end) {
        char c = *in->at;
        if (depth == 0 && (c == ',' || c == '}' || c == ']'))
            break;
        if (skip_comment(in))
            continue;
        if (c == '"' || c == '\'') {
            const char *quote = in->at;
            if (!skip_string(in))
                return wrong(in, quote, "the text that begins here does not end");
            continue;
        }
        if (strchr("{[(", c) && c)
            depth++;
        else if (depth > 0 && strchr("}])", c) && c)
            depth--;
        in->at++;
    }
    *out = (struct map_slice){start, (size_t)(in->at - start)};
    if (out->len == 0)
        return wrong(in, start, "expected a value");
    return BASE_OK;
}

static enum base_status take_name(struct map_scan *in, enum map_part *out)
{
    const char *start = in->at;
    size_t len;

    if (in->at >= in->end || (*in->at != '"' && *in->at != '\''))
        return wrong(in, start, "expected the name of a member in quotes");
    if (!skip_string(in))
        return wrong(in, start, "the name that begins here does not end");
    len = (size_t)(in->at - start) - 2;
    for (*out = 0; *out < MAP_PARTS; (*out)++)
        if (strlen(part_names[*out]) == len && memcmp(part_names[*out], start + 1, len) == 0)
            break;
    if (*out == MAP_PARTS)
        return wrong(in, start,
                     "unknown member \"%.*s\"; an event has Body or BodyText, Properties and "
                     "SystemProperties (with --body each line is the body alone)",
                     (int)(len > 80 ? 80 : len), start + 1);
    skip_blanks(in);
    if (in->at >= in->end || *in->at != ':')
        return wrong(in, in->at, "expected ':' after the name of a member");
    in->at++;
    skip_blanks(in);
    return BASE_OK;
}

static enum base_status check_parts(struct map_scan *in, const struct map_slice parts[MAP_PARTS])
{
    if (parts[MAP_BODY].data && parts[MAP_BODY_TEXT].data)
        return wrong(in, parts[MAP_BODY_TEXT].data, "an event has Body or BodyText, not both");
    skip_blanks(in);
    if (in->at < in->end)
        return wrong(in, in->at, "expected the end of the line after the event");
    return BASE_OK;
}

static enum base_status split(struct map_scan *in, struct map_slice parts[MAP_PARTS])
{
    enum base_status status;

    if (in->end - in->at >= 3 && memcmp(in->at, "\xEF\xBB\xBF", 3) == 0)
        in->at += 3;
    skip_blanks(in);
    if (in->at >= in->end || *in->at != '{')
        return wrong(in, in->at,
                     "expected an event: {\"Body\":...,\"Properties\":{},\"SystemProperties\":{}} "
                     "(with --body each line is the body alone)");
    for (in->at++;;) {
        enum map_part part = MAP_PARTS;
        skip_blanks(in);
        if (in->at < in->end && *in->at == '}')
            break;
        status = take_name(in, &part);
        if (status == BASE_OK)
            status = take_value(in, &parts[part]);
        if (status != BASE_OK)
            return status;
        if (in->at < in->end && *in->at == ',')
            in->at++;
        else if (in->at >= in->end || *in->at != '}')
            return wrong(in, in->at, "expected ',' or '}' after a member");
    }
    in->at++;
    return check_parts(in, parts);
}

/* A slice as JSON; the place of a fault is told in columns of the line. */
static struct dp_token *read_slice(struct map_scan *in, const struct map_slice *slice)
{
    struct base_error cause = {0};
    int line, column;
    struct dp_token *token =
        dp_read(in->arena, slice->data, slice->len, DP_READ_WHOLE | DP_READ_DATES_TEXT, &cause);

    if (token)
        return token;
    (void)map_take_place(cause.message, &line, &column);
    base_ignore(wrong(in, slice->data + (column > 0 ? column - 1 : 0), "%s", cause.message));
    return NULL;
}

static enum base_status read_body_text(struct map_scan *in, const struct map_slice *slice,
                                       struct map_slice *out)
{
    struct dp_token *token = read_slice(in, slice);

    if (!token)
        return BASE_INVALID;
    if (token->type != DP_STRING)
        return wrong(in, slice->data, "BodyText must be a text, found %s",
                     dp_type_name(token->type));
    *out = (struct map_slice){token->text.data, token->text.len};
    return BASE_OK;
}

/* {"@timestamp":"..."} becomes a UTC date; BASE_OK and NULL for any other value. */
static enum base_status read_timestamp(struct map_scan *in, const struct map_slice *slice,
                                       const struct dp_token *value, struct dp_token **out)
{
    const struct dp_token *stamp = dp_object_get(value, "@timestamp");
    struct dp_date date;

    *out = NULL;
    if (!stamp)
        return BASE_OK;
    if (value->children.count > 1 || stamp->type != DP_STRING ||
        !dp_date_parse(stamp->text.data, &date))
        return wrong(in, slice->data + value->column - 1,
                     "\"@timestamp\" stands alone and holds a time: "
                     "{\"@timestamp\":\"2024-03-05T08:15:30Z\"}");
    date.kind = DP_DATE_UTC;
    *out = dp_token_date(in->arena, date);
    return BASE_OK;
}

static enum base_status read_properties(struct map_scan *in, const struct map_slice *slice,
                                        const char *name, struct dp_token **out)
{
    struct dp_token *object;

    *out = NULL;
    if (!slice->data)
        return BASE_OK;
    object = read_slice(in, slice);
    if (!object)
        return BASE_INVALID;
    if (object->type == DP_NULL)
        return BASE_OK;
    if (object->type != DP_OBJECT)
        return wrong(in, slice->data, "%s must be an object, found %s", name,
                     dp_type_name(object->type));
    for (size_t i = 0; i < object->children.count; i++) {
        struct dp_member *member = &object->children.items[i];
        struct dp_token *date;
        if (read_timestamp(in, slice, member->value, &date) != BASE_OK)
            return BASE_INVALID;
        if (date)
            member->value = date;
    }
    *out = object;
    return BASE_OK;
}
