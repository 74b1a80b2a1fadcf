/* Decides which api-versions are served and how each spells the types. */
#include "reference/rp/api/version.h"
#include "common/text.h"

#include <string.h>

static const struct rp_version VERSIONS[] = {
    {"2020-11-01-preview", "destinations", true}, {"2021-11-01", "fhirdestinations", false},
    {"2022-05-15", "fhirdestinations", false},    {"2022-06-01", "fhirdestinations", false},
    {"2023-11-01", "fhirdestinations", false},    {"2024-03-31", "fhirdestinations", false},
};
#define VERSION_COUNT (sizeof VERSIONS / sizeof *VERSIONS)

#define NAMESPACE "Microsoft.HealthcareApis/"
static const struct {
    const char *word, *design, *shipped;
    const char *spellings[4]; /* of the whole type, without the namespace */
} TYPES[RP_TYPE_COUNT] = {
    [RP_WORKSPACE] = {"workspace",
                      NAMESPACE "workspaces",
                      NAMESPACE "workspaces",
                      {"workspaces", "workspace"}},
    [RP_CONNECTOR] = {"connector",
                      NAMESPACE "workspaces/iotconnectors",
                      NAMESPACE "workspaces/iotconnectors",
                      {"iotconnectors"}},
    [RP_DESTINATION] = {"destination",
                        NAMESPACE "workspaces/iotconnectors/destinations",
                        NAMESPACE "workspaces/iotconnectors/fhirdestinations",
                        {"destinations", "destination", "fhirdestinations"}},
};

const struct rp_version *rp_version_find(const char *name)
{
    for (size_t i = 0; name && i < VERSION_COUNT; i++)
        if (base_equal_nocase(VERSIONS[i].name, name))
            return &VERSIONS[i];
    return NULL;
}

void rp_version_names(struct base_buf *out)
{
    for (size_t i = 0; i < VERSION_COUNT; i++)
        base_buf_printf(out, "%s%s", i ? ", " : "", VERSIONS[i].name);
}

const char *rp_version_type(const struct rp_version *version, enum rp_type type)
{
    return version->design ? TYPES[type].design : TYPES[type].shipped;
}

/* One segment of a type, up to '/' or the end, against the spellings of its level. */
static bool segment_spelled(const char *segment, size_t len, enum rp_type level)
{
    for (size_t i = 0; TYPES[level].spellings[i]; i++)
        if (strlen(TYPES[level].spellings[i]) == len &&
            !strncasecmp(TYPES[level].spellings[i], segment, len))
            return true;
    return false;
}

bool rp_type_spelled(const char *text, enum rp_type type)
{
    if (!base_starts_nocase(text, NAMESPACE))
        return false;
    text += strlen(NAMESPACE);
    for (int level = RP_WORKSPACE;; level++) {
        size_t len = strcspn(text, "/");
        if (!segment_spelled(text, len, (enum rp_type)level))
            return false;
        text += len;
        if (level == (int)type)
            return !*text;
        if (*text++ != '/')
            return false;
    }
}

const char *rp_version_id(struct base_arena *arena, const struct rp_version *version,
                          const char *id)
{
    const char *at = strstr(id, "/destinations/");

    if (!at || version->design)
        return id;
    return base_arena_printf(arena, "%.*s/%s/%s", (int)(at - id), id, version->destination,
                             at + strlen("/destinations/"));
}

const char *rp_type_word(enum rp_type type)
{
    return TYPES[type].word;
}
