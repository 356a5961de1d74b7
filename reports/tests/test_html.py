"""The page is complete in itself, readable without script, and shows foreign content without interpreting it."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from reports.html import SHOWN_HOPS, html
from reports.reader import load
from reports.tests import hostile, runs
from reports.tests.runs import JsonObject

VOID = {"meta", "input", "br", "link", "img", "hr"}


class Page(HTMLParser):
    """Collects the elements, ids, links and visible text of a page, and checks that elements close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.raw: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element."""
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that closes itself, as those of a picture do."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Only the innermost element can close."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Script and style apart, text is what a reader sees."""
        if self._open and self._open[-1] in ("script", "style"):
            self.raw[self._open[-1]] = data
        else:
            self.texts.append(data)

    @property
    def text(self) -> str:
        """All the visible text."""
        return "".join(self.texts)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each element of that name."""
        return [attributes for name, attributes in self.elements if name == tag]

    def with_class(self, name: str) -> list[dict[str, str | None]]:
        """The attributes of each element of that class."""
        return [attributes for _, attributes in self.elements if name in (attributes.get("class") or "").split()]


def _page(folder: Path, lines: list[JsonObject]) -> Page:
    return Page(html(load(runs.write(folder, lines))))


def _everywhere(text: str) -> list[JsonObject]:
    """A run that carries a text in every place a text can stand."""
    body = runs.message(text, headers={text[:50] or "h": text, "X": [text, text]})
    event = runs.event(
        name=text,
        url=f"http://h/{text}",
        source="sinch",
        target=text,
        note=text,
        ids=[text],
        request=body,
        response=body,
    )
    requirement = runs.requirement("CP-1", sentence=text, area=text, source=text)
    channels = [{"name": "whatsapp", "title": text}]
    head = runs.header(requirement, runs.requirement(text), channels=channels, run_id=text, seed=text, command=[text])
    head["subject"] = {"name": text, "version": text, "channels": [], "features": [text], "clock": False}
    scenario = runs.scenario(
        text,
        "fail",
        name=text,
        feature=text,
        file=text,
        reason=text,
        tags=[text],
        requirements=[text],
        world=text,
        steps=[runs.step(text, "fail", message=text, keyword=text)],
        trace=[event, runs.plain_event(2, "note", text, note=text), runs.plain_event(3, "phone", text, "phone", text)],
    )
    verdicts = [runs.verdict(name, "fail", reason=text, scenarios=[text]) for name in ("CP-1", text)]
    return [head, scenario, *verdicts, runs.footer(1, fail=1)]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The page of an ordinary run."""
    return _page(tmp_path_factory.mktemp("plain"), _everywhere("plain"))


@pytest.mark.parametrize("text", hostile.ROWS.values(), ids=hostile.ROWS.keys())
def test_foreign_content_is_never_interpreted(tmp_path: Path, plain: Page, text: str) -> None:
    """Whatever is written, the page has the elements and attributes of a harmless run, and one script: ours."""
    page = _page(tmp_path, _everywhere(text))
    assert {name for name, _ in page.elements} == {name for name, _ in plain.elements}
    assert len(page.all("script")) == 1
    assert page.raw == plain.raw
    names = {attribute for _, attributes in page.elements for attribute in attributes}
    assert not {name for name in names if name.startswith("on")}
    assert names == {attribute for _, attributes in plain.elements for attribute in attributes}


def test_foreign_content_is_still_shown(tmp_path: Path) -> None:
    """Escaping loses nothing: the reader sees the very letters."""
    page = _page(tmp_path, _everywhere("<b>&amp; \U0001f600 ]]>"))
    assert page.text.count("<b>&amp; \U0001f600 ]]>") > 10


def test_hidden_characters_are_shown_not_obeyed(tmp_path: Path) -> None:
    """No null and no direction override reaches the page."""
    made = html(load(runs.write(tmp_path, _everywhere(hostile.ROWS["null"] + hostile.ROWS["rtl"]))))
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", made)
    assert "[U+202E]" in made


