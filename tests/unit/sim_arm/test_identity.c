/* Managed identities: what providers are told, the data plane's challenge and credentials, and when a principal goes
 * (facts of ARM, 2, 4.4, 6.3). */
#include "tests/unit/sim_arm/fixture.h"

#include "common/crypto.h"

static void told_to_the_provider(void **state)
{
    struct fixture *f = *state;
    make_connector(f);
    const cJSON *call = last_call(f, "PUT");
    const char *url = header_of(call, "x-ms-identity-url"),
               *oid = header_of(call, "x-ms-identity-principal-id");
    struct sim_principal principal;
    assert_non_null(url);
    assert_string_equal(header_of(call, "x-ms-home-tenant-id"), TENANT);
    assert_true(base_starts_nocase(url, "https://control-westus2.identity.azure.net" C
                                        "/credentials?tid=" TENANT));
    assert_true(sim_principal_by_resource(f->world, C, &principal));
    assert_string_equal(principal.object_id, oid);
    assert_string_equal(principal.tenant, TENANT);
    assert_non_null(strstr(url, principal.client_id));
    assert_string_equal(base_json_text(f->body, "identity.principalId"), oid);
    /* the same identity again; none on a PATCH without the member (E35) */
    assert_status(
        f,
        ask(f, "PUT", C "?" V,
            "{\"location\":\"westus2\",\"identity\":{\"type\":\"UserAssigned , systemassigned\"}}"),
        200);
    assert_string_equal(header_of(last_call(f, "PUT"), "x-ms-identity-principal-id"),
                        principal.object_id);
    assert_status(f, ask(f, "PATCH", C "?" V, "{\"tags\":{\"x\":\"y\"}}"), 200);
    assert_null(header_of(last_call(f, "PATCH"), "x-ms-identity-url"));
    assert_true(sim_principal_by_resource(f->world, C, &principal));
    assert_status(
        f,
        ask(f, "GET",
            C "/providers/Microsoft.ManagedIdentity/identities/default?api-version=2018-11-30",
            NULL),
        200);
    assert_string_equal(base_json_text(f->body, "properties.principalId"), principal.object_id);
}

/* E36, as far as it is ARM's. */
static void goes_with_the_type(void **state)
{
    struct fixture *f = *state;
    struct sim_principal principal;
    make_connector(f);
    assert_status(f, ask(f, "PATCH", C "?" V, "{\"identity\":{\"type\":\"None\"}}"), 200);
    assert_false(sim_principal_by_resource(f->world, C, &principal));
    assert_status(f, ask(f, "PATCH", C "?" V, "{\"identity\":{\"type\":\"SystemAssigned\"}}"), 200);
    assert_true(sim_principal_by_resource(f->world, C, &principal));
    assert_status(f, ask(f, "PUT", C "?" V, "{\"location\":\"westus2\"}"), 200);
    assert_false(sim_principal_by_resource(f->world, C, &principal));
}

static void goes_with_the_resource(void **state)
{
    struct fixture *f = *state;
    struct sim_principal principal;
    make_connector(f);
    f->rp.async_delete = true;
    assert_status(f, ask(f, "DELETE", C "?" V, NULL), 202);
    assert_non_null(header(f, "Location"));
    assert_true(sim_principal_by_resource(f->world, C, &principal));
    assert_status(f, ask(f, "GET", C "?" V, NULL), 200);
    assert_string_equal(base_json_text(f->body, "properties.provisioningState"), "Deleting");
    /* the operation's end is noticed on its way through */
    assert_status(
        f, ask(f, "GET", S "/providers/" HEALTH "/locations/westus2/operationresults/o1?" V, NULL),
        204);
    assert_false(sim_principal_by_resource(f->world, C, &principal));
    f->rp.async_delete = false;
    assert_status(f, ask(f, "DELETE", W "?" V, NULL), 200);
    assert_status(f, ask(f, "DELETE", W "?" V, NULL), 204);
}

static void refused_creation_leaves_none(void **state)
{
    struct fixture *f = *state;
    struct sim_principal principal;
    make_group(f);
    f->rp.refuse_put = 400;
    assert_refused(f,
                   ask(f, "PUT", W "?" V,
                       "{\"location\":\"westus2\",\"identity\":{\"type\":\"SystemAssigned\"}}"),
                   400, "Refused");
    assert_non_null(header_of(last_call(f, "PUT"), "x-ms-identity-url"));
    assert_false(sim_principal_by_resource(f->world, W, &principal));
}

/* ---- the data plane ---- */

struct msi {
    char *host, *target; /* of the identity URL, with api-version */
    char *token;         /* of the provider's application in the customer's tenant */
};

static struct msi open_msi(struct fixture *f)
{
    struct msi msi;
    struct sim_principal rp = principal(f, "rp", TENANT);
    make_connector(f);
    const char *url = header_of(last_call(f, "PUT"), "x-ms-identity-url") + strlen("https://");
    msi.host = base_strndup(url, strcspn(url, "/"));
    msi.target = base_asprintf("%s&api-version=2024-01-01", url + strlen(msi.host));
    msi.token = bearer(f, &rp, "https://identity.azure.net");
    return msi;
}

