/* Decides how many RSA keys wait to be used, and who makes them. */
#include "simulators/kit/keys.h"
#include "simulators/kit/internal.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BITS 2048
#define KEYS_MAX 16
#define MAKERS                                                                                     \
    2 /* threads: a new world waits for two keys, and they need not wait for each other */
#define URGENT 2 /* keys that somebody waits for; the ones after them are made quietly */
#define QUIET 15 /* nice value: never in the way of a request */

struct sim_keys {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t makers[MAKERS];
    size_t running; /* makers */
    bool stop;
    base_key_t *ready[KEYS_MAX];
    size_t count, wanted, making, made;
};

struct sim_keys *sim_keys_open(void)
{
    struct sim_keys *keys = base_alloc(sizeof *keys);

    pthread_mutex_init(&keys->lock, NULL);
    pthread_cond_init(&keys->changed, NULL);
    return keys;
}

void sim_keys_close(struct sim_keys *keys)
{
    if (!keys)
        return;
    pthread_mutex_lock(&keys->lock);
    keys->stop = true;
    pthread_cond_broadcast(&keys->changed);
    pthread_mutex_unlock(&keys->lock);
    for (size_t i = 0; i < keys->running; i++)
        pthread_join(keys->makers[i], NULL);
    while (keys->count)
        base_key_free(keys->ready[--keys->count]);
    pthread_cond_destroy(&keys->changed);
    pthread_mutex_destroy(&keys->lock);
    free(keys);
}

static void *make_ahead(void *context)
{
    struct sim_keys *keys = context;
    bool quiet = false;

    pthread_mutex_lock(&keys->lock);
    while (!keys->stop) {
        if (keys->count + keys->making >= keys->wanted) {
            pthread_cond_wait(&keys->changed, &keys->lock);
            continue;
        }
        if (!quiet && keys->made + keys->making >= URGENT) {
            quiet = true;
            setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid),
                        QUIET); /* of this thread, on Linux */
        }
        keys->making++;
        pthread_mutex_unlock(&keys->lock);
        base_key_t *key = base_key_new_rsa(BITS);
        pthread_mutex_lock(&keys->lock);
        keys->making--;
        keys->made++;
        keys->ready[keys->count++] = key;
        pthread_cond_broadcast(&keys->changed);
    }
    pthread_mutex_unlock(&keys->lock);
    return NULL;
}

void sim_keys_prepare(sim_world_t *world, size_t count)
{
    struct sim_keys *keys = world->keys;

    keys->wanted = count < KEYS_MAX ? count : KEYS_MAX;
    while (keys->running < MAKERS &&
           pthread_create(&keys->makers[keys->running], NULL, make_ahead, keys) == 0)
        keys->running++;
}

base_key_t *sim_key_take(sim_world_t *world)
{
    struct sim_keys *keys = world->keys;
    base_key_t *key = NULL;

    pthread_mutex_lock(&keys->lock);
    while (!keys->count && keys->running && keys->made < URGENT)
        pthread_cond_wait(&keys->changed,
                          &keys->lock); /* one is nearly done: sooner than a new one */
    if (keys->count)
        key = keys->ready[--keys->count];
    pthread_cond_broadcast(&keys->changed);
    pthread_mutex_unlock(&keys->lock);
    return key ? key : base_key_new_rsa(BITS);
}
