/* Decides what the directory holds and how it is found: a handful of principals, looked up by
 * scanning. */
#include "simulators/kit/directory.h"
#include "simulators/kit/internal.h"
#include "simulators/kit/setting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct credential {
    char client_id[BASE_UUID_TEXT];
    char *secret;                /* or */
    struct base_buf certificate; /* DER */
};
struct tenant {
    char id[BASE_UUID_TEXT];
    char *domain;
};
struct sim_directory {
    pthread_mutex_t lock;
    struct tenant *tenants;
    size_t tenant_count;
    struct sim_principal *principals;
    size_t principal_count;
    struct credential *credentials;
    size_t credential_count;
};

static const struct sim_setting_row settings[] = {
    {"principal-lag", SIM_SETTING_DURATION, 0, 30 * 60000, NULL,
     "A principal that is made from now on is known to role assignments so much later, unless they "
     "say principalType ServicePrincipal."},
};
static const char *const kind_names[] = {"Application", "ManagedIdentity", "User"};

static void add_tenant(struct sim_directory *directory, const char *id, const char *domain)
{
    directory->tenants = base_realloc(directory->tenants,
                                      (directory->tenant_count + 1) * sizeof *directory->tenants);
    struct tenant *tenant = &directory->tenants[directory->tenant_count++];
    snprintf(tenant->id, sizeof tenant->id, "%s", id);
    tenant->domain = base_strdup(domain);
}

static void put_principal(struct sim_directory *directory, const struct sim_principal *principal)
{
    for (size_t i = 0; i < directory->principal_count; i++) {
        if (base_equal_nocase(directory->principals[i].object_id, principal->object_id)) {
            directory->principals[i] = *principal;
            return;
        }
    }
    directory->principals = base_realloc(directory->principals, (directory->principal_count + 1) *
                                                                    sizeof *directory->principals);
    directory->principals[directory->principal_count++] = *principal;
}

static struct credential *add_credential(struct sim_directory *directory, const char *client_id)
{
    directory->credentials = base_realloc(
        directory->credentials, (directory->credential_count + 1) * sizeof *directory->credentials);
    struct credential *credential = &directory->credentials[directory->credential_count++];
    memset(credential, 0, sizeof *credential);
    snprintf(credential->client_id, sizeof credential->client_id, "%s", client_id);
    return credential;
}

static void copy(char *out, size_t size, const cJSON *document, const char *name)
{
    const char *text = base_json_text(document, name);
    snprintf(out, size, "%s", text ? text : "");
}

static void load_tenant(void *context, const char *key, const cJSON *document)
{
    add_tenant(context, key, base_json_text(document, "domain"));
}

static void load_principal(void *context, const char *key, const cJSON *document)
{
    struct sim_principal p = {.kind =
                                  (enum sim_principal_kind)base_json_number(document, "kind", 0)};

    snprintf(p.object_id, sizeof p.object_id, "%s", key);
    copy(p.tenant, sizeof p.tenant, document, "tenant");
    copy(p.client_id, sizeof p.client_id, document, "clientId");
    copy(p.name, sizeof p.name, document, "name");
    copy(p.resource_id, sizeof p.resource_id, document, "resourceId");
    p.known_ms = (int64_t)base_json_number(document, "knownMs", 1);
    put_principal(context, &p);
}

static void load_credential(void *context, const char *key, const cJSON *document)
{
    struct credential *credential = add_credential(context, base_json_text(document, "clientId"));
    const char *der = base_json_text(document, "certificate");

    (void)key;
    credential->secret = base_strdup(base_json_text(document, "secret"));
    if (der)
        base_base64_decode(&credential->certificate, der, strlen(der));
}

struct sim_directory *sim_directory_open(sim_world_t *world)
{
    struct sim_directory *directory = base_alloc(sizeof *directory);

    pthread_mutex_init(&directory->lock, NULL);
    sim_setting_declare(world, settings, sizeof settings / sizeof *settings);
    sim_store_each(world, "directory.tenants", load_tenant, directory);
    sim_store_each(world, "directory.principals", load_principal, directory);
    sim_store_each(world, "directory.credentials", load_credential, directory);
    return directory;
}

void sim_directory_close(struct sim_directory *directory)
{
    if (!directory)
        return;
    for (size_t i = 0; i < directory->tenant_count; i++)
        free(directory->tenants[i].domain);
    for (size_t i = 0; i < directory->credential_count; i++) {
        free(directory->credentials[i].secret);
        base_buf_release(&directory->credentials[i].certificate);
    }
    free(directory->tenants);
    free(directory->principals);
    free(directory->credentials);
    pthread_mutex_destroy(&directory->lock);
    free(directory);
}

