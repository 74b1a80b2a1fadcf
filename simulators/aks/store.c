/* Decides how the objects of a cluster are kept, numbered and remembered for watches. */
#include "simulators/aks/store.h"

#include "simulators/aks/room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STORE_ROOM "aks.objects"
#define RESERVE 1000 /* revisions written ahead, so that a restart never gives one out twice */

static struct aks_object **slot(struct aks_table *table, const char *ns, const char *name,
                                size_t *at);
static void table_insert(struct aks_table *table, size_t at, struct aks_object *object);
static uint64_t next_revision(struct aks_cluster *cluster);
static void set_revision(cJSON *body, uint64_t revision);
static void record(struct aks_cluster *cluster, struct aks_object *now, struct aks_object *before,
                   bool removed);
static void persist(struct aks_cluster *cluster, const struct aks_object *object, bool removed);
static char *store_key(const struct aks_cluster *cluster, const struct aks_object *object);
static void load_one(void *context, const char *key, const cJSON *document);
static void forget_one(void *context, const char *key, const cJSON *document);
static bool of_cluster(const struct aks_cluster *cluster, const char *key);

struct aks_object *aks_object_new(const struct aks_kind *kind, cJSON *body)
{
    struct aks_object *object = base_alloc(sizeof *object);
    const char *revision = base_json_text(body, "metadata.resourceVersion");
    const char *ns = base_json_text(body, "metadata.namespace"),
               *name = base_json_text(body, "metadata.name");

    object->kind = kind;
    object->body = body;
    object->namespace = ns ? ns : "";
    object->name = name ? name : "";
    object->revision = revision ? strtoull(revision, NULL, 10) : 0;
    object->refs = 1;
    return object;
}

struct aks_object *aks_object_hold(struct aks_object *object)
{
    __atomic_add_fetch(&object->refs, 1, __ATOMIC_RELAXED);
    return object;
}

void aks_object_drop(struct aks_object *object)
{
    if (!object || __atomic_sub_fetch(&object->refs, 1, __ATOMIC_ACQ_REL))
        return;
    cJSON_Delete((cJSON *)object->body);
    free(object);
}

struct aks_object *aks_store_get(struct aks_cluster *cluster, const struct aks_kind *kind,
                                 const char *ns, const char *name)
{
    size_t at;
    struct aks_object **found =
        slot(&cluster->tables[kind->id], kind->namespaced ? ns : "", name, &at);

    return found ? *found : NULL;
}

struct aks_objects aks_store_list(struct aks_cluster *cluster, const struct aks_kind *kind,
                                  const char *ns)
{
    struct aks_table *table = &cluster->tables[kind->id];
    struct aks_objects list = {base_alloc((table->count + 1) * sizeof *list.items), 0};
    bool all = !ns || !*ns;

    for (size_t i = 0; i < table->count; i++)
        if (all || base_equal(table->items[i]->namespace, ns))
            list.items[list.count++] = aks_object_hold(table->items[i]);
    return list;
}

void aks_objects_release(struct aks_objects *objects)
{
    for (size_t i = 0; i < objects->count; i++)
        aks_object_drop(objects->items[i]);
    free(objects->items);
    *objects = (struct aks_objects){0};
}

size_t aks_store_count(struct aks_cluster *cluster, const struct aks_kind *kind, const char *ns)
{
    size_t count = 0;

    for (size_t i = 0; i < cluster->tables[kind->id].count; i++)
        count += !ns || !*ns || base_equal(cluster->tables[kind->id].items[i]->namespace, ns);
    return count;
}

struct aks_object *aks_store_put(struct aks_cluster *cluster, const struct aks_kind *kind,
                                 cJSON *body)
{
    size_t at;

    set_revision(body, next_revision(cluster));
    struct aks_object *object = aks_object_new(kind, body), *before = NULL;
    struct aks_object **old =
        slot(&cluster->tables[kind->id], object->namespace, object->name, &at);
    if (old) {
        before = *old;
        *old = object;
    } else {
        table_insert(&cluster->tables[kind->id], at, object);
    }
    record(cluster, aks_object_hold(object), before, false);
    cluster->stale = cluster->stale || kind->id < AKS_SECRET || kind->id > AKS_EVENT ||
                     kind->id == AKS_SERVICE_ACCOUNT;
    cluster->collect =
        cluster->collect || (!before && base_json_at(body, "metadata.ownerReferences.0"));
    persist(cluster, object, false);
    aks_changed(cluster->aks);
    return object;
}

void aks_store_remove(struct aks_cluster *cluster, struct aks_object *object)
{
    struct aks_table *table = &cluster->tables[object->kind->id];
    size_t at;

    if (!slot(table, object->namespace, object->name, &at))
        BUG("removing %s, which is not there", object->name);
    cJSON *last = base_json_copy(object->body);
    set_revision(last, next_revision(cluster));
    memmove(&table->items[at], &table->items[at + 1],
            (table->count - at - 1) * sizeof *table->items);
    table->count--;
    persist(cluster, object, true);
    record(cluster, aks_object_new(object->kind, last), object, true);
    cluster->collect = cluster->stale = true;
    aks_changed(cluster->aks);
}

uint64_t aks_store_revision(const struct aks_cluster *cluster)
{
    return cluster->revision;
}

void aks_store_init(struct aks_cluster *cluster)
{
    cluster->history.ring = base_alloc(AKS_HISTORY * sizeof *cluster->history.ring);
}

