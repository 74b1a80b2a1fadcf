/* Decides whether a client assertion proves that its sender is the application (RFC 7523; Microsoft's "certificate credentials"). */
#include "simulators/entra/call.h"
#include "common/crypto.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct assertion {
    struct base_jwt jwt;
    struct base_buf thumbprint; /* 20 or 32 bytes, of whichever header names the key */
    struct base_buf certificate;
};

static bool check_claims(struct entra_call *call, const struct base_jwt *jwt);
static bool check_identity(struct entra_call *call, const struct base_jwt *jwt);
static bool check_audience(struct entra_call *call, const struct base_jwt *jwt);
static bool check_times(struct entra_call *call, const struct base_jwt *jwt);
static bool check_signature(struct entra_call *call, struct assertion *assertion);

bool entra_assertion_check(struct entra_call *call)
{
    const char *type = entra_field(call, "client_assertion_type");
    struct assertion assertion = {0};
    struct base_error err = {0};
    bool good = false;

    if (!type) {
        entra_refuse(call, 900144, "client_assertion_type");
        return false;
    }
    if (!base_equal(type, ENTRA_ASSERTION_TYPE)) {
        entra_refuse(call, 9002313, "client_assertion_type must be '" ENTRA_ASSERTION_TYPE "'.");
        return false;
    }
    if (base_jwt_parse(entra_field(call, "client_assertion"), &assertion.jwt, &err) != BASE_OK)
        entra_refuse(call, 50027, err.message);
    else
        good = check_identity(call, &assertion.jwt) && check_signature(call, &assertion) &&
               check_claims(call, &assertion.jwt);
    base_buf_release(&assertion.thumbprint);
    base_buf_release(&assertion.certificate);
    base_jwt_release(&assertion.jwt);
    return good;
}

static const char *text(const cJSON *claims, const char *name)
{
    const char *value = base_json_text(claims, name);
    return value ? value : "";
}

static const char *audience_of(const cJSON *claims)
{
    const cJSON *aud = base_json_at(claims, "aud");
    return text(claims, cJSON_IsArray(aud) && cJSON_GetArraySize(aud) == 1 ? "aud.0" : "aud");
}

/* An issuer elsewhere means a federated credential; the directory holds none. */
static bool check_identity(struct entra_call *call, const struct base_jwt *jwt)
{
    const char *issuer = text(jwt->claims, "iss"), *subject = text(jwt->claims, "sub");
    const char *client = call->client.client_id;

    if (base_equal_nocase(issuer, client) && base_equal_nocase(subject, client))
        return true;
    if (base_starts_nocase(issuer, "https://"))
        entra_refuse(call, 70021, issuer, subject, audience_of(jwt->claims));
    else
        entra_refuse(call, 700021, base_equal_nocase(issuer, client) ? subject : issuer, client);
    return false;
}

static bool take_base64(struct base_buf *out, const char *value)
{
    return value && base_base64_decode(out, value, strlen(value));
}

static bool take_hex(struct base_buf *out, const char *value)
{
    for (size_t i = 0; value && value[i] && value[i + 1]; i += 2) {
        char *end, pair[3] = {value[i], value[i + 1], '\0'};
        base_buf_putc(out, (char)strtoul(pair, &end, 16));
        if (*end)
            return false;
    }
    return out->len > 0;
}

static bool take_chain(struct base_buf *out, const char *value)
{
    struct base_buf der = {0};
    unsigned char digest[32];
    bool good = take_base64(&der, value) && der.len;

    if (good) {
        base_sha256(der.data, der.len, digest);
        base_buf_append(out, digest, sizeof digest);
    }
    base_buf_release(&der);
    return good;
}

/* The headers by which clients name their certificate: any of them will do. */
static bool find_thumbprint(const cJSON *header, struct base_buf *out)
{
    static const struct {
        const char *path;
        bool (*take)(struct base_buf *out, const char *value);
        size_t len;
    } names[] = {{"x5t#S256", take_base64, 32},
                 {"x5t", take_base64, 20},
                 {"x5c.0", take_chain, 32},
                 {"kid", take_hex, 20}};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        base_buf_clear(out);
        if (names[i].take(out, base_json_text(header, names[i].path)) && out->len == names[i].len)
            return true;
    }
    base_buf_clear(out);
    return false;
}

