/* Decides which configuration the RP accepts: one table of members with kind, range, default and
 * meaning. */
#include "reference/rp/config_private.h"
#include "common/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { TEXT, PATH, URL, UUID, INTEGER, TEXTS, SERVERS, VARIABLES };

struct member {
    const char *path; /* "frontend.keyFile" */
    enum kind kind;
    size_t offset;
    const char *fallback; /* JSON text; NULL: the member must be there */
    int64_t least, most;
    const char *help;
};

#define AT(field) offsetof(struct rp_config, field)
static const struct member MEMBERS[] = {
    {"frontend.certificateFile", PATH, AT(certificate_file), NULL, 0, 0,
     "PEM chain of the HTTPS listener"},
    {"frontend.keyFile", PATH, AT(key_file), NULL, 0, 0, "PEM private key of the HTTPS listener"},
    {"frontend.clientCaFile", PATH, AT(client_ca_file), NULL, 0, 0,
     "PEM CA that signs ARM's client certificate"},
    {"frontend.clientSubjects", TEXTS, AT(client_subjects), "[\"arm.management.azure.com\"]", 0, 0,
     "common names of client certificates that are served; all others get 403"},
    {"frontend.retryAfterSeconds", INTEGER, AT(retry_after_s), "1", 1, 600,
     "Retry-After of asynchronous answers"},
    {"frontend.bodyMaxBytes", INTEGER, AT(body_max), "1048576", 1024, 16777216,
     "largest request body"},
    {"frontend.pageSize", INTEGER, AT(page_size), "100", 1, 1000, "resources a page of a list"},
    {"identity.tenantId", UUID, AT(tenant_id), NULL, 0, 0,
     "tenant of the RP's application and internal subscriptions"},
    {"identity.clientId", UUID, AT(client_id), NULL, 0, 0, "the RP's first-party application"},
    {"identity.certificateFile", PATH, AT(credential_file), NULL, 0, 0,
     "PEM private key and certificate of the application"},
    {"identity.authority", URL, AT(authority), "\"https://login.microsoftonline.com\"", 0, 0,
     "Entra ID"},
    {"identity.managedIdentityAudience", TEXT, AT(identity_audience),
     "\"https://identity.azure.net\"", 0, 0, "token audience of the identity data plane"},
    {"identity.urlSuffixes", TEXTS, AT(identity_suffixes), "[\"identity.azure.net\"]", 0, 0,
     "host suffixes that x-ms-identity-url may name"},
    {"arm.endpoint", URL, AT(arm_endpoint), "\"https://management.azure.com\"", 0, 0,
     "Azure Resource Manager"},
    {"quotas.connectorsPerWorkspace", INTEGER, AT(connectors_per_workspace), "10", 1, 1000,
     "connectors a workspace (IC-07)"},
    {"quotas.destinationsPerConnector", INTEGER, AT(destinations_per_connector), "19", 1, 999,
     "destinations a connector: consumer groups of the hub without $Default (DST-04)"},
    {"customer.eventHubSuffixes", TEXTS, AT(event_hub_suffixes),
     "[\"servicebus.windows.net\",\"servicesbus.windows.net\"]", 0, 0,
     "host suffixes of fullyQualifiedEventHubNamespace (IC-02)"},
    {"customer.fhirSuffixes", TEXTS, AT(fhir_suffixes), "[\"azurehealthcareapis.com\"]", 0, 0,
     "host suffixes that a FHIR service's audience may have to be used as its URL"},
    {"customer.fhirServerUrls", SERVERS, AT(fhir_server_urls), "[]", 0, 0,
     "FHIR servers that a destination may name by URL: https://host, https://*.suffix (DST-05)"},
    {"normalizedHub.partitions", INTEGER, AT(normalized_partitions), "4", 1, 32,
     "partitions of a connector's hub for normalized data"},
    {"normalizedHub.retentionDays", INTEGER, AT(normalized_retention_days), "1", 1, 7,
     "its retention"},
    {"pods.normalization.image", TEXT, AT(normalization.image),
     "\"iomt.azurecr.io/iomt-normalization:0.1.0\"", 0, 0, "image of the normalization pod"},
    {"pods.normalization.replicas", INTEGER, AT(normalization.replicas), "1", 0, 32,
     "pods a connector"},
    {"pods.normalization.flushSeconds", INTEGER, AT(normalization.flush_seconds), "1", 1, 3600,
     "EventBatching__FlushTimespan, clock seconds"},
    {"pods.normalization.idleSeconds", INTEGER, AT(normalization.idle_seconds), "1", 1, 3600,
     "EventBatching__IdleTimespan (the original's is 60)"},
    {"pods.normalization.maxEvents", INTEGER, AT(normalization.max_events), "100", 1, 100000,
     "EventBatching__MaxEvents"},
    {"pods.normalization.environment", VARIABLES, AT(normalization.environment), "{}", 0, 0,
     "further variables of the pod, NAME to value"},
    {"pods.destination.image", TEXT, AT(destination.image),
     "\"iomt.azurecr.io/iomt-destination:0.1.0\"", 0, 0, "image of the destination pod"},
    {"pods.destination.replicas", INTEGER, AT(destination.replicas), "1", 0, 32,
     "pods a destination"},
    {"pods.destination.flushSeconds", INTEGER, AT(destination.flush_seconds), "1", 1, 3600,
     "EventBatching__FlushTimespan, clock seconds"},
    {"pods.destination.idleSeconds", INTEGER, AT(destination.idle_seconds), "1", 1, 3600,
     "EventBatching__IdleTimespan (the original's is 60)"},
    {"pods.destination.maxEvents", INTEGER, AT(destination.max_events), "300", 1, 100000,
     "EventBatching__MaxEvents"},
    {"pods.destination.environment", VARIABLES, AT(destination.environment), "{}", 0, 0,
     "further variables of the pod, NAME to value"},
    {"pods.progressDeadlineSeconds", INTEGER, AT(progress_deadline_s), "300", 10, 3600,
     "how long a deployment may take until its pods run"},
    {"pods.terminationGraceSeconds", INTEGER, AT(grace_s), "30", 1, 600,
     "how long a pod has to stop"},
    {"pods.healthPort", INTEGER, AT(health_port), "8080", 1, 65535,
     "port of the pods' liveness probe"},
    {"pods.healthPath", TEXT, AT(health_path), "\"/healthz\"", 0, 0,
     "path of the pods' liveness probe"},
    {"worker.threads", INTEGER, AT(workers), "4", 1, 32, "operations worked on at once"},
    {"worker.leaseSeconds", INTEGER, AT(lease_s), "60", 5, 3600,
     "how long an operation is one worker's, clock seconds"},
    {"worker.pollMilliseconds", INTEGER, AT(poll_ms), "100", 10, 60000,
     "longest wait between looks when the other side names no Retry-After, clock milliseconds; the "
     "first is a twentieth of it, each later one half longer"},
    {"worker.retryFirstMilliseconds", INTEGER, AT(retry_first_ms), "500", 10, 60000,
     "first wait after a failed call"},
    {"worker.retryMostMilliseconds", INTEGER, AT(retry_most_ms), "30000", 10, 600000,
     "longest wait: they double"},
    {"worker.attempts", INTEGER, AT(attempts), "8", 1, 100,
     "failures of one step before the operation fails"},
    {"worker.dequeues", INTEGER, AT(dequeues), "5", 1, 100,
     "times a worker may die over one step before the operation fails"},
    {"worker.operationTimeoutSeconds", INTEGER, AT(operation_timeout_s), "3600", 60, 86400,
     "an operation that takes longer fails, clock seconds"},
    {"worker.callTimeoutSeconds", INTEGER, AT(call_timeout_s), "30", 1, 600,
     "longest wait for one answer, real seconds"},
    {"worker.reconcileSeconds", INTEGER, AT(reconcile_s), "900", 0, 86400,
     "how often a resource at rest is compared with the world, clock seconds; 0: never"},
};
#define MEMBER_COUNT (sizeof MEMBERS / sizeof *MEMBERS)

