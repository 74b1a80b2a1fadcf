/* Decides what ARM does around a provider's answer: identities before, the index after. */
#include "simulators/arm/asked.h"
#include "simulators/arm/routes.h"
#include "simulators/arm/identity.h"
#include "simulators/arm/index.h"

#include <string.h>

struct work {
    struct arm_call *call;
    struct arm_forward forward;
    struct arm_identity identity;
    bool made_identity; /* by this request */
};

static bool check_linked(struct arm_call *call);
static bool check_children(struct arm_call *call);
static const char *provider_path(struct arm_call *call);
static void choose_home(struct arm_call *call);
static bool prepare(struct work *work);
static void after_write(struct work *work);
static void after_delete(struct arm_call *call);
static void after_get(struct arm_call *call);
static void after_operation(struct arm_call *call);

static const struct {
    const char *method;
    void (*after)(struct arm_call *call);
} followers[] = {{"DELETE", after_delete}, {"GET", after_get}, {"HEAD", after_get}};

void arm_resource_handle(struct arm_call *call)
{
    const char *method = call->request->method;
    struct work work = {.call = call};

    choose_home(call);
    if (call->type.home == ARM_HOME_SELF) {
        arm_refuse(call->response, ARM_METHOD_NOT_ALLOWED, NULL,
                   "The requested resource does not support http method '%s'.", method);
        return;
    }
    if (!check_linked(call) || !check_children(call))
        return;
    arm_forward_init(&work.forward, call);
    work.forward.path = provider_path(call);
    if ((base_equal(method, "PUT") || base_equal(method, "PATCH")) && !prepare(&work))
        return;
    arm_forward_send(&work.forward, call->response);
    if (base_equal(method, "PUT") || base_equal(method, "PATCH"))
        after_write(&work);
    for (size_t i = 0; i < sizeof followers / sizeof *followers; i++)
        if (base_equal(followers[i].method, method))
            followers[i].after(call);
    if (base_equal(method, "HEAD") && call->response->status == 200)
        call->response->status = 204;
}

/* Where a namespace is shared, the providers in this process answer for operations that they began ("locations/global", as the kit
 * names them), and for names of their own types. */
static void choose_home(struct arm_call *call)
{
    struct arm_type *type = &call->type, named;
    const char *asked = base_json_text(call->body, "type");
    bool kit = false;

    if (type->home != ARM_HOME_EXTERNAL || !type->kit)
        return;
    if (type->operation)
        kit = base_equal_nocase(call->target.names[0], "global");
    else if (call->target.action && !call->target.type && asked)
        kit = arm_type_find(call->arm, call->arena, asked, &named) && named.home == ARM_HOME_KIT;
    if (kit)
        type->home = ARM_HOME_KIT;
}

/* Who links a user-assigned identity to a resource must be allowed to assign it. */
static bool check_linked(struct arm_call *call)
{
    static const char action[] = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action";
    const cJSON *linked, *map = base_json_at_nocase(call->body, "identity.userAssignedIdentities");

    if (!base_equal(call->request->method, "PUT") && !base_equal(call->request->method, "PATCH"))
        return true;
    cJSON_ArrayForEach(
        linked,
        map) if (linked->string && !cJSON_IsNull(linked) &&
                 !arm_call_allowed(
                     call, action,
                     linked
                         ->string)) return arm_refuse(call->response,
                                                      ARM_LINKED_AUTHORIZATION_FAILED, NULL,
                                                      "The client '%s' with object id '%s' has "
                                                      "permission to perform action '%s' on scope "
                                                      "'%s'; however, it does not have permission "
                                                      "to perform action(s) '%s' on the linked "
                                                      "scope(s) '%s'.",
                                                      call->caller.token.client_id,
                                                      call->caller.token.object_id, call->action,
                                                      call->resource, action, linked->string);
    return true;
}

/* A workspace of one provider cannot go while another keeps something in it. */
static bool check_children(struct arm_call *call)
{
    struct base_buf children = {0};

    if (!base_equal(call->request->method, "DELETE") || call->target.collection ||
        !arm_foreign_children(call->arm, call->resource, call->type.home, &children))
        return true;
    arm_refuse(call->response, ARM_CANNOT_DELETE, NULL,
               "Cannot delete resource while nested resources exist. Some existing nested resource "
               "IDs include: '%s'. "
               "Please delete all nested resources before deleting this resource.",
               children.data);
    base_buf_release(&children);
    return false;
}

/* The path as sent, save type segments in another spelling. */
static const char *provider_path(struct arm_call *call)
{
    const struct arm_target *target = &call->target;
    const char *type = target->type ? strchr(call->type.name, '/') : NULL, **parts;

    if (!type || base_equal_nocase(target->type, call->type.name))
        return target->path;
    parts = base_arena_alloc(call->arena, target->count * sizeof *parts);
    memcpy(parts, target->raw, target->count * sizeof *parts);
    for (size_t i = 0; i < target->depth && type; i++) {
        size_t len = strcspn(++type, "/");
        parts[target->first + 2 * i] = base_arena_strndup(call->arena, type, len);
        type = type[len] ? type + len : NULL;
    }
    return arm_path_join(call->arena, parts, target->count);
}

