/* Parameters: types, constraints, defaults, secrets, and the refusals of facts of ARM, 5.1 and 5.7 (E98). */
#include "tests/unit/sim_arm/template.h"

static cJSON *secret(void *context, const char *vault, const char *name, const char *version,
                     struct base_error *err)
{
    (void)context;
    if (!strcmp(name, "gone")) {
        base_error_set(err, BASE_NOT_FOUND, "KeyVaultParameterReferenceNotFound", "No %s.", name);
        return NULL;
    }
    return base_json_textf("%s:%s:%s", vault, name, version ? version : "");
}

/* `values` NULL: a refusal with this sentence. */
static const struct row {
    const char *declared, *given, *values, *sentence;
} rows[] = {
    {"{}", NULL, "{}", NULL},
    {"{'a':{'type':'string'}}", "{'a':{'value':'x'}}", "{'a':'x'}", NULL},
    {"{'a':{'type':'STRING'}}", "{'A':{'value':'x'}}", "{'a':'x'}", NULL},
    {"{'a':{'type':'int'},'b':{'type':'bool'},'c':{'type':'object'},'d':{'type':'array'}}",
     "{'a':{'value':5},'b':{'value':false},'c':{'value':{}},'d':{'value':[1]}}",
     "{'a':5,'b':false,'c':{},'d':[1]}", NULL},
    {"{'a':{'type':'string','defaultValue':'[concat(parameters(`b`),`!`)]'},'b':{'type':'string','"
     "defaultValue':'z'}}",
     "{}", "{'b':'z','a':'z!'}", NULL},
    {"{'a':{'type':'string','defaultValue':'[utcNow()]'}}", "{}", "{'a':'20230331T010038Z'}", NULL},
    {"{'a':{'type':'string','defaultValue':'[resourceGroup().location]'}}", NULL, "{'a':'westus2'}",
     NULL},
    {"{'a':{'type':'string'}}", "{'a':{'value':'[concat(1)]'}}", "{'a':'[concat(1)]'}", NULL},
    {"{'a':{'type':'string','nullable':true}}", "{}", "{'a':null}", NULL},
    {"{'a':{'type':'string','nullable':true}}", "{'a':{'value':null}}", "{'a':null}", NULL},
    {"{'a':{'type':'string','allowedValues':['x','y']}}", "{'a':{'value':'Y'}}", "{'a':'Y'}", NULL},
    {"{'a':{'type':'array','allowedValues':['x','y']}}", "{'a':{'value':['y']}}", "{'a':['y']}",
     NULL},
    {"{'a':{'type':'int','minValue':1,'maxValue':3}}", "{'a':{'value':3}}", "{'a':3}", NULL},
    {"{'a':{'type':'string','minLength':2,'maxLength':2}}", "{'a':{'value':'éé'}}", "{'a':'éé'}",
     NULL},
    {"{'a':{'type':'securestring'}}",
     "{'a':{'reference':{'keyVault':{'id':'/v'},'secretName':'s','secretVersion':'1'}}}",
     "{'a':'/v:s:1'}", NULL},
    {"{'a':{'$ref':'#/definitions/pair'}}", "{'a':{'value':{'x':1}}}", "{'a':{'x':1}}", NULL},
    {"{'a':{'type':'array','items':{'$ref':'#/definitions/pair'}}}",
     "{'a':{'value':[{'x':1,'y':'s'}]}}", "{'a':[{'x':1,'y':'s'}]}", NULL},
    {"{'a':{'$ref':'#/definitions/shape'}}", "{'a':{'value':{'kind':'one','x':1}}}",
     "{'a':{'kind':'one','x':1}}", NULL},
    /* refusals */
    {"{'a':{'$ref':'#/definitions/shape'}}", "{'a':{'value':{'kind':'two','x':1}}}", NULL,
     "property 'kind' has the value 'two', which is not mapped"},
    {"{'a':{'$ref':'#/definitions/shape'}}", "{'a':{'value':{'kind':'one','x':'s'}}}", NULL,
     "Expected 'Integer'"},
    {"{'a':{'type':'string'}}", "{}", NULL,
     "The value for the template parameter 'a' is not provided."},
    {"{'a':{'type':'string'}}", "{'a':{}}", NULL, "'value' or 'reference' was expected"},
    {"{'a':{'type':'string'}}", "{'a':'x'}", NULL, "'value' or 'reference' was expected"},
    {"{'a':{'type':'string'}}", "{'a':{'value':null}}", NULL, "Expected 'String'. Actual 'Null'"},
    {"{'a':{'type':'string','defaultValue':'x'}}", "{'b':{'value':1},'c':{'value':2}}", NULL,
     "The template parameters 'b, c' in the parameters file are not valid; they are not present in "
     "the original template "
     "and can therefore not be provided at deployment time. The only supported parameters for this "
     "template are 'a'."},
    {"{'a':{'type':'int'}}", "{'a':{'value':'5'}}", NULL, "Expected 'Integer'. Actual 'String'"},
    {"{'a':{'type':'int'}}", "{'a':{'value':5.5}}", NULL, "Expected 'Integer'. Actual 'Float'"},
    {"{'a':{'type':'int','defaultValue':'[string(5)]'}}", "{}", NULL,
     "Expected 'Integer'. Actual 'String'"},
    {"{'a':{'type':'date'}}", "{}", NULL, "has the type 'date'"},
    {"{'a':{}}", "{}", NULL, "has the type ''"},
    {"{'a':5}", "{}", NULL, "must be an object"},
    {"[]", "{}", NULL, "'parameters' must be an object"},
    {"{}", "[]", NULL, "deployment parameters must be an object"},
    {"{'a':{'type':'string','allowedValues':['x','y']}}", "{'a':{'value':'z'}}", NULL,
     "The value 'z' is not part of the allowed value(s): 'x,y'."},
    {"{'a':{'type':'securestring','allowedValues':['x']}}", "{'a':{'value':'hidden'}}", NULL,
     "The value '(secure)' is not"},
    {"{'a':{'type':'array','allowedValues':['x','y']}}", "{'a':{'value':['x','z']}}", NULL,
     "not part of the allowed"},
    {"{'a':{'type':'int','minValue':1}}", "{'a':{'value':0}}", NULL,
     "The value should be greater than or equal to '1'"},
    {"{'a':{'type':'int','maxValue':1}}", "{'a':{'value':2}}", NULL,
     "The value should be less than or equal to '1'"},
    {"{'a':{'type':'array','minLength':1}}", "{'a':{'value':[]}}", NULL,
     "Length of the value should be greater than or equal to '1'"},
    {"{'a':{'type':'string','maxLength':1}}", "{'a':{'value':'ab'}}", NULL,
     "Length of the value should be less than or equal to '1'"},
    {"{'a':{'type':'string','maxLength':'x'}}", "{'a':{'value':'ab'}}", NULL,
     "must be a whole number"},
    {"{'a':{'type':'string','defaultValue':'[parameters(`b`)]'},'b':{'type':'string','defaultValue'"
     ":'[parameters(`a`)]'}}",
     "{}", NULL, "circular dependency"},
    {"{'a':{'type':'string','defaultValue':'[variables(`b`)]'}}", "{}", NULL,
     "'variables' is not expected at this location"},
    {"{'a':{'type':'string','defaultValue':'[parameters(`nope`)]'}}", "{}", NULL,
     "The template parameter 'nope' is not found"},
    {"{'a':{'type':'string','defaultValue':'[concat(]'}}", "{}", NULL,
     "Unable to parse language expression"},
    {"{'a':{'type':'string'}}", "{'a':{'reference':{'keyVault':{'id':'/v'},'secretName':'s'}}}",
     NULL, "must be 'securestring' or 'secureObject'"},
    {"{'a':{'type':'securestring'}}", "{'a':{'reference':{'keyVault':{},'secretName':'s'}}}", NULL,
     "'keyVault.id' and 'secretName' were expected"},
    {"{'a':{'type':'securestring'}}",
     "{'a':{'reference':{'keyVault':{'id':'/v'},'secretName':'gone'}}}", NULL, "No gone."},
    {"{'a':{'type':'securestring'}}", "{'a':{'value':'x','reference':{}}}", NULL,
     "both a value and a reference"},
    {"{'a':{'$ref':'#/definitions/nope'}}", "{}", NULL, "is not found"},
    {"{'a':{'$ref':'#/definitions/circle'}}", "{}", NULL, "never ends"},
    {"{'a':{'$ref':'#/definitions/pair'}}", "{'a':{'value':{}}}", NULL,
     "Required property 'x' is not provided"},
    {"{'a':{'$ref':'#/definitions/pair'}}", "{'a':{'value':{'x':'s'}}}", NULL,
     "parameter 'a.x' is not valid"},
    {"{'a':{'$ref':'#/definitions/pair'}}", "{'a':{'value':{'x':1,'z':1}}}", NULL,
     "Property 'z' is not declared"},
    {"{'a':{'type':'array','prefixItems':[{'type':'int'}],'items':false}}", "{'a':{'value':[1,2]}}",
     NULL, "more elements than declared"},
};

