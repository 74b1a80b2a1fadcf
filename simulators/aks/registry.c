/* Decides what becomes of a create and of an update. The order of the steps is kube-apiserver's: decode, defaults, admission,
 * server-set fields, rules, store. */
#include "simulators/aks/registry.h"

#include "simulators/aks/meta.h"
#include "simulators/aks/strategy.h"

#include <stdlib.h>
#include <string.h>

static bool decode(const struct aks_write *write, cJSON *body, struct aks_causes *causes,
                   struct aks_fail *fail);
static bool refuse_unknown(const struct aks_write *write, struct aks_fail *fail);
static bool place(const struct aks_write *write, cJSON *body, struct aks_fail *fail);
static bool namespace_open(const struct aks_write *write, const cJSON *body, struct aks_fail *fail);
static void stamp_new(const struct aks_write *write, cJSON *body, int64_t now_ms);
static void generate_name(const struct aks_write *write, cJSON *metadata);
static bool create_checked(const struct aks_write *write, cJSON *body, struct aks_fail *fail);
static bool check_versions(const struct aks_write *write, const struct aks_object *old,
                           const cJSON *body, struct aks_fail *fail);
static void keep_server_fields(const struct aks_object *old, cJSON *body);
static bool update_checked(const struct aks_write *write, const struct aks_object *old, cJSON *body,
                           struct aks_fail *fail);
static bool changed(const struct aks_object *old, cJSON *body);
static bool counts_as_change(const struct aks_kind *kind, const cJSON *old, const cJSON *now);
static bool may_go(const struct aks_kind *kind, const cJSON *body);
static bool rules(const struct aks_change *change, const cJSON *body, struct aks_causes *causes,
                  struct aks_fail *fail);

struct aks_object *aks_create(const struct aks_write *write, cJSON *body, struct aks_fail *fail)
{
    if (!create_checked(write, body, fail)) {
        cJSON_Delete(body);
        return NULL;
    }
    if (write->dry_run)
        return aks_object_new(write->kind, body);
    return aks_object_hold(aks_store_put(write->cluster, write->kind, body));
}

struct aks_object *aks_update(const struct aks_write *write, cJSON *body, struct aks_fail *fail)
{
    struct aks_object *old = aks_store_get(write->cluster, write->kind, write->ns, write->name),
                      *result;

    if (!old)
        aks_fail_not_found(fail, write->kind, write->name);
    if (!old || !update_checked(write, old, body, fail)) {
        cJSON_Delete(body);
        return NULL;
    }
    if (!changed(old, body)) {
        result = aks_object_hold(old);
        cJSON_Delete(body);
    } else if (write->dry_run) {
        result = aks_object_new(write->kind, body);
    } else if (may_go(write->kind, body)) {
        result = aks_object_new(write->kind, body);
        aks_store_remove(write->cluster, old);
    } else {
        result = aks_object_hold(aks_store_put(write->cluster, write->kind, body));
        write->cluster->collect = write->cluster->collect || aks_deleting(result->body);
    }
    return result;
}

bool aks_create_quietly(struct aks_cluster *cluster, const struct aks_kind *kind, cJSON *body)
{
    char *ns = base_strdup(aks_meta(body, "namespace"));
    struct aks_write write = {.cluster = cluster, .kind = kind, .ns = ns, .sub = ""};
    struct aks_fail fail = {0};
    struct aks_object *made = aks_create(&write, body, &fail);

    aks_object_drop(made);
    aks_fail_release(&fail);
    free(ns);
    return made != NULL;
}

bool aks_update_quietly(struct aks_cluster *cluster, const struct aks_kind *kind, const char *sub,
                        cJSON *body)
{
    char *ns = base_strdup(aks_meta(body, "namespace")),
         *name = base_strdup(aks_meta(body, "name"));
    struct aks_write write = {.cluster = cluster, .kind = kind, .ns = ns, .name = name, .sub = sub};
    struct aks_fail fail = {0};
    struct aks_object *made = aks_update(&write, body, &fail);

    aks_object_drop(made);
    aks_fail_release(&fail);
    free(ns);
    free(name);
    return made != NULL;
}

/* A custom resource is checked against its schema, its metadata against ObjectMeta. */
static bool decode(const struct aks_write *write, cJSON *body, struct aks_causes *causes,
                   struct aks_fail *fail)
{
    const struct aks_kind *kind = write->kind;

    if (!kind->custom)
        return aks_decode(aks_kind_type(kind), kind->kind, body, write->unknown, fail) &&
               !refuse_unknown(write, fail);
    if (!aks_decode(aks_type_find("ObjectMeta"), kind->kind, aks_metadata(body), write->unknown,
                    fail))
        return false;
    cJSON_DeleteItemFromObjectCaseSensitive(aks_metadata(body), "managedFields");
    aks_prune_custom(aks_kind_type(kind), body, write->unknown, causes);
    return !refuse_unknown(write, fail);
}

