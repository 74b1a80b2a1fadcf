/* Decides how a pod is put together, and how it speaks about what does not work. */
#include "reference/pods/pod.h"

#include "common/log.h"
#include "common/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_WAIT_MS 500 /* clock */
#define LONGEST_WAIT_MS 5000
#define FIRST_BATCH_WAIT_MS 2000
#define LONGEST_BATCH_WAIT_MS 30000
#define RETRY_AFTER_MAX_MS 3600000 /* who names more is asked again after an hour */

void pod_open(struct pod *pod)
{
    const struct pod_settings *s = &pod->settings;

    const struct base_http_client_config config = {.user_agent = pod_program_name(s->kind)};

    (void)pthread_mutex_init(&pod->said_lock, NULL);
    pod_metrics_init(&pod->metrics);
    pod->random = base_random_from_env();
    pod->store = pod->http ? pod->http : base_http_client_new(&config);
    if (!pod->http)
        pod->http = base_http_client_new(&config);
    pod->az = (struct az_client){pod->http, &pod->clock, pod->random, NULL};
    pod->internal = az_credential_managed(&pod->az, NULL, s->internal_client_id);
    pod->checkpoints = (struct az_container){
        {pod->store, &pod->clock, pod->random, NULL}, pod->internal, s->checkpoint_container};
    pod->templates = (struct az_container){pod->az, pod->internal, s->template_container};
    if (s->certificate_uri)
        pod->external = pod_identity_new(&pod->az, pod->internal, s);
}

void pod_close(struct pod *pod)
{
    pod_identity_free(pod->external);
    az_credential_free(pod->internal);
    if (pod->store != pod->http)
        base_http_client_free(pod->store);
    base_http_client_free(pod->http);
    base_random_free(pod->random);
    pod_metrics_release(&pod->metrics);
    (void)pthread_mutex_destroy(&pod->said_lock);
}

enum base_status pod_input_ready(struct pod *pod, enum pod_part *part, struct base_error *err)
{
    az_credential_t *credential;
    enum base_status status;

    *part = POD_PART_INPUT;
    if (pod->settings.kind != POD_NORMALIZATION || !pod->external)
        return BASE_OK;
    *part = POD_PART_VAULT;
    status = pod_identity_acquire(pod->external, &credential, err);
    if (status == BASE_OK) {
        pod_identity_release(pod->external, credential);
        *part = POD_PART_INPUT;
    }
    return status;
}

void pod_count(struct pod *pod, enum pod_counter counter, long long add)
{
    atomic_fetch_add(&pod->counters[counter], add);
}

static const struct {
    const char *role;
    bool external; /* done as the connector's identity, which the customer knows */
} parts[] = {
    [POD_PART_INPUT] = {"Azure Event Hubs Data Receiver", true},
    [POD_PART_NORMALIZED] = {"Azure Event Hubs Data Sender", false},
    [POD_PART_TEMPLATES] = {"Storage Blob Data Reader", false},
    [POD_PART_CHECKPOINTS] = {"Storage Blob Data Contributor", false},
    [POD_PART_VAULT] = {"Key Vault Secrets User", false},
    [POD_PART_FHIR] = {"FHIR Data Writer", true},
};

/* "read event hub telemetry of contoso.servicebus.windows.net" */
static void describe(const struct pod *pod, enum pod_part part, char out[400])
{
    const struct pod_settings *s = &pod->settings;

    switch (part) {
    case POD_PART_INPUT:
        (void)snprintf(out, 400, "read event hub %s of %s",
                       s->input.hub ? s->input.hub : "(connection string)",
                       s->input.namespace ? s->input.namespace : "(connection string)");
        break;
    case POD_PART_NORMALIZED:
        (void)snprintf(out, 400, "send to event hub %s of %s",
                       s->normalized.hub ? s->normalized.hub : "(connection string)",
                       s->normalized.namespace ? s->normalized.namespace : "(connection string)");
        break;
    case POD_PART_TEMPLATES:
        (void)snprintf(out, 400, "use the mapping %s in %s", s->template_name,
                       s->template_container);
        break;
    case POD_PART_CHECKPOINTS:
        (void)snprintf(out, 400, "keep checkpoints in %s", s->checkpoint_container);
        break;
    case POD_PART_VAULT:
        (void)snprintf(out, 400, "fetch the certificate %s",
                       s->certificate_uri ? s->certificate_uri : "");
        break;
    case POD_PART_FHIR:
        (void)snprintf(out, 400, "use the FHIR service %s", s->fhir_url ? s->fhir_url : "");
        break;
    case POD_PARTS:
        BUG("no such part");
    }
}

static bool as_external(const struct pod *pod, enum pod_part part)
{
    if (part == POD_PART_INPUT && pod->settings.kind == POD_DESTINATION)
        return false;
    return parts[part].external && pod->settings.certificate_uri;
}

