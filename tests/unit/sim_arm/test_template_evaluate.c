/* Expressions in JSON: literals, member names, loops, places of faults, checks before and references of a deployment, limits (E94). */
#include "tests/unit/sim_arm/template.h"

#include <stdio.h>

static const struct {
    const char *value, *result;
} values[] = {
    {"\"[[x]\"", "\"[x]\""}, /* E94 */
    {"\"[x\"", "\"[x\""},
    {"\"x]\"", "\"x]\""},
    {"\"['it''s']\"", "\"it's\""},
    {"\"[[\"", "\"[\""},
    {"\"[\"", "\"[\""},
    {"\"\"", "\"\""},
    {"\"[concat('a',\\n  'b')]\"", "\"ab\""},
    {"{\"a\":\"[parameters('number')]\",\"b\":[\"[null()]\",true,null,1.50]}",
     "{\"a\":7,\"b\":[null,true,null,1.50]}"},
    {"{\"[resourceId('Microsoft.X/a','n')]\":{},\"[[b]\":1}",
     "{\"" RG1 "/providers/Microsoft.X/a/n\":{},\"[b]\":1}"},
    {"{\"copy\":[{\"name\":\"d\",\"count\":\"[length(parameters('array'))]\",\"input\":{\"n\":\"["
     "copyIndex('d')]\","
     "\"r\":\"[copyIndex()]\"}}],\"z\":1}",
     "{\"d\":[{\"n\":0,\"r\":2},{\"n\":1,\"r\":2},{\"n\":2,\"r\":2}],\"z\":1}"},
    {"{\"copy\":[{\"name\":\"o\",\"count\":2,\"input\":{\"copy\":[{\"name\":\"i\",\"count\":2,"
     "\"input\":"
     "\"[add(mul(copyIndex('o'),10),copyIndex('i'))]\"}]}}]}",
     "{\"o\":[{\"i\":[0,1]},{\"i\":[10,11]}]}"},
    {"{\"copy\":[{\"name\":\"none\",\"count\":0,\"input\":1}]}", "{\"none\":[]}"},
    {"{\"copy\":\"of what\",\"b\":{\"copy\":[1]}}", "{\"copy\":\"of what\",\"b\":{\"copy\":[1]}}"},
};

static void values_of_any_shape(void **state)
{
    struct world w;

    (void)state;
    world_init(&w);
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct base_error err = {0};
        cJSON *source = parse(values[i].value),
              *value = arm_template_evaluate(&w.scope, source, &err);
        char *printed = value ? base_json_print(value) : base_strdup(err.message);
        if (strcmp(printed, values[i].result) != 0) {
            faults++;
            print_error("%s is %s, expected %s\n", values[i].value, printed, values[i].result);
        }
        free(printed);
        cJSON_Delete(value);
        cJSON_Delete(source);
    }
    world_release(&w);
}

static const struct {
    const char *value, *target, *sentence;
} failures[] = {
    {"{\"a\":{\"b\":[1,\"[nope()]\"]}}", "resources[0].properties.a.b[1]", "'nope' is not valid"},
    {"\"[nope()]\"", "resources[0].properties", "'nope' is not valid"},
    {"{\"[1]\":1}", "resources[0].properties[1]", "names a member"},
    {"{\"copy\":[{\"name\":\"a\",\"count\":801,\"input\":1}]}", "resources[0].properties.copy",
     "from '0' to '800'"},
    {"{\"copy\":[{\"name\":\"a\",\"count\":-1,\"input\":1}]}", "resources[0].properties.copy",
     "from '0' to '800'"},
    {"{\"copy\":[{\"name\":\"a\",\"count\":\"2\",\"input\":1}]}", "resources[0].properties.copy",
     "type 'String'"},
    {"{\"copy\":[{\"count\":1,\"input\":1}]}", "resources[0].properties.copy",
     "'name', 'count' and 'input' are required"},
    {"[\"[variables('a')]\",\"[variables('loop1')]\"]", "variables.loop1", "circular"},
};

