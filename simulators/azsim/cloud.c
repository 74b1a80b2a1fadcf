/* Decides which simulators make up the cloud, in which order they start and stop, and where they listen. */
#include "simulators/azsim/cloud.h"
#include "simulators/azsim/seed.h"

#include "common/file.h"
#include "common/http_server.h"
#include "simulators/aks/aks.h"
#include "simulators/arm/arm.h"
#include "simulators/blob/blob.h"
#include "simulators/entra/entra.h"
#include "simulators/eventhub/eventhub.h"
#include "simulators/fhir/fhir.h"
#include "simulators/keyvault/keyvault.h"
#include "simulators/kit/control.h"
#include "simulators/kit/fault.h"
#include "simulators/kit/pki.h"
#include "simulators/kit/proxy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS_READY 12 /* RSA keys for the next identities */
#define SYSTEM_BUNDLE "/etc/ssl/certs/ca-certificates.crt"

enum room { ENTRA, KEYVAULT, BLOB, EVENTHUB, FHIR, AKS, ROOMS };
static const char *const room_names[ROOMS] = {"entra",    "keyvault", "blob",
                                              "eventhub", "fhir",     "aks"};

struct azsim_cloud {
    const struct azsim_config *config;
    sim_world_t *world;
    arm_t *arm;
    entra_t *entra;
    kv_t *keyvault;
    blob_t *blob;
    eh_t *eventhub;
    fhir_t *fhir;
    aks_t *aks;
    base_http_server_t *tls, *control;
    sim_proxy_t *proxy;
    struct sim_proxy_route *routes;
    char **targets; /* texts of the routes */
    size_t route_count;
    char *ca_file, *bundle_file;
    bool left_out[ROOMS];
};

static enum base_status read_without(azsim_cloud_t *cloud, struct base_error *err)
{
    for (size_t i = 0; i < cloud->config->without.count; i++) {
        size_t room = 0;
        while (room < ROOMS && strcmp(room_names[room], cloud->config->without.items[i]))
            room++;
        if (room == ROOMS)
            return base_error_set(err, BASE_INVALID, NULL,
                                  "--without %s: there is no such simulator; expected entra, "
                                  "keyvault, blob, eventhub, fhir or aks",
                                  cloud->config->without.items[i]);
        cloud->left_out[room] = true;
    }
    return BASE_OK;
}

/* "NAME=PROGRAM" lines for the kubelet. */
static enum base_status set_images(azsim_cloud_t *cloud, struct base_error *err)
{
    struct base_buf lines = {0};

    for (size_t i = 0; i < cloud->config->images.count; i++) {
        if (!strchr(cloud->config->images.items[i], '=')) {
            base_buf_release(&lines);
            return base_error_set(err, BASE_INVALID, NULL, "--image %s: expected NAME=PROGRAM",
                                  cloud->config->images.items[i]);
        }
        base_buf_printf(&lines, "%s\n", cloud->config->images.items[i]);
    }
    sim_setting_set(cloud->world, "images", lines.data ? lines.data : "");
    base_buf_release(&lines);
    return BASE_OK;
}

/* The CA alone, and the system's bundle with it: some programs replace their bundle, others add to it. */
static enum base_status write_ca(azsim_cloud_t *cloud, struct base_error *err)
{
    const char *folder = sim_world_state_dir(cloud->world), *ca = sim_ca_pem(cloud->world);
    struct base_buf bundle = {0};

    cloud->ca_file = base_asprintf("%s/ca.pem", folder);
    cloud->bundle_file = base_asprintf("%s/bundle.pem", folder);
    if (base_file_exists(SYSTEM_BUNDLE))
        base_ignore(base_file_read(SYSTEM_BUNDLE, &bundle, NULL));
    base_buf_puts(&bundle, ca);
    enum base_status status = base_file_write(cloud->ca_file, ca, strlen(ca), 0644, err);
    if (status == BASE_OK)
        status = base_file_write(cloud->bundle_file, bundle.data, bundle.len, 0644, err);
    base_buf_release(&bundle);
    sim_setting_set(cloud->world, "ca-file", cloud->bundle_file);
    return status;
}

static bool set_lives(azsim_cloud_t *cloud)
{
    char minutes[24];

    (void)snprintf(minutes, sizeof minutes, "%lld", (long long)cloud->config->certificate_minutes);
    sim_setting_set(cloud->world, "identity-certificate-minutes", minutes);
    return true;
}

static bool add_rooms(azsim_cloud_t *cloud, struct base_error *err)
{
    sim_world_t *world = cloud->world;

    return (cloud->left_out[ENTRA] || (cloud->entra = entra_add(world, err))) &&
           (cloud->arm = arm_add(world, err)) &&
           (cloud->left_out[KEYVAULT] || (cloud->keyvault = kv_add(world, err))) &&
           (cloud->left_out[BLOB] || (cloud->blob = blob_add(world, err))) &&
           (cloud->left_out[EVENTHUB] || (cloud->eventhub = eh_add(world, err))) &&
           (cloud->left_out[FHIR] || (cloud->fhir = fhir_add(world, err)));
}

static bool start_servers(azsim_cloud_t *cloud, struct base_error *err)
{
    const struct azsim_config *config = cloud->config;
    struct base_http_listen tls = {.port = (int)config->tls_port,
                                   .handler = sim_dispatch,
                                   .context = cloud->world,
                                   .body_max = 64u << 20,
                                   .certificate = sim_pki_certificate,
                                   .certificate_context = cloud->world};
    struct base_http_listen control = {
        .port = (int)config->control_port, .handler = sim_control_handle, .context = cloud->world};

    cloud->tls = base_http_server_start(&tls, err);
    if (!cloud->tls)
        return false;
    if (cloud->eventhub && eh_serve_start(cloud->eventhub, (int)config->amqps_port,
                                          (int)config->amqp_port, err) != BASE_OK)
        return false;
    cloud->control = base_http_server_start(&control, err);
    return cloud->control != NULL;
}

