/* Decides where a name of the real network is, without holding up the proxy. */
#include "simulators/kit/proxy_private.h"

#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct sim_proxy_lookup {
    pthread_mutex_t lock;
    int owners; /* the proxy and the thread; the last one frees */
    bool done;
    char host[SIM_PROXY_HOST_MAX], service[16];
    int wake;
    struct sim_proxy_address addresses[SIM_PROXY_ADDRESSES];
    size_t count;
    int wrong; /* of getaddrinfo */
};

static void *resolve(void *context);
static void keep_addresses(sim_proxy_lookup_t *lookup, const struct addrinfo *found);
static void let_go(sim_proxy_lookup_t *lookup);

sim_proxy_lookup_t *sim_proxy_lookup_start(const char *host, int port, int wake)
{
    sim_proxy_lookup_t *lookup = base_alloc(sizeof *lookup);
    pthread_attr_t attributes;
    pthread_t thread;

    pthread_mutex_init(&lookup->lock, NULL);
    snprintf(lookup->host, sizeof lookup->host, "%s", host);
    snprintf(lookup->service, sizeof lookup->service, "%d", port);
    lookup->wake = dup(wake);
    lookup->owners = 2;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (lookup->wake < 0 || pthread_create(&thread, &attributes, resolve, lookup)) {
        lookup->owners = 1;
        lookup->done = true;
        lookup->wrong = EAI_AGAIN;
        eventfd_write(wake, 1);
    }
    pthread_attr_destroy(&attributes);
    return lookup;
}

bool sim_proxy_lookup_done(sim_proxy_lookup_t *lookup, struct sim_proxy_address *out, size_t *count,
                           char *why, size_t why_size)
{
    pthread_mutex_lock(&lookup->lock);
    bool done = lookup->done;
    if (done) {
        memcpy(out, lookup->addresses, lookup->count * sizeof *out);
        *count = lookup->count;
        if (!lookup->count)
            snprintf(why, why_size, "%s", gai_strerror(lookup->wrong));
    }
    pthread_mutex_unlock(&lookup->lock);
    return done;
}

void sim_proxy_lookup_free(sim_proxy_lookup_t *lookup)
{
    if (lookup)
        let_go(lookup);
}

static void *resolve(void *context)
{
    sim_proxy_lookup_t *lookup = context;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    int wrong = getaddrinfo(lookup->host, lookup->service, &hints, &found);

    pthread_mutex_lock(&lookup->lock);
    lookup->wrong = wrong;
    if (!wrong)
        keep_addresses(lookup, found);
    lookup->done = true;
    pthread_mutex_unlock(&lookup->lock);
    if (!wrong)
        freeaddrinfo(found);
    eventfd_write(lookup->wake, 1);
    let_go(lookup);
    return NULL;
}

static void keep_addresses(sim_proxy_lookup_t *lookup, const struct addrinfo *found)
{
    for (; found && lookup->count < SIM_PROXY_ADDRESSES; found = found->ai_next) {
        struct sim_proxy_address *address = &lookup->addresses[lookup->count];
        if (found->ai_addrlen > sizeof address->name)
            continue;
        memcpy(&address->name, found->ai_addr, found->ai_addrlen);
        address->len = found->ai_addrlen;
        lookup->count++;
    }
}

static void let_go(sim_proxy_lookup_t *lookup)
{
    pthread_mutex_lock(&lookup->lock);
    bool last = --lookup->owners == 0;
    pthread_mutex_unlock(&lookup->lock);
    if (!last)
        return;
    if (lookup->wake >= 0)
        close(lookup->wake);
    pthread_mutex_destroy(&lookup->lock);
    free(lookup);
}
