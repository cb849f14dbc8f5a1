/* SPDX-License-Identifier: Apache-2.0 */
/* What Swift cannot say: variadic system calls, ioctl numbers made by macros, fork. */
#pragma once

/* What Swift's own module of the C library leaves out. */
#include <malloc.h>

#include "../../../bpf/layout.h"
#include "callers_rights.h"
#include "copied_walk.h"
#include "demangle.h"
#include "descriptors.h"
#include "files.h"
#include "identity.h"
#include "memory_order.h"
#include "perf_event.h"
#include "polling.h"
#include "readable_by_all.h"
#include "spawn_held.h"
#include "wait_budget.h"
#include "worker.h"
