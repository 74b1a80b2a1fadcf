/* Decides what a customer and the provider already have before the story begins: made through ARM, as they would. */
#include "runner/cloud.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOCATION "westus2"
#define WAIT_MS 30000 /* real */

struct seeding {
    struct run_cloud *cloud;
    struct az_arm arm;
    const char *subscription;
    char *suffix; /* makes global names unique to this cloud */
    struct base_error *err;
};

/* PUT {subscription}/resourceGroups/{rest} with {"location", ...more}; true when it is there. */
static bool put(struct seeding *s, const char *path, const char *version, const char *body_text)
{
    cJSON *body = base_json_parse(body_text, strlen(body_text), NULL), *answer = NULL;
    char *id = base_asprintf("/subscriptions/%s/resourceGroups/%s", s->subscription, path);

    BUG_ON(!body);
    enum base_status status =
        az_arm_write_wait(&s->arm, "PUT", id, version, body, WAIT_MS, &answer, s->err);
    if (status != BASE_OK && s->err)
        base_error_target(s->err, "%s", id);
    cJSON_Delete(answer);
    cJSON_Delete(body);
    free(id);
    return status == BASE_OK;
}

/* Path pieces that hold the cloud's suffix. */
static bool putf(struct seeding *s, const char *format, const char *version, const char *body)
{
    struct base_buf path = {0};

    for (const char *at = format; *at; at++) {
        if (*at == '#')
            base_buf_puts(&path, s->suffix);
        else
            base_buf_putc(&path, *at);
    }
    bool done = put(s, path.data, version, body);
    base_buf_release(&path);
    return done;
}

static void set_text(cJSON *node, const char *name, char *text)
{
    base_json_set_text(node, name, text);
    free(text);
}

static bool open_as(struct seeding *s, const char *principal)
{
    cJSON *node = base_json_at(s->cloud->world.endpoints, principal);

    s->subscription = base_json_text(node, "subscription");
    s->arm.az = s->cloud->world.az;
    return s->subscription &&
           run_world_credential(&s->cloud->world, principal, &s->arm.credential, s->err) == BASE_OK;
}

/* Group, namespace, hub with the consumer group of the seed, and a FHIR service (Gen 1: it needs no workspace). */
static bool seed_customer(struct seeding *s)
{
    cJSON *node = base_json_at(s->cloud->world.endpoints, "customer");

    if (!open_as(s, "customer") ||
        !putf(s, "contoso-rg", "2021-04-01", "{\"location\":\"" LOCATION "\"}") ||
        !putf(s, "contoso-rg/providers/Microsoft.EventHub/namespaces/contoso-#",
              "2022-01-01-preview",
              "{\"location\":\"" LOCATION "\",\"sku\":{\"name\":\"Standard\"}}") ||
        !putf(s, "contoso-rg/providers/Microsoft.EventHub/namespaces/contoso-#/eventhubs/telemetry",
              "2022-01-01-preview",
              "{\"properties\":{\"partitionCount\":4,\"messageRetentionInDays\":1}}") ||
        !putf(s,
              "contoso-rg/providers/Microsoft.EventHub/namespaces/contoso-#/eventhubs/telemetry/"
              "consumergroups/consumerGroupA",
              "2022-01-01-preview", "{}") ||
        !putf(s, "contoso-rg/providers/Microsoft.HealthcareApis/services/fhir#", "2020-03-30",
              "{\"location\":\"" LOCATION "\",\"kind\":\"fhir-R4\",\"properties\":{}}"))
        return false;
    char *group = base_asprintf("/subscriptions/%s/resourceGroups/contoso-rg", s->subscription);
    base_json_set_text(node, "group", "contoso-rg");
    base_json_set_text(node, "location", LOCATION);
    set_text(node, "namespace", base_asprintf("contoso-%s.servicebus.windows.net", s->suffix));
    base_json_set_text(node, "hub", "telemetry");
    base_json_set_text(node, "consumerGroup", "consumerGroupA");
    set_text(
        node, "hubId",
        base_asprintf("%s/providers/Microsoft.EventHub/namespaces/contoso-%s/eventhubs/telemetry",
                      group, s->suffix));
    set_text(
        node, "fhirId",
        base_asprintf("%s/providers/Microsoft.HealthcareApis/services/fhir%s", group, s->suffix));
    set_text(node, "fhirUrl", base_asprintf("https://fhir%s.azurehealthcareapis.com", s->suffix));
    free(group);
    return true;
}

/* What every region of the provider has: a shared cluster and a vault. */
static bool seed_provider(struct seeding *s)
{
    cJSON *node = base_json_at(s->cloud->world.endpoints, "operator");
    char vault[512];

    if (!open_as(s, "operator"))
        return false;
    snprintf(
        vault, sizeof vault,
        "{\"location\":\"" LOCATION
        "\",\"properties\":{\"tenantId\":\"%s\",\"sku\":{\"family\":\"A\",\"name\":\"standard\"},"
        "\"enableRbacAuthorization\":true}}",
        base_json_text(node, "tenant"));
    if (!putf(s, "iomt-shared", "2021-04-01", "{\"location\":\"" LOCATION "\"}") ||
        !putf(s, "iomt-shared/providers/Microsoft.ContainerService/managedClusters/iomt-#",
              "2022-11-01",
              "{\"location\":\"" LOCATION "\",\"properties\":{\"dnsPrefix\":\"iomt\"}}") ||
        !putf(s, "iomt-shared/providers/Microsoft.KeyVault/vaults/iomt#", "2022-07-01", vault))
        return false;
    char *group =
        base_asprintf("/subscriptions/%s/resourceGroups/iomt-shared/providers", s->subscription);
    set_text(
        node, "clusterId",
        base_asprintf("%s/Microsoft.ContainerService/managedClusters/iomt-%s", group, s->suffix));
    set_text(node, "vaultId",
             base_asprintf("%s/Microsoft.KeyVault/vaults/iomt%s", group, s->suffix));
    set_text(node, "vaultUri", base_asprintf("https://iomt%s.vault.azure.net", s->suffix));
    free(group);
    return true;
}

enum base_status run_cloud_seed(struct run_cloud *cloud, struct base_error *err)
{
    struct seeding s = {.cloud = cloud, .err = err};
    const char *tenant = base_json_text(cloud->world.endpoints, "customer.tenant");

    s.suffix = base_strndup(tenant ? tenant : "00000000", 8);
    bool done = seed_customer(&s) && seed_provider(&s);
    free(s.suffix);
    if (done)
        return BASE_OK;
    return err && err->status != BASE_OK ? err->status : BASE_UNAVAILABLE;
}
