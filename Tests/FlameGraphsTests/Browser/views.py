# SPDX-License-Identifier: Apache-2.0
"""The views, names, groups of threads and look of a page."""

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from viewer import Viewer, expect

VIEWS = ["flame", "icicle", "reversed", "sandwich", "top", "tree"]


def check_views(driver, path):
    viewer = Viewer(driver, path)
    flame = viewer.picture()
    for number, view in enumerate(VIEWS, start=1):
        viewer.press(str(number))
        expect(viewer.run("return page.state.view") == view, f"{number} is not {view}")
        expect(driver.find_element(By.TAG_NAME, "main").text, f"{view} is empty")
        viewer.check_quiet()
    viewer.press("1")
    expect(viewer.picture() == flame, "another look changed the picture")
    viewer.press("i")
    expect(viewer.run("return page.state.view") == "icicle", "i does not turn it over")

    # The same total, from the other end.
    viewer = Viewer(driver, path, "#v=reversed")
    expect(viewer.run("return graph.tree.total[0] === page.data.tree.total[0]"), "samples got lost")
    viewer = Viewer(driver, path, "#v=sandwich&of=vfs_write")
    text = driver.find_element(By.TAG_NAME, "main").text.replace("\u00a0", " ")
    expect("195 samples, 19.50 % of all" in text, text)
    viewer.run("page.go({of: 'main'}); document.querySelectorAll('svg.graph')[1].focus()")
    viewer.press(Keys.ARROW_DOWN, Keys.ENTER)
    reset = driver.find_element(By.XPATH, "//*[text()='Reset zoom']")
    expect(reset.is_displayed(), "a half does not zoom")
    viewer.press(Keys.ESCAPE)
    expect(not reset.is_displayed(), "Esc does not undo the zoom of a half")
    viewer = Viewer(driver, path, "#v=top&q=vfs_write")
    row = driver.find_element(By.CSS_SELECTOR, "tbody tr").text.replace("\u00a0", " ")
    expect("10.00 %" in row and "19.50 %" in row and "vfs_write" in row, row)
    viewer = Viewer(driver, path, "#hide=main&drop=kswapd0")
    expect("main" not in viewer.labels(), "what is hidden is shown")
    expect(viewer.run("return graph.tree.total[0]") == 900, "what is dropped still counts")
    viewer = Viewer(driver, path, "#only=vfs_write")
    expect(viewer.run("return graph.tree.total[0]") == 195, "more than what was asked for")
    viewer = Viewer(driver, path)
    whole = viewer.run("return graph.tree.total[0]")
    viewer.menu("nft_do_chain", "Hide all of [nf_tables]")
    expect("nft_do_chain" not in viewer.labels() and "vfs_write" in viewer.labels(), f"{viewer.labels()}")
    expect(viewer.run("return graph.tree.total[0]") == whole, "samples of a hidden module are lost")
    driver.find_element(By.CSS_SELECTOR, ".chips button").click()
    expect("nft_do_chain" in viewer.labels(), "the module stays hidden")
    # A filter by a search follows its settings.
    viewer = Viewer(driver, path, "#keep=VFS_WRITE")
    expect(viewer.run("return graph.tree.total[0]") == 195, "another filter")
    viewer.run("page.go({exactCase: true})")
    expect(viewer.run("return graph.tree.total[0]") == 0, "the case is not that of the filter")
    viewer.check_quiet()


def check_names(driver, path):
    viewer = Viewer(driver, path)
    names = {
        "std::vector<int, std::allocator<int> >::push_back(int const&)": "std::vector<…>::push_back(…)",
        "Set<A<B>>::find(std::function<void (int)> const&) const [clone .cold]": "Set<…>::find(…) const [clone .cold]",
        "bool std::operator< <int>(A<int>, int)": "bool std::operator< <…>(…)",
        "A::operator->() const": "A::operator->() const",
        "f::{lambda(int)#1}::operator()(int) const": "f::{lambda(int)#1}::operator()(…) const",
        "(anonymous namespace)::work(long)": "(anonymous namespace)::work(…)",
        "main.(*Server).Serve": "main.(*Server).Serve",
        "<alloc::vec::Vec<T> as Drop>::drop": "<alloc::vec::Vec<…> as Drop>::drop",
        "Foo.<init>": "Foo.<init>",
        "<module> (run.py:12)": "<module> (run.py:12)",
        "a<b": "a<b",
        "main": "main",
    }
    shown = viewer.run(
        """
        page.state.names = 'short';
        return arguments[0].map((name) => {
          page.data.labels.names[1] = name;
          page.shortNames = [];
          return page.shownName(1);
        });""",
        list(names),
    )
    expect(shown == list(names.values()), f"{shown}")
    viewer = Viewer(driver, path)
    expect("entry_SYSCALL_…" in viewer.labels(), f"{viewer.labels()}")
    for parse, call in [
        ("server::parse(…)", "entry_SYSCALL_…"),
        ("server::parse(std::string_view)", "…try_SYSCALL_64"),
        ("server::parse(…)", "…try_SYSCALL_64"),
        ("server::parse(std::string_view)", "entry_SYSCALL_…"),
    ]:
        viewer.press("a")
        expect({parse, call} <= set(viewer.labels()), f"no {parse} and {call} in {viewer.labels()}")
    viewer.press("a")
    again = Viewer(driver, path, "#" + driver.current_url.split("#")[1])
    expect("parse(…)" in str(again.labels()), "a link does not carry it")
    # On a phone each name is cut where its cell ends, and something of it is left.
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 390, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    )
    for file in [path, path.replace("server", "difference")]:
        wide = Viewer(driver, file, "#v=top").run(
            """
            return Array.from(document.querySelectorAll('td .name'))
              .filter((name) => name.getBoundingClientRect().right
                > Math.min(innerWidth, name.parentNode.getBoundingClientRect().right))
              .map((name) => name.textContent);"""
        )
        expect(not wide, f"{file}: out of sight: {wide}")
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    viewer.check_quiet()


