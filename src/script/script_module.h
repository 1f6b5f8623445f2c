/* SPDX-License-Identifier: Apache-2.0
 *
 * Where an import leads: a pure function of what the script says and who says it. k6's rules for
 * files and URLs (no extension is added, no index.js, no node_modules), and a map that takes what
 * is usually imported from jslib.k6.io to modules of ours, so that scripts run without a network.
 */
#ifndef BR_SCRIPT_SCRIPT_MODULE_H
#define BR_SCRIPT_SCRIPT_MODULE_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/diag.h"
#include "script/script_builtin.h"

enum script_module_kind {
    SCRIPT_MODULE_NATIVE, /* of C, made by the engine; the name is as scripts write it: "k6/http" */
    SCRIPT_MODULE_BUILTIN, /* in script_builtin_table under this name */
    SCRIPT_MODULE_FILE,    /* "file:///folder/name.js" */
    SCRIPT_MODULE_SHIM,   /* a file named brunt.js: when it is missing or script_module_is_shim says
                             that it is ours, load the builtin "brunt/track" in its place */
    SCRIPT_MODULE_REMOTE, /* "https://host/path" */
};

/* Resolves what `referrer` imports. A referrer is a name that this function gave before, or that of
 * the main script ("file:///folder/script.js"). Writes the one name of the module, by which loaders
 * cache it, to `out_name` (cleared first). `natives` are the engine's modules, ended by NULL.
 * BR_ERR_CONFIG with a sentence, and with the nearest known name, when it leads nowhere. */
BR_NODISCARD enum br_err script_module_resolve(struct bytes specifier, struct bytes referrer,
                                               const char *const *natives, struct buf *out_name,
                                               enum script_module_kind *out_kind,
                                               struct diag *diag);

/* The path of a SCRIPT_MODULE_FILE's name; lends a part of it. */
struct bytes script_module_path(struct bytes name);

/* "file://" and an absolute path, "." and ".." and doubled slashes taken out. */
BR_NODISCARD enum br_err script_module_name_file(struct bytes path, struct buf *out_name);

/* Whether the text of a file is the shim that brunt ships (js/new/brunt.js). */
bool script_module_is_shim(struct bytes text);

/* Whether a file has types to strip: by its name. */
bool script_module_is_typescript(struct bytes name);

enum { SCRIPT_MODULE_CACHE_SIZE = 64 + 3 + 1 };

/* The file name under which the text of a URL is kept: the SHA-256 of the URL, and ".js". */
void script_module_cache_name(struct bytes url, char out_name[static SCRIPT_MODULE_CACHE_SIZE]);

/* Where a redirect leads: `reference` (of a Location) as seen from a URL. */
BR_NODISCARD enum br_err script_module_join_url(struct bytes base, struct bytes reference,
                                                struct buf *out_url);

/* The URL to ask first: servers of k6 modules may answer with a bundle to "?_k6=1". When that is
 * not answered with 200, the URL itself is asked. */
BR_NODISCARD enum br_err script_module_first_url(struct bytes url, struct buf *out_url);

#endif
