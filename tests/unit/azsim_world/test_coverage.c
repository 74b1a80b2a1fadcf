/* COVERAGE.md of each simulator says what its tables say, and what is told there to be refused is refused so.
 * UPDATE_COVERAGE=1 writes the pages. (That of the FHIR room is held by its own test.) */
#include "aks_prose.h"
#include "cloud.h"

#include "simulators/aks/kinds.h"
#include "simulators/blob/server.h"
#include "simulators/kit/resource.h"

#include "common/file.h"

#define GROUP "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/g/providers/"
#define HUBS GROUP "Microsoft.EventHub/namespaces"
#define ACCOUNT GROUP "Microsoft.Storage/storageAccounts/account1"
#define VAULT GROUP "Microsoft.KeyVault/vaults/vault1"
#define CLUSTER GROUP "Microsoft.ContainerService/managedClusters/cluster1"
#define IDENTITY GROUP "Microsoft.ManagedIdentity/userAssignedIdentities/identity1"

/* ---- what is refused ---- */

/* `provider` NULL: `target` is a URL. */
static const struct refused {
    const char *room, *what, *provider, *method, *target;
    int status;
    const char *code; /* in the body */
    const char *body; /* NULL: none */
} refusals[] = {
    {"eventhub", "network rules", "Microsoft.EventHub", "PUT",
     HUBS "/space1/networkRuleSets/default", 404, "InvalidResourceType"},
    {"eventhub", "private endpoints", "Microsoft.EventHub", "GET",
     HUBS "/space1/privateEndpointConnections", 404, "InvalidResourceType"},
    {"eventhub", "schema groups", "Microsoft.EventHub", "PUT", HUBS "/space1/schemagroups/s1", 404,
     "InvalidResourceType"},
    {"eventhub", "dedicated clusters", "Microsoft.EventHub", "PUT",
     GROUP "Microsoft.EventHub/clusters/c1", 404, "InvalidResourceType"},
    {"eventhub", "application groups", "Microsoft.EventHub", "GET",
     HUBS "/space1/applicationGroups", 404, "InvalidResourceType"},
    {"eventhub", "capture", "Microsoft.EventHub", "PUT", HUBS "/space1/eventhubs/h1", 400,
     "Capture is not served", "{\"properties\":{\"captureDescription\":{\"enabled\":true}}}"},
    {"eventhub", "management of entities by ATOM feeds", NULL, "GET",
     "https://space1.servicebus.windows.net/$Resources/eventhubs", 404, "is not served"},
    {"blob", "shared access signatures of an account", "Microsoft.Storage", "POST",
     ACCOUNT "/ListAccountSas", 404, "InvalidResourceType"},
    {"blob", "queues, tables, files", "Microsoft.Storage", "GET", ACCOUNT "/queueServices/default",
     404, "InvalidResourceType"},
    {"blob", "life-cycle rules", "Microsoft.Storage", "PUT", ACCOUNT "/managementPolicies/default",
     404, "InvalidResourceType"},
    {"blob", "blocks of a blob", NULL, "PUT",
     "https://account1.blob.core.windows.net/c/b?comp=block&blockid=MQ==", 501, "NotImplemented"},
    {"blob", "snapshots", NULL, "PUT", "https://account1.blob.core.windows.net/c/b?comp=snapshot",
     501, "NotImplemented"},
    {"blob", "tiers", NULL, "PUT", "https://account1.blob.core.windows.net/c/b?comp=tier", 501,
     "NotImplemented"},
    {"blob", "access policies of a container", NULL, "PUT",
     "https://account1.blob.core.windows.net/c?restype=container&comp=acl", 501, "NotImplemented"},
    {"keyvault", "secrets and keys through ARM", "Microsoft.KeyVault", "PUT", VAULT "/secrets/s1",
     404, "InvalidResourceType"},
    {"keyvault", "managed HSMs", "Microsoft.KeyVault", "PUT",
     GROUP "Microsoft.KeyVault/managedHSMs/h1", 404, "InvalidResourceType"},
    {"keyvault", "private endpoints", "Microsoft.KeyVault", "GET",
     VAULT "/privateEndpointConnections", 404, "InvalidResourceType"},
    {"aks", "commands through ARM", "Microsoft.ContainerService", "POST", CLUSTER "/runCommand",
     404, "InvalidResourceType"},
    {"aks", "start and stop", "Microsoft.ContainerService", "POST", CLUSTER "/stop", 404,
     "InvalidResourceType"},
    {"aks", "maintenance windows", "Microsoft.ContainerService", "GET",
     CLUSTER "/maintenanceConfigurations", 404, "InvalidResourceType"},
    {"arm", "federated credentials of an identity", "Microsoft.ManagedIdentity", "PUT",
     IDENTITY "/federatedIdentityCredentials/f1", 404, "InvalidResourceType"},
    {"arm", "anything without a token", NULL, "GET",
     "https://management.azure.com/subscriptions?api-version=2022-12-01", 401,
     "AuthenticationFailed"},
    {"entra", "signing in as a person", NULL, "GET",
     "https://login.microsoftonline.com/common/oauth2/v2.0/authorize", 404, "no such endpoint"},
    {"entra", "device codes", NULL, "POST",
     "https://login.microsoftonline.com/common/oauth2/v2.0/devicecode", 404, "no such endpoint"},
    {"entra", "another method than the endpoint's", NULL, "PUT",
     "https://login.microsoftonline.com/common/oauth2/v2.0/token", 400, "AADSTS900561"},
};

