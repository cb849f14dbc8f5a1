// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Sampling

@Suite struct CgroupTests {
  private let memberships = CgroupMount.memberships(
    Array("4:memory:/a/b\n3:cpu,cpuacct:/\n9:name=systemd:/x:y\n0::/user.slice\nnonsense\n".utf8))

  @Test func linesOfMemberships() {
    #expect(memberships.map(\.hierarchy) == [4, 3, 9, 0])
    #expect(memberships.map(\.path) == ["/a/b", "/", "/x:y", "/user.slice"])
  }

  @Test func mountsHaveTheirHierarchy() {
    let lines = """
      30 29 0:26 / /sys/fs/cgroup rw shared:4 - tmpfs tmpfs rw,mode=755
      31 30 0:27 / /sys/fs/cgroup/memory rw shared:5 - cgroup cgroup rw,memory
      32 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
      33 30 0:29 /sub /a\\040b rw shared:7 master:1 - cgroup cgroup rw,xattr,name=systemd
      34 30 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
      35 30 0:31 / /gone rw - cgroup cgroup rw,hugetlb
      nonsense
      36 - cgroup

      """
    let mounts = CgroupMount.mounts(Array(lines.utf8), memberships: memberships)
    #expect(mounts.map(\.hierarchy) == [nil, 4, 3, 9, 0, nil])
    #expect(mounts[3].folder == "/a b")
    #expect(mounts[3].root == "/sub")
  }

  @Test func pathsBelowAFolder() {
    #expect(isBelow("/a/b", "/a") && isBelow("/a", "/a") && isBelow("/a", "/"))
    #expect(!isBelow("/ab", "/a") && !isBelow("/", "/a"))
  }

  @Test func pathsThatAreNoCgroup() {
    for path in ["/proc", "/sys/fs/cgroup/no/such", "no/such"] {
      #expect(throws: SamplingError.noSuchCgroup(path)) { _ = try Cgroup(path) }
    }
  }
}
