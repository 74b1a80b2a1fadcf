/* Decides what DELETE asks for: options in the query and in the body, one object or a collection. */
#include "simulators/aks/api.h"

#include "simulators/aks/meta.h"

#include <stdlib.h>
#include <string.h>

struct request {
    cJSON *body; /* owns the texts of options */
    struct aks_delete_options options;
    bool dry_run;
};

static bool read_options(struct aks_call *call, struct request *out);
static bool read_body(struct aks_call *call, struct request *out);
static bool check_options(struct aks_call *call, const struct request *request);

void aks_remove(struct aks_call *call)
{
    struct request request = {0};
    bool gone = false;
    struct aks_object *last = NULL;

    if (read_options(call, &request)) {
        struct aks_write write = aks_write_of(call, request.dry_run);
        aks_lock(call->aks);
        last = aks_delete(&write, &request.options, &gone, call->fail);
        aks_unlock(call->aks);
    }
    if (last && gone && !call->kind->answers_body) {
        aks_answer_tree(call, 200,
                        aks_status_success(call->kind, last->name, aks_meta(last->body, "uid")));
        aks_object_drop(last);
    } else {
        aks_answer_object(call, 200, last);
    }
    cJSON_Delete(request.body);
}

/* Answers the list of what it deleted, as it was. */
void aks_remove_collection(struct aks_call *call)
{
    struct request request = {0};
    struct aks_selector labels, fields;
    struct aks_objects all = {0};
    cJSON *metadata = cJSON_CreateObject();
    char *revision = NULL;

    if (!read_options(call, &request) || !aks_query_selectors(call, call->arena, &labels, &fields))
        goto done;
    aks_lock(call->aks);
    all = aks_store_list(call->cluster, call->kind, call->ns);
    size_t kept = 0;
    for (size_t i = 0; i < all.count; i++) {
        struct aks_object *object = all.items[i];
        struct aks_write write = aks_write_of(call, request.dry_run);
        struct aks_fail lost = {0};
        bool gone;
        write.name = object->name;
        if (aks_selected(object, call->ns, &labels, &fields)) {
            aks_object_drop(aks_delete(&write, &request.options, &gone, &lost));
            all.items[kept++] = object;
        } else {
            aks_object_drop(object);
        }
        aks_fail_release(&lost);
    }
    all.count = kept;
    revision = base_asprintf("%llu", (unsigned long long)call->cluster->revision);
    aks_unlock(call->aks);
    base_json_set_text(metadata, "resourceVersion", revision);
    if (call->kind->custom && call->form == AKS_FORM_OBJECT)
        base_json_set_text(metadata, "continue", "");
    aks_answer_tree(call, 200, aks_list_tree(call, all.items, all.count, metadata));
    metadata = NULL;
done:
    aks_objects_release(&all);
    cJSON_Delete(metadata);
    cJSON_Delete(request.body);
    free(revision);
}

/* The body wins over the query, as a whole. */
static bool read_options(struct aks_call *call, struct request *out)
{
    int64_t grace;
    const char *dry_run = aks_query(call, "dryRun"),
               *grace_text = aks_query(call, "gracePeriodSeconds");
    const char *policy = aks_query(call, "propagationPolicy");

    if (!aks_query_number(call, "gracePeriodSeconds", 0, &grace))
        return false;
    if (call->request->body_len)
        return read_body(call, out) && check_options(call, out);
    out->options.has_grace = grace_text && *grace_text;
    out->options.grace = grace;
    out->options.policy = policy && *policy ? policy : NULL;
    out->dry_run = base_equal(dry_run, "All");
    out->body = cJSON_CreateObject();
    if (dry_run && *dry_run)
        cJSON_AddItemToArray(cJSON_AddArrayToObject(out->body, "dryRun"),
                             cJSON_CreateString(dry_run));
    return check_options(call, out);
}

static bool read_body(struct aks_call *call, struct request *out)
{
    struct base_error err = {0};
    cJSON *body = base_json_parse(call->request->body, call->request->body_len, &err);
    const char *kind = base_json_text(body, "kind");
    struct aks_fail decode = {0};

    out->body = body;
    if (!cJSON_IsObject(body))
        return aks_fail_plain(call->fail, "", "couldn't get version/kind; json parse error: %s",
                              body ? "not an object" : err.message);
    if (kind && *kind && !base_equal(kind, "DeleteOptions"))
        return aks_fail_plain(call->fail, "",
                              "converting (%s) to (v1.DeleteOptions): unknown conversion", kind);
    if (!aks_decode(aks_type_find("DeleteOptions"), "DeleteOptions", body, NULL, &decode)) {
        aks_fail_plain(call->fail, "BadRequest", "%s", decode.message);
        aks_fail_release(&decode);
        return false;
    }
    const cJSON *grace = cJSON_GetObjectItemCaseSensitive(body, "gracePeriodSeconds");
    const char *policy = base_json_text(body, "propagationPolicy");
    out->options = (struct aks_delete_options){
        .uid = base_json_text(body, "preconditions.uid"),
        .revision = base_json_text(body, "preconditions.resourceVersion"),
        .has_grace = cJSON_IsNumber(grace),
        .grace = grace ? (int64_t)grace->valuedouble : 0,
        .policy = policy && *policy ? policy : NULL,
    };
    const cJSON *orphan = cJSON_GetObjectItemCaseSensitive(body, "orphanDependents");
    if (cJSON_IsBool(orphan) && !policy)
        out->options.policy = cJSON_IsTrue(orphan) ? "Orphan" : "Background";
    const char *first = base_json_text(body, "dryRun.0");
    out->dry_run = base_equal(first, "All");
    return true;
}

static bool check_options(struct aks_call *call, const struct request *request)
{
    static const char *const policies[] = {"Foreground", "Background", "Orphan", "nil", NULL};
    static const char *const all[] = {"All", NULL};
    const char *policy = request->options.policy,
               *dry_run = base_json_text(request->body, "dryRun.0");
    struct aks_causes causes = {0};
    bool known = !policy;

    for (size_t i = 0; policy && i < 3; i++)
        known = known || base_equal(policy, policies[i]);
    if (!known)
        aks_cause_unsupported(&causes, "propagationPolicy", policy, policies);
    else if (base_json_text(request->body, "propagationPolicy") &&
             cJSON_GetObjectItemCaseSensitive(request->body, "orphanDependents"))
        aks_cause_invalid_text(&causes, "propagationPolicy", policy,
                               "orphanDependents and deletionPropagation cannot be both set");
    if (dry_run && !request->dry_run) {
        char *shown = base_asprintf("[]string{\"%s\"}", dry_run);
        aks_cause_unsupported_raw(&causes, "dryRun", shown, all);
        free(shown);
    }
    bool good = aks_causes_check(&causes, "meta.k8s.io", "DeleteOptions", "", call->fail);
    aks_causes_release(&causes);
    return good;
}
