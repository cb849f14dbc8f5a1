# SPDX-License-Identifier: Apache-2.0
"""Files of others that would give names to the attacker's frames."""

import os
import shutil

from attack import ATTACKER, as_user, attack
from tools import total
from verdict import Verdict
from workloads import Workload, folder, program, write

# In namespaces of its own, which any user can make, so that the map of JIT code is SECRET: SECRET PROGRAM.
BOUND = 'map=/tmp/perf-$$.map; : >"$map" && mount --bind "$0" "$map" && exec "$1" 60 -'


@attack("map-of-root", "binds a file of root's to the path of its map of JIT code", "a name is read from it")
def map_of_root(scene):
    with folder() as private:
        # One function from the first address to the last.
        secret = write(f"{private}/secret", "1 7ffffffff000 SECRET\n", 0o600)
        jit = shutil.copy(program("mapped_jit"), os.path.dirname(scene.split))
        prefix = [*as_user(ATTACKER), "unshare", "--user", "--map-root-user", "--mount"]
        with Workload(["sh", "-c", BOUND, secret, jit], prefix=prefix) as target:
            runs = target.child.poll() is None
            run = scene.record(target.pid, seconds=1)
        path = f"/tmp/perf-{target.pid}.map"
        if os.path.lexists(path):
            os.unlink(path)
    verdict = Verdict(run)
    verdict.bad_if(not runs or not total(run), f"{total(run)} samples: nothing was tried")
    verdict.bad_if("SECRET" in str(run.stacks), "it is shown")
    return verdict
