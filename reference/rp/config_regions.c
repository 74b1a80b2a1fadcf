/* Decides how the configuration's regions and their pools of capacity are read. */
#include "reference/rp/config_private.h"
#include "common/text.h"

#include <stdio.h>
#include <string.h>

static const char *const REGION_MEMBERS[] = {"name", "displayName", "aliases", "capacity", NULL};
static const char *const CAPACITY_MEMBERS[] = {"subscriptions", "clusters", "vaults", NULL};
static const char *const ITEM_MEMBERS[] = {"id", "uri", "maxWorkspaces", NULL};

static enum base_status refuse_others(const cJSON *object, const char *where,
                                      const char *const *names, struct base_error *err)
{
    const cJSON *child;

    base_error_target(err, "%s", where);
    if (!cJSON_IsObject(object))
        return base_error_set(err, BASE_INVALID, "InvalidConfiguration", "%s: expected an object",
                              where);
    cJSON_ArrayForEach(child, object)
    {
        size_t i = 0;
        while (names[i] && strcmp(names[i], child->string))
            i++;
        if (names[i])
            continue;
        base_error_target(err, "%s.%s", where, child->string);
        return base_error_set(err, BASE_INVALID, "InvalidConfiguration", "%s.%s: no such member",
                              where, child->string);
    }
    return BASE_OK;
}

static bool item_id_fits(const char *pool, const char *id)
{
    if (!strcmp(pool, "subscriptions"))
        return base_is_uuid(id);
    const char *type = !strcmp(pool, "clusters")
                           ? "/providers/Microsoft.ContainerService/managedClusters/"
                           : "/providers/Microsoft.KeyVault/vaults/";
    return base_starts_nocase(id, "/subscriptions/") && strcasestr(id, type);
}

static enum base_status read_item(struct rp_config_reading *in, const char *where, const char *pool,
                                  const cJSON *node, struct rp_pool_item *out)
{
    const char *id = base_json_text(node, "id"), *uri = base_json_text(node, "uri");
    const cJSON *limit = cJSON_GetObjectItemCaseSensitive(node, "maxWorkspaces");
    double most = base_json_number(node, "maxWorkspaces", 0);
    bool vault = !strcmp(pool, "vaults");

    if (refuse_others(node, where, ITEM_MEMBERS, in->err) != BASE_OK)
        return BASE_INVALID;
    if (!id || !item_id_fits(pool, id))
        return rp_config_wrong(
            in->err, where, !strcmp(pool, "subscriptions") ? "id: a GUID" : "id: the ARM id of one",
            node);
    if (vault && (!uri || !rp_config_is_url(uri)))
        return rp_config_wrong(in->err, where, "uri: the vault's URL", node);
    if (!vault && cJSON_GetObjectItemCaseSensitive(node, "uri"))
        return rp_config_wrong(in->err, where, "no uri: only vaults have one", node);
    if ((limit && !cJSON_IsNumber(limit)) || most < 0 || most != (double)(int64_t)most)
        return rp_config_wrong(in->err, where, "maxWorkspaces: a whole number, 0 for no limit",
                               node);
    out->id = base_arena_strdup(&in->config->arena, id);
    out->uri = base_arena_strdup(&in->config->arena, uri ? uri : "");
    out->most = (int64_t)most;
    return BASE_OK;
}

static enum base_status read_pool(struct rp_config_reading *in, const char *where, const char *pool,
                                  const cJSON *capacity, struct rp_pool *out)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(capacity, pool), *node;
    char path[128];

    snprintf(path, sizeof path, "%s.%s", where, pool);
    if (!cJSON_IsArray(list) || !cJSON_GetArraySize(list))
        return rp_config_wrong(in->err, path, "a list with at least one item", list);
    out->items =
        base_arena_alloc(&in->config->arena, sizeof *out->items * (size_t)cJSON_GetArraySize(list));
    cJSON_ArrayForEach(node, list)
    {
        snprintf(path, sizeof path, "%s.%s[%zu]", where, pool, out->count);
        if (read_item(in, path, pool, node, &out->items[out->count++]) != BASE_OK)
            return BASE_INVALID;
    }
    return BASE_OK;
}

