/* Decides which settings a pod takes and which combinations make sense. */
#include "reference/pods/settings.h"

#include "common/log.h"
#include "common/text.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define BOTH (POD_NORMALIZATION | POD_DESTINATION)
#define N POD_NORMALIZATION
#define D POD_DESTINATION
#define AT(member) offsetof(struct pod_settings, member)

static const struct pod_setting {
    int kinds;    /* which pods take it */
    int required; /* which pods need it */
    const char *flag, *env;
    enum base_option_kind type;
    size_t offset;
    const char *argument, *help;
    int64_t least, most;
} table[] = {
    {N, 0, "input-auth", "InputEventHub__AuthenticationType", BASE_OPTION_TEXT, AT(input.auth),
     "TYPE", "ManagedIdentity (default) or ConnectionString", 0, 0},
    {N, 0, "input-namespace", "InputEventHub__EventHubNamespaceFQDN", BASE_OPTION_TEXT,
     AT(input.namespace), "HOST", "namespace of the customer's event hub", 0, 0},
    {N, 0, "input-hub", "InputEventHub__EventHubName", BASE_OPTION_TEXT, AT(input.hub), "NAME",
     "the customer's event hub", 0, 0},
    {N, 0, "input-group", "InputEventHub__EventHubConsumerGroup", BASE_OPTION_TEXT, AT(input.group),
     "NAME", "its consumer group; $Default when absent", 0, 0},
    {N, 0, "input-connection", "InputEventHub__ConnectionString", BASE_OPTION_TEXT,
     AT(input.connection), "TEXT", "connection string with EntityPath, for ConnectionString", 0, 0},
    {N, 0, "normalized-auth", "NormalizationEventHub__AuthenticationType", BASE_OPTION_TEXT,
     AT(normalized.auth), "TYPE", "ManagedIdentity (default) or ConnectionString", 0, 0},
    {N, 0, "normalized-namespace", "NormalizationEventHub__EventHubNamespaceFQDN", BASE_OPTION_TEXT,
     AT(normalized.namespace), "HOST", "namespace of the hub for normalized data", 0, 0},
    {N, 0, "normalized-hub", "NormalizationEventHub__EventHubName", BASE_OPTION_TEXT,
     AT(normalized.hub), "NAME", "the hub for normalized data", 0, 0},
    {N, 0, "normalized-connection", "NormalizationEventHub__ConnectionString", BASE_OPTION_TEXT,
     AT(normalized.connection), "TEXT", "connection string with EntityPath, for ConnectionString",
     0, 0},
    {D, 0, "normalized-auth", "NormalizationEventHub__AuthenticationType", BASE_OPTION_TEXT,
     AT(input.auth), "TYPE", "ManagedIdentity (default) or ConnectionString", 0, 0},
    {D, 0, "normalized-namespace", "NormalizationEventHub__EventHubNamespaceFQDN", BASE_OPTION_TEXT,
     AT(input.namespace), "HOST", "namespace of the hub that holds normalized data", 0, 0},
    {D, 0, "normalized-hub", "NormalizationEventHub__EventHubName", BASE_OPTION_TEXT, AT(input.hub),
     "NAME", "the hub that holds normalized data", 0, 0},
    {D, 0, "normalized-group", "NormalizationEventHub__EventHubConsumerGroup", BASE_OPTION_TEXT,
     AT(input.group), "NAME", "this destination's consumer group; $Default when absent", 0, 0},
    {D, 0, "normalized-connection", "NormalizationEventHub__ConnectionString", BASE_OPTION_TEXT,
     AT(input.connection), "TEXT", "connection string with EntityPath, for ConnectionString", 0, 0},
    {BOTH, BOTH, "flush-timespan", "EventBatching__FlushTimespan", BASE_OPTION_INT, AT(flush_s),
     "SECONDS", "a batch is closed by an event enqueued so long after its first; must be given", 1,
     86400},
    {BOTH, 0, "idle-timespan", "EventBatching__IdleTimespan", BASE_OPTION_INT, AT(idle_s),
     "SECONDS", "a batch whose time is over is closed when no event has come for so long; 60", 1,
     86400},
    {BOTH, BOTH, "max-events", "EventBatching__MaxEvents", BASE_OPTION_INT, AT(max_events), "COUNT",
     "a batch is closed with so many events; must be given", 1, 100000},
    {BOTH, 0, "max-events-all", "EventBatching__MaxEventsAllPartitions", BASE_OPTION_INT,
     AT(max_events_all), "COUNT", "shared out among the partitions, if that is more", 0, 10000000},
    {BOTH, BOTH, "checkpoint-prefix", "Checkpoint__BlobPrefix", BASE_OPTION_TEXT,
     AT(checkpoint_prefix), "NAME", "part of the checkpoints' names; a pod's own", 0, 0},
    {BOTH, 0, "checkpoint-auth", "CheckpointStorage__AuthenticationType", BASE_OPTION_TEXT,
     AT(storage_auth), "TYPE", "ManagedIdentity", 0, 0},
    {BOTH, BOTH, "checkpoint-container", "CheckpointStorage__BlobStorageContainerUri",
     BASE_OPTION_TEXT, AT(checkpoint_container), "URL", "container for checkpoints", 0, 0},
    {BOTH, 0, "template-auth", "TemplateStorage__AuthenticationType", BASE_OPTION_TEXT,
     AT(template_auth), "TYPE", "ManagedIdentity", 0, 0},
    {BOTH, BOTH, "template-container", "TemplateStorage__BlobStorageContainerUri", BASE_OPTION_TEXT,
     AT(template_container), "URL", "container that holds the mapping", 0, 0},
    {N, N, "device-mapping", "Template__DeviceContent", BASE_OPTION_TEXT, AT(template_name), "BLOB",
     "the device mapping's blob", 0, 0},
    {D, D, "fhir-mapping", "Template__FhirMapping", BASE_OPTION_TEXT, AT(template_name), "BLOB",
     "the FHIR mapping's blob", 0, 0},
    {N, 0, "error-policy", "NormalizationService__ErrorHandlingPolicy", BASE_OPTION_TEXT,
     AT(policy), "POLICY",
     "Retry (default: a bad event stops its partition) or DiscardMatchAndExtractErrors", 0, 0},
    {N, 0, "compression", "CollectorOptions__UseCompressionOnSend", BASE_OPTION_TEXT,
     AT(compression), "BOOL",
     "false; true: the measurements of a partition key go as one compressed message", 0, 0},
    {D, 0, "identity", "ResourceIdentity__ResourceIdentityServiceType", BASE_OPTION_TEXT,
     AT(identity_mode), "MODE", "Lookup (default), Create or LookupWithEncounter", 0, 0},
    {D, 0, "device-system", "ResourceIdentity__DefaultDeviceIdentifierSystem", BASE_OPTION_TEXT,
     AT(identity.device_system), "URI", "system of the devices' identifiers", 0, 0},
    {D, D, "fhir-url", "FhirService__Url", BASE_OPTION_TEXT, AT(fhir_url), "URL",
     "the FHIR service", 0, 0},
    {D, 0, "observation-cache", "ObservationCache__SizeLimit", BASE_OPTION_INT,
     AT(observations_max), "COUNT",
     "Observations that are known for an hour without asking the FHIR service; 5000", 0, 1000000},
    {BOTH, 0, "certificate", "ExternalIdentity__KeyVaultCertificateUri", BASE_OPTION_TEXT,
     AT(certificate_uri), "URL",
     "secret of the connector's certificate in Key Vault; absent: the internal identity does all",
     0, 0},
    {BOTH, 0, "client-id", "ExternalIdentity__ClientId", BASE_OPTION_TEXT, AT(client_id), "GUID",
     "the connector's identity, as the customer sees it", 0, 0},
    {BOTH, 0, "tenant-id", "ExternalIdentity__TenantId", BASE_OPTION_TEXT, AT(tenant_id), "GUID",
     "its tenant", 0, 0},
    {BOTH, 0, "authority", "ExternalIdentity__AuthorityHost", BASE_OPTION_TEXT, AT(authority),
     "URL", "where its tokens come from; https://login.microsoftonline.com when absent", 0, 0},
    {BOTH, 0, "internal-client-id", "InternalIdentity__ClientId", BASE_OPTION_TEXT,
     AT(internal_client_id), "GUID",
     "the workspace's user-assigned identity; absent: the system-assigned one", 0, 0},
    {BOTH, 0, "partition-locking", "PartitionLocking__Enabled", BASE_OPTION_TEXT, AT(locking),
     "BOOL", "false; partitions are always shared by ownership blobs, not by leases", 0, 0},
    {BOTH, 0, "replica", "HOSTNAME", BASE_OPTION_TEXT, AT(replica), "NAME",
     "under which this replica owns partitions; must differ among replicas; absent: made up", 0, 0},
    {BOTH, 0, "balance-interval", "PartitionOwnership__BalanceInterval", BASE_OPTION_INT,
     AT(balance_s), "SECONDS", "ownership of partitions is renewed and shared out this often", 1,
     3600},
    {BOTH, 0, "ownership-expiry", "PartitionOwnership__Expiry", BASE_OPTION_INT, AT(expiry_s),
     "SECONDS", "who has not renewed for so long is taken for dead; more than twice the interval",
     3, 86400},
    {BOTH, 0, "stop-timeout", "IOMT_STOP_TIMEOUT", BASE_OPTION_INT, AT(stop_s), "SECONDS",
     "real time for the batches at hand after SIGTERM; 15", 1, 3600},
    {BOTH, 0, "health-port", "HEALTH_PORT", BASE_OPTION_INT, AT(health_port), "PORT",
     "answers /healthz and /metrics on 127.0.0.1; 0: not at all", 0, 65535},
    {BOTH, 0, "log-level", "IOMT_LOG_LEVEL", BASE_OPTION_TEXT, AT(log_level), "LEVEL",
     "debug, info, warn or error", 0, 0},
};
#define ROWS (sizeof table / sizeof *table)

