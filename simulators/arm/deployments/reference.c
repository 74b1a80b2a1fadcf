/* Decides what reference() and list*() are worth: what the deployment just made, or what a GET or POST as its caller answers. */
#include "simulators/arm/deployments/reference.h"
#include "simulators/arm/deployments/scheduler.h"
#include "simulators/arm/types.h"
#include "simulators/kit/rbac.h"

#include <string.h>

static void fail_reply(struct base_error *err, const struct arm_reply *reply, const char *id)
{
    cJSON *error = arm_reply_error(reply);
    const char *message = base_json_text(error, "message");

    base_error_set(err, base_status_of_http(reply->status), base_json_text(error, "code"), "%s",
                   message ? message : "");
    if (err)
        err->http_status = reply->status;
    base_error_target(err, "%s", id);
    cJSON_Delete(error);
}

static void set(cJSON *object, const char *name, const cJSON *value)
{
    if (value)
        base_json_set(object, name, base_json_copy(value));
}

/* Everything that reference(..., 'Full') shows of a resource. */
static cJSON *full(const struct arm_deployment *deployment, const cJSON *resource, const char *id,
                   const char *api_version, bool ours)
{
    static const char *const left_out[] = {"id", "name", "type"};
    struct base_arena arena;
    struct arm_target target;
    cJSON *out = cJSON_CreateObject();
    const cJSON *member;
    struct base_buf path = {0};

    (void)deployment;
    base_json_set_text(out, "apiVersion", api_version);
    cJSON_ArrayForEach(member, resource)
    {
        bool skip = false;
        for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
            skip = skip || base_equal(member->string, left_out[i]);
        if (!skip)
            set(out, member->string, member);
    }
    base_arena_init(&arena);
    base_uri_encode(&path, id, "/");
    if (path.data && arm_path_parse(&arena, "GET", path.data, &target)) {
        base_json_set_text(out, "subscriptionId", target.subscription);
        base_json_set_text(out, "resourceGroupName", target.group);
        if (target.provider)
            base_json_set_text(out, "resourceId",
                               id + strlen(target.scope) + strlen("/providers/"));
    }
    base_buf_release(&path);
    base_arena_release(&arena);
    base_json_set_text(out, "referenceApiVersion", api_version);
    base_json_set_bool(out, "condition", true);
    base_json_set_bool(out, "isConditionTrue", true);
    base_json_set_bool(out, "isTemplateResource", ours);
    base_json_set_bool(out, "isAction", false);
    base_json_set_text(out, "provisioningOperation", ours ? "Create" : "Read");
    return out;
}

static cJSON *shown(const struct arm_deployment *deployment,
                    const struct arm_template_reference *call, const cJSON *resource,
                    const char *id, const char *api_version, bool ours)
{
    const cJSON *properties = base_json_at_nocase(resource, "properties");

    if (call->full)
        return full(deployment, resource, id, api_version, ours);
    return properties ? base_json_copy(properties) : cJSON_CreateObject();
}

static cJSON *get(struct arm_reference_context *context, const struct arm_template_reference *call,
                  const char *id, const char *api_version, bool ours, struct base_error *err)
{
    struct arm_deployment *deployment = context->deployment;
    struct arm_reply reply;
    cJSON *value = NULL;

    arm_ask(deployment->arm, &deployment->who, "GET", id, api_version, NULL, &reply);
    if (reply.status == 200)
        value = shown(deployment, call, reply.body, id, api_version, ours);
    else
        fail_reply(err, &reply, id);
    arm_reply_release(&reply);
    return value;
}

static cJSON *refuse(struct base_error *err, const char *fmt, const char *id)
{
    base_error_set(err, BASE_INVALID, "InvalidTemplate", fmt, id);
    return NULL;
}

/* A resource of this template: as it was when it was made, unless another version of it is asked for. */
static cJSON *reference_ours(struct arm_reference_context *context,
                             const struct arm_template_reference *call, const struct arm_node *node,
                             struct base_error *err)
{
    struct arm_deployment *deployment = context->deployment;
    const char *version = call->api_version ? call->api_version : node->api_version;
    cJSON *result, *value;

