"""Scripts of the components, as Streamlit gets them: each joined with the helpers that all share."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from graph_core.ui import components

SCRIPTS = sorted(path.stem for path in Path(components.__file__).parent.glob("*.js") if path.stem != "lib")


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_name_is_declared_twice_in_a_joined_script(name):
    script = components._script(name)
    declared = re.findall(r"^(?:export )?(?:const|let|class|function) (\w+)", script, flags=re.MULTILINE)
    assert [one for one, times in Counter(declared).items() if times > 1] == []
    assert not re.search(r"^import ", script, flags=re.MULTILINE)
