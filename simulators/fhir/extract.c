/* Decides which index rows a resource has. */
#include "simulators/fhir/call.h"

#include <string.h>

static void add_row(struct base_arena *arena, struct fhir_rows *rows, struct fhir_row row)
{
    if (rows->count == rows->cap) {
        rows->cap = rows->cap ? 2 * rows->cap : 16;
        struct fhir_row *items = base_arena_alloc(arena, rows->cap * sizeof *items);
        if (rows->count)
            memcpy(items, rows->items, rows->count * sizeof *items);
        rows->items = items;
    }
    rows->items[rows->count++] = row;
}

void fhir_extract(struct base_arena *arena, const struct fhir_call *call, int type,
                  const cJSON *resource, struct fhir_rows *out)
{
    const cJSON *list = fhir_json_get(resource, "identifier"), *item;

    (void)call, (void)type;
    cJSON_ArrayForEach(item, list)
    {
        const char *system = fhir_json_get_text(item, "system");
        const char *value = fhir_json_get_text(item, "value");
        add_row(arena, out,
                (struct fhir_row){.kind = FHIR_TOKEN,
                                  .param = 1,
                                  .a = value ? value : "",
                                  .b = system ? system : "",
                                  .c = ""});
    }
}