static enum base_status refuse_unknown(const cJSON *document, struct base_error *err);
static enum base_status read_member(struct rp_config_reading *in, const struct member *member);

enum base_status rp_config_read(cJSON *document, const char *folder, struct rp_config *config,
                                struct base_error *err)
{
    struct rp_config_reading in = {.config = config, .folder = folder, .err = err};

    memset(config, 0, sizeof *config);
    base_arena_init(&config->arena);
    config->document = document;
    if (!cJSON_IsObject(document))
        return base_error_set(err, BASE_INVALID, "InvalidConfiguration",
                              "the configuration must be one JSON object");
    enum base_status status = refuse_unknown(document, err);
    for (size_t i = 0; status == BASE_OK && i < MEMBER_COUNT; i++)
        status = read_member(&in, &MEMBERS[i]);
    return status == BASE_OK ? rp_config_regions(&in) : status;
}

void rp_config_release(struct rp_config *config)
{
    cJSON_Delete(config->document);
    base_arena_release(&config->arena);
    memset(config, 0, sizeof *config);
}

void rp_config_help(struct base_buf *out)
{
    base_buf_puts(out, "Configuration file (JSON; paths may be relative to its folder):\n");
    for (size_t i = 0; i < MEMBER_COUNT; i++)
        base_buf_printf(out, "  %s (%s%s)\n      %s\n", MEMBERS[i].path,
                        MEMBERS[i].fallback ? "default " : "",
                        MEMBERS[i].fallback ? MEMBERS[i].fallback : "required", MEMBERS[i].help);
    base_buf_puts(
        out,
        "  regions[] (required)\n"
        "      {name, displayName, aliases[], capacity{subscriptions[], clusters[], vaults[]}}\n"
        "  regions[].capacity.subscriptions[] (required)\n"
        "      {id: GUID, maxWorkspaces: 0 = no limit}; clusters[] {id: ARM id, maxWorkspaces};\n"
        "      vaults[] {id: ARM id, uri: https URL, maxWorkspaces}\n");
}

