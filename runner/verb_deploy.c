/* Decides how an ARM template is deployed by a step, and what the step then sees. */
#include "runner/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API_VERSION "2021-04-01"

/* "{scope}/providers/Microsoft.Resources/deployments/{name}" as a URL; NULL + err. */
static char *deployment_url(struct run_state *state, const cJSON *value, struct base_error *err)
{
    const cJSON *scope_node = base_json_at(value, "scope"),
                *group_node = base_json_at(value, "group"),
                *version_node = base_json_at(value, "apiVersion");
    char *scope = scope_node   ? run_expand_string(&state->scope, scope_node, err)
                  : group_node ? run_expand_string(&state->scope, group_node, err)
                               : base_strdup(base_json_text(state->scope.names, "customer.group"));
    char *name = run_expand_string(&state->scope, base_json_at(value, "name"), err);
    char *version = version_node ? run_expand_string(&state->scope, version_node, err)
                                 : base_strdup(API_VERSION);
    char *url = NULL;

    if (scope && !scope_node) {
        char *group = scope;
        scope = base_asprintf("/subscriptions/%s/resourceGroups/%s",
                              base_json_text(state->scope.names, "customer.subscription"), group);
        free(group);
    }
    if (scope && name && version)
        url = base_asprintf("%s%s/providers/Microsoft.Resources/deployments/%s?api-version=%s",
                            base_json_text(state->scope.names, "arm.url"),
                            base_equal(scope, "/") ? "" : scope, name, version);
    free(scope);
    free(name);
    free(version);
    return url;
}

/* {name: value} -> {name: {value}}; what already is {value: ..} or {reference: ..} stays. */
static cJSON *wrapped(const cJSON *parameters)
{
    cJSON *out = cJSON_CreateObject(), *entry;

    for (const cJSON *item = parameters ? parameters->child : NULL; item; item = item->next) {
        bool ready = cJSON_IsObject(item) && cJSON_GetArraySize(item) == 1 &&
                     (base_json_at(item, "value") || base_json_at(item, "reference"));
        entry = ready ? base_json_copy(item) : cJSON_CreateObject();
        if (!ready)
            cJSON_AddItemToObject(entry, "value", base_json_copy(item));
        cJSON_AddItemToObject(out, item->string, entry);
    }
    return out;
}

static char *deployment_body(struct run_state *state, const cJSON *value, struct base_error *err)
{
    static const char *const members[] = {"template", "templateLink", "mode", "onErrorDeployment"};
    cJSON *body = cJSON_CreateObject(), *properties = cJSON_AddObjectToObject(body, "properties");
    cJSON *expanded = run_expand(&state->scope, value, err);
    char *text = NULL;

    if (expanded) {
        base_json_set_text(properties, "mode", "Incremental");
        for (size_t i = 0; i < sizeof members / sizeof *members; i++)
            if (base_json_at(expanded, members[i]))
                base_json_set(properties, members[i],
                              base_json_copy(base_json_at(expanded, members[i])));
        base_json_set(properties, "parameters", wrapped(base_json_at(expanded, "parameters")));
        base_json_set_text(body, "location", base_json_text(expanded, "location"));
        text = base_json_print(body);
    }
    cJSON_Delete(expanded);
    cJSON_Delete(body);
    return text;
}

/* Why it failed, down to the last detail: the error itself only says that something did. */
static void tell_details(struct run_state *state, const char *as, const char *url,
                         struct base_error *err)
{
    struct az_call call = {.method = "GET", .url = url};
    struct base_error ignored = {0};
    cJSON *answer = NULL;
    char *text;

    if (run_exchange(state, as, &call, &answer, &ignored) != RUN_ANSWERED)
        return;
    const cJSON *details = base_json_at(answer, "body.properties.error.details");
    if (details) {
        size_t len = strlen(err->message);
        text = base_json_print(details);
        snprintf(err->message + len, sizeof err->message - len, " %s", text);
        free(text);
    }
    cJSON_Delete(answer);
}

/* The deployment as it is at the end takes the place of the first answer's body. */
static void show_final(cJSON *answer)
{
    cJSON *final = cJSON_DetachItemFromObject(answer, "final");
    cJSON *body = cJSON_DetachItemFromObject(final, "body");

    if (body)
        base_json_set(answer, "body", body);
    cJSON_Delete(final);
}

enum run_attempt run_verb_deploy(struct run_state *state, const cJSON *step, const cJSON *value,
                                 cJSON **answer, struct base_error *err)
{
    const cJSON *await = base_json_at(step, "await"), *as_node = base_json_at(step, "as");
    char *as = as_node ? run_expand_string(&state->scope, as_node, err) : base_strdup("customer");
    char *url = deployment_url(state, value, err), *body = deployment_body(state, value, err);
    enum run_attempt attempt = RUN_WRONG;

    if (!as || !url || !body)
        goto done;
    struct az_call call = {.method = "PUT", .url = url, .body = body};
    attempt = run_exchange(state, as, &call, answer, err);
    if (attempt != RUN_ANSWERED || base_json_number(*answer, "status", 0) >= 400)
        goto done;
    if (run_await(state, await, as, "PUT", url, answer, err)) {
        show_final(*answer);
    } else {
        tell_details(state, as, url, err);
        attempt = RUN_WRONG;
    }
done:
    free(as);
    free(url);
    free(body);
    return attempt;
}
