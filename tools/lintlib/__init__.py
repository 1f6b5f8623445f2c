# SPDX-License-Identifier: Apache-2.0
"""The house rules as programs; tools/lint runs them."""
