/* Decides what can be said against a template's resources before any of them is made. */
#include "simulators/arm/deployments/deployment.h"
#include "simulators/arm/regions.h"
#include "simulators/arm/registration.h"

#include <stdlib.h>
#include <string.h>

struct preflight {
    struct arm_deployment *deployment;
    cJSON *details;
};

static cJSON *add_detail(cJSON *details, const char *code, const char *target, cJSON *message)
{
    cJSON *detail = cJSON_CreateObject();

    base_json_set_text(detail, "code", code);
    base_json_set_text(detail, "target", target);
    base_json_set(detail, "message", message);
    cJSON_AddItemToArray(details, detail);
    return detail;
}

/* Each check adds what it finds; false: the resource needs no further checks. */
static bool check_type(struct preflight *p, const struct arm_node *node, struct arm_type *type)
{
    struct arm_deployment *deployment = p->deployment;
    const char *name = strrchr(node->type, '/');
    size_t len = strcspn(node->type, "/");
    char *provider = base_strndup(node->type, len);
    bool known = arm_namespace_known(deployment->arm, provider);

    if (!known)
        add_detail(p->details, arm_error_code(ARM_INVALID_NAMESPACE), node->id,
                   base_json_textf("The resource namespace '%s' is invalid.", provider));
    else if (!name || !arm_type_find(deployment->arm, &deployment->arena, node->type, type)) {
        add_detail(p->details, arm_error_code(ARM_INVALID_TYPE), node->id,
                   base_json_textf(
                       "The resource type '%s' could not be found in the namespace '%s' for api "
                       "version '%s'.",
                       node->type + len + 1, provider, node->api_version));
        known = false;
    }
    free(provider);
    return known;
}

/* The type that the id ends with: an extension may be written into its parent's ("Ns/a/providers/roleAssignments"). */
static const char *own_type(struct arm_deployment *deployment, const struct arm_node *node)
{
    struct arm_target target;
    struct base_buf path = {0};

    base_uri_encode(&path, node->id, "/");
    bool good = arm_path_parse(&deployment->arena, "GET", path.data, &target) && target.type;
    base_buf_release(&path);
    return good ? target.type : node->type;
}

static bool check_version(struct preflight *p, const struct arm_node *node,
                          const struct arm_type *type)
{
    const char *lenient = sim_setting(p->deployment->arm->world, "lenient-api-versions");
    struct base_buf list = {0};

    if (!type->versions || base_equal_nocase(lenient, "true")
            ? arm_version_well_formed(node->api_version)
            : arm_version_listed(type->versions, node->api_version))
        return true;
    for (size_t i = 0; type->versions && type->versions[i]; i++)
        base_buf_printf(&list, "%s%s", i ? ", " : "", type->versions[i]);
    add_detail(
        p->details, arm_error_code(ARM_NO_REGISTERED_PROVIDER), node->id,
        base_json_textf("No registered resource provider found for location '%s' and API version "
                        "'%s' for type '%s'. The supported api-versions are '%s'.",
                        cJSON_IsString(node->location) ? node->location->valuestring : "global",
                        node->api_version, strchr(type->name, '/') + 1,
                        list.data ? list.data : "any of the form YYYY-MM-DD"));
    base_buf_release(&list);
    return false;
}

static const char *subscription_of(struct arm_deployment *deployment, const struct arm_node *node)
{
    static const char start[] = "/subscriptions/";

    if (!base_starts_nocase(node->id, start))
        return NULL;
    const char *at = node->id + strlen(start);
    return base_arena_strndup(&deployment->arena, at, strcspn(at, "/"));
}

static void check_registration(struct preflight *p, const struct arm_node *node,
                               const struct arm_type *type)
{
    static const char *const always[] = {"Microsoft.Resources", "Microsoft.Authorization"};
    const char *subscription = subscription_of(p->deployment, node);

    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        if (base_equal_nocase(type->provider, always[i]))
            return;
    if (!subscription ||
        base_equal(arm_registration_state(p->deployment->arm, type->provider, subscription),
                   "Registered"))
        return;
    add_detail(p->details, arm_error_code(ARM_MISSING_REGISTRATION), type->provider,
               base_json_textf(
                   "The subscription is not registered to use namespace '%s'. Register it with "
                   "POST /subscriptions/%s/providers/%s/register.",
                   type->provider, subscription, type->provider));
}

static void check_location(struct preflight *p, const struct arm_node *node,
                           const struct arm_type *type)
{
    const char *location = cJSON_GetStringValue(node->location);
    struct base_buf list = {0};

    if (!type->tracked)
        return;
    if (!arm_template_member(node->source, "location")) {
        add_detail(p->details, arm_error_code(ARM_LOCATION_REQUIRED), node->id,
                   base_json_textf("The location property is required for this definition."));
        return;
    }
    if (!location || arm_region_find(location))
        return; /* or not known yet */
    arm_region_enumerate(&list);
    add_detail(p->details, arm_error_code(ARM_LOCATION_NOT_AVAILABLE), node->id,
               base_json_textf(
                   "The provided location '%s' is not available for resource type '%s'. List of "
                   "available regions for the resource type is '%s'.",
                   location, type->name, list.data));
    base_buf_release(&list);
}