/* A resource that must be there first. */
static const char *const there[][3] = {
    {"Microsoft.EventHub", HUBS "/space1", "{\"location\":\"westus2\"}"},
    {"Microsoft.Storage", ACCOUNT,
     "{\"location\":\"westus2\",\"kind\":\"StorageV2\",\"sku\":{\"name\":\"Standard_LRS\"}}"},
    {"Microsoft.KeyVault", VAULT,
     "{\"location\":\"westus2\",\"properties\":{\"tenantId\":\"11111111-1111-1111-1111-"
     "111111111111\",\"sku\":{\"family\":\"A\",\"name\":\"standard\"}}}"},
    {"Microsoft.ContainerService", CLUSTER, "{\"location\":\"westus2\"}"},
    {"Microsoft.ManagedIdentity", IDENTITY, "{\"location\":\"westus2\"}"},
};

static void ask(struct cloud *cloud, const struct refused *row, const char *body,
                struct base_http_response *response)
{
    static const struct base_headers none = {0};
    struct base_arena arena;
    struct base_uri uri = {
        .scheme = "https", .host = "management.azure.com", .path = row->target, .query = ""};

    base_arena_init(&arena);
    assert_true(row->provider || base_uri_parse(&arena, row->target, &uri));
    struct base_http_request request = {.method = row->method,
                                        .scheme = "https",
                                        .host = uri.host,
                                        .path = uri.path,
                                        .query = uri.query,
                                        .headers = &none,
                                        .body = body,
                                        .body_len = strlen(body),
                                        .peer = "",
                                        .arena = &arena};
    if (row->provider)
        sim_provider_handle(sim_provider_find(cloud->world, row->provider), &request, response);
    else
        sim_dispatch(cloud->world, &request, response);
    base_arena_release(&arena);
}

static void it_is_refused_so(void **state)
{
    for (size_t i = 0; i < sizeof there / sizeof *there; i++) {
        struct base_http_response response = {0};
        ask(*state,
            &(struct refused){.provider = there[i][0], .method = "PUT", .target = there[i][1]},
            there[i][2], &response);
        assert_in_range(response.status, 200, 202);
        base_http_response_release(&response);
    }
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct base_http_response response = {0};
        ask(*state, &refusals[i], refusals[i].body ? refusals[i].body : "", &response);
        if (response.status != refusals[i].status ||
            !strstr(response.body.len ? response.body.data : "", refusals[i].code))
            fail_msg("%s %s answered %d %s", refusals[i].method, refusals[i].target,
                     response.status, response.body.len ? response.body.data : "");
        base_http_response_release(&response);
    }
}

/* ---- the pages ---- */

static void add_words(struct base_buf *out, const char *const *words)
{
    for (size_t i = 0; words && words[i]; i++)
        base_buf_printf(out, "%s%s", i ? ", " : "", words[i]);
}

/* The headers that lead to the end. */
static const char *async_style(bool location, bool status)
{
    static const char *const styles[2][2] = {{"", " (Azure-AsyncOperation)"},
                                             {" (Location)", " (Location, Azure-AsyncOperation)"}};

    return styles[location][status];
}

static void add_type(struct base_buf *out, const struct sim_resource_type *type)
{
    base_buf_printf(out, "| `%s` | ", type->type);
    if (type->created)
        base_buf_printf(out, "PUT %d/%d%s, PATCH, GET, HEAD, list, DELETE %d%s", type->created,
                        type->updated, async_style(type->async_create, type->async_status),
                        type->async_delete ? 202 : type->deleted,
                        async_style(type->async_delete, type->async_delete && type->async_status));
    else if (type->read)
        base_buf_puts(out, "GET, list");
    if (type->action)
        base_buf_puts(out, type->created || type->read ? "; POST " : "POST");
    add_words(out, type->actions);
    base_buf_puts(out, " | ");
    add_words(out, type->api_versions);
    base_buf_puts(out, " |\n");
}

