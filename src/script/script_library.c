/* SPDX-License-Identifier: Apache-2.0
 *
 * Names with a colon are for modules of ours (js/) alone.
 */
#include "script/script_library.h"

#include "base/attr.h"
#include "script/script_cipher.h"
#include "script/script_crypto.h"
#include "script/script_encoding.h"

const struct script_library script_library_table[] = {
    {"brunt:cipher", script_cipher_module},
    {"brunt:crypto", script_crypto_module},
    {"brunt:text", script_text_module},
    {"k6/encoding", script_encoding_module},
};
const size_t script_library_count = BR_COUNT(script_library_table);

const struct script_library *script_library_find(struct bytes name)
{
    for (size_t i = 0; i < script_library_count; i++)
        if (bytes_eq(bytes_from_str(script_library_table[i].name), name))
            return &script_library_table[i];
    return NULL;
}
