/* The configuration file: defaults, faults with their names, spellings of regions, and that the README knows every member. */
#include "rp_test.h"

#include "reference/rp/config_private.h"
#include "common/file.h"

static cJSON *example(const char *changes)
{
    cJSON *document = base_json_load(PROJECT_ROOT "/reference/rp/example-config.json", NULL);
    cJSON *patch = cJSON_Parse(changes), *merged = base_json_merge_patch(document, patch);

    cJSON_Delete(document);
    cJSON_Delete(patch);
    return merged;
}

#define INTERNAL_ID "/subscriptions/" INTERNAL "/resourceGroups/rg/providers/Microsoft."
#define REGION(name, display, more)                                                                \
    "{\"name\":\"" name "\",\"displayName\":\"" display                                            \
    "\",\"capacity\":{\"subscriptions\":[{" more "\"id\":\"" INTERNAL                              \
    "\"}],\"clusters\":[{\"id\":\"" INTERNAL_ID                                                    \
    "ContainerService/managedClusters/k\"}],\"vaults\":[{\"id\":\"" INTERNAL_ID                    \
    "KeyVault/vaults/v\",\"uri\":\"https://v\"}]}}"

static void faults_name_their_member(void **state)
{
    static const struct {
        const char *changes, *message;
    } ROWS[] = {
        {"{\"worker\":{\"threads\":0}}",
         "worker.threads: found 0, expected a whole number from 1 to 32"},
        {"{\"worker\":{\"thread\":1}}", "worker.thread: no such member"},
        {"{\"nonsense\":1}", "nonsense: no such member"},
        {"{\"worker\":7}", "worker: expected an object"},
        {"{\"frontend\":{\"keyFile\":null}}", "frontend.keyFile: found nothing"},
        {"{\"identity\":{\"tenantId\":\"me\"}}",
         "identity.tenantId: found \"me\", expected a GUID"},
        {"{\"arm\":{\"endpoint\":\"ftp://x\"}}", "arm.endpoint: found \"ftp://x\", expected a URL"},
        {"{\"customer\":{\"fhirSuffixes\":[1]}}", "customer.fhirSuffixes"},
        {"{\"pods\":{\"destination\":{\"environment\":{\"A\":1}}}}",
         "pods.destination.environment"},
        {"{\"regions\":[]}", "regions: found [], expected a list with at least one region"},
        {"{\"regions\":[{\"name\":\"x\",\"zone\":1}]}", "regions[0].zone: no such member"},
        {"{\"regions\":[{\"name\":\"x\",\"capacity\":{}}]}", "regions[0].capacity.subscriptions"},
        {"{\"regions\":[{\"name\":\"x\",\"capacity\":{\"subscriptions\":[{\"id\":\"x\"}]}}]}",
         "id: a GUID"},
        {"{\"customer\":{\"fhirServerUrls\":[\"https://a.b\",\"nope\"]}}",
         "customer.fhirServerUrls: found \"nope\", expected https://host"},
        {"{\"customer\":{\"fhirServerUrls\":[\"http://a.b\"]}}", "found \"http://a.b\""},
        {"{\"customer\":{\"fhirServerUrls\":[\"https://a.b:8443\"]}}", "customer.fhirServerUrls"},
        {"{\"customer\":{\"fhirServerUrls\":[\"https://*.\"]}}", "customer.fhirServerUrls"},
        {"{\"regions\":[{\"name\":\"x\",\"displayName\":5}]}", "displayName: a text"},
        {"{\"regions\":[" REGION("x", "The X", "\"maxWorkspaces\":\"5\",") "]}",
         "regions[0].capacity.subscriptions[0]: found"},
        {"{\"regions\":[" REGION("x", "The X", "\"uri\":\"https://x\",") "]}",
         "expected no uri: only vaults have one"},
        {"{\"regions\":[" REGION("x", "The X", "") "," REGION("y", "THEX", "") "]}",
         "regions[1]: \"THEX\" is a spelling of x already"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct rp_config config;
        struct base_error err = {0};
        assert_int_equal(rp_config_read(example(ROWS[i].changes), "/etc", &config, &err),
                         BASE_INVALID);
        if (!strstr(err.message, ROWS[i].message))
            fail_msg("found \"%s\", expected \"%s\"", err.message, ROWS[i].message);
        rp_config_release(&config);
    }
}

/* file:line:column of the file that says it; the overlay's when both do. */
static void faults_name_their_place(void **state)
{
    static const char BASE[] = "{\n  \"worker\": {\n    \"threads\": \"many\" },\n"
                               "  \"x\": [ 1, {\"a\": \"]}\\\"\"} ],\n  \"pods\": 5,\n"
                               "  \"regions\": [ {}, { \"name\" : \"\" } ]\n}";
    static const struct {
        const char *path;
        int line, column;
    } ROWS[] = {{"worker", 2, 3},
                {"worker.threads", 3, 5},
                {"x", 4, 3},
                {"x[0]", 4, 10},
                {"x[1]", 4, 13},
                {"x[1].a", 4, 14},
                {"pods", 5, 3},
                {"regions[1].name", 6, 22},
                {"regions[0]", 6, 16},
                {"nope", 0, 0},
                {"worker.nope", 0, 0},
                {"regions[2]", 0, 0},
                {"pods.x", 0, 0},
                {"x[1].a.b", 0, 0},
                {"", 0, 0}};
    static const struct {
        const char *base, *overlay, *message;
    } FILES[] = {
        {"{\n \"worker\": 5}", NULL, "/base.json:2:2: worker: expected an object"},
        {"{\"worker\":{}}", "{\n\n  \"worker\":5}", "/over.json:3:3: worker: expected an object"},
        {"{\"nope\":1}", "{\"worker\":{\"threads\":1}}", "/base.json:1:2: nope: no such"},
        {"{}", NULL, "/base.json: frontend.certificateFile: found nothing"},
        {"{\"a\":{\"b\":1,\"b\":2}}", NULL, "/base.json: the member a.b is there twice"},
        {"{}", "[]", "/over.json: an overlay must be one JSON object"},
        {"5", NULL, "/base.json: the configuration must be one JSON object"}};
    char folder[] = "/tmp/rp-config-XXXXXX", base[64], over[64];

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        int line = 0, column = 0;
        assert_int_equal(rp_config_place(BASE, ROWS[i].path, &line, &column), ROWS[i].line > 0);
        if (ROWS[i].line && (line != ROWS[i].line || column != ROWS[i].column))
            fail_msg("%s: found %d:%d, expected %d:%d", ROWS[i].path, line, column, ROWS[i].line,
                     ROWS[i].column);
    }
    assert_non_null(mkdtemp(folder));
    snprintf(base, sizeof base, "%s/base.json", folder);
    snprintf(over, sizeof over, "%s/over.json", folder);
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        struct rp_config config;
        struct base_error err = {0};
        const char *overlay = FILES[i].overlay;
        assert_int_equal(base_file_write(base, FILES[i].base, strlen(FILES[i].base), 0600, NULL),
                         BASE_OK);
        if (overlay)
            assert_int_equal(base_file_write(over, overlay, strlen(overlay), 0600, NULL), BASE_OK);
        assert_int_equal(rp_config_load(base, overlay ? over : NULL, &config, &err), BASE_INVALID);
        if (!strstr(err.message, FILES[i].message))
            fail_msg("found \"%s\", expected \"%s\"", err.message, FILES[i].message);
        rp_config_release(&config);
    }
    (void)unlink(base);
    (void)unlink(over);
    (void)rmdir(folder);
}

