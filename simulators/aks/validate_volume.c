/* Decides whether the volumes of a pod are valid. Sentences as kube-apiserver's, recorded. */
#include "simulators/aks/strategy.h"

#include "simulators/aks/names.h"

#include <string.h>

#define MODE_MAX 0777

static const struct { /* what a source cannot do without */
    const char *source, *needed;
} required[] = {{"secret", "secretName"},
                {"configMap", "name"},
                {"hostPath", "path"},
                {"persistentVolumeClaim", "claimName"},
                {"csi", "driver"}};

static void validate_volume(const cJSON *volume, const char *path, struct aks_causes *causes);
static void validate_source(const cJSON *source, const char *path, struct aks_causes *causes);
static void validate_items(const cJSON *items, const char *path, struct aks_causes *causes);

void aks_validate_volumes(const cJSON *spec, const char *path, struct aks_causes *causes)
{
    const cJSON *volume, *other, *all = cJSON_GetObjectItemCaseSensitive(spec, "volumes");
    int index = 0;

    cJSON_ArrayForEach(volume, all)
    {
        const char *at = aks_path(causes, "%s.volumes[%d]", path, index++),
                   *name = base_json_text(volume, "name");
        struct base_buf wrong = {0};
        validate_volume(volume, at, causes);
        if (!name || !*name) {
            aks_cause_required(causes, aks_path(causes, "%s.name", at), "");
            continue;
        }
        aks_check_label(name, &wrong);
        aks_causes_from_names(causes, aks_path(causes, "%s.name", at), name, &wrong);
        for (other = all->child;
             other != volume && !base_equal(base_json_text(other, "name"), name);)
            other = other->next;
        if (other != volume)
            aks_cause_duplicate(causes, aks_path(causes, "%s.name", at), name);
    }
}

/* emptyDir counts first, the others in the order of the type: the second one is the one that is too many. */
static void validate_volume(const cJSON *volume, const char *path, struct aks_causes *causes)
{
    const struct aks_type *type = aks_type_find("Volume");
    int given = cJSON_GetObjectItemCaseSensitive(volume, "emptyDir") != NULL;

    for (size_t i = 0; i < type->count; i++) {
        const char *name = type->fields[i].name;
        const cJSON *source = cJSON_GetObjectItemCaseSensitive(volume, name);
        if (base_equal(name, "name") || base_equal(name, "emptyDir") || !source)
            continue;
        const char *at = aks_path(causes, "%s.%s", path, name);
        if (given++) {
            aks_cause_forbidden(causes, at, "may not specify more than 1 volume type");
            continue;
        }
        for (size_t k = 0; k < sizeof required / sizeof *required; k++) {
            const char *text = base_json_text(source, required[k].needed);
            if (base_equal(name, required[k].source) && (!text || !*text))
                aks_cause_required(causes, aks_path(causes, "%s.%s", at, required[k].needed), "");
        }
        validate_source(source, at, causes);
    }
    if (!given)
        aks_cause_required(causes, path, "must specify a volume type");
}

static void validate_source(const cJSON *source, const char *path, struct aks_causes *causes)
{
    const cJSON *mode = cJSON_GetObjectItemCaseSensitive(source, "defaultMode");

    if (cJSON_IsNumber(mode) && (mode->valuedouble < 0 || mode->valuedouble > MODE_MAX))
        aks_cause_invalid(causes, aks_path(causes, "%s.defaultMode", path), mode,
                          "must be a number between 0 and 0777 (octal), both inclusive");
    validate_items(cJSON_GetObjectItemCaseSensitive(source, "items"),
                   aks_path(causes, "%s.items", path), causes);
}

static void validate_items(const cJSON *items, const char *path, struct aks_causes *causes)
{
    const cJSON *item;
    int index = 0;

    cJSON_ArrayForEach(item, items)
    {
        const char *at = aks_path(causes, "%s[%d].path", path, index++),
                   *text = base_json_text(item, "path");
        if (!text || !*text) {
            aks_cause_required(causes, at, "");
            continue;
        }
        if (*text == '/')
            aks_cause_invalid_text(causes, at, text, "must be a relative path");
        bool up = base_equal(text, "..") || strncmp(text, "../", 3) == 0 || strstr(text, "/../");
        if (up)
            aks_cause_invalid_text(causes, at, text, "must not contain '..'");
        else if (strncmp(text, "..", 2) == 0)
            aks_cause_invalid_text(causes, at, text, "must not start with '..'");
    }
}
