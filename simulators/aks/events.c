/* Decides how events are recorded, counted up and forgotten. */
#include "simulators/aks/controller.h"

#include "simulators/aks/meta.h"
#include "simulators/aks/registry.h"

#include <stdlib.h>
#include <string.h>

#define LIFETIME_MS 3600000 /* clock; as kube-apiserver's --event-ttl */
#define EVENTS_MAX 2000     /* of a cluster */

static const struct aks_object *find_same(struct aks_cluster *cluster, const cJSON *about,
                                          const char *component, const char *reason,
                                          const char *message);
static void count_up(struct aks_cluster *cluster, const struct aks_object *event);

void aks_record(struct aks_cluster *cluster, const cJSON *about, const char *component,
                const char *type, const char *reason, const char *fmt, ...)
{
    static const char *const copied[] = {"name", "namespace", "uid", "resourceVersion"};
    struct base_buf message = {0};
    va_list args;

    va_start(args, fmt);
    base_buf_vprintf(&message, fmt, args);
    va_end(args);
    const struct aks_object *same = find_same(cluster, about, component, reason, message.data);
    if (same) {
        count_up(cluster, same);
        base_buf_release(&message);
        return;
    }
    cJSON *body = cJSON_CreateObject(), *object = aks_member(body, "involvedObject");
    const char *ns = aks_meta(about, "namespace");
    int64_t now = aks_now(cluster->aks);
    char *name =
        base_asprintf("%s.%016llx", aks_meta(about, "name"),
                      (unsigned long long)now * 1000000 + cluster->aks->events++ % 1000000);
    base_json_set_text(aks_metadata(body), "name", name);
    base_json_set_text(aks_metadata(body), "namespace", *ns ? ns : "default");
    base_json_set_text(object, "kind", base_json_text(about, "kind"));
    base_json_set_text(object, "apiVersion", base_json_text(about, "apiVersion"));
    for (size_t i = 0; i < sizeof copied / sizeof *copied; i++)
        base_json_set_text(object, copied[i],
                           *aks_meta(about, copied[i]) ? aks_meta(about, copied[i]) : NULL);
    base_json_set_text(body, "reason", reason);
    base_json_set_text(body, "message", message.data);
    base_json_set_text(body, "type", type);
    base_json_set_text(aks_member(body, "source"), "component", component);
    aks_set_time(body, "firstTimestamp", now);
    aks_set_time(body, "lastTimestamp", now);
    base_json_set_number(body, "count", 1);
    (void)aks_create_quietly(cluster, aks_kind_at(AKS_EVENT), body);
    free(name);
    base_buf_release(&message);
}

void aks_expire_events(struct aks_cluster *cluster)
{
    int64_t now = aks_now(cluster->aks), oldest = INT64_MAX;
    struct aks_objects all = aks_store_list(cluster, aks_kind_at(AKS_EVENT), NULL);
    size_t over = all.count > EVENTS_MAX ? all.count - EVENTS_MAX : 0;

    for (size_t i = 0; i < all.count; i++) {
        const cJSON *body = all.items[i]->body;
        int64_t made = aks_time_at(body, "metadata.creationTimestamp", now);
        int64_t last = aks_time_at(body, "lastTimestamp", made);
        last = last > made ? last : made;
        if (now - last >= LIFETIME_MS || i < over)
            (void)aks_delete_quietly(cluster, all.items[i], NULL, NULL);
        else if (last < oldest)
            oldest = last;
    }
    if (oldest != INT64_MAX)
        aks_reconcile_at(cluster, oldest + LIFETIME_MS);
    aks_objects_release(&all);
}

static const struct aks_object *find_same(struct aks_cluster *cluster, const cJSON *about,
                                          const char *component, const char *reason,
                                          const char *message)
{
    const struct aks_table *events = &cluster->tables[AKS_EVENT];

    for (size_t i = 0; i < events->count; i++) {
        const cJSON *body = events->items[i]->body;
        if (base_equal(base_json_text(body, "involvedObject.uid"), aks_meta(about, "uid")) &&
            base_equal(base_json_text(body, "reason"), reason) &&
            base_equal(base_json_text(body, "message"), message) &&
            base_equal(base_json_text(body, "source.component"), component))
            return events->items[i];
    }
    return NULL;
}

static void count_up(struct aks_cluster *cluster, const struct aks_object *event)
{
    cJSON *body = base_json_copy(event->body);

    base_json_set_number(body, "count", base_json_number(body, "count", 1) + 1);
    aks_set_time(body, "lastTimestamp", aks_now(cluster->aks));
    (void)aks_update_quietly(cluster, event->kind, "", body);
}
