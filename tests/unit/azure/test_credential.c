/* Bearer tokens: how they are asked for, kept and renewed. */
#include "script.h"

#include <stdatomic.h>

#define VAULT "https://vault.azure.net"
#define TOKEN_URL "https://login.microsoftonline.com/" TENANT "/oauth2/v2.0/token"

static char *token_of(struct script *script, az_credential_t *credential, const char *tenant,
                      const char *resource)
{
    struct base_error err = {0};
    char *token;

    (void)script;
    assert_int_equal(az_token(credential, tenant, resource, &token, &err), BASE_OK);
    assert_int_equal(err.status, BASE_OK);
    return token;
}

static void assert_token(struct script *script, const char *tenant, const char *resource,
                         const char *expected)
{
    char *token = token_of(script, script->credential, tenant, resource);

    assert_string_equal(token, expected);
    free(token);
}

static void assert_field(const struct call *call, const char *name, const char *expected)
{
    char *value = form_field(call->body, name);

    assert_string_equal(value, expected);
    free(value);
}

static void a_secret_is_sent_as_a_form(void **state)
{
    struct script script;

    (void)state;
    script_init(&script, 2);
    assert_token(&script, NULL, VAULT, "token-1");
    assert_string_equal(script.last_token.method, "POST");
    assert_string_equal(script.last_token.url, TOKEN_URL);
    assert_string_equal(base_headers_get(&script.last_token.headers, "Content-Type"),
                        "application/x-www-form-urlencoded");
    assert_field(&script.last_token, "grant_type", "client_credentials");
    assert_field(&script.last_token, "client_id", CLIENT);
    assert_field(&script.last_token, "client_secret", SECRET);
    assert_field(&script.last_token, "scope", VAULT "/.default");
    /* the slash is part of this audience */
    assert_token(&script, NULL, "https://management.azure.com/", "token-2");
    assert_field(&script.last_token, "scope", "https://management.azure.com//.default");
    script_release(&script);
}

static void assert_chain(const cJSON *header, const base_key_t *key, int length)
{
    struct base_buf der = {0}, text = {0};

    assert_int_equal(cJSON_GetArraySize(base_json_at(header, "x5c")), length);
    base_key_certificate_der(key, &der);
    base_base64_encode(&text, der.data, der.len);
    assert_string_equal(base_json_text(header, "x5c.0"), text.data);
    for (int i = 0; i < length; i++) {
        const char *member = cJSON_GetArrayItem(base_json_at(header, "x5c"), i)->valuestring;
        int64_t from, until;
        base_buf_clear(&der);
        assert_true(base_base64_decode(&der, member, strlen(member)));
        assert_true(base_certificate_validity(der.data, der.len, &from, &until));
    }
    base_buf_release(&der);
    base_buf_release(&text);
}

/* As Entra ID checks it: the signature by the registered certificate's key, and every claim. */
static void verify_assertion(const struct script *script, const char *assertion,
                             const base_key_t *key, const char *audience, int chain)
{
    struct base_jwt jwt;
    struct base_buf x5t = {0};
    unsigned char thumbprint[20];
    base_public_key_t *public_key = base_key_public(key);
    double now = (double)base_clock_s(&script->clock);

    assert_int_equal(base_jwt_parse(assertion, &jwt, NULL), BASE_OK);
    assert_int_equal(base_jwt_verify(&jwt, public_key, NULL), BASE_OK);
    assert_string_equal(base_json_text(jwt.header, "alg"), "RS256");
    base_key_thumbprint_sha1(key, thumbprint);
    base_base64url_encode(&x5t, thumbprint, sizeof thumbprint);
    assert_string_equal(base_json_text(jwt.header, "x5t"), x5t.data);
    assert_chain(jwt.header, key, chain);
    assert_string_equal(base_json_text(jwt.claims, "aud"), audience);
    assert_string_equal(base_json_text(jwt.claims, "iss"), CLIENT);
    assert_string_equal(base_json_text(jwt.claims, "sub"), CLIENT);
    assert_true(base_is_uuid(base_json_text(jwt.claims, "jti")));
    double nbf = base_json_number(jwt.claims, "nbf", 0);
    assert_true(nbf <= now && nbf > now - 60);
    assert_true(base_json_number(jwt.claims, "iat", 0) == nbf);
    assert_true(base_json_number(jwt.claims, "exp", 0) == nbf + 600);
    base_public_key_free(public_key);
    base_buf_release(&x5t);
    base_jwt_release(&jwt);
}

