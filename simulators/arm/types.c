/* Decides whether a namespace or type exists and who serves it: providers in the process first, then what was declared
 * through the control API, then the manifest. */
#include "simulators/arm/types.h"
#include "simulators/arm/manifest.h"
#include "simulators/arm/regions.h"

#include <stdlib.h>
#include <string.h>

static bool find_exact(struct arm *arm, struct base_arena *arena, const char *type,
                       struct arm_type *out);
static const char *respell(struct base_arena *arena, const char *type);

static const char *after_namespace(const char *type)
{
    const char *slash = strchr(type, '/');
    return slash ? slash + 1 : "";
}

static const char *namespace_of(struct base_arena *arena, const char *type)
{
    return base_arena_strndup(arena, type, strcspn(type, "/"));
}

static bool in_manifest(const char *provider, bool external_only)
{
    for (size_t i = 0; i < arm_manifest_count; i++)
        if (base_equal_nocase(arm_manifest[i].provider, provider) &&
            (arm_manifest[i].external || !external_only))
            return true;
    return false;
}

static bool declared(struct arm *arm, const char *provider)
{
    cJSON *manifest = arm_docs_get(arm->manifests, provider);
    cJSON_Delete(manifest);
    return manifest != NULL;
}

bool arm_namespace_known(struct arm *arm, const char *provider)
{
    return sim_provider_find(arm->world, provider) || in_manifest(provider, false) ||
           declared(arm, provider);
}

