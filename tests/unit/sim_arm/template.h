/* tests/unit/sim_arm/template.h: a scope with everything in it, for the tests of the template language. */
#ifndef TESTS_UNIT_SIM_ARM_TEMPLATE_H
#define TESTS_UNIT_SIM_ARM_TEMPLATE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "simulators/arm/template/expression.h"
#include "simulators/arm/template/parameters.h"
#include "simulators/arm/template/text.h"
#include "simulators/arm/template/variables.h"

#define SUB "/subscriptions/00000000-0000-0000-0000-000000000001"
#define RG1 SUB "/resourceGroups/rg1"

#define TEST_UNUSED __attribute__((unused))

static int faults; /* of rows: all are reported before the test fails */

struct world {
    struct arm_template_scope scope;
    struct arm_template_host host;
    cJSON *values; /* what the scope borrows */
    arm_variables_t *variables;
    struct arm_template_loop resource_loop, property_loop;
};

TEST_UNUSED static cJSON *parse(const char *text)
{
    struct base_error err = {0};
    cJSON *value = arm_text_parse(text, strlen(text), &err);

    if (!value)
        fail_msg("%s: %s", text, err.message);
    return value;
}

TEST_UNUSED static cJSON *host_reference(void *context, const struct arm_template_reference *call,
                                         struct base_error *err)
{
    (void)context;
    if (!strcmp(call->id, "missing")) {
        base_error_set(err, BASE_NOT_FOUND, "ResourceNotFound", "There is no %s.", call->id);
        return NULL;
    }
    return base_json_textf("%s|%s|%s|%s", call->function, call->id,
                           call->api_version ? call->api_version : "", call->full ? "full" : "");
}

TEST_UNUSED static cJSON *host_list(void *context, const struct arm_template_reference *call,
                                    struct base_error *err)
{
    cJSON *answer = cJSON_CreateObject(), *keys = cJSON_AddArrayToObject(answer, "keys"),
          *key = cJSON_CreateObject();

    (void)context;
    (void)err;
    base_json_set(key, "value",
                  base_json_textf("%s %s %s", call->function, call->id, call->api_version));
    cJSON_AddItemToArray(keys, key);
    if (call->body)
        cJSON_AddItemToObject(answer, "body", base_json_copy(call->body));
    return answer;
}

TEST_UNUSED static cJSON *host_provider(void *context, const char *name, struct base_error *err)
{
    (void)context;
    if (strcmp(name, "Microsoft.Compute") != 0) {
        base_error_set(err, BASE_NOT_FOUND, "InvalidResourceNamespace", "There is no %s.", name);
        return NULL;
    }
    return parse(
        "{\"namespace\":\"Microsoft.Compute\",\"resourceTypes\":[{\"resourceType\":"
        "\"virtualMachines\",\"locations\":[\"West US 2\"],\"apiVersions\":[\"2020-01-01\"],"
        "\"zoneMappings\":[{\"location\":\"West US 2\",\"zones\":[\"1\",\"2\",\"3\"]}]}]}");
}

TEST_UNUSED static cJSON *host_zones(void *context, const char *subscription, const char *location,
                                     struct base_error *err)
{
    (void)context;
    (void)subscription;
    (void)location;
    (void)err;
    return parse("[{\"logicalZone\":\"1\",\"physicalZone\":\"westus2-az3\"},"
                 "{\"logicalZone\":\"2\",\"physicalZone\":\"westus2-az1\"}]");
}

TEST_UNUSED static cJSON *host_role(void *context, const char *name, struct base_error *err)
{
    (void)context;
    (void)err;
    return parse(!strcmp(name, "Reader") ? "{\"id\":\"/r\",\"roleDefinitionId\":\"acdd\"}" : "{}");
}

TEST_UNUSED static void host_new_guid(void *context, char *out)
{
    (void)context;
    memcpy(out, "12345678-1234-4234-8234-123456789012", BASE_UUID_TEXT);
}