static void a_client_assertion_verifies(void **state)
{
    struct script script;
    char *first, *second;

    (void)state;
    for (int chain = 0; chain < 2; chain++) {
        script_init(&script, 2);
        base_key_t *key = test_key(script.az.random, chain);
        az_credential_t *credential =
            az_credential_certificate(&script.az, "https://login.example/", TENANT, CLIENT, key);
        free(token_of(&script, credential, NULL, VAULT));
        assert_string_equal(script.last_token.url,
                            "https://login.example/" TENANT "/oauth2/v2.0/token");
        assert_field(&script.last_token, "client_assertion_type",
                     "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        assert_null(strstr(script.last_token.body, "client_secret"));
        first = form_field(script.last_token.body, "client_assertion");
        verify_assertion(&script, first, key, script.last_token.url, chain + 1);
        free(token_of(&script, credential, "other-tenant", VAULT));
        second = form_field(script.last_token.body, "client_assertion");
        verify_assertion(&script, second, key,
                         "https://login.example/other-tenant/oauth2/v2.0/token", chain + 1);
        assert_string_not_equal(first, second);
        free(first);
        free(second);
        az_credential_free(credential);
        script_release(&script);
    }
}

static void assert_no_token(az_credential_t *credential, enum base_status status, const char *code,
                            struct base_error *err)
{
    char *token = NULL;

    memset(err, 0, sizeof *err);
    assert_int_equal(az_token(credential, NULL, VAULT, &token, err), status);
    assert_int_equal(err->status, status);
    assert_string_equal(err->code, code);
    assert_null(token);
}

static void a_key_that_cannot_sign_is_an_error(void **state)
{
    struct script script;
    struct base_error err;

    (void)state;
    script_init(&script, 2);
    base_key_t *ec = base_key_new_ec();
    struct base_certificate_request request = {.common_name = "elliptic",
                                               .not_after_ms = 4000000000000};
    base_key_certify(ec, NULL, &request, script.az.random);
    az_credential_t *credentials[] = {
        az_credential_certificate(&script.az, NULL, TENANT, CLIENT, ec),
        az_credential_certificate(&script.az, NULL, TENANT, CLIENT, base_key_new_rsa(2048)),
        az_credential_certificate(&script.az, NULL, TENANT, CLIENT, NULL)};
    static const char *const words[] = {"not RSA", "no certificate", "no certificate"};
    for (size_t i = 0; i < 3; i++) {
        assert_no_token(credentials[i], BASE_UNAUTHENTICATED, "InvalidCertificate", &err);
        assert_non_null(strstr(err.message, words[i]));
        az_credential_free(credentials[i]);
    }
    assert_int_equal(script.tokens, 0);
    script_release(&script);
}

static void tokens_are_kept_by_tenant_and_resource(void **state)
{
    struct script script;

    (void)state;
    script_init(&script, 2);
    for (int round = 0; round < 2; round++) {
        assert_token(&script, NULL, VAULT, "token-1");
        assert_token(&script, TENANT, VAULT, "token-1");
        assert_token(&script, "other", VAULT, "token-2");
        assert_token(&script, NULL, VAULT "/", "token-3");
    }
    assert_int_equal(script.tokens, 3);
    az_credential_forget(script.credential);
    assert_token(&script, "other", VAULT, "token-4");
    assert_token(&script, NULL, VAULT, "token-5");
    script_release(&script);
}

static void the_cache_has_a_maximum(void **state)
{
    struct script script;
    char tenant[16];

    (void)state;
    script_init(&script, 2);
    for (int i = 0; i < 65; i++) {
        snprintf(tenant, sizeof tenant, "tenant%d", i);
        free(token_of(&script, script.credential, tenant, VAULT));
    }
    assert_token(&script, "tenant64", VAULT, "token-65");
    assert_token(&script, "tenant1", VAULT, "token-2");
    assert_token(&script, "tenant0", VAULT, "token-66"); /* made room */
    script_release(&script);
}

static void a_token_is_renewed_five_minutes_early(void **state)
{
    struct script script;

    (void)state;
    script_init(&script, 2);
    assert_token(&script, NULL, VAULT, "token-1");
    script_pass(&script, 54 * MINUTE_MS);
    assert_token(&script, NULL, VAULT, "token-1");
    script_pass(&script, 1 * MINUTE_MS);
    assert_token(&script, NULL, VAULT, "token-2");
    script.lasting = "240"; /* half the life of a token this short */
    az_credential_forget(script.credential);
    assert_token(&script, NULL, VAULT, "token-3");
    script_pass(&script, 1 * MINUTE_MS);
    assert_token(&script, NULL, VAULT, "token-3");
    script_pass(&script, 1 * MINUTE_MS);
    assert_token(&script, NULL, VAULT, "token-4");
    script.lasting = "\"nonsense\""; /* good for one call */
    az_credential_forget(script.credential);
    assert_token(&script, NULL, VAULT, "token-5");
    assert_token(&script, NULL, VAULT, "token-6");
    script_release(&script);
}

static void a_good_token_survives_a_failed_renewal(void **state)
{
    struct script script;
    struct base_error err;

    (void)state;
    script_init(&script, 2);
    assert_token(&script, NULL, VAULT, "token-1");
    script_pass(&script, 56 * MINUTE_MS);
    script.script_tokens = true;
    SCRIPT(&script, {500}, {500}, {500});
    assert_token(&script, NULL, VAULT, "token-1");
    assert_token(&script, NULL, VAULT, "token-1"); /* not asked again at once */
    assert_int_equal(script.count, 1);
    script_pass(&script, MINUTE_MS / 2);
    assert_token(&script, NULL, VAULT, "token-1");
    assert_int_equal(script.count, 2);
    script_pass(&script, 5 * MINUTE_MS);
    assert_no_token(script.credential, BASE_UNAVAILABLE, "", &err);
    script.script_tokens = false;
    assert_token(&script, NULL, VAULT, "token-2");
    script_release(&script);
}

static void a_managed_identity_is_asked_as_imds_wants_it(void **state)
{
    struct script script;

    (void)state;
    script_init(&script, 2);
    SCRIPT(&script,
           {200, "{\"access_token\":\"mi-1\",\"client_id\":\"c\",\"expires_in\":\"86399\","
                 "\"expires_on\":\"1605238724\",\"ext_expires_in\":\"86399\",\"not_before\":\"1\","
                 "\"resource\":\"r\",\"token_type\":\"Bearer\"}"},
           {200, "{\"access_token\":\"mi-2\",\"expires_in\":\"86399\"}"});
    az_credential_t *system = az_credential_managed(&script.az, "http://127.0.0.1:8080/", NULL);
    az_credential_t *user = az_credential_managed(&script.az, "http://127.0.0.1:8080", "my client");
    for (int round = 0; round < 2; round++) {
        char *token = token_of(&script, system, NULL, VAULT);
        assert_string_equal(token, "mi-1");
        free(token);
        script_pass(&script, 20 * 60 * MINUTE_MS);
    }
    char *token = token_of(&script, user, NULL, VAULT);
    assert_string_equal(token, "mi-2");
    free(token);
    assert_call(&script, 0, "GET",
                "http://127.0.0.1:8080/metadata/identity/oauth2/token?api-version=2018-02-01"
                "&resource=https%3A%2F%2Fvault.azure.net");
    assert_string_equal(call_header(&script, 0, "Metadata"), "true");
    assert_non_null(strstr(script.calls[1].url, "&client_id=my%20client"));
    script_done(&script);
    az_credential_free(system);
    az_credential_free(user);
    script_release(&script);
}

static void the_life_may_stand_in_expires_on_only(void **state)
{
    struct script script;
    char body[200];

    (void)state;
    script_init(&script, 2);
    snprintf(body, sizeof body, "{\"access_token\":\"mi-1\",\"expires_on\":\"%lld\"}",
             (long long)base_clock_s(&script.clock) + 3600);
    SCRIPT(&script, {200, body}, {200, "{\"access_token\":\"mi-2\",\"expires_on\":1}"});
    az_credential_t *credential = az_credential_managed(&script.az, "http://h", NULL);
    for (int round = 0; round < 2; round++) {
        char *token = token_of(&script, credential, NULL, VAULT);
        assert_string_equal(token, "mi-1");
        free(token);
        script_pass(&script, 54 * MINUTE_MS);
    }
    char *token = token_of(&script, credential, NULL, VAULT);
    assert_string_equal(token, "mi-2");
    free(token);
    script_done(&script);
    az_credential_free(credential);
    script_release(&script);
}

static void the_environment_names_the_managed_endpoint(void **state)
{
    static const char *const expected[] = {"http://127.0.0.1:9/metadata/",
                                           "http://169.254.169.254/metadata/",
                                           "http://169.254.169.254/metadata/"};
    static const char *const values[] = {"http://127.0.0.1:9", "", NULL};
    struct script script;

    (void)state;
    script_init(&script, 2);
    const struct reply good = {200, "{\"access_token\":\"x\"}", {NULL}, false};
    for (size_t i = 0; i < 3; i++) {
        script_set(&script, &good, 1);
        if (values[i])
            setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", values[i], 1);
        else
            unsetenv("AZURE_POD_IDENTITY_AUTHORITY_HOST");
        az_credential_t *credential = az_credential_managed(&script.az, NULL, NULL);
        free(token_of(&script, credential, NULL, VAULT));
        assert_true(base_starts_nocase(script.calls[0].url, expected[i]));
        az_credential_free(credential);
    }
    script_release(&script);
}

static void refusals_are_unauthenticated_with_their_code(void **state)
{
    static const struct {
        struct reply reply;
        enum base_status status;
        const char *code;
    } rows[] = {
        {{401, "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215: Invalid.\"}"},
         BASE_UNAUTHENTICATED,
         "AADSTS7000215"},
        {{400, "{\"error\":\"invalid_request\",\"error_description\":\"AADSTS90002: no tenant\"}"},
         BASE_UNAUTHENTICATED,
         "AADSTS90002"},
        {{400, "{\"error\":\"invalid_request\",\"error_description\":\"Identity not found\"}"},
         BASE_UNAUTHENTICATED,
         "invalid_request"},
        {{403, "{\"error\":\"unauthorized_client\"}"}, BASE_UNAUTHENTICATED, "unauthorized_client"},
        {{404}, BASE_UNAUTHENTICATED, ""},
        {{500}, BASE_UNAVAILABLE, ""},
        {{504}, BASE_TIMEOUT, ""},
        {{200, "{\"token_type\":\"Bearer\"}"}, BASE_PROTOCOL, "InvalidAnswer"},
        {{200, "{\"access_token\":\"\"}"}, BASE_PROTOCOL, "InvalidAnswer"},
        {{200, "{\"access_token\":5}"}, BASE_PROTOCOL, "InvalidAnswer"},
        {{200, "<html>sign in, access_token</html>"}, BASE_PROTOCOL, "InvalidAnswer"},
        {{200}, BASE_PROTOCOL, "InvalidAnswer"},
    };
    struct script script;
    struct base_error err;

    (void)state;
    script_init(&script, 2);
    script.script_tokens = true;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        script_set(&script, &rows[i].reply, 1);
        assert_no_token(script.credential, rows[i].status, rows[i].code, &err);
        assert_true(err.message[0]);
        assert_hidden(&err, SECRET);
        script_done(&script);
    }
    script_release(&script);
}

