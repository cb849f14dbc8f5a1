# SPDX-License-Identifier: Apache-2.0
"""A profile of two metrics: the viewer switches between them."""

from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from viewer import Viewer, expect


def check_metrics(driver, path):
    """Widths, totals, shares, units and the heading follow the selected metric.

    `cpu` has 800 samples in `compute` and 200 in `load`; `alloc` has 1 MiB in `load` and 3 MiB in `cache`.
    """
    viewer = Viewer(driver, path)

    def footer():
        return driver.find_element(By.TAG_NAME, "footer").text.replace("\u00a0", " ")

    def heading():
        return driver.find_element(By.TAG_NAME, "h1").text

    def width(name):
        return viewer.run(
            """
            const node = graph.tree.label.findIndex((label) => page.name(label) === arguments[0]);
            return (graph.place(node)?.w ?? 0) / graph.place(0).w;""",
            name,
        )

    def top():
        rows = driver.find_elements(By.CSS_SELECTOR, "tbody tr")
        return [row.text.replace("\u00a0", " ").split() for row in rows]

    select = Select(driver.find_element(By.CSS_SELECTOR, "select[aria-label=Metric]"))
    expect([option.text for option in select.options] == ["cpu (nanoseconds)", "alloc (bytes)"], "other metrics")
    before = viewer.picture()
    expect({"compute", "load"} <= set(viewer.labels()) and "cache" not in viewer.labels(), f"cpu: {viewer.labels()}")
    expect(abs(width("compute") - 0.8) < 0.001, f"compute is {width('compute')} of all")
    expect("total 1,000 samples" in footer(), footer())
    expect("Matched 20.00 % of all" in viewer.search("load"), viewer.result())

    select.select_by_value("alloc")
    expect({"cache", "load"} <= set(viewer.labels()), f"alloc: {viewer.labels()}")
    expect("compute" not in viewer.labels(), f"alloc: {viewer.labels()}")
    expect(abs(width("cache") - 0.75) < 0.001 and abs(width("load") - 0.25) < 0.001, f"{width('cache')}")
    expect("total 4.0 MiB" in footer(), footer())
    expect("Matched 25.00 % of all" in viewer.result(), viewer.result())
    expect(heading().startswith("alloc flame graph: "), heading())
    subtitle = driver.find_element(By.CLASS_NAME, "subtitle").text.replace("\u00a0", " ")
    expect("4.0 MiB" in subtitle and "samples" not in subtitle, subtitle)
    expect("m=alloc" in driver.current_url, "the address does not have the metric")
    viewer.run("page.go({view: 'top', query: ''})")
    expect([row[-2] for row in top()] == ["cache", "load", "main"], f"{top()}")
    expect("3.0 MiB" in " ".join(top()[0]), f"{top()[0]}")
    again = Viewer(driver, path, "#" + driver.current_url.split("#")[1])
    expect([row[-2] for row in top()] == ["cache", "load", "main"], "a link does not carry the metric")
    again.check_quiet()

    viewer = Viewer(driver, path, "#m=alloc")
    tip = viewer.run(
        """
        const node = graph.tree.label.findIndex((label) => page.name(label) === 'cache');
        page.tooltip.show(graph, node, {clientX: 9, clientY: 9});
        return page.tooltip.element.innerText.replaceAll('\u00a0', ' ');"""
    )
    expect("3.0 MiB, 75.00 % of all" in tip, tip)
    # With filters, and from the other end.
    viewer.run("page.go({view: 'reversed', drop: ['load']})")
    expect(viewer.run("return graph.tree.total[0]") == 3 << 20, "another total of what is left")
    viewer.run("page.go({view: 'flame', drop: [], metric: ''})")
    expect(viewer.picture() == before, "the first metric is another picture than before")
    # A metric that the file does not have: the first one is shown.
    viewer = Viewer(driver, path, "#m=wall")
    expect(viewer.picture() == before, "an unknown metric is not the first one")
    viewer.check_quiet()


def check_waits(driver, path):
    """Only time on a CPU is headed as CPU."""
    for metric, heading in [("cpu", "CPU"), ("futex-wait", "futex-wait")]:
        Viewer(driver, path, f"#m={metric}").check_quiet()
        text = driver.find_element(By.TAG_NAME, "h1").text
        expect(text.startswith(f"{heading} flame graph: "), text)
