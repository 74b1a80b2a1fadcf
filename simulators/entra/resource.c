/* Decides which audiences have a service behind them. */
#include "simulators/entra/call.h"

#include <string.h>

/* Azure's own services, as globs without the trailing slash (facts clients.md §2.4). */
static const char *const services[] = {
    "https://management.azure.com",
    "https://management.core.windows.net",
    "https://vault.azure.net",
    "https://*.vault.azure.net",
    "https://storage.azure.com",
    "https://*.blob.core.windows.net",
    "https://eventhubs.azure.net",
    "https://servicebus.azure.net",
    "https://*.servicebus.windows.net",
    "https://graph.microsoft.com",
    "https://graph.windows.net",
    "https://azurehealthcareapis.com",
    "https://*.azurehealthcareapis.com",
    "https://identity.azure.net",
    "https://*.identity.azure.net",
    "6dae42f8-4368-4678-94ff-3960e28e3630", /* Azure Kubernetes Service AAD Server */
    "https://localhost*",                   /* a front door reached by its own address */
    "https://127.0.0.1*",
};

struct search {
    const char *audience; /* without the trailing slash */
    bool found;
};

static void try_host(void *context, const char *pattern, const char *service);
static bool is_application(struct entra_call *call, const char *audience);

bool entra_resource_known(struct entra_call *call, const char *audience)
{
    char *trimmed = base_arena_strdup(call->arena, audience);
    struct search search = {.audience = trimmed};

    for (size_t len = strlen(trimmed); len && trimmed[len - 1] == '/'; len--)
        trimmed[len - 1] = '\0';
    for (size_t i = 0; i < sizeof services / sizeof *services; i++)
        if (base_glob_nocase(services[i], trimmed))
            return true;
    sim_host_each(call->world, try_host, &search);
    return search.found || is_application(call, trimmed);
}

/* Any host that this world serves can be asked for a token by its own name. */
static void try_host(void *context, const char *pattern, const char *service)
{
    struct search *search = context;

    (void)service;
    if (base_starts_nocase(search->audience, "https://") &&
        base_glob_nocase(pattern, search->audience + 8))
        search->found = true;
}

static bool is_application(struct entra_call *call, const char *audience)
{
    struct sim_principal unused;
    const char *id = base_starts_nocase(audience, "api://") ? audience + 6 : audience;

    return sim_principal_by_client(call->world, call->client.tenant, id, &unused);
}
