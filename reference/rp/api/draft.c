/* Decides what the older draft's resources must say (DST-05): a mapping of the connector's own, and a destination that names one and a FHIR
 * server by its URL. */
#include "reference/rp/api/model.h"
#include "common/text.h"

#include <stdio.h>
#include <string.h>

#define OUTPUT "properties.outputEndpointConfiguration"

static const char *const MAPPING_PROPERTIES[] = {"provisioningState", "content", NULL};
static const char *const DESTINATION_PROPERTIES[] = {"provisioningState", "provisioningError",
                                                     "outputEndpointConfiguration", NULL};
static const char *const OUTPUT_MEMBERS[] = {"connectionType", "resourceIdentityResolutionType",
                                             "fhirServerUrl", "fhirMappingResourceId", NULL};
static const struct { /* Update is the draft's word for Lookup */
    const char *word, *stored;
} RESOLUTIONS[] = {{"Create", "Create"}, {"Update", "Lookup"}};
static const struct {
    const char *template_type;
    enum rp_mapping kind;
} TEMPLATES[] = {{"CollectionContent", RP_DEVICE_MAPPING},
                 {"CollectionFhir", RP_FHIR_MAPPING},
                 {"CollectionFhirTemplate", RP_FHIR_MAPPING}};

static void read_type(const cJSON *output, struct rp_faults *faults);
static void read_resolution(const cJSON *output, cJSON *desired, struct rp_faults *faults);
static void read_server(const struct rp_reading *in, const cJSON *output, cJSON *desired,
                        struct rp_faults *faults);
static void read_mapping_id(const struct rp_reading *in, const cJSON *output, cJSON *desired,
                            struct rp_faults *faults);

/* What the content is for follows from its templateType. */
void rp_draft_mapping_read(const struct rp_reading *in, const cJSON *properties, cJSON *desired,
                           struct rp_faults *faults)
{
    const char *type = base_json_text(properties, "content.templateType");

    (void)in;
    rp_refuse_unknown(properties, "properties", MAPPING_PROPERTIES, faults);
    if (!rp_need_object(properties, "properties", "content", faults))
        return;
    for (size_t i = 0; type && i < sizeof TEMPLATES / sizeof *TEMPLATES; i++)
        if (base_equal_nocase(TEMPLATES[i].template_type, type)) {
            rp_mapping_read_content(properties, TEMPLATES[i].kind, desired, faults);
            return;
        }
    rp_fault(faults, "InvalidMapping", "properties.content.templateType",
             "properties.content.templateType: found %s, expected \"CollectionContent\" (a device "
             "mapping) or \"CollectionFhirTemplate\" (a FHIR mapping)",
             rp_found(base_json_at(properties, "content.templateType")));
}

void rp_draft_mapping_show(const cJSON *desired, const struct rp_version *version, cJSON *out,
                           cJSON *properties)
{
    (void)version;
    (void)out;
    base_json_set(properties, "content",
                  base_json_copy(cJSON_GetObjectItemCaseSensitive(desired, "content")));
}

void rp_draft_destination_read(const struct rp_reading *in, const cJSON *properties, cJSON *desired,
                               struct rp_faults *faults)
{
    const cJSON *output =
        rp_need_object(properties, "properties", "outputEndpointConfiguration", faults);

    rp_refuse_unknown(properties, "properties", DESTINATION_PROPERTIES, faults);
    if (!output)
        return;
    rp_refuse_unknown(output, OUTPUT, OUTPUT_MEMBERS, faults);
    base_json_set_text(desired, "destinationType", "FhirService");
    base_json_set(desired, "outputEndpointConfiguration", base_json_copy(output));
    read_type(output, faults);
    read_resolution(output, desired, faults);
    read_server(in, output, desired, faults);
    read_mapping_id(in, output, desired, faults);
}

static void read_type(const cJSON *output, struct rp_faults *faults)
{
    const char *type = rp_need_text(output, OUTPUT, "connectionType", faults);

    if (type && !base_equal_nocase(type, "FhirServer"))
        rp_fault(faults, RP_BAD, OUTPUT ".connectionType",
                 OUTPUT ".connectionType: found \"%.64s\", expected \"FhirServer\"", type);
}

