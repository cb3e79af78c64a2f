"""The pages for operators, practices and members lead somewhere and promise no effect."""

import re
from pathlib import Path

import pytest
import yaml
from flask import Flask

from facilitator.config import PREFIX
from facilitator.web.commands import COMMANDS
from facilitator.web.errors import STATUS

ROOT = Path(__file__).parents[2]
PAGES = ["clinical-use", "deploy", "dpia-template", "incident-plan", "intended-purpose", "privacy"]


def text(name: str) -> str:
    return (ROOT / "docs" / f"{name}.md").read_text()


@pytest.mark.parametrize("name", PAGES)
def test_every_link_of_a_page_leads_somewhere(name: str) -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", text(name)):
        if not link.startswith("http"):
            assert (ROOT / "docs" / link).resolve().exists(), link


@pytest.mark.parametrize("name", PAGES)
def test_no_page_claims_an_effect(name: str) -> None:
    claims = r"\b(proven to|clinically|effective|improves?|evidence-based|heals?|cures?|reduces? symptoms)\b"
    assert not re.findall(claims, text(name), re.IGNORECASE)


def test_the_first_page_for_members_is_plain() -> None:
    """Short words in short sentences; what a machine does is said without its names."""
    first = text("privacy").split("## For everyone")[1].split("\n---\n")[0]
    words = re.findall(r"[A-Za-z’']+", first)
    sentences = [one for one in re.split(r"[.!?:]\s", first) if one.strip()]
    assert len(words) / len(sentences) < 20
    jargon = r"\b(database|token|hash|encrypt\w*|cookie|server|socket|HMAC|metadata|pseudonym\w*|IP)\b"
    assert not re.findall(jargon, first, re.IGNORECASE)


def test_every_route_command_and_refusal_is_in_the_protocol(app: Flask) -> None:
    protocol = re.sub("<[a-z]+>", "<>", text("protocol"))
    # A route is named whole, or by its end behind one that begins alike, as `withdraw` behind `pass`.
    for rule in app.url_map.iter_rules():
        path = re.sub("<[a-z_]+>", "<>", rule.rule).replace("/j/", "/J/")
        end = re.escape(path.rstrip("/").rpartition("/")[2])
        named = rf"(GET|POST)`? (/ `POST )?{re.escape(path)}[`? ]|\.\.\./([a-z-]+/)?{end}[` ]|· `{end}[` ]"
        assert re.search(named, protocol), path
    for command in COMMANDS:
        assert re.search(rf"`{command}[` ]", protocol), command
    for code, status in STATUS.items():
        (row,) = re.findall(rf"^\| {status} \|(.*)$", protocol, re.MULTILINE)
        assert f"`{code}`" in row, code


def test_every_setting_in_the_shipped_files_exists() -> None:
    readers = ("config.py", "checks/settings.py")
    source = "".join((ROOT / "facilitator" / one).read_text() for one in readers)
    for path in (*ROOT.glob("deploy/*"), ROOT / "docs" / "deploy.md"):
        for name in set(re.findall(rf"{PREFIX}([A-Z_]+[A-Z])", path.read_text())):
            assert f'"{name}"' in source or f'"{PREFIX}{name}"' in source, (path.name, name)


def test_every_command_that_a_page_names_exists(app: Flask) -> None:
    named = set()
    for name in PAGES:
        for words in re.findall(r"(?:perhaps-admin|facilitator\.(?:app|doctor)|`flask) ([a-z]+)", text(name)):
            named.add(words)
    assert {"doctor", "backup", "restore", "keys", "therapist"} <= named <= set(app.cli.commands)


def test_compose_starts_what_the_page_says_and_keeps_nothing_in_redis() -> None:
    found = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
    services = found["services"]
    assert set(services) == {"net", "web", "app1", "app2", "keys", "db", "redis"}
    assert services["redis"]["command"] == ["redis-server", "--save", "", "--appendonly", "no"]
    ports = {services[name]["environment"]["FACILITATOR_PORT"] for name in ("app1", "app2")}
    assert ports == {"8001", "8002"}
    for name in ("app1", "app2", "keys"):
        assert services[name]["read_only"] and services[name]["cap_drop"] == ["ALL"]
        assert services[name]["memswap_limit"] == services[name]["mem_limit"]
    kept = {one.split(":")[0] for service in services.values() for one in service.get("volumes", [])}
    assert {one for one in kept if not one.startswith((".", "$"))} == set(found["volumes"])


def test_containers_find_each_other_where_nginx_looks_for_them() -> None:
    conf = (ROOT / "deploy" / "nginx.conf").read_text()
    services = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())["services"]
    ports = [services[name]["environment"]["FACILITATOR_PORT"] for name in ("app1", "app2")]
    assert re.findall(r"server 127\.0\.0\.1:(\d+) ", conf) == ports
    # Whoever holds the network takes it along when it is restarted, so it must be one that never is.
    assert all(services[name]["network_mode"] == "service:net" for name in ("web", "app1", "app2", "keys"))
    assert services["net"]["entrypoint"] == ["sleep", "infinity"]
    certificates = {Path(one).parent for one in re.findall(r"ssl_certificate(?:_key)? +(\S+);", conf)}
    assert certificates == {Path("certs")}
    assert any(":/etc/nginx/certs:" in one for one in services["web"]["volumes"])
    assert {one.split(":")[0] for one in services["net"]["ports"]} == set(re.findall(r"listen (\d+)", conf))


def test_no_proxy_shows_the_figures_to_the_world() -> None:
    assert re.search(r"location = /metrics \{\s+return 404;", (ROOT / "deploy" / "nginx.conf").read_text())
    assert re.search(r"^\s+respond /metrics 404$", (ROOT / "deploy" / "Caddyfile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("unit", ["perhaps.service", "perhaps@.service", "perhaps-keys.service"])
def test_a_unit_may_touch_its_two_folders_and_leaves_nothing_behind(unit: str) -> None:
    lines = set((ROOT / "deploy" / unit).read_text().splitlines())
    assert {
        "User=perhaps",
        "UMask=0077",
        "ProtectSystem=strict",
        "NoNewPrivileges=yes",
        "PrivateTmp=yes",
        "LimitCORE=0",
        "MemorySwapMax=0",
        "StateDirectory=perhaps perhaps-key",
    } <= lines


@pytest.mark.parametrize("unit", ["perhaps.service", "perhaps@.service"])
def test_a_unit_never_gives_up(unit: str) -> None:
    lines = set((ROOT / "deploy" / unit).read_text().splitlines())
    assert {"StartLimitIntervalSec=0", "Restart=always"} <= lines


def test_an_image_is_built_from_the_program_alone() -> None:
    assert (ROOT / ".dockerignore").read_text().splitlines()[1] == "*"
    copied = re.findall(r"^COPY (?!--from)(\S+)", (ROOT / "deploy" / "Dockerfile").read_text(), re.MULTILINE)
    assert set(copied) == {"requirements.txt", "facilitator", "static", "templates"}
    assert all((ROOT / one).exists() for one in copied)