static enum base_status check(struct pod_settings *settings, struct base_error *err);

const char *pod_program_name(enum pod_kind kind)
{
    return kind == POD_NORMALIZATION ? "iomt-normalization" : "iomt-destination";
}

const char *pod_app_type(enum pod_kind kind)
{
    return kind == POD_NORMALIZATION ? "Normalization" : "MeasurementToFhir";
}

enum base_status pod_settings_read(struct pod_settings *settings, enum pod_kind kind, int argc,
                                   char **argv, bool *done, struct base_error *err)
{
    struct base_option options[ROWS];
    struct base_program program = {
        .name = pod_program_name(kind),
        .summary = kind == POD_NORMALIZATION
                       ? "turns a customer's events into normalized measurements"
                       : "turns normalized measurements into FHIR Observations",
        .usage = "[options]",
        .options = options,
        .more = "Settings usually come as environment words, in brackets. IOMT_CLOCK speeds the "
                "clock up;\n"
                "HTTPS_PROXY and SSL_CERT_FILE are honoured. SIGTERM finishes the batch and ends "
                "with 0.",
    };
    enum base_status status;

    *settings = (struct pod_settings){.kind = kind,
                                      .log_level = "info",
                                      .observations_max = 5000,
                                      .idle_s = 60,
                                      .stop_s = 15,
                                      .balance_s = 5,
                                      .expiry_s = 30};
    for (size_t i = 0; i < ROWS; i++)
        if (table[i].kinds & (int)kind)
            options[program.option_count++] = (struct base_option){
                .name = table[i].flag,
                .kind = table[i].type,
                .value = (char *)settings + table[i].offset,
                .env = table[i].env,
                .argument = table[i].argument,
                .help = table[i].help,
                .least = table[i].least,
                .most = table[i].most,
            };
    status = base_options_parse(&program, argc, argv, NULL, done, err);
    return status != BASE_OK || *done ? status : check(settings, err);
}

