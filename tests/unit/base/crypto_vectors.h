/* Vectors made by other implementations: tokens signed by Java's SunRsaSign, and a PKCS#12 file
 * (password "old") with the ciphers of 1999 (RC2-40 for the certificate, 3DES for the key). The key
 * is of no use anywhere. */
#ifndef CRYPTO_VECTORS_H
#define CRYPTO_VECTORS_H

static const char vector_n[] =
    "waBAXB-k4wbP-iyRhbb9urSUp8Xl3-"
    "il_JwhX3Hf6JnNVo_KKSn_r56cKxaAty3FaotiLftatCO8aC6RHncNwv8XOYspTOxThQRpdUfzugs80gzfail_Wv1f"
    "Gl20yTdQ-yvniCDjCve9CFSPQS6YWojN2B3MLP73358q2c6Uwwop0f13ZFO-"
    "lsR_qpN50Iu6owQMxIJnW63NFqSqTVYE2WZgAvD2fZnsdcyVjMOiZLqLvICLdBzF7zCa1pFTlrRubVq-"
    "LCEc73SRdK8BkmQMZTKIA8HA5yfsJwQWYu4PsUPoGJUe-P11qqRahfn0i8ycjg-aY5QzBZV49bEdHnOq9Q";
static const char vector_rs256[] =
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0.eyJzdWIiOiJqb2UiLCJleHAiOjEzMDA4MTkzOD"
    "AuNX0.P3hfpTh394lCnZtOIwFhe6jK8PKmS__YzJY6jhNWwh9v_4vumbcKSZq5NKMehj3GFPqdiuBTgRt664Jz8kE1"
    "PbDPK4BkQLMsqKIR5QHZwV7W-q00jggupFiboofKhbKTmvw17mpr04DvyDA_7Ix_NT-XN9YsS7_tiH4bF6gR-"
    "bnsYPNO_xPJ1BcErjMUgNwl5Cu8Kc-88l1sUkCk1rUcS5ArVkS-jAlSLGQBJjiFRH3wUTHDp8x_43GEx7jCHuZHaOW"
    "44o4Nc52iLd81fag4AFoErUqC5B6dujl19DtWQiSlPRukmYOnK2fKC-hzT4iXZv0yPhiJXCeZc1oBHQ7NIg";
static const char vector_ps256[] =
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJQUzI1NiIsImtpZCI6ImsxIn0.eyJzdWIiOiJqb2UiLCJleHAiOjEzMDA4MTkzOD"
    "AuNX0.sVtxVZq8jUxq6oGrUVnOr1c6oDb4VB3YgSLXVjL13PHtDbraMw6wEDdUTwmmRVGZfD0ZvYGE2XQf6_R9x5IM"
    "f3NudHyr4r1z7qycjOF8fk3JP0OBmByE64HUrXQNAJYRWIu8Ob64m0T22QUriOcaIxRmOqZzrJ7llJHOLnZ-"
    "OYiGUlchu7c-oqf6-BftnlJGH9srd06wuw6kN8axlsOQaU-tfY-qbsuOvCDm1KHWIpTwU7DvlhqeRdq-"
    "hQs5PLdFOx9CwO6qW9sX-KoSp1VkiovTLej9Ecel2-QEeAPZ4aOsBT8NfluMdIB3zuy-"
    "KGglaC35bxt3dOjtuke5q0u4gw";