/* Region spellings differ in blanks and case only ("West US 2" = "westus2"). */
static bool same_region(const char *a, const char *b)
{
    while (*a || *b) {
        if (*a == ' ')
            a++;
        else if (*b == ' ')
            b++;
        else if (tolower((unsigned char)*a++) != tolower((unsigned char)*b++))
            return false;
    }
    return true;
}

const struct rp_region *rp_config_region(const struct rp_config *config, const char *spelling)
{
    for (size_t i = 0; i < config->region_count; i++) {
        const struct rp_region *region = &config->regions[i];
        if (same_region(spelling, region->name) || same_region(spelling, region->display_name))
            return region;
        for (size_t k = 0; k < region->aliases.count; k++)
            if (same_region(spelling, region->aliases.items[k]))
                return region;
    }
    return NULL;
}

bool rp_config_host_allowed(const struct rp_texts *suffixes, const char *host)
{
    for (size_t i = 0; i < suffixes->count; i++) {
        size_t all = strlen(host), tail = strlen(suffixes->items[i]);
        if (all > tail + 1 && host[all - tail - 1] == '.' &&
            base_ends_nocase(host, suffixes->items[i]))
            return true;
    }
    return false;
}

/* --- unknown members --- */

static bool known_path(const char *path, bool *leaf)
{
    size_t len = strlen(path);

    *leaf = false;
    for (size_t i = 0; i < MEMBER_COUNT; i++) {
        if (!strncmp(MEMBERS[i].path, path, len) && MEMBERS[i].path[len] == '.')
            return true;
        if (!strcmp(MEMBERS[i].path, path))
            return *leaf = true;
    }
    return false;
}

static enum base_status refuse_unknown_below(const cJSON *node, const char *prefix,
                                             struct base_error *err)
{
    const cJSON *child;
    bool leaf;

    cJSON_ArrayForEach(child, node)
    {
        char path[256];
        snprintf(path, sizeof path, "%s%s%s", prefix, *prefix ? "." : "",
                 child->string ? child->string : "");
        if (!strcmp(path, "regions"))
            continue;
        if (!known_path(path, &leaf)) {
            base_error_target(err, "%s", path);
            return base_error_set(err, BASE_INVALID, "InvalidConfiguration",
                                  "%s: no such member; see iomt-rp --help for those that exist",
                                  path);
        }
        if (!leaf && !cJSON_IsObject(child)) {
            base_error_target(err, "%s", path);
            return base_error_set(err, BASE_INVALID, "InvalidConfiguration",
                                  "%s: expected an object", path);
        }
        if (!leaf && refuse_unknown_below(child, path, err) != BASE_OK)
            return BASE_INVALID;
    }
    return BASE_OK;
}

static enum base_status refuse_unknown(const cJSON *document, struct base_error *err)
{
    return refuse_unknown_below(document, "", err);
}

/* --- members of the table --- */

enum base_status rp_config_wrong(struct base_error *err, const char *path, const char *expected,
                                 const cJSON *found)
{
    char *text = found ? base_json_print(found) : base_strdup("nothing");

    base_error_set(err, BASE_INVALID, "InvalidConfiguration", "%s: found %.200s, expected %s", path,
                   text, expected);
    base_error_target(err, "%s", path);
    free(text);
    return BASE_INVALID;
}

/* Puts the default into the document, so that --print-config shows what is in force. */
static cJSON *fill_in(cJSON *document, const struct member *member)
{
    char path[256];
    char *rest = path, *part;
    cJSON *at = document;

    snprintf(path, sizeof path, "%s", member->path);
    while ((part = strsep(&rest, ".")) != NULL) {
        cJSON *next = cJSON_GetObjectItemCaseSensitive(at, part);
        if (!next) {
            next = rest ? cJSON_CreateObject() : cJSON_Parse(member->fallback);
            cJSON_AddItemToObject(at, part, next);
        }
        at = next;
    }
    return at;
}

