/* Decides how an RSA key is made: two random primes, found by OpenSSL and put together here.
 *
 * FIPS 186-4 has two ways to primes of this size. OpenSSL 3's own generator goes the one by way of auxiliary primes (B.3.6), which
 * takes four times as long as random primes (B.3.3) of the same length and tests. Here is the other. */
#include "common/key_private.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#define EXPONENT 65537 /* a prime: coprime to all that it does not divide */
#define APART 100      /* the primes differ within their first so many bits (B.3.3, step 5.4) */

struct numbers {
    BIGNUM *n, *e, *d, *p, *q, *d_p, *d_q, *q_inverse;
};

static void find_numbers(struct numbers *key, int bits, BN_CTX *scratch);
static EVP_PKEY *put_together(const struct numbers *key);

base_key_t *base_key_new_rsa(int bits)
{
    BN_CTX *scratch = BN_CTX_secure_new();
    struct numbers key;

    BUG_ON(!scratch || bits < 2048 || bits % 2);
    BN_CTX_start(scratch);
    BIGNUM **const all[] = {&key.n, &key.e,   &key.d,   &key.p,
                            &key.q, &key.d_p, &key.d_q, &key.q_inverse};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        *all[i] = BN_CTX_get(scratch);
        BUG_ON(!*all[i]);
        if (*all[i] != key.n && *all[i] != key.e)
            BN_set_flags(*all[i], BN_FLG_CONSTTIME);
    }
    find_numbers(&key, bits, scratch);
    EVP_PKEY *pkey = put_together(&key);
    BN_CTX_end(scratch);
    BN_CTX_free(scratch);
    return base_key_take(pkey, NULL);
}

/* A prime of `bits` bits, its two highest ones set, so that the product of two is never a bit short. */
static void find_prime(BIGNUM *prime, int bits, BN_CTX *scratch)
{
    do
        BUG_ON(!BN_generate_prime_ex2(prime, bits, 0, NULL, NULL, NULL, scratch));
    while (BN_mod_word(prime, EXPONENT) == 1); /* the exponent would divide prime - 1 */
}

static void find_primes(struct numbers *key, int bits, BN_CTX *scratch)
{
    BIGNUM *apart = BN_CTX_get(scratch);

    BUG_ON(!apart);
    find_prime(key->p, bits / 2, scratch);
    do {
        find_prime(key->q, bits / 2, scratch);
        BUG_ON(!BN_sub(apart, key->p, key->q));
    } while (BN_num_bits(apart) <= bits / 2 - APART);
    if (BN_is_negative(apart))
        BN_swap(key->p, key->q);
}

/* n = pq, d = 1/e modulo lcm(p-1, q-1), and the four that save a holder of the key half the work (RFC 8017, 3.2). */
static void find_numbers(struct numbers *key, int bits, BN_CTX *scratch)
{
    find_primes(key, bits, scratch);
    BIGNUM *below_p = BN_CTX_get(scratch), *below_q = BN_CTX_get(scratch),
           *common = BN_CTX_get(scratch), *all = BN_CTX_get(scratch);
    bool good =
        all && BN_set_word(key->e, EXPONENT) && BN_mul(key->n, key->p, key->q, scratch) &&
        BN_sub(below_p, key->p, BN_value_one()) && BN_sub(below_q, key->q, BN_value_one()) &&
        BN_gcd(common, below_p, below_q, scratch) && BN_mul(all, below_p, below_q, scratch) &&
        BN_div(all, NULL, all, common, scratch) && BN_mod_inverse(key->d, key->e, all, scratch) &&
        BN_mod(key->d_p, key->d, below_p, scratch) && BN_mod(key->d_q, key->d, below_q, scratch) &&
        BN_mod_inverse(key->q_inverse, key->q, key->p, scratch);

    BUG_ON(!good || BN_num_bits(key->n) != bits);
}

static EVP_PKEY *put_together(const struct numbers *key)
{
    const struct {
        const char *name;
        const BIGNUM *value;
    } parts[] = {
        {OSSL_PKEY_PARAM_RSA_N, key->n},
        {OSSL_PKEY_PARAM_RSA_E, key->e},
        {OSSL_PKEY_PARAM_RSA_D, key->d},
        {OSSL_PKEY_PARAM_RSA_FACTOR1, key->p},
        {OSSL_PKEY_PARAM_RSA_FACTOR2, key->q},
        {OSSL_PKEY_PARAM_RSA_EXPONENT1, key->d_p},
        {OSSL_PKEY_PARAM_RSA_EXPONENT2, key->d_q},
        {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, key->q_inverse},
    };
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *pkey = NULL;

    BUG_ON(!build || !context);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        BUG_ON(!OSSL_PARAM_BLD_push_BN(build, parts[i].name, parts[i].value));
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(build);
    BUG_ON(!parameters || EVP_PKEY_fromdata_init(context) <= 0 ||
           EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_KEYPAIR, parameters) <= 0);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(context);
    return pkey;
}
