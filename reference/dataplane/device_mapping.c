/* Decides which templates a device mapping holds, and runs an event through them. */
#include "reference/dataplane/device_template.h"

#include "reference/dataplane/reader.h"

#include <stdlib.h>
#include <string.h>

static void load_element(struct dp_load *load, const struct dp_token *element,
                         struct dp_device_mapping *mapping);

dp_device_mapping_t *dp_device_mapping_load(const char *text, size_t len,
                                            struct dp_mapping_errors *errors)
{
    dp_device_mapping_t *mapping = base_alloc(sizeof *mapping);
    struct dp_load load = {
        .errors = errors, .arena = &mapping->arena, .index = -1, .mapping = mapping};
    size_t before = errors->count;
    const struct dp_token *list;

    base_arena_init(&mapping->arena);
    list = dp_load_root(&load, text, len, "CollectionContentTemplate");
    if (list)
        mapping->templates = base_arena_alloc(&mapping->arena, (list->children.count + 1) *
                                                                   sizeof *mapping->templates);
    for (size_t i = 0; list && i < list->children.count; i++) {
        load.index = (int)i;
        load_element(&load, list->children.items[i].value, mapping);
    }
    if (errors->count == before)
        return mapping;
    dp_device_mapping_free(mapping);
    return NULL;
}

void dp_device_mapping_free(dp_device_mapping_t *mapping)
{
    if (!mapping)
        return;
    for (size_t i = 0; i < mapping->path_count; i++)
        dp_path_free(mapping->paths[i]);
    free(mapping->paths);
    for (size_t i = 0; i < mapping->jmes_count; i++)
        dp_jmes_free(mapping->jmes[i]);
    free(mapping->jmes);
    base_arena_release(&mapping->arena);
    free(mapping);
}

size_t dp_device_mapping_count(const dp_device_mapping_t *mapping)
{
    return mapping->count;
}

static void set_member(struct base_arena *arena, struct dp_token *object, const char *name,
                       struct dp_token *value)
{
    (void)dp_object_set(arena, object, name, strlen(name),
                        value ? value : dp_token_new(arena, DP_OBJECT));
}

/* The reader's error becomes the event's. */
static enum base_status bad_body(struct base_error *err)
{
    struct base_error cause = err ? *err : (struct base_error){0};

    if (err)
        base_error_clear(err);
    return base_error_set(err, BASE_INVALID, "InvalidDataFormatException",
                          "Invalid event message. Cannot be parsed into a JSON object. %s",
                          cause.message);
}

enum base_status dp_envelope_make(struct base_arena *arena, const void *body, size_t len,
                                  struct dp_token *properties, struct dp_token *system,
                                  struct dp_token **out, struct base_error *err)
{
    struct dp_token *parsed = dp_read(arena, body, len, DP_READ_BODY, err);

    if (!parsed)
        return bad_body(err);
    *out = dp_token_new(arena, DP_OBJECT);
    set_member(arena, *out, "Body", parsed);
    set_member(arena, *out, "Properties", properties);
    set_member(arena, *out, "SystemProperties", system);
    return BASE_OK;
}

enum base_status dp_device_mapping_evaluate(const dp_device_mapping_t *mapping,
                                            const struct dp_token *envelope,
                                            struct base_arena *arena, struct dp_measurements *out,
                                            struct base_error *err)
{
    struct dp_work work = {arena, DP_WORK_DEFAULT};

    for (size_t i = 0; i < mapping->count; i++) {
        enum base_status status =
            dp_template_evaluate(&mapping->templates[i], envelope, &work, out, err);
        if (status != BASE_OK) {
            base_error_target(err, "%s", mapping->templates[i].type_name);
            return status;
        }
    }
    return BASE_OK;
}

static void load_element(struct dp_load *load, const struct dp_token *element,
                         struct dp_device_mapping *mapping)
{
    const struct dp_template_kind *kind;
    const struct dp_token *object;
    const char *type = dp_load_type(load, element);

    if (!type)
        return;
    kind = dp_template_kind_find(type);
    if (!kind) {
        dp_load_error(load, element, "No match found for template type %s.", type);
        return;
    }
    object = dp_load_template(load, element, kind->canonical);
    if (object)
        dp_template_load(load, kind, object, &mapping->templates[mapping->count++]);
}