def check_ways(driver, path):
    """Shares and copies say whose they are, from whichever end a view comes."""
    stack = """
        const at = Array.from(tree.label)
          .findIndex((label, node) => page.name(label) === arguments[0] && tree.parent[node] >= 0);
        page.tooltip.show({ tree, zoomed: 0 }, at, {clientX: 9, clientY: 9});
        return [page.folded(at, tree), page.tooltip.element.innerText.replaceAll('\u00a0', ' ')];"""
    line = "kswapd0;entry_SYSCALL_64;vfs_write 100"
    viewer = Viewer(driver, path)
    folded, tip = viewer.run("const { tree } = graph;" + stack, "vfs_write")
    expect(folded == line and "100.00 % of its caller" in tip, f"{folded}: {tip}")
    expect("(1.01 s)" in tip, tip)
    viewer = Viewer(driver, path, "#v=reversed")
    folded, tip = viewer.run("const { tree } = graph;" + stack, "kswapd0")
    expect(folded == line and "100.00 % of its callee" in tip, f"{folded}: {tip}")
    viewer = Viewer(driver, path, "#v=sandwich&of=entry_SYSCALL_64")
    halves = [
        viewer.run("const tree = page.view.halves[arguments[1]].tree;" + stack, name, half)
        for half, name in enumerate(["kswapd0", "vfs_write"])
    ]
    expect(
        [folded for folded, _ in halves] == ["kswapd0;entry_SYSCALL_64 100", "entry_SYSCALL_64;vfs_write 195"],
        f"{halves}",
    )
    expect("51.28 % of all" in halves[0][1], f"{halves}")
    viewer.check_quiet()


def check_nameless(driver, path):
    """A function without a name is one box; its tooltip says where in it samples were taken."""
    viewer = Viewer(driver, path)
    tips = viewer.run(
        """
        return Array.from(graph.tree.label, (label, node) => {
          page.tooltip.show(graph, node, {clientX: 9, clientY: 9});
          return [page.name(label), page.tooltip.element.innerText.replaceAll('\u00a0', ' ')];
        });"""
    )
    tips = {name: tip for name, tip in tips}
    expect(len(tips) == 5, f"{tips}")
    expect("name unknown, at +0x0, +0x2, +0x1b4\n" in tips["cc1plus+0x8a1f30()"] + "\n", f"{tips}")
    expect("55 samples" in tips["cc1plus+0x8a1f30()"], f"{tips}")
    expect("name unknown" not in tips["cc1plus+0x8a1f30"], f"{tips}")
    viewer.check_quiet()


def check_threads(driver, path):
    viewer = Viewer(driver, path)
    expect("server" in viewer.labels() and "server 43" not in viewer.labels(), "by name")
    viewer = Viewer(driver, path, "#by=process")
    for name in ["server 42", "kswapd0 7", "io worker 1 44"]:
        expect(name in viewer.labels(), f"no {name} in {viewer.labels()}")
    viewer = Viewer(driver, path, "#by=none")
    expect("server" not in viewer.labels(), "threads in one are still many")
    viewer.check_quiet()


def check_split(driver, path):
    """A CPU stands where it was, however threads are shown."""
    for group, threads in [("name", ["server"]), ("process", ["server 42", "io worker 1 44"]), ("none", [])]:
        viewer = Viewer(driver, path, "#by=" + group)
        labels = viewer.labels()
        for name in ["cgroup /a;b", "CPU 0", "CPU 1", *threads]:
            expect(name in labels, f"{group}: no {name} in {labels}")
        expect(threads or "server" not in labels, f"{group}: {labels}")
        expect(viewer.run("return graph.tree.total[0]") == 1000, f"{group}: another total")
    viewer.check_quiet()


def check_look(driver, path):
    viewer = Viewer(driver, path)
    expect("Read <b>this</b>." in driver.find_element(By.TAG_NAME, "header").text, "no note")
    tip = viewer.run("page.tooltip.show(graph, 2, {clientX: 9, clientY: 9}); return page.tooltip.element.innerText")
    expect(tip.startswith("Function: "), tip)
    expect(viewer.run("return getComputedStyle(graph.labels[0].element).fontSize") == "16px", "other letters")
    expect(viewer.run("return graph.top(0) - graph.top(1)") == 26, "other rows")
    viewer.check_quiet()