static const char definitions[] =
    "{'pair':{'type':'object','properties':{'x':{'type':'int'},'y':{'type':'string','nullable':"
    "true}},"
    "'additionalProperties':false},'circle':{'$ref':'#/definitions/circle'},"
    "'shape':{'type':'object','discriminator':{'propertyName':'kind','mapping':{'one':{'type':'"
    "object','properties':{"
    "'x':{'type':'int'}}}}}}}";

/* JSON with its quotes written as ' and those of expressions as `. */
static cJSON *quoted(const char *text)
{
    char *copy = base_strdup(text);
    cJSON *value;

    for (char *at = copy; *at; at++)
        *at = *at == '\'' ? '"' : *at == '`' ? '\'' : *at;
    value = parse(copy);
    free(copy);
    return value;
}

static void check_row(const struct world *w, const struct row *row)
{
    struct base_error err = {0};
    cJSON *declared = quoted(row->declared), *given = row->given ? quoted(row->given) : NULL,
          *expected = row->values ? quoted(row->values) : NULL, *named = quoted(definitions);
    struct arm_parameters_source source = {declared, named, given, secret, NULL};
    arm_parameters_t *parameters = arm_parameters_resolve(&source, &w->scope, &err);

    if (!parameters != !expected ||
        (expected && !base_json_equal(arm_parameters_values(parameters), expected)) ||
        (!expected && (!strstr(err.message, row->sentence) || !err.code[0]))) {
        faults++;
        print_error("%s %s: %s\n", row->declared, row->given ? row->given : "", err.message);
    }
    arm_parameters_free(parameters);
    cJSON_Delete(declared);
    cJSON_Delete(given);
    cJSON_Delete(expected);
    cJSON_Delete(named);
}

