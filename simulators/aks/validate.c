/* Decides whether metadata, and objects without a pod in them, are valid. Sentences as kube-apiserver's, recorded. */
#include "simulators/aks/strategy.h"

#include "simulators/aks/meta.h"
#include "simulators/aks/names.h"

#include <stdlib.h>
#include <string.h>

#define CONFIG_MAX (1024 * 1024)
#define ANNOTATIONS_MAX (256 * 1024)

static void validate_name(const struct aks_change *change, const cJSON *body,
                          struct aks_causes *causes);
static void validate_annotations(const cJSON *annotations, struct aks_causes *causes);
static void validate_owners(const cJSON *owners, struct aks_causes *causes);
static void validate_finalizers(const struct aks_change *change, const cJSON *body,
                                struct aks_causes *causes);
static void validate_immutable(const struct aks_change *change, const cJSON *body,
                               const char *const *members, struct aks_causes *causes);
static void validate_keys(const cJSON *map, const char *name, size_t *size,
                          struct aks_causes *causes);

void aks_validate_meta(const struct aks_change *change, const cJSON *body,
                       struct aks_causes *causes)
{
    const cJSON *metadata = cJSON_GetObjectItemCaseSensitive(body, "metadata");

    if (!change->old)
        validate_name(change, body, causes);
    aks_validate_labels(cJSON_GetObjectItemCaseSensitive(metadata, "labels"), "metadata.labels",
                        causes);
    validate_annotations(cJSON_GetObjectItemCaseSensitive(metadata, "annotations"), causes);
    validate_owners(cJSON_GetObjectItemCaseSensitive(metadata, "ownerReferences"), causes);
    validate_finalizers(change, body, causes);
}

void aks_validate_namespace(const struct aks_change *change, const cJSON *body,
                            struct aks_causes *causes)
{
    const cJSON *finalizer, *all = base_json_at(body, "spec.finalizers");
    int index = 0;

    (void)change;
    cJSON_ArrayForEach(finalizer, all)
    {
        aks_validate_finalizer(cJSON_GetStringValue(finalizer),
                               aks_path(causes, "spec.finalizers[%d]", index++), true, causes);
    }
}

void aks_validate_secret(const struct aks_change *change, const cJSON *body,
                         struct aks_causes *causes)
{
    static const char *const members[] = {"data", NULL};
    const cJSON *was = cJSON_GetObjectItemCaseSensitive(change->old, "type");
    const cJSON *is = cJSON_GetObjectItemCaseSensitive(body, "type");
    size_t size = 0;

    validate_keys(cJSON_GetObjectItemCaseSensitive(body, "data"), "data", &size, causes);
    if (size > CONFIG_MAX)
        aks_cause_invalid_text(causes, "data", "", "Too long: must have at most %d bytes",
                               CONFIG_MAX);
    if (was && !base_json_equal(was, is))
        aks_cause_invalid(causes, "type", is, "field is immutable");
    validate_immutable(change, body, members, causes);
}

void aks_validate_config_map(const struct aks_change *change, const cJSON *body,
                             struct aks_causes *causes)
{
    static const char *const members[] = {"data", "binaryData", NULL};
    const cJSON *entry, *data = cJSON_GetObjectItemCaseSensitive(body, "data");
    const cJSON *binary = cJSON_GetObjectItemCaseSensitive(body, "binaryData");
    size_t size = 0;

    validate_keys(data, "data", &size, causes);
    validate_keys(binary, "binaryData", &size, causes);
    cJSON_ArrayForEach(entry, data)
    {
        if (cJSON_GetObjectItemCaseSensitive(binary, entry->string))
            aks_cause_invalid_text(causes, aks_path(causes, "data[%s]", entry->string),
                                   entry->string, "duplicate of key present in binaryData");
    }
    if (size > CONFIG_MAX)
        aks_cause_invalid_text(causes, "", "", "Too long: must have at most %d bytes", CONFIG_MAX);
    validate_immutable(change, body, members, causes);
}

