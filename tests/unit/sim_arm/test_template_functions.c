/* Every standard function of the template language, with good and with bad arguments (facts of ARM, 5.2 to 5.5; E90 to E94, E110). */
#include "tests/unit/sim_arm/template.h"

#include "simulators/arm/template/function.h"

#include <stdio.h>
#include <strings.h>

static const struct row {
    const char *expression, *result;
} good[] = {
    /* arrays */
    {"array('a')", "[\"a\"]"},
    {"array(createArray(1))", "[1]"},
    {"concat('a','b',1,true())", "\"ab1True\""},
    {"concat(createArray(1,2),createArray('x'))", "[1,2,\"x\"]"},
    {"createArray()", "[]"},
    {"createArray(1,'a',createArray(2))", "[1,\"a\",[2]]"},
    {"first(createArray('a','b'))", "\"a\""},
    {"first('abc')", "\"a\""},
    {"first('')", "\"\""},
    {"first(createArray())", "null"},
    {"last(createArray())", "null"},
    {"last(createArray('a','b'))", "\"b\""},
    {"last('abc')", "\"c\""},
    {"flatten(createArray(createArray(1,2),createArray(),createArray(createArray(3))))",
     "[1,2,[3]]"},
    {"range(0,3)", "[0,1,2]"},
    {"range(-2,0)", "[]"},
    {"skip('abcd',2)", "\"cd\""},
    {"skip(createArray(1,2,3),1)", "[2,3]"},
    {"skip(createArray(1),-1)", "[1]"},
    {"skip('ab',5)", "\"\""},
    {"take('abcd',2)", "\"ab\""},
    {"take(createArray(1,2,3),5)", "[1,2,3]"},
    {"take('ab',-1)", "\"\""},
    {"indexFromEnd(createArray(1,2,3),1)", "3"},
    {"tryIndexFromEnd(createArray(1,2,3),4)", "null"},
    /* objects */
    {"createObject('a',1,'b',createObject())", "{\"a\":1,\"b\":{}}"},
    {"intersection(createArray(1,2,3,2),createArray(2,3),createArray(3,2))", "[2,3]"},
    {"intersection(createObject('a',1,'b',2),createObject('B',2,'a',3))", "{\"b\":2}"},
    {"items(createObject('foo','abc','bar',123))",
     "[{\"key\":\"bar\",\"value\":123},{\"key\":\"foo\",\"value\":\"abc\"}]"},
    {"objectKeys(createObject('b',1,'a',2))", "[\"a\",\"b\"]"},
    {"shallowMerge(createArray(createObject('a',createObject('x',1)),createObject('a',createObject("
     "'y',2))))",
     "{\"a\":{\"y\":2}}"},
    {"tryGet(parameters('object'),'b','c',0)", "5"},
    {"tryGet(parameters('object'),'x','y')", "null"},
    {"tryGet(parameters('array'),9)", "null"},
    {"union(createObject('abc','def'),createObject('def','ghi'))",
     "{\"abc\":\"def\",\"def\":\"ghi\"}"},
    {"union(createObject('a',createObject('x',1)),createObject('A',createObject('y',2)))",
     "{\"a\":{\"x\":1,\"y\":2}}"},
    {"union(createObject('a',1,'b',2),createObject('a',3))", "{\"a\":3,\"b\":2}"},
    {"union(createArray(1,2),createArray(2,3,3))", "[1,2,3]"},
    /* lambdas */
    {"filter(range(0,6),lambda('x',equals(mod(lambdaVariables('x'),2),0)))", "[0,2,4]"},
    {"filter(createArray('a','b','c'),lambda('x','i',less(lambdaVariables('i'),2)))",
     "[\"a\",\"b\"]"},
    {"map(createArray('a','b'),lambda('x',concat(lambdaVariables('x'),'!')))", "[\"a!\",\"b!\"]"},
    {"map(createArray('a','b'),lambda('x','i',add(lambdaVariables('I'),1)))", "[1,2]"},
    {"map(range(0,2),lambda('x',map(range(0,2),lambda('y',createArray(lambdaVariables('x'),"
     "lambdaVariables('y'))))))",
     "[[[0,0],[0,1]],[[1,0],[1,1]]]"},
    {"mapValues(createObject('a',1,'b',2),lambda('v',mul(lambdaVariables('v'),10)))",
     "{\"a\":10,\"b\":20}"},
    {"groupBy(createArray('ab','ba','ac'),lambda('x',first(lambdaVariables('x'))))",
     "{\"a\":[\"ab\",\"ac\"],\"b\":[\"ba\"]}"},
    {"reduce(createArray('a','b','c'),'',lambda('a','b',format('{0}-{1}',lambdaVariables('a'),"
     "lambdaVariables('b'))))",
     "\"-a-b-c\""},
    {"reduce(createArray(),5,lambda('a','b',1))", "5"},
    {"reduce(range(1,3),0,lambda('a','b','i',add(lambdaVariables('a'),lambdaVariables('i'))))",
     "3"},
    {"sort(createArray(3,1,2,1),lambda('a','b',less(lambdaVariables('a'),lambdaVariables('b'))))",
     "[1,1,2,3]"},
    {"toObject(createArray('a','b','c'),lambda('k',lambdaVariables('k')),lambda('v',concat("
     "lambdaVariables('v'),'1')))",
     "{\"a\":\"a1\",\"b\":\"b1\",\"c\":\"c1\"}"},
    {"toObject(createArray('a'),lambda('k',toUpper(lambdaVariables('k'))))", "{\"A\":\"a\"}"},
    /* logic */
    {"and(true(),true(),false())", "false"},
    {"or(false(),true())", "true"},
    {"not(false())", "true"},
    {"true()", "true"},
    {"false()", "false"},
    {"null()", "null"},
    {"if(true(),1,fail('not taken'))", "1"},
    {"if(false(),fail('not taken'),createArray('x'))", "[\"x\"]"},
    {"bool('True')", "true"},
    {"bool(0)", "false"},
    {"bool('1')", "true"},
    {"coalesce(null(),parameters('none'),'x',fail('later'))", "\"x\""},
    {"coalesce(null())", "null"},
    {"equals('a','a')", "true"},
    {"equals('a','A')", "false"},
    {"equals(createObject('a',1,'b',createArray(2)),createObject('B',createArray(2),'A',1))",
     "true"},
    {"equals(1,'1')", "false"},
    {"equals(null(),null())", "true"},
    {"greater(2,1)", "true"},
    {"greater('A','a')", "true"},
    {"greaterOrEquals(2,2)", "true"},
    {"less('bend','band')", "false"},
    {"less(1,float('1.5'))", "true"},
    {"lessOrEquals('a','a')", "true"},
    /* numbers */
    {"add(5,3)", "8"},
    {"add(-9007199254740993,-1)", "-9007199254740994"},
    {"sub(7,10)", "-3"},
    {"mul(4611686018427387904,1)", "4611686018427387904"},
    {"div(10,2)", "5"},
    {"div(-7,2)", "-3"},
    {"mod(-7,3)", "-1"},
    {"int('42')", "42"},
    {"int(42)", "42"},
    {"float('3.5')", "3.5"},
    {"float(3)", "3.0"},
    {"max(1,5,3)", "5"},
    {"max(createArray(1,5,3))", "5"},
    {"min(createArray(4,2))", "2"},
    {"min(4,2)", "2"},
    {"copyIndex()", "2"},
    {"copyIndex(1)", "3"},
    {"copyIndex('disks')", "4"},
    {"copyIndex('VMs',10)", "12"},
    /* texts */
    {"toLower('ÀBÉ')", "\"àbé\""},
    {"toUpper('straßeñ')", "\"STRAßEÑ\""},
    {"trim('  adf asdf  ')", "\"adf asdf\""},
    {"padLeft('00',5,' ')", "\"   00\""},
    {"padLeft(13,5)", "\"   13\""},
    {"padLeft('abcdef',3,'0')", "\"abcdef\""},
    {"replace('a-b-c','-','+')", "\"a+b+c\""},
    {"replace('aaa','a','')", "\"\""},
    {"join(createArray('abc',123,true()),'/')", "\"abc/123/True\""},
    {"split('a,b;c',createArray(',',';'))", "[\"a\",\"b\",\"c\"]"},
    {"split('a,,b',',')", "[\"a\",\"\",\"b\"]"},
    {"split('','x')", "[\"\"]"},
    {"string(createObject('a',createArray(1,true())))", "\"{\\\"a\\\":[1,true]}\""},
    {"string(true())", "\"True\""},
    {"string(5)", "\"5\""},
    {"substring('asdfasf',3)", "\"fasf\""},
    {"substring('héllo',1,3)", "\"éll\""},
    {"substring('abc',3)", "\"\""},
    {"length('añb')", "3"},
    {"length('😀')", "2"},
    {"length(createArray(1,2))", "2"},
    {"length(parameters('object'))", "2"},
    {"empty('')", "true"},
    {"empty(createObject())", "true"},
    {"empty(createArray(0))", "false"},
    {"empty(null())", "true"},
    {"contains('OneTwo','Two')", "true"},
    {"contains('OneTwo','two')", "false"},
    {"contains(createArray('a'),'A')", "false"},
    {"contains(createArray(1,createArray(2)),createArray(2))", "true"},
    {"contains(createObject('One',1),'one')", "true"},
    {"indexOf('abc','b')", "1"},
    {"indexOf('abc','B')", "1"},
    {"indexOf('éb','b')", "1"},
    {"indexOf('abc','z')", "-1"},
    {"indexOf(createArray('a','B'),'b')", "-1"},
    {"lastIndexOf('abcba','b')", "3"},
    {"lastIndexOf(createArray(1,2,1),1)", "2"},
    {"startsWith('abc','AB')", "true"},
    {"endsWith('abc','BC')", "true"},
    {"endsWith('abc','ab')", "false"},
    /* encodings */
    {"base64(' Fizz ')", "\"IEZpenog\""},
    {"base64ToString(base64('abc'))", "\"abc\""},
    {"base64ToJson(base64('{\"hi\": \"there\"}')).hi", "\"there\""},
    {"dataUri('abc')", "\"data:text/plain;charset=utf-8;base64,YWJj\""},
    {"dataUriToString(dataUri('Hello'))", "\"Hello\""},
    {"dataUriToString('data:text/plain;charset=utf8;base64,SGVsbG8=')", "\"Hello\""},
    {"dataUriToString('data:,a%20b')", "\"a b\""},
    {"json('{\"a\":[1,2.50,null]}')", "{\"a\":[1,2.50,null]}"},
    {"json('null')", "null"},
    {"json(concat('[',string(1),']'))[0]", "1"},
    {"uriComponent('UB*8h 0+=_)9h9n')", "\"UB%2A8h%200%2B%3D_%299h9n\""},
    {"uriComponentToString('%20%25%20')", "\" % \""},
    {"uri('https://github.com','Azure/bicep')", "\"https://github.com/Azure/bicep\""},
    {"uri('https://github.com/another/repo','/Azure/bicep')", "\"https://github.com/Azure/bicep\""},
    {"uri('http://contoso.org/firstpath/myscript.sh','a')", "\"http://contoso.org/firstpath/a\""},
    {"uri('http://contoso.org/a/b/','../c?x=1#f')", "\"http://contoso.org/a/c?x=1#f\""},
    {"uri('http://a.b/c','https://d.e/f')", "\"https://d.e/f\""},
    {"parseUri('https://a.b:8080/p/q?x=1')",
     "{\"scheme\":\"https\",\"host\":\"a.b\",\"port\":8080,\"path\":\"/p/q\",\"query\":\"?x=1\"}"},
    {"buildUri(createObject('scheme','https','host','a.b','port',8080,'path','p','query','x=1'))",
     "\"https://a.b:8080/p?x=1\""},
    {"buildUri(parseUri('https://a.b/p?x=1'))", "\"https://a.b/p?x=1\""},
    /* format */
    {"format('->{0}<-',123)", "\"->123<-\""},
    {"format('{0}/{1}/{2}/{3}',1,2,3,true())", "\"1/2/3/True\""},
    {"format('{0}',createObject('a','b','!c',2))", "\"{'a':'b','!c':2}\""},
    {"format('{0}',createArray(true(),2893,'abc'))", "\"[true,2893,'abc']\""},
    {"format('{{{0:D4}}}',42)", "\"{0042}\""},
    {"format('{0:N0}|{1:N}',8175133,-1234)", "\"8,175,133|-1,234.00\""},
    {"format('{0:X}|{0:x4}|{1:X}',255,-1)", "\"FF|00ff|FFFFFFFF\""},
    {"format('{0,5}|{1,-5}|',42,'ab')", "\"   42|ab   |\""},
    {"format('{0:000}|{0:#,##0.00}|{0:0.0%}|{1:#}',1234,0)", "\"1234|1,234.00|123400.0%|\""},
    {"format('{0:F1}|{0:E2}|{0:P0}|{0:G}',float('12.34'))", "\"12.3|1.23E+001|1,234 %|12.34\""},
    {"format('plain')", "\"plain\""},
    /* instants */
    {"dateTimeToEpoch(dateTimeFromEpoch(1680224438))", "1680224438"},
    {"dateTimeFromEpoch(1680224438)", "\"2023-03-31T01:00:38Z\""},
    {"dateTimeToEpoch('2023-03-31T03:00:38+02:00')", "1680224438"},
    {"dateTimeToEpoch('20230331T010038Z')", "1680224438"},
    {"dateTimeAdd(dateTimeFromEpoch(1680224438),'P1D')", "\"2023-04-01T01:00:38Z\""},
    {"dateTimeAdd('2020-04-07 14:53:14Z','-P9D','u')", "\"2020-03-29 14:53:14Z\""},
    {"dateTimeAdd('2020-04-07T14:53:14Z','P3Y')", "\"2023-04-07T14:53:14Z\""},
    {"dateTimeAdd('2020-04-07T14:53:14Z','PT1H30.5S','s')", "\"2020-04-07T15:53:44\""},
    {"dateTimeAdd('2020-04-07T14:53:14Z','P1DT1H','dddd d MMM yyyy h:mm tt')",
     "\"Wednesday 8 Apr 2020 3:53 PM\""},
    {"dateTimeAdd('2022-09-01T00:00:00Z','P10Y')",
     "\"2032-08-29T00:00:00Z\""}, /* as the engine has it: 365 days */
    {"dateTimeAdd('2024-01-01T00:00:00Z','P1Y')", "\"2024-12-31T00:00:00Z\""},
    /* address blocks */
    {"cidrSubnet('10.144.0.0/20',24,0)", "\"10.144.0.0/24\""},
    {"cidrSubnet('10.144.0.0/20',24,15)", "\"10.144.15.0/24\""},
    {"cidrSubnet('fdad:3236:5555::/48',64,3)", "\"fdad:3236:5555:3::/64\""},
    {"cidrHost('10.144.3.0/24',0)", "\"10.144.3.1\""},
    {"cidrHost('10.144.3.0/24',253)", "\"10.144.3.254\""},
    {"cidrHost('fdad:3236:5555:3::/64',4)", "\"fdad:3236:5555:3::5\""},
    {"parseCidr('10.144.0.0/20')", "{\"network\":\"10.144.0.0\",\"netmask\":\"255.255.240.0\","
                                   "\"broadcast\":\"10.144.15.255\",\"firstUsable\":"
                                   "\"10.144.0.1\",\"lastUsable\":\"10.144.15.254\",\"cidr\":20}"},
    {"parseCidr('10.1.2.3/16').network", "\"10.1.0.0\""},
    {"parseCidr('fdad:3236:5555::/48')",
     "{\"network\":\"fdad:3236:5555::\",\"netmask\":\"ffff:ffff:ffff::\",\"firstUsable\":\"fdad:"
     "3236:5555::\","
     "\"lastUsable\":\"fdad:3236:5555:ffff:ffff:ffff:ffff:ffff\",\"cidr\":48}"},
    /* the deployment */
    {"parameters('NUMBER')", "7"},
    {"variables('a')", "\"abc!\""},
    {"variables('three')", "[1,2,3]"},
    {"variables('nested')", "{\"x\":1,\"y\":[{\"i\":0},{\"i\":1}]}"},
    {"deployment().name", "\"dep\""},
    {"deployer().objectId", "\"o\""},
    {"environment().name", "\"AzureCloud\""},
    {"externalInputs('in')", "\"put\""},
    {"resourceGroup().location", "\"westus2\""},
    {"subscription().subscriptionId", "\"00000000-0000-0000-0000-000000000001\""},
    {"tenant().tenantId", "\"t\""},
    {"managementGroup().name", "\"mg1\""},
    {"if(true(),1,fail('x'))", "1"},
    {"contoso.twice('ab')", "\"abab\""},
    {"CONTOSO.Twice(contoso.twice('a'))", "\"aaaa\""},
    /* ids */
    {"resourceId('Microsoft.X/a/b','n1','n2')", "\"" RG1 "/providers/Microsoft.X/a/n1/b/n2\""},
    {"resourceId('rg2','Microsoft.X/a','n')",
     "\"" SUB "/resourceGroups/rg2/providers/Microsoft.X/a/n\""},
    {"resourceId('11111111-1111-1111-1111-111111111111','rg2','Microsoft.X/a','n')",
     "\"/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg2/providers/"
     "Microsoft.X/a/n\""},
    {"resourceId('Microsoft.X/a/b/c','n1/n2/n3')",
     "\"" RG1 "/providers/Microsoft.X/a/n1/b/n2/c/n3\""},
    {"resourceId('Microsoft.X/a/b','n1','n2/n3')",
     "\"" RG1 "/providers/Microsoft.X/a/n1/b/n2/n3\""},
    {"subscriptionResourceId('Microsoft.X/a','n')", "\"" SUB "/providers/Microsoft.X/a/n\""},
    {"subscriptionResourceId('11111111-1111-1111-1111-111111111111','Microsoft.X/a','n')",
     "\"/subscriptions/11111111-1111-1111-1111-111111111111/providers/Microsoft.X/a/n\""},
    {"tenantResourceId('Microsoft.X/a','n')", "\"/providers/Microsoft.X/a/n\""},
    {"managementGroupResourceId('Microsoft.X/a','n')",
     "\"/providers/Microsoft.Management/managementGroups/mg1/providers/Microsoft.X/a/n\""},
    {"managementGroupResourceId('mg2','Microsoft.X/a','n')",
     "\"/providers/Microsoft.Management/managementGroups/mg2/providers/Microsoft.X/a/n\""},
    {"extensionResourceId(resourceGroup().id,'Microsoft.Authorization/locks','l')",
     "\"" RG1 "/providers/Microsoft.Authorization/locks/l\""},
    /* what is deployed */
    {"reference('ws1')", "\"reference|ws1||\""},
    {"REFERENCE('ws1','2021-11-01','full')", "\"REFERENCE|ws1|2021-11-01|full\""},
    {"references('loop','Full')", "\"references|loop||full\""},
    /* E110 */
    {"listkeys(resourceId('Microsoft.Storage/storageAccounts','st1'),'2022-09-01').keys[0].value",
     "\"listkeys " RG1 "/providers/Microsoft.Storage/storageAccounts/st1 2022-09-01\""},
    {"listAnything('x','1',createObject('a',1)).body", "{\"a\":1}"},
    {"list('x','1').keys[0].value", "\"list x 1\""},
    {"providers('Microsoft.Compute','virtualMachines').apiVersions[0]", "\"2020-01-01\""},
    {"providers('Microsoft.Compute').namespace", "\"Microsoft.Compute\""},
    {"roleDefinitions('Reader').roleDefinitionId", "\"acdd\""},
    {"pickZones('Microsoft.Compute','virtualMachines','westus2')", "[\"1\"]"},
    {"pickZones('Microsoft.Compute','virtualMachines','westus2',2,1)", "[\"2\",\"3\"]"},
    {"pickZones('Microsoft.Compute','virtualMachines','westcentralus')", "[]"},
    {"toLogicalZone('s','westus2','westus2-az1')", "\"2\""},
    {"toLogicalZones('s','westus2',createArray('westus2-az1','westus2-az3'))", "[\"2\",\"1\"]"},
    {"toPhysicalZone('s','westus2','1')", "\"westus2-az3\""},
    {"toPhysicalZones('s','westus2',createArray('2'))", "[\"westus2-az1\"]"},
    /* E90 to E93 */
    {"uniqueString(resourceGroup().id)", "\"jbcjr6kddcemg\""},
    {"concat('sto',uniqueString(resourceGroup().id))", "\"stojbcjr6kddcemg\""},
    {"guid(resourceGroup().id,'ehdr')", "\"2f8c20ac-8b91-5a45-91aa-481707723426\""},
    {"GUID('asdf')", "\"228d27cc-6fdb-5934-b7ac-1efccebade04\""},
    {"guid('foo','bar','baz')", "\"2ed86837-7c7c-5eaa-9864-dd077fd19b0d\""},
    /* accessors */
    {"parameters('object').one", "1"},
    {"parameters('object')['B'].C[0]", "5"},
    {"parameters('object').?x.y.z", "null"},
    {"parameters('array')[?9]", "null"},
    {"parameters('object')[?'b'].c[?0]", "5"},
    {"parameters('none').?a", "null"},
    {" concat ( 'it''s' ,\n '' ) ", "\"it's\""},
    {"'it''s'", "\"it's\""},
    {"-5", "-5"},
};