static void add_types(struct base_buf *out, struct cloud *cloud, const char *provider)
{
    size_t count;
    const struct sim_resource_type *types =
        sim_provider_types(sim_provider_find(cloud->world, provider), &count);

    base_buf_printf(out,
                    "\n## `%s` behind ARM\n\nOther types are 404 InvalidResourceType, other "
                    "versions 400 NoRegisteredProviderFound, methods that a type has not 405.\n\n"
                    "| type | methods | api-versions |\n| --- | --- | --- |\n",
                    provider);
    for (size_t i = 0; i < count; i++)
        add_type(out, &types[i]);
}

static void add_routes(struct base_buf *out, const char *host, const struct sim_route *routes,
                       size_t count)
{
    base_buf_printf(out, "\n## `%s`\n\n| operation | request | |\n| --- | --- | --- |\n", host);
    for (size_t i = 0; i < count; i++)
        base_buf_printf(out, "| %s | `%s %s` | %s |\n", routes[i].operation, routes[i].method,
                        routes[i].pattern,
                        routes[i].run == kv_unsupported ? "501 NotImplemented" : "");
}

static void entra(struct base_buf *out, struct cloud *cloud)
{
    size_t count;
    const struct sim_route *routes = entra_routes(&count);

    (void)cloud;
    add_routes(out, "login.microsoftonline.com", routes, count);
    routes = entra_identity_routes(&count);
    add_routes(out, "169.254.169.254", routes, count);
    base_buf_puts(out, "\nGrants: client_credentials by secret and by assertion. Other grants are "
                       "400 with their AADSTS code.\n");
}

static void keyvault(struct base_buf *out, struct cloud *cloud)
{
    size_t count;
    const struct sim_route *routes = kv_routes(&count);

    add_types(out, cloud, "Microsoft.KeyVault");
    base_buf_puts(out, "\nA deleted vault keeps its name until it is purged or its days are over: "
                       "409 ConflictError, unless createMode is recover.\n");
    add_routes(out, "*.vault.azure.net", routes, count);
}

static void eventhub(struct base_buf *out, struct cloud *cloud)
{
    add_types(out, cloud, "Microsoft.EventHub");
    base_buf_puts(
        out,
        "\nQuotas (403 SubCode=40300) by tier: hubs a namespace 10 (Premium 100), consumer groups "
        "a hub 1, 20, 100, 12 authorization rules an entity. Partitions of a hub never change "
        "(Premium neither: 400).\n"
        "\n## `*.servicebus.windows.net`\n\n| operation | how |\n| --- | --- |\n"
        "| send | AMQP link to `{hub}`, `{hub}/Partitions/{id}`, `{hub}/Publishers/{name}`; single "
        "and batch |\n| receive | AMQP link from "
        "`{hub}/ConsumerGroups/{group}/Partitions/{id}`, selector filter, epoch |\n"
        "| put-token | AMQP `$cbs`: JWT and SharedAccessSignature |\n"
        "| READ of hub and partition | AMQP `$management` |\n"
        "| Send event, send batch | `POST /{hub}/messages`, `POST "
        "/{hub}/partitions/{id}/messages`, "
        "`POST /{hub}/publishers/{name}/messages` |\n\nTransactions, Kafka and AMQP over "
        "WebSockets "
        "are not served: the link or connection is refused.\n");
}

static void blob(struct base_buf *out, struct cloud *cloud)
{
    static const char *const paths[] = {"/", "/{container}", "/{container}/{blob}"};
    size_t count;
    const struct blob_route *routes = blob_routes(&count);

    add_types(out, cloud, "Microsoft.Storage");
    base_buf_puts(out, "\n## `*.blob.core.windows.net`\n\nAny `x-ms-version`. Block blobs written "
                       "whole; Bearer tokens and Shared Key.\n\n"
                       "| operation | request | right |\n| --- | --- | --- |\n");
    for (size_t i = 0; i < count; i++) {
        const struct blob_route *route = &routes[i];
        const char *name = blob_operation(route->method, route->level, route->comp);
        base_buf_printf(out, "| %s | `%s %s%s%s%s%s` | %s%s |\n", name ? name : "", route->method,
                        paths[route->level], route->restype ? "?restype=" : "",
                        route->restype ? route->restype : "",
                        !route->comp     ? ""
                        : route->restype ? "&comp="
                                         : "?comp=",
                        route->comp ? route->comp : "", route->action,
                        route->data ? " (data)" : "");
    }
}

