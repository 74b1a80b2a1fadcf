/* Holds what /healthz and /metrics say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reference/pods/health.h"

#include <stdio.h>
#include <string.h>

static int ask(struct pod *pod, const char *method, const char *path, struct base_buf *body)
{
    struct base_http_request request = {.method = method, .path = path, .query = ""};
    struct base_http_response response = {0};
    int status;

    pod_health_handle(pod, &request, &response);
    status = response.status;
    base_buf_clear(body);
    base_buf_append(body, response.body.data, response.body.len);
    base_http_response_release(&response);
    return status;
}

static void test_healthz(void **state)
{
    static struct pod pod;
    struct base_buf body = {0};

    (void)state;
    pod_count(&pod, POD_POISONED, 2);
    assert_int_equal(ask(&pod, "GET", "/healthz", &body), 200);
    assert_non_null(strstr(body.data, "\"state\":\"starting\""));
    assert_non_null(strstr(body.data, "\"poisoned\":2"));
    atomic_store(&pod.running, true);
    (void)ask(&pod, "GET", "/healthz", &body);
    assert_non_null(strstr(body.data, "\"state\":\"running\""));
    assert_int_equal(ask(&pod, "GET", "/", &body), 404);
    assert_int_equal(ask(&pod, "POST", "/healthz", &body), 405);
    base_buf_release(&body);
}

static void says(const struct base_buf *text, const char *line)
{
    if (!strstr(text->data, line))
        fail_msg("\"%s\" is not in:\n%s", line, text->data);
}

static void test_metrics(void **state)
{
    static struct pod pod;
    struct base_buf body = {0};

    (void)state;
    pod_metrics_init(&pod.metrics);
    pod.settings.kind = POD_NORMALIZATION;
    pod_metrics_add(&pod.metrics, "0", POD_METRIC_EVENTS, 3, 1);
    pod_metrics_add(&pod.metrics, "1", POD_METRIC_EVENTS, 4, 1);
    pod_metrics_add(&pod.metrics, "0", POD_METRIC_LATENCY, 1500, 2);
    pod_metrics_set(&pod.metrics, "0", POD_METRIC_LAST_DONE, 7);
    pod_metrics_set(&pod.metrics, "0", POD_METRIC_LAST_ENQUEUED, 9);
    pod_metrics_exception(&pod.metrics, "0", "Bad\"Name", true);
    for (int i = 0; i < 100; i++) { /* names that never end are counted together */
        char name[32];
        (void)snprintf(name, sizeof name, "Exception%d", i);
        pod_metrics_exception(&pod.metrics, "1", name, false);
    }
    assert_int_equal(ask(&pod, "GET", "/metrics", &body), 200);
    base_buf_putc(&body, '\0');
    says(&body, "# TYPE DeviceEvent counter\n");
    says(&body, "\nDeviceEvent{partition=\"0\"} 3\n");
    says(&body, "\nDeviceEvent{partition=\"1\"} 4\n");
    says(&body, "\nDeviceEventProcessingLatency_sum{partition=\"0\"} 1.500\n");
    says(&body, "\nDeviceEventProcessingLatencyMs_count{partition=\"0\"} 2\n");
    says(&body, "\niomt_lag_events{partition=\"0\"} 2\n");
    says(&body, "\nHandledException{partition=\"0\",name=\"Bad\\\"Name\"} 1\n");
    says(&body, "\nUnhandledException{partition=\"1\",name=\"other\"} 69\n");
    assert_null(strstr(body.data, "FhirResourceSaved"));
    assert_null(strstr(body.data, "iomt_lag_events{partition=\"1\""));
    pod.settings.kind = POD_DESTINATION;
    pod_metrics_add(&pod.metrics, "0", POD_METRIC_UPDATED, 5, 1);
    (void)ask(&pod, "GET", "/metrics", &body);
    base_buf_putc(&body, '\0');
    says(&body, "\nFhirResourceSaved{partition=\"0\",operation=\"updated\"} 5\n");
    assert_null(strstr(body.data, "DeviceEvent{"));
    assert_int_equal(ask(&pod, "POST", "/metrics", &body), 405);
    base_buf_release(&body);
    pod_metrics_release(&pod.metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_healthz),
                                       cmocka_unit_test(test_metrics)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
