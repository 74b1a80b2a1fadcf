/* Reads the selector of a receiver: "amqp.annotation.x-opt-offset > '-1'" and its kin (facts eventhub.md §2 Receive). */
#include "simulators/eventhub/filter.h"

#include "simulators/eventhub/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "amqp.annotation."

static const struct {
    const char *name;
    enum eh_start_kind kind;
} columns[] = {
    {"x-opt-offset", EH_START_OFFSET},
    {"x-opt-sequence-number", EH_START_SEQUENCE},
    {"x-opt-enqueued-time", EH_START_TIME},
    {"x-opt-enqueuedtimeutc", EH_START_TIME}, /* the old name */
};

static enum base_status read_selector(const char *text, struct eh_start *out,
                                      struct base_error *err);
static bool read_column(const char **at, enum eh_start_kind *kind);
static bool read_operator(const char **at, bool *inclusive);
static bool read_literal(const char *at, struct eh_start *out);

enum base_status eh_start_read(const struct amqp_value *filter, struct eh_start *out,
                               struct base_error *err)
{
    struct amqp_items items;
    struct amqp_value key, value, descriptor, inner;
    struct amqp_bytes text;
    enum base_status status = BASE_OK;

    *out = (struct eh_start){EH_START_FIRST, -1, false};
    if (filter->type != AMQP_MAP)
        return BASE_OK;
    amqp_items_init(&items, filter);
    while (status == BASE_OK && amqp_map_next(&items, &key, &value)) {
        inner = value;
        (void)amqp_described(&value, &descriptor, &inner);
        char *name = amqp_value_text(&key, &text) ? amqp_bytes_dup(text) : base_strdup("");
        if (strcmp(name, EH_SELECTOR) != 0 || !amqp_value_text(&inner, &text)) {
            status = base_error_set(
                err, BASE_INVALID, EH_E_ARGUMENT,
                "The filter '%s' is not supported; expected " EH_SELECTOR " with a text.", name);
        } else {
            char *selector = amqp_bytes_dup(text);
            status = read_selector(selector, out, err);
            free(selector);
        }
        free(name);
    }
    return status;
}

static enum base_status read_selector(const char *text, struct eh_start *out,
                                      struct base_error *err)
{
    const char *at = text;
    if (read_column(&at, &out->kind) && read_operator(&at, &out->inclusive) &&
        read_literal(at, out))
        return BASE_OK;
    return base_error_set(
        err, BASE_INVALID, EH_E_ARGUMENT,
        "The filter '%.200s' is not supported; expected amqp.annotation.x-opt-offset, "
        "x-opt-sequence-number or x-opt-enqueued-time, > or >=, and a number.",
        text);
}

static bool read_column(const char **at, enum eh_start_kind *kind)
{
    *at += strspn(*at, " ");
    if (!base_starts_nocase(*at, PREFIX))
        return false;
    *at += strlen(PREFIX);
    size_t len = strcspn(*at, " >=");
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        if (strlen(columns[i].name) == len && base_starts_nocase(*at, columns[i].name)) {
            *kind = columns[i].kind;
            *at += len;
            return true;
        }
    return false;
}

static bool read_operator(const char **at, bool *inclusive)
{
    *at += strspn(*at, " ");
    if (**at != '>')
        return false;
    *inclusive = (*at)[1] == '=';
    *at += *inclusive ? 2 : 1;
    *at += strspn(*at, " ");
    return true;
}

/* 'value' or value, and nothing after it. */
static bool read_literal(const char *at, struct eh_start *out)
{
    bool quoted = *at == '\'';
    at += quoted;
    size_t len = strcspn(at, quoted ? "'" : " ");
    const char *rest = at + len;
    if (quoted && *rest != '\'')
        return false;
    rest += quoted;
    if (rest[strspn(rest, " ")] != '\0')
        return false;
    char *value = base_strndup(at, len);
    bool good = base_parse_int64(value, &out->value);
    if (!good && out->kind == EH_START_OFFSET && strcmp(value, "@latest") == 0) {
        out->kind = EH_START_LATEST;
        good = true;
    }
    free(value);
    return good;
}