static const struct row bad[] = {
    {"array()", "function requires '1' argument while '0' were provided"},
    {"concat('a',createArray())", "'concat' expects its second parameter"},
    {"concat(createArray(),'a')", "of type 'Array'. The provided value is of type 'String'"},
    {"concat()", "requires '1' or more arguments"},
    {"createArray(fail('inner'))", "inner"},
    {"first(5)",
     "one of the following types 'Array, String'. The provided value is of type 'Integer'"},
    {"last(null())", "type 'Null'"},
    {"flatten(createArray(1))", "every element must be an array"},
    {"range(0,10001)", "must be from '0' to '10000'"},
    {"range(2147483647,2)", "leaves 32 bits"},
    {"range('0',1)", "first parameter to be of type 'Integer'"},
    {"skip('a','b')", "second parameter to be of type 'Integer'"},
    {"take(1,1)", "'Array, String'"},
    {"indexFromEnd(createArray(1),2)", "the array has '1' elements"},
    {"tryIndexFromEnd('a',1)", "type 'Array'"},
    {"createObject('a')", "come in pairs"},
    {"createObject(1,2)", "first parameter to be of type 'String'"},
    {"createObject('a',1,'A',2)", "named twice"},
    {"intersection(createArray(),createObject())", "type 'Array'"},
    {"items('a')", "type 'Object'"},
    {"objectKeys(createArray())", "type 'Object'"},
    {"shallowMerge(createArray(1))", "every element must be an object"},
    {"tryGet('a','b')", "can't be evaluated"},
    {"union(1,2)", "'Array, Object'"},
    {"filter(createArray(1),lambda('x',1))", "must return a value of type 'Boolean'"},
    {"filter(5,lambda('x',true()))", "must be of type 'Array'"},
    {"map(createArray(1),5)", "must be a lambda"},
    {"map(createArray(1),lambda('a','b','c',1))", "'3' variables"},
    {"map(createArray(1),lambda(concat('a'),1))", "literal strings"},
    {"mapValues(createArray(),lambda('x',1))", "type 'Object'"},
    {"groupBy(createArray(1),lambda('x',1))", "type 'String'"},
    {"reduce(createArray(1),1,lambda('x',1))", "'1' variables"},
    {"sort(createArray(2,1),lambda('a','b','x'))", "type 'Boolean'"},
    {"toObject(createArray('a','A'),lambda('x',lambdaVariables('x')))", "made twice"},
    {"lambda('x',1)", "only be an argument"},
    {"lambdaVariables('x')", "no lambda variable 'x'"},
    {"and(true(),1)", "argument '2' must be of type 'Boolean'"},
    {"or(false())", "requires '2' or more"},
    {"not('true')", "type 'Boolean'"},
    {"true(1)", "requires '0' arguments"},
    {"false(1)", "requires '0' arguments"},
    {"null(1)", "requires '0' arguments"},
    {"if('x',1,2)", "the condition must be of type 'Boolean'"},
    {"bool('yes')", "neither 'true' nor 'false'"},
    {"coalesce()", "requires '1' or more"},
    {"equals(1)", "requires '2' arguments while '1'"},
    {"greater(1,'a')", "second parameter to be of type 'Integer'"},
    {"greaterOrEquals(true(),1)", "'Integer, String'"},
    {"less(createArray(),1)", "'Integer, String'"},
    {"lessOrEquals('a',1)", "type 'String'"},
    {"add('1',2)", "The template language function 'add' expects its first parameter to be of type "
                   "'Integer'. The "
                   "provided value is of type 'String'"},
    {"add(9223372036854775807,1)", "does not fit into 64 bits"},
    {"sub(-9223372036854775807,2)", "does not fit into 64 bits"},
    {"mul(9223372036854775807,2)", "does not fit into 64 bits"},
    {"div(1,0)", "divide by zero"},
    {"mod(1,0)", "divide by zero"},
    {"int(true())", "'Integer, String'. The provided value is of type 'Boolean'"},
    {"int('4x')", "not a whole number"},
    {"float('abc')", "not a number"},
    {"max(createArray())", "the array is empty"},
    {"min('a')", "type 'Array'"},
    {"copyIndex('nowhere')", "no copy of the name 'nowhere'"},
    {"copyIndex(1,2)", "first parameter to be of type 'String'"},
    {"toLower(1)", "type 'String'"},
    {"toUpper(null())", "type 'String'"},
    {"trim(createArray())", "type 'String'"},
    {"padLeft('a',5,'xy')", "one character"},
    {"padLeft('a',99999999)", "must be from '0'"},
    {"replace('a','','b')", "must not be empty"},
    {"join('a',',')", "type 'Array'"},
    {"split('a',1)", "'String, Array'"},
    {"string()", "requires '1' argument"},
    {"substring('abc',2,5)", "The index parameter: '2', the length parameter: '5', the length of "
                             "the string parameter: '3'"},
    {"substring('abc',-1)", "location within the string"},
    {"length(5)", "'Array, String, Object'"},
    {"empty(5)", "'Array, Object, String'"},
    {"contains(5,'a')", "'Array, Object, String'"},
    {"contains('a',createArray())", "second parameter"},
    {"indexOf('a',1)", "second parameter to be of type 'String'"},
    {"lastIndexOf(5,'a')", "'String, Array'"},
    {"startsWith(1,'a')", "type 'String'"},
    {"endsWith('a',1)", "type 'String'"},
    {"base64(1)", "type 'String'"},
    {"base64ToString('!!')", "not the Base64 of a text"},
    {"base64ToString('gA==')", "not the Base64 of a text"},
    {"base64ToJson(base64('{'))", "not JSON"},
    {"dataUri()", "requires '1' argument"},
    {"dataUriToString('abc')", "not a data URI"},
    {"json('{')", "not JSON"},
    {"uriComponent(1)", "type 'String'"},
    {"uriComponentToString('%G0')", "not an encoded URI component"},
    {"uri('github.com','a')", "not an absolute URI"},
    {"parseUri('a/b')", "not an absolute URI"},
    {"buildUri(createObject('scheme','https'))", "'scheme' and 'host' are required"},
    {"format('{0} {1}',1)", "names the argument '{1}', there are '1'"},
    {"format('{0')", "not in a correct format"},
    {"format('}')", "not in a correct format"},
    {"format('{0:Q}',1)", "format specifier 'Q' is not supported"},
    {"dateTimeAdd('yesterday','P1D')", "not a date and time"},
    {"dateTimeAdd('2020-04-07T14:53:14Z','1D')", "not a duration"},
    {"dateTimeAdd('2020-04-07T14:53:14Z','P')", "not a duration"},
    {"dateTimeAdd('2020-04-07T14:53:14Z','PT')", "not a duration"},
    {"dateTimeAdd('2020-04-07T14:53:14Z','P1H')", "not a duration"},
    {"dateTimeAdd('2020-04-07T14:53:14Z','P1D','Q\\')", "not a supported date and time format"},
    {"dateTimeFromEpoch('1')", "type 'Integer'"},
    {"dateTimeFromEpoch(999999999999999)", "not in the years"},
    {"dateTimeToEpoch('x')", "not a date and time"},
    {"cidrSubnet('10.0.0.0/16',8,0)", "must be from '16' to '32'"},
    {"cidrSubnet('10.0.0.0/16',24,256)", "must be from '0' to '255'"},
    {"cidrHost('10.0.0.0/24',254)", "must be from '0' to '253'"},
    {"cidrHost('10.0.0.0/32',0)", "no room for hosts"},
    {"parseCidr('10.0.0.300/8')", "not an address block"},
    {"parseCidr('10.0.0.0')", "not an address block"},
    {"parameters('nope')", "The template parameter 'nope' is not found"},
    {"variables('nope')", "The template variable 'nope' is not found"},
    {"variables('loop1')", "circular dependency was detected: 'loop1->loop2->loop1'"},
    {"variables('self')", "circular dependency was detected: 'self->self'"},
    {"deployment(1)", "requires '0' arguments"},
    {"deployer(1)", "requires '0' arguments"},
    {"environment(1)", "requires '0' arguments"},
    {"externalInputs('nope')", "no external input 'nope'"},
    {"resourceGroup(1)", "requires '0' arguments"},
    {"subscription(1)", "requires '0' arguments"},
    {"tenant(1)", "requires '0' arguments"},
    {"managementGroup(1)", "requires '0' arguments"},
    {"fail('my sentence')", "my sentence"},
    {"contoso.twice()", "requires '1' argument(s) while '0'"},
    {"contoso.twice(1)", "expects its parameter 'x' to be of type 'string'"},
    {"contoso.bad()", "'variables' is not expected at this location"},
    {"contoso.wrong()", "returns a value of type 'String'; 'int' was declared"},
    {"contoso.forever()", "levels deep"},
    {"contoso.nothing()", "The template function 'contoso.nothing' is not valid"},
    {"resourceId('Microsoft.X/a/b','n1')",
     "the type 'Microsoft.X/a/b' requires '2' resource name argument(s), '1' were provided"},
    {"resourceId('a','b')", "no argument is a resource type"},
    {"resourceId('x','rg','Microsoft.X/a','n')", "not a valid subscription identifier"},
    {"subscriptionResourceId('x','Microsoft.X/a','n')", "not a valid subscription identifier"},
    {"tenantResourceId('x','Microsoft.X/a','n')", "at most '0' are allowed"},
    {"managementGroupResourceId('Microsoft.X/a','n','m')",
     "requires '1' resource name argument(s)"},
    {"extensionResourceId('x','n','m')", "no argument is a resource type"},
    {"reference('missing')", "There is no missing."},
    {"reference('a','1','Half')", "must be 'Full' or 'Properties'"},
    {"references(1)", "type 'String'"},
    {"listKeys('a')", "requires '2' to '3' arguments"},
    {"listKeys('a','1','b')", "type 'Object'"},
    {"providers('Microsoft.Nope')", "There is no Microsoft.Nope."},
    {"providers('Microsoft.Compute','disks')", "no resource type 'disks'"},
    {"roleDefinitions(1)", "type 'String'"},
    {"pickZones('Microsoft.Compute','virtualMachines','westus2',3,1)", "the location has '3'"},
    {"toLogicalZone('s','westus2','x')", "no zone 'x'"},
    {"toLogicalZones('s','westus2','x')", "type 'Array'"},
    {"toPhysicalZone('s','westus2','9')", "no zone '9'"},
    {"toPhysicalZones('s','westus2',createArray(1))", "no zone ''"},
    {"utcNow()", "The template function 'utcNow' is not expected at this location"},
    {"newGuid()", "The template function 'newGuid' is not expected at this location"},
    {"guid()", "requires '1' or more"},
    {"guid(1)", "type 'String'"},
    {"uniqueString('a',1)", "second parameter to be of type 'String'"},
    {"parameters('object').nope",
     "The language expression property 'nope' doesn't exist, available properties are 'One, b'."},
    {"parameters('array')[3]",
     "The language expression property array index '3' is out of bounds."},
    {"parameters('array')[9223372036854775807]",
     "array index '9223372036854775807' is out of bounds"},
    {"parameters('array')[-1]", "array index '-1' is out of bounds"},
    {"parameters('text').x", "'Object' was expected, the actual type is 'String'"},
    {"parameters('object')[0]", "'Array' was expected, the actual type is 'Object'"},
    {"parameters('none').x", "the actual type is 'Null'"},
    {"parameters('array')[true()]", "the actual type is 'Boolean'"},
    {"nope()", "The template function 'nope' is not valid"},
    {"concat('a'", "expected token 'RightParenthesis' and actual 'EndOfData'"},
    {"concat", "expected token 'LeftParenthesis'"},
    {"concat('a)", "closing quotation mark"},
    {"add(1.5,2)", "actual '.'"},
    {"1 2", "expected token 'EndOfData' and actual '2'"},
    {"", "expected token 'Identifier'"},
    {"99999999999999999999", "64 bits"},
    {"-", "token 'Integer'"},
};

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void good_arguments(void **state)
{
    struct world w;

    (void)state;
    world_init(&w);
    for (size_t i = 0; i < COUNT(good); i++)
        check_is(&w.scope, good[i].expression, good[i].result);
    world_release(&w);
}

