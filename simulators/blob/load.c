/* Turns the documents of the world's store back into accounts, containers and blobs, and blobs into
 * the view. */
#include "simulators/blob/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct loading {
    blob_t *blob;
    struct base_error *err;
};

static void load_account(void *context, const char *key, const cJSON *doc);
static void load_container(void *context, const char *key, const cJSON *doc);
static void load_item(void *context, const char *key, const cJSON *doc);
static void load_entry(blob_t *blob, struct blob_entry *entry, const cJSON *doc);
static void load_headers(struct base_headers *out, const cJSON *object);
static cJSON *headers_json(const struct base_headers *headers);
static void view_container(cJSON *rows, const struct blob_account *account,
                           const struct blob_container *container);

enum base_status blob_load(blob_t *blob, struct base_error *err)
{
    struct base_error local = {0};
    struct loading loading = {blob, err ? err : &local};
    sim_store_each(blob->world, "blob.account", load_account, &loading);
    sim_store_each(blob->world, "blob.container", load_container, &loading);
    sim_store_each(blob->world, "blob.item", load_item, &loading);
    return loading.err->status;
}

cJSON *blob_entry_json(const struct blob_entry *entry)
{
    cJSON *doc = cJSON_CreateObject(), *lease = cJSON_CreateObject();
    base_json_set_text(doc, "name", entry->name);
    base_json_set_text(doc, "etag", entry->etag);
    base_json_set_number(doc, "createdMs", (double)entry->created_ms);
    base_json_set_number(doc, "modifiedMs", (double)entry->modified_ms);
    base_json_set(doc, "metadata", headers_json(&entry->metadata));
    base_json_set_number(lease, "state", entry->lease.state);
    base_json_set_text(lease, "id", entry->lease.id);
    base_json_set_number(lease, "durationS", (double)entry->lease.duration_s);
    base_json_set_number(lease, "untilMs", (double)entry->lease.until_ms);
    base_json_set(doc, "lease", lease);
    return doc;
}

cJSON *blob_view(void *context)
{
    blob_t *blob = context;
    cJSON *rows = cJSON_CreateArray();
    pthread_mutex_lock(&blob->lock);
    for (size_t i = 0; i < blob->count; i++)
        for (size_t k = 0; k < blob->accounts[i]->count; k++)
            view_container(rows, blob->accounts[i], blob->accounts[i]->containers[k]);
    pthread_mutex_unlock(&blob->lock);
    return rows;
}

static void view_container(cJSON *rows, const struct blob_account *account,
                           const struct blob_container *container)
{
    for (size_t i = 0; i < container->count; i++) {
        const struct blob_item *item = container->items[i];
        cJSON *row = cJSON_CreateObject();
        base_json_set_text(row, "account", account->name);
        base_json_set_text(row, "container", container->entry.name);
        base_json_set_text(row, "name", item->entry.name);
        base_json_set_number(row, "size", (double)item->body.len);
        base_json_set(row, "metadata", headers_json(&item->entry.metadata));
        cJSON_AddItemToArray(rows, row);
    }
}

static void load_account(void *context, const char *key, const cJSON *doc)
{
    struct loading *loading = context;
    const char *id = base_json_text(doc, "id");
    if (!id || !base_json_text(doc, "key1") || !base_json_text(doc, "key2")) {
        (void)base_error_set(loading->err, BASE_INVALID, NULL,
                             "the stored storage account '%s' lacks its id or keys", key);
        return;
    }
    struct blob_account *account = blob_account_make(loading->blob, key, id);
    account->shared_key = base_json_true(doc, "sharedKey");
    account->keys[0] = base_strdup(base_json_text(doc, "key1"));
    account->keys[1] = base_strdup(base_json_text(doc, "key2"));
    account->key_ms[0] = (int64_t)base_json_number(doc, "key1Ms", 0);
    account->key_ms[1] = (int64_t)base_json_number(doc, "key2Ms", 0);
}

static void load_container(void *context, const char *key, const cJSON *doc)
{
    struct loading *loading = context;
    const char *account_name = base_json_text(doc, "account"), *name = base_json_text(doc, "name");
    struct blob_account *account =
        account_name ? blob_account_find(loading->blob, account_name) : NULL;
    if (!account || !name) {
        (void)base_error_set(loading->err, BASE_INVALID, NULL,
                             "the stored container '%s' names no account", key);
        return;
    }
    struct blob_container *container = blob_container_make(loading->blob, account, name);
    load_entry(loading->blob, &container->entry, doc);
}

static void load_item(void *context, const char *key, const cJSON *doc)
{
    struct loading *loading = context;
    const char *account_name = base_json_text(doc, "account"), *name = base_json_text(doc, "name");
    const char *container_name = base_json_text(doc, "container"),
               *body = base_json_text(doc, "body");
    struct blob_account *account =
        account_name ? blob_account_find(loading->blob, account_name) : NULL;
    struct blob_container *container =
        account && container_name ? blob_container_find(account, container_name) : NULL;
    if (!container || !name || !body) {
        (void)base_error_set(loading->err, BASE_INVALID, NULL,
                             "the stored blob '%s' names no container or no body", key);
        return;
    }
    struct blob_item *item = blob_item_make(loading->blob, container, name);
    load_entry(loading->blob, &item->entry, doc);
    load_headers(&item->content, cJSON_GetObjectItemCaseSensitive(doc, "content"));
    if (!base_base64_decode(&item->body, body, strlen(body)))
        (void)base_error_set(loading->err, BASE_INVALID, NULL, "the stored blob '%s' is not base64",
                             key);
}

static void load_entry(blob_t *blob, struct blob_entry *entry, const cJSON *doc)
{
    const char *etag = base_json_text(doc, "etag"), *lease = base_json_text(doc, "lease.id");
    snprintf(entry->etag, sizeof(entry->etag), "%s", etag ? etag : "0x0");
    uint64_t number = strtoull(entry->etag, NULL, 16);
    if (number > blob->etag)
        blob->etag = number;
    entry->created_ms = (int64_t)base_json_number(doc, "createdMs", 0);
    entry->modified_ms = (int64_t)base_json_number(doc, "modifiedMs", 0);
    load_headers(&entry->metadata, cJSON_GetObjectItemCaseSensitive(doc, "metadata"));
    entry->lease.state =
        (enum blob_lease_state)base_json_number(doc, "lease.state", BLOB_LEASE_AVAILABLE);
    snprintf(entry->lease.id, sizeof(entry->lease.id), "%s", lease ? lease : "");
    entry->lease.duration_s = (int64_t)base_json_number(doc, "lease.durationS", 0);
    entry->lease.until_ms = (int64_t)base_json_number(doc, "lease.untilMs", 0);
}

static void load_headers(struct base_headers *out, const cJSON *object)
{
    const cJSON *member;
    cJSON_ArrayForEach(member, object)
    {
        if (cJSON_IsString(member))
            base_headers_add(out, member->string, member->valuestring);
    }
}

static cJSON *headers_json(const struct base_headers *headers)
{
    cJSON *object = cJSON_CreateObject();
    for (size_t i = 0; i < headers->count; i++)
        base_json_set_text(object, headers->items[i].name, headers->items[i].value);
    return object;
}
