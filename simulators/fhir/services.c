/* Decides which host name, audience and tenant a FHIR service has, and finds it by its host. */
#include "simulators/fhir/world.h"

#include <stdlib.h>
#include <string.h>

static void service_free(struct fhir_service *service)
{
    for (size_t i = 0; i < service->member_count; i++)
        free(service->members[i]);
    free(service->members);
    free(service->arm_id);
    free(service->host);
    free(service->url);
    free(service->audience);
    free(service->tenant);
    free(service);
}

/* ".../services/{name}" or ".../workspaces/{ws}/fhirservices/{name}". */
char *fhir_service_host(const char *arm_id)
{
    const char *name = strrchr(arm_id, '/') + 1;
    const char *workspace = strcasestr(arm_id, "/workspaces/");
    char *host;

    if (workspace) {
        workspace += strlen("/workspaces/");
        host = base_asprintf("%.*s-%s.fhir.azurehealthcareapis.com", (int)strcspn(workspace, "/"),
                             workspace, name);
    } else {
        host = base_asprintf("%s.azurehealthcareapis.com", name);
    }
    base_lower(host);
    return host;
}

/* The GUID at the end of "https://login.microsoftonline.com/{tenant}"; "" when there is none. */
static char *tenant_of(const char *authority)
{
    char *copy = base_strdup(authority ? authority : "");
    size_t len = strlen(copy);

    while (len && copy[len - 1] == '/')
        copy[--len] = '\0';
    const char *slash = strrchr(copy, '/');
    char *tenant = base_strdup(slash && base_is_uuid(slash + 1) ? slash + 1 : "");
    free(copy);
    return tenant;
}

static struct fhir_service *service_new(const cJSON *body)
{
    static const char settings[] = "properties.authenticationConfiguration";
    struct fhir_service *service = base_alloc(sizeof *service);
    const cJSON *settings_node = base_json_at(body, settings), *policy;
    const char *audience = base_json_text(settings_node, "audience");

    service->arm_id = base_strdup(base_json_text(body, "id"));
    service->gen2 = strcasestr(service->arm_id, "/workspaces/") != NULL;
    service->host = fhir_service_host(service->arm_id);
    service->url = base_asprintf("https://%s", service->host);
    service->audience = audience ? base_strdup(audience) : base_strdup(service->url);
    for (size_t len = strlen(service->audience); len && service->audience[len - 1] == '/';)
        service->audience[--len] = '\0';
    service->tenant = tenant_of(base_json_text(settings_node, "authority"));
    cJSON_ArrayForEach(policy, base_json_at(body, "properties.accessPolicies"))
    {
        const char *id = base_json_text(policy, "objectId");
        if (!id)
            continue;
        service->members =
            base_realloc(service->members, (service->member_count + 1) * sizeof *service->members);
        service->members[service->member_count++] = base_strdup(id);
    }
    return service;
}

/* Takes the service with this id out of the list; NULL when it is not there. */
static struct fhir_service *unlink_locked(fhir_t *fhir, const char *arm_id)
{
    for (struct fhir_service **at = &fhir->services; *at; at = &(*at)->next)
        if (base_equal_nocase((*at)->arm_id, arm_id)) {
            struct fhir_service *found = *at;
            *at = found->next;
            return found;
        }
    return NULL;
}

enum base_status fhir_service_put(fhir_t *fhir, const cJSON *body, struct base_error *err)
{
    struct fhir_service *service = service_new(body);
    enum base_status status = fhir_store_number(fhir, service->arm_id, &service->number, err);

    if (status != BASE_OK) {
        service_free(service);
        return status;
    }
    pthread_rwlock_wrlock(&fhir->lock);
    struct fhir_service *old = unlink_locked(fhir, service->arm_id);
    service->next = fhir->services;
    fhir->services = service;
    pthread_rwlock_unlock(&fhir->lock);
    if (old)
        service_free(old);
    return BASE_OK;
}

enum base_status fhir_service_remove(fhir_t *fhir, const char *arm_id, struct base_error *err)
{
    pthread_rwlock_wrlock(&fhir->lock);
    struct fhir_service *service = unlink_locked(fhir, arm_id);
    pthread_rwlock_unlock(&fhir->lock);
    if (!service)
        return BASE_OK;
    enum base_status status = fhir_store_remove_service(fhir, service->number, err);
    service_free(service);
    return status;
}

static void copy_service(struct base_arena *arena, const struct fhir_service *service,
                         struct fhir_service *out)
{
    *out = *service;
    out->next = NULL;
    out->arm_id = base_arena_strdup(arena, service->arm_id);
    out->host = base_arena_strdup(arena, service->host);
    out->url = base_arena_strdup(arena, service->url);
    out->audience = base_arena_strdup(arena, service->audience);
    out->tenant = base_arena_strdup(arena, service->tenant);
    out->members = base_arena_alloc(arena, (service->member_count + 1) * sizeof *out->members);
    for (size_t i = 0; i < service->member_count; i++)
        out->members[i] = base_arena_strdup(arena, service->members[i]);
}

bool fhir_service_find(fhir_t *fhir, struct base_arena *arena, const char *host,
                       struct fhir_service *out)
{
    const char *name = base_arena_strndup(arena, host, strcspn(host, ":"));
    const struct fhir_service *at;

    pthread_rwlock_rdlock(&fhir->lock);
    for (at = fhir->services; at && !base_equal_nocase(at->host, name); at = at->next)
        ;
    if (at)
        copy_service(arena, at, out);
    pthread_rwlock_unlock(&fhir->lock);
    return at != NULL;
}

static bool is_recorded(const fhir_t *fhir, int64_t number)
{
    for (const struct fhir_service *at = fhir->services; at; at = at->next)
        if (at->number == number)
            return true;
    return false;
}

enum base_status fhir_services_sweep(fhir_t *fhir, struct base_error *err)
{
    struct base_db_statement query;
    int64_t stray;

    do {
        stray = 0;
        enum base_status status =
            base_db_query(fhir->db, &query, err, "SELECT number FROM service", NULL);
        if (status != BASE_OK)
            return status;
        while (!stray && base_db_next(&query, err))
            stray = is_recorded(fhir, base_db_int(&query, 0)) ? 0 : base_db_int(&query, 0);
        base_db_done(&query);
        if (stray && (status = fhir_store_remove_service(fhir, stray, err)) != BASE_OK)
            return status;
    } while (stray);
    return BASE_OK;
}

void fhir_services_release(fhir_t *fhir)
{
    while (fhir->services) {
        struct fhir_service *service = fhir->services;
        fhir->services = service->next;
        service_free(service);
    }
}
