/* Decides which certificates the world's CA gives out. */
#include "simulators/kit/pki.h"
#include "simulators/kit/internal.h"

#include "common/file.h"

#include <stdlib.h>
#include <string.h>

#define DAY_MS (24LL * 3600 * 1000)
#define LEAVES_MAX 4096

struct leaf {
    char *name;
    struct base_buf chain, key;
};
struct sim_pki {
    pthread_mutex_t lock;
    base_key_t *ca;
    struct base_buf ca_pem;
    struct leaf **leaves; /* pointers: what was handed out stays where it is */
    size_t leaf_count;
};

/* TLS libraries check validity against the wall clock, whatever the world's clock shows. */
static int64_t wall_ms(void)
{
    struct base_clock wall;
    base_clock_init(&wall);
    return base_clock_ms(&wall);
}

base_key_t *sim_key_keep(sim_world_t *world, const char *name,
                         base_key_t *(*make)(sim_world_t *world), struct base_error *err)
{
    struct base_buf pem = {0};
    base_key_t *key = NULL;

    if (!world->state_dir)
        return make(world);
    char *folder = base_asprintf("%s/pki", world->state_dir),
         *path = base_asprintf("%s/%s", folder, name);
    if (base_dir_make(folder, err) != BASE_OK)
        goto done;
    if (base_file_exists(path)) {
        if (base_file_read(path, &pem, err) == BASE_OK)
            key = base_key_from_pem(pem.data, pem.len, err);
        goto done;
    }
    key = make(world);
    base_key_pem(key, &pem);
    base_key_chain_pem(key, &pem);
    if (base_file_write(path, pem.data, pem.len, 0600, err) != BASE_OK) {
        base_key_free(key);
        key = NULL;
    }
done:
    base_buf_release(&pem);
    free(path);
    free(folder);
    return key;
}

static base_key_t *make_ca(sim_world_t *world)
{
    base_key_t *key = base_key_new_ec();
    base_key_certify(key, NULL,
                     &(struct base_certificate_request){.common_name = "IoMT Lab CA",
                                                        .not_before_ms = wall_ms() - DAY_MS,
                                                        .not_after_ms = wall_ms() + 3650 * DAY_MS,
                                                        .ca = true},
                     world->random);
    return key;
}

struct sim_pki *sim_pki_open(sim_world_t *world, struct base_error *err)
{
    base_key_t *ca = sim_key_keep(world, "ca-key.pem", make_ca, err);

    if (!ca)
        return NULL;
    struct sim_pki *pki = base_alloc(sizeof *pki);
    pthread_mutex_init(&pki->lock, NULL);
    pki->ca = ca;
    base_key_chain_pem(ca, &pki->ca_pem);
    return pki;
}

void sim_pki_close(struct sim_pki *pki)
{
    if (!pki)
        return;
    for (size_t i = 0; i < pki->leaf_count; i++) {
        free(pki->leaves[i]->name);
        base_buf_release(&pki->leaves[i]->chain);
        base_buf_release(&pki->leaves[i]->key);
        free(pki->leaves[i]);
    }
    free(pki->leaves);
    base_key_free(pki->ca);
    base_buf_release(&pki->ca_pem);
    pthread_mutex_destroy(&pki->lock);
    free(pki);
}

const char *sim_ca_pem(sim_world_t *world)
{
    return world->pki->ca_pem.data;
}

base_key_t *sim_pki_issue(sim_world_t *world, const char *common_name, const char *const *dns_names,
                          bool client)
{
    base_key_t *key = base_key_new_ec();

    base_key_certify(key, world->pki->ca,
                     &(struct base_certificate_request){.common_name = common_name,
                                                        .dns_names = dns_names,
                                                        .not_before_ms = wall_ms() - DAY_MS,
                                                        .not_after_ms = wall_ms() + 825 * DAY_MS,
                                                        .client = client},
                     world->random);
    return key;
}

struct known {
    const char *name;
    bool found;
};

static void look(void *context, const char *pattern, const char *service)
{
    struct known *known = context;
    (void)service;
    known->found = known->found || base_glob_nocase(pattern, known->name);
}

static struct leaf *make_leaf(sim_world_t *world, const char *name)
{
    const char *names[] = {name, NULL}, *local[] = {"localhost", "127.0.0.1", "::1", NULL};
    bool is_local = !*name || !strcmp(name, "localhost") || !strcmp(name, "127.0.0.1");
    base_key_t *key =
        sim_pki_issue(world, *name ? name : "localhost", is_local ? local : names, false);
    struct leaf *leaf = base_alloc(sizeof *leaf);

    leaf->name = base_strdup(name);
    base_key_chain_pem(key, &leaf->chain);
    base_key_pem(key, &leaf->key);
    base_key_free(key);
    return leaf;
}

bool sim_pki_certificate(void *context, const char *name, const char **chain_pem,
                         const char **key_pem)
{
    sim_world_t *world = context;
    struct sim_pki *pki = world->pki;
    struct leaf *leaf = NULL;

    if (*name && strcmp(name, "localhost") && strcmp(name, "127.0.0.1")) {
        struct known known = {name, false};
        sim_host_each(world, look, &known);
        if (!known.found)
            return false;
    }
    pthread_mutex_lock(&pki->lock);
    for (size_t i = 0; i < pki->leaf_count && !leaf; i++)
        if (base_equal_nocase(pki->leaves[i]->name, name))
            leaf = pki->leaves[i];
    if (!leaf && pki->leaf_count < LEAVES_MAX) {
        leaf = make_leaf(world, name);
        pki->leaves = base_realloc(pki->leaves, (pki->leaf_count + 1) * sizeof *pki->leaves);
        pki->leaves[pki->leaf_count++] = leaf;
    }
    pthread_mutex_unlock(&pki->lock);
    if (!leaf)
        return false;
    *chain_pem = leaf->chain.data;
    *key_pem = leaf->key.data;
    return true;
}