/* An earlier error keeps its status. */
static void the_first_error_wins(void **state)
{
    struct script script;
    struct base_error err = {0};
    char *token;

    (void)state;
    script_init(&script, 2);
    script.script_tokens = true;
    SCRIPT(&script, {404});
    base_error_set(&err, BASE_IO, "Earlier", "earlier");
    assert_int_equal(az_token(script.credential, NULL, VAULT, &token, &err), BASE_UNAUTHENTICATED);
    assert_int_equal(err.status, BASE_IO);
    script_release(&script);
}

static void echo(void *context, const struct base_http_request *request,
                 struct base_http_response *response)
{
    cJSON *body = cJSON_CreateObject();
    char *decoded = form_field(request->body, "client_secret");

    (void)context;
    if (!decoded)
        decoded = form_field(request->body, "client_assertion");
    base_json_set_text(body, "error", "invalid_client");
    base_json_set(body, "error_description",
                  base_json_textf("you sent %s; decoded %s", request->body, decoded));
    base_http_answer_json_take(response, 401, body);
    free(decoded);
}

static void a_secret_that_comes_back_is_concealed(void **state)
{
    static const char secret[] = "p+ss/w=rd &co";
    struct script script;
    struct base_error err;

    (void)state;
    script_init(&script, 2);
    struct az_client az = script.az;
    az.http = base_http_client_new_loopback(echo, NULL);
    az_credential_t *credential = az_credential_secret(&az, NULL, TENANT, CLIENT, secret);
    assert_no_token(credential, BASE_UNAUTHENTICATED, "invalid_client", &err);
    assert_hidden(&err, secret);
    assert_hidden(&err, "p%2Bss");
    az_credential_free(credential);
    credential =
        az_credential_certificate(&az, NULL, TENANT, CLIENT, test_key(script.az.random, false));
    assert_no_token(credential, BASE_UNAUTHENTICATED, "invalid_client", &err);
    assert_hidden(&err, "eyJ"); /* how every JSON Web Token begins */
    az_credential_free(credential);
    base_http_client_free(az.http);
    script_release(&script);
}

