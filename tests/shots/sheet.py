"""All pictures of one screen, size and theme on one sheet, to be looked at together."""

from pathlib import Path

from PIL import Image, ImageDraw

ACROSS = 5
WIDTH, GAP, CAPTION = 420, 16, 24


def sheet(folder: Path, who: str, size: tuple[int, int], theme: str) -> Path:
    """Put together what `folder/who` holds of a size and theme; return where it is."""
    width, height = size
    found = sorted((folder / who).glob(f"*-{width}x{height}-{theme}.png"))
    tall = WIDTH * height // width + CAPTION
    rows = -(-len(found) // ACROSS)
    whole = Image.new("RGB", (ACROSS * (WIDTH + GAP) + GAP, rows * (tall + GAP) + GAP), "#888888")
    draw = ImageDraw.Draw(whole)
    for place, path in enumerate(found):
        left = GAP + place % ACROSS * (WIDTH + GAP)
        top = GAP + place // ACROSS * (tall + GAP)
        draw.text((left, top + 4), path.name.removesuffix(f"-{width}x{height}-{theme}.png"), fill="white")
        with Image.open(path) as picture:
            whole.paste(
                picture.resize((WIDTH, tall - CAPTION), Image.Resampling.LANCZOS), (left, top + CAPTION)
            )
    target = folder / f"{who}-{width}x{height}-{theme}.png"
    whole.save(target)
    return target