static void aks(struct base_buf *out, struct cloud *cloud)
{
    add_types(out, cloud, "Microsoft.ContainerService");
    base_buf_puts(out, "\n## `*.azmk8s.io`: Kubernetes 1.31\n\nHTTP/1.1 and JSON; request bodies "
                       "may be YAML. Beside the kinds: `/version` `/healthz` `/livez` `/readyz` "
                       "`/openapi/v2` (empty) `/api` `/apis` and their lists.\n\n"
                       "| kind | path | of it | verbs |\n| --- | --- | --- | --- |\n");
    for (int i = 0; i < AKS_KINDS; i++) {
        const struct aks_kind *kind = aks_kind_at((enum aks_kind_id)i);
        base_buf_printf(out, "| %s | `/%s%s%s/%s` | ", kind->kind, *kind->group ? "apis/" : "api/",
                        kind->api_version, kind->namespaced ? "/namespaces/{ns}" : "",
                        kind->plural);
        for (size_t j = 0; kind->subresources && kind->subresources[j]; j++)
            base_buf_printf(out, "%s%.*s", j ? ", " : "", (int)strcspn(kind->subresources[j], ":"),
                            kind->subresources[j]);
        base_buf_printf(out, " | get, list, watch, create, update, patch, delete%s |\n",
                        kind->no_collection ? "" : ", deletecollection");
    }
}

static void arm(struct base_buf *out, struct cloud *cloud)
{
    struct arm_route_info info;

    base_buf_puts(out, "\n## `management.azure.com` and `*.identity.azure.net`\n\n`{scope}` is any "
                       "id, `**` what a provider's types say. Unknown paths are 404 (namespace: "
                       "InvalidResourceNamespace, type: InvalidResourceType), methods that a path "
                       "has not 405, versions that a type has not 400.\n\n"
                       "| operation | request |\n| --- | --- |\n");
    for (size_t i = 0; arm_route_info(i, &info); i++)
        base_buf_printf(out, "| %s | `%s %s` |\n", info.operation, info.method, info.path);
    base_buf_puts(
        out,
        "\nDeployments: linked templates are read by GET; a template spec (`templateLink.id`) is "
        "400 "
        "InvalidContentLink. Values of secure parameters are in memory only: a deployment that was "
        "given some does not go on when the simulator is started again; it is Failed and says so. "
        "An inline template that is evaluated in the outer scope holds what its expressions gave, "
        "secure values as well, as in Azure. What-if tells what clients asked for and the template "
        "does not name (Delete), and what only providers write (NoEffect).\n"
        "\nNot served, and 404: moving resources, exportTemplate of a group, tags as resources of "
        "their own (Microsoft.Resources/tags, tagNames), policies, feature flags; "
        "`{identity URL}/proxy/move`.\n");
    add_types(out, cloud, "Microsoft.ManagedIdentity");
}

static void add_refusals(struct base_buf *out, const char *room)
{
    base_buf_puts(out, "\n## Not served\n\n| what | request | answer |\n| --- | --- | --- |\n");
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const struct refused *row = &refusals[i];
        const char *at = strstr(row->target, "/providers/");
        if (base_equal(row->room, room))
            base_buf_printf(out, "| %s | `%s %s%s%s` | %d %s |\n", row->what, row->method,
                            at ? at + strlen("/providers/") : row->target, row->body ? " " : "",
                            row->body ? row->body : "", row->status, row->code);
    }
}

static const struct page {
    const char *room, *title;
    void (*add)(struct base_buf *out, struct cloud *cloud);
    const char *more; /* what no table says */
} pages[] = {
    {"arm", "ARM simulator", arm, ""},
    {"entra", "Entra ID simulator", entra, ""},
    {"keyvault", "Key Vault simulator", keyvault, ""},
    {"eventhub", "Event Hubs simulator", eventhub, ""},
    {"blob", "Storage simulator", blob, ""},
    {"aks", "AKS simulator", aks, AKS_PROSE},
};

static void the_pages_are_current(void **state)
{
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        char *path = base_asprintf(PROJECT_ROOT "/simulators/%s/COVERAGE.md", pages[i].room);
        struct base_buf wanted = {0}, found = {0};
        struct base_error err = {0};

        base_buf_printf(&wanted,
                        "# What the %s answers\n\nMade from the tables by "
                        "tests/unit/azsim_world/test_coverage.c.\n",
                        pages[i].title);
        pages[i].add(&wanted, *state);
        add_refusals(&wanted, pages[i].room);
        base_buf_puts(&wanted, pages[i].more);
        if (getenv("UPDATE_COVERAGE"))
            assert_int_equal(base_file_write(path, wanted.data, wanted.len, 0644, &err), BASE_OK);
        assert_int_equal(base_file_read(path, &found, &err), BASE_OK);
        assert_string_equal(found.data, wanted.data);
        base_buf_release(&wanted);
        base_buf_release(&found);
        free(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_is_refused_so),
                                       cmocka_unit_test(the_pages_are_current)};

    return cmocka_run_group_tests(tests, setup, teardown);
}