static void values_and_refusals(void **state)
{
    struct world w;

    (void)state;
    world_init(&w);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_row(&w, &rows[i]);
    world_release(&w);
}

static void secure_values_are_not_shown(void **state)
{
    struct base_error err = {0};
    cJSON *declared = quoted(
              "{'a':{'type':'secureString'},'b':{'type':'int'},'c':{'type':'secureObject'}}"),
          *given = quoted("{'a':{'value':'s'},'b':{'value':1},'c':{'value':{}}}"), *shown;
    struct arm_parameters_source source = {declared, NULL, given, NULL, NULL};
    arm_parameters_t *parameters;
    struct world w;
    char *text;

    (void)state;
    world_init(&w);
    parameters = arm_parameters_resolve(&source, &w.scope, &err);
    shown = arm_parameters_shown(parameters);
    text = base_json_print(shown);
    assert_string_equal(text,
                        "{\"a\":{\"type\":\"SecureString\"},\"b\":{\"type\":\"Int\",\"value\":1},"
                        "\"c\":{\"type\":\"SecureObject\"}}");
    free(text);
    cJSON_Delete(shown);
    arm_parameters_free(parameters);
    cJSON_Delete(declared);
    cJSON_Delete(given);
    world_release(&w);
}

static void errors_name_the_place(void **state)
{
    struct base_error err = {0};
    cJSON *declared = quoted("{'a':{'type':'object','defaultValue':{'x':['[concat(]']}}}"), *body;
    struct arm_parameters_source source = {declared, NULL, NULL, NULL, NULL};
    struct world w;

    (void)state;
    world_init(&w);
    assert_null(arm_parameters_resolve(&source, &w.scope, &err));
    assert_string_equal(err.target, "parameters.a.defaultValue.x[0]");
    body = arm_template_violation(&err, 4, 7);
    assert_string_equal(base_json_text(body, "error.code"), "InvalidTemplate");
    assert_non_null(strstr(base_json_text(body, "error.message"),
                           "Deployment template validation failed: 'Unable to"));
    assert_string_equal(base_json_text(body, "error.additionalInfo.0.info.path"), err.target);
    assert_int_equal((int)base_json_number(body, "error.additionalInfo.0.info.lineNumber", 0), 4);
    cJSON_Delete(body);
    cJSON_Delete(declared);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_and_refusals),
        cmocka_unit_test(secure_values_are_not_shown),
        cmocka_unit_test(errors_name_the_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