static void check_rights(struct preflight *p, const struct arm_node *node,
                         const struct arm_type *type)
{
    const struct sim_caller *who = &p->deployment->who.caller.token;
    char *action = base_asprintf("%s/write", type->name);

    if (!sim_rbac_allows(p->deployment->arm->world, who->object_id, action, false, node->id))
        add_detail(p->details, arm_error_code(ARM_AUTHORIZATION_FAILED), node->id,
                   base_json_textf(
                       "Authorization failed for template resource '%s' of type '%s'. The "
                       "client '%s' with object id '%s' does not have permission to perform "
                       "action '%s' at scope '%s'.",
                       node->name, node->type, who->client_id, who->object_id, action, node->id));
    free(action);
}

/* The group of a resource that lies elsewhere must be there, or be made by this template. */
static bool check_group(struct preflight *p, const struct arm_node *node)
{
    struct arm_deployment *deployment = p->deployment;
    const char *at = strcasestr(node->id, "/resourceGroups/");
    const char *end = at ? strchr(at + strlen("/resourceGroups/"), '/') : NULL;

    if (!end || base_starts_nocase(node->id, "/providers/"))
        return true;
    const char *id = base_arena_strndup(&deployment->arena, node->id, (size_t)(end - node->id));
    cJSON *group = arm_docs_get(deployment->arm->groups, id);
    cJSON_Delete(group);
    if (group)
        return true;
    if (!arm_nodes_find(deployment, id))
        add_detail(
            p->details, arm_error_code(ARM_GROUP_NOT_FOUND), node->id,
            base_json_textf("Resource group '%s' could not be found.", strrchr(id, '/') + 1));
    return false;
}

/* Providers that judge names are asked whether this one is well-formed. */
static void check_name(struct preflight *p, const struct arm_node *node,
                       const struct arm_type *type)
{
    struct arm_deployment *deployment = p->deployment;
    const char *subscription = subscription_of(deployment, node);
    struct arm_reply reply;
    cJSON *question, *detail;

    if (!subscription || strchr(node->name, '/') || type->home == ARM_HOME_SELF)
        return;
    question = cJSON_CreateObject();
    base_json_set_text(question, "name", node->name);
    base_json_set_text(question, "type", type->name);
    arm_ask(deployment->arm, &deployment->who, "POST",
            base_arena_printf(&deployment->arena,
                              "/subscriptions/%s/providers/%s/checkNameAvailability", subscription,
                              type->provider),
            node->api_version, question, &reply);
    const char *reason = base_json_text(reply.body, "reason");
    if (reply.status == 200 && cJSON_IsFalse(base_json_at(reply.body, "nameAvailable")) && reason &&
        strcasestr(reason, "invalid")) {
        detail = add_detail(
            p->details, "PreflightValidationCheckFailed", node->id,
            base_json_textf("Preflight validation failed. Please refer to the details for "
                            "the specific errors."));
        add_detail(cJSON_AddArrayToObject(detail, "details"), reason, node->name,
                   base_json_textf("%s", base_json_text(reply.body, "message")
                                             ? base_json_text(reply.body, "message")
                                             : "The name is not valid."));
    }
    arm_reply_release(&reply);
    cJSON_Delete(question);
}

/* A deployment within the deployment is validated as far as it is known now. */
static void check_nested(struct preflight *p, const struct arm_node *node)
{
    struct arm_deployment *deployment = p->deployment;
    struct arm_deployer who = deployment->who;
    struct base_error unknown = {0};
    struct arm_reply reply;
    cJSON *body = arm_node_body(deployment, node, NULL, NULL, &unknown), *error;

    if (!body)
        return;
    who.level++;
    arm_ask(deployment->arm, &who, "POST",
            base_arena_printf(&deployment->arena, "%s/validate", node->id), node->api_version, body,
            &reply);
    if (reply.status >= 400) {
        error = arm_reply_error(&reply);
        if (!base_json_text(error, "target"))
            base_json_set_text(error, "target", node->id);
        cJSON_AddItemToArray(p->details, error);
    }
    arm_reply_release(&reply);
    cJSON_Delete(body);
}

static void check_node(struct preflight *p, const struct arm_node *node)
{
    struct arm_node own = *node;
    struct arm_type type;

    own.type = own_type(p->deployment, node);
    if (!check_type(p, &own, &type) || !check_version(p, &own, &type))
        return;
    check_registration(p, node, &type);
    check_location(p, node, &type);
    check_rights(p, node, &type);
    if (!check_group(p, node))
        return;
    if (arm_node_nested(node))
        check_nested(p, node);
    else
        check_name(p, node, &type);
}

cJSON *arm_deployment_preflight(struct arm_deployment *deployment)
{
    struct preflight p = {deployment, cJSON_CreateArray()};
    cJSON *body, *error;

    for (size_t i = 0; i < deployment->node_count; i++)
        if (deployment->nodes[i].condition && deployment->nodes[i].kind == ARM_NODE_PUT)
            check_node(&p, &deployment->nodes[i]);
    if (!p.details->child) {
        cJSON_Delete(p.details);
        return NULL;
    }
    body = cJSON_CreateObject();
    error = cJSON_AddObjectToObject(body, "error");
    base_json_set_text(error, "code", "InvalidTemplateDeployment");
    base_json_set(
        error, "message",
        base_json_textf("The template deployment '%s' is not valid according to the validation "
                        "procedure. The tracking id is '%s'. See inner errors for details.",
                        deployment->name, deployment->who.correlation));
    cJSON_AddItemToObject(error, "details", p.details);
    return body;
}
