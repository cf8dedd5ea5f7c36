"""Claims of Fig. 6 to 8: what the epochs of the offsets alone do to the sampling area."""

from functools import partial

from dcn_course.comparisons import Summary, summarise
from dcn_course.findings.areas import Areas, NetworkAreas
from dcn_course.findings.evidence import Evidence
from dcn_course.findings.judging import NOT_YET, by_sign
from dcn_course.findings.model import Claim, Outcome, Verdict

COMMAND = "python -m dcn_course.findings"
TITLES = {"mnist-period": "MNIST", "cifar10-period": "CIFAR-10"}
VISIBLE = 0.05  # share of the area
ONE_NETWORK = " One network (seed 0): the interval is over images, not over trainings."


def _two(areas: Areas) -> tuple[NetworkAreas, NetworkAreas] | None:
    before, after = areas.of("lenet5-dc", "joint"), areas.of("lenet5-dc", "offsets")
    return None if before is None or after is None else (before, after)


def _sources(areas: Areas) -> tuple[str, ...]:
    return (f"kept/areas-{areas.group}.json", f"{areas.group}/lenet5-dc-seed0.json")


def _paired(before: tuple[float, ...], after: tuple[float, ...]) -> Summary:
    return summarise([b - a for a, b in zip(before, after, strict=True)])


def _changed(group: str, evidence: Evidence) -> Outcome:
    areas = evidence.areas.get(group)
    if areas is None or not areas.moved:
        return NOT_YET
    found = summarise(areas.moved)
    verdict = Verdict.HELD if (found.low or 0) > VISIBLE else Verdict.FAILED
    return Outcome(
        verdict,
        f"{found.mean:.1%} of the area lies elsewhere afterwards; {areas.images} images, 100 points each.",
        f"The interval of the mean is {'' if verdict is Verdict.HELD else 'not '}above {VISIBLE:.0%}."
        + ONE_NETWORK,
        _sources(areas),
    )


def _grows(group: str, evidence: Evidence) -> Outcome:
    areas = evidence.areas.get(group)
    pair = None if areas is None else _two(areas)
    if areas is None or pair is None:
        return NOT_YET
    numbers, verdicts = [], []
    for word, name in (("pixels in effect", "pixels"), ("reach in pixels", "reach")):
        first, second = (getattr(network, name) for network in pair)
        change = _paired(first, second)
        assert change.low is not None
        assert change.high is not None
        numbers.append(
            f"{word} {summarise(first).mean:.2f} before, {summarise(second).mean:.2f} after, change "
            f"{change.mean:+.2f} [{change.low:+.2f}, {change.high:+.2f}]"
        )
        verdicts.append(by_sign(change.low, change.high, change.n))
    verdict = verdicts[0] if len(set(verdicts)) == 1 else Verdict.OPEN
    reason = {
        Verdict.HELD: "Both grow.",
        Verdict.FAILED: "Both shrink.",
        Verdict.OPEN: "The two measures do not agree, or an interval holds zero.",
    }[verdict]
    return Outcome(verdict, "; ".join(numbers) + ".", reason + ONE_NETWORK, _sources(areas))


def _to_object(group: str, evidence: Evidence) -> Outcome:
    areas = evidence.areas.get(group)
    pair = None if areas is None else _two(areas)
    if areas is None or pair is None:
        return NOT_YET
    first, second = (network.object for network in pair)
    if first is None or second is None:
        reason = "Nobody has marked the objects in these images, so we cannot measure it."
        return Outcome(Verdict.OPEN, "", reason, _sources(areas))
    change = _paired(first, second)
    assert change.low is not None
    assert change.high is not None
    numbers = (
        f"Mean ink under the area {summarise(first).mean:.4f} before, {summarise(second).mean:.4f} after, "
        f"change {change.mean:+.4f} [{change.low:+.4f}, {change.high:+.4f}]"
    )
    plain = areas.of("lenet5", "all")
    if plain is not None and plain.object is not None:
        beside = _paired(plain.object, second)
        numbers += f"; that is {beside.mean:+.4f} beside LeNet-5"
    verdict = by_sign(change.low, change.high, change.n)
    reason = {
        Verdict.HELD: "The interval lies above zero, whatever the size.",
        Verdict.FAILED: "The interval lies below zero.",
        Verdict.OPEN: "The interval holds zero.",
    }[verdict]
    return Outcome(verdict, numbers + ".", reason + ONE_NETWORK, _sources(areas))


def _larger_than_plain(group: str, evidence: Evidence) -> Outcome:
    areas = evidence.areas.get(group)
    final = None if areas is None else areas.of("lenet5-dc", "offsets")
    if areas is None or final is None:
        return NOT_YET
    beyond, support = summarise(final.beyond), summarise(final.support)
    held = beyond.low is not None and beyond.low > 0
    return Outcome(
        Verdict.HELD if held else Verdict.FAILED,
        f"{beyond.mean:.2%} of the area lies outside the square of 14x14 pixels that LeNet-5 sees; on "
        f"average {support.mean:.0f} pixels can reach a point, in place of 196.",
        f"The share outside is {'above' if held else 'not above'} zero." + ONE_NETWORK,
        _sources(areas),
    )


def _claims(group: str, figures: str) -> tuple[Claim, ...]:
    test = "Sampling areas of all 100 output points on the first 50 test images, from the kept networks, "
    return (
        Claim(
            f"section 3, {figures}, {TITLES[group]}",
            "The sampling area is deformed: it goes beyond that of a plain network.",
            test + "and the exact support.",
            "Held if the mean share of the area outside the plain network's square is above zero.",
            partial(_larger_than_plain, group),
            (COMMAND,),
        ),
        Claim(
            f"section 3, {figures}, {TITLES[group]}",
            "The sampling area changes in the epochs of the offsets alone.",
            test + "before and after these epochs.",
            f"Held if more than {VISIBLE:.0%} of the area lies elsewhere, by the interval of the mean.",
            partial(_changed, group),
            (COMMAND,),
        ),
        Claim(
            f"section 3, {figures}, {TITLES[group]}",
            "It grows.",
            test + "before and after: how many pixels it has in effect, and how far it reaches.",
            "The sign of both changes, by the intervals of their means.",
            partial(_grows, group),
            (COMMAND,),
        ),
        Claim(
            f"section 3, {figures}, {TITLES[group]}",
            "It moves to the object.",
            test + "before and after: the mean ink of the image, weighted by the area.",
            "The sign of the change, by the interval of its mean.",
            partial(_to_object, group),
            (COMMAND,),
        ),
    )


AREA_CLAIMS = (*_claims("mnist-period", "Fig. 7 and 8"), *_claims("cifar10-period", "Fig. 6"))
