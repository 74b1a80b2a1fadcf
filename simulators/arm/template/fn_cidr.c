/* Decides the standard functions on address blocks, IPv4 and IPv6. */
#include "simulators/arm/template/function.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

struct block {
    unsigned char address[16]; /* IPv4: the first four */
    int bits;                  /* 32 or 128 */
    int prefix;
};

static int family(const struct block *block)
{
    return block->bits == 32 ? AF_INET : AF_INET6;
}

static bool refuse(struct arm_fn *fn, const char *text)
{
    return arm_fn_fail(fn, "the value '%.60s' is not an address block like '10.0.0.0/16'", text);
}

/* Bits behind the prefix become `value`. */
static void fill_host(struct block *block, bool ones)
{
    for (int bit = block->prefix; bit < block->bits; bit++) {
        unsigned char mask = (unsigned char)(0x80 >> (bit % 8));
        if (ones)
            block->address[bit / 8] |= mask;
        else
            block->address[bit / 8] &= (unsigned char)~mask;
    }
}

/* The network of "address/prefix". */
static bool read_block(struct arm_fn *fn, struct block *out)
{
    const char *text, *slash;
    char address[64];
    int64_t prefix;

    if (!arm_fn_text(fn, 0, &text))
        return false;
    slash = strchr(text, '/');
    if (!slash || (size_t)(slash - text) >= sizeof(address))
        return refuse(fn, text);
    memcpy(address, text, (size_t)(slash - text));
    address[slash - text] = '\0';
    *out = (struct block){.bits = strchr(address, ':') ? 128 : 32};
    if (inet_pton(family(out), address, out->address) != 1 ||
        !base_parse_int64(slash + 1, &prefix) || prefix < 0 || prefix > out->bits ||
        strspn(slash + 1, "0123456789") != strlen(slash + 1))
        return refuse(fn, text);
    out->prefix = (int)prefix;
    fill_host(out, false);
    return true;
}

static void print_address(const struct block *block, char out[INET6_ADDRSTRLEN])
{
    BUG_ON(!inet_ntop(family(block), block->address, out, INET6_ADDRSTRLEN));
}

/* Adds a number at the place of a bit (the last one that counts). */
static void add_at(struct block *block, uint64_t number, int last_bit)
{
    for (int bit = last_bit; bit >= 0 && number; bit--, number >>= 1)
        for (int at = bit; number & 1 && at >= 0; at--) {
            unsigned char mask = (unsigned char)(0x80 >> (at % 8));
            block->address[at / 8] ^= mask;
            if (block->address[at / 8] & mask)
                break; /* nothing to carry */
        }
}

/* 2^bits - 1, as far as 63 bits go. */
static uint64_t room(int bits)
{
    return bits >= 63 ? (uint64_t)INT64_MAX : ((uint64_t)1 << bits) - 1;
}

static bool run_cidr_subnet(struct arm_fn *fn)
{
    char address[INET6_ADDRSTRLEN], out[INET6_ADDRSTRLEN + 8];
    struct block block;
    int64_t prefix, index;

    if (!read_block(fn, &block) || !arm_fn_int(fn, 1, &prefix) || !arm_fn_int(fn, 2, &index))
        return false;
    if (prefix < block.prefix || prefix > block.bits)
        return arm_fn_fail(fn, "the new prefix '%lld' must be from '%d' to '%d'", (long long)prefix,
                           block.prefix, block.bits);
    if (index < 0 || (uint64_t)index > room((int)prefix - block.prefix))
        return arm_fn_fail(fn, "the subnet index '%lld' must be from '0' to '%llu'",
                           (long long)index, (unsigned long long)room((int)prefix - block.prefix));
    add_at(&block, (uint64_t)index, (int)prefix - 1);
    print_address(&block, address);
    (void)snprintf(out, sizeof(out), "%s/%d", address, (int)prefix);
    return arm_fn_give_text(fn, out);
}

/* Index 0 is the first address that a host may have: the one behind the network's own. */
static bool run_cidr_host(struct arm_fn *fn)
{
    char address[INET6_ADDRSTRLEN];
    struct block block;
    int64_t index;
    uint64_t last;

    if (!read_block(fn, &block) || !arm_fn_int(fn, 1, &index))
        return false;
    last = room(block.bits - block.prefix);
    if (last < 2)
        return arm_fn_fail(fn, "the block '/%d' has no room for hosts", block.prefix);
    last -= block.bits == 32 ? 2 : 1; /* IPv4: not the broadcast address */
    if (index < 0 || (uint64_t)index > last)
        return arm_fn_fail(fn, "the host index '%lld' must be from '0' to '%llu'", (long long)index,
                           (unsigned long long)last);
    add_at(&block, (uint64_t)index + 1, block.bits - 1);
    print_address(&block, address);
    return arm_fn_give_text(fn, address);
}

static void add_address(cJSON *to, const char *name, const struct block *block)
{
    char address[INET6_ADDRSTRLEN];

    print_address(block, address);
    cJSON_AddStringToObject(to, name, address);
}

static struct block netmask(const struct block *network)
{
    struct block mask = {.bits = network->bits, .prefix = network->prefix};

    memset(mask.address, 0xFF, sizeof(mask.address));
    fill_host(&mask, false);
    return mask;
}

static bool run_parse_cidr(struct arm_fn *fn)
{
    struct block network, mask, last, first;
    bool v4, narrow;

    if (!read_block(fn, &network))
        return false;
    v4 = network.bits == 32;
    narrow = network.bits - network.prefix < 2; /* every address may be a host's */
    mask = netmask(&network);
    first = last = network;
    fill_host(&last, true);
    fn->made = cJSON_CreateObject();
    add_address(fn->made, "network", &network);
    add_address(fn->made, "netmask", &mask);
    if (v4)
        add_address(fn->made, "broadcast", &last);
    if (v4 && !narrow) {
        first.address[3] |= 1;
        last.address[3] &= 0xFE;
    }
    add_address(fn->made, "firstUsable", &first);
    add_address(fn->made, "lastUsable", &last);
    cJSON_AddNumberToObject(fn->made, "cidr", network.prefix);
    return true;
}

static const struct arm_function rows[] = {
    {"cidrhost", 2, 2, run_cidr_host, 0, 0},
    {"cidrsubnet", 3, 3, run_cidr_subnet, 0, 0},
    {"parsecidr", 1, 1, run_parse_cidr, 0, 0},
};

const struct arm_function_table arm_functions_cidr = {rows, sizeof(rows) / sizeof(rows[0])};
