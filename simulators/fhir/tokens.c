/* Decides whether a token was seen and found good before. */
#include "simulators/fhir/tokens.h"

#include "common/text.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 256

struct slot {
    char *authorization, *audience; /* NULL: empty */
    struct sim_caller caller;
};

struct fhir_tokens {
    pthread_mutex_t lock;
    struct slot slots[SLOTS];
};

fhir_tokens_t *fhir_tokens_new(void)
{
    fhir_tokens_t *tokens = base_alloc(sizeof *tokens);

    pthread_mutex_init(&tokens->lock, NULL);
    return tokens;
}

void fhir_tokens_free(fhir_tokens_t *tokens)
{
    if (!tokens)
        return;
    for (size_t i = 0; i < SLOTS; i++) {
        free(tokens->slots[i].authorization);
        free(tokens->slots[i].audience);
    }
    pthread_mutex_destroy(&tokens->lock);
    free(tokens);
}

/* A token's last characters are its signature's: they say enough. */
static struct slot *slot_of(fhir_tokens_t *tokens, const char *authorization)
{
    size_t len = strlen(authorization);
    uint32_t hash = 2166136261u;

    for (const char *p = authorization + (len > 32 ? len - 32 : 0); *p; p++)
        hash = (hash ^ (unsigned char)*p) * 16777619u;
    return &tokens->slots[(hash ^ hash >> 16) % SLOTS];
}

static bool recall(fhir_tokens_t *tokens, const char *authorization, const char *audience,
                   int64_t now_ms, struct sim_caller *out)
{
    const struct slot *slot = slot_of(tokens, authorization);

    pthread_mutex_lock(&tokens->lock);
    bool known = slot->authorization && slot->caller.expires_ms > now_ms &&
                 base_equal(slot->authorization, authorization) &&
                 base_equal(slot->audience, audience);
    if (known)
        *out = slot->caller;
    pthread_mutex_unlock(&tokens->lock);
    return known;
}

static void remember(fhir_tokens_t *tokens, const char *authorization, const char *audience,
                     const struct sim_caller *caller)
{
    struct slot *slot = slot_of(tokens, authorization);

    pthread_mutex_lock(&tokens->lock);
    free(slot->authorization);
    free(slot->audience);
    slot->authorization = base_strdup(authorization);
    slot->audience = base_strdup(audience);
    slot->caller = *caller;
    pthread_mutex_unlock(&tokens->lock);
}

enum base_status fhir_tokens_check(fhir_tokens_t *tokens, sim_world_t *world,
                                   const char *authorization, const char *audience,
                                   struct sim_caller *out, struct base_error *err)
{
    const char *const audiences[] = {audience, NULL};

    if (recall(tokens, authorization, audience, sim_now_ms(world), out))
        return BASE_OK;
    enum base_status status = sim_token_check(world, authorization, audiences, out, err);
    if (status == BASE_OK)
        remember(tokens, authorization, audience, out);
    return status;
}
