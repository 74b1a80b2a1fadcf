/* Decides what makes a client: its configuration, its life, its cancellation. */
#include "azure/eventhub_private.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define TIMEOUT_MS 60000
#define PORT_TLS 5671
#define PORT_PLAIN 5672

static enum base_status check_config(const struct az_eventhub_config *config,
                                     struct base_error *err)
{
    int credentials = (config->credential != NULL) + (config->token != NULL) +
                      (config->sas_key != NULL) + (config->shared_access_signature != NULL);

    if (!config->fully_qualified_namespace || !*config->fully_qualified_namespace)
        return base_error_set(err, BASE_INVALID, NULL,
                              "an Event Hubs client needs a fully qualified namespace");
    if (!config->hub || !*config->hub)
        return base_error_set(err, BASE_INVALID, NULL,
                              "an Event Hubs client needs the name of an event hub");
    if (credentials != 1)
        return base_error_set(err, BASE_INVALID, NULL,
                              "an Event Hubs client needs exactly one credential, %d were given",
                              credentials);
    if (config->sas_key && !config->sas_key_name)
        return base_error_set(err, BASE_INVALID, NULL, "a shared access key needs its name");
    BUG_ON(!config->clock || !config->random);
    return BASE_OK;
}

/* "sb://host:port/" -> host and port; what follows the host is dropped. */
static enum base_status take_namespace(az_eventhub_t *client, const char *text,
                                       struct base_error *err)
{
    const char *scheme = strstr(text, "://");
    const char *host = scheme ? scheme + 3 : text;
    size_t len = strcspn(host, "/");
    int64_t port = 0;

    client->endpoint = base_strndup(host, len);
    client->host = base_strdup(client->endpoint);
    char *colon = strchr(client->host, ':');
    if (colon) {
        *colon = '\0';
        if (!base_parse_int64(colon + 1, &port) || port < 1 || port > 65535)
            return base_error_set(err, BASE_INVALID, NULL,
                                  "\"%s\" does not name a port from 1 to 65535", text);
    }
    if (!*client->host)
        return base_error_set(err, BASE_INVALID, NULL, "\"%s\" names no host", text);
    client->port = client->config.port                   ? client->config.port
                   : port                                ? (int)port
                   : client->config.development_emulator ? PORT_PLAIN
                                                         : PORT_TLS;
    return BASE_OK;
}

static void copy_texts(struct az_eventhub_config *own)
{
    own->fully_qualified_namespace = base_strdup(own->fully_qualified_namespace);
    own->hub = base_strdup(own->hub);
    own->sas_key_name = base_strdup(own->sas_key_name);
    own->sas_key = base_strdup(own->sas_key);
    own->shared_access_signature = base_strdup(own->shared_access_signature);
    own->connect_host = base_strdup(own->connect_host);
    own->ca_file = base_strdup(own->ca_file);
    own->proxy = base_strdup(own->proxy);
    own->name = base_strdup(own->name ? own->name : "iomt-lab");
}

static void init_sync(az_eventhub_t *client)
{
    pthread_condattr_t monotonic;

    pthread_mutex_init(&client->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&client->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

static void init_rpc(az_eventhub_t *client, struct az_rpc *rpc, const char *node)
{
    rpc->node = node;
    rpc->sender.client = rpc->receiver.client = client;
}

az_eventhub_t *az_eventhub_open(const struct az_eventhub_config *config, struct base_error *err)
{
    if (check_config(config, err))
        return NULL;
    az_eventhub_t *client = base_alloc(sizeof *client);

    client->config = *config;
    copy_texts(&client->config);
    client->timeout_ms = config->timeout_ms > 0 ? config->timeout_ms : TIMEOUT_MS;
    init_sync(client);
    init_rpc(client, &client->cbs, "$cbs");
    init_rpc(client, &client->management, "$management");
    client->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    enum base_status status = take_namespace(client, config->fully_qualified_namespace, err);
    if (!status && client->wake_fd < 0)
        status = base_error_set(err, BASE_IO, NULL, "no event descriptor can be had");
    if (!status)
        return client;
    az_eventhub_close(client);
    return NULL;
}

static void free_config(struct az_eventhub_config *own)
{
    free((char *)own->fully_qualified_namespace);
    free((char *)own->hub);
    free((char *)own->sas_key_name);
    free((char *)own->sas_key);
    free((char *)own->shared_access_signature);
    free((char *)own->connect_host);
    free((char *)own->ca_file);
    free((char *)own->proxy);
    free((char *)own->name);
}

void az_eventhub_close(az_eventhub_t *client)
{
    if (!client)
        return;
    if (client->wake_fd >= 0) {
        az_io_stop(client);
        close(client->wake_fd);
    }
    while (client->audiences) {
        struct az_audience *next = client->audiences->next;
        az_audience_free(client->audiences);
        client->audiences = next;
    }
    pthread_cond_destroy(&client->changed);
    pthread_mutex_destroy(&client->lock);
    free_config(&client->config);
    free(client->host);
    free(client->endpoint);
    free(client);
}

void az_eventhub_cancel(az_eventhub_t *client)
{
    pthread_mutex_lock(&client->lock);
    client->canceled = true;
    pthread_cond_broadcast(&client->changed);
    pthread_mutex_unlock(&client->lock);
}
