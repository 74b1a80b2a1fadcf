/* Holds how the programs behave whose way out is shut: a proxy that nobody serves is named in one line and tried again, SIGTERM ends
 * every kind of waiting with 0 in a bounded time, wrong settings with 2 and a sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/http_server.h"
#include "common/process.h"
#include "common/stream.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 30000 /* real: a loaded machine */
#define WORDS 40

static const char *const given[] = {
    "InputEventHub__EventHubNamespaceFQDN=in.servicebus.windows.net",
    "InputEventHub__EventHubName=telemetry",
    "NormalizationEventHub__EventHubNamespaceFQDN=n.servicebus.windows.net",
    "NormalizationEventHub__EventHubName=normalized",
    "EventBatching__FlushTimespan=1",
    "EventBatching__MaxEvents=20",
    "Checkpoint__BlobPrefix=c1",
    "CheckpointStorage__BlobStorageContainerUri=https://a.blob.core.windows.net/checkpoint",
    "TemplateStorage__BlobStorageContainerUri=https://a.blob.core.windows.net/template",
    "Template__DeviceContent=d.json",
    "Template__FhirMapping=f.json",
    "FhirService__Url=https://f.azurehealthcareapis.com",
    "NO_PROXY=127.0.0.1",
    "IOMT_CLOCK=20@1709629200000",
};
static const char *const external[] = {
    "ExternalIdentity__KeyVaultCertificateUri=https://kv.vault.azure.net/secrets/c1",
    "ExternalIdentity__ClientId=11111111-1111-1111-1111-111111111111",
    "ExternalIdentity__TenantId=22222222-2222-2222-2222-222222222222",
};

struct program { /* one running pod */
    const char *name;
    bool with_certificate;
    const char *more; /* one further word; NULL: none */
    pid_t pid;
    char log[64];
};

static base_http_server_t *tokens; /* gives every identity a token */

static void give_token(void *context, const struct base_http_request *request,
                       struct base_http_response *response)
{
    (void)context;
    (void)request;
    base_http_answer_json_take(
        response, 200,
        cJSON_Parse("{\"access_token\":\"t\",\"expires_in\":\"86400\",\"token_type\":\"Bearer\"}"));
}

/* `port`: of the proxy. */
static void start(struct program *program, int port)
{
    char path[512], proxy[64], authority[96];
    const char *argv[] = {path, NULL}, *env[WORDS] = {NULL};
    struct base_spawn spawn = {.argv = argv, .env = env};
    struct base_error err = {0};
    size_t count = 0;

    (void)snprintf(path, sizeof path, "%s/%s", TEST_BIN, program->name);
    (void)snprintf(proxy, sizeof proxy, "HTTPS_PROXY=http://127.0.0.1:%d", port);
    (void)snprintf(authority, sizeof authority,
                   "AZURE_POD_IDENTITY_AUTHORITY_HOST=http://127.0.0.1:%d",
                   base_http_server_port(tokens));
    (void)snprintf(program->log, sizeof program->log, "/tmp/pod-log-XXXXXX");
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        env[count++] = given[i];
    for (size_t i = 0; program->with_certificate && i < sizeof external / sizeof *external; i++)
        env[count++] = external[i];
    env[count++] = proxy;
    env[count++] = authority;
    env[count++] = program->more;
    spawn.stdout_fd = spawn.stderr_fd = mkstemp(program->log);
    assert_true(spawn.stderr_fd >= 0);
    if (base_process_spawn(&spawn, &program->pid, &err) != BASE_OK)
        fail_msg("%s: %s", path, err.message);
    (void)close(spawn.stderr_fd);
}

static char *read_log(const struct program *program)
{
    static char text[65536];
    FILE *file = fopen(program->log, "r");
    size_t len = file ? fread(text, 1, sizeof text - 1, file) : 0;

    if (file)
        (void)fclose(file);
    text[len] = '\0';
    return text;
}

static void wait_for_log(const struct program *program, const char *what)
{
    static const struct base_clock real = {.rate = 1};
    int64_t end = base_monotonic_ms() + PATIENCE_MS;

    while (!strstr(read_log(program), what)) {
        if (base_monotonic_ms() > end)
            fail_msg("%s never said \"%s\": %s", program->name, what, read_log(program));
        base_clock_sleep(&real, 10);
    }
}

static int count_lines(const char *text, const char *what)
{
    int count = 0;

    for (text = strstr(text, what); text; text = strstr(text + 1, what))
        count++;
    return count;
}

/* SIGTERM; it must end with 0 within most_ms. */
static void stop(struct program *program, int most_ms)
{
    int status = -1;

    assert_int_equal(kill(program->pid, SIGTERM), 0);
    if (!base_process_wait(program->pid, most_ms, &status)) {
        base_process_stop(program->pid, false, 0, &status);
        fail_msg("%s did not end in %d ms: %s", program->name, most_ms, read_log(program));
    }
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_non_null(strstr(read_log(program), "\"stopped\""));
    (void)unlink(program->log);
}

static const struct program kinds[] = {
    {.name = "iomt-normalization"},
    {.name = "iomt-normalization", .with_certificate = true},
    {.name = "iomt-destination", .with_certificate = true},
};

static void test_a_proxy_that_nobody_serves(void **state)
{
    char says[64];
    int port;

    (void)state;
    (void)close(base_listen(NULL, 0, &port, NULL));
    (void)snprintf(says, sizeof says, "through the proxy http://127.0.0.1:%d)", port);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct program program = kinds[i];
        start(&program, port);
        wait_for_log(&program, "attempt 4");
        if (count_lines(read_log(&program), "attempt 1:") != 1 || !strstr(read_log(&program), says))
            fail_msg("%s: %s", program.name, read_log(&program));
        stop(&program, PATIENCE_MS);
    }
}

/* It takes the connection and never says a word; only the first line of the log tells that the pod waits. */
static void test_a_silent_proxy_does_not_hold_a_stop(void **state)
{
    static const struct base_clock real = {.rate = 1};
    int port, fd = base_listen(NULL, 0, &port, NULL);

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct program program = kinds[i];
        start(&program, port);
        base_clock_sleep(&real, 300);
        stop(&program, 12000);
    }
    (void)close(fd);
}

static void test_wrong_settings_end_with_two(void **state)
{
    static const char *const words[][2] = {
        {"PartitionLocking__Enabled=true", "ownership blobs"},
        {"CollectorOptions__UseCompressionOnSend=zip", "true or false"},
        {"NormalizationService__ErrorHandlingPolicy=Ignore", "Retry or"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct program program = {.name = "iomt-normalization", .more = words[i][0]};
        int status;
        start(&program, 1);
        assert_true(base_process_wait(program.pid, PATIENCE_MS, &status));
        assert_int_equal(WEXITSTATUS(status), 2);
        assert_non_null(strstr(read_log(&program), words[i][1]));
        (void)unlink(program.log);
    }
}

static int set_up(void **state)
{
    struct base_http_listen listen = {.handler = give_token};
    struct base_error err = {0};

    (void)state;
    tokens = base_http_server_start(&listen, &err);
    return tokens ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    base_http_server_stop(tokens);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_proxy_that_nobody_serves),
        cmocka_unit_test(test_a_silent_proxy_does_not_hold_a_stop),
        cmocka_unit_test(test_wrong_settings_end_with_two),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
