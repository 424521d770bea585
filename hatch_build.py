"""The build hook: a wheel carries the built widget, so nobody who installs Chatdock needs Node."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MANIFEST = Path("server/chatdock/web/static/widget/manifest.json")


class WidgetBuildHook(BuildHookInterface[Any]):
    """Builds the widget when its manifest is missing; an editable install takes the folder as it is."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable" or (Path(self.root) / MANIFEST).is_file():
            return
        npm = shutil.which("npm")
        if npm is None:
            raise SystemExit(
                "The widget is not built and npm is not there: install Node 20 or newer, or build from an sdist."
            )
        for command in (["ci"], ["run", "build"]):
            subprocess.run([npm, *command], cwd=Path(self.root) / "widget", check=True)