static enum base_status missing(const struct pod_setting *row, struct base_error *err)
{
    return base_error_set(err, BASE_INVALID, NULL, "%s is not set (or --%s %s): %s", row->env,
                          row->flag, row->argument, row->help);
}

static bool is_set(const struct pod_settings *settings, const struct pod_setting *row)
{
    const char *at = (const char *)settings + row->offset;

    return row->type == BASE_OPTION_TEXT ? *(const char *const *)at != NULL
                                         : *(const int64_t *)at != 0;
}

static enum base_status check_required(const struct pod_settings *settings, struct base_error *err)
{
    for (size_t i = 0; i < ROWS; i++)
        if ((table[i].required & (int)settings->kind) && !is_set(settings, &table[i]))
            return missing(&table[i], err);
    return BASE_OK;
}

/* A hub is named by namespace and name, or by a connection string. `section` is the words' first part. */
static enum base_status check_hub(const struct pod_hub_settings *hub, const char *section,
                                  struct base_error *err)
{
    bool managed = !hub->auth || strcasecmp(hub->auth, "ManagedIdentity") == 0;

    if (!managed && strcasecmp(hub->auth, "ConnectionString") != 0)
        return base_error_set(
            err, BASE_INVALID, NULL,
            "%s__AuthenticationType must be ManagedIdentity or ConnectionString, found \"%s\"",
            section, hub->auth);
    if (!managed && !hub->connection)
        return base_error_set(err, BASE_INVALID, NULL, "%s__ConnectionString is not set", section);
    if (managed && !hub->namespace)
        return base_error_set(err, BASE_INVALID, NULL, "%s__EventHubNamespaceFQDN is not set",
                              section);
    if (managed && !hub->hub)
        return base_error_set(err, BASE_INVALID, NULL, "%s__EventHubName is not set", section);
    return BASE_OK;
}