bool rp_config_is_url(const char *text)
{
    return (!strncmp(text, "https://", 8) && text[8]) || (!strncmp(text, "http://", 7) && text[7]);
}

static enum base_status read_text(struct rp_config_reading *in, const struct member *member,
                                  const cJSON *node)
{
    const char **out = (const char **)((char *)in->config + member->offset);

    if (!cJSON_IsString(node) || !*node->valuestring)
        return rp_config_wrong(in->err, member->path, "a text that is not empty", node);
    if (member->kind == URL && !rp_config_is_url(node->valuestring))
        return rp_config_wrong(in->err, member->path, "a URL", node);
    if (member->kind == UUID && !base_is_uuid(node->valuestring))
        return rp_config_wrong(in->err, member->path, "a GUID", node);
    bool relative = member->kind == PATH && node->valuestring[0] != '/';
    *out = relative ? base_arena_printf(&in->config->arena, "%s/%s", in->folder, node->valuestring)
                    : base_arena_strdup(&in->config->arena, node->valuestring);
    return BASE_OK;
}

static enum base_status read_integer(struct rp_config_reading *in, const struct member *member,
                                     const cJSON *node)
{
    int64_t *out = (int64_t *)((char *)in->config + member->offset);
    char expected[96];

    snprintf(expected, sizeof expected, "a whole number from %lld to %lld",
             (long long)member->least, (long long)member->most);
    if (!cJSON_IsNumber(node) || node->valuedouble < (double)member->least ||
        node->valuedouble > (double)member->most ||
        node->valuedouble != (double)(int64_t)node->valuedouble)
        return rp_config_wrong(in->err, member->path, expected, node);
    *out = (int64_t)node->valuedouble;
    return BASE_OK;
}

enum base_status rp_config_texts(struct rp_config_reading *in, const char *path, const cJSON *node,
                                 struct rp_texts *out)
{
    const cJSON *item;

    if (!cJSON_IsArray(node))
        return rp_config_wrong(in->err, path, "a list of texts", node);
    out->items = base_arena_alloc(&in->config->arena,
                                  sizeof *out->items * ((size_t)cJSON_GetArraySize(node) + 1));
    cJSON_ArrayForEach(item, node)
    {
        if (!cJSON_IsString(item) || !*item->valuestring)
            return rp_config_wrong(in->err, path, "a list of texts", node);
        out->items[out->count++] = base_arena_strdup(&in->config->arena, item->valuestring);
    }
    return BASE_OK;
}

/* DST-05: a host, or "*." and a suffix, behind https: tokens go there. No port or path: only the host is compared. */
static enum base_status read_servers(struct rp_config_reading *in, const struct member *member,
                                     const cJSON *node)
{
    static const char HOST[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
    struct rp_texts *out = (struct rp_texts *)((char *)in->config + member->offset);
    enum base_status status = rp_config_texts(in, member->path, node, out);

    for (size_t i = 0; status == BASE_OK && i < out->count; i++) {
        const char *host = out->items[i] + strlen("https://");
        bool good = !strncmp(out->items[i], "https://", strlen("https://"));
        if (good && !strncmp(host, "*.", 2))
            host += 2;
        size_t len = good ? strspn(host, HOST) : 0;
        if (!len || (host[len] && strcmp(host + len, "/")))
            status = rp_config_wrong(in->err, member->path, "https://host or https://*.suffix each",
                                     cJSON_GetArrayItem(node, (int)i));
    }
    return status;
}

static enum base_status read_variables(struct rp_config_reading *in, const struct member *member,
                                       const cJSON *node)
{
    const cJSON *item;

    if (!cJSON_IsObject(node))
        return rp_config_wrong(in->err, member->path, "an object of texts", node);
    cJSON_ArrayForEach(item, node) if (!cJSON_IsString(item)) return rp_config_wrong(
        in->err, member->path, "an object of texts", node);
    *(const cJSON **)((char *)in->config + member->offset) = node;
    return BASE_OK;
}

static enum base_status read_member(struct rp_config_reading *in, const struct member *member)
{
    const cJSON *node = base_json_at(in->config->document, member->path);

    if (!node && !member->fallback)
        return rp_config_wrong(in->err, member->path, "a value: this member is required", NULL);
    if (!node)
        node = fill_in(in->config->document, member);
    switch (member->kind) {
    case INTEGER:
        return read_integer(in, member, node);
    case TEXTS:
        return rp_config_texts(in, member->path, node,
                               (struct rp_texts *)((char *)in->config + member->offset));
    case SERVERS:
        return read_servers(in, member, node);
    case VARIABLES:
        return read_variables(in, member, node);
    default:
        return read_text(in, member, node);
    }
}
