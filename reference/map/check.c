/* Decides which parts of a device mapping the FHIR mapping has no place for. */
#include "reference/map/check.h"

#include <string.h>

static void warn(struct map_warnings *out, const char *text)
{
    for (size_t i = 0; i < out->count; i++)
        if (strcmp(out->items[i], text) == 0)
            return;
    out->items[out->count++] = text;
}

static bool is_named(const struct dp_fhir_value *value, const char *name)
{
    return value && value->name && strcmp(value->name, name) == 0;
}

/* The components when there are any, else the value: as the original looks. */
static bool uses(const struct dp_fhir_template *template, const char *name)
{
    if (template->component_count == 0)
        return is_named(template->value, name);
    for (size_t i = 0; i < template->component_count; i++)
        if (is_named(template->components[i].value, name))
            return true;
    return false;
}

static const char *used_names(const struct dp_fhir_template *template, struct base_arena *arena)
{
    const char *names = template->value && template->value->name && template->component_count == 0
                            ? template->value->name
                            : NULL;

    for (size_t i = 0; i < template->component_count; i++) {
        const struct dp_fhir_value *value = template->components[i].value;
        if (value && value->name)
            names = names ? base_arena_printf(arena, "%s, %s", names, value->name) : value->name;
    }
    return names ? names : "none";
}

static void check_template(const struct dp_template *device, const dp_fhir_mapping_t *fhir,
                           struct base_arena *arena, struct map_warnings *out)
{
    const struct dp_fhir_template *found;
    struct base_error err = {0};

    if (dp_fhir_mapping_find(fhir, device->type_name, &found, &err) != BASE_OK) {
        warn(out, base_arena_printf(arena, "No matching FHIR template exists for type name %s",
                                    device->type_name));
        return;
    }
    for (size_t i = 0; i < device->value_count; i++)
        if (!uses(found, device->values[i].name))
            warn(out, base_arena_printf(arena,
                                        "The value %s of type name %s is not present in its FHIR "
                                        "template, which uses %s; no Observation will show it",
                                        device->values[i].name, device->type_name,
                                        used_names(found, arena)));
}

void map_cross_check(const dp_device_mapping_t *device, const dp_fhir_mapping_t *fhir,
                     struct base_arena *arena, struct map_warnings *out)
{
    size_t most = 0;

    for (size_t i = 0; i < device->count; i++)
        most += device->templates[i].value_count + 1;
    *out = (struct map_warnings){.items = base_arena_alloc(arena, (most + 1) * sizeof(char *))};
    for (size_t i = 0; i < device->count; i++)
        check_template(&device->templates[i], fhir, arena, out);
}