static void close_msi(struct msi *msi)
{
    free(msi->host);
    free(msi->target);
    free(msi->token);
}

/* The key of a credential signs what the directory's certificate of it verifies. */
static void assert_pair(const base_key_t *key, const struct base_buf *certificate)
{
    struct base_jwt jwt;
    cJSON *header = cJSON_CreateObject(), *claims = cJSON_CreateObject();
    char *token = base_jwt_sign(key, "RS256", header, claims);
    base_public_key_t *public =
        base_public_key_from_certificate_der(certificate->data, certificate->len, NULL);

    assert_non_null(public);
    assert_int_equal(base_jwt_parse(token, &jwt, NULL), BASE_OK);
    assert_int_equal(base_jwt_verify(&jwt, public, NULL), BASE_OK);
    base_jwt_release(&jwt);
    base_public_key_free(public);
    free(token);
    cJSON_Delete(header);
    cJSON_Delete(claims);
}

/* E64, E65; E67 as far as it is the service's: what comes after renew_after is younger. */
static void challenge_then_credentials(void **state)
{
    struct fixture *f = *state;
    struct msi msi = open_msi(f);
    assert_int_equal(send_to(f, msi.host, NULL, "GET", msi.target, NULL, NULL), 401);
    assert_string_equal(header(f, "WWW-Authenticate"),
                        "Bearer authorization=\"https://login.microsoftonline.com/" TENANT "\"");
    assert_int_equal(send_to(f, msi.host, f->owner, "GET", msi.target, NULL, NULL), 401);
    assert_status(f, send_to(f, msi.host, msi.token, "GET", msi.target, NULL, NULL), 200);

    const char *secret = base_json_text(f->body, "client_secret");
    int64_t nbf, naf, renew, dead, later, now = sim_now_ms(f->world), cert_nbf, cert_naf;
    struct base_buf pfx = {0}, der = {0};
    struct base_error err = {0};
    unsigned char thumbprint[20];
    char *first = base_strdup(secret);
    assert_true(base_base64_decode(&pfx, secret, strlen(secret)));
    base_key_t *key = base_key_from_pkcs12(pfx.data, pfx.len, "", &err);
    assert_non_null(key);
    assert_true(base_time_parse(base_json_text(f->body, "not_before"), &nbf));
    assert_true(base_time_parse(base_json_text(f->body, "not_after"), &naf));
    assert_true(base_time_parse(base_json_text(f->body, "renew_after"), &renew));
    assert_true(base_time_parse(base_json_text(f->body, "cannot_renew_after"), &dead));
    assert_true(nbf <= now && now < renew && renew < dead && dead <= naf);
    base_key_validity(key, &cert_nbf, &cert_naf);
    assert_true(cert_nbf <= now && cert_naf > renew);
    base_key_thumbprint_sha1(key, thumbprint);
    assert_true(sim_credential_find_certificate(f->world, base_json_text(f->body, "client_id"),
                                                thumbprint, 20, &der));
    char *subject = base_asprintf("CN=%s", base_json_text(f->body, "client_id"));
    assert_string_equal(base_key_subject(key), subject);
    assert_pair(key, &der);
    free(subject);
    base_key_free(key);
    base_buf_release(&pfx);
    base_buf_release(&der);
    assert_status(f, send_to(f, msi.host, msi.token, "GET", msi.target, NULL, NULL), 200);
    assert_string_equal(base_json_text(f->body, "client_secret"), first); /* until renewal is due */
    free(msi.token);
    /* 47 days later a new one is due; the old one stays good until it expires */
    f->clock = (struct base_clock){.rate = 4062, .epoch_ms = now - 1000 * 1000};
    struct sim_principal rp = principal(f, "rp", TENANT);
    char *token = sim_token_mint(
        f->world, &(struct sim_token_request){&rp, "https://identity.azure.net", "2", 86400});
    msi.token = base_asprintf("Bearer %s", token);
    free(token);
    assert_status(f, send_to(f, msi.host, msi.token, "GET", msi.target, NULL, NULL), 200);
    assert_string_not_equal(base_json_text(f->body, "client_secret"), first);
    assert_true(base_time_parse(base_json_text(f->body, "not_before"), &later));
    assert_true(later > nbf);
    assert_true(sim_credential_find_certificate(f->world, base_json_text(f->body, "client_id"),
                                                thumbprint, 20, &der));
    base_buf_release(&der);
    free(first);
    close_msi(&msi);
}

/* The URL without one of the names in its query. */
static char *without(const char *target, const char *name)
{
    const char *at = strstr(target, name);
    size_t length = strcspn(at, "&") + 1;

    return base_asprintf("%.*s%s", (int)(at - target), target, at + length);
}