void aks_store_clear(struct aks_cluster *cluster)
{
    struct aks_history *history = &cluster->history;

    for (size_t k = 0; k < AKS_KINDS; k++) {
        for (size_t i = 0; i < cluster->tables[k].count; i++)
            aks_object_drop(cluster->tables[k].items[i]);
        free(cluster->tables[k].items);
        cluster->tables[k] = (struct aks_table){0};
    }
    for (; history->first < history->next; history->first++) {
        aks_object_drop(history->ring[history->first % AKS_HISTORY].now);
        aks_object_drop(history->ring[history->first % AKS_HISTORY].before);
    }
    history->lost = UINT64_MAX;
}

/* Nothing of before the restart can be replayed. */
void aks_store_load(struct aks_cluster *cluster)
{
    cluster->revision = cluster->reserved;
    sim_store_each(cluster->aks->world, STORE_ROOM, load_one, cluster);
    cluster->history.lost = cluster->revision;
    cluster->collect = cluster->stale = true;
}

struct forgotten {
    struct aks_cluster *cluster;
    char **keys;
    size_t count;
};

void aks_store_forget(struct aks_cluster *cluster)
{
    struct forgotten all = {.cluster = cluster};

    sim_store_each(cluster->aks->world, STORE_ROOM, forget_one, &all);
    for (size_t i = 0; i < all.count; i++) {
        sim_store_delete(cluster->aks->world, STORE_ROOM, all.keys[i]);
        free(all.keys[i]);
    }
    free(all.keys);
}

/* Binary search; *at is where it is or belongs. */
static struct aks_object **slot(struct aks_table *table, const char *ns, const char *name,
                                size_t *at)
{
    size_t low = 0, high = table->count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct aks_object *object = table->items[middle];
        int order = strcmp(object->namespace, ns);
        if (order == 0)
            order = strcmp(object->name, name);
        if (order == 0) {
            *at = middle;
            return &table->items[middle];
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *at = low;
    return NULL;
}

static void table_insert(struct aks_table *table, size_t at, struct aks_object *object)
{
    if (table->count == table->cap) {
        table->cap = table->cap ? table->cap * 2 : 16;
        table->items = base_realloc(table->items, table->cap * sizeof *table->items);
    }
    memmove(&table->items[at + 1], &table->items[at], (table->count - at) * sizeof *table->items);
    table->items[at] = object;
    table->count++;
}

/* The record of the cluster (room "aks.clusters") holds `reserved`. */
static uint64_t next_revision(struct aks_cluster *cluster)
{
    if (++cluster->revision > cluster->reserved) {
        cluster->reserved = cluster->revision + RESERVE;
        aks_cluster_save(cluster);
    }
    return cluster->revision;
}

static void set_revision(cJSON *body, uint64_t revision)
{
    char text[24];
    cJSON *metadata = cJSON_GetObjectItemCaseSensitive(body, "metadata");

    snprintf(text, sizeof text, "%llu", (unsigned long long)revision);
    base_json_set_text(metadata, "resourceVersion", text);
}

/* Takes `now` and `before` over. */
static void record(struct aks_cluster *cluster, struct aks_object *now, struct aks_object *before,
                   bool removed)
{
    struct aks_history *history = &cluster->history;

    if (history->next - history->first == AKS_HISTORY) {
        struct aks_event *oldest = &history->ring[history->first++ % AKS_HISTORY];
        history->lost = oldest->revision;
        aks_object_drop(oldest->now);
        aks_object_drop(oldest->before);
    }
    history->ring[history->next++ % AKS_HISTORY] = (struct aks_event){
        .revision = now->revision, .now = now, .before = before, .removed = removed};
}

static void persist(struct aks_cluster *cluster, const struct aks_object *object, bool removed)
{
    if (object->kind->id == AKS_EVENT) /* gone after an hour anyway */
        return;
    char *key = store_key(cluster, object);
    if (removed)
        sim_store_delete(cluster->aks->world, STORE_ROOM, key);
    else
        sim_store_put(cluster->aks->world, STORE_ROOM, key, object->body);
    free(key);
}

static char *store_key(const struct aks_cluster *cluster, const struct aks_object *object)
{
    return base_asprintf("%s|%s|%s/%s", cluster->fqdn, aks_kind_resource(object->kind),
                         object->namespace, object->name);
}

static bool of_cluster(const struct aks_cluster *cluster, const char *key)
{
    size_t len = strlen(cluster->fqdn);

    return strncmp(key, cluster->fqdn, len) == 0 && key[len] == '|';
}

static void load_one(void *context, const char *key, const cJSON *document)
{
    struct aks_cluster *cluster = context;
    const struct aks_kind *kind =
        aks_kind_by_name(base_json_text(document, "apiVersion"), base_json_text(document, "kind"));
    size_t at;

    if (!of_cluster(cluster, key) || !kind)
        return;
    struct aks_object *object = aks_object_new(kind, base_json_copy(document));
    if (slot(&cluster->tables[kind->id], object->namespace, object->name, &at))
        BUG("%s is in the store twice", key);
    table_insert(&cluster->tables[kind->id], at, object);
    if (object->revision > cluster->revision)
        cluster->revision = object->revision;
}

static void forget_one(void *context, const char *key, const cJSON *document)
{
    struct forgotten *all = context;

    (void)document;
    if (!of_cluster(all->cluster, key))
        return;
    all->keys = base_realloc(all->keys, (all->count + 1) * sizeof *all->keys);
    all->keys[all->count++] = base_strdup(key);
}