void aks_validate_event(const struct aks_change *change, const cJSON *body,
                        struct aks_causes *causes)
{
    const char *ns = aks_meta(body, "namespace"),
               *about = base_json_text(body, "involvedObject.namespace");

    (void)change;
    if (!base_equal(about ? about : "default", ns) &&
        !(about == NULL && base_equal(ns, "kube-system")))
        aks_cause_invalid_text(causes, "involvedObject.namespace", about ? about : "",
                               "does not match event.namespace");
}

void aks_validate_labels(const cJSON *labels, const char *path, struct aks_causes *causes)
{
    const cJSON *label;

    cJSON_ArrayForEach(label, labels)
    {
        struct base_buf wrong = {0};
        aks_check_qualified(label->string, &wrong);
        aks_causes_from_names(causes, path, label->string, &wrong);
        aks_check_label_value(cJSON_GetStringValue(label), &wrong);
        aks_causes_from_names(causes, path, cJSON_GetStringValue(label), &wrong);
    }
}

void aks_validate_finalizer(const char *name, const char *path, bool indexed,
                            struct aks_causes *causes)
{
    static const char *const standard[] = {"kubernetes", AKS_FOREGROUND, AKS_ORPHAN};
    struct base_buf wrong = {0};
    bool known = strchr(name, '/') != NULL;

    for (size_t i = 0; i < sizeof standard / sizeof *standard; i++)
        known = known || base_equal(name, standard[i]);
    aks_check_qualified(name, &wrong);
    aks_causes_from_names(causes, indexed ? path : "metadata.finalizers", name, &wrong);
    if (!known)
        aks_cause_invalid_text(
            causes, path, name,
            "name is neither a standard finalizer name nor is it fully qualified");
}

void aks_causes_from_names(struct aks_causes *causes, const char *path, const char *value,
                           struct base_buf *wrong)
{
    for (char *line = wrong->len ? wrong->data : NULL; line && *line;) {
        char *end = strchr(line, '\n');
        *end = '\0';
        aks_cause_invalid_text(causes, path, value, "%s", line);
        line = end + 1;
    }
    base_buf_release(wrong);
}

void aks_validate_not_negative(const cJSON *node, const char *member, const char *path,
                               struct aks_causes *causes)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(node, member);

    if (cJSON_IsNumber(value) && value->valuedouble < 0)
        aks_cause_invalid(causes, aks_path(causes, "%s.%s", path, member), value,
                          "must be greater than or equal to 0");
}

void aks_validate_one_of(const cJSON *node, const char *member, const char *path,
                         const char *const *values, struct aks_causes *causes)
{
    const char *text = base_json_text(node, member);

    for (size_t i = 0; values[i]; i++)
        if (base_equal(text ? text : "", values[i]))
            return;
    if (text && *text)
        aks_cause_unsupported(causes, aks_path(causes, "%s.%s", path, member), text, values);
    else
        aks_cause_required(causes, aks_path(causes, "%s.%s", path, member), "");
}

static void validate_name(const struct aks_change *change, const cJSON *body,
                          struct aks_causes *causes)
{
    aks_name_check check =
        change->kind->id == AKS_NAMESPACE ? aks_check_label : aks_check_subdomain;
    const char *name = aks_meta(body, "name");
    struct base_buf wrong = {0};

    if (!*name) {
        aks_cause_required(causes, "metadata.name", "name or generateName is required");
        return;
    }
    check(name, &wrong);
    aks_causes_from_names(causes, "metadata.name", name, &wrong);
}

static void validate_annotations(const cJSON *annotations, struct aks_causes *causes)
{
    const cJSON *annotation;
    size_t size = 0;

    cJSON_ArrayForEach(annotation, annotations)
    {
        char *lower = base_strdup(annotation->string);
        struct base_buf wrong = {0};
        base_lower(lower);
        aks_check_qualified(lower, &wrong);
        aks_causes_from_names(causes, "metadata.annotations", annotation->string, &wrong);
        size += strlen(annotation->string) + strlen(cJSON_GetStringValue(annotation));
        free(lower);
    }
    if (size > ANNOTATIONS_MAX)
        aks_cause_invalid_text(causes, "metadata.annotations", "",
                               "Too long: must have at most %d bytes", ANNOTATIONS_MAX);
}

