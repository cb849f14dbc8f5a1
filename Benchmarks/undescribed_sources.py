# SPDX-License-Identifier: Apache-2.0
"""Sources of the programs that undescribed_programs.py builds: each works until it is ended."""

GMP = """#include <gmp.h>

int main(void)
{
  gmp_randstate_t state;
  gmp_randinit_default(state);
  mpz_t a, b, c;
  mpz_inits(a, b, c, NULL);
  for (;;)
    for (unsigned bits = 64; bits <= 1u << 18; bits *= 4) {
      mpz_urandomb(a, state, bits);
      mpz_urandomb(b, state, bits / 2);
      mpz_setbit(b, 0);
      for (unsigned n = 0; n < (1u << 20) / bits; n++)
        mpz_mul(c, a, b), mpz_tdiv_q(c, c, b), mpz_gcd(c, c, a);
      if (bits <= 4096)
        mpz_powm(c, a, b, a);
    }
}
"""

NETTLE = """#include <nettle/aes.h>
#include <nettle/chacha.h>
#include <nettle/gcm.h>
#include <nettle/memxor.h>
#include <nettle/salsa20.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <nettle/sha3.h>

int main(void)
{
  static uint8_t data[4096], key[32], more[32];
  struct aes256_ctx aes;
  struct gcm_aes256_ctx gcm;
  struct chacha_ctx chacha;
  struct salsa20_ctx salsa;
  struct sha1_ctx sha1;
  struct sha256_ctx sha2;
  struct sha3_256_ctx sha3;
  aes256_set_encrypt_key(&aes, key);
  gcm_aes256_set_key(&gcm, key);
  chacha_set_key(&chacha, key);
  salsa20_256_set_key(&salsa, key);
  sha1_init(&sha1);
  sha256_init(&sha2);
  sha3_256_init(&sha3);
  for (;;) {
    aes256_encrypt(&aes, sizeof data, data, data);
    gcm_aes256_set_iv(&gcm, 12, key);
    gcm_aes256_encrypt(&gcm, sizeof data, data, data);
    gcm_aes256_digest(&gcm, 16, more);
    chacha_crypt(&chacha, sizeof data, data, data);
    salsa20_crypt(&salsa, sizeof data, data, data);
    sha1_update(&sha1, sizeof data, data);
    sha256_update(&sha2, sizeof data, data);
    sha3_256_update(&sha3, sizeof data, data);
    memxor(data, more, 32);
  }
}
"""

MUSL = """#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int order(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

int main(void)
{
  char *words[500];
  for (unsigned seed = 1;; seed++) {
    double sum = 0;
    for (int i = 0; i < 500; i++) {
      char text[64];
      snprintf(text, sizeof text, "%u %.3f", seed * 7919u * i % 65537u, sin(seed + i));
      words[i] = strdup(text);
      sum += strtod(strchr(text, ' '), NULL) + pow(i, .3);
    }
    qsort(words, 500, sizeof *words, order);
    for (int i = 0; i < 500; i++)
      free(words[i]);
    if (sum == .5)
      puts("half");
  }
}
"""

# Two functions that say nothing of their frames. In the second rbp is 0, as -O2 code leaves it in a thread.
ASSEMBLY = """.text
.globl leaf
.type leaf, @function
leaf:
  mov $100000, %ecx
1: dec %ecx
  jnz 1b
  ret
.size leaf, . - leaf
.globl caller
.type caller, @function
caller:
  push %rbx
  push %rbp
  xor %ebp, %ebp
  mov $5, %ebx
1: call leaf
  dec %ebx
  jnz 1b
  pop %rbp
  pop %rbx
  ret
.size caller, . - caller
.section .note.GNU-stack, "", @progbits
"""

ASSEMBLY_CALLER = """#include <pthread.h>

void leaf(void);
void caller(void);

static __attribute__((noinline)) void *work(void *none)
{
  for (;;)
    leaf(), caller();
  return none;
}

int main(void)
{
  pthread_t thread;
  pthread_create(&thread, 0, work, 0);
  work(0);
}
"""

CSHARP = """using System;
using System.Collections.Generic;
using System.Linq;

public class Work {
  static int Round(int n) {
    var map = new Dictionary<string, int>();
    for (int i = 0; i < n; i++) map["k" + i * 7919 % n] = i;
    return map.OrderBy(x => x.Key).Select(x => x.Value % 7).Sum();
  }
  public static void Main() { for (;;) Round(2000); }
}
"""

PASCAL = """program work;
{$mode objfpc}{$H+}
uses sysutils, math;

function round_of(n: integer): double;
var
  i: integer;
  s: string;
  words: array of string;
begin
  result := 0;
  setlength(words, n);
  for i := 0 to n - 1 do begin
    words[i] := inttostr(i * 7919 mod n) + format('-%.3f', [sin(i)]);
    s := uppercase(words[i]);
    result := result + length(s) + power(i, 0.3) + pos('7', s);
  end;
end;

begin
  repeat until round_of(2000) < 0;
end.
"""

BOOST = """#include <boost/context/fiber.hpp>
#include <cmath>
#include <vector>

namespace context = boost::context;
static volatile double sum;

__attribute__((noinline)) static void work(int n) { for (int i = 0; i < 20000; i++) sum = sum + std::sin(n + i); }

int main()
{
  for (;;) {
    std::vector<context::fiber> fibers;
    for (int n = 0; n < 8; n++)
      fibers.emplace_back([n](context::fiber &&other) {
        for (int turn = 0; turn < 4; turn++) { work(n); other = std::move(other).resume(); }
        return std::move(other);
      });
    for (int turn = 0; turn < 5; turn++)
      for (auto &fiber : fibers)
        if (fiber) fiber = std::move(fiber).resume();
    work(9);
  }
}
"""

CRYSTAL = """def work(n)
  words = (0...n).map { |i| "#{i * 7919 % n}-#{Math.sin(i)}" }
  words.sort.join(",").size
end

loop do
  channel = Channel(Int32).new
  4.times { |n| spawn { channel.send work(2000 + n) } }
  4.times { channel.receive }
end
"""

PHP = "while (1) { $h = []; for ($i = 0; $i < 2000; $i++) $h[$i * 7919 % 2000] = md5("
PHP += "str_repeat(\"x$i\", 9)); asort($h); gzcompress(json_encode(preg_replace('/[a-f]+/', '-', $h))); }"

NODE = "const z = require('zlib'); const b = Buffer.from([...Array(50000).keys()].join()); "
NODE += "for (;;) { z.gunzipSync(z.gzipSync(b)); JSON.stringify([...Array(3000).keys()].map(i => ({i}))) }"

NGINX = """daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log crit;
events {{}}
http {{
  access_log off;
  gzip on;
  gzip_types *;
  gzip_comp_level 6;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen unix:{folder}/nginx.socket;
    root {folder}/pages;
  }}
}}
"""