static void add_route(azsim_cloud_t *cloud, const char *pattern, int port, int target)
{
    size_t at = cloud->route_count++;

    cloud->routes = base_realloc(cloud->routes, cloud->route_count * sizeof *cloud->routes);
    cloud->targets = base_realloc(cloud->targets, cloud->route_count * sizeof *cloud->targets);
    cloud->targets[at] = base_asprintf("127.0.0.1:%d", target);
    cloud->routes[at] =
        (struct sim_proxy_route){.host = pattern, .port = port, .target = cloud->targets[at]};
}

static void add_host(void *context, const char *pattern, const char *service)
{
    azsim_cloud_t *cloud = context;

    if (!strcmp(pattern, "169.254.169.254")) /* reached inside the cloud only */
        return;
    add_route(cloud, pattern, 443, base_http_server_port(cloud->tls));
    if (!strcmp(service, "eventhub") && cloud->eventhub) {
        add_route(cloud, pattern, 5671, eh_tls_port(cloud->eventhub));
        add_route(cloud, pattern, 5672, eh_plain_port(cloud->eventhub));
    }
}

/* The AKS room adds its host last, after the proxy it needs is up; its name is known beforehand. */
static bool start_proxy(azsim_cloud_t *cloud, struct base_error *err)
{
    char *url;

    sim_host_each(cloud->world, add_host, cloud);
    if (!cloud->left_out[AKS])
        add_route(cloud, "*.azmk8s.io", 443, base_http_server_port(cloud->tls));
    struct sim_proxy_config config = {.port = (int)cloud->config->proxy_port,
                                      .routes = cloud->routes,
                                      .route_count = cloud->route_count,
                                      .pass = cloud->config->pass.items,
                                      .pass_count = cloud->config->pass.count};
    cloud->proxy = sim_proxy_start(&config, err);
    if (!cloud->proxy)
        return false;
    url = base_asprintf("http://127.0.0.1:%d", sim_proxy_port(cloud->proxy));
    sim_setting_set(cloud->world, "proxy", url);
    free(url);
    return true;
}

azsim_cloud_t *azsim_cloud_start(const struct azsim_config *config, struct base_error *err)
{
    azsim_cloud_t *cloud = base_alloc(sizeof *cloud);
    struct sim_world_config world = {.clock = config->clock,
                                     .random = config->random,
                                     .state_dir = config->state_dir,
                                     .keys_ahead = KEYS_READY};

    cloud->config = config;
    if (read_without(cloud, err) == BASE_OK && (cloud->world = sim_world_new(&world, err)) &&
        set_images(cloud, err) == BASE_OK && write_ca(cloud, err) == BASE_OK && set_lives(cloud) &&
        add_rooms(cloud, err) && azsim_seed(cloud->world, cloud->arm, err) == BASE_OK &&
        start_servers(cloud, err) && start_proxy(cloud, err) &&
        (cloud->left_out[AKS] || (cloud->aks = aks_add(cloud->world, err))))
        return cloud;
    azsim_cloud_stop(cloud);
    return NULL;
}

cJSON *azsim_cloud_endpoints(azsim_cloud_t *cloud)
{
    cJSON *out = cJSON_CreateObject();

    base_json_set_bool(out, "ready", true);
    base_json_set_text(out, "proxy", sim_setting(cloud->world, "proxy"));
    base_json_set(out, "control",
                  base_json_textf("http://127.0.0.1:%d", base_http_server_port(cloud->control)));
    base_json_set(out, "https", base_json_textf("127.0.0.1:%d", base_http_server_port(cloud->tls)));
    if (cloud->eventhub) {
        base_json_set(out, "amqps", base_json_textf("127.0.0.1:%d", eh_tls_port(cloud->eventhub)));
        base_json_set(out, "amqp", base_json_textf("127.0.0.1:%d", eh_plain_port(cloud->eventhub)));
    }
    base_json_set_text(out, "caFile", cloud->ca_file);
    base_json_set_text(out, "bundleFile", cloud->bundle_file);
    base_json_set(out, "bootstrapFile",
                  base_json_textf("%s/bootstrap.json", sim_world_state_dir(cloud->world)));
    return out;
}

void azsim_cloud_stop(azsim_cloud_t *cloud)
{
    if (!cloud)
        return;
    if (cloud->world)
        sim_fault_stop(cloud->world); /* nobody is held any more */
    if (cloud->aks)
        aks_stop(
            cloud->aks); /* pods first: they still need everything else to finish their batch */
    sim_proxy_stop(cloud->proxy);
    base_http_server_stop(cloud->control);
    base_http_server_stop(cloud->tls);
    arm_free(cloud->arm); /* first: its workers call the others' providers */
    aks_free(cloud->aks);
    eh_free(cloud->eventhub);
    fhir_free(cloud->fhir);
    blob_free(cloud->blob);
    kv_free(cloud->keyvault);
    entra_free(cloud->entra);
    sim_world_free(cloud->world);
    for (size_t i = 0; i < cloud->route_count; i++)
        free(cloud->targets[i]);
    free(cloud->targets);
    free(cloud->routes);
    free(cloud->ca_file);
    free(cloud->bundle_file);
    free(cloud);
}
