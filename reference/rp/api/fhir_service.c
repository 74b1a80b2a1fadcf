/* Decides which FHIR service a resource id names and where it answers. */
#include "reference/rp/api/fhir_service.h"
#include "common/text.h"

#include <stdio.h>
#include <string.h>

#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static bool is_made_of(const char *text, const char *letters, size_t most)
{
    size_t len = strlen(text);

    return len && len <= most && strspn(text, letters) == len;
}

/* The id becomes a URL that is asked with our token, and the name a host that gets the connector's: no '?', '#', '@' or '%' of the
 * caller's may be in them. */
static bool names_fit(const char **segments, size_t count)
{
    if (!is_made_of(segments[3], ALNUM "-_.()", 90))
        return false;
    for (size_t i = 7; i < count; i += 2)
        if (!is_made_of(segments[i], ALNUM "-", 24))
            return false;
    return true;
}

static bool is_id(const char **segments, size_t count)
{
    static const char *const FIXED[] = {
        "subscriptions", NULL, "resourceGroups", NULL, "providers", "Microsoft.HealthcareApis"};

    for (size_t i = 0; i < 6; i++)
        if (FIXED[i] && !base_equal_nocase(segments[i], FIXED[i]))
            return false;
    if (!base_is_uuid(segments[1]) || !names_fit(segments, count))
        return false;
    return (count == 8 && base_equal_nocase(segments[6], "services")) ||
           (count == 10 && base_equal_nocase(segments[6], "workspaces") &&
            base_equal_nocase(segments[8], "fhirservices"));
}

bool rp_fhir_service_parse(const char *text, struct rp_fhir_service *out)
{
    struct base_arena arena;
    const char **segments;

    memset(out, 0, sizeof *out);
    base_arena_init(&arena);
    size_t count = base_path_split(&arena, text, &segments);
    bool good =
        strlen(text) + 2 < sizeof out->id && (count == 8 || count == 10) && is_id(segments, count);
    if (good) {
        for (size_t i = 0; i < count; i++)
            strcat(strcat(out->id, "/"), segments[i]); /* not longer than the text */
        snprintf(out->subscription, sizeof out->subscription, "%s", segments[1]);
        snprintf(out->group, sizeof out->group, "%s", segments[3]);
        snprintf(out->workspace, sizeof out->workspace, "%s", count == 10 ? segments[7] : "");
        snprintf(out->name, sizeof out->name, "%s", segments[count - 1]);
    }
    base_arena_release(&arena);
    return good;
}

void rp_fhir_service_url(const struct rp_fhir_service *service, const struct rp_config *config,
                         const cJSON *resource, char url[256])
{
    const char *audience =
        base_json_text(resource, "properties.authenticationConfiguration.audience");
    struct base_arena arena;
    struct base_uri uri;

    base_arena_init(&arena);
    if (audience && base_uri_parse(&arena, audience, &uri) && !strcmp(uri.scheme, "https") &&
        rp_config_host_allowed(&config->fhir_suffixes, uri.host)) {
        size_t len = strlen(audience);
        while (len && audience[len - 1] == '/')
            len--;
        snprintf(url, 256, "%.*s", (int)len, audience);
    } else if (service->workspace[0]) {
        snprintf(url, 256, "https://%s-%s.fhir.azurehealthcareapis.com", service->workspace,
                 service->name);
        base_lower(url);
    } else {
        snprintf(url, 256, "https://%s.azurehealthcareapis.com", service->name);
        base_lower(url);
    }
    base_arena_release(&arena);
}
