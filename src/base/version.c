/* SPDX-License-Identifier: Apache-2.0
 *
 * The one file that a new version compiles again; version_config.h is written by meson.
 */
#include "base/version.h"

#include "base/version_config.h"

const char version_text[] = VERSION_CONFIG_TEXT;
const char version_build[] = VERSION_CONFIG_BUILD;