static void defaults_paths_and_regions(void **state)
{
    struct rp_config config;

    (void)state;
    assert_int_equal(
        rp_config_read(example("{\"frontend\":{\"keyFile\":\"/abs/key\"}}"), "/etc", &config, NULL),
        BASE_OK);
    assert_string_equal(config.key_file, "/abs/key");
    assert_string_equal(config.certificate_file, "/etc/rp-server.pem");
    assert_int_equal(config.connectors_per_workspace, 10);
    assert_int_equal(base_json_number(config.document, "quotas.connectorsPerWorkspace", 0),
                     10); /* --print-config shows it */
    assert_string_equal(rp_config_region(&config, "US West 2")->name, "westus2");
    assert_string_equal(rp_config_region(&config, "west us 2")->name, "westus2");
    assert_string_equal(rp_config_region(&config, "W ESTUS2")->name, "westus2");
    assert_null(rp_config_region(&config, "westus"));
    assert_true(rp_config_host_allowed(&config.fhir_suffixes, "a-b.fhir.AzureHealthcareApis.com"));
    assert_false(rp_config_host_allowed(&config.fhir_suffixes, "evilazurehealthcareapis.com"));
    assert_false(rp_config_host_allowed(&config.fhir_suffixes, "azurehealthcareapis.com"));
    rp_config_release(&config);
}

/* The last word of each member stands in the README's table. */
static void the_readme_knows_every_member(void **state)
{
    struct base_buf help = {0}, readme = {0};
    char *rest, *line;

    (void)state;
    rp_config_help(&help);
    assert_int_equal(base_file_read(PROJECT_ROOT "/reference/rp/README.md", &readme, NULL),
                     BASE_OK);
    rest = help.data;
    while ((line = strsep(&rest, "\n")) != NULL) {
        if (strncmp(line, "  ", 2) || line[2] == ' ')
            continue;
        line[strcspn(line, "([") > 2 ? strcspn(line, "([") - 1 : 0] = '\0';
        char *word = strrchr(line, '.');
        if (word && !strstr(readme.data, word))
            fail_msg("README.md does not mention %s", line);
    }
    base_buf_release(&help);
    base_buf_release(&readme);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_name_their_member),
        cmocka_unit_test(faults_name_their_place),
        cmocka_unit_test(defaults_paths_and_regions),
        cmocka_unit_test(the_readme_knows_every_member),
    };
    use_all();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