/* ---- threads ---- */

#define THREADS 8
#define ROUNDS 50

struct crowd {
    struct script script;
    az_credential_t *credential;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool slow_asked, fast_served; /* who holds whom up */
    int status;                   /* of the slow answer */
    atomic_int asked, good, bad;
};

static void serve_crowd(void *context, const struct base_http_request *request,
                        struct base_http_response *response)
{
    struct crowd *crowd = context;
    char *scope = form_field(request->body, "scope");
    int number = atomic_fetch_add(&crowd->asked, 1) + 1;

    if (!strcmp(scope, "slow/.default")) { /* answered only after somebody else was served */
        pthread_mutex_lock(&crowd->lock);
        crowd->slow_asked = true;
        pthread_cond_broadcast(&crowd->changed);
        while (!crowd->fast_served)
            pthread_cond_wait(&crowd->changed, &crowd->lock);
        pthread_mutex_unlock(&crowd->lock);
        response->status = crowd->status;
    } else {
        response->status = 200;
    }
    base_buf_printf(&response->body, "{\"expires_in\":3600,\"access_token\":\"%s#%d\"}", scope,
                    number);
    free(scope);
}

static void crowd_init(struct crowd *crowd)
{
    memset(crowd, 0, sizeof *crowd);
    script_init(&crowd->script, 2);
    pthread_mutex_init(&crowd->lock, NULL);
    pthread_cond_init(&crowd->changed, NULL);
    crowd->status = 200;
    struct az_client az = crowd->script.az;
    az.http = base_http_client_new_loopback(serve_crowd, crowd);
    base_http_client_free(crowd->script.az.http);
    crowd->script.az.http = az.http;
    crowd->credential = az_credential_secret(&az, NULL, TENANT, CLIENT, SECRET);
}

