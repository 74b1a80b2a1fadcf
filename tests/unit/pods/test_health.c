/* Holds what /healthz says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reference/pods/health.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_healthz)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