static bool is_operation(const char *type)
{
    static const char *const words[] = {"locations/operationresults", "locations/operationstatuses",
                                        "locations/operations"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (base_equal_nocase(after_namespace(type), words[i]))
            return true;
    return false;
}

bool arm_type_find(struct arm *arm, struct base_arena *arena, const char *type,
                   struct arm_type *out)
{
    if (is_operation(type) || base_equal_nocase(after_namespace(type), "operations")) {
        bool found = arm_type_of_namespace(arm, arena, namespace_of(arena, type), out);
        out->name = type;
        out->operation = is_operation(type);
        return found;
    }
    return find_exact(arm, arena, type, out) || find_exact(arm, arena, respell(arena, type), out);
}

bool arm_type_of_namespace(struct arm *arm, struct base_arena *arena, const char *provider,
                           struct arm_type *out)
{
    memset(out, 0, sizeof *out);
    if (!arm_namespace_known(arm, provider))
        return false;
    out->kit = sim_provider_find(arm->world, provider);
    out->provider = out->name = base_arena_strdup(arena, provider);
    out->home = declared(arm, provider) || in_manifest(provider, true) ? ARM_HOME_EXTERNAL
                : out->kit                                             ? ARM_HOME_KIT
                                                                       : ARM_HOME_SELF;
    return true;
}

static bool find_kit(struct arm *arm, const char *provider, const char *type, struct arm_type *out)
{
    sim_provider_t *kit = sim_provider_find(arm->world, provider);
    const struct sim_resource_type *row = kit ? sim_provider_type(kit, type) : NULL;

    if (!row)
        return false;
    *out = (struct arm_type){.provider = sim_provider_name(kit),
                             .name = row->type,
                             .versions = row->api_versions,
                             .tracked = row->tracked,
                             .home = ARM_HOME_KIT,
                             .kit = kit};
    return true;
}

static bool find_declared(struct arm *arm, struct base_arena *arena, const char *provider,
                          const char *type, struct arm_type *out)
{
    cJSON *manifest = arm_docs_get(arm->manifests, provider);
    const cJSON *row, *version;
    bool found = false;

    cJSON_ArrayForEach(row, base_json_at(manifest, "resourceTypes"))
    {
        const char *name = base_json_text(row, "resourceType");
        if (found || !base_equal_nocase(name, after_namespace(type)))
            continue;
        const cJSON *list = base_json_at(row, "apiVersions");
        const char **versions =
            base_arena_alloc(arena, ((size_t)cJSON_GetArraySize(list) + 1) * sizeof *versions);
        size_t count = 0;
        cJSON_ArrayForEach(version, list) versions[count++] =
            base_arena_strdup(arena, version->valuestring);
        const char *canonical = base_arena_strdup(arena, base_json_text(manifest, "namespace"));
        *out = (struct arm_type){.provider = canonical,
                                 .name = base_arena_printf(arena, "%s/%s", canonical, name),
                                 .versions = versions,
                                 .tracked = base_json_true(row, "tracked"),
                                 .home = ARM_HOME_EXTERNAL};
        found = true;
    }
    cJSON_Delete(manifest);
    return found;
}

static bool find_manifest(struct arm *arm, struct base_arena *arena, const char *provider,
                          const char *type, struct arm_type *out)
{
    bool replaced = declared(arm, provider);

    for (size_t i = 0; i < arm_manifest_count; i++) {
        const struct arm_manifest_row *row = &arm_manifest[i];
        if (!base_equal_nocase(row->provider, provider) || (row->external && replaced) ||
            !base_equal_nocase(row->type, after_namespace(type)))
            continue;
        *out =
            (struct arm_type){.provider = row->provider,
                              .name = base_arena_printf(arena, "%s/%s", row->provider, row->type),
                              .versions = row->versions,
                              .tracked = row->tracked,
                              .home = row->external ? ARM_HOME_EXTERNAL : ARM_HOME_SELF};
        return true;
    }
    return false;
}

static bool find_exact(struct arm *arm, struct base_arena *arena, const char *type,
                       struct arm_type *out)
{
    const char *provider = namespace_of(arena, type);

    memset(out, 0, sizeof *out);
    return find_kit(arm, provider, type, out) || find_declared(arm, arena, provider, type, out) ||
           find_manifest(arm, arena, provider, type, out);
}

static const char *respell_segment(const char *provider, const char *segment)
{
    for (size_t i = 0; i < arm_manifest_alias_count; i++)
        if (base_equal_nocase(arm_manifest_aliases[i].provider, provider) &&
            base_equal_nocase(arm_manifest_aliases[i].spelling, segment))
            return arm_manifest_aliases[i].segment;
    return segment;
}

static const char *respell(struct base_arena *arena, const char *type)
{
    const char *provider = namespace_of(arena, type);
    const char *result = provider;

    for (const char *at = after_namespace(type); *at;) {
        size_t len = strcspn(at, "/");
        const char *segment = base_arena_strndup(arena, at, len);
        result = base_arena_printf(arena, "%s/%s", result, respell_segment(provider, segment));
        at += len + (at[len] == '/');
    }
    return result;
}

/* ---- the catalogue ---- */

static cJSON *namespace_in(cJSON *catalogue, const char *provider)
{
    cJSON *item;

    cJSON_ArrayForEach(item, catalogue)
    {
        if (base_equal_nocase(base_json_text(item, "namespace"), provider))
            return item;
    }
    item = cJSON_CreateObject();
    base_json_set_text(item, "namespace", provider);
    cJSON_AddArrayToObject(item, "resourceTypes");
    cJSON_AddItemToArray(catalogue, item);
    return item;
}

static int newest_first(const void *a, const void *b)
{
    return strcmp(*(const char *const *)b, *(const char *const *)a);
}

static cJSON *sorted_versions(const char *const *versions)
{
    size_t count = 0;

    while (versions && versions[count])
        count++;
    const char **sorted = base_alloc((count + 1) * sizeof *sorted);
    if (count)
        memcpy(sorted, versions, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, newest_first);
    cJSON *list = cJSON_CreateStringArray(sorted, (int)count);
    free(sorted);
    return list;
}

static void add_type(cJSON *catalogue, const char *provider, const char *type,
                     const char *const *versions, bool tracked)
{
    cJSON *types = base_json_at(namespace_in(catalogue, provider), "resourceTypes"), *row;

    cJSON_ArrayForEach(
        row, types) if (base_equal_nocase(base_json_text(row, "resourceType"), type)) return;
    row = cJSON_CreateObject();
    base_json_set_text(row, "resourceType", type);
    cJSON_AddItemToObject(row, "locations", tracked ? arm_region_names() : cJSON_CreateArray());
    cJSON_AddItemToObject(row, "apiVersions", sorted_versions(versions));
    base_json_set_text(row, "defaultApiVersion", base_json_text(row, "apiVersions.0"));
    base_json_set_text(row, "capabilities", tracked ? "SupportsTags, SupportsLocation" : "None");
    cJSON_AddItemToArray(types, row);
}

static void add_kit(void *context, sim_provider_t *provider)
{
    size_t count;
    const struct sim_resource_type *types = sim_provider_types(provider, &count);

    for (size_t i = 0; i < count; i++)
        add_type(context, sim_provider_name(provider), after_namespace(types[i].type),
                 types[i].api_versions, types[i].tracked);
}

static void add_declared(struct arm *arm, cJSON *catalogue)
{
    cJSON *manifests = arm_docs_list(arm->manifests, NULL), *manifest, *row;
    struct base_arena arena;

    base_arena_init(&arena);
    cJSON_ArrayForEach(manifest, manifests)
    {
        const char *provider = base_json_text(manifest, "namespace");
        cJSON_ArrayForEach(row, base_json_at(manifest, "resourceTypes"))
        {
            struct arm_type type;
            const char *name = base_json_text(row, "resourceType");
            if (find_declared(arm, &arena, provider,
                              base_arena_printf(&arena, "%s/%s", provider, name), &type))
                add_type(catalogue, provider, name, type.versions, type.tracked);
        }
    }
    base_arena_release(&arena);
    cJSON_Delete(manifests);
}

cJSON *arm_type_catalogue(struct arm *arm, const char *provider)
{
    cJSON *catalogue = cJSON_CreateArray(), *item, *next;

    sim_provider_each(arm->world, add_kit, catalogue);
    add_declared(arm, catalogue);
    for (size_t i = 0; i < arm_manifest_count; i++)
        if (!arm_manifest[i].external || !declared(arm, arm_manifest[i].provider))
            add_type(catalogue, arm_manifest[i].provider, arm_manifest[i].type,
                     arm_manifest[i].versions, arm_manifest[i].tracked);
    for (item = catalogue->child; item && provider; item = next) {
        next = item->next;
        if (!base_equal_nocase(base_json_text(item, "namespace"), provider))
            cJSON_Delete(cJSON_DetachItemViaPointer(catalogue, item));
    }
    return catalogue;
}

/* ---- versions ---- */

bool arm_version_well_formed(const char *version)
{
    static const char *const suffixes[] = {"",      "-preview", "-alpha",
                                           "-beta", "-rc",      "-privatepreview"};

    for (size_t i = 0; i < 10; i++)
        if (i == 4 || i == 7 ? version[i] != '-' : version[i] < '0' || version[i] > '9')
            return false;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        if (base_equal_nocase(version + 10, suffixes[i]))
            return true;
    return false;
}

bool arm_version_listed(const char *const *versions, const char *version)
{
    for (; versions && *versions; versions++)
        if (base_equal_nocase(*versions, version))
            return true;
    return false;
}
