/* Decides how the bench's cloud comes up, and how a change is asked of its RP and waited for. */
#include "tests/bench/control.h"

#include "common/file.h"
#include "common/process.h"
#include "common/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_MS 120000 /* real */
#define ORIGIN_END 3   /* slashes before a URL's path */

static void tell(void *context, const char *what)
{
    (void)context;
    fprintf(stderr, "bench: %s\n", what);
}

/* What an operator chooses, laid over the cloud's configuration of the RP. */
static enum base_status write_overlay(const struct control *c, int64_t workers,
                                      struct base_error *err)
{
    char *text = base_asprintf(
        "{\"worker\":{\"threads\":%lld,\"pollMilliseconds\":%lld},\"frontend\":{\"pageSize\":100}}",
        (long long)workers, (long long)c->settings->poll_ms);
    enum base_status status = base_file_write(c->overlay, text, strlen(text), 0600, err);

    free(text);
    return status;
}

static enum base_status open_customer(struct control *c, struct base_error *err)
{
    const cJSON *customer = base_json_at(c->cloud.world.endpoints, "customer");

    c->arm = (struct az_arm){.az = c->cloud.world.az};
    free(c->group);
    c->group =
        base_asprintf("/subscriptions/%s/resourceGroups/%s",
                      base_json_text(customer, "subscription"), base_json_text(customer, "group"));
    return run_world_credential(&c->cloud.world, "customer", &c->arm.credential, err);
}

enum base_status control_cloud_make(struct control *c, int64_t workers, struct base_error *err)
{
    const struct run_cloud_config config = {.clock_rate = 1, .progress = tell};
    bool up = c->cloud.state_dir != NULL;

    if (up && run_cloud_rp_running(&c->cloud) && c->workers == workers)
        return BASE_OK;
    enum base_status status = write_overlay(c, workers, err);
    if (status != BASE_OK)
        return status;
    setenv("IOMT_RP_OVERLAY", c->overlay, 1);
    fprintf(stderr, "bench: an RP with %lld worker%s\n", (long long)workers,
            workers == 1 ? "" : "s");
    status = up ? run_cloud_rp_restart(&c->cloud, err) : run_cloud_start(&c->cloud, &config, err);
    if (status == BASE_OK && !up)
        status = open_customer(c, err);
    c->workers = workers;
    return status;
}

void control_cloud_stop(struct control *c)
{
    if (c->cloud.state_dir)
        run_cloud_stop(&c->cloud);
    free(c->group);
    c->group = NULL;
    c->workers = 0;
}

/* A fixture's text with the customer's names in it. */
static cJSON *body_of(const struct control *c, bool connector)
{
    const cJSON *customer = base_json_at(c->cloud.world.endpoints, "customer");
    static const char workspace[] = "{\"location\":\"westus2\",\"properties\":{}}";
    struct base_error err = {0};

    if (!connector)
        return base_json_parse(workspace, sizeof workspace - 1, &err);
    cJSON *body = base_json_load(BENCH_FIXTURES "/connector.json", &err);
    cJSON *source = base_json_at(body, "properties.ingestionEndpointConfiguration");
    if (!source)
        BUG("%s/connector.json: %s", BENCH_FIXTURES, err.message);
    base_json_set_text(source, "eventHubName", base_json_text(customer, "hub"));
    base_json_set_text(source, "fullyQualifiedEventHubNamespace",
                       base_json_text(customer, "namespace"));
    return body;
}

/* "https://host/path?query" -> "/path" */
static void keep_path(const char *url, struct control_operation *out)
{
    for (int slashes = 0; *url; url++) {
        slashes += *url == '/';
        if (slashes == ORIGIN_END)
            break;
    }
    snprintf(out->path, sizeof out->path, "%.*s", (int)strcspn(url, "?"), url);
}

enum base_status control_ask(struct control *c, const char *method, const char *workspace,
                             const char *connector, struct control_operation *out,
                             struct base_error *err)
{
    char *id =
        base_asprintf("%s/providers/Microsoft.HealthcareApis/workspaces/%s%s%s", c->group,
                      workspace, connector ? "/iotconnectors/" : "", connector ? connector : "");
    cJSON *body = strcmp(method, "PUT") ? NULL : body_of(c, connector != NULL);
    struct az_arm_operation operation;
    enum base_status status =
        az_arm_write(&c->arm, method, id, CONTROL_VERSION, body, NULL, &operation, err);

    *out = (struct control_operation){0};
    if (status == BASE_OK && !operation.status_body)
        status = base_error_set(err, BASE_PROTOCOL, NULL, "%s %s gave no operation to look at",
                                method, id);
    if (status == BASE_OK)
        keep_path(operation.url, out);
    cJSON_Delete(body);
    free(id);
    return status;
}

static enum base_status read_end(struct control_operation *operation, const cJSON *body,
                                 struct base_error *err)
{
    const char *status = base_json_text(body, "status"),
               *message = base_json_text(body, "error.message");

    if (!base_equal(status, "Succeeded"))
        return base_error_set(err, BASE_UNAVAILABLE, NULL, "an operation ended %s: %s",
                              status ? status : "without status", message ? message : "");
    if (!base_time_parse(base_json_text(body, "startTime"), &operation->began_ms) ||
        !base_time_parse(base_json_text(body, "endTime"), &operation->ended_ms))
        return base_error_set(err, BASE_PROTOCOL, NULL, "an operation that does not say its times");
    return BASE_OK;
}

enum base_status control_await(struct control *c, struct control_operation *operation, int real_ms,
                               struct base_error *err)
{
    int64_t until = base_monotonic_ms() + WAIT_MS;
    enum base_status status = BASE_OK;
    bool done = false;

    while (!done && status == BASE_OK) {
        cJSON *body = NULL;
        status = az_arm_get(&c->arm, operation->path, CONTROL_VERSION, &body, err);
        done = status == BASE_OK && !base_equal(base_json_text(body, "status"), "InProgress");
        if (done)
            status = read_end(operation, body, err);
        cJSON_Delete(body);
        if (!done && status == BASE_OK && base_stop_wait(real_ms))
            status = base_error_set(err, BASE_CANCELED, NULL, "interrupted");
        if (!done && status == BASE_OK && base_monotonic_ms() > until)
            status = base_error_set(err, BASE_TIMEOUT, NULL, "%s is still under way after %d s",
                                    operation->path, WAIT_MS / 1000);
    }
    return status;
}

enum base_status control_do(struct control *c, const char *method, const char *workspace,
                            const char *connector, struct base_error *err)
{
    struct control_operation operation;
    enum base_status status = control_ask(c, method, workspace, connector, &operation, err);

    return status == BASE_OK ? control_await(c, &operation, 5, err) : status;
}