static bool refuse_unknown(const struct aks_write *write, struct aks_fail *fail)
{
    struct base_buf all = {0};

    if (!write->strict || !write->unknown || !write->unknown->len)
        return false;
    for (const char *line = write->unknown->data; *line; line += strcspn(line, "\n") + 1)
        base_buf_printf(&all, "%sunknown field \"%.*s\"", all.len ? ", " : "",
                        (int)strcspn(line, "\n"), line);
    aks_fail_plain(fail, "BadRequest",
                   "%s in version \"%s\" cannot be handled as a %s: strict decoding error: %s",
                   write->kind->kind, write->kind->version, write->kind->kind, all.data);
    base_buf_release(&all);
    return true;
}

/* Fills apiVersion, kind and namespace in. */
static bool place(const struct aks_write *write, cJSON *body, struct aks_fail *fail)
{
    cJSON *metadata = aks_metadata(body);
    const char *ns = base_json_text(metadata, "namespace");

    base_json_set_text(body, "apiVersion", aks_kind_api_version(write->kind));
    base_json_set_text(body, "kind", write->kind->kind);
    if (ns && *ns && !base_equal(ns, write->ns))
        return aks_fail_plain(fail, "BadRequest",
                              "the namespace of the provided object does not match the namespace "
                              "sent on the request");
    base_json_set_text(metadata, "namespace", *write->ns ? write->ns : NULL);
    return true;
}

static bool namespace_open(const struct aks_write *write, const cJSON *body, struct aks_fail *fail)
{
    const struct aks_kind *namespaces = aks_kind_at(AKS_NAMESPACE);

    if (!write->kind->namespaced)
        return true;
    const struct aks_object *ns = aks_store_get(write->cluster, namespaces, "", write->ns);
    if (!ns)
        return aks_fail_not_found(fail, namespaces, write->ns);
    if (!aks_deleting(ns->body))
        return true;
    aks_fail_forbidden(
        fail, write->kind, aks_meta(body, "name"),
        "unable to create new content in namespace %s because it is being terminated", write->ns);
    cJSON *causes = cJSON_CreateArray(), *cause = cJSON_CreateObject();
    char *message = base_asprintf("namespace %s is being terminated", write->ns);
    base_json_set_text(cause, "reason", "NamespaceTerminating");
    base_json_set_text(cause, "message", message);
    base_json_set_text(cause, "field", "metadata.namespace");
    cJSON_AddItemToArray(causes, cause);
    base_json_set(fail->details, "causes", causes);
    free(message);
    return false;
}

static void stamp_new(const struct aks_write *write, cJSON *body, int64_t now_ms)
{
    static const char *const not_theirs[] = {"selfLink", "deletionTimestamp",
                                             "deletionGracePeriodSeconds", "managedFields",
                                             "resourceVersion"};
    cJSON *metadata = aks_metadata(body);
    char uid[BASE_UUID_TEXT];

    for (size_t i = 0; i < sizeof not_theirs / sizeof *not_theirs; i++)
        cJSON_DeleteItemFromObjectCaseSensitive(metadata, not_theirs[i]);
    base_uuid(sim_world_random(write->cluster->aks->world), uid);
    base_json_set_text(metadata, "uid", uid);
    aks_set_time(metadata, "creationTimestamp", now_ms);
    if (write->kind->generation)
        base_json_set_number(metadata, "generation", 1);
}

/* Tries until the name is free. */
static void generate_name(const struct aks_write *write, cJSON *metadata)
{
    const char *prefix = base_json_text(metadata, "generateName"),
               *name = base_json_text(metadata, "name");

    if (!prefix || !*prefix || (name && *name))
        return;
    do {
        struct base_buf made = {0};
        base_buf_printf(&made, "%.248s", prefix);
        aks_name_suffix(sim_world_random(write->cluster->aks->world), &made);
        base_json_set_text(metadata, "name", made.data);
        base_buf_release(&made);
    } while (
        aks_store_get(write->cluster, write->kind, write->ns, base_json_text(metadata, "name")));
}

static bool create_checked(const struct aks_write *write, cJSON *body, struct aks_fail *fail)
{
    const struct aks_kind *kind = write->kind;
    struct aks_change change = {.cluster = write->cluster,
                                .kind = kind,
                                .sub = write->sub,
                                .now_ms = aks_now(write->cluster->aks)};
    struct aks_causes causes = {0};
    bool good = false;

    if (!decode(write, body, &causes, fail) || !place(write, body, fail) ||
        !namespace_open(write, body, fail))
        goto done;
    if (*aks_meta(body, "resourceVersion")) {
        aks_fail_plain(fail, "", "resourceVersion should not be set on objects to be created");
        goto done;
    }
    if (kind->defaults)
        kind->defaults(body);
    if (!aks_admit(&change, body, fail))
        goto done;
    stamp_new(write, body, change.now_ms);
    if (kind->prepare)
        kind->prepare(&change, body);
    generate_name(write, aks_metadata(body));
    if (!rules(&change, body, &causes, fail))
        goto done;
    aks_sort_fields(aks_kind_type(kind), body);
    good = !aks_store_get(write->cluster, kind, write->ns, aks_meta(body, "name")) ||
           aks_fail_exists(fail, kind, aks_meta(body, "name"));
done:
    aks_causes_release(&causes);
    return good;
}

