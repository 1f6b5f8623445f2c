/* SPDX-License-Identifier: Apache-2.0
 *
 * What scripts import from elsewhere and find in brunt: a pattern of the URL, and the module. A `*`
 * stands for one part between slashes (a version, a branch). First match wins.
 */
/*   URL without https://                                          module */
REMOTE("jslib.k6.io/k6-utils/*/index.js", "jslib/k6-utils")
REMOTE("jslib.k6.io/k6-summary/*/index.js", "jslib/k6-summary")
REMOTE("jslib.k6.io/httpx/*/index.js", "jslib/httpx")
REMOTE("jslib.k6.io/url/*/index.js", "jslib/url")
REMOTE("jslib.k6.io/formdata/*/index.js", "jslib/formdata")
REMOTE("jslib.k6.io/papaparse/*/index.js", "jslib/papaparse")
REMOTE("raw.githubusercontent.com/grafana/jslib.k6.io/*/lib/k6-utils/*/index.js", "jslib/k6-utils")
REMOTE("raw.githubusercontent.com/grafana/jslib.k6.io/*/lib/k6-summary/*/index.js",
       "jslib/k6-summary")
REMOTE("raw.githubusercontent.com/grafana/jslib.k6.io/*/lib/httpx/*/index.js", "jslib/httpx")
REMOTE("raw.githubusercontent.com/grafana/jslib.k6.io/*/lib/url/*/index.js", "jslib/url")
REMOTE("raw.githubusercontent.com/grafana/jslib.k6.io/*/lib/formdata/*/index.js", "jslib/formdata")
REMOTE("raw.githubusercontent.com/grafana/jslib.k6.io/*/lib/papaparse/*/index.js",
       "jslib/papaparse")
