/* Decides how loads and events look to a person. */
#include "reference/map/text.h"

#include "reference/map/explain.h"

#include <string.h>

void map_load_text(const char *path, const struct dp_mapping_errors *errors, struct base_buf *out)
{
    struct base_arena arena;

    base_arena_init(&arena);
    base_buf_printf(out, "%s does not load (%s):\n", path, map_load_exception(errors));
    for (size_t i = 0; i < errors->count; i++) {
        const struct dp_mapping_error *error = &errors->items[i];
        int line, position;
        const char *message = map_error_place(error, &arena, &line, &position);
        base_buf_printf(out, "  %s", path);
        if (line > 0)
            base_buf_printf(out, ":%d:%d", line, position);
        base_buf_puts(out, ": ");
        if (error->index >= 0)
            base_buf_printf(out, "template[%d]%s%s: ", error->index, *error->member ? "." : "",
                            error->member);
        base_buf_printf(out, "%s\n", message);
    }
    base_arena_release(&arena);
}

static void put_row(struct base_buf *out, const char *name, const char *value,
                    const struct dp_expression *from)
{
    base_buf_printf(out, "    %-14s %-28s", name, value);
    if (from && from->text)
        base_buf_printf(out, "  <- %s (line %d)", from->text, from->line);
    base_buf_putc(out, '\n');
}

static const struct dp_expression *value_expression(const struct dp_template *template,
                                                    const char *name)
{
    for (size_t i = 0; i < template->value_count; i++)
        if (template->values[i].name && strcmp(template->values[i].name, name) == 0)
            return &template->values[i].expression;
    return NULL;
}

static void put_measurement(struct base_buf *out, size_t index, const struct dp_template *template,
                            const struct dp_measurement *m)
{
    const struct {
        const char *name, *value;
        const struct dp_expression *from;
    } ids[] = {
        {"device", m->device_id, &template->device_id},
        {"patient", m->patient_id, &template->patient_id},
        {"encounter", m->encounter_id, &template->encounter_id},
        {"correlation", m->correlation_id, &template->correlation_id},
    };
    char time[DP_DATE_TEXT];

    base_buf_printf(out, "  %s: template[%zu] matched %s (line %d)\n", m->type, index,
                    template->match.text, template->match.line);
    dp_date_iso((struct dp_date){m->occurrence.ticks, DP_DATE_UTC}, time);
    put_row(out, "time", time, &template->timestamp[0]);
    if (template->timestamp[1].text)
        put_row(out, "", "", &template->timestamp[1]); /* stands in for the first */
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (ids[i].value)
            put_row(out, ids[i].name, ids[i].value, ids[i].from);
    for (size_t i = 0; i < m->property_count; i++)
        put_row(out, m->properties[i].name, m->properties[i].value,
                value_expression(template, m->properties[i].name));
    if (m->property_count == 0)
        base_buf_puts(out, "    (no values)\n");
}

static void put_fault(struct base_buf *out, const struct map_fault *fault)
{
    base_buf_printf(out, "  failed to %s: %s: %s", fault->stage, fault->exception, fault->message);
    if (fault->line > 0)
        base_buf_printf(out, " (mapping line %d, position %d)", fault->line, fault->position);
    base_buf_putc(out, '\n');
}

void map_event_text(const dp_device_mapping_t *mapping, const struct map_event *event, size_t index,
                    bool explain, struct base_arena *arena, struct base_buf *out)
{
    size_t next = 0;

    base_buf_printf(out, "event %zu: %zu measurement%s\n", index, event->list.count,
                    event->list.count == 1 ? "" : "s");
    for (size_t i = 0; i < event->reached; i++)
        for (size_t n = 0; n < event->made[i]; n++)
            put_measurement(out, i, &mapping->templates[i], &event->list.items[next++]);
    if (event->fault.stage)
        put_fault(out, &event->fault);
    if (event->list.count > 0)
        return;
    if (!event->fault.stage)
        base_buf_printf(out, "  No measurements were produced for the given device data.%s\n",
                        explain ? "" : " (--explain says why)");
    for (size_t i = 0; explain && i < mapping->count; i++)
        base_buf_printf(out, "  template[%zu] %s: %s\n", i, mapping->templates[i].type_name,
                        map_explain(mapping, event, i, arena));
}