static bool check_versions(const struct aks_write *write, const struct aks_object *old,
                           const cJSON *body, struct aks_fail *fail)
{
    const char *revision = aks_meta(body, "resourceVersion"), *uid = aks_meta(body, "uid");
    struct aks_causes causes = {0};

    if (*uid && !base_equal(uid, aks_meta(old->body, "uid")))
        return aks_fail_conflict(
            fail, aks_kind_resource(write->kind), write->name,
            "StorageError: invalid object, Code: 4, Key: /registry/%s/%s%s%s, ResourceVersion: 0, "
            "AdditionalErrorMsg: Precondition failed: UID in precondition: %s, UID in object meta: "
            "%s",
            write->kind->plural, write->ns, *write->ns ? "/" : "", write->name, uid,
            aks_meta(old->body, "uid"));
    if (*revision && !base_equal(revision, aks_meta(old->body, "resourceVersion")))
        return aks_fail_modified(fail, write->kind, write->name);
    if (*revision || !write->kind->custom || write->patch)
        return true;
    cJSON *none = cJSON_CreateRaw("0x0");
    aks_cause_invalid(&causes, "metadata.resourceVersion", none, "must be specified for an update");
    cJSON_Delete(none);
    (void)aks_causes_check(&causes, write->kind->group, write->kind->plural, write->name, fail);
    aks_causes_release(&causes);
    return false;
}

static void keep_server_fields(const struct aks_object *old, cJSON *body)
{
    static const char *const kept[] = {
        "uid",        "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
        "generation", "resourceVersion",   "generateName"};
    const cJSON *was = cJSON_GetObjectItemCaseSensitive(old->body, "metadata");
    cJSON *metadata = aks_metadata(body);

    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(was, kept[i]);
        if (value)
            base_json_set(metadata, kept[i], base_json_copy(value));
        else
            cJSON_DeleteItemFromObjectCaseSensitive(metadata, kept[i]);
    }
    cJSON_DeleteItemFromObjectCaseSensitive(metadata, "selfLink");
    cJSON_DeleteItemFromObjectCaseSensitive(metadata, "managedFields");
}

static bool update_checked(const struct aks_write *write, const struct aks_object *old, cJSON *body,
                           struct aks_fail *fail)
{
    const struct aks_kind *kind = write->kind;
    struct aks_change change = {.cluster = write->cluster,
                                .kind = kind,
                                .old = old->body,
                                .sub = write->sub,
                                .now_ms = aks_now(write->cluster->aks)};
    struct aks_causes causes = {0};
    bool good = false;

    if (!decode(write, body, &causes, fail) || !place(write, body, fail) ||
        !check_versions(write, old, body, fail))
        goto done;
    if (kind->defaults)
        kind->defaults(body);
    keep_server_fields(old, body);
    if (kind->prepare)
        kind->prepare(&change, body);
    if (!base_equal(aks_meta(body, "name"), old->name))
        aks_cause_invalid_text(&causes, "metadata.name", aks_meta(body, "name"),
                               "field is immutable");
    if (!rules(&change, body, &causes, fail))
        goto done;
    if (kind->generation && !*write->sub && counts_as_change(kind, old->body, body))
        base_json_set_number(aks_metadata(body), "generation",
                             base_json_number(old->body, "metadata.generation", 0) + 1);
    aks_sort_fields(aks_kind_type(kind), body);
    good = true;
done:
    aks_causes_release(&causes);
    return good;
}

static bool changed(const struct aks_object *old, cJSON *body)
{
    return !base_json_equal(old->body, body);
}

/* Built-in kinds: the spec; custom resources: all but metadata. */
static bool counts_as_change(const struct aks_kind *kind, const cJSON *old, const cJSON *now)
{
    const cJSON *was = cJSON_GetObjectItemCaseSensitive(old, "spec"),
                *is = cJSON_GetObjectItemCaseSensitive(now, "spec");

    if (!kind->custom)
        return !base_json_equal(was, is);
    cJSON *left = base_json_copy(old), *right = base_json_copy(now);
    cJSON_DeleteItemFromObjectCaseSensitive(left, "metadata");
    cJSON_DeleteItemFromObjectCaseSensitive(right, "metadata");
    bool differ = !base_json_equal(left, right);
    cJSON_Delete(left);
    cJSON_Delete(right);
    return differ;
}

/* Nothing holds a deleted object any more. */
static bool may_go(const struct aks_kind *kind, const cJSON *body)
{
    if (!aks_deleting(body) || base_json_at(body, "metadata.finalizers.0"))
        return false;
    if (kind->id == AKS_NAMESPACE)
        return !base_json_at(body, "spec.finalizers.0");
    return kind->id != AKS_POD ||
           base_json_number(body, "metadata.deletionGracePeriodSeconds", 0) == 0;
}

static bool rules(const struct aks_change *change, const cJSON *body, struct aks_causes *causes,
                  struct aks_fail *fail)
{
    aks_validate_meta(change, body, causes);
    if (change->kind->validate)
        change->kind->validate(change, body, causes);
    return aks_causes_check(causes, change->kind->group, change->kind->kind, aks_meta(body, "name"),
                            fail);
}