static void bad_arguments(void **state)
{
    struct world w;

    (void)state;
    world_init(&w);
    for (size_t i = 0; i < COUNT(bad); i++)
        check_refused(&w.scope, bad[i].expression, bad[i].result);
    world_release(&w);
}

static bool mentions(const struct row *rows, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        for (const char *at = rows[i].expression; *at; at++)
            if (!strncasecmp(at, name, strlen(name)) &&
                (at == rows[i].expression || strchr("(, ", at[-1])))
                return true;
    return false;
}

/* utcNow and newGuid have good rows of their own below. */
static void every_function_has_rows(void **state)
{
    const struct arm_function_table *table;

    (void)state;
    for (size_t t = 0; (table = arm_function_table_at(t)); t++)
        for (size_t i = 0; i < table->count; i++) {
            const struct arm_function *row = &table->rows[i];
            char name[60];
            (void)snprintf(name, sizeof(name), "%.*s%s", (int)strcspn(row->name, "*"), row->name,
                           strchr(row->name, '*') ? "" : "(");
            if (!mentions(bad, COUNT(bad), name))
                fail_msg("no bad row for %s", row->name);
            if (row->places != ARM_AT_PARAMETER && !mentions(good, COUNT(good), name))
                fail_msg("no good row for %s", row->name);
            assert_ptr_equal(arm_function_find(strchr(row->name, '*') ? "listX" : row->name), row);
        }
}

