/* Decides what a connector must say about its source, its identity and its device mapping. */
#include "reference/rp/api/model.h"
#include "common/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define INGESTION "properties.ingestionEndpointConfiguration"
#define DEFAULT_GROUP "$Default"

static const char *const PROPERTIES[] = {"provisioningState", "provisioningError",
                                         "ingestionEndpointConfiguration", "deviceMapping", NULL};
static const char *const INGESTION_MEMBERS[] = {"eventHubName", "consumerGroup",
                                                "fullyQualifiedEventHubNamespace", NULL};

static void read_identity(const struct rp_reading *in, cJSON *desired, struct rp_faults *faults);
static void read_ingestion(const struct rp_reading *in, const cJSON *properties, cJSON *desired,
                           struct rp_faults *faults);

void rp_connector_read(const struct rp_reading *in, const cJSON *properties, cJSON *desired,
                       struct rp_faults *faults)
{
    rp_refuse_unknown(properties, "properties", PROPERTIES, faults);
    read_identity(in, desired, faults);
    read_ingestion(in, properties, desired, faults);
    rp_mapping_read(properties, RP_DEVICE_MAPPING, desired, faults);
}

void rp_connector_show(const cJSON *desired, const struct rp_version *version, cJSON *out,
                       cJSON *properties)
{
    static const char *const SHOWN[] = {"type", "principalId", "tenantId",
                                        "userAssignedIdentities"};
    cJSON *identity = cJSON_CreateObject();
    const cJSON *stored = base_json_at(desired, "identity");

    (void)version;
    for (size_t i = 0; i < sizeof SHOWN / sizeof *SHOWN; i++) {
        const cJSON *node = cJSON_GetObjectItemCaseSensitive(stored, SHOWN[i]);
        if (node)
            base_json_set(identity, SHOWN[i], base_json_copy(node));
    }
    base_json_set(out, "identity", identity);
    base_json_set(properties, "ingestionEndpointConfiguration",
                  base_json_copy(base_json_at(
                      desired, "iomtIngestResourceDefinition.connectionDefinition.properties")));
    base_json_set(properties, "deviceMapping",
                  base_json_copy(base_json_at(desired, "deviceMapping")));
}

/* IC-01. Both spellings "SystemAssigned,UserAssigned" and with a blank are in use; the answer has none. */
static const char *identity_type(const char *text)
{
    char squeezed[64];
    size_t used = 0;

    for (; text && *text && used + 1 < sizeof squeezed; text++)
        if (*text != ' ')
            squeezed[used++] = *text;
    squeezed[used] = '\0';
    if (base_equal_nocase(squeezed, "SystemAssigned"))
        return "SystemAssigned";
    return base_equal_nocase(squeezed, "SystemAssigned,UserAssigned")
               ? "SystemAssigned,UserAssigned"
               : NULL;
}

static bool identity_url_allowed(const struct rp_reading *in, const char *url)
{
    struct base_arena arena;
    struct base_uri uri;

    base_arena_init(&arena);
    bool allowed = base_uri_parse(&arena, url, &uri) && !strcmp(uri.scheme, "https") &&
                   rp_config_host_allowed(&in->config->identity_suffixes, uri.host);
    base_arena_release(&arena);
    return allowed;
}

/* ARM sends the headers when it made or touched the identity; otherwise the stored values stay. */
static void take_identity_headers(const struct rp_reading *in, cJSON *identity,
                                  struct rp_faults *faults)
{
    static const char *const KEPT[] = {"principalId", "tenantId", "url"};
    const struct rp_identity_headers *headers = &in->identity;
    const cJSON *had = in->current ? base_json_at(in->current->desired, "identity") : NULL;

    for (size_t i = 0; had && i < sizeof KEPT / sizeof *KEPT; i++)
        base_json_set(identity, KEPT[i],
                      base_json_copy(cJSON_GetObjectItemCaseSensitive(had, KEPT[i])));
    if (!headers->url && !headers->principal_id && had)
        return;
    if (!headers->url || !headers->principal_id || !headers->tenant_id)
        rp_fault(faults, "InvalidRequestContent", "identity",
                 "identity: the request lacks %s; ARM sends x-ms-identity-url, "
                 "x-ms-identity-principal-id and "
                 "x-ms-home-tenant-id with a system-assigned identity",
                 !headers->url            ? "x-ms-identity-url"
                 : !headers->principal_id ? "x-ms-identity-principal-id"
                                          : "x-ms-home-tenant-id");
    else if (!identity_url_allowed(in, headers->url))
        rp_fault(faults, "InvalidRequestContent", "identity",
                 "identity: the host of x-ms-identity-url is not one of an identity data plane");
    else {
        base_json_set_text(identity, "principalId", headers->principal_id);
        base_json_set_text(identity, "tenantId", headers->tenant_id);
        base_json_set_text(identity, "url", headers->url);
    }
}

static void check_read_only(const cJSON *node, const cJSON *identity, const char *member,
                            struct rp_faults *faults)
{
    const cJSON *sent = cJSON_GetObjectItemCaseSensitive(node, member);
    const char *is = base_json_text(identity, member);

    if (sent && !cJSON_IsNull(sent) &&
        !(cJSON_IsString(sent) && base_equal_nocase(sent->valuestring, is)))
        rp_fault(faults, RP_BAD, "identity", "identity.%s is read-only: found %s, expected %s",
                 member, rp_found(sent), is ? is : "nothing");
}

