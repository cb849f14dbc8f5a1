/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The contract between the BPF program and user space: every value that crosses, how words are packed, and
 * the keys of reasons. Included by profile.bpf.c and, through CShims, by Swift.
 */
#pragma once

#include "layout/config.h"
#include "layout/copies.h"
#include "layout/counts.h"
#include "layout/files.h"
#include "layout/frames.h"
#include "layout/kernel_name.h"
#include "layout/registers.h"
#include "layout/rows.h"
#include "layout/shares.h"
#include "layout/spaces.h"
#include "layout/stack_hash.h"
#include "layout/stacks.h"
#include "layout/targets.h"
#include "layout/trial.h"
#include "layout/windows.h"
