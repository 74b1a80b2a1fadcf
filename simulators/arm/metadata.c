/* Decides what clients learn about this cloud before they have a token. */
#include "simulators/arm/routes.h"

#include <string.h>

#define AUDIENCE "https://management.core.windows.net/"

/* api-version 2015-01-01: what az asks for when it is given nothing but ARM's address. */
static cJSON *oldest(void)
{
    cJSON *cloud = cJSON_CreateObject(), *authentication;
    const char *audiences[] = {AUDIENCE, "https://" ARM_HOST "/"};

    base_json_set_text(cloud, "galleryEndpoint", "https://gallery.azure.com/");
    base_json_set_text(cloud, "graphEndpoint", "https://graph.windows.net/");
    base_json_set_text(cloud, "portalEndpoint", "https://portal.azure.com/");
    authentication = cJSON_AddObjectToObject(cloud, "authentication");
    base_json_set_text(authentication, "loginEndpoint", ARM_AUTHORITY "/");
    cJSON_AddItemToObject(authentication, "audiences", cJSON_CreateStringArray(audiences, 2));
    return cloud;
}

static cJSON *newer(struct arm_call *call)
{
    static const char *const suffixes[][2] = {{"keyVaultDns", "vault.azure.net"},
                                              {"storage", "core.windows.net"},
                                              {"acrLoginServer", "azurecr.io"}};
    cJSON *clouds = cJSON_CreateArray(), *cloud = oldest(), *names;

    base_json_set_text(cloud, "name", "AzureCloud");
    base_json_set_text(cloud, "portal", "https://portal.azure.com/");
    base_json_set_text(base_json_at(cloud, "authentication"), "tenant", "common");
    base_json_set_text(base_json_at(cloud, "authentication"), "identityProvider", "AAD");
    base_json_set(cloud, "resourceManager", base_json_textf("%s/", call->base));
    base_json_set_text(cloud, "graph", "https://graph.windows.net/");
    base_json_set_text(cloud, "microsoftGraphResourceId", "https://graph.microsoft.com/");
    names = cJSON_AddObjectToObject(cloud, "suffixes");
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        base_json_set_text(names, suffixes[i][0], suffixes[i][1]);
    cJSON_AddItemToArray(clouds, cloud);
    return clouds;
}

void arm_metadata_endpoints(struct arm_call *call)
{
    bool old = strcmp(call->api_version, "2019-05-01") < 0;
    base_http_answer_json_take(call->response, 200, old ? oldest() : newer(call));
}