static void read_identity(const struct rp_reading *in, cJSON *desired, struct rp_faults *faults)
{
    static const char *const MEMBERS[] = {"type", "principalId", "tenantId",
                                          "userAssignedIdentities", NULL};
    const cJSON *node = cJSON_GetObjectItemCaseSensitive(in->body, "identity");
    const char *type = identity_type(base_json_text(node, "type"));
    const cJSON *users = cJSON_GetObjectItemCaseSensitive(node, "userAssignedIdentities");

    if (!type) {
        rp_fault(faults, RP_BAD, "identity",
                 "identity: found %s, expected {\"type\": \"SystemAssigned\"}: a connector reads "
                 "its source as its own "
                 "identity",
                 rp_found(node));
        return;
    }
    rp_refuse_unknown(node, "identity", MEMBERS, faults);
    cJSON *identity = cJSON_CreateObject();
    base_json_set_text(identity, "type", type);
    take_identity_headers(in, identity, faults);
    check_read_only(node, identity, "principalId", faults);
    check_read_only(node, identity, "tenantId", faults);
    if (users && !cJSON_IsNull(users) && !cJSON_IsObject(users))
        rp_fault(faults, RP_BAD, "identity.userAssignedIdentities",
                 "identity.userAssignedIdentities: found %s, expected an object", rp_found(users));
    if (cJSON_IsObject(users))
        base_json_set(identity, "userAssignedIdentities", base_json_copy(users));
    base_json_set(desired, "identity", identity);
}

/* Event Hubs names: letters, digits, '.', '-' and '_', an alphanumeric at both ends. */
static bool is_hub_name(const char *text, size_t most)
{
    size_t len = strlen(text);

    if (!len || len > most || !isalnum((unsigned char)text[0]) ||
        !isalnum((unsigned char)text[len - 1]))
        return false;
    return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") == len;
}

/* IC-02: "<namespace>.<allowed suffix>", or a token could be sent to a stranger. */
static bool is_namespace_host(const struct rp_reading *in, const char *host)
{
    size_t label = strcspn(host, ".");

    if (!label || label > 63 || !isalnum((unsigned char)host[0]) ||
        !isalnum((unsigned char)host[label - 1]) ||
        strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != label ||
        !host[label])
        return false;
    for (size_t i = 0; i < in->config->event_hub_suffixes.count; i++)
        if (base_equal_nocase(host + label + 1, in->config->event_hub_suffixes.items[i]))
            return true;
    return false;
}

static void bad(struct rp_faults *faults, const char *member, const char *found,
                const char *expected)
{
    char target[160];

    snprintf(target, sizeof target, INGESTION ".%s", member);
    rp_fault(faults, RP_BAD, target, "%s: found \"%.100s\", expected %s", target, found, expected);
}

static void check_namespace(const struct rp_reading *in, const char *host, struct rp_faults *faults)
{
    struct base_buf expected = {0};

    if (is_namespace_host(in, host))
        return;
    base_buf_puts(&expected, "<namespace> followed by ");
    for (size_t i = 0; i < in->config->event_hub_suffixes.count; i++)
        base_buf_printf(&expected, "%s.%s", i ? " or " : "",
                        in->config->event_hub_suffixes.items[i]);
    bad(faults, "fullyQualifiedEventHubNamespace", host, expected.data);
    base_buf_release(&expected);
}

static const char *read_group(const cJSON *node, struct rp_faults *faults)
{
    const cJSON *group = cJSON_GetObjectItemCaseSensitive(node, "consumerGroup");

    if (!group || cJSON_IsNull(group))
        return DEFAULT_GROUP;
    if (cJSON_IsString(group) && (base_equal_nocase(group->valuestring, DEFAULT_GROUP) ||
                                  is_hub_name(group->valuestring, 50)))
        return group->valuestring;
    rp_fault(faults, RP_BAD, INGESTION ".consumerGroup",
             INGESTION ".consumerGroup: found %s, expected the name of a consumer group (1 to 50 "
                       "characters) or nothing",
             rp_found(group));
    return NULL;
}

static void read_ingestion(const struct rp_reading *in, const cJSON *properties, cJSON *desired,
                           struct rp_faults *faults)
{
    const cJSON *node =
        rp_need_object(properties, "properties", "ingestionEndpointConfiguration", faults);

    if (!node)
        return;
    rp_refuse_unknown(node, INGESTION, INGESTION_MEMBERS, faults);
    const char *hub = rp_need_text(node, INGESTION, "eventHubName", faults);
    const char *host = rp_need_text(node, INGESTION, "fullyQualifiedEventHubNamespace", faults);
    const char *group = read_group(node, faults);
    if (hub && !is_hub_name(hub, 256))
        bad(faults, "eventHubName", hub,
            "the name of an event hub (1 to 256 letters, digits, '.', '-', '_')");
    if (host)
        check_namespace(in, host, faults);

    /* IC-10: exactly one connection definition, with its type. */
    cJSON *definition = cJSON_CreateObject(), *connection = cJSON_CreateObject(),
          *values = cJSON_CreateObject();
    base_json_set_text(values, "eventHubName", hub);
    base_json_set_text(values, "consumerGroup", group);
    base_json_set_text(values, "fullyQualifiedEventHubNamespace", host);
    base_json_set_text(connection, "type", "EventHub");
    base_json_set(connection, "properties", values);
    base_json_set(definition, "connectionDefinition", connection);
    base_json_set(desired, "iomtIngestResourceDefinition", definition);
}