void sim_tenant_add(sim_world_t *world, const char *tenant, const char *domain)
{
    char known[BASE_UUID_TEXT];

    if (sim_tenant_find(world, tenant, known))
        return;
    pthread_mutex_lock(&world->directory->lock);
    add_tenant(world->directory, tenant, domain);
    pthread_mutex_unlock(&world->directory->lock);
    cJSON *document = cJSON_CreateObject();
    base_json_set_text(document, "domain", domain);
    sim_store_put(world, "directory.tenants", tenant, document);
    cJSON_Delete(document);
}

bool sim_tenant_find(sim_world_t *world, const char *tenant_or_domain, char out[BASE_UUID_TEXT])
{
    struct sim_directory *directory = world->directory;
    bool found = false;

    pthread_mutex_lock(&directory->lock);
    for (size_t i = 0; i < directory->tenant_count && !found; i++) {
        found = base_equal_nocase(directory->tenants[i].id, tenant_or_domain) ||
                (directory->tenants[i].domain &&
                 base_equal_nocase(directory->tenants[i].domain, tenant_or_domain));
        if (found)
            memcpy(out, directory->tenants[i].id, BASE_UUID_TEXT);
    }
    pthread_mutex_unlock(&directory->lock);
    return found;
}

static void store_principal(sim_world_t *world, const struct sim_principal *principal)
{
    cJSON *document = cJSON_CreateObject();

    base_json_set_text(document, "tenant", principal->tenant);
    base_json_set_text(document, "clientId", principal->client_id);
    base_json_set_number(document, "kind", principal->kind);
    base_json_set_text(document, "kindName", kind_names[principal->kind]);
    base_json_set_text(document, "name", principal->name);
    base_json_set_text(document, "resourceId", principal->resource_id);
    base_json_set_number(document, "knownMs", (double)principal->known_ms);
    sim_store_put(world, "directory.principals", principal->object_id, document);
    cJSON_Delete(document);
}

void sim_principal_put(sim_world_t *world, struct sim_principal *principal)
{
    if (!principal->object_id[0])
        base_uuid(world->random, principal->object_id);
    if (!principal->client_id[0])
        base_uuid(world->random, principal->client_id);
    if (!principal->known_ms)
        principal->known_ms = sim_now_ms(world) + sim_setting_ms(world, "principal-lag");
    pthread_mutex_lock(&world->directory->lock);
    put_principal(world->directory, principal);
    pthread_mutex_unlock(&world->directory->lock);
    store_principal(world, principal);
}

static void credential_key(const struct credential *credential, char *out, size_t size)
{
    unsigned char digest[32];
    struct base_buf hex = {0};

    if (credential->secret)
        base_sha256(credential->secret, strlen(credential->secret), digest);
    else
        base_sha256(credential->certificate.data, credential->certificate.len, digest);
    base_hex_encode(&hex, digest, 8);
    snprintf(out, size, "%s/%s", credential->client_id, hex.data);
    base_buf_release(&hex);
}

static void remove_credentials_locked(sim_world_t *world, const char *client_id)
{
    struct sim_directory *directory = world->directory;
    size_t kept = 0;

    for (size_t i = 0; i < directory->credential_count; i++) {
        struct credential *credential = &directory->credentials[i];
        if (!base_equal_nocase(credential->client_id, client_id)) {
            directory->credentials[kept++] = *credential;
            continue;
        }
        char key[96];
        credential_key(credential, key, sizeof key);
        sim_store_delete(world, "directory.credentials", key);
        free(credential->secret);
        base_buf_release(&credential->certificate);
    }
    directory->credential_count = kept;
}

bool sim_principal_remove(sim_world_t *world, const char *object_id)
{
    struct sim_directory *directory = world->directory;
    bool found = false;

    pthread_mutex_lock(&directory->lock);
    for (size_t i = 0; i < directory->principal_count && !found; i++) {
        struct sim_principal principal = directory->principals[i];
        if (!base_equal_nocase(principal.object_id, object_id))
            continue;
        found = true;
        directory->principals[i] = directory->principals[--directory->principal_count];
        if (principal.kind == SIM_PRINCIPAL_MANAGED_IDENTITY)
            remove_credentials_locked(world, principal.client_id);
        sim_store_delete(world, "directory.principals", principal.object_id);
    }
    pthread_mutex_unlock(&directory->lock);
    return found;
}

static bool find(sim_world_t *world,
                 bool (*matches)(const struct sim_principal *, const char *, const char *),
                 const char *a, const char *b, struct sim_principal *out)
{
    struct sim_directory *directory = world->directory;
    bool found = false;

    pthread_mutex_lock(&directory->lock);
    for (size_t i = 0; i < directory->principal_count && !found; i++) {
        found = matches(&directory->principals[i], a, b);
        if (found)
            *out = directory->principals[i];
    }
    pthread_mutex_unlock(&directory->lock);
    return found;
}