static enum base_status check_hubs(const struct pod_settings *settings, struct base_error *err)
{
    enum base_status status;

    if (settings->kind == POD_DESTINATION)
        return check_hub(&settings->input, "NormalizationEventHub", err);
    status = check_hub(&settings->input, "InputEventHub", err);
    return status == BASE_OK ? check_hub(&settings->normalized, "NormalizationEventHub", err)
                             : status;
}

/* What another implementation may offer and this one does not. */
static enum base_status check_unsupported(const struct pod_settings *settings,
                                          struct base_error *err)
{
    const struct {
        const char *value, *allowed, *name;
    } rows[] = {
        {settings->storage_auth, "ManagedIdentity", "CheckpointStorage__AuthenticationType"},
        {settings->template_auth, "ManagedIdentity", "TemplateStorage__AuthenticationType"},
    };

    if (settings->locking && strcasecmp(settings->locking, "false") != 0)
        return base_error_set(err, BASE_UNSUPPORTED, NULL,
                              "PartitionLocking__Enabled must be false, found \"%s\": any number "
                              "of replicas share the partitions by ownership blobs, without it",
                              settings->locking);

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].value && strcasecmp(rows[i].value, rows[i].allowed) != 0)
            return base_error_set(err, BASE_UNSUPPORTED, NULL,
                                  "%s must be %s in this version, found \"%s\"", rows[i].name,
                                  rows[i].allowed, rows[i].value);
    return BASE_OK;
}

static enum base_status check_policy(struct pod_settings *settings, struct base_error *err)
{
    const char *word = settings->policy ? settings->policy : "Retry";

    settings->discard =
        strcasecmp(word, "DiscardMatchAndExtractErrors") == 0 || strcmp(word, "1") == 0;
    if (settings->discard || strcasecmp(word, "Retry") == 0 || strcmp(word, "0") == 0)
        return BASE_OK;
    return base_error_set(
        err, BASE_INVALID, NULL,
        "NormalizationService__ErrorHandlingPolicy must be Retry or DiscardMatchAndExtractErrors, "
        "found \"%s\"",
        word);
}