static void failures_name_their_place(void **state)
{
    struct world w;

    (void)state;
    world_init(&w);
    w.scope.path = "resources[0].properties";
    for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
        struct base_error err = {0};
        cJSON *source = parse(failures[i].value);
        assert_null(arm_template_evaluate(&w.scope, source, &err));
        if (strcmp(err.target, failures[i].target) != 0 ||
            !strstr(err.message, failures[i].sentence)) {
            faults++;
            print_error("%s: \"%s\" \"%s\"\n", failures[i].value, err.target, err.message);
        }
        cJSON_Delete(source);
    }
    world_release(&w);
}

static void variables_are_evaluated_once_and_all(void **state)
{
    static const struct {
        const char *variables, *sentence; /* NULL: good */
    } cases[] = {
        {"{\"a\":1,\"b\":\"[variables('a')]\"}", NULL},
        {"{\"a\":\"[reference('x')]\"}", "'reference' is not expected at this location"},
        {"{\"a\":1,\"A\":2}", "is there twice"},
        {"[1]", "'variables' must be an object"},
        {"{\"copy\":[{\"count\":1}]}", "'name', 'count' and 'input' are required"},
        {"{\"copy\":[{\"name\":\"a\",\"count\":1}]}", "'name', 'count' and 'input' are required"},
        {"{\"a\":1,\"copy\":[{\"name\":\"A\",\"count\":1,\"input\":1}]}", "defined twice"},
    };
    struct world w;

    (void)state;
    world_init(&w);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct base_error err = {0};
        cJSON *source = arm_text_parse(cases[i].variables, strlen(cases[i].variables), &err);
        arm_variables_t *variables = source ? arm_variables_new(source, &w.scope, &err) : NULL;
        enum base_status status = variables ? arm_variables_all(variables, &err) : BASE_INVALID;
        if ((status == BASE_OK) != !cases[i].sentence ||
            (cases[i].sentence && !strstr(err.message, cases[i].sentence))) {
            faults++;
            print_error("%s: %s\n", cases[i].variables, err.message);
        }
        arm_variables_free(variables);
        cJSON_Delete(source);
    }
    world_release(&w);
}

static void checks_without_evaluating(void **state)
{
    static const struct {
        const char *value, *sentence;
    } cases[] = {
        {"{\"a\":\"[reference('x').y]\",\"b\":[\"[if(true(),fail('x'),parameters('text'))]\"]}",
         NULL},
        {"\"[map(parameters('array'),lambda('x',lambdaVariables('x')))]\"", NULL},
        {"\"[contoso.twice(parameters(concat('a','b')))]\"", NULL},
        {"\"[concat(nope())]\"", "'nope' is not valid"},
        {"\"[parameters('object')[nope()]]\"", "'nope' is not valid"},
        {"\"[if(true(),1,parameters('nope'))]\"", "parameter 'nope' is not found"},
        {"\"[variables('nope')]\"", "variable 'nope' is not found"},
        {"\"[add(1)]\"", "requires '2' arguments"},
        {"\"[contoso.twice()]\"", "requires '1' argument(s)"},
        {"\"[x.y()]\"", "'x.y' is not valid"},
        {"\"[utcNow()]\"", "not expected at this location"},
        {"{\"[nope()]\":1}", "'nope' is not valid"},
        {"{\"copy\":[{\"name\":\"a\",\"count\":\"[nope()]\",\"input\":1}]}", "'nope' is not valid"},
        {"{\"copy\":[{\"name\":\"a\",\"count\":1,\"input\":\"[nope()]\"}]}", "'nope' is not valid"},
        {"\"[concat(]\"", "Unable to parse"},
    };
    struct world w;

    (void)state;
    world_init(&w);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct base_error err = {0};
        cJSON *source = parse(cases[i].value);
        enum base_status status = arm_template_check(&w.scope, source, &err);
        if ((status == BASE_OK) != !cases[i].sentence ||
            (cases[i].sentence && !strstr(err.message, cases[i].sentence))) {
            faults++;
            print_error("%s: %s\n", cases[i].value, err.message);
        }
        cJSON_Delete(source);
    }
    world_release(&w);
}

