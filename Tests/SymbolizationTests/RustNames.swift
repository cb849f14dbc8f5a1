// SPDX-License-Identifier: Apache-2.0

/// Mangled names of both of Rust's schemes: some that its compiler made, and one for each construction of
/// the grammars.
let rustNames = [
  "_RNvNtCs4X4t9plMPHF_9addr2line4line23has_backward_slash_root",
  "_RINvMs4_NtCsgY6Mt91CT9J_14rustc_demangle2v0NtB6_7Printer13print_backrefNCNvB2_10print_paths_0EB8_",
  "_RNvC6_123foo3bar",
  "_RNvCsdG5UKQH_7mycrate3foo",
  "_RNqCs4fqI2P2rA04_11utf8_identsu30____7hkackfecea1cbdathfdh9hlq6y",
  "_RNCNCNgCs6DXkGYLi8lr_2cc5spawn00B5_",
  "_RNCINkXs25_NgCsbmNqQUJIY6D_4core5sliceINyB9_4IterhENuNgNoBb_4iter8iterator8Iterator9rpositionNCNgNpB9_6memchr7memrchrs_0E0Bb_",
  "_RINbNbCskIICzLVDPPb_5alloc5alloc8box_freeDINbNiB4_5boxed5FnBoxuEp6OutputuEL_ECs1iopQbuBiw2_3std",
  "_RNvXs5_NtC3foo3barNtB5_1TNtC4core5Clone5clone",
  "_RINvC3foo3barKj10_Kan80_Kb1_Kc41_KpE",
  "_RINvC3foo3barKhff_Kyffffffffffffffff_E",
  "_RINvC3foo3barRL_eQL_hPeOhAhj3_ShTEThEThtEuzvE",
  "_RINvC3foo3barFUKCRL_eEuFK13system_unwindhEhE",
  "_RINvC3foo3barFG0_RL0_eRL1_hEuE",
  "_RINvC3foo3barDG_INtC4core2FnRL0_hEp6OutputuEL_E",
  "_RINvC3foo3barDC4SendC4SyncEL_E",
  "_RNSNtC3foo3bars_3baz",
  "_RNvYNtC3foo1TNtC4core7Default7default",
  "_RNvC3foou9bcher_kva",
  "_ZN4core3fmt5write17h0123456789abcdefE",
  "_ZN4core3ptr42drop_in_place$LT$alloc..string..String$GT$17h0123456789abcdefE",
  "_ZN71_$LT$Test$u20$$u2b$$u20$$u27$static$u20$as$u20$foo..Bar$LT$Test$GT$$GT$3bar17h930b740aa94f1d3aE",
  "_ZN54_$LT$I$u20$as$u20$core..iter..traits..IntoIterator$GT$9into_iter17h8581507801fb8615E",
  "_ZN10parse_tsan4main17hdbbfdf1c6a7e27d9E",
  "_ZN12test_closure4main28_$u7b$$u7b$closure$u7d$$u7d$17hb8ba6c1e3f1f6d5eE",
  "_ZN3foo24$RF$$BP$$SP$$LP$x$RP$$C$17h05af221e174051e9E",
  "_ZN4core3fmt5write17h0123456789abcdefE.llvm.77",
]