static enum base_status check_compression(struct pod_settings *settings, struct base_error *err)
{
    const char *word = settings->compression ? settings->compression : "false";

    settings->compress = strcasecmp(word, "true") == 0;
    if (settings->compress || strcasecmp(word, "false") == 0)
        return BASE_OK;
    return base_error_set(
        err, BASE_INVALID, NULL,
        "CollectorOptions__UseCompressionOnSend must be true or false, found \"%s\"", word);
}

static enum base_status check_urls(const struct pod_settings *settings, struct base_error *err)
{
    const struct {
        const char *value, *name;
    } rows[] = {
        {settings->checkpoint_container, "CheckpointStorage__BlobStorageContainerUri"},
        {settings->template_container, "TemplateStorage__BlobStorageContainerUri"},
        {settings->fhir_url, "FhirService__Url"},
        {settings->certificate_uri, "ExternalIdentity__KeyVaultCertificateUri"},
        {settings->authority, "ExternalIdentity__AuthorityHost"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].value && !base_starts_nocase(rows[i].value, "https://") &&
            !base_starts_nocase(rows[i].value, "http://"))
            return base_error_set(err, BASE_INVALID, NULL, "%s must be a URL, found \"%s\"",
                                  rows[i].name, rows[i].value);
    return BASE_OK;
}

static enum base_status check_external(const struct pod_settings *settings, struct base_error *err)
{
    int given = !!settings->certificate_uri + !!settings->client_id + !!settings->tenant_id;

    if (given == 0 || given == 3)
        return BASE_OK;
    return base_error_set(
        err, BASE_INVALID, NULL,
        "ExternalIdentity__KeyVaultCertificateUri, ExternalIdentity__ClientId and "
        "ExternalIdentity__TenantId go together; %s is not set",
        !settings->certificate_uri ? "ExternalIdentity__KeyVaultCertificateUri"
        : !settings->client_id     ? "ExternalIdentity__ClientId"
                                   : "ExternalIdentity__TenantId");
}

static enum base_status check_ownership(const struct pod_settings *settings, struct base_error *err)
{
    if (settings->expiry_s > 2 * settings->balance_s)
        return BASE_OK;
    return base_error_set(err, BASE_INVALID, NULL,
                          "PartitionOwnership__Expiry must be more than twice "
                          "PartitionOwnership__BalanceInterval (%lld), found %lld",
                          (long long)settings->balance_s, (long long)settings->expiry_s);
}

static enum base_status check_words(struct pod_settings *settings, struct base_error *err)
{
    enum base_log_level level;
    const char *mode = settings->identity_mode ? settings->identity_mode : "Lookup";

    if (!base_log_level_parse(settings->log_level, &level))
        return base_error_set(err, BASE_INVALID, NULL,
                              "IOMT_LOG_LEVEL must be debug, info, warn or error, found \"%s\"",
                              settings->log_level);
    if (!dp_identity_mode_parse(mode, &settings->identity.mode))
        return base_error_set(
            err, BASE_INVALID, NULL,
            "ResourceIdentity__ResourceIdentityServiceType must be Lookup, Create or "
            "LookupWithEncounter, found \"%s\"",
            mode);
    return BASE_OK;
}

static enum base_status check(struct pod_settings *settings, struct base_error *err)
{
    enum base_status status = check_required(settings, err);

    if (status == BASE_OK)
        status = check_hubs(settings, err);
    if (status == BASE_OK)
        status = check_unsupported(settings, err);
    if (status == BASE_OK)
        status = check_policy(settings, err);
    if (status == BASE_OK)
        status = check_compression(settings, err);
    if (status == BASE_OK)
        status = check_urls(settings, err);
    if (status == BASE_OK)
        status = check_external(settings, err);
    if (status == BASE_OK)
        status = check_ownership(settings, err);
    return status == BASE_OK ? check_words(settings, err) : status;
}
