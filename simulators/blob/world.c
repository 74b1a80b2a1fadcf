/* Keeps accounts, containers and blobs in sorted arrays, and writes each change to the world's
 * store. */
#include "simulators/blob/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICKS_1601_TO_1970 116444736000000000ull /* 100 ns, as the service's etags count */

static void *grow(void *array, size_t count, size_t *cap);
static char *item_key(const struct blob_account *account, const struct blob_container *container,
                      const char *name);
static cJSON *item_json(const struct blob_account *account, const struct blob_container *container,
                        const struct blob_item *item);
static void entry_release(struct blob_entry *entry);
static void item_free(struct blob_item *item);
static void container_free(struct blob_container *container);
static void account_free(struct blob_account *account);

/* -- accounts -- */

struct blob_account *blob_account_find(blob_t *blob, const char *name)
{
    for (size_t i = 0; i < blob->count; i++)
        if (base_equal_nocase(blob->accounts[i]->name, name))
            return blob->accounts[i];
    return NULL;
}

struct blob_account *blob_account_by_id(blob_t *blob, const char *id)
{
    for (size_t i = 0; i < blob->count; i++)
        if (base_equal_nocase(blob->accounts[i]->id, id))
            return blob->accounts[i];
    return NULL;
}

struct blob_account *blob_account_make(blob_t *blob, const char *name, const char *id)
{
    struct blob_account *account = base_alloc(sizeof(*account));
    account->name = base_strdup(name);
    account->id = base_strdup(id);
    account->shared_key = true;
    blob->accounts = grow(blob->accounts, blob->count, &blob->cap);
    blob->accounts[blob->count++] = account;
    return account;
}

void blob_account_drop(blob_t *blob, struct blob_account *account)
{
    while (account->count > 0)
        blob_container_drop(blob, account, account->containers[account->count - 1]);
    sim_store_delete(blob->world, "blob.account", account->name);
    for (size_t i = 0; i < blob->count; i++) {
        if (blob->accounts[i] != account)
            continue;
        memmove(&blob->accounts[i], &blob->accounts[i + 1],
                (blob->count - i - 1) * sizeof(blob->accounts[0]));
        blob->count--;
        break;
    }
    account_free(account);
}

void blob_account_new_key(blob_t *blob, struct blob_account *account, int index)
{
    unsigned char raw[64];
    struct base_buf text = {0};
    base_random_bytes(sim_world_random(blob->world), raw, sizeof(raw));
    base_base64_encode(&text, raw, sizeof(raw));
    free(account->keys[index]);
    account->keys[index] = base_buf_take(&text);
    account->key_ms[index] = sim_now_ms(blob->world);
}

void blob_account_save(blob_t *blob, const struct blob_account *account)
{
    cJSON *doc = cJSON_CreateObject();
    base_json_set_text(doc, "id", account->id);
    base_json_set_bool(doc, "sharedKey", account->shared_key);
    base_json_set_text(doc, "key1", account->keys[0]);
    base_json_set_text(doc, "key2", account->keys[1]);
    base_json_set_number(doc, "key1Ms", (double)account->key_ms[0]);
    base_json_set_number(doc, "key2Ms", (double)account->key_ms[1]);
    sim_store_put(blob->world, "blob.account", account->name, doc);
    cJSON_Delete(doc);
}

/* -- containers -- */

struct blob_container *blob_container_find(struct blob_account *account, const char *name)
{
    for (size_t i = 0; i < account->count; i++)
        if (strcmp(account->containers[i]->entry.name, name) == 0)
            return account->containers[i];
    return NULL;
}

struct blob_container *blob_container_make(blob_t *blob, struct blob_account *account,
                                           const char *name)
{
    struct blob_container *container = base_alloc(sizeof(*container));
    container->entry.name = base_strdup(name);
    blob_entry_touch(blob, &container->entry);
    container->entry.created_ms = container->entry.modified_ms;
    account->containers = grow(account->containers, account->count, &account->cap);
    size_t at = account->count++;
    for (; at > 0 && strcmp(account->containers[at - 1]->entry.name, name) > 0; at--)
        account->containers[at] = account->containers[at - 1];
    account->containers[at] = container;
    return container;
}

void blob_container_drop(blob_t *blob, struct blob_account *account,
                         struct blob_container *container)
{
    while (container->count > 0)
        blob_item_drop(blob, account, container, container->items[container->count - 1]);
    char *key = item_key(account, container, NULL);
    sim_store_delete(blob->world, "blob.container", key);
    free(key);
    for (size_t i = 0; i < account->count; i++) {
        if (account->containers[i] != container)
            continue;
        memmove(&account->containers[i], &account->containers[i + 1],
                (account->count - i - 1) * sizeof(account->containers[0]));
        account->count--;
        break;
    }
    container_free(container);
}