/* ---- PUT, PATCH ---- */

/* False: no identity could be made; the answer is filled. */
static bool prepare(struct work *work)
{
    struct arm_call *call = work->call;
    cJSON *known = arm_resource_known(call->arm, call->resource);
    const char *location = base_json_text(known, "location");
    bool good = true;

    work->forward.creates = !known && base_equal(call->request->method, "PUT");
    if (arm_identity_system(call->body)) {
        good =
            arm_identity_ensure(call, location ? location : base_json_text(call->body, "location"),
                                &work->identity, &work->made_identity);
        work->forward.identity = &work->identity;
    }
    cJSON_Delete(known);
    return good;
}

static void settle_identity(struct work *work, const cJSON *answer)
{
    struct arm_call *call = work->call;
    bool put = base_equal(call->request->method, "PUT");
    bool asked = base_json_at_nocase(call->body, "identity") != NULL;

    if (call->response->status >= 300) {
        /* after a 5xx of its own, or none in time, the provider may have kept the resource */
        bool refused = call->response->status < 500 ||
                       call->response->status == arm_error_status(ARM_PROVIDER_UNAVAILABLE);
        if (work->made_identity && refused)
            arm_identity_remove(call->arm, call->resource);
    } else if (!work->forward.identity &&
               (asked || (put && answer && !arm_identity_system(answer)))) {
        arm_identity_remove(call->arm, call->resource);
    }
}

static void after_write(struct work *work)
{
    struct arm_call *call = work->call;
    struct base_http_response *response = call->response;
    bool good = response->status >= 200 && response->status < 300;
    cJSON *answer = good && response->body.len
                        ? base_json_parse(response->body.data, response->body.len, NULL)
                        : NULL;

    settle_identity(work, answer);
    if (good && call->body && base_equal(call->request->method, "PUT"))
        arm_asked_put(call->arm, call->resource, call->body);
    else if (good && call->body)
        arm_asked_patch(call->arm, call->resource, call->body);
    /* after 202 the resource is not visible yet: a later read shows it */
    if (cJSON_IsObject(answer) && response->status != 202 && call->type.home == ARM_HOME_EXTERNAL &&
        call->type.tracked)
        arm_index_learn(call->arm, call->resource, answer, call->api_version,
                        call->caller.token.object_id);
    cJSON_Delete(answer);
}

/* ---- DELETE, GET ---- */

static bool is_resource(const struct arm_call *call)
{
    return call->target.type && !call->target.collection && !call->type.operation;
}

static void after_delete(struct arm_call *call)
{
    int status = call->response->status;

    if (!is_resource(call) || status < 200 || status >= 300)
        return;
    if (call->type.home == ARM_HOME_EXTERNAL && status == 202) {
        arm_index_deleting(call->arm, call->resource);
        return;
    }
    cJSON *kept = sim_resource_get(call->arm->world, call->resource);
    if (!kept)
        arm_resource_gone(call->arm, call->resource);
    cJSON_Delete(kept);
}

/* What a read shows keeps the index true, also when the provider changed by itself. */
static void after_get(struct arm_call *call)
{
    struct base_http_response *response = call->response;

    if (call->type.operation && call->type.home == ARM_HOME_EXTERNAL)
        after_operation(call);
    if (!is_resource(call) || call->type.home != ARM_HOME_EXTERNAL || !call->type.tracked)
        return;
    if (response->status == 404 && arm_forward_answered(response)) {
        cJSON *entry = arm_docs_get(call->arm->index, call->resource);
        if (entry)
            arm_resource_gone(call->arm, call->resource);
        cJSON_Delete(entry);
    }
    if (response->status != 200)
        return;
    cJSON *answer = base_json_parse(response->body.data, response->body.len, NULL);
    if (cJSON_IsObject(answer))
        arm_index_learn(call->arm, call->resource, answer, call->api_version, "");
    cJSON_Delete(answer);
}

/* The end of an operation may be the end of a deletion: its identity goes before the client learns of it. */
static void after_operation(struct arm_call *call)
{
    static const char *const terminal[] = {"Succeeded", "Failed", "Canceled"};
    struct base_http_response *response = call->response;
    cJSON *answer = response->status == 200 && response->body.len
                        ? base_json_parse(response->body.data, response->body.len, NULL)
                        : NULL;
    const char *status = base_json_text(answer, "status");
    bool ended = response->status == 204 || (response->status == 200 && !status);

    for (size_t i = 0; i < sizeof terminal / sizeof *terminal; i++)
        ended = ended || base_equal_nocase(status, terminal[i]);
    cJSON_Delete(answer);
    if (ended)
        arm_index_settle(call->arm);
}
