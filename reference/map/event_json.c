/* Decides the JSON lines of events and of mappings that do not load. */
#include "reference/map/device.h"

#include "reference/map/explain.h"
#include "reference/map/input.h"

#include <string.h>

static void put_text(struct base_buf *out, const char *name, const char *text)
{
    base_buf_printf(out, ",\"%s\":", name);
    dp_write_string(out, text, strlen(text));
}

static void put_fault(struct base_buf *out, const struct map_fault *fault)
{
    base_buf_printf(out, ",\"error\":{\"stage\":\"%s\"", fault->stage);
    put_text(out, "exception", fault->exception);
    if (fault->pipeline)
        put_text(out, "pipelineException", fault->pipeline);
    put_text(out, "message", fault->message);
    if (fault->line > 0)
        base_buf_printf(out, ",\"line\":%d,\"position\":%d", fault->line, fault->position);
    base_buf_putc(out, '}');
}

static void put_explain(const dp_device_mapping_t *mapping, const struct map_event *event,
                        struct base_arena *arena, struct base_buf *out)
{
    base_buf_puts(out, ",\"explain\":[");
    for (size_t i = 0; i < mapping->count; i++) {
        const struct dp_template *template = &mapping->templates[i];
        base_buf_printf(out, "%s{\"template\":%zu", i ? "," : "", i);
        put_text(out, "typeName", template->type_name);
        put_text(out, "reason", map_explain(mapping, event, i, arena));
        base_buf_putc(out, '}');
    }
    base_buf_putc(out, ']');
}

void map_event_json(const dp_device_mapping_t *mapping, const struct map_event *event, size_t index,
                    bool explain, struct base_arena *arena, struct base_buf *out)
{
    base_buf_printf(out, "{\"event\":%zu,\"measurements\":[", index);
    for (size_t i = 0; i < event->list.count; i++) {
        if (i)
            base_buf_putc(out, ',');
        dp_measurement_write(out, &event->list.items[i]);
    }
    base_buf_putc(out, ']');
    if (event->fault.stage)
        put_fault(out, &event->fault);
    if (explain && event->list.count == 0)
        put_explain(mapping, event, arena, out);
    base_buf_putc(out, '}');
}

/* What the original throws instead of reporting (facts/iomt-dataplane.md §8.2): told by the engine's sentence and the place. */
static const struct map_thrown {
    bool root;           /* concerns the mapping, not a template */
    const char *member;  /* begins with; NULL: any */
    const char *message; /* begins with */
    const char *exception;
} thrown[] = {
    {true, NULL, "Expected an object at the root of the mapping, found Null",
     "NullReferenceException"},
    {false, NULL, "Expected an object with templateType and template, found Null",
     "NullReferenceException"},
    {false, NULL, "Expected an object with templateType and template, found",
     "JsonSerializationException"},
    {false, "values", "Required property 'Values'", "NullReferenceException"},
    {false, "values[", "Error converting value {null} to type", "NullReferenceException"},
    {false, NULL, "The expression must not be empty or blank", "ArgumentException"},
};

static bool begins(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* "values[0]" and nothing below it, for the members that end with '['. */
static bool is_member(const char *member, const char *wanted)
{
    if (!wanted)
        return true;
    if (wanted[strlen(wanted) - 1] != '[')
        return strcmp(member, wanted) == 0;
    return begins(member, wanted) && !strchr(member, '.');
}

static const char *thrown_by(const struct dp_mapping_error *error)
{
    for (size_t i = 0; i < sizeof thrown / sizeof *thrown; i++)
        if (thrown[i].root == (error->index < 0) && is_member(error->member, thrown[i].member) &&
            begins(error->message, thrown[i].message))
            return thrown[i].exception;
    return NULL;
}

/* The original throws while it builds a template, which it only does when all of its members could be read. */
const char *map_load_exception(const struct dp_mapping_errors *errors)
{
    for (size_t i = 0; i < errors->count; i++) {
        const char *exception = thrown_by(&errors->items[i]);
        for (size_t j = 0; exception && j < errors->count; j++)
            if (errors->items[j].index == errors->items[i].index && !thrown_by(&errors->items[j]))
                exception = NULL;
        if (exception)
            return exception;
    }
    return "ValidationException";
}

const char *map_error_place(const struct dp_mapping_error *error, struct base_arena *arena,
                            int *line, int *position)
{
    char *message = base_arena_strdup(arena, error->message);

    *line = error->line;
    *position = error->position;
    if (*line <= 0)
        (void)map_take_place(message, line, position);
    return message;
}

static void put_place(const struct dp_mapping_error *error, struct base_arena *arena,
                      struct base_buf *out)
{
    int line, position;

    (void)map_error_place(error, arena, &line, &position);
    base_buf_printf(out, "{\"template\":%d", error->index);
    put_text(out, "member", error->member);
    base_buf_printf(out, ",\"line\":%d,\"position\":%d}", line, position);
}

void map_load_json(const struct dp_mapping_errors *errors, struct base_buf *out)
{
    const char *exception = map_load_exception(errors);
    struct base_arena arena;

    base_buf_puts(out, "{\"error\":{\"stage\":\"load\"");
    put_text(out, "exception", exception);
    if (strcmp(exception, "ValidationException") != 0)
        base_buf_puts(out, ",\"uncaught\":true");
    base_buf_puts(out, ",\"templateErrors\":[");
    for (size_t i = 0; i < errors->count; i++) {
        if (i)
            base_buf_putc(out, ',');
        dp_write_string(out, errors->items[i].message, strlen(errors->items[i].message));
    }
    base_buf_puts(out, "],\"places\":[");
    base_arena_init(&arena);
    for (size_t i = 0; i < errors->count; i++) {
        base_buf_puts(out, i ? "," : "");
        put_place(&errors->items[i], &arena, out);
    }
    base_arena_release(&arena);
    base_buf_puts(out, "]}}");
}
