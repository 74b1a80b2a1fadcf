/* Decides what is sent to a resource's provider: the template's resource without what is meant for the engine, evaluated. */
#include "simulators/arm/deployments/deployment.h"
#include "simulators/arm/deployments/nested.h"

#include <stdio.h>
#include <string.h>

bool arm_node_nested(const struct arm_node *node)
{
    return base_equal_nocase(node->type, ARM_DEPLOYMENT_TYPE);
}

bool arm_node_inner(const struct arm_node *node)
{
    const cJSON *properties = arm_template_member(node->source, "properties");
    const cJSON *options = arm_template_member(properties, "expressionEvaluationOptions");

    return arm_node_nested(node) &&
           base_equal_nocase(cJSON_GetStringValue(arm_template_member(options, "scope")), "inner");
}

bool arm_node_member_ours(const struct arm_node *node, const char *name)
{
    static const char *const ours[] = {"type",      "apiVersion", "name",     "dependsOn",
                                       "condition", "copy",       "scope",    "comments",
                                       "resources", "existing",   "metadata", "asserts",
                                       "import",    "extension",  "@options"};
    static const char *const of_nested[] = {"resourceGroup", "subscriptionId"};

    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (base_equal_nocase(name, ours[i]))
            return true;
    for (size_t i = 0; i < sizeof of_nested / sizeof *of_nested; i++)
        if (arm_node_nested(node) && base_equal_nocase(name, of_nested[i]))
            return true;
    return false;
}

/* A relative link is relative to the template that holds it. */
static void absolute_link(const struct arm_deployment *deployment, cJSON *link)
{
    const char *relative = base_json_text(link, "relativePath"),
               *parent = base_json_text(deployment->request, "properties.templateLink.uri");
    const char *end = parent ? strrchr(parent, '/') : NULL;
    const cJSON *query = base_json_at(deployment->request, "properties.templateLink.queryString");
    struct base_buf uri = {0};

    if (!relative || !end)
        return;
    while (!strncmp(relative, "../", 3) && end > parent) {
        relative += 3;
        while (end > parent && *--end != '/')
            ;
    }
    if (!strncmp(relative, "./", 2))
        relative += 2;
    base_buf_printf(&uri, "%.*s/%s", (int)(end - parent), parent, relative);
    base_json_set_text(link, "uri", uri.data);
    base_json_set_text(link, "relativePath", NULL);
    if (query && !base_json_at(link, "queryString"))
        base_json_set(link, "queryString", base_json_copy(query));
    base_buf_release(&uri);
}

/* The template of an inner deployment is handed on as it stands; that of an outer one is evaluated here (nested.c). */
static cJSON *nested_properties(struct arm_deployment *deployment, const struct arm_node *node,
                                const struct arm_template_scope *scope, const cJSON *source,
                                struct base_error *err)
{
    cJSON *out = cJSON_CreateObject();
    const cJSON *member;
    char path[768]; /* not in the deployment's arena: resources are made by several threads */

    cJSON_ArrayForEach(member, source)
    {
        struct arm_template_scope at = *scope;
        cJSON *value;
        snprintf(path, sizeof path, "%s.%s", scope->path, member->string);
        at.path = path;
        if (!base_equal_nocase(member->string, "template"))
            value = arm_template_evaluate(&at, member, err);
        else if (arm_node_inner(node))
            value = base_json_copy(member);
        else
            value = arm_nested_outer(&at, member, err);
        if (!value) {
            cJSON_Delete(out);
            return NULL;
        }
        cJSON_AddItemToObject(out, member->string, value);
    }
    absolute_link(deployment, base_json_at(out, "templateLink"));
    return out;
}

cJSON *arm_node_body(struct arm_deployment *deployment, const struct arm_node *node,
                     const struct arm_template_host *host, void *context, struct base_error *err)
{
    struct arm_template_scope scope = arm_deployment_scope(deployment, node, ARM_AT_BODY);
    cJSON *body = cJSON_CreateObject();
    const cJSON *member;
    char path[512];

    scope.host = host;
    scope.context = context;
    scope.path = path;
    cJSON_ArrayForEach(member, node->source)
    {
        bool properties = base_equal_nocase(member->string, "properties");
        if (arm_node_member_ours(node, member->string))
            continue;
        snprintf(path, sizeof path, "%s.%s", node->path, member->string);
        scope.copies = properties;
        cJSON *value = properties && arm_node_nested(node)
                           ? nested_properties(deployment, node, &scope, member, err)
                           : arm_template_evaluate(&scope, member, err);
        if (!value) {
            cJSON_Delete(body);
            return NULL;
        }
        cJSON_AddItemToObject(body, member->string, value);
    }
    return body;
}