/* E66, E68 */
static void refusals_of_the_data_plane(void **state)
{
    struct fixture *f = *state;
    struct msi msi = open_msi(f);
    char *bare = base_strndup(msi.target, strcspn(msi.target, "?"));
    char *query = base_asprintf("%s?api-version=2024-01-01", bare);
    assert_refused(f, send_to(f, msi.host, msi.token, "GET", query, NULL, NULL), 400,
                   "InvalidIdentityUrl");
    free(query);
    static const char *const names[] = {"tid=", "oid=", "aid="};
    for (size_t i = 0; i < 3; i++) {
        char *less = without(msi.target, names[i]);
        assert_refused(f, send_to(f, msi.host, msi.token, "GET", less, NULL, NULL), 400,
                       "InvalidIdentityUrl");
        free(less);
    }
    char *unversioned =
        base_strndup(msi.target, strlen(msi.target) - strlen("&api-version=2024-01-01"));
    assert_refused(f, send_to(f, msi.host, msi.token, "GET", unversioned, NULL, NULL), 400,
                   "MissingApiVersion");
    free(unversioned);
    assert_refused(f, send_to(f, msi.host, msi.token, "PUT", msi.target, "{}", NULL), 405,
                   "MethodNotAllowed");
    struct sim_principal foreign = principal(f, "rp2", OTHER_TENANT);
    char *other = bearer(f, &foreign, "https://identity.azure.net");
    assert_refused(f, send_to(f, msi.host, other, "GET", msi.target, NULL, NULL), 401,
                   "Unauthorized");
    free(other);
    assert_status(f, send_to(f, msi.host, msi.token, "DELETE", msi.target, NULL, NULL), 200);
    assert_status(f, send_to(f, msi.host, msi.token, "DELETE", msi.target, NULL, NULL), 204);
    assert_refused(f, send_to(f, msi.host, msi.token, "GET", msi.target, NULL, NULL), 404,
                   "IdentityNotFound");
    assert_refused(f,
                   send_to(f, msi.host, msi.token, "GET", "/x?api-version=2024-01-01", NULL, NULL),
                   404, "NotFound");
    free(bare);
    close_msi(&msi);
}

static void user_assigned(void **state)
{
    static const char id[] =
        S "/resourcegroups/rg1/providers/Microsoft.ManagedIdentity/userAssignedIdentities/uai1";
    struct fixture *f = *state;
    struct sim_principal principal_;
    struct msi msi = open_msi(f);
    char *path = base_asprintf("%s?api-version=2018-11-30", id);
    assert_refused(f, ask(f, "PUT", path, "{}"), 400, "LocationRequired");
    assert_status(f,
                  ask(f, "PUT",
                      RG "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/"
                         "uai1?api-version=2018-11-30",
                      "{\"location\":\"westus2\"}"),
                  201);
    assert_string_equal(base_json_text(f->body, "id"), id);
    assert_string_equal(base_json_text(f->body, "properties.tenantId"), TENANT);
    char *object = base_strdup(base_json_text(f->body, "properties.principalId"));
    assert_true(sim_principal_by_object(f->world, object, &principal_));
    assert_string_equal(principal_.client_id, base_json_text(f->body, "properties.clientId"));
    assert_status(f, ask(f, "PUT", path, "{\"location\":\"westus2\"}"), 200);
    assert_string_equal(base_json_text(f->body, "properties.principalId"), object);
    char *wanted = base_asprintf("{\"identityIds\":[\"%s\"]}", id);
    assert_status(f, send_to(f, msi.host, msi.token, "POST", msi.target, wanted, NULL), 200);
    assert_string_equal(base_json_text(f->body, "explicit_identities.0.resource_id"), id);
    free(wanted);
    assert_refused(
        f, send_to(f, msi.host, msi.token, "POST", msi.target, "{\"identityIds\":[\"/x\"]}", NULL),
        404, "IdentityNotFound");
    assert_refused(f, send_to(f, msi.host, msi.token, "POST", msi.target, "{}", NULL), 400,
                   "InvalidRequestContent");
    assert_status(f, ask(f, "DELETE", path, NULL), 200);
    assert_false(sim_principal_by_object(f->world, object, &principal_));
    assert_status(f, ask(f, "DELETE", path, NULL), 204);
    free(object);
    free(path);
    close_msi(&msi);
}

static void linking_needs_the_right(void **state)
{
    static const char body[] =
        "{\"location\":\"westus2\",\"identity\":{\"type\":\"UserAssigned\","
        "\"userAssignedIdentities\":{\"" S
        "/resourceGroups/rg9/providers/Microsoft.ManagedIdentity/userAssignedIdentities/u\":{}}}}";
    struct fixture *f = *state;
    make_group(f);
    struct sim_principal limited = principal(f, "limited", TENANT);
    grant(f, &limited, "Contributor", RG);
    char *token = bearer(f, &limited, "https://management.azure.com");
    assert_refused(
        f,
        send_as(f, token, "PUT", RG "/providers/Contoso.Kit/boxes/b?api-version=2022-01-01", body),
        403, "LinkedAuthorizationFailed");
    assert_status(
        f, ask(f, "PUT", RG "/providers/Contoso.Kit/boxes/b?api-version=2022-01-01", body), 201);
    free(token);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(told_to_the_provider),
        T(goes_with_the_type),
        T(goes_with_the_resource),
        T(refused_creation_leaves_none),
        T(challenge_then_credentials),
        T(refusals_of_the_data_plane),
        T(user_assigned),
        T(linking_needs_the_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