static enum base_status read_capacity(struct rp_config_reading *in, const char *where,
                                      const cJSON *capacity, struct rp_region *out)
{
    if (refuse_others(capacity, where, CAPACITY_MEMBERS, in->err) != BASE_OK ||
        read_pool(in, where, "subscriptions", capacity, &out->subscriptions) != BASE_OK ||
        read_pool(in, where, "clusters", capacity, &out->clusters) != BASE_OK)
        return BASE_INVALID;
    return read_pool(in, where, "vaults", capacity, &out->vaults);
}

static enum base_status read_region(struct rp_config_reading *in, size_t index, const cJSON *node,
                                    struct rp_region *out)
{
    const char *name = base_json_text(node, "name"), *shown = base_json_text(node, "displayName");
    const cJSON *aliases = cJSON_GetObjectItemCaseSensitive(node, "aliases");
    char where[64];

    snprintf(where, sizeof where, "regions[%zu]", index);
    if (refuse_others(node, where, REGION_MEMBERS, in->err) != BASE_OK)
        return BASE_INVALID;
    if (!name || !*name)
        return rp_config_wrong(in->err, where, "name: a region such as \"westus2\"", node);
    if (cJSON_GetObjectItemCaseSensitive(node, "displayName") && (!shown || !*shown))
        return rp_config_wrong(in->err, where, "displayName: a text that is not empty", node);
    out->name = base_arena_strdup(&in->config->arena, name);
    out->display_name = base_arena_strdup(&in->config->arena, shown ? shown : name);
    if (aliases && rp_config_texts(in, where, aliases, &out->aliases) != BASE_OK)
        return BASE_INVALID;
    snprintf(where, sizeof where, "regions[%zu].capacity", index);
    return read_capacity(in, where, cJSON_GetObjectItemCaseSensitive(node, "capacity"), out);
}

/* One spelling may mean one region only: the first that has it would get all. */
static enum base_status check_spelling(struct rp_config_reading *in, size_t index,
                                       const char *spelling)
{
    const struct rp_region *found = rp_config_region(in->config, spelling);
    char where[64];

    if (!found)
        return BASE_OK;
    snprintf(where, sizeof where, "regions[%zu]", index);
    base_error_target(in->err, "%s", where);
    return base_error_set(in->err, BASE_INVALID, "InvalidConfiguration",
                          "%s: \"%s\" is a spelling of %s already", where, spelling, found->name);
}

static enum base_status check_spellings(struct rp_config_reading *in, size_t index)
{
    const struct rp_region *region = &in->config->regions[index];

    if (check_spelling(in, index, region->name) != BASE_OK ||
        check_spelling(in, index, region->display_name) != BASE_OK)
        return BASE_INVALID;
    for (size_t i = 0; i < region->aliases.count; i++)
        if (check_spelling(in, index, region->aliases.items[i]) != BASE_OK)
            return BASE_INVALID;
    return BASE_OK;
}

enum base_status rp_config_regions(struct rp_config_reading *in)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(in->config->document, "regions"), *node;
    struct rp_config *config = in->config;

    if (!cJSON_IsArray(list) || !cJSON_GetArraySize(list))
        return rp_config_wrong(in->err, "regions", "a list with at least one region", list);
    config->regions = base_arena_alloc(&config->arena,
                                       sizeof *config->regions * (size_t)cJSON_GetArraySize(list));
    cJSON_ArrayForEach(node, list)
    {
        if (read_region(in, config->region_count, node, &config->regions[config->region_count]) !=
                BASE_OK ||
            check_spellings(in, config->region_count) != BASE_OK)
            return BASE_INVALID;
        config->region_count++;
    }
    return BASE_OK;
}
