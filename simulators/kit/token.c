/* Decides what an access token says and when one is believed. */
#include "simulators/kit/token.h"
#include "simulators/kit/internal.h"
#include "simulators/kit/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLOCK_SKEW_MS (5 * 60 * 1000)
#define KNOWN 512
#define JWKS_URL "https://" SIM_AUTHORITY_HOST "/common/discovery/keys"

struct sim_tokens {
    pthread_mutex_t lock;
    base_key_t *key;
    char kid[64];
    cJSON *jwks; /* as Entra served it; NULL until first needed */
    unsigned char known
        [KNOWN]
        [32]; /* digests of tokens whose signature was good: checking one costs far more than finding it */
    size_t next_known;
};

static base_key_t *make_key(sim_world_t *world)
{
    base_key_t *key = sim_key_take(world);
    int64_t now = base_clock_ms(world->clock);

    base_key_certify(
        key, NULL,
        &(struct base_certificate_request){.common_name = "accounts.accesscontrol.windows.net",
                                           .not_before_ms = now - 86400000,
                                           .not_after_ms = now + 3650LL * 86400000},
        world->random);
    return key;
}

struct sim_tokens *sim_tokens_open(sim_world_t *world, struct base_error *err)
{
    base_key_t *key = sim_key_keep(world, "token-key.pem", make_key, err);
    unsigned char thumbprint[20];
    struct base_buf kid = {0};

    if (!key)
        return NULL;
    struct sim_tokens *tokens = base_alloc(sizeof *tokens);
    pthread_mutex_init(&tokens->lock, NULL);
    tokens->key = key;
    base_key_thumbprint_sha1(key, thumbprint);
    base_base64url_encode(&kid, thumbprint, sizeof thumbprint);
    snprintf(tokens->kid, sizeof tokens->kid, "%s", kid.data);
    base_buf_release(&kid);
    return tokens;
}

void sim_tokens_close(struct sim_tokens *tokens)
{
    if (!tokens)
        return;
    base_key_free(tokens->key);
    cJSON_Delete(tokens->jwks);
    pthread_mutex_destroy(&tokens->lock);
    free(tokens);
}

cJSON *sim_token_jwks(sim_world_t *world)
{
    cJSON *jwks = cJSON_CreateObject(), *keys = cJSON_AddArrayToObject(jwks, "keys");
    cJSON_AddItemToArray(keys, base_key_jwk(world->tokens->key, world->tokens->kid));
    return jwks;
}

static cJSON *claims_of(sim_world_t *world, const struct sim_token_request *request)
{
    const struct sim_principal *p = request->principal;
    int64_t now = base_clock_s(world->clock);
    char issuer[96], uti[24];
    cJSON *claims = cJSON_CreateObject();

    snprintf(issuer, sizeof issuer, "https://sts.windows.net/%s/", p->tenant);
    base_random_hex(world->random, uti, 22);
    base_json_set_text(claims, "aud", request->audience);
    base_json_set_text(claims, "iss", issuer);
    base_json_set_number(claims, "iat", (double)now);
    base_json_set_number(claims, "nbf", (double)now);
    base_json_set_number(claims, "exp", (double)(now + request->lifetime_s));
    base_json_set_text(claims, "appid", p->client_id);
    base_json_set_text(claims, "appidacr", request->app_acr);
    base_json_set_text(claims, "idp", issuer);
    base_json_set_text(claims, "idtyp", "app");
    base_json_set_text(claims, "oid", p->object_id);
    base_json_set_text(claims, "sub", p->object_id);
    base_json_set_text(claims, "tid", p->tenant);
    base_json_set_text(claims, "uti", uti);
    base_json_set_text(claims, "ver", "1.0");
    if (p->resource_id[0])
        base_json_set_text(claims, "xms_mirid", p->resource_id);
    return claims;
}

char *sim_token_mint(sim_world_t *world, const struct sim_token_request *request)
{
    cJSON *claims = claims_of(world, request), *header = cJSON_CreateObject();

    base_json_set_text(header, "typ", "JWT");
    base_json_set_text(header, "kid", world->tokens->kid);
    base_json_set_text(header, "x5t", world->tokens->kid);
    char *token = base_jwt_sign(world->tokens->key, "RS256", header, claims);
    cJSON_Delete(header);
    cJSON_Delete(claims);
    return token;
}

/* The key set as Entra serves it: fetched when first needed, and again when a token names an
 * unknown key. */
static cJSON *fetch_jwks(sim_world_t *world)
{
    struct base_http_response answer = {0};

    sim_call(world, "token-check", "GET", JWKS_URL, NULL, NULL, &answer);
    cJSON *jwks =
        answer.status == 200 ? base_json_parse(answer.body.data, answer.body.len, NULL) : NULL;
    base_http_response_release(&answer);
    return jwks;
}

static bool is_known(struct sim_tokens *tokens, const unsigned char digest[32])
{
    bool known = false;

    pthread_mutex_lock(&tokens->lock);
    for (size_t i = 0; i < KNOWN && !known; i++)
        known = !memcmp(tokens->known[i], digest, 32);
    pthread_mutex_unlock(&tokens->lock);
    return known;
}

static void make_known(struct sim_tokens *tokens, const unsigned char digest[32])
{
    pthread_mutex_lock(&tokens->lock);
    memcpy(tokens->known[tokens->next_known++ % KNOWN], digest, 32);
    pthread_mutex_unlock(&tokens->lock);
}