static bool refused(const struct base_error *err)
{
    return err->status == BASE_DENIED || err->status == BASE_UNAUTHENTICATED;
}

/* What cannot be reached may be the proxy's fault: " (through the proxy http://127.0.0.1:9)", without a password; "" otherwise. */
static const char *through(const struct base_error *err, char out[200])
{
    const char *proxy = getenv("HTTPS_PROXY"), *host;

    out[0] = '\0';
    if (!proxy || !*proxy)
        proxy = getenv("https_proxy");
    if (!proxy || !*proxy || (err->status != BASE_UNAVAILABLE && err->status != BASE_TIMEOUT))
        return out;
    host = strrchr(proxy, '@');
    host = host ? host + 1 : strstr(proxy, "://") ? strstr(proxy, "://") + 3 : proxy;
    (void)snprintf(out, 200, " (through the proxy http://%.150s)", host);
    return out;
}

static void say(const struct pod *pod, enum pod_part part, int attempts,
                const struct base_error *err)
{
    bool external = as_external(pod, part);
    const char *id = external ? pod->settings.client_id : pod->settings.internal_client_id;
    const char *who = external ? "the connector's identity" : "the workspace's internal identity";
    char reason[400], doing[400], way[200];

    (void)pod_reason(err, reason);
    describe(pod, part, doing);
    if (err->status == BASE_DENIED)
        base_log(BASE_LOG_WARN, POD_ROOM, NULL,
                 "cannot %s: access refused. Grant the role \"%s\" on it to %s (client id %s); "
                 "asking again until "
                 "then, attempt %d. %s",
                 doing, parts[part].role, who, id ? id : "of this pod", attempts, reason);
    else
        base_log(refused(err) || err->status == BASE_UNAVAILABLE ? BASE_LOG_WARN : BASE_LOG_ERROR,
                 POD_ROOM, NULL, "cannot %s (as %s), attempt %d: %s: %s%s", doing, who, attempts,
                 base_status_name(err->status), reason, through(err, way));
}

/* Has no other partition said so already? */
static bool worth_saying(struct pod *pod, enum pod_part part, int attempts, const char *code)
{
    bool worth;

    (void)pthread_mutex_lock(&pod->said_lock);
    worth = attempts > pod->said[part].attempts || strcmp(code, pod->said[part].code) != 0;
    if (worth) {
        pod->said[part].attempts = attempts;
        (void)snprintf(pod->said[part].code, sizeof pod->said[part].code, "%s", code);
    }
    (void)pthread_mutex_unlock(&pod->said_lock);
    return worth;
}

/* The first that succeeds speaks for all. */
static bool worth_telling(struct pod *pod, enum pod_part part)
{
    bool worth;

    (void)pthread_mutex_lock(&pod->said_lock);
    worth = pod->said[part].attempts > 0;
    pod->said[part].attempts = 0;
    (void)pthread_mutex_unlock(&pod->said_lock);
    return worth;
}

static int64_t wait_of(const struct pod_trouble *trouble, const struct base_error *err)
{
    int64_t wait_ms = trouble->batch ? FIRST_BATCH_WAIT_MS : FIRST_WAIT_MS,
            most_ms = trouble->batch ? LONGEST_BATCH_WAIT_MS : LONGEST_WAIT_MS,
            after_ms = err->retry_after_s * INT64_C(1000);

    for (int i = 1; i < trouble->attempts && wait_ms < most_ms; i++)
        wait_ms *= 2;
    if (wait_ms > most_ms)
        wait_ms = most_ms;
    if (after_ms > wait_ms)
        wait_ms = after_ms < RETRY_AFTER_MAX_MS ? after_ms : RETRY_AFTER_MAX_MS;
    return wait_ms;
}

bool pod_trouble_wait(struct pod_trouble *trouble, enum pod_part part, const struct base_error *err)
{
    if (base_stopping() || err->status == BASE_CANCELED)
        return false;
    if (trouble->part != part)
        trouble->attempts = 0;
    trouble->part = part;
    trouble->attempts++;
    if (refused(err))
        pod_count(trouble->pod, POD_REFUSALS, 1);
    if ((trouble->attempts & (trouble->attempts - 1)) == 0 &&
        worth_saying(trouble->pod, part, trouble->attempts, err->code))
        say(trouble->pod, part, trouble->attempts, err);
    return !base_stop_wait((int)base_clock_real(&trouble->pod->clock, wait_of(trouble, err)));
}

void pod_trouble_over(struct pod_trouble *trouble)
{
    char doing[400];

    if (trouble->attempts > 0 && worth_telling(trouble->pod, trouble->part)) {
        describe(trouble->pod, trouble->part, doing);
        base_log(BASE_LOG_INFO, POD_ROOM, NULL, "can %s now, after %d attempts", doing,
                 trouble->attempts);
    }
    trouble->attempts = 0;
}

void pod_trouble_note(struct pod *pod, enum pod_part part, const struct base_error *err)
{
    say(pod, part, 1, err);
}
