/* Schemas and the API's description (VER-04): what fits, what does not, and the place that is named. */
#include "runner/schema.h"
#include "runner/swagger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define URL                                                                                        \
    "https://management.azure.com/subscriptions/00000000-0000-0000-0000-000000000001/"             \
    "resourceGroups/rg1/providers/Microsoft.HealthcareApis/workspaces/ws1"
#define V "?api-version=2020-11-01-preview"

static void a_value_fits_its_schema(void **state)
{
    static const char DOCUMENT[] =
        "{\"definitions\":{\"Base\":{\"properties\":{\"id\":{\"type\":\"string\",\"readOnly\":true}"
        "},"
        "\"required\":[\"id\"]},"
        "\"Tree\":{\"type\":\"object\",\"properties\":{\"children\":{\"type\":\"array\",\"items\":{"
        "\"$ref\":\"#/definitions/Tree\"}}},\"additionalProperties\":false},"
        "\"Loop\":{\"$ref\":\"#/definitions/Loop\"}}}";
    static const struct {
        const char *schema, *value, *place; /* NULL: it fits */
        enum run_schema_side side;
    } ROWS[] = {
        {"{\"type\":\"string\"}", "\"a\"", NULL, RUN_ANSWER},
        {"{\"type\":\"string\"}", "1", "the body: found 1, expected a value of type string",
         RUN_ANSWER},
        {"{\"type\":\"integer\"}", "1.5", "type integer", RUN_ANSWER},
        {"{\"type\":\"boolean\"}", "null", "type boolean", RUN_ANSWER},
        {"{\"type\":\"boolean\"}", "null", NULL, RUN_REQUEST},
        {"{\"type\":\"boolean\",\"x-nullable\":true}", "null", NULL, RUN_ANSWER},
        {"{\"type\":\"string\",\"enum\":[\"A\"]}", "\"a\"", "one of [\"A\"]", RUN_ANSWER},
        {"{\"type\":\"string\",\"enum\":[\"A\"]}", "\"a\"", NULL, RUN_REQUEST},
        {"{\"type\":\"string\",\"maxLength\":2}", "\"abc\"", "length is 0 to 2", RUN_ANSWER},
        {"{\"type\":\"number\",\"maximum\":2}", "3", "a number in", RUN_ANSWER},
        {"{\"type\":\"string\",\"pattern\":\"^a+$\"}", "\"ab\"", "a text like ^a+$", RUN_ANSWER},
        {"{\"type\":\"string\",\"format\":\"uuid\"}", "\"x\"", "a GUID", RUN_ANSWER},
        {"{\"type\":\"string\",\"format\":\"date-time\"}", "\"2026-01-05T10:00:00Z\"", NULL,
         RUN_ANSWER},
        {"{\"type\":\"string\",\"format\":\"date-time\"}", "\"today\"", "RFC 3339", RUN_ANSWER},
        {"{\"type\":\"string\",\"format\":\"uri\"}", "\"/x\"", "absolute URL", RUN_ANSWER},
        {"{\"properties\":{\"a\":{\"type\":\"string\"}},\"additionalProperties\":false}",
         "{\"b\":1}", "unknown is b", RUN_ANSWER},
        {"{\"properties\":{\"a\":{\"type\":\"string\"}},\"additionalProperties\":{\"type\":"
         "\"string\"}}",
         "{\"b\":1}", "b: found 1", RUN_ANSWER},
        {"{\"required\":[\"a\"],\"properties\":{\"a\":{\"type\":\"string\"}}}", "{}",
         "required member a", RUN_REQUEST},
        {"{\"required\":[\"a\"],\"properties\":{\"a\":{\"readOnly\":true}}}", "{}",
         "required member a", RUN_ANSWER},
        {"{\"required\":[\"a\"],\"properties\":{\"a\":{\"readOnly\":true}}}", "{}", NULL,
         RUN_REQUEST},
        {"{\"properties\":{\"a\":{\"x-ms-mutability\":[\"create\"]}}}", "{\"a\":1}", "only written",
         RUN_ANSWER},
        {"{\"properties\":{\"a\":{\"x-ms-mutability\":[\"create\"]}}}", "{\"a\":1}", NULL,
         RUN_REQUEST},
        {"{\"allOf\":[{\"$ref\":\"#/definitions/Base\"}]}", "{\"id\":1}", "id: found 1",
         RUN_ANSWER},
        {"{\"allOf\":[{\"$ref\":\"#/definitions/Base\"}],\"additionalProperties\":false}",
         "{\"id\":\"x\"}", NULL, RUN_ANSWER},
        {"{\"$ref\":\"#/definitions/Tree\"}", "{\"children\":[{},{\"children\":[{\"x\":1}]}]}",
         "children[1].children[0]: found 1, expected no other member; unknown is x", RUN_ANSWER},
        {"{\"$ref\":\"#/definitions/Loop\"}", "{}", "a schema that can be found", RUN_ANSWER},
        {"{\"$ref\":\"#/definitions/None\"}", "{}", "#/definitions/None", RUN_ANSWER},
    };
    cJSON *document = cJSON_Parse(DOCUMENT);
    char sentence[400];

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        cJSON *schema = cJSON_Parse(ROWS[i].schema), *value = cJSON_Parse(ROWS[i].value);
        sentence[0] = '\0';
        bool fits =
            run_schema_fits(document, schema, value, ROWS[i].side, sentence, sizeof sentence);
        if (fits != !ROWS[i].place || (!fits && !strstr(sentence, ROWS[i].place)))
            fail_msg("row %zu: %s: found \"%s\", expected \"%s\"", i, ROWS[i].schema, sentence,
                     ROWS[i].place ? ROWS[i].place : "");
        cJSON_Delete(schema);
        cJSON_Delete(value);
    }
    cJSON_Delete(document);
}

