# SPDX-License-Identifier: Apache-2.0
"""Hostile names and scripts."""

from viewer import Viewer, expect
from views import VIEWS


def check_hostile(driver, path):
    for view in VIEWS:
        viewer = Viewer(driver, path, f"#v={view}&q=script&of=%3Cimg%20src=x%20onerror=alert(9)%3E&z=<script>;%")
        viewer.check_quiet()
    viewer = Viewer(driver, path)
    count = viewer.run("return page.data.labels.names.length")
    expect(count > 20, f"{count} names")
    for node in range(1, viewer.run("return graph.tree.count"), 5):
        viewer.run(
            "page.zoomTo(graph, arguments[0]); page.tooltip.show(graph, arguments[0], {clientX: 9, clientY: 9}, true);"
            "page.menu.offer(graph, arguments[0], {clientX: 9, clientY: 9}); page.menu.close()",
            node,
        )
    viewer.check_quiet()


def check_policy(driver, path):
    """Whatever gets into the page: no script but ours runs, nothing is fetched."""
    viewer = Viewer(driver, path)
    viewer.check_quiet()
    ran = viewer.run(
        """
        const script = document.createElement('script');
        script.textContent = 'window.hostile = 1';
        document.body.append(script);
        document.body.insertAdjacentHTML('beforeend', '<img src="x" onerror="window.hostile = 2">');
        return window.hostile;"""
    )
    expect(ran is None, "an inserted script ran")
    expect(
        any("Content Security Policy" in entry["message"] for entry in driver.get_log("browser")),
        "the policy says nothing",
    )