static bool has_object(const struct sim_principal *p, const char *object_id, const char *unused)
{
    (void)unused;
    return base_equal_nocase(p->object_id, object_id);
}

static bool has_client(const struct sim_principal *p, const char *tenant, const char *client_id)
{
    return base_equal_nocase(p->client_id, client_id) && base_equal_nocase(p->tenant, tenant);
}

static bool has_resource(const struct sim_principal *p, const char *resource_id, const char *unused)
{
    (void)unused;
    return p->resource_id[0] && base_equal_nocase(p->resource_id, resource_id);
}

bool sim_principal_by_object(sim_world_t *world, const char *object_id, struct sim_principal *out)
{
    return find(world, has_object, object_id, NULL, out);
}

bool sim_principal_by_client(sim_world_t *world, const char *tenant, const char *client_id,
                             struct sim_principal *out)
{
    return find(world, has_client, tenant, client_id, out);
}

bool sim_principal_by_resource(sim_world_t *world, const char *resource_id,
                               struct sim_principal *out)
{
    return find(world, has_resource, resource_id, NULL, out);
}

void sim_principal_each(sim_world_t *world,
                        void (*each)(void *context, const struct sim_principal *principal),
                        void *context)
{
    struct sim_directory *directory = world->directory;

    pthread_mutex_lock(&directory->lock);
    size_t count = directory->principal_count;
    struct sim_principal *copies = base_alloc(count * sizeof *copies);
    if (count)
        memcpy(copies, directory->principals, count * sizeof *copies);
    pthread_mutex_unlock(&directory->lock);
    for (size_t i = 0; i < count; i++)
        each(context, &copies[i]);
    free(copies);
}

static void keep_credential(sim_world_t *world, const char *client_id, const char *secret,
                            const void *der, size_t len)
{
    char key[96];

    pthread_mutex_lock(&world->directory->lock);
    struct credential *credential = add_credential(world->directory, client_id);
    credential->secret = base_strdup(secret);
    if (der)
        base_buf_append(&credential->certificate, der, len);
    credential_key(credential, key, sizeof key);
    cJSON *document = cJSON_CreateObject();
    base_json_set_text(document, "clientId", client_id);
    base_json_set_text(document, "secret", secret);
    if (der) {
        struct base_buf text = {0};
        base_base64_encode(&text, der, len);
        base_json_set_text(document, "certificate", text.data);
        base_buf_release(&text);
    }
    pthread_mutex_unlock(&world->directory->lock);
    sim_store_put(world, "directory.credentials", key, document);
    cJSON_Delete(document);
}

void sim_credential_add_secret(sim_world_t *world, const char *client_id, const char *secret)
{
    keep_credential(world, client_id, secret, NULL, 0);
}

void sim_credential_add_certificate(sim_world_t *world, const char *client_id, const void *der,
                                    size_t len)
{
    keep_credential(world, client_id, NULL, der, len);
}

bool sim_credential_has_secret(sim_world_t *world, const char *client_id, const char *secret)
{
    struct sim_directory *directory = world->directory;
    bool found = false;

    pthread_mutex_lock(&directory->lock);
    for (size_t i = 0; i < directory->credential_count && !found; i++) {
        const struct credential *credential = &directory->credentials[i];
        found = credential->secret && base_equal_nocase(credential->client_id, client_id) &&
                strlen(credential->secret) == strlen(secret) &&
                base_equal_constant_time(credential->secret, secret, strlen(secret));
    }
    pthread_mutex_unlock(&directory->lock);
    return found;
}

bool sim_credential_find_certificate(sim_world_t *world, const char *client_id,
                                     const unsigned char *thumbprint, size_t len,
                                     struct base_buf *der)
{
    struct sim_directory *directory = world->directory;
    bool found = false;

    pthread_mutex_lock(&directory->lock);
    for (size_t i = 0; i < directory->credential_count && !found; i++) {
        const struct credential *credential = &directory->credentials[i];
        unsigned char digest[32];
        if (!credential->certificate.len || !base_equal_nocase(credential->client_id, client_id))
            continue;
        if (len == 20)
            base_sha1(credential->certificate.data, credential->certificate.len, digest);
        else
            base_sha256(credential->certificate.data, credential->certificate.len, digest);
        found = (len == 20 || len == 32) && !memcmp(digest, thumbprint, len);
        if (found)
            base_buf_append(der, credential->certificate.data, credential->certificate.len);
    }
    pthread_mutex_unlock(&directory->lock);
    return found;
}