/* The inventory of facts of ARM, 5.2.1. */
static void the_inventory_is_complete(void **state)
{
    static const char names[] = "array concat contains createArray createObject empty first "
                                "flatten indexOf intersection items last lastIndexOf "
                                "length max min objectKeys range shallowMerge skip take tryGet "
                                "tryIndexFromEnd indexFromEnd union sort filter map "
                                "mapValues groupBy reduce toObject lambda lambdaVariables and or "
                                "not if true false null bool equals greater "
                                "greaterOrEquals less lessOrEquals coalesce add sub mul div mod "
                                "int float copyIndex base64 base64ToJson "
                                "base64ToString dataUri dataUriToString endsWith format guid join "
                                "json newGuid padLeft replace split startsWith "
                                "string substring toLower toUpper trim uniqueString uri "
                                "uriComponent uriComponentToString dateTimeAdd "
                                "dateTimeFromEpoch dateTimeToEpoch utcNow cidrHost cidrSubnet "
                                "parseCidr parseUri buildUri deployment deployer "
                                "environment parameters variables fail externalInputs "
                                "extensionResourceId listKeys managementGroup "
                                "managementGroupResourceId pickZones providers reference "
                                "references resourceGroup resourceId roleDefinitions "
                                "subscription subscriptionResourceId tenant tenantResourceId "
                                "toLogicalZone toLogicalZones toPhysicalZone "
                                "toPhysicalZones";
    char *copy = base_strdup(names), *rest = copy, *name;

    (void)state;
    while ((name = strtok_r(NULL, " ", &rest)))
        if (!arm_function_find(name))
            fail_msg("%s is missing", name);
    free(copy);
}

