/* The configuration file: defaults, faults with their names, spellings of regions, and that the README knows every member. */
#include "rp_test.h"

#include "common/file.h"

static cJSON *example(const char *changes)
{
    cJSON *document = base_json_load(PROJECT_ROOT "/reference/rp/example-config.json", NULL);
    cJSON *patch = cJSON_Parse(changes), *merged = base_json_merge_patch(document, patch);

    cJSON_Delete(document);
    cJSON_Delete(patch);
    return merged;
}

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
        cmocka_unit_test(defaults_paths_and_regions),
        cmocka_unit_test(the_readme_knows_every_member),
    };
    use_all();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
