/* Decides how fast ARM's template engine is, beside cJSON's parse + print of the same bytes. */
#include "tests/bench/control.h"

#include "common/process.h"
#include "simulators/arm/template/parameters.h"
#include "simulators/arm/template/text.h"
#include "simulators/arm/template/variables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUBSCRIPTION "00000000-0000-0000-0000-0000000000b1"
#define ROUNDS 15
#define AT_LEAST_MS 40 /* of a round */
#define ASKED 5        /* validations through ARM */

struct template
{
    const char *name;
    int64_t elements, copies; /* of "resources"; each element this many times */
    char *text;
    int64_t resources;
};
typedef int64_t (*work_fn)(const struct template *template);

/* Names, tags, a unique name, a dependency on the one before: what generated templates look like. */
static void put_resource(struct base_buf *out, int64_t i, int64_t copies)
{
    const char *index = copies > 1 ? "copyIndex()" : "";

    base_buf_printf(out,
                    "%s{\"type\":\"Microsoft.EventHub/namespaces\",\"apiVersion\":\"2022-01-01-"
                    "preview\",\"name\":\"[concat(parameters('prefix'),'-',uniqueString("
                    "resourceGroup().id,'%lld'),'-',string(%s))]\",\"location\":\"[parameters('"
                    "location')]\",\"sku\":{\"name\":\"[if(equals(variables('tier'),'prod'),"
                    "'Standard','Basic')]\"},\"tags\":{\"owner\":\"[toLower(variables('owner'))]\","
                    "\"number\":\"[format('{0:d4}',add(%lld,%s))]\"},",
                    i ? "," : "", (long long)i, copies > 1 ? index : "0", (long long)i,
                    copies > 1 ? index : "1");
    if (copies > 1)
        base_buf_printf(out, "\"copy\":{\"name\":\"loop%lld\",\"count\":%lld},", (long long)i,
                        (long long)copies);
    else if (i)
        base_buf_printf(out,
                        "\"dependsOn\":[\"[resourceId('Microsoft.EventHub/namespaces',concat("
                        "parameters('prefix'),'-',uniqueString(resourceGroup().id,'%lld'),'-',"
                        "string(0)))]\"],",
                        (long long)i - 1);
    base_buf_puts(out, "\"properties\":{\"isAutoInflateEnabled\":false}}");
}

static void write_template(struct template *t)
{
    struct base_buf out = {0};

    base_buf_puts(
        &out,
        "{\"$schema\":\"https://schema.management.azure.com/schemas/2019-04-01/"
        "deploymentTemplate.json#\",\"contentVersion\":\"1.0.0.0\",\"parameters\":{\"prefix\":{"
        "\"type\":\"string\",\"defaultValue\":\"bench\"},\"location\":{\"type\":\"string\","
        "\"defaultValue\":\"[resourceGroup().location]\"}},\"variables\":{\"tier\":\"prod\","
        "\"owner\":\"[concat('Team ',parameters('prefix'))]\"},\"resources\":[");
    for (int64_t i = 0; i < t->elements; i++)
        put_resource(&out, i, t->copies);
    base_buf_puts(&out, "]}");
    t->resources = t->elements * t->copies;
    t->text = base_buf_take(&out);
}

static int64_t with_cjson(const struct template *template)
{
    cJSON *node = cJSON_Parse(template->text);

    free(cJSON_PrintUnformatted(node));
    cJSON_Delete(node);
    return template->resources;
}

static int64_t expand(const struct arm_template_scope *scope, const cJSON *resource,
                      struct base_error *err)
{
    const cJSON *count = base_json_at(resource, "copy.count");
    int64_t copies = count ? (int64_t)count->valuedouble : 1, made = 0;
    cJSON *source = base_json_copy(resource);

    cJSON_DeleteItemFromObjectCaseSensitive(source, "copy");
    for (; made < copies; made++) {
        const struct arm_template_loop loop = {base_json_text(resource, "copy.name"), made, true,
                                               NULL};
        struct arm_template_scope here = *scope;
        here.place = ARM_AT_BODY;
        here.loops = count ? &loop : NULL;
        cJSON *body = arm_template_evaluate(&here, source, err);
        if (!body)
            BUG("the template cannot be evaluated: %s", err->message);
        cJSON_Delete(body);
    }
    cJSON_Delete(source);
    return made;
}