static void now_and_new_in_parameter_defaults(void **state)
{
    struct world w;

    (void)state;
    world_init(&w);
    w.scope.place = ARM_AT_PARAMETER;
    check_is(&w.scope, "utcNow()", "\"20230331T010038Z\"");
    check_is(&w.scope, "utcNow('d')", "\"03/31/2023\"");
    check_is(&w.scope, "utcNow('M d')", "\"3 31\"");
    check_is(&w.scope, "utcNow('yyyy-MM-dd HH:mm:ss.fff''x'' K')",
             "\"2023-03-31 01:00:38.123x Z\"");
    check_is(&w.scope, "utcNow('o')", "\"2023-03-31T01:00:38.1230000Z\"");
    check_is(&w.scope, "utcNow('R')", "\"Fri, 31 Mar 2023 01:00:38 GMT\"");
    check_refused(&w.scope, "utcNow('Q')", "not a supported date and time format");
    check_is(&w.scope, "newGuid()", "\"12345678-1234-4234-8234-123456789012\"");
    check_refused(&w.scope, "newGuid(1)", "requires '0' arguments");
    check_refused(&w.scope, "reference('x')", "not expected at this location");
    check_refused(&w.scope, "listKeys('x','1')", "not expected at this location");
    check_refused(&w.scope, "variables('a')", "not expected at this location");
    w.scope.place = ARM_AT_HEADER;
    check_refused(&w.scope, "reference('x')",
                  "The template function 'reference' is not expected at this location");
    w.scope.place = ARM_AT_OUTPUT;
    check_is(&w.scope, "reference('x')", "\"reference|x||\"");
    world_release(&w);
}

