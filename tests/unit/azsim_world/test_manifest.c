/* ARM's manifest names the types and api-versions that the reference RP serves, and no others. */
#include "cloud.h"

#include "reference/rp/api/version.h"
#include "simulators/arm/types.h"

#define NAMESPACE "Microsoft.HealthcareApis"

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "type version" lines, sorted. Takes the array over. */
static char *sorted(cJSON *lines)
{
    size_t count = (size_t)cJSON_GetArraySize(lines), i = 0;
    const char **texts = base_alloc((count + 1) * sizeof *texts);
    struct base_buf out = {0};
    const cJSON *line;

    cJSON_ArrayForEach(line, lines) texts[i++] = line->valuestring;
    qsort(texts, count, sizeof *texts, by_text);
    for (i = 0; i < count; i++)
        base_buf_printf(&out, "%s\n", texts[i]);
    free(texts);
    cJSON_Delete(lines);
    return base_buf_take(&out);
}

static cJSON *served_by_the_rp(void)
{
    struct base_buf names = {0};
    cJSON *lines = cJSON_CreateArray();
    char *rest, *name;

    rp_version_names(&names);
    for (name = strtok_r(names.data, ", ", &rest); name; name = strtok_r(NULL, ", ", &rest)) {
        const struct rp_version *version = rp_version_find(name);
        assert_non_null(version);
        for (int type = 0; type < RP_TYPE_COUNT; type++)
            if (rp_version_has(version, (enum rp_type)type))
                cJSON_AddItemToArray(
                    lines, base_json_textf("%s %s", rp_version_type(version, (enum rp_type)type),
                                           version->name));
    }
    base_buf_release(&names);
    return lines;
}

/* Without the types of the FHIR room, which shares the namespace. */
static cJSON *named_by_arm(struct cloud *cloud)
{
    cJSON *lines = cJSON_CreateArray(), *catalogue = arm_type_catalogue(cloud->arm, NAMESPACE);
    const sim_provider_t *fhir = sim_provider_find(cloud->world, NAMESPACE);
    const cJSON *row, *version;

    cJSON_ArrayForEach(row, base_json_at(catalogue, "0.resourceTypes"))
    {
        char *type = base_asprintf(NAMESPACE "/%s", base_json_text(row, "resourceType"));
        cJSON_ArrayForEach(version, base_json_at(row, "apiVersions"))
        {
            if (!sim_provider_type(fhir, type))
                cJSON_AddItemToArray(lines, base_json_textf("%s %s", type, version->valuestring));
        }
        free(type);
    }
    cJSON_Delete(catalogue);
    return lines;
}

static void it_says_what_the_rp_serves(void **state)
{
    char *wanted = sorted(served_by_the_rp()), *found = sorted(named_by_arm(*state));

    assert_string_equal(found, wanted);
    free(wanted);
    free(found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_says_what_the_rp_serves)};

    return cmocka_run_group_tests(tests, setup, teardown);
}