/* What a deployment does with its template but for sending it: text, parameters, variables, each resource's body. */
static int64_t with_engine(const struct template *template)
{
    struct base_error err = {0};
    cJSON *group = cJSON_Parse("{\"id\":\"/subscriptions/" SUBSCRIPTION
                               "/resourceGroups/rg\",\"name\":\"rg\",\"location\":\"westus2\"}");
    arm_text_t *text = arm_text_read(template->text, strlen(template->text), &err);
    const cJSON *root = text ? arm_text_root(text) : NULL, *resource;
    struct arm_template_scope scope = {.level = ARM_LEVEL_GROUP,
                                       .subscription_id = SUBSCRIPTION,
                                       .resource_group = "rg",
                                       .resource_group_value = group};
    const struct arm_parameters_source source = {.declared = base_json_at(root, "parameters")};
    arm_parameters_t *parameters = root ? arm_parameters_resolve(&source, &scope, &err) : NULL;
    int64_t made = 0;

    if (!parameters)
        BUG("the template cannot be read: %s", err.message);
    scope.parameters = arm_parameters_values(parameters);
    scope.variables = arm_variables_new(base_json_at(root, "variables"), &scope, &err);
    if (!scope.variables || arm_variables_all(scope.variables, &err) != BASE_OK)
        BUG("the template's variables: %s", err.message);
    cJSON_ArrayForEach(resource, base_json_at(root, "resources")) made +=
        expand(&scope, resource, &err);
    arm_variables_free(scope.variables);
    arm_parameters_free(parameters);
    arm_text_free(text);
    cJSON_Delete(group);
    return made;
}

/* CPU milliseconds of one run; the best of several rounds: other work on the machine can only make one slower. */
static double best_ms(work_fn work, const struct template *template)
{
    double best = 0;

    for (int round = 0; round < ROUNDS && !base_stopping(); round++) {
        double from = control_cpu_ms(), took = 0;
        int times = 0;
        for (; took < AT_LEAST_MS; times++) {
            if (work(template) != template->resources)
                BUG("%s: not every resource was made", template->name);
            took = control_cpu_ms() - from;
        }
        if (!round || took / times < best)
            best = took / times;
    }
    return best;
}

/* The same template through ARM's front door: read, compiled, its order found, preflight; nothing is deployed. */
static double validate_ms(struct control *c, const struct template *template,
                          struct base_error *err)
{
    char *path =
        base_asprintf("%s/providers/Microsoft.Resources/deployments/bench/validate", c->group);
    cJSON *body = cJSON_CreateObject(), *properties = cJSON_AddObjectToObject(body, "properties");
    double times[ASKED];
    enum base_status status = BASE_OK;

    base_json_set_text(properties, "mode", "Incremental");
    base_json_set(properties, "template", cJSON_Parse(template->text));
    for (int i = 0; i < ASKED && status == BASE_OK; i++) {
        struct az_arm_operation operation;
        double from = control_now_ms();
        status = az_arm_write(&c->arm, "POST", path, "2021-04-01", body, NULL, &operation, err);
        times[i] = control_now_ms() - from;
    }
    cJSON_Delete(body);
    free(path);
    return status == BASE_OK ? control_quantile(times, ASKED, 0.5) : -1;
}

enum base_status control_templates(struct control *c, struct base_error *err)
{
    struct template templates[] = {{"10 resources", 10, 1, NULL, 0},
                                   {"800 resources", 800, 1, NULL, 0},
                                   {"1 element, 800 copies", 1, 800, NULL, 0}};
    enum base_status status = control_cloud_make(c, 1, err);

    if (status != BASE_OK)
        return status;
    printf("\ntemplates: text, parameters, variables, every resource's body evaluated, in this "
           "process, CPU time, best of %d rounds; \"of cJSON\": beside its parse + print of the "
           "same bytes; "
           "validate: the same through ARM over TLS, with order and preflight, median of %d\n",
           ROUNDS, ASKED);
    for (size_t i = 0; i < sizeof templates / sizeof *templates && status == BASE_OK; i++) {
        struct template *t = &templates[i];
        write_template(t);
        double plain = best_ms(with_cjson, t), engine = best_ms(with_engine, t),
               asked = validate_ms(c, t, err);
        status = asked < 0 ? err->status : BASE_OK;
        if (status == BASE_OK)
            printf("%-22s %7zu bytes  engine %8.3f ms (%6.1f us a resource)  x %6.1f of cJSON  "
                   "validate %7.1f ms\n",
                   t->name, strlen(t->text), engine, engine * 1000 / (double)t->resources,
                   engine / plain, asked);
        free(t->text);
    }
    return status;
}
