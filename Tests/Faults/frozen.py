# SPDX-License-Identifier: Apache-2.0
"""Opens a page in headless Chromium by links with search patterns that take years.

Prints "ok", or those that freeze it.

usage: frozen.py FILE     (with the Python that has selenium)
"""

import os
import signal
import subprocess
import sys
import urllib.parse

# Each tries exponentially many ways to match a name of 40 times `a`. The second has no repetition.
PATTERNS = ["(a+)+~", "(.|.)" * 28 + "~", "(?:a?a?)(?:a?a?)" * 6 + "a{30}~"]
# What a page, or a script alone, may take; the browser starts before.
SECONDS = 30
STARTED, DONE = "started", "done"


def visit(address):
    """Opens a page, and asks it something once it has had time to begin; prints when. Run as a process of its own:
    nothing but its end stops a browser that computes."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]:
        options.add_argument(argument)
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    print(STARTED, flush=True)
    driver.get(address)
    driver.execute_async_script("const [done] = arguments; setTimeout(done, 500)")
    print(DONE, flush=True)
    driver.quit()


def freezes(address):
    child = subprocess.Popen(
        [sys.executable, __file__, "--visit", address], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        if child.stdout.readline().strip() != STARTED:
            sys.exit("the browser does not start")
        try:
            return DONE not in child.communicate(timeout=SECONDS)[0]
        except subprocess.TimeoutExpired:
            return True
    finally:
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        child.wait()


def main():
    if sys.argv[1] == "--visit":
        return visit(sys.argv[2])
    # That it would be seen is tried first.
    page = f"<script>setTimeout(() => new RegExp({PATTERNS[0]!r}).test({'a' * 40!r}), 100)</script>"
    if not freezes("data:text/html," + urllib.parse.quote(page)):
        return print("without effect: this browser matches at once")
    links = {pattern: f"file://{sys.argv[1]}#q={urllib.parse.quote(pattern)}" for pattern in PATTERNS}
    frozen = [pattern for pattern, link in links.items() if freezes(link)]
    print(f"frozen by {' and '.join(frozen)}" if frozen else "ok")


main()
