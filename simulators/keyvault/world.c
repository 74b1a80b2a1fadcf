/* Decides how vaults and their items are kept, found and forgotten. */
#include "simulators/keyvault/world.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ITEMS "keyvault.items"
#define DELETED_VAULTS "keyvault.deleted"
#define DEFAULT_RETENTION_DAYS 90

struct loading {
    kv_t *kv;
    struct base_error *err;
};

static void load_deleted(void *context, const char *key, const cJSON *document);
static void load_item(void *context, const char *key, const cJSON *document);
static struct kv_vault *add_vault(kv_t *kv, const char *name, const cJSON *body);
static void free_vault(struct kv_vault *vault);
static void free_item(struct kv_item *item);
static char *item_key(const struct kv_vault *vault, const struct kv_item *item);
static int order(const struct kv_item *item, const char *kind, const char *name);

kv_t *kv_world_new(sim_world_t *world, struct base_error *err)
{
    kv_t *kv = base_alloc(sizeof *kv);
    struct base_error broken = {0};
    struct loading loading = {kv, &broken};
    cJSON *vaults = sim_resource_list(world, "Microsoft.KeyVault/vaults", NULL);
    const cJSON *body;

    kv->world = world;
    pthread_mutex_init(&kv->lock, NULL);
    cJSON_ArrayForEach(body, vaults) add_vault(kv, base_json_text(body, "name"), body);
    cJSON_Delete(vaults);
    sim_store_each(world, DELETED_VAULTS, load_deleted, &loading);
    sim_store_each(world, ITEMS, load_item, &loading);
    if (broken.status == BASE_OK)
        return kv;
    base_error_set(err, broken.status, broken.code, "%s", broken.message);
    kv_world_free(kv);
    return NULL;
}

void kv_world_free(kv_t *kv)
{
    if (!kv)
        return;
    for (struct kv_vault *vault = kv->vaults, *next; vault; vault = next) {
        next = vault->next;
        free_vault(vault);
    }
    pthread_mutex_destroy(&kv->lock);
    free(kv);
}

struct kv_vault *kv_vault_find(kv_t *kv, const char *name)
{
    for (struct kv_vault *vault = kv->vaults; vault; vault = vault->next) {
        if (!base_equal_nocase(vault->name, name))
            continue;
        if (!vault->deleted_ms || sim_now_ms(kv->world) < kv_vault_purge_ms(vault))
            return vault;
        kv_vault_purge(kv, vault);
        return NULL;
    }
    return NULL;
}

void kv_vault_put(kv_t *kv, const cJSON *body)
{
    const char *name = base_json_text(body, "name");
    struct kv_vault *vault = kv_vault_find(kv, name);

    if (!vault) {
        add_vault(kv, name, body);
        return;
    }
    cJSON_Delete(vault->body);
    vault->body = base_json_copy(body);
    if (vault->deleted_ms)
        sim_store_delete(kv->world, DELETED_VAULTS, vault->name);
    vault->deleted_ms = 0;
}

void kv_vault_delete(kv_t *kv, struct kv_vault *vault)
{
    cJSON *document = cJSON_CreateObject();

    vault->deleted_ms = sim_now_ms(kv->world);
    base_json_set_number(document, "deletedMs", (double)vault->deleted_ms);
    base_json_set(document, "body", base_json_copy(vault->body));
    sim_store_put(kv->world, DELETED_VAULTS, vault->name, document);
    cJSON_Delete(document);
}

void kv_vault_purge(kv_t *kv, struct kv_vault *vault)
{
    struct kv_vault **link = &kv->vaults;

    while (vault->items)
        kv_item_remove(kv, vault, vault->items);
    while (*link != vault)
        link = &(*link)->next;
    *link = vault->next;
    sim_store_delete(kv->world, DELETED_VAULTS, vault->name);
    free_vault(vault);
}

const char *kv_vault_text(const struct kv_vault *vault, const char *dotted)
{
    const char *text = base_json_text(vault->body, dotted);
    return text ? text : "";
}

int kv_vault_retention_days(const struct kv_vault *vault)
{
    return (int)base_json_number(vault->body, "properties.softDeleteRetentionInDays",
                                 DEFAULT_RETENTION_DAYS);
}

bool kv_vault_keeps(const struct kv_vault *vault)
{
    return base_json_true(vault->body, "properties.enablePurgeProtection");
}

int64_t kv_vault_purge_ms(const struct kv_vault *vault)
{
    return vault->deleted_ms + kv_vault_retention_days(vault) * KV_DAY_MS;
}

struct kv_item *kv_item_find(kv_t *kv, struct kv_vault *vault, const char *kind, const char *name)
{
    struct kv_item *item = vault->items;

    while (item && order(item, kind, name) != 0)
        item = item->next;
    if (!item || !kv_item_deleted_ms(item) || sim_now_ms(kv->world) < kv_item_purge_ms(vault, item))
        return item;
    kv_item_remove(kv, vault, item);
    return NULL;
}

struct kv_item *kv_item_add(struct kv_vault *vault, const char *kind, const char *name)
{
    struct kv_item *item = base_alloc(sizeof *item), **link = &vault->items;

