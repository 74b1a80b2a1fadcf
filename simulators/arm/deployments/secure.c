/* Decides where the values of secure parameters are while a deployment may need them again: in memory, never in the store. */
#include "simulators/arm/deployments/record.h"
#include "simulators/arm/deployments/scheduler_private.h"

#include <stdlib.h>

#define MARK "secureValueNotKept"

cJSON *arm_secure_mark(void)
{
    cJSON *mark = cJSON_CreateObject();

    cJSON_AddTrueToObject(mark, MARK);
    return mark;
}

/* A default that is written out stands in the template anyway. */
bool arm_secure_needed(const struct arm_deployment *deployment, const cJSON *value)
{
    const cJSON *declared =
        arm_template_member(arm_template_member(deployment->template, "parameters"), value->string);

    return arm_template_member(deployment->given, value->string) ||
           !base_json_equal(arm_template_member(declared, "defaultValue"), value);
}

static char *key_of(const char *id)
{
    char *key = base_strdup(id);

    base_lower(key);
    return key;
}

void arm_secure_keep(const struct arm_deployment *deployment)
{
    struct arm_deployments *all = deployment->arm->deployments;
    cJSON *values = cJSON_CreateObject(), *item;
    char *key = key_of(deployment->id);
    const cJSON *value;

    cJSON_ArrayForEach(value, arm_parameters_values(deployment->parameters))
    {
        if (!arm_parameters_secure(deployment->parameters, value->string))
            continue;
        item = cJSON_AddObjectToObject(values, value->string);
        cJSON_AddItemToObject(item, "value", base_json_copy(value));
    }
    pthread_mutex_lock(&all->lock);
    cJSON_DeleteItemFromObjectCaseSensitive(all->secure, key);
    if (values->child)
        cJSON_AddItemToObject(all->secure, key, values);
    else
        cJSON_Delete(values);
    pthread_mutex_unlock(&all->lock);
    free(key);
}

void arm_secure_forget(struct arm *arm, const char *id)
{
    char *key = key_of(id);

    pthread_mutex_lock(&arm->deployments->lock);
    cJSON_DeleteItemFromObjectCaseSensitive(arm->deployments->secure, key);
    pthread_mutex_unlock(&arm->deployments->lock);
    free(key);
}

static enum base_status restore_locked(const cJSON *values, cJSON *parameters,
                                       struct base_error *err)
{
    cJSON *item, *next;

    for (item = parameters ? parameters->child : NULL; item; item = next) {
        const cJSON *value = arm_template_member(values, item->string);
        next = item->next;
        if (!base_json_true(item, MARK))
            continue;
        if (!value)
            return base_error_set(err, BASE_INVALID, "InvalidDeployment",
                                  "the value of its secure parameter '%.100s' is not kept beyond "
                                  "the process that was given it",
                                  item->string);
        base_json_set(parameters, item->string, base_json_copy(value));
    }
    return BASE_OK;
}

enum base_status arm_secure_restore(struct arm *arm, const char *id, cJSON *request,
                                    struct base_error *err)
{
    struct arm_deployments *all = arm->deployments;
    char *key = key_of(id);

    pthread_mutex_lock(&all->lock);
    enum base_status status = restore_locked(cJSON_GetObjectItemCaseSensitive(all->secure, key),
                                             base_json_at(request, "properties.parameters"), err);
    pthread_mutex_unlock(&all->lock);
    free(key);
    return status;
}
