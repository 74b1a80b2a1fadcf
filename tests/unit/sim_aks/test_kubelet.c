/* The kubelet: containers are child processes that start, fail, are restarted, log, and stop, and none is left behind. */
#include "fixture.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#define PODS "/api/v1/namespaces/default/pods"
#define IMAGES "sh=/bin/sh\nregistry.example/named=/bin/sh\nmissing=/nonexistent/program\n"

static struct lab *lab;

static void open_lab(double rate, const char *state_dir)
{
    lab = lab_open(&(struct lab_config){.rate = rate, .images = IMAGES, .state_dir = state_dir});
    await_field(lab, "/api/v1/namespaces/default/serviceaccounts", "default",
                "metadata.name=default");
}

static int set_up(void **state)
{
    (void)state;
    open_lab(1, NULL);
    return 0;
}

static int set_up_fast(void **state)
{
    (void)state;
    open_lab(200, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    lab_close(lab);
    return 0;
}

/* A pod of one container that runs a shell script ("$$" reaches the shell as "$", as in Kubernetes). `more`: further members of the spec, with a comma first; `container`:
 * of the container. */
static void make_pod(const char *name, const char *script, const char *more, const char *container)
{
    cJSON *quoted = cJSON_CreateString(script);
    char *text = base_json_print(quoted);
    char *body = base_asprintf("{\"metadata\":{\"name\":\"%s\"},\"spec\":{\"containers\":[{"
                               "\"name\":\"c\",\"image\":\"sh:1\",\"args\":[\"-c\",%s]"
                               "%s}]%s}}",
                               name, text, container, more);
    assert_int_equal(api_status(lab, "POST", PODS, body), 201);
    free(body);
    free(text);
    cJSON_Delete(quoted);
}

static char *log_of(const char *name, const char *query)
{
    char *path = base_asprintf(PODS "/%s/log%s", name, query);
    struct answer answer = api(lab, "GET", path, NULL);
    char *text = base_buf_take(&answer.text);

    assert_int_equal(answer.status, 200);
    answer_release(&answer);
    free(path);
    return text;
}

static void assert_log(const char *name, const char *query, const char *wanted)
{
    char *text = log_of(name, query);

    assert_string_equal(text, wanted);
    free(text);
}

/* The number a script printed as the first word of its log, as soon as it is there. */
static pid_t pid_in_log(const char *name)
{
    pid_t pid = 0;

    while (!pid) {
        char *text = log_of(name, "");
        pid = (pid_t)atoi(text);
        free(text);
        sched_yield();
    }
    assert_true(pid > 1);
    return pid;
}

/* Running is said before the program has come to its first line. */
static void await_log(const char *path, const char *text)
{
    bool there = false;

    while (!there) {
        struct answer log = api(lab, "GET", path, NULL);
        there = log.status == 200 && log.text.data && strstr(log.text.data, text);
        answer_release(&log);
        sched_yield();
    }
}

static bool has_event(const cJSON *object, const void *what)
{
    const char *reason = base_json_text(object, "reason");

    return reason && strcmp(reason, what) == 0;
}

static void await_event(const char *pod, const char *reason)
{
    char *selector = base_asprintf("fieldSelector=involvedObject.name%%3D%s", pod);

    cJSON_Delete(await(lab, "/api/v1/namespaces/default/events", selector, has_event, reason));
    free(selector);
}

static void test_runs_to_its_end(void **state)
{
    (void)state;
    make_pod("done", "echo one; echo two; echo three >&2", ",\"restartPolicy\":\"Never\"", "");
    await_field(lab, PODS, "done", "status.phase=Succeeded");
    assert_log("done", "", "one\ntwo\nthree\n");
    assert_log("done", "?tailLines=2", "two\nthree\n");
    assert_log("done", "?tailLines=0", "");
    assert_log("done", "?limitBytes=5", "one\nt");
    assert_log("done", "?follow=true", "one\ntwo\nthree\n");
    struct answer pod = api(lab, "GET", PODS "/done", NULL);
    assert_string_equal(
        base_json_text(pod.body, "status.containerStatuses.0.state.terminated.reason"),
        "Completed");
    assert_int_equal(
        base_json_number(pod.body, "status.containerStatuses.0.state.terminated.exitCode", -1), 0);
    assert_int_equal(base_json_number(pod.body, "status.containerStatuses.0.restartCount", -1), 0);
    assert_non_null(base_json_text(pod.body, "spec.nodeName"));
    answer_release(&pod);
    await_event("done", "Scheduled");
    await_event("done", "Started");
}

static void test_failure_without_restart(void **state)
{
    (void)state;
    make_pod("failed", "exit 3", ",\"restartPolicy\":\"Never\"", "");
    await_field(lab, PODS, "failed", "status.phase=Failed");
    await_field(lab, PODS, "failed", "status.containerStatuses.0.state.terminated.exitCode=3");
    make_pod("killed", "kill -9 $$$$", ",\"restartPolicy\":\"Never\"", "");
    await_field(lab, PODS, "killed", "status.containerStatuses.0.state.terminated.signal=9");
    await_field(lab, PODS, "killed", "status.containerStatuses.0.state.terminated.exitCode=137");
}

/* On a clock 200 times as fast: 10 s, 20 s and 40 s of back-off are 350 ms. */
static void test_crash_loop(void **state)
{
    (void)state;
    make_pod("crash", "echo run; exit 1", "", "");
    await_field(lab, PODS, "crash",
                "status.containerStatuses.0.state.waiting.reason=CrashLoopBackOff");
    await_event("crash", "BackOff");
    await_field(lab, PODS, "crash", "status.containerStatuses.0.restartCount=4");
    struct answer pod = api(lab, "GET", PODS "/crash", NULL);
    assert_int_equal(
        base_json_number(pod.body, "status.containerStatuses.0.lastState.terminated.exitCode", -1),
        1);
    assert_string_equal(base_json_text(pod.body, "status.phase"), "Running");
    answer_release(&pod);
    assert_log("crash", "?previous=true", "run\n");
    assert_int_equal(api_status(lab, "DELETE", PODS "/crash", NULL), 200);
    cJSON_Delete(await(lab, PODS, "fieldSelector=metadata.name%3Dcrash", is_gone, NULL));
}

static void test_environment(void **state)
{
    (void)state;
    assert_int_equal(
        api_status(
            lab, "POST", "/api/v1/namespaces/default/secrets",
            "{\"metadata\":{\"name\":\"s\"},\"stringData\":{\"key\":\"hush\",\"other\":\"o\"}}"),
        201);
    assert_int_equal(api_status(lab, "POST", "/api/v1/namespaces/default/configmaps",
                                "{\"metadata\":{\"name\":\"m\"},\"data\":{\"key\":\"plain\"}}"),
                     201);
    make_pod(
        "env", "echo $S $M $N $X $Y [$OPTIONAL] $P_other $HOSTNAME $NO_PROXY",
        ",\"restartPolicy\":\"Never\"",
        ",\"env\":[{\"name\":\"S\",\"valueFrom\":{\"secretKeyRef\":{\"name\":\"s\",\"key\":\"key\"}"
        "}},"
        "{\"name\":\"M\",\"valueFrom\":{\"configMapKeyRef\":{\"name\":\"m\",\"key\":\"key\"}}},"
        "{\"name\":\"N\",\"valueFrom\":{\"fieldRef\":{\"fieldPath\":\"metadata.namespace\"}}},"
        "{\"name\":\"X\",\"value\":\"<$(S)-$(M)>\"},{\"name\":\"Y\",\"value\":\"$(UNKNOWN)-$$(S)\"}"
        ","
        "{\"name\":\"OPTIONAL\",\"valueFrom\":{\"secretKeyRef\":{\"name\":\"no\",\"key\":\"k\","
        "\"optional\":true}}}],"
        "\"envFrom\":[{\"prefix\":\"P_\",\"secretRef\":{\"name\":\"s\"}}]");
    await_field(lab, PODS, "env", "status.phase=Succeeded");
    assert_log("env", "",
               "hush plain default <hush-plain> $(UNKNOWN)-$(S) [] o env 127.0.0.1,localhost\n");
}

static void test_missing_secret_heals(void **state)
{
    (void)state;
    make_pod("waits", "echo $S", ",\"restartPolicy\":\"Never\"",
             ",\"env\":[{\"name\":\"S\",\"valueFrom\":{\"secretKeyRef\":{\"name\":\"late\",\"key\":"
             "\"key\"}}}]");
    await_field(lab, PODS, "waits",
                "status.containerStatuses.0.state.waiting.reason=CreateContainerConfigError");
    await_field(lab, PODS, "waits",
                "status.containerStatuses.0.state.waiting.message=secret \"late\" not found");
    await_field(lab, PODS, "waits", "status.phase=Pending");
    assert_int_equal(
        api_status(lab, "POST", "/api/v1/namespaces/default/secrets",
                   "{\"metadata\":{\"name\":\"late\"},\"stringData\":{\"key\":\"here\"}}"),
        201);
    await_field(lab, PODS, "waits", "status.phase=Succeeded");
    assert_log("waits", "", "here\n");
}

static void test_images(void **state)
{
    (void)state;
    assert_int_equal(api_status(lab, "POST", PODS,
                                "{\"metadata\":{\"name\":\"unknown\"},\"spec\":{\"containers\":[{"
                                "\"name\":\"c\",\"image\":"
                                "\"nosuch:1\"}]}}"),
                     201);
    await_field(lab, PODS, "unknown",
                "status.containerStatuses.0.state.waiting.reason=ErrImagePull");
    await_field(lab, PODS, "unknown",
                "status.containerStatuses.0.state.waiting.reason=ImagePullBackOff");
    struct answer waiting = api(lab, "GET", PODS "/unknown/log", NULL);
    assert_int_equal(waiting.status, 400);
    answer_release(&waiting);
    assert_int_equal(api_status(lab, "POST", PODS,
                                "{\"metadata\":{\"name\":\"named\"},\"spec\":{\"restartPolicy\":"
                                "\"Never\",\"containers\":[{\"name\":\"c\",\"image\":"
                                "\"registry.example/named@sha256:00\",\"command\":[\"/bin/"
                                "sh\",\"-c\",\"echo by name\"]}]}}"),
                     201);
    await_field(lab, PODS, "named", "status.phase=Succeeded");
    assert_log("named", "", "by name\n");
    assert_int_equal(api_status(lab, "POST", PODS,
                                "{\"metadata\":{\"name\":\"broken\"},\"spec\":{\"restartPolicy\":"
                                "\"Never\",\"containers\":[{"
                                "\"name\":\"c\",\"image\":\"missing\"}]}}"),
                     201);
    await_field(lab, PODS, "broken", "status.containerStatuses.0.state.terminated.exitCode=127");
}

static bool alive(pid_t pid)
{
    return kill(pid, 0) == 0 || errno != ESRCH;
}

static void test_graceful_stop(void **state)
{
    (void)state;
    make_pod("polite", "trap 'echo bye; exit 0' TERM; echo $$$$; while :; do sleep 0.05; done", "",
             "");
    await_field(lab, PODS, "polite", "status.conditions.1.status=True");
    struct answer followed;
    pid_t pid = pid_in_log("polite");
    struct answer deleted = api(lab, "DELETE", PODS "/polite", NULL);
    assert_int_equal(deleted.status, 200);
    assert_int_equal(base_json_number(deleted.body, "metadata.deletionGracePeriodSeconds", -1), 30);
    answer_release(&deleted);
    followed = api(lab, "GET", PODS "/polite/log?follow=true", NULL);
    if (followed.status == 200)
        assert_non_null(strstr(followed.text.data, "bye\n"));
    answer_release(&followed);
    cJSON_Delete(await(lab, PODS, "fieldSelector=metadata.name%3Dpolite", is_gone, NULL));
    assert_false(alive(pid));
}

/* Neither the process nor its child listens to SIGTERM: both go with the group. */
static void test_stuck_group_is_killed(void **state)
{
    (void)state;
    make_pod("stuck",
             "trap '' TERM; sh -c 'trap \"\" TERM; echo $$$$; while :; do sleep 0.1; done' & while "
             ":; do sleep 0.1; done",
             ",\"terminationGracePeriodSeconds\":1", "");
    await_field(lab, PODS, "stuck", "status.phase=Running");
    pid_t child = pid_in_log("stuck");
    int64_t before = base_monotonic_ms();
    assert_int_equal(api_status(lab, "DELETE", PODS "/stuck", NULL), 200);
    cJSON_Delete(await(lab, PODS, "fieldSelector=metadata.name%3Dstuck", is_gone, NULL));
    assert_true(base_monotonic_ms() - before >= 1900); /* at least 2 s to leave */
    while (alive(child))                               /* it is init's to reap */
        sched_yield();
}

static void test_unready_without_probe_answer(void **state)
{
    (void)state;
    make_pod("probed", "echo up; while :; do sleep 0.1; done", "",
             ",\"readinessProbe\":{\"httpGet\":{\"path\":\"/"
             "health\",\"port\":0},\"failureThreshold\":1}");
    await_event("probed", "Unhealthy");
    await_field(lab, PODS, "probed", "status.phase=Running");
    struct answer pod = api(lab, "GET", PODS "/probed", NULL);
    assert_string_equal(base_json_text(pod.body, "status.phase"), "Running");
    assert_false(base_json_true(pod.body, "status.containerStatuses.0.ready"));
    answer_release(&pod);
}

static void test_liveness_restarts(void **state)
{
    (void)state;
    make_pod("deaf", "echo up; while :; do sleep 0.1; done", "",
             ",\"livenessProbe\":{\"tcpSocket\":{\"port\":1},\"failureThreshold\":1}");
    await_field(lab, PODS, "deaf", "status.containerStatuses.0.restartCount=1");
    await_event("deaf", "Killing");
}

static void test_init_containers_come_first(void **state)
{
    (void)state;
    assert_int_equal(
        api_status(lab, "POST", PODS,
                   "{\"metadata\":{\"name\":\"init\"},\"spec\":{\"restartPolicy\":\"Never\","
                   "\"initContainers\":[{\"name\":\"first\",\"image\":\"sh\","
                   "\"args\":[\"-c\",\"echo "
                   "first\"]}],\"containers\":[{\"name\":\"c\",\"image\":\"sh\",\"args\":[\"-c\","
                   "\"echo second\"]}]}}"),
        201);
    await_field(lab, PODS, "init", "status.phase=Succeeded");
    await_field(lab, PODS, "init", "status.initContainerStatuses.0.state.terminated.exitCode=0");
    assert_log("init", "", "second\n");
}

static const char deployment[] =
    "{\"metadata\":{\"name\":\"web\",\"annotations\":{\"iomt.azure.com/owner\":\"/the/"
    "connector\"}},\"spec\":{\"replicas\":3,\"selector\":{"
    "\"matchLabels\":{\"app\":\"web\"}},\"template\":{\"metadata\":{\"labels\":{\"app\":\"web\"}},"
    "\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":"
    "\"sh:1\",\"args\":[\"-c\",\"while :; do sleep 0.1; done\"]}]}}}}";
#define DEPLOYMENTS "/apis/apps/v1/namespaces/default/deployments"

static void test_deployment_rolls(void **state)
{
    (void)state;
    assert_int_equal(api_status(lab, "POST", DEPLOYMENTS, deployment), 201);
    await_field(lab, DEPLOYMENTS, "web", "status.availableReplicas=3");
    assert_int_equal(
        api_status(
            lab, "PATCH", DEPLOYMENTS "/web",
            "{\"spec\":{\"template\":{\"metadata\":{\"annotations\":{\"restart\":\"now\"}}}}}"),
        200);
    await_field(lab, DEPLOYMENTS, "web", "status.observedGeneration=2");
    await_field(lab, DEPLOYMENTS, "web", "status.conditions.1.reason=NewReplicaSetAvailable");
    await_field(lab, DEPLOYMENTS, "web", "status.replicas=3");
    cJSON *pods = sim_view_get(lab->world, "pods");
    assert_true(cJSON_GetArraySize(pods) >= 3);
    assert_string_equal(base_json_text(pods, "0.owner"), "/the/connector");
    cJSON_Delete(pods);
    assert_int_equal(
        api_status(lab, "DELETE", DEPLOYMENTS "/web", "{\"propagationPolicy\":\"Foreground\"}"),
        200);
    cJSON_Delete(await(lab, DEPLOYMENTS, "", is_gone, NULL));
    struct answer left = api(lab, "GET", PODS, NULL);
    assert_int_equal(cJSON_GetArraySize(base_json_at(left.body, "items")), 0);
    answer_release(&left);
}

static void test_namespace_goes_with_its_pods(void **state)
{
    /* the pod does not hear SIGTERM: the namespace stays as long as its grace, at least 2 s */
    (void)state;
    assert_int_equal(
        api_status(lab, "POST", "/api/v1/namespaces", "{\"metadata\":{\"name\":\"n\"}}"), 201);
    await_field(lab, "/api/v1/namespaces/n/serviceaccounts", "default", "metadata.name=default");
    assert_int_equal(api_status(lab, "POST", "/api/v1/namespaces/n/pods",
                                "{\"metadata\":{\"name\":\"p\"},\"spec\":{"
                                "\"terminationGracePeriodSeconds\":2,\"containers\":[{"
                                "\"name\":\"c\",\"image\":\"sh\",\"args\":[\"-c\",\"trap '' "
                                "TERM; echo deaf; while :; do sleep 0.05; done\"]}]}}"),
                     201);
    await_log("/api/v1/namespaces/n/pods/p/log", "deaf");
    assert_int_equal(api_status(lab, "DELETE", "/api/v1/namespaces/n", NULL), 200);
    assert_int_equal(api_status(lab, "POST", "/api/v1/namespaces/n/configmaps",
                                "{\"metadata\":{\"name\":\"m\"}}"),
                     403);
    cJSON_Delete(
        await(lab, "/api/v1/namespaces", "fieldSelector=metadata.name%3Dn", is_gone, NULL));
}

/* What was there runs again in the next process; the end of the room leaves no process. */
static void test_restart_of_the_world(void **state)
{
    char folder[] = "/tmp/aks-test-XXXXXX", *command;

    (void)state;
    assert_non_null(mkdtemp(folder));
    open_lab(1, folder);
    make_pod("stays", "echo $$$$; while :; do sleep 0.1; done", "", "");
    await_field(lab, PODS, "stays", "status.phase=Running");
    pid_t first = pid_in_log("stays");
    char *fqdn = base_strdup(lab->fqdn), *token = base_strdup(lab->token);
    lab_close(lab);
    assert_false(alive(first));
    open_lab(1, folder);
    assert_string_equal(lab->fqdn, fqdn);
    assert_string_equal(lab->token, token);
    await_field(lab, PODS, "stays", "status.containerStatuses.0.restartCount=1");
    await_field(lab, PODS, "stays", "status.containerStatuses.0.state.running={}");
    struct answer pod = api(lab, "GET", PODS "/stays", NULL);
    assert_string_equal(
        base_json_text(pod.body, "status.containerStatuses.0.lastState.terminated.reason"),
        "Unknown");
    answer_release(&pod);
    assert_int_not_equal(pid_in_log("stays"), first);
    lab_close(lab);
    free(fqdn);
    free(token);
    command = base_asprintf("rm -r %s", folder);
    assert_int_equal(system(command), 0);
    free(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_runs_to_its_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_failure_without_restart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_crash_loop, set_up_fast, tear_down),
        cmocka_unit_test_setup_teardown(test_environment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_missing_secret_heals, set_up_fast, tear_down),
        cmocka_unit_test_setup_teardown(test_images, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_graceful_stop, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stuck_group_is_killed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unready_without_probe_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_liveness_restarts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_init_containers_come_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_deployment_rolls, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_namespace_goes_with_its_pods, set_up, tear_down),
        cmocka_unit_test(test_restart_of_the_world),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
