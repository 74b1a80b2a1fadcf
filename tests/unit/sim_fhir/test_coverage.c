/* simulators/fhir/COVERAGE.md says what the route table says. UPDATE_COVERAGE=1 writes it. */
#include "fixture.h"

#include "simulators/fhir/call.h"
#include "simulators/fhir/params.h"

#define FILE_NAME PROJECT_ROOT "/simulators/fhir/COVERAGE.md"

static void add_routes(struct base_buf *out)
{
    size_t count;
    const struct sim_route *routes = fhir_routes(&count);

    base_buf_puts(out, "# What the FHIR simulator answers\n\n"
                       "Made from the tables by tests/unit/sim_fhir/test_coverage.c.\n\n"
                       "| operation | request | right | |\n| --- | --- | --- | --- |\n");
    for (size_t i = 0; i < count; i++) {
        const struct fhir_right *right = routes[i].more;
        base_buf_printf(out, "| %s | `%s %s` | %s | %s |\n", routes[i].operation, routes[i].method,
                        *routes[i].pattern ? routes[i].pattern : "/",
                        right->action ? right->action
                        : right->open ? "none, no token"
                                      : "those of its entries",
                        routes[i].run == fhir_unbuilt ? "501, not simulated" : "");
    }
}

static void add_params(struct base_buf *out)
{
    const char *type = "?";

    base_buf_puts(out, "\nSearch parameters:\n");
    for (int i = 0; i < fhir_param_count; i++) {
        const struct fhir_param *param = &fhir_params[i];
        const char *of = param->type ? param->type : i < 10 ? "every type" : "all other types";
        base_buf_printf(out, strcmp(of, type) ? "\n- %s: %s" : "%.0s, %s", of, param->name);
        type = of;
    }
    base_buf_puts(out,
                  "\n\nBeside them: `_count`, `ct`, `_sort`, `_total`, `_summary`, `_elements`, "
                  "`_include`, `_revinclude` (`:iterate`), `_type`, `_format`, `_pretty`. Chained "
                  "parameters and `_has` are not served: a warning in the bundle, or 400 with "
                  "`Prefer: handling=strict`.\n"
                  "Structure is checked for Device, Encounter, Observation and Patient; of other "
                  "types the type, the id and `meta`. XML is not served (406, 415), nor FHIRPath "
                  "patches (415).\n");
}

static void the_page_is_current(void **state)
{
    struct base_buf wanted = {0}, found = {0};
    struct base_error err = {0};

    (void)state;
    add_routes(&wanted);
    add_params(&wanted);
    if (getenv("UPDATE_COVERAGE"))
        assert_int_equal(base_file_write(FILE_NAME, wanted.data, wanted.len, 0644, &err), BASE_OK);
    assert_int_equal(base_file_read(FILE_NAME, &found, &err), BASE_OK);
    assert_string_equal(found.data, wanted.data);
    base_buf_release(&wanted);
    base_buf_release(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_page_is_current)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
