/* Decides where a deployment's template and parameters come from: the request itself, or a file that a link names. */
#include "simulators/arm/deployments/deployment.h"

#include <string.h>

static enum base_status fail_link(struct base_error *err, const char *url, const char *why)
{
    return base_error_set(err, BASE_INVALID, "InvalidContentLink",
                          "Unable to download deployment content from '%s': %s.", url, why);
}

static enum base_status refuse_link(const cJSON *link, struct base_error *err)
{
    const char *id = base_json_text(link, "id"), *relative = base_json_text(link, "relativePath");

    if (id)
        return base_error_set(err, BASE_INVALID, "InvalidContentLink",
                              "The link names the template spec '%.400s': template specs are not "
                              "served here. Link to the template by 'uri', or send it as "
                              "'template'.",
                              id);
    return fail_link(err, relative ? relative : "",
                     relative ? "a relativePath needs a parent template that was linked by uri"
                              : "the link has no uri");
}

/* The query is not told: it may hold a signature. */
static arm_text_t *download(struct arm_deployment *deployment, const cJSON *link,
                            struct base_error *err)
{
    const char *uri = base_json_text(link, "uri"), *query = base_json_text(link, "queryString");
    struct base_http_response answer = {0};
    arm_text_t *text = NULL;

    if (!uri) {
        base_ignore(refuse_link(link, err));
        return NULL;
    }
    const char *url = query && *query
                          ? base_arena_printf(&deployment->arena, "%s%s%s", uri,
                                              strchr(uri, '?') ? "&" : "?", query + (*query == '?'))
                          : uri;
    sim_call(deployment->arm->world, "arm", "GET", url, NULL, NULL, &answer);
    if (answer.status != 200)
        base_ignore(
            fail_link(err, uri,
                      base_arena_printf(&deployment->arena,
                                        "the request was answered with status %d", answer.status)));
    else
        text = arm_text_read(answer.body.data ? answer.body.data : "", answer.body.len, err);
    base_http_response_release(&answer);
    return text;
}

static enum base_status check_version(const cJSON *link, const cJSON *content, const char *what,
                                      struct base_error *err)
{
    const char *asked = base_json_text(link, "contentVersion"),
               *found = base_json_text(content, "contentVersion");

    if (!asked || base_equal(asked, found))
        return BASE_OK;
    return base_error_set(
        err, BASE_INVALID, "InvalidContentLink",
        "The content version '%s' of the %s does not match the '%s' that was asked "
        "for.",
        found ? found : "", what, asked);
}

static enum base_status fetch_template(struct arm_deployment *deployment, const cJSON *properties,
                                       struct base_error *err)
{
    const cJSON *inline_ = base_json_at(properties, "template"),
                *link = base_json_at(properties, "templateLink");

    if (inline_ && !cJSON_IsNull(inline_) && link && !cJSON_IsNull(link))
        return base_error_set(
            err, BASE_INVALID, "InvalidTemplateDeployment",
            "The deployment has both a template and a templateLink: one of them is "
            "expected.");
    deployment->template = inline_;
    if (link && !cJSON_IsNull(link)) {
        deployment->linked_template = download(deployment, link, err);
        if (!deployment->linked_template)
            return BASE_INVALID;
        deployment->template = arm_text_root(deployment->linked_template);
        if (check_version(link, deployment->template, "template", err) != BASE_OK)
            return BASE_INVALID;
    }
    if (cJSON_IsObject(deployment->template))
        return BASE_OK;
    return base_error_set(err, BASE_INVALID, "InvalidTemplate",
                          "The template is missing or is not an object");
}

static enum base_status fetch_parameters(struct arm_deployment *deployment, const cJSON *properties,
                                         struct base_error *err)
{
    const cJSON *inline_ = base_json_at(properties, "parameters"),
                *link = base_json_at(properties, "parametersLink"), *file = inline_;

    if (link && !cJSON_IsNull(link)) {
        deployment->linked_parameters = download(deployment, link, err);
        if (!deployment->linked_parameters)
            return BASE_INVALID;
        file = arm_text_root(deployment->linked_parameters);
        if (check_version(link, file, "parameter file", err) != BASE_OK)
            return BASE_INVALID;
    }
    /* a parameter file may stand where its parameters are expected */
    if (base_json_text(file, "$schema") || base_json_text(file, "contentVersion"))
        file = base_json_at(file, "parameters");
    deployment->given = cJSON_IsNull(file) ? NULL : file;
    return BASE_OK;
}

enum base_status arm_deployment_fetch(struct arm_deployment *deployment, struct base_error *err)
{
    const cJSON *properties = base_json_at(deployment->request, "properties");

    if (fetch_template(deployment, properties, err) != BASE_OK)
        return BASE_INVALID;
    return fetch_parameters(deployment, properties, err);
}
