/* Fuzzes the loader of FHIR mappings: a mapping or errors in words, the same each time; each template that loads is found by its name
 * and makes Observations, or says why not, and the same measurements once more change nothing. */
#include "loader.h"

#include "reference/dataplane/observation.h"

static dp_fhir_mapping_t *load(const uint8_t *data, size_t size, struct dp_mapping_errors *errors)
{
    char *copy = fuzz_exact(data, size);
    dp_fhir_mapping_t *mapping = dp_fhir_mapping_load(copy, size, errors);

    free(copy);
    fuzz_check_errors(mapping != NULL, errors);
    return mapping;
}

static bool named(const struct dp_fhir_value *value)
{
    return value && value->name;
}

/* One measurement that has whatever the template asks for. */
static void measure(struct base_arena *arena, const struct dp_fhir_template *template,
                    struct dp_measurements *batch)
{
    struct dp_measurement *m = dp_measurements_add(arena, batch);

    m->type = template->type_name;
    m->device_id = "d1";
    m->correlation_id = "c1";
    m->occurrence = dp_date_from_ms(1709625600250);
    m->properties =
        base_arena_alloc(arena, (template->component_count + 1) * sizeof *m->properties);
    if (named(template->value))
        m->properties[m->property_count++] = (struct dp_property){template->value->name, "97.50"};
    for (size_t i = 0; i < template->component_count; i++)
        if (named(template->components[i].value))
            m->properties[m->property_count++] =
                (struct dp_property){template->components[i].value->name, "61"};
}

static void observe(const struct dp_fhir_template *template,
                    const struct dp_observation_group *group)
{
    static const struct dp_ids ids = {"p1", "d1", NULL};
    struct base_error err = {0};
    cJSON *made = dp_observation_create(template, group, &ids, 0, &err), *merged = NULL;

    if (!made) {
        fuzz_error(&err);
        return;
    }
    if (dp_observation_merge(template, group, made, &merged, &err) != BASE_OK)
        fuzz_error(&err);
    FUZZ_CHECK(!merged, "the same measurements once more changed something");
    cJSON_Delete(made);
}

static void use(const dp_fhir_mapping_t *mapping, const struct dp_fhir_template *template)
{
    const struct dp_fhir_template *found = NULL;
    struct dp_measurements batch = {0};
    struct dp_observation_groups parts;
    struct dp_groups groups;
    struct base_error err = {0};
    struct base_arena arena;

    FUZZ_CHECK(dp_fhir_mapping_find(mapping, template->type_name, &found, &err) == BASE_OK &&
                   found == template,
               "%s is not found", template->type_name);
    base_arena_init(&arena);
    measure(&arena, template, &batch);
    dp_group_measurements(&arena, &batch, &groups);
    FUZZ_CHECK(groups.count == 1, "%zu groups of one measurement", groups.count);
    if (dp_group_by_period(&arena, &groups.items[0], template, &parts, &err) != BASE_OK)
        fuzz_error(&err);
    else
        for (size_t i = 0; i < parts.count; i++)
            observe(template, &parts.items[i]);
    base_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dp_mapping_errors first = {0}, second = {0};
    dp_fhir_mapping_t *mapping = load(data, size, &first), *again = load(data, size, &second);

    fuzz_same_errors(&first, &second);
    for (size_t i = 0; mapping && i < dp_fhir_mapping_count(mapping) && i < 8; i++)
        use(mapping, dp_fhir_mapping_at(mapping, i));
    dp_fhir_mapping_free(mapping);
    dp_fhir_mapping_free(again);
    dp_mapping_errors_release(&first);
    dp_mapping_errors_release(&second);
    return 0;
}