/* Every example of the document fits its own schemas. */
static void the_examples_fit(void **state)
{
    const cJSON *path, *operation, *example, *response;
    char sentence[400];
    int seen = 0;

    (void)state;
    cJSON_ArrayForEach(path, cJSON_GetObjectItemCaseSensitive(run_swagger(), "paths"))
        cJSON_ArrayForEach(operation, path) cJSON_ArrayForEach(
            example, cJSON_GetObjectItemCaseSensitive(operation, "x-ms-examples"))
    {
        const cJSON *parameter, *body = base_json_at(example, "parameters.parameters");
        cJSON_ArrayForEach(parameter, cJSON_GetObjectItemCaseSensitive(operation, "parameters"))
        {
            const cJSON *schema = base_json_at(parameter, "schema");
            if (schema && !run_schema_fits(run_swagger(), schema, body, RUN_REQUEST, sentence,
                                           sizeof sentence))
                fail_msg("%s: %s", base_json_text(operation, "operationId"), sentence);
        }
        cJSON_ArrayForEach(response, cJSON_GetObjectItemCaseSensitive(example, "responses"))
        {
            const cJSON *schema =
                base_json_at(cJSON_GetObjectItemCaseSensitive(base_json_at(operation, "responses"),
                                                              response->string),
                             "schema");
            seen++;
            if (!run_schema_fits(run_swagger(), schema, base_json_at(response, "body"), RUN_ANSWER,
                                 sentence, sizeof sentence))
                fail_msg("%s: %s", base_json_text(operation, "operationId"), sentence);
        }
    }
    assert_true(seen > 6);
}

#define WORKSPACE                                                                                  \
    "{\"id\":\"/x\",\"name\":\"ws1\",\"type\":\"t\",\"etag\":\"1\",\"systemData\":{},"             \
    "\"location\":\"westus2\",\"properties\":{\"provisioningState\":\"%s\"}}"

static void exchanges(void **state)
{
    static const struct {
        const char *method, *url, *request;
        int status;
        const char *answer, *place; /* NULL: it fits */
    } ROWS[] = {
        {"GET", URL V, NULL, 200, "{\"id\":\"/x\"}", "the answer of Workspaces_Get"},
        {"GET", URL "?api-version=2021-11-01", NULL, 200, "{\"id\":\"/x\"}", NULL},
        {"GET", URL "/gadgets/g1" V, NULL, 200, "{}", NULL},
        {"GET", URL V, NULL, 404, "{\"error\":{\"code\":\"a\",\"message\":\"b\"}}", NULL},
        {"GET", URL V, NULL, 404, "{\"error\":{\"code\":\"a\"}}", "error: found"},
        {"GET", URL V, NULL, 206, "{}", "no answer 206 of Workspaces_Get"},
        {"POST", URL V, "{}", 200, "{}", "no POST of"},
        {"POST", URL V, "{}", 405, "{\"error\":{\"code\":\"a\",\"message\":\"b\"}}", NULL},
        {"DELETE", URL V, NULL, 202, NULL, NULL},
        {"DELETE", URL V, NULL, 202, "{}", "has no body"},
        {"PATCH", URL V, "{\"location\":\"x\"}", 202, NULL, "unknown is location"},
        {"PATCH", URL V, "{\"location\":\"x\"}", 400,
         "{\"error\":{\"code\":\"a\",\"message\":\"b\"}}", NULL},
        {"PATCH", URL V, "{\"tags\":{\"a\":1}}", 202, NULL, "tags.a: found 1"},
    };
    char sentence[512];

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        cJSON *answer = cJSON_CreateObject();
        base_json_set_number(answer, "status", ROWS[i].status);
        if (ROWS[i].answer)
            base_json_set(answer, "body", cJSON_Parse(ROWS[i].answer));
        sentence[0] = '\0';
        bool fits = run_swagger_fits(ROWS[i].method, ROWS[i].url, ROWS[i].request, answer, sentence,
                                     sizeof sentence);
        if (fits != !ROWS[i].place || (!fits && !strstr(sentence, ROWS[i].place)))
            fail_msg("row %zu: found \"%s\", expected \"%s\"", i, sentence,
                     ROWS[i].place ? ROWS[i].place : "");
        cJSON_Delete(answer);
    }
}

/* A state that the description does not know is named with its place. */
static void a_list_is_held_to_its_items(void **state)
{
    char text[600], sentence[512];

    (void)state;
    snprintf(text, sizeof text,
             "{\"status\":200,\"body\":{\"value\":[" WORKSPACE "," WORKSPACE "]}}", "Succeeded",
             "Verifying");
    cJSON *answer = cJSON_Parse(text);
    assert_non_null(answer);
    assert_false(run_swagger_fits("GET",
                                  "https://management.azure.com/subscriptions/s/providers/"
                                  "Microsoft.HealthcareApis/workspaces" V,
                                  NULL, answer, sentence, sizeof sentence));
    assert_non_null(strstr(sentence, "value[1].properties.provisioningState: found \"Verifying\""));
    cJSON_Delete(answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_fits_its_schema),
        cmocka_unit_test(the_examples_fit),
        cmocka_unit_test(exchanges),
        cmocka_unit_test(a_list_is_held_to_its_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