static const char vector_legacy_p12[] =
    "MIIJSQIBAzCCCQ8GCSqGSIb3DQEHAaCCCQAEggj8MIII+DCCA68GCSqGSIb3DQEHBqCCA6AwggOcAgEAMIIDlQYJKo"
    "ZIhvcNAQcBMBwGCiqGSIb3DQEMAQYwDgQIoqmdfX2Ai+MCAggAgIIDaAzZspdbMAss2SstAq41/R6AR/UPJ/fEojgN"
    "jg2vyDrlP5BdQ/tjw3pUVwDJcwVcVryHPFR+CkIjj56ewEBNWpA0BsSiP9rLa1Ahh2WcvTqeEqDjBfbI3RuqDT7wmn"
    "B/TxIcL4AQuSrnfNrg1PVoiKb0D15mkgTtw6KtQ/XGZbGZihdaEYQmstVwfO1BhNR0jWPg2rLfqzJ+0841igk3rdt7"
    "buHus/bEa2fKzSAacNNmdfr/nlAslzmuxPv3fM6uZblQJWLHFg1TcjLeqPSUSOMDL2jTySo4K2N3If0Psp3UxWJT79"
    "pcUsPxxtjVEAJyOO7NP6V249a1PC57aW2HvlPE/W9wfsRcOwMUVP5QfQaO5BR8bGvnktfejw5MZ4WXNEuBpmCgZpsB"
    "Ua2Hmi3hwvwsnZaLqwPi3aImdW00Wdh46891HoWiQDa98yp3T+DIg3Ux4xbsvsPkpPFYE6YeTN3w9Xm+Ps/zSFSHMB"
    "8BvhD4PlNQx9L/0EOBtrFzvpl+UL2uYQCmQ6euOK8uzY/a3z2jmx4obEiwNYXdwe1zhavW/YKvCTVXdaZrIo/JW/3p"
    "c0k5kzOp7JbLRmbz5exggh4qPF3BHXWQhTG36Q6Z3LlmaYPog/shjPhvbFa7xWuyAHVlk9woJme6hzlPi6eG4bsytz"
    "Us1OQUUbBMCU6NRt0EqIy6TXcEp4XveR12YGKKJ5hoTfLI7zv9wGvYuTPeBgCOF4PBPzbB+DwjOkrl2CgCcwNKbUMz"
    "SjhRUcdO+V8hIzQqoRCXqCKQIuFYaiAukkwPGq4VKHlCSlPIXowCHCnDbKCDIZLqzzhu8RfjeH4EnD36ptecjq/Zj+"
    "Ttte2s88TsymonffjIyzrc3RX+nfHURAc2XsvYVqFFP03lgtKd7TJ0+IQC5Iz9l9p6+bCUMcMQJPU/2cWYyvO+mq9p"
    "+iJhFOaKS+tA8kyzir58yG4kywZL22RNKG99c6/rIJjAGmR1M/VWe4W64qF3xOAItXtcwFO1bxQzY/GhOpzYpQrQSx"
    "LEdXnkop72Lkk4Eax7U1FZx9FR+JLwgwvp+y8QIPMX3q/2Tk5oh8BX7f5r6w6L8n41kCMcYZkXujTakRxIaBfI20tL"
    "qAKZ9hqns4ATIM2kSc/SyFeOq/GMKGCiOhS3EGsCIBsLJNi/MIIFQQYJKoZIhvcNAQcBoIIFMgSCBS4wggUqMIIFJg"
    "YLKoZIhvcNAQwKAQKgggTuMIIE6jAcBgoqhkiG9w0BDAEDMA4ECJMEm8RqNG5wAgIIAASCBMhGcjMRPNWxr2NHhxME"
    "59utf+0vAnjer3DIQjPm3lmDyYBTPe1EV3nXOI/cD9cfFPTdOOVWevI3Td/bDQeBOHY3t0ft8bb/AObuof5Fb/DAo6"
    "eUPfTdnzMI5yhcp0kec5IlIqlkOnxWDuM2PWfXLUjwvyCIhZtreleQnVaOXgr0o+QxkqnWIQvJau3wyhOoIhAVo4bu"
    "Fk2o3XCuDA65DtX/I+nMobsqj/7XM8VPLL8kooVntLxwxmCwFyuOeKj4jhN7nDFUNqweiommr4o33HSbTi6RlYTy6/"
    "2XQIXDpM4+DtpGy4zJ8MQSFcflMmRwJBdT6JjYdxSIPYrHhY4jfdMwlg/n//LiEEkR9RhTfkmQ25NQxWmzbEnHlV53"
    "reQsYxRaQDtFIu8A4Xysz9jzzWfveip9gmripVvDwSGS6k8iycnyWaFRk3H/o4bnlN4AazSgwNAeHc5MrATbawVGzs"
    "b6SzhF0jQKL5YN67Ww3egrTBv5N/gk/I24/SsQzSHZsOorx2tsyNf4hkFdDupmBMhnpTm3MQYHX1C7ESFp+k2UZE4U"
    "099L41oQ6WfltqkLepyyzK8hbZKyo4uT7x9EDTQ8YlDNj3n5gz56T7IaCCGdkYvxIN7Yg2BnqKtmoqtfnjjPZPrLpQ"
    "VETqb1RhfnPrI5R4NEgnwymF5/dXhCMIMdCnCvjZVLxtNUhnENVW42ZVhVfrUXxpifsIAVZlGP+fH52WZrAUZ4i0me"
    "oVpxj4xslYGYv1oKVquABs4O5rtNrxfwA10GilG+7IXKuyBPa1Oth0wN+Lg+d4l9YwPP9xa3YMyKE2uK5yqKcighmu"
    "sbMtkSQc2ctRXxy3Du5SUvPJc3i8QIcsKYJVRKlVejCsUs1UkvyQeVWFqWlG8k91MOYOGAOY57/Wawl42PMRZJ0j4I"
    "mPLSXanFRRXaA208Obq0mNMuG150VVUOkLSMmwcjQY/arjNb9wZdWBIHdOL6dMx6/3ieR6kuHEeXxYEJy4uQRpK5fq"
    "JiSYW3Qk/Mo7HDW5aYy1NPYC2Yge5cTAu+XchAS8lr2Fp8BqvpPXvCe0cz8VppszV4XNsGNxL+I46SfWotTJr70VZc"
    "7KL8rKnlTIJZmcMyJk7rr79KZ88mckZCNUaBGT6SSW16KiPLlUsRo+xrLbB3Lw16XtaZRu3bdukOvSYMdYI9ZcJKxz"
    "AyIZGfYhM5zGbgTP6RfG4QtERI9GRmnbdxnl+dgK+aOF1BpwokjrRn/LEVaR3F/xGSBjiqDK0Qe54S4ZmApNsvyRdW"
    "jxAHqu+6yrwv0/HSc4N6eZ4BTlFHiGGYAIwARuMZe/ZzCHQBPWiq5OUiMe7rKiGsCWQUfuze+/JdCSMmh9BHv3LDFj"
    "oShR28O/k6L0vlQZw0LYwFaxx+DLqKNfSYTdW4lS2CVy2ERa/62A4AoWeHPoObK8EtfWd0NFx2nL8JyVyW7iXth/IK"
    "ex/9Dwo2PphZO842B1OEtrpO35mxKQYduv397OuPicu0Yax+OhCebImQgZNjuXcEqygprKooQ6XyjQ5uDTcLEizATJ"
    "tBJNP7n19JnXUzsTxzi8o7xyEiJ4Qk17UaSplRFUFDD9JmbhK2a96TNFLSDgU5OewH3ItfDcmI96HIIn/wvdgxJTAj"
    "BgkqhkiG9w0BCRUxFgQUYtFvwHnCkwq+shMn63K8mvcHxocwMTAhMAkGBSsOAwIaBQAEFEF+rZOBLg5HtkTV73L4uX"
    "AVtRS3BAj6Mpw/TKPvaQICCAA=";

#endif