static void note(void *context, const struct arm_template_reference *call)
{
    base_buf_printf(context, "%s(%s,%s,%s) ", call->function, call->id,
                    call->api_version ? call->api_version : "-", call->full ? "full" : "-");
}

static void references_are_found(void **state)
{
    static const struct {
        const char *value, *found;
    } cases[] = {
        {"{\"a\":[\"[reference('n').x]\"],\"b\":\"no\"}", "reference(n,-,-) "},
        {"\"[concat(reference(resourceId('Microsoft.X/"
         "a',parameters('name')),'1','Full').y,listKeys('s','2').k)]\"",
         "reference(" RG1 "/providers/Microsoft.X/a/ws1,1,full) listKeys(s,2,-) "},
        {"\"[if(false(),reference('a').x,reference(variables('a')))]\"",
         "reference(a,-,-) reference(abc!,-,-) "},
        {"\"[reference(reference('inner').id)]\"", "reference(inner,-,-) "},
        {"\"[map(parameters('array'),lambda('x',reference(string(lambdaVariables('x')))))]\"", ""},
        {"\"[reference(parameters('nope'))]\"", ""},
        {"\"[concat(]\"", ""},
        {"{\"copy\":[{\"name\":\"i\",\"count\":2,\"input\":\"[reference(concat('n',copyIndex('i')))"
         ".x]\"}]}",
         "reference(n0,-,-) reference(n1,-,-) "},
        {"\"[parameters('object')[reference('k').x]]\"", "reference(k,-,-) "},
        {"\"[references('loop')]\"", "references(loop,-,-) "},
    };
    struct world w;

    (void)state;
    world_init(&w);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct base_buf found = {0};
        cJSON *source = parse(cases[i].value);
        base_buf_puts(&found, "");
        arm_template_references(&w.scope, source, note, &found);
        if (strcmp(found.data, cases[i].found) != 0) {
            faults++;
            print_error("%s: %s, expected %s\n", cases[i].value, found.data, cases[i].found);
        }
        base_buf_release(&found);
        cJSON_Delete(source);
    }
    world_release(&w);
}

/* ---- limits ---- */

static char *repeat(const char *start, const char *part, size_t count, const char *end)
{
    struct base_buf out = {0};

    base_buf_puts(&out, start);
    for (size_t i = 0; i < count; i++)
        base_buf_puts(&out, part);
    base_buf_puts(&out, end);
    return base_buf_take(&out);
}

static void check_long(const struct world *w, char *expression, const char *sentence)
{
    struct base_error err = {0};
    char *printed = evaluate(&w->scope, expression, &err);

    if (!sentence != !!printed || (sentence && !strstr(err.message, sentence))) {
        faults++;
        print_error("%.40s...: %.60s%s\n", expression, printed ? printed : "", err.message);
    }
    free(printed);
    free(expression);
}

static void work_and_depth_are_bounded(void **state)
{
    struct world w;

    (void)state;
    world_init(&w);
    check_long(&w, repeat("concat(''", ",'a'", 6000, ")"), NULL);
    check_long(&w, repeat("concat(''", ",'a'", 6200, ")"), "limit '24576' exceeded");
    check_long(&w, repeat("", "not(", 100, "true()))))))))))))))"), "RightParenthesis");
    check_long(&w, repeat("", "array(", 4000, ""), "nested too deeply");
    check_long(&w, repeat("parameters('object')", ".b", 12000, ""), "doesn't exist");
    check_long(&w, repeat("createArray(1", ",createArray(1)", 1500, ")"), NULL);
    check_long(&w, base_strdup("map(range(0,10000),lambda('x',map(range(0,10000),lambda('y',1))))"),
               "too complex");
    check_long(&w,
               base_strdup("reduce(range(0,10000),'x',lambda('a','b',concat(lambdaVariables('a'),"
                           "lambdaVariables('a'))))"),
               "the maximum is");
    check_long(
        &w,
        base_strdup("reduce(range(0,10000),1,lambda('a','b',createArray(lambdaVariables('a'))))"),
        "nested more than '200' levels");
    check_long(
        &w,
        base_strdup(
            "length(reduce(range(0,1000),createArray(),lambda('a','b',concat(lambdaVariables('a'),"
            "createArray(lambdaVariables('b'))))))"),
        NULL);
    check_long(&w, base_strdup("length(union(range(0,10000),range(5000,10000)))"), NULL);
    check_long(
        &w,
        base_strdup("length(toObject(range(0,10000),lambda('x',string(lambdaVariables('x')))))"),
        NULL);
    check_long(&w, base_strdup("length(string(range(0,10000)))"), NULL);
    world_release(&w);
}

