"""The phone's modules as one file: each runs once, in order, and keeps its names to itself."""

from pathlib import Path

from facilitator.web import modules
from facilitator.web.assets import STATIC

ENTRY = STATIC / "js" / "phone.js"


def test_modules_are_joined_in_the_order_in_which_a_browser_would_run_them(tmp_path: Path) -> None:
    folder, vendor = tmp_path / "js", tmp_path / "vendor"
    folder.mkdir()
    vendor.mkdir()
    (vendor / "tool.min.js").write_text("const a=1;export{a as tool,a as default};")
    (folder / "low.js").write_text("const page = 1;\nexport function one() { return page; }\n")
    (folder / "high.js").write_text(
        "import { tool } from '../vendor/tool.min.js';\nimport { one } from './low.js';\n\n"
        "const page = 2;\nexport const two = () => one() + tool + page;\n"
    )
    (folder / "all.js").write_text("import './high.js';\nimport './low.js';\n")
    joined = modules.join(folder, "all")
    starts = [joined.index(f"const ${name} =") for name in ("tool_min_js", "low", "high", "all")]
    assert starts == sorted(starts)
    assert joined.count("const $low =") == 1
    assert "return {tool:a,default:a};" in joined
    assert "const { tool } = $tool_min_js;" in joined
    assert "const { one } = $low;" in joined
    assert "return { two };" in joined
    assert "import" not in joined
    assert "export" not in joined


def test_nothing_of_the_phone_is_left_behind() -> None:
    joined = modules.join(ENTRY.parent, ENTRY.stem)
    own = joined[joined.index("const $connection =") :]
    assert "import " not in own
    assert "export " not in own
    for name in ("connection", "regions", "live", "draft", "post", "guess", "find", "awake", "late"):
        assert f"const ${name} =" in own


def test_an_export_is_a_function_or_a_constant_where_it_is_defined() -> None:
    """Joining hands out values, so a name that changes after it was exported would go stale."""
    for path in ENTRY.parent.glob("*.js"):
        for line in path.read_text().splitlines():
            if line.startswith("export"):
                assert line.startswith(("export function ", "export async function ", "export const ")), line
