/* Decides how scenarios and the requirements they hold are listed. */
#include "runner/list.h"

#include "common/file.h"
#include "common/text.h"

#include <stdlib.h>
#include <string.h>

#define ID_MAX 16 /* "IC-10" and the like */

struct ids { /* in order of first mention */
    char (*items)[ID_MAX];
    size_t count;
};

static void add_id(struct ids *ids, const char *text, size_t len)
{
    if (len >= ID_MAX)
        return;
    for (size_t i = 0; i < ids->count; i++)
        if (strlen(ids->items[i]) == len && memcmp(ids->items[i], text, len) == 0)
            return;
    ids->items = base_realloc(ids->items, (ids->count + 1) * sizeof *ids->items);
    (void)snprintf(ids->items[ids->count++], ID_MAX, "%.*s", (int)len, text);
}

/* The ids that docs/requirements.md defines: "- **WS-01** ...". */
static void add_defined(struct ids *ids, const char *text)
{
    for (const char *at = text; (at = strstr(at, "**")) != NULL; at += 2) {
        const char *id = at + 2;
        size_t letters = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        size_t digits = letters && id[letters] == '-' ? strspn(id + letters + 1, "0123456789") : 0;
        if (digits && strncmp(id + letters + 1 + digits, "**", 2) == 0)
            add_id(ids, id, letters + 1 + digits);
    }
}

/* docs/requirements.md at or above `folder`; new; NULL: there is none. */
static char *find_definitions(const char *folder)
{
    char *above = realpath(folder, NULL);

    while (above && above[0]) {
        char *path = base_asprintf("%s/docs/requirements.md", above);
        struct base_buf text = {0};
        struct base_error err = {0};
        if (base_file_read(path, &text, &err) == BASE_OK) {
            free(path);
            free(above);
            return base_buf_take(&text);
        }
        free(path);
        *strrchr(above, '/') = '\0';
    }
    free(above);
    return NULL;
}

static const cJSON *requirements_of(const struct run_scenario *scenario)
{
    return cJSON_GetObjectItemCaseSensitive(scenario->root, "requirements");
}

static bool names(const struct run_scenario *scenario, const char *id)
{
    const cJSON *item;

    cJSON_ArrayForEach(
        item, requirements_of(scenario)) if (base_equal(item->valuestring, id)) return true;
    return false;
}

static int by_id(const void *a, const void *b)
{
    return strcmp(a, b);
}

void run_list_scenarios(FILE *out, struct run_scenario *const *scenarios, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%-12s %-40s %s\n", scenarios[i]->level, scenarios[i]->name,
                scenarios[i]->title ? scenarios[i]->title : "");
}

void run_list_requirements(FILE *out, struct run_scenario *const *scenarios, size_t count)
{
    struct ids ids = {0};
    char *defined = count ? find_definitions(scenarios[0]->folder) : NULL;
    const cJSON *item;

    if (defined)
        add_defined(&ids, defined);
    for (size_t i = 0; i < count; i++)
        cJSON_ArrayForEach(item, requirements_of(scenarios[i])) if (cJSON_IsString(item))
            add_id(&ids, item->valuestring, strlen(item->valuestring));
    if (ids.count)
        qsort(ids.items, ids.count, sizeof *ids.items, by_id);
    for (size_t i = 0; i < ids.count; i++) {
        bool held = false;
        fprintf(out, "%-8s", ids.items[i]);
        for (size_t k = 0; k < count; k++)
            if (names(scenarios[k], ids.items[i])) {
                fprintf(out, " %s", scenarios[k]->name);
                held = true;
            }
        fputs(held ? "\n" : " (no scenario here)\n", out);
    }
    free(defined);
    free(ids.items);
}