static bool refuse_key(struct entra_call *call, const struct assertion *assertion,
                       const char *reason)
{
    struct base_buf hex = {0};

    base_hex_encode(&hex, assertion->thumbprint.data, assertion->thumbprint.len);
    for (size_t i = 0; i < hex.len; i++)
        hex.data[i] = (char)(hex.data[i] >= 'a' ? hex.data[i] - 'a' + 'A' : hex.data[i]);
    entra_refuse(call, 700027, reason, hex.data ? hex.data : "", call->client.client_id);
    base_buf_release(&hex);
    return false;
}

static bool check_signature(struct entra_call *call, struct assertion *assertion)
{
    struct base_buf *print = &assertion->thumbprint, *der = &assertion->certificate;
    struct base_error err = {0};
    int64_t from = 0, to = 0;

    if (!find_thumbprint(assertion->jwt.header, print) ||
        !sim_credential_find_certificate(call->world, call->client.client_id,
                                         (unsigned char *)print->data, print->len, der))
        return refuse_key(call, assertion, "The key was not found.");
    base_public_key_t *key = base_public_key_from_certificate_der(der->data, der->len, &err);
    if (!key || !base_certificate_validity(der->data, der->len, &from, &to)) {
        base_public_key_free(key);
        return refuse_key(call, assertion, "The registered certificate cannot be read.");
    }
    enum base_status status = base_jwt_verify(&assertion->jwt, key, &err);
    base_public_key_free(key);
    if (status == BASE_UNSUPPORTED) {
        entra_refuse(call, 50027, err.message);
        return false;
    }
    if (status != BASE_OK)
        return refuse_key(call, assertion, "The key was found, but the signature does not match.");
    if (sim_now_ms(call->world) > to || sim_now_ms(call->world) < from - ENTRA_SKEW_MS)
        return refuse_key(call, assertion, "The key used is expired.");
    return true;
}

static bool check_claims(struct entra_call *call, const struct base_jwt *jwt)
{
    return check_audience(call, jwt) && check_times(call, jwt);
}

/* The URL of either token endpoint, or one of the issuer's names, at any name of this authority. */
static bool check_audience(struct entra_call *call, const struct base_jwt *jwt)
{
    static const char *const paths[] = {"/oauth2/v2.0/token", "/oauth2/token", "/v2.0", ""};
    const char *audience = audience_of(jwt->claims), *path = call->request->path;
    char tenant[BASE_UUID_TEXT];
    const char **parts;
    struct base_uri uri;

    bool known = base_uri_parse(call->arena, audience, &uri) && base_equal(uri.scheme, "https") &&
                 entra_is_authority(call, uri.host);
    if (known && base_path_split(call->arena, uri.path, &parts) &&
        (base_equal_nocase(parts[0], "adfs") ||
         (sim_tenant_find(call->world, parts[0], tenant) && base_equal(tenant, call->tenant)))) {
        const char *rest = strchr(uri.path + 1, '/');
        for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
            if (base_equal_nocase(rest && rest[1] ? rest : "", paths[i]))
                return true;
    }
    entra_refuse(call, 700023, audience,
                 base_arena_printf(call->arena, "%s://%s%s", call->request->scheme,
                                   call->request->host, path));
    return false;
}

static const char *time_text(struct entra_call *call, double seconds)
{
    char *out = base_arena_alloc(call->arena, BASE_TIME_TEXT);

    if (fabs(seconds) < 1e11)
        base_time_iso((int64_t)(seconds * 1000), out);
    else
        return "not a time";
    return out;
}

/* Seconds may be fractions: some clients send them so. */
static bool check_times(struct entra_call *call, const struct base_jwt *jwt)
{
    double now = (double)sim_now_ms(call->world) / 1000, skew = ENTRA_SKEW_MS / 1000.0;
    double to = base_json_number(jwt->claims, "exp", NAN);
    double from = base_json_number(jwt->claims, "nbf", base_json_number(jwt->claims, "iat", 0));

    if (isnan(to)) {
        entra_refuse(call, 50027, "The claim exp is missing, or is not a number.");
        return false;
    }
    if (now < to + skew && now > from - skew)
        return true;
    entra_refuse(call, 700024, time_text(call, now), time_text(call, from), time_text(call, to));
    return false;
}