def test_nothing_is_loaded(plain: Page) -> None:
    """No element refers to anything outside the file."""
    for _, attributes in plain.elements:
        assert not {"src", "srcset", "action", "formaction", "data", "poster", "ping"} & attributes.keys()
        assert (attributes.get("href") or "#").startswith("#")
    assert not re.search(r"url\(|@import|https?:", plain.raw["style"] + plain.raw["script"])
    assert not plain.all("link")


def test_the_policy_allows_the_one_style_and_script_by_hash(plain: Page) -> None:
    """Even a hole in escaping would run nothing."""
    policy = next(meta["content"] or "" for meta in plain.all("meta") if "http-equiv" in meta)
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(plain.raw[tag].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not [1 for _, attributes in plain.elements if "style" in attributes]


def test_the_verdict_is_the_first_heading(tmp_path: Path) -> None:
    """A reader's first line is the verdict in words."""
    lines = runs.small(runs.scenario(outcome="fail"), exit_code=1, verdicts=[runs.verdict(word="fail")])
    made = html(load(runs.write(tmp_path, lines)))
    heading = re.search(r"<h1.*?</h1>", made, re.DOTALL)
    assert heading is not None
    assert "Does not conform: 1 MUST requirement fails" in heading.group()
    assert made.index("<h1") < made.index("<h2")


def test_headings_do_not_skip_a_level(plain: Page) -> None:
    """A screen reader's outline has no holes, and one top."""
    levels = [int(name[1]) for name, _ in plain.elements if re.fullmatch(r"h[1-6]", name)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_ids_are_unique_and_links_lead_somewhere(tmp_path: Path) -> None:
    """Every link of the page has its target, even where scenarios share an id."""
    scenarios = [runs.scenario("same", "fail", channel=name) for name, _ in runs.CHANNELS]
    verdicts = [runs.verdict(word="fail", channel=name, scenarios=["same"]) for name, _ in runs.CHANNELS]
    page = _page(tmp_path, runs.small(*scenarios, exit_code=1, verdicts=verdicts))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {(link["href"] or "")[1:] for link in page.all("a")}
    assert targets <= set(ids)
    assert {"scenario-same-whatsapp", "scenario-same-telegram", "scenario-same-sms"} <= targets
    labels = [attributes["aria-labelledby"] for _, attributes in page.elements if "aria-labelledby" in attributes]
    assert set(labels) <= set(ids)


def test_the_matrix_is_a_table_with_scopes(plain: Page) -> None:
    """Each header cell says what it heads."""
    assert all("scope" in header for header in plain.all("th"))
    assert {header["scope"] for header in plain.all("th")} == {"col", "row", "rowgroup"}


def test_each_verdict_has_symbol_and_word(tmp_path: Path) -> None:
    """No verdict is told by colour alone, and all six are explained."""
    words = ["pass", "fail", "error", "config", "untested", "inapplicable"]
    requirements = [runs.requirement(f"CP-{word}") for word in words]
    verdicts = [runs.verdict(f"CP-{word}", word) for word in words]
    lines = [runs.header(*requirements), runs.scenario(), *verdicts, runs.footer(1)]
    page = _page(tmp_path, lines)
    cells = {cell["class"] for cell in page.with_class("cell")}
    assert cells == {f"cell is-{word}" for word in words}
    flat = re.sub(r"\s+", " ", page.text)
    for sign in ("\u2713 Pass", "\u2717 Fail", "! Lab error", "# Config", "? Untested", "\u2013 N/A"):
        assert flat.count(sign) >= 3


def test_filters_work_without_script(tmp_path: Path) -> None:
    """Each outcome and channel has a control, and the style sheet has the rule that obeys it."""
    scenarios = [runs.scenario(f"s-{name}", channel=name) for name, _ in runs.CHANNELS]
    page = _page(tmp_path, runs.small(*scenarios))
    controls = {box.get("id") for box in page.all("input")}
    for outcome in ("pass", "fail", "error", "config", "untested", "inapplicable"):
        assert f"show-{outcome}" in controls
        assert f"body:has(#show-{outcome}:not(:checked)) .scenario.is-{outcome}" in page.raw["style"]
    for place in range(3):
        assert f"only-{place}" in controls
        assert f"body:has(#only-{place}:checked) .scenario:not(.on-{place})" in page.raw["style"]
        assert len(page.with_class(f"on-{place}")) == 1


def test_what_needs_script_is_hidden_until_it_runs(plain: Page) -> None:
    """Without script no control is dead."""
    assert (
        len([1 for _, attributes in plain.elements if "data-needs-script" in attributes and "hidden" in attributes])
        == 2
    )
    assert len([1 for _, attributes in plain.elements if "data-needs-script" in attributes]) == 2


def test_a_scenario_shows_steps_and_hops(tmp_path: Path) -> None:
    """Steps in words, the picture, and each hop with method, masked headers and indented body."""
    secret = runs.message('{"a":1}', headers={"Authorization": "Bearer very-secret"})
    steps = [runs.step("she writes"), runs.step("he sees", "fail", message="saw nothing"), runs.step("end", "skipped")]
    scenario = runs.scenario(outcome="fail", steps=steps, trace=[runs.event(request=secret, status=503)])
    page = _page(tmp_path, runs.small(scenario, exit_code=1))
    flat = re.sub(r"\s+", " ", page.text)
    for wanted in (
        "Done",
        "Failed",
        "saw nothing",
        "Not run",
        "503",
        "POST http://127.0.0.1:8610/webhook?x=1",
        '{ "a": 1 }',
    ):
        assert wanted in flat
    assert "very-secret" not in flat
    assert len(page.all("svg")) == 1


@pytest.mark.slow
def test_long_traces_are_cut_and_say_so(tmp_path: Path) -> None:
    """A page stays a page; the count of what is not shown is told."""
    trace = [runs.event(n) for n in range(SHOWN_HOPS + 5)]
    page = _page(tmp_path, runs.small(runs.scenario(trace=trace)))
    assert len(page.with_class("hop-line")) == SHOWN_HOPS
    assert "5 more messages not shown here" in page.text


def test_a_long_run_keeps_its_page_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the page's bound, passing scenarios refer to their files; what went wrong stays in the page."""
    monkeypatch.setattr("reports.html.PAGE_HOPS", 5)
    trace = [runs.event(n) for n in range(3)]
    scenarios = [runs.scenario("a-pass", trace=trace), runs.scenario("b-fail", "fail", trace=trace)]
    page = _page(tmp_path, runs.small(*scenarios, exit_code=1))
    assert len(page.with_class("hop-line")) == len(page.all("svg")) * 3 == 3
    assert "har/a-pass.har" in page.text
    assert "sequences/a-pass.svg" in page.text
    assert "b-fail.har" not in page.text


def test_huge_bodies_do_not_make_a_huge_page(tmp_path: Path) -> None:
    """Two megabytes on the wire are some kilobytes in the page."""
    big = runs.message("y" * 2_000_000)
    made = html(load(runs.write(tmp_path, runs.small(runs.scenario(trace=[runs.event(request=big, response=big)])))))
    assert len(made) < 100_000


def test_the_page_does_not_depend_on_the_order_of_lines(tmp_path: Path) -> None:
    """Two workers' lines in any order give the same bytes."""
    scenarios = [runs.scenario(f"s-{n}", channel=name) for n, (name, _) in enumerate(runs.CHANNELS * 2)]
    straight = html(load(runs.write(tmp_path, runs.small(*scenarios))))
    assert html(load(runs.write(tmp_path, runs.small(*reversed(scenarios))))) == straight


def test_a_run_with_nothing_in_it_is_still_a_page(tmp_path: Path) -> None:
    """No requirement, no channel, no scenario: the page says so."""
    head = runs.header(channels=[])
    head["suite"]["requirements"] = []
    last = runs.footer(4)
    last["counts"] = {}
    page = _page(tmp_path, [head, last])
    assert "Incomplete" in page.text
    assert "No scenario ran." in page.text
