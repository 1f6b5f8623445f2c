/* SPDX-License-Identifier: Apache-2.0
 *
 * In the place of scripts where brunt was built without QuickJS.
 */
#include "run/run_script.h"
#include "sys/file.h"

enum exit_code run_script(const struct run_script_request *request)
{
    (void)request;
    (void)file_print(2, BYTES("brunt: this brunt was built without libquickjs and runs no scripts "
                              "(tools/setup installs it)\n"));
    return EXIT_CODE_CONFIG;
}