static void crowd_release(struct crowd *crowd)
{
    az_credential_free(crowd->credential);
    script_release(&crowd->script);
    pthread_cond_destroy(&crowd->changed);
    pthread_mutex_destroy(&crowd->lock);
}

static void run_threads(struct crowd *crowd, int count, void *(*run)(void *))
{
    pthread_t threads[THREADS];

    for (int i = 0; i < count; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run, crowd), 0);
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

static void *ask_often(void *context)
{
    struct crowd *crowd = context;
    static const char *const resources[] = {"a", "b", "c"};

    for (int i = 0; i < ROUNDS * 3; i++) {
        struct base_error err = {0};
        char *token = NULL;
        if (az_token(crowd->credential, NULL, resources[i % 3], &token, &err) == BASE_OK &&
            *token == *resources[i % 3])
            atomic_fetch_add(&crowd->good, 1);
        free(token);
    }
    return NULL;
}

static void one_question_serves_all_threads(void **state)
{
    struct crowd crowd;

    (void)state;
    crowd_init(&crowd);
    run_threads(&crowd, THREADS, ask_often);
    assert_int_equal(crowd.good, THREADS * ROUNDS * 3);
    assert_int_equal(crowd.asked, 3);
    crowd_release(&crowd);
}

static void *ask_and_forget(void *context)
{
    struct crowd *crowd = context;

    for (int i = 0; i < ROUNDS; i++) {
        struct base_error err = {0};
        char *token = NULL, resource[8];
        snprintf(resource, sizeof resource, "r%d", i % 70); /* more than are kept */
        if (az_token(crowd->credential, i % 2 ? "other" : NULL, resource, &token, &err) == BASE_OK)
            atomic_fetch_add(&crowd->good, 1);
        free(token);
        if (i % 10 == 0)
            az_credential_forget(crowd->credential);
    }
    return NULL;
}