    item->kind = base_strdup(kind);
    item->name = base_strdup(name);
    item->doc = cJSON_CreateObject();
    base_json_set_text(item->doc, "name", name);
    cJSON_AddArrayToObject(item->doc, "versions");
    while (*link && order(*link, kind, name) < 0)
        link = &(*link)->next;
    item->next = *link;
    *link = item;
    return item;
}

void kv_item_keep(kv_t *kv, const struct kv_vault *vault, const struct kv_item *item)
{
    char *key = item_key(vault, item);

    sim_store_put(kv->world, ITEMS, key, item->doc);
    free(key);
}

void kv_item_remove(kv_t *kv, struct kv_vault *vault, struct kv_item *item)
{
    struct kv_item **link = &vault->items;
    char *key = item_key(vault, item);

    while (*link != item)
        link = &(*link)->next;
    *link = item->next;
    sim_store_delete(kv->world, ITEMS, key);
    free(key);
    free_item(item);
}

int64_t kv_item_deleted_ms(const struct kv_item *item)
{
    return (int64_t)base_json_number(item->doc, "deletedMs", 0);
}

int64_t kv_item_purge_ms(const struct kv_vault *vault, const struct kv_item *item)
{
    return kv_item_deleted_ms(item) + kv_vault_retention_days(vault) * KV_DAY_MS;
}

cJSON *kv_item_version(const struct kv_item *item, const char *id)
{
    cJSON *versions = base_json_at(item->doc, "versions"), *version, *newest = NULL;

    cJSON_ArrayForEach(version, versions)
    {
        if (id && *id && base_equal_nocase(base_json_text(version, "id"), id))
            return version;
        newest = version;
    }
    return id && *id ? NULL : newest;
}

const cJSON *kv_item_add_version(kv_t *kv, struct kv_item *item, const cJSON *given)
{
    cJSON *fresh = cJSON_CreateObject();
    double now = (double)(sim_now_ms(kv->world) / 1000);
    char id[33];

    base_random_hex(sim_world_random(kv->world), id, 32);
    base_json_set_text(fresh, "id", id);
    base_json_set_bool(fresh, "enabled", true);
    base_json_set_number(fresh, "created", now);
    base_json_set_number(fresh, "updated", now);
    cJSON *version = base_json_merge_patch(fresh, given);
    cJSON_Delete(fresh);
    cJSON_AddItemToArray(base_json_at(item->doc, "versions"), version);
    return version;
}

void kv_item_replace_version(kv_t *kv, struct kv_item *item, cJSON *version, cJSON *fresh)
{
    base_json_set_number(fresh, "updated", (double)(sim_now_ms(kv->world) / 1000));
    cJSON_ReplaceItemViaPointer(base_json_at(item->doc, "versions"), version, fresh);
}

static struct kv_vault *add_vault(kv_t *kv, const char *name, const cJSON *body)
{
    struct kv_vault *vault = base_alloc(sizeof *vault);

    vault->name = base_strdup(name ? name : "");
    vault->body = base_json_copy(body);
    vault->next = kv->vaults;
    kv->vaults = vault;
    return vault;
}

static void load_deleted(void *context, const char *key, const cJSON *document)
{
    struct loading *loading = context;
    double deleted = base_json_number(document, "deletedMs", 0);
    const cJSON *body = base_json_at(document, "body");

    if (!cJSON_IsObject(body) || deleted <= 0)
        base_error_set(loading->err, BASE_INVALID, "InvalidState",
                       "the stored vault %s is broken: body and deletedMs were expected", key);
    else if (!kv_vault_find(loading->kv, key))
        add_vault(loading->kv, key, body)->deleted_ms = (int64_t)deleted;
}

/* The key is "vault/kind/name". Items of a vault that is gone are not taken. */
static void load_item(void *context, const char *key, const cJSON *document)
{
    struct loading *loading = context;
    const char *name = base_json_text(document, "name"), *slash = strchr(key, '/');
    const char *kind = slash ? slash + 1 : "";
    char *vault_name = base_strndup(key, slash ? (size_t)(slash - key) : 0);
    char *kind_name = base_strndup(kind, strcspn(kind, "/"));
    struct kv_vault *vault = kv_vault_find(loading->kv, vault_name);

    if (!name || !cJSON_IsArray(base_json_at(document, "versions"))) {
        base_error_set(loading->err, BASE_INVALID, "InvalidState",
                       "the stored item %s is broken: name and versions were expected", key);
    } else if (vault) {
        struct kv_item *item = kv_item_add(vault, kind_name, name);
        cJSON_Delete(item->doc);
        item->doc = base_json_copy(document);
    }
    free(kind_name);
    free(vault_name);
}

static void free_vault(struct kv_vault *vault)
{
    for (struct kv_item *item = vault->items, *next; item; item = next) {
        next = item->next;
        free_item(item);
    }
    cJSON_Delete(vault->body);
    free(vault->name);
    free(vault);
}

static void free_item(struct kv_item *item)
{
    cJSON_Delete(item->doc);
    free(item->kind);
    free(item->name);
    free(item);
}

static char *item_key(const struct kv_vault *vault, const struct kv_item *item)
{
    char *key = base_asprintf("%s/%s/%s", vault->name, item->kind, item->name);
    base_lower(key);
    return key;
}

static int order(const struct kv_item *item, const char *kind, const char *name)
{
    int by_kind = strcmp(item->kind, kind);
    return by_kind ? by_kind : strcasecmp(item->name, name);
}
