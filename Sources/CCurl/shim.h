#ifndef SNOWFLAKE_CCURL_SHIM_H
#define SNOWFLAKE_CCURL_SHIM_H

#include <curl/curl.h>

// curl_easy_setopt and curl_easy_getinfo take any argument; Swift cannot call such functions.
static inline CURLcode snowflake_set_long(CURL *h, CURLoption o, long v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode snowflake_set_size(CURL *h, CURLoption o, curl_off_t v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode snowflake_set_text(CURL *h, CURLoption o, const char *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode snowflake_set_pointer(CURL *h, CURLoption o, void *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode snowflake_set_list(CURL *h, CURLoption o, struct curl_slist *v) {
    return curl_easy_setopt(h, o, v);
}
typedef size_t (*snowflake_transfer)(char *, size_t, size_t, void *);
static inline CURLcode snowflake_set_transfer(CURL *h, CURLoption o, snowflake_transfer v) {
    return curl_easy_setopt(h, o, v);
}
typedef int (*snowflake_before_request)(void *, char *, char *, int, int);
static inline CURLcode snowflake_set_before_request(CURL *h, snowflake_before_request v) {
    return curl_easy_setopt(h, CURLOPT_PREREQFUNCTION, v);
}
static inline CURLcode snowflake_get_long(CURL *h, CURLINFO i, long *v) { return curl_easy_getinfo(h, i, v); }
static inline CURLcode snowflake_get_size(CURL *h, CURLINFO i, curl_off_t *v) { return curl_easy_getinfo(h, i, v); }
static inline CURLMcode snowflake_multi_long(CURLM *m, CURLMoption o, long v) { return curl_multi_setopt(m, o, v); }

#endif