static void threads_may_forget_and_crowd_the_cache(void **state)
{
    struct crowd crowd;

    (void)state;
    crowd_init(&crowd);
    run_threads(&crowd, THREADS, ask_and_forget);
    assert_int_equal(crowd.good, THREADS * ROUNDS);
    crowd_release(&crowd);
}

static void *ask_slow(void *context)
{
    struct crowd *crowd = context;
    struct base_error err = {0};
    char *token = NULL;
    enum base_status status = az_token(crowd->credential, NULL, "slow", &token, &err);

    if (status == BASE_OK)
        atomic_fetch_add(&crowd->good, 1);
    else if (status == BASE_UNAVAILABLE && err.status == BASE_UNAVAILABLE && !token)
        atomic_fetch_add(&crowd->bad, 1);
    free(token);
    return NULL;
}

static void *ask_fast(void *context)
{
    struct crowd *crowd = context;
    struct base_error err = {0};
    char *token = NULL;

    pthread_mutex_lock(&crowd->lock);
    while (!crowd->slow_asked)
        pthread_cond_wait(&crowd->changed, &crowd->lock);
    pthread_mutex_unlock(&crowd->lock);
    if (az_token(crowd->credential, NULL, "fast", &token, &err) == BASE_OK)
        atomic_fetch_add(&crowd->good, 1);
    free(token);
    pthread_mutex_lock(&crowd->lock);
    crowd->fast_served = true;
    pthread_cond_broadcast(&crowd->changed);
    pthread_mutex_unlock(&crowd->lock);
    return NULL;
}

static void *ask_either(void *context)
{
    static atomic_int turn;

    return atomic_fetch_add(&turn, 1) % 2 ? ask_fast(context) : ask_slow(context);
}

/* While one token is long in coming, others are handed out. */
static void a_slow_answer_holds_nobody_else_up(void **state)
{
    struct crowd crowd;

    (void)state;
    crowd_init(&crowd);
    run_threads(&crowd, 2, ask_either);
    assert_int_equal(crowd.good, 2);
    crowd_release(&crowd);
}

static void everybody_learns_of_a_failure(void **state)
{
    struct crowd crowd;

    (void)state;
    crowd_init(&crowd);
    crowd.status = 500;
    crowd.fast_served = true;
    run_threads(&crowd, THREADS, ask_slow);
    assert_int_equal(crowd.bad, THREADS);
    assert_true(crowd.asked >= 1 && crowd.asked <= THREADS);
    crowd_release(&crowd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_is_sent_as_a_form),
        cmocka_unit_test(a_client_assertion_verifies),
        cmocka_unit_test(a_key_that_cannot_sign_is_an_error),
        cmocka_unit_test(tokens_are_kept_by_tenant_and_resource),
        cmocka_unit_test(the_cache_has_a_maximum),
        cmocka_unit_test(a_token_is_renewed_five_minutes_early),
        cmocka_unit_test(a_good_token_survives_a_failed_renewal),
        cmocka_unit_test(a_managed_identity_is_asked_as_imds_wants_it),
        cmocka_unit_test(the_life_may_stand_in_expires_on_only),
        cmocka_unit_test(the_environment_names_the_managed_endpoint),
        cmocka_unit_test(refusals_are_unauthenticated_with_their_code),
        cmocka_unit_test(the_first_error_wins),
        cmocka_unit_test(a_secret_that_comes_back_is_concealed),
        cmocka_unit_test(one_question_serves_all_threads),
        cmocka_unit_test(threads_may_forget_and_crowd_the_cache),
        cmocka_unit_test(a_slow_answer_holds_nobody_else_up),
        cmocka_unit_test(everybody_learns_of_a_failure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