static void scopes_of_a_deployment(void **state)
{
    struct world w;

    (void)state;
    world_init(&w);
    w.scope.level = ARM_LEVEL_SUBSCRIPTION;
    check_is(&w.scope, "resourceId('Microsoft.X/a','n')", "\"" SUB "/providers/Microsoft.X/a/n\"");
    check_is(&w.scope, "resourceId('rg9','Microsoft.X/a','n')",
             "\"" SUB "/resourceGroups/rg9/providers/Microsoft.X/a/n\"");
    w.scope.resource_group_value = NULL;
    check_refused(&w.scope, "resourceGroup()", "'resourceGroup' is not expected at this location");
    w.scope.level = ARM_LEVEL_TENANT;
    w.scope.subscription_id = NULL;
    check_is(&w.scope, "resourceId('Microsoft.X/a','n')", "\"/providers/Microsoft.X/a/n\"");
    check_refused(&w.scope, "subscriptionResourceId('Microsoft.X/a','n')", "no subscription");
    w.scope.management_group_id = NULL;
    check_refused(&w.scope, "managementGroupResourceId('Microsoft.X/a','n')",
                  "no management group");
    w.scope.loops = NULL;
    check_refused(&w.scope, "copyIndex()", "can only be used in a resource with copy specified");
    w.scope.host = NULL;
    check_refused(&w.scope, "reference('x')", "not expected at this location");
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_arguments),
        cmocka_unit_test(bad_arguments),
        cmocka_unit_test(every_function_has_rows),
        cmocka_unit_test(the_inventory_is_complete),
        cmocka_unit_test(now_and_new_in_parameter_defaults),
        cmocka_unit_test(scopes_of_a_deployment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
