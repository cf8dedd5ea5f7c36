"""The report's claims, each with what decides it. Verdicts are computed anew from the records there are."""

from collections.abc import Sequence

from dcn_course.experiments import GROUPS
from dcn_course.findings.claims_of_areas import AREA_CLAIMS
from dcn_course.findings.claims_of_results import result_claims
from dcn_course.findings.claims_of_time import TIME_CLAIMS
from dcn_course.findings.claims_of_training import TRAINING_CLAIMS
from dcn_course.findings.evidence import Evidence
from dcn_course.findings.model import Claim, Outcome

CLAIMS: tuple[Claim, ...] = (
    *TRAINING_CLAIMS,
    *TIME_CLAIMS,
    *result_claims(GROUPS["cifar10-period"]),
    *result_claims(GROUPS["mnist-period"]),
    *AREA_CLAIMS,
)


def audit(evidence: Evidence, claims: Sequence[Claim] = CLAIMS) -> list[tuple[Claim, Outcome]]:
    """Judge each claim by the evidence that there is."""
    return [(claim, claim.judge(evidence)) for claim in claims]
