/* Decides what the scale subresource shows and changes. */
#include "simulators/aks/api.h"

#include "simulators/aks/meta.h"
#include "simulators/aks/patch.h"

#include <stdlib.h>

static cJSON *scale_of(const cJSON *workload);
static void write_scale(struct aks_call *call, cJSON *scale, bool patch);
static bool set_replicas(struct aks_call *call, const struct aks_object *old, cJSON *scale,
                         cJSON **body);

void aks_scale_get(struct aks_call *call)
{
    cJSON *scale = NULL;

    aks_lock(call->aks);
    const struct aks_object *object =
        aks_store_get(call->cluster, call->kind, call->ns, call->name);
    if (object)
        scale = scale_of(object->body);
    else
        aks_fail_not_found(call->fail, call->kind, call->name);
    aks_unlock(call->aks);
    aks_answer_tree(call, 200, scale);
}

void aks_scale_put(struct aks_call *call)
{
    struct base_error err = {0};
    cJSON *scale = base_json_parse(call->request->body, call->request->body_len, &err);

    if (!cJSON_IsObject(scale)) {
        aks_fail_plain(call->fail, "BadRequest",
                       "the object provided is unrecognized (must be of type Scale): %s",
                       err.message);
        cJSON_Delete(scale);
        return;
    }
    aks_lock(call->aks);
    write_scale(call, scale, false);
    aks_unlock(call->aks);
}

void aks_scale_patch(struct aks_call *call)
{
    struct base_error err = {0};
    struct base_buf why = {0};
    cJSON *patch = base_json_parse(call->request->body, call->request->body_len, &err),
          *scale = NULL;
    const char *type = aks_content_type(call);

    if (!patch) {
        aks_fail_plain(call->fail, "BadRequest", "json: %s", err.message);
        return;
    }
    aks_lock(call->aks);
    const struct aks_object *object =
        aks_store_get(call->cluster, call->kind, call->ns, call->name);
    if (!object)
        aks_fail_not_found(call->fail, call->kind, call->name);
    else
        scale = scale_of(object->body);
    if (scale && base_equal(type, "application/json-patch+json")) {
        if (!aks_json_patch(&scale, patch, &why))
            aks_fail_plain(call->fail, "Invalid",
                           "the server rejected our request due to an error in our request");
    } else if (scale && (base_equal(type, "application/merge-patch+json") ||
                         base_equal(type, "application/strategic-merge-patch+json"))) {
        cJSON *merged = base_json_merge_patch(scale, patch);
        cJSON_Delete(scale);
        scale = merged;
    } else if (scale) {
        aks_fail_plain(call->fail, "UnsupportedMediaType", "415: Unsupported Media Type");
    }
    if (scale && !call->fail->code)
        write_scale(call, scale, true);
    else
        cJSON_Delete(scale);
    aks_unlock(call->aks);
    cJSON_Delete(patch);
    base_buf_release(&why);
}

static cJSON *scale_of(const cJSON *workload)
{
    static const char *const shown[] = {"name", "namespace", "uid", "resourceVersion",
                                        "creationTimestamp"};
    cJSON *scale = cJSON_CreateObject();
    double replicas = base_json_number(workload, "spec.replicas", 0);
    char *selector = aks_label_object_text(base_json_at(workload, "spec.selector"));

    base_json_set_text(scale, "kind", "Scale");
    base_json_set_text(scale, "apiVersion", "autoscaling/v1");
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        base_json_set_text(aks_metadata(scale), shown[i], aks_meta(workload, shown[i]));
    cJSON *spec = cJSON_AddObjectToObject(scale, "spec");
    if (replicas > 0)
        base_json_set_number(spec, "replicas", replicas);
    base_json_set_number(aks_member(scale, "status"), "replicas",
                         base_json_number(workload, "status.replicas", 0));
    if (*selector)
        base_json_set_text(aks_member(scale, "status"), "selector", selector);
    free(selector);
    return scale;
}

/* Lock held. Takes `scale`. */
static void write_scale(struct aks_call *call, cJSON *scale, bool patch)
{
    const struct aks_object *old = aks_store_get(call->cluster, call->kind, call->ns, call->name);
    struct aks_write write = aks_write_of(call, base_equal(aks_query(call, "dryRun"), "All"));
    struct aks_object *now = NULL;
    cJSON *body = NULL;

    write.sub = "";
    write.patch = patch;
    if (!old)
        aks_fail_not_found(call->fail, call->kind, call->name);
    else if (set_replicas(call, old, scale, &body))
        now = aks_update(&write, body, call->fail);
    cJSON_Delete(scale);
    if (now)
        aks_answer_tree(call, 200, scale_of(now->body));
    aks_object_drop(now);
}

static bool set_replicas(struct aks_call *call, const struct aks_object *old, cJSON *scale,
                         cJSON **body)
{
    struct aks_causes causes = {0};

    if (!aks_decode(aks_type_find("Scale"), "Scale", scale, NULL, call->fail))
        return false;
    const cJSON *replicas = base_json_at(scale, "spec.replicas");
    const char *name = aks_meta(scale, "name"), *revision = aks_meta(scale, "resourceVersion");
    if (*name && !base_equal(name, call->name))
        return aks_fail_plain(call->fail, "BadRequest",
                              "the name of the object (%s) does not match the name on the URL (%s)",
                              name, call->name);
    if (replicas && replicas->valuedouble < 0)
        aks_cause_invalid(&causes, "spec.replicas", replicas, "must be greater than or equal to 0");
    bool good = aks_causes_check(&causes, "autoscaling", "Scale", call->name, call->fail);
    aks_causes_release(&causes);
    if (!good)
        return false;
    if (*revision && !base_equal(revision, aks_meta(old->body, "resourceVersion")))
        return aks_fail_modified(call->fail, call->kind, call->name);
    *body = base_json_copy(old->body);
    base_json_set_number(aks_member(*body, "spec"), "replicas",
                         replicas ? replicas->valuedouble : 0);
    return true;
}