static enum base_status verify(sim_world_t *world, const struct base_jwt *jwt,
                               struct base_error *err)
{
    struct sim_tokens *tokens = world->tokens;

    pthread_mutex_lock(&tokens->lock);
    cJSON *jwks = base_json_copy(tokens->jwks);
    pthread_mutex_unlock(&tokens->lock);
    enum base_status status = jwks ? base_jwt_verify_jwks(jwt, jwks, NULL) : BASE_NOT_FOUND;
    if (status != BASE_OK) {
        cJSON_Delete(jwks);
        jwks = fetch_jwks(world);
        status = jwks ? base_jwt_verify_jwks(jwt, jwks, err)
                      : base_error_set(err, BASE_UNAVAILABLE, "InvalidToken",
                                       "the key set at " JWKS_URL " cannot be read");
        if (jwks) {
            pthread_mutex_lock(&tokens->lock);
            cJSON *old = tokens->jwks;
            tokens->jwks = jwks;
            pthread_mutex_unlock(&tokens->lock);
            jwks = old;
        }
    }
    cJSON_Delete(jwks);
    return status;
}

static bool audience_matches(const char *audience, const char *const *audiences)
{
    char trimmed[512];
    size_t len = strlen(audience);

    if (len >= sizeof trimmed)
        return false;
    memcpy(trimmed, audience, len + 1);
    while (len && trimmed[len - 1] == '/')
        trimmed[--len] = '\0';
    for (; *audiences; audiences++)
        if (base_glob_nocase(*audiences, trimmed))
            return true;
    return false;
}

static enum base_status check_claims(sim_world_t *world, const cJSON *claims,
                                     const char *const *audiences, struct base_error *err)
{
    const char *audience = base_json_text(claims, "aud"), *issuer = base_json_text(claims, "iss");
    const char *tenant = base_json_text(claims, "tid");
    int64_t now = base_clock_ms(world->clock);
    char known[BASE_UUID_TEXT], expected[96];

    if (!audience || !issuer || !tenant || !base_json_text(claims, "oid"))
        return base_error_set(err, BASE_UNAUTHENTICATED, "InvalidToken",
                              "the token lacks one of the claims aud, iss, tid, oid");
    snprintf(expected, sizeof expected, "https://sts.windows.net/%s/", tenant);
    if (strcmp(issuer, expected) || !sim_tenant_find(world, tenant, known))
        return base_error_set(err, BASE_UNAUTHENTICATED, "InvalidToken",
                              "the issuer %s is not trusted", issuer);
    if (!audience_matches(audience, audiences))
        return base_error_set(err, BASE_UNAUTHENTICATED, "InvalidAudience",
                              "the token is for audience %s; expected %s", audience, audiences[0]);
    if (base_json_number(claims, "exp", 0) * 1000 <= (double)now)
        return base_error_set(err, BASE_UNAUTHENTICATED, "ExpiredToken", "the token has expired");
    if (base_json_number(claims, "nbf", 0) * 1000 > (double)now + CLOCK_SKEW_MS)
        return base_error_set(err, BASE_UNAUTHENTICATED, "InvalidToken",
                              "the token is not valid yet");
    return BASE_OK;
}

static void fill_caller(sim_world_t *world, const cJSON *claims, struct sim_caller *out)
{
    struct sim_principal principal;
    const char *client = base_json_text(claims, "appid"),
               *resource = base_json_text(claims, "xms_mirid");

    memset(out, 0, sizeof *out);
    snprintf(out->tenant, sizeof out->tenant, "%s", base_json_text(claims, "tid"));
    snprintf(out->object_id, sizeof out->object_id, "%s", base_json_text(claims, "oid"));
    snprintf(out->client_id, sizeof out->client_id, "%s", client ? client : "");
    snprintf(out->resource_id, sizeof out->resource_id, "%s", resource ? resource : "");
    snprintf(out->name, sizeof out->name, "%s",
             sim_principal_by_object(world, out->object_id, &principal) ? principal.name
                                                                        : out->client_id);
    out->expires_ms = (int64_t)base_json_number(claims, "exp", 0) * 1000;
}

enum base_status sim_token_check(sim_world_t *world, const char *authorization,
                                 const char *const *audiences, struct sim_caller *out,
                                 struct base_error *err)
{
    struct base_jwt jwt = {0};
    unsigned char digest[32];

    if (!authorization || !*authorization)
        return base_error_set(err, BASE_UNAUTHENTICATED, "MissingToken",
                              "the request carries no bearer token");
    if (base_starts_nocase(authorization, "Bearer "))
        authorization += 7;
    while (*authorization == ' ')
        authorization++;
    if (base_jwt_parse(authorization, &jwt, NULL) != BASE_OK)
        return base_error_set(err, BASE_UNAUTHENTICATED, "InvalidToken",
                              "the bearer token is not a JSON Web Token");
    enum base_status status = BASE_OK;
    base_sha256(authorization, strlen(authorization), digest);
    if (!is_known(world->tokens, digest)) {
        if (verify(world, &jwt, NULL) == BASE_OK)
            make_known(world->tokens, digest);
        else
            status = base_error_set(err, BASE_UNAUTHENTICATED, "InvalidToken",
                                    "the token's signature cannot be verified");
    }
    if (status == BASE_OK)
        status = check_claims(world, jwt.claims, audiences, err);
    if (status == BASE_OK)
        fill_caller(world, jwt.claims, out);
    base_jwt_release(&jwt);
    return status;
}