    if (!node->condition)
        return refuse(err,
                      "The resource '%s' is not deployed by this template: its condition is false. "
                      "Guard the reference with if().",
                      node->id);
    result = context->dry || !base_equal_nocase(version, node->api_version)
                 ? NULL
                 : arm_scheduler_result(deployment, node);
    if (!result)
        return get(context, call, node->id, version, true, err);
    value = shown(deployment, call, result, node->id, version, true);
    cJSON_Delete(result);
    return value;
}

static cJSON *reference_all(struct arm_reference_context *context,
                            const struct arm_template_reference *call, struct base_error *err)
{
    const struct arm_deployment *deployment = context->deployment;
    cJSON *list = cJSON_CreateArray(), *value;

    for (size_t i = 0; i < deployment->node_count; i++) {
        const struct arm_node *node = &deployment->nodes[i];
        if (!node->condition || !base_equal_nocase(node->symbol, call->id))
            continue;
        value = reference_ours(context, call, node, err);
        if (!value) {
            cJSON_Delete(list);
            return NULL;
        }
        cJSON_AddItemToArray(list, value);
    }
    return list;
}

static cJSON *reference(void *opaque, const struct arm_template_reference *call,
                        struct base_error *err)
{
    struct arm_reference_context *context = opaque;
    const struct arm_node *node;

    if (base_equal_nocase(call->function, "references"))
        return reference_all(context, call, err);
    node = arm_nodes_find(context->deployment, call->id);
    if (node)
        return reference_ours(context, call, node, err);
    if (*call->id != '/')
        return refuse(err,
                      "The template reference '%s' is not valid: could not find template resource "
                      "or resource copy with this name. Please see "
                      "https://aka.ms/arm-function-reference for usage details.",
                      call->id);
    if (!call->api_version)
        return refuse(err,
                      "The resource '%s' is not defined in the template: reference() of it needs "
                      "an apiVersion.",
                      call->id);
    return get(context, call, call->id, call->api_version, false, err);
}

static cJSON *list(void *opaque, const struct arm_template_reference *call, struct base_error *err)
{
    struct arm_reference_context *context = opaque;
    struct arm_deployment *deployment = context->deployment;
    const struct arm_node *node = arm_nodes_find(deployment, call->id);
    const char *id = node ? node->id : call->id, *version = call->api_version ? call->api_version
                                                            : node            ? node->api_version
                                                                              : NULL;
    struct arm_reply reply;
    struct base_buf target = {0};
    cJSON *value = NULL;

    if (*id != '/' || !version)
        return refuse(err,
                      "The resource '%s' is not defined in the template: a list function of it "
                      "needs a resource id and an apiVersion.",
                      call->id);
    base_buf_printf(&target, "%s/%s", id, call->function);
    arm_ask(deployment->arm, &deployment->who, "POST", target.data, version, call->body, &reply);
    if (reply.status == 200 && reply.body)
        value = base_json_copy(reply.body);
    else
        fail_reply(err, &reply, id);
    arm_reply_release(&reply);
    base_buf_release(&target);
    return value;
}

static cJSON *provider(void *opaque, const char *name, struct base_error *err)
{
    struct arm_reference_context *context = opaque;
    cJSON *catalogue = arm_type_catalogue(context->deployment->arm, name);
    cJSON *found = cJSON_DetachItemFromArray(catalogue, 0);

    cJSON_Delete(catalogue);
    if (!found)
        base_error_set(err, BASE_INVALID, "InvalidResourceNamespace",
                       "The resource namespace '%s' is invalid.", name);
    return found;
}

static cJSON *role(void *opaque, const char *name, struct base_error *err)
{
    const struct sim_role *found = sim_role_find(name);
    cJSON *value;

    (void)opaque;
    if (!found)
        return refuse(err, "There is no built-in role '%s'.", name);
    value = cJSON_CreateObject();
    base_json_set(
        value, "id",
        base_json_textf("/providers/Microsoft.Authorization/roleDefinitions/%s", found->guid));
    base_json_set_text(value, "roleDefinitionId", found->guid);
    return value;
}

const struct arm_template_host arm_reference_host = {
    .reference = reference,
    .list = list,
    .provider = provider,
    .role = role,
};
const struct arm_template_host arm_reference_early_host = {.provider = provider, .role = role};
