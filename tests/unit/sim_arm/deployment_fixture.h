/* What tests of deployments share: a template written with single quotes, and waiting for the end. */
#ifndef TEST_SIM_ARM_DEPLOYMENT_FIXTURE_H
#define TEST_SIM_ARM_DEPLOYMENT_FIXTURE_H

#include "tests/unit/sim_arm/fixture.h"

#define D RG "/providers/Microsoft.Resources/deployments/"
#define SCHEMA                                                                                     \
    "'$schema':'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#'"
#define T(members) "{" SCHEMA ",'contentVersion':'1.0.0.0'," members "}"
#define BOX(name, more)                                                                            \
    "{'type':'Contoso.Kit/boxes','apiVersion':'2022-01-01','name':'" name                          \
    "','location':'westus2'" more "}"
#define BOX_ID(name) RG "/providers/Contoso.Kit/boxes/" name
#define unit(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
#define WAIT_MS 20000 /* real; for a failure only */

/* 'x' -> "x", \' -> ': templates are easier to read so. */
static __attribute__((unused)) char *quoted(const char *text)
{
    struct base_buf out = {0};

    for (; *text; text++) {
        if (*text == '\\' && text[1] == '\'')
            base_buf_putc(&out, *++text);
        else
            base_buf_putc(&out, *text == '\'' ? '"' : *text);
    }
    return base_buf_take(&out);
}

/* Sends PUT {id}, POST {id}/validate, ... with a whole properties object; returns the status. */
static __attribute__((unused)) int send_properties(struct fixture *f, const char *token,
                                                   const char *method, const char *target,
                                                   const char *properties)
{
    char *text = base_asprintf("{'properties':%s}", properties), *body = quoted(text);
    int status = send_as(f, token, method, target, body);

    free(text);
    free(body);
    return status;
}

static __attribute__((unused)) int put_template_mode(struct fixture *f, const char *name,
                                                     const char *template, const char *parameters,
                                                     const char *mode)
{
    char *properties =
        base_asprintf("{'mode':'%s','template':%s,'parameters':%s}", mode, template, parameters);
    char *target = base_asprintf(D "%s?" R, name);
    int status = send_properties(f, f->owner, "PUT", target, properties);

    free(properties);
    free(target);
    return status;
}

static __attribute__((unused)) int put_template(struct fixture *f, const char *name,
                                                const char *template, const char *parameters)
{
    return put_template_mode(f, name, template, parameters, "Incremental");
}

/* The deployment at its end is the last answer afterwards. */
static __attribute__((unused)) void await_id(struct fixture *f, const char *id, const char *wanted)
{
    char *target = base_asprintf("%s?" R, id);
    int64_t until = base_monotonic_ms() + WAIT_MS;
    const char *now;

    for (;;) {
        assert_status(f, ask(f, "GET", target, NULL), 200);
        now = base_json_text(f->body, "properties.provisioningState");
        if (strcmp(now, "Accepted") && strcmp(now, "Running"))
            break;
        if (base_monotonic_ms() > until)
            fail_msg("%s is still %s", id, now);
        base_clock_sleep(&f->clock, 5);
    }
    free(target);
    if (strcmp(now, wanted))
        fail_msg("%s ended %s: %s", id, now, f->response.body.data);
}

static __attribute__((unused)) void await_deployment(struct fixture *f, const char *name,
                                                     const char *wanted)
{
    char *id = base_asprintf(D "%s", name);

    await_id(f, id, wanted);
    free(id);
}

static __attribute__((unused)) void deploy(struct fixture *f, const char *name,
                                           const char *template)
{
    int status = put_template(f, name, template, "{}");

    if (status != 200 && status != 201)
        fail_msg("%s answered %d: %s", name, status, f->response.body.data);
    await_deployment(f, name, "Succeeded");
}

static __attribute__((unused)) bool box_there(struct fixture *f, const char *name)
{
    char *target = base_asprintf(RG "/providers/Contoso.Kit/boxes/%s?api-version=2022-01-01", name);
    int status = ask(f, "GET", target, NULL);

    free(target);
    return status == 200;
}

#endif
