/* guid and uniqueString to the last bit: every vector of facts of ARM, 5.3 and 5.4. */
#include "tests/unit/sim_arm/template.h"

#define G11 "'/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1'"
#define G11_WITH(rest)                                                                             \
    "'/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1" rest

static const struct {
    const char *arguments, *value;
} guids[] = {
    {"'foo','bar','baz'", "2ed86837-7c7c-5eaa-9864-dd077fd19b0d"},
    {"'asdf'", "228d27cc-6fdb-5934-b7ac-1efccebade04"},
    {"'a'", "3703365d-5a9f-59b4-bca7-b9681389e4c1"},
    {"'A'", "7caad06f-ff62-5c82-b2b4-dacb56c15ffc"},
    {"''", "e655a85f-3ab2-5e4a-9666-569aa72a5a10"},
    {"'a','b'", "2d796349-8c7e-55ec-9624-54ece82ed031"},
    {"'a-b'", "2d796349-8c7e-55ec-9624-54ece82ed031"},
    {"'hello'", "520f8434-fe3a-5d99-888d-450a827486a1"},
    {"'contoso','eastus'", "48cf7463-4cdc-54f5-bdb3-e006760b98e1"},
    {"'test'", "d6a5baf1-8b9b-542a-8525-2982f1f98a0c"},
    {"'" SUB "'", "66d9cd0e-d288-514f-bba8-1a278c853115"},
    {G11, "8abc4c04-b640-5cff-b773-7f2907ce0924"},
    {G11 ",'ehdr'", "2f8c20ac-8b91-5a45-91aa-481707723426"},
    {G11_WITH("/providers/Microsoft.EventHub/namespaces/"
              "ns1','22222222-2222-2222-2222-222222222222','a638d3c7-ab3a-"
              "418d-83e6-5f17a39d4fde'"),
     "81e25f4e-2e22-55c4-8b1d-b5f76e203b0e"},
    {G11_WITH("/providers/Microsoft.HealthcareApis/workspaces/ws1/fhirservices/"
              "fs1','cn1','3f88fce4-5892-4214-ae73-ba5294559913'"),
     "c26811ad-8f1f-5a39-9246-fe97bdaae021"},
    {"'é'", "00e3d13f-31a7-5e5b-ac3b-5598870502dd"},
};

static const struct {
    const char *arguments, *value;
} uniques[] = {
    {"'/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/myRg'", "js26ofeqkqeve"},
    {"'/subscriptions/11068ed9-6c31-4a47-8183-4eca6d84bb32/resourceGroups/myRg'", "pwt7yebfrftwu"},
    {"'snap','crackle','pop'", "byghxckddilkc"},
    {"'asd','asdf','asdf'", "iizpqit7ih3cc"},
    {"'/subscriptions/31e9f9a0-9fd2-4294-a0a3-0101246d9700/resourceGroups/"
     "rg-modm201-20230913120256/providers/"
     "Microsoft.Compute/virtualMachines/bobjacmodm201'",
     "yvjxno3je5on2"},
    {"'/subscriptions/3c7f956b-55ee-4686-9d30-da1eb631dc59/resourceGroups/rg-devopsshieldek010dev'",
     "fd63l2gacbtca"},
    {"'tyeth'", "zcztcwvu6iyg6"},
    {"'/subscriptions/12345678-1234-1234-1234-123456789012/resourceGroups/"
     "my-rg','Microsoft.Storage/storageAccounts'",
     "z22rah77jfqry"},
    {"'/subscriptions/00000000-0000-0000-0000-000000000000','resource-id'", "cwvxuqg24sifi"},
    {"'fu'", "6rkxbspxjmsho"},
    {"'fubar'", "cj2xpqsiwjfne"},
    {"'fu','bar'", "q5wxoscxs5j6k"},
    {"'a'", "eveiun73364hy"},
    {"'A'", "vz2iyrrqxv4fs"},
    {"'ab'", "twldla3s3qb3q"},
    {"'abc'", "cgtzqvhu4i23s"},
    {"'abcd'", "2vkzoblxv4fya"},
    {"'abcd.'", "5dkwhikz76t6e"},
    {"'abcdef'", "rmkkamh3kazwq"},
    {"'abcdefg'", "logmp4qgzfm46"},
    {"'abcdefgh'", "q7ncvd5x2rx4e"},
    {"'hello'", "htpi75jfihg4e"},
    {"'a','b'", "i3z4v3sp6aooa"},
    {G11, "jbcjr6kddcemg"},
    {"'/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/RG1'", "n43cie3n4a77a"},
    {"'é'", "5i6hbiqzwuby6"},
    {"''", "aaaaaaaaaaaaa"},
};

static void check(const struct world *w, const char *function, const char *arguments,
                  const char *value)
{
    char *expression = base_asprintf("%s(%s)", function, arguments),
         *expected = base_asprintf("\"%s\"", value);

    check_is(&w->scope, expression, expected);
    free(expression);
    free(expected);
}

static void guid_vectors(void **state)
{
    struct world w;

    (void)state;
    world_init(&w);
    for (size_t i = 0; i < sizeof(guids) / sizeof(guids[0]); i++)
        check(&w, "guid", guids[i].arguments, guids[i].value);
    world_release(&w);
}

static void unique_string_vectors(void **state)
{
    struct world w;

    (void)state;
    world_init(&w);
    for (size_t i = 0; i < sizeof(uniques) / sizeof(uniques[0]); i++)
        check(&w, "uniqueString", uniques[i].arguments, uniques[i].value);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guid_vectors),
        cmocka_unit_test(unique_string_vectors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