/* A chain of 250 variables, each of which needs the next. */
static void long_chains_of_variables(void **state)
{
    cJSON *source = cJSON_CreateObject();
    struct base_error err = {0};
    arm_variables_t *variables;
    struct world w;

    (void)state;
    world_init(&w);
    for (int i = 0; i < 250; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "v%d", i);
        cJSON_AddItemToObject(source, name, base_json_textf("[concat(variables('v%d'))]", i + 1));
    }
    cJSON_AddStringToObject(source, "v250", "end");
    variables = arm_variables_new(source, &w.scope, &err);
    assert_non_null(variables);
    if (!arm_variables_get(variables, "v0", &err))
        fail_msg("%s", err.message);
    assert_string_equal(cJSON_GetStringValue(arm_variables_get(variables, "V0", &err)), "end");
    arm_variables_free(variables);
    cJSON_Delete(source);
    world_release(&w);
}

/* Expressions with characters lost, doubled or changed never do worse than be refused. */
static void damaged_expressions(void **state)
{
    static const char *const seeds[] = {
        "[concat(parameters('text'),format('{0:D3}-{1,5}',7,'x'),string(variables('nested').y[0].i)"
        ")]",
        "[map(filter(range(0,9),lambda('x',less(lambdaVariables('x'),5))),lambda('y',resourceId('M."
        "X/a',string(1))))]",
        "[if(equals(parameters('object').?b[?'c'],null()),reference('a','1','Full'),parseCidr('10."
        "0.0.0/8').cidr)]",
        "[dateTimeAdd('2020-01-01T00:00:00Z','P1DT2H','yyyy ''x'' K')]",
        "[replace(uri('https://a.b/c/../"
        "d','e?f=1'),join(split('a,b',','),'-'),contoso.twice('z'))]"};
    static const char alphabet[] = "()[]'.,?{}0-9:a\\\" \xC3";
    base_random_t *random = base_random_new("template");
    struct world w;

    (void)state;
    world_init(&w);
    for (int round = 0; round < 4000; round++) {
        struct base_error err = {0};
        char *text = base_strdup(seeds[round % 5]);
        unsigned char dice[9];
        cJSON *value;
        base_random_bytes(random, dice, sizeof(dice));
        for (int i = 0; i < 1 + dice[0] % 3; i++) {
            size_t at = 1 + (dice[1 + i] * 256u + dice[4 + i]) % (strlen(text) - 2);
            if (dice[7] & 1 << i)
                text[at] = alphabet[dice[8] % (sizeof(alphabet) - 1)];
            else
                memmove(text + at, text + at + 1, strlen(text + at));
        }
        value = arm_template_evaluate_text(&w.scope, text, &err);
        if (!value == !err.status || (!value && !err.message[0])) {
            faults++;
            print_error("%s: %s\n", text, err.message);
        }
        cJSON_Delete(value);
        free(text);
    }
    base_random_free(random);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_any_shape),
        cmocka_unit_test(failures_name_their_place),
        cmocka_unit_test(variables_are_evaluated_once_and_all),
        cmocka_unit_test(checks_without_evaluating),
        cmocka_unit_test(references_are_found),
        cmocka_unit_test(work_and_depth_are_bounded),
        cmocka_unit_test(long_chains_of_variables),
        cmocka_unit_test(damaged_expressions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
