// SPDX-License-Identifier: Apache-2.0

// Files are a module of their own, since the library Flameback needs them and not the rest.
@_exported import Files