static void read_resolution(const cJSON *output, cJSON *desired, struct rp_faults *faults)
{
    const char *text = rp_need_text(output, OUTPUT, "resourceIdentityResolutionType", faults);

    for (size_t i = 0; text && i < sizeof RESOLUTIONS / sizeof *RESOLUTIONS; i++)
        if (base_equal_nocase(text, RESOLUTIONS[i].word)) {
            base_json_set_text(desired, "resourceIdentityResolutionType", RESOLUTIONS[i].stored);
            return;
        }
    if (text)
        rp_fault(faults, RP_BAD, OUTPUT ".resourceIdentityResolutionType",
                 OUTPUT ".resourceIdentityResolutionType: found \"%.64s\", expected \"Create\" or "
                        "\"Update\"",
                 text);
}

/* The connector's token goes to this server: it must be the operator who allows it. An entry names a host, or with a first
 * label "*" all hosts below. */
static bool allowed_by(const char *entry, const struct base_uri *uri)
{
    const char *host = strstr(entry, "://") + 3;
    size_t len = strcspn(host, "/"), have = strlen(uri->host);

    if (len > 2 && host[0] == '*' && host[1] == '.')
        return have > len - 1 && !strncasecmp(uri->host + have - (len - 1), host + 1, len - 1);
    return have == len && !strncasecmp(uri->host, host, len);
}

static bool server_allowed(const struct rp_config *config, const char *url)
{
    struct base_arena arena;
    struct base_uri uri;
    bool allowed = false;

    base_arena_init(&arena);
    if (strlen(url) < 250 && base_uri_parse(&arena, url, &uri) && !strcmp(uri.scheme, "https") &&
        (!uri.port || uri.port == 443) && !(uri.query && *uri.query))
        for (size_t i = 0; i < config->fhir_server_urls.count; i++)
            allowed =
                allowed || (base_starts_nocase(config->fhir_server_urls.items[i], "https://") &&
                            allowed_by(config->fhir_server_urls.items[i], &uri));
    base_arena_release(&arena);
    return allowed;
}

static void read_server(const struct rp_reading *in, const cJSON *output, cJSON *desired,
                        struct rp_faults *faults)
{
    const char *url = rp_need_text(output, OUTPUT, "fhirServerUrl", faults);

    if (!url)
        return;
    if (!server_allowed(in->config, url)) {
        rp_fault(faults, RP_BAD, OUTPUT ".fhirServerUrl",
                 OUTPUT ".fhirServerUrl: found \"%.200s\", expected the https URL of a FHIR server "
                        "that the operator of this service allows%s",
                 url, in->config->fhir_server_urls.count ? "" : " (none is allowed here)");
        return;
    }
    size_t len = strlen(url);
    while (len && url[len - 1] == '/')
        len--;
    cJSON *service = cJSON_CreateObject();
    base_json_set(service, "url", base_json_textf("%.*s", (int)len, url));
    base_json_set(desired, "fhirService", service);
}

/* The id of a mapping of the connector `parent` (a key), any case,
 * the draft's spellings, leading slash optional: its key; "" for all else. */
static const char *mapping_key(struct base_arena *arena, const char *text, const char *parent)
{
    const char **segments;
    size_t count = base_path_split(arena, text, &segments);

    if (count != 12 || !base_equal_nocase(segments[0], "subscriptions") ||
        !base_equal_nocase(segments[2], "resourceGroups") ||
        !base_equal_nocase(segments[4], "providers") ||
        !base_equal_nocase(segments[5], "Microsoft.HealthcareApis"))
        return "";
    for (int level = 0; level < RP_LEVELS; level++)
        if (!rp_type_segment_spelled(RP_MAPPING, level, segments[6 + 2 * level]))
            return "";
    char *key = base_arena_printf(
        arena,
        "/subscriptions/%s/resourcegroups/%s/providers/microsoft.healthcareapis/workspaces/%s/"
        "iotconnectors/%s/mappings/%s",
        segments[1], segments[3], segments[7], segments[9], segments[11]);
    base_lower(key);
    size_t len = strlen(parent);
    return !strncmp(key, parent, len) && key[len] == '/' ? key : "";
}

static void read_mapping_id(const struct rp_reading *in, const cJSON *output, cJSON *desired,
                            struct rp_faults *faults)
{
    const char *text = rp_need_text(output, OUTPUT, "fhirMappingResourceId", faults);
    struct base_arena arena;

    if (!text)
        return;
    base_arena_init(&arena);
    const char *key = mapping_key(&arena, text, in->parent->key);
    if (*key)
        base_json_set_text(desired, "mapping", key);
    else
        rp_fault(faults, RP_BAD, OUTPUT ".fhirMappingResourceId",
                 OUTPUT ".fhirMappingResourceId: found \"%.300s\", expected the id of a mapping of "
                        "the connector %s",
                 text, in->parent->id);
    base_arena_release(&arena);
}