static void validate_owners(const cJSON *owners, struct aks_causes *causes)
{
    static const struct {
        const char *member, *why;
    } needed[] = {{"apiVersion", "version must not be empty"},
                  {"kind", "kind must not be empty"},
                  {"name", "name must not be empty"},
                  {"uid", "uid must not be empty"}};
    const cJSON *owner, *controller = NULL;

    cJSON_ArrayForEach(owner, owners)
    {
        for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
            const char *text = base_json_text(owner, needed[i].member);
            if (!text || !*text)
                aks_cause_invalid_text(
                    causes, aks_path(causes, "metadata.ownerReferences.%s", needed[i].member), "",
                    "%s", needed[i].why);
        }
        if (base_equal(base_json_text(owner, "kind"), "Event"))
            aks_cause_invalid_go(causes, "metadata.ownerReferences", "v1.OwnerReference", owner,
                                 "/v1, Kind=Event is disallowed from being an owner");
        if (!base_json_true(owner, "controller"))
            continue;
        if (controller)
            aks_cause_invalid_go(
                causes, "metadata.ownerReferences", "[]v1.OwnerReference", owners,
                "Only one reference can have Controller set to true. Found \"true\" "
                "in references for %s and %s",
                base_json_text(controller, "name"), base_json_text(owner, "name"));
        controller = owner;
    }
}

static void validate_finalizers(const struct aks_change *change, const cJSON *body,
                                struct aks_causes *causes)
{
    const cJSON *finalizer, *all = base_json_at(body, "metadata.finalizers");
    struct base_buf added = {0};
    int index = 0;

    cJSON_ArrayForEach(finalizer, all)
    {
        const char *name = cJSON_GetStringValue(finalizer);
        aks_validate_finalizer(name, aks_path(causes, "metadata.finalizers[%d]", index++), false,
                               causes);
        if (change->old && aks_deleting(change->old) && !aks_finalizer_has(change->old, name))
            base_buf_printf(&added, "%s\"%s\"", added.len ? ", " : "", name);
    }
    for (int twice = 0; added.len && twice < 2; twice++) /* the real server says it twice */
        aks_cause_forbidden(causes, "metadata.finalizers",
                            "no new finalizers can be added if the object is being deleted, found "
                            "new finalizers []string{%s}",
                            added.data);
    base_buf_release(&added);
}

static void validate_immutable(const struct aks_change *change, const cJSON *body,
                               const char *const *members, struct aks_causes *causes)
{
    if (!change->old || !base_json_true(change->old, "immutable"))
        return;
    if (!base_json_true(body, "immutable"))
        aks_cause_forbidden(causes, "immutable", "field is immutable when `immutable` is set");
    for (; *members; members++) {
        const cJSON *was = cJSON_GetObjectItemCaseSensitive(change->old, *members);
        const cJSON *is = cJSON_GetObjectItemCaseSensitive(body, *members);
        if ((was != NULL) != (is != NULL) || (was && !base_json_equal(was, is)))
            aks_cause_forbidden(causes, *members, "field is immutable when `immutable` is set");
    }
}

static void validate_keys(const cJSON *map, const char *name, size_t *size,
                          struct aks_causes *causes)
{
    const cJSON *entry;

    cJSON_ArrayForEach(entry, map)
    {
        struct base_buf wrong = {0};
        aks_check_config_key(entry->string, &wrong);
        aks_causes_from_names(causes, aks_path(causes, "%s[%s]", name, entry->string),
                              entry->string, &wrong);
        *size += strlen(cJSON_GetStringValue(entry));
    }
}
