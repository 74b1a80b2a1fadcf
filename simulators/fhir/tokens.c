/* Decides whether a token was seen and found good before. */
#include "simulators/fhir/tokens.h"

#include "common/crypto.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 256

struct slot {
    unsigned char digest[32]; /* of the token and the audience */
    struct sim_caller caller; /* expires_ms 0: empty */
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
    pthread_mutex_destroy(&tokens->lock);
    free(tokens);
}

static void digest_of(const char *authorization, const char *audience, unsigned char out[32])
{
    struct base_buf text = {0};

    base_buf_puts(&text, authorization);
    base_buf_putc(&text, '\n');
    base_buf_puts(&text, audience);
    base_sha256(text.data, text.len, out);
    base_buf_release(&text);
}

static bool recall(fhir_tokens_t *tokens, const unsigned char digest[32], int64_t now_ms,
                   struct sim_caller *out)
{
    const struct slot *slot = &tokens->slots[digest[0]];

    pthread_mutex_lock(&tokens->lock);
    bool known = slot->caller.expires_ms > now_ms && !memcmp(slot->digest, digest, 32);
    if (known)
        *out = slot->caller;
    pthread_mutex_unlock(&tokens->lock);
    return known;
}

static void remember(fhir_tokens_t *tokens, const unsigned char digest[32],
                     const struct sim_caller *caller)
{
    struct slot *slot = &tokens->slots[digest[0]];

    pthread_mutex_lock(&tokens->lock);
    memcpy(slot->digest, digest, 32);
    slot->caller = *caller;
    pthread_mutex_unlock(&tokens->lock);
}

enum base_status fhir_tokens_check(fhir_tokens_t *tokens, sim_world_t *world,
                                   const char *authorization, const char *audience,
                                   struct sim_caller *out, struct base_error *err)
{
    const char *const audiences[] = {audience, NULL};
    unsigned char digest[32];

    digest_of(authorization, audience, digest);
    if (recall(tokens, digest, sim_now_ms(world), out))
        return BASE_OK;
    enum base_status status = sim_token_check(world, authorization, audiences, out, err);
    if (status == BASE_OK)
        remember(tokens, digest, out);
    return status;
}