void blob_container_save(blob_t *blob, const struct blob_account *account,
                         const struct blob_container *container)
{
    char *key = item_key(account, container, NULL);
    cJSON *doc = blob_entry_json(&container->entry);
    base_json_set_text(doc, "account", account->name);
    sim_store_put(blob->world, "blob.container", key, doc);
    cJSON_Delete(doc);
    free(key);
}

/* -- blobs -- */

size_t blob_item_lower(const struct blob_container *container, const char *name)
{
    size_t low = 0, high = container->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(container->items[middle]->entry.name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct blob_item *blob_item_find(struct blob_container *container, const char *name)
{
    size_t at = blob_item_lower(container, name);
    if (at == container->count || strcmp(container->items[at]->entry.name, name) != 0)
        return NULL;
    return container->items[at];
}

struct blob_item *blob_item_make(blob_t *blob, struct blob_container *container, const char *name)
{
    struct blob_item *item = base_alloc(sizeof(*item));
    item->entry.name = base_strdup(name);
    item->entry.created_ms = sim_now_ms(blob->world);
    container->items = grow(container->items, container->count, &container->cap);
    size_t at = blob_item_lower(container, name);
    memmove(&container->items[at + 1], &container->items[at],
            (container->count - at) * sizeof(container->items[0]));
    container->items[at] = item;
    container->count++;
    return item;
}

void blob_item_drop(blob_t *blob, const struct blob_account *account,
                    struct blob_container *container, struct blob_item *item)
{
    size_t at = blob_item_lower(container, item->entry.name);
    char *key = item_key(account, container, item->entry.name);
    sim_store_delete(blob->world, "blob.item", key);
    free(key);
    memmove(&container->items[at], &container->items[at + 1],
            (container->count - at - 1) * sizeof(container->items[0]));
    container->count--;
    item_free(item);
}

void blob_item_save(blob_t *blob, const struct blob_account *account,
                    const struct blob_container *container, const struct blob_item *item)
{
    char *key = item_key(account, container, item->entry.name);
    cJSON *doc = item_json(account, container, item);
    sim_store_put(blob->world, "blob.item", key, doc);
    cJSON_Delete(doc);
    free(key);
}

void blob_entry_touch(blob_t *blob, struct blob_entry *entry)
{
    entry->modified_ms = sim_now_ms(blob->world);
    uint64_t ticks = (uint64_t)entry->modified_ms * 10000u + TICKS_1601_TO_1970;
    blob->etag = ticks > blob->etag ? ticks : blob->etag + 1;
    snprintf(entry->etag, sizeof(entry->etag), "0x%llX", (unsigned long long)blob->etag);
}

void blob_state_free(blob_t *blob)
{
    for (size_t i = 0; i < blob->count; i++)
        account_free(blob->accounts[i]);
    free(blob->accounts);
}

/* -- helpers -- */

static void *grow(void *array, size_t count, size_t *cap)
{
    if (count < *cap)
        return array;
    *cap = *cap ? *cap * 2 : 8;
    return base_realloc(array, *cap * sizeof(void *));
}

static char *item_key(const struct blob_account *account, const struct blob_container *container,
                      const char *name)
{
    if (!name)
        return base_asprintf("%s/%s", account->name, container->entry.name);
    return base_asprintf("%s/%s/%s", account->name, container->entry.name, name);
}

static cJSON *item_json(const struct blob_account *account, const struct blob_container *container,
                        const struct blob_item *item)
{
    struct base_buf body = {0};
    cJSON *doc = blob_entry_json(&item->entry), *content = cJSON_CreateObject();
    base_json_set_text(doc, "account", account->name);
    base_json_set_text(doc, "container", container->entry.name);
    for (size_t i = 0; i < item->content.count; i++)
        base_json_set_text(content, item->content.items[i].name, item->content.items[i].value);
    base_json_set(doc, "content", content);
    base_base64_encode(&body, item->body.data ? item->body.data : "", item->body.len);
    base_json_set_text(doc, "body", body.data ? body.data : "");
    base_buf_release(&body);
    return doc;
}

static void entry_release(struct blob_entry *entry)
{
    free(entry->name);
    base_headers_release(&entry->metadata);
}

static void item_free(struct blob_item *item)
{
    entry_release(&item->entry);
    base_headers_release(&item->content);
    base_buf_release(&item->body);
    free(item);
}

static void container_free(struct blob_container *container)
{
    for (size_t i = 0; i < container->count; i++)
        item_free(container->items[i]);
    free(container->items);
    entry_release(&container->entry);
    free(container);
}

static void account_free(struct blob_account *account)
{
    for (size_t i = 0; i < account->count; i++)
        container_free(account->containers[i]);
    free(account->containers);
    free(account->name);
    free(account->id);
    free(account->keys[0]);
    free(account->keys[1]);
    free(account);
}
