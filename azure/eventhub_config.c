/* Decides what an Event Hubs connection string says. */
#include "azure/eventhub.h"

#include <string.h>

/* Where each part goes; names compare without case, as the SDKs do. */
struct part {
    const char *name;
    size_t offset;
};
static const struct part parts[] = {
    {"Endpoint", offsetof(struct az_eventhub_config, fully_qualified_namespace)},
    {"SharedAccessKeyName", offsetof(struct az_eventhub_config, sas_key_name)},
    {"SharedAccessKey", offsetof(struct az_eventhub_config, sas_key)},
    {"SharedAccessSignature", offsetof(struct az_eventhub_config, shared_access_signature)},
    {"EntityPath", offsetof(struct az_eventhub_config, hub)},
};

static enum base_status take_emulator(const char *value, struct az_eventhub_config *config,
                                      struct base_error *err)
{
    config->development_emulator = base_equal_nocase(value, "true");
    if (config->development_emulator || base_equal_nocase(value, "false"))
        return BASE_OK;
    return base_error_set(
        err, BASE_INVALID, NULL,
        "the connection string has UseDevelopmentEmulator=%s, true or false expected", value);
}

static enum base_status take_part(const char *name, const char *value,
                                  struct az_eventhub_config *config, struct base_error *err)
{
    if (base_equal_nocase(name, "UseDevelopmentEmulator"))
        return take_emulator(value, config, err);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!base_equal_nocase(name, parts[i].name))
            continue;
        *(const char **)((char *)config + parts[i].offset) = value;
        return BASE_OK;
    }
    return base_error_set(err, BASE_INVALID, NULL,
                          "the connection string has an unknown part \"%s\"", name);
}

enum base_status az_eventhub_config_parse(struct base_arena *arena, const char *connection_string,
                                          struct az_eventhub_config *config, struct base_error *err)
{
    char *text = base_arena_strdup(arena, connection_string), *save = NULL;

    for (char *at = strtok_r(text, ";", &save); at; at = strtok_r(NULL, ";", &save)) {
        char *equals = strchr(at, '=');
        if (!equals)
            return base_error_set(err, BASE_INVALID, NULL,
                                  "a part of the connection string is not name=value");
        *equals = '\0';
        if (take_part(at, equals + 1, config, err))
            return BASE_INVALID;
    }
    if (!config->fully_qualified_namespace)
        return base_error_set(err, BASE_INVALID, NULL, "the connection string has no Endpoint");
    bool key = config->sas_key && config->sas_key_name;
    if (!key && !config->shared_access_signature)
        return base_error_set(err, BASE_INVALID, NULL,
                              "the connection string needs SharedAccessKeyName and "
                              "SharedAccessKey, or SharedAccessSignature");
    return BASE_OK;
}
