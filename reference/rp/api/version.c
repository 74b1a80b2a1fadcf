/* Decides which api-versions are served, which types each has, and how they are spelled. */
#include "reference/rp/api/version.h"
#include "common/text.h"

#include <string.h>

static const struct rp_version VERSIONS[] = {
    {"2020-05-01-preview", "", false, true},
    {"2020-11-01-preview", "destinations", true, false},
    {"2021-11-01", "fhirdestinations", false, false},
    {"2022-05-15", "fhirdestinations", false, false},
    {"2022-06-01", "fhirdestinations", false, false},
    {"2023-11-01", "fhirdestinations", false, false},
    {"2024-03-31", "fhirdestinations", false, false},
};
#define VERSION_COUNT (sizeof VERSIONS / sizeof *VERSIONS)

/* Spellings of a type segment; the first is the one that ids are stored with. */
typedef const char *const rp_segment[4];
static rp_segment WORKSPACES = {"workspaces", "workspace"};
static rp_segment CONNECTORS = {"iotconnectors"};
static rp_segment DESTINATIONS = {"destinations", "destination", "fhirdestinations"};
static rp_segment MAPPINGS = {"mappings"};
static rp_segment SERVICES = {"services"};
static rp_segment IOMT_CONNECTORS = {"iomtconnectors"};
static rp_segment CONNECTIONS = {"connections"};

#define NAMESPACE "Microsoft.HealthcareApis/"
#define GEN2_CONNECTOR NAMESPACE "workspaces/iotconnectors"
#define GEN1_CONNECTOR NAMESPACE "services/iomtconnectors"
static const struct {
    const char *word, *design, *shipped; /* shipped NULL: only the seed's version has it */
    int level;
    bool gen1, document;
    rp_segment *segments[RP_LEVELS];
} TYPES[RP_TYPE_COUNT] = {
    [RP_WORKSPACE] = {"workspace", NAMESPACE "workspaces", NAMESPACE "workspaces", .level = 0,
                      .segments = {&WORKSPACES}},
    [RP_CONNECTOR] = {"connector", GEN2_CONNECTOR, GEN2_CONNECTOR, .level = 1,
                      .segments = {&WORKSPACES, &CONNECTORS}},
    [RP_DESTINATION] = {"destination", GEN2_CONNECTOR "/destinations",
                        GEN2_CONNECTOR "/fhirdestinations", .level = 2,
                        .segments = {&WORKSPACES, &CONNECTORS, &DESTINATIONS}},
    [RP_MAPPING] = {"mapping", GEN2_CONNECTOR "/mappings", NULL, .level = 2, .document = true,
                    .segments = {&WORKSPACES, &CONNECTORS, &MAPPINGS}},
    [RP_GEN1_CONNECTOR] = {"iomtconnector", GEN1_CONNECTOR, GEN1_CONNECTOR, .level = 1,
                           .gen1 = true, .segments = {&SERVICES, &IOMT_CONNECTORS}},
    [RP_GEN1_CONNECTION] = {"connection", GEN1_CONNECTOR "/connections",
                            GEN1_CONNECTOR "/connections", .level = 2, .gen1 = true,
                            .segments = {&SERVICES, &IOMT_CONNECTORS, &CONNECTIONS}},
    [RP_GEN1_MAPPING] = {"mapping", GEN1_CONNECTOR "/mappings", GEN1_CONNECTOR "/mappings",
                         .level = 2, .gen1 = true, .document = true,
                         .segments = {&SERVICES, &IOMT_CONNECTORS, &MAPPINGS}},
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

bool rp_version_has(const struct rp_version *version, enum rp_type type)
{
    return version->gen1 == TYPES[type].gen1 && (version->design || TYPES[type].shipped);
}

const char *rp_version_type(const struct rp_version *version, enum rp_type type)
{
    return version->design || !TYPES[type].shipped ? TYPES[type].design : TYPES[type].shipped;
}

static bool spelled(enum rp_type type, int level, const char *segment, size_t len)
{
    const char *const *words = *TYPES[type].segments[level];

    for (size_t i = 0; i < 4 && words[i]; i++)
        if (strlen(words[i]) == len && !strncasecmp(words[i], segment, len))
            return true;
    return false;
}

bool rp_type_spelled(const char *text, enum rp_type type)
{
    if (!base_starts_nocase(text, NAMESPACE))
        return false;
    text += strlen(NAMESPACE);
    for (int level = 0;; level++) {
        size_t len = strcspn(text, "/");
        if (!spelled(type, level, text, len))
            return false;
        text += len;
        if (level == TYPES[type].level)
            return !*text;
        if (*text++ != '/')
            return false;
    }
}

const char *rp_version_id(struct base_arena *arena, const struct rp_version *version,
                          const char *id)
{
    const char *at = strstr(id, "/destinations/");

    if (!at || version->design || !*version->destination)
        return id;
    return base_arena_printf(arena, "%.*s/%s/%s", (int)(at - id), id, version->destination,
                             at + strlen("/destinations/"));
}

const char *rp_type_word(enum rp_type type)
{
    return TYPES[type].word;
}

int rp_type_level(enum rp_type type)
{
    return TYPES[type].level;
}

const char *rp_type_segment(enum rp_type type, int level)
{
    return (*TYPES[type].segments[level])[0];
}

bool rp_type_segment_spelled(enum rp_type type, int level, const char *segment)
{
    return level <= TYPES[type].level && spelled(type, level, segment, strlen(segment));
}

bool rp_type_owned(enum rp_type type, int level)
{
    return !TYPES[type].gen1 || level > 0;
}

bool rp_type_is_document(enum rp_type type)
{
    return TYPES[type].document;
}