static const char world_values[] =
    "{\"parameters\":{\"text\":\"abc\",\"number\":7,\"array\":[1,2,3],\"object\":{\"One\":1,\"b\":{"
    "\"c\":["
    "5]}},\"none\":null,\"name\":\"ws1\"},"
    "\"variables\":{\"a\":\"[concat(variables('b'),'!')]\",\"b\":\"[parameters('text')]\","
    "\"loop1\":\""
    "[variables('loop2')]\",\"loop2\":\"[variables('Loop1')]\",\"self\":\"[variables('self')]\","
    "\"copy\":[{\"name\":\"three\",\"count\":3,\"input\":\"[copyIndex('three',1)]\"}],"
    "\"nested\":{\"x\":1,\"copy\":[{\"name\":\"y\",\"count\":2,\"input\":{\"i\":\"[copyIndex('y')]"
    "\"}}]}},"
    "\"functions\":[{\"namespace\":\"contoso\",\"members\":{\"twice\":{\"parameters\":[{\"name\":"
    "\"x\",\"type\":"
    "\"string\"}],\"output\":{\"type\":\"string\",\"value\":\"[concat(parameters('x'),parameters('"
    "x'))]\"}},"
    "\"bad\":{\"parameters\":[],\"output\":{\"type\":\"int\",\"value\":\"[variables('a')]\"}},"
    "\"wrong\":{\"parameters\":[],\"output\":{\"type\":\"int\",\"value\":\"text\"}},"
    "\"forever\":{\"parameters\":[],\"output\":{\"type\":\"int\",\"value\":\"[contoso.forever()]\"}"
    "}}}],"
    "\"resourceGroup\":{\"id\":\"" RG1 "\",\"name\":\"rg1\",\"location\":\"westus2\"},"
    "\"subscription\":{\"subscriptionId\":\"00000000-0000-0000-0000-000000000001\"},"
    "\"tenant\":{\"tenantId\":\"t\"},\"managementGroup\":{\"name\":\"mg1\"},"
    "\"deployment\":{\"name\":\"dep\"},\"deployer\":{\"objectId\":\"o\"},"
    "\"environment\":{\"name\":\"AzureCloud\"},\"external\":{\"in\":\"put\"}}";

TEST_UNUSED static void world_init(struct world *w)
{
    struct base_error err = {0};
    cJSON *v = parse(world_values);

    *w = (struct world){.values = v};
    w->host = (struct arm_template_host){host_reference, host_list, host_provider,
                                         host_zones,     host_role, host_new_guid};
    w->property_loop = (struct arm_template_loop){"disks", 4, false, &w->resource_loop};
    w->resource_loop = (struct arm_template_loop){"vms", 2, true, NULL};
    w->scope = (struct arm_template_scope){
        .place = ARM_AT_BODY,
        .parameters = base_json_at(v, "parameters"),
        .functions = base_json_at(v, "functions"),
        .loops = &w->property_loop,
        .copies = true,
        .level = ARM_LEVEL_GROUP,
        .subscription_id = "00000000-0000-0000-0000-000000000001",
        .resource_group = "rg1",
        .management_group_id = "mg1",
        .resource_group_value = base_json_at(v, "resourceGroup"),
        .subscription_value = base_json_at(v, "subscription"),
        .tenant_value = base_json_at(v, "tenant"),
        .management_group_value = base_json_at(v, "managementGroup"),
        .deployment_value = base_json_at(v, "deployment"),
        .deployer_value = base_json_at(v, "deployer"),
        .environment_value = base_json_at(v, "environment"),
        .external_inputs = base_json_at(v, "external"),
        .now_ms = 1680224438123,
        .host = &w->host,
    };
    w->variables = arm_variables_new(base_json_at(v, "variables"), &w->scope, &err);
    assert_non_null(w->variables);
    w->scope.variables = w->variables;
}

TEST_UNUSED static void world_release(struct world *w)
{
    int found = faults;

    arm_variables_free(w->variables);
    cJSON_Delete(w->values);
    faults = 0;
    assert_int_equal(found, 0);
}

TEST_UNUSED static char *evaluate(const struct arm_template_scope *scope, const char *expression,
                                  struct base_error *err)
{
    char *text = base_asprintf("[%s]", expression), *printed = NULL;
    cJSON *value = arm_template_evaluate_text(scope, text, err);

    if (value)
        printed = base_json_print(value);
    cJSON_Delete(value);
    free(text);
    return printed;
}

/* An expression without its brackets is worth this JSON. */
TEST_UNUSED static void check_is(const struct arm_template_scope *scope, const char *expression,
                                 const char *expected)
{
    struct base_error err = {0};
    char *printed = evaluate(scope, expression, &err);

    if (!printed || strcmp(printed, expected) != 0) {
        faults++;
        print_error("%s is %s%s, expected %s\n", expression,
                    printed ? printed : "refused: ", err.message, expected);
    }
    free(printed);
}

/* It is refused with a sentence that holds this. */
TEST_UNUSED static void check_refused(const struct arm_template_scope *scope,
                                      const char *expression, const char *expected)
{
    struct base_error err = {0};
    char *printed = evaluate(scope, expression, &err);

    if (printed || !err.status || !err.code[0] || !strstr(err.message, expected)) {
        faults++;
        print_error("%s is %s%s, expected a refusal: %s\n", expression, printed ? printed : "",
                    err.message, expected);
    }
    free(printed);
}

#endif
